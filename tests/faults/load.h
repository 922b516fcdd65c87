/* Numbered messages, published in the order of their numbers by one publisher at a steady rate, and what became of
 * each. A thread of its own sends them until it is told to stop. */
#ifndef TESTS_FAULTS_LOAD_H
#define TESTS_FAULTS_LOAD_H

#include <stdint.h>

#include "bus/inbox.h"
#include "bus/tape.h"
#include "core/event.h"
#include "core/subject.h"
#include "faults/tally.h"

struct load;

struct load_message {
    char subject[SUBJECT_SIZE], id[MESSAGE_ID_SIZE], payload[EVENT_PAYLOAD_SIZE];
    size_t payload_bytes;
};

/* The message of a number; it may be asked for again. Called by the thread of the load. */
typedef void load_compose(void *context, uint64_t number, struct load_message *message);

/* An event on t.0 to t.7, whose payload begins with its number (load_number). */
load_compose load_compose_number;

struct load_options {
    uint32_t rate_per_second;
    int give_up_ms; /* as in publisher_options */
    load_compose *compose;
    void *context; /* of `compose` */
};

/* Fails the test when it cannot start. */
struct load *load_start(struct tape *tape, const struct load_options *options);

struct load_figures {
    uint64_t published;
    uint64_t acknowledged;     /* stored, or known to be stored already */
    uint64_t refused, unknown; /* reported as such */
    char problem[128];         /* of the last one that was refused or is unknown */
};

/* Any thread. */
struct load_figures load_figures(struct load *load);

/* Any thread: the longest time without an acknowledgement since the last call, and up to now. */
int64_t load_pause_ns(struct load *load);

/* Goes on over another connection, to the same streams: what was not acknowledged is sent there once more, in order.
 * The first connection is not used any more when this returns. Not together with load_finish. */
void load_move(struct load *load, struct tape *tape);

/* Sends no more, waits until the fate of all is known, and returns the figures. */
struct load_figures load_finish(struct load *load);

/* After load_finish: the numbers that were acknowledged, and those that were refused for good. */
const struct tally *load_acknowledged(const struct load *load);
const struct tally *load_refused(const struct load *load);

void load_destroy(struct load *load);

/* The number that stands in an event's payload. */
uint64_t load_number(const char *payload);

#endif
