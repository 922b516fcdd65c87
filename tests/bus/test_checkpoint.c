/* A checkpoint against a tape that is the same, has aged, ends earlier, or was made again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bucket.h"
#include "bus/checkpoint.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"

#define STREAM "WORK"

enum { MESSAGES = 5 };

struct bench {
    struct test_server server;
    struct publisher *publisher;
    struct checkpoint written; /* of message 4 */
};

static natsMsg *message_at(struct bench *bench, uint64_t sequence)
{
    natsMsg *message = NULL;
    assert_int_equal(js_GetMsg(&message, tape_jetstream(bench->server.tape), STREAM, sequence, NULL, NULL), NATS_OK);
    return message;
}

static void make_stream(struct bench *bench, int messages)
{
    static const struct stream_config config = {.name = STREAM, .subjects = {"work.>"}, .max_bytes = -1};
    struct error error = {0};
    if (streams_create(bench->server.tape, &config, 1, 0, &error) != 0)
        fail_msg("%s", error.text);
    for (int i = 0; i < messages; i++)
        assert_int_equal(js_Publish(NULL, tape_jetstream(bench->server.tape), "work.x", "1", 1, NULL, NULL), NATS_OK);
}

static void remove_stream(struct bench *bench)
{
    assert_int_equal(js_DeleteStream(tape_jetstream(bench->server.tape), STREAM, NULL, NULL), NATS_OK);
}

static enum checkpoint_verdict verdict(struct bench *bench, struct checkpoint *checkpoint)
{
    struct error error = {0};
    enum checkpoint_verdict found;
    if (checkpoint_check(bench->server.tape, "reader", STREAM, &found, checkpoint, &error) != 0)
        fail_msg("%s", error.text);
    return found;
}

static bool is_written(void *context)
{
    struct bench *bench = context;
    struct checkpoint checkpoint;
    verdict(bench, &checkpoint);
    return checkpoint.sequence == bench->written.sequence && checkpoint.stored_ns == bench->written.stored_ns;
}

static int set_up(void **state)
{
    struct error error = {0};
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    test_server_start(&bench->server);
    bench->publisher = publisher_create(bench->server.tape, &(struct publisher_options){0}, &error);
    assert_non_null(bench->publisher);
    make_stream(bench, MESSAGES);
    if (checkpoint_open(bench->server.tape, &error) != 0)
        fail_msg("%s", error.text);
    natsMsg *message = message_at(bench, 4);
    bench->written = (struct checkpoint){.sequence = 4, .stored_ns = natsMsg_GetTime(message)};
    natsMsg_Destroy(message);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    publisher_destroy(bench->publisher, 1000);
    test_server_stop(&bench->server);
    free(bench);
    return 0;
}

static void write_checkpoint(struct bench *bench)
{
    assert_true(checkpoint_send(bench->publisher, "reader", STREAM, &bench->written));
    test_until(is_written, bench);
}

static void test_the_same_tape(void **state)
{
    struct bench *bench = *state;
    struct checkpoint checkpoint;
    assert_int_equal(verdict(bench, &checkpoint), CHECKPOINT_NONE);
    assert_int_equal(checkpoint.sequence, 0);
    write_checkpoint(bench);
    assert_int_equal(verdict(bench, &checkpoint), CHECKPOINT_AGREES);
    test_server_crash(&bench->server);
    assert_true(tape_wait_connected(bench->server.tape, 20000));
    assert_int_equal(verdict(bench, &checkpoint), CHECKPOINT_AGREES);
}

static void test_what_aged_says_nothing(void **state)
{
    struct bench *bench = *state;
    struct checkpoint checkpoint;
    write_checkpoint(bench);
    assert_int_equal(js_DeleteMsg(tape_jetstream(bench->server.tape), STREAM, 4, NULL, NULL), NATS_OK);
    assert_int_equal(verdict(bench, &checkpoint), CHECKPOINT_AGED);
    assert_int_equal(js_PurgeStream(tape_jetstream(bench->server.tape), STREAM, NULL, NULL), NATS_OK);
    assert_int_equal(verdict(bench, &checkpoint), CHECKPOINT_OVERTAKEN);
}

static void test_a_shorter_tape(void **state)
{
    struct bench *bench = *state;
    struct checkpoint checkpoint;
    write_checkpoint(bench);
    remove_stream(bench);
    make_stream(bench, 3);
    test_server_keep_copy(&bench->server, STREAM);
    make_stream(bench, 2);
    natsMsg *message = message_at(bench, 5);
    bench->written = (struct checkpoint){.sequence = 5, .stored_ns = natsMsg_GetTime(message)};
    natsMsg_Destroy(message);
    write_checkpoint(bench);
    test_server_bring_back(&bench->server, STREAM);
    assert_true(tape_wait_connected(bench->server.tape, 20000));
    assert_int_equal(verdict(bench, &checkpoint), CHECKPOINT_SHORTER);
    make_stream(bench, 4); /* longer again, with another message in that place */
    assert_int_equal(verdict(bench, &checkpoint), CHECKPOINT_SHORTER);
    assert_int_equal(checkpoint.sequence, 5);
}

static void test_a_stream_made_again(void **state)
{
    /* Fewer messages than the checkpoint has, none, as many, more. */
    static const int counts[] = {3, 0, 4, 9};
    struct bench *bench = *state;
    struct checkpoint checkpoint;
    write_checkpoint(bench);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        remove_stream(bench);
        make_stream(bench, counts[i]);
        assert_int_equal(verdict(bench, &checkpoint), CHECKPOINT_REMADE);
        assert_int_equal(checkpoint.sequence, 4);
    }
}

static void test_no_stream_is_an_error(void **state)
{
    struct bench *bench = *state;
    struct checkpoint checkpoint;
    enum checkpoint_verdict found;
    struct error error = {0};
    write_checkpoint(bench);
    remove_stream(bench);
    assert_int_equal(checkpoint_check(bench->server.tape, "reader", STREAM, &found, &checkpoint, &error), -1);
    assert_int_equal(error.kind, ERROR_SERVER);
    assert_string_equal(error.text, "cannot compare the checkpoint with stream WORK: there is no such stream");
}

static void test_what_is_not_readable_is_left_out(void **state)
{
    static const char *const values[] = {
        "{",
        "no json",
        "{\"sequence\":4}",
        "{\"stored\":\"2026-11-23T14:30:00Z\"}",
        "{\"sequence\":0,\"stored\":\"2026-11-23T14:30:00Z\"}",
        "{\"sequence\":-1,\"stored\":\"yesterday\"}",
        "{\"sequence\":\"4\",\"stored\":\"2026-11-23T14:30:00Z\"}",
    };
    struct bench *bench = *state;
    struct bucket bucket = {.tape = bench->server.tape, .name = CHECKPOINT_BUCKET, .wait_ms = 2000};
    struct checkpoint checkpoint;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_int_equal(bucket_put(&bucket, "reader." STREAM, values[i], BUCKET_ANY_REVISION, NULL, NULL),
                         BUCKET_DONE);
        if (verdict(bench, &checkpoint) != CHECKPOINT_NONE)
            fail_msg("%s is taken for a checkpoint", values[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_same_tape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_aged_says_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_shorter_tape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stream_made_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_stream_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_readable_is_left_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
