/* The list that a rule fills with what it proposes. It grows to the largest batch ever proposed and keeps that memory,
 * so that in the steady state proposing allocates nothing. */
#include "engine/proposals.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 16 };

struct event *proposals_add(struct proposals *proposals, enum event_kind kind, int64_t fence)
{
    if (proposals->count == proposals->capacity) {
        size_t capacity = proposals->capacity == 0 ? FIRST_CAPACITY : proposals->capacity * 2;
        struct proposal *items = realloc(proposals->items, capacity * sizeof *items);
        if (items == NULL)
            abort(); /* Without memory nothing that was decided could be said; the tape has all that matters. */
        proposals->items = items;
        proposals->capacity = capacity;
    }
    struct proposal *proposal = &proposals->items[proposals->count++];
    proposal->event = event_empty(kind);
    proposal->fence = fence;
    return &proposal->event;
}

void proposals_clear(struct proposals *proposals)
{
    proposals->count = 0;
}

void proposals_free(struct proposals *proposals)
{
    free(proposals->items);
    *proposals = (struct proposals){0};
}
