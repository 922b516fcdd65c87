/* See waiting_quotes.h. */
#include "ui/waiting_quotes.h"

#include <stdlib.h>
#include <string.h>

/* At first 200 ms of 20,000 quotes per second; at most what comes of 10,000 while a thin line is six seconds behind,
 * which is more than it may be: quotes that were folded early would be drawn with every key, and put it behind still
 * more. */
enum { WAITING_FIRST = 4096, WAITING_MAX = 65536, FOLDED_AT_ONCE = 1000 };

/* Of the event what belongs to a quote. */
struct waiting_quote {
    struct quote quote;
    uint64_t sequence;
    int64_t stored_ns;
    int64_t age_ns, wall_ns, monotonic_ns;
};

struct waiting_quotes {
    struct waiting_quote *items; /* owned */
    size_t first, count;         /* those before `first` are folded */
    size_t capacity;
};

struct waiting_quotes *waiting_quotes_create(void)
{
    struct waiting_quotes *waiting = calloc(1, sizeof *waiting);
    if (waiting == NULL)
        abort();
    return waiting;
}

void waiting_quotes_destroy(struct waiting_quotes *waiting)
{
    if (waiting == NULL)
        return;
    free(waiting->items);
    free(waiting);
}

static void make_room(struct waiting_quotes *waiting, struct model *model)
{
    if (waiting->capacity == WAITING_MAX) {
        if (waiting->first == 0)
            waiting_quotes_fold(waiting, model);
        waiting->count -= waiting->first;
        memmove(waiting->items, waiting->items + waiting->first, waiting->count * sizeof *waiting->items);
        waiting->first = 0;
        return;
    }
    waiting->capacity = waiting->capacity == 0 ? WAITING_FIRST : waiting->capacity * 2;
    waiting->items = realloc(waiting->items, waiting->capacity * sizeof *waiting->items);
    if (waiting->items == NULL)
        abort();
}

void waiting_quotes_put(struct waiting_quotes *waiting, struct model *model, const struct event *event, int64_t age_ns,
                        int64_t wall_ns, int64_t monotonic_ns)
{
    if (waiting->count == waiting->capacity)
        make_room(waiting, model);
    waiting->items[waiting->count++] = (struct waiting_quote){.quote = event->quote,
                                                              .sequence = event->sequence,
                                                              .stored_ns = event->stored_ns,
                                                              .age_ns = age_ns,
                                                              .wall_ns = wall_ns,
                                                              .monotonic_ns = monotonic_ns};
}

bool waiting_quotes_fold(struct waiting_quotes *waiting, struct model *model)
{
    struct event event = event_empty(EVENT_QUOTE);
    for (int i = 0; i < FOLDED_AT_ONCE && waiting->first < waiting->count; i++) {
        const struct waiting_quote *item = &waiting->items[waiting->first++];
        event.quote = item->quote;
        event.sequence = item->sequence;
        event.stored_ns = item->stored_ns;
        model_fold(model, &event, item->age_ns, item->wall_ns, item->monotonic_ns);
    }
    if (waiting->first < waiting->count)
        return false;
    waiting->first = waiting->count = 0;
    return true;
}

void waiting_quotes_drop(struct waiting_quotes *waiting)
{
    waiting->first = waiting->count = 0;
}
