/* One simulated instrument: what it is worth, its book, and the quotes and trades of that. The simulator says when (see
 * simulator.h, which also tells how it all moves). Each instrument has a random stream for each purpose, so that a
 * change in how one thing is drawn leaves the others as they were. Pure; part of the simulator. */
#ifndef FEED_SIMULATED_H
#define FEED_SIMULATED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/instrument.h"
#include "core/quote.h"
#include "feed/prng.h"

struct simulated {
    struct prng arrivals, shocks, book, sizes, trades, deviations;
    char symbol[SYMBOL_SIZE];
    char exchange[EXCHANGE_SIZE];
    enum instrument_kind kind;
    int64_t tick, lot;
    int64_t size_step;                 /* what displayed sizes are multiples of: round lots */
    double quote_median, trade_median; /* as quantities in 1e-8 */
    double size_sigma;                 /* of the logarithm of sizes */
    double volatility;                 /* of returns over one second, as a fraction */
    double widening;                   /* probability that a quote widens a spread of one tick */
    double value;                      /* what it is worth, in ticks */
    double deviation;                  /* of what the book follows from that, in volatilities */
    double value_least, value_most;
    int64_t bid; /* in ticks */
    int64_t spread;
    int64_t bid_size, ask_size;
    double excitation; /* what past quotes add to the arrival rate, per second, just after the last one */
    int64_t due_ns;    /* of its next quote */
    bool opened;       /* the book has been quoted */
    enum side run_side;
    int64_t run_left; /* trades left in the run */
    uint64_t trade_count;
};

/* Makes an instrument that starts at its start price. Its tick is at most SIMULATED_TICK_MOST. */
void simulated_init(struct simulated *item, const struct instrument *instrument, uint64_t seed);

#define SIMULATED_TICK_MOST (INT64_MAX / 1000) /* a price needs room for some hundred ticks */

/* One step of the grid: `shock` is the value's return in units of the volatility; the deviation keeps the share `keep`
 * of itself and gets a noise of standard deviation `noise`. */
void simulated_move(struct simulated *item, double shock, double keep, double noise);

/* The next quote: the first book, a trade when it may, or a change of the book. Leaves the timestamp absent. */
void simulated_quote(struct simulated *item, bool may_trade, struct quote *quote);

/* The book as it stands, without a change. */
void simulated_repeat(const struct simulated *item, struct quote *quote);

#endif
