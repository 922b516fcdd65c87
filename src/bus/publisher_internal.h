/* The parts of a publisher: the thread that sends (publisher.c) and the window of what is in flight
 * (publisher_window.c). */
#ifndef BUS_PUBLISHER_INTERNAL_H
#define BUS_PUBLISHER_INTERNAL_H

#include <nats/nats.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus/publisher.h"
#include "bus/publisher_ack.h"
#include "bus/tape_internal.h"
#include "core/rate_limit.h"

/* A message from publisher_send until its fate is known. */
struct publisher_entry {
    struct publisher_entry *next, *previous; /* in the queue (next only), or in the window in the order of sending */
    const char *subject, *id, *payload;      /* in `text`; `id` is NULL when there is none */
    size_t payload_bytes;
    size_t bytes; /* what it counts against the bounds */
    int64_t fence;
    struct inbox *inbox;
    uint64_t cookie;
    int64_t queued_ns, sent_ns;
    int64_t due_ns;            /* when it is sent again, or given up */
    uint32_t slot, generation; /* name the subject that its answer comes to */
    bool refused_so_far;       /* the last answer was "not now" */
    bool uncertain;            /* an attempt was not answered: it may be stored */
    bool waited;               /* for the token bucket */
    bool busy;                 /* the sending thread reads it without the lock */
    bool resolved;             /* its fate is known; freed when no longer busy */
    char problem[128];         /* of the last refusal */
    size_t room;               /* size of `text` */
    char text[];
};

struct publisher_slot {
    struct publisher_entry *entry; /* NULL: free */
    uint32_t generation;           /* so that a late answer to an earlier message is not taken for this one's */
};

struct publisher {
    struct tape *tape;
    struct publisher_options options;
    char inbox_name[TAPE_INBOX_SIZE];
    natsSubscription *subscription;
    pthread_t thread;
    uint64_t generation;    /* of the connection that all in flight was sent on; the thread's alone */
    uint64_t refusals;      /* of the tape, that are known; the thread's alone */
    struct rate_limit rate; /* the thread's alone */

    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t work;   /* for the thread */
    pthread_cond_t done;   /* for publisher_destroy */
    struct publisher_entry *queue_head, *queue_tail;
    size_t queued_bytes;
    struct publisher_entry *window_head, *window_tail;
    size_t window_bytes;
    struct publisher_slot *slots;
    uint32_t *free_slots;
    uint32_t free_count;
    struct publisher_entry **batch; /* as many as the window has; the thread's alone */
    struct publisher_entry *pool;
    uint32_t pool_count;
    struct publisher_counts counts;
    bool idle;    /* the thread waits for something, */
    bool hungry;  /* namely for messages */
    bool closing; /* nothing more is taken */
    int64_t close_ns;
    /* The server took nothing ("not now", or "not you"): until it has taken the first one in the window, nothing else
     * is sent, or what comes behind would overtake it. Then all that is in flight is sent again. */
    bool probing, probed;
    int64_t heard_ns;       /* when the last answer came, or when what waits for one was sent */
    unsigned subscriptions; /* of which nats.c has not made its last call */
};

/* All of these with the lock held. */

struct publisher_entry *publisher_entry_create(struct publisher *publisher, const struct publish_message *message);
void publisher_entry_free(struct publisher *publisher, struct publisher_entry *entry);

/* Puts an entry into the window; there is a free slot. */
void publisher_window_add(struct publisher *publisher, struct publisher_entry *entry);
/* Takes it out without a word, because it was not sent after all. */
void publisher_window_remove(struct publisher *publisher, struct publisher_entry *entry);

/* Reports what became of an entry, takes it out of the window if it is in it, and frees it. */
void publisher_resolve(struct publisher *publisher, struct publisher_entry *entry, enum publish_status status,
                       uint64_t sequence, const char *problem);

/* Gives up what is due and cannot be sent again; collects up to `size` entries in `due` that shall be sent again, in
 * order: what is due, and what was sent behind it, so that it is not overtaken if none of it arrived; while probing,
 * the first one only. With `all`, everything in flight is due, since the connection it was sent on is gone. */
size_t publisher_window_due(struct publisher *publisher, int64_t now_ns, bool all, struct publisher_entry **due,
                            size_t size);

/* The answers' callback of nats.c. Without the lock. */
void publisher_on_answer(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *context);

/* The server takes nothing for now: until it takes the first one in the window, nothing else is sent. */
void publisher_window_probe(struct publisher *publisher, int64_t now_ns);

/* The subject that the answer to an entry comes to: "<inbox>.<slot>-<generation>" in hex. Without the lock, for an
 * entry that is busy. */
enum { PUBLISHER_REPLY_SIZE = TAPE_INBOX_SIZE + 24 };
void publisher_reply_subject(const struct publisher *publisher, const struct publisher_entry *entry,
                             char reply[PUBLISHER_REPLY_SIZE]);

#endif
