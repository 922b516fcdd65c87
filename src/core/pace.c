/* Due times by one division in 128 bits, so that no distance of two times and no speed can overflow. */
#include "core/pace.h"

#include <string.h>

#include "core/decimal.h"
#include "core/timestamp.h"

#define LATE_NS NS_PER_SECOND

bool pace_parse_speed(const char *text, size_t length, int64_t *speed_millionths)
{
    static const char MAX[] = "max";
    int64_t speed;
    if (length == sizeof MAX - 1 && memcmp(text, MAX, length) == 0)
        speed = PACE_MAX;
    else if (!decimal_parse(text, length, 6, &speed) || speed < PACE_LEAST || speed > PACE_MOST)
        return false;
    *speed_millionths = speed;
    return true;
}

int64_t pace_due_ns(const struct pace *pace, int64_t recorded_ns)
{
    if (pace->speed_millionths == PACE_MAX)
        return INT64_MIN;
    int128 wait_ns = ((int128)recorded_ns - pace->anchored_ns) * PACE_ONE / pace->speed_millionths;
    int128 due_ns = pace->anchor_ns + wait_ns;
    return due_ns > INT64_MAX ? INT64_MAX : due_ns < INT64_MIN ? INT64_MIN : (int64_t)due_ns;
}

bool pace_played(struct pace *pace, int64_t recorded_ns, int64_t now_ns)
{
    if (pace->speed_millionths == PACE_MAX || (int128)now_ns - pace_due_ns(pace, recorded_ns) <= LATE_NS)
        return false;
    pace->anchor_ns = now_ns;
    pace->anchored_ns = recorded_ns;
    return true;
}
