/* The levels behind a simulated touch. The simulator knows the best prices only; this makes a plausible ladder of them.
 * Pure: the same quotes give the same ladders.
 *
 * The best level of each side is the quote's own. Behind it lie levels on the grid of ticks, of which one in eight is
 * missing, with sizes that grow away from the touch. A level keeps its size while the touch moves towards it, and draws
 * another every few seconds. The steps of prices and sizes, and how large sizes are, are learnt from the quotes. */
#ifndef FEED_SIMULATED_DEPTH_H
#define FEED_SIMULATED_DEPTH_H

#include "core/depth.h"
#include "core/quote.h"

/* What has been learnt of one instrument; all zero at first. */
struct simulated_depth {
    int64_t tick, step; /* greatest common divisors of the prices, and of the sizes */
    int64_t usual;      /* size at the touch, a slow average */
    int64_t base;       /* what sizes are drawn from: near that, and seldom another, so that not all flicker with it */
};

/* Makes the ladder of a quote that has both prices and both sizes; a side of size 0 is empty. */
void simulated_depth_make(struct simulated_depth *learnt, const struct quote *quote, struct depth *depth);

/* The same for all instruments of a market. */
struct simulated_depths;

/* Never NULL: aborts when memory is out. */
struct simulated_depths *simulated_depths_create(void);
void simulated_depths_destroy(struct simulated_depths *depths); /* NULL is allowed */
void simulated_depths_make(struct simulated_depths *depths, const struct quote *quote, struct depth *depth);

#endif
