/* Two processes' worth of one role on one tape: each request is decided once, also when the one that decides hangs for
 * longer than its lease and then goes on. And a tape that became shorter between two runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/checkpoint.h"
#include "bus/follower.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/order.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/positions_service.h"
#include "engine/service.h"
#include "fills.h"

enum { ORDERS = 1000, HANG_AT = 300, FILLS = 20, FILL_HANG_AT = 5 };

/* Where a fold waits until the test lets it go on. */
struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    bool closed;
    atomic_bool waiting;
};

static void gate_init(struct gate *gate, bool closed)
{
    pthread_mutex_init(&gate->mutex, NULL);
    pthread_cond_init(&gate->opened, NULL);
    gate->closed = closed;
    atomic_store(&gate->waiting, false);
}

static void gate_pass(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    while (gate->closed) {
        atomic_store(&gate->waiting, true);
        pthread_cond_wait(&gate->opened, &gate->mutex);
    }
    pthread_mutex_unlock(&gate->mutex);
}

static void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->closed = false;
    pthread_cond_broadcast(&gate->opened);
    pthread_mutex_unlock(&gate->mutex);
}

/* The rule: every order request gets one decision. Orders are numbered. */
struct rule {
    struct order_request requests[ORDERS];
    bool known[ORDERS];
    int decisions[ORDERS];
    struct gate gate; /* stands before the request of number HANG_AT */
    atomic_int requested, decided;
};

static int number_of(const char *order_id)
{
    int number = (int)strtol(order_id + strlen("order-"), NULL, 10);
    assert_true(number >= 0 && number < ORDERS);
    return number;
}

static void rule_fold(void *self, const struct event *event, int64_t age_ns, struct moment now)
{
    struct rule *rule = self;
    (void)age_ns;
    (void)now;
    if (event->kind == EVENT_ORDER_NEW) {
        int number = number_of(event->request.order_id);
        if (number == HANG_AT)
            gate_pass(&rule->gate);
        rule->requests[number] = event->request;
        rule->known[number] = true;
        atomic_fetch_add(&rule->requested, 1);
    }
    if (event->kind == EVENT_ORDER_VALIDATED && rule->decisions[number_of(event->decision.order.order_id)]++ == 0)
        atomic_fetch_add(&rule->decided, 1);
}

static void rule_decide(void *self, const struct event *event, struct moment now, struct proposals *out)
{
    const struct rule *rule = self;
    for (int i = 0; i < ORDERS; i++) {
        bool asked = event == NULL || (event->kind == EVENT_ORDER_NEW && number_of(event->request.order_id) == i);
        if (!rule->known[i] || rule->decisions[i] > 0 || !asked)
            continue;
        struct event *decision = proposals_add(out, EVENT_ORDER_VALIDATED, NO_FENCE);
        decision->decision.order = rule->requests[i];
        decision->decision.order.timestamp_ns = now.wall_ns;
    }
}

static const struct service_ops RULE_OPS = {
    .name = "rule",
    .inputs = {{.stream = "ORDERS", .from = FOLLOW_SEQUENCE}},
    .input_count = 1,
    .needs_lease = true,
    .fold = rule_fold,
    .decide = rule_decide,
};

/* The positions service, with a gate before the fill of number FILL_HANG_AT. */
struct gated_positions {
    struct positions_service *inner;
    struct gate gate;
};

static void gated_fold(void *self, const struct event *event, int64_t age_ns, struct moment now)
{
    struct gated_positions *positions = self;
    if (event->kind == EVENT_ORDER_EXECUTED && execution_number(&event->execution) == FILL_HANG_AT)
        gate_pass(&positions->gate);
    positions_service_ops.fold(positions->inner, event, age_ns, now);
}

static void gated_decide(void *self, const struct event *event, struct moment now, struct proposals *out)
{
    struct gated_positions *positions = self;
    positions_service_ops.decide(positions->inner, event, now, out);
}

static void gated_tape_changed(void *self, const char *stream)
{
    struct gated_positions *positions = self;
    positions_service_ops.tape_changed(positions->inner, stream);
}

static void gated_save(void *self, struct pack *pack)
{
    struct gated_positions *positions = self;
    positions_service_ops.save(positions->inner, pack);
}

static int gated_load(void *self, struct pack *pack, struct moment now)
{
    struct gated_positions *positions = self;
    return positions_service_ops.load(positions->inner, pack, now);
}

static struct service_ops gated_ops(void)
{
    struct service_ops ops = positions_service_ops;
    ops.fold = gated_fold;
    ops.decide = gated_decide;
    ops.tape_changed = gated_tape_changed;
    ops.save = gated_save;
    ops.load = gated_load;
    return ops;
}

/* One of the processes: a connection, a publisher, a service. */
struct process {
    struct tape *tape;
    struct publisher *publisher;
    struct service *service;
};

static void process_start(struct process *process, struct test_server *server, const struct service_ops *ops,
                          void *self)
{
    struct error error = {0};
    struct tape_options options = {
        .urls = embedded_server_url(server->server), .name = "process", .reconnect_attempts = -1};
    process->tape = tape_connect(&options, &error);
    assert_non_null(process->tape);
    process->publisher = publisher_create(process->tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    assert_non_null(process->publisher);
    process->service = service_start(ops, self, process->tape, process->publisher, "A", &error);
    assert_non_null(process->service);
}

static void process_end(struct process *process)
{
    service_stop(process->service);
    publisher_destroy(process->publisher, 1000);
    tape_destroy(process->tape);
}

struct bench {
    struct test_server server;
    struct publisher *publisher;
    struct process first, second;
    struct rule *rules[2];
    struct instruments instruments;
    struct gated_positions positions[2];
    struct service_ops gated;
    int wanted;
};

static void make_streams(struct bench *bench)
{
    struct error error = {0};
    if (streams_create(bench->server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error) != 0)
        fail_msg("%s", error.text);
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
    fills_instruments(&bench->instruments, "OTHER", 1);
    bench->gated = gated_ops();
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

static void publish(struct bench *bench, const struct event *event)
{
    char subject[SUBJECT_SIZE], id[MESSAGE_ID_SIZE], payload[EVENT_PAYLOAD_SIZE];
    subject_of(event, subject);
    message_id_of(event, id);
    size_t bytes = event_encode(event, payload, sizeof payload);
    assert_true(publisher_send(
        bench->publisher,
        &(struct publish_message){
            .subject = subject, .id = id, .fence = PUBLISH_NO_FENCE, .payload = payload, .payload_bytes = bytes}));
}

static void request(struct bench *bench, int number)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    snprintf(event.request.order_id, sizeof event.request.order_id, "order-%d", number);
    text_copy(event.request.account, sizeof event.request.account, "A");
    text_copy(event.request.symbol, sizeof event.request.symbol, "AAPL");
    text_copy(event.request.exchange, sizeof event.request.exchange, "NYSE");
    event.request.side = SIDE_BUY;
    event.request.type = ORDER_MARKET;
    event.request.quantity = QUANTITY_ONE;
    event.request.timestamp_ns = clock_wall_ns();
    publish(bench, &event);
}

static void fill(struct bench *bench, const char *order_id, const char *symbol, uint32_t number)
{
    struct event event = fill_event(order_id, number, symbol, SIDE_BUY, QUANTITY_ONE, 10 * PRICE_ONE, MONEY_NONE, 0);
    event.execution.cumulative_quantity = (int64_t)number * QUANTITY_ONE;
    event.execution.timestamp_ns = clock_wall_ns();
    publish(bench, &event);
}

static bool first_decides(void *context)
{
    struct bench *bench = context;
    return service_counts(bench->first.service).deciding;
}

static bool second_decides(void *context)
{
    struct bench *bench = context;
    return service_counts(bench->second.service).deciding;
}

static bool both_live(void *context)
{
    struct bench *bench = context;
    return service_counts(bench->first.service).live && service_counts(bench->second.service).live;
}

static bool first_does_not_decide(void *context)
{
    return !first_decides(context);
}

static bool rules_have_decided(void *context)
{
    struct bench *bench = context;
    return atomic_load(&bench->rules[0]->decided) == bench->wanted &&
           atomic_load(&bench->rules[1]->decided) == bench->wanted;
}

static bool second_has_decided(void *context)
{
    struct bench *bench = context;
    return atomic_load(&bench->rules[1]->decided) == bench->wanted;
}

static bool first_waits(void *context)
{
    struct bench *bench = context;
    return bench->rules[0] != NULL ? atomic_load(&bench->rules[0]->gate.waiting)
                                   : atomic_load(&bench->positions[0].gate.waiting);
}

static void start_both_rules(struct bench *bench, bool hang)
{
    for (int i = 0; i < 2; i++) {
        bench->rules[i] = calloc(1, sizeof *bench->rules[i]);
        assert_non_null(bench->rules[i]);
        gate_init(&bench->rules[i]->gate, hang && i == 0);
    }
    process_start(&bench->first, &bench->server, &RULE_OPS, bench->rules[0]);
    test_until(first_decides, bench);
    process_start(&bench->second, &bench->server, &RULE_OPS, bench->rules[1]);
    test_until(both_live, bench);
    assert_false(second_decides(bench));
}

static void end_both_rules(struct bench *bench)
{
    struct service_counts first = service_counts(bench->first.service), second = service_counts(bench->second.service);
    struct publisher_counts a = publisher_counts(bench->first.publisher), b = publisher_counts(bench->second.publisher);
    print_message("proposed %llu by the first, %llu by the second; %llu and %llu answered as duplicates\n",
                  (unsigned long long)first.proposed, (unsigned long long)second.proposed,
                  (unsigned long long)a.duplicates, (unsigned long long)b.duplicates);
    assert_int_equal(first.proposed + second.proposed, ORDERS);
    assert_int_equal(a.duplicates + b.duplicates, 0);
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < ORDERS; k++)
            assert_int_equal(bench->rules[i]->decisions[k], 1);
    }
    process_end(&bench->first);
    process_end(&bench->second);
    for (int i = 0; i < 2; i++)
        free(bench->rules[i]);
}

static void test_a_hanging_decider_is_replaced(void **state)
{
    struct bench *bench = *state;
    start_both_rules(bench, true);
    for (int i = 0; i < ORDERS / 2; i++)
        request(bench, i);
    test_until(first_waits, bench);
    test_until(second_decides, bench);
    for (int i = ORDERS / 2; i < ORDERS; i++)
        request(bench, i);
    bench->wanted = ORDERS;
    test_until(second_has_decided, bench);
    gate_open(&bench->rules[0]->gate);
    test_until(rules_have_decided, bench);
    assert_true(service_counts(bench->first.service).proposed >= HANG_AT);
    assert_true(first_does_not_decide(bench));
    end_both_rules(bench);
}

/* The first goes on in the middle of what the second does. */
static void test_a_hanging_decider_comes_back_in_a_burst(void **state)
{
    struct bench *bench = *state;
    start_both_rules(bench, true);
    for (int i = 0; i <= HANG_AT; i++)
        request(bench, i);
    test_until(first_waits, bench);
    test_until(second_decides, bench);
    for (int i = HANG_AT + 1; i < ORDERS; i++) {
        request(bench, i);
        if (i == ORDERS / 2)
            gate_open(&bench->rules[0]->gate);
    }
    bench->wanted = ORDERS;
    test_until(rules_have_decided, bench);
    end_both_rules(bench);
}

static void test_an_orderly_end_hands_over(void **state)
{
    struct bench *bench = *state;
    struct error error = {0};
    start_both_rules(bench, false);
    for (int i = 0; i < ORDERS / 2; i++)
        request(bench, i);
    bench->wanted = ORDERS / 2;
    test_until(rules_have_decided, bench);
    uint64_t said = service_counts(bench->first.service).proposed;
    assert_int_equal(said, ORDERS / 2);
    service_stop(bench->first.service);
    for (int i = ORDERS / 2; i < ORDERS; i++)
        request(bench, i);
    bench->wanted = ORDERS;
    test_until(second_has_decided, bench);
    assert_int_equal(service_counts(bench->second.service).proposed, ORDERS / 2);
    free(bench->rules[0]);
    /* It comes back as the one that waits. */
    bench->rules[0] = calloc(1, sizeof *bench->rules[0]);
    assert_non_null(bench->rules[0]);
    gate_init(&bench->rules[0]->gate, false);
    bench->first.service =
        service_start(&RULE_OPS, bench->rules[0], bench->first.tape, bench->first.publisher, "A", &error);
    test_until(rules_have_decided, bench);
    test_until(both_live, bench);
    assert_int_equal(service_counts(bench->first.service).proposed, 0);
    process_end(&bench->first);
    process_end(&bench->second);
    free(bench->rules[0]);
    free(bench->rules[1]);
}

/* What stands on POSITIONS. */
struct published {
    struct position_event positions[4 * FILLS];
    int count;
};

static void read_positions(struct bench *bench, struct published *published)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    struct follower_options options = {.stream = "POSITIONS", .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct follower *follower = follower_create(bench->server.tape, &options, inbox, &error);
    assert_non_null(follower);
    published->count = 0;
    for (;;) {
        struct inbox_item item;
        struct event event;
        while (!inbox_take(inbox, &item))
            inbox_wait(inbox, 1000);
        if (item.kind == INBOX_CAUGHT_UP)
            break;
        if (item.kind != INBOX_MESSAGE)
            continue;
        assert_int_equal(event_decode(&event, item.subject, item.payload, item.payload_bytes, "A", &error), 0);
        assert_true(published->count < 4 * FILLS);
        published->positions[published->count++] = event.position;
    }
    inbox_close(inbox);
    follower_destroy(follower);
    inbox_destroy(inbox);
}

static bool has_positions(void *context)
{
    struct bench *bench = context;
    struct published published;
    read_positions(bench, &published);
    return published.count >= bench->wanted;
}

static void start_positions(struct bench *bench, int number, struct process *process, bool hang)
{
    struct gated_positions *positions = &bench->positions[number];
    gate_init(&positions->gate, hang);
    positions->inner = positions_service_create(&bench->instruments, POSITION_AVERAGE_COST);
    process_start(process, &bench->server, &bench->gated, positions);
}

static void end_positions(struct bench *bench, int number, struct process *process)
{
    process_end(process);
    positions_service_destroy(bench->positions[number].inner);
}

/* The one that takes over says every position that the other left out, not only the last. */
static void test_no_position_is_left_out(void **state)
{
    struct bench *bench = *state;
    struct published published;
    start_positions(bench, 0, &bench->first, true);
    test_until(first_decides, bench);
    start_positions(bench, 1, &bench->second, false);
    test_until(both_live, bench);
    for (uint32_t i = 1; i <= FILLS; i++)
        fill(bench, "X", "AAPL", i);
    test_until(first_waits, bench);
    bench->wanted = FILLS;
    test_until(has_positions, bench);
    assert_true(second_decides(bench));
    gate_open(&bench->positions[0].gate);
    test_until(first_does_not_decide, bench);
    fill(bench, "X", "AAPL", FILLS + 1);
    bench->wanted = FILLS + 1;
    test_until(has_positions, bench);
    read_positions(bench, &published);
    assert_int_equal(published.count, FILLS + 1);
    for (int i = 0; i < published.count; i++) {
        assert_int_equal(published.positions[i].quantity, (i + 1) * QUANTITY_ONE);
        assert_int_equal(published.positions[i].epoch, 1);
    }
    assert_int_equal(publisher_counts(bench->first.publisher).duplicates, 0);
    assert_int_equal(publisher_counts(bench->second.publisher).duplicates, 0);
    end_positions(bench, 0, &bench->first);
    end_positions(bench, 1, &bench->second);
}

static enum checkpoint_verdict verdict_on_orders(struct bench *bench, struct checkpoint *checkpoint)
{
    struct error error = {0};
    enum checkpoint_verdict verdict;
    if (checkpoint_check(bench->server.tape, "positions", "ORDERS", &verdict, checkpoint, &error) != 0)
        fail_msg("%s", error.text);
    return verdict;
}

static bool has_checkpoint(void *context)
{
    struct checkpoint checkpoint;
    return verdict_on_orders(context, &checkpoint) == CHECKPOINT_AGREES && checkpoint.sequence == FILLS;
}

/* The fills of AAPL are on the tape before it is shortened and after; the last of MSFT goes with its tail. The new
 * fills are as many as to look like the old ones to whoever compares numbers only. */
static void test_a_tape_that_became_shorter(void **state)
{
    struct bench *bench = *state;
    struct published published;
    struct checkpoint checkpoint;
    start_positions(bench, 0, &bench->first, false);
    test_until(first_decides, bench);
    assert_int_equal(verdict_on_orders(bench, &checkpoint), CHECKPOINT_NONE);
    for (uint32_t i = 1; i < FILLS; i++)
        fill(bench, "X", "AAPL", i);
    fill(bench, "Y", "MSFT", 1);
    bench->wanted = FILLS;
    test_until(has_positions, bench);
    test_until(has_checkpoint, bench); /* written while it runs */
    end_positions(bench, 0, &bench->first);
    assert_true(has_checkpoint(bench));

    assert_int_equal(js_DeleteStream(tape_jetstream(bench->server.tape), "ORDERS", NULL, NULL), NATS_OK);
    make_streams(bench);
    for (uint32_t i = 1; i <= 3; i++)
        fill(bench, "X", "AAPL", i);
    start_positions(bench, 0, &bench->first, false);
    bench->wanted = FILLS + 4;
    test_until(has_positions, bench);
    read_positions(bench, &published);
    assert_int_equal(published.count, FILLS + 4);
    for (int i = FILLS; i < published.count; i++) {
        const struct position_event *position = &published.positions[i];
        bool aapl = i < FILLS + 3;
        assert_int_equal(position->epoch, 2);
        assert_string_equal(position->symbol, aapl ? "AAPL" : "MSFT");
        assert_int_equal(position->quantity, aapl ? (i - FILLS + 1) * QUANTITY_ONE : 0);
    }
    end_positions(bench, 0, &bench->first);
    assert_int_equal(verdict_on_orders(bench, &checkpoint), CHECKPOINT_AGREES);
    assert_int_equal(checkpoint.sequence, 3);

    /* The next start has nothing to add. */
    start_positions(bench, 0, &bench->first, false);
    test_until(first_decides, bench);
    fill(bench, "X", "AAPL", 4);
    bench->wanted = FILLS + 5;
    test_until(has_positions, bench);
    read_positions(bench, &published);
    assert_int_equal(published.count, FILLS + 5);
    assert_int_equal(published.positions[FILLS + 4].epoch, 2);
    end_positions(bench, 0, &bench->first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_hanging_decider_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_hanging_decider_comes_back_in_a_burst, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_orderly_end_hands_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_position_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_tape_that_became_shorter, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
