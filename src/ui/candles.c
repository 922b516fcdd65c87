/* Three rings, each in one grain of time, in which a piece of time has its place by its number: so gaps, late trades
 * and the joining of two histories need no search. */
#include "ui/candles.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "core/timestamp.h"

#define SKEW_NS (60 * NS_PER_SECOND)

enum { GRAINS = 3, SECONDS = 600, MINUTES = 1440, DAYS = 60 };

static const struct {
    int64_t length_ns;
    int capacity;
} grains[GRAINS] = {{NS_PER_SECOND, SECONDS}, {60 * NS_PER_SECOND, MINUTES}, {NS_PER_DAY, DAYS}};

static const struct {
    const char *name;
    int64_t length_ns;
    int grain;
} periods[CANDLES_PERIODS] = {
    [CANDLES_1S] = {"1 s", NS_PER_SECOND, 0},
    [CANDLES_5S] = {"5 s", 5 * NS_PER_SECOND, 0},
    [CANDLES_1MIN] = {"1 min", 60 * NS_PER_SECOND, 1},
    [CANDLES_5MIN] = {"5 min", 300 * NS_PER_SECOND, 1},
    [CANDLES_15MIN] = {"15 min", 900 * NS_PER_SECOND, 1},
    [CANDLES_1H] = {"1 h", 3600 * NS_PER_SECOND, 1},
    [CANDLES_1DAY] = {"1 day", NS_PER_DAY, 2},
};

/* What is kept of a candle: prices less `base`, in units. */
struct bar {
    float open, high, low, close;
    float volume; /* in whole shares; below 0: nothing happened */
};

/* The bars newest - count + 1 to newest are filled in; the one of a number is at number % capacity. */
struct ring {
    struct bar *bars; /* of `memory` */
    int64_t newest;
    int count;
};

struct candles {
    int64_t unit, base;
    enum candles_basis basis;
    int64_t latest_ns;  /* of the prices folded */
    struct bar *memory; /* owned: of all rings; NULL until the first price */
    struct ring rings[GRAINS];
};

struct candles *candles_create(int64_t unit)
{
    assert(unit > 0);
    struct candles *candles = calloc(1, sizeof *candles);
    if (candles == NULL)
        abort();
    candles->unit = unit;
    return candles;
}

void candles_destroy(struct candles *candles)
{
    if (candles == NULL)
        return;
    free(candles->memory);
    free(candles);
}

/* ---- prices --------------------------------------------------------------------------------------------------- */

static float pack(const struct candles *candles, int64_t price)
{
    return (float)(((double)price - (double)candles->base) / (double)candles->unit);
}

static int64_t unpack(const struct candles *candles, float distance)
{
    int128 price = candles->base + (int128)roundf(distance) * candles->unit;
    return price > INT64_MAX ? INT64_MAX : price <= INT64_MIN ? INT64_MIN + 1 : (int64_t)price;
}

/* ---- rings ---------------------------------------------------------------------------------------------------- */

static const struct bar nothing = {.volume = -1};

static bool is_empty(const struct bar *bar)
{
    return bar->volume < 0;
}

/* Begins anew with this as the price that all others are counted from. The memory is not touched before it is used. */
static void begin(struct candles *candles, enum candles_basis basis, int64_t price)
{
    if (candles->memory == NULL)
        candles->memory = malloc((SECONDS + MINUTES + DAYS) * sizeof *candles->memory);
    if (candles->memory == NULL)
        abort();
    struct bar *bars = candles->memory;
    for (int i = 0; i < GRAINS; i++) {
        candles->rings[i] = (struct ring){.bars = bars};
        bars += grains[i].capacity;
    }
    candles->base = price;
    candles->basis = basis;
    candles->latest_ns = INT64_MIN;
}

static struct bar *place(const struct candles *candles, int grain, int64_t number)
{
    return &candles->rings[grain].bars[number % grains[grain].capacity];
}

/* The bar of a number, which is made with all between it and the others; NULL when it is too old to be kept. */
static struct bar *take_bar(struct candles *candles, int grain, int64_t number)
{
    struct ring *ring = &candles->rings[grain];
    const int capacity = grains[grain].capacity;
    if (ring->count == 0 || number - ring->newest >= capacity) {
        ring->newest = number - 1;
        ring->count = 0;
    }
    if (number <= ring->newest - capacity)
        return NULL;
    while (ring->newest < number) {
        *place(candles, grain, ++ring->newest) = nothing;
        ring->count += ring->count < capacity;
    }
    while (number <= ring->newest - ring->count)
        *place(candles, grain, ring->newest - ring->count++) = nothing;
    return place(candles, grain, number);
}

static const struct bar *find_bar(const struct candles *candles, int grain, int64_t number)
{
    const struct ring *ring = &candles->rings[grain];
    if (number > ring->newest || number <= ring->newest - ring->count)
        return NULL;
    const struct bar *bar = place(candles, grain, number);
    return is_empty(bar) ? NULL : bar;
}

/* ---- folding -------------------------------------------------------------------------------------------------- */

static void add(struct bar *bar, float price, float size, bool is_latest)
{
    if (is_empty(bar)) {
        *bar = (struct bar){price, price, price, price, size};
        return;
    }
    bar->high = price > bar->high ? price : bar->high;
    bar->low = price < bar->low ? price : bar->low;
    if (is_latest)
        bar->close = price;
    bar->volume += size;
}

static int64_t time_of(const struct event *event)
{
    int64_t apart_ns = event->quote.timestamp_ns - event->stored_ns;
    bool far = event->stored_ns != 0 && (apart_ns > SKEW_NS || apart_ns < -SKEW_NS);
    return far ? event->stored_ns : event->quote.timestamp_ns;
}

void candles_fold(struct candles *candles, const struct event *event, bool is_trade)
{
    const struct quote *quote = &event->quote;
    /* What is odd says little of the price: a side that is missing repeats an old one. */
    enum quote_condition condition = quote->condition != QUOTE_SOUND ? quote->condition : quote_condition_of(quote);
    bool is_mid = candles->basis != CANDLES_TRADES && (condition == QUOTE_SOUND || condition == QUOTE_LOCKED);
    int64_t time_ns = time_of(event);
    if ((!is_trade && !is_mid) || time_ns < 0)
        return;
    int64_t price = is_trade ? quote->last : (int64_t)divide_half_even((int128)quote->bid + quote->ask, 2);
    enum candles_basis basis = is_trade ? CANDLES_TRADES : CANDLES_MIDS;
    if (basis != candles->basis)
        begin(candles, basis, price);
    bool is_latest = time_ns >= candles->latest_ns;
    if (is_latest)
        candles->latest_ns = time_ns;
    float size = is_trade && quote->last_size != DECIMAL_NONE ? (float)quantity_to_double(quote->last_size) : 0;
    for (int i = 0; i < GRAINS; i++) {
        struct bar *bar = take_bar(candles, i, time_ns / grains[i].length_ns);
        if (bar != NULL)
            add(bar, pack(candles, price), size, is_latest);
    }
}

static float repack(const struct candles *candles, const struct candles *past, float distance)
{
    return pack(candles, unpack(past, distance));
}

void candles_put_before(struct candles *candles, const struct candles *past)
{
    if (past->basis < candles->basis || past->basis == CANDLES_NOTHING)
        return;
    if (past->basis > candles->basis)
        begin(candles, past->basis, past->base);
    if (past->latest_ns > candles->latest_ns)
        candles->latest_ns = past->latest_ns;
    for (int i = 0; i < GRAINS; i++) {
        const struct ring *ring = &past->rings[i];
        for (int64_t number = ring->newest - ring->count + 1; number <= ring->newest; number++) {
            const struct bar *before = find_bar(past, i, number);
            struct bar *bar = before == NULL ? NULL : take_bar(candles, i, number);
            if (bar == NULL)
                continue;
            float close = is_empty(bar) ? repack(candles, past, before->close) : bar->close;
            float volume = is_empty(bar) ? 0 : bar->volume;
            add(bar, repack(candles, past, before->high), 0, false);
            add(bar, repack(candles, past, before->low), 0, false);
            bar->open = repack(candles, past, before->open);
            bar->close = close;
            bar->volume = volume + before->volume;
        }
    }
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

enum candles_basis candles_basis(const struct candles *candles)
{
    return candles->basis;
}

int64_t candles_length_ns(enum candles_period period)
{
    return periods[period].length_ns;
}

const char *candles_period_name(enum candles_period period)
{
    return periods[period].name;
}

bool candles_range(const struct candles *candles, enum candles_period period, int64_t *oldest, int64_t *newest)
{
    const struct ring *ring = &candles->rings[periods[period].grain];
    int64_t parts = periods[period].length_ns / grains[periods[period].grain].length_ns;
    *oldest = (ring->newest - ring->count + 1) / parts;
    *newest = ring->newest / parts;
    return ring->count > 0;
}

bool candles_read(const struct candles *candles, enum candles_period period, int64_t number, struct candle *candle)
{
    const int grain = periods[period].grain;
    const int64_t parts = periods[period].length_ns / grains[grain].length_ns;
    struct bar whole = nothing;
    for (int64_t part = number * parts; part < (number + 1) * parts; part++) {
        const struct bar *bar = find_bar(candles, grain, part);
        if (bar == NULL)
            continue;
        if (is_empty(&whole)) {
            whole = *bar;
            continue;
        }
        add(&whole, bar->high, 0, false);
        add(&whole, bar->low, bar->volume, false);
        whole.close = bar->close;
    }
    if (is_empty(&whole))
        return false;
    double volume = (double)whole.volume * (double)QUANTITY_ONE;
    *candle = (struct candle){.open = unpack(candles, whole.open),
                              .high = unpack(candles, whole.high),
                              .low = unpack(candles, whole.low),
                              .close = unpack(candles, whole.close),
                              .volume = volume < (double)INT64_MAX ? (int64_t)volume : INT64_MAX};
    return true;
}

void candles_closes(const struct candles *candles, enum candles_period period, int64_t number, int64_t *closes,
                    int count)
{
    struct candle candle = {.close = DECIMAL_NONE};
    int64_t oldest, newest, first = number - count + 1;
    if (candles_range(candles, period, &oldest, &newest)) {
        int64_t before = first - 1 < newest ? first - 1 : newest;
        while (before >= oldest && !candles_read(candles, period, before, &candle))
            before--;
    }
    for (int i = 0; i < count; i++) {
        candles_read(candles, period, first + i, &candle);
        closes[i] = candle.close;
    }
}
