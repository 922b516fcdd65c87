/* A run: numbered events are published to stream T and read in every way, while the test lets things go wrong; at the
 * end a table, and a failure when something was lost or doubled. */
#ifndef TESTS_FAULTS_RUN_H
#define TESTS_FAULTS_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/tape.h"
#include "faults/load.h"
#include "faults/reader.h"

/* A build with a sanitizer is slower, and looks for other mistakes. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { RUN_RATE = 1500, RUN_EVENTS = 15000 };
#else
enum { RUN_RATE = 9000, RUN_EVENTS = 100000 };
#endif

enum { RUN_FAULTS_MAX = 32 };

struct run_fault {
    char name[48];
    int64_t publishing_ns, reading_ns[READER_KINDS]; /* the longest pauses */
};

struct run_options {
    const char *url;
    bool logins; /* the users are "test", "publisher" and "reader", with the password "password" */
    int replicas;
    int give_up_ms; /* as in publisher_options */
    uint64_t seed;
};

struct run {
    struct tape *tape;       /* for the test: nothing is published or read on it */
    struct tape *publishing; /* that of the load */
    struct load *load;
    struct reader *readers[READER_KINDS];
    struct run_fault faults[RUN_FAULTS_MAX];
    int fault_count;
};

/* The seed of a run: that of the environment variable TAPEDECK_FAULT_SEED, or `otherwise`; printed. */
uint64_t run_seed(uint64_t otherwise);

/* Makes stream T. */
void run_make_stream(struct run *run, int replicas);

/* Connects, makes the stream and starts publishing and reading. */
void run_start(struct run *run, const struct run_options *options);

/* Waits until `count` more events are acknowledged and all readers have as many as were acknowledged at this moment:
 * what the fault did is over. The pauses since the last call are noted under its name. */
void run_settle(struct run *run, const char *name, uint64_t count);

/* All that the stream holds, read by a plain ordered consumer of nats.c, so that nothing of ours vouches for itself.
 * The caller frees it. */
struct tally run_stored(struct run *run);

/* Ends publishing when RUN_EVENTS are acknowledged, waits for the readers, prints the table, and fails the test when
 * something was lost or doubled. */
void run_finish(struct run *run);
/* Ends everything without a word. */
void run_end(struct run *run);

#endif
