/* Snapshots on a real server: what was written reads back; what is damaged, missing or half written is left out, and
 * the one before it is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bucket.h"
#include "bus/snapshot.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"

#define SERVICE "keeper"

enum { COOKIE = 77, LARGE = 3 * SNAPSHOT_CHUNK_BYTES + 1000, SMALL = 100 };

struct bench {
    struct test_server server;
    struct publisher *publisher;
    struct inbox *inbox;
    struct snapshot_writer *writer;
    uint64_t generation; /* of the connection, before the server was killed */
};

static void make_writer(struct bench *bench)
{
    struct error error = {0};
    bench->writer = snapshot_writer_create(bench->publisher, bench->inbox, COOKIE, SERVICE);
    if (snapshot_writer_look(bench->writer, bench->server.tape, &error) != 0)
        fail_msg("%s", error.text);
}

static int set_up(void **state)
{
    struct error error = {0};
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    test_server_start(&bench->server);
    bench->publisher = publisher_create(bench->server.tape, &(struct publisher_options){0}, &error);
    assert_non_null(bench->publisher);
    bench->inbox = inbox_create(1 << 20);
    if (snapshot_open(bench->server.tape, &error) != 0)
        fail_msg("%s", error.text);
    make_writer(bench);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    snapshot_writer_destroy(bench->writer);
    publisher_destroy(bench->publisher, 1000);
    inbox_destroy(bench->inbox);
    test_server_stop(&bench->server);
    free(bench);
    return 0;
}

/* The state of a snapshot: as many numbers as it takes, counted from `first`. */
static void pack_numbers(struct pack *pack, uint64_t first, size_t bytes)
{
    for (size_t i = 0; i < bytes / 4; i++) {
        uint64_t number = (1 << 24) + (first + i) % 1000; /* four bytes each */
        uint64_t wanted = number;
        pack_u64(pack, &number);
        assert_int_equal(number, wanted);
    }
}

/* Begins a snapshot that stands at this ORDERS sequence, and lets `messages` of it be stored; all when negative.
 * Returns whether it became complete. */
static bool write_some(struct bench *bench, uint64_t sequence, size_t bytes, int messages)
{
    struct snapshot_places places = {
        .items = {{.stream = "ORDERS", .at = {.sequence = sequence, .stored_ns = (int64_t)sequence * 1000}},
                  {.stream = "RISK"}},
        .count = 2};
    struct pack *pack = snapshot_writer_begin(bench->writer, &places);
    assert_non_null(pack);
    pack_numbers(pack, sequence, bytes);
    snapshot_writer_go(bench->writer);
    for (int i = 0; messages < 0 || i < messages; i++) {
        struct inbox_item item = test_await(bench->inbox, INBOX_PUBLISHED);
        assert_int_equal(item.result.cookie, COOKIE);
        assert_int_equal(item.result.status, PUBLISH_STORED);
        if (snapshot_writer_answered(bench->writer, &item.result))
            return true;
    }
    return false;
}

static void write_all(struct bench *bench, uint64_t sequence, size_t bytes)
{
    assert_true(write_some(bench, sequence, bytes, -1));
    assert_false(snapshot_writer_is_busy(bench->writer));
}

/* Reads one and checks all of it. 0 for `sequence`: there is none. */
static void expect(struct bench *bench, int which, uint64_t sequence, size_t bytes)
{
    struct snapshot snapshot;
    struct error error = {0};
    bool found;
    if (snapshot_read(bench->server.tape, SERVICE, which, &snapshot, &found, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(found, sequence != 0);
    if (!found)
        return;
    const struct snapshot_place *orders = snapshot_place_of(&snapshot.places, "ORDERS");
    assert_non_null(orders);
    assert_int_equal(orders->at.sequence, sequence);
    assert_int_equal(orders->at.stored_ns, sequence * 1000);
    assert_int_equal(snapshot_place_of(&snapshot.places, "RISK")->at.sequence, 0);
    assert_null(snapshot_place_of(&snapshot.places, "POSITIONS"));
    pack_numbers(&snapshot.state, sequence, bytes);
    assert_int_equal(pack_finish(&snapshot.state), 0);
    snapshot_free(&snapshot);
}

static void put(struct bench *bench, const char *key, const char *value)
{
    struct bucket bucket = {.tape = bench->server.tape, .name = SNAPSHOT_BUCKET, .wait_ms = 2000};
    assert_int_equal(bucket_put(&bucket, key, value, BUCKET_ANY_REVISION, NULL, NULL), BUCKET_DONE);
}

static bool is_connected_again(void *context)
{
    const struct bench *bench = context;
    return tape_generation(bench->server.tape) > bench->generation && tape_is_connected(bench->server.tape);
}

static void test_what_was_written_reads_back(void **state)
{
    struct bench *bench = *state;
    expect(bench, SNAPSHOT_NEWEST, 0, 0);
    expect(bench, SNAPSHOT_BEFORE, 0, 0);
    write_all(bench, 10, LARGE);
    expect(bench, SNAPSHOT_NEWEST, 10, LARGE);
    expect(bench, SNAPSHOT_BEFORE, 0, 0);
    write_all(bench, 20, SMALL);
    expect(bench, SNAPSHOT_NEWEST, 20, SMALL);
    expect(bench, SNAPSHOT_BEFORE, 10, LARGE);
    write_all(bench, 30, SNAPSHOT_CHUNK_BYTES); /* shorter than what stood in its slot */
    expect(bench, SNAPSHOT_NEWEST, 30, SNAPSHOT_CHUNK_BYTES);
    expect(bench, SNAPSHOT_BEFORE, 20, SMALL);

    /* The chunks that it does not need any more are emptied. */
    struct bucket bucket = {.tape = bench->server.tape, .name = SNAPSHOT_BUCKET, .wait_ms = 2000};
    struct bucket_entry entry;
    assert_int_equal(bucket_get(&bucket, SERVICE ".a.3", &entry, NULL), BUCKET_DONE);
    assert_true(entry.revision > 0);
    assert_string_equal(entry.value, "");

    bench->generation = tape_generation(bench->server.tape);
    test_server_crash(&bench->server);
    test_until(is_connected_again, bench);
    expect(bench, SNAPSHOT_NEWEST, 30, SNAPSHOT_CHUNK_BYTES);
}

/* As if the process was killed after so many messages: the snapshot before is whole, and another process goes on. */
static void test_one_that_is_half_written_is_left_out(void **state)
{
    struct bench *bench = *state;
    write_all(bench, 10, SMALL);
    write_all(bench, 20, LARGE);
    for (int messages = 0; messages <= 5; messages++) { /* withdrawn, four chunks, but no manifest */
        assert_false(write_some(bench, 30, LARGE, messages));
        test_await(bench->inbox, INBOX_PUBLISHED); /* the next was on its way */
        if (messages < 5)
            expect(bench, SNAPSHOT_NEWEST, 20, LARGE);
        else
            expect(bench, SNAPSHOT_NEWEST, 30, LARGE); /* that was the manifest */
        snapshot_writer_destroy(bench->writer);
        make_writer(bench);
    }
    expect(bench, SNAPSHOT_BEFORE, 20, LARGE);
    write_all(bench, 40, LARGE);
    expect(bench, SNAPSHOT_NEWEST, 40, LARGE);
    expect(bench, SNAPSHOT_BEFORE, 30, LARGE);
}

static void test_what_is_damaged_is_left_out(void **state)
{
    /* Slot b is the newer one. A manifest and the chunks that it does not name are no harm. */
    static const struct {
        const char *key, *value;
        bool harmless;
    } cases[] = {
        {SERVICE ".b.1", "another chunk", false},
        {SERVICE ".b.3", "x", false},
        {SERVICE ".b.9", "one too many", true},
        {SERVICE ".b", "no json", false},
        {SERVICE ".b", "{\"format\":1,\"bytes\":400,\"chunks\":1,\"chunk_bytes\":131072,\"sha256\":\"00\"}", false},
        {SERVICE ".b", "{\"format\":2,\"bytes\":400,\"chunks\":1,\"chunk_bytes\":131072,\"sha256\":\"00\"}", false},
        {SERVICE ".b", "{\"format\":1,\"bytes\":99999999999999,\"chunks\":1,\"chunk_bytes\":99999999999999}", false},
        {SERVICE ".b", "{\"format\":1,\"bytes\":0,\"chunks\":0,\"chunk_bytes\":0,\"sha256\":\"\"}", false},
        {SERVICE ".c", "another key", true},
        {"other.b.0", "another service", true},
    };
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snapshot_writer_destroy(bench->writer);
        put(bench, SERVICE ".a", "{}"); /* so that both are written anew, a before b */
        put(bench, SERVICE ".b", "{}");
        make_writer(bench);
        write_all(bench, 10, SMALL);
        write_all(bench, 20, LARGE);
        put(bench, cases[i].key, cases[i].value);
        struct snapshot snapshot;
        bool newest = false;
        assert_int_equal(snapshot_read(bench->server.tape, SERVICE, SNAPSHOT_NEWEST, &snapshot, &newest, NULL), 0);
        bool is_20 = newest && snapshot_place_of(&snapshot.places, "ORDERS")->at.sequence == 20;
        snapshot_free(&snapshot);
        if (is_20 != cases[i].harmless)
            fail_msg("%s = %s: %s", cases[i].key, cases[i].value, is_20 ? "was taken" : "harms");
        if (cases[i].harmless)
            continue;
        /* The other one is found, whichever is called the newest now. */
        bool before = newest;
        if (!newest)
            assert_int_equal(snapshot_read(bench->server.tape, SERVICE, SNAPSHOT_BEFORE, &snapshot, &before, NULL), 0);
        assert_true(before);
        if (!newest)
            snapshot_free(&snapshot);
    }
}

static void test_no_server_is_an_error(void **state)
{
    struct bench *bench = *state;
    struct snapshot snapshot;
    struct error error = {0};
    bool found = true;
    write_all(bench, 10, SMALL);
    test_server_freeze(&bench->server);
    assert_int_equal(snapshot_read(bench->server.tape, SERVICE, SNAPSHOT_NEWEST, &snapshot, &found, &error), -1);
    assert_false(found);
    assert_int_equal(error.kind, ERROR_SERVER);
    test_server_thaw(&bench->server);
    expect(bench, SNAPSHOT_NEWEST, 10, SMALL);
}

/* A message that is not stored ends the attempt; the next one is free. */
static void test_a_refused_message_ends_the_attempt(void **state)
{
    struct bench *bench = *state;
    write_all(bench, 10, SMALL);
    assert_false(write_some(bench, 20, LARGE, 2));
    struct inbox_item item = test_await(bench->inbox, INBOX_PUBLISHED);
    item.result.status = PUBLISH_UNKNOWN;
    assert_false(snapshot_writer_answered(bench->writer, &item.result));
    assert_false(snapshot_writer_is_busy(bench->writer));
    expect(bench, SNAPSHOT_NEWEST, 10, SMALL);
    write_all(bench, 30, LARGE);
    expect(bench, SNAPSHOT_NEWEST, 30, LARGE);
    expect(bench, SNAPSHOT_BEFORE, 10, SMALL);
}

/* What is replaced stays where it is, so that the server never writes its files anew. */
static void test_older_values_stay(void **state)
{
    struct bench *bench = *state;
    jsStreamInfo *info = NULL;
    for (uint64_t i = 1; i <= 5; i++)
        write_all(bench, i, SMALL);
    assert_int_equal(js_GetStreamInfo(&info, tape_jetstream(bench->server.tape), "KV_" SNAPSHOT_BUCKET, NULL, NULL),
                     NATS_OK);
    assert_int_equal(info->State.Msgs, 5 * 3); /* withdrawn, a chunk, a manifest */
    assert_int_equal(info->State.NumDeleted, 0);
    jsStreamInfo_Destroy(info);
    expect(bench, SNAPSHOT_NEWEST, 5, SMALL);
    expect(bench, SNAPSHOT_BEFORE, 4, SMALL);
}

/* Several services write more than fits into a file of the server, which is killed in the middle. Each finds the last
 * snapshot that became complete, or the one that was being written. */
static void test_a_killed_server_leaves_a_whole_one(void **state)
{
    enum { SERVICES = 4, KILLS = 3, ROUNDS = 2, BYTES = 12 * SNAPSHOT_CHUNK_BYTES };
    struct bench *bench = *state;
    struct snapshot_writer *writers[SERVICES];
    char names[SERVICES][16];
    uint64_t complete[SERVICES] = {0}, sequence = 0;
    struct error error = {0};
    for (int i = 0; i < SERVICES; i++)
        snprintf(names[i], sizeof names[i], "service-%d", i);
    for (int kill = 0; kill < KILLS; kill++) {
        snapshot_writer_destroy(bench->writer);
        bench->writer = NULL;
        for (int i = 0; i < SERVICES; i++) {
            writers[i] = snapshot_writer_create(bench->publisher, bench->inbox, COOKIE, names[i]);
            if (snapshot_writer_look(writers[i], bench->server.tape, &error) != 0)
                fail_msg("%s", error.text);
        }
        for (int i = 0; i < SERVICES * ROUNDS; i++) {
            bench->writer = writers[i % SERVICES];
            write_all(bench, ++sequence, BYTES);
            complete[i % SERVICES] = sequence;
        }
        bench->writer = writers[0];
        assert_false(write_some(bench, ++sequence, BYTES, 3 + kill));
        bench->generation = tape_generation(bench->server.tape);
        test_server_crash(&bench->server);
        test_until(is_connected_again, bench);
        test_await(bench->inbox, INBOX_PUBLISHED); /* what was on its way, stored or not */
        for (int i = 0; i < SERVICES; i++) {
            struct snapshot snapshot;
            bool found;
            assert_int_equal(snapshot_read(bench->server.tape, names[i], SNAPSHOT_NEWEST, &snapshot, &found, &error),
                             0);
            assert_true(found);
            assert_int_equal(snapshot_place_of(&snapshot.places, "ORDERS")->at.sequence, complete[i]);
            snapshot_free(&snapshot);
            snapshot_writer_destroy(writers[i]);
        }
        make_writer(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_written_reads_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_is_half_written_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_damaged_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_server_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_refused_message_ends_the_attempt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_older_values_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_killed_server_leaves_a_whole_one, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
