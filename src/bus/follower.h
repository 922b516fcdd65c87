/* A follower reads one stream strictly in its order, without gaps, into an inbox.
 *
 * It is an ordered consumer with flow control and heartbeat: a gap, a missed heartbeat, a deleted consumer or a
 * reconnect makes it start again behind the last message it delivered. What the stream itself has lost is reported
 * (INBOX_GAP): its `sequence` is the first message that is missing. When that is not above the last message that was
 * delivered, the stream is another one than before (it became shorter, or was made again): what was read of it has to
 * be read anew, by a new follower; `remade` says that it was made again. A gap is not reported for what had gone before
 * the first start, nor with a filter.
 *
 * A stream that vanishes is reported (INBOX_STREAM_GONE), looked for several times a second and never made: that is for
 * somebody else to decide. When it is there again (INBOX_STREAM_BACK) the follower goes on. */
#ifndef BUS_FOLLOWER_H
#define BUS_FOLLOWER_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/inbox.h"
#include "bus/tape.h"

enum follow_from {
    FOLLOW_SEQUENCE,         /* from `sequence` on (1: from the start) */
    FOLLOW_LAST_PER_SUBJECT, /* the last message of each subject, then what comes */
    FOLLOW_NEW,              /* only what comes */
    FOLLOW_TIME,             /* from `time_ns` (stored time) on */
};

struct follower_options {
    const char *stream;
    const char *filter; /* subject with wild cards; NULL: all of the stream */
    enum follow_from from;
    uint64_t sequence;
    int64_t time_ns;
    int tag; /* stands in every item it puts */
    /* Starts without waiting, and a stream that is not there yet is looked for like one that vanished. */
    bool patient;
    const char *service; /* whose follower it is, for people and for the watch over lag; NULL: not said */
};

struct follower;

/* Starts following; waits for the server up to 5 s unless it is patient. ERROR_SERVER when there is no such stream or
 * no answer. */
struct follower *follower_create(struct tape *tape, const struct follower_options *options, struct inbox *inbox,
                                 struct error *error);

/* Nothing is put into the inbox after it has returned, in bounded time, also when the inbox is full. NULL is allowed.
 */
void follower_destroy(struct follower *follower);

/* Any thread: tells it to stop, and does not wait; follower_destroy, which has to follow, is the quicker. */
void follower_stop(struct follower *follower);

/* Any thread: how often it had to start again. */
uint64_t follower_restarts(const struct follower *follower);

#endif
