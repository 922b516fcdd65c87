/* The server, the rounds and the table of the benchmarks. */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/embedded_server.h"
#include "bus/market_publisher.h"
#include "bus/stream.h"
#include "core/clock.h"
#include "core/timestamp.h"

const char BENCH_SUBJECT[] = "md.nyse.AAPL";
const char BENCH_QUOTE[] = "{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":189.01,\"ask\":189.02,\"bid_size\":300,"
                           "\"ask_size\":200,\"timestamp\":\"2026-11-23T14:30:00.123456789Z\"}";

void bench_fail(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(1);
}

void bench_check(natsStatus status)
{
    if (status != NATS_OK)
        bench_fail(natsStatus_GetText(status));
}

struct tape *bench_connect(struct bench_server *server)
{
    struct error error = {0};
    struct tape *tape =
        tape_connect(&(struct tape_options){.urls = embedded_server_url(server->server), .name = "bench"}, &error);
    if (tape == NULL)
        bench_fail(error.text);
    return tape;
}

void bench_server_start(struct bench_server *server)
{
    struct error error = {0};
    const char *program = getenv("NATS_SERVER");
    snprintf(server->directory, sizeof server->directory, "/tmp/tapedeck-bench-XXXXXX");
    if (mkdtemp(server->directory) == NULL)
        bench_fail("cannot make a directory in /tmp");
    server->server = embedded_server_start(program != NULL ? program : "nats-server", server->directory, &error);
    if (server->server == NULL)
        bench_fail(error.text);
    server->tape = bench_connect(server);
    if (streams_create(server->tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error) < 0)
        bench_fail(error.text);
    bench_check(natsConnection_ConnectTo(&server->bare, embedded_server_url(server->server)));
    bench_check(natsConnection_JetStream(&server->jetstream, server->bare, NULL));
}

void bench_server_stop(struct bench_server *server)
{
    char command[64];
    jsCtx_Destroy(server->jetstream);
    natsConnection_Destroy(server->bare);
    tape_destroy(server->tape);
    embedded_server_stop(server->server);
    snprintf(command, sizeof command, "rm -rf %s", server->directory);
    if (system(command) != 0)
        bench_fail("cannot remove the server's files");
}

void bench_server_empty(struct bench_server *server)
{
    bench_check(js_PurgeStream(server->jetstream, "MARKET_DATA", NULL, NULL));
}

void bench_server_fill(struct bench_server *server, uint64_t count)
{
    struct error error = {0};
    struct market_publisher *publisher =
        market_publisher_create(server->tape, &(struct market_publisher_options){.stream = "MARKET_DATA"}, &error);
    if (publisher == NULL)
        bench_fail(error.text);
    bench_server_empty(server);
    for (uint64_t i = 0; i < count;) {
        if (market_publisher_send(publisher, BENCH_SUBJECT, BENCH_QUOTE, BENCH_QUOTE_BYTES))
            i++;
        else
            bench_wait_until(clock_monotonic_ns() + 100 * NS_PER_US);
    }
    market_publisher_destroy(publisher, 30000);
}

double bench_per_second(uint64_t count, int64_t start_ns)
{
    return (double)count * (double)NS_PER_SECOND / (double)(clock_monotonic_ns() - start_ns);
}

void bench_wait_until(int64_t time_ns)
{
    const struct timespec end = {.tv_sec = time_ns / NS_PER_SECOND, .tv_nsec = time_ns % NS_PER_SECOND};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
}

uint64_t bench_argument(int argc, char **argv, int index, uint64_t otherwise)
{
    return argc > index ? strtoull(argv[index], NULL, 10) : otherwise;
}

void bench_add(struct bench_rounds *rounds, double here, double bare)
{
    if (rounds->count == BENCH_ROUNDS_MAX)
        return;
    rounds->here[rounds->count] = here;
    rounds->bare[rounds->count++] = bare;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double bench_median(const double *values, int count)
{
    double sorted[BENCH_ROUNDS_MAX];
    memcpy(sorted, values, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, by_size);
    return sorted[count / 2];
}

void bench_print(const char *what, const struct bench_rounds *rounds, const char *unit, const char *wanted)
{
    double ratios[BENCH_ROUNDS_MAX];
    for (int i = 0; i < rounds->count; i++)
        ratios[i] = rounds->here[i] / rounds->bare[i];
    printf("%-44s %10.0f %-3s %10.0f %-3s %7.2f %s\n", what, bench_median(rounds->here, rounds->count), unit,
           bench_median(rounds->bare, rounds->count), unit, bench_median(ratios, rounds->count), wanted);
    fflush(stdout);
}

void bench_print_one(const char *what, double here, const char *unit)
{
    printf("%-44s %10.0f %s\n", what, here, unit);
    fflush(stdout);
}
