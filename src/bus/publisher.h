/* Publishing with acknowledgement, without ever blocking the caller.
 *
 * publisher_send copies the message into a bounded queue; the publisher's own thread talks to nats.c, keeps a bounded
 * window of messages in flight, resends with the same id what no server could take, and puts what became of each into
 * the inbox that the sender named.
 *
 * Messages of one publisher reach the stream in the order they were sent: those with an id that have to be sent again
 * take along what was sent behind them, and while the stream takes nothing, or the server lets nothing through because
 * the user may not publish on a subject, the first one is tried alone. */
#ifndef BUS_PUBLISHER_H
#define BUS_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/inbox.h"
#include "bus/tape.h"

#define PUBLISH_NO_FENCE INT64_C(-1)

struct publisher_options {
    size_t queue_bytes;       /* messages waiting; 0: 4 MiB */
    uint32_t window;          /* messages in flight; 0: 1024 */
    int ack_timeout_ms;       /* 0: 2000 */
    int give_up_ms;           /* until PUBLISH_UNKNOWN is reported; 0: 10000, -1: never */
    uint32_t rate_per_second; /* token bucket; 0: no limit */
};

struct publish_message {
    const char *subject;
    const char *id; /* Nats-Msg-Id; "" or NULL: none. Only messages with an id are ever sent twice. */
    int64_t fence;  /* expected last sequence on the subject; PUBLISH_NO_FENCE: none */
    const char *payload;
    size_t payload_bytes;
    struct inbox *inbox; /* where the result goes; NULL: nowhere, failures are counted only */
    uint64_t cookie;     /* comes back in the result */
};

struct publisher_counts {
    uint64_t sent, stored, duplicates, fenced, refused, unknown, full;
    uint64_t queued, in_flight;
    uint64_t rate_limited; /* messages that waited for the token bucket */
    int64_t ack_last_ns;   /* time from send to acknowledgement of the last one */
};

struct publisher;

struct publisher *publisher_create(struct tape *tape, const struct publisher_options *options, struct error *error);

/* Sends what is queued, waits for acknowledgements at most `drain_ms`, reports the rest (as unknown, or as refused when
 * it was never sent), ends the thread. NULL is allowed. */
void publisher_destroy(struct publisher *publisher, int drain_ms);

/* Any thread. False when the queue is full: the message is not taken and will never be sent. Never waits. True: its
 * inbox gets exactly one result. While there is no connection it waits in the queue, at most `give_up_ms`; then it is
 * refused, and was never sent. A message that was sent a second time may be its own duplicate: PUBLISH_DUPLICATE says
 * that the stream holds one message of this id. */
bool publisher_send(struct publisher *publisher, const struct publish_message *message);

/* Any thread: messages of this inbox to these streams (a set of tape_stream) that have not been answered are not sent
 * again: each is reported, as refused or as unknown. For streams that are gone, so that nothing that was meant for one
 * of them lands in another that gets its name. */
void publisher_withdraw(struct publisher *publisher, const struct inbox *inbox, unsigned streams);

/* Any thread: nothing is put into this inbox any more, whose owner is about to destroy it. What was sent stays sent. */
void publisher_forget(struct publisher *publisher, const struct inbox *inbox);

/* Any thread. */
struct publisher_counts publisher_counts(struct publisher *publisher);

#endif
