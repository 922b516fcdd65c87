/* What an order would be filled with now. The orders of an instrument are asked in their turn, and each lays claim to
 * what it takes of the display, so that it is not given twice. Pure. */
#ifndef ENGINE_FILL_PLAN_H
#define ENGINE_FILL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/instrument.h"
#include "engine/book_side.h"
#include "engine/depths.h"
#include "engine/exchange_events.h"
#include "engine/orders.h"
#include "engine/quotes.h"
#include "engine/working.h"

/* One instrument in one round. The first five are the caller's to set; all pointers must outlive it. */
struct fill_view {
    const struct market *market;         /* NULL: never quoted */
    const struct instrument *instrument; /* NULL: not in the table */
    const struct depths *depths;
    int64_t monotonic_ns, stale_after_ns;
    bool is_fillable;            /* open, fresh and not crossed */
    struct book_side asks, bids; /* less what is used and claimed; empty when it is not fillable */
};

/* What an order gets next. */
struct fill_plan {
    struct exchange_fill fill;
    struct book_offer offer; /* what it takes of the display, now and then; nothing when a trade meets it */
    bool waits; /* behind the touch one order takes after the other: at what price depends on those before it */
};

/* Notes what is displayed, less what fills on the tape have used of it. */
void fill_plan_begin(struct fill_view *view, const struct working_orders *working);

/* `working`: NULL for an order that is not accepted yet. Decodes the depth when it is needed. */
struct fill_plan fill_plan_make(struct fill_view *view, const struct order *order, const struct working *working);

/* Those behind it do not get what this order takes. */
void fill_plan_claim(struct fill_view *view, const struct order *order, const struct fill_plan *plan);

#endif
