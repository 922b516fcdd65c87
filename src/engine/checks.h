/* The order checks: which orders and replaces may go out. State is a fold of ORDERS (and the latest quotes and
 * exposures, which a decision records); deciding changes nothing. Pure; one thread owns it.
 *
 * Every undecided order gets one decision, and every open replace request one. An order that was validated is not
 * looked at again; a halt that comes later is the exchange's to enforce. A fill that must not be halts its account
 * (account_guard.h). */
#ifndef ENGINE_CHECKS_H
#define ENGINE_CHECKS_H

#include <stdint.h>

#include "core/event.h"
#include "core/instrument.h"
#include "core/pack.h"
#include "engine/checks_config.h"
#include "engine/orders.h"
#include "engine/proposals.h"
#include "engine/quotes.h"

struct checks;

/* The configuration is copied; the instruments must outlive the checks. */
struct checks *checks_create(const struct checks_config *config, const struct instruments *instruments);
void checks_destroy(struct checks *checks); /* NULL is allowed */

/* Folds an event of ORDERS or MARKET_DATA, or of RISK an exposure or a change of a limit (a live one: those that stood
 * on the tape before are older than the configuration). `age_ns`: how long it had been stored when it was
 * read, 0 for a live one. */
enum fold_result checks_fold(struct checks *checks, const struct event *event, int64_t age_ns, int64_t monotonic_ns);

/* While trading is held all orders and replaces are rejected as in a halt, for this reason; "": it is not held. */
void checks_hold(struct checks *checks, const char *reason);

/* Proposes the decisions that an event just folded asks for: about its order, at most one, and halts of accounts.
 * `wall_ns` goes into the decision, `monotonic_ns` (with the ages given to checks_fold) is the time that requests and
 * quotes are aged by. */
void checks_decide(const struct checks *checks, const struct event *event, int64_t wall_ns, int64_t monotonic_ns,
                   struct proposals *proposals);

/* Proposes every decision that is missing, oldest first, one per order: after a restart, or when one came to nothing.
 */
void checks_decide_all(const struct checks *checks, int64_t wall_ns, int64_t monotonic_ns, struct proposals *proposals);

/* As order_book_begin_late. */
void checks_begin_late(struct checks *checks);

/* For snapshots: what was folded of ORDERS; quotes are read again. Into fresh checks. Ages go by stored times:
 * `wall_ns` and `monotonic_ns` are now. -1: what was read cannot be, and the checks are good for nothing but
 * destroying. */
void checks_save(const struct checks *checks, struct pack *pack);
int checks_load(struct checks *checks, struct pack *pack, int64_t wall_ns, int64_t monotonic_ns);

/* Loads only the orders of what checks_save has written, into a fresh book. */
int checks_load_book(struct order_book *book, struct pack *pack);

/* With all changes that were folded. */
const struct checks_config *checks_configuration(const struct checks *checks);
const struct order_book *checks_book(const struct checks *checks);
const struct quotes *checks_quotes(const struct checks *checks);

#endif
