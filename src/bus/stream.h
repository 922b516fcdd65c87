/* The streams of docs/wire.md and their creation. */
#ifndef BUS_STREAM_H
#define BUS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/tape.h"

struct stream_config {
    const char *name;
    const char *subjects[2]; /* NULL when there is one only */
    int64_t max_age_ns;      /* 0: no limit */
    int64_t max_bytes;       /* -1: no limit */
    int64_t duplicate_window_ns;
    bool deny_delete, deny_purge;
};

/* MARKET_DATA, ORDERS, POSITIONS, RISK, TAPEDECK_DEAD_LETTERS with their defaults. */
extern const struct stream_config STREAM_DEFAULTS[];
extern const size_t STREAM_DEFAULT_COUNT;

/* Creates what is missing, leaves alone what exists and agrees, logs what differs setting by setting and leaves it.
 * `replicas` 0: 3 on a cluster, 1 alone. Blocks up to 5 s per stream. */
int streams_create(struct tape *tape, const struct stream_config *streams, size_t count, int replicas,
                   struct error *error);

#endif
