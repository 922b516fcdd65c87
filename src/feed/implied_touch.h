/* The touch as trades tell it: the bid is where somebody last sold into it, the ask where somebody last bought from it.
 * For recordings that hold trades only. Pure. */
#ifndef FEED_IMPLIED_TOUCH_H
#define FEED_IMPLIED_TOUCH_H

#include "core/quote.h"

/* Prices in 1e-9; all zero before the first trade. */
struct implied_touch {
    int64_t bid, ask;
};

/* Fills bid and ask, both of size 0, of a raw quote that holds a trade. Of a trade without a known aggressor only the
 * side that it would cross moves. */
void implied_touch_apply(struct implied_touch *touch, struct quote *raw);

#endif
