/* The parts of a push subscription: what it does with messages (push.c), and the durable consumer on the server
 * (push_consumer.c). */
#ifndef BUS_PUSH_INTERNAL_H
#define BUS_PUSH_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus/ack_table.h"
#include "bus/listener.h"
#include "bus/push.h"

enum { PUSH_NAME_SIZE = 64, PUSH_FILTER_SIZE = 256, PUSH_REPLY_SIZE = 384 };

/* Everything without a remark is the thread's alone, or does not change. */
struct push {
    struct follower *follower; /* ephemeral: does it all */

    struct listener listener; /* durable; all below too */
    struct inbox *inbox;
    char stream[PUSH_NAME_SIZE];
    char filter[PUSH_FILTER_SIZE]; /* "": none */
    char durable[PUSH_NAME_SIZE];
    char group[PUSH_NAME_SIZE]; /* "": none */
    enum follow_from from;
    uint64_t sequence;
    int64_t time_ns;
    int64_t ack_wait_ns;
    int max_ack_pending;
    int tag;

    int64_t stream_created_ns; /* tells a stream from another of its name; 0: not seen yet */
    uint64_t resume_sequence;  /* everything before is acknowledged; 0: not known, it starts as the options say */
    int64_t not_before_ns;     /* messages stored before are not wanted: see consumer_start */
    int64_t next_look_ns;      /* or earlier, when */
    size_t table_limit;        /* entries are in the table */

    pthread_mutex_t mutex; /* for both below */
    struct ack_table table;
    char reply_prefix[PUSH_REPLY_SIZE]; /* "$JS.ACK.<stream>.<consumer>." of the answers */
};

/* The listener's rules. */
int push_begin(void *context, struct error *error);
void push_end(void *context);
enum listener_verdict push_look(void *context, int64_t now_ns);

#endif
