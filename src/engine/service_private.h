/* The parts of the service loop among themselves: service.c (the thread and its time), service_reading.c (what comes
 * in: streams, snapshots, results), service_saying.c (what goes out: proposals, while this process decides). Its thread
 * alone calls; the counts are read by any. */
#ifndef ENGINE_SERVICE_PRIVATE_H
#define ENGINE_SERVICE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/lease.h"
#include "bus/plumbing_reader.h"
#include "engine/backlog.h"
#include "engine/checkpoint_service.h"
#include "engine/in_flight.h"
#include "engine/service.h"
#include "engine/snapshot_service.h"

struct service {
    const struct service_ops *ops;
    void *self;
    struct tape *tape;
    struct publisher *publisher;
    struct outbox *outbox;            /* NULL: none */
    struct plumbing_reader *plumbing; /* NULL: nobody asks */
    char default_account[ACCOUNT_SIZE];

    struct inbox *inbox;
    struct follower *followers[SERVICE_INPUTS_MAX];
    size_t following;                /* followers started */
    size_t caught_up;                /* inputs read to their ends */
    struct follower *aside;          /* NULL: not yet, or nothing */
    bool aside_caught_up;            /* it has read what the stream held at its start */
    uint64_t last_sequence;          /* read of inputs[0] */
    int64_t retry_at_ns, tick_at_ns; /* monotonic */
    struct in_flight *in_flight;
    struct proposals proposals;
    uint64_t next_cookie;
    bool decide_again; /* a proposal could not be made or came to nothing: ask for everything on the next tick */

    struct lease *lease;    /* NULL: it needs none */
    uint64_t deciding_term; /* of the lease, in which it has taken over; 0: it does not decide */
    uint64_t awaited_term;  /* in which it is about to take over */
    int64_t own_read_ns;    /* monotonic: when something was last read of inputs[0], or that term was first seen */
    struct backlog backlog; /* not said while another decides */
    struct hold hold;
    int generation; /* of the followers: what earlier ones have put is of no interest */
    struct service_checkpoints checkpoints;
    struct service_snapshots snapshots;

    pthread_t thread;
    atomic_bool stop;
    atomic_uint_fast64_t folded, proposed, stored, refused, unknown, dead_letters, checkpointed, snapshots_written;
    atomic_uint_fast64_t folded_of[SERVICE_INPUTS_MAX];
    atomic_bool live, deciding, held;
};

struct moment service_now(void);

/* A lease whose holder gives no sign of life lapses: called between any two things that may take long. */
void service_touch(struct service *service);

/* True when all inputs are read to their ends. */
bool service_is_live(const struct service *service);

/* service_reading.c */

/* Before anything is read: compares the checkpoints, loads a snapshot; then follows one input after the other. What
 * cannot be done now is tried again a second later. */
void service_read_on(struct service *service, struct moment now);
/* True when service_read_on has something to do. */
bool service_has_to_read_on(const struct service *service);

/* Folds or notes what came to the inbox, and decides on it. */
void service_read_item(struct service *service, struct inbox_item *item);

/* It is live from now on, when its inputs are read and it is known who decides. */
void service_become_live(struct service *service);

/* service_saying.c */

/* True when this process decides now. Asked anew before each event that is said: between two any time may pass. */
bool service_may_decide(const struct service *service);

/* Asks the rule what follows from the event, NULL: from everything, and publishes it. */
void service_decide(struct service *service, const struct event *event, struct moment now);

/* Begins or ends to decide, as the lease has it. */
void service_look_at_lease(struct service *service, struct moment now);

/* What became of a publish: of an own proposal, of a part of a snapshot, or of a service_publish. */
void service_read_result(struct service *service, const struct publish_result *result, struct moment now);

/* Writes checkpoints and snapshots when they are due. */
void service_keep_places(struct service *service, struct moment now);
/* At the end: waits for answers, writes the last checkpoints and the last snapshot. */
void service_finish_saying(struct service *service);

#endif
