/* The paper exchange on a bench: lines of a script go in, and what it proposes is stored and folded at once, as a tape
 * without delay would, unless a test holds it back. */
#ifndef TESTS_ENGINE_EXCHANGE_BENCH_H
#define TESTS_ENGINE_EXCHANGE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/exchange.h"
#include "script.h"

enum { BENCH_TEXT_SIZE = 4096, BENCH_EVENTS_MAX = 4096, BENCH_IN_FLIGHT_MAX = 128 };

struct bench {
    struct script script;
    struct exchange_config config;
    struct instruments instruments;
    struct exchange *exchange;
    struct proposals proposals;
    char text[BENCH_TEXT_SIZE]; /* what was proposed so far */
    struct event tape[BENCH_EVENTS_MAX];
    size_t tape_count;
    /* With a delay, proposals are in flight for a while, as a service has it: one per order, the rest is dropped. */
    bool is_delayed;
    uint32_t delay_seed;
    struct proposal in_flight[BENCH_IN_FLIGHT_MAX];
    size_t in_flight_count;
};

void bench_open(struct bench *bench);
void bench_close(struct bench *bench);

/* "wait 500ms", "tick" (everything is decided, as the service does it now and then), "depth …" as script_depth has it,
 * or an event; with a leading "+" nothing is decided on it. */
void bench_do(struct bench *bench, const char *line);

/* Onto the tape, and into the exchange. */
void bench_fold(struct bench *bench, const struct event *event);
/* What follows from an event, NULL: from everything, goes into `proposals`. */
void bench_decide(struct bench *bench, const struct event *event);
/* Stores, folds and decides on what was proposed, until nothing more follows. */
void bench_settle(struct bench *bench);
/* The same for the oldest one in flight. */
void bench_land_first(struct bench *bench);
/* Adds an event to the text. */
void bench_note(struct bench *bench, const struct event *event);
/* What the fence says must be what the stream would say. */
void bench_assert_fence(const struct bench *bench, const struct proposal *proposal);

uint32_t bench_random(uint32_t *seed);
uint32_t bench_below(uint32_t *seed, uint32_t count);

#endif
