/* One record per scope, and one per request that was ever folded. Changes of the trading state are rare (people and
 * limits make them), the question what state holds is asked for every order: with no scope known it costs nothing. */
#include "engine/trading_states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

struct scope_state {
    struct state_change change;
    UT_hash_handle hh;
};

struct folded_request {
    char request_id[ID_SIZE];
    UT_hash_handle hh;
};

struct trading_states {
    struct scope_state *by_scope;
    struct folded_request *folded;
};

struct trading_states *trading_states_create(void)
{
    struct trading_states *states = calloc(1, sizeof *states);
    if (states == NULL)
        abort();
    return states;
}

void trading_states_destroy(struct trading_states *states)
{
    if (states == NULL)
        return;
    struct scope_state *scope, *next_scope;
    HASH_ITER(hh, states->by_scope, scope, next_scope)
    {
        HASH_DEL(states->by_scope, scope);
        free(scope);
    }
    struct folded_request *request, *next_request;
    HASH_ITER(hh, states->folded, request, next_request)
    {
        HASH_DEL(states->folded, request);
        free(request);
    }
    free(states);
}

static bool is_first_of_its_request(struct trading_states *states, const char *request_id)
{
    struct folded_request *request;
    HASH_FIND_STR(states->folded, request_id, request);
    if (request != NULL)
        return false;
    request = calloc(1, sizeof *request);
    if (request == NULL)
        abort();
    text_copy(request->request_id, sizeof request->request_id, request_id);
    HASH_ADD_STR(states->folded, request_id, request);
    return true;
}

bool trading_states_fold(struct trading_states *states, const struct event *event)
{
    const struct state_change *change = &event->state;
    if (!is_first_of_its_request(states, change->request_id))
        return false;
    struct scope_state *scope;
    HASH_FIND_STR(states->by_scope, change->scope, scope);
    if (scope == NULL) {
        scope = calloc(1, sizeof *scope);
        if (scope == NULL)
            abort();
        scope->change = *change;
        HASH_ADD_STR(states->by_scope, change.scope, scope);
    } else {
        scope->change = *change;
    }
    return true;
}

static enum trading_state stricter(const struct trading_states *states, const char *scope, enum trading_state state)
{
    const struct state_change *change = trading_states_last(states, scope);
    return change != NULL && change->state > state ? change->state : state;
}

_Static_assert(TRADING_ACTIVE < TRADING_REDUCING && TRADING_REDUCING < TRADING_HALTED, "states grow stricter");

enum trading_state trading_states_of(const struct trading_states *states, const char *account, const char *symbol)
{
    if (states->by_scope == NULL)
        return TRADING_ACTIVE;
    enum trading_state state = stricter(states, "*", TRADING_ACTIVE);
    state = stricter(states, account, state);
    if (symbol != NULL) {
        char scope[ACCOUNT_SIZE + SYMBOL_SIZE];
        snprintf(scope, sizeof scope, "%s/%s", account, symbol);
        state = stricter(states, scope, state);
    }
    return state;
}

const struct state_change *trading_states_last(const struct trading_states *states, const char *scope)
{
    const struct scope_state *found;
    HASH_FIND_STR(states->by_scope, scope, found);
    return found == NULL ? NULL : &found->change;
}

bool trading_scope_holds(const char *scope, const char *account, const char *symbol)
{
    if (strcmp(scope, "*") == 0)
        return true;
    size_t length = strlen(account);
    if (strncmp(scope, account, length) != 0)
        return false;
    return scope[length] == '\0' || (scope[length] == '/' && strcmp(scope + length + 1, symbol) == 0);
}
