/* Followers on a real server: every message once and in order, whatever happens to the consumer, the server or the
 * reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/delivery.h"
#include "bus/follower.h"
#include "bus/stream_fixture.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/timestamp.h"

struct fixture {
    struct stream_fixture base;
    struct follower *follower; /* so that it ends before the connection also when a test fails */
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    stream_fixture_start(&fixture->base);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    follower_destroy(fixture->follower);
    stream_fixture_stop(&fixture->base);
    free(fixture);
    return 0;
}

static void publish(struct fixture *fixture, const char *subject, const char *payload)
{
    stream_fixture_publish(&fixture->base, subject, payload);
}

static void publish_many(struct fixture *fixture, int count)
{
    stream_fixture_publish_many(&fixture->base, count);
}

static void follow(struct fixture *fixture, struct follower_options options)
{
    struct error error = {0};
    options.stream = "T";
    options.tag = STREAM_FIXTURE_TAG;
    fixture->follower = follower_create(fixture->base.server.tape, &options, fixture->base.inbox, &error);
    if (fixture->follower == NULL)
        fail_msg("%s", error.text);
}

static void leave(struct fixture *fixture)
{
    follower_destroy(fixture->follower);
    fixture->follower = NULL;
}

static struct inbox_item expect(struct fixture *fixture, enum inbox_kind kind, uint64_t sequence)
{
    return stream_fixture_expect(fixture->base.inbox, kind, sequence);
}

static bool is_empty(struct fixture *fixture)
{
    return stream_fixture_is_empty(fixture->base.inbox);
}

static void test_from_the_start(void **state)
{
    struct fixture *fixture = *state;
    publish_many(fixture, 5);
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 1});
    int64_t wall_ns = clock_wall_ns();
    for (uint64_t i = 1; i <= 5; i++) {
        struct inbox_item item = expect(fixture, INBOX_MESSAGE, i);
        char subject[16];
        snprintf(subject, sizeof subject, "t.%d", (int)(i - 1) % 3);
        assert_string_equal(item.subject, subject);
        assert_string_equal(item.payload, "x");
        assert_true(wall_ns - item.stored_ns < 60 * NS_PER_SECOND && item.stored_ns <= wall_ns);
    }
    expect(fixture, INBOX_CAUGHT_UP, 5);
    publish(fixture, "t.live", "");
    struct inbox_item item = expect(fixture, INBOX_MESSAGE, 6);
    assert_int_equal(item.payload_bytes, 0);
    assert_int_equal(follower_restarts(fixture->follower), 0);
    leave(fixture);
    assert_true(is_empty(fixture));
}

static void test_from_a_sequence_and_a_time(void **state)
{
    struct fixture *fixture = *state;
    publish_many(fixture, 5);
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 4});
    int64_t fourth_ns = expect(fixture, INBOX_MESSAGE, 4).stored_ns;
    expect(fixture, INBOX_MESSAGE, 5);
    expect(fixture, INBOX_CAUGHT_UP, 5);
    leave(fixture);

    follow(fixture, (struct follower_options){.from = FOLLOW_TIME, .time_ns = fourth_ns});
    expect(fixture, INBOX_MESSAGE, 4);
    expect(fixture, INBOX_MESSAGE, 5);
    expect(fixture, INBOX_CAUGHT_UP, 5);
    leave(fixture);
}

static bool is_soon_after_a_second(void *context)
{
    (void)context;
    return clock_wall_ns() % NS_PER_SECOND < 50 * NS_PER_MS;
}

/* nats.c 3.4.1 spells such times wrongly. */
static void test_from_a_time_soon_after_a_full_second(void **state)
{
    struct fixture *fixture = *state;
    publish_many(fixture, 2);
    test_until(is_soon_after_a_second, NULL);
    publish_many(fixture, 3);
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 4});
    int64_t fourth_ns = expect(fixture, INBOX_MESSAGE, 4).stored_ns;
    assert_true(fourth_ns % NS_PER_SECOND < 100 * NS_PER_MS);
    expect(fixture, INBOX_MESSAGE, 5);
    expect(fixture, INBOX_CAUGHT_UP, 5);
    leave(fixture);
    follow(fixture, (struct follower_options){.from = FOLLOW_TIME, .time_ns = fourth_ns});
    expect(fixture, INBOX_MESSAGE, 4);
    expect(fixture, INBOX_MESSAGE, 5);
    expect(fixture, INBOX_CAUGHT_UP, 5);
    leave(fixture);
}

static void test_only_new(void **state)
{
    struct fixture *fixture = *state;
    publish_many(fixture, 3);
    follow(fixture, (struct follower_options){.from = FOLLOW_NEW});
    expect(fixture, INBOX_CAUGHT_UP, 0);
    publish(fixture, "t.a", "y");
    expect(fixture, INBOX_MESSAGE, 4);
    leave(fixture);
    assert_true(is_empty(fixture));
}

static void test_last_per_subject(void **state)
{
    struct fixture *fixture = *state;
    publish_many(fixture, 8); /* subjects t.0 t.1 t.2: the last are 7, 8, 6 */
    const char *const filters[] = {NULL, "t.>", "t.*"};
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        follow(fixture, (struct follower_options){.from = FOLLOW_LAST_PER_SUBJECT, .filter = filters[i]});
        expect(fixture, INBOX_MESSAGE, 6);
        expect(fixture, INBOX_MESSAGE, 7);
        expect(fixture, INBOX_MESSAGE, 8);
        expect(fixture, INBOX_CAUGHT_UP, 8);
        leave(fixture);
    }
    follow(fixture, (struct follower_options){.from = FOLLOW_LAST_PER_SUBJECT, .filter = "t.1"});
    expect(fixture, INBOX_MESSAGE, 8);
    expect(fixture, INBOX_CAUGHT_UP, 8);
    publish(fixture, "t.2", "z");
    publish(fixture, "t.1", "z");
    expect(fixture, INBOX_MESSAGE, 10);
    leave(fixture);
}

static void test_last_per_subject_of_a_stream_with_two(void **state)
{
    struct fixture *fixture = *state;
    const struct stream_config two = {.name = "TWO", .subjects = {"m.>", "n.>"}, .max_bytes = -1};
    struct error error = {0};
    assert_int_equal(streams_create(fixture->base.server.tape, &two, 1, 1, &error), 0);
    publish(fixture, "m.a", "1");
    publish(fixture, "n.a", "2");
    publish(fixture, "m.a", "3");
    const struct follower_options options = {.stream = "TWO", .from = FOLLOW_LAST_PER_SUBJECT, .tag = 5};
    fixture->follower = follower_create(fixture->base.server.tape, &options, fixture->base.inbox, &error);
    if (fixture->follower == NULL)
        fail_msg("%s", error.text);
    expect(fixture, INBOX_MESSAGE, 2);
    expect(fixture, INBOX_MESSAGE, 3);
    expect(fixture, INBOX_CAUGHT_UP, 3);
    leave(fixture);
}

static void test_an_empty_stream_is_caught_up_at_once(void **state)
{
    struct fixture *fixture = *state;
    const enum follow_from ways[] = {FOLLOW_SEQUENCE, FOLLOW_LAST_PER_SUBJECT, FOLLOW_NEW, FOLLOW_TIME};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        follow(fixture, (struct follower_options){.from = ways[i], .sequence = 1, .time_ns = clock_wall_ns()});
        expect(fixture, INBOX_CAUGHT_UP, 0);
        publish(fixture, "t.a", "1");
        expect(fixture, INBOX_MESSAGE, i + 1);
        leave(fixture);
        assert_true(is_empty(fixture));
        if (ways[i] == FOLLOW_LAST_PER_SUBJECT || i == 0)
            assert_int_equal(js_PurgeStream(tape_jetstream(fixture->base.server.tape), "T", NULL, NULL), NATS_OK);
    }
}

static void test_a_filter_that_matches_nothing(void **state)
{
    struct fixture *fixture = *state;
    publish_many(fixture, 5);
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 1, .filter = "t.none"});
    expect(fixture, INBOX_CAUGHT_UP, 0);
    publish(fixture, "t.none", "1");
    expect(fixture, INBOX_MESSAGE, 6);
    leave(fixture);
}

static void test_no_such_stream(void **state)
{
    struct fixture *fixture = *state;
    const struct follower_options options = {.stream = "NONE", .from = FOLLOW_NEW};
    struct error error = {0};
    assert_null(follower_create(fixture->base.server.tape, &options, fixture->base.inbox, &error));
    assert_int_equal(error.kind, ERROR_SERVER);
    assert_string_equal(error.text, "cannot follow stream NONE: there is no such stream");
}

static bool has_restarted(void *context)
{
    return follower_restarts(context) > 0;
}

static void test_a_deleted_consumer_is_made_again(void **state)
{
    struct fixture *fixture = *state;
    const char *const filters[] = {NULL, "t.*"};
    uint64_t sequence = 0;
    for (size_t i = 0; i < 2; i++) {
        follow(fixture, (struct follower_options){.from = FOLLOW_NEW, .filter = filters[i]});
        expect(fixture, INBOX_CAUGHT_UP, 0);
        publish_many(fixture, 3);
        for (int n = 0; n < 3; n++)
            expect(fixture, INBOX_MESSAGE, ++sequence);
        stream_fixture_delete_consumers(&fixture->base, 1);
        publish_many(fixture, 4);
        test_until(has_restarted, fixture->follower);
        for (int n = 0; n < 4; n++)
            expect(fixture, INBOX_MESSAGE, ++sequence);
        expect(fixture, INBOX_CAUGHT_UP, sequence);
        publish(fixture, "t.a", "1");
        expect(fixture, INBOX_MESSAGE, ++sequence);
        leave(fixture);
    }
}

static void test_a_killed_server_leaves_no_gap_and_no_double(void **state)
{
    struct fixture *fixture = *state;
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 1});
    expect(fixture, INBOX_CAUGHT_UP, 0);
    uint64_t sequence = 0;
    for (int round = 0; round < 3; round++) {
        publish_many(fixture, 50);
        test_server_crash(&fixture->base.server);
        assert_true(tape_wait_connected(fixture->base.server.tape, 10000));
        struct inbox_item item;
        bool caught_up = false;
        int64_t end_ns = clock_monotonic_ns() + 30 * NS_PER_SECOND;
        while (!caught_up || sequence < (uint64_t)(round + 1) * 50) {
            assert_true(clock_monotonic_ns() < end_ns);
            inbox_wait(fixture->base.inbox, 1000);
            while (inbox_take(fixture->base.inbox, &item)) {
                assert_int_not_equal(item.kind, INBOX_GAP);
                if (item.kind == INBOX_MESSAGE)
                    assert_int_equal(item.sequence, ++sequence);
                caught_up = item.kind == INBOX_CAUGHT_UP || caught_up;
            }
        }
    }
    publish(fixture, "t.a", "1");
    expect(fixture, INBOX_MESSAGE, ++sequence);
    leave(fixture);
}

static void test_a_server_that_is_stopped_and_continued(void **state)
{
    struct fixture *fixture = *state;
    struct inbox *connection = inbox_create(4096);
    tape_notify(fixture->base.server.tape, connection);
    assert_int_equal(test_await(connection, INBOX_CONNECTION).connection.state, CONNECTION_CONNECTED);
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 1});
    expect(fixture, INBOX_CAUGHT_UP, 0);
    publish_many(fixture, 3);
    int64_t stopped_ns = clock_monotonic_ns();
    test_server_freeze(&fixture->base.server);
    struct inbox_item item = test_await(connection, INBOX_CONNECTION);
    assert_int_equal(item.connection.state, CONNECTION_DISCONNECTED);
    assert_string_not_equal(item.connection.problem, "");
    assert_true(clock_monotonic_ns() - stopped_ns < 3 * NS_PER_SECOND);
    test_server_thaw(&fixture->base.server);
    do {
        item = test_await(connection, INBOX_CONNECTION);
    } while (item.connection.state != CONNECTION_CONNECTED);
    assert_int_equal(item.connection.reconnects, 1);
    for (uint64_t i = 1; i <= 3; i++)
        expect(fixture, INBOX_MESSAGE, i);
    expect(fixture, INBOX_CAUGHT_UP, 3);
    assert_int_equal(follower_restarts(fixture->follower), 1);
    publish(fixture, "t.a", "1");
    expect(fixture, INBOX_MESSAGE, 4);
    leave(fixture);
    tape_unnotify(fixture->base.server.tape, connection);
    inbox_destroy(connection);
}

static bool is_past(void *context)
{
    const int64_t *time_ns = context;
    return clock_monotonic_ns() > *time_ns;
}

static void test_a_slow_owner_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    enum { COUNT = 150000 };
    inbox_destroy(fixture->base.inbox);
    fixture->base.inbox = inbox_create(16384); /* some dozens of messages */
    stream_fixture_fill(&fixture->base, COUNT);
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 1});
    /* Longer than heartbeats may be missing: the wait for room must not be taken for the server's silence. */
    expect(fixture, INBOX_MESSAGE, 1);
    int64_t back_ns = clock_monotonic_ns() + 3500 * NS_PER_MS;
    test_until(is_past, &back_ns);
    for (uint64_t i = 2; i <= COUNT; i++)
        expect(fixture, INBOX_MESSAGE, i);
    expect(fixture, INBOX_CAUGHT_UP, COUNT);
    assert_int_equal(follower_restarts(fixture->follower), 0);
    leave(fixture);
}

static void test_it_ends_while_the_inbox_is_full(void **state)
{
    struct fixture *fixture = *state;
    inbox_destroy(fixture->base.inbox);
    fixture->base.inbox = inbox_create(2048);
    publish_many(fixture, 200);
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 1});
    expect(fixture, INBOX_MESSAGE, 1);
    int64_t start_ns = clock_monotonic_ns();
    leave(fixture);
    assert_true(clock_monotonic_ns() - start_ns < 3 * NS_PER_SECOND);
}

static void test_what_the_stream_lost_is_reported(void **state)
{
    struct fixture *fixture = *state;
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 1});
    expect(fixture, INBOX_CAUGHT_UP, 0);
    publish_many(fixture, 2);
    expect(fixture, INBOX_MESSAGE, 1);
    expect(fixture, INBOX_MESSAGE, 2);
    stream_fixture_delete_consumers(&fixture->base, 1);
    publish_many(fixture, 3);
    assert_int_equal(js_PurgeStream(tape_jetstream(fixture->base.server.tape), "T", NULL, NULL), NATS_OK);
    publish(fixture, "t.a", "1");
    expect(fixture, INBOX_GAP, 3);
    expect(fixture, INBOX_MESSAGE, 6);
    expect(fixture, INBOX_CAUGHT_UP, 6);
    leave(fixture);
}

static void test_what_was_gone_before_the_start_is_no_gap(void **state)
{
    struct fixture *fixture = *state;
    publish_many(fixture, 5);
    assert_int_equal(js_PurgeStream(tape_jetstream(fixture->base.server.tape), "T", NULL, NULL), NATS_OK);
    publish(fixture, "t.a", "1");
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 1});
    expect(fixture, INBOX_MESSAGE, 6);
    expect(fixture, INBOX_CAUGHT_UP, 6);
    leave(fixture);
}

static void read_five(struct fixture *fixture)
{
    publish_many(fixture, 5);
    follow(fixture, (struct follower_options){.from = FOLLOW_SEQUENCE, .sequence = 1});
    for (uint64_t i = 1; i <= 5; i++)
        expect(fixture, INBOX_MESSAGE, i);
    expect(fixture, INBOX_CAUGHT_UP, 5);
}

static void delete_stream(struct fixture *fixture)
{
    assert_int_equal(js_DeleteStream(tape_jetstream(fixture->base.server.tape), "T", NULL, NULL), NATS_OK);
}

static void make_stream(struct fixture *fixture)
{
    struct error error = {0};
    assert_int_equal(streams_create(fixture->base.server.tape, &STREAM_FIXTURE_CONFIG, 1, 1, &error), 0);
}

static void test_a_stream_that_vanished_is_reported_and_not_made(void **state)
{
    struct fixture *fixture = *state;
    read_five(fixture);
    delete_stream(fixture);
    expect(fixture, INBOX_STREAM_GONE, 0);
    jsStreamInfo *info = NULL;
    assert_int_equal(js_GetStreamInfo(&info, tape_jetstream(fixture->base.server.tape), "T", NULL, NULL),
                     NATS_NOT_FOUND);
    make_stream(fixture);
    assert_true(expect(fixture, INBOX_GAP, 1).remade);
    expect(fixture, INBOX_STREAM_BACK, 0);
    expect(fixture, INBOX_CAUGHT_UP, 0);
    publish(fixture, "t.a", "1");
    expect(fixture, INBOX_MESSAGE, 1);
    leave(fixture);
}

static void test_a_patient_one_waits_for_its_stream(void **state)
{
    struct fixture *fixture = *state;
    delete_stream(fixture);
    follow(fixture, (struct follower_options){.from = FOLLOW_LAST_PER_SUBJECT, .patient = true});
    expect(fixture, INBOX_STREAM_GONE, 0);
    make_stream(fixture);
    expect(fixture, INBOX_STREAM_BACK, 0);
    expect(fixture, INBOX_CAUGHT_UP, 0);
    publish(fixture, "t.a", "1");
    expect(fixture, INBOX_MESSAGE, 1);
    leave(fixture);
}

static void test_a_stream_made_again_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    read_five(fixture);
    delete_stream(fixture);
    make_stream(fixture);
    publish_many(fixture, 2);
    assert_true(expect(fixture, INBOX_GAP, 3).remade);
    leave(fixture);
}

static void test_a_stream_made_again_and_longer_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    read_five(fixture);
    delete_stream(fixture);
    make_stream(fixture);
    publish_many(fixture, 7); /* only the stored times tell that the first five are others */
    assert_true(expect(fixture, INBOX_GAP, 5).remade);
    leave(fixture);
}

static void test_delivery_subjects(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        bool valid;
        struct delivery delivery;
    } cases[] = {
        {"$JS.ACK.ORDERS.abc.1.20.3.1700000000000000001.7", true, {20, 3, 7, 1, INT64_C(1700000000000000001)}},
        {"$JS.ACK._.hash.ORDERS.abc.2.20.3.5.0", true, {20, 3, 0, 2, 5}},
        {"$JS.ACK.hub.hash.ORDERS.abc.1.20.3.5.0.random", true, {20, 3, 0, 1, 5}},
        {NULL, false, {0}},
        {"", false, {0}},
        {"_INBOX.a", false, {0}},
        {"$JS.FC.ORDERS.abc.x", false, {0}},
        {"$JS.ACK.ORDERS.abc.1.20.3.5", false, {0}},
        {"$JS.ACK.ORDERS.abc.1.x.3.5.0", false, {0}},
        {"$JS.ACK.ORDERS.abc.1..3.5.0", false, {0}},
        {"$JS.ACK.ORDERS.abc.1.99999999999999999999.3.5.0", false, {0}},
        {"$JS.ACK.ORDERS.abc.1.2.3.18446744073709551615.0", false, {0}},
        {"$JS.ACK.1.2.3.4.5.6.7.8.9.10.11.12", false, {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct delivery delivery = {0};
        assert_int_equal(delivery_parse(&delivery, cases[i].reply), cases[i].valid);
        if (cases[i].valid)
            assert_memory_equal(&delivery, &cases[i].delivery, sizeof delivery);
    }
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delivery_subjects),
        WITH_SERVER(test_from_the_start),
        WITH_SERVER(test_from_a_sequence_and_a_time),
        WITH_SERVER(test_from_a_time_soon_after_a_full_second),
        WITH_SERVER(test_only_new),
        WITH_SERVER(test_last_per_subject),
        WITH_SERVER(test_last_per_subject_of_a_stream_with_two),
        WITH_SERVER(test_an_empty_stream_is_caught_up_at_once),
        WITH_SERVER(test_a_filter_that_matches_nothing),
        WITH_SERVER(test_no_such_stream),
        WITH_SERVER(test_a_deleted_consumer_is_made_again),
        WITH_SERVER(test_a_killed_server_leaves_no_gap_and_no_double),
        WITH_SERVER(test_a_server_that_is_stopped_and_continued),
        WITH_SERVER(test_a_slow_owner_loses_nothing),
        WITH_SERVER(test_it_ends_while_the_inbox_is_full),
        WITH_SERVER(test_what_the_stream_lost_is_reported),
        WITH_SERVER(test_what_was_gone_before_the_start_is_no_gap),
        WITH_SERVER(test_a_stream_that_vanished_is_reported_and_not_made),
        WITH_SERVER(test_a_patient_one_waits_for_its_stream),
        WITH_SERVER(test_a_stream_made_again_is_noticed),
        WITH_SERVER(test_a_stream_made_again_and_longer_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
