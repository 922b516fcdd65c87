/* The service loop against a real server, driven by a rule that is as small as a rule can be: every order request gets
 * one decision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/service.h"

enum { ORDERS_MAX = 4096 };

/* Validates each order that has no decision yet. */
struct rule {
    struct order_request requests[ORDERS_MAX];
    int decisions[ORDERS_MAX]; /* folded for each request */
    int count;
    atomic_int decided, doubled;
};

static int find(const struct rule *rule, const char *order_id)
{
    for (int i = rule->count - 1; i >= 0; i--) {
        if (strcmp(rule->requests[i].order_id, order_id) == 0)
            return i;
    }
    return -1;
}

static void fold(void *self, const struct event *event, int64_t age_ns, struct moment now)
{
    struct rule *rule = self;
    (void)age_ns;
    (void)now;
    if (event->kind == EVENT_ORDER_NEW && find(rule, event->request.order_id) < 0 && rule->count < ORDERS_MAX)
        rule->requests[rule->count++] = event->request;
    if (event->kind != EVENT_ORDER_VALIDATED)
        return;
    int i = find(rule, event->decision.order.order_id);
    assert_true(i >= 0);
    if (rule->decisions[i]++ == 0)
        atomic_fetch_add(&rule->decided, 1);
    else
        atomic_fetch_add(&rule->doubled, 1);
}

static void decide(void *self, const struct event *event, struct moment now, struct proposals *out)
{
    struct rule *rule = self;
    for (int i = 0; i < rule->count; i++) {
        const struct order_request *request = &rule->requests[i];
        if (rule->decisions[i] > 0 || (event != NULL && (event->kind != EVENT_ORDER_NEW ||
                                                         strcmp(event->request.order_id, request->order_id) != 0)))
            continue;
        struct event *decision = proposals_add(out, EVENT_ORDER_VALIDATED, NO_FENCE);
        decision->decision.order = *request;
        decision->decision.order.timestamp_ns = now.wall_ns;
    }
}

static const struct service_ops RULE_OPS = {
    .name = "rule",
    .inputs = {{.stream = "ORDERS", .from = FOLLOW_SEQUENCE}},
    .input_count = 1,
    .fold = fold,
    .decide = decide,
};

struct bench {
    struct test_server server;
    struct publisher *publisher;
    struct rule *rule;
    struct service *service;
    int wanted;
};

static void bench_open(struct bench *bench)
{
    struct error error = {0};
    test_server_start(&bench->server);
    if (streams_create(bench->server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error) != 0)
        fail_msg("%s", error.text);
    bench->publisher = publisher_create(bench->server.tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    assert_non_null(bench->publisher);
}

static void bench_start(struct bench *bench)
{
    struct error error = {0};
    bench->rule = calloc(1, sizeof *bench->rule);
    bench->service = service_start(&RULE_OPS, bench->rule, bench->server.tape, bench->publisher, "SIM-1", &error);
    assert_non_null(bench->service);
}

static void bench_stop(struct bench *bench)
{
    service_stop(bench->service);
    free(bench->rule);
    bench->service = NULL;
}

static void bench_close(struct bench *bench)
{
    publisher_destroy(bench->publisher, 1000);
    test_server_stop(&bench->server);
}

static void publish(struct bench *bench, const char *subject, const char *id, const char *payload)
{
    assert_true(publisher_send(bench->publisher, &(struct publish_message){.subject = subject,
                                                                           .id = id,
                                                                           .fence = PUBLISH_NO_FENCE,
                                                                           .payload = payload,
                                                                           .payload_bytes = strlen(payload)}));
}

static void request(struct bench *bench, int number)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    char subject[SUBJECT_SIZE], id[MESSAGE_ID_SIZE], payload[EVENT_PAYLOAD_SIZE];
    snprintf(event.request.order_id, sizeof event.request.order_id, "order-%d", number);
    text_copy(event.request.account, sizeof event.request.account, "SIM-1");
    text_copy(event.request.symbol, sizeof event.request.symbol, "AAPL");
    text_copy(event.request.exchange, sizeof event.request.exchange, "NYSE");
    event.request.side = SIDE_BUY;
    event.request.type = ORDER_MARKET;
    event.request.quantity = QUANTITY_ONE;
    event.request.timestamp_ns = clock_wall_ns();
    subject_of(&event, subject);
    message_id_of(&event, id);
    event_encode(&event, payload, sizeof payload);
    publish(bench, subject, id, payload);
}

static bool all_decided(void *context)
{
    struct bench *bench = context;
    return atomic_load(&bench->rule->decided) >= bench->wanted;
}

static bool is_live(void *context)
{
    struct bench *bench = context;
    return service_counts(bench->service).live;
}

static bool has_buried(void *context)
{
    struct bench *bench = context;
    return service_counts(bench->service).dead_letters >= (uint64_t)bench->wanted;
}

static void wait_decided(struct bench *bench, int wanted)
{
    bench->wanted = wanted;
    test_until(all_decided, bench);
}

static void test_each_request_is_decided_once(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench);
    for (int i = 0; i < 100; i++)
        request(&bench, i); /* before the service starts: decided in one go */
    bench_start(&bench);
    for (int i = 100; i < 500; i++)
        request(&bench, i);
    wait_decided(&bench, 500);
    assert_int_equal(atomic_load(&bench.rule->doubled), 0);
    bench_stop(&bench);
    bench_close(&bench);
}

static void test_a_restart_decides_only_what_is_missing(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench);
    bench_start(&bench);
    for (int i = 0; i < 50; i++)
        request(&bench, i);
    wait_decided(&bench, 50);
    bench_stop(&bench);
    request(&bench, 50);
    bench_start(&bench);
    wait_decided(&bench, 51);
    test_until(is_live, &bench);
    assert_int_equal(service_counts(bench.service).proposed, 1);
    assert_int_equal(atomic_load(&bench.rule->doubled), 0);
    bench_stop(&bench);
    bench_close(&bench);
}

static void test_the_server_killed_in_a_burst(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench);
    bench_start(&bench);
    for (int i = 0; i < 1000; i++) {
        request(&bench, i);
        if (i == 500)
            test_server_crash(&bench.server);
    }
    wait_decided(&bench, 1000);
    assert_int_equal(atomic_load(&bench.rule->doubled), 0);
    bench_stop(&bench);
    bench_close(&bench);
}

static void test_what_cannot_be_read_is_buried(void **state)
{
    (void)state;
    struct bench bench = {0};
    bench_open(&bench);
    bench_start(&bench);
    publish(&bench, "orders.new", "", "{\"order_id\": 7}");
    publish(&bench, "orders.nonsense", "", "{\n}");
    request(&bench, 1);
    wait_decided(&bench, 1);
    bench.wanted = 2;
    test_until(has_buried, &bench);

    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    struct follower_options options = {.stream = "TAPEDECK_DEAD_LETTERS", .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct follower *follower = follower_create(bench.server.tape, &options, inbox, &error);
    assert_non_null(follower);
    struct inbox_item item = test_await(inbox, INBOX_MESSAGE);
    assert_string_equal(item.subject, "dead.ORDERS");
    assert_non_null(strstr(item.payload, "\"sequence\":1"));
    assert_non_null(strstr(item.payload, "order_id"));
    item = test_await(inbox, INBOX_MESSAGE);
    assert_non_null(strstr(item.payload, "\"sequence\":2,"));
    assert_non_null(strstr(item.payload, "\"payload\":\"{\\n}\"}"));
    inbox_close(inbox);
    follower_destroy(follower);
    inbox_destroy(inbox);
    bench_stop(&bench);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_request_is_decided_once),
        cmocka_unit_test(test_a_restart_decides_only_what_is_missing),
        cmocka_unit_test(test_the_server_killed_in_a_burst),
        cmocka_unit_test(test_what_cannot_be_read_is_buried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
