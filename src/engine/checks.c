/* What the checks remember besides the order book: when each undecided request came, which recent orders are alike,
 * how many orders each account has sent, and what is open and held. The checks themselves stand in check_rules.c. */
#include "engine/checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/age.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/check_ledger.h"
#include "engine/check_rules.h"
#include "engine/positions.h"
#include "engine/requests.h"

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

/* What two orders that are alike have in common; unused bytes are zero, the key is compared as bytes. */
struct likeness {
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    int64_t quantity, limit_price, stop_price;
    int64_t side;
};

/* Who adds a field here adds it to pack_admission, and raises the version of the section CHECKS. */

/* A request as it came in: an order (named by its id) or a replace (`<order_id>/<request_id>`). Kept until it is
 * decided, and an order also as long as a later one may repeat it. */
struct admission {
    char name[2 * ID_SIZE];
    int64_t seen_ns; /* monotonic: when it was stored */
    int64_t stored_ns;
    int64_t late_ns; /* how old it was when it was stored, by its own timestamp */
    bool over_rate;
    bool is_undecided;
    const struct order *order; /* NULL for a replace */
    struct likeness likeness;
    struct admission *alike_before, *alike_after;
    struct admission *next, *previous;                     /* orders, oldest first */
    struct admission *undecided_next, *undecided_previous; /* those without a decision, oldest first */
    UT_hash_handle hh;
};

/* The newest of the orders that are alike. */
struct alike {
    struct likeness likeness;
    struct admission *newest;
    UT_hash_handle hh;
};

/* Tokens in 1e-9 of one. */
struct bucket {
    char account[ACCOUNT_SIZE];
    int64_t tokens;
    int64_t stored_ns; /* of the last request */
    UT_hash_handle hh;
};

struct checks {
    struct checks_config config;
    const struct instruments *instruments;
    struct order_book *book;
    struct quotes *quotes;
    struct positions *positions;
    struct check_ledger *ledger;
    struct admission *admissions; /* by name */
    struct admission *oldest;
    struct admission *oldest_undecided;
    struct alike *alike;
    struct bucket *buckets;
};

static void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory == NULL)
        abort();
    return memory;
}

struct checks *checks_create(const struct checks_config *config, const struct instruments *instruments)
{
    struct checks *checks = allocate(sizeof *checks);
    checks->config = *config;
    checks->instruments = instruments;
    checks->book = order_book_create();
    checks->quotes = quotes_create();
    checks->positions = positions_create(instruments, POSITION_AVERAGE_COST);
    checks->ledger = check_ledger_create(&checks->config, instruments);
    return checks;
}

void checks_destroy(struct checks *checks)
{
    if (checks == NULL)
        return;
    struct admission *admission, *next_admission;
    HASH_ITER(hh, checks->admissions, admission, next_admission)
    {
        HASH_DEL(checks->admissions, admission);
        free(admission);
    }
    struct alike *alike, *next_alike;
    HASH_ITER(hh, checks->alike, alike, next_alike)
    {
        HASH_DEL(checks->alike, alike);
        free(alike);
    }
    struct bucket *bucket, *next_bucket;
    HASH_ITER(hh, checks->buckets, bucket, next_bucket)
    {
        HASH_DEL(checks->buckets, bucket);
        free(bucket);
    }
    check_ledger_destroy(checks->ledger);
    positions_destroy(checks->positions);
    quotes_destroy(checks->quotes);
    order_book_destroy(checks->book);
    free(checks);
}

/* Takes a token of the account's bucket as of the stored time, so that the answer is the same whenever and however
 * often the tape is folded. False when there is none. */
static bool take_token(struct checks *checks, const char *account, int64_t stored_ns)
{
    int64_t full = checks->config.rate_burst * NS_PER_SECOND;
    struct bucket *bucket;
    HASH_FIND_STR(checks->buckets, account, bucket);
    if (bucket == NULL) {
        bucket = allocate(sizeof *bucket);
        text_copy(bucket->account, sizeof bucket->account, account);
        bucket->tokens = full;
        bucket->stored_ns = stored_ns;
        HASH_ADD_STR(checks->buckets, account, bucket);
    }
    if (stored_ns > bucket->stored_ns) {
        int128 tokens = bucket->tokens + (int128)(stored_ns - bucket->stored_ns) * checks->config.rate_per_second;
        bucket->tokens = tokens < full ? (int64_t)tokens : full;
        bucket->stored_ns = stored_ns;
    }
    if (bucket->tokens < NS_PER_SECOND)
        return false;
    bucket->tokens -= NS_PER_SECOND;
    return true;
}

static struct admission *admission_find(const struct checks *checks, const char *name)
{
    struct admission *admission;
    HASH_FIND_STR(checks->admissions, name, admission);
    return admission;
}

static void name_replace(char name[2 * ID_SIZE], const char *order_id, const char *request_id)
{
    snprintf(name, 2 * ID_SIZE, "%s/%s", order_id, request_id);
}

static struct admission *admit(struct checks *checks, const char *name, const char *account, int64_t timestamp_ns,
                               const struct event *event, int64_t seen_ns)
{
    struct admission *admission = allocate(sizeof *admission);
    text_copy(admission->name, sizeof admission->name, name);
    admission->seen_ns = seen_ns;
    admission->stored_ns = event->stored_ns;
    admission->late_ns = event->stored_ns > timestamp_ns ? event->stored_ns - timestamp_ns : 0;
    admission->over_rate = !take_token(checks, account, event->stored_ns);
    HASH_ADD_STR(checks->admissions, name, admission);
    return admission;
}

static struct alike *alike_of(struct checks *checks, const struct likeness *likeness)
{
    struct alike *alike;
    HASH_FIND(hh, checks->alike, likeness, sizeof *likeness, alike);
    if (alike == NULL) {
        alike = allocate(sizeof *alike);
        alike->likeness = *likeness;
        HASH_ADD(hh, checks->alike, likeness, sizeof alike->likeness, alike);
    }
    return alike;
}

/* Puts an admitted order behind those before it. */
static void list_order(struct checks *checks, struct admission *admission)
{
    struct alike *alike = alike_of(checks, &admission->likeness);
    admission->alike_before = alike->newest;
    if (alike->newest != NULL)
        alike->newest->alike_after = admission;
    alike->newest = admission;
    DL_APPEND2(checks->oldest, admission, previous, next);
    if (admission->is_undecided)
        DL_APPEND2(checks->oldest_undecided, admission, undecided_previous, undecided_next);
}

static void admit_order(struct checks *checks, const struct event *event, int64_t seen_ns)
{
    const struct order_request *request = &event->request;
    struct admission *admission =
        admit(checks, request->order_id, request->account, request->timestamp_ns, event, seen_ns);
    admission->order = order_book_find(checks->book, request->order_id);
    admission->is_undecided = true;
    text_copy(admission->likeness.account, sizeof admission->likeness.account, request->account);
    text_copy(admission->likeness.symbol, sizeof admission->likeness.symbol, request->symbol);
    admission->likeness.quantity = request->quantity;
    admission->likeness.limit_price = request->limit_price;
    admission->likeness.stop_price = request->stop_price;
    admission->likeness.side = request->side;

    list_order(checks, admission);
}

static void forget_replace(struct checks *checks, const char *order_id, const char *request_id)
{
    char name[2 * ID_SIZE];
    name_replace(name, order_id, request_id);
    struct admission *admission = admission_find(checks, name);
    if (admission == NULL)
        return;
    HASH_DEL(checks->admissions, admission);
    free(admission);
}

static void forget_order(struct checks *checks, struct admission *admission)
{
    if (admission->alike_before != NULL)
        admission->alike_before->alike_after = admission->alike_after;
    if (admission->alike_after != NULL) {
        admission->alike_after->alike_before = admission->alike_before;
    } else {
        struct alike *alike = alike_of(checks, &admission->likeness);
        alike->newest = admission->alike_before;
        if (alike->newest == NULL) {
            HASH_DEL(checks->alike, alike);
            free(alike);
        }
    }
    DL_DELETE2(checks->oldest, admission, previous, next);
    HASH_DEL(checks->admissions, admission);
    free(admission);
}

/* Forgets decided orders that nothing stored from now on could repeat in time. */
static void forget_old(struct checks *checks, int64_t stored_ns)
{
    while (checks->oldest != NULL && !checks->oldest->is_undecided &&
           stored_ns - checks->oldest->stored_ns > checks->config.duplicate_ns)
        forget_order(checks, checks->oldest);
}

static void note_decided(struct checks *checks, const struct order *order)
{
    struct admission *admission = admission_find(checks, order->terms.order_id);
    if (admission == NULL || !admission->is_undecided || order->state == ORDER_INITIALIZED)
        return;
    admission->is_undecided = false;
    DL_DELETE2(checks->oldest_undecided, admission, undecided_previous, undecided_next);
}

/* Keeps what is beside the book in step with it, once the book has folded the event. */
static void follow_book(struct checks *checks, const struct event *event, enum fold_result result, int64_t seen_ns)
{
    char name[2 * ID_SIZE];
    const struct order *order;
    switch ((int)event->kind) {
    case EVENT_ORDER_NEW:
        if (result == FOLD_APPLIED)
            admit_order(checks, event, seen_ns);
        forget_old(checks, event->stored_ns);
        break;
    case EVENT_ORDER_REPLACE:
        if (result == FOLD_DUPLICATE)
            break;
        name_replace(name, event->change.order_id, event->change.request_id);
        order = order_book_find(checks->book, event->change.order_id);
        admit(checks, name, order == NULL ? event->change.account : order->terms.account, event->change.timestamp_ns,
              event, seen_ns);
        break;
    case EVENT_REPLACE_VALIDATED:
    case EVENT_REPLACE_REJECTED:
        forget_replace(checks, event->decision.order.order_id, event->decision.request_id);
        break;
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
        forget_replace(checks, event->answer.order_id, event->answer.request_id);
        break;
    case EVENT_ORDER_EXECUTED:
        positions_fold(checks->positions, event);
        break;
    default:
        break;
    }
}

enum fold_result checks_fold(struct checks *checks, const struct event *event, int64_t age_ns, int64_t monotonic_ns)
{
    if (event->kind == EVENT_QUOTE) {
        quotes_fold(checks->quotes, event, age_ns, monotonic_ns);
        return FOLD_APPLIED;
    }
    const char *order_id = event_order_id(event);
    const struct order *order = order_id == NULL ? NULL : order_book_find(checks->book, order_id);
    struct open_totals before = {0};
    if (order != NULL)
        before = check_ledger_share(checks->ledger, order);
    enum fold_result result = order_book_fold(checks->book, event);
    if (order != NULL) {
        struct open_totals after = check_ledger_share(checks->ledger, order);
        check_ledger_move(checks->ledger, order, &before, &after);
        note_decided(checks, order);
    }
    follow_book(checks, event, result, monotonic_ns - (age_ns > 0 ? age_ns : 0));
    return result;
}

static int64_t position_of(const struct checks *checks, const struct order_request *terms)
{
    const struct position *position = positions_find(checks->positions, terms->account, terms->symbol);
    return position == NULL ? 0 : position->quantity;
}

/* Orders that came before and are not decided yet count as if they passed: they may be on their way. */
static void add_undecided(const struct checks *checks, const struct order *order, struct check_input *input)
{
    const struct admission *other = checks->oldest_undecided;
    for (; other != NULL && other->order->new_sequence < order->new_sequence; other = other->undecided_next) {
        const struct order_request *terms = &other->order->terms;
        if (strcmp(terms->account, input->terms.account) != 0)
            continue;
        bool is_priced;
        input->open_notional += check_notional(
            &checks->config, instruments_find(checks->instruments, terms->exchange, terms->symbol), terms,
            terms->quantity, quotes_find(checks->quotes, terms->exchange, terms->symbol), DECIMAL_NONE, &is_priced);
        if (strcmp(terms->symbol, input->terms.symbol) == 0)
            *(terms->side == SIDE_BUY ? &input->open_buys : &input->open_sells) += terms->quantity;
    }
}

/* An earlier order that is alike, within the window, and was not turned away. */
static void find_duplicate(const struct checks *checks, const struct admission *admission, struct check_input *input)
{
    for (const struct admission *other = admission->alike_before; other != NULL; other = other->alike_before) {
        int64_t after_ns = admission->stored_ns - other->stored_ns;
        if (after_ns > checks->config.duplicate_ns)
            return;
        if (other->order->state == ORDER_DENIED || other->order->state == ORDER_REJECTED)
            continue;
        input->duplicate_of = other->order->terms.order_id;
        input->duplicate_age_ns = after_ns;
        return;
    }
}

static struct check_input gather(const struct checks *checks, const struct order *order,
                                 const struct order_request *terms, const struct admission *admission,
                                 int64_t monotonic_ns)
{
    struct check_input input = {
        .config = &checks->config,
        .instrument = instruments_find(checks->instruments, terms->exchange, terms->symbol),
        .market = quotes_find(checks->quotes, terms->exchange, terms->symbol),
        .monotonic_ns = monotonic_ns,
        .terms = *terms,
        .trading_state = order_book_trading_state(checks->book, terms->account, terms->symbol),
        .position = position_of(checks, terms),
    };
    if (terms->quantity > order->cumulative_quantity)
        input.leaves = terms->quantity - order->cumulative_quantity;
    struct open_totals totals = check_ledger_totals(checks->ledger, terms->account, terms->symbol);
    struct open_totals own = check_ledger_share(checks->ledger, order);
    input.open_buys = totals.buys - own.buys;
    input.open_sells = totals.sells - own.sells;
    input.open_notional = totals.notional - own.notional;
    if (admission != NULL) {
        input.over_rate = admission->over_rate;
        input.age_ns = monotonic_ns - admission->seen_ns + admission->late_ns;
    }
    return input;
}

static void decide_order(const struct checks *checks, const struct order *order, int64_t wall_ns, int64_t monotonic_ns,
                         struct proposals *proposals)
{
    const struct admission *admission = admission_find(checks, order->terms.order_id);
    struct check_input input = gather(checks, order, &order->terms, admission, monotonic_ns);
    add_undecided(checks, order, &input);
    if (admission != NULL)
        find_duplicate(checks, admission, &input);
    struct decision decision = event_empty(EVENT_ORDER_VALIDATED).decision;
    bool passes = check_rules_pass(&input, &decision);
    struct event *event = proposals_add(proposals, passes ? EVENT_ORDER_VALIDATED : EVENT_ORDER_REJECTED, NO_FENCE);
    event->decision = decision;
    event->decision.order = order->terms;
    event->decision.order.timestamp_ns = wall_ns;
}

static bool refuse_replace(struct decision *decision, const char *code, const char *reason)
{
    text_copy(decision->code, sizeof decision->code, code);
    text_copy(decision->reason, sizeof decision->reason, reason);
    return false;
}

/* Whether the order can be replaced at all, and its terms as they would be. */
static bool apply_replace(const struct order *order, const struct open_request *open, struct order_request *terms,
                          struct decision *decision)
{
    const struct change_request *request = &open->request;
    text_copy(terms->order_id, sizeof terms->order_id, request->order_id);
    if (order == NULL)
        return refuse_replace(decision, "UNKNOWN_ORDER", "there is no such order");
    *terms = order->terms;
    bool has_limit = terms->type == ORDER_LIMIT || terms->type == ORDER_STOP_LIMIT;
    bool has_stop = terms->type == ORDER_STOP || terms->type == ORDER_STOP_LIMIT;
    if (!order_is_working(order))
        return refuse_replace(decision, "ORDER_NOT_WORKING", "only a working order can be replaced");
    if (order->replace == NULL || strcmp(order->replace->request_id, request->request_id) != 0)
        return refuse_replace(decision, "REPLACE_PENDING", "another replace of the order is not answered yet");
    if ((request->limit_price != DECIMAL_NONE && !has_limit) || (request->stop_price != DECIMAL_NONE && !has_stop))
        return refuse_replace(decision, "BAD_REPLACE", "the order's type has no such price");
    if (request->stop_price != DECIMAL_NONE && order->state != ORDER_ACCEPTED)
        return refuse_replace(decision, "BAD_REPLACE", "the stop was hit already");
    if (request->quantity != DECIMAL_NONE)
        terms->quantity = request->quantity;
    if (request->limit_price != DECIMAL_NONE)
        terms->limit_price = request->limit_price;
    if (request->stop_price != DECIMAL_NONE)
        terms->stop_price = request->stop_price;
    return true;
}

static void decide_replace(const struct checks *checks, const struct open_request *open, int64_t wall_ns,
                           int64_t monotonic_ns, struct proposals *proposals)
{
    const struct order *order = order_book_find(checks->book, open->request.order_id);
    struct order_request terms = event_empty(EVENT_REPLACE_REJECTED).decision.order; /* absent for an unknown order */
    struct decision decision = event_empty(EVENT_REPLACE_VALIDATED).decision;
    bool passes = apply_replace(order, open, &terms, &decision);
    if (passes) {
        char name[2 * ID_SIZE];
        name_replace(name, open->request.order_id, open->request.request_id);
        struct check_input input = gather(checks, order, &terms, admission_find(checks, name), monotonic_ns);
        passes = check_rules_pass(&input, &decision);
    }
    struct event *event = proposals_add(proposals, passes ? EVENT_REPLACE_VALIDATED : EVENT_REPLACE_REJECTED, NO_FENCE);
    event->decision = decision;
    event->decision.order = terms;
    event->decision.order.timestamp_ns = wall_ns;
    text_copy(event->decision.request_id, sizeof event->decision.request_id, open->request.request_id);
}

/* The oldest replace of the order that is the checks' to answer; NULL when there is none. A replace waits for the
 * decision on its order, if that is still missing. */
static const struct open_request *next_replace(const struct checks *checks, const char *order_id)
{
    const struct open_request *open = requests_oldest_of(order_book_requests(checks->book), order_id);
    while (open != NULL && (!open->is_replace || open->validated))
        open = open->next_of_order;
    return open;
}

void checks_decide(const struct checks *checks, const struct event *event, int64_t wall_ns, int64_t monotonic_ns,
                   struct proposals *proposals)
{
    const char *order_id = event->kind == EVENT_QUOTE ? NULL : event_order_id(event);
    if (order_id == NULL)
        return;
    const struct order *order = order_book_find(checks->book, order_id);
    const struct open_request *replace = next_replace(checks, order_id);
    if (order != NULL && order->state == ORDER_INITIALIZED)
        decide_order(checks, order, wall_ns, monotonic_ns, proposals);
    else if (replace != NULL)
        decide_replace(checks, replace, wall_ns, monotonic_ns, proposals);
}

void checks_decide_all(const struct checks *checks, int64_t wall_ns, int64_t monotonic_ns, struct proposals *proposals)
{
    for (const struct admission *undecided = checks->oldest_undecided; undecided != NULL;
         undecided = undecided->undecided_next)
        decide_order(checks, undecided->order, wall_ns, monotonic_ns, proposals);
    const struct open_request *open = requests_oldest(order_book_requests(checks->book));
    for (; open != NULL; open = open->next) {
        const struct order *order = order_book_find(checks->book, open->request.order_id);
        bool is_undecided = order != NULL && order->state == ORDER_INITIALIZED;
        if (!is_undecided && open == next_replace(checks, open->request.order_id))
            decide_replace(checks, open, wall_ns, monotonic_ns, proposals);
    }
}

static void pack_admission(struct pack *pack, struct admission *admission)
{
    struct likeness *likeness = &admission->likeness;
    PACK_TEXT(pack, admission->name);
    pack_i64(pack, &admission->stored_ns);
    pack_i64(pack, &admission->late_ns);
    pack_bool(pack, &admission->over_rate);
    pack_bool(pack, &admission->is_undecided);
    PACK_TEXT(pack, likeness->account);
    PACK_TEXT(pack, likeness->symbol);
    pack_i64(pack, &likeness->quantity);
    pack_i64(pack, &likeness->limit_price);
    pack_i64(pack, &likeness->stop_price);
    pack_i64(pack, &likeness->side);
}

static void pack_bucket(struct pack *pack, struct bucket *bucket)
{
    PACK_TEXT(pack, bucket->account);
    pack_i64(pack, &bucket->tokens);
    pack_i64(pack, &bucket->stored_ns);
}

void checks_save(const struct checks *checks, struct pack *pack)
{
    pack_section(pack, "CHECKS", 1);
    order_book_save(checks->book, pack);
    positions_save(checks->positions, pack);
    pack_count(pack, HASH_COUNT(checks->admissions));
    for (struct admission *admission = checks->admissions; admission != NULL; admission = admission->hh.next) {
        bool is_order = admission->order != NULL;
        pack_bool(pack, &is_order);
        pack_admission(pack, admission);
    }
    pack_count(pack, HASH_COUNT(checks->buckets));
    for (struct bucket *bucket = checks->buckets; bucket != NULL; bucket = bucket->hh.next)
        pack_bucket(pack, bucket);
}

static void load_admission(struct checks *checks, struct pack *pack, int64_t wall_ns, int64_t monotonic_ns)
{
    struct admission *admission = allocate(sizeof *admission);
    bool is_order = false;
    pack_bool(pack, &is_order);
    pack_admission(pack, admission);
    if (is_order)
        admission->order = order_book_find(checks->book, admission->name);
    if (pack->failed || admission_find(checks, admission->name) != NULL || (is_order && admission->order == NULL)) {
        pack_fail(pack);
        free(admission);
        return;
    }
    admission->seen_ns = monotonic_ns - age_when_read_ns(admission->stored_ns, wall_ns, true);
    HASH_ADD_STR(checks->admissions, name, admission);
    if (is_order)
        list_order(checks, admission);
}

static void load_bucket(struct checks *checks, struct pack *pack)
{
    struct bucket *bucket = allocate(sizeof *bucket), *other = NULL;
    pack_bucket(pack, bucket);
    HASH_FIND_STR(checks->buckets, bucket->account, other);
    if (pack->failed || other != NULL) {
        pack_fail(pack);
        free(bucket);
        return;
    }
    HASH_ADD_STR(checks->buckets, account, bucket);
}

/* What an open order counts for follows from the order alone. */
static void count_open(const struct order *order, void *context)
{
    struct checks *checks = context;
    struct open_totals share = check_ledger_share(checks->ledger, order);
    check_ledger_move(checks->ledger, order, &(struct open_totals){0}, &share);
}

int checks_load(struct checks *checks, struct pack *pack, int64_t wall_ns, int64_t monotonic_ns)
{
    pack_section(pack, "CHECKS", 1);
    order_book_load(checks->book, pack);
    positions_load(checks->positions, pack);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--)
        load_admission(checks, pack, wall_ns, monotonic_ns);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--)
        load_bucket(checks, pack);
    if (pack->failed)
        return -1;
    order_book_each_open(checks->book, count_open, checks);
    return 0;
}

const struct order_book *checks_book(const struct checks *checks)
{
    return checks->book;
}

const struct quotes *checks_quotes(const struct checks *checks)
{
    return checks->quotes;
}
