/* Prints how fast the ways of reading the tape are, beside a bare ordered consumer of nats.c in the same run: follower,
 * push and replay with every message decoded into a quote, against bare messages that are only counted; and the latency
 * from publish to reader at 10,000 messages per second. Not a test: run it by hand, in a release build.
 * Usage: bench_read [messages] */
#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/embedded_server.h"
#include "bus/follower.h"
#include "bus/publisher.h"
#include "bus/push.h"
#include "bus/replay.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/pace.h"
#include "core/timestamp.h"

enum { ROUNDS = 3, LATENCY_MESSAGES = 50000, LATENCY_SKIPPED = 5000, PERIOD_NS = 100000, INBOX_BYTES = 4 << 20 };

enum way { BARE, FOLLOWER, PUSH, REPLAY, WAYS };

static const char *const NAMES[] = {"bare ordered consumer", "follower, decoded", "push, decoded", "replay, decoded"};

static const char SUBJECT[] = "md.nyse.AAPL";
static const char PAYLOAD[] =
    "{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":189.01,\"ask\":189.02,\"bid_size\":300,"
    "\"ask_size\":200,\"seq\":123456,\"timestamp\":\"2026-11-23T14:30:00.123456789Z\"}";

static void fail(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(1);
}

static void wait_until(int64_t time_ns)
{
    const struct timespec end = {.tv_sec = time_ns / NS_PER_SECOND, .tv_nsec = time_ns % NS_PER_SECOND};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
}

static void publish_one(struct publisher *publisher)
{
    const struct publish_message message = {
        .subject = SUBJECT, .fence = PUBLISH_NO_FENCE, .payload = PAYLOAD, .payload_bytes = sizeof PAYLOAD - 1};
    while (!publisher_send(publisher, &message))
        wait_until(clock_monotonic_ns() + NS_PER_MS);
}

static void publish(struct tape *tape, uint64_t count)
{
    struct error error = {0};
    struct publisher *publisher = publisher_create(tape, NULL, &error);
    if (publisher == NULL)
        fail(error.text);
    for (uint64_t i = 0; i < count; i++)
        publish_one(publisher);
    publisher_destroy(publisher, 30000);
}

static natsSubscription *subscribe_bare(struct tape *tape, natsMsgHandler on_message, void *context, bool only_new)
{
    natsSubscription *subscription = NULL;
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = "MARKET_DATA";
    options.Ordered = true;
    if (only_new)
        options.Config.DeliverPolicy = js_DeliverNew;
    natsStatus status =
        on_message != NULL
            ? js_Subscribe(&subscription, tape_jetstream(tape), "md.>", on_message, context, NULL, &options, NULL)
            : js_SubscribeSync(&subscription, tape_jetstream(tape), "md.>", NULL, &options, NULL);
    /* With the default limits it would lose messages and start again. */
    if (status == NATS_OK)
        status = natsSubscription_SetPendingLimits(subscription, -1, -1);
    if (status != NATS_OK)
        fail(natsStatus_GetText(status));
    return subscription;
}

static void read_bare(struct tape *tape, uint64_t count)
{
    natsSubscription *subscription = subscribe_bare(tape, NULL, NULL, false);
    for (uint64_t i = 0; i < count; i++) {
        natsMsg *message = NULL;
        if (natsSubscription_NextMsg(&message, subscription, 5000) != NATS_OK)
            fail("the bare consumer stopped");
        natsMsg_Destroy(message);
    }
    natsSubscription_Destroy(subscription);
}

/* One of the ways to fill an inbox. */
struct reader {
    struct inbox *inbox;
    struct follower *follower;
    struct push *push;
    struct replay *replay;
};

static struct reader start(struct tape *tape, enum way way, enum follow_from from)
{
    struct error error = {0};
    struct reader reader = {.inbox = inbox_create(INBOX_BYTES)};
    if (way == FOLLOWER)
        reader.follower = follower_create(tape, &(struct follower_options){.stream = "MARKET_DATA", .from = from},
                                          reader.inbox, &error);
    else if (way == PUSH)
        reader.push =
            push_create(tape, &(struct push_options){.stream = "MARKET_DATA", .filter = "md.nyse.>", .from = from},
                        reader.inbox, &error);
    else
        reader.replay =
            replay_create(tape, &(struct replay_options){.stream = "MARKET_DATA", .speed_millionths = PACE_MAX},
                          reader.inbox, &error);
    if (reader.follower == NULL && reader.push == NULL && reader.replay == NULL)
        fail(error.text);
    return reader;
}

static void stop(struct reader *reader)
{
    follower_destroy(reader->follower);
    push_destroy(reader->push);
    replay_destroy(reader->replay);
    inbox_destroy(reader->inbox);
}

static void read_decoded(struct tape *tape, enum way way, uint64_t count)
{
    struct reader reader = start(tape, way, FOLLOW_SEQUENCE);
    struct inbox_item item;
    for (uint64_t i = 0; i < count;) {
        inbox_wait(reader.inbox, 5000);
        while (i < count && inbox_take(reader.inbox, &item)) {
            struct event event;
            if (item.kind != INBOX_MESSAGE)
                continue;
            if (event_decode(&event, item.subject, item.payload, item.payload_bytes, NULL, NULL) < 0)
                fail("a quote cannot be decoded");
            i++;
        }
    }
    stop(&reader);
}

/* The best of some rounds, each way in turn, so that a disturbance meets all alike. */
static void bench_throughput(struct tape *tape, uint64_t count)
{
    double best[WAYS] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        for (enum way way = BARE; way < WAYS; way++) {
            int64_t start_ns = clock_monotonic_ns();
            if (way == BARE)
                read_bare(tape, count);
            else
                read_decoded(tape, way, count);
            double rate = (double)count * 1e9 / (double)(clock_monotonic_ns() - start_ns);
            best[way] = rate > best[way] ? rate : best[way];
        }
    }
    for (enum way way = BARE; way < WAYS; way++)
        printf("%-22s %8.0f messages/s, ratio %.2f\n", NAMES[way], best[way], best[way] / best[BARE]);
}

/* A sender at a steady rate in a thread of its own, and when each of its messages was sent and came. */
struct pulse {
    struct publisher *publisher;
    int64_t sent_ns[LATENCY_MESSAGES], came_ns[LATENCY_MESSAGES];
    atomic_size_t came;
};

static void *send_pulse(void *context)
{
    struct pulse *pulse = context;
    int64_t next_ns = clock_monotonic_ns();
    for (size_t i = 0; i < LATENCY_MESSAGES; i++, next_ns += PERIOD_NS) {
        wait_until(next_ns);
        pulse->sent_ns[i] = clock_monotonic_ns();
        publish_one(pulse->publisher);
    }
    return NULL;
}

static void note(struct pulse *pulse)
{
    size_t index = atomic_load(&pulse->came);
    if (index < LATENCY_MESSAGES)
        pulse->came_ns[index] = clock_monotonic_ns();
    atomic_store(&pulse->came, index + 1);
}

static void on_bare(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *context)
{
    (void)connection;
    (void)subscription;
    note(context);
    natsMsg_Destroy(message);
}

static int by_time(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void bench_latency(struct tape *sender, struct tape *tape, enum way way)
{
    struct error error = {0};
    struct pulse *pulse = calloc(1, sizeof *pulse);
    pthread_t thread;
    if (pulse == NULL || (pulse->publisher = publisher_create(sender, NULL, &error)) == NULL)
        fail(error.text);
    natsSubscription *bare = way == BARE ? subscribe_bare(tape, on_bare, pulse, true) : NULL;
    struct reader reader = {0};
    if (way != BARE)
        reader = start(tape, way, FOLLOW_NEW);
    if (pthread_create(&thread, NULL, send_pulse, pulse) != 0)
        fail("cannot start a thread");
    while (atomic_load(&pulse->came) < LATENCY_MESSAGES) {
        struct inbox_item item;
        if (way == BARE) {
            wait_until(clock_monotonic_ns() + 100 * NS_PER_MS);
            continue;
        }
        inbox_wait(reader.inbox, 1000);
        while (inbox_take(reader.inbox, &item))
            if (item.kind == INBOX_MESSAGE)
                note(pulse);
    }
    pthread_join(thread, NULL);
    natsSubscription_Destroy(bare);
    if (way != BARE)
        stop(&reader);
    publisher_destroy(pulse->publisher, 5000);
    for (size_t i = 0; i < LATENCY_MESSAGES; i++)
        pulse->came_ns[i] -= pulse->sent_ns[i];
    int64_t *times_ns = pulse->came_ns + LATENCY_SKIPPED;
    size_t count = LATENCY_MESSAGES - LATENCY_SKIPPED;
    qsort(times_ns, count, sizeof *times_ns, by_time);
    printf("latency at 10,000/s, %-22s p50 %5.0f us, p99 %6.0f us\n", NAMES[way], (double)times_ns[count / 2] / 1e3,
           (double)times_ns[count * 99 / 100] / 1e3);
    free(pulse);
}

static struct tape *connect_to(const struct embedded_server *server)
{
    struct error error = {0};
    struct tape *tape = tape_connect(
        &(struct tape_options){.urls = embedded_server_url(server), .name = "bench", .reconnect_attempts = -1}, &error);
    if (tape == NULL)
        fail(error.text);
    return tape;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 500000;
    char directory[] = "/tmp/tapedeck-bench-XXXXXX", command[64];
    struct error error = {0};
    const char *program = getenv("NATS_SERVER");
    if (mkdtemp(directory) == NULL)
        fail("no directory");
    struct embedded_server *server =
        embedded_server_start(program != NULL ? program : "nats-server", directory, &error);
    if (server == NULL)
        fail(error.text);
    struct tape *sender = connect_to(server), *tape = connect_to(server);
    if (streams_create(tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error) < 0)
        fail(error.text);
    publish(sender, count);
    bench_throughput(tape, count);
    for (int round = 0; round < ROUNDS; round++) {
        bench_latency(sender, tape, BARE);
        bench_latency(sender, tape, PUSH);
    }
    tape_destroy(tape);
    tape_destroy(sender);
    embedded_server_stop(server);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) == 0 ? 0 : 1;
}
