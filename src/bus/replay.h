/* A replay reads a stretch of a stream once, from a bound to a bound, in order and without gaps, at a chosen speed, and
 * ends. It acknowledges nothing and leaves nothing behind.
 *
 * It is a follower with an end: what happens to the consumer, the connection or the server, it goes on behind the last
 * message (see follower.h, also for INBOX_GAP and INBOX_STREAM_GONE). Both bounds are inclusive. The stream's end is
 * that of the moment of the start: what is stored later does not belong to the replay, and a bound beyond it ends
 * there, without waiting. A bound by time ends at the first message that was stored later. Its INBOX_CAUGHT_UP, the
 * only one, is its end. */
#ifndef BUS_REPLAY_H
#define BUS_REPLAY_H

#include <stdint.h>

#include "bus/inbox.h"
#include "bus/tape.h"

enum replay_bound_kind {
    REPLAY_OPEN, /* the stream's first message, or its last at the start of the replay */
    REPLAY_SEQUENCE,
    REPLAY_TIME, /* by stored time */
};

struct replay_bound {
    enum replay_bound_kind kind;
    uint64_t sequence;
    int64_t time_ns; /* since the epoch */
};

struct replay_options {
    const char *stream;
    const char *filter; /* subject with wild cards; NULL: all of the stream */
    struct replay_bound from, to;
    int64_t speed_millionths; /* core/pace.h: PACE_ONE, PACE_MAX. By stored times, on the monotonic clock */
    int tag;                  /* stands in every item it puts */
};

struct replay;

/* Starts; waits for the server up to 5 s. ERROR_SERVER when there is no such stream or no answer. A range that holds
 * nothing is no error: it ends at once. Messages wait for room in the inbox. */
struct replay *replay_create(struct tape *tape, const struct replay_options *options, struct inbox *inbox,
                             struct error *error);

/* Ends it, wherever it stands; nothing is put into the inbox after it has returned. NULL is allowed. */
void replay_destroy(struct replay *replay);

#endif
