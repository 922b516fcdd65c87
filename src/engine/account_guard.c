/* One record per account that ever had a fill: the stored times of its last fills in a ring, and the halt that is owed.
 * See account_guard.h. */
#include "engine/account_guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

/* An account, and the halt that is owed to it. Who adds a field here adds it to pack_account, and raises the version of
 * the section GUARD. */
struct guarded {
    char account[ACCOUNT_SIZE];
    bool is_halted;    /* by the last state of exactly this account */
    bool owes_halt;    /* and it is not on the tape */
    bool has_repeated; /* too many fills, and nobody has let it go on */
    char request_id[ID_SIZE];
    char reason[REASON_SIZE];
    int64_t allowed_fills, window_ns; /* fills in a window; 0: not watched */
    int64_t *fills;                   /* stored times: a ring of one more than is allowed */
    size_t fill_count;
    UT_hash_handle hh;
};

struct account_guard {
    const struct checks_config *config;
    struct guarded *accounts;
    size_t owed; /* halts; nearly always 0, and asked for with every decision */
};

static void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory == NULL)
        abort();
    return memory;
}

struct account_guard *account_guard_create(const struct checks_config *config)
{
    struct account_guard *guard = allocate(sizeof *guard);
    guard->config = config;
    return guard;
}

void account_guard_destroy(struct account_guard *guard)
{
    if (guard == NULL)
        return;
    struct guarded *account, *next;
    HASH_ITER(hh, guard->accounts, account, next)
    {
        HASH_DEL(guard->accounts, account);
        free(account->fills);
        free(account);
    }
    free(guard);
}

static struct guarded *account_find(const struct account_guard *guard, const char *name)
{
    struct guarded *account;
    HASH_FIND_STR(guard->accounts, name, account);
    return account;
}

static void set_allowed(const struct account_guard *guard, struct guarded *account)
{
    struct check_limits limits = checks_config_limits(guard->config, account->account, "", "");
    bool is_off = limits.off[CHECK_REPEATED_FILLS];
    int64_t allowed_fills = is_off ? 0 : limits.repeated_fills;
    if (allowed_fills != account->allowed_fills) {
        free(account->fills);
        account->fills = NULL;
        account->fill_count = 0;
    }
    account->allowed_fills = allowed_fills;
    account->window_ns = is_off ? 0 : limits.repeated_fills_ns;
}

void account_guard_configure(struct account_guard *guard)
{
    for (struct guarded *account = guard->accounts; account != NULL; account = account->hh.next)
        set_allowed(guard, account);
}

static struct guarded *account_of(struct account_guard *guard, const char *name)
{
    struct guarded *account = account_find(guard, name);
    if (account != NULL)
        return account;
    account = allocate(sizeof *account);
    text_copy(account->account, sizeof account->account, name);
    set_allowed(guard, account);
    HASH_ADD_STR(guard->accounts, account, account);
    return account;
}

/* One halt is enough: what follows while the account is halted, or about to be, has an alert of its own. */
static void owe_halt(struct account_guard *guard, struct guarded *account, const struct event *event,
                     const char *reason)
{
    if (account->is_halted || account->owes_halt)
        return;
    account->owes_halt = true;
    guard->owed++;
    snprintf(account->request_id, sizeof account->request_id, "halt-%llu-%lld", (unsigned long long)event->sequence,
             (long long)event->stored_ns);
    text_copy(account->reason, sizeof account->reason, reason);
}

/* What is wrong with a fill, behind "fill A-2 "; NULL: nothing that must halt. A late fill is real, but a cancel and a
 * fill can cross. */
static const char *what_is_wrong(enum fold_result result)
{
    switch (result) {
    case FOLD_OVERFILL:
        return "is more than was ordered";
    case FOLD_UNKNOWN:
        return "is of an order that nobody knows";
    case FOLD_ILLEGAL:
        return "cannot be of its order";
    case FOLD_GAP:
        return "came, but one before it is missing";
    case FOLD_APPLIED:
    case FOLD_DUPLICATE:
    case FOLD_LATE_FILL:
    case FOLD_IGNORED:
        break;
    }
    return NULL;
}

static bool is_counted(enum fold_result result)
{
    return result == FOLD_APPLIED || result == FOLD_LATE_FILL || result == FOLD_OVERFILL || result == FOLD_UNKNOWN;
}

static size_t ring_size(const struct guarded *account)
{
    return (size_t)account->allowed_fills + 1;
}

static void remember_fill(struct guarded *account, int64_t stored_ns)
{
    if (account->fills == NULL)
        account->fills = allocate(ring_size(account) * sizeof *account->fills);
    account->fills[account->fill_count++ % ring_size(account)] = stored_ns;
}

/* The ring holds one fill more than is allowed: when it is full, and its first and last are in one window, that is one
 * too many. */
static void count_fill(struct account_guard *guard, struct guarded *account, const struct event *event)
{
    remember_fill(account, event->stored_ns);
    if (account->fill_count < ring_size(account))
        return;
    int64_t first_ns = account->fills[account->fill_count % ring_size(account)];
    if (event->stored_ns - first_ns >= account->window_ns)
        return;
    char reason[REASON_SIZE];
    snprintf(reason, sizeof reason, "more than %lld fills in %g s", (long long)account->allowed_fills,
             (double)account->window_ns / (double)NS_PER_SECOND);
    account->has_repeated = true;
    owe_halt(guard, account, event, reason);
}

static void fold_fill(struct account_guard *guard, const struct event *event, enum fold_result result, bool is_closing)
{
    struct guarded *account = account_of(guard, event->execution.account);
    const char *wrong = what_is_wrong(result);
    if (wrong != NULL) {
        char reason[REASON_SIZE];
        snprintf(reason, sizeof reason, "fill %s %s", event->execution.execution_id, wrong);
        owe_halt(guard, account, event, reason);
    }
    if (is_counted(result) && !is_closing && account->allowed_fills > 0 && !account->has_repeated)
        count_fill(guard, account, event);
}

static void let_go_on(struct guarded *account)
{
    account->has_repeated = false;
    account->fill_count = 0;
}

static void fold_state(struct account_guard *guard, const struct state_change *change)
{
    bool is_halt = change->state == TRADING_HALTED;
    if (strcmp(change->scope, "*") == 0) {
        for (struct guarded *each = guard->accounts; each != NULL && !is_halt; each = each->hh.next)
            let_go_on(each);
        return;
    }
    struct guarded *account = account_of(guard, change->scope);
    account->is_halted = is_halt;
    if (!is_halt) {
        let_go_on(account);
    } else if (account->owes_halt) {
        account->owes_halt = false;
        guard->owed--;
    }
}

void account_guard_fold(struct account_guard *guard, const struct event *event, enum fold_result result,
                        bool is_closing)
{
    if (event->kind == EVENT_ORDER_EXECUTED)
        fold_fill(guard, event, result, is_closing);
    else if (event->kind == EVENT_TRADING_STATE && result == FOLD_APPLIED)
        fold_state(guard, &event->state);
}

void account_guard_each(const struct account_guard *guard, void (*visit)(const char *account, void *context),
                        void *context)
{
    for (const struct guarded *account = guard->accounts; account != NULL; account = account->hh.next)
        visit(account->account, context);
}

void account_guard_decide(const struct account_guard *guard, int64_t wall_ns, struct proposals *out)
{
    if (guard->owed == 0)
        return;
    for (const struct guarded *account = guard->accounts; account != NULL; account = account->hh.next) {
        if (!account->owes_halt)
            continue;
        struct state_change *change = &proposals_add(out, EVENT_TRADING_STATE, NO_FENCE)->state;
        change->state = TRADING_HALTED;
        text_copy(change->scope, sizeof change->scope, account->account);
        text_copy(change->request_id, sizeof change->request_id, account->request_id);
        text_copy(change->by, sizeof change->by, "order checks");
        text_copy(change->reason, sizeof change->reason, account->reason);
        change->timestamp_ns = wall_ns;
    }
}

bool account_guard_is_halting(const struct account_guard *guard, const char *account)
{
    const struct guarded *found = guard->owed == 0 ? NULL : account_find(guard, account);
    return found != NULL && found->owes_halt;
}

bool account_guard_has_repeated(const struct account_guard *guard, const char *account)
{
    const struct guarded *found = account_find(guard, account);
    return found != NULL && found->has_repeated;
}

static void pack_account(struct pack *pack, struct guarded *account)
{
    pack_bool(pack, &account->is_halted);
    pack_bool(pack, &account->owes_halt);
    pack_bool(pack, &account->has_repeated);
    PACK_TEXT(pack, account->request_id);
    PACK_TEXT(pack, account->reason);
}

void account_guard_save(const struct account_guard *guard, struct pack *pack)
{
    pack_section(pack, "GUARD", 1);
    pack_count(pack, HASH_COUNT(guard->accounts));
    for (struct guarded *account = guard->accounts; account != NULL; account = account->hh.next) {
        size_t size = ring_size(account);
        size_t kept = account->fill_count < size ? account->fill_count : size;
        PACK_TEXT(pack, account->account);
        pack_account(pack, account);
        pack_count(pack, kept);
        for (size_t i = account->fill_count - kept; i < account->fill_count; i++)
            pack_i64(pack, &account->fills[i % size]);
    }
}

int account_guard_load(struct account_guard *guard, struct pack *pack)
{
    pack_section(pack, "GUARD", 1);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        char name[ACCOUNT_SIZE] = "";
        PACK_TEXT(pack, name);
        if (account_find(guard, name) != NULL)
            pack_fail(pack);
        if (pack->failed)
            break;
        struct guarded *account = account_of(guard, name);
        pack_account(pack, account);
        guard->owed += account->owes_halt;
        for (size_t fills = pack_count(pack, 0); fills > 0 && !pack->failed; fills--) {
            int64_t stored_ns = 0;
            pack_i64(pack, &stored_ns);
            if (account->allowed_fills > 0)
                remember_fill(account, stored_ns);
        }
    }
    return pack->failed ? -1 : 0;
}
