/* What a rule proposes: events that do not stand on the tape yet. Pure.
 *
 * `decide` puts proposals here and changes nothing; the service publishes them, and only when they come back from the
 * tape are they folded. */
#ifndef ENGINE_PROPOSALS_H
#define ENGINE_PROPOSALS_H

#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

#define NO_FENCE INT64_C(-1)

struct proposal {
    struct event event;
    int64_t fence; /* the last sequence expected on its subject; NO_FENCE: none; 0: nothing there yet */
};

struct proposals {
    struct proposal *items; /* owned */
    size_t count, capacity;
};

/* A fresh entry of this kind, zeroed but for the fields whose "absent" is not zero (DECIMAL_NONE, MONEY_NONE). The
 * pointer is good until the next call. */
struct event *proposals_add(struct proposals *proposals, enum event_kind kind, int64_t fence);
void proposals_clear(struct proposals *proposals);
void proposals_free(struct proposals *proposals);

#endif
