/* Quotes per second that a worker delivers and acknowledges, beside the same work in bare nats.c: a pull of one's own
 * with requests of 250 and at most 1000 messages under way (natsSubscription_Fetch of nats.c 3.4.1 cannot be used).
 * Usage: bench_worker [messages [rounds]] */
#include <stdio.h>

#include "bench/bench.h"
#include "bus/inbox.h"
#include "bus/worker.h"
#include "core/clock.h"

static double worker(struct bench_server *server, const char *durable, uint64_t count)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(4 << 20);
    int64_t start_ns = clock_monotonic_ns();
    struct worker *worker = worker_create(
        server->tape, &(struct worker_options){.stream = "MARKET_DATA", .durable = durable}, inbox, &error);
    if (worker == NULL)
        bench_fail(error.text);
    struct inbox_item item;
    for (uint64_t done = 0; done < count;) {
        inbox_wait(inbox, -1);
        while (inbox_take(inbox, &item))
            done += worker_ack(worker, item.handle);
    }
    double rate = bench_per_second(count, start_ns);
    worker_destroy(worker);
    inbox_destroy(inbox);
    return rate;
}

static double bare(struct bench_server *server, const char *durable, uint64_t count)
{
    enum { WINDOW = 1000, REQUEST = 250 };
    natsSubscription *subscription = NULL;
    natsInbox *inbox = NULL;
    char request[128];
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.Durable = durable;
    config.AckPolicy = js_AckExplicit;
    config.MaxAckPending = WINDOW;
    int64_t start_ns = clock_monotonic_ns();
    bench_check(js_AddConsumer(NULL, server->jetstream, "MARKET_DATA", &config, NULL, NULL));
    bench_check(natsInbox_Create(&inbox));
    bench_check(natsConnection_SubscribeSync(&subscription, server->bare, inbox));
    bench_check(natsSubscription_SetPendingLimits(subscription, -1, -1));
    snprintf(request, sizeof request, "$JS.API.CONSUMER.MSG.NEXT.MARKET_DATA.%s", durable);
    for (uint64_t done = 0, asked = 0; done < count;) {
        while (asked - done <= WINDOW - REQUEST) {
            bench_check(natsConnection_PublishRequest(server->bare, request, inbox, "{\"batch\":250}", 13));
            asked += REQUEST;
        }
        natsMsg *message = NULL;
        bench_check(natsSubscription_NextMsg(&message, subscription, 10000));
        bench_check(natsConnection_Publish(server->bare, natsMsg_GetReply(message), "+ACK", 4));
        natsMsg_Destroy(message);
        done++;
    }
    double rate = bench_per_second(count, start_ns);
    natsSubscription_Destroy(subscription);
    natsInbox_Destroy(inbox);
    return rate;
}

int main(int argc, char **argv)
{
    uint64_t count = bench_argument(argc, argv, 1, 300000), rounds = bench_argument(argc, argv, 2, 7);
    struct bench_server server = {0};
    struct bench_rounds both = {0};
    bench_server_start(&server);
    bench_server_fill(&server, count);
    for (uint64_t round = 0; round < rounds; round++) {
        char durable[32];
        snprintf(durable, sizeof durable, "bare-%d", (int)round);
        double rate = bare(&server, durable, count);
        js_DeleteConsumer(server.jetstream, "MARKET_DATA", durable, NULL, NULL);
        snprintf(durable, sizeof durable, "worker-%d", (int)round);
        bench_add(&both, worker(&server, durable, count), rate);
        js_DeleteConsumer(server.jetstream, "MARKET_DATA", durable, NULL, NULL);
    }
    bench_print("work and acknowledge", &both, "/s", "0.85 and 140,000/s");
    bench_server_stop(&server);
    return 0;
}
