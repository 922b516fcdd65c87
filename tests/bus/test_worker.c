/* Workers on a real server: every message is worked by one of them, or ends as one dead letter, whatever happens to the
 * consumer, the server or a worker. */
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
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "bus/worker.h"
#include "bus/worker_internal.h"
#include "core/clock.h"
#include "core/timestamp.h"

enum { WORKERS = 2, MESSAGES_MAX = 10000 };

static const struct stream_config STREAMS[] = {
    {.name = "T", .subjects = {"t.>"}, .max_bytes = 64 << 20},
    {.name = "TAPEDECK_DEAD_LETTERS", .subjects = {"dead.>"}, .max_bytes = 16 << 20},
};

struct fixture {
    struct test_server server;
    struct inbox *inboxes[WORKERS];
    struct worker *workers[WORKERS];
    uint8_t acknowledged[MESSAGES_MAX + 1]; /* how often, by sequence */
    int total;                              /* of them all */
    int after;                              /* given to somebody although acknowledged */
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    test_server_start(&fixture->server);
    struct error error = {0};
    if (streams_create(fixture->server.tape, STREAMS, 2, 1, &error) < 0)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < WORKERS; i++)
        fixture->inboxes[i] = inbox_create(4 << 20);
    *state = fixture;
    return 0;
}

static void leave(struct fixture *fixture, size_t index)
{
    worker_destroy(fixture->workers[index]);
    fixture->workers[index] = NULL;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < WORKERS; i++)
        leave(fixture, i);
    test_server_stop(&fixture->server);
    for (size_t i = 0; i < WORKERS; i++)
        inbox_destroy(fixture->inboxes[i]);
    free(fixture);
    return 0;
}

static void publish(struct fixture *fixture, const char *payload, size_t bytes)
{
    jsPubAck *ack = NULL;
    assert_int_equal(js_Publish(&ack, tape_jetstream(fixture->server.tape), "t.a", payload, (int)bytes, NULL, NULL),
                     NATS_OK);
    jsPubAck_Destroy(ack);
}

struct publishing {
    struct publisher *publisher;
    uint64_t wanted;
};

static bool are_stored(void *context)
{
    struct publishing *publishing = context;
    return publisher_counts(publishing->publisher).stored >= publishing->wanted;
}

static void publish_many(struct fixture *fixture, uint64_t count)
{
    struct error error = {0};
    struct publishing publishing = {.publisher = publisher_create(fixture->server.tape, NULL, &error), .wanted = count};
    assert_non_null(publishing.publisher);
    for (uint64_t i = 0; i < count; i++)
        assert_true(publisher_send(publishing.publisher, &(struct publish_message){.subject = "t.a",
                                                                                   .fence = PUBLISH_NO_FENCE,
                                                                                   .payload = "x",
                                                                                   .payload_bytes = 1}));
    test_until(are_stored, &publishing);
    publisher_destroy(publishing.publisher, 1000);
}

static void work(struct fixture *fixture, size_t index, struct worker_options options)
{
    struct error error = {0};
    options.stream = "T";
    options.durable = "d";
    options.tag = 7;
    fixture->workers[index] = worker_create(fixture->server.tape, &options, fixture->inboxes[index], &error);
    if (fixture->workers[index] == NULL)
        fail_msg("%s", error.text);
}

static struct inbox_item await(struct fixture *fixture, size_t index, uint64_t sequence)
{
    struct inbox_item item = test_await(fixture->inboxes[index], INBOX_MESSAGE);
    assert_int_equal(item.follower_tag, 7);
    assert_int_equal(item.sequence, sequence);
    return item;
}

/* Takes up to `most` messages out of an inbox and acknowledges them. Returns how many there were. */
static int acknowledge(struct fixture *fixture, size_t index, int most)
{
    struct inbox_item item;
    int count = 0;
    while (count < most && inbox_take(fixture->inboxes[index], &item)) {
        if (item.kind != INBOX_MESSAGE)
            continue;
        assert_in_range(item.sequence, 1, MESSAGES_MAX);
        if (fixture->acknowledged[item.sequence] > 0)
            fixture->after++;
        else
            fixture->total++;
        fixture->acknowledged[item.sequence]++;
        assert_true(worker_ack(fixture->workers[index], item.handle));
        count++;
    }
    return count;
}

static void drop_all(struct fixture *fixture, size_t index)
{
    struct inbox_item item;
    while (inbox_take(fixture->inboxes[index], &item))
        continue;
}

static jsConsumerInfo *consumer(struct fixture *fixture)
{
    jsConsumerInfo *info = NULL;
    js_GetConsumerInfo(&info, tape_jetstream(fixture->server.tape), "T", "d", NULL, NULL);
    return info;
}

static bool is_idle(void *context)
{
    jsConsumerInfo *info = consumer(context);
    bool idle = info != NULL && info->NumPending == 0 && info->NumAckPending == 0;
    jsConsumerInfo_Destroy(info);
    return idle;
}

struct wanted {
    struct fixture *fixture;
    uint64_t dead_letters;
    int total;
};

static uint64_t dead_letters(struct fixture *fixture)
{
    jsStreamInfo *info = NULL;
    assert_int_equal(js_GetStreamInfo(&info, tape_jetstream(fixture->server.tape), "TAPEDECK_DEAD_LETTERS", NULL, NULL),
                     NATS_OK);
    uint64_t count = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    return count;
}

static bool has_dead_letters(void *context)
{
    struct wanted *wanted = context;
    return dead_letters(wanted->fixture) == wanted->dead_letters;
}

static void assert_letter(struct fixture *fixture, uint64_t index, const char *expected)
{
    natsMsg *message = NULL;
    assert_int_equal(
        js_GetMsg(&message, tape_jetstream(fixture->server.tape), "TAPEDECK_DEAD_LETTERS", index, NULL, NULL), NATS_OK);
    assert_string_equal(natsMsg_GetSubject(message), "dead.T");
    assert_string_equal(natsMsg_GetData(message), expected);
    natsMsg_Destroy(message);
}

static bool works_to_the_end(void *context)
{
    struct wanted *wanted = context;
    for (size_t i = 0; i < WORKERS; i++)
        if (wanted->fixture->workers[i] != NULL)
            acknowledge(wanted->fixture, i, INT32_MAX);
    return wanted->fixture->total == wanted->total;
}

static void test_settled_sequences(void **state)
{
    (void)state;
    enum { COUNT = 400 };
    struct worker_settled settled = {0};
    /* 7 is prime to 400, so that all come, in a wild order. */
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t sequence = 1 + i * 7 % COUNT;
        assert_false(worker_settled_contains(&settled, sequence));
        worker_settled_add(&settled, sequence);
        worker_settled_add(&settled, sequence);
        assert_true(worker_settled_contains(&settled, sequence));
    }
    assert_int_equal(settled.count, 1);
    assert_int_equal(worker_settled_highest(&settled), COUNT);
    worker_settled_add(&settled, 500);
    worker_settled_prune(&settled, 100);
    assert_false(worker_settled_contains(&settled, 100));
    assert_true(worker_settled_contains(&settled, 101));
    assert_false(worker_settled_contains(&settled, 450));
    worker_settled_prune(&settled, COUNT);
    assert_int_equal(settled.count, 1);
    assert_true(worker_settled_contains(&settled, 500));
    worker_settled_prune(&settled, 600);
    assert_int_equal(settled.count, 0);
    assert_int_equal(worker_settled_highest(&settled), 0);
    worker_settled_free(&settled);
}

static void test_a_group_shares(void **state)
{
    struct fixture *fixture = *state;
    struct wanted wanted = {.fixture = fixture, .total = MESSAGES_MAX};
    for (size_t i = 0; i < WORKERS; i++)
        work(fixture, i, (struct worker_options){.group_size = WORKERS, .ack_wait_ms = 3000});
    publish_many(fixture, MESSAGES_MAX);
    /* On a busy machine one of them may begin much later than the other. */
    int shares[WORKERS] = {0};
    while (fixture->total < 4000 || (fixture->total < MESSAGES_MAX && (shares[0] == 0 || shares[1] == 0)))
        for (size_t i = 0; i < WORKERS; i++)
            shares[i] += acknowledge(fixture, i, 50);
    assert_true(shares[0] > 0 && shares[1] > 0);
    /* The one leaves with messages in hand, the other gets them. */
    inbox_wait(fixture->inboxes[0], 30000);
    leave(fixture, 0);
    drop_all(fixture, 0);
    test_until(works_to_the_end, &wanted);
    test_until(is_idle, fixture);
    assert_int_equal(fixture->after, 0);
    struct worker_counts counts = worker_counts(fixture->workers[1]);
    assert_true(counts.redelivered > 0);
    assert_int_equal(counts.in_hand, 0);
    assert_int_equal(counts.dead_letters, 0);
    jsConsumerInfo *info = consumer(fixture);
    assert_int_equal(info->Config->MaxAckPending, 500);
    jsConsumerInfo_Destroy(info);
}

static void test_a_refused_message_comes_later(void **state)
{
    struct fixture *fixture = *state;
    publish_many(fixture, 5);
    work(fixture, 0, (struct worker_options){.nak_delay_ms = 300});
    struct inbox_item item = await(fixture, 0, 1);
    assert_int_equal(item.deliveries, 1);
    assert_int_equal(item.pending, 4);
    int64_t start_ns = clock_monotonic_ns();
    assert_true(worker_nak(fixture->workers[0], item.handle, "not now"));
    assert_false(worker_nak(fixture->workers[0], item.handle, "twice"));
    assert_false(worker_ack(fixture->workers[0], item.handle));
    for (uint64_t i = 2; i <= 5; i++)
        assert_true(worker_ack(fixture->workers[0], await(fixture, 0, i).handle));
    item = await(fixture, 0, 1);
    assert_int_equal(item.deliveries, 2);
    assert_true(clock_monotonic_ns() - start_ns >= 290 * NS_PER_MS);
    assert_true(worker_ack(fixture->workers[0], item.handle));
    test_until(is_idle, fixture);
    assert_int_equal(dead_letters(fixture), 0);
    jsConsumerInfo *info = consumer(fixture);
    assert_int_equal(info->Config->MaxAckPending, 1000);
    assert_int_equal(info->Config->MaxDeliver, -1); /* the worker counts the tries */
    assert_int_equal(info->Config->AckWait, 30 * NS_PER_SECOND);
    jsConsumerInfo_Destroy(info);
}

static void test_the_third_failure_is_a_dead_letter(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, "a \"poison\"\n", 11);
    work(fixture, 0, (struct worker_options){.nak_delay_ms = -1, .batch = 1});
    for (uint64_t try = 1; try <= 3; try++) {
        struct inbox_item item = await(fixture, 0, 1);
        assert_int_equal(item.deliveries, try);
        assert_true(worker_nak(fixture->workers[0], item.handle, "exit code 1"));
    }
    publish(fixture, "good", 4);
    assert_true(worker_ack(fixture->workers[0], await(fixture, 0, 2).handle));
    struct wanted wanted = {.fixture = fixture, .dead_letters = 1};
    test_until(has_dead_letters, &wanted);
    test_until(is_idle, fixture);
    assert_letter(fixture, 1,
                  "{\"stream\":\"T\",\"sequence\":1,\"subject\":\"t.a\",\"reader\":\"d\",\"deliveries\":3,"
                  "\"reason\":\"exit code 1\",\"payload\":\"a \\\"poison\\\"\\n\"}");
    assert_int_equal(dead_letters(fixture), 1);
    assert_int_equal(worker_counts(fixture->workers[0]).dead_letters, 1);
    assert_int_equal(worker_counts(fixture->workers[0]).in_hand, 0);
}

static void test_deliveries_and_tries(void **state)
{
    (void)state;
    static const struct {
        struct worker_tries entry;
        uint64_t deliveries, failed;
    } CASES[] = {
        {{.deliveries = 0}, 1, 0},
        {{.deliveries = 0}, 4, 3},              /* nothing is put down: each one was a try */
        {{.failed = 0, .deliveries = 1}, 2, 0}, /* the first was none */
        {{.failed = 1, .deliveries = 40}, 41, 1},
        {{.failed = 1, .deliveries = 40}, 43, 3}, /* two workers died meanwhile */
        {{.failed = 1, .deliveries = 40}, 1, 1},  /* the consumer was made again */
        {{.failed = 1, .deliveries = 40}, 2, 2},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_int_equal(worker_tries_failed(&CASES[i].entry, CASES[i].deliveries), CASES[i].failed);
}

/* Neither does it count that it was not its time yet, nor that a worker ended, also for the next worker. */
static void test_only_failures_count(void **state)
{
    struct fixture *fixture = *state;
    uint64_t deliveries = 0;
    publish(fixture, "x", 1);
    for (int round = 1; round <= 3; round++) {
        work(fixture, 0, (struct worker_options){.nak_delay_ms = -1, .batch = 1});
        for (int i = 0; i < 4; i++) {
            struct inbox_item item = await(fixture, 0, 1);
            assert_int_equal(item.deliveries, ++deliveries);
            assert_true(worker_later(fixture->workers[0], item.handle));
            assert_false(worker_later(fixture->workers[0], item.handle));
        }
        assert_true(worker_nak(fixture->workers[0], await(fixture, 0, 1).handle, "failed"));
        deliveries++;
        if (round < 3) {
            await(fixture, 0, 1);
            deliveries++;
            leave(fixture, 0);
        }
    }
    struct wanted wanted = {.fixture = fixture, .dead_letters = 1};
    test_until(has_dead_letters, &wanted);
    test_until(is_idle, fixture);
    assert_letter(fixture, 1,
                  "{\"stream\":\"T\",\"sequence\":1,\"subject\":\"t.a\",\"reader\":\"d\",\"deliveries\":17,"
                  "\"reason\":\"failed\",\"payload\":\"x\"}");
    assert_int_equal(worker_counts(fixture->workers[0]).deferred, 4);
}

static void test_what_is_given_up_is_kept_whole(void **state)
{
    struct fixture *fixture = *state;
    static char large[900000]; /* more than the server takes, in either way */
    static char escaped[400000], base64[600000];
    memset(large, 1, sizeof large);
    memset(escaped, 1, sizeof escaped); /* six bytes each as text */
    publish(fixture, "\xFF\x00z", 3);
    publish(fixture, "", 0);
    publish(fixture, large, sizeof large);
    publish(fixture, escaped, 399999);
    work(fixture, 0, (struct worker_options){0});
    for (uint64_t i = 1; i <= 4; i++)
        assert_true(worker_term(fixture->workers[0], await(fixture, 0, i).handle, "bad\x1b[2J"));
    struct wanted wanted = {.fixture = fixture, .dead_letters = 4};
    test_until(has_dead_letters, &wanted);
    test_until(is_idle, fixture);
    assert_letter(fixture, 1,
                  "{\"stream\":\"T\",\"sequence\":1,\"subject\":\"t.a\",\"reader\":\"d\",\"deliveries\":1,"
                  "\"reason\":\"bad[2J\",\"payload_base64\":\"/wB6\"}");
    assert_letter(fixture, 2,
                  "{\"stream\":\"T\",\"sequence\":2,\"subject\":\"t.a\",\"reader\":\"d\",\"deliveries\":1,"
                  "\"reason\":\"bad[2J\",\"payload\":\"\"}");
    assert_letter(fixture, 3,
                  "{\"stream\":\"T\",\"sequence\":3,\"subject\":\"t.a\",\"reader\":\"d\",\"deliveries\":1,"
                  "\"reason\":\"bad[2J\",\"payload\":\"\",\"cut\":true}");
    int length = snprintf(base64, sizeof base64,
                          "{\"stream\":\"T\",\"sequence\":4,\"subject\":\"t.a\",\"reader\":\"d\",\"deliveries\":1,"
                          "\"reason\":\"bad[2J\",\"payload_base64\":\"");
    for (int i = 0; i < 399999; i += 3)
        length += snprintf(base64 + length, sizeof base64 - (size_t)length, "AQEB");
    snprintf(base64 + length, sizeof base64 - (size_t)length, "\"}");
    assert_letter(fixture, 4, base64);
    assert_int_equal(worker_counts(fixture->workers[0]).terminated, 4);
}

static void test_the_ack_wait(void **state)
{
    struct fixture *fixture = *state;
    publish_many(fixture, 1);
    work(fixture, 0, (struct worker_options){.ack_wait_ms = 400, .max_deliver = 2});
    struct inbox_item item = await(fixture, 0, 1);
    /* It is not put into the inbox again while it is at work here, and at the end of the last try it is dead. */
    uint64_t handle = item.handle;
    struct wanted wanted = {.fixture = fixture, .dead_letters = 1};
    test_until(has_dead_letters, &wanted);
    test_until(is_idle, fixture);
    assert_false(inbox_take(fixture->inboxes[0], &item));
    assert_false(worker_ack(fixture->workers[0], handle));
    assert_letter(fixture, 1,
                  "{\"stream\":\"T\",\"sequence\":1,\"subject\":\"t.a\",\"reader\":\"d\",\"deliveries\":2,"
                  "\"reason\":\"it was not acknowledged within 400 ms in its last try\",\"payload\":\"x\"}");
    assert_in_range(worker_counts(fixture->workers[0]).repeated, 1, 2);
}

struct extension {
    struct worker *worker;
    uint64_t handle;
    int64_t end_ns;
};

static bool has_worked_long(void *context)
{
    struct extension *extension = context;
    worker_extend(extension->worker, extension->handle);
    return clock_monotonic_ns() >= extension->end_ns;
}

static void test_work_may_be_extended(void **state)
{
    struct fixture *fixture = *state;
    publish_many(fixture, 1);
    work(fixture, 0, (struct worker_options){.ack_wait_ms = 500, .max_deliver = 1});
    struct extension extension = {.worker = fixture->workers[0],
                                  .handle = await(fixture, 0, 1).handle,
                                  .end_ns = clock_monotonic_ns() + 1500 * NS_PER_MS};
    test_until(has_worked_long, &extension);
    assert_true(worker_ack(fixture->workers[0], extension.handle));
    test_until(is_idle, fixture);
    assert_int_equal(dead_letters(fixture), 0);
    assert_int_equal(worker_counts(fixture->workers[0]).repeated, 0);
}

/* The last try was another's, who is gone without a word. */
static void test_the_last_try_of_another(void **state)
{
    struct fixture *fixture = *state;
    natsConnection *connection = tape_connection(fixture->server.tape);
    publish_many(fixture, 2);
    const struct worker_options options = {.ack_wait_ms = 300, .max_deliver = 1, .batch = 1};
    work(fixture, 0, options);
    struct inbox_item item = await(fixture, 0, 1);
    natsSubscription *subscription = NULL;
    natsMsg *message = NULL;
    assert_int_equal(natsConnection_SubscribeSync(&subscription, connection, "_INBOX.other"), NATS_OK);
    assert_int_equal(
        natsConnection_PublishRequest(connection, "$JS.API.CONSUMER.MSG.NEXT.T.d", "_INBOX.other", "{\"batch\":1}", 11),
        NATS_OK);
    assert_int_equal(natsSubscription_NextMsg(&message, subscription, 10000), NATS_OK);
    natsMsg_Destroy(message);
    natsSubscription_Destroy(subscription);
    worker_ack(fixture->workers[0], item.handle);
    struct wanted wanted = {.fixture = fixture, .dead_letters = 1};
    test_until(has_dead_letters, &wanted);
    natsMsg *letter = NULL;
    assert_int_equal(js_GetMsg(&letter, tape_jetstream(fixture->server.tape), "TAPEDECK_DEAD_LETTERS", 1, NULL, NULL),
                     NATS_OK);
    assert_non_null(strstr(natsMsg_GetData(letter), "\"sequence\":2,"));
    assert_non_null(strstr(natsMsg_GetData(letter), "never acknowledged"));
    natsMsg_Destroy(letter);
}

static bool has_restarted(void *context)
{
    return worker_counts(context).restarts > 0;
}

static void test_a_deleted_consumer_is_made_again(void **state)
{
    struct fixture *fixture = *state;
    struct wanted wanted = {.fixture = fixture, .total = 2010};
    publish_many(fixture, 2000);
    work(fixture, 0, (struct worker_options){.batch = 100});
    while (fixture->total < 700)
        acknowledge(fixture, 0, 50);
    assert_int_equal(js_DeleteConsumer(tape_jetstream(fixture->server.tape), "T", "d", NULL, NULL), NATS_OK);
    test_until(has_restarted, fixture->workers[0]);
    publish_many(fixture, 10);
    test_until(works_to_the_end, &wanted);
    test_until(is_idle, fixture);
    assert_int_equal(fixture->after, 0);
    assert_int_equal(dead_letters(fixture), 0);
    /* It has not begun from the start. */
    jsConsumerInfo *info = consumer(fixture);
    assert_int_equal(info->Config->DeliverPolicy, js_DeliverByStartSequence);
    assert_in_range(info->Config->OptStartSeq, 600, 800);
    jsConsumerInfo_Destroy(info);
    /* And another worker agrees with it. */
    work(fixture, 1, (struct worker_options){.batch = 100});
}

static void test_a_killed_server_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct wanted wanted = {.fixture = fixture, .total = 6000};
    publish_many(fixture, 6000);
    work(fixture, 0, (struct worker_options){.ack_wait_ms = 2000, .max_deliver = 20});
    for (int kills = 1; kills <= 3; kills++) {
        while (fixture->total < kills * 1500)
            acknowledge(fixture, 0, 100);
        test_server_crash(&fixture->server);
        /* Answers given while it is away reach it afterwards. */
        acknowledge(fixture, 0, 100);
    }
    test_until(works_to_the_end, &wanted);
    test_until(is_idle, fixture);
    assert_int_equal(fixture->after, 0);
    assert_int_equal(dead_letters(fixture), 0);
    assert_true(worker_counts(fixture->workers[0]).restarts >= 3);
}

static void test_a_stopped_server_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    struct wanted wanted = {.fixture = fixture, .total = 1000};
    publish_many(fixture, 1000);
    work(fixture, 0, (struct worker_options){.batch = 50, .ack_wait_ms = 3000, .max_deliver = 20});
    while (fixture->total < 300)
        acknowledge(fixture, 0, 50);
    test_server_freeze(&fixture->server);
    while (tape_is_connected(fixture->server.tape))
        inbox_wait(fixture->inboxes[0], 10);
    acknowledge(fixture, 0, 50);
    test_server_thaw(&fixture->server);
    test_until(works_to_the_end, &wanted);
    test_until(is_idle, fixture);
    assert_int_equal(fixture->after, 0);
}

static void refuse(struct fixture *fixture, struct worker_options options, const char *expected)
{
    struct error error = {0};
    assert_null(worker_create(fixture->server.tape, &options, fixture->inboxes[0], &error));
    assert_string_equal(error.text, expected);
}

static void test_says_what_is_wrong(void **state)
{
    struct fixture *fixture = *state;
    jsCtx *jetstream = tape_jetstream(fixture->server.tape);
    work(fixture, 0, (struct worker_options){.filter = "t.a"});
    leave(fixture, 0);
    refuse(fixture, (struct worker_options){.stream = "T", .durable = "d"},
           "consumer d of stream T has the filter 't.a', wanted ''; use another name");
    refuse(fixture, (struct worker_options){.stream = "NONE", .durable = "d"},
           "cannot work stream NONE: there is no such stream");
    refuse(fixture, (struct worker_options){.stream = "T", .durable = "a.b"},
           "'a.b' is no name of a worker: it has 1 to 64 letters, digits, '-' and '_'");
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.Durable = "limited";
    config.AckPolicy = js_AckExplicit;
    config.MaxDeliver = 3;
    assert_int_equal(js_AddConsumer(NULL, jetstream, "T", &config, NULL, NULL), NATS_OK);
    refuse(fixture, (struct worker_options){.stream = "T", .durable = "limited"},
           "consumer limited of stream T has max_deliver 3, wanted -1; delete it or use another name");
    jsConsumerConfig_Init(&config);
    config.Durable = "pushed";
    config.DeliverSubject = "somewhere";
    config.AckPolicy = js_AckExplicit;
    assert_int_equal(js_AddConsumer(NULL, jetstream, "T", &config, NULL, NULL), NATS_OK);
    refuse(fixture, (struct worker_options){.stream = "T", .durable = "pushed"},
           "consumer pushed of stream T is one that the server pushes to; use another name");
    assert_int_equal(js_DeleteStream(jetstream, "TAPEDECK_DEAD_LETTERS", NULL, NULL), NATS_OK);
    refuse(fixture, (struct worker_options){.stream = "T", .durable = "e"},
           "cannot keep dead letters in stream TAPEDECK_DEAD_LETTERS: there is no such stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settled_sequences),
        cmocka_unit_test(test_deliveries_and_tries),
        cmocka_unit_test_setup_teardown(test_a_group_shares, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_refused_message_comes_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_third_failure_is_a_dead_letter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only_failures_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_given_up_is_kept_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_ack_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_work_may_be_extended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_last_try_of_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_deleted_consumer_is_made_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_killed_server_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stopped_server_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_says_what_is_wrong, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
