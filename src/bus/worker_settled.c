/* Most sequences come in order and join the last run; others are put where they belong, and join their neighbours. */
#include "bus/worker_settled.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64, RUNS_MAX = 1 << 20 };

/* The first run that ends at `sequence` or behind it; `count` when there is none. */
static size_t find(const struct worker_settled *settled, uint64_t sequence)
{
    size_t low = 0, high = settled->count;
    if (high > 0 && settled->runs[high - 1].last < sequence)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (settled->runs[middle].last < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void drop_first(struct worker_settled *settled, size_t count)
{
    settled->count -= count;
    memmove(settled->runs, settled->runs + count, settled->count * sizeof *settled->runs);
}

static void insert(struct worker_settled *settled, size_t at, uint64_t sequence)
{
    if (settled->count == settled->size) {
        settled->size = settled->size == 0 ? FIRST_SIZE : settled->size * 2;
        settled->runs = realloc(settled->runs, settled->size * sizeof *settled->runs);
        if (settled->runs == NULL)
            abort();
    }
    memmove(settled->runs + at + 1, settled->runs + at, (settled->count - at) * sizeof *settled->runs);
    settled->runs[at] = (struct worker_run){.first = sequence, .last = sequence};
    settled->count++;
}

void worker_settled_add(struct worker_settled *settled, uint64_t sequence)
{
    if (settled->count == RUNS_MAX)
        drop_first(settled, RUNS_MAX / 4);
    size_t at = find(settled, sequence);
    struct worker_run *before = at > 0 ? &settled->runs[at - 1] : NULL;
    struct worker_run *behind = at < settled->count ? &settled->runs[at] : NULL;
    if (behind != NULL && behind->first <= sequence)
        return;
    bool joins_before = before != NULL && before->last + 1 == sequence;
    bool joins_behind = behind != NULL && behind->first == sequence + 1;
    if (joins_before && joins_behind) {
        before->last = behind->last;
        settled->count--;
        memmove(behind, behind + 1, (settled->count - at) * sizeof *behind);
    } else if (joins_before) {
        before->last = sequence;
    } else if (joins_behind) {
        behind->first = sequence;
    } else {
        insert(settled, at, sequence);
    }
}

bool worker_settled_contains(const struct worker_settled *settled, uint64_t sequence)
{
    size_t at = find(settled, sequence);
    return at < settled->count && settled->runs[at].first <= sequence;
}

uint64_t worker_settled_highest(const struct worker_settled *settled)
{
    return settled->count > 0 ? settled->runs[settled->count - 1].last : 0;
}

void worker_settled_prune(struct worker_settled *settled, uint64_t floor)
{
    size_t at = find(settled, floor);
    if (at < settled->count && settled->runs[at].last == floor)
        at++;
    else if (at < settled->count && settled->runs[at].first <= floor)
        settled->runs[at].first = floor + 1;
    if (at > 0)
        drop_first(settled, at);
}

void worker_settled_free(struct worker_settled *settled)
{
    free(settled->runs);
    *settled = (struct worker_settled){0};
}
