/* The looks at the plumbing: pages of consumers, and a real server with a reader that does not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/follower.h"
#include "bus/lease.h"
#include "bus/plumbing_reader.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"

static void test_pages(void **state)
{
    (void)state;
    static const char page[] =
        "{\"type\":\"io.nats.jetstream.api.v1.consumer_list_response\",\"total\":5,\"offset\":0,\"limit\":256,"
        "\"consumers\":["
        "{\"name\":\"notifier-desk\",\"config\":{\"durable_name\":\"notifier-desk\"},\"num_pending\":12,"
        "\"delivered\":{\"consumer_seq\":7,\"stream_seq\":900}},"
        "{\"name\":\"XyZ\",\"config\":{\"description\":\"tapedeck checks\"},\"num_pending\":3,\"delivered\":{}},"
        "{\"name\":\"AbC\",\"config\":{\"description\":\"of somebody else\"},\"num_pending\":99},"
        "{\"name\":\"DeF\",\"config\":{},\"num_pending\":99}]}";
    static const char *const others[] = {"", "[]", "{\"total\":3}", "{\"total\":3,\"consumers\":7}", "{\"total\":1"};
    struct plumbing plumbing = {0};
    struct error error = {0};
    uint32_t listed, total;
    assert_int_equal(plumbing_parse_consumers(&plumbing, "RISK", page, sizeof page - 1, &listed, &total, &error), 0);
    assert_int_equal(listed, 4);
    assert_int_equal(total, 5);
    assert_int_equal(plumbing.consumer_count, 2);
    assert_string_equal(plumbing.consumers[0].reader, "notifier-desk");
    assert_int_equal(plumbing.consumers[0].pending, 12);
    assert_int_equal(plumbing.consumers[0].delivered, 7);
    assert_string_equal(plumbing.consumers[1].reader, "checks");
    assert_string_equal(plumbing.consumers[1].stream, "RISK");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        int result = plumbing_parse_consumers(&plumbing, "RISK", others[i], strlen(others[i]), &listed, &total, &error);
        assert_int_equal(listed, 0);
        assert_int_equal(result, i < 2 || i == 4 ? 0 : -1);
    }
    /* Of too many those are kept that have the most to read. */
    for (int i = 0; i < 2 * PLUMBING_CONSUMERS_MAX; i++) {
        char one[256];
        int length = snprintf(one, sizeof one,
                              "{\"total\":1,\"consumers\":[{\"name\":\"d%d\",\"config\":{\"durable_name\":\"d%d\"},"
                              "\"num_pending\":%d}]}",
                              i, i, 100 + i);
        assert_int_equal(plumbing_parse_consumers(&plumbing, "RISK", one, (size_t)length, &listed, &total, &error), 0);
    }
    assert_int_equal(plumbing.consumer_count, PLUMBING_CONSUMERS_MAX);
    for (uint32_t i = 0; i < plumbing.consumer_count; i++)
        assert_true(plumbing.consumers[i].pending >= 100 + PLUMBING_CONSUMERS_MAX);
}

struct seen {
    struct inbox *inbox;
    struct plumbing plumbing;
    bool (*is_enough)(const struct plumbing *plumbing);
};

static bool look(void *context)
{
    struct seen *seen = context;
    struct inbox_item item;
    while (inbox_take(seen->inbox, &item)) {
        if (item.kind == INBOX_PLUMBING)
            seen->plumbing = *item.plumbing;
    }
    return seen->is_enough(&seen->plumbing);
}

static const struct plumbing_consumer *consumer_of(const struct plumbing *plumbing, const char *reader)
{
    for (uint32_t i = 0; i < plumbing->consumer_count; i++) {
        if (strcmp(plumbing->consumers[i].reader, reader) == 0)
            return &plumbing->consumers[i];
    }
    return NULL;
}

static bool has_all(const struct plumbing *plumbing)
{
    const struct plumbing_consumer *idle = consumer_of(plumbing, "idle"), *checks = consumer_of(plumbing, "checks");
    return idle != NULL && idle->pending == 3 && checks != NULL && checks->pending == 0 && checks->delivered == 3 &&
           plumbing->clock_count == 1 && plumbing->trouble_count == 2;
}

static bool is_there(const struct plumbing *plumbing)
{
    return plumbing->stream_count == STREAM_DEFAULT_COUNT;
}

static void test_looks(void **state)
{
    (void)state;
    struct test_server server;
    struct error error = {0};
    test_server_start(&server);
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 1, &error), 0);
    struct inbox *followed = inbox_create(1 << 20);
    const struct follower_options following = {
        .stream = "ORDERS", .from = FOLLOW_SEQUENCE, .sequence = 1, .service = "checks"};
    struct follower *follower = follower_create(server.tape, &following, followed, &error);
    assert_non_null(follower);
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.Durable = "idle";
    config.AckPolicy = js_AckExplicit;
    assert_int_equal(js_AddConsumer(NULL, tape_jetstream(server.tape), "ORDERS", &config, NULL, NULL), NATS_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(js_Publish(NULL, tape_jetstream(server.tape), "orders.x", "{}", 2, NULL, NULL), NATS_OK);
    struct lease *lease = lease_create(server.tape, &(struct lease_options){.role = "checks"}, &error);
    assert_non_null(lease);
    lease_tell_trouble(lease, "KRAKEN the \"venue\" is away\nnothing\nKRAKEN.BTC-USD is no more\n");

    struct seen seen = {.inbox = inbox_create(1 << 20), .is_enough = has_all};
    struct plumbing_reader *reader = plumbing_reader_create(server.tape, server.directory, seen.inbox, &error);
    assert_non_null(reader);
    while (!look(&seen)) {
        lease_touch(lease, clock_monotonic_ns());
        inbox_wait(seen.inbox, 100);
    }
    const struct plumbing_consumer *idle = consumer_of(&seen.plumbing, "idle");
    assert_string_equal(idle->stream, "ORDERS");
    assert_string_equal(idle->name, "idle");
    assert_true(is_there(&seen.plumbing));
    for (uint32_t i = 0; i < seen.plumbing.stream_count; i++) {
        assert_true(seen.plumbing.streams[i].has_leader);
        assert_int_equal(seen.plumbing.streams[i].replicas_offline, 0);
        const char *name = seen.plumbing.streams[i].name;
        bool is_bucket = strncmp(name, "KV_", 3) == 0 && strcmp(name, "KV_TAPEDECK_SNAPSHOTS") != 0;
        assert_true(seen.plumbing.streams[i].refuses_when_full == is_bucket);
    }
    assert_string_equal(seen.plumbing.disks[seen.plumbing.disk_count - 1].name, "state");
    assert_true(seen.plumbing.disks[seen.plumbing.disk_count - 1].size_bytes > 0);
    /* One machine has one clock. */
    assert_true(llabs(seen.plumbing.clocks[0].ahead_ns) < 10 * NS_PER_SECOND);

    assert_string_equal(seen.plumbing.troubles[0].scope, "KRAKEN");
    assert_string_equal(seen.plumbing.troubles[0].text, "the \"venue\" is away");
    assert_string_equal(seen.plumbing.troubles[1].scope, "KRAKEN.BTC-USD");
    assert_string_equal(seen.plumbing.troubles[1].text, "is no more");

    /* A server that was away is looked at again. */
    test_server_crash(&server);
    for (struct inbox_item item; inbox_take(seen.inbox, &item);) {
    }
    seen = (struct seen){.inbox = seen.inbox, .is_enough = is_there};
    test_until(look, &seen);

    plumbing_reader_destroy(reader);
    lease_destroy(lease);
    inbox_close(followed);
    follower_destroy(follower);
    inbox_destroy(followed);
    inbox_destroy(seen.inbox);
    test_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
