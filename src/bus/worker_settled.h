/* The sequences that a worker has settled above the consumer's ack floor, as runs in rising order. Pure. */
#ifndef BUS_WORKER_SETTLED_H
#define BUS_WORKER_SETTLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker_run {
    uint64_t first, last;
};

struct worker_settled {
    struct worker_run *runs;
    size_t count, size;
};

/* Bounded: of more than a million runs the lowest are forgotten. */
void worker_settled_add(struct worker_settled *settled, uint64_t sequence);
bool worker_settled_contains(const struct worker_settled *settled, uint64_t sequence);
/* 0: none. */
uint64_t worker_settled_highest(const struct worker_settled *settled);
/* Forgets all up to `floor`. */
void worker_settled_prune(struct worker_settled *settled, uint64_t floor);
void worker_settled_free(struct worker_settled *settled);

#endif
