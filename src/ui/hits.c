#include "ui/hits.h"

#include <stdbool.h>
#include <stddef.h>

void hits_clear(struct hits *hits)
{
    if (hits != NULL)
        hits->count = 0;
}

void hits_add(struct hits *hits, struct area around, struct area area, enum hit_kind kind, int number, int64_t value)
{
    if (hits == NULL || hits->count == HITS_MAX)
        return;
    area.row += around.row;
    area.col += around.col;
    hits->items[hits->count++] = (struct hit){area, kind, number, value};
}

static bool holds(struct area area, int row, int col)
{
    return row >= area.row && row < area.row + area.rows && col >= area.col && col < area.col + area.cols;
}

const struct hit *hits_find(const struct hits *hits, enum hit_kind kind, int row, int col)
{
    for (int i = hits->count - 1; i >= 0; i--) {
        if (hits->items[i].kind == kind && holds(hits->items[i].area, row, col))
            return &hits->items[i];
    }
    return NULL;
}
