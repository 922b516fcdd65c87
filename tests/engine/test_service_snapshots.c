/* Services that go on from a snapshot: nothing is read twice, nothing said twice or left out; one process takes up what
 * another has written; and what does not agree with the tape is not used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bucket.h"
#include "bus/checkpoint.h"
#include "bus/follower.h"
#include "bus/publish_event.h"
#include "bus/snapshot.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/order.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/checks_service.h"
#include "engine/positions_service.h"
#include "engine/service.h"
#include "fills.h"

enum { PERIOD_MS = 20, NEVER_MS = 3600 * 1000, POSITIONS_MAX = 100 };

/* One of the processes: a connection, a publisher, a service. */
struct process {
    const struct service_ops *ops;
    void *self;
    struct tape *tape;
    struct publisher *publisher;
    struct service *service;
};

struct bench {
    struct test_server server;
    struct publisher *publisher;
    struct instruments instruments;
    struct process first, second;
    struct process *awaited; /* by the conditions below */
    uint64_t wanted;
};

static void make_streams(struct bench *bench)
{
    /* As ever, but that a test may take the beginning of ORDERS away. */
    struct stream_config *streams = calloc(STREAM_DEFAULT_COUNT, sizeof *streams);
    struct error error = {0};
    assert_non_null(streams);
    memcpy(streams, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT * sizeof *streams);
    for (size_t i = 0; i < STREAM_DEFAULT_COUNT; i++)
        streams[i].deny_purge = false;
    if (streams_create(bench->server.tape, streams, STREAM_DEFAULT_COUNT, 0, &error) != 0)
        fail_msg("%s", error.text);
    free(streams);
}

static int set_up(void **state)
{
    struct error error = {0};
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    test_server_start(&bench->server);
    make_streams(bench);
    bench->publisher = publisher_create(bench->server.tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    assert_non_null(bench->publisher);
    assert_int_equal(instruments_init_builtin(&bench->instruments, &error), 0);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    publisher_destroy(bench->publisher, 1000);
    test_server_stop(&bench->server);
    instruments_free(&bench->instruments);
    free(bench);
    return 0;
}

static void process_start(struct bench *bench, struct process *process, const struct service_ops *ops, void *self,
                          int period_ms)
{
    struct error error = {0};
    struct tape_options options = {
        .urls = embedded_server_url(bench->server.server), .name = "process", .reconnect_attempts = -1};
    process->ops = ops;
    process->self = self;
    process->tape = tape_connect(&options, &error);
    assert_non_null(process->tape);
    process->publisher = publisher_create(process->tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    assert_non_null(process->publisher);
    struct service_options service = {.tape = process->tape,
                                      .publisher = process->publisher,
                                      .default_account = "A",
                                      .snapshot_period_ms = period_ms};
    process->service = service_start_with(ops, self, &service, &error);
    assert_non_null(process->service);
}

static void start_positions(struct bench *bench, struct process *process, int period_ms)
{
    process_start(bench, process, &positions_service_ops,
                  positions_service_create(&bench->instruments, POSITION_AVERAGE_COST), period_ms);
}

static void start_checks(struct bench *bench, struct process *process)
{
    struct checks_config config;
    checks_config_init(&config);
    process_start(bench, process, &checks_service_ops, checks_service_create(&config, &bench->instruments), PERIOD_MS);
}

static void process_end(struct process *process)
{
    service_stop(process->service);
    publisher_destroy(process->publisher, 1000);
    tape_destroy(process->tape);
    if (process->ops == &positions_service_ops)
        positions_service_destroy(process->self);
    else
        checks_service_destroy(process->self);
}

static void publish(struct bench *bench, const struct event *event)
{
    assert_true(publish_event(bench->publisher, event, PUBLISH_NO_FENCE, NULL, 0));
}

static void publish_fills(struct bench *bench, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i <= to; i++) {
        struct event event = fill_event("X", i, "AAPL", SIDE_BUY, QUANTITY_ONE, 100 * PRICE_ONE, MONEY_NONE, 0);
        text_copy(event.execution.exchange, sizeof event.execution.exchange, "NYSE");
        event.execution.cumulative_quantity = i * QUANTITY_ONE;
        event.execution.timestamp_ns = NS_PER_DAY;
        publish(bench, &event);
    }
}

/* Reads the stream to its end and decodes it; returns how many messages it has. */
static size_t read_stream(struct bench *bench, const char *stream, struct event *events, size_t capacity)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    struct follower *follower = follower_create(
        bench->server.tape, &(struct follower_options){.stream = stream, .from = FOLLOW_SEQUENCE, .sequence = 1}, inbox,
        &error);
    assert_non_null(follower);
    size_t count = 0;
    bool ended = false;
    while (!ended) {
        struct inbox_item item;
        inbox_wait(inbox, 1000);
        while (inbox_take(inbox, &item)) {
            ended = ended || item.kind == INBOX_CAUGHT_UP;
            if (item.kind != INBOX_MESSAGE)
                continue;
            assert_true(count < capacity);
            if (event_decode(&events[count], item.subject, item.payload, item.payload_bytes, "A", &error) != 0)
                fail_msg("%s", error.text);
            count++;
        }
    }
    inbox_close(inbox);
    follower_destroy(follower);
    inbox_destroy(inbox);
    return count;
}

static bool is_deciding(void *context)
{
    const struct bench *bench = context;
    struct service_counts counts = service_counts(bench->awaited->service);
    return counts.live && counts.deciding;
}

static bool is_live(void *context)
{
    const struct bench *bench = context;
    return service_counts(bench->awaited->service).live;
}

static void await_deciding(struct bench *bench, struct process *process)
{
    bench->awaited = process;
    test_until(is_deciding, bench);
}

static bool has_positions(void *context)
{
    struct bench *bench = context;
    static struct event events[POSITIONS_MAX];
    return read_stream(bench, "POSITIONS", events, POSITIONS_MAX) >= bench->wanted;
}

/* Each fill has its position, once, in the order of the fills. */
static void expect_positions(struct bench *bench, size_t fills)
{
    static struct event events[POSITIONS_MAX];
    bench->wanted = fills;
    test_until(has_positions, bench);
    assert_int_equal(read_stream(bench, "POSITIONS", events, POSITIONS_MAX), fills);
    for (size_t i = 0; i < fills; i++) {
        assert_int_equal(events[i].position.quantity, (int64_t)(i + 1) * QUANTITY_ONE);
        assert_int_equal(events[i].position.epoch, 1);
    }
}

static uint64_t snapshot_sequence(struct bench *bench, const char *service, const char *stream, int which)
{
    struct snapshot snapshot;
    struct error error = {0};
    bool found;
    if (snapshot_read(bench->server.tape, service, which, &snapshot, &found, &error) != 0)
        fail_msg("%s", error.text);
    uint64_t sequence = found ? snapshot_place_of(&snapshot.places, stream)->at.sequence : 0;
    snapshot_free(&snapshot);
    return sequence;
}

static bool has_snapshot(void *context)
{
    struct bench *bench = context;
    return snapshot_sequence(bench, "positions", "ORDERS", SNAPSHOT_NEWEST) >= bench->wanted;
}

static void await_snapshot(struct bench *bench, uint64_t sequence)
{
    struct error error = {0};
    assert_int_equal(snapshot_open(bench->server.tape, &error), 0);
    bench->wanted = sequence;
    test_until(has_snapshot, bench);
}

static void put(struct bench *bench, const char *name, const char *key, const char *value)
{
    struct bucket bucket = {.tape = bench->server.tape, .name = name, .wait_ms = 2000};
    assert_int_equal(bucket_put(&bucket, key, value, BUCKET_ANY_REVISION, NULL, NULL), BUCKET_DONE);
}

static const char *newest_slot(struct bench *bench)
{
    struct bucket bucket = {.tape = bench->server.tape, .name = SNAPSHOT_BUCKET, .wait_ms = 2000};
    struct bucket_entry a, b;
    assert_int_equal(bucket_get(&bucket, "positions.a", &a, NULL), BUCKET_DONE);
    assert_int_equal(bucket_get(&bucket, "positions.b", &b, NULL), BUCKET_DONE);
    return a.revision > b.revision ? "positions.a" : "positions.b";
}

static bool has_renewed(void *context)
{
    const struct bench *bench = context;
    return service_counts(bench->awaited->service).snapshots >= 2;
}

static void test_a_restart_goes_on_from_the_snapshot(void **state)
{
    struct bench *bench = *state;
    start_positions(bench, &bench->first, NEVER_MS);
    await_deciding(bench, &bench->first);
    publish_fills(bench, 1, 20);
    expect_positions(bench, 20);
    process_end(&bench->first); /* at the end a snapshot is written */
    assert_int_equal(snapshot_sequence(bench, "positions", "ORDERS", SNAPSHOT_NEWEST), 20);

    start_positions(bench, &bench->first, NEVER_MS);
    await_deciding(bench, &bench->first);
    assert_int_equal(service_counts(bench->first.service).folded, 1); /* the last position of AAPL */
    publish_fills(bench, 21, 25);
    expect_positions(bench, 25);
    process_end(&bench->first);
    assert_int_equal(snapshot_sequence(bench, "positions", "ORDERS", SNAPSHOT_BEFORE), 20);

    /* Nothing has happened: no snapshot either. */
    start_positions(bench, &bench->first, NEVER_MS);
    await_deciding(bench, &bench->first);
    process_end(&bench->first);
    assert_int_equal(snapshot_sequence(bench, "positions", "ORDERS", SNAPSHOT_BEFORE), 20);

    /* But for so long only, since others may write many and push the last one out. */
    start_positions(bench, &bench->first, PERIOD_MS);
    bench->awaited = &bench->first;
    test_until(has_renewed, bench);
    process_end(&bench->first);
    assert_int_equal(snapshot_sequence(bench, "positions", "ORDERS", SNAPSHOT_NEWEST), 25);
    assert_int_equal(snapshot_sequence(bench, "positions", "ORDERS", SNAPSHOT_BEFORE), 25);
}

/* As after a crash: the last snapshot is behind what was published; nothing is said again. And damaged ones, both of
 * them: all is folded from the start. */
static void test_an_old_or_damaged_snapshot(void **state)
{
    struct bench *bench = *state;
    start_positions(bench, &bench->first, PERIOD_MS);
    await_deciding(bench, &bench->first);
    publish_fills(bench, 1, 10);
    expect_positions(bench, 10);
    await_snapshot(bench, 10);
    publish_fills(bench, 11, 20);
    expect_positions(bench, 20);
    await_snapshot(bench, 20);
    process_end(&bench->first);
    uint64_t before = snapshot_sequence(bench, "positions", "ORDERS", SNAPSHOT_BEFORE);
    assert_in_range(before, 10, 19);

    /* The newest one is damaged in its first chunk, whichever slot it is in. */
    bool is_a = strcmp(newest_slot(bench), "positions.a") == 0;
    put(bench, SNAPSHOT_BUCKET, is_a ? "positions.a.0" : "positions.b.0", "damaged");
    start_positions(bench, &bench->first, NEVER_MS);
    await_deciding(bench, &bench->first);
    assert_int_equal(service_counts(bench->first.service).folded, 1 + 20 - before);
    publish_fills(bench, 21, 21);
    expect_positions(bench, 21);
    process_end(&bench->first);

    put(bench, SNAPSHOT_BUCKET, "positions.a.0", "damaged");
    put(bench, SNAPSHOT_BUCKET, "positions.b.0", "damaged");
    start_positions(bench, &bench->first, NEVER_MS);
    await_deciding(bench, &bench->first);
    assert_int_equal(service_counts(bench->first.service).folded, 1 + 21);
    publish_fills(bench, 22, 22);
    expect_positions(bench, 22);
    process_end(&bench->first);
}

/* What another version saved is whole, and yet of no use. */
static void test_a_snapshot_of_another_version(void **state)
{
    struct bench *bench = *state;
    struct error error = {0};
    assert_int_equal(snapshot_open(bench->server.tape, &error), 0);
    publish_fills(bench, 1, 5);
    struct inbox *inbox = inbox_create(1 << 16);
    struct snapshot_writer *writer = snapshot_writer_create(bench->publisher, inbox, 1, "positions");
    const struct snapshot_places places = {.items = {{.stream = "ORDERS"}}, .count = 1};
    pack_section(snapshot_writer_begin(writer, &places), "HOLD", 999);
    snapshot_writer_go(writer);
    struct inbox_item item;
    do
        item = test_await(inbox, INBOX_PUBLISHED);
    while (!snapshot_writer_answered(writer, &item.result));
    snapshot_writer_destroy(writer);
    inbox_destroy(inbox);

    start_positions(bench, &bench->first, NEVER_MS);
    await_deciding(bench, &bench->first);
    expect_positions(bench, 5);
    process_end(&bench->first);
}

static void test_another_process_takes_it_up(void **state)
{
    struct bench *bench = *state;
    start_positions(bench, &bench->first, PERIOD_MS);
    await_deciding(bench, &bench->first);
    publish_fills(bench, 1, 20);
    expect_positions(bench, 20);
    await_snapshot(bench, 20);
    start_positions(bench, &bench->second, PERIOD_MS);
    bench->awaited = &bench->second;
    test_until(is_live, bench);
    assert_int_equal(service_counts(bench->second.service).folded, 1);
    assert_false(service_counts(bench->second.service).deciding);
    publish_fills(bench, 21, 30);
    expect_positions(bench, 30);
    assert_int_equal(service_counts(bench->second.service).snapshots, 0); /* who decides writes */
    process_end(&bench->first);
    await_deciding(bench, &bench->second);
    publish_fills(bench, 31, 40);
    expect_positions(bench, 40);
    await_snapshot(bench, 40);
    process_end(&bench->second);
    start_positions(bench, &bench->first, PERIOD_MS);
    await_deciding(bench, &bench->first);
    assert_int_equal(service_counts(bench->first.service).folded, 1);
    process_end(&bench->first);
}

/* ORDERS was made again and is shorter than the snapshot; the checkpoints are lost, so that only the snapshot tells. */
static void test_a_tape_that_became_shorter(void **state)
{
    struct bench *bench = *state;
    static struct event events[POSITIONS_MAX];
    start_positions(bench, &bench->first, NEVER_MS);
    await_deciding(bench, &bench->first);
    publish_fills(bench, 1, 20);
    expect_positions(bench, 20);
    process_end(&bench->first);
    assert_int_equal(js_DeleteStream(tape_jetstream(bench->server.tape), "ORDERS", NULL, NULL), NATS_OK);
    assert_int_equal(js_DeleteStream(tape_jetstream(bench->server.tape), "KV_" CHECKPOINT_BUCKET, NULL, NULL), NATS_OK);
    make_streams(bench);
    publish_fills(bench, 1, 3);
    start_positions(bench, &bench->first, NEVER_MS);
    bench->wanted = 23;
    test_until(has_positions, bench);
    assert_int_equal(read_stream(bench, "POSITIONS", events, POSITIONS_MAX), 23);
    for (int i = 20; i < 23; i++) {
        assert_int_equal(events[i].position.epoch, 2);
        assert_int_equal(events[i].position.quantity, (i - 19) * QUANTITY_ONE);
    }
    process_end(&bench->first);
    start_positions(bench, &bench->first, NEVER_MS);
    await_deciding(bench, &bench->first);
    assert_int_equal(service_counts(bench->first.service).folded, 1);
    process_end(&bench->first);
    assert_int_equal(read_stream(bench, "POSITIONS", events, POSITIONS_MAX), 23);
}

/* ORDERS was made again, which the checkpoints told; then a crash, before there was a snapshot of the new tape. The old
 * one is no reason to begin yet another epoch; but nobody has halted trading meanwhile, so that is still held. */
static void test_a_crash_after_the_tape_was_exchanged(void **state)
{
    struct bench *bench = *state;
    static struct event events[POSITIONS_MAX];
    start_positions(bench, &bench->first, NEVER_MS);
    await_deciding(bench, &bench->first);
    publish_fills(bench, 1, 20);
    expect_positions(bench, 20);
    process_end(&bench->first);
    assert_int_equal(js_DeleteStream(tape_jetstream(bench->server.tape), "ORDERS", NULL, NULL), NATS_OK);
    make_streams(bench);
    publish_fills(bench, 1, 3);
    start_positions(bench, &bench->first, NEVER_MS);
    bench->wanted = 23;
    test_until(has_positions, bench);
    process_end(&bench->first);
    put(bench, SNAPSHOT_BUCKET, newest_slot(bench), "{}"); /* as if it had not been written */
    assert_int_equal(snapshot_sequence(bench, "positions", "ORDERS", SNAPSHOT_NEWEST), 20);
    start_positions(bench, &bench->first, NEVER_MS);
    await_deciding(bench, &bench->first);
    assert_int_equal(service_counts(bench->first.service).folded, 1 + 3);
    assert_true(service_counts(bench->first.service).held);
    publish_fills(bench, 4, 4);
    bench->wanted = 24;
    test_until(has_positions, bench);
    process_end(&bench->first);
    assert_int_equal(read_stream(bench, "POSITIONS", events, POSITIONS_MAX), 24);
    assert_int_equal(events[23].position.epoch, 2);
}

static void request(struct bench *bench, const char *order_id)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    text_copy(event.request.order_id, sizeof event.request.order_id, order_id);
    text_copy(event.request.account, sizeof event.request.account, "A");
    text_copy(event.request.symbol, sizeof event.request.symbol, "AAPL");
    text_copy(event.request.exchange, sizeof event.request.exchange, "NYSE");
    event.request.side = SIDE_BUY;
    event.request.type = ORDER_LIMIT;
    event.request.quantity = QUANTITY_ONE;
    event.request.limit_price = PRICE_ONE;
    event.request.timestamp_ns = NS_PER_DAY; /* stale, so that it is turned away even without a quote */
    publish(bench, &event);
}

static void change_state(struct bench *bench, enum trading_state state, const char *request_id)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    event.state.state = state;
    event.state.timestamp_ns = NS_PER_DAY;
    text_copy(event.state.scope, sizeof event.state.scope, "*");
    text_copy(event.state.by, sizeof event.state.by, "tester");
    text_copy(event.state.request_id, sizeof event.state.request_id, request_id);
    publish(bench, &event);
}

/* The code with which the checks turned the order away; "" while they have not. */
static const char *code_of(struct bench *bench, const char *order_id)
{
    static struct event events[POSITIONS_MAX];
    size_t count = read_stream(bench, "ORDERS", events, POSITIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == EVENT_ORDER_REJECTED && strcmp(events[i].decision.order.order_id, order_id) == 0)
            return events[i].decision.code;
    }
    return "";
}

static bool is_decided(void *context)
{
    struct bench *bench = context;
    char order_id[16];
    snprintf(order_id, sizeof order_id, "order-%d", (int)bench->wanted);
    return code_of(bench, order_id)[0] != '\0';
}

static void expect_code(struct bench *bench, int number, bool halted)
{
    char order_id[16];
    snprintf(order_id, sizeof order_id, "order-%d", number);
    request(bench, order_id);
    bench->wanted = (uint64_t)number;
    test_until(is_decided, bench);
    if ((strcmp(code_of(bench, order_id), "TRADING_HALTED") == 0) != halted)
        fail_msg("%s was turned away for %s", order_id, code_of(bench, order_id));
}

static void purge_to(struct bench *bench, uint64_t first)
{
    jsOptions options;
    jsOptions_Init(&options);
    options.Stream.Purge.Sequence = first;
    assert_int_equal(js_PurgeStream(tape_jetstream(bench->server.tape), "ORDERS", &options, NULL), NATS_OK);
}

/* A halt that has gone from the stream stands in the snapshot; without one that reaches far enough, all is halted until
 * somebody says otherwise. */
static void test_the_trading_state_outlives_its_stream(void **state)
{
    struct bench *bench = *state;
    start_checks(bench, &bench->first);
    await_deciding(bench, &bench->first);
    expect_code(bench, 1, false); /* the stream starts at 1: active */
    change_state(bench, TRADING_HALTED, "halt-0001");
    expect_code(bench, 2, true);
    process_end(&bench->first);
    purge_to(bench, 7); /* 6 messages until here: two orders and their ends, the halt and its proof */
    start_checks(bench, &bench->first);
    await_deciding(bench, &bench->first);
    assert_int_equal(service_counts(bench->first.service).folded, 0);
    expect_code(bench, 3, true);
    change_state(bench, TRADING_ACTIVE, "resume-01");
    expect_code(bench, 4, false);
    process_end(&bench->first);

    /* 11 messages until here, and two more that no snapshot has: they are lost. */
    request(bench, "lost-1");
    request(bench, "lost-2");
    request(bench, "left");
    purge_to(bench, 13);
    start_checks(bench, &bench->first);
    await_deciding(bench, &bench->first);
    expect_code(bench, 5, true);
    change_state(bench, TRADING_ACTIVE, "resume-02");
    expect_code(bench, 6, false);
    process_end(&bench->first);
}

/* Reads what the order checks have saved: their orders; what they do not fold whole (RISK) it folds from the start. */
struct reader {
    struct order_book *book;
    int alerts, orders;
};

static void reader_fold(void *self, const struct event *event, int64_t age_ns, struct moment now)
{
    struct reader *reader = self;
    (void)age_ns;
    (void)now;
    reader->alerts += event->kind == EVENT_ALERT;
    if (event_order_id(event) != NULL || event->kind == EVENT_TRADING_STATE) {
        reader->orders++;
        order_book_fold(reader->book, event);
    }
}

static int reader_load(void *self, struct pack *pack, struct moment now)
{
    struct reader *reader = self;
    (void)now;
    return checks_load_book(reader->book, pack);
}

static const struct service_ops READER_OPS = {
    .name = "reader",
    .inputs = {{.stream = "ORDERS", .from = FOLLOW_SEQUENCE}, {.stream = "RISK", .from = FOLLOW_SEQUENCE}},
    .input_count = 2,
    .fold = reader_fold,
    .load = reader_load,
    .snapshot_of = "checks",
};

static void raise_alert(struct bench *bench)
{
    struct event event = event_empty(EVENT_ALERT);
    text_copy(event.alert.alert_id, sizeof event.alert.alert_id, "test:A:1");
    text_copy(event.alert.rule, sizeof event.alert.rule, "test");
    text_copy(event.alert.message, sizeof event.alert.message, "a test");
    event.alert.severity = SEVERITY_INFO;
    event.alert.raised = true;
    event.alert.version = 1;
    event.alert.timestamp_ns = NS_PER_DAY;
    publish(bench, &event);
    event = event_empty(EVENT_EXPOSURE);
    text_copy(event.exposure.account, sizeof event.exposure.account, "A");
    text_copy(event.exposure.currency, sizeof event.exposure.currency, "USD");
    event.exposure.timestamp_ns = NS_PER_DAY;
    publish(bench, &event);
}

static void test_a_reader_takes_the_orders_of_the_checks(void **state)
{
    struct bench *bench = *state;
    struct reader reader = {.book = order_book_create()};
    raise_alert(bench);
    start_checks(bench, &bench->first);
    await_deciding(bench, &bench->first);
    expect_code(bench, 1, false);
    change_state(bench, TRADING_HALTED, "halt-0001");
    expect_code(bench, 2, true);
    struct orders_snapshot orders;
    struct error error = {0};
    assert_int_equal(checks_service_read_orders(bench->server.tape, &orders, &error), 0);
    order_book_destroy(orders.book); /* there may be one by now, or not */
    process_end(&bench->first);
    assert_int_equal(checks_service_read_orders(bench->server.tape, &orders, &error), 0);
    assert_non_null(orders.book);
    assert_int_equal(orders.sequence, 6);
    assert_int_equal(order_book_count(orders.book), 2);
    assert_true(orders.hold.halted);
    order_book_destroy(orders.book);
    process_start(bench, &bench->second, &READER_OPS, &reader, NEVER_MS);
    bench->awaited = &bench->second;
    test_until(is_live, bench);
    service_stop(bench->second.service);
    publisher_destroy(bench->second.publisher, 1000);
    tape_destroy(bench->second.tape);
    assert_int_equal(reader.orders, 0);
    assert_int_equal(reader.alerts, 1);
    assert_int_equal(order_book_count(reader.book), 2);
    assert_int_equal(order_book_trading_state(reader.book, "A", "AAPL"), TRADING_HALTED);
    order_book_destroy(reader.book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_restart_goes_on_from_the_snapshot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_old_or_damaged_snapshot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_snapshot_of_another_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_process_takes_it_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_tape_that_became_shorter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_crash_after_the_tape_was_exchanged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_trading_state_outlives_its_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_reader_takes_the_orders_of_the_checks, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
