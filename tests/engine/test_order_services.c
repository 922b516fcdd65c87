/* The order checks and the paper exchange as services on a real server: orders and quotes go in by the tape, and every
 * order comes out filled once, also when the services restart and when the server is killed in between. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bus/follower.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/depth.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/checks_service.h"
#include "engine/exchange_service.h"

#define WAIT_NS (30 * NS_PER_SECOND)

enum { LOT = 10 };

struct rig {
    struct test_server server;
    struct publisher *publisher;
    struct inbox *inbox; /* ORDERS, as any reader has it */
    struct follower *follower;
    struct order_book *book;
    struct instruments instruments;
    struct checks_config checks_config;
    struct exchange_config exchange_config;
    struct checks_service *checks;
    struct exchange_service *exchange;
    struct service *services[2];
};

static struct service *start(struct rig *rig, const struct service_ops *ops, void *self)
{
    struct error error = {0};
    struct service *service = service_start(ops, self, rig->server.tape, rig->publisher, "SIM-1", &error);
    if (service == NULL)
        fail_msg("%s", error.text);
    return service;
}

static void services_start(struct rig *rig)
{
    rig->checks = checks_service_create(&rig->checks_config, &rig->instruments);
    rig->exchange = exchange_service_create(&rig->exchange_config, &rig->instruments);
    rig->services[0] = start(rig, &checks_service_ops, rig->checks);
    rig->services[1] = start(rig, &exchange_service_ops, rig->exchange);
}

static void services_stop(struct rig *rig)
{
    service_stop(rig->services[0]);
    service_stop(rig->services[1]);
    checks_service_destroy(rig->checks);
    exchange_service_destroy(rig->exchange);
}

/* Limits that a burst of orders and the restart of a server stay within. */
static void configure(struct rig *rig)
{
    static const char *const checks[][2] = {
        {"rate_limit", "off"},    {"duplicate", "off"},   {"open_notional", "off"}, {"position_limit", "off"},
        {"stale_request", "60s"}, {"stale_after", "60s"}, {"repeated_fills", "off"}};
    struct error error;
    checks_config_init(&rig->checks_config);
    exchange_config_init(&rig->exchange_config);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        assert_int_equal(checks_config_set(&rig->checks_config, checks[i][0], checks[i][1], &error), 0);
    assert_int_equal(exchange_config_set(&rig->exchange_config, "stale_after", "60s", &error), 0);
    assert_int_equal(instruments_init_builtin(&rig->instruments, &error), 0);
}

static void rig_open(struct rig *rig)
{
    struct error error = {0};
    *rig = (struct rig){0};
    configure(rig);
    test_server_start(&rig->server);
    if (streams_create(rig->server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error) != 0)
        fail_msg("%s", error.text);
    rig->publisher = publisher_create(rig->server.tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    assert_non_null(rig->publisher);
    rig->inbox = inbox_create(1 << 20);
    rig->book = order_book_create();
    struct follower_options options = {.stream = "ORDERS", .from = FOLLOW_SEQUENCE, .sequence = 1};
    rig->follower = follower_create(rig->server.tape, &options, rig->inbox, &error);
    assert_non_null(rig->follower);
    services_start(rig);
}

static void rig_close(struct rig *rig)
{
    services_stop(rig);
    inbox_close(rig->inbox);
    follower_destroy(rig->follower);
    publisher_destroy(rig->publisher, 1000);
    inbox_destroy(rig->inbox);
    order_book_destroy(rig->book);
    test_server_stop(&rig->server);
    instruments_free(&rig->instruments);
}

static void publish(struct rig *rig, const struct event *event)
{
    char subject[SUBJECT_SIZE], id[MESSAGE_ID_SIZE], payload[EVENT_PAYLOAD_SIZE];
    subject_of(event, subject);
    message_id_of(event, id);
    size_t bytes = event_encode(event, payload, sizeof payload);
    assert_true(publisher_send(
        rig->publisher,
        &(struct publish_message){
            .subject = subject, .id = id, .fence = PUBLISH_NO_FENCE, .payload = payload, .payload_bytes = bytes}));
}

/* `ask_size` DECIMAL_NONE: nobody says how much there is. */
static void quote_out(struct rig *rig, int64_t ask_size)
{
    struct event event = event_empty(EVENT_QUOTE);
    text_copy(event.quote.symbol, sizeof event.quote.symbol, "AAPL");
    text_copy(event.quote.exchange, sizeof event.quote.exchange, "NYSE");
    event.quote.bid = 99 * PRICE_ONE;
    event.quote.ask = 100 * PRICE_ONE;
    event.quote.ask_size = ask_size;
    event.quote.timestamp_ns = clock_wall_ns();
    publish(rig, &event);
}

/* The input of checks and exchange that quotes come from. */
enum { MARKET_DATA = 1 };

struct folded {
    const struct rig *rig;
    uint64_t wanted[2];
};

static bool both_have_folded(void *context)
{
    const struct folded *folded = context;
    for (int i = 0; i < 2; i++) {
        if (service_counts(folded->rig->services[i]).folded_of[MARKET_DATA] < folded->wanted[i])
            return false;
    }
    return true;
}

/* ORDERS and MARKET_DATA have no order between them: an order that shall meet a quote is sent when both services have
 * read the quote. */
static void quote_of(struct rig *rig, int64_t ask_size)
{
    struct folded folded = {.rig = rig};
    for (int i = 0; i < 2; i++)
        folded.wanted[i] = service_counts(rig->services[i]).folded_of[MARKET_DATA] + 1;
    quote_out(rig, ask_size);
    test_until(both_have_folded, &folded);
}

static void quote(struct rig *rig)
{
    quote_of(rig, DECIMAL_NONE);
}

/* Two levels, of which the second is behind the touch. */
static void depth_out(struct rig *rig)
{
    struct depth depth = {.symbol = "AAPL",
                          .exchange = "NYSE",
                          .asks = {{100 * PRICE_ONE, QUANTITY_ONE}, {101 * PRICE_ONE, LOT * QUANTITY_ONE}},
                          .ask_count = 2,
                          .timestamp_ns = clock_wall_ns()};
    char subject[SUBJECT_SIZE], payload[DEPTH_PAYLOAD_SIZE];
    subject_of_depth(subject, depth.exchange, depth.symbol);
    size_t bytes = depth_encode(&depth, payload, sizeof payload);
    assert_true(publisher_send(
        rig->publisher,
        &(struct publish_message){
            .subject = subject, .id = "", .fence = PUBLISH_NO_FENCE, .payload = payload, .payload_bytes = bytes}));
}

/* `limit_price` DECIMAL_NONE: a market order. */
static void order(struct rig *rig, int number, int64_t limit_price)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    struct order_request *request = &event.request;
    snprintf(request->order_id, sizeof request->order_id, "order-%d", number);
    text_copy(request->account, sizeof request->account, "SIM-1");
    text_copy(request->symbol, sizeof request->symbol, "AAPL");
    text_copy(request->exchange, sizeof request->exchange, "NYSE");
    request->side = SIDE_BUY;
    request->type = limit_price == DECIMAL_NONE ? ORDER_MARKET : ORDER_LIMIT;
    request->limit_price = limit_price;
    request->quantity = LOT * QUANTITY_ONE;
    request->timestamp_ns = clock_wall_ns();
    publish(rig, &event);
}

static size_t count_in(const struct rig *rig, enum order_state state)
{
    size_t count = 0;
    for (const struct order *at = order_book_newest(rig->book); at != NULL; at = at->older)
        count += at->state == state;
    return count;
}

/* Where everything stands, for a test that has waited in vain. */
static void tell(const struct rig *rig)
{
    struct publisher_counts sent = publisher_counts(rig->publisher);
    print_message("publisher: %" PRIu64 " sent, %" PRIu64 " stored, %" PRIu64 " duplicates, %" PRIu64
                  " fenced, %" PRIu64 " refused, %" PRIu64 " unknown, %" PRIu64 " queued, %" PRIu64 " in flight\n",
                  sent.sent, sent.stored, sent.duplicates, sent.fenced, sent.refused, sent.unknown, sent.queued,
                  sent.in_flight);
    for (int i = 0; i < 2; i++) {
        struct service_counts counts = service_counts(rig->services[i]);
        print_message("service %d: %" PRIu64 " folded, %" PRIu64 " proposed, %" PRIu64 " stored, %" PRIu64
                      " refused, %" PRIu64 " unknown, %s\n",
                      i, counts.folded, counts.proposed, counts.stored, counts.refused, counts.unknown,
                      counts.live ? "live" : "not live");
    }
    for (int state = ORDER_INITIALIZED; state <= ORDER_REJECTED; state++)
        print_message("%s: %zu\n", order_state_name((enum order_state)state), count_in(rig, (enum order_state)state));
}

/* Reads ORDERS until so many orders are in this state. */
static void await(struct rig *rig, enum order_state state, size_t wanted)
{
    int64_t until_ns = clock_monotonic_ns() + WAIT_NS;
    while (count_in(rig, state) < wanted) {
        if (clock_monotonic_ns() > until_ns) {
            tell(rig);
            fail_msg("only %zu of %zu orders are %s", count_in(rig, state), wanted, order_state_name(state));
        }
        struct inbox_item item;
        inbox_wait(rig->inbox, 100);
        while (inbox_take(rig->inbox, &item)) {
            struct event event;
            struct error error = {0};
            if (item.kind != INBOX_MESSAGE)
                continue;
            if (event_decode(&event, item.subject, item.payload, item.payload_bytes, NULL, &error) != 0)
                fail_msg("%s: %s", item.subject, error.text);
            event.sequence = item.sequence;
            event.stored_ns = item.stored_ns;
            order_book_fold(rig->book, &event);
        }
    }
}

static void assert_once(const struct rig *rig)
{
    struct order_counts counts = order_book_counts(rig->book);
    assert_int_equal(counts.illegal + counts.unknown + counts.gaps + counts.late_fills + counts.overfills, 0);
    for (const struct order *at = order_book_newest(rig->book); at != NULL; at = at->older)
        if (at->state == ORDER_FILLED)
            assert_int_equal(at->cumulative_quantity, LOT * QUANTITY_ONE);
}

static void test_orders_are_filled(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    quote(&rig);
    order(&rig, 0, 1); /* not on the tick */
    await(&rig, ORDER_DENIED, 1);
    assert_string_equal(order_book_find(rig.book, "order-0")->code, "BAD_TICK");
    for (int i = 1; i <= 200; i++)
        order(&rig, i, DECIMAL_NONE);
    await(&rig, ORDER_FILLED, 200);
    order(&rig, 201, 98 * PRICE_ONE);
    await(&rig, ORDER_ACCEPTED, 1);

    struct event cancel = event_empty(EVENT_ORDER_CANCEL);
    text_copy(cancel.change.order_id, sizeof cancel.change.order_id, "order-201");
    text_copy(cancel.change.request_id, sizeof cancel.change.request_id, "CANCEL-201");
    text_copy(cancel.change.account, sizeof cancel.change.account, "SIM-1");
    cancel.change.timestamp_ns = clock_wall_ns();
    publish(&rig, &cancel);
    await(&rig, ORDER_CANCELED, 1);
    assert_once(&rig);
    assert_int_equal(order_book_counts(rig.book).duplicates, 0);
    rig_close(&rig);
}

/* Without depth the exchange is live, and nothing is held; there is none, and then there is, also after a restart. */
static void test_levels_behind_the_touch(void **state)
{
    (void)state;
    struct rig rig;
    struct error error = {0};
    rig_open(&rig);
    services_stop(&rig);
    assert_int_equal(js_DeleteStream(tape_jetstream(rig.server.tape), "MARKET_DEPTH", NULL, NULL), NATS_OK);
    services_start(&rig);
    quote_of(&rig, QUANTITY_ONE);
    order(&rig, 1, DECIMAL_NONE);
    await(&rig, ORDER_PARTIALLY_FILLED, 1);
    struct service_counts counts = service_counts(rig.services[1]);
    assert_true(counts.live && !counts.held && counts.dead_letters == 0);
    if (streams_create(rig.server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error) != 0)
        fail_msg("%s", error.text);
    depth_out(&rig);
    await(&rig, ORDER_FILLED, 1);
    const struct order *filled = order_book_find(rig.book, "order-1");
    assert_int_equal(filled->fills, 2);
    assert_true(filled->cumulative_cost == money_of((100 + 9 * 101) * PRICE_ONE, QUANTITY_ONE));
    services_stop(&rig);
    services_start(&rig);
    order(&rig, 2, DECIMAL_NONE); /* of the second level 1 is left */
    await(&rig, ORDER_PARTIALLY_FILLED, 1);
    assert_int_equal(order_book_find(rig.book, "order-2")->cumulative_quantity, QUANTITY_ONE);
    quote_of(&rig, LOT * QUANTITY_ONE);
    await(&rig, ORDER_FILLED, 2);
    assert_once(&rig);
    rig_close(&rig);
}

static void test_halt_cancels_what_works(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    quote(&rig);
    for (int i = 0; i < 20; i++)
        order(&rig, i, 98 * PRICE_ONE);
    await(&rig, ORDER_ACCEPTED, 20);
    struct event halt = event_empty(EVENT_TRADING_STATE);
    halt.state.state = TRADING_HALTED;
    text_copy(halt.state.scope, sizeof halt.state.scope, "*");
    text_copy(halt.state.request_id, sizeof halt.state.request_id, "HALT-0001");
    text_copy(halt.state.by, sizeof halt.state.by, "test");
    text_copy(halt.state.reason, sizeof halt.state.reason, "a test");
    halt.state.timestamp_ns = clock_wall_ns();
    publish(&rig, &halt);
    order(&rig, 20, DECIMAL_NONE);
    await(&rig, ORDER_CANCELED, 20);
    await(&rig, ORDER_DENIED, 1);
    assert_int_equal(order_book_counts(rig.book).accepted_while_halted, 0);
    assert_once(&rig);
    rig_close(&rig);
}

/* A fill of an order that nobody knows: the checks halt its account, the exchange cancels what works there, and new
 * orders are denied. Services that start again find the halt on the tape and say nothing more. */
static void test_a_stray_fill_halts_its_account(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    quote(&rig);
    order(&rig, 1, 98 * PRICE_ONE);
    await(&rig, ORDER_ACCEPTED, 1);
    struct event fill = event_empty(EVENT_ORDER_EXECUTED);
    struct execution *execution = &fill.execution;
    text_copy(execution->order_id, sizeof execution->order_id, "nobodys");
    text_copy(execution->execution_id, sizeof execution->execution_id, "nobodys-1");
    text_copy(execution->account, sizeof execution->account, "SIM-1");
    text_copy(execution->symbol, sizeof execution->symbol, "AAPL");
    text_copy(execution->exchange, sizeof execution->exchange, "NYSE");
    execution->side = SIDE_BUY;
    execution->quantity = execution->cumulative_quantity = QUANTITY_ONE;
    execution->price = 100 * PRICE_ONE;
    execution->filled = true;
    execution->timestamp_ns = clock_wall_ns();
    publish(&rig, &fill);
    await(&rig, ORDER_CANCELED, 1);
    assert_int_equal(order_book_trading_state(rig.book, "SIM-1", NULL), TRADING_HALTED);
    const struct state_change *halt = order_book_state_of(rig.book, "SIM-1");
    assert_non_null(halt);
    assert_string_equal(halt->by, "order checks");
    assert_string_equal(halt->reason, "fill nobodys-1 is of an order that nobody knows");
    services_stop(&rig);
    services_start(&rig);
    order(&rig, 2, DECIMAL_NONE);
    await(&rig, ORDER_DENIED, 1);
    assert_string_equal(order_book_find(rig.book, "order-2")->code, "TRADING_HALTED");
    assert_int_equal(order_book_counts(rig.book).duplicates, 0);
    rig_close(&rig);
}

static void test_restarts_and_a_crash(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    quote(&rig);
    for (int i = 0; i < 300; i++)
        order(&rig, i, DECIMAL_NONE);
    services_stop(&rig); /* wherever they are */
    for (int i = 300; i < 400; i++)
        order(&rig, i, DECIMAL_NONE);
    services_start(&rig);
    for (int i = 400; i < 700; i++) {
        order(&rig, i, DECIMAL_NONE);
        if (i == 500)
            test_server_crash(&rig.server);
    }
    quote_out(&rig, DECIMAL_NONE);
    await(&rig, ORDER_FILLED, 700);
    assert_once(&rig);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders_are_filled),       cmocka_unit_test(test_levels_behind_the_touch),
        cmocka_unit_test(test_halt_cancels_what_works), cmocka_unit_test(test_a_stray_fill_halts_its_account),
        cmocka_unit_test(test_restarts_and_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
