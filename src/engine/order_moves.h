/* The moves of one order: the table of docs/orders.md as data, and what each event does to an order that it moves.
 * Part of the order book (orders.h); pure, and without memory of its own. */
#ifndef ENGINE_ORDER_MOVES_H
#define ENGINE_ORDER_MOVES_H

#include "core/event.h"
#include "engine/orders.h"

/* Moves the order by an event about it, other than its orders.new. `request` is the book's copy of a request to cancel
 * or replace, which the order points to while it is pending; NULL for other events. `applied` is the set of event kinds
 * (1 << kind) that the order has taken; it tells an event that stands on the tape twice from one that comes at a wrong
 * time. Leaves the order alone unless the result is FOLD_APPLIED, FOLD_LATE_FILL or FOLD_OVERFILL. */
enum fold_result order_move(struct order *order, uint32_t *applied, const struct event *event,
                            const struct change_request *request);

#endif
