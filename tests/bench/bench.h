/* What the benchmarks have in common: a real server with one stream, rounds, medians, and a line of the table.
 *
 * What is compared with bare nats.c takes turns with it in one run, so that a disturbance meets both, and the ratio of
 * each round is taken before the median. Any failure prints a sentence and ends the program. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <nats/nats.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/tape.h"

enum { BENCH_ROUNDS_MAX = 31 };

/* A quote of 136 bytes, and where it goes. */
extern const char BENCH_QUOTE[137];
enum { BENCH_QUOTE_BYTES = 136 };
extern const char BENCH_SUBJECT[];

struct bench_server {
    struct embedded_server *server;
    char directory[32];
    struct tape *tape;    /* ours */
    natsConnection *bare; /* with nats.c's own defaults */
    jsCtx *jetstream;     /* on `bare` */
};

/* Starts the server ($NATS_SERVER, else nats-server) on a new directory in $TMPDIR or /tmp, with the stream MARKET_DATA
 * on files, and connects. */
void bench_server_start(struct bench_server *server);
void bench_server_stop(struct bench_server *server);
/* A further connection of ours. */
struct tape *bench_connect(struct bench_server *server);
/* Empties the stream, and fills it with so many quotes. */
void bench_server_empty(struct bench_server *server);
void bench_server_fill(struct bench_server *server, uint64_t count);

void bench_fail(const char *text);
void bench_check(natsStatus status);
double bench_per_second(uint64_t count, int64_t start_ns);
void bench_wait_until(int64_t time_ns);

/* The argument at `index` as a number. */
uint64_t bench_argument(int argc, char **argv, int index, uint64_t otherwise);

/* A series of rounds: ours beside bare. */
struct bench_rounds {
    double here[BENCH_ROUNDS_MAX], bare[BENCH_ROUNDS_MAX];
    int count;
};

void bench_add(struct bench_rounds *rounds, double here, double bare);
double bench_median(const double *values, int count);

/* Prints the medians and the median ratio as a line; `wanted` stands at its end. */
void bench_print(const char *what, const struct bench_rounds *rounds, const char *unit, const char *wanted);
/* A line that has nothing beside it. */
void bench_print_one(const char *what, double here, const char *unit);

#endif
