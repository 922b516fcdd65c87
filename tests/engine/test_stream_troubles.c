/* The services while a stream vanishes, is made again, is exchanged for an older copy of itself: trading is halted
 * until a person resumes, all is folded anew without a restart, and nothing is made in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/follower.h"
#include "bus/publish_event.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/checks_service.h"
#include "engine/exchange_service.h"
#include "engine/positions_service.h"
#include "engine/risk_service.h"

enum { SERVICES = 4 };

struct rig {
    struct test_server server;
    struct publisher *publisher, *client;
    struct instruments instruments;
    struct checks_config checks_config;
    struct exchange_config exchange_config;
    struct risk_config risk_config;
    struct checks_service *checks;
    struct exchange_service *exchange;
    struct positions_service *positions;
    struct risk_service *risk;
    struct service *services[SERVICES];
    /* What is waited for. */
    const char *order_id, *rule;
    enum order_state state;
    enum trading_state trading;
    bool raised;
    uint64_t epoch, folded[2];
    int64_t quantity;
};

static void services_start(struct rig *rig)
{
    struct error error = {0};
    rig->checks = checks_service_create(&rig->checks_config, &rig->instruments);
    rig->exchange = exchange_service_create(&rig->exchange_config, &rig->instruments);
    rig->positions = positions_service_create(&rig->instruments, POSITION_AVERAGE_COST);
    rig->risk = risk_service_create(&rig->risk_config, &rig->instruments);
    const struct {
        const struct service_ops *ops;
        void *self;
    } all[SERVICES] = {{&checks_service_ops, rig->checks},
                       {&exchange_service_ops, rig->exchange},
                       {&positions_service_ops, rig->positions},
                       {&risk_service_ops, rig->risk}};
    for (int i = 0; i < SERVICES; i++) {
        rig->services[i] = service_start(all[i].ops, all[i].self, rig->server.tape, rig->publisher, "SIM-1", &error);
        if (rig->services[i] == NULL)
            fail_msg("%s", error.text);
    }
}

static void services_stop(struct rig *rig)
{
    for (int i = 0; i < SERVICES; i++)
        service_stop(rig->services[i]);
    checks_service_destroy(rig->checks);
    exchange_service_destroy(rig->exchange);
    positions_service_destroy(rig->positions);
    risk_service_destroy(rig->risk);
}

static bool all_decide(void *context)
{
    const struct rig *rig = context;
    for (int i = 0; i < SERVICES; i++) {
        struct service_counts counts = service_counts(rig->services[i]);
        if (!counts.live || !counts.deciding || counts.held)
            return false;
    }
    return true;
}

static void make_streams(struct rig *rig)
{
    struct error error = {0};
    if (streams_create(rig->server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error) != 0)
        fail_msg("%s", error.text);
}

static int set_up(void **state)
{
    static const char *const checks[][2] = {{"rate_limit", "off"}, {"duplicate", "off"}, {"stale_after", "60s"}};
    struct error error = {0};
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    checks_config_init(&rig->checks_config);
    exchange_config_init(&rig->exchange_config);
    risk_config_init(&rig->risk_config);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        assert_int_equal(checks_config_set(&rig->checks_config, checks[i][0], checks[i][1], &error), 0);
    assert_int_equal(exchange_config_set(&rig->exchange_config, "stale_after", "60s", &error), 0);
    assert_int_equal(instruments_init_builtin(&rig->instruments, &error), 0);
    test_server_start(&rig->server);
    make_streams(rig);
    const struct publisher_options for_ever = {.give_up_ms = -1};
    rig->publisher = publisher_create(rig->server.tape, &for_ever, &error);
    rig->client = publisher_create(rig->server.tape, &for_ever, &error);
    assert_true(rig->publisher != NULL && rig->client != NULL);
    services_start(rig);
    test_until(all_decide, rig);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    services_stop(rig);
    publisher_destroy(rig->publisher, 1000);
    publisher_destroy(rig->client, 1000);
    test_server_stop(&rig->server);
    instruments_free(&rig->instruments);
    free(rig);
    return 0;
}

/* ---- what goes in --------------------------------------------------------------------------------------------- */

static void publish(struct rig *rig, const struct event *event)
{
    assert_true(publish_event(rig->client, event, PUBLISH_NO_FENCE, NULL, 0));
}

/* The input of checks and exchange that quotes come from. */
enum { MARKET_DATA = 1 };

static bool both_have_folded(void *context)
{
    const struct rig *rig = context;
    for (int i = 0; i < 2; i++)
        if (service_counts(rig->services[i]).folded_of[MARKET_DATA] < rig->folded[i])
            return false;
    return true;
}

/* ORDERS and MARKET_DATA have no order between them: this waits until the checks and the exchange have read the quote.
 */
static void quote(struct rig *rig)
{
    for (int i = 0; i < 2; i++)
        rig->folded[i] = service_counts(rig->services[i]).folded_of[MARKET_DATA] + 1;
    struct event event = event_empty(EVENT_QUOTE);
    text_copy(event.quote.symbol, sizeof event.quote.symbol, "AAPL");
    text_copy(event.quote.exchange, sizeof event.quote.exchange, "NYSE");
    event.quote.bid = 99 * PRICE_ONE;
    event.quote.ask = 100 * PRICE_ONE;
    event.quote.timestamp_ns = clock_wall_ns();
    publish(rig, &event);
    test_until(both_have_folded, rig);
}

static void order(struct rig *rig, const char *order_id)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    struct order_request *request = &event.request;
    text_copy(request->order_id, sizeof request->order_id, order_id);
    text_copy(request->account, sizeof request->account, "SIM-1");
    text_copy(request->symbol, sizeof request->symbol, "AAPL");
    text_copy(request->exchange, sizeof request->exchange, "NYSE");
    request->side = SIDE_BUY;
    request->type = ORDER_LIMIT;
    request->limit_price = 100 * PRICE_ONE;
    request->quantity = 10 * QUANTITY_ONE;
    request->timestamp_ns = clock_wall_ns();
    publish(rig, &event);
}

static void resume(struct rig *rig, const char *request_id)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    event.state.state = TRADING_ACTIVE;
    text_copy(event.state.scope, sizeof event.state.scope, "*");
    text_copy(event.state.request_id, sizeof event.state.request_id, request_id);
    text_copy(event.state.by, sizeof event.state.by, "somebody");
    text_copy(event.state.reason, sizeof event.state.reason, "all is well");
    event.state.timestamp_ns = clock_wall_ns();
    publish(rig, &event);
}

static void delete_stream(struct rig *rig, const char *stream)
{
    assert_int_equal(js_DeleteStream(tape_jetstream(rig->server.tape), stream, NULL, NULL), NATS_OK);
}

static bool exists(struct rig *rig, const char *stream)
{
    jsStreamInfo *info = NULL;
    bool found = js_GetStreamInfo(&info, tape_jetstream(rig->server.tape), stream, NULL, NULL) == NATS_OK;
    jsStreamInfo_Destroy(info);
    return found;
}

/* ---- what stands on the tape ---------------------------------------------------------------------------------- */

/* Calls `see` for each event of a stream as it is now; false when there is no such stream. */
static bool read_stream(struct rig *rig, const char *stream, void (*see)(void *seen, const struct event *event),
                        void *seen)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    struct follower_options options = {.stream = stream, .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct follower *follower = follower_create(rig->server.tape, &options, inbox, &error);
    bool more = follower != NULL;
    while (more) {
        struct inbox_item item;
        struct event event;
        while (!inbox_take(inbox, &item))
            inbox_wait(inbox, 1000);
        more = item.kind != INBOX_CAUGHT_UP;
        if (item.kind != INBOX_MESSAGE)
            continue;
        assert_int_equal(event_decode(&event, item.subject, item.payload, item.payload_bytes, "SIM-1", &error), 0);
        event.sequence = item.sequence;
        event.stored_ns = item.stored_ns;
        see(seen, &event);
    }
    inbox_close(inbox);
    follower_destroy(follower);
    inbox_destroy(inbox);
    return follower != NULL;
}

static void see_order(void *seen, const struct event *event)
{
    order_book_fold(seen, event);
}

static bool order_is(void *context)
{
    struct rig *rig = context;
    struct order_book *book = order_book_create();
    bool read = read_stream(rig, "ORDERS", see_order, book);
    const struct order *found = order_book_find(book, rig->order_id);
    bool is = read && found != NULL && found->state == rig->state;
    if (is && rig->state == ORDER_DENIED)
        assert_string_equal(found->code, "TRADING_HALTED");
    order_book_destroy(book);
    return is;
}

static void await_order(struct rig *rig, const char *order_id, enum order_state state)
{
    rig->order_id = order_id;
    rig->state = state;
    test_until(order_is, rig);
}

static bool trading_is(void *context)
{
    struct rig *rig = context;
    struct order_book *book = order_book_create();
    bool read = read_stream(rig, "ORDERS", see_order, book);
    bool is = read && order_book_trading_state(book, "SIM-1", "AAPL") == rig->trading;
    order_book_destroy(book);
    return is;
}

static void await_trading(struct rig *rig, enum trading_state state)
{
    rig->trading = state;
    test_until(trading_is, rig);
}

static void see_alert(void *seen, const struct event *event)
{
    struct alert *newest = seen;
    if (event->kind == EVENT_ALERT && strcmp(event->alert.rule, newest->rule) == 0)
        *newest = event->alert;
}

static bool alert_is(void *context)
{
    struct rig *rig = context;
    struct alert newest = {0};
    text_copy(newest.rule, sizeof newest.rule, rig->rule);
    bool read = read_stream(rig, "RISK", see_alert, &newest);
    return read && newest.version > 0 && newest.raised == rig->raised && newest.severity == SEVERITY_CRITICAL;
}

static void await_alert(struct rig *rig, const char *rule, bool raised)
{
    rig->rule = rule;
    rig->raised = raised;
    test_until(alert_is, rig);
}

static void see_position(void *seen, const struct event *event)
{
    *(struct position_event *)seen = event->position;
}

static bool position_is(void *context)
{
    struct rig *rig = context;
    struct position_event last = {0};
    return read_stream(rig, "POSITIONS", see_position, &last) && last.epoch == rig->epoch &&
           last.quantity == rig->quantity;
}

static void await_position(struct rig *rig, uint64_t epoch, int64_t pieces)
{
    rig->epoch = epoch;
    rig->quantity = pieces * QUANTITY_ONE;
    test_until(position_is, rig);
}

/* ---- tests ---------------------------------------------------------------------------------------------------- */

static void test_orders_vanish(void **state)
{
    struct rig *rig = *state;
    quote(rig);
    order(rig, "before");
    await_order(rig, "before", ORDER_FILLED);
    await_position(rig, 1, 10);
    delete_stream(rig, "ORDERS");
    await_alert(rig, "stream_gone", true);
    assert_false(exists(rig, "ORDERS"));

    make_streams(rig);
    await_trading(rig, TRADING_HALTED);
    test_until(all_decide, rig);
    await_position(rig, 2, 0);
    quote(rig);
    order(rig, "halted");
    await_order(rig, "halted", ORDER_DENIED);

    resume(rig, "resume-0001");
    order(rig, "after");
    await_order(rig, "after", ORDER_FILLED);
    await_position(rig, 2, 10);
    await_alert(rig, "stream_gone", false);
}

static void test_market_data_vanishes(void **state)
{
    struct rig *rig = *state;
    quote(rig);
    order(rig, "before");
    await_order(rig, "before", ORDER_FILLED);
    delete_stream(rig, "MARKET_DATA");
    await_alert(rig, "stream_gone", true);
    await_trading(rig, TRADING_HALTED);
    order(rig, "halted");
    await_order(rig, "halted", ORDER_DENIED);
    /* Nobody can resume what cannot work. */
    resume(rig, "resume-0001");
    order(rig, "too-early");
    await_order(rig, "too-early", ORDER_DENIED);
    await_trading(rig, TRADING_HALTED);

    make_streams(rig);
    test_until(all_decide, rig);
    quote(rig);
    await_alert(rig, "stream_gone", true);
    resume(rig, "resume-0002");
    await_alert(rig, "stream_gone", false);
    order(rig, "after");
    await_order(rig, "after", ORDER_FILLED);
}

/* The alert has no place then; the halt has. */
static void test_risk_vanishes(void **state)
{
    struct rig *rig = *state;
    quote(rig);
    delete_stream(rig, "RISK");
    await_trading(rig, TRADING_HALTED);
    order(rig, "halted");
    await_order(rig, "halted", ORDER_DENIED);
    assert_false(exists(rig, "RISK"));
    make_streams(rig);
    test_until(all_decide, rig);
    await_trading(rig, TRADING_HALTED);
    resume(rig, "resume-0001");
    order(rig, "after");
    await_order(rig, "after", ORDER_FILLED);
}

/* What was published before is not there to be compared with; the epoch grows nevertheless. */
static void test_positions_vanish(void **state)
{
    struct rig *rig = *state;
    quote(rig);
    order(rig, "before");
    await_order(rig, "before", ORDER_FILLED);
    await_position(rig, 1, 10);
    delete_stream(rig, "POSITIONS");
    await_trading(rig, TRADING_HALTED);
    make_streams(rig);
    await_position(rig, 2, 10);
}

/* Lets ORDERS take no message beyond those it has; or any number again. */
static void limit_orders(struct rig *rig, bool full)
{
    jsStreamInfo *info = NULL, *changed = NULL;
    assert_int_equal(js_GetStreamInfo(&info, tape_jetstream(rig->server.tape), "ORDERS", NULL, NULL), NATS_OK);
    info->Config->MaxMsgs = full ? (int64_t)info->State.Msgs : -1;
    info->Config->Discard = full ? js_DiscardNew : js_DiscardOld;
    assert_int_equal(js_UpdateStream(&changed, tape_jetstream(rig->server.tape), info->Config, NULL, NULL), NATS_OK);
    jsStreamInfo_Destroy(info);
    jsStreamInfo_Destroy(changed);
}

static bool all_hold(void *context)
{
    const struct rig *rig = context;
    for (int i = 0; i < SERVICES; i++)
        if (!service_counts(rig->services[i]).held)
            return false;
    return true;
}

static void test_no_storage_is_left(void **state)
{
    struct rig *rig = *state;
    quote(rig);
    order(rig, "before");
    await_order(rig, "before", ORDER_FILLED);
    limit_orders(rig, true);
    order(rig, "refused");
    test_until(all_hold, rig);
    await_alert(rig, "storage_full", true);
    assert_int_equal(tape_status(rig->server.tape).full_streams, 1u << TAPE_ORDERS);

    limit_orders(rig, false);
    await_trading(rig, TRADING_HALTED);
    await_alert(rig, "storage_full", false);
    test_until(all_decide, rig);
    order(rig, "halted");
    await_order(rig, "halted", ORDER_DENIED);
    resume(rig, "resume-0001");
    order(rig, "after");
    await_order(rig, "after", ORDER_FILLED);
    await_position(rig, 1, 20);
}

static void test_an_older_copy_of_orders(void **state)
{
    struct rig *rig = *state;
    quote(rig);
    order(rig, "kept");
    await_order(rig, "kept", ORDER_FILLED);
    await_position(rig, 1, 10);
    test_server_keep_copy(&rig->server, "ORDERS");
    order(rig, "lost");
    await_order(rig, "lost", ORDER_FILLED);
    await_position(rig, 1, 20);
    test_server_bring_back(&rig->server, "ORDERS");
    await_position(rig, 2, 10);
    test_until(all_decide, rig);
    quote(rig);
    order(rig, "after");
    await_order(rig, "after", ORDER_FILLED);
    await_position(rig, 2, 20);
}

/* Made again while nobody ran: the next start finds that nobody resumed. */
static void test_orders_made_again_while_nothing_runs(void **state)
{
    struct rig *rig = *state;
    quote(rig);
    order(rig, "before");
    await_order(rig, "before", ORDER_FILLED);
    await_position(rig, 1, 10);
    services_stop(rig);
    delete_stream(rig, "ORDERS");
    make_streams(rig);
    services_start(rig);
    await_trading(rig, TRADING_HALTED);
    await_alert(rig, "stream_gone", true);
    await_position(rig, 2, 0);
    order(rig, "halted");
    await_order(rig, "halted", ORDER_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_orders_vanish, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_market_data_vanishes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_risk_vanishes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_positions_vanish, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_storage_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_older_copy_of_orders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_orders_made_again_while_nothing_runs, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
