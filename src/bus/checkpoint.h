/* Checkpoints: how far a service has come on a stream, and whether the tape is still the one it came along.
 *
 * A checkpoint is the sequence and the stored time of the last event that was folded and whose outputs, and those of
 * all before it, are acknowledged. It stands in the bucket TAPEDECK_CHECKPOINTS, which has no age, under
 * `<service>.<stream>`. A tape that lost its tail uses sequences again: then the message at that sequence is missing or
 * has another stored time. */
#ifndef BUS_CHECKPOINT_H
#define BUS_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/publisher.h"
#include "bus/tape.h"
#include "core/error.h"

#define CHECKPOINT_BUCKET "TAPEDECK_CHECKPOINTS"

struct checkpoint {
    uint64_t sequence;
    int64_t stored_ns; /* by the server's wall clock */
    bool halt_missing; /* the stream was made again, and when this was written ORDERS did not say so yet */
};

enum checkpoint_verdict {
    CHECKPOINT_NONE,      /* there is no checkpoint */
    CHECKPOINT_AGREES,    /* the tape has that message */
    CHECKPOINT_AGED,      /* the message has gone from the front of the stream: nothing can be said */
    CHECKPOINT_OVERTAKEN, /* likewise, and messages behind it that it does not have are gone too */
    CHECKPOINT_SHORTER,   /* the tape ends before it, or another message stands in its place */
    CHECKPOINT_REMADE,    /* the stream was made after that message was stored: it is another one */
};

/* Creates the bucket unless it is there. Blocks up to 4 s. */
int checkpoint_open(struct tape *tape, struct error *error);

/* Reads the checkpoint and compares it with the stream. Blocks up to 6 s, some milliseconds normally. -1 when the
 * server does not answer or has no such stream. */
int checkpoint_check(struct tape *tape, const char *service, const char *stream, enum checkpoint_verdict *verdict,
                     struct checkpoint *checkpoint, struct error *error);

/* Compares a place (sequence 0: before the first message) with the stream. As checkpoint_check. */
int checkpoint_compare(struct tape *tape, const char *stream, const struct checkpoint *checkpoint,
                       enum checkpoint_verdict *verdict, struct error *error);

/* The checkpoint of a stream that was written last, by whichever service, whether the stream exists or not: `sequence`
 * 0 when there is none. Blocks up to 4 s. -1 when the server does not answer. */
int checkpoint_newest(struct tape *tape, const char *stream, struct checkpoint *checkpoint, struct error *error);

/* Writes it without waiting, through the publisher's queue; nobody is told what became of it, for a later one follows.
 * False when the queue is full. */
bool checkpoint_send(struct publisher *publisher, const char *service, const char *stream,
                     const struct checkpoint *checkpoint);

#endif
