/* The day of a simulated market: how fast its business goes at each moment. Pure; one thread owns a day.
 *
 * A simulated market has a time of its own, in which nothing hurries: business time. This maps it to the clock. A
 * second of the clock holds as much of it as the market is active then, so that where more is traded prices move more,
 * too (Clark 1973). A day with sessions is: an auction, the session from open to close, a pause.
 *
 * - Activity over the session is a U: 1.8 at open and close, 0.6 in the middle, 1 on average.
 * - On top of that it is tenfold for the first 1/390 of the session (a minute of 6.5 hours) and decays to normal over
 *   the next 10/390.
 * - One second of each session, drawn from the seed, is a hundredfold.
 * - The auction is as long as the opening burst, at least 5 s, with an activity of 0.3. The pause is a tenth of the
 *   session; no business time passes in it. */
#ifndef FEED_TRADING_DAY_H
#define FEED_TRADING_DAY_H

#include <stdbool.h>
#include <stdint.h>

enum { TRADING_DAY_SESSION_LEAST_S = 60, TRADING_DAY_SESSION_MOST_S = 86400 };

struct trading_day {
    uint64_t seed;
    int64_t session_s, auction_s, burst_s, pause_s; /* all 0: the market never closes and is always equally active */
    int64_t day;                                    /* number of the day, from 0 */
    int64_t start_ns;                               /* of this day, on the clock */
    int64_t second;                                 /* of this day */
    int64_t stress_second;                          /* of this day */
    int64_t passed_ns, second_ns; /* business time before this second, and how much of it the second holds */
};

struct trading_moment {
    int64_t clock_ns;
    int64_t day;
    bool is_auction;
};

/* `session_s`: 0, or within the limits above. */
void trading_day_init(struct trading_day *day, uint64_t seed, int64_t session_s);

/* Business time never goes back from one call to the next. */
struct trading_moment trading_day_at(struct trading_day *day, int64_t business_ns);

/* When the session of the day number `day` closes. */
int64_t trading_day_close_ns(const struct trading_day *day, int64_t number);

#endif
