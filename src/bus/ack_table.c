/* A sorted array: messages come nearly always in the order of the stream, so that nearly every one is put at the end.
 */
#include "bus/ack_table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

void ack_table_free(struct ack_table *table)
{
    free(table->entries);
    *table = (struct ack_table){0};
}

void ack_table_clear(struct ack_table *table)
{
    table->count = 0;
    table->floor = 0;
    table->forgotten_ns = 0;
}

/* The index of the first entry of this sequence or a later one. */
static size_t place_of(const struct ack_table *table, uint64_t stream_sequence)
{
    size_t low = 0, high = table->count;
    if (high == 0 || table->entries[high - 1].delivery.stream_sequence < stream_sequence)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->entries[middle].delivery.stream_sequence < stream_sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct ack_table *table, size_t index, uint64_t stream_sequence)
{
    return index < table->count && table->entries[index].delivery.stream_sequence == stream_sequence;
}

static void insert(struct ack_table *table, size_t index, const struct delivery *delivery)
{
    if (table->count == table->room) {
        table->room = table->room > 0 ? 2 * table->room : FIRST_ROOM;
        table->entries = realloc(table->entries, table->room * sizeof *table->entries);
        if (table->entries == NULL)
            abort();
    }
    struct ack_entry *entry = &table->entries[index];
    memmove(entry + 1, entry, (table->count - index) * sizeof *entry);
    *entry = (struct ack_entry){.delivery = *delivery, .state = ACK_OWNED};
    table->count++;
}

enum ack_state ack_table_deliver(struct ack_table *table, const struct delivery *delivery)
{
    if (delivery->stream_sequence <= table->floor && delivery->stored_ns <= table->forgotten_ns)
        return ACK_DONE;
    size_t index = place_of(table, delivery->stream_sequence);
    if (!is_at(table, index, delivery->stream_sequence)) {
        insert(table, index, delivery);
        return ACK_RETURNED;
    }
    struct ack_entry *entry = &table->entries[index];
    enum ack_state before = entry->delivery.stored_ns == delivery->stored_ns ? entry->state : ACK_RETURNED;
    entry->delivery = *delivery;
    if (before == ACK_RETURNED)
        entry->state = ACK_OWNED;
    return before;
}

bool ack_table_answer(struct ack_table *table, uint64_t stream_sequence, enum ack_state state,
                      struct delivery *delivery)
{
    size_t index = place_of(table, stream_sequence);
    if (!is_at(table, index, stream_sequence) || table->entries[index].state != ACK_OWNED)
        return false;
    table->entries[index].state = state;
    *delivery = table->entries[index].delivery;
    return true;
}

void ack_table_forget(struct ack_table *table, uint64_t floor)
{
    size_t count = 0;
    for (; count < table->count && table->entries[count].delivery.stream_sequence <= floor; count++) {
        if (table->forgotten_ns < table->entries[count].delivery.stored_ns)
            table->forgotten_ns = table->entries[count].delivery.stored_ns;
    }
    if (table->floor < floor)
        table->floor = floor;
    if (count == 0)
        return;
    table->count -= count;
    memmove(table->entries, table->entries + count, table->count * sizeof *table->entries);
}
