/* The feed on a real server: what its thread publishes is read back from the stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/follower.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/depth.h"
#include "core/event.h"
#include "core/timestamp.h"
#include "feed/feed.h"
#include "files.h"

enum { SYMBOLS = 8 };

struct rig {
    struct test_server server;
    struct market_publisher *publisher;
    struct inbox *inbox;
    struct follower *follower;
    struct instruments instruments;
    struct feed *feed;
    uint64_t conflated_before; /* for conditions */
    uint64_t published_before;
};

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    files_setup();
    test_server_start(&rig->server);
    struct error error = {0};
    assert_int_equal(streams_create(rig->server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    rig->publisher =
        market_publisher_create(rig->server.tape, &(struct market_publisher_options){.stream = "MARKET_DATA"}, &error);
    assert_non_null(rig->publisher);
    rig->inbox = inbox_create(1 << 20);
    struct follower_options follow = {
        .stream = "MARKET_DATA", .filter = "md.>", .from = FOLLOW_SEQUENCE, .sequence = 1};
    rig->follower = follower_create(rig->server.tape, &follow, rig->inbox, &error);
    assert_non_null(rig->follower);
    assert_int_equal(instruments_init_builtin(&rig->instruments, &error), 0);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    feed_stop(rig->feed);
    inbox_close(rig->inbox);
    follower_destroy(rig->follower);
    market_publisher_destroy(rig->publisher, 100);
    inbox_destroy(rig->inbox);
    instruments_free(&rig->instruments);
    test_server_stop(&rig->server);
    files_teardown();
    free(rig);
    return 0;
}

static void start_limited(struct rig *rig, const char *spec, uint32_t limit)
{
    struct feed_options options = {
        .spec = spec, .instruments = &rig->instruments, .publisher = rig->publisher, .limit_per_second = limit};
    struct error error = {0};
    rig->feed = feed_start(&options, &error);
    if (rig->feed == NULL)
        fail_msg("%s", error.text);
}

static void start(struct rig *rig, const char *spec)
{
    start_limited(rig, spec, 0);
}

/* The next quote of the stream. */
static struct quote next_quote(struct rig *rig)
{
    struct inbox_item item = test_await(rig->inbox, INBOX_MESSAGE);
    struct event event;
    struct error error = {0};
    if (event_decode(&event, item.subject, item.payload, item.payload_bytes, NULL, &error))
        fail_msg("%s %s: %s", item.subject, item.payload, error.text);
    assert_int_equal(event.kind, EVENT_QUOTE);
    assert_string_equal(event.quote.source, feed_source(rig->feed));
    return event.quote;
}

/* The depth behind the quotes stands in a stream of its own. */
static void depth_is_on_the_tape(void **state)
{
    struct rig *rig = *state;
    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    struct market_publisher *publisher =
        market_publisher_create(rig->server.tape, &(struct market_publisher_options){.stream = "MARKET_DEPTH"}, &error);
    struct follower_options follow = {.stream = "MARKET_DEPTH", .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct follower *follower = follower_create(rig->server.tape, &follow, inbox, &error);
    assert_non_null(publisher);
    assert_non_null(follower);
    struct feed_options options = {.spec = "sim:rate=100",
                                   .instruments = &rig->instruments,
                                   .publisher = rig->publisher,
                                   .depth_publisher = publisher,
                                   .depths_per_second = 5};
    rig->feed = feed_start(&options, &error);
    assert_non_null(rig->feed);
    uint64_t seqs[SYMBOLS] = {0};
    for (int i = 0; i < 30; i++) {
        struct inbox_item item = test_await(inbox, INBOX_MESSAGE);
        struct depth depth;
        if (depth_decode(&depth, item.subject, item.payload, item.payload_bytes, &error) != 0)
            fail_msg("%s %s: %s", item.subject, item.payload, error.text);
        const struct instrument *instrument = instruments_find(&rig->instruments, depth.exchange, depth.symbol);
        size_t at = (size_t)(instrument - rig->instruments.items);
        assert_true(at < SYMBOLS);
        assert_int_equal(depth.seq, ++seqs[at]);
        assert_string_equal(depth.source, feed_source(rig->feed));
        assert_int_equal(depth.bid_count, DEPTH_LEVELS);
        assert_int_equal(depth.ask_count, DEPTH_LEVELS);
    }
    feed_stop(rig->feed);
    rig->feed = NULL;
    inbox_close(inbox);
    follower_destroy(follower);
    market_publisher_destroy(publisher, 1000);
    inbox_destroy(inbox);
}

static bool is_finished(void *context)
{
    return feed_counts(((struct rig *)context)->feed).finished;
}

static void the_simulator_is_on_the_tape(void **state)
{
    struct rig *rig = *state;
    start(rig, "sim:rate=100,seed=5");
    assert_memory_equal(feed_source(rig->feed), "sim-", 4);
    struct quote last[SYMBOLS] = {0};
    size_t known = 0, trades = 0;
    for (int i = 0; i < 1000; i++) {
        struct quote quote = next_quote(rig);
        size_t at = 0;
        while (at < known && strcmp(last[at].symbol, quote.symbol) != 0)
            at++;
        if (at == known)
            known++;
        assert_true(known <= 7);
        assert_true(i >= 7 || quote.seq == 1); /* each instrument once, in the first moment */
        assert_int_equal(quote.seq, last[at].seq + 1);
        assert_true(quote.bid < quote.ask && quote.bid > 0);
        assert_true(quote.timestamp_ns >= last[at].timestamp_ns && quote.received_ns == quote.timestamp_ns);
        trades += quote.last != DECIMAL_NONE;
        assert_true((quote.volume == DECIMAL_NONE) == (quote.last == DECIMAL_NONE));
        last[at] = quote;
    }
    assert_int_equal(known, 7);
    assert_true(trades > 50);
    struct player_counts counts = feed_counts(rig->feed);
    assert_false(counts.finished);
    assert_true(counts.published >= 900);
    assert_true(counts.position_ns > 0);
}

/* What it does with one that answers is tested in test_live.c. */
static void a_venue_that_is_not_there_holds_nothing_up(void **state)
{
    struct rig *rig = *state;
    start(rig, "kraken:BTC/USD,url=wss://localhost:1");
    assert_memory_equal(feed_source(rig->feed), "kraken-", 7);
    struct player_counts counts = feed_counts(rig->feed);
    assert_int_equal(counts.published + counts.connections, 0);
    assert_false(counts.finished);
}

static void a_recording_ends_and_the_feed_stays(void **state)
{
    struct rig *rig = *state;
    size_t length;
    char *sample = files_sample(&length), path[PATH_SIZE], spec[PATH_SIZE + 64];
    files_write("sample.gz", sample, length, FILES_GZIP);
    free(sample);
    files_path(path, "sample.gz");
    snprintf(spec, sizeof spec, "recording:%s,speed=10", path);
    start(rig, spec);
    assert_memory_equal(feed_source(rig->feed), "recording-", 10);
    struct quote quote = {0};
    for (uint64_t i = 1; i <= 5; i++) {
        quote = next_quote(rig);
        assert_string_equal(quote.exchange, "BINANCE");
        assert_string_equal(quote.symbol, "ABCUSDT");
        assert_int_equal(quote.seq, i);
    }
    assert_int_equal(quote.bid, 9990000000);
    assert_int_equal(quote.timestamp_ns, 1700000001000000000);
    test_until(is_finished, rig);
    struct player_counts counts = feed_counts(rig->feed);
    assert_int_equal(counts.published, 5);
    assert_int_equal(counts.bad_lines, 2);
    assert_int_equal(counts.duplicates, 1);
    assert_true(counts.pace > 0 && counts.pace < 11);
}

/* Plays a recording of so many quotes at full speed and expects each of them. */
static void play_at_full_speed(struct rig *rig, int count, uint32_t limit)
{
    char *text = malloc((size_t)count * 120), path[PATH_SIZE], spec[PATH_SIZE + 64];
    assert_non_null(text);
    size_t at = 0;
    for (int i = 1; i <= count; i++)
        at += (size_t)sprintf(text + at,
                              "%lld {\"u\":%d,\"s\":\"S%d\",\"b\":\"%d\",\"B\":\"1\",\"a\":\"%d\",\"A\":\"1\"}\n",
                              1700000000000000000LL + i, i, i % 3, i, i + 1);
    files_write("many", text, at, FILES_PLAIN);
    free(text);
    files_path(path, "many");
    snprintf(spec, sizeof spec, "recording:%s,speed=max", path);
    start_limited(rig, spec, limit);
    for (int i = 1; i <= count; i++)
        assert_int_equal(next_quote(rig).bid, i * PRICE_ONE);
    test_until(is_finished, rig);
    assert_int_equal(feed_counts(rig->feed).published, count);
    assert_int_equal(feed_counts(rig->feed).conflated, 0);
}

static void at_full_speed_every_quote_arrives(void **state)
{
    play_at_full_speed(*state, 20000, 0);
}

static void at_full_speed_the_limit_makes_it_slower_but_loses_nothing(void **state)
{
    play_at_full_speed(*state, 3000, 2000);
}

static bool has_many_conflated(void *context)
{
    return feed_counts(((struct rig *)context)->feed).conflated >= 3000;
}

/* Of seven instruments with 1000 quotes/s each, 500 pass. */
static void above_the_limit_quotes_are_conflated(void **state)
{
    struct rig *rig = *state;
    start_limited(rig, "sim:rate=1000", 500);
    test_until(has_many_conflated, rig);
    struct player_counts counts = feed_counts(rig->feed);
    assert_true(counts.published < 3000);
    uint64_t conflated = 0;
    struct quote last[SYMBOLS] = {0};
    size_t known = 0;
    for (uint64_t i = 0; i < counts.published - 1; i++) { /* the last one may not have been flushed */
        struct quote quote = next_quote(rig);
        size_t at = 0;
        while (at < known && strcmp(last[at].symbol, quote.symbol) != 0)
            at++;
        known += at == known;
        assert_int_equal(quote.seq, last[at].seq + 1); /* what was conflated leaves no hole */
        conflated += quote.conflated;
        last[at] = quote;
    }
    assert_true(conflated > counts.conflated / 2 && conflated <= counts.conflated);
}

static bool has_conflated(void *context)
{
    struct rig *rig = context;
    return feed_counts(rig->feed).conflated > rig->conflated_before;
}

static bool has_published(void *context)
{
    struct rig *rig = context;
    return feed_counts(rig->feed).published > rig->published_before;
}

/* A server that stands still: the feed conflates and goes on by itself afterwards. */
static void a_server_that_stands_still_is_waited_for(void **state)
{
    struct rig *rig = *state;
    start(rig, "sim:rate=1000");
    next_quote(rig);
    int pid = embedded_server_pid(rig->server.server);
    rig->conflated_before = feed_counts(rig->feed).conflated;
    kill(pid, SIGSTOP);
    test_until(has_conflated, rig);
    kill(pid, SIGCONT);
    rig->published_before = feed_counts(rig->feed).published + 5000;
    test_until(has_published, rig);
}

static void none_is_finished_at_once(void **state)
{
    struct rig *rig = *state;
    start(rig, "none");
    assert_true(feed_counts(rig->feed).finished);
    assert_int_equal(feed_counts(rig->feed).published, 0);
    assert_memory_equal(feed_source(rig->feed), "none-", 5);
    feed_stop(NULL);
}

static void a_bad_spec_does_not_start(void **state)
{
    struct rig *rig = *state;
    static const char *const specs[] = {"", "simulator", "sim:rate=0", "recording:/does/not/exist", "recording:/tmp"};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        struct feed_options options = {.spec = specs[i], .instruments = &rig->instruments, .publisher = rig->publisher};
        struct error error = {0};
        assert_null(feed_start(&options, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_true(strlen(error.text) > 0);
    }
}

static void two_starts_have_two_sources(void **state)
{
    struct rig *rig = *state;
    start(rig, "sim");
    struct quote first = next_quote(rig);
    feed_stop(rig->feed);
    rig->feed = NULL;
    start(rig, "sim");
    assert_string_not_equal(first.source, feed_source(rig->feed));
}

static void a_lease_is_named_after_the_spec(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"sim", "feed-sim"},
        {"sim:seed=7", "feed-sim-seed-7-6cbfff53"},
        {"sim;seed=7", "feed-sim-seed-7-a41ac1bc"},
        {"recording:/var/lib/tapedeck/a-very-long-name/of-a-file.jsonl",
         "feed-recording--var-lib-tapedeck-a-very-long--370c1e88"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char role[LEASE_ROLE_SIZE];
        feed_lease_role(role, CASES[i][0]);
        assert_string_equal(role, CASES[i][1]);
    }
}

/* Who publishes: quotes per source, as they stand in the stream. */
struct pair {
    struct rig *rig;
    struct feed *feeds[2];
    uint64_t quotes[2];
    int64_t last_ns[2], first_ns[2]; /* stored */
    size_t wanted;                   /* the feed that is waited for, */
    uint64_t rounds;                 /* until the stream has so many times 50 of its quotes */
};

static bool wanted_publishes(void *context)
{
    struct pair *pair = context;
    struct inbox_item item;
    while (inbox_take(pair->rig->inbox, &item)) {
        for (size_t i = 0; item.kind == INBOX_MESSAGE && i < 2; i++) {
            if (pair->feeds[i] == NULL || strstr(item.payload, feed_source(pair->feeds[i])) == NULL)
                continue;
            if (pair->quotes[i]++ == 0)
                pair->first_ns[i] = item.stored_ns;
            pair->last_ns[i] = item.stored_ns;
        }
    }
    return pair->quotes[pair->wanted] >= 50 * pair->rounds;
}

static struct feed *start_leased(struct rig *rig, const char *identity)
{
    struct error error = {0};
    struct feed_options options = {.spec = "sim",
                                   .instruments = &rig->instruments,
                                   .publisher = rig->publisher,
                                   .lease_tape = rig->server.tape,
                                   .lease_identity = identity};
    struct feed *feed = feed_start(&options, &error);
    if (feed == NULL)
        fail_msg("%s", error.text);
    return feed;
}

/* Of two with the same feed one publishes, the other when that one has ended. */
static void of_two_with_one_feed_one_publishes(void **state)
{
    struct pair pair = {.rig = *state, .rounds = 1};
    pair.feeds[0] = start_leased(pair.rig, "one");
    test_until(wanted_publishes, &pair);
    pair.feeds[1] = start_leased(pair.rig, "two");
    pair.rounds = 4;
    test_until(wanted_publishes, &pair);
    assert_int_equal(pair.quotes[1], 0);
    assert_int_equal(feed_counts(pair.feeds[1]).published, 0);

    struct feed *first = pair.feeds[0];
    feed_stop(first);
    pair.feeds[0] = NULL;
    pair.wanted = 1;
    pair.rounds = 1;
    test_until(wanted_publishes, &pair);
    assert_true(pair.first_ns[1] > pair.last_ns[0]);
    feed_stop(pair.feeds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_simulator_is_on_the_tape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_venue_that_is_not_there_holds_nothing_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(depth_is_on_the_tape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_recording_ends_and_the_feed_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_full_speed_every_quote_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_full_speed_the_limit_makes_it_slower_but_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(above_the_limit_quotes_are_conflated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_stands_still_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(none_is_finished_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bad_spec_does_not_start, set_up, tear_down),
        cmocka_unit_test(a_lease_is_named_after_the_spec),
        cmocka_unit_test_setup_teardown(of_two_with_one_feed_one_publishes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_starts_have_two_sources, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
