/* The accounts that a rule halts: part of the fold of ORDERS that the order checks keep. Pure; one thread owns a guard.
 *
 * A fill that cannot be what it says (more than was ordered, of an order that nobody knows or that it does not belong
 * to, or one before it missing) halts its account, and so do more fills in a window than REPEATED_FILLS allows. The
 * halt is an event (orders.state) that is named after the fill, so that it is made once, whoever makes it and however
 * often the tape is read; only a person takes it back. */
#ifndef ENGINE_ACCOUNT_GUARD_H
#define ENGINE_ACCOUNT_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"
#include "engine/checks_config.h"
#include "engine/orders.h"
#include "engine/proposals.h"

struct account_guard;

/* The configuration must outlive the guard. */
struct account_guard *account_guard_create(const struct checks_config *config);
void account_guard_destroy(struct account_guard *guard); /* NULL is allowed */

/* Folds an event of ORDERS, with what folding it into the book gave. `is_closing`: of an order with which a flatten
 * closes a position; its fills are not counted, however many they are. */
void account_guard_fold(struct account_guard *guard, const struct event *event, enum fold_result result,
                        bool is_closing);

/* Calls `visit` with each account that ever had a fill or a state. */
void account_guard_each(const struct account_guard *guard, void (*visit)(const char *account, void *context),
                        void *context);

/* Proposes the halts that are not on the tape yet. */
void account_guard_decide(const struct account_guard *guard, int64_t wall_ns, struct proposals *out);

/* The configuration has changed. Where another number of fills is allowed, they are counted anew. */
void account_guard_configure(struct account_guard *guard);

/* For snapshots; into a fresh guard. -1: what was read cannot be. */
void account_guard_save(const struct account_guard *guard, struct pack *pack);
int account_guard_load(struct account_guard *guard, struct pack *pack);

/* True while a halt of the account is proposed and not on the tape: it holds already. */
bool account_guard_is_halting(const struct account_guard *guard, const char *account);

/* True from the fill that was one too many in its window until a person changes the state of the account, or of
 * everything, to one that lets it trade. */
bool account_guard_has_repeated(const struct account_guard *guard, const char *account);

#endif
