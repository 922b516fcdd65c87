/* The counts in slabs, found by their orders' ids. */
#include "engine/fill_counts.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum { SLAB_COUNTS = 256 };

struct fill_count_slab {
    struct fill_count_slab *next;
    size_t used;
    struct fill_count counts[SLAB_COUNTS];
};

void fill_counts_free(struct fill_counts *counts)
{
    id_table_free(&counts->by_id);
    while (counts->slabs != NULL) {
        struct fill_count_slab *slab = counts->slabs;
        counts->slabs = slab->next;
        free(slab);
    }
    *counts = (struct fill_counts){0};
}

static struct fill_count *allocate(struct fill_counts *counts)
{
    if (counts->slabs == NULL || counts->slabs->used == SLAB_COUNTS) {
        struct fill_count_slab *slab = calloc(1, sizeof *slab);
        if (slab == NULL)
            abort();
        slab->next = counts->slabs;
        counts->slabs = slab;
    }
    return &counts->slabs->counts[counts->slabs->used++];
}

struct fill_count *fill_counts_of(struct fill_counts *counts, const char *order_id)
{
    struct fill_count *count = counts->last;
    if (count != NULL && strcmp(count->order_id, order_id) == 0)
        return count;
    count = id_table_find(&counts->by_id, order_id);
    if (count == NULL) {
        count = allocate(counts);
        text_copy(count->order_id, sizeof count->order_id, order_id);
        id_table_add(&counts->by_id, count->order_id, count);
        *(counts->newest == NULL ? &counts->oldest : &counts->newest->next) = count;
        counts->newest = count;
    }
    counts->last = count;
    return count;
}

void fill_counts_save(const struct fill_counts *counts, struct pack *pack)
{
    pack_count(pack, counts->by_id.count);
    for (struct fill_count *count = counts->oldest; count != NULL; count = count->next) {
        PACK_TEXT(pack, count->order_id);
        pack_u32(pack, &count->last);
    }
}

void fill_counts_load(struct fill_counts *counts, struct pack *pack)
{
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        char order_id[ID_SIZE] = "";
        uint32_t last = 0;
        PACK_TEXT(pack, order_id);
        pack_u32(pack, &last);
        if (!pack->failed)
            fill_counts_of(counts, order_id)->last = last;
    }
}
