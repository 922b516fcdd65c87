/* How long the consumers of streams are behind, from looks at what they were given and what is pending. Pure; one
 * thread owns a table.
 *
 * At a look with something pending a mark is set: the delivery with which all of that is given. A consumer is as far
 * behind as its mark is old, or as the one before took to be reached when that is longer; with nothing pending, not at
 * all. */
#ifndef ENGINE_CONSUMER_LAG_H
#define ENGINE_CONSUMER_LAG_H

#include <stdint.h>

#include "core/plumbing.h"

struct consumer_lag {
    char stream[SERVER_STREAM_NAME_SIZE], name[SERVER_STREAM_NAME_SIZE];
    uint64_t mark;    /* of deliveries; 0: none */
    int64_t mark_ns;  /* monotonic: when it was set */
    int64_t took_ns;  /* to reach the one before */
    uint64_t seen_at; /* number of the look */
};

struct consumer_lags {
    struct consumer_lag items[PLUMBING_CONSUMERS_MAX];
    uint32_t count;
    uint64_t look;
};

/* Begins a look: whoever the one before did not meet is forgotten. */
void consumer_lags_begin(struct consumer_lags *lags);

/* How long this consumer is behind, in ns. Each at most once in a look. */
int64_t consumer_lags_of(struct consumer_lags *lags, const struct plumbing_consumer *consumer, int64_t monotonic_ns);

#endif
