/* The gateway as a service on a real tape, beside a rule that validates every order: what it says must be what the
 * tape has, also after it was started again and after the server died. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nats/nats.h>

#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "engine/orders.h"
#include "test_gateway_rig.h"

/* The rule: the first decision about each order. */
struct rule {
    struct order_book *book;
    atomic_int orders; /* orders.new stored, doubled ones too */
};

static void fold(void *self, const struct event *event, int64_t age_ns, struct moment now)
{
    struct rule *rule = self;
    (void)age_ns;
    (void)now;
    order_book_fold(rule->book, event);
    if (event->kind == EVENT_ORDER_NEW)
        atomic_fetch_add(&rule->orders, 1);
}

static void validate(const struct order *order, void *context)
{
    if (order->state != ORDER_INITIALIZED)
        return;
    struct event *decision = proposals_add(context, EVENT_ORDER_VALIDATED, NO_FENCE);
    decision->decision.order = order->terms;
}

static void decide(void *self, const struct event *event, struct moment now, struct proposals *out)
{
    struct rule *rule = self;
    (void)event;
    (void)now;
    order_book_each_open(rule->book, validate, out);
}

static const struct service_ops rule_ops = {
    .name = "checks",
    .inputs = {{.stream = "ORDERS", .from = FOLLOW_SEQUENCE}},
    .input_count = 1,
    .fold = fold,
    .decide = decide,
};

struct deck {
    struct test_server server;
    struct instruments instruments;
    struct publisher *publisher, *checks_publisher;
    struct outbox *outbox;
    struct rule rule;
    struct service *checks, *service;
    struct gateway *gateway;
};

static bool is_ready(void *context)
{
    struct deck *deck = context;
    return rig_ask_port(gateway_port(deck->gateway), "GET", "/readyz", NULL, NULL).status == 200;
}

static void start_gateway(struct deck *deck)
{
    struct error error = {0};
    struct gateway_options options = {.token = RIG_TOKEN, .account = "SIM-1", .instruments = &deck->instruments};
    deck->gateway = gateway_create(&options, &error);
    if (deck->gateway == NULL)
        fail_msg("%s", error.text);
    char path[96];
    snprintf(path, sizeof path, "%s/outbox", deck->server.directory);
    deck->outbox = outbox_create(deck->server.tape, deck->publisher, &(struct outbox_options){.path = path}, &error);
    if (deck->outbox == NULL)
        fail_msg("%s", error.text);
    struct service_options service = {
        .tape = deck->server.tape, .publisher = deck->publisher, .default_account = "SIM-1", .outbox = deck->outbox};
    deck->service = service_start_with(&gateway_ops, deck->gateway, &service, &error);
    assert_non_null(deck->service);
    test_until(is_ready, deck);
}

static void stop_gateway(struct deck *deck)
{
    service_stop(deck->service);
    gateway_destroy(deck->gateway);
    outbox_destroy(deck->outbox, 2000);
}

static int set_up(void **state)
{
    struct deck *deck = calloc(1, sizeof *deck);
    struct error error = {0};
    test_server_start(&deck->server);
    if (streams_create(deck->server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(instruments_init_builtin(&deck->instruments, &error), 0);
    struct publisher_options options = {.give_up_ms = -1};
    deck->publisher = publisher_create(deck->server.tape, &options, &error);
    deck->checks_publisher = publisher_create(deck->server.tape, &options, &error);
    assert_true(deck->publisher != NULL && deck->checks_publisher != NULL);
    deck->rule.book = order_book_create();
    deck->checks = service_start(&rule_ops, &deck->rule, deck->server.tape, deck->checks_publisher, "SIM-1", &error);
    assert_non_null(deck->checks);
    start_gateway(deck);
    *state = deck;
    return 0;
}

static int tear_down(void **state)
{
    struct deck *deck = *state;
    stop_gateway(deck);
    service_stop(deck->checks);
    publisher_destroy(deck->publisher, 1000);
    publisher_destroy(deck->checks_publisher, 1000);
    order_book_destroy(deck->rule.book);
    instruments_free(&deck->instruments);
    test_server_stop(&deck->server);
    free(deck);
    return 0;
}

static struct answer place(struct deck *deck, const char *id)
{
    char body[256];
    snprintf(body, sizeof body,
             "{\"client_order_id\":\"%s\",\"symbol\":\"AAPL\",\"side\":\"buy\",\"type\":\"limit\",\"quantity\":100,"
             "\"limit_price\":189.01}",
             id);
    return rig_ask_port(gateway_port(deck->gateway), "POST", "/v1/orders", body, NULL);
}

static void what_it_says_is_on_the_tape(void **state)
{
    struct deck *deck = *state;
    char id[32];
    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof id, "order-%d", i);
        assert_int_equal(place(deck, id).status, 201);
        assert_int_equal(place(deck, id).status, 200);
    }
    uint16_t port = gateway_port(deck->gateway);
    assert_int_equal(rig_ask_port(port, "DELETE", "/v1/orders/order-7", NULL, NULL).status, 202);
    stop_gateway(deck);
    start_gateway(deck); /* it knows nothing but what the tape tells */
    port = gateway_port(deck->gateway);
    assert_int_equal(place(deck, "order-7").status, 200);
    struct answer answer = rig_ask_port(port, "GET", "/v1/orders/order-7", NULL, NULL);
    assert_non_null(strstr(answer.body, "\"cancel_pending\":true"));
    assert_int_equal(atomic_load(&deck->rule.orders), 20);
}

static void a_dying_server_makes_no_order_twice(void **state)
{
    enum { ORDERS = 20 };
    struct deck *deck = *state;
    char id[32];
    for (int i = 0; i < ORDERS; i++) {
        snprintf(id, sizeof id, "order-%d", i);
        if (i % 10 == 5)
            test_server_crash(&deck->server);
        long status = 0;
        for (int attempt = 0; attempt < 60 && status != 201 && status != 200; attempt++) {
            struct answer answer = place(deck, id);
            status = answer.status;
            if (status != 200 && status != 201 && status != 202 && status != 503)
                fail_msg("%ld %s", status, answer.body);
            if (status == 503 && strstr(answer.body, "UNKNOWN") == NULL)
                test_until(is_ready, deck);
        }
        assert_true(status == 201 || status == 200);
    }
    assert_int_equal(atomic_load(&deck->rule.orders), ORDERS);
}

static struct answer ask(const struct deck *deck, const char *method, const char *path)
{
    return rig_ask_port(gateway_port(deck->gateway), method, path, NULL, NULL);
}

static bool is_held(void *context)
{
    return strstr(ask(context, "GET", "/readyz").body, "stream ORDERS has vanished") != NULL;
}

static bool resumes(void *context)
{
    const struct deck *deck = context;
    return rig_ask_port(gateway_port(deck->gateway), "POST", "/v1/risk/resume", "{}", NULL).status == 202;
}

/* Nothing is sent into the void, and what was accepted before does not wait for ever. */
static void a_vanished_stream_takes_no_orders(void **state)
{
    struct deck *deck = *state;
    struct error error = {0};
    assert_int_equal(place(deck, "before").status, 201);
    assert_int_equal(js_DeleteStream(tape_jetstream(deck->server.tape), "ORDERS", NULL, NULL), NATS_OK);
    test_until(is_held, deck);
    struct answer answer = place(deck, "in-vain");
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.body, "trading is halted: stream ORDERS has vanished; nothing was sent"));
    assert_int_equal(ask(deck, "DELETE", "/v1/orders/before").status, 503);
    assert_non_null(strstr(ask(deck, "GET", "/metrics").body, "\ntapedeck_streams_gone 1\n"));

    /* Nobody is there to put the halt on the tape: it is held until a person resumes. */
    assert_int_equal(streams_create(deck->server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    test_until(resumes, deck);
    test_until(is_ready, deck);
    assert_int_equal(ask(deck, "GET", "/v1/orders/before").status, 404);
    assert_non_null(strstr(ask(deck, "GET", "/metrics").body, "\ntapedeck_streams_gone 0\n"));
}

struct crowd {
    struct deck *deck;
    const char *side;
    atomic_int by_status[600];
};

enum { THREADS = 20, EACH = 50 };

static void *post_many(void *context)
{
    struct crowd *crowd = context;
    char body[256];
    snprintf(body, sizeof body,
             "{\"client_order_id\":\"only-one\",\"symbol\":\"AAPL\",\"side\":\"%s\",\"type\":\"market\","
             "\"quantity\":1}",
             crowd->side);
    for (int i = 0; i < EACH; i++) {
        long status = rig_ask_port(gateway_port(crowd->deck->gateway), "POST", "/v1/orders", body, NULL).status;
        atomic_fetch_add(&crowd->by_status[status >= 0 && status < 600 ? status : 0], 1);
    }
    return NULL;
}

static void post_from_all_sides(struct crowd *crowd)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, crowd), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void a_thousand_at_once_with_one_id_are_one_order(void **state)
{
    struct deck *deck = *state;
    static struct crowd same, other;
    same.deck = other.deck = deck;
    same.side = "buy";
    other.side = "sell";
    post_from_all_sides(&same);
    assert_int_equal(same.by_status[200] + same.by_status[201] + same.by_status[202], THREADS * EACH);
    assert_true(same.by_status[201] + same.by_status[202] <= 1);
    post_from_all_sides(&other);
    assert_int_equal(other.by_status[409], THREADS * EACH);
    assert_int_equal(atomic_load(&deck->rule.orders), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_it_says_is_on_the_tape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dying_server_makes_no_order_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_thousand_at_once_with_one_id_are_one_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_vanished_stream_takes_no_orders, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
