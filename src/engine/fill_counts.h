/* How far the fills of each order have been counted: a fill counts when its number is the last one plus 1. Kept for
 * every order that ever had a fill, since a second copy may come at any time. Pure; one thread owns it. */
#ifndef ENGINE_FILL_COUNTS_H
#define ENGINE_FILL_COUNTS_H

#include <stdint.h>

#include "core/pack.h"
#include "core/quote.h"
#include "engine/id_table.h"

struct position_entry;
struct fill_count_slab;

struct fill_count {
    char order_id[ID_SIZE];
    uint32_t last;                /* number of the last fill that counted; 0: none */
    struct position_entry *entry; /* where that one went, and nearly always the next one goes; NULL at first */
    struct fill_count *next;      /* in the order of their first fills */
};

/* All zero: no order had a fill. */
struct fill_counts {
    struct id_table by_id;
    struct fill_count *oldest, *newest;
    struct fill_count *last;       /* that was asked for: the next fill is often of the same order */
    struct fill_count_slab *slabs; /* owned; the newest first */
};

void fill_counts_free(struct fill_counts *counts);

/* The count of the order, made when it is new. It never moves. */
struct fill_count *fill_counts_of(struct fill_counts *counts, const char *order_id);

/* For snapshots; into fresh counts, where `entry` is NULL again. */
void fill_counts_save(const struct fill_counts *counts, struct pack *pack);
void fill_counts_load(struct fill_counts *counts, struct pack *pack);

#endif
