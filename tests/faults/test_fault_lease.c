/* Two processes decide about the same orders, one at a time, while the one that does is killed, stopped, and cut off
 * from the server although it hears it. Each order has one decision and one acceptance that count, whatever comes late.
 * The stream forgets message ids after a second, so that nothing else than the rules of the readers and the fences
 * protects it. The processes are this program again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/follower.h"
#include "bus/publisher.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/service.h"
#include "faults/pause.h"
#include "faults/relay.h"

enum { ORDERS = 20000, DECIDERS = 2, RATE = 300, STREAMS_MAX = 16 };

/* Longer than a lease lasts, and than the stream knows message ids. */
enum { FAULT_MS = 6000, WINDOW_MS = 1000 };

static const char *const NAMES[DECIDERS] = {"first", "second"};

static int number_of(const char *order_id)
{
    int number = (int)strtol(order_id, NULL, 10);
    assert(number >= 0 && number < ORDERS);
    return number;
}

/* ---- a decider: every order gets one decision, and every decision one acceptance ---- */

struct rule {
    const char *name;
    struct order_request requests[ORDERS];
    bool known[ORDERS], decided[ORDERS], accepted[ORDERS];
};

static void rule_fold(void *self, const struct event *event, int64_t age_ns, struct moment now)
{
    struct rule *rule = self;
    (void)age_ns;
    (void)now;
    if (event->kind == EVENT_ORDER_NEW) {
        int number = number_of(event->request.order_id);
        rule->requests[number] = event->request;
        rule->known[number] = true;
    } else if (event->kind == EVENT_ORDER_VALIDATED) {
        rule->decided[number_of(event->decision.order.order_id)] = true;
    } else if (event->kind == EVENT_ORDER_ACCEPTED) {
        rule->accepted[number_of(event->acknowledgement.order_id)] = true;
    }
}

static void propose(const struct rule *rule, int number, struct moment now, struct proposals *out)
{
    const struct order_request *order = &rule->requests[number];
    if (!rule->known[number] || rule->accepted[number])
        return;
    if (!rule->decided[number]) {
        struct event *decision = proposals_add(out, EVENT_ORDER_VALIDATED, NO_FENCE);
        decision->decision.order = *order;
        text_copy(decision->decision.order.source, SOURCE_SIZE, rule->name);
        decision->decision.order.timestamp_ns = now.wall_ns;
        return;
    }
    struct event *acceptance = proposals_add(out, EVENT_ORDER_ACCEPTED, 0);
    text_copy(acceptance->acknowledgement.order_id, ID_SIZE, order->order_id);
    text_copy(acceptance->acknowledgement.account, ACCOUNT_SIZE, order->account);
    text_copy(acceptance->acknowledgement.symbol, SYMBOL_SIZE, order->symbol);
    text_copy(acceptance->acknowledgement.exchange, EXCHANGE_SIZE, order->exchange);
    acceptance->acknowledgement.timestamp_ns = now.wall_ns;
}

static void rule_decide(void *self, const struct event *event, struct moment now, struct proposals *out)
{
    const struct rule *rule = self;
    if (event != NULL && event->kind == EVENT_ORDER_NEW)
        propose(rule, number_of(event->request.order_id), now, out);
    else if (event != NULL && event->kind == EVENT_ORDER_VALIDATED)
        propose(rule, number_of(event->decision.order.order_id), now, out);
    else if (event == NULL)
        for (int i = 0; i < ORDERS; i++)
            propose(rule, i, now, out);
}

static const struct service_ops RULE_OPS = {
    .name = "rule",
    .inputs = {{.stream = "ORDERS", .from = FOLLOW_SEQUENCE}},
    .input_count = 1,
    .needs_lease = true,
    .fold = rule_fold,
    .decide = rule_decide,
};

/* The child: decides until its standard input ends. */
static int decide(const char *name, const char *url)
{
    struct error error = {0};
    char byte;
    struct rule *rule = calloc(1, sizeof *rule);
    struct tape *tape =
        tape_connect(&(struct tape_options){.urls = url, .name = name, .reconnect_attempts = -1}, &error);
    struct publisher *publisher =
        tape == NULL ? NULL : publisher_create(tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    if (rule == NULL || publisher == NULL) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    rule->name = name;
    struct service *service = service_start(&RULE_OPS, rule, tape, publisher, "A", &error);
    while (service != NULL && read(STDIN_FILENO, &byte, 1) > 0)
        ;
    service_stop(service);
    publisher_destroy(publisher, 1000);
    tape_destroy(tape);
    free(rule);
    return service != NULL ? 0 : 1;
}

/* ---- the test: asks for orders, and watches what becomes of them ---- */

struct decider {
    pid_t pid;
    int input;
    struct relay *relay;
};

struct bench {
    char directory[64];
    struct test_plain_server server;
    struct tape *tape;
    struct publisher *publisher;
    struct inbox *inbox;
    struct follower *follower;
    struct decider deciders[DECIDERS];
    int requested;
    int64_t due_ns;

    uint8_t decisions[ORDERS], acceptances[ORDERS]; /* how many stand on the tape */
    int decided, accepted;                          /* orders */
    int late, doubled;                              /* decisions and acceptances behind the first */
    int by[DECIDERS], by_before[DECIDERS];          /* decisions that count: all, and until the last fault was over */
    int decider;                                    /* who made the last one that counts; -1: nobody yet */
    int changes;                                    /* of that */
    struct pause pause;                             /* between decisions that count */
};

static void start_decider(struct bench *bench, int number)
{
    struct decider *decider = &bench->deciders[number];
    int ends[2];
    char url[64];
    snprintf(url, sizeof url, "nats://127.0.0.1:%u", (unsigned)relay_port(decider->relay));
    assert_int_equal(pipe(ends), 0);
    setenv("TEST_DECIDER_URL", url, 1);
    decider->pid = fork();
    assert_true(decider->pid >= 0);
    if (decider->pid == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[1]);
        /* The other's input must end with this test, not with this child. */
        for (int i = 0; i < DECIDERS; i++)
            if (i != number && bench->deciders[i].pid != 0)
                close(bench->deciders[i].input);
        execl("/proc/self/exe", NAMES[number], (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    decider->input = ends[1];
}

static void end_decider(struct decider *decider, int number, int status_wanted)
{
    int status;
    if (number != 0)
        kill(decider->pid, number);
    close(decider->input);
    assert_int_equal(waitpid(decider->pid, &status, 0), decider->pid);
    assert_int_equal(status, status_wanted);
    decider->pid = 0;
}

static int set_up(void **state)
{
    struct error error = {0};
    char url[64];
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    test_directory_create(bench->directory);
    test_plain_start(&bench->server, bench->directory, "jetstream: enabled\n");
    snprintf(url, sizeof url, "nats://127.0.0.1:%u", (unsigned)bench->server.port);
    bench->tape = tape_connect(&(struct tape_options){.urls = url, .name = "test", .reconnect_attempts = -1}, &error);
    assert_non_null(bench->tape);
    struct stream_config streams[STREAMS_MAX];
    assert_true(STREAM_DEFAULT_COUNT <= STREAMS_MAX);
    memcpy(streams, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT * sizeof streams[0]);
    for (size_t i = 0; i < STREAM_DEFAULT_COUNT; i++)
        if (strcmp(streams[i].name, "ORDERS") == 0)
            streams[i].duplicate_window_ns = WINDOW_MS * NS_PER_MS;
    if (streams_create(bench->tape, streams, STREAM_DEFAULT_COUNT, 1, &error) != 0)
        fail_msg("%s", error.text);
    bench->publisher = publisher_create(bench->tape, NULL, &error);
    bench->inbox = inbox_create(1 << 20);
    bench->follower = follower_create(
        bench->tape, &(struct follower_options){.stream = "ORDERS", .from = FOLLOW_SEQUENCE}, bench->inbox, &error);
    assert_true(bench->publisher != NULL && bench->follower != NULL);
    bench->decider = -1;
    bench->due_ns = clock_monotonic_ns();
    for (int i = 0; i < DECIDERS; i++)
        bench->deciders[i].relay = relay_start(bench->server.port);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < DECIDERS; i++)
        relay_stop(bench->deciders[i].relay);
    follower_destroy(bench->follower);
    inbox_destroy(bench->inbox);
    publisher_destroy(bench->publisher, 1000);
    tape_destroy(bench->tape);
    test_plain_stop(&bench->server);
    test_directory_remove(bench->directory);
    free(bench);
    return 0;
}

static void request(struct bench *bench)
{
    char subject[SUBJECT_SIZE], id[MESSAGE_ID_SIZE], payload[EVENT_PAYLOAD_SIZE];
    struct event event = event_empty(EVENT_ORDER_NEW);
    snprintf(event.request.order_id, sizeof event.request.order_id, "%d", bench->requested++);
    text_copy(event.request.account, ACCOUNT_SIZE, "A");
    text_copy(event.request.symbol, SYMBOL_SIZE, "AAPL");
    text_copy(event.request.exchange, EXCHANGE_SIZE, "NYSE");
    event.request.side = SIDE_BUY;
    event.request.type = ORDER_MARKET;
    event.request.quantity = QUANTITY_ONE;
    event.request.timestamp_ns = clock_wall_ns();
    subject_of(&event, subject);
    message_id_of(&event, id);
    size_t bytes = event_encode(&event, payload, sizeof payload);
    assert_true(publisher_send(
        bench->publisher,
        &(struct publish_message){
            .subject = subject, .id = id, .fence = PUBLISH_NO_FENCE, .payload = payload, .payload_bytes = bytes}));
}

static void watch_decision(struct bench *bench, const struct decision *decision, int64_t arrived_ns)
{
    int who = strcmp(decision->order.source, NAMES[0]) == 0 ? 0 : 1;
    assert_string_equal(decision->order.source, NAMES[who]);
    if (bench->decisions[number_of(decision->order.order_id)]++ > 0) {
        bench->late++;
        return;
    }
    bench->decided++;
    bench->by[who]++;
    bench->changes += bench->decider >= 0 && bench->decider != who;
    bench->decider = who;
    pause_end(&bench->pause, arrived_ns);
}

static void watch(struct bench *bench)
{
    struct inbox_item item;
    while (inbox_take(bench->inbox, &item)) {
        struct event event;
        if (item.kind != INBOX_MESSAGE)
            continue;
        assert_true(event_decode(&event, item.subject, item.payload, item.payload_bytes, NULL, NULL) >= 0);
        if (event.kind == EVENT_ORDER_VALIDATED)
            watch_decision(bench, &event.decision, item.arrived_ns);
        else if (event.kind == EVENT_ORDER_ACCEPTED && bench->acceptances[number_of(event.acknowledgement.order_id)]++)
            bench->doubled++;
        else if (event.kind == EVENT_ORDER_ACCEPTED)
            bench->accepted++;
    }
}

/* Asks for orders at a steady rate for this long. */
static void go_on(struct bench *bench, int ms)
{
    int64_t end_ns = clock_monotonic_ns() + ms * NS_PER_MS;
    for (int64_t now_ns = clock_monotonic_ns(); now_ns < end_ns; now_ns = clock_monotonic_ns()) {
        for (; bench->due_ns <= now_ns && bench->requested < ORDERS; bench->due_ns += NS_PER_SECOND / RATE)
            request(bench);
        inbox_wait(bench->inbox, 2);
        watch(bench);
    }
}

static bool is_done(void *context)
{
    struct bench *bench = context;
    watch(bench);
    return bench->decided == bench->requested && bench->accepted == bench->requested;
}

/* Lets things be as they should, and says how long nothing was decided. Since the last time `decider` has decided; who
 * does in the end is open, for a machine that stands still for seconds takes a lease from anybody. */
static void recover(struct bench *bench, const char *fault, int decider)
{
    go_on(bench, 500);
    test_until(is_done, bench);
    print_message("%-28s longest pause %5lld ms; then %s decides\n", fault,
                  (long long)(pause_take(&bench->pause, clock_monotonic_ns()) / NS_PER_MS), NAMES[bench->decider]);
    assert_true(bench->by[decider] > bench->by_before[decider]);
    memcpy(bench->by_before, bench->by, sizeof bench->by_before);
    bench->due_ns = clock_monotonic_ns();
}

static void test_one_decides_at_a_time(void **state)
{
    struct bench *bench = *state;
    start_decider(bench, 0);
    recover(bench, "(none)", 0);
    start_decider(bench, 1);
    go_on(bench, 1000);
    recover(bench, "(none)", 0);
    assert_int_equal(bench->by[1], 0); /* who comes second waits */

    end_decider(&bench->deciders[0], SIGKILL, SIGKILL);
    go_on(bench, 4000);
    start_decider(bench, 0);
    recover(bench, "killed and started again", 1);

    assert_int_equal(kill(bench->deciders[1].pid, SIGSTOP), 0);
    go_on(bench, FAULT_MS);
    assert_int_equal(kill(bench->deciders[1].pid, SIGCONT), 0);
    recover(bench, "stopped and continued", 0);

    relay_hold(bench->deciders[0].relay, true);
    go_on(bench, FAULT_MS);
    relay_hold(bench->deciders[0].relay, false);
    go_on(bench, 1000);
    recover(bench, "hears and is not heard", 1);

    for (int i = 0; i < DECIDERS; i++)
        end_decider(&bench->deciders[i], 0, 0);
    watch(bench);
    print_message("%d orders: %d decided by the first, %d by the second; %d decisions came late and do not count; "
                  "%d acceptances doubled; the decider changed %d times\n",
                  bench->requested, bench->by[0], bench->by[1], bench->late, bench->doubled, bench->changes);
    assert_int_equal(bench->doubled, 0);
    /* What was held arrived in the end, or this shows nothing. */
    assert_true(bench->late > 0);
    /* One that was replaced has no effect any more: not even in between. */
    assert_int_equal(bench->changes, 3);
}

int main(int count, char **arguments)
{
    const char *url = getenv("TEST_DECIDER_URL");
    (void)count;
    for (int i = 0; i < DECIDERS; i++)
        if (url != NULL && strcmp(arguments[0], NAMES[i]) == 0)
            return decide(NAMES[i], url);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_decides_at_a_time, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
