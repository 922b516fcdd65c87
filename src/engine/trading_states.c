/* One record per scope, and one per request that was ever folded. Changes of the trading state are rare (people and
 * limits make them), the question what state holds is asked for every order: with no scope known it costs nothing. */
#include "engine/trading_states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pack_value.h"
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
    bool lost; /* what `*` was before is not known */
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

static struct scope_state *scope_find(const struct trading_states *states, const char *name)
{
    struct scope_state *scope;
    HASH_FIND_STR(states->by_scope, name, scope);
    return scope;
}

static void keep_change(struct trading_states *states, const struct state_change *change)
{
    struct scope_state *scope = scope_find(states, change->scope);
    if (scope != NULL) {
        scope->change = *change;
        return;
    }
    scope = calloc(1, sizeof *scope);
    if (scope == NULL)
        abort();
    scope->change = *change;
    HASH_ADD_STR(states->by_scope, change.scope, scope);
}

bool trading_states_knows(const struct trading_states *states, const char *request_id)
{
    struct folded_request *request;
    HASH_FIND_STR(states->folded, request_id, request);
    return request != NULL;
}

static bool is_first_of_its_request(struct trading_states *states, const char *request_id)
{
    if (trading_states_knows(states, request_id))
        return false;
    struct folded_request *request = calloc(1, sizeof *request);
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
    keep_change(states, change);
    if (strcmp(change->scope, "*") == 0)
        states->lost = false;
    return true;
}

void trading_states_lose(struct trading_states *states)
{
    states->lost = true;
}

static enum trading_state stricter(const struct trading_states *states, const char *scope, enum trading_state state)
{
    const struct state_change *change = trading_states_last(states, scope);
    return change != NULL && change->state > state ? change->state : state;
}

_Static_assert(TRADING_ACTIVE < TRADING_REDUCING && TRADING_REDUCING < TRADING_HALTED, "states grow stricter");

enum trading_state trading_states_of(const struct trading_states *states, const char *account, const char *symbol)
{
    if (states->lost)
        return TRADING_HALTED;
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

void trading_states_each(const struct trading_states *states, void (*visit)(const struct state_change *, void *),
                         void *context)
{
    for (const struct scope_state *scope = states->by_scope; scope != NULL; scope = scope->hh.next)
        visit(&scope->change, context);
}

const struct state_change *trading_states_last(const struct trading_states *states, const char *scope)
{
    const struct scope_state *found = scope_find(states, scope);
    return found == NULL ? NULL : &found->change;
}

void trading_states_save(const struct trading_states *states, struct pack *pack)
{
    bool lost = states->lost;
    pack_section(pack, "TRADING_STATES", 2);
    pack_bool(pack, &lost);
    pack_count(pack, HASH_COUNT(states->by_scope));
    for (struct scope_state *scope = states->by_scope; scope != NULL; scope = scope->hh.next)
        pack_state_change(pack, &scope->change);
    pack_count(pack, HASH_COUNT(states->folded));
    for (struct folded_request *request = states->folded; request != NULL; request = request->hh.next)
        PACK_TEXT(pack, request->request_id);
}

int trading_states_load(struct trading_states *states, struct pack *pack)
{
    pack_section(pack, "TRADING_STATES", 2);
    pack_bool(pack, &states->lost);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        struct state_change change = {0};
        pack_state_change(pack, &change);
        if (!pack->failed)
            keep_change(states, &change);
    }
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        char request_id[ID_SIZE] = "";
        PACK_TEXT(pack, request_id);
        if (!pack->failed)
            is_first_of_its_request(states, request_id);
    }
    return pack->failed ? -1 : 0;
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

bool trading_scope_is_valid(const char *scope)
{
    const char *slash = strchr(scope, '/');
    size_t account = slash != NULL ? (size_t)(slash - scope) : strlen(scope);
    if (strcmp(scope, "*") == 0)
        return true;
    return strchr(scope, '*') == NULL && account > 0 && account < ACCOUNT_SIZE &&
           (slash == NULL || (slash[1] != '\0' && strlen(slash + 1) < SYMBOL_SIZE && strchr(slash + 1, '/') == NULL));
}
