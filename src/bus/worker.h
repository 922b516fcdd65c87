/* A worker takes the messages of a stream through a durable consumer, a few at a time, and has each settled by whoever
 * takes them out of its inbox: acknowledged, refused (it comes again after a while), or given up.
 *
 * Several workers of one durable share its messages. Messages are independent: what is refused comes later than what
 * stood behind it. A message that was refused in its last try, or given up, or not acknowledged in time in its last
 * try, here or by a worker that is gone, becomes a dead letter on `dead.<stream>` (stream TAPEDECK_DEAD_LETTERS, id
 * `dead:<stream>:<sequence>`), and only when that is stored the consumer is told to forget it. A message that this
 * worker has acknowledged is never put into the inbox again, although the server may deliver it again; another worker
 * can get it when the server dies with an acknowledgement that it had not stored, or when the consumer is deleted. */
#ifndef BUS_WORKER_H
#define BUS_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/inbox.h"
#include "bus/tape.h"
#include "core/timestamp.h"

/* What was no failed try. An entry is written anew with each such delivery. */
#define WORKER_TRIES_BUCKET "TAPEDECK_TRIES"
#define WORKER_TRIES_AGE_NS (30 * NS_PER_DAY)

struct worker_options {
    const char *stream;
    const char *durable; /* 1 to 64 of A-Z a-z 0-9 _ - */
    const char *filter;  /* subject with wild cards; NULL: all of the stream */
    uint32_t group_size; /* workers that share the durable; 0 or 1: this one alone */
    uint32_t batch;      /* messages that may be asked for or unsettled at a time, at most 10000;
                            0: 1000, in a group its share of 500 */
    int ack_wait_ms;     /* after which a message that is not settled is delivered again; 0: 30000 */
    int max_deliver;     /* tries that may fail; 0: 3 */
    int nak_delay_ms;    /* from a refusal, or worker_later, to the next try; 0: 5000, -1: none */
    int tag;             /* stands as `follower_tag` in every item it puts */
};

struct worker_counts {
    uint64_t received;    /* messages put into the inbox */
    uint64_t redelivered; /* of these, not in their first try */
    uint64_t acknowledged, refused, deferred, terminated;
    uint64_t repeated; /* delivered again although settled or at work here, and not put into the inbox */
    uint64_t dead_letters;
    uint64_t restarts;    /* the connection or the consumer had to be made again */
    uint64_t in_hand;     /* put into the inbox and not settled, or settled and the server not told yet */
    uint64_t pending;     /* messages that the consumer has not delivered to anyone yet, as last heard */
    uint64_t ack_pending; /* delivered to any worker of the durable and not settled, as last heard */
};

struct worker;

/* Finds the durable consumer or makes it (from the start of the stream), and starts asking for messages, which come as
 * INBOX_MESSAGE with `handle`, `deliveries` and `pending`. Waits for the server up to 5 s. ERROR_SERVER when there is
 * no such stream, no TAPEDECK_DEAD_LETTERS or no answer; ERROR_FAILED when the consumer is another than the options
 * describe: its settings are read back and compared, and never changed. */
struct worker *worker_create(struct tape *tape, const struct worker_options *options, struct inbox *inbox,
                             struct error *error);

/* Gives back what is unsettled, so that it is delivered again at once; that was no try. The durable stays on the
 * server. Takes up to 5 s when the server does not answer. No handle of the worker may be used
 * any more. NULL is allowed. */
void worker_destroy(struct worker *worker);

/* Any thread, each handle once; they only wait while the connection's buffer is full. False when the handle is settled
 * already, by the caller or because its last try took too long. While the server is away, the answer is kept and sent
 * when it is back. `reason` becomes that of the dead letter, if there will be one. */
bool worker_ack(struct worker *worker, uint64_t handle);
bool worker_nak(struct worker *worker, uint64_t handle, const char *reason);
bool worker_term(struct worker *worker, uint64_t handle, const char *reason);
/* It is not its time yet: it comes again like a refused one, and this was no try. */
bool worker_later(struct worker *worker, uint64_t handle);
/* The work takes longer: the ack wait of this message starts anew. */
void worker_extend(struct worker *worker, uint64_t handle);

/* Any thread. */
struct worker_counts worker_counts(struct worker *worker);

#endif
