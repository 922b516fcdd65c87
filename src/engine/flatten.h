/* How halts are carried out: the order checks prove that a halt holds, and when it is a flatten they close every
 * position of its scope and prove that too. Part of the fold of ORDERS. Pure; one thread owns it.
 *
 * A halt (orders.state) stops new orders by where it stands, and the exchange cancels what works. When no order of the
 * scope is left, the step `stopped` says so; for a flatten it is `closing`, which lets closing orders through and
 * nothing else (closing.h). When every position of the scope is zero, as the fills on ORDERS say, and no order works,
 * the step `flat` says so. While it cannot go on (no fresh quote, a market that is not open, another halt, a check that
 * refuses), the step `waiting` says what for.
 *
 * Each step has a number and expects the last trading state that was read, so that a restart or a second decider makes
 * none twice, and none undoes what a person said meanwhile. */
#ifndef ENGINE_FLATTEN_H
#define ENGINE_FLATTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"
#include "engine/closing.h"
#include "engine/orders.h"
#include "engine/proposals.h"

struct flatten;

/* `sources` is copied; what it points to must outlive the flatten. */
struct flatten *flatten_create(const struct closing_sources *sources);
void flatten_destroy(struct flatten *flatten); /* NULL is allowed */

/* Folds an event of ORDERS once the book has, with what that gave. `order` is the one that the event is about, NULL:
 * none, and `before` the state that it was in, when it was there. */
void flatten_fold(struct flatten *flatten, const struct event *event, enum fold_result result,
                  const struct order *order, enum order_state before);

/* ORDERS does not reach back to its beginning: there may be positions that are not known, so nothing is said to be
 * flat.
 */
void flatten_begin_late(struct flatten *flatten);

/* Proposes the steps and the closing orders that are due. Costs next to nothing while no halt is carried out. */
void flatten_decide(const struct flatten *flatten, const struct closing_moment *moment, struct proposals *out);

/* True while a flatten closes what the account holds in the symbol: nobody else's orders pass. */
bool flatten_closes(const struct flatten *flatten, const char *account, const char *symbol);
/* True for a closing order of such a flatten: it is neither a duplicate nor one too many. */
bool flatten_owns(const struct flatten *flatten, const struct order_request *terms);

/* For snapshots; into a fresh one, when the book is loaded. -1: what was read cannot be. */
void flatten_save(const struct flatten *flatten, struct pack *pack);
int flatten_load(struct flatten *flatten, struct pack *pack);

#endif
