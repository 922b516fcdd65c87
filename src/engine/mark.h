/* The mark of a position: the price at which it is valued. Pure.
 *
 * Mid for display, the side one would trade out on (bid if long, ask if short) for limits. The last trade only when
 * there is no fresh quote; a mark that does not come from a fresh quote, or comes from a crossed one, is stale. */
#ifndef ENGINE_MARK_H
#define ENGINE_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/instrument.h"
#include "core/position.h"
#include "engine/quotes.h"

struct mark {
    int64_t mid, out; /* price */
    bool stale;
};

/* The market that gives the mark of a symbol: that of its primary exchange by the instrument table; without an entry
 * there, or without a quote from it, the one of the symbol that was seen first. NULL while the symbol has no quote. */
const struct market *mark_market(const struct quotes *quotes, const struct instruments *instruments,
                                 const char *symbol);

/* The mark of a position of this signed quantity. `market` may be NULL: then `last_price`, the best that is known.
 * `stale_after_ns` is the age up to which a quote is fresh. */
struct mark mark_of(int64_t quantity, int64_t last_price, const struct market *market, int64_t monotonic_ns,
                    int64_t stale_after_ns);

/* The price that somebody paid last for a position as it was published. */
int64_t mark_last_price(const struct position_event *position);

#endif
