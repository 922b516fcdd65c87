/* What the paper exchange remembers of working orders beside the order book: whose turn it is, how far each has come in
 * its queue, which stops were hit by a trade, and how much of a quote our own fills have used up. A fold of both
 * streams; after a restart without a snapshot the whole queue counts again. Pure; one thread owns it. */
#ifndef ENGINE_WORKING_H
#define ENGINE_WORKING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"
#include "engine/orders.h"
#include "engine/quotes.h"
#include "engine/session_calendar.h"

/* Quantities in 1e-8, DECIMAL_NONE for unknown. */
struct working {
    const struct order *order;
    int64_t queue_left;    /* displayed size still in front of it; unknown: only a trade through its price helps */
    int64_t traded;        /* what traded behind its queue and is its to fill */
    uint64_t traded_seq;   /* MARKET_DATA sequence of the last such trade */
    int64_t trigger_price; /* the trade that hit its stop; DECIMAL_NONE: none did */
    int64_t expires_ns;    /* when the session of a day order ends; INT64_MAX: never */
    uint64_t taken_seq;    /* MARKET_DATA sequence of the quote that it last took of; 0: it took of none */
    bool repriced;         /* a replace moved it to a price that the other side already meets: it takes, once */
};

struct working_orders;

/* All pointers must outlive it. */
struct working_orders *working_orders_create(const struct order_book *book, const struct quotes *quotes,
                                             const struct session_calendars *calendars);
void working_orders_destroy(struct working_orders *orders); /* NULL is allowed */

/* Called after the book has folded an event of ORDERS, with what that gave. */
void working_orders_follow(struct working_orders *orders, const struct event *event, enum fold_result result);

/* Called with a quote that a trade caused, after it was folded; not twice for one trade. */
void working_orders_trade(struct working_orders *orders, const struct event *event);

/* Calls `visit` for the working orders of an instrument in their turn, until it returns false. An order's turn comes
 * when it starts to work, and anew when its stop is hit or a replace improves it: so whoever has a fill on its way to
 * the tape is always in front of one that could not yet have filled. */
void working_orders_each(const struct working_orders *orders, const char *exchange, const char *symbol,
                         bool (*visit)(const struct working *, void *), void *context);

/* NULL when the order does not work. */
const struct working *working_orders_find(const struct working_orders *orders, const char *order_id);

/* How much our own fills of this side have used of the quote with this sequence. */
int64_t working_orders_used(const struct working_orders *orders, const char *exchange, const char *symbol,
                            enum side side, uint64_t quote_sequence);

/* For snapshots; into fresh ones whose book is loaded. -1: what was read cannot be. A new field of struct working goes
 * into pack_working (working.c), and raises the version of the section there. */
void working_orders_save(const struct working_orders *orders, struct pack *pack);
int working_orders_load(struct working_orders *orders, struct pack *pack);

/* What is displayed in front of a new order at this price: nothing when it improves the touch of its side, the size of
 * the touch when it stands at or behind it (more is not known). 0 without a market or a size. */
int64_t working_queue_ahead(const struct market *market, enum side side, int64_t price);

/* True when a buy at `price` reaches the ask, or a sell the bid. DECIMAL_NONE: a market order, which always does. */
bool working_reaches(const struct market *market, enum side side, int64_t price);

#endif
