/* The streams of docs/wire.md and their creation. */
#ifndef BUS_STREAM_H
#define BUS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/tape.h"

struct stream_config {
    const char *name;
    const char *subjects[2];     /* NULL when there is one only */
    int64_t max_age_ns;          /* 0: no limit */
    int64_t max_bytes;           /* -1: no limit */
    int64_t duplicate_window_ns; /* 0: as the server likes */
    bool deny_delete, deny_purge;
    bool memory; /* kept in the servers' memory instead of files */
    bool bucket; /* as bus/bucket.h reads and writes it: one message for each subject */
    /* Of a bucket, when not 0: older values stay, and of all messages together only the oldest are dropped, beyond so
     * many. A server that is killed while it takes messages out of the middle of its files may lose others; see
     * bus/snapshot.h. */
    int64_t bucket_messages;
};

/* MARKET_DATA, MARKET_DEPTH, ORDERS, POSITIONS, RISK, and our own: TAPEDECK_DEAD_LETTERS, TAPEDECK_ADVISORIES and the
 * buckets; with their defaults. */
extern const struct stream_config STREAM_DEFAULTS[];
extern const size_t STREAM_DEFAULT_COUNT;

enum { STREAM_SETTINGS_MAX = 20, STREAM_SETTING_SIZE = 96 };

/* One setting of a stream as it is and as it is wanted, in words: "10 GiB", "30 days", "yes". */
struct stream_setting {
    const char *name;
    char is[STREAM_SETTING_SIZE], wanted[STREAM_SETTING_SIZE];
    bool differs;
};

struct stream_report {
    const char *name;
    bool exists; /* when not, `is` of all settings is "" */
    struct stream_setting settings[STREAM_SETTINGS_MAX];
    int setting_count;
    int replicas, current_replicas; /* as set, and how many of them have everything now, the leader's included */
    char leader[64];                /* of a cluster; "" alone */
    uint64_t messages, bytes, first_sequence, last_sequence;
};

/* Creates what is missing, leaves alone what exists and agrees, logs what differs setting by setting and leaves it.
 * `replicas` 0: 3 on a cluster, 1 alone. Blocks up to 5 s per stream. */
int streams_create(struct tape *tape, const struct stream_config *streams, size_t count, int replicas,
                   struct error *error);

/* Creates one stream, with as many replicas, and leaves it alone when it exists. Waits at most `wait_ms` for each of
 * its requests. */
int stream_create(struct tape *tape, const struct stream_config *stream, int wait_ms, struct error *error);

/* Compares a stream with what is wanted of it (replicas: as above). Blocks up to 5 s. */
int stream_inspect(struct tape *tape, const struct stream_config *stream, int replicas, struct stream_report *report,
                   struct error *error);

/* Creates it, or changes what differs. ERROR_FAILED with the server's reason when it does not, ERROR_SERVER when it
 * does not answer. Blocks up to 10 s. */
int stream_apply(struct tape *tape, const struct stream_config *stream, int replicas, struct error *error);

#endif
