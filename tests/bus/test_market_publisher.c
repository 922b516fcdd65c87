/* Market data on a real server: what the publisher says of its messages is what the stream holds, whatever happens. */
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

#include "bus/market_publisher.h"
#include "bus/publisher.h"
#include "bus/stream.h"
#include "bus/stream_fixture.h"
#include "bus/tape_internal.h"
#include "core/timestamp.h"

struct rig {
    struct stream_fixture fixture;
    struct market_publisher *publisher;
    uint64_t sent;
};

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    stream_fixture_start(&rig->fixture);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    market_publisher_destroy(rig->publisher, 100);
    stream_fixture_stop(&rig->fixture);
    free(rig);
    return 0;
}

static void create(struct rig *rig, struct market_publisher_options options)
{
    struct error error = {0};
    options.stream = "T";
    rig->publisher = market_publisher_create(rig->fixture.server.tape, &options, &error);
    if (rig->publisher == NULL)
        fail_msg("%s", error.text);
}

static bool try_send(struct rig *rig, const char *subject)
{
    char payload[200];
    int bytes = snprintf(payload, sizeof payload, "{\"n\":%llu,\"text\":\"%0100d\"}", (unsigned long long)rig->sent, 0);
    if (!market_publisher_send(rig->publisher, subject, payload, (size_t)bytes))
        return false;
    rig->sent++;
    return true;
}

static bool has_taken(void *context)
{
    return try_send(context, "t.a");
}

static void send_many(struct rig *rig, int count)
{
    for (int i = 0; i < count; i++)
        if (!try_send(rig, "t.a"))
            test_until(has_taken, rig);
}

/* As a feed does that has nothing more to send for now, until everything is known. */
static bool is_decided(void *context)
{
    struct rig *rig = context;
    market_publisher_flush(rig->publisher);
    struct market_tally tally = market_publisher_counts(rig->publisher).tally;
    return tally.open == 0 && tally.sent == rig->sent;
}

static struct market_counts counts_when_decided(struct rig *rig)
{
    test_until(is_decided, rig);
    return market_publisher_counts(rig->publisher);
}

static uint64_t stored_on(struct tape *tape)
{
    jsStreamInfo *info = NULL;
    assert_int_equal(js_GetStreamInfo(&info, tape_jetstream(tape), "T", NULL, NULL), NATS_OK);
    uint64_t count = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    return count;
}

static uint64_t stored(struct rig *rig)
{
    return stored_on(rig->fixture.server.tape);
}

static void test_alone_the_numbers_suffice(void **state)
{
    struct rig *rig = *state;
    create(rig, (struct market_publisher_options){0});
    send_many(rig, 20000);
    struct market_counts counts = counts_when_decided(rig);
    assert_int_equal(counts.tally.stored, 20000);
    assert_int_equal(counts.tally.lost + counts.tally.unknown, 0);
    assert_int_equal(counts.read_back, 0);
    assert_int_equal(stored(rig), 20000);
    assert_true(counts.round_trip_ns > 0);
}

static void test_a_single_message_is_known_after_its_flush(void **state)
{
    struct rig *rig = *state;
    create(rig, (struct market_publisher_options){0});
    for (uint64_t i = 1; i <= 3; i++) {
        send_many(rig, 1);
        assert_int_equal(counts_when_decided(rig).tally.stored, i);
    }
}

static void test_what_no_stream_takes_is_lost(void **state)
{
    struct rig *rig = *state;
    create(rig, (struct market_publisher_options){0});
    send_many(rig, 10);
    assert_true(try_send(rig, "elsewhere.a"));
    send_many(rig, 10);
    assert_true(try_send(rig, "elsewhere.b"));
    send_many(rig, 1);
    struct market_counts counts = counts_when_decided(rig);
    assert_int_equal(counts.tally.stored, 21);
    assert_int_equal(counts.tally.lost, 2);
    assert_int_equal(counts.refused, 0); /* no answer was asked for */
    assert_int_equal(stored(rig), 21);
}

/* Somebody else, who publishes to the same stream for as long as a test runs. */
struct neighbour {
    struct rig *rig;
    atomic_bool stop;
    uint64_t sent;
};

static void *publish_beside(void *argument)
{
    struct neighbour *neighbour = argument;
    natsConnection *connection = tape_connection(neighbour->rig->fixture.server.tape);
    while (!atomic_load(&neighbour->stop)) {
        natsConnection_PublishString(connection, "t.b", "not ours");
        if (++neighbour->sent % 8 == 0)
            natsConnection_FlushTimeout(connection, 1000);
    }
    natsConnection_FlushTimeout(connection, 1000);
    return NULL;
}

static void test_with_others_it_is_read_back(void **state)
{
    struct rig *rig = *state;
    struct neighbour neighbour = {.rig = rig};
    pthread_t thread;
    create(rig, (struct market_publisher_options){0});
    assert_int_equal(pthread_create(&thread, NULL, publish_beside, &neighbour), 0);
    for (int i = 0; i < 30; i++) {
        send_many(rig, 300);
        assert_true(try_send(rig, "elsewhere.a"));
        send_many(rig, 1);
        market_publisher_flush(rig->publisher);
    }
    struct market_counts counts = counts_when_decided(rig);
    atomic_store(&neighbour.stop, true);
    pthread_join(thread, NULL);
    assert_int_equal(counts.tally.stored, 30 * 301);
    assert_int_equal(counts.tally.lost, 30);
    assert_int_equal(counts.tally.unknown, 0);
    assert_true(counts.read_back > 0);
    /* Alone again: the first reading finds the last of the others, the second none. */
    for (int i = 0; i < 2; i++) {
        send_many(rig, 1);
        counts_when_decided(rig);
    }
    uint64_t read_back = market_publisher_counts(rig->publisher).read_back;
    send_many(rig, 500);
    counts = counts_when_decided(rig);
    assert_int_equal(counts.tally.stored, 30 * 301 + 502);
    assert_int_equal(counts.read_back, read_back);
}

static void test_after_kills_it_says_what_the_stream_holds(void **state)
{
    struct rig *rig = *state;
    create(rig, (struct market_publisher_options){0});
    for (int i = 0; i < 3; i++) {
        send_many(rig, 20000);
        test_server_crash(&rig->fixture.server);
    }
    send_many(rig, 1000);
    struct market_counts counts = counts_when_decided(rig);
    assert_int_equal(counts.tally.unknown, 0);
    assert_int_equal(counts.tally.stored + counts.tally.lost, 61000);
    assert_int_equal(counts.tally.stored, stored(rig));
}

static void test_a_stopped_server_makes_it_full_and_loses_nothing(void **state)
{
    struct rig *rig = *state;
    create(rig, (struct market_publisher_options){.window = 512});
    send_many(rig, 1);
    counts_when_decided(rig);
    test_server_freeze(&rig->fixture.server);
    while (try_send(rig, "t.a"))
        assert_true(rig->sent < 1000);
    assert_true(rig->sent > 500);
    assert_int_equal(market_publisher_counts(rig->publisher).full, 1);
    test_server_thaw(&rig->fixture.server);
    struct market_counts counts = counts_when_decided(rig);
    assert_int_equal(counts.tally.stored + counts.tally.lost, rig->sent);
    assert_int_equal(counts.tally.stored, stored(rig));
}

static bool is_refused(void *context)
{
    struct rig *rig = context;
    return market_publisher_counts(rig->publisher).refused >= 2;
}

static bool is_refused_while_sending(void *context)
{
    try_send(context, "t.a");
    market_publisher_flush(((struct rig *)context)->publisher);
    return is_refused(context);
}

static void test_a_stream_that_is_gone_and_comes_back(void **state)
{
    struct rig *rig = *state;
    create(rig, (struct market_publisher_options){0});
    send_many(rig, 1000);
    counts_when_decided(rig);
    jsCtx *jetstream = tape_jetstream(rig->fixture.server.tape);
    assert_int_equal(js_DeleteStream(jetstream, "T", NULL, NULL), NATS_OK);
    test_until(is_refused_while_sending, rig);
    uint64_t sent_to_nobody = rig->sent - 1000;
    assert_true(sent_to_nobody < 100); /* one at a time, ten a second */
    struct error error = {0};
    assert_int_equal(streams_create(rig->fixture.server.tape, &STREAM_FIXTURE_CONFIG, 1, 1, &error), 0);
    send_many(rig, 1000);
    struct market_counts counts = counts_when_decided(rig);
    assert_int_equal(counts.tally.stored, 1000 + stored(rig));
    assert_int_equal(counts.tally.stored + counts.tally.lost, rig->sent);
    assert_true(counts.tally.lost >= 2);
}

static void test_without_a_stream_it_starts_with_losses(void **state)
{
    struct rig *rig = *state;
    create(rig, (struct market_publisher_options){0});
    assert_true(try_send(rig, "elsewhere.a"));
    struct market_counts counts = counts_when_decided(rig);
    assert_int_equal(counts.tally.lost, 1);
    assert_int_equal(counts.refused, 1);
    send_many(rig, 5);
    assert_int_equal(counts_when_decided(rig).tally.stored, 5);
}

/* What the user of the publisher may do. */
static const char *config_with(const char *permissions)
{
    static char config[512];
    snprintf(config, sizeof config,
             "jetstream {}\n"
             "authorization { users: [\n"
             "  { user: test, password: password }\n"
             "  { user: publisher, password: password, permissions: { %s } }\n"
             "] }\n",
             permissions);
    return config;
}

static bool is_held_up(void *context)
{
    return !try_send(context, "t.a");
}

/* Rights that are taken away while it publishes, and given back: no answer tells of the one, nor of the other. */
static void check_rights(struct rig *rig, const char *permissions)
{
    struct test_plain_server server;
    struct error error = {0};
    char directory[64], url[64];
    test_directory_create(directory);
    test_plain_start(&server, directory, config_with(""));
    snprintf(url, sizeof url, "nats://127.0.0.1:%u", (unsigned)server.port);
    struct tape *tape = tape_connect(
        &(struct tape_options){.urls = url, .name = "test", .user = "publisher", .password = "password"}, &error);
    assert_non_null(tape);
    assert_int_equal(streams_create(tape, &STREAM_FIXTURE_CONFIG, 1, 1, &error), 0);
    rig->publisher =
        market_publisher_create(tape, &(struct market_publisher_options){.stream = "T", .ack_timeout_ms = 300}, &error);
    assert_non_null(rig->publisher);
    send_many(rig, 1000);
    counts_when_decided(rig);
    test_plain_reload(&server, directory, config_with(permissions));
    test_until(is_held_up, rig);
    test_plain_reload(&server, directory, config_with(""));
    send_many(rig, 1000);
    struct market_counts counts = counts_when_decided(rig);
    assert_int_equal(counts.tally.unknown, 0);
    assert_int_equal(counts.tally.stored + counts.tally.lost, rig->sent);
    assert_int_equal(counts.tally.stored, stored_on(tape));
    market_publisher_destroy(rig->publisher, 100);
    rig->publisher = NULL;
    tape_destroy(tape);
    test_plain_stop(&server);
    test_directory_remove(directory);
}

static void test_the_right_to_publish_is_taken_away_for_a_while(void **state)
{
    check_rights(*state, "publish: { deny: \"t.>\" }");
}

static void test_the_right_to_answers_is_taken_away_for_a_while(void **state)
{
    check_rights(*state, "subscribe: { deny: \"_INBOX.>\" }");
}

static void test_the_end_sends_what_is_held(void **state)
{
    struct rig *rig = *state;
    create(rig, (struct market_publisher_options){0});
    send_many(rig, 5000);
    market_publisher_destroy(rig->publisher, 10000);
    rig->publisher = NULL;
    assert_int_equal(stored(rig), 5000);
    market_publisher_destroy(NULL, 0);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_alone_the_numbers_suffice),
        WITH_SERVER(test_a_single_message_is_known_after_its_flush),
        WITH_SERVER(test_what_no_stream_takes_is_lost),
        WITH_SERVER(test_with_others_it_is_read_back),
        WITH_SERVER(test_after_kills_it_says_what_the_stream_holds),
        WITH_SERVER(test_a_stopped_server_makes_it_full_and_loses_nothing),
        WITH_SERVER(test_a_stream_that_is_gone_and_comes_back),
        WITH_SERVER(test_without_a_stream_it_starts_with_losses),
        WITH_SERVER(test_the_right_to_publish_is_taken_away_for_a_while),
        WITH_SERVER(test_the_right_to_answers_is_taken_away_for_a_while),
        WITH_SERVER(test_the_end_sends_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
