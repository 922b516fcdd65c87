/* Linear probing in a table that is at most half full. */
#include "engine/id_table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

/* Eight bytes at a time, each multiplied by an odd number and folded; ids differ mostly at their ends. */
static uint64_t hash_of(const char *id)
{
    static const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    size_t left = strlen(id);
    uint64_t hash = left;
    while (left > 0) {
        uint64_t word = 0;
        size_t taken = left < sizeof word ? left : sizeof word;
        memcpy(&word, id, taken);
        hash = (hash ^ word) * odd;
        hash ^= hash >> 32;
        id += taken;
        left -= taken;
    }
    return hash;
}

/* The slot of the id, or the free one where it belongs. */
static struct id_slot *slot_of(const struct id_table *table, uint64_t hash, const char *id)
{
    size_t at = (size_t)hash & (table->capacity - 1);
    while (table->slots[at].item != NULL && (table->slots[at].hash != hash || strcmp(table->slots[at].id, id) != 0))
        at = (at + 1) & (table->capacity - 1);
    return &table->slots[at];
}

void id_table_free(struct id_table *table)
{
    free(table->slots);
    *table = (struct id_table){0};
}

void *id_table_find(const struct id_table *table, const char *id)
{
    return table->capacity == 0 ? NULL : slot_of(table, hash_of(id), id)->item;
}

static void grow(struct id_table *table)
{
    struct id_table larger = {.capacity = table->capacity == 0 ? FIRST_CAPACITY : 2 * table->capacity,
                              .count = table->count};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL)
        abort();
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].item != NULL)
            *slot_of(&larger, table->slots[i].hash, table->slots[i].id) = table->slots[i];
    free(table->slots);
    *table = larger;
}

void id_table_add(struct id_table *table, const char *id, void *item)
{
    if (2 * (table->count + 1) > table->capacity)
        grow(table);
    uint64_t hash = hash_of(id);
    *slot_of(table, hash, id) = (struct id_slot){.hash = hash, .id = id, .item = item};
    table->count++;
}
