/* Publishing to a real server: each message is answered once and stored once, whatever the server does meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/follower.h"
#include "bus/publisher.h"
#include "bus/publisher_ack.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"

static const struct stream_config STREAM = {
    .name = "T", .subjects = {"t.>"}, .max_bytes = 256 << 20, .duplicate_window_ns = 120 * NS_PER_SECOND};

struct fixture {
    struct test_server server;
    struct inbox *inbox;
    struct publisher *publisher;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    test_server_start(&fixture->server);
    struct error error = {0};
    if (streams_create(fixture->server.tape, &STREAM, 1, 1, &error) < 0)
        fail_msg("%s", error.text);
    fixture->inbox = inbox_create(1 << 20);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    publisher_destroy(fixture->publisher, 1000);
    test_server_stop(&fixture->server);
    inbox_destroy(fixture->inbox);
    free(fixture);
    return 0;
}

static void create(struct fixture *fixture, struct publisher_options options)
{
    struct error error = {0};
    fixture->publisher = publisher_create(fixture->server.tape, &options, &error);
    if (fixture->publisher == NULL)
        fail_msg("%s", error.text);
}

static bool try_send(struct fixture *fixture, const char *subject, const char *id, int64_t fence, uint64_t cookie)
{
    char payload[32];
    int bytes = snprintf(payload, sizeof payload, "{\"n\":%llu}", (unsigned long long)cookie);
    return publisher_send(fixture->publisher, &(struct publish_message){.subject = subject,
                                                                        .id = id,
                                                                        .fence = fence,
                                                                        .payload = payload,
                                                                        .payload_bytes = (size_t)bytes,
                                                                        .inbox = fixture->inbox,
                                                                        .cookie = cookie});
}

static void send_one(struct fixture *fixture, const char *subject, const char *id, int64_t fence, uint64_t cookie)
{
    assert_true(try_send(fixture, subject, id, fence, cookie));
}

static struct publish_result expect(struct fixture *fixture, uint64_t cookie, enum publish_status status)
{
    struct publish_result result = test_await(fixture->inbox, INBOX_PUBLISHED).result;
    if (result.status != status)
        print_error("cookie %d has status %d: %s\n", (int)result.cookie, (int)result.status, result.problem);
    assert_int_equal(result.cookie, cookie);
    assert_int_equal(result.status, status);
    return result;
}

static uint64_t stored(struct fixture *fixture)
{
    jsStreamInfo *info = NULL;
    assert_int_equal(js_GetStreamInfo(&info, tape_jetstream(fixture->server.tape), "T", NULL, NULL), NATS_OK);
    uint64_t messages = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    return messages;
}

static void test_each_message_is_acknowledged(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){0});
    for (uint64_t i = 1; i <= 3000; i++)
        send_one(fixture, "t.a", NULL, PUBLISH_NO_FENCE, i);
    for (uint64_t i = 1; i <= 3000; i++)
        assert_int_equal(expect(fixture, i, PUBLISH_STORED).sequence, i);
    struct publisher_counts counts = publisher_counts(fixture->publisher);
    assert_int_equal(counts.sent, 3000);
    assert_int_equal(counts.stored, 3000);
    assert_int_equal(counts.queued, 0);
    assert_int_equal(counts.in_flight, 0);
    assert_true(counts.ack_last_ns > 0 && counts.ack_last_ns < 10 * NS_PER_SECOND);
    assert_int_equal(stored(fixture), 3000);
}

static void test_the_same_id_again_is_a_duplicate(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){0});
    send_one(fixture, "t.a", "new:1", PUBLISH_NO_FENCE, 1);
    send_one(fixture, "t.a", "new:2", PUBLISH_NO_FENCE, 2);
    send_one(fixture, "t.a", "new:1", PUBLISH_NO_FENCE, 3);
    expect(fixture, 1, PUBLISH_STORED);
    expect(fixture, 2, PUBLISH_STORED);
    assert_int_equal(expect(fixture, 3, PUBLISH_DUPLICATE).sequence, 1);
    test_server_crash(&fixture->server);
    send_one(fixture, "t.a", "new:2", PUBLISH_NO_FENCE, 4);
    assert_int_equal(expect(fixture, 4, PUBLISH_DUPLICATE).sequence, 2);
    assert_int_equal(stored(fixture), 2);
}

static void test_a_fence_refuses(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){0});
    send_one(fixture, "t.a", "1", 0, 1);
    assert_int_equal(expect(fixture, 1, PUBLISH_STORED).sequence, 1);
    send_one(fixture, "t.a", "2", 0, 2);
    assert_non_null(strstr(expect(fixture, 2, PUBLISH_FENCED).problem, "10071"));
    send_one(fixture, "t.b", "3", 0, 3); /* another subject */
    expect(fixture, 3, PUBLISH_STORED);
    send_one(fixture, "t.a", "4", 1, 4);
    assert_int_equal(expect(fixture, 4, PUBLISH_STORED).sequence, 3);
    send_one(fixture, "t.a", NULL, 1, 5);
    expect(fixture, 5, PUBLISH_FENCED);
    assert_int_equal(publisher_counts(fixture->publisher).fenced, 2);
}

static void test_without_a_stream_it_is_refused(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){.give_up_ms = 500});
    send_one(fixture, "elsewhere.a", NULL, PUBLISH_NO_FENCE, 1);
    assert_string_equal(expect(fixture, 1, PUBLISH_REFUSED).problem, "no stream takes this subject");
    int64_t start_ns = clock_monotonic_ns();
    send_one(fixture, "elsewhere.a", "id", PUBLISH_NO_FENCE, 2);
    assert_string_equal(expect(fixture, 2, PUBLISH_REFUSED).problem, "no stream takes this subject");
    assert_true(clock_monotonic_ns() - start_ns >= 500 * NS_PER_MS);
}

static void test_a_stream_that_appears_in_time_takes_it(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){0});
    send_one(fixture, "late.a", "id", PUBLISH_NO_FENCE, 1);
    const struct stream_config late = {.name = "L", .subjects = {"late.>"}, .max_bytes = -1};
    struct error error = {0};
    assert_int_equal(streams_create(fixture->server.tape, &late, 1, 1, &error), 0);
    assert_int_equal(expect(fixture, 1, PUBLISH_STORED).sequence, 1);
}

static void test_what_waits_for_a_stream_keeps_its_order(void **state)
{
    struct fixture *fixture = *state;
    enum { COUNT = 300 };
    create(fixture, (struct publisher_options){.give_up_ms = -1});
    const struct stream_config late = {.name = "L", .subjects = {"late.>"}, .max_bytes = -1};
    struct error error = {0};
    for (uint64_t i = 1; i <= COUNT; i++) {
        char id[16];
        snprintf(id, sizeof id, "id-%d", (int)i);
        send_one(fixture, "late.a", id, PUBLISH_NO_FENCE, i);
        poll(NULL, 0, 1); /* so that they would not all be tried again at the same time */
    }
    assert_int_equal(streams_create(fixture->server.tape, &late, 1, 1, &error), 0);
    for (uint64_t i = 1; i <= COUNT; i++)
        assert_int_equal(expect(fixture, i, PUBLISH_STORED).sequence, i);
}

static void test_what_cannot_be_sent_is_refused(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){0});
    static const char *const SUBJECTS[] = {"", "t.a b", "t.a\r\nPUB t.b 0\r\n", "t.\t", "t.\x7f"};
    uint64_t cookie = 0;
    for (size_t i = 0; i < sizeof SUBJECTS / sizeof SUBJECTS[0]; i++) {
        send_one(fixture, SUBJECTS[i], NULL, PUBLISH_NO_FENCE, ++cookie);
        expect(fixture, cookie, PUBLISH_REFUSED);
    }
    send_one(fixture, "t.a", "id\r\nNats-Rollup: all", PUBLISH_NO_FENCE, ++cookie);
    expect(fixture, cookie, PUBLISH_REFUSED);
    char *large = calloc(1, 2 << 20);
    assert_true(publisher_send(fixture->publisher, &(struct publish_message){.subject = "t.a",
                                                                             .fence = PUBLISH_NO_FENCE,
                                                                             .payload = large,
                                                                             .payload_bytes = 2 << 20,
                                                                             .inbox = fixture->inbox,
                                                                             .cookie = ++cookie}));
    expect(fixture, cookie, PUBLISH_REFUSED);
    free(large);
    send_one(fixture, "t.a", "an id with spaces", PUBLISH_NO_FENCE, ++cookie);
    expect(fixture, cookie, PUBLISH_STORED);
    assert_int_equal(stored(fixture), 1);
}

static void test_unknown_while_the_server_is_stopped_and_stored_once_after(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){.ack_timeout_ms = 500, .give_up_ms = 1500});
    send_one(fixture, "t.a", "before", PUBLISH_NO_FENCE, 1);
    expect(fixture, 1, PUBLISH_STORED);
    test_server_freeze(&fixture->server);
    send_one(fixture, "t.a", "asked", PUBLISH_NO_FENCE, 2);
    send_one(fixture, "t.a", NULL, PUBLISH_NO_FENCE, 3);
    /* The one without an id is not sent again, so that its fate is open earlier. */
    expect(fixture, 3, PUBLISH_UNKNOWN);
    assert_string_not_equal(expect(fixture, 2, PUBLISH_UNKNOWN).problem, "");
    test_server_thaw(&fixture->server);
    assert_true(tape_wait_connected(fixture->server.tape, 10000));
    send_one(fixture, "t.a", "after", PUBLISH_NO_FENCE, 4);
    expect(fixture, 4, PUBLISH_STORED);
    send_one(fixture, "t.a", "asked", PUBLISH_NO_FENCE, 5);
    expect(fixture, 5, PUBLISH_DUPLICATE);
    assert_int_equal(stored(fixture), 4); /* before, asked, the one without an id, after */
}

static void test_what_waits_for_a_connection_is_sent_in_order(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){.give_up_ms = -1});
    test_server_freeze(&fixture->server);
    struct inbox *connection = inbox_create(4096);
    tape_notify(fixture->server.tape, connection);
    while (test_await(connection, INBOX_CONNECTION).connection.state != CONNECTION_DISCONNECTED)
        ;
    for (uint64_t i = 1; i <= 5000; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", (int)i);
        send_one(fixture, "t.a", i % 2 ? id : NULL, PUBLISH_NO_FENCE, i);
    }
    test_server_thaw(&fixture->server);
    for (uint64_t i = 1; i <= 5000; i++)
        assert_int_equal(expect(fixture, i, PUBLISH_STORED).sequence, i);
    tape_unnotify(fixture->server.tape, connection);
    inbox_destroy(connection);
}

static void test_what_waits_too_long_is_refused_and_never_sent(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){.give_up_ms = 300});
    test_server_freeze(&fixture->server);
    struct inbox *connection = inbox_create(4096);
    tape_notify(fixture->server.tape, connection);
    while (test_await(connection, INBOX_CONNECTION).connection.state != CONNECTION_DISCONNECTED)
        ;
    send_one(fixture, "t.a", "1", PUBLISH_NO_FENCE, 1);
    assert_string_equal(expect(fixture, 1, PUBLISH_REFUSED).problem,
                        "it was not sent: there is no connection to the server");
    test_server_thaw(&fixture->server);
    assert_true(tape_wait_connected(fixture->server.tape, 10000));
    send_one(fixture, "t.a", "2", PUBLISH_NO_FENCE, 2);
    expect(fixture, 2, PUBLISH_STORED);
    assert_int_equal(stored(fixture), 1);
    tape_unnotify(fixture->server.tape, connection);
    inbox_destroy(connection);
}

/* Sends `count` messages with ids while the server is killed now and then. */
struct burst {
    struct fixture *fixture;
    uint64_t count;
};

static bool has_room(void *context)
{
    return publisher_counts(context).queued < 5000;
}

static void *send_burst(void *argument)
{
    struct burst *burst = argument;
    for (uint64_t i = 1; i <= burst->count;) {
        char id[24];
        snprintf(id, sizeof id, "burst:%llu", (unsigned long long)i);
        if (try_send(burst->fixture, "t.a", id, PUBLISH_NO_FENCE, i))
            i++;
        else
            test_until(has_room, burst->fixture->publisher);
    }
    return NULL;
}

static void test_kills_in_a_burst_lose_and_double_nothing(void **state)
{
    struct fixture *fixture = *state;
    enum { COUNT = 60000, KILLS = 4 };
    create(fixture, (struct publisher_options){.give_up_ms = -1, .queue_bytes = 1 << 20});
    struct burst burst = {.fixture = fixture, .count = COUNT};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, send_burst, &burst), 0);
    uint8_t *answered = calloc(COUNT + 1, 1);
    int kills = 0;
    for (int i = 1; i <= COUNT; i++) {
        struct publish_result result = test_await(fixture->inbox, INBOX_PUBLISHED).result;
        assert_true(result.status == PUBLISH_STORED || result.status == PUBLISH_DUPLICATE);
        assert_int_equal(answered[result.cookie], 0);
        answered[result.cookie] = 1;
        if (i % (COUNT / (KILLS + 1)) == 0 && kills < KILLS) {
            kills++;
            test_server_crash(&fixture->server);
        }
    }
    pthread_join(thread, NULL);
    free(answered);
    assert_int_equal(stored(fixture), COUNT);

    /* Each stands there once, and in the order in which it was sent. */
    struct inbox *inbox = inbox_create(1 << 20);
    struct error error = {0};
    struct follower *follower = follower_create(
        fixture->server.tape, &(struct follower_options){.stream = "T", .from = FOLLOW_SEQUENCE}, inbox, &error);
    assert_non_null(follower);
    for (int i = 1; i <= COUNT; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "{\"n\":%d}", i);
        assert_string_equal(test_await(inbox, INBOX_MESSAGE).payload, expected);
    }
    follower_destroy(follower);
    inbox_destroy(inbox);
}

static void test_a_full_queue_takes_nothing(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){.queue_bytes = 20000, .window = 4, .give_up_ms = -1});
    test_server_freeze(&fixture->server);
    uint64_t taken = 0;
    while (try_send(fixture, "t.a", NULL, PUBLISH_NO_FENCE, taken + 1))
        taken++;
    assert_true(taken > 10 && taken < 1000);
    assert_int_equal(publisher_counts(fixture->publisher).full, 1);
    assert_true(publisher_counts(fixture->publisher).in_flight <= 4);
    test_server_thaw(&fixture->server);
    for (uint64_t i = 1; i <= taken; i++)
        expect(fixture, i, PUBLISH_STORED);
}

static void test_the_rate_is_limited(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){.rate_per_second = 1000});
    int64_t start_ns = clock_monotonic_ns();
    for (uint64_t i = 1; i <= 600; i++)
        send_one(fixture, "t.a", NULL, PUBLISH_NO_FENCE, i);
    for (uint64_t i = 1; i <= 600; i++)
        expect(fixture, i, PUBLISH_STORED);
    /* A burst of 100 ms is free, the other 500 take half a second. */
    int64_t took_ns = clock_monotonic_ns() - start_ns;
    assert_true(took_ns > 450 * NS_PER_MS && took_ns < 5000 * NS_PER_MS);
    assert_true(publisher_counts(fixture->publisher).rate_limited > 100);
}

static void test_the_end_reports_everything(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){.window = 10});
    test_server_freeze(&fixture->server);
    for (uint64_t i = 1; i <= 100; i++)
        send_one(fixture, "t.a", NULL, PUBLISH_NO_FENCE, i);
    int64_t start_ns = clock_monotonic_ns();
    publisher_destroy(fixture->publisher, 200);
    fixture->publisher = NULL;
    assert_true(clock_monotonic_ns() - start_ns < 5 * NS_PER_SECOND);
    int unknown = 0, refused = 0;
    for (int i = 0; i < 100; i++) {
        struct publish_result result = test_await(fixture->inbox, INBOX_PUBLISHED).result;
        unknown += result.status == PUBLISH_UNKNOWN;
        refused += result.status == PUBLISH_REFUSED;
    }
    assert_int_equal(unknown, 10);
    assert_int_equal(refused, 90);
    test_server_thaw(&fixture->server);
}

static void test_the_end_sends_what_is_queued(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){0});
    for (uint64_t i = 1; i <= 5000; i++)
        send_one(fixture, "t.a", NULL, PUBLISH_NO_FENCE, i);
    publisher_destroy(fixture->publisher, 10000);
    fixture->publisher = NULL;
    assert_int_equal(stored(fixture), 5000);
}

static bool is_answered(void *context)
{
    return publisher_counts(context).unknown == 1;
}

static void test_a_forgotten_inbox_gets_nothing(void **state)
{
    struct fixture *fixture = *state;
    create(fixture, (struct publisher_options){.ack_timeout_ms = 200, .give_up_ms = 200});
    test_server_freeze(&fixture->server);
    send_one(fixture, "t.a", NULL, PUBLISH_NO_FENCE, 1);
    publisher_forget(fixture->publisher, fixture->inbox);
    test_until(is_answered, fixture->publisher);
    struct inbox_item item;
    assert_false(inbox_take(fixture->inbox, &item));
    test_server_thaw(&fixture->server);
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum publish_status status;
        uint64_t sequence;
        bool again;
    } cases[] = {
        {"{\"stream\":\"ORDERS\",\"seq\":12}", PUBLISH_STORED, 12, false},
        {"{\"stream\":\"ORDERS\", \"seq\": 18446744073709551615}", PUBLISH_STORED, UINT64_MAX, false},
        {"{\"stream\":\"ORDERS\",\"seq\":12,\"duplicate\":true}", PUBLISH_DUPLICATE, 12, false},
        {"{\"stream\":\"ORDERS\",\"seq\":12,\"duplicate\": true}", PUBLISH_DUPLICATE, 12, false},
        {"{\"stream\":\"ORDERS\",\"seq\":12,\"duplicate\":false}", PUBLISH_STORED, 12, false},
        {"{\"error\":{\"code\":400,\"err_code\":10071,\"description\":\"wrong last sequence: 5\"},\"stream\":\"O\","
         "\"seq\":0}",
         PUBLISH_FENCED, 0, false},
        {"{\"error\":{\"code\":503,\"err_code\":10008,\"description\":\"x\"}}", PUBLISH_REFUSED, 0, true},
        {"{\"error\":{\"code\":503,\"err_code\":10047,\"description\":\"x\"}}", PUBLISH_REFUSED, 0, false},
        {"{\"error\":{}}", PUBLISH_REFUSED, 0, false},
        {"{\"error\":7,\"seq\":5}", PUBLISH_REFUSED, 0, false},
        {"{\"stream\":\"ORDERS\",\"seq\":0}", PUBLISH_REFUSED, 0, false},
        {"{\"stream\":\"ORDERS\",\"seq\":-1}", PUBLISH_REFUSED, 0, false},
        {"{\"stream\":\"ORDERS\",\"seq\":184467440737095516160}", PUBLISH_REFUSED, 0, false},
        {"{\"seq\":", PUBLISH_REFUSED, 0, false},
        {"", PUBLISH_REFUSED, 0, false},
        {"hello", PUBLISH_REFUSED, 0, false},
        {"[1,2]", PUBLISH_REFUSED, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct publisher_ack ack = publisher_ack_parse(cases[i].text, strlen(cases[i].text));
        assert_int_equal(ack.status, cases[i].status);
        assert_int_equal(ack.sequence, cases[i].sequence);
        assert_int_equal(ack.again, cases[i].again);
        assert_true((ack.problem[0] == '\0') == (ack.status == PUBLISH_STORED || ack.status == PUBLISH_DUPLICATE));
    }
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        WITH_SERVER(test_each_message_is_acknowledged),
        WITH_SERVER(test_the_same_id_again_is_a_duplicate),
        WITH_SERVER(test_a_fence_refuses),
        WITH_SERVER(test_without_a_stream_it_is_refused),
        WITH_SERVER(test_a_stream_that_appears_in_time_takes_it),
        WITH_SERVER(test_what_waits_for_a_stream_keeps_its_order),
        WITH_SERVER(test_what_cannot_be_sent_is_refused),
        WITH_SERVER(test_unknown_while_the_server_is_stopped_and_stored_once_after),
        WITH_SERVER(test_what_waits_for_a_connection_is_sent_in_order),
        WITH_SERVER(test_what_waits_too_long_is_refused_and_never_sent),
        WITH_SERVER(test_kills_in_a_burst_lose_and_double_nothing),
        WITH_SERVER(test_a_full_queue_takes_nothing),
        WITH_SERVER(test_the_rate_is_limited),
        WITH_SERVER(test_the_end_reports_everything),
        WITH_SERVER(test_the_end_sends_what_is_queued),
        WITH_SERVER(test_a_forgotten_inbox_gets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
