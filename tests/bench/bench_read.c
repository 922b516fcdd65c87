/* Quotes read per second from a stream on files: follower, push and replay, with every message decoded into a struct
 * quote, beside a bare ordered consumer of nats.c whose messages are only counted. Usage: bench_read [messages
 * [rounds]] */
#include <stdio.h>

#include "bench/bench.h"
#include "bus/follower.h"
#include "bus/inbox.h"
#include "bus/push.h"
#include "bus/replay.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/pace.h"

enum { INBOX_BYTES = 4 << 20 };

enum way { FOLLOWER, PUSH, REPLAY, WAYS };

static const char *const NAMES[] = {"follow, decoded", "push, decoded", "replay, decoded"};

static double bare(struct bench_server *server, uint64_t count)
{
    natsSubscription *subscription = NULL;
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Ordered = true;
    int64_t start_ns = clock_monotonic_ns();
    bench_check(js_SubscribeSync(&subscription, server->jetstream, "md.>", NULL, &options, NULL));
    /* With the default limits it would lose messages and start again. */
    bench_check(natsSubscription_SetPendingLimits(subscription, -1, -1));
    for (uint64_t i = 0; i < count; i++) {
        natsMsg *message = NULL;
        bench_check(natsSubscription_NextMsg(&message, subscription, 5000));
        natsMsg_Destroy(message);
    }
    double rate = bench_per_second(count, start_ns);
    natsSubscription_Destroy(subscription);
    return rate;
}

/* One of the ways to fill an inbox. */
struct reader {
    struct inbox *inbox;
    struct follower *follower;
    struct push *push;
    struct replay *replay;
};

static struct reader start(struct tape *tape, enum way way)
{
    struct error error = {0};
    struct reader reader = {.inbox = inbox_create(INBOX_BYTES)};
    const struct follower_options follow = {.stream = "MARKET_DATA", .from = FOLLOW_SEQUENCE};
    const struct push_options push = {.stream = "MARKET_DATA", .filter = "md.nyse.>", .from = FOLLOW_SEQUENCE};
    const struct replay_options replay = {.stream = "MARKET_DATA", .speed_millionths = PACE_MAX};
    if (way == FOLLOWER)
        reader.follower = follower_create(tape, &follow, reader.inbox, &error);
    else if (way == PUSH)
        reader.push = push_create(tape, &push, reader.inbox, &error);
    else
        reader.replay = replay_create(tape, &replay, reader.inbox, &error);
    if (reader.follower == NULL && reader.push == NULL && reader.replay == NULL)
        bench_fail(error.text);
    return reader;
}

static void stop(struct reader *reader)
{
    inbox_close(reader->inbox);
    follower_destroy(reader->follower);
    push_destroy(reader->push);
    replay_destroy(reader->replay);
    inbox_destroy(reader->inbox);
}

static double here(struct bench_server *server, enum way way, uint64_t count)
{
    int64_t start_ns = clock_monotonic_ns();
    struct reader reader = start(server->tape, way);
    struct inbox_item item;
    for (uint64_t i = 0; i < count;) {
        inbox_wait(reader.inbox, 5000);
        while (i < count && inbox_take(reader.inbox, &item)) {
            struct event event;
            if (item.kind != INBOX_MESSAGE)
                continue;
            if (event_decode(&event, item.subject, item.payload, item.payload_bytes, NULL, NULL) < 0)
                bench_fail("a quote cannot be decoded");
            i++;
        }
    }
    double rate = bench_per_second(count, start_ns);
    stop(&reader);
    return rate;
}

int main(int argc, char **argv)
{
    uint64_t count = bench_argument(argc, argv, 1, 500000), rounds = bench_argument(argc, argv, 2, 7);
    struct bench_server server = {0};
    struct bench_rounds ways[WAYS] = {0};
    bench_server_start(&server);
    bench_server_fill(&server, count);
    for (uint64_t round = 0; round < rounds; round++) {
        double rate = bare(&server, count);
        for (enum way way = 0; way < WAYS; way++)
            bench_add(&ways[way], here(&server, way, count), rate);
    }
    for (enum way way = 0; way < WAYS; way++)
        bench_print(NAMES[way], &ways[way], "/s", "0.7");
    bench_server_stop(&server);
    return 0;
}
