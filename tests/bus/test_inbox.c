/* The inbox: order, bounds, waking, and many threads that put at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/inbox.h"
#include "core/clock.h"

static struct inbox_item message(uint64_t sequence, const char *subject, const char *payload)
{
    return (struct inbox_item){.kind = INBOX_MESSAGE,
                               .follower_tag = 7,
                               .sequence = sequence,
                               .stored_ns = 5,
                               .subject = subject,
                               .payload = payload,
                               .payload_bytes = strlen(payload)};
}

static bool readable(struct inbox *inbox)
{
    struct pollfd poll_fd = {.fd = inbox_fd(inbox), .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

static void test_items_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_create(4096);
    struct inbox_item item;
    assert_false(inbox_take(inbox, &item));
    assert_false(readable(inbox));

    struct inbox_item in = message(11, "md.nyse.AAPL", "{}");
    assert_true(inbox_put(inbox, &in));
    in = (struct inbox_item){.kind = INBOX_PUBLISHED, .result = {.status = PUBLISH_FENCED, .cookie = 9, .sequence = 3}};
    snprintf(in.result.problem, sizeof in.result.problem, "wrong last sequence");
    assert_true(inbox_put(inbox, &in));
    in = (struct inbox_item){.kind = INBOX_CONNECTION, .connection = {.state = CONNECTION_DISCONNECTED}};
    assert_true(inbox_put(inbox, &in));
    struct server_metrics metrics = {.available = true, .connections = 4};
    in = (struct inbox_item){.kind = INBOX_METRICS, .metrics = &metrics};
    assert_true(inbox_put(inbox, &in));
    metrics.connections = 0; /* it was copied */
    in = (struct inbox_item){.kind = INBOX_GAP, .follower_tag = 2, .sequence = 77};
    assert_true(inbox_put(inbox, &in));
    in = (struct inbox_item){.kind = INBOX_CAUGHT_UP, .follower_tag = 3, .sequence = 78};
    assert_true(inbox_put(inbox, &in));

    assert_true(readable(inbox));
    assert_int_equal(inbox_items(inbox), 6);
    int64_t before_ns = clock_monotonic_ns();
    assert_true(inbox_take(inbox, &item));
    assert_int_equal(item.kind, INBOX_MESSAGE);
    assert_int_equal(item.follower_tag, 7);
    assert_int_equal(item.sequence, 11);
    assert_int_equal(item.stored_ns, 5);
    assert_string_equal(item.subject, "md.nyse.AAPL");
    assert_string_equal(item.payload, "{}");
    assert_int_equal(item.payload_bytes, 2);
    assert_true(item.arrived_ns > 0 && item.arrived_ns <= before_ns);
    assert_true(inbox_take(inbox, &item));
    assert_int_equal(item.kind, INBOX_PUBLISHED);
    assert_int_equal(item.result.status, PUBLISH_FENCED);
    assert_int_equal(item.result.cookie, 9);
    assert_string_equal(item.result.problem, "wrong last sequence");
    assert_true(inbox_take(inbox, &item));
    assert_int_equal(item.kind, INBOX_CONNECTION);
    assert_int_equal(item.connection.state, CONNECTION_DISCONNECTED);
    assert_true(inbox_take(inbox, &item));
    assert_int_equal(item.kind, INBOX_METRICS);
    assert_int_equal(item.metrics->connections, 4);
    assert_true(inbox_take(inbox, &item));
    assert_int_equal(item.kind, INBOX_GAP);
    assert_int_equal(item.sequence, 77);
    assert_true(readable(inbox)); /* something is left */
    assert_true(inbox_take(inbox, &item));
    assert_int_equal(item.kind, INBOX_CAUGHT_UP);
    assert_false(inbox_take(inbox, &item));
    assert_false(readable(inbox));
    inbox_destroy(inbox);
}

static void test_payload_may_be_empty_or_hold_nul(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_create(1024);
    struct inbox_item in = {.kind = INBOX_MESSAGE, .subject = "a", .payload = NULL, .payload_bytes = 0};
    assert_true(inbox_put(inbox, &in));
    in = (struct inbox_item){.kind = INBOX_MESSAGE, .subject = "b", .payload = "x\0y", .payload_bytes = 3};
    assert_true(inbox_put(inbox, &in));
    struct inbox_item item;
    assert_true(inbox_take(inbox, &item));
    assert_string_equal(item.payload, "");
    assert_true(inbox_take(inbox, &item));
    assert_int_equal(item.payload_bytes, 3);
    assert_memory_equal(item.payload, "x\0y", 4);
    inbox_destroy(inbox);
}

static void test_oversized_message_fits_an_empty_inbox(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_create(64);
    char *large = malloc(100001);
    memset(large, 'x', 100000);
    large[100000] = '\0';
    struct inbox_item in = message(1, "a", large);
    assert_true(inbox_put(inbox, &in));
    struct inbox_item item;
    assert_true(inbox_take(inbox, &item));
    assert_int_equal(item.payload_bytes, 100000);
    assert_string_equal(item.payload, large);
    free(large);
    inbox_destroy(inbox);
}

static void test_results_fit_into_a_full_inbox(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_create(256);
    struct inbox_item in = message(1, "a", "0123456789");
    assert_true(inbox_put(inbox, &in));
    for (uint64_t i = 0; i < 1000; i++) {
        in = (struct inbox_item){.kind = INBOX_PUBLISHED, .result = {.cookie = i}};
        assert_true(inbox_put(inbox, &in));
    }
    struct inbox_item item;
    assert_true(inbox_take(inbox, &item));
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(inbox_take(inbox, &item));
        assert_int_equal(item.result.cookie, i);
    }
    inbox_destroy(inbox);
}

struct putter {
    struct inbox *inbox;
    int tag;
    uint64_t count;
    atomic_bool cancelled;
    atomic_bool done;
    uint64_t put;
};

static void *put_many(void *argument)
{
    struct putter *putter = argument;
    for (uint64_t i = 1; i <= putter->count; i++) {
        struct inbox_item in = message(i, "md.nyse.AAPL", "{\"bid\":1,\"ask\":2}");
        in.follower_tag = putter->tag;
        if (!inbox_put_unless(putter->inbox, &in, &putter->cancelled))
            break;
        putter->put++;
    }
    atomic_store(&putter->done, true);
    inbox_wake(putter->inbox);
    return NULL;
}

static void test_many_threads_lose_nothing(void **state)
{
    (void)state;
    enum { THREADS = 4, EACH = 20000 };
    struct inbox *inbox = inbox_create(4096);
    struct putter putters[THREADS];
    pthread_t threads[THREADS];
    memset(putters, 0, sizeof putters);
    for (int i = 0; i < THREADS; i++) {
        putters[i].inbox = inbox;
        putters[i].tag = i;
        putters[i].count = EACH;
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, &putters[i]), 0);
    }
    uint64_t last[THREADS] = {0}, total = 0;
    while (total < (uint64_t)THREADS * EACH) {
        struct inbox_item item;
        inbox_wait(inbox, 10000);
        while (inbox_take(inbox, &item)) {
            assert_int_equal(item.sequence, last[item.follower_tag] + 1);
            last[item.follower_tag] = item.sequence;
            assert_string_equal(item.payload, "{\"bid\":1,\"ask\":2}");
            total++;
        }
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    inbox_destroy(inbox);
}

static void test_closing_frees_those_who_wait(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_create(512);
    struct putter putter = {.inbox = inbox, .count = 1000};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, put_many, &putter), 0);
    inbox_wait(inbox, 10000);
    inbox_close(inbox);
    pthread_join(thread, NULL);
    assert_true(putter.put < 1000);
    struct inbox_item in = message(1, "a", "b");
    assert_false(inbox_put(inbox, &in));
    in.kind = INBOX_PUBLISHED;
    assert_true(inbox_put(inbox, &in)); /* what became of a publish is still heard */
    inbox_destroy(inbox);
}

static void test_cancelling_frees_one_who_waits(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_create(512);
    struct putter putter = {.inbox = inbox, .count = 1000};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, put_many, &putter), 0);
    inbox_wait(inbox, 10000);
    atomic_store(&putter.cancelled, true);
    inbox_wake(inbox);
    pthread_join(thread, NULL);
    assert_true(putter.put < 1000);
    inbox_destroy(inbox);
}

static void *wake(void *argument)
{
    inbox_wake(argument);
    return NULL;
}

static void test_wake_ends_a_wait(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_create(512);
    pthread_t thread;
    int64_t start_ns = clock_monotonic_ns();
    assert_int_equal(pthread_create(&thread, NULL, wake, inbox), 0);
    inbox_wait(inbox, 10000);
    pthread_join(thread, NULL);
    assert_true(clock_monotonic_ns() - start_ns < INT64_C(5000000000));
    struct inbox_item item;
    assert_false(inbox_take(inbox, &item));
    assert_false(readable(inbox));
    inbox_wait(inbox, 1); /* comes back by its time-out */
    inbox_destroy(inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items_come_out_as_they_went_in),
        cmocka_unit_test(test_payload_may_be_empty_or_hold_nul),
        cmocka_unit_test(test_oversized_message_fits_an_empty_inbox),
        cmocka_unit_test(test_results_fit_into_a_full_inbox),
        cmocka_unit_test(test_many_threads_lose_nothing),
        cmocka_unit_test(test_closing_frees_those_who_wait),
        cmocka_unit_test(test_cancelling_frees_one_who_waits),
        cmocka_unit_test(test_wake_ends_a_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
