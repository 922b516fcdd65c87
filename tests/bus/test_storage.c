/* A server that has no storage left, or stops answering: who publishes is told, the connection's state says it, and
 * says when it is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/publisher.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/stream_trouble.h"

enum { PAYLOAD_BYTES = 200000, ORDERS = 1u << TAPE_ORDERS };

struct bench {
    char directory[64];
    struct test_plain_server server;
    struct tape *tape;
    struct publisher *publisher;
    struct inbox *inbox;
    char payload[PAYLOAD_BYTES];
};

static int set_up(void **state)
{
    struct error error = {0};
    char url[64];
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    test_directory_create(bench->directory);
    test_plain_start(&bench->server, bench->directory, "jetstream { max_file_store: 4MB }");
    snprintf(url, sizeof url, "nats://127.0.0.1:%u", (unsigned)bench->server.port);
    bench->tape = tape_connect(&(struct tape_options){.urls = url, .name = "test", .reconnect_attempts = -1}, &error);
    assert_non_null(bench->tape);
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = "ORDERS";
    config.Subjects = (const char *[]){"orders.>"};
    config.SubjectsLen = 1;
    assert_int_equal(js_AddStream(NULL, tape_jetstream(bench->tape), &config, NULL, NULL), NATS_OK);
    bench->publisher = publisher_create(bench->tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    bench->inbox = inbox_create(1 << 20);
    memset(bench->payload, 'x', sizeof bench->payload);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    publisher_destroy(bench->publisher, 1000);
    tape_destroy(bench->tape);
    inbox_destroy(bench->inbox);
    test_plain_stop(&bench->server);
    test_directory_remove(bench->directory);
    free(bench);
    return 0;
}

static struct publish_result publish(struct bench *bench, size_t bytes)
{
    assert_true(publisher_send(bench->publisher, &(struct publish_message){.subject = "orders.new",
                                                                           .fence = PUBLISH_NO_FENCE,
                                                                           .payload = bench->payload,
                                                                           .payload_bytes = bytes,
                                                                           .inbox = bench->inbox}));
    return test_await(bench->inbox, INBOX_PUBLISHED).result;
}

static void test_the_store_is_full(void **state)
{
    struct bench *bench = *state;
    struct publish_result result;
    struct inbox *changes = inbox_create(1 << 16);
    tape_notify(bench->tape, changes);
    do {
        result = publish(bench, PAYLOAD_BYTES);
    } while (result.status == PUBLISH_STORED);
    assert_int_equal(result.status, PUBLISH_REFUSED);
    assert_non_null(strstr(result.problem, "insufficient resources"));
    assert_int_equal(tape_status(bench->tape).full_streams, ORDERS);
    assert_int_equal(publish(bench, 1).status, PUBLISH_REFUSED);

    assert_int_equal(js_PurgeStream(tape_jetstream(bench->tape), "ORDERS", NULL, NULL), NATS_OK);
    assert_int_equal(publish(bench, 1).status, PUBLISH_STORED);
    assert_int_equal(tape_status(bench->tape).full_streams, 0);
    /* Each change was an event. */
    struct inbox_item item;
    do {
        item = test_await(changes, INBOX_CONNECTION);
    } while (item.connection.full_streams == 0);
    assert_int_equal(test_await(changes, INBOX_CONNECTION).connection.full_streams, 0);
    tape_unnotify(bench->tape, changes);
    inbox_destroy(changes);
}

static void answer_nothing(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *context)
{
    (void)connection;
    (void)subscription;
    (void)context;
    natsMsg_Destroy(message);
}

static bool is_silent(void *context)
{
    return tape_status(context).silent;
}

static bool is_over(void *context)
{
    return !is_silent(context);
}

static bool counts_as_full(void *context)
{
    return (tape_status(context).full_streams & ORDERS) != 0;
}

/* As a server on a full disk: the connection is up, and nobody answers what is published. */
static void test_nobody_answers(void **state)
{
    struct bench *bench = *state;
    natsSubscription *hole = NULL;
    assert_int_equal(natsConnection_Subscribe(&hole, tape_connection(bench->tape), "risk.>", answer_nothing, NULL),
                     NATS_OK);
    assert_true(publisher_send(bench->publisher, &(struct publish_message){.subject = "risk.exposure.A",
                                                                           .id = "sent-again",
                                                                           .fence = PUBLISH_NO_FENCE,
                                                                           .payload = "{}",
                                                                           .payload_bytes = 2}));
    test_until(is_silent, bench->tape);
    assert_int_equal(tape_status(bench->tape).state, CONNECTION_CONNECTED);
    assert_int_equal(tape_status(bench->tape).full_streams, 0);
    test_until(counts_as_full, bench->tape);
    assert_int_equal(publish(bench, 1).status, PUBLISH_STORED);
    assert_false(is_silent(bench->tape));
    natsSubscription_Destroy(hole);
}

/* Who only reads hears of no answer: an old silence says nothing any more. */
static void test_an_old_silence(void **state)
{
    struct bench *bench = *state;
    tape_report_silence(bench->tape);
    assert_true(is_silent(bench->tape));
    test_until(is_over, bench->tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_store_is_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_old_silence, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
