/* The tape in memory: the four streams of docs/wire.md as a server keeps them, for backtests and for tests of several
 * rules together. It numbers events, refuses what the server would refuse (a message id that it has seen within the
 * duplicate window, a fence that does not hold) and hands the events out to whoever reads. Pure; one thread owns it. */
#ifndef ENGINE_MEMORY_TAPE_H
#define ENGINE_MEMORY_TAPE_H

#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

enum memory_stream { MEMORY_MARKET_DATA, MEMORY_ORDERS, MEMORY_POSITIONS, MEMORY_RISK, MEMORY_STREAMS };

enum memory_answer {
    MEMORY_STORED,
    MEMORY_DUPLICATE, /* an event of this message id was stored less than two minutes ago */
    MEMORY_FENCED,    /* the last sequence on its subject is not the one that was expected */
};

struct memory_tape;

struct memory_tape *memory_tape_create(void);
void memory_tape_destroy(struct memory_tape *tape); /* NULL is allowed */

/* Stores a copy of the event at this time, which never goes back from one call to the next. `fence` as in a proposal
 * (engine/proposals.h). */
enum memory_answer memory_tape_store(struct memory_tape *tape, const struct event *event, int64_t fence,
                                     int64_t stored_ns);

/* Events are counted from 0 in the order in which they were stored, over all streams. */
uint64_t memory_tape_end(const struct memory_tape *tape);
/* The event at this place, with its sequence and stored time; NULL from the end on, and for what was forgotten. Good
 * until the next store. */
const struct event *memory_tape_at(const struct memory_tape *tape, uint64_t place);

/* Forgets the events before this place; what was learned of message ids and fences stays. */
void memory_tape_forget(struct memory_tape *tape, uint64_t place);

enum memory_stream memory_stream_of(enum event_kind kind);

#endif
