/* How fast recordings reach the tape when they play as fast as possible, beside what the publisher can do when it is
 * handed the same payloads ready made. Usage: bench_recording [RECORDING...]; without any, recordings of simulated
 * quotes in two formats are made in $TMPDIR or /tmp. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bus/market_publisher.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/instrument.h"
#include "core/subject.h"
#include "core/timestamp.h"
#include "feed/feed.h"
#include "feed/player.h"
#include "feed/simulator.h"

enum { QUOTES = 400000, ROUNDS = 9, PAYLOADS_BYTES = 400 * QUOTES, LOWEST_RATE_HZ = 1000 };

/* What a recording comes to on the tape: subject, payload, subject, payload, …, each terminated. */
struct payloads {
    char *text; /* owned */
    size_t bytes, count;
    struct event event;
};

static bool keep(void *context, const struct quote *quote)
{
    struct payloads *payloads = context;
    if (PAYLOADS_BYTES - payloads->bytes < SUBJECT_SIZE + EVENT_PAYLOAD_SIZE)
        bench_fail("the recording is too long to be kept in memory");
    payloads->event.quote = *quote;
    char *subject = payloads->text + payloads->bytes;
    subject_of(&payloads->event, subject);
    char *payload = subject + strlen(subject) + 1;
    payload += event_encode(&payloads->event, payload, EVENT_PAYLOAD_SIZE) + 1;
    payloads->bytes = (size_t)(payload - payloads->text);
    payloads->count++;
    return true;
}

static void payloads_make(struct payloads *payloads, const struct instruments *instruments, const char *text)
{
    struct feed_spec spec;
    struct error error;
    struct player_options options = {
        .spec = &spec, .instruments = instruments, .source = "recording-bench", .send = keep, .context = payloads};
    struct player *player = NULL;
    *payloads = (struct payloads){.text = malloc(PAYLOADS_BYTES), .event = event_empty(EVENT_QUOTE)};
    if (payloads->text == NULL)
        abort();
    if (feed_spec_parse(&spec, text, &error) == 0)
        player = player_create(&options, &error);
    if (player == NULL)
        bench_fail(error.text);
    while (player_step(player, (struct player_time){1, 1}) != INT64_MAX) {
    }
    player_destroy(player);
}

static struct market_publisher *publisher_open(struct bench_server *server)
{
    struct error error = {0};
    struct market_publisher *publisher =
        market_publisher_create(server->tape, &(struct market_publisher_options){.stream = "MARKET_DATA"}, &error);
    if (publisher == NULL)
        bench_fail(error.text);
    return publisher;
}

static void wait_until_stored(struct market_publisher *publisher, size_t count)
{
    struct market_tally tally = market_publisher_counts(publisher).tally;
    for (; tally.stored < count; tally = market_publisher_counts(publisher).tally) {
        if (tally.lost + tally.unknown > 0)
            bench_fail("the connection was lost, and quotes with it: the machine is too busy to measure anything");
        bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
    }
}

static double publish_bare(struct bench_server *server, const struct payloads *payloads)
{
    struct market_publisher *publisher = publisher_open(server);
    int64_t start_ns = clock_monotonic_ns();
    for (const char *subject = payloads->text; subject < payloads->text + payloads->bytes;) {
        const char *payload = subject + strlen(subject) + 1;
        size_t length = strlen(payload);
        if (market_publisher_send(publisher, subject, payload, length))
            subject = payload + length + 1;
        else
            bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
    }
    market_publisher_flush(publisher);
    wait_until_stored(publisher, payloads->count);
    double rate = bench_per_second(payloads->count, start_ns);
    market_publisher_destroy(publisher, 1000);
    return rate;
}

static double play(struct bench_server *server, const struct instruments *instruments, const char *spec, size_t count)
{
    struct error error = {0};
    struct market_publisher *publisher = publisher_open(server);
    int64_t start_ns = clock_monotonic_ns();
    struct feed *feed =
        feed_start(&(struct feed_options){.spec = spec, .instruments = instruments, .publisher = publisher}, &error);
    if (feed == NULL)
        bench_fail(error.text);
    wait_until_stored(publisher, count);
    double rate = bench_per_second(count, start_ns);
    feed_stop(feed);
    market_publisher_destroy(publisher, 1000);
    return rate;
}

static void bench_recording(struct bench_server *server, const struct instruments *instruments, const char *file,
                            const char *what)
{
    char spec[4200];
    struct payloads payloads;
    struct bench_rounds rounds = {0};
    snprintf(spec, sizeof spec, "recording:%s,speed=max", file);
    payloads_make(&payloads, instruments, spec);
    for (int i = 0; i < ROUNDS; i++) {
        double bare = publish_bare(server, &payloads);
        bench_server_empty(server);
        bench_add(&rounds, play(server, instruments, spec, payloads.count), bare);
        bench_server_empty(server);
    }
    bench_print(what, &rounds, "/s", "0.9");
    free(payloads.text);
}

/* A file of simulated quotes: as `tapedeck record` writes them, or as Binance's messages. */
static void make_file(const char *path, const struct instruments *instruments, bool is_binance)
{
    struct simulator *simulator =
        simulator_create(&(struct simulator_options){.instruments = instruments,
                                                     .seed = 1,
                                                     .rate_microhz = LOWEST_RATE_HZ * INT64_C(1000000),
                                                     .start_wall_ns = INT64_C(1750000000) * NS_PER_SECOND},
                         NULL);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        bench_fail("cannot write a recording");
    struct event event = event_empty(EVENT_QUOTE);
    for (int i = 0; i < QUOTES; i++) {
        struct quote *quote = &event.quote;
        char payload[EVENT_PAYLOAD_SIZE], subject[SUBJECT_SIZE], time[TIMESTAMP_TEXT_SIZE], bid[DECIMAL_TEXT_SIZE],
            ask[DECIMAL_TEXT_SIZE];
        int64_t due_ns;
        simulator_next(simulator, quote, &due_ns);
        if (is_binance) {
            decimal_format(bid, quote->bid, PRICE_DECIMALS);
            decimal_format(ask, quote->ask, PRICE_DECIMALS);
            fprintf(file,
                    "%" PRId64 " {\"u\":%d,\"s\":\"%s\",\"b\":\"%s\",\"B\":\"%d.5\",\"a\":\"%s\",\"A\":\"1.5\"}\n",
                    quote->timestamp_ns, i + 1, quote->symbol, bid, i % 1000 + 1, ask);
            continue;
        }
        subject_of(&event, subject);
        timestamp_format(time, quote->timestamp_ns);
        size_t length = event_encode(&event, payload, sizeof payload);
        fprintf(file, "%.*s,\"stream_sequence\":%d,\"stored\":\"%s\",\"subject\":\"%s\"}\n", (int)length - 1, payload,
                i + 1, time, subject);
    }
    fclose(file);
    simulator_destroy(simulator);
}

int main(int argc, char **argv)
{
    struct bench_server server = {0};
    struct instruments instruments;
    struct error error;
    char path[64];
    if (instruments_init_builtin(&instruments, &error))
        bench_fail(error.text);
    bench_server_start(&server);
    for (int i = 1; i < argc; i++)
        bench_recording(&server, &instruments, argv[i], "recording as fast as possible");
    for (int i = 0; argc == 1 && i < 2; i++) {
        snprintf(path, sizeof path, "%s/quotes-%d", server.directory, i);
        make_file(path, &instruments, i == 1);
        bench_recording(&server, &instruments, path,
                        i == 0 ? "tapedeck's recording, as fast as possible"
                               : "Binance's messages, as fast as possible");
    }
    bench_server_stop(&server);
    instruments_free(&instruments);
    return 0;
}
