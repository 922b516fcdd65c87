/* The thread that takes what a push consumer delivers: what a follower (in order, no acknowledgements) and a push
 * subscription (durable, acknowledged) have in common.
 *
 * It answers the flow control of the server, notices silence, a reconnect and the end of the consumer, and starts again
 * until it succeeds or is stopped. What a consumer is and what is done with its messages are the owner's rules; they
 * run in this thread, and may wait: meanwhile the flow control is not answered, so that the server waits too. */
#ifndef BUS_LISTENER_H
#define BUS_LISTENER_H

#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus/delivery.h"
#include "bus/stopper.h"
#include "bus/tape_internal.h"

enum listener_verdict { LISTENER_GO_ON, LISTENER_START_AGAIN, LISTENER_STOP };

struct listener_rules {
    /* Finds or makes the consumer and calls listener_subscribe. -1 with a sentence; then nothing is left behind. */
    int (*begin)(void *context, struct error *error);
    /* Calls listener_unsubscribe, and removes from the server what shall not stay there. */
    void (*end)(void *context);
    enum listener_verdict (*deliver)(void *context, natsMsg *message, const struct delivery *delivery);
    /* The server was idle for a while and has made this many deliveries so far. */
    enum listener_verdict (*idle)(void *context, uint64_t deliveries);
    /* The connection was lost and is up again. */
    enum listener_verdict (*reconnected)(void *context);
    /* Called after each message, and ten times a second while there is none. NULL: nothing to look after. */
    enum listener_verdict (*look)(void *context, int64_t now_ns);
};

/* Everything without a remark is the thread's alone. Owners set the first six. */
struct listener {
    const struct listener_rules *rules;
    void *context;
    struct tape *tape;
    const char *stream;
    bool has_heartbeat; /* the server's silence means something */
    bool patient;       /* the thread begins, as often as it takes */

    pthread_t thread;
    struct stopper stopper;
    pthread_mutex_t mutex;          /* for `subscription` while others may end it */
    natsSubscription *subscription; /* NULL: not started */
    atomic_ullong restarts;         /* any thread may read it */
    uint64_t generation;            /* of the connection that it last began on */
    int64_t heard_ns;               /* when the server was last heard */
};

#define LISTENER_HEARTBEAT_NS INT64_C(1000000000)

void listener_init(struct listener *listener, struct tape *tape, const char *stream, const struct listener_rules *rules,
                   void *context);
void listener_release(struct listener *listener);

/* Waits for the connection up to 5 s, begins, and starts the thread; or, when it is patient, only the latter. */
int listener_start(struct listener *listener, struct error *error);

/* Any thread: tells it to stop. The owner then wakes the inbox it may be waiting for, and joins. */
void listener_stop(struct listener *listener);
void listener_join(struct listener *listener);

/* For the rules: subscribes to what is delivered to `subject`, with a queue group unless it is NULL. */
natsStatus listener_subscribe(struct listener *listener, const char *subject, const char *group);
void listener_unsubscribe(struct listener *listener);

#endif
