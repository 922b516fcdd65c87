/* Prints how many messages per second a worker delivers and acknowledges, beside the same work in bare nats.c: a pull
 * of one's own with requests of 250 and at most 1000 messages under way. They take turns on one stream, each round with
 * a new consumer. Not a test: run it by hand, in a release build. Usage: bench_worker [messages] [rounds] */
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/embedded_server.h"
#include "bus/publisher.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/worker.h"
#include "core/clock.h"
#include "core/timestamp.h"

static const char PAYLOAD[] =
    "{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":189.01,\"ask\":189.02,\"bid_size\":300,"
    "\"ask_size\":200,\"timestamp\":\"2026-11-23T14:30:00.123456Z\"}";

static const struct stream_config STREAMS[] = {
    {.name = "T", .subjects = {"t.>"}, .max_bytes = INT64_C(1) << 30},
    {.name = "TAPEDECK_DEAD_LETTERS", .subjects = {"dead.>"}, .max_bytes = 16 << 20},
};

static void fail(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(1);
}

static void check(natsStatus status)
{
    if (status != NATS_OK)
        fail(natsStatus_GetText(status));
}

static void fill(struct tape *tape, uint64_t count)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    struct publisher *publisher = publisher_create(tape, NULL, &error);
    if (publisher == NULL)
        fail(error.text);
    struct inbox_item item;
    for (uint64_t sent = 0, stored = 0; stored < count;) {
        const struct publish_message message = {.subject = "t.a",
                                                .fence = PUBLISH_NO_FENCE,
                                                .payload = PAYLOAD,
                                                .payload_bytes = sizeof PAYLOAD - 1,
                                                .inbox = inbox};
        if (sent < count && sent - stored < 4000 && publisher_send(publisher, &message)) {
            sent++;
            continue;
        }
        inbox_wait(inbox, -1);
        while (inbox_take(inbox, &item))
            stored++;
    }
    publisher_destroy(publisher, 1000);
    inbox_destroy(inbox);
}

static double per_second(uint64_t count, int64_t start_ns)
{
    return (double)count * (double)NS_PER_SECOND / (double)(clock_monotonic_ns() - start_ns);
}

static double work(struct tape *tape, const char *durable, uint64_t count)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(4 << 20);
    int64_t start_ns = clock_monotonic_ns();
    struct worker *worker =
        worker_create(tape, &(struct worker_options){.stream = "T", .durable = durable}, inbox, &error);
    if (worker == NULL)
        fail(error.text);
    struct inbox_item item;
    for (uint64_t done = 0; done < count;) {
        inbox_wait(inbox, -1);
        while (inbox_take(inbox, &item))
            done += worker_ack(worker, item.handle);
    }
    double rate = per_second(count, start_ns);
    worker_destroy(worker);
    inbox_destroy(inbox);
    return rate;
}

static double bare(struct tape *tape, const char *durable, uint64_t count)
{
    enum { WINDOW = 1000, REQUEST = 250 };
    natsConnection *connection = tape_connection(tape);
    natsSubscription *subscription = NULL;
    char inbox[TAPE_INBOX_SIZE], request[128];
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.Durable = durable;
    config.AckPolicy = js_AckExplicit;
    config.MaxAckPending = WINDOW;
    int64_t start_ns = clock_monotonic_ns();
    check(js_AddConsumer(NULL, tape_jetstream(tape), "T", &config, NULL, NULL));
    tape_inbox_name(inbox);
    check(natsConnection_SubscribeSync(&subscription, connection, inbox));
    check(natsSubscription_SetPendingLimits(subscription, -1, -1));
    snprintf(request, sizeof request, "$JS.API.CONSUMER.MSG.NEXT.T.%s", durable);
    for (uint64_t done = 0, asked = 0; done < count;) {
        while (asked - done <= WINDOW - REQUEST) {
            check(natsConnection_PublishRequest(connection, request, inbox, "{\"batch\":250}", 13));
            asked += REQUEST;
        }
        natsMsg *message = NULL;
        check(natsSubscription_NextMsg(&message, subscription, 10000));
        check(natsConnection_Publish(connection, natsMsg_GetReply(message), "+ACK", 4));
        natsMsg_Destroy(message);
        done++;
    }
    double rate = per_second(count, start_ns);
    natsSubscription_Destroy(subscription);
    return rate;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 300000;
    int rounds = argc > 2 ? atoi(argv[2]) : 3;
    char directory[] = "/tmp/tapedeck-bench-XXXXXX", command[64], durable[32];
    struct error error = {0};
    if (mkdtemp(directory) == NULL)
        fail("cannot make a directory in /tmp");
    const char *program = getenv("NATS_SERVER");
    struct embedded_server *server =
        embedded_server_start(program != NULL ? program : "nats-server", directory, &error);
    if (server == NULL)
        fail(error.text);
    struct tape *tape =
        tape_connect(&(struct tape_options){.urls = embedded_server_url(server), .name = "bench"}, &error);
    if (tape == NULL || streams_create(tape, STREAMS, 2, 1, &error) < 0)
        fail(error.text);
    fill(tape, count);
    for (int round = 0; round < rounds; round++) {
        snprintf(durable, sizeof durable, "bare-%d", round);
        double bare_rate = bare(tape, durable, count);
        js_DeleteConsumer(tape_jetstream(tape), "T", durable, NULL, NULL);
        snprintf(durable, sizeof durable, "worker-%d", round);
        double worker_rate = work(tape, durable, count);
        js_DeleteConsumer(tape_jetstream(tape), "T", durable, NULL, NULL);
        printf("bare pull %.0f/s, worker %.0f/s, ratio %.2f\n", bare_rate, worker_rate, worker_rate / bare_rate);
    }
    tape_destroy(tape);
    embedded_server_stop(server);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) == 0 ? 0 : 1;
}
