/* A ring of events, and beside it what a server remembers of them: message ids for as long as its duplicate window, and
 * the last sequence of each subject that is ever fenced. */
#include "engine/memory_tape.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/subject.h"
#include "core/timestamp.h"
#include "engine/proposals.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

enum { FIRST_CAPACITY = 256 };

#define DUPLICATE_WINDOW_NS (120 * NS_PER_SECOND)

struct seen_id {
    int64_t stored_ns;
    UT_hash_handle hh;
    char id[]; /* terminated */
};

struct subject_end {
    uint64_t sequence;
    UT_hash_handle hh;
    char subject[]; /* terminated */
};

struct memory_tape {
    struct event *ring; /* owned; capacity is a power of two, an event is at its place modulo that */
    uint64_t first, end, capacity;
    uint64_t sequences[MEMORY_STREAMS]; /* the last of each stream */
    int64_t stored_ns;                  /* of the last event */
    struct seen_id *ids;                /* in the order in which they were stored */
    struct subject_end *subjects;
};

struct memory_tape *memory_tape_create(void)
{
    struct memory_tape *tape = calloc(1, sizeof *tape);
    if (tape == NULL)
        abort();
    tape->stored_ns = INT64_MIN;
    return tape;
}

void memory_tape_destroy(struct memory_tape *tape)
{
    if (tape == NULL)
        return;
    struct seen_id *id, *next_id;
    HASH_ITER(hh, tape->ids, id, next_id)
    {
        HASH_DEL(tape->ids, id);
        free(id);
    }
    struct subject_end *subject, *next_subject;
    HASH_ITER(hh, tape->subjects, subject, next_subject)
    {
        HASH_DEL(tape->subjects, subject);
        free(subject);
    }
    free(tape->ring);
    free(tape);
}

enum memory_stream memory_stream_of(enum event_kind kind)
{
    switch ((int)kind) {
    case EVENT_QUOTE:
        return MEMORY_MARKET_DATA;
    case EVENT_POSITION:
        return MEMORY_POSITIONS;
    case EVENT_ALERT:
    case EVENT_ALERT_ACK:
    case EVENT_EXPOSURE:
    case EVENT_LIMITS:
        return MEMORY_RISK;
    default:
        return MEMORY_ORDERS;
    }
}

static void forget_ids(struct memory_tape *tape, int64_t stored_ns)
{
    while (tape->ids != NULL && stored_ns - tape->ids->stored_ns >= DUPLICATE_WINDOW_NS) {
        struct seen_id *id = tape->ids;
        HASH_DEL(tape->ids, id);
        free(id);
    }
}

static bool knows_id(const struct memory_tape *tape, const char *text)
{
    struct seen_id *id;
    HASH_FIND_STR(tape->ids, text, id);
    return id != NULL;
}

static void learn_id(struct memory_tape *tape, const char *text, int64_t stored_ns)
{
    size_t size = strlen(text) + 1;
    struct seen_id *id = malloc(sizeof *id + size);
    if (id == NULL)
        abort();
    id->stored_ns = stored_ns;
    memcpy(id->id, text, size);
    HASH_ADD_KEYPTR(hh, tape->ids, id->id, size - 1, id);
}

static struct subject_end *end_of(struct memory_tape *tape, const char *text)
{
    struct subject_end *subject;
    HASH_FIND_STR(tape->subjects, text, subject);
    if (subject != NULL)
        return subject;
    size_t size = strlen(text) + 1;
    subject = calloc(1, sizeof *subject + size);
    if (subject == NULL)
        abort();
    memcpy(subject->subject, text, size);
    HASH_ADD_KEYPTR(hh, tape->subjects, subject->subject, size - 1, subject);
    return subject;
}

static void append(struct memory_tape *tape, const struct event *event, uint64_t sequence, int64_t stored_ns)
{
    if (tape->end - tape->first == tape->capacity) {
        uint64_t capacity = tape->capacity == 0 ? FIRST_CAPACITY : 2 * tape->capacity;
        struct event *ring = calloc(capacity, sizeof *ring);
        if (ring == NULL)
            abort();
        for (uint64_t place = tape->first; place < tape->end; place++)
            ring[place & (capacity - 1)] = tape->ring[place & (tape->capacity - 1)];
        free(tape->ring);
        tape->ring = ring;
        tape->capacity = capacity;
    }
    struct event *stored = &tape->ring[tape->end++ & (tape->capacity - 1)];
    *stored = *event;
    stored->sequence = sequence;
    stored->stored_ns = stored_ns;
}

enum memory_answer memory_tape_store(struct memory_tape *tape, const struct event *event, int64_t fence,
                                     int64_t stored_ns)
{
    uint64_t *sequence = &tape->sequences[memory_stream_of(event->kind)];
    assert(stored_ns >= tape->stored_ns);
    tape->stored_ns = stored_ns;
    if (event->kind == EVENT_QUOTE) { /* quotes have neither */
        append(tape, event, ++*sequence, stored_ns);
        return MEMORY_STORED;
    }
    char id[MESSAGE_ID_SIZE], text[SUBJECT_SIZE];
    message_id_of(event, id);
    forget_ids(tape, stored_ns);
    if (knows_id(tape, id))
        return MEMORY_DUPLICATE;
    subject_of(event, text);
    struct subject_end *subject = end_of(tape, text);
    if (fence != NO_FENCE && subject->sequence != (uint64_t)fence)
        return MEMORY_FENCED;
    append(tape, event, ++*sequence, stored_ns);
    subject->sequence = *sequence;
    if (id[0] != '\0')
        learn_id(tape, id, stored_ns);
    return MEMORY_STORED;
}

uint64_t memory_tape_end(const struct memory_tape *tape)
{
    return tape->end;
}

const struct event *memory_tape_at(const struct memory_tape *tape, uint64_t place)
{
    return place >= tape->first && place < tape->end ? &tape->ring[place & (tape->capacity - 1)] : NULL;
}

void memory_tape_forget(struct memory_tape *tape, uint64_t place)
{
    if (place > tape->first)
        tape->first = place < tape->end ? place : tape->end;
}
