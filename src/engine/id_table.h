/* Finds what has an id, among very many: open addressing over hashes, for tables that are asked once per event. (A
 * chain of uthash, which the other tables use, is up to ten items long, each a miss of the cache.) What was added
 * stays. Pure; one thread owns a table. */
#ifndef ENGINE_ID_TABLE_H
#define ENGINE_ID_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct id_slot {
    uint64_t hash;
    const char *id;
    void *item; /* NULL: the slot is free */
};

/* All zero is an empty table. */
struct id_table {
    struct id_slot *slots; /* owned; as many as a power of two */
    size_t capacity, count;
};

void id_table_free(struct id_table *table);

/* NULL when there is none. */
void *id_table_find(const struct id_table *table, const char *id);

/* Adds an item whose id is not there yet. The item and its id, which are the caller's, must outlive the table. */
void id_table_add(struct id_table *table, const char *id, void *item);

#endif
