/* Rows by price. Whatever prices come from outside, sums stay in range: places and steps are cut to a part of it. */
#include "ui/ladder.h"

#include <assert.h>

enum { BEYOND = 1 << 20 };

static const int64_t PRICE_MAX = INT64_MAX / 4;

static int64_t cut(int64_t value, int64_t most)
{
    return value > most ? most : value < -most ? -most : value;
}

static int64_t floor_to(int64_t price, int64_t step)
{
    int64_t rest = price % step;
    return price - (rest < 0 ? rest + step : rest);
}

int64_t ladder_round(int64_t price, int64_t step, enum side side)
{
    int64_t below = floor_to(cut(price, PRICE_MAX), step);
    return side == SIDE_SELL && below < price ? below + step : below;
}

/* ---- the place ------------------------------------------------------------------------------------------------ */

int64_t ladder_top(const struct ladder_place *place)
{
    return place->centre + place->rows / 2 * place->step;
}

int64_t ladder_bottom(const struct ladder_place *place)
{
    return ladder_top(place) - (place->rows - 1) * place->step;
}

bool ladder_shows(const struct ladder_place *place, int64_t price)
{
    return place->placed && price <= ladder_top(place) && price >= ladder_bottom(place);
}

void ladder_centre(struct ladder_place *place, int64_t bid, int64_t ask)
{
    place->centre = floor_to((cut(bid, PRICE_MAX) + cut(ask, PRICE_MAX)) / 2, place->step);
    place->scrolled = false;
    place->placed = true;
}

void ladder_reveal(struct ladder_place *place, int64_t price)
{
    price = cut(price, PRICE_MAX);
    if (price > ladder_top(place))
        place->centre += price - ladder_top(place);
    else if (price < ladder_bottom(place))
        place->centre -= ladder_bottom(place) - price;
    else
        return;
    place->scrolled = true;
}

/* Both sides of the market; of one that is wider than the view, its middle. */
static bool shows_market(const struct ladder_place *place, int64_t bid, int64_t ask)
{
    if (ladder_shows(place, bid) && ladder_shows(place, ask))
        return true;
    return ask - bid >= place->step * (place->rows - 1) && ladder_shows(place, (bid + ask) / 2);
}

enum ladder_move ladder_follow(struct ladder_place *place, int64_t step, int rows, int64_t bid, int64_t ask)
{
    assert(step > 0);
    rows = rows > LADDER_ROWS_MAX ? LADDER_ROWS_MAX : rows < 1 ? 1 : rows;
    step = cut(step, PRICE_MAX / LADDER_ROWS_MAX);
    bid = ladder_round(bid, step, SIDE_BUY);
    ask = ladder_round(ask, step, SIDE_SELL);
    bool is_new = !place->placed || place->step != step;
    place->step = step;
    place->rows = rows;
    if (is_new) {
        ladder_centre(place, bid, ask);
        return LADDER_PLACED;
    }
    if (shows_market(place, bid, ask)) {
        place->scrolled = false;
        return LADDER_STAYS;
    }
    if (place->scrolled)
        return LADDER_STAYS;
    ladder_centre(place, bid, ask);
    return LADDER_FOLLOWED;
}

/* ---- the rows ------------------------------------------------------------------------------------------------- */

void ladder_begin(struct ladder *ladder, const struct ladder_place *place)
{
    *ladder = (struct ladder){.step = place->step, .count = place->rows};
    for (int i = 0; i < ladder->count; i++) {
        struct ladder_row *row = &ladder->rows[i];
        row->price = ladder_top(place) - i * place->step;
        row->buy.queue = row->sell.queue = DECIMAL_NONE;
    }
}

/* The number of the row of a price of this side: below 0 when it stands above the first one, `count` or more when it
 * stands below the last. */
static int row_of(const struct ladder *ladder, int64_t price, enum side side)
{
    int128 distance = (int128)ladder->rows[0].price - ladder_round(price, ladder->step, side);
    distance /= ladder->step;
    return distance > BEYOND ? BEYOND : distance < -BEYOND ? -BEYOND : (int)distance;
}

static struct ladder_row *find(struct ladder *ladder, int64_t price, enum side side)
{
    int row = row_of(ladder, price, side);
    return row < 0 || row >= ladder->count ? NULL : &ladder->rows[row];
}

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    if (a == DECIMAL_NONE || b == DECIMAL_NONE)
        return DECIMAL_NONE;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* Behind the worst level that was told, and behind the touch without any depth, nobody knows what is there. */
static void forget_behind(struct ladder *ladder, int64_t price, enum side side)
{
    int row = row_of(ladder, price, side);
    if (side == SIDE_BUY) {
        for (int i = row + 1 < 0 ? 0 : row + 1; i < ladder->count; i++)
            ladder->rows[i].buy.size = DECIMAL_NONE;
    } else {
        for (int i = row - 1 < ladder->count ? row - 1 : ladder->count - 1; i >= 0; i--)
            ladder->rows[i].sell.size = DECIMAL_NONE;
    }
}

static void put_side(struct ladder *ladder, enum side side, int64_t price, int64_t size, const struct depth *depth)
{
    bool is_buy = side == SIDE_BUY;
    struct ladder_row *touch = find(ladder, price, side);
    if (touch != NULL)
        *(is_buy ? &touch->buy.size : &touch->sell.size) = size;
    if (depth == NULL) {
        forget_behind(ladder, price, side);
        return;
    }
    const struct depth_level *levels = is_buy ? depth->bids : depth->asks;
    size_t count = is_buy ? depth->bid_count : depth->ask_count;
    int64_t worst = price;
    for (size_t i = 0; i < count; i++) {
        if (is_buy ? levels[i].price >= price : levels[i].price <= price)
            continue; /* the quote has moved on since */
        worst = levels[i].price;
        struct ladder_row *row = find(ladder, worst, side);
        if (row != NULL && is_buy)
            row->buy.size = add(row->buy.size, levels[i].size);
        else if (row != NULL)
            row->sell.size = add(row->sell.size, levels[i].size);
    }
    if (count == DEPTH_LEVELS)
        forget_behind(ladder, worst, side);
}

void ladder_put_market(struct ladder *ladder, const struct quote *quote, const struct depth *depth)
{
    int bid = row_of(ladder, quote->bid, SIDE_BUY), ask = row_of(ladder, quote->ask, SIDE_SELL);
    put_side(ladder, SIDE_BUY, quote->bid, quote->bid_size, depth);
    put_side(ladder, SIDE_SELL, quote->ask, quote->ask_size, depth);
    for (int i = 0; i < ladder->count; i++) {
        struct ladder_row *row = &ladder->rows[i];
        row->is_bid = i == bid;
        row->is_ask = i == ask;
        row->in_touch = row->is_bid || row->is_ask || (i > ask && i < bid);
    }
}

void ladder_put_order(struct ladder *ladder, const struct ladder_order *order)
{
    int at = row_of(ladder, order->price, order->side);
    if (at < 0 || at >= ladder->count) {
        *(at < 0 ? &ladder->orders_above : &ladder->orders_below) += 1;
        return;
    }
    struct ladder_row *row = &ladder->rows[at];
    struct ladder_cell *cell = order->side == SIDE_BUY ? &row->buy : &row->sell;
    cell->ours = add(cell->ours, order->quantity);
    cell->orders++;
    cell->pending = cell->pending || order->pending;
    cell->unknown = cell->unknown || order->unknown;
    cell->stop = cell->stop || order->stop;
    if (order->queue != DECIMAL_NONE && (cell->queue == DECIMAL_NONE || order->queue < cell->queue))
        cell->queue = order->queue;
}

void ladder_put_volume(struct ladder *ladder, int64_t price, int64_t volume)
{
    struct ladder_row *row = find(ladder, price, SIDE_BUY);
    if (row == NULL)
        return;
    row->volume = add(row->volume, volume);
    if (row->volume > ladder->volume_max)
        ladder->volume_max = row->volume;
}

void ladder_put_last(struct ladder *ladder, int64_t price)
{
    struct ladder_row *row = find(ladder, price, SIDE_BUY);
    if (row != NULL)
        row->traded_last = true;
}

void ladder_put_average(struct ladder *ladder, int64_t price)
{
    struct ladder_row *row = find(ladder, price, SIDE_BUY);
    if (row != NULL)
        row->is_average = true;
}
