/* What the checks know of an order when they decide: the book, the admissions, what is open and held, and the quotes.
 * The checks themselves stand in check_rules.c. */
#include "engine/checks.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "engine/account_guard.h"
#include "engine/admissions.h"
#include "engine/check_ledger.h"
#include "engine/check_rules.h"
#include "engine/daily_loss.h"
#include "engine/flatten.h"
#include "engine/loss_limit.h"
#include "engine/positions.h"
#include "engine/requests.h"
#include "engine/undecided.h"

struct checks {
    struct checks_config config;
    const struct instruments *instruments;
    struct order_book *book;
    struct quotes *quotes;
    struct rates *rates;
    struct positions *positions;
    struct check_ledger *ledger;
    struct admissions *admissions;
    struct undecided *undecided;
    struct account_guard *guard;
    struct daily_loss *daily_loss;
    struct flatten *flatten;
    int64_t tape_ns;        /* what time it was when the last event was read, by its stored time; 0: none was */
    int64_t tape_seen_ns;   /* monotonic: when that was */
    char held[REASON_SIZE]; /* why trading is held; "": it is not */
};

struct checks *checks_create(const struct checks_config *config, const struct instruments *instruments)
{
    struct checks *checks = calloc(1, sizeof *checks);
    if (checks == NULL)
        abort();
    checks->config = *config;
    checks->instruments = instruments;
    checks->book = order_book_create();
    checks->quotes = quotes_create();
    checks->rates = rates_create(&checks->config.rates, instruments, checks->quotes);
    checks->positions = positions_create(instruments, POSITION_AVERAGE_COST);
    checks->ledger = check_ledger_create(&checks->config, instruments);
    checks->admissions = admissions_create(&checks->config);
    checks->undecided = undecided_create(&checks->config, instruments);
    checks->guard = account_guard_create(&checks->config);
    checks->daily_loss = daily_loss_create(checks->positions, checks->quotes, instruments, checks->rates);
    const struct closing_sources sources = {
        .config = &checks->config,
        .instruments = instruments,
        .book = checks->book,
        .positions = checks->positions,
        .quotes = checks->quotes,
        .rates = checks->rates,
        .guard = checks->guard,
    };
    checks->flatten = flatten_create(&sources);
    return checks;
}

void checks_destroy(struct checks *checks)
{
    if (checks == NULL)
        return;
    flatten_destroy(checks->flatten);
    daily_loss_destroy(checks->daily_loss);
    account_guard_destroy(checks->guard);
    undecided_destroy(checks->undecided);
    admissions_destroy(checks->admissions);
    check_ledger_destroy(checks->ledger);
    positions_destroy(checks->positions);
    rates_destroy(checks->rates);
    quotes_destroy(checks->quotes);
    order_book_destroy(checks->book);
    free(checks);
}

/* Keeps what is beside the book in step with it, once the book has folded the event. */
static void follow_book(struct checks *checks, const struct event *event, enum fold_result result, int64_t seen_ns)
{
    const struct order *order;
    switch ((int)event->kind) {
    case EVENT_ORDER_NEW:
        if (result == FOLD_APPLIED) {
            admissions_add_order(checks->admissions, event, order_book_find(checks->book, event->request.order_id),
                                 seen_ns);
            undecided_add(checks->undecided, &event->request);
        }
        admissions_forget_old(checks->admissions, event->stored_ns);
        break;
    case EVENT_ORDER_REPLACE:
        if (result == FOLD_DUPLICATE)
            break;
        order = order_book_find(checks->book, event->change.order_id);
        admissions_add_replace(checks->admissions, event, order == NULL ? event->change.account : order->terms.account,
                               seen_ns);
        break;
    case EVENT_REPLACE_VALIDATED:
    case EVENT_REPLACE_REJECTED:
        admissions_answered(checks->admissions, event->decision.order.order_id, event->decision.request_id);
        break;
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
        admissions_answered(checks->admissions, event->answer.order_id, event->answer.request_id);
        break;
    case EVENT_ORDER_EXECUTED:
        positions_fold(checks->positions, event);
        daily_loss_follow(checks->daily_loss);
        break;
    default:
        break;
    }
}

static void change_limit(struct checks *checks, const struct limit_change *change, int64_t age_ns)
{
    if (age_ns > 0 || strncmp(change->section, "checks", 6) != 0 || !checks_config_may_change(change->key) ||
        checks_config_set_in(&checks->config, change->section, change->key, change->value, NULL) != 0)
        return;
    account_guard_configure(checks->guard);
    admissions_configure(checks->admissions);
}

enum fold_result checks_fold(struct checks *checks, const struct event *event, int64_t age_ns, int64_t monotonic_ns)
{
    checks->tape_ns = event->stored_ns + (age_ns > 0 ? age_ns : 0);
    checks->tape_seen_ns = monotonic_ns;
    if (event->kind == EVENT_QUOTE) {
        quotes_fold(checks->quotes, event, age_ns, monotonic_ns);
        daily_loss_follow(checks->daily_loss);
        return FOLD_APPLIED;
    }
    if (event->kind == EVENT_EXPOSURE) {
        daily_loss_fold(checks->daily_loss, &event->exposure);
        return FOLD_APPLIED;
    }
    if (event->kind == EVENT_LIMITS) {
        change_limit(checks, &event->limits, age_ns);
        return FOLD_APPLIED;
    }
    const char *order_id = event_order_id(event);
    const struct order *order = order_id == NULL ? NULL : order_book_find(checks->book, order_id);
    struct open_totals before = {0};
    struct order_request asked;
    enum order_state state_before = order == NULL ? ORDER_INITIALIZED : order->state;
    bool was_undecided = order != NULL && order->state == ORDER_INITIALIZED;
    if (order != NULL)
        before = check_ledger_share(checks->ledger, order);
    if (was_undecided)
        asked = order->terms; /* the decision may name others */
    enum fold_result result = order_book_fold(checks->book, event);
    if (was_undecided && order->state != ORDER_INITIALIZED)
        undecided_remove(checks->undecided, &asked);
    if (order != NULL) {
        struct open_totals after = check_ledger_share(checks->ledger, order);
        check_ledger_move(checks->ledger, order, &before, &after);
        admissions_decided(checks->admissions, order);
    }
    bool is_closing = order != NULL && flatten_owns(checks->flatten, &order->terms);
    account_guard_fold(checks->guard, event, result, is_closing);
    if (result == FOLD_APPLIED && event->kind == EVENT_ORDER_NEW)
        order = order_book_find(checks->book, order_id);
    flatten_fold(checks->flatten, event, result, order, state_before);
    follow_book(checks, event, result, monotonic_ns - (age_ns > 0 ? age_ns : 0));
    return result;
}

void checks_hold(struct checks *checks, const char *reason)
{
    text_copy(checks->held, sizeof checks->held, reason);
}

static int64_t position_of(const struct checks *checks, const struct order_request *terms)
{
    const struct position *position = positions_find(checks->positions, terms->account, terms->symbol);
    return position == NULL ? 0 : position->quantity;
}

static struct rate rate_of(const struct checks *checks, const struct instrument *instrument)
{
    return instrument == NULL ? RATE_ONE : rates_of(checks->rates, instrument->currency);
}

/* A halt that is on its way to the tape holds already; and while a flatten closes, only its own orders pass. */
static enum trading_state trading_state_of(const struct checks *checks, const struct order_request *terms)
{
    if (account_guard_is_halting(checks->guard, terms->account) ||
        (flatten_closes(checks->flatten, terms->account, terms->symbol) && !flatten_owns(checks->flatten, terms)))
        return TRADING_HALTED;
    return order_book_trading_state(checks->book, terms->account, terms->symbol);
}

static struct check_input gather(const struct checks *checks, const struct order *order,
                                 const struct order_request *terms, const struct admission *admission,
                                 int64_t monotonic_ns)
{
    struct check_input input = {
        .config = &checks->config,
        .limits = checks_config_limits(&checks->config, terms->account, terms->exchange, terms->symbol),
        .instrument = instruments_find(checks->instruments, terms->exchange, terms->symbol),
        .market = quotes_find(checks->quotes, terms->exchange, terms->symbol),
        .monotonic_ns = monotonic_ns,
        .terms = *terms,
        .trading_state = trading_state_of(checks, terms),
        .held = checks->held,
        .position = position_of(checks, terms),
        .has_repeated_fills = account_guard_has_repeated(checks->guard, terms->account),
    };
    if (!input.limits.off[CHECK_DAILY_LOSS])
        input.daily_loss = daily_loss_of(checks->daily_loss, terms->account, order->last_stored_ns, monotonic_ns,
                                         checks->config.stale_after_ns);
    if (terms->quantity > order->cumulative_quantity)
        input.leaves = terms->quantity - order->cumulative_quantity;
    struct open_totals totals = check_ledger_totals(checks->ledger, checks->rates, terms->account, terms->symbol);
    struct open_totals own = check_ledger_share(checks->ledger, order);
    input.open_buys = totals.buys - own.buys;
    input.open_sells = totals.sells - own.sells;
    input.rate = rate_of(checks, input.instrument);
    input.open_notional = totals.notional - rate_convert(input.rate, own.notional);
    if (admission != NULL) {
        input.over_rate = admission->over_rate && !flatten_owns(checks->flatten, terms);
        input.age_ns = monotonic_ns - admission->seen_ns + admission->late_ns;
    }
    return input;
}

/* Orders that came before and are not decided yet count as if they passed: they are those in `undecided`, except those
 * in `less`. To a closing order they do not matter, for they will be denied. */
static void decide_order(const struct checks *checks, const struct order *order, const struct undecided *undecided,
                         const struct undecided *less, int64_t wall_ns, int64_t monotonic_ns,
                         struct proposals *proposals)
{
    const struct admission *admission = admissions_find_order(checks->admissions, order->terms.order_id);
    struct check_input input = gather(checks, order, &order->terms, admission, monotonic_ns);
    bool is_closing = flatten_owns(checks->flatten, &order->terms);
    struct open_totals before = {0};
    if (!is_closing)
        before =
            undecided_totals(undecided, less, checks->quotes, checks->rates, order->terms.account, order->terms.symbol);
    input.open_buys += before.buys;
    input.open_sells += before.sells;
    input.open_notional += before.notional;
    const struct admission *alike =
        admission == NULL || is_closing ? NULL : admissions_duplicate_of(admission, input.limits.duplicate_ns);
    if (alike != NULL) {
        input.duplicate_of = alike->order->terms.order_id;
        input.duplicate_age_ns = admission->stored_ns - alike->stored_ns;
    }
    struct decision decision = event_empty(EVENT_ORDER_VALIDATED).decision;
    bool passes = check_rules_pass(&input, &decision);
    struct event *event = proposals_add(proposals, passes ? EVENT_ORDER_VALIDATED : EVENT_ORDER_REJECTED, NO_FENCE);
    event->decision = decision;
    event->decision.order = order->terms;
    event->decision.order.timestamp_ns = wall_ns;
}

/* One of them: it and those that came later do not count. Mostly it is the newest. */
static void decide_one(const struct checks *checks, const struct order *order, int64_t wall_ns, int64_t monotonic_ns,
                       struct proposals *proposals)
{
    struct undecided *less = undecided_create(&checks->config, checks->instruments);
    const struct admission *next = admissions_newest_undecided(checks->admissions);
    for (; next != NULL && next->order->new_sequence >= order->new_sequence;
         next = admissions_previous_undecided(checks->admissions, next))
        undecided_add(less, &next->order->terms);
    decide_order(checks, order, checks->undecided, less, wall_ns, monotonic_ns, proposals);
    undecided_destroy(less);
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
        const struct admission *admission =
            admissions_find_replace(checks->admissions, open->request.order_id, open->request.request_id);
        struct check_input input = gather(checks, order, &terms, admission, monotonic_ns);
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

/* Now, by the clock that the tape stores its events by. */
static int64_t tape_now_ns(const struct checks *checks, int64_t wall_ns, int64_t monotonic_ns)
{
    return checks->tape_ns == 0 ? wall_ns : checks->tape_ns + (monotonic_ns - checks->tape_seen_ns);
}

static void decide_halts(const struct checks *checks, int64_t wall_ns, int64_t monotonic_ns,
                         struct proposals *proposals)
{
    const struct closing_moment moment = {
        .held = checks->held,
        .wall_ns = wall_ns,
        .monotonic_ns = monotonic_ns,
        .stored_ns = tape_now_ns(checks, wall_ns, monotonic_ns),
    };
    flatten_decide(checks->flatten, &moment, proposals);
}

static void decide_losses(const struct checks *checks, int64_t wall_ns, int64_t monotonic_ns,
                          struct proposals *proposals)
{
    const struct loss_limit limit = {
        .config = &checks->config, .book = checks->book, .guard = checks->guard, .daily_loss = checks->daily_loss};
    loss_limit_decide(&limit, wall_ns, monotonic_ns, tape_now_ns(checks, wall_ns, monotonic_ns), proposals);
}

static void decide_request(const struct checks *checks, const char *order_id, int64_t wall_ns, int64_t monotonic_ns,
                           struct proposals *proposals)
{
    const struct order *order = order_book_find(checks->book, order_id);
    const struct open_request *replace = next_replace(checks, order_id);
    if (order != NULL && order->state == ORDER_INITIALIZED)
        decide_one(checks, order, wall_ns, monotonic_ns, proposals);
    else if (replace != NULL)
        decide_replace(checks, replace, wall_ns, monotonic_ns, proposals);
}

void checks_decide(const struct checks *checks, const struct event *event, int64_t wall_ns, int64_t monotonic_ns,
                   struct proposals *proposals)
{
    if (event->kind == EVENT_QUOTE || event->kind == EVENT_EXPOSURE)
        return;
    const char *order_id = event_order_id(event);
    if (event->kind == EVENT_ORDER_EXECUTED)
        account_guard_decide(checks->guard, wall_ns, proposals);
    if (order_id != NULL)
        decide_request(checks, order_id, wall_ns, monotonic_ns, proposals);
    decide_halts(checks, wall_ns, monotonic_ns, proposals);
}

static void decide_orders(const struct checks *checks, int64_t wall_ns, int64_t monotonic_ns,
                          struct proposals *proposals)
{
    const struct admission *next = admissions_oldest_undecided(checks->admissions);
    if (next == NULL)
        return;
    struct undecided *before = undecided_create(&checks->config, checks->instruments);
    for (; next != NULL; next = admissions_next_undecided(next)) {
        decide_order(checks, next->order, before, NULL, wall_ns, monotonic_ns, proposals);
        undecided_add(before, &next->order->terms);
    }
    undecided_destroy(before);
}

void checks_decide_all(const struct checks *checks, int64_t wall_ns, int64_t monotonic_ns, struct proposals *proposals)
{
    decide_orders(checks, wall_ns, monotonic_ns, proposals);
    account_guard_decide(checks->guard, wall_ns, proposals);
    decide_losses(checks, wall_ns, monotonic_ns, proposals);
    decide_halts(checks, wall_ns, monotonic_ns, proposals);
    const struct open_request *open = requests_oldest(order_book_requests(checks->book));
    for (; open != NULL; open = open->next) {
        const struct order *order = order_book_find(checks->book, open->request.order_id);
        bool is_undecided = order != NULL && order->state == ORDER_INITIALIZED;
        if (!is_undecided && open == next_replace(checks, open->request.order_id))
            decide_replace(checks, open, wall_ns, monotonic_ns, proposals);
    }
}

void checks_save(const struct checks *checks, struct pack *pack)
{
    pack_section(pack, "CHECKS", 3);
    order_book_save(checks->book, pack);
    positions_save(checks->positions, pack);
    admissions_save(checks->admissions, pack);
    account_guard_save(checks->guard, pack);
    flatten_save(checks->flatten, pack);
}

/* What an open order counts for follows from the order alone. */
static void count_open(const struct order *order, void *context)
{
    struct checks *checks = context;
    if (order->state == ORDER_INITIALIZED)
        undecided_add(checks->undecided, &order->terms);
    struct open_totals share = check_ledger_share(checks->ledger, order);
    check_ledger_move(checks->ledger, order, &(struct open_totals){0}, &share);
}

int checks_load_book(struct order_book *book, struct pack *pack)
{
    pack_section(pack, "CHECKS", 3);
    return order_book_load(book, pack);
}

int checks_load(struct checks *checks, struct pack *pack, int64_t wall_ns, int64_t monotonic_ns)
{
    checks_load_book(checks->book, pack);
    positions_load(checks->positions, pack);
    admissions_load(checks->admissions, pack, checks->book, wall_ns, monotonic_ns);
    account_guard_load(checks->guard, pack);
    flatten_load(checks->flatten, pack);
    daily_loss_follow(checks->daily_loss);
    if (pack->failed)
        return -1;
    order_book_each_open(checks->book, count_open, checks);
    return 0;
}

void checks_begin_late(struct checks *checks)
{
    order_book_begin_late(checks->book);
    flatten_begin_late(checks->flatten);
}

const struct checks_config *checks_configuration(const struct checks *checks)
{
    return &checks->config;
}

const struct order_book *checks_book(const struct checks *checks)
{
    return checks->book;
}

const struct quotes *checks_quotes(const struct checks *checks)
{
    return checks->quotes;
}
