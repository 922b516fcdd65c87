/* What is known of the plumbing: the streams, those who read them, disks and clocks. Values that the bus reads and the
 * risk rules judge. */
#ifndef CORE_PLUMBING_H
#define CORE_PLUMBING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/server_status.h"

enum { PLUMBING_TROUBLES_MAX = 64, PLUMBING_SCOPE_SIZE = 64, PLUMBING_TEXT_SIZE = 160 };
enum { PLUMBING_STREAMS_MAX = 16, PLUMBING_CONSUMERS_MAX = 64, PLUMBING_DISKS_MAX = 2, PLUMBING_CLOCKS_MAX = 32 };
enum { PLUMBING_READER_SIZE = 40 };

struct plumbing_stream {
    char name[SERVER_STREAM_NAME_SIZE];
    bool has_leader;           /* false: the server answers, but nobody does for this stream; then the rest is 0 */
    uint32_t replicas_offline; /* of a cluster */
    uint64_t replica_lag;      /* messages that the slowest of the others does not have yet */
    bool refuses_when_full;    /* discards what is new at its limits, not what is old */
    uint64_t messages, bytes;
    uint64_t limit_messages, limit_bytes; /* 0: none */
};

/* A durable consumer, or one of our services that follows a stream. */
struct plumbing_consumer {
    char stream[SERVER_STREAM_NAME_SIZE];
    char name[SERVER_STREAM_NAME_SIZE]; /* its own on the server */
    char reader[PLUMBING_READER_SIZE];  /* for people: the durable's name, or the service's */
    uint64_t pending;                   /* messages that it was not given yet */
    uint64_t delivered;                 /* messages that it was given since it was made */
};

struct plumbing_disk {
    char name[16]; /* "state" (the state directory) or "server" (what the server may store) */
    uint64_t used_bytes, size_bytes;
};

struct plumbing_clock {
    char host[LEASE_HOST_SIZE];
    int64_t ahead_ns; /* of the server's clock; what a message takes to it makes this less */
};

/* What the holder of a role cannot do as it should: a feed has an instrument that is stale. */
struct plumbing_trouble {
    char scope[PLUMBING_SCOPE_SIZE]; /* without spaces: `<exchange>.<symbol>`, or `<exchange>` for all of them */
    char text[PLUMBING_TEXT_SIZE];   /* a sentence without a point */
};

/* One look at all of it. */
struct plumbing {
    bool in_part; /* something did not answer: what is missing here may be there */
    struct plumbing_stream streams[PLUMBING_STREAMS_MAX];
    struct plumbing_consumer consumers[PLUMBING_CONSUMERS_MAX]; /* those with the most pending when there are more */
    struct plumbing_disk disks[PLUMBING_DISKS_MAX];
    struct plumbing_clock clocks[PLUMBING_CLOCKS_MAX]; /* of each machine one */
    struct plumbing_trouble troubles[PLUMBING_TROUBLES_MAX];
    uint32_t stream_count, consumer_count, disk_count, clock_count, trouble_count;
};

#endif
