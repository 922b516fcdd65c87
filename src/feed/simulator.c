/* The simulated market. Each instrument has a random stream for each purpose, so that a change in how one thing is
 * drawn leaves the others as they were; what is common to several instruments has streams of its own. */
#include "feed/simulator.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "feed/prng.h"

enum purpose { PURPOSE_ARRIVALS = 1, PURPOSE_SHOCKS, PURPOSE_BOOK, PURPOSE_SIZES, PURPOSE_TRADES };

enum { KINDS = INSTRUMENT_FX + 1, SPREAD_MOST = 4, RUN_LONGEST = 200 };

#define GRID_SHORTEST_NS NS_PER_MS
#define GRID_LONGEST_NS  (100 * NS_PER_MS)
#define DECAY_PER_SECOND 10.0 /* of the influence of one quote on the next */
#define BRANCHING        0.75
#define QUIET_RATE       2.5 /* quotes per second that nothing causes: fewer would leave holes of many seconds */
#define SHOCK_LARGEST    25.0
#define VARIANCE_MEMORY  30.0 /* seconds */
#define VARIANCE_NOISE   1.5  /* xi^2 / kappa: the variance's own variance is half of it */
#define VARIANCE_LEAST   0.05
#define OFF_CENTRE       0.75 /* ticks */
#define TRADE_SHARE      0.15
#define CHANCE_SIGNS     0.25
#define TAIL_SHARE       0.02
#define TAIL_LARGEST     50.0
#define SIZE_MOST        1e17               /* in 1e-8 */
#define TICK_MOST        (INT64_MAX / 1000) /* a price needs room for some hundred ticks */

/* The weights of the shocks common to all, common to a kind, and the instrument's own: roots of 0.1, 0.5 and 0.4. */
#define WEIGHT_ALL  0.31622776601683794
#define WEIGHT_KIND 0.70710678118654752
#define WEIGHT_OWN  0.63245553203367588

/* How a kind of instrument trades. Equities count in shares, the others in money. */
struct manner {
    double volatility;   /* of returns over one second, as a fraction */
    double widening;     /* probability that a quote widens a spread of one tick */
    double quote_median; /* size displayed: shares, or money */
    double trade_median;
    double size_sigma; /* of the logarithm of sizes */
};

static const struct manner MANNERS[KINDS] = {
    [INSTRUMENT_EQUITY] = {1.2e-4, 0.20, 300, 100, 0.8},
    [INSTRUMENT_CRYPTO] = {1.5e-4, 0.02, 12000, 500, 1.3},
    [INSTRUMENT_FUTURE] = {0.8e-4, 0.05, 500000, 100000, 1.0},
    [INSTRUMENT_FX] = {0.3e-4, 0.25, 1000000, 200000, 0.8},
};

struct simulated {
    struct prng arrivals, shocks, book, sizes, trades;
    char symbol[SYMBOL_SIZE];
    char exchange[EXCHANGE_SIZE];
    enum instrument_kind kind;
    int64_t tick, lot;
    int64_t size_step;                 /* what displayed sizes are multiples of: round lots */
    double quote_median, trade_median; /* as quantities in 1e-8 */
    double value;                      /* what it is worth, in ticks */
    double value_least, value_most;
    int64_t bid; /* in ticks */
    int64_t spread;
    int64_t bid_size, ask_size;
    double excitation; /* what past quotes add to the arrival rate, per second, just after the last one */
    int64_t due_ns;    /* of its next quote */
    bool opened;
    enum side run_side;
    int64_t run_left; /* trades left in the run */
    uint64_t trade_count;
};

struct simulator {
    struct simulated *items; /* owned */
    size_t *heap;            /* owned: indices of items, the one due next on top */
    size_t count;
    int64_t start_wall_ns;
    double quiet_rate; /* quotes per second that nothing causes */
    double branching;
    int64_t grid_ns, grid_next_ns;
    double grid_root; /* root of the grid in seconds */
    double grid_s;
    double variance; /* common to all, 1 on average */
    struct prng variance_stream, all_shocks, kind_shocks[KINDS];
};

double simulator_branching(int64_t rate_microhz)
{
    double rate = (double)rate_microhz / 1e6;
    double quiet = rate * (1 - BRANCHING);
    if (quiet < QUIET_RATE)
        quiet = rate < QUIET_RATE ? rate : QUIET_RATE;
    return 1 - quiet / rate;
}

double simulator_decay(void)
{
    return DECAY_PER_SECOND;
}

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

static void simulated_init(struct simulated *item, const struct instrument *instrument, uint64_t seed)
{
    uint64_t key = key_of(instrument);
    prng_init(&item->arrivals, seed, key, PURPOSE_ARRIVALS);
    prng_init(&item->shocks, seed, key, PURPOSE_SHOCKS);
    prng_init(&item->book, seed, key, PURPOSE_BOOK);
    prng_init(&item->sizes, seed, key, PURPOSE_SIZES);
    prng_init(&item->trades, seed, key, PURPOSE_TRADES);
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
    item->size_step = size_step_of(item);

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
    double sigma = MANNERS[item->kind].size_sigma;
    double size = median * prng_exp(sigma * prng_normal(&item->sizes));
    if (prng_uniform(&item->sizes) < TAIL_SHARE)
        size *= clamp(prng_pareto(&item->sizes), 1, TAIL_LARGEST);
    double steps = clamp(size / (double)step + 0.5, 1, SIZE_MOST / (double)step);
    return steps < 1 ? step : (int64_t)steps * step;
}

static int64_t draw_displayed(struct simulated *item)
{
    return draw_size(item, item->quote_median, item->size_step);
}

/* How far the value is above the middle of the book, in ticks. */
static double off_centre(const struct simulated *item)
{
    return item->value - ((double)item->bid + (double)item->spread / 2);
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

/* One step of the spread's chain. It opens and closes on the side where the value is. */
static void move_spread(struct simulated *item)
{
    double chance = prng_uniform(&item->book);
    double widening = MANNERS[item->kind].widening;
    bool above = off_centre(item) > 0;
    if (item->spread > 1 && chance < 0.5) {
        item->spread--;
        if (above)
            item->bid++;
    } else if (chance > 1 - (item->spread == 1 ? widening : widening / 2) && item->spread < SPREAD_MOST) {
        widen(item, above);
    }
}

/* A quote that no trade caused: the book follows the value; what moved gets a new size, what stayed may. */
static void requote(struct simulated *item)
{
    int64_t bid = item->bid, ask = item->bid + item->spread;
    int64_t bid_size = item->bid_size, ask_size = item->ask_size;
    move_spread(item);
    double off = off_centre(item);
    if (off > OFF_CENTRE || off < -OFF_CENTRE)
        set_bid(item, item->value - (double)item->spread / 2 + 0.5);
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
    if (prng_uniform(&item->trades) >= 0.3)
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
    set_bid(item, item->value - (double)item->spread / 2 + 0.5);
    item->bid_size = draw_displayed(item);
    item->ask_size = draw_displayed(item);
}

/* The time to the next quote, exactly (Dassios and Zhao, 2013): the earlier of one that nothing causes and one that the
 * quotes of the past cause, whose rate decays and which therefore may never come. */
static void draw_arrival(const struct simulator *simulator, struct simulated *item)
{
    double wait_s = prng_exponential(&item->arrivals) / simulator->quiet_rate;
    if (item->excitation > 0) {
        double d = 1 - DECAY_PER_SECOND * prng_exponential(&item->arrivals) / item->excitation;
        if (d > 0) {
            double caused_s = -prng_log(d) / DECAY_PER_SECOND;
            wait_s = caused_s < wait_s ? caused_s : wait_s;
        }
    }
    wait_s = clamp(wait_s, 0, 1e6);
    item->excitation *= prng_exp(-clamp(DECAY_PER_SECOND * wait_s, 0, 700));
    item->excitation += DECAY_PER_SECOND * simulator->branching;
    item->due_ns += 1 + (int64_t)(wait_s * 1e9);
}

/* One step of the grid: the value of every instrument moves. */
static void move_values(struct simulator *simulator)
{
    double kappa = 1 / VARIANCE_MEMORY, variance = simulator->variance;
    variance += kappa * (1 - variance) * simulator->grid_s + sqrt(VARIANCE_NOISE * kappa * variance) *
                                                                 simulator->grid_root *
                                                                 prng_normal(&simulator->variance_stream);
    simulator->variance = variance < VARIANCE_LEAST ? VARIANCE_LEAST : variance;

    double scale = sqrt(simulator->variance) * simulator->grid_root;
    double common[KINDS], all = WEIGHT_ALL * prng_student4(&simulator->all_shocks);
    for (int kind = 0; kind < KINDS; kind++)
        common[kind] = all + WEIGHT_KIND * prng_student4(&simulator->kind_shocks[kind]);
    for (size_t i = 0; i < simulator->count; i++) {
        struct simulated *item = &simulator->items[i];
        double shock = common[item->kind] + WEIGHT_OWN * prng_student4(&item->shocks);
        shock = clamp(shock, -SHOCK_LARGEST, SHOCK_LARGEST);
        double value = item->value * (1 + shock * scale * MANNERS[item->kind].volatility);
        item->value = clamp(value, item->value_least, item->value_most);
    }
}

static bool is_earlier(const struct simulator *simulator, size_t a, size_t b)
{
    const struct simulated *x = &simulator->items[a], *y = &simulator->items[b];
    return x->due_ns < y->due_ns || (x->due_ns == y->due_ns && a < b);
}

/* Restores the heap after the due time of its top grew. */
static void sink_top(struct simulator *simulator)
{
    size_t *heap = simulator->heap, at = 0, moved = heap[0];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= simulator->count)
            break;
        if (child + 1 < simulator->count && is_earlier(simulator, heap[child + 1], heap[child]))
            child++;
        if (!is_earlier(simulator, heap[child], moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void simulator_init(struct simulator *simulator, uint64_t seed, int64_t rate_microhz, int64_t start_wall_ns)
{
    double rate = (double)rate_microhz / 1e6;
    simulator->start_wall_ns = start_wall_ns;
    simulator->branching = simulator_branching(rate_microhz);
    simulator->quiet_rate = rate * (1 - simulator->branching);
    int64_t gap_ns = (int64_t)clamp(1e9 / rate, 1, 1e12);
    simulator->grid_ns = gap_ns < GRID_SHORTEST_NS  ? GRID_SHORTEST_NS
                         : gap_ns > GRID_LONGEST_NS ? GRID_LONGEST_NS
                                                    : gap_ns;
    simulator->grid_next_ns = simulator->grid_ns;
    simulator->grid_s = (double)simulator->grid_ns / 1e9;
    simulator->grid_root = sqrt(simulator->grid_s);
    simulator->variance = 1;
    prng_init(&simulator->variance_stream, seed, 0, 1);
    prng_init(&simulator->all_shocks, seed, 0, 2);
    for (int kind = 0; kind < KINDS; kind++)
        prng_init(&simulator->kind_shocks[kind], seed, 0, 3 + (uint64_t)kind);
    for (size_t i = 0; i < simulator->count; i++) {
        simulator->items[i].excitation = rate - simulator->quiet_rate;
        simulator->heap[i] = i;
    }
}

struct simulator *simulator_create(const struct instruments *instruments, uint64_t seed, int64_t rate_microhz,
                                   int64_t start_wall_ns, struct error *error)
{
    assert(rate_microhz > 0);
    struct simulator *simulator = calloc(1, sizeof *simulator);
    if (simulator == NULL)
        abort();
    simulator->items = calloc(instruments->count + 1, sizeof *simulator->items);
    simulator->heap = calloc(instruments->count + 1, sizeof *simulator->heap);
    if (simulator->items == NULL || simulator->heap == NULL)
        abort();
    for (size_t i = 0; i < instruments->count; i++) {
        const struct instrument *instrument = &instruments->items[i];
        if (instrument->start_price <= 0)
            continue;
        if (instrument->tick > TICK_MOST) {
            error_set(error, ERROR_USAGE, "the tick of %s is too large to be simulated", instrument->symbol);
            goto failed;
        }
        simulated_init(&simulator->items[simulator->count++], instrument, seed);
    }
    if (simulator->count == 0) {
        error_set(error, ERROR_USAGE, "the simulator has nothing to do, since no instrument has a start_price");
        goto failed;
    }
    simulator_init(simulator, seed, rate_microhz, start_wall_ns);
    return simulator;
failed:
    simulator_destroy(simulator);
    return NULL;
}

void simulator_destroy(struct simulator *simulator)
{
    if (simulator == NULL)
        return;
    free(simulator->items);
    free(simulator->heap);
    free(simulator);
}

size_t simulator_count(const struct simulator *simulator)
{
    return simulator->count;
}

void simulator_next(struct simulator *simulator, struct quote *quote, int64_t *due_ns)
{
    struct simulated *item = &simulator->items[simulator->heap[0]];
    while (simulator->grid_next_ns <= item->due_ns) {
        move_values(simulator);
        simulator->grid_next_ns += simulator->grid_ns;
    }
    *due_ns = item->due_ns;
    *quote = (struct quote){.last = DECIMAL_NONE, .last_size = DECIMAL_NONE, .volume = DECIMAL_NONE};
    memcpy(quote->symbol, item->symbol, sizeof quote->symbol);
    memcpy(quote->exchange, item->exchange, sizeof quote->exchange);
    quote->timestamp_ns = simulator->start_wall_ns + item->due_ns;
    if (!item->opened)
        open_book(item);
    else if (prng_uniform(&item->trades) < TRADE_SHARE)
        trade(item, quote);
    else
        requote(item);
    quote->bid = item->bid * item->tick;
    quote->ask = (item->bid + item->spread) * item->tick;
    quote->bid_size = item->bid_size;
    quote->ask_size = item->ask_size;
    draw_arrival(simulator, item);
    sink_top(simulator);
}
