/* Quotes published per second into a stream on files, by one connection: our publisher beside nats.c's asynchronous
 * publish, both with an acknowledgement for each message, with and without an id; and the market data publisher, which
 * knows of every message too, beside the same. Bare publishing without any acknowledgement, which knows nothing, is the
 * bound. Usage: bench_publish [messages [rounds]] */
#include <inttypes.h>
#include <stdio.h>

#include "bench/bench.h"
#include "bus/market_publisher.h"
#include "bus/publisher.h"
#include "core/clock.h"
#include "core/timestamp.h"

static char *id_of(char id[32], uint64_t number, int64_t start_ns)
{
    snprintf(id, 32, "%" PRIx64 "-%" PRIu64, start_ns, number);
    return id;
}

static double bare_asynchronous(struct bench_server *server, uint64_t count, bool with_id)
{
    jsCtx *jetstream = NULL;
    jsOptions options;
    jsOptions_Init(&options);
    options.PublishAsync.MaxPending = 4096;
    options.PublishAsync.StallWait = 10000;
    bench_check(natsConnection_JetStream(&jetstream, server->bare, &options));
    int64_t start_ns = clock_monotonic_ns();
    for (uint64_t i = 0; i < count; i++) {
        char id[32];
        jsPubOptions of_message;
        jsPubOptions_Init(&of_message);
        if (with_id)
            of_message.MsgId = id_of(id, i, start_ns);
        bench_check(js_PublishAsync(jetstream, BENCH_SUBJECT, BENCH_QUOTE, BENCH_QUOTE_BYTES, &of_message));
    }
    bench_check(js_PublishAsyncComplete(jetstream, NULL));
    double rate = bench_per_second(count, start_ns);
    jsCtx_Destroy(jetstream);
    return rate;
}

static double bare_without_answers(struct bench_server *server, uint64_t count)
{
    int64_t start_ns = clock_monotonic_ns();
    for (uint64_t i = 1; i < count; i++)
        bench_check(natsConnection_Publish(server->bare, BENCH_SUBJECT, BENCH_QUOTE, BENCH_QUOTE_BYTES));
    /* The last one is answered when those before it are stored. */
    jsPubAck *ack = NULL;
    jsPubOptions patient;
    jsPubOptions_Init(&patient);
    patient.MaxWait = 30000;
    bench_check(js_Publish(&ack, server->jetstream, BENCH_SUBJECT, BENCH_QUOTE, BENCH_QUOTE_BYTES, &patient, NULL));
    jsPubAck_Destroy(ack);
    return bench_per_second(count, start_ns);
}

/* As a feed does that finds no room. */
static void wait_for_room(void)
{
    bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
}

static double publisher(struct bench_server *server, uint64_t count, bool with_id)
{
    struct error error = {0};
    struct publisher *publisher = publisher_create(server->tape, &(struct publisher_options){.window = 4096}, &error);
    if (publisher == NULL)
        bench_fail(error.text);
    int64_t start_ns = clock_monotonic_ns();
    for (uint64_t i = 0; i < count;) {
        char id[32];
        const struct publish_message message = {.subject = BENCH_SUBJECT,
                                                .id = with_id ? id_of(id, i, start_ns) : NULL,
                                                .fence = PUBLISH_NO_FENCE,
                                                .payload = BENCH_QUOTE,
                                                .payload_bytes = BENCH_QUOTE_BYTES};
        if (publisher_send(publisher, &message))
            i++;
        else
            wait_for_room();
    }
    while (publisher_counts(publisher).stored < count)
        wait_for_room();
    double rate = bench_per_second(count, start_ns);
    publisher_destroy(publisher, 1000);
    return rate;
}

static double market(struct bench_server *server, uint64_t count)
{
    struct error error = {0};
    struct market_publisher *publisher =
        market_publisher_create(server->tape, &(struct market_publisher_options){.stream = "MARKET_DATA"}, &error);
    if (publisher == NULL)
        bench_fail(error.text);
    int64_t start_ns = clock_monotonic_ns();
    for (uint64_t i = 0; i < count;) {
        if (market_publisher_send(publisher, BENCH_SUBJECT, BENCH_QUOTE, BENCH_QUOTE_BYTES))
            i++;
        else
            wait_for_room();
    }
    market_publisher_flush(publisher);
    while (market_publisher_counts(publisher).tally.stored < count)
        wait_for_room();
    double rate = bench_per_second(count, start_ns);
    market_publisher_destroy(publisher, 1000);
    return rate;
}

/* The server keeps the ids of two minutes and becomes slower with each; so who goes first takes turns. */
static void add_round_with_ids(struct bench_rounds *rounds, struct bench_server *server, uint64_t count, bool bare_last)
{
    double bare = bare_last ? 0 : bare_asynchronous(server, count, true);
    double here = publisher(server, count, true);
    bench_add(rounds, here, bare_last ? bare_asynchronous(server, count, true) : bare);
}

int main(int argc, char **argv)
{
    uint64_t count = bench_argument(argc, argv, 1, 200000), rounds = bench_argument(argc, argv, 2, 7);
    struct bench_server server = {0};
    struct bench_rounds plain = {0}, with_id = {0}, quotes = {0}, bound = {0};
    bench_server_start(&server);
    for (uint64_t round = 0; round < rounds; round++) {
        double bare = bare_asynchronous(&server, count, false);
        bench_add(&plain, publisher(&server, count, false), bare);
        double here = market(&server, count);
        bench_add(&quotes, here, bare);
        bench_add(&bound, here, bare_without_answers(&server, count));
        add_round_with_ids(&with_id, &server, count, round % 2 == 1);
        bench_server_empty(&server);
    }
    bench_print("publish", &plain, "/s", "0.95");
    bench_print("publish with an id", &with_id, "/s", "0.95");
    bench_print("publish market data", &quotes, "/s", "2");
    bench_print("publish market data, beside no answers at all", &bound, "/s", "");
    bench_server_stop(&server);
    return 0;
}
