/* A state that was saved and loaded behaves as the one that went on: for random events, both are folded to the end and
 * say the same, to the byte. And whatever is loaded instead, cut, changed or random, does no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pack.h"
#include "core/timestamp.h"
#include "engine/alerts.h"
#include "engine/checks.h"
#include "engine/exchange.h"
#include "engine/fill_watch.h"
#include "engine/position_keeper.h"
#include "engine/requests.h"
#include "engine/risk.h"

enum { ORDERS = 12, EVENTS = 400, SEEDS = 40, SYMBOLS = 3 };

static const char *const ACCOUNTS[] = {"SIM-1", "SIM-2"};
static const char *const SYMBOL_NAMES[SYMBOLS] = {"AAPL", "GOOG", "MSFT"};

/* A tape of random events, and how much of it a later event has to know of earlier ones. */
struct world {
    uint64_t random;
    int64_t now_ns; /* both clocks */
    uint64_t sequences[4];
    uint32_t fills[ORDERS], requests[ORDERS], alert_versions[8];
    struct event last_quotes[SYMBOLS];
};

static uint64_t pick(struct world *world, uint64_t choices)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return (world->random >> 11) % choices;
}

#define SET(array, ...) snprintf(array, sizeof(array), __VA_ARGS__)

static struct order_request request_of(unsigned number)
{
    struct order_request request = {.quantity = (number % 3 + 1) * 10 * QUANTITY_ONE,
                                    .side = number / 2 % 2 == 0 ? SIDE_BUY : SIDE_SELL,
                                    .type = number % 4,
                                    .time_in_force = number % 5 == 0 ? TIF_GTC : TIF_DAY,
                                    .limit_price = DECIMAL_NONE,
                                    .stop_price = DECIMAL_NONE,
                                    .timestamp_ns = NS_PER_DAY};
    SET(request.order_id, "order-%u", number);
    SET(request.account, "%s", ACCOUNTS[number % 2]);
    SET(request.symbol, "%s", SYMBOL_NAMES[number % SYMBOLS]);
    SET(request.exchange, "NYSE");
    if (request.type == ORDER_LIMIT || request.type == ORDER_STOP_LIMIT)
        request.limit_price = 100 * PRICE_ONE;
    if (request.type == ORDER_STOP || request.type == ORDER_STOP_LIMIT)
        request.stop_price = 101 * PRICE_ONE;
    return request;
}

static void make_execution(struct world *world, struct execution *execution, unsigned number)
{
    struct order_request request = request_of(number);
    uint32_t fill = pick(world, 8) == 0 ? (uint32_t)pick(world, 4) + 1 : ++world->fills[number];
    SET(execution->order_id, "%s", request.order_id);
    SET(execution->execution_id, "order-%u-%u", number, (unsigned)fill);
    SET(execution->account, "%s", request.account);
    SET(execution->symbol, "%s", request.symbol);
    SET(execution->exchange, "%s", request.exchange);
    SET(execution->fee_currency, "USD");
    execution->side = request.side;
    execution->quantity = (int64_t)(pick(world, 5) + 1) * QUANTITY_ONE;
    execution->price = (int64_t)(pick(world, 7) + 97) * PRICE_ONE;
    execution->fee = (int128)pick(world, 1000) * PRICE_ONE;
    execution->quote_seq = pick(world, 3) == 0 ? world->sequences[1] : 0;
}

/* A new request when `is_new`, else mostly the last one of the order. */
static void make_change(struct world *world, struct change_request *change, unsigned number, bool is_new)
{
    uint32_t request = is_new && pick(world, 8) > 0 ? ++world->requests[number] : world->requests[number];
    if (pick(world, 8) == 0)
        request = (uint32_t)pick(world, request + 1);
    SET(change->order_id, "order-%u", number);
    SET(change->request_id, "request-%u", (unsigned)request);
    SET(change->account, "%s", ACCOUNTS[number % 2]);
    if (pick(world, 2) == 0)
        change->quantity = (int64_t)(pick(world, 40) + 1) * QUANTITY_ONE;
    if (request_of(number).type == ORDER_LIMIT)
        change->limit_price = (int64_t)(pick(world, 5) + 98) * PRICE_ONE;
    change->timestamp_ns = world->now_ns;
}

static void make_answer(struct world *world, struct change_answer *answer, unsigned number)
{
    struct change_request change = {0};
    make_change(world, &change, number, false);
    SET(answer->order_id, "%s", change.order_id);
    SET(answer->request_id, "%s", change.request_id);
    answer->quantity = (int64_t)(pick(world, 40) + 1) * QUANTITY_ONE;
    answer->limit_price = change.limit_price == 0 ? DECIMAL_NONE : change.limit_price;
}

static void make_state(struct world *world, struct state_change *change)
{
    static const char *const scopes[] = {"*", "SIM-1", "SIM-2/GOOG"};
    change->state = (enum trading_state)pick(world, 3);
    SET(change->scope, "%s", scopes[pick(world, 3)]);
    SET(change->request_id, "state-%u", (unsigned)pick(world, 20));
    SET(change->by, "tester");
}

static struct event orders_event(struct world *world)
{
    static const enum event_kind kinds[] = {
        EVENT_ORDER_NEW,        EVENT_ORDER_NEW,       EVENT_ORDER_VALIDATED, EVENT_ORDER_VALIDATED,
        EVENT_ORDER_ACCEPTED,   EVENT_ORDER_ACCEPTED,  EVENT_ORDER_EXECUTED,  EVENT_ORDER_EXECUTED,
        EVENT_ORDER_EXECUTED,   EVENT_ORDER_CANCEL,    EVENT_ORDER_REPLACE,   EVENT_REPLACE_VALIDATED,
        EVENT_REPLACE_REJECTED, EVENT_ORDER_TRIGGERED, EVENT_ORDER_CANCELLED, EVENT_ORDER_REPLACED,
        EVENT_CANCEL_REJECTED,  EVENT_TRADING_STATE,   EVENT_ORDER_REJECTED,  EVENT_ORDER_REFUSED,
    };
    unsigned number = (unsigned)pick(world, ORDERS);
    struct event event = event_empty(kinds[pick(world, sizeof kinds / sizeof kinds[0])]);
    struct order_request request = request_of(number);
    struct change_request change = {.order_id = ""};
    switch ((int)event.kind) {
    case EVENT_ORDER_NEW:
        event.request = request;
        break;
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_VALIDATED:
    case EVENT_REPLACE_REJECTED:
        make_change(world, &change, number, false);
        event.decision.order = request;
        event.decision.reference_price = 100 * PRICE_ONE;
        if (event.kind == EVENT_REPLACE_VALIDATED || event.kind == EVENT_REPLACE_REJECTED)
            SET(event.decision.request_id, "%s", change.request_id);
        break;
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_ORDER_TRIGGERED:
        SET(event.acknowledgement.order_id, "%s", request.order_id);
        event.acknowledgement.queue_ahead = pick(world, 2) == 0 ? DECIMAL_NONE : 7 * QUANTITY_ONE;
        break;
    case EVENT_ORDER_EXECUTED:
        make_execution(world, &event.execution, number);
        break;
    case EVENT_ORDER_CANCEL:
    case EVENT_ORDER_REPLACE:
        make_change(world, &event.change, number, true);
        break;
    case EVENT_ORDER_CANCELLED:
        SET(event.cancellation.order_id, "%s", request.order_id);
        event.cancellation.reason = pick(world, 8) == 0 ? CANCEL_EXPIRED : CANCEL_REQUESTED;
        break;
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
        make_answer(world, &event.answer, number);
        break;
    default:
        make_state(world, &event.state);
        break;
    }
    event.sequence = ++world->sequences[0];
    return event;
}

static struct event quote_event(struct world *world)
{
    struct event event = event_empty(EVENT_QUOTE);
    unsigned symbol = (unsigned)pick(world, SYMBOLS);
    SET(event.quote.symbol, "%s", SYMBOL_NAMES[symbol]);
    SET(event.quote.exchange, "NYSE");
    event.quote.bid = (int64_t)(pick(world, 4) + 98) * PRICE_ONE;
    event.quote.ask = event.quote.bid + PRICE_ONE;
    event.quote.bid_size = event.quote.ask_size = 50 * QUANTITY_ONE;
    if (pick(world, 2) == 0) {
        event.quote.last = event.quote.bid;
        event.quote.last_size = (int64_t)(pick(world, 9) + 1) * QUANTITY_ONE;
        event.quote.last_side = pick(world, 2) == 0 ? SIDE_BUY : SIDE_SELL;
    }
    event.sequence = ++world->sequences[1];
    event.stored_ns = world->now_ns;
    world->last_quotes[symbol] = event;
    return event;
}

static struct event position_event(struct world *world)
{
    struct event event = event_empty(EVENT_POSITION);
    SET(event.position.account, "%s", ACCOUNTS[pick(world, 2)]);
    SET(event.position.symbol, "%s", SYMBOL_NAMES[pick(world, SYMBOLS)]);
    event.position.quantity = (int64_t)pick(world, 100) * QUANTITY_ONE;
    event.position.epoch = 1 + pick(world, 20) / 19;
    event.position.orders_seq = world->sequences[0] + pick(world, 3);
    event.sequence = ++world->sequences[2];
    return event;
}

static struct event risk_event(struct world *world)
{
    static const char *const rules[] = {"gross_exposure", "late_fill", "daily_loss", "other"};
    unsigned number = (unsigned)pick(world, 8);
    struct event event = event_empty((enum event_kind)(EVENT_ALERT + pick(world, 3)));
    if (event.kind == EVENT_EXPOSURE) {
        SET(event.exposure.account, "%s", ACCOUNTS[pick(world, 2)]);
        event.exposure.realized_pnl = (int128)pick(world, 1000) * MONEY_ONE;
        event.exposure.timestamp_ns = world->now_ns + (int64_t)pick(world, 3) * NS_PER_DAY;
    } else if (event.kind == EVENT_ALERT) {
        SET(event.alert.alert_id, "%s:SIM-1:%u", rules[number % 4], number);
        SET(event.alert.rule, "%s", rules[number % 4]);
        event.alert.severity = (enum severity)pick(world, 3);
        event.alert.raised = pick(world, 3) > 0;
        event.alert.version = pick(world, 4) == 0 ? 1 : ++world->alert_versions[number];
    } else {
        SET(event.ack.alert_id, "%s:SIM-1:%u", rules[number % 4], number);
        event.ack.action = (enum ack_action)pick(world, 4);
        SET(event.ack.by, "tester");
        SET(event.ack.comment, "%s", pick(world, 2) == 0 ? "seen" : "");
        event.ack.until_ns = world->now_ns + NS_PER_SECOND;
    }
    event.sequence = ++world->sequences[3];
    return event;
}

/* A rule as the test drives it: what it folds (a set of streams), and what it proposes at the end; NULL: nothing that
 * would be the same, because it depends on what is not saved. */
enum { FOLDS_ORDERS = 1, FOLDS_QUOTES = 2, FOLDS_POSITIONS = 4, FOLDS_RISK = 8 };

struct rule {
    const char *name;
    unsigned folds;
    void *(*create)(void);
    void (*destroy)(void *state);
    void (*fold)(void *state, const struct event *event, int64_t now_ns);
    void (*save)(const void *state, struct pack *pack);
    int (*load)(void *state, struct pack *pack, int64_t now_ns);
    void (*decide)(const void *state, int64_t now_ns, struct proposals *out);
    /* Fails unless both hold the same: a field that is neither saved nor loaded would leave the saved bytes alike. */
    void (*compare)(const void *a, const void *b);
};

static struct instruments instruments;

#define ADAPT(prefix, type)                                                                                            \
    static void prefix##_end(void *state)                                                                              \
    {                                                                                                                  \
        type##_destroy(state);                                                                                         \
    }                                                                                                                  \
    static void prefix##_write(const void *state, struct pack *pack)                                                   \
    {                                                                                                                  \
        type##_save(state, pack);                                                                                      \
    }

ADAPT(book, order_book)
ADAPT(checks, checks)
ADAPT(exchange, exchange)
ADAPT(positions, positions)
ADAPT(keeper, position_keeper)
ADAPT(alerts, alert_list)
ADAPT(risk, risk)

#define SAME(field) assert_true(a->field == b->field)

static void compare_order(const struct order *a, const struct order *b)
{
    assert_true(order_request_same(&a->terms, &b->terms));
    SAME(terms.timestamp_ns);
    SAME(state);
    SAME(cancel_pending);
    SAME(replace_pending);
    SAME(replace_decided);
    SAME(fills);
    SAME(cumulative_quantity);
    SAME(cumulative_cost);
    SAME(new_sequence);
    SAME(execution_sequence);
    SAME(last_sequence);
    SAME(new_stored_ns);
    SAME(decided_stored_ns);
    SAME(accepted_stored_ns);
    SAME(executed_stored_ns);
    SAME(last_stored_ns);
    SAME(queue_ahead);
    SAME(reference_price);
    assert_string_equal(a->code, b->code);
    assert_string_equal(a->reason, b->reason);
    if (a->cancel != NULL)
        assert_string_equal(a->cancel->request_id, b->cancel->request_id);
    if (a->replace != NULL)
        assert_string_equal(a->replace->request_id, b->replace->request_id);
}

static void compare_books(const void *a, const void *b)
{
    const struct order *one = order_book_newest(a), *other = order_book_newest(b);
    for (; one != NULL; one = one->older, other = other->older) {
        assert_non_null(other);
        compare_order(one, other);
    }
    assert_null(other);
    struct order_counts counts = order_book_counts(a), others = order_book_counts(b);
    assert_memory_equal(&counts, &others, sizeof counts);
    const struct open_request *open = requests_oldest(order_book_requests(a));
    const struct open_request *also = requests_oldest(order_book_requests(b));
    for (; open != NULL; open = open->next, also = also->next) {
        assert_non_null(also);
        assert_string_equal(open->request.request_id, also->request.request_id);
        assert_true(open->validated == also->validated && open->is_replace == also->is_replace);
        assert_true(open->sequence == also->sequence && open->stored_ns == also->stored_ns);
    }
    assert_null(also);
}

static void compare_checks(const void *a, const void *b)
{
    compare_books(checks_book(a), checks_book(b));
}

static void compare_exchanges(const void *a, const void *b)
{
    compare_books(exchange_book(a), exchange_book(b));
}

static void compare_positions(const void *one, const void *other)
{
    assert_int_equal(positions_count(one), positions_count(other));
    for (size_t i = 0; i < positions_count(one); i++) {
        const struct position *a = positions_at(one, i), *b = positions_at(other, i);
        assert_string_equal(a->account, b->account);
        assert_string_equal(a->symbol, b->symbol);
        assert_string_equal(a->exchange, b->exchange);
        assert_string_equal(a->currency, b->currency);
        assert_string_equal(a->execution_id, b->execution_id);
        SAME(multiplier);
        SAME(quantity);
        SAME(cost.whole);
        SAME(cost.fraction);
        SAME(cash);
        SAME(fees);
        SAME(closing_fees);
        SAME(last_price);
        SAME(orders_seq);
        SAME(timestamp_ns);
    }
    struct position_counts counts = positions_counts(one), others = positions_counts(other);
    assert_memory_equal(&counts, &others, sizeof counts);
}

static void compare_keepers(const void *a, const void *b)
{
    compare_positions(position_keeper_positions(a), position_keeper_positions(b));
    assert_true(position_keeper_epoch(a) == position_keeper_epoch(b));
    assert_true(position_keeper_restored(a) == position_keeper_restored(b));
}

static void compare_alerts(const void *one, const void *other)
{
    const struct alert_entry *a = alert_list_newest(one), *b = alert_list_newest(other);
    for (; a != NULL; a = a->older, b = b->older) {
        assert_non_null(b);
        assert_string_equal(a->alert.alert_id, b->alert.alert_id);
        assert_string_equal(a->acknowledged_by, b->acknowledged_by);
        assert_string_equal(a->comment, b->comment);
        assert_string_equal(a->comment_by, b->comment_by);
        SAME(alert.version);
        SAME(sequence);
        SAME(acknowledged);
        SAME(acknowledged_ns);
        SAME(shelved_until_ns);
    }
    assert_null(b);
}

static void *book_new(void)
{
    return order_book_create();
}

static void book_fold(void *state, const struct event *event, int64_t now_ns)
{
    (void)now_ns;
    order_book_fold(state, event);
}

static int book_read(void *state, struct pack *pack, int64_t now_ns)
{
    (void)now_ns;
    return order_book_load(state, pack);
}

static void *checks_new(void)
{
    struct checks_config config;
    struct error error;
    checks_config_init(&config);
    assert_int_equal(checks_config_set(&config, "repeated_fills", "3 in 60s", &error), 0);
    return checks_create(&config, &instruments);
}

static void checks_take(void *state, const struct event *event, int64_t now_ns)
{
    checks_fold(state, event, now_ns - event->stored_ns, now_ns);
}

static int checks_read(void *state, struct pack *pack, int64_t now_ns)
{
    return checks_load(state, pack, now_ns, now_ns);
}

static void checks_say(const void *state, int64_t now_ns, struct proposals *out)
{
    checks_decide_all(state, now_ns, now_ns, out);
}

static void *exchange_new(void)
{
    struct exchange_config config;
    exchange_config_init(&config);
    return exchange_create(&config, &instruments);
}

static void exchange_take(void *state, const struct event *event, int64_t now_ns)
{
    exchange_fold(state, event, now_ns - event->stored_ns, now_ns);
}

static int exchange_read(void *state, struct pack *pack, int64_t now_ns)
{
    (void)now_ns;
    return exchange_load(state, pack);
}

static void exchange_say(const void *state, int64_t now_ns, struct proposals *out)
{
    exchange_decide_all(state, now_ns, now_ns, out);
}

static void *average_new(void)
{
    return positions_create(&instruments, POSITION_AVERAGE_COST);
}

static void *fifo_new(void)
{
    return positions_create(&instruments, POSITION_FIFO);
}

static void positions_take(void *state, const struct event *event, int64_t now_ns)
{
    (void)now_ns;
    positions_fold(state, event);
}

static int positions_read(void *state, struct pack *pack, int64_t now_ns)
{
    (void)now_ns;
    return positions_load(state, pack);
}

static void *keeper_new(void)
{
    return position_keeper_create(&instruments, POSITION_AVERAGE_COST);
}

static void keeper_take(void *state, const struct event *event, int64_t now_ns)
{
    (void)now_ns;
    position_keeper_fold(state, event);
}

static int keeper_read(void *state, struct pack *pack, int64_t now_ns)
{
    (void)now_ns;
    return position_keeper_load(state, pack);
}

static void keeper_say(const void *state, int64_t now_ns, struct proposals *out)
{
    position_keeper_decide(state, NULL, now_ns, out);
}

static void *alerts_new(void)
{
    return alert_list_create();
}

static void alerts_take(void *state, const struct event *event, int64_t now_ns)
{
    (void)now_ns;
    alert_list_fold(state, event);
}

static int alerts_read(void *state, struct pack *pack, int64_t now_ns)
{
    (void)now_ns;
    return alert_list_load(state, pack);
}

static void *risk_new(void)
{
    struct risk_config config;
    risk_config_init(&config);
    return risk_create(&config, &instruments);
}

static void risk_take(void *state, const struct event *event, int64_t now_ns)
{
    risk_fold(state, event, now_ns - event->stored_ns, now_ns, now_ns);
}

static int risk_read(void *state, struct pack *pack, int64_t now_ns)
{
    return risk_load(state, pack, now_ns);
}

static const struct rule RULES[] = {
    {"orders", FOLDS_ORDERS, book_new, book_end, book_fold, book_write, book_read, NULL, compare_books},
    {"checks", FOLDS_ORDERS | FOLDS_QUOTES, checks_new, checks_end, checks_take, checks_write, checks_read, checks_say,
     compare_checks},
    {"exchange", FOLDS_ORDERS | FOLDS_QUOTES, exchange_new, exchange_end, exchange_take, exchange_write, exchange_read,
     exchange_say, compare_exchanges},
    {"positions", FOLDS_ORDERS, average_new, positions_end, positions_take, positions_write, positions_read, NULL,
     compare_positions},
    {"positions, first in, first out", FOLDS_ORDERS, fifo_new, positions_end, positions_take, positions_write,
     positions_read, NULL, compare_positions},
    {"position keeper", FOLDS_ORDERS | FOLDS_POSITIONS, keeper_new, keeper_end, keeper_take, keeper_write, keeper_read,
     keeper_say, compare_keepers},
    {"alerts", FOLDS_RISK, alerts_new, alerts_end, alerts_take, alerts_write, alerts_read, NULL, compare_alerts},
    {"risk", FOLDS_ORDERS | FOLDS_POSITIONS | FOLDS_RISK, risk_new, risk_end, risk_take, risk_write, risk_read, NULL,
     NULL},
};

enum { RULE_TOTAL = sizeof RULES / sizeof RULES[0] };

static struct event next_event(struct world *world, unsigned folds)
{
    struct event event;
    unsigned stream;
    do
        stream = 1u << pick(world, 4);
    while ((folds & stream) == 0);
    world->now_ns += (int64_t)pick(world, NS_PER_SECOND / 50);
    switch (stream) {
    case FOLDS_ORDERS:
        event = orders_event(world);
        break;
    case FOLDS_QUOTES:
        event = quote_event(world);
        break;
    case FOLDS_POSITIONS:
        event = position_event(world);
        break;
    default:
        event = risk_event(world);
        break;
    }
    event.stored_ns = world->now_ns;
    return event;
}

static struct world new_world(uint64_t seed)
{
    return (struct world){.random = seed * UINT64_C(0x9E3779B97F4A7C15), .now_ns = 2 * NS_PER_DAY};
}

static void assert_same_bytes(const struct rule *rule, uint64_t seed, const void *a, const void *b)
{
    struct pack first, second;
    pack_write(&first);
    pack_write(&second);
    rule->save(a, &first);
    rule->save(b, &second);
    if (first.count != second.count || memcmp(first.bytes, second.bytes, first.count) != 0)
        fail_msg("%s: the saved states differ, seed %llu", rule->name, (unsigned long long)seed);
    pack_free(&first);
    pack_free(&second);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What a rule proposes, a line each, sorted: instruments come in the order in which their quotes were first read. */
static char **say(const struct rule *rule, const void *state, int64_t now_ns, size_t *count)
{
    struct proposals proposals = {0};
    rule->decide(state, now_ns, &proposals);
    char **lines = calloc(proposals.count + 1, sizeof *lines);
    assert_non_null(lines);
    for (size_t i = 0; i < proposals.count; i++) {
        char payload[EVENT_PAYLOAD_SIZE];
        event_encode(&proposals.items[i].event, payload, sizeof payload);
        lines[i] = malloc(sizeof payload + 64);
        assert_non_null(lines[i]);
        snprintf(lines[i], sizeof payload + 64, "%s %lld %s", event_kind_name(proposals.items[i].event.kind),
                 (long long)proposals.items[i].fence, payload);
    }
    *count = proposals.count;
    proposals_free(&proposals);
    qsort(lines, *count, sizeof *lines, compare_lines);
    return lines;
}

static void assert_same_proposals(const struct rule *rule, uint64_t seed, const void *a, const void *b, int64_t now_ns)
{
    size_t count, others;
    char **lines = say(rule, a, now_ns, &count), **other_lines = say(rule, b, now_ns, &others);
    if (count != others)
        fail_msg("%s: %zu proposals and %zu, seed %llu", rule->name, count, others, (unsigned long long)seed);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(lines[i], other_lines[i]);
        free(lines[i]);
        free(other_lines[i]);
    }
    free(lines);
    free(other_lines);
}

/* What a service reads again after it has loaded: the last quote of each instrument. */
static void read_quotes_again(const struct rule *rule, const struct world *world, void *state)
{
    for (int i = 0; i < SYMBOLS; i++) {
        if (world->last_quotes[i].sequence > 0)
            rule->fold(state, &world->last_quotes[i], world->now_ns);
    }
}

static void go_on(const struct rule *rule, uint64_t seed, size_t before)
{
    struct world world = new_world(seed);
    void *went_on = rule->create(), *loaded = rule->create();
    struct pack out, in;
    for (size_t i = 0; i < before; i++) {
        struct event event = next_event(&world, rule->folds);
        rule->fold(went_on, &event, world.now_ns);
    }
    pack_write(&out);
    rule->save(went_on, &out);
    pack_read(&in, out.bytes, out.count);
    if (rule->load(loaded, &in, world.now_ns) != 0 || pack_finish(&in) != 0)
        fail_msg("%s: what was saved does not load, seed %llu", rule->name, (unsigned long long)seed);
    pack_free(&out);
    assert_same_bytes(rule, seed, went_on, loaded);
    if (rule->compare != NULL)
        rule->compare(went_on, loaded);
    read_quotes_again(rule, &world, went_on);
    read_quotes_again(rule, &world, loaded);
    for (size_t i = before; i < EVENTS; i++) {
        struct event event = next_event(&world, rule->folds);
        rule->fold(went_on, &event, world.now_ns);
        rule->fold(loaded, &event, world.now_ns);
        if (rule->decide != NULL && i % 16 == 0)
            assert_same_proposals(rule, seed, went_on, loaded, world.now_ns);
    }
    assert_same_bytes(rule, seed, went_on, loaded);
    rule->destroy(went_on);
    rule->destroy(loaded);
}

static void a_loaded_state_goes_on_as_the_saved_one(void **state)
{
    (void)state;
    for (size_t r = 0; r < RULE_TOTAL; r++) {
        go_on(&RULES[r], 1, 0);
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
            go_on(&RULES[r], seed, (size_t)(seed * 37) % EVENTS);
    }
}

static void try_bytes(const struct rule *rule, const unsigned char *bytes, size_t count)
{
    struct pack in, out;
    unsigned char *copy = malloc(count + 1); /* of its own, so that reading beyond it is seen */
    assert_non_null(copy);
    memcpy(copy, bytes, count);
    void *state = rule->create();
    pack_read(&in, copy, count);
    if (rule->load(state, &in, 3 * NS_PER_DAY) == 0) {
        pack_write(&out);
        rule->save(state, &out);
        pack_free(&out);
    }
    rule->destroy(state);
    free(copy);
}

static void what_is_damaged_does_no_harm(void **state)
{
    (void)state;
    for (size_t r = 0; r < RULE_TOTAL; r++) {
        const struct rule *rule = &RULES[r];
        struct world world = new_world(7);
        struct pack out, in;
        void *whole = rule->create();
        for (size_t i = 0; i < EVENTS; i++) {
            struct event event = next_event(&world, rule->folds);
            rule->fold(whole, &event, world.now_ns);
        }
        pack_write(&out);
        rule->save(whole, &out);
        rule->destroy(whole);
        for (size_t i = 0; i < 200; i++) {
            void *fresh = rule->create();
            size_t length = pick(&world, out.count);
            pack_read(&in, out.bytes, length);
            assert_true(rule->load(fresh, &in, world.now_ns) != 0 || pack_finish(&in) != 0);
            rule->destroy(fresh);
            size_t at = pick(&world, out.count);
            unsigned char was = out.bytes[at];
            out.bytes[at] ^= (unsigned char)(1u << pick(&world, 8));
            try_bytes(rule, out.bytes, out.count);
            out.bytes[at] = was;
        }
        for (size_t i = 0; i < out.count; i++)
            out.bytes[i] = (unsigned char)pick(&world, 256);
        try_bytes(rule, out.bytes, out.count);
        pack_free(&out);
    }
}

static int set_up(void **state)
{
    (void)state;
    struct error error;
    return instruments_init_builtin(&instruments, &error);
}

static int tear_down(void **state)
{
    (void)state;
    instruments_free(&instruments);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_state_goes_on_as_the_saved_one),
        cmocka_unit_test(what_is_damaged_does_no_harm),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
