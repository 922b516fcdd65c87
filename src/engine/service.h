/* The loop that drives every service: follow, fold, decide, publish, checkpoint.
 *
 * A service reads streams into its inbox, folds each event into its state, asks its rule for proposals and publishes
 * them. First it reads what it has said itself (`inputs[0]`, its own output stream) to the end of the stream, and only
 * then listens to the others and decides; so after a restart it proposes only what is missing. While a proposal about
 * an order is in flight, that order gets no other.
 *
 * Of several processes that carry one role, one decides: a service with `needs_lease` decides only while it holds the
 * lease of its name (bus/lease.h), and otherwise folds along. Taking over, it reads what was said before it to the end,
 * and then asks its rule for everything that is missing.
 *
 * How far it has come on each input is written to a checkpoint (bus/checkpoint.h) once a second and at the end. A
 * service that can save its state writes a snapshot of it (bus/snapshot.h) every half minute when something has
 * changed, sooner after many events, and at the end. At start checkpoints and snapshot are compared with the tape. When
 * they agree, the service loads the snapshot and reads on behind it; else everything is folded anew, and a tape that
 * became shorter is told to the rule besides. One that becomes shorter, or is made again, under a running service is
 * folded anew in the same way, without a restart of the process.
 *
 * While a stream that it reads is gone, or has no storage left, nothing is said that would go there, and trading is
 * held (engine/hold.h).
 *
 * A message that cannot be decoded is counted, goes to the dead letters and is skipped. */
#ifndef ENGINE_SERVICE_H
#define ENGINE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/follower.h"
#include "bus/inbox.h"
#include "bus/outbox.h"
#include "bus/publisher.h"
#include "bus/tape.h"
#include "core/error.h"
#include "core/event.h"
#include "core/pack.h"
#include "core/plumbing.h"
#include "engine/hold.h"
#include "engine/proposals.h"

enum { SERVICE_INPUTS_MAX = 4 };

struct service_input {
    const char *stream;
    const char *filter;
    enum follow_from from;
    bool may_miss; /* what the stream has lost behind a snapshot does not make the snapshot useless */
};

/* The time a service is in. `wall_ns` goes into messages, `monotonic_ns` into ages. */
struct moment {
    int64_t wall_ns, monotonic_ns;
};

struct service;

struct service_ops {
    const char *name; /* the role, as in --roles */
    struct service_input inputs[SERVICE_INPUTS_MAX];
    size_t input_count; /* inputs[0] is the stream of its own outputs */
    int tick_ms;        /* decide(NULL) and work() at least this often; 0: every second */
    /* True when each event of the inputs has an output of its own, so that decide must see every event also while the
     * history is read (positions). Else it is asked once, for everything, when all inputs are read to their ends. */
    bool decides_on_history;
    /* True for those that decide for everybody: one process at a time does. False: each process does its own (the
     * gateway), or nothing is decided. */
    bool needs_lease;

    /* Folds an event read from the tape. `age_ns`: how long it had been stored when it was read, 0 for a live one. */
    void (*fold)(void *self, const struct event *event, int64_t age_ns, struct moment now);
    /* Proposes what follows from the event just folded, or with NULL from everything. Changes nothing. NULL when the
     * service only listens. */
    void (*decide)(void *self, const struct event *event, struct moment now, struct proposals *out);
    /* Optional: the tape became shorter: this input is not the stream that the last checkpoint was made on. Called
     * after the own outputs were read, and before anything else is. */
    void (*tape_changed)(void *self, const char *stream);
    /* Optional: forgets all that was folded, for it is read anew from another tape. Without it such a tape is only
     * reported. */
    void (*forget)(void *self);
    /* Optional: a stream that it looks at besides and can do without (market depth), read once it is live. Each message
     * is handed over as it is; `age_ns` as of `fold`. Nothing is decided on it, nor kept of how far it was read, and a
     * stream that is missing, forbidden, gone or another one than before is nobody's trouble. */
    const char *aside_stream;
    void (*aside)(void *self, const struct inbox_item *item, int64_t age_ns, struct moment now);
    /* Optional: whether and why trading is held has changed. Good until the next call. */
    void (*hold)(void *self, const struct hold *hold);
    /* Optional: this stream does not begin at 1, and there is no snapshot that reaches its beginning. Called before the
     * first of its messages is folded. */
    void (*begins_late)(void *self, const char *stream);
    /* Optional: writes the state, and takes it up again (core/pack.h) before anything is folded. What was saved by one
     * process another one can load. A load that fails leaves the state fresh. */
    void (*save)(void *self, struct pack *pack);
    int (*load)(void *self, struct pack *pack, struct moment now);
    const char *snapshot_of; /* whose snapshot `load` reads, for the streams that both read whole; NULL: its own */
    /* Optional: called once in the service's thread before anything else, for those that use service_publish. */
    void (*started)(void *self, struct service *service);
    /* Optional: the connection changed. */
    void (*connection)(void *self, const struct connection_status *status);
    /* Optional: the monotonic time at which decide(NULL) is wanted, when that is before the next tick; INT64_MAX: at
     * the tick. Asked after every batch of events. */
    int64_t (*due_ns)(void *self);
    /* Optional: the plumbing was looked at; with it a thread looks every two seconds (bus/plumbing_reader.h). Good
     * until the next call. */
    void (*plumbing)(void *self, const struct plumbing *plumbing, struct moment now);
    /* Optional: descriptors of its own (the gateway's sockets): -1 or a descriptor that polls readable when `work` is
     * due; `work` is also called after every batch of events. */
    int (*descriptor)(void *self);
    void (*work)(void *self, struct moment now);
    /* Optional: what became of a service_publish. */
    void (*published)(void *self, const struct publish_result *result, struct moment now);
};

struct service_counts {
    uint64_t folded, proposed, stored, refused, unknown, dead_letters;
    uint64_t folded_of[SERVICE_INPUTS_MAX]; /* of each input; `folded` is their sum */
    uint64_t checkpoints;                   /* written */
    uint64_t snapshots;                     /* written */
    uint64_t waiting;                       /* in the inbox now */
    bool live;     /* all inputs are read to their ends, and somebody decides: this one or another process */
    bool deciding; /* it is this one; true for a live service that needs no lease */
    bool held;     /* trading is, for what this process sees: engine/hold.h */
};

struct service_options {
    struct tape *tape;
    struct publisher *publisher;
    const char *default_account; /* fills requests that name none */
    /* Of the process, for leases: see lease_identity. NULL: after a crash its leases have to age. */
    const char *identity;
    int snapshot_period_ms;      /* 0: the default, 30 s */
    struct outbox *outbox;       /* through which service_publish goes; NULL: the publisher's queue alone */
    const char *state_directory; /* whose disk is a part of the plumbing; NULL: none */
};

/* Starts the service in a thread of its own. `self` stays the caller's and is touched by that thread only, until
 * service_stop has returned. */
struct service *service_start_with(const struct service_ops *ops, void *self, const struct service_options *options,
                                   struct error *error);

/* The same without an identity. */
struct service *service_start(const struct service_ops *ops, void *self, struct tape *tape, struct publisher *publisher,
                              const char *default_account, struct error *error);

/* Asks the thread to finish, waits until its publishes are answered or 2 s have passed. NULL is allowed. */
void service_stop(struct service *service);

/* Any thread. */
struct service_counts service_counts(struct service *service);

/* From within the service's own functions only: publishes an event outside the fold-decide cycle (a request that a
 * client made), through the outbox when there is one. What becomes of it comes back to `published` under the same
 * cookie. False when too many wait: nothing was sent. */
bool service_publish(struct service *service, const struct event *event, uint64_t cookie);

#endif
