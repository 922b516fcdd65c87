/* How long each hop of an order takes, read from the tape, for benchmarks. */
#ifndef TESTS_BENCH_ORDER_HOPS_H
#define TESTS_BENCH_ORDER_HOPS_H

#include <stddef.h>
#include <stdint.h>

/* Times in ns, as many as there is room for; a zeroed one is empty. */
struct samples {
    int64_t *ns; /* owned */
    size_t count;
};

void samples_add(struct samples *samples, int64_t ns);
/* Prints count and percentiles as a line, and empties it. */
void samples_print(const char *name, struct samples *samples);

/* Reads ORDERS of this server from its first message and prints, of the market orders that were filled, the time of
 * each hop up to the first fill: from the request's own time until it is stored, from there until the decision is, and
 * so on. */
void order_hops_print(const char *server_url);

#endif
