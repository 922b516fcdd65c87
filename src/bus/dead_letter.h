/* Dead letters: messages that a reader could not work, with where they came from and why, each an object on
 * `dead.<stream>` in the stream TAPEDECK_DEAD_LETTERS. The one place that knows how one is written; docs/wire.md has
 * its members. */
#ifndef BUS_DEAD_LETTER_H
#define BUS_DEAD_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/publisher.h"
#include "bus/tape.h"

#define DEAD_LETTER_STREAM "TAPEDECK_DEAD_LETTERS"

enum { DEAD_LETTER_STREAM_SIZE = 256, DEAD_LETTER_NAME_SIZE = DEAD_LETTER_STREAM_SIZE + 32 };

struct dead_letter {
    const char *stream; /* where the message stands, and under which sequence */
    uint64_t sequence;
    const char *subject; /* NULL: the letter does not say */
    const char *reader;  /* likewise; the service, or the durable of a worker */
    const char *reason;  /* likewise; a sentence */
    uint64_t deliveries; /* to a worker; 0: not counted */
    const char
        *payload; /* NULL: the message was gone when the letter was written, or the letter has a part of it only */
    size_t payload_bytes;
};

/* The subject of a letter about a stream, and the message id that lets several readers of one message leave one. */
void dead_letter_subject(char subject[DEAD_LETTER_NAME_SIZE], const char *stream);
void dead_letter_id(char id[DEAD_LETTER_NAME_SIZE], const char *stream, uint64_t sequence);

/* The text of a letter, in all bytes that the tape's server takes in one message: its payload as text, or as base64, or
 * when it fits in neither way its beginning, marked as cut. Owned by the caller. */
char *dead_letter_write(struct tape *tape, const struct dead_letter *letter, size_t *bytes);

/* Has the publisher send it. Does not wait; false when its queue is full. */
bool dead_letter_send(struct publisher *publisher, struct tape *tape, const struct dead_letter *letter);

/* Reads a letter. NULL when it does not say which message of which stream it is about. dead_letter_free(NULL) is
 * allowed. */
struct dead_letter *dead_letter_read(const char *text, size_t bytes);
void dead_letter_free(struct dead_letter *letter);

#endif
