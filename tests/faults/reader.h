/* The ways to read the tape, each in a thread of its own on a connection of its own, and what came. */
#ifndef TESTS_FAULTS_READER_H
#define TESTS_FAULTS_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/tally.h"

enum reader_kind {
    READER_FOLLOWER,
    READER_RESTARTED, /* a follower that is destroyed now and then and started again behind its last message */
    READER_WORKER,    /* a durable that asks for messages and acknowledges them */
    READER_PUSH,      /* a durable that the server pushes to, acknowledged by hand */
    READER_KINDS,
};

extern const char *const READER_NAMES[READER_KINDS];

struct reader;

/* Reads stream T of the server from its start. `seed` is for the moments at which a READER_RESTARTED starts again.
 * Fails the test when it cannot start. */
struct reader *reader_start(enum reader_kind kind, const char *url, const char *user, uint64_t seed);

/* Any thread: how many different numbers came; the longest time without one since the last call. */
uint64_t reader_distinct(struct reader *reader);
int64_t reader_pause_ns(struct reader *reader);
/* Any thread: what was reported besides messages, and how often it had to start again. */
struct reader_reports {
    uint64_t gaps; /* the stream lost something, or is another one */
    uint64_t gone; /* the stream is not there any more */
    uint64_t restarts;
};
struct reader_reports reader_reports(struct reader *reader);

/* Ends the thread; what came can be looked at until reader_destroy. */
void reader_finish(struct reader *reader);
const struct tally *reader_tally(const struct reader *reader);
void reader_destroy(struct reader *reader);

#endif
