/* The book of one simulated instrument. */
#include "feed/simulated.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"

enum purpose { PURPOSE_ARRIVALS = 1, PURPOSE_SHOCKS, PURPOSE_BOOK, PURPOSE_SIZES, PURPOSE_TRADES, PURPOSE_DEVIATION };

enum { SPREAD_MOST = 4, RUN_LONGEST = 200 };

#define OFF_CENTRE   0.75 /* ticks */
#define TRADE_SHARE  0.15
#define CHANCE_SIGNS 0.25
#define ODD_LOTS     0.3
#define TAIL_SHARE   0.02
#define TAIL_LARGEST 50.0
#define SIZE_MOST    1e17 /* in 1e-8 */
#define ROOT_12      3.4641016151377546

/* How a kind of instrument trades. Equities count in shares, the others in money. */
struct manner {
    double volatility;   /* of returns over one second, as a fraction */
    double widening;     /* probability that a quote widens a spread of one tick */
    double quote_median; /* size displayed: shares, or money */
    double trade_median;
    double size_sigma; /* of the logarithm of sizes */
};

static const struct manner MANNERS[] = {
    [INSTRUMENT_EQUITY] = {1.2e-4, 0.08, 300, 100, 0.8},
    [INSTRUMENT_CRYPTO] = {1.5e-4, 0.02, 12000, 500, 1.3},
    [INSTRUMENT_FUTURE] = {0.8e-4, 0.05, 500000, 100000, 1.0},
    [INSTRUMENT_FX] = {0.3e-4, 0.08, 1000000, 200000, 0.8},
};

/* FNV-1a over exchange and symbol: the key of an instrument's streams. */
static uint64_t key_of(const struct instrument *instrument)
{
    char name[EXCHANGE_SIZE + SYMBOL_SIZE];
    int length = snprintf(name, sizeof name, "%s/%s", instrument->exchange, instrument->symbol);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static double clamp(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

/* Round lots: 100 shares or more for equities; for what is counted in money the lot, or as many of it as make a
 * thousandth of a usual size, which leaves some three or four digits. */
static int64_t size_step_of(const struct simulated *item)
{
    int64_t step = item->lot;
    if (item->kind == INSTRUMENT_EQUITY) {
        int64_t round_lot = 100 * QUANTITY_ONE;
        return step >= round_lot ? step : (round_lot + step - 1) / step * step;
    }
    while ((double)step * 10 * 1000 <= item->quote_median)
        step *= 10;
    return step;
}

void simulated_init(struct simulated *item, const struct instrument *instrument, uint64_t seed)
{
    uint64_t key = key_of(instrument);
    prng_init(&item->arrivals, seed, key, PURPOSE_ARRIVALS);
    prng_init(&item->shocks, seed, key, PURPOSE_SHOCKS);
    prng_init(&item->book, seed, key, PURPOSE_BOOK);
    prng_init(&item->sizes, seed, key, PURPOSE_SIZES);
    prng_init(&item->trades, seed, key, PURPOSE_TRADES);
    prng_init(&item->deviations, seed, key, PURPOSE_DEVIATION);
    text_copy(item->symbol, sizeof item->symbol, instrument->symbol);
    text_copy(item->exchange, sizeof item->exchange, instrument->exchange);
    item->kind = instrument->kind;
    item->tick = instrument->tick;
    item->lot = instrument->lot;

    const struct manner *manner = &MANNERS[item->kind];
    double unit = (double)QUANTITY_ONE;
    if (item->kind != INSTRUMENT_EQUITY)
        unit /= (double)instrument->start_price / (double)PRICE_ONE * (double)instrument->multiplier;
    item->quote_median = clamp(manner->quote_median * unit, 1, SIZE_MOST / 1000);
    item->trade_median = clamp(manner->trade_median * unit, 1, SIZE_MOST / 1000);
    item->size_sigma = manner->size_sigma;
    item->size_step = size_step_of(item);
    item->volatility = manner->volatility;
    item->widening = manner->widening;

    /* Far away in both directions, and never where a price would not fit. */
    double start = (double)instrument->start_price / (double)item->tick;
    item->value_most = clamp(start * 100, 10, (double)(INT64_MAX / item->tick / 2));
    item->value_least = clamp(start / 100, 1, item->value_most);
    item->value = clamp(start, item->value_least, item->value_most);
    item->spread = 1;
    item->run_side = SIDE_NONE;
}

/* A size of `median` (1e-8) in multiples of `step`, at least one of it. */
static int64_t draw_size(struct simulated *item, double median, int64_t step)
{
    double size = median * prng_exp(item->size_sigma * prng_normal(&item->sizes));
    if (prng_uniform(&item->sizes) < TAIL_SHARE)
        size *= clamp(prng_pareto(&item->sizes), 1, TAIL_LARGEST);
    double steps = clamp(size / (double)step + 0.5, 1, SIZE_MOST / (double)step);
    return steps < 1 ? step : (int64_t)steps * step;
}

static int64_t draw_displayed(struct simulated *item)
{
    return draw_size(item, item->quote_median, item->size_step);
}

/* What the book follows, in ticks. */
static double fair(const struct simulated *item)
{
    return item->value * (1 + item->deviation * item->volatility);
}

/* How far that is above the middle of the book. */
static double off_centre(const struct simulated *item)
{
    return fair(item) - ((double)item->bid + (double)item->spread / 2);
}

static void set_bid(struct simulated *item, double bid)
{
    item->bid = bid < 1 ? 1 : (int64_t)bid;
}

static void widen(struct simulated *item, bool upwards)
{
    if (!upwards && item->bid == 1)
        return;
    item->spread++;
    if (!upwards)
        item->bid--;
}

/* One step of the spread's chain. It opens and closes on the side where what it follows is. */
static void move_spread(struct simulated *item)
{
    double chance = prng_uniform(&item->book);
    bool above = off_centre(item) > 0;
    if (item->spread > 1 && chance < 0.5) {
        item->spread--;
        if (above)
            item->bid++;
    } else if (chance > 1 - (item->spread == 1 ? item->widening : item->widening / 2) && item->spread < SPREAD_MOST) {
        widen(item, above);
    }
}

/* A quote that no trade caused: the book moves to where it belongs; what moved gets a new size, what stayed may. */
static void requote(struct simulated *item)
{
    int64_t bid = item->bid, ask = item->bid + item->spread;
    int64_t bid_size = item->bid_size, ask_size = item->ask_size;
    move_spread(item);
    double off = off_centre(item);
    if (off > OFF_CENTRE || off < -OFF_CENTRE)
        set_bid(item, fair(item) - (double)item->spread / 2 + 0.5);
    if (item->bid != bid || prng_below(&item->sizes, 2) == 0)
        item->bid_size = draw_displayed(item);
    if (item->bid + item->spread != ask || prng_below(&item->sizes, 2) == 0)
        item->ask_size = draw_displayed(item);
    /* A venue sends no quote when nothing changed. */
    if (item->bid == bid && item->bid + item->spread == ask && item->bid_size == bid_size && item->ask_size == ask_size)
        item->bid_size += item->size_step;
}

static enum side draw_sign(struct simulated *item)
{
    if (item->run_left == 0) {
        item->run_side = prng_below(&item->trades, 2) == 0 ? SIDE_BUY : SIDE_SELL;
        item->run_left = (int64_t)clamp(prng_pareto(&item->trades), 1, RUN_LONGEST);
    }
    item->run_left--;
    if (prng_uniform(&item->trades) < CHANCE_SIGNS)
        return prng_below(&item->trades, 2) == 0 ? SIDE_BUY : SIDE_SELL;
    return item->run_side;
}

/* Equities trade in round lots mostly; three in ten are odd lots. */
static int64_t draw_traded(struct simulated *item)
{
    if (item->kind != INSTRUMENT_EQUITY)
        return draw_size(item, item->trade_median, item->size_step);
    if (prng_uniform(&item->trades) >= ODD_LOTS)
        return draw_size(item, item->trade_median, item->size_step);
    int64_t shares = 1 + (int64_t)prng_below(&item->trades, 99);
    int64_t lots = shares * QUANTITY_ONE / item->lot;
    return lots < 1 ? item->lot : lots * item->lot;
}

/* A trade takes from what the quote before it displayed. When it took all, the next price level is the best, unless
 * the spread is as wide as it gets: then the level is filled up. */
static void trade(struct simulated *item, struct quote *quote)
{
    enum side side = draw_sign(item);
    int64_t *displayed = side == SIDE_BUY ? &item->ask_size : &item->bid_size;
    int64_t price = side == SIDE_BUY ? item->bid + item->spread : item->bid;
    int64_t size = draw_traded(item);
    if (size > *displayed)
        size = *displayed;
    quote->last = price * item->tick;
    quote->last_size = size;
    quote->last_side = side;
    snprintf(quote->trade_id, sizeof quote->trade_id, "%llu", (unsigned long long)++item->trade_count);

    *displayed = (*displayed - size) / item->size_step * item->size_step;
    if (*displayed == 0) {
        if (item->spread < SPREAD_MOST)
            widen(item, side == SIDE_BUY);
        *displayed = draw_displayed(item);
    }
}

static void open_book(struct simulated *item)
{
    item->opened = true;
    set_bid(item, fair(item) - (double)item->spread / 2 + 0.5);
    item->bid_size = draw_displayed(item);
    item->ask_size = draw_displayed(item);
}

void simulated_move(struct simulated *item, double shock, double keep, double noise)
{
    double value = item->value * (1 + shock * item->volatility);
    item->value = clamp(value, item->value_least, item->value_most);
    /* Of so many steps that the shape of each does not matter: uniform, with variance 1. */
    double step = (prng_uniform(&item->deviations) - 0.5) * ROOT_12;
    item->deviation = keep * item->deviation + noise * step;
}

static void begin_quote(const struct simulated *item, struct quote *quote)
{
    *quote = (struct quote){.last = DECIMAL_NONE, .last_size = DECIMAL_NONE, .volume = DECIMAL_NONE};
    memcpy(quote->symbol, item->symbol, sizeof quote->symbol);
    memcpy(quote->exchange, item->exchange, sizeof quote->exchange);
}

static void show_book(const struct simulated *item, struct quote *quote)
{
    quote->bid = item->bid * item->tick;
    quote->ask = (item->bid + item->spread) * item->tick;
    quote->bid_size = item->bid_size;
    quote->ask_size = item->ask_size;
}

void simulated_quote(struct simulated *item, bool may_trade, struct quote *quote)
{
    begin_quote(item, quote);
    if (!item->opened)
        open_book(item);
    else if (may_trade && prng_uniform(&item->trades) < TRADE_SHARE)
        trade(item, quote);
    else
        requote(item);
    show_book(item, quote);
}

void simulated_repeat(const struct simulated *item, struct quote *quote)
{
    begin_quote(item, quote);
    show_book(item, quote);
}
