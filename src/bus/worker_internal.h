/* The parts of a worker: its thread (worker.c), the durable consumer on the server (worker_consumer.c), the messages in
 * hand and what is said about them (worker_slots.c), which of their deliveries were tries (worker_tries.c), and the
 * dead letters (worker_dead.c). */
#ifndef BUS_WORKER_INTERNAL_H
#define BUS_WORKER_INTERNAL_H

#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus/delivery.h"
#include "bus/tape_internal.h"
#include "bus/worker.h"
#include "bus/worker_settled.h"

enum {
    WORKER_NAME_SIZE = 65, /* of a durable */
    WORKER_STREAM_SIZE = 64,
    WORKER_FILTER_SIZE = 256,
    WORKER_REPLY_SIZE = 320,
    WORKER_REASON_SIZE = 160,
    WORKER_REQUEST_SIZE = WORKER_NAME_SIZE + WORKER_STREAM_SIZE + 32,
};

enum worker_slot_state {
    WORKER_FREE,
    WORKER_HELD, /* at work with the owner of the inbox */
    WORKER_BUSY, /* settled; a thread is just telling the server, without the lock */
    WORKER_DUE,  /* settled; the server could not be told yet */
    WORKER_DEAD, /* settled; the dead letter is not stored yet */
};

enum worker_verdict {
    WORKER_ACK,
    WORKER_NAK,
    WORKER_NAK_NOW,
    WORKER_LATER, /* like the first two, and this delivery is put down as no try */
    WORKER_RETURN,
    WORKER_TERM,
};

/* A message in hand. */
struct worker_slot {
    enum worker_slot_state state;
    enum worker_verdict verdict; /* BUSY, DUE */
    uint32_t generation;         /* so that an old handle is not taken for a new one */
    uint64_t sequence, deliveries;
    uint64_t failed; /* tries before this one */
    int64_t stored_ns;
    int64_t since_ns;              /* when its ack wait began */
    char reply[WORKER_REPLY_SIZE]; /* where the consumer hears of it; "": nowhere */
    char reason[WORKER_REASON_SIZE];
};

/* Which message, and when it was stored: enough to know it again. */
struct worker_mark {
    uint64_t sequence;
    int64_t stored_ns;
};

struct worker {
    struct tape *tape;
    struct inbox *inbox;
    struct worker_options options; /* without zeros; its texts are those below */
    char stream[WORKER_STREAM_SIZE], durable[WORKER_NAME_SIZE], filter[WORKER_FILTER_SIZE];
    char request[WORKER_REQUEST_SIZE]; /* the subject to ask for messages on */
    int64_t max_ack_pending;
    pthread_t thread;
    atomic_bool stopping;

    /* The thread's alone. */
    natsSubscription *subscription; /* to what is delivered; NULL: not started */
    uint64_t generation;            /* of the connection that all was asked for on */
    int64_t consumer_created_ns;    /* 0: not known yet */
    int64_t stream_created_ns;
    uint64_t floor; /* all up to here is settled, by whomever; changed with the lock held */
    int64_t looked_ns, scanned_ns, dead_ns;
    uint64_t heard;                   /* deliveries at the last look, */
    bool suspicious;                  /* when our request was not with the server */
    bool tries_lost;                  /* at the end: what is handed back cannot be put down as no try */
    char trouble[WORKER_REASON_SIZE]; /* what was logged last, so that it is not logged again */

    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t wake;   /* signalled when stopping */
    struct worker_slot *slots;
    uint32_t *free_slots;
    uint32_t slot_count, free_count;
    uint32_t due_count, dead_count;
    char inbox_name[TAPE_INBOX_SIZE];
    uint64_t session; /* counts the inbox names */
    uint64_t credit;  /* messages asked for that have not come */
    int64_t asked_ns; /* when messages were last asked for */
    int64_t ask_from_ns;
    uint64_t highest_delivered;
    struct worker_settled settled;
    struct worker_mark last; /* the highest one settled; 0: none */
    struct worker_counts counts;
};

/* worker_consumer.c; the thread's. */

/* Finds or makes the consumer, checks it, and listens on a new inbox. -1 with a sentence; then nothing is left. */
int worker_begin(struct worker *worker, struct error *error);
void worker_end(struct worker *worker);
/* Asks how the consumer is. False when it is gone, another one stands in its place, or it and we do not hear each
 * other.
 */
bool worker_look(struct worker *worker);

/* worker_slots.c */

/* The thread's: a message has been delivered. False when the inbox is closed or the worker stops. */
bool worker_deliver(struct worker *worker, natsMsg *message, const struct delivery *delivery);
/* Any thread: asks for as many messages as there is room for, if that is enough to be worth it. */
void worker_ask(struct worker *worker);
/* The thread's: what was asked for (`count` messages of it; UINT64_MAX: all) will not come any more. */
void worker_forget_credit(struct worker *worker, uint64_t count, int64_t ask_from_ns);
/* The thread's: tells the server what it could not be told before. */
void worker_send_due(struct worker *worker);
/* The thread's: what took too long in its last try is given up. False when a request for messages was not answered,
 * although it must have run out. */
bool worker_expire(struct worker *worker);
/* The thread's, at the end: what is unsettled is given back. */
void worker_give_back(struct worker *worker);
/* The thread's: a delivery that nobody here began to work is given back. */
void worker_return(struct worker *worker, const char *reply, const struct delivery *delivery);
/* With the lock held: raises the floor to this sequence, and on over what was settled here. */
void worker_raise_floor(struct worker *worker, uint64_t floor);
/* With the lock held. */
struct worker_slot *worker_find_slot(struct worker *worker, uint64_t sequence);
struct worker_slot *worker_take_slot(struct worker *worker, const struct delivery *delivery, const char *reply);
void worker_bury(struct worker *worker, struct worker_slot *slot, const char *reason);
void worker_free_slot(struct worker *worker, struct worker_slot *slot);
void worker_remember(struct worker *worker, const struct worker_slot *slot);
/* Without the lock. */
natsStatus worker_tell(struct worker *worker, const char *reply, enum worker_verdict verdict);

/* worker_tries.c; the thread's. Each call but the second is a request. */

/* What is put down of a message: when it was delivered so often, so many tries had failed; `stored_ns` is its own. */
struct worker_tries {
    uint64_t failed, deliveries;
    int64_t stored_ns;
};

/* Finds the bucket or makes it. */
int worker_open_tries(struct worker *worker, struct error *error);
/* How many tries had failed when the message was delivered for the `deliveries`th time. Pure. A count that is not above
 * the entry's is that of a consumer that began anew. */
uint64_t worker_tries_failed(const struct worker_tries *entry, uint64_t deliveries);
/* The same for a delivery; false when it cannot be known now. */
bool worker_read_failed(struct worker *worker, const struct delivery *delivery, uint64_t *failed);
/* Puts it down; false when it is not stored, as far as is known. */
bool worker_keep_tries(struct worker *worker, uint64_t sequence, const struct worker_tries *entry);

/* worker_dead.c; the thread's. */

/* Writes the dead letters that are due, until one cannot be written. */
void worker_write_dead(struct worker *worker);
/* -1 with a sentence when there is no stream for dead letters. */
int worker_check_dead(struct worker *worker, struct error *error);

/* Logs a sentence unless it was the last one. */
void worker_complain(struct worker *worker, const char *text);

#endif
