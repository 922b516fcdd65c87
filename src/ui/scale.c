#include "ui/scale.h"

#include <stddef.h>

#include "core/decimal.h"
#include "core/timestamp.h"

static int64_t to_price(int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value <= INT64_MIN ? INT64_MIN + 1 : (int64_t)value;
}

struct scale scale_around(int64_t low, int64_t high, int64_t tick)
{
    int128 room = ((int128)high - low) / 20;
    if (room < tick)
        room = tick;
    return (struct scale){.low = to_price(low - room), .high = to_price(high + room)};
}

int scale_part(const struct scale *scale, int parts, int64_t price)
{
    if (price <= scale->low)
        return parts - 1;
    if (price >= scale->high)
        return 0;
    return parts - 1 - (int)(((int128)price - scale->low) * parts / ((int128)scale->high - scale->low));
}

int64_t scale_price_step(const struct scale *scale, int lines, int64_t tick)
{
    static const int factors[] = {1, 2, 5};
    int128 least = ((int128)scale->high - scale->low) / (lines > 0 ? lines : 1) + 1;
    if (least < tick)
        least = tick;
    for (int128 power = 1;; power *= 10) {
        for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
            if (power * factors[i] >= least)
                return to_price(power * factors[i]);
        }
    }
}

int64_t scale_time_step(int64_t at_least_ns)
{
    static const int seconds[] = {1,   2,   5,    10,   15,   30,    60,    120,   300,
                                  600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        if (seconds[i] * NS_PER_SECOND >= at_least_ns)
            return seconds[i] * NS_PER_SECOND;
    }
    return (at_least_ns + NS_PER_DAY - 1) / NS_PER_DAY * NS_PER_DAY;
}
