/* Halts and reductions: the last trading state of each scope, a part of the fold of ORDERS that the order book keeps.
 * Pure; one thread owns it. */
#ifndef ENGINE_TRADING_STATES_H
#define ENGINE_TRADING_STATES_H

#include <stdbool.h>

#include "core/event.h"
#include "core/pack.h"

struct trading_states;

struct trading_states *trading_states_create(void);
void trading_states_destroy(struct trading_states *states); /* NULL is allowed */

/* Folds an EVENT_TRADING_STATE. False when this request was folded before: the first in stream order counts, so that
 * a resume that is stored a second time cannot undo a later halt. */
bool trading_states_fold(struct trading_states *states, const struct event *event);

/* True when a change of this request was folded. */
bool trading_states_knows(const struct trading_states *states, const char *request_id);

/* The beginning of the tape is gone, and with it perhaps a halt: until a change of `*` is folded, everything counts as
 * halted. */
void trading_states_lose(struct trading_states *states);

/* The strictest of `*`, the account's and `<account>/<symbol>`'s; a NULL symbol leaves the last one out. */
enum trading_state trading_states_of(const struct trading_states *states, const char *account, const char *symbol);

/* Calls `visit` with the last change of each scope, in the order in which they were first changed. */
void trading_states_each(const struct trading_states *states, void (*visit)(const struct state_change *, void *),
                         void *context);

/* The last change of exactly this scope; NULL when there was none. Good until the next fold. */
const struct state_change *trading_states_last(const struct trading_states *states, const char *scope);

/* For snapshots; into fresh states. -1: what was read cannot be, and the states are good for nothing but destroying. */
void trading_states_save(const struct trading_states *states, struct pack *pack);
int trading_states_load(struct trading_states *states, struct pack *pack);

/* True for `*`, an account, and `<account>/<symbol>`, of lengths that fit. */
bool trading_scope_is_valid(const char *scope);

/* True when the scope of a change (`*`, an account, `<account>/<symbol>`) holds this account and symbol. */
bool trading_scope_holds(const char *scope, const char *account, const char *symbol);

#endif
