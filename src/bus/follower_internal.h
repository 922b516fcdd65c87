/* The parts of a follower: its thread and what it does with messages (follower.c), and the making of the consumer on
 * the server (follower_start.c). */
#ifndef BUS_FOLLOWER_INTERNAL_H
#define BUS_FOLLOWER_INTERNAL_H

#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus/follower.h"
#include "bus/tape_internal.h"

enum { FOLLOWER_STREAM_SIZE = 64, FOLLOWER_FILTER_SIZE = 256, FOLLOWER_CONSUMER_SIZE = 96 };

/* Everything without a remark is the thread's alone. */
struct follower {
    struct tape *tape;
    struct inbox *inbox;
    char stream[FOLLOWER_STREAM_SIZE];
    char filter[FOLLOWER_FILTER_SIZE]; /* "": none */
    enum follow_from from;
    int64_t time_ns;
    bool time_reached; /* a message of that time or later has come */
    int tag;

    pthread_t thread;
    pthread_mutex_t mutex;          /* for `subscription` while others may end it, and for `wake` */
    pthread_cond_t wake;            /* signalled when stopping */
    natsSubscription *subscription; /* NULL: not started */
    atomic_bool stopping;
    atomic_ullong restarts;

    char consumer[FOLLOWER_CONSUMER_SIZE];
    uint64_t generation;         /* of the connection that the consumer was made on */
    uint64_t consumer_sequence;  /* of the last delivery */
    uint64_t caught_up_sequence; /* the consumer sequence with which all is read that was there at the start */
    bool caught_up;
    int64_t heard_ns; /* when the server was last heard */

    uint64_t next_sequence; /* in the stream; 0: not known before the first message */
    uint64_t last_sequence; /* of the last message put into the inbox; 0: none */
    int64_t last_stored_ns;
    bool contiguous; /* a jump in the stream's sequences means that messages are gone */
};

/* Makes a consumer that goes on behind the last message, and subscribes to what it delivers. -1 with a sentence when
 * that fails; then nothing is left behind. */
int follower_begin(struct follower *follower, struct error *error);

/* Ends the subscription and removes the consumer, as far as the server can be reached. */
void follower_end(struct follower *follower);

/* When the server is idle before all is read: what was pending may have gone from the stream. */
void follower_check_caught_up(struct follower *follower);

/* Puts INBOX_CAUGHT_UP, once per start. */
void follower_report_caught_up(struct follower *follower);
/* Puts INBOX_GAP. */
void follower_report_gap(struct follower *follower, uint64_t first_lost);

#endif
