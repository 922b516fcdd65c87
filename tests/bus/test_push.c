/* Push subscriptions on a real server: ephemeral, durable with acknowledgements, and shared by a queue group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bus/push.h"
#include "bus/stream_fixture.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/timestamp.h"

enum { PUSHES = 2, MANY = 2000 };

struct fixture {
    struct stream_fixture base;
    struct push *pushes[PUSHES];
    struct inbox *second;        /* of the second push, where a test has two */
    int seen[MANY + 1];          /* how often each sequence came */
    natsSubscription *questions; /* to the server about a consumer */
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    stream_fixture_start(&fixture->base);
    fixture->second = inbox_create(1 << 20);
    *state = fixture;
    return 0;
}

static void leave(struct fixture *fixture)
{
    push_destroy_all(fixture->pushes, PUSHES);
    memset(fixture->pushes, 0, sizeof fixture->pushes);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    leave(fixture);
    stream_fixture_stop(&fixture->base);
    inbox_destroy(fixture->second);
    free(fixture);
    return 0;
}

static struct inbox *inbox_of(struct fixture *fixture, size_t index)
{
    return index == 0 ? fixture->base.inbox : fixture->second;
}

static struct push *try_to_start(struct fixture *fixture, size_t index, struct push_options options,
                                 struct error *error)
{
    options.stream = "T";
    options.tag = STREAM_FIXTURE_TAG;
    fixture->pushes[index] = push_create(fixture->base.server.tape, &options, inbox_of(fixture, index), error);
    return fixture->pushes[index];
}

static struct push *start(struct fixture *fixture, size_t index, struct push_options options)
{
    struct error error = {0};
    if (try_to_start(fixture, index, options, &error) == NULL)
        fail_msg("%s", error.text);
    return fixture->pushes[index];
}

static void expect(struct fixture *fixture, size_t index, uint64_t sequence)
{
    stream_fixture_expect(inbox_of(fixture, index), INBOX_MESSAGE, sequence);
}

static void test_ephemeral_per_subject(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 0, (struct push_options){.filter = "t.1", .from = FOLLOW_NEW});
    start(fixture, 1, (struct push_options){.filter = "t.>", .from = FOLLOW_NEW});
    stream_fixture_expect(fixture->base.inbox, INBOX_CAUGHT_UP, 0);
    stream_fixture_expect(fixture->second, INBOX_CAUGHT_UP, 0);
    stream_fixture_publish_many(&fixture->base, 6);
    expect(fixture, 0, 2);
    expect(fixture, 0, 5);
    for (uint64_t i = 1; i <= 6; i++)
        expect(fixture, 1, i);
    /* Without the one the other goes on. */
    push_destroy(fixture->pushes[0]);
    fixture->pushes[0] = NULL;
    stream_fixture_publish_many(&fixture->base, 3);
    for (uint64_t i = 7; i <= 9; i++)
        expect(fixture, 1, i);
    assert_true(stream_fixture_is_empty(fixture->base.inbox));
    leave(fixture);
    stream_fixture_publish_many(&fixture->base, 3);
    assert_true(stream_fixture_is_empty(fixture->second));
    stream_fixture_delete_consumers(&fixture->base, 0);
}

static const struct push_options DURABLE = {.durable = "desk", .ack_wait_ms = 500};

static void test_a_durable_resumes_behind_what_was_acknowledged(void **state)
{
    struct fixture *fixture = *state;
    stream_fixture_publish_many(&fixture->base, 5);
    struct push *push = start(fixture, 0, DURABLE);
    for (uint64_t i = 1; i <= 5; i++)
        expect(fixture, 0, i);
    for (uint64_t i = 1; i <= 3; i++)
        push_ack(push, i);
    leave(fixture);
    stream_fixture_publish_many(&fixture->base, 1);
    push = start(fixture, 0, DURABLE);
    /* The new one at once, those that were not acknowledged after the ack wait. */
    expect(fixture, 0, 6);
    expect(fixture, 0, 4);
    expect(fixture, 0, 5);
    for (uint64_t i = 4; i <= 6; i++)
        push_ack(push, i);
    leave(fixture);
    start(fixture, 0, DURABLE);
    stream_fixture_publish_many(&fixture->base, 1);
    expect(fixture, 0, 7);
    assert_true(stream_fixture_is_empty(fixture->base.inbox));
    leave(fixture);
}

static void test_a_durable_returns_what_its_owner_wants_again(void **state)
{
    struct fixture *fixture = *state;
    struct push *push = start(fixture, 0, DURABLE);
    stream_fixture_publish_many(&fixture->base, 3);
    for (uint64_t i = 1; i <= 3; i++)
        expect(fixture, 0, i);
    push_nak(push, 2, 0);
    expect(fixture, 0, 2);
    int64_t start_ns = clock_monotonic_ns();
    push_nak(push, 2, 300);
    expect(fixture, 0, 2);
    assert_true(clock_monotonic_ns() - start_ns > 250 * NS_PER_MS);
    for (uint64_t i = 1; i <= 3; i++)
        push_ack(push, i);
    push_ack(push, 77);
    leave(fixture);
}

/* Ends the first push once the server was asked about its consumer by another. */
static void *leave_when_asked(void *context)
{
    struct fixture *fixture = context;
    natsMsg *question = NULL;
    assert_int_equal(natsSubscription_NextMsg(&question, fixture->questions, 30000), NATS_OK);
    natsMsg_Destroy(question);
    push_destroy(fixture->pushes[0]);
    fixture->pushes[0] = NULL;
    return NULL;
}

static void test_it_waits_for_a_reader_that_leaves(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;
    start(fixture, 0, DURABLE);
    assert_int_equal(natsConnection_SubscribeSync(&fixture->questions, tape_connection(fixture->base.server.tape),
                                                  "$JS.API.CONSUMER.INFO.T.desk"),
                     NATS_OK);
    assert_int_equal(pthread_create(&thread, NULL, leave_when_asked, fixture), 0);
    start(fixture, 1, DURABLE);
    pthread_join(thread, NULL);
    natsSubscription_Destroy(fixture->questions);
    stream_fixture_publish_many(&fixture->base, 1);
    expect(fixture, 1, 1);
}

static bool is_past(void *context)
{
    const int64_t *time_ns = context;
    return clock_monotonic_ns() > *time_ns;
}

static void test_a_slow_owner_gets_nothing_twice(void **state)
{
    struct fixture *fixture = *state;
    struct push *push = start(fixture, 0, DURABLE);
    stream_fixture_publish_many(&fixture->base, 2);
    expect(fixture, 0, 1);
    expect(fixture, 0, 2);
    int64_t later_ns = clock_monotonic_ns() + 1200 * NS_PER_MS; /* two redeliveries */
    test_until(is_past, &later_ns);
    assert_true(stream_fixture_is_empty(fixture->base.inbox));
    push_ack(push, 1);
    push_ack(push, 2);
    leave(fixture);
}

/* The starts that a durable can have, each under a name of its own. */
static void test_where_a_durable_starts(void **state)
{
    struct fixture *fixture = *state;
    stream_fixture_publish_many(&fixture->base, 2);
    int64_t later_ns = clock_monotonic_ns() + 2 * NS_PER_MS;
    test_until(is_past, &later_ns);
    stream_fixture_publish_many(&fixture->base, 3);
    start(fixture, 0, (struct push_options){.durable = "sequence", .from = FOLLOW_SEQUENCE, .sequence = 3});
    int64_t third_ns = stream_fixture_expect(fixture->base.inbox, INBOX_MESSAGE, 3).stored_ns;
    expect(fixture, 0, 4);
    expect(fixture, 0, 5);
    leave(fixture);
    struct push *push =
        start(fixture, 0, (struct push_options){.durable = "time", .from = FOLLOW_TIME, .time_ns = third_ns});
    for (uint64_t i = 3; i <= 5; i++) {
        expect(fixture, 0, i);
        push_ack(push, i);
    }
    leave(fixture);
    start(fixture, 0, (struct push_options){.durable = "new", .from = FOLLOW_NEW, .filter = "t.0"});
    stream_fixture_publish_many(&fixture->base, 2);
    expect(fixture, 0, 6);
    leave(fixture);
    assert_true(stream_fixture_is_empty(fixture->base.inbox));
}

static void test_what_cannot_be_subscribed(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 0, DURABLE);
    start(fixture, 1, (struct push_options){.durable = "shared", .group = "g"});
    push_destroy(fixture->pushes[1]);
    static const struct {
        struct push_options options;
        enum error_kind kind;
        const char *text;
    } CASES[] = {
        {{.durable = "desk"}, ERROR_IN_USE, "cannot subscribe to stream T as durable desk: somebody reads it already"},
        {{.durable = "desk", .filter = "t.1"},
         ERROR_SERVER,
         "cannot subscribe to stream T as durable desk: it has another filter"},
        {{.durable = "desk", .group = "g"},
         ERROR_SERVER,
         "cannot subscribe to stream T as durable desk: it has another queue group"},
        {{.durable = "shared"},
         ERROR_SERVER,
         "cannot subscribe to stream T as durable shared: it has another queue group"},
        {{.durable = "a.b"}, ERROR_FAILED, "the name of a durable or a group is 1 to 32 of A-Z a-z 0-9 _ -"},
        {{.durable = ""}, ERROR_FAILED, "the name of a durable or a group is 1 to 32 of A-Z a-z 0-9 _ -"},
        {{.durable = "a", .group = "b c"},
         ERROR_FAILED,
         "the name of a durable or a group is 1 to 32 of A-Z a-z 0-9 _ -"},
        {{.durable = "a", .from = FOLLOW_LAST_PER_SUBJECT},
         ERROR_FAILED,
         "a durable cannot start at the last message of each subject"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error error = {0};
        assert_null(try_to_start(fixture, 1, CASES[i].options, &error));
        assert_string_equal(error.text, CASES[i].text);
        assert_int_equal(error.kind, CASES[i].kind);
    }
    struct error error = {0};
    assert_null(push_create(fixture->base.server.tape, &(struct push_options){.stream = "NONE", .durable = "d"},
                            fixture->base.inbox, &error));
    assert_string_equal(error.text, "cannot subscribe to stream NONE: there is no such stream");
}

/* Takes what is there from both, acknowledges it, and counts. Returns how many came so far. */
static int take(struct fixture *fixture, int before, int *of_each)
{
    struct inbox_item item;
    int count = before;
    for (size_t i = 0; i < PUSHES; i++) {
        while (fixture->pushes[i] != NULL && inbox_take(inbox_of(fixture, i), &item)) {
            assert_int_equal(item.kind, INBOX_MESSAGE);
            assert_true(item.sequence <= MANY);
            fixture->seen[item.sequence]++;
            push_ack(fixture->pushes[i], item.sequence);
            of_each[i]++;
            count++;
        }
    }
    return count;
}

static void test_a_group_shares(void **state)
{
    struct fixture *fixture = *state;
    const struct push_options options = {.durable = "shared", .group = "workers"};
    int of_each[PUSHES] = {0}, count = 0;
    for (size_t i = 0; i < PUSHES; i++)
        start(fixture, i, options);
    stream_fixture_fill(&fixture->base, MANY);
    int64_t end_ns = clock_monotonic_ns() + 30 * NS_PER_SECOND;
    while (count < MANY && clock_monotonic_ns() < end_ns) {
        inbox_wait(fixture->base.inbox, 5);
        count = take(fixture, count, of_each);
    }
    assert_int_equal(count, MANY);
    for (int i = 1; i <= MANY; i++)
        assert_int_equal(fixture->seen[i], 1);
    assert_true(of_each[0] > MANY / 10 && of_each[1] > MANY / 10);
    /* When one leaves, the other gets all. */
    push_destroy(fixture->pushes[1]);
    fixture->pushes[1] = NULL;
    stream_fixture_publish_many(&fixture->base, 5);
    for (uint64_t i = MANY + 1; i <= MANY + 5; i++)
        expect(fixture, 0, i);
    leave(fixture);
}

static bool has_restarted(void *context)
{
    return push_restarts(context) > 0;
}

static void test_a_deleted_consumer_is_made_again(void **state)
{
    struct fixture *fixture = *state;
    static const struct push_options KINDS[] = {
        {.from = FOLLOW_NEW},
        {.durable = "desk", .from = FOLLOW_NEW},
        {.durable = "shared", .group = "workers", .from = FOLLOW_NEW},
    };
    uint64_t sequence = 0;
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        bool durable = KINDS[i].durable != NULL;
        struct push *push = start(fixture, 0, KINDS[i]);
        if (!durable)
            stream_fixture_expect(fixture->base.inbox, INBOX_CAUGHT_UP, 0);
        stream_fixture_publish_many(&fixture->base, 4);
        for (int n = 0; n < 4; n++) {
            expect(fixture, 0, ++sequence);
            if (durable && n != 1)
                push_ack(push, sequence);
        }
        uint64_t kept = sequence - 2; /* it stays with its owner, and does not come again */
        stream_fixture_delete_consumers(&fixture->base, 1);
        stream_fixture_publish_many(&fixture->base, 3);
        test_until(has_restarted, push);
        for (int n = 0; n < 3; n++)
            expect(fixture, 0, ++sequence);
        if (durable)
            push_ack(push, kept);
        else
            stream_fixture_expect(fixture->base.inbox, INBOX_CAUGHT_UP, sequence);
        stream_fixture_publish_many(&fixture->base, 1);
        expect(fixture, 0, ++sequence);
        leave(fixture);
        assert_true(stream_fixture_is_empty(fixture->base.inbox));
        if (durable)
            stream_fixture_delete_consumers(&fixture->base, 1);
    }
}

static void test_a_killed_server_leaves_no_gap_and_no_double(void **state)
{
    struct fixture *fixture = *state;
    int of_each[PUSHES] = {0}, count = 0;
    start(fixture, 0, (struct push_options){.durable = "desk", .ack_wait_ms = 1000, .max_ack_pending = 100});
    stream_fixture_fill(&fixture->base, MANY);
    int64_t end_ns = clock_monotonic_ns() + 60 * NS_PER_SECOND;
    for (int crashes = 0; count < MANY && clock_monotonic_ns() < end_ns;) {
        inbox_wait(fixture->base.inbox, 100);
        struct inbox_item item;
        while (crashes * 500 + 300 > count && count < MANY && inbox_take(fixture->base.inbox, &item)) {
            assert_int_equal(item.kind, INBOX_MESSAGE);
            fixture->seen[item.sequence]++;
            push_ack(fixture->pushes[0], item.sequence);
            count++;
        }
        if (count >= crashes * 500 + 300 && crashes++ < 3)
            test_server_crash(&fixture->base.server);
    }
    assert_int_equal(count, MANY);
    for (int i = 1; i <= MANY; i++)
        assert_int_equal(fixture->seen[i], 1);
    assert_int_equal(take(fixture, 0, of_each), 0);
    leave(fixture);
}

static void test_a_stream_made_again_is_read_from_its_start(void **state)
{
    struct fixture *fixture = *state;
    struct push *push = start(fixture, 0, DURABLE);
    stream_fixture_publish_many(&fixture->base, 3);
    for (uint64_t i = 1; i <= 3; i++) {
        expect(fixture, 0, i);
        push_ack(push, i);
    }
    assert_int_equal(js_DeleteStream(tape_jetstream(fixture->base.server.tape), "T", NULL, NULL), NATS_OK);
    struct error error = {0};
    assert_int_equal(streams_create(fixture->base.server.tape, &STREAM_FIXTURE_CONFIG, 1, 1, &error), 0);
    stream_fixture_publish_many(&fixture->base, 2);
    stream_fixture_expect(fixture->base.inbox, INBOX_GAP, 1);
    expect(fixture, 0, 1);
    expect(fixture, 0, 2);
    leave(fixture);
}

static void test_it_ends_while_the_inbox_is_full(void **state)
{
    struct fixture *fixture = *state;
    stream_fixture_publish_many(&fixture->base, 200);
    inbox_destroy(fixture->base.inbox);
    inbox_destroy(fixture->second);
    fixture->base.inbox = inbox_create(1024);
    fixture->second = inbox_create(1024);
    start(fixture, 0, DURABLE);
    start(fixture, 1, (struct push_options){.from = FOLLOW_SEQUENCE});
    expect(fixture, 0, 1);
    expect(fixture, 1, 1);
    int64_t start_ns = clock_monotonic_ns();
    leave(fixture);
    assert_true(clock_monotonic_ns() - start_ns < 3 * NS_PER_SECOND);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_ephemeral_per_subject),
        WITH_SERVER(test_a_durable_resumes_behind_what_was_acknowledged),
        WITH_SERVER(test_a_durable_returns_what_its_owner_wants_again),
        WITH_SERVER(test_a_slow_owner_gets_nothing_twice),
        WITH_SERVER(test_where_a_durable_starts),
        WITH_SERVER(test_it_waits_for_a_reader_that_leaves),
        WITH_SERVER(test_what_cannot_be_subscribed),
        WITH_SERVER(test_a_group_shares),
        WITH_SERVER(test_a_deleted_consumer_is_made_again),
        WITH_SERVER(test_a_killed_server_leaves_no_gap_and_no_double),
        WITH_SERVER(test_a_stream_made_again_is_read_from_its_start),
        WITH_SERVER(test_it_ends_while_the_inbox_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
