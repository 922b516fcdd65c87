/* A simulated market: quotes and trades of many instruments that look alive. Pure: it has a virtual clock and no
 * other, and nothing but the seed makes two runs differ.
 *
 * What is promised: the same instruments, seed, rate and start give the same quotes, byte for byte, on every machine
 * with IEEE 754 doubles (see prng.h). What an instrument does depends on its own entry, the seed and the rate, not on
 * which others are simulated beside it. Every price is a positive multiple of the tick, the bid is below the ask, every
 * size is positive and a multiple of the lot (in round lots of at least 100 for equities). A trade is at the bid or the
 * ask of the quote before it, and no larger than what was displayed there.
 *
 * How it moves:
 *
 * - The value is a geometric Brownian motion on a grid of virtual time (the mean gap between two quotes, 1 to 100 ms)
 *   with Student-t shocks of 4 degrees of freedom. 0.10 of their variance is common to all, 0.50 to one kind of
 *   instrument, so that returns are correlated by 0.60 within a kind and 0.10 across (less over a second or two, since
 *   quotes are not simultaneous: Epps 1979). The variance follows a square-root process (Cox, Ingersoll and Ross 1985)
 *   with a memory of 30 s.
 * - The spread is a Markov chain from 1 to 4 ticks. The bid follows the value when the book is off by more than 0.75
 *   of a tick. Sizes are lognormal with a Pareto tail.
 * - Quotes arrive as a Hawkes process with an exponential kernel (ar5iv 1406.3967) that decays within 0.1 s. At 10
 *   quotes/s and more each causes 0.75 others; below, fewer, so that a slow feed has no long holes.
 * - 0.15 of the quotes are caused by trades. Their signs come in runs of Pareto length (orders that were split), a
 *   quarter of them by chance. */
#ifndef FEED_SIMULATOR_H
#define FEED_SIMULATOR_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/instrument.h"
#include "core/quote.h"

struct simulator;

/* Simulates the instruments that have a start price; copies what it needs of them. `rate_microhz`: quotes per second
 * and instrument in 1e-6, more than 0. `start_wall_ns`: the time since the epoch at which virtual time begins. NULL
 * with ERROR_USAGE when no instrument has a start price or a tick is above 9 million. */
struct simulator *simulator_create(const struct instruments *instruments, uint64_t seed, int64_t rate_microhz,
                                   int64_t start_wall_ns, struct error *error);
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

#endif
