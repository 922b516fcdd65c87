/* A push subscription: the server sends the messages of a filter as soon as they are stored, with flow control and a
 * heartbeat. For the quotes of one instrument or one exchange (subject_of_quotes), and for readers that acknowledge.
 *
 * Three kinds:
 *  - ephemeral (no `durable`): a follower with a filter, see follower.h. In order, without gaps, nothing to
 * acknowledge; it puts INBOX_MESSAGE, INBOX_CAUGHT_UP and INBOX_GAP.
 *  - durable: the server keeps how far it was acknowledged, also while nobody reads. At least once: what was not
 *    acknowledged when the process ended comes again after the ack wait, behind newer messages; so it is for messages
 *    that are independent of each other. Within a process each message is put once, unless push_nak asked for it again:
 *    redeliveries of what its owner has, or has acknowledged, are swallowed, also when a killed server has forgotten
 *    acknowledgements or the consumer was deleted and made again.
 *  - durable with a queue `group`: several processes share the messages. The server allows neither flow control nor
 *    heartbeat then, so it is asked every two seconds whether the consumer is still there. When it is deleted it is
 * made again behind what all had acknowledged at the last look: what another member acknowledged since may come again.
 *
 * A consumer that was deleted, or not heard for 3 s, is made again by itself. A stream that was made again, or became
 * shorter, is reported by INBOX_GAP whose `sequence` is the one it goes on with. */
#ifndef BUS_PUSH_H
#define BUS_PUSH_H

#include <stddef.h>
#include <stdint.h>

#include "bus/follower.h"
#include "bus/inbox.h"
#include "bus/tape.h"

struct push_options {
    const char *stream;
    const char *filter; /* subject with wild cards; NULL: all of the stream */
    /* Where it starts, a durable only when it does not exist yet, and not at the last per subject. */
    enum follow_from from;
    uint64_t sequence;
    int64_t time_ns;
    int tag;             /* stands in every item it puts */
    const char *durable; /* its name, `A-Z a-z 0-9 _ -`; NULL: ephemeral */
    const char *group;   /* the queue group, likewise; NULL: this one gets all. With `durable` only */
    int64_t ack_wait_ms; /* durable: after that long without an answer it comes again; 0: 30 s */
    int max_ack_pending; /* durable: so many may be unanswered; 0: 1000, in a group 500 */
};

struct push;

/* Subscribes; waits for the server up to 5 s. ERROR_SERVER when there is no such stream, no answer, or another durable
 * of that name (other filter or group); ERROR_IN_USE when somebody reads that durable already, still does 2 s later,
 * and it has no group. */
struct push *push_create(struct tape *tape, const struct push_options *options, struct inbox *inbox,
                         struct error *error);

/* Unsubscribes; nothing is put into the inbox after it has returned, in bounded time, also when the inbox is full. A
 * durable stays on the server. NULL is allowed. */
void push_destroy(struct push *push);
/* The same for several, which end at the same time. */
void push_destroy_all(struct push *const *pushes, size_t count);

/* Any thread, durable only: the message of that stream sequence is done. Once said it holds within this process, even
 * when the server is away. */
void push_ack(struct push *push, uint64_t sequence);
/* Any thread, durable only: the message shall come again, after the delay. */
void push_nak(struct push *push, uint64_t sequence, int64_t delay_ms);

/* Any thread: how often it had to start again. */
uint64_t push_restarts(const struct push *push);

#endif
