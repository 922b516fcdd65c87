/* What a service that does not decide would have said, until whoever decides has said it. Pure; one service owns it.
 *
 * Only for rules whose outputs belong to single events, such as the position after each fill: when such a service takes
 * over, it says what is left here, and so nothing is left out between the last word of the one before and the next
 * event. It is bounded; beyond that the oldest are dropped. */
#ifndef ENGINE_BACKLOG_H
#define ENGINE_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/proposals.h"

enum { BACKLOG_MAX = 8192 };

struct backlog {
    struct proposal *items; /* owned; a ring */
    size_t first, count, capacity;
    uint64_t dropped;
};

void backlog_free(struct backlog *backlog);

/* Copies the proposal to the end. */
void backlog_add(struct backlog *backlog, const struct proposal *proposal);

/* An event was read from the tape: what has its message id is said, and so is not needed any more. */
void backlog_landed(struct backlog *backlog, const struct event *event);

/* Takes the oldest one out; false when there is none. */
bool backlog_take(struct backlog *backlog, struct proposal *proposal);

#endif
