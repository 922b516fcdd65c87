/* Steps through the seconds of the clock, forward only. Nothing here needs more than exactly rounded operations, so the
 * same seed gives the same times everywhere (see prng.h). */
#include "feed/trading_day.h"

#include "core/timestamp.h"
#include "feed/prng.h"

enum { BURST_SHARE = 390, AUCTION_LEAST_S = 5, PAUSE_SHARE = 10, PURPOSE_STRESS = 2 };

#define AUCTION_ACTIVITY 0.3
#define BURST_ACTIVITY   10.0
#define BURST_DECAY      10 /* times the burst's length */
#define STRESS_ACTIVITY  100.0

/* How active the market is in a second of the day. */
static double activity(const struct trading_day *day)
{
    int64_t second = day->second - day->auction_s;
    if (second < 0)
        return AUCTION_ACTIVITY;
    double x = 2 * ((double)second + 0.5) / (double)day->session_s - 1;
    double active = 0.6 + 1.2 * x * x;
    int64_t decaying = second - day->burst_s, decay_s = BURST_DECAY * day->burst_s;
    if (decaying < 0)
        active *= BURST_ACTIVITY;
    else if (decaying < decay_s)
        active *= BURST_ACTIVITY - (BURST_ACTIVITY - 1) * (double)decaying / (double)decay_s;
    return day->second == day->stress_second ? active * STRESS_ACTIVITY : active;
}

static void enter_second(struct trading_day *day)
{
    day->second_ns = (int64_t)(activity(day) * 1e9);
}

static void enter_day(struct trading_day *day)
{
    struct prng prng;
    prng_init(&prng, day->seed, (uint64_t)day->day, PURPOSE_STRESS);
    day->second = 0;
    day->stress_second = day->auction_s + (int64_t)prng_below(&prng, (uint32_t)day->session_s);
    enter_second(day);
}

void trading_day_init(struct trading_day *day, uint64_t seed, int64_t session_s)
{
    *day = (struct trading_day){.seed = seed, .session_s = session_s};
    if (session_s == 0)
        return;
    day->burst_s = (session_s + BURST_SHARE - 1) / BURST_SHARE;
    day->auction_s = day->burst_s > AUCTION_LEAST_S ? day->burst_s : AUCTION_LEAST_S;
    day->pause_s = session_s / PAUSE_SHARE;
    enter_day(day);
}

static int64_t day_length_ns(const struct trading_day *day)
{
    return (day->auction_s + day->session_s + day->pause_s) * NS_PER_SECOND;
}

static void leave_second(struct trading_day *day)
{
    day->passed_ns += day->second_ns;
    day->second++;
    if (day->second < day->auction_s + day->session_s) {
        enter_second(day);
        return;
    }
    day->start_ns += day_length_ns(day);
    day->day++;
    enter_day(day);
}

struct trading_moment trading_day_at(struct trading_day *day, int64_t business_ns)
{
    if (day->session_s == 0)
        return (struct trading_moment){.clock_ns = business_ns};
    while (business_ns >= day->passed_ns + day->second_ns)
        leave_second(day);
    double share = (double)(business_ns - day->passed_ns) / (double)day->second_ns;
    return (struct trading_moment){
        .clock_ns = day->start_ns + day->second * NS_PER_SECOND + (int64_t)(share * 1e9),
        .day = day->day,
        .is_auction = day->second < day->auction_s,
    };
}

int64_t trading_day_close_ns(const struct trading_day *day, int64_t number)
{
    return number * day_length_ns(day) + (day->auction_s + day->session_s) * NS_PER_SECOND;
}
