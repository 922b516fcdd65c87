/* Replays on a real server: exactly the range that was asked for, in time, whatever happens to the server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <stdlib.h>

#include "bus/replay.h"
#include "bus/stream_fixture.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/pace.h"
#include "core/timestamp.h"

enum { COUNT = 6 }; /* messages of the small stream, on t.0, t.1, t.2, t.0, … */

struct fixture {
    struct stream_fixture base;
    struct replay *replay;
    int64_t stored_ns[COUNT + 1]; /* of message 1 to COUNT */
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
    replay_destroy(fixture->replay);
    stream_fixture_stop(&fixture->base);
    free(fixture);
    return 0;
}

static void start(struct fixture *fixture, struct replay_options options)
{
    struct error error = {0};
    options.stream = "T";
    options.tag = STREAM_FIXTURE_TAG;
    fixture->replay = replay_create(fixture->base.server.tape, &options, fixture->base.inbox, &error);
    if (fixture->replay == NULL)
        fail_msg("%s", error.text);
}

static struct inbox_item expect(struct fixture *fixture, enum inbox_kind kind, uint64_t sequence)
{
    return stream_fixture_expect(fixture->base.inbox, kind, sequence);
}

static void leave(struct fixture *fixture)
{
    replay_destroy(fixture->replay);
    fixture->replay = NULL;
    assert_true(stream_fixture_is_empty(fixture->base.inbox));
}

static struct replay_bound at_sequence(uint64_t sequence)
{
    return (struct replay_bound){.kind = REPLAY_SEQUENCE, .sequence = sequence};
}

static struct replay_bound at_time(int64_t time_ns)
{
    return (struct replay_bound){.kind = REPLAY_TIME, .time_ns = time_ns};
}

static struct replay_bound open_end(void)
{
    return (struct replay_bound){.kind = REPLAY_OPEN};
}

static bool is_past_wall(void *context)
{
    const int64_t *time_ns = context;
    return clock_wall_ns() > *time_ns;
}

/* Six messages, stored at different times. */
static void publish_small(struct fixture *fixture)
{
    for (int i = 0; i < COUNT; i++) {
        char subject[] = "t.0";
        subject[2] = (char)('0' + i % 3);
        int64_t later_ns = clock_wall_ns() + NS_PER_MS;
        test_until(is_past_wall, &later_ns);
        stream_fixture_publish(&fixture->base, subject, "x");
    }
    start(fixture, (struct replay_options){.from = open_end(), .to = open_end()});
    for (uint64_t i = 1; i <= COUNT; i++)
        fixture->stored_ns[i] = expect(fixture, INBOX_MESSAGE, i).stored_ns;
    expect(fixture, INBOX_CAUGHT_UP, COUNT);
    leave(fixture);
}

/* Everything of t.> or of a filter between two bounds. */
struct range {
    struct replay_bound from, to;
    const char *filter;
    uint64_t first, last, step; /* what comes; first 0: nothing */
};

static void check_ranges(struct fixture *fixture, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct range *range = &ranges[i];
        start(fixture,
              (struct replay_options){
                  .from = range->from, .to = range->to, .filter = range->filter, .speed_millionths = PACE_MAX});
        for (uint64_t sequence = range->first; sequence != 0 && sequence <= range->last; sequence += range->step)
            assert_int_equal(expect(fixture, INBOX_MESSAGE, sequence).stored_ns, fixture->stored_ns[sequence]);
        expect(fixture, INBOX_CAUGHT_UP, range->last);
        leave(fixture);
    }
}

static void test_bounds_by_sequence(void **state)
{
    struct fixture *fixture = *state;
    publish_small(fixture);
    const struct range RANGES[] = {
        {at_sequence(1), at_sequence(6), NULL, 1, 6, 1},    {at_sequence(2), at_sequence(4), NULL, 2, 4, 1},
        {at_sequence(3), at_sequence(3), NULL, 3, 3, 1},    {at_sequence(0), at_sequence(2), NULL, 1, 2, 1},
        {at_sequence(6), open_end(), NULL, 6, 6, 1},        {open_end(), at_sequence(1), NULL, 1, 1, 1},
        {at_sequence(5), at_sequence(1000), NULL, 5, 6, 1}, {at_sequence(5), at_sequence(UINT64_MAX), NULL, 5, 6, 1},
        {at_sequence(4), at_sequence(3), NULL, 0, 0, 0},    {at_sequence(7), open_end(), NULL, 0, 0, 0},
        {at_sequence(7), at_sequence(9), NULL, 0, 0, 0},    {at_sequence(UINT64_MAX), open_end(), NULL, 0, 0, 0},
        {open_end(), at_sequence(0), NULL, 0, 0, 0},        {open_end(), open_end(), "t.1", 2, 5, 3},
        {at_sequence(2), at_sequence(4), "t.1", 2, 2, 3},   {at_sequence(3), at_sequence(4), "t.1", 0, 0, 0},
        {open_end(), open_end(), "t.none", 0, 0, 0},
    };
    check_ranges(fixture, RANGES, sizeof RANGES / sizeof RANGES[0]);
}

static void test_bounds_by_time(void **state)
{
    struct fixture *fixture = *state;
    publish_small(fixture);
    const int64_t *at = fixture->stored_ns;
    const struct range RANGES[] = {
        {at_time(at[2]), at_time(at[4]), NULL, 2, 4, 1},
        {at_time(at[2] + 1), at_time(at[4] - 1), NULL, 3, 3, 1},
        {at_time(at[3]), at_time(at[3]), NULL, 3, 3, 1},
        {at_time(at[3] + 1), at_time(at[4] - 1), NULL, 0, 0, 0},
        {at_time(at[5]), open_end(), NULL, 5, 6, 1},
        {at_time(at[5]), at_time(INT64_MAX), NULL, 5, 6, 1},
        {open_end(), at_time(at[1]), NULL, 1, 1, 1},
        {open_end(), at_time(at[1] - 1), NULL, 0, 0, 0},
        {at_time(0), at_time(at[2]), NULL, 1, 2, 1},
        {at_time(INT64_MIN), at_time(INT64_MAX), NULL, 1, 6, 1},
        {at_time(at[6] + 1), open_end(), NULL, 0, 0, 0},
        {at_time(at[6] + 3600 * NS_PER_SECOND), at_time(at[6] + 7200 * NS_PER_SECOND), NULL, 0, 0, 0},
        {at_time(at[4]), at_time(at[2]), NULL, 0, 0, 0},
        {at_time(at[2]), at_sequence(5), NULL, 2, 5, 1},
        {at_sequence(2), at_time(at[5]), NULL, 2, 5, 1},
        {at_time(at[2]), at_time(at[6]), "t.2", 3, 6, 3},
        {at_time(at[2]), at_time(at[5]), "t.2", 3, 3, 3},
    };
    check_ranges(fixture, RANGES, sizeof RANGES / sizeof RANGES[0]);
}

static void test_an_empty_and_a_purged_stream(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, (struct replay_options){.from = open_end()});
    expect(fixture, INBOX_CAUGHT_UP, 0);
    leave(fixture);
    publish_small(fixture);
    assert_int_equal(js_PurgeStream(tape_jetstream(fixture->base.server.tape), "T", NULL, NULL), NATS_OK);
    start(fixture, (struct replay_options){.from = at_sequence(2)});
    expect(fixture, INBOX_CAUGHT_UP, 0);
    leave(fixture);
}

static void test_it_ends_where_the_stream_ended_at_its_start(void **state)
{
    struct fixture *fixture = *state;
    stream_fixture_publish_many(&fixture->base, 200);
    inbox_destroy(fixture->base.inbox);
    fixture->base.inbox = inbox_create(2048);
    start(fixture, (struct replay_options){.from = open_end()});
    stream_fixture_publish_many(&fixture->base, 50);
    for (uint64_t i = 1; i <= 200; i++)
        expect(fixture, INBOX_MESSAGE, i);
    expect(fixture, INBOX_CAUGHT_UP, 200);
    leave(fixture);
}

static void test_no_such_stream(void **state)
{
    struct fixture *fixture = *state;
    const struct replay_options options = {.stream = "NONE"};
    struct error error = {0};
    assert_null(replay_create(fixture->base.server.tape, &options, fixture->base.inbox, &error));
    assert_int_equal(error.kind, ERROR_SERVER);
    assert_string_equal(error.text, "cannot replay stream NONE: there is no such stream");
}

static void test_speeds(void **state)
{
    struct fixture *fixture = *state;
    static const int64_t SPEEDS[] = {PACE_ONE, 2 * PACE_ONE, PACE_ONE / 2, PACE_MAX};
    stream_fixture_publish(&fixture->base, "t.a", "1");
    int64_t later_ns = clock_wall_ns() + 400 * NS_PER_MS;
    test_until(is_past_wall, &later_ns);
    stream_fixture_publish(&fixture->base, "t.a", "2");
    for (size_t i = 0; i < sizeof SPEEDS / sizeof SPEEDS[0]; i++) {
        start(fixture, (struct replay_options){.speed_millionths = SPEEDS[i]});
        struct inbox_item first = expect(fixture, INBOX_MESSAGE, 1), second = expect(fixture, INBOX_MESSAGE, 2);
        expect(fixture, INBOX_CAUGHT_UP, 2);
        leave(fixture);
        int64_t recorded_ns = second.stored_ns - first.stored_ns, played_ns = second.arrived_ns - first.arrived_ns;
        if (SPEEDS[i] == PACE_MAX)
            assert_true(played_ns < recorded_ns);
        else
            assert_true(played_ns > recorded_ns * PACE_ONE / SPEEDS[i] - 20 * NS_PER_MS);
    }
}

static void test_it_ends_at_once_when_it_is_told_to(void **state)
{
    struct fixture *fixture = *state;
    publish_small(fixture);
    start(fixture, (struct replay_options){.speed_millionths = PACE_LEAST});
    expect(fixture, INBOX_MESSAGE, 1);
    int64_t start_ns = clock_monotonic_ns();
    leave(fixture);
    assert_true(clock_monotonic_ns() - start_ns < 3 * NS_PER_SECOND);

    /* Also while the inbox is full, and before anything came. */
    inbox_destroy(fixture->base.inbox);
    fixture->base.inbox = inbox_create(256);
    start(fixture, (struct replay_options){.speed_millionths = PACE_MAX});
    expect(fixture, INBOX_MESSAGE, 1);
    replay_destroy(fixture->replay);
    start(fixture, (struct replay_options){.speed_millionths = PACE_ONE});
    replay_destroy(fixture->replay);
    fixture->replay = NULL;
}

static void test_a_killed_server_leaves_no_gap_and_no_double(void **state)
{
    struct fixture *fixture = *state;
    enum { MANY = 60000 };
    stream_fixture_fill(&fixture->base, MANY);
    inbox_destroy(fixture->base.inbox);
    fixture->base.inbox = inbox_create(65536);
    start(fixture, (struct replay_options){.to = at_sequence(MANY - 10), .speed_millionths = PACE_MAX});
    for (uint64_t i = 1; i <= MANY - 10; i++) {
        expect(fixture, INBOX_MESSAGE, i);
        if (i == 100 || i == MANY / 2)
            test_server_crash(&fixture->base.server);
    }
    expect(fixture, INBOX_CAUGHT_UP, MANY - 10);
    leave(fixture);
}

static void test_a_deleted_consumer_leaves_no_gap_and_no_double(void **state)
{
    struct fixture *fixture = *state;
    enum { MANY = 60000 };
    stream_fixture_fill(&fixture->base, MANY);
    inbox_destroy(fixture->base.inbox);
    fixture->base.inbox = inbox_create(65536);
    start(fixture, (struct replay_options){.speed_millionths = PACE_MAX});
    for (uint64_t i = 1; i <= MANY; i++) {
        expect(fixture, INBOX_MESSAGE, i);
        if (i == 100)
            stream_fixture_delete_consumers(&fixture->base, 1);
    }
    expect(fixture, INBOX_CAUGHT_UP, MANY);
    leave(fixture);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_bounds_by_sequence),
        WITH_SERVER(test_bounds_by_time),
        WITH_SERVER(test_an_empty_and_a_purged_stream),
        WITH_SERVER(test_it_ends_where_the_stream_ended_at_its_start),
        WITH_SERVER(test_no_such_stream),
        WITH_SERVER(test_speeds),
        WITH_SERVER(test_it_ends_at_once_when_it_is_told_to),
        WITH_SERVER(test_a_killed_server_leaves_no_gap_and_no_double),
        WITH_SERVER(test_a_deleted_consumer_leaves_no_gap_and_no_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
