/* What is known of the connection and of the server: values that the bus fills and the screen shows. */
#ifndef CORE_SERVER_STATUS_H
#define CORE_SERVER_STATUS_H

#include <stdbool.h>
#include <stdint.h>

enum connection_state { CONNECTION_CONNECTING, CONNECTION_CONNECTED, CONNECTION_DISCONNECTED, CONNECTION_CLOSED };

struct connection_status {
    enum connection_state state;
    char server[128];  /* host:port without any secret; "" while not connected */
    char problem[160]; /* the last error as a sentence; "" when none */
    uint32_t reconnects;
    int64_t since_ns;      /* monotonic: when this state began */
    int64_t round_trip_ns; /* of the last ping; 0 unknown */
    int64_t problem_ns;    /* monotonic: when `problem` last happened */
    uint32_t errors;       /* that no request was answered with: permissions, dropped messages, refused logins */
    bool lame_duck;        /* the server said that it is about to stop */
    bool silent;           /* connected, but what is published is not answered: its disk may be full */
    unsigned full_streams; /* streams (tape_stream_bit) that refused the last message for want of storage */
};

enum { SERVER_STREAMS_MAX = 16, SERVER_STREAM_NAME_SIZE = 48, SERVER_CONSUMERS_MAX = 48, SERVER_CONNECTIONS_MAX = 32 };

struct stream_status {
    char name[SERVER_STREAM_NAME_SIZE];
    uint64_t messages, bytes;
    uint64_t first_sequence, last_sequence;
    uint32_t consumers;
    uint64_t consumer_lag;      /* largest num_pending of its consumers */
    double messages_per_second; /* from the last two readings */
    uint64_t limit_bytes;       /* 0: none */
    int64_t limit_age_ns;       /* 0: none */
};

/* A consumer of a stream, as far as it has to catch up. */
struct consumer_status {
    char stream[SERVER_STREAM_NAME_SIZE], name[SERVER_STREAM_NAME_SIZE];
    uint64_t lag;         /* messages that it was not given yet */
    uint64_t unsettled;   /* given, not acknowledged */
    uint64_t redelivered; /* of those */
};

struct client_status {
    char name[64]; /* that the client gave itself */
    uint32_t subscriptions;
    uint64_t in_messages, out_messages; /* from and to it */
    uint64_t pending_bytes;             /* that it has not taken yet */
};

/* One reading of /varz, /jsz and /connz. `available` is false while the endpoint does not answer: then nothing else
 * is valid and the screen shows "n/a". */
struct server_metrics {
    bool available;
    char problem[160]; /* why not available */
    char version[24];
    char name[64];
    double cpu_percent;
    uint64_t memory_bytes;
    uint32_t connections;
    uint64_t in_messages, out_messages, in_bytes, out_bytes, slow_consumers;
    uint64_t uptime_s;
    uint64_t jetstream_memory_bytes, jetstream_store_bytes;
    uint64_t jetstream_store_limit_bytes;
    uint64_t api_errors;
    struct stream_status streams[SERVER_STREAMS_MAX];
    uint32_t stream_count;
    struct consumer_status consumers[SERVER_CONSUMERS_MAX]; /* those with the largest lag, it first */
    uint32_t consumer_count;
    struct client_status clients[SERVER_CONNECTIONS_MAX];
    uint32_t client_count;
    int64_t read_at_ns; /* monotonic */
};

enum { SERVER_LEASES_MAX = 32, LEASE_ROLE_SIZE = 64, LEASE_HOST_SIZE = 65 };

/* Who holds a role; its texts are safe to show. */
struct lease_status {
    char role[LEASE_ROLE_SIZE];
    char host[LEASE_HOST_SIZE];
    int64_t pid;
    int64_t since_ns; /* wall clock of the holder */
};

/* Roles that somebody holds, by their names. While `known` is false nothing else is valid. */
struct lease_board {
    bool known;
    uint32_t count;
    struct lease_status leases[SERVER_LEASES_MAX];
};

#endif
