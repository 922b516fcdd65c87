/* See book_side.h. A side has eleven levels at most: they are walked anew for each order. */
#include "engine/book_side.h"

#include <assert.h>

void book_side_begin(struct book_side *side, const struct quote *quote, enum side taker)
{
    bool is_buy = taker == SIDE_BUY;
    side->taker = taker;
    side->levels[0].price = is_buy ? quote->ask : quote->bid;
    side->levels[0].size = is_buy ? quote->ask_size : quote->bid_size;
    side->count = side->levels[0].size != 0;
    side->used = 0;
    side->has_depth = side->is_claimed = false;
}

/* For who takes. */
static bool is_worse(const struct book_side *side, int64_t price, int64_t than)
{
    return side->taker == SIDE_BUY ? price > than : price < than;
}

void book_side_add(struct book_side *side, const struct depth *depth, int64_t lot)
{
    bool is_buy = side->taker == SIDE_BUY;
    const struct depth_level *levels = is_buy ? depth->asks : depth->bids;
    size_t count = is_buy ? depth->ask_count : depth->bid_count;
    assert(side->count == 1 && side->levels[0].size != DECIMAL_NONE);
    for (size_t i = 0; i < count; i++) {
        if (is_worse(side, levels[i].price, side->levels[0].price))
            side->levels[side->count++] = levels[i];
    }
    for (size_t i = 0; i < side->count; i++)
        side->levels[i].size -= side->levels[i].size % lot;
}

int64_t book_side_lots(int64_t quantity, int64_t wanted, int64_t lot)
{
    return quantity >= wanted ? wanted : quantity - quantity % lot;
}

struct book_offer book_side_offer(const struct book_side *side, int64_t limit_price, int64_t wanted, int64_t lot)
{
    struct book_offer offer = {0};
    int64_t used = side->used;
    for (size_t i = 0; i < side->count && offer.total < wanted; i++) {
        const struct depth_level *level = &side->levels[i];
        if (limit_price != DECIMAL_NONE && is_worse(side, level->price, limit_price))
            break;
        if (level->size == DECIMAL_NONE)
            return (struct book_offer){.quantity = wanted, .price = level->price, .size_assumed = true};
        int64_t used_here = used < level->size ? used : level->size;
        used -= used_here;
        int64_t quantity = book_side_lots(level->size - used_here, wanted - offer.total, lot);
        if (quantity > 0 && offer.quantity == 0) {
            offer.quantity = quantity;
            offer.price = level->price;
            offer.is_behind = i > 0;
        }
        offer.total += quantity;
    }
    return offer;
}

void book_side_claim(struct book_side *side, const struct book_offer *offer)
{
    if (offer->total == 0)
        return;
    side->is_claimed = true;
    if (__builtin_add_overflow(side->used, offer->total, &side->used))
        side->used = INT64_MAX;
}
