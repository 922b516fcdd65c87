/* See waiting_quotes.h. */
#include "ui/waiting_quotes.h"

#include <stdlib.h>
#include <string.h>

/* At first 200 ms of 20,000 quotes per second; at most what comes of 10,000 while a thin line is some seconds behind.
 */
enum { WAITING_FIRST = 4096, WAITING_MAX = 32768, FOLDED_AT_ONCE = 1000 };

struct waiting_quote {
    struct event event;
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
    waiting->items[waiting->count++] =
        (struct waiting_quote){.event = *event, .age_ns = age_ns, .wall_ns = wall_ns, .monotonic_ns = monotonic_ns};
}

bool waiting_quotes_fold(struct waiting_quotes *waiting, struct model *model)
{
    for (int i = 0; i < FOLDED_AT_ONCE && waiting->first < waiting->count; i++) {
        const struct waiting_quote *quote = &waiting->items[waiting->first++];
        model_fold(model, &quote->event, quote->age_ns, quote->wall_ns, quote->monotonic_ns);
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
