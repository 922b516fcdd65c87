/* One stream for tests of followers, replays and push subscriptions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/stream_fixture.h"

#include <nats/nats.h>
#include <stdio.h>
#include <string.h>

#include "bus/publisher.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/timestamp.h"

const struct stream_config STREAM_FIXTURE_CONFIG = {.name = "T", .subjects = {"t.>"}, .max_bytes = 256 << 20};

void stream_fixture_start(struct stream_fixture *fixture)
{
    test_server_start(&fixture->server);
    struct error error = {0};
    if (streams_create(fixture->server.tape, &STREAM_FIXTURE_CONFIG, 1, 1, &error) < 0)
        fail_msg("%s", error.text);
    fixture->inbox = inbox_create(1 << 20);
}

void stream_fixture_stop(struct stream_fixture *fixture)
{
    test_server_stop(&fixture->server);
    inbox_destroy(fixture->inbox);
}

void stream_fixture_publish(struct stream_fixture *fixture, const char *subject, const char *payload)
{
    jsPubAck *ack = NULL;
    assert_int_equal(
        js_Publish(&ack, tape_jetstream(fixture->server.tape), subject, payload, (int)strlen(payload), NULL, NULL),
        NATS_OK);
    jsPubAck_Destroy(ack);
}

void stream_fixture_publish_many(struct stream_fixture *fixture, int count)
{
    for (int i = 0; i < count; i++) {
        char subject[16];
        snprintf(subject, sizeof subject, "t.%d", i % 3);
        stream_fixture_publish(fixture, subject, "x");
    }
}

static bool has_room(void *context)
{
    return publisher_counts(context).queued < 1000;
}

void stream_fixture_fill(struct stream_fixture *fixture, uint64_t count)
{
    struct error error = {0};
    struct publisher *publisher = publisher_create(fixture->server.tape, NULL, &error);
    assert_non_null(publisher);
    char payload[200];
    memset(payload, 'p', sizeof payload);
    for (uint64_t i = 0; i < count;) {
        const struct publish_message message = {
            .subject = "t.a", .fence = PUBLISH_NO_FENCE, .payload = payload, .payload_bytes = sizeof payload};
        if (publisher_send(publisher, &message))
            i++;
        else
            test_until(has_room, publisher);
    }
    publisher_destroy(publisher, 30000);
}

struct inbox_item stream_fixture_expect(struct inbox *inbox, enum inbox_kind kind, uint64_t sequence)
{
    struct inbox_item item;
    int64_t end_ns = clock_monotonic_ns() + 30 * NS_PER_SECOND;
    while (!inbox_take(inbox, &item)) {
        if (clock_monotonic_ns() > end_ns)
            fail_msg("nothing came in 30 s; expected kind %d, sequence %d", (int)kind, (int)sequence);
        inbox_wait(inbox, 1000);
    }
    assert_int_equal(item.kind, kind);
    assert_int_equal(item.follower_tag, STREAM_FIXTURE_TAG);
    assert_int_equal(item.sequence, sequence);
    return item;
}

bool stream_fixture_is_empty(struct inbox *inbox)
{
    struct inbox_item item;
    return !inbox_take(inbox, &item);
}

void stream_fixture_delete_consumers(struct stream_fixture *fixture, int count)
{
    jsConsumerNamesList *list = NULL;
    jsCtx *jetstream = tape_jetstream(fixture->server.tape);
    natsStatus status = js_ConsumerNames(&list, jetstream, "T", NULL, NULL);
    assert_int_equal(status, count > 0 ? NATS_OK : NATS_NOT_FOUND);
    if (count == 0)
        return;
    assert_int_equal(list->Count, count);
    for (int i = 0; i < list->Count; i++)
        assert_int_equal(js_DeleteConsumer(jetstream, "T", list->List[i], NULL, NULL), NATS_OK);
    jsConsumerNamesList_Destroy(list);
}
