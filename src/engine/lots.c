/* A list that grows at its end and shrinks at its front; the gap in front is closed when the list would have to grow,
 * so that a position which is traded all day keeps its memory. */
#include "engine/lots.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

void lots_free(struct lots *lots)
{
    free(lots->items);
    *lots = (struct lots){0};
}

static void make_room(struct lots *lots)
{
    size_t open = lots->count - lots->first;
    if (lots->first > 0 && open <= lots->capacity / 2) {
        memmove(lots->items, lots->items + lots->first, open * sizeof *lots->items);
        lots->first = 0;
        lots->count = open;
        return;
    }
    size_t capacity = lots->capacity == 0 ? FIRST_CAPACITY : lots->capacity * 2;
    struct lot *items = realloc(lots->items, capacity * sizeof *items);
    if (items == NULL)
        abort();
    lots->items = items;
    lots->capacity = capacity;
}

void lots_add(struct lots *lots, int64_t quantity, int64_t price)
{
    assert(quantity >= 0);
    if (quantity == 0)
        return;
    if (lots->count == lots->capacity)
        make_room(lots);
    lots->items[lots->count++] = (struct lot){.quantity = quantity, .price = price};
}

void lots_remove(struct lots *lots, int64_t quantity)
{
    while (quantity > 0) {
        assert(lots->first < lots->count);
        struct lot *lot = &lots->items[lots->first];
        int64_t taken = lot->quantity < quantity ? lot->quantity : quantity;
        lot->quantity -= taken;
        quantity -= taken;
        lots->first += lot->quantity == 0;
    }
    if (lots->first == lots->count)
        lots->first = lots->count = 0;
}

bool lots_cost_overflows(const struct lots *lots, int64_t quantity, struct wide *cost)
{
    *cost = wide_of(0);
    for (size_t i = lots->first; quantity > 0; i++) {
        assert(i < lots->count);
        const struct lot *lot = &lots->items[i];
        int64_t taken = lot->quantity < quantity ? lot->quantity : quantity;
        if (wide_add_overflows(*cost, wide_of(money_of(lot->price, taken)), cost))
            return true;
        quantity -= taken;
    }
    return false;
}

void lots_pack(struct lots *lots, struct pack *pack)
{
    size_t count = pack_count(pack, lots->count - lots->first);
    for (size_t i = 0; i < count && !pack->failed; i++) {
        struct lot lot = pack->reading ? (struct lot){0} : lots->items[lots->first + i];
        pack_i64(pack, &lot.quantity);
        pack_i64(pack, &lot.price);
        if (pack->reading && lot.quantity <= 0)
            pack_fail(pack);
        else if (pack->reading)
            lots_add(lots, lot.quantity, lot.price);
    }
}
