/* Positions, risk and notifier as services on a real server: fills and quotes go in by the tape, positions, exposure
 * and alerts come out, once, also after a restart of the services. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "bus/follower.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/notifier_service.h"
#include "engine/positions_service.h"
#include "engine/risk_service.h"
#include "fills.h"

#define WAIT_NS (30 * NS_PER_SECOND)

struct rig {
    struct test_server server;
    struct publisher *publisher;
    struct inbox *inbox; /* of what the services publish */
    struct follower *positions_follower, *risk_follower;
    struct instruments instruments;
    struct risk_config config;
    struct positions_service *positions;
    struct risk_service *risk;
    struct notifier_service *notifier;
    struct service *services[3];
    size_t position_count, outages_raised, outages_cleared;
    struct position_event position; /* the last ones read */
    struct alert alert;
    struct exposure exposure;
};

static struct service *start(struct rig *rig, const struct service_ops *ops, void *self)
{
    struct error error = {0};
    struct service *service = service_start(ops, self, rig->server.tape, rig->publisher, "A", &error);
    if (service == NULL)
        fail_msg("%s", error.text);
    return service;
}

static void services_start(struct rig *rig)
{
    rig->positions = positions_service_create(&rig->instruments, POSITION_AVERAGE_COST);
    rig->risk = risk_service_create(&rig->config, &rig->instruments);
    rig->notifier = notifier_service_create();
    rig->services[0] = start(rig, &positions_service_ops, rig->positions);
    rig->services[1] = start(rig, &risk_service_ops, rig->risk);
    rig->services[2] = start(rig, &notifier_service_ops, rig->notifier);
}

static void services_stop(struct rig *rig)
{
    for (size_t i = 0; i < 3; i++)
        service_stop(rig->services[i]);
    positions_service_destroy(rig->positions);
    risk_service_destroy(rig->risk);
    notifier_service_destroy(rig->notifier);
}

static struct follower *follow(struct rig *rig, const char *stream)
{
    struct error error = {0};
    struct follower_options options = {.stream = stream, .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct follower *follower = follower_create(rig->server.tape, &options, rig->inbox, &error);
    if (follower == NULL)
        fail_msg("%s", error.text);
    return follower;
}

static void rig_open(struct rig *rig)
{
    struct error error = {0};
    *rig = (struct rig){0};
    fills_instruments(&rig->instruments, "OTHER", 1);
    risk_config_init(&rig->config);
    rig->config.clear_hold_ns = NS_PER_SECOND;
    text_copy(rig->config.account, sizeof rig->config.account, "A");
    test_server_start(&rig->server);
    if (streams_create(rig->server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error) != 0)
        fail_msg("%s", error.text);
    rig->publisher = publisher_create(rig->server.tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    assert_non_null(rig->publisher);
    rig->inbox = inbox_create(1 << 20);
    rig->positions_follower = follow(rig, "POSITIONS");
    rig->risk_follower = follow(rig, "RISK");
    services_start(rig);
}

static void rig_close(struct rig *rig)
{
    services_stop(rig);
    inbox_close(rig->inbox);
    follower_destroy(rig->positions_follower);
    follower_destroy(rig->risk_follower);
    publisher_destroy(rig->publisher, 1000);
    inbox_destroy(rig->inbox);
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

static void fill(struct rig *rig, uint32_t number, enum side side, int64_t pieces, int64_t price)
{
    struct event event =
        fill_event("ORDER", number, "AAPL", side, pieces * QUANTITY_ONE, price * PRICE_ONE, MONEY_ONE, 0);
    event.execution.cumulative_quantity = event.execution.quantity;
    event.execution.timestamp_ns = clock_wall_ns();
    publish(rig, &event);
}

static void quote(struct rig *rig, int64_t bid, int64_t ask)
{
    struct event event = event_empty(EVENT_QUOTE);
    text_copy(event.quote.symbol, sizeof event.quote.symbol, "AAPL");
    text_copy(event.quote.exchange, sizeof event.quote.exchange, "NYSE");
    event.quote.bid = bid * PRICE_ONE;
    event.quote.ask = ask * PRICE_ONE;
    event.quote.timestamp_ns = clock_wall_ns();
    publish(rig, &event);
}

static void read_message(struct rig *rig, const struct inbox_item *item)
{
    struct event event;
    struct error error = {0};
    if (event_decode(&event, item->subject, item->payload, item->payload_bytes, "A", &error) != 0)
        fail_msg("%s: %s", item->subject, error.text);
    if (event.kind == EVENT_POSITION) {
        rig->position = event.position;
        rig->position_count++;
    } else if (event.kind == EVENT_ALERT) {
        rig->alert = event.alert;
        rig->outages_raised += strcmp(event.alert.rule, "server_away") == 0 && event.alert.raised;
        rig->outages_cleared += strcmp(event.alert.rule, "server_away") == 0 && !event.alert.raised;
    } else if (event.kind == EVENT_EXPOSURE) {
        rig->exposure = event.exposure;
    }
}

/* Reads what the services publish until it is so. */
static void until(struct rig *rig, bool (*is_so)(const struct rig *rig), const char *what)
{
    int64_t deadline_ns = clock_monotonic_ns() + WAIT_NS;
    struct inbox_item item;
    while (!is_so(rig)) {
        if (clock_monotonic_ns() > deadline_ns)
            fail_msg("waited in vain for %s", what);
        inbox_wait(rig->inbox, 50);
        while (inbox_take(rig->inbox, &item)) {
            if (item.kind == INBOX_MESSAGE)
                read_message(rig, &item);
        }
    }
}

static bool three_positions(const struct rig *rig)
{
    return rig->position_count == 3;
}

static bool four_positions(const struct rig *rig)
{
    return rig->position_count == 4;
}

static bool valued(const struct rig *rig)
{
    return rig->exposure.gross == 2000 * MONEY_ONE && !rig->exposure.stale;
}

static bool valued_again(const struct rig *rig)
{
    return rig->exposure.gross == 3300 * MONEY_ONE;
}

static bool crossed(const struct rig *rig)
{
    return rig->alert.raised && strcmp(rig->alert.rule, "locked_crossed") == 0;
}

static bool cleared(const struct rig *rig)
{
    return !rig->alert.raised && strcmp(rig->alert.rule, "locked_crossed") == 0;
}

static void test_fills_to_alerts(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    fill(&rig, 1, SIDE_BUY, 10, 100);
    fill(&rig, 2, SIDE_BUY, 20, 103);
    fill(&rig, 3, SIDE_SELL, 10, 104);
    until(&rig, three_positions, "three positions");
    assert_int_equal(rig.position.quantity, 20 * QUANTITY_ONE);
    assert_int_equal(rig.position.average_price, 102 * PRICE_ONE);
    assert_money(rig.position.realized_pnl, 20 * MONEY_ONE, "realized");
    assert_money(rig.position.fees, 3 * MONEY_ONE, "fees");
    assert_int_equal(rig.position.epoch, 1);
    assert_int_equal(rig.position.orders_seq, 3);
    quote(&rig, 99, 101);
    until(&rig, valued, "an exposure at the new quote");
    assert_money(rig.exposure.unrealized_pnl, -40 * MONEY_ONE, "unrealized");
    assert_money(rig.exposure.equity, (1000000 + 20 - 40 - 3) * MONEY_ONE, "equity");
    quote(&rig, 101, 99);
    until(&rig, crossed, "a crossed quote");
    assert_int_equal(rig.alert.severity, SEVERITY_CRITICAL);
    char alert_id[ALERT_ID_SIZE];
    text_copy(alert_id, sizeof alert_id, rig.alert.alert_id);
    /* Started again they say nothing twice, and go on where they were. */
    services_stop(&rig);
    services_start(&rig);
    fill(&rig, 4, SIDE_BUY, 10, 100);
    until(&rig, four_positions, "the fourth position");
    assert_int_equal(rig.position.quantity, 30 * QUANTITY_ONE);
    assert_int_equal(rig.position.orders_seq, 4);
    quote(&rig, 109, 111);
    until(&rig, valued_again, "an exposure after the restart");
    until(&rig, cleared, "the end of the crossed quote");
    assert_string_equal(rig.alert.alert_id, alert_id);
    assert_int_equal(rig.alert.version, 2);
    assert_int_equal(rig.position_count, 4);
    rig_close(&rig);
}

static bool out_of_reach(const struct rig *rig)
{
    return rig->outages_raised > 0;
}

static bool within_reach(const struct rig *rig)
{
    return rig->outages_cleared > 0;
}

static bool is_known_to_be_away(void *context)
{
    const struct rig *rig = context;
    struct connection_status status = tape_status(rig->server.tape);
    return status.state != CONNECTION_CONNECTED && clock_monotonic_ns() - status.since_ns > NS_PER_SECOND;
}

/* The server is paused: what that was is told when it is over, once, and cleared. */
static void test_server_pause(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    services_stop(&rig);
    rig.config.outage_warning_ns = 500 * NS_PER_MS;
    services_start(&rig);
    fill(&rig, 1, SIDE_BUY, 20, 100);
    quote(&rig, 99, 101);
    until(&rig, valued, "an exposure");
    test_server_freeze(&rig.server);
    test_until(is_known_to_be_away, &rig);
    test_server_thaw(&rig.server);
    until(&rig, out_of_reach, "the outage");
    until(&rig, within_reach, "its end");
    assert_int_equal(rig.outages_raised, 1);
    assert_int_equal(rig.outages_cleared, 1);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills_to_alerts),
        cmocka_unit_test(test_server_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
