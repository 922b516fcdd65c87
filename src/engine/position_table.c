/* The published positions in a hash and in an array. An entry is allocated once and never moves. */
#include "engine/position_table.h"

#include <assert.h>
#include <stdlib.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "core/pack_value.h"
#include "core/text.h"

#define HALF (UINT64_C(1) << 63)

struct table_key {
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
};

struct table_entry {
    struct position_event position;
    int64_t stored_ns;
    struct table_key key; /* unused bytes are zero */
    UT_hash_handle hh;
};

struct position_table {
    struct table_entry *by_key;
    struct table_entry **items;
    size_t count, capacity;
    uint64_t epoch;
};

struct position_table *position_table_create(void)
{
    struct position_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        abort();
    return table;
}

void position_table_destroy(struct position_table *table)
{
    if (table == NULL)
        return;
    HASH_CLEAR(hh, table->by_key);
    for (size_t i = 0; i < table->count; i++)
        free(table->items[i]);
    free(table->items);
    free(table);
}

static struct table_key key_of(const char *account, const char *symbol)
{
    struct table_key key = {0};
    text_copy(key.account, sizeof key.account, account);
    text_copy(key.symbol, sizeof key.symbol, symbol);
    return key;
}

static struct table_entry *entry_find(const struct position_table *table, const struct table_key *key)
{
    struct table_entry *entry;
    HASH_FIND(hh, table->by_key, key, sizeof *key, entry);
    return entry;
}

static struct table_entry *entry_add(struct position_table *table, const struct table_key *key)
{
    if (table->count == table->capacity) {
        table->capacity = table->capacity == 0 ? 64 : table->capacity * 2;
        table->items = realloc(table->items, table->capacity * sizeof(struct table_entry *));
        if (table->items == NULL)
            abort();
    }
    struct table_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        abort();
    entry->key = *key;
    table->items[table->count++] = entry;
    HASH_ADD(hh, table->by_key, key, sizeof entry->key, entry);
    return entry;
}

bool position_event_reaches(const struct position_event *position, uint64_t epoch, uint64_t orders_seq)
{
    return position->epoch > epoch || (position->epoch == epoch && position->orders_seq >= orders_seq);
}

bool position_table_fold(struct position_table *table, const struct event *event)
{
    if (event->kind != EVENT_POSITION)
        return false;
    const struct position_event *position = &event->position;
    struct table_key key = key_of(position->account, position->symbol);
    struct table_entry *entry = entry_find(table, &key);
    if (entry == NULL)
        entry = entry_add(table, &key);
    else if (position_event_reaches(&entry->position, position->epoch, position->orders_seq))
        return false;
    entry->position = *position;
    entry->stored_ns = event->stored_ns;
    if (position->epoch > table->epoch)
        table->epoch = position->epoch;
    return true;
}

const struct position_event *position_table_find(const struct position_table *table, const char *account,
                                                 const char *symbol)
{
    struct table_key key = key_of(account, symbol);
    const struct table_entry *entry = entry_find(table, &key);
    return entry == NULL ? NULL : &entry->position;
}

int64_t position_table_stored_ns(const struct position_table *table, const char *account, const char *symbol)
{
    struct table_key key = key_of(account, symbol);
    const struct table_entry *entry = entry_find(table, &key);
    return entry == NULL ? 0 : entry->stored_ns;
}

size_t position_table_count(const struct position_table *table)
{
    return table->count;
}

const struct position_event *position_table_at(const struct position_table *table, size_t index)
{
    assert(index < table->count);
    return &table->items[index]->position;
}

uint64_t position_table_epoch(const struct position_table *table)
{
    return table->epoch;
}

void position_table_save(const struct position_table *table, struct pack *pack)
{
    pack_section(pack, "PUBLISHED", 1);
    pack_count(pack, table->count);
    for (size_t i = 0; i < table->count; i++) {
        pack_position_event(pack, &table->items[i]->position);
        pack_i64(pack, &table->items[i]->stored_ns);
    }
}

int position_table_load(struct position_table *table, struct pack *pack)
{
    pack_section(pack, "PUBLISHED", 1);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        struct event event = {.kind = EVENT_POSITION};
        pack_position_event(pack, &event.position);
        pack_i64(pack, &event.stored_ns);
        if (!pack->failed && !position_table_fold(table, &event))
            pack_fail(pack);
    }
    return pack->failed ? -1 : 0;
}

struct wide position_event_cost(const struct position_event *position)
{
    struct wide cost = wide_of(position->cost);
    if (position->cost_fraction == INT64_MAX) {
        cost.fraction = HALF;
        return cost;
    }
    cost.fraction = (uint64_t)position->cost_fraction;
    if (position->cost_fraction < 0)
        cost.whole--;
    return cost;
}

void position_event_set_cost(struct position_event *position, struct wide cost)
{
    position->cost = wide_round(cost);
    bool tie_down = cost.fraction == HALF && position->cost == cost.whole;
    position->cost_fraction = tie_down ? INT64_MAX : (int64_t)cost.fraction;
}

struct wide position_cost_settle(struct wide cost)
{
    if (cost.fraction == HALF - 1)
        cost.fraction = HALF;
    return cost;
}

bool position_event_unrealized(const struct position_event *position, int64_t mark, int64_t multiplier,
                               int128 *unrealized)
{
    struct wide result;
    if (wide_subtract_overflows(wide_of(money_of(mark, position->quantity)), position_event_cost(position), &result) ||
        wide_multiply_overflows(result, multiplier, &result))
        return false;
    *unrealized = wide_round(result);
    return true;
}

bool position_event_value(const struct position_event *position, int64_t mark, int64_t multiplier, int128 *value)
{
    return !money_multiply_overflows(money_of(mark, position->quantity), multiplier, value);
}
