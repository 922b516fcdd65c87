/* The parts of an outbox: the thread (outbox.c) and the comparison of what is kept with the tape (outbox_compare.c).
 * Nobody else includes this. */
#ifndef BUS_OUTBOX_INTERNAL_H
#define BUS_OUTBOX_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus/follower.h"
#include "bus/outbox.h"
#include "bus/outbox_journal.h"

enum {
    OUTBOX_QUEUE_MAX = 8192,
    OUTBOX_BATCH_MAX = 512, /* requests that share one wait for the disk */
};

enum outbox_state {
    ENTRY_OVER,   /* missing, refused, or not to be said again */
    ENTRY_UNSENT, /* the publisher has to take it */
    ENTRY_SENT,   /* the publisher has it */
    ENTRY_STORED, /* acknowledged; or of before this start, and perhaps on the tape */
};

/* A kept request; its content is in the journal. */
struct outbox_entry {
    enum outbox_state state;
    struct inbox *inbox; /* who waits for the result; NULL: nobody */
    uint64_t cookie;
    int64_t stored_ns; /* monotonic: when it was acknowledged */
};

struct outbox_request {
    struct event event;
    struct inbox *inbox;
    uint64_t cookie;
    uint64_t number; /* in the journal; 0: it is not there */
    bool over;       /* it was refused */
};

struct outbox_wanted;

struct outbox {
    struct tape *tape;
    struct publisher *publisher;
    int64_t keep_ns;
    char default_account[ACCOUNT_SIZE];
    pthread_t thread;
    struct inbox *inbox;

    /* The thread's alone. */
    struct outbox_journal *journal;
    struct outbox_entry *entries; /* by number, modulo `capacity`; `inbox` of each is under the lock */
    size_t capacity;
    uint64_t unsent_from;               /* below this number nothing is ENTRY_UNSENT */
    bool connected, compared;           /* `compared`: what is kept of before was; only then something is published */
    bool compare_again, compare_failed; /* `compare_failed`: the last attempt did, and was logged */
    int64_t compare_at_ns;              /* monotonic: not before */
    struct follower *follower;
    int comparison;               /* counts them: the tag of its follower */
    struct outbox_wanted *wanted; /* requests that have not been found on the tape yet */
    struct outbox_counts own_counts;

    pthread_mutex_t mutex;        /* for all below */
    struct outbox_request *queue; /* a ring of OUTBOX_QUEUE_MAX */
    size_t queue_first, queued;
    struct outbox_request *batch; /* the thread's; its inboxes are under the lock */
    struct outbox_counts counts;
    bool idle; /* the thread waits */
    bool closing;
    int64_t close_ns;
};

struct outbox_entry *outbox_entry_of(struct outbox *outbox, uint64_t number);

/* Reads a kept request back. False when it is not there any more. */
bool outbox_read(struct outbox *outbox, uint64_t number, struct event *event);

/* outbox_compare.c: begins when it is wanted, due and possible. */
void outbox_compare_start(struct outbox *outbox, int64_t now_ns);
/* A message of ORDERS: one less is missing. */
void outbox_compare_message(struct outbox *outbox, const struct inbox_item *item);
/* All of ORDERS was read: what is still missing becomes ENTRY_UNSENT. */
void outbox_compare_end(struct outbox *outbox, const struct inbox_item *item);
void outbox_compare_stop(struct outbox *outbox);

#endif
