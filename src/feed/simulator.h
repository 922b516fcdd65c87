/* A simulated market: quotes and trades of many instruments that look alive. Pure: it has a virtual clock and no
 * other, and nothing but the seed makes two runs differ.
 *
 * What is promised: the same instruments, seed, rate, session and start give the same quotes, byte for byte, on every
 * machine with IEEE 754 doubles (see prng.h). What an instrument does depends on its own entry, the seed, the rate and
 * the session, not on which others are simulated beside it. Every price is a positive multiple of the tick, the bid is
 * below the ask, every size is positive and a multiple of the lot (in round lots of at least 100 for equities). A trade
 * is at the bid or the ask of the quote before it, and no larger than what was displayed there.
 *
 * How it moves:
 *
 * - The value is a geometric Brownian motion on a grid of virtual time (the mean gap between two quotes, 1 to 100 ms)
 *   with Student-t shocks of 4 degrees of freedom, cut at 6 deviations and correlated by a Cholesky factor as
 *   simulator_correlation says (less over a second or two, since quotes are not simultaneous: Epps 1979). The variance
 *   is the product of two square-root processes (Cox, Ingersoll and Ross 1985): a strong one with a memory of 1.5 s,
 *   which makes the tails heavy, and a weak one with a memory of 10 minutes. The book follows the value and a deviation
 *   from it, an Ornstein-Uhlenbeck process with a memory of 1 s and 0.3 of the volatility over one second.
 * - The spread is a Markov chain from 1 to 4 ticks. The bid moves when the book is off by more than 0.75 of a tick.
 * Sizes are lognormal with a Pareto tail.
 * - Quotes arrive as a Hawkes process with an exponential kernel (ar5iv 1406.3967) that decays within 0.1 s. At 10
 *   quotes/s and more each causes 0.75 others; below, fewer, so that a slow feed has no long holes.
 * - 0.15 of the quotes are caused by trades. Their signs come in runs of Pareto length (orders that were split), a
 *   quarter of them by chance.
 * - With sessions (trading_day.h) all this goes on in business time. There are no trades in an auction; when a session
 *   closes each instrument quotes once more with the status `halted`. */
#ifndef FEED_SIMULATOR_H
#define FEED_SIMULATOR_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/instrument.h"
#include "core/quote.h"

enum { SIMULATOR_INSTRUMENTS_MAX = 10000 };

struct simulator_options {
    const struct instruments *instruments; /* those with a start price are simulated; copied as far as it is needed */
    size_t count; /* 0: just those. Otherwise the first so many, and when there are fewer, invented equities:
                     S0001, S0002 and so on of the exchange SIM, ticks of 0.01, less those of the table. At most
                     SIMULATOR_INSTRUMENTS_MAX */
    uint64_t seed;
    int64_t rate_microhz;  /* quotes per second and instrument in 1e-6, more than 0; on average over a session, without
                              its  bursts */
    int64_t session_s;     /* see trading_day.h; 0: the market never closes */
    int64_t start_wall_ns; /* the time since the epoch at which virtual time begins */
};

struct simulator;

/* NULL with ERROR_USAGE when there is nothing to simulate or a tick is above 9 million. */
struct simulator *simulator_create(const struct simulator_options *options, struct error *error);
void simulator_destroy(struct simulator *simulator); /* NULL is allowed */

/* How many instruments are simulated. */
size_t simulator_count(const struct simulator *simulator);

/* The next quote in virtual time, without end; `due_ns` is its virtual time since the start, never less than the one
 * before. The first quote of every instrument is due at 0. Its timestamp is start_wall_ns + due_ns; source, seq,
 * received_ns and volume are left absent, for the feed's normaliser to fill. */
void simulator_next(struct simulator *simulator, struct quote *quote, int64_t *due_ns);

/* The arrivals' theory, for tests: the share of quotes that others caused (the branching ratio) and the decay per
 * second of their influence. */
double simulator_branching(int64_t rate_microhz);
double simulator_decay(void);

/* The correlation of the returns of two instruments of these kinds. */
double simulator_correlation(enum instrument_kind one, enum instrument_kind other);

#endif
