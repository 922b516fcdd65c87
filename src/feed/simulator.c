/* The simulated market: whose quote is next, and when. What is common to several instruments, the shocks and the
 * variance, has random streams of its own. */
#include "feed/simulator.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "feed/prng.h"
#include "feed/simulated.h"
#include "feed/trading_day.h"

enum { KINDS = INSTRUMENT_FX + 1 };

#define GRID_SHORTEST_NS NS_PER_MS
#define GRID_LONGEST_NS  (100 * NS_PER_MS)
#define DECAY_PER_SECOND 10.0 /* of the influence of one quote on the next */
#define BRANCHING        0.75
#define QUIET_RATE       2.5 /* quotes per second that nothing causes: fewer would leave holes of many seconds */
#define SHOCK_LARGEST    6.0
#define VARIANCE_LEAST   0.05
#define VARIANCE_MOST    4.0
#define DEVIATION_MEMORY 1.0 /* seconds */
#define DEVIATION        0.3 /* its standard deviation, in volatilities over one second */

/* The variance is the product of two factors, a nervous one and a slow one. */
static const struct {
    double memory_s;
    double noise; /* xi^2 / kappa: the factor's own variance is half of it */
} VARIANCE[] = {{1.5, 2.5}, {600, 0.1}};

enum { VARIANCE_FACTORS = sizeof VARIANCE / sizeof *VARIANCE };

/* Of returns: on the diagonal of two instruments of the kind, beside it of two of different kinds. */
static const double CORRELATIONS[KINDS][KINDS] = {
    [INSTRUMENT_EQUITY] = {0.50, 0.20, 0.40, 0.10},
    [INSTRUMENT_CRYPTO] = {0.20, 0.65, 0.20, 0.05},
    [INSTRUMENT_FUTURE] = {0.40, 0.20, 0.60, 0.15},
    [INSTRUMENT_FX] = {0.10, 0.05, 0.15, 0.30},
};

struct simulator {
    struct simulated *items; /* owned */
    size_t *heap;            /* owned: indices of items, the one due next on top */
    size_t count;
    int64_t start_wall_ns;
    struct trading_day day; /* the items' due times are business time */
    int64_t today;          /* number of the day of the latest quote */
    size_t closing;         /* items that have been told that yesterday closed */
    double quiet_rate;      /* quotes per second that nothing causes */
    double branching;
    int64_t grid_ns, grid_next_ns; /* business time */
    double grid_root;              /* root of the grid in seconds */
    double grid_s;
    double variance[VARIANCE_FACTORS]; /* common to all, about 1 on average */
    double keep;                       /* the share of a deviation that is left after one step of the grid */
    double noise;
    double factors[KINDS][KINDS]; /* weights of the common shocks in the returns of each kind: see factorise */
    double own[KINDS];            /* of the instrument's own */
    struct prng variance_stream, common_shocks[KINDS];
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

double simulator_correlation(enum instrument_kind one, enum instrument_kind other)
{
    return CORRELATIONS[one][other];
}

static double clamp(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

/* The Cholesky factor of the correlations between kinds. What is missing to a variance of 1 on the diagonal is each
 * instrument's own. So the correlations of any number of instruments cost no more than those of the kinds. */
static void factorise(struct simulator *simulator)
{
    for (int i = 0; i < KINDS; i++) {
        double *row = simulator->factors[i];
        for (int j = 0; j <= i; j++) {
            const double *other = simulator->factors[j];
            double rest = CORRELATIONS[i][j];
            for (int k = 0; k < j; k++)
                rest -= row[k] * other[k];
            assert(i != j || rest > 0);
            row[j] = i == j ? sqrt(rest) : rest / other[j];
        }
        simulator->own[i] = sqrt(1 - CORRELATIONS[i][i]);
    }
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

/* One step of a square-root process. */
static double move_variance(struct simulator *simulator, int factor)
{
    double kappa = 1 / VARIANCE[factor].memory_s, variance = simulator->variance[factor];
    double noise = sqrt(VARIANCE[factor].noise * kappa * variance) * simulator->grid_root;
    variance += kappa * (1 - variance) * simulator->grid_s + noise * prng_normal(&simulator->variance_stream);
    return simulator->variance[factor] = clamp(variance, VARIANCE_LEAST, VARIANCE_MOST);
}

/* One step of the grid: the value of every instrument moves. */
static void move_values(struct simulator *simulator)
{
    double variance = 1;
    for (int i = 0; i < VARIANCE_FACTORS; i++)
        variance *= move_variance(simulator, i);
    double scale = sqrt(variance) * simulator->grid_root;
    double shocks[KINDS], common[KINDS] = {0};
    for (int kind = 0; kind < KINDS; kind++)
        shocks[kind] = prng_student4(&simulator->common_shocks[kind]);
    for (int kind = 0; kind < KINDS; kind++) {
        for (int i = 0; i <= kind; i++)
            common[kind] += simulator->factors[kind][i] * shocks[i];
    }
    for (size_t i = 0; i < simulator->count; i++) {
        struct simulated *item = &simulator->items[i];
        double shock = common[item->kind] + simulator->own[item->kind] * prng_student4(&item->shocks);
        simulated_move(item, clamp(shock, -SHOCK_LARGEST, SHOCK_LARGEST) * scale, simulator->keep, simulator->noise);
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

static void simulator_init(struct simulator *simulator, const struct simulator_options *options)
{
    double rate = (double)options->rate_microhz / 1e6;
    simulator->start_wall_ns = options->start_wall_ns;
    simulator->closing = simulator->count;
    trading_day_init(&simulator->day, options->seed, options->session_s);
    simulator->branching = simulator_branching(options->rate_microhz);
    simulator->quiet_rate = rate * (1 - simulator->branching);
    simulator->grid_ns = (int64_t)clamp(1e9 / rate, (double)GRID_SHORTEST_NS, (double)GRID_LONGEST_NS);
    simulator->grid_next_ns = simulator->grid_ns;
    simulator->grid_s = (double)simulator->grid_ns / 1e9;
    simulator->grid_root = sqrt(simulator->grid_s);
    for (int i = 0; i < VARIANCE_FACTORS; i++)
        simulator->variance[i] = 1;
    simulator->keep = prng_exp(-simulator->grid_s / DEVIATION_MEMORY);
    simulator->noise = DEVIATION * sqrt(1 - simulator->keep * simulator->keep);
    factorise(simulator);
    prng_init(&simulator->variance_stream, options->seed, 0, 1);
    for (int kind = 0; kind < KINDS; kind++)
        prng_init(&simulator->common_shocks[kind], options->seed, 0, 3 + (uint64_t)kind);
    for (size_t i = 0; i < simulator->count; i++) {
        simulator->items[i].excitation = rate - simulator->quiet_rate;
        simulator->heap[i] = i;
    }
}

/* The first instruments of the table that have a start price, up to the number that is wanted. */
static int add_listed(struct simulator *simulator, const struct simulator_options *options, struct error *error)
{
    const struct instruments *listed = options->instruments;
    for (size_t i = 0; i < listed->count; i++) {
        const struct instrument *instrument = &listed->items[i];
        if (instrument->start_price <= 0)
            continue;
        if (options->count > 0 && simulator->count == options->count)
            return 0;
        if (instrument->tick > SIMULATED_TICK_MOST)
            return error_set(error, ERROR_USAGE, "the tick of %s is too large to be simulated", instrument->symbol);
        simulated_init(&simulator->items[simulator->count++], instrument, options->seed);
    }
    return 0;
}

/* Invented equities for the rest. Their prices are the same with every seed, as those of the table are. */
static void add_invented(struct simulator *simulator, const struct simulator_options *options)
{
    for (int number = 1; simulator->count < options->count; number++) {
        struct instrument instrument = {
            .exchange = "SIM", .tick = PRICE_ONE / 100, .lot = QUANTITY_ONE, .multiplier = 1};
        snprintf(instrument.symbol, sizeof instrument.symbol, "S%04d", number);
        if (instruments_find(options->instruments, instrument.exchange, instrument.symbol) != NULL)
            continue;
        struct prng prng;
        prng_init(&prng, 0, (uint64_t)number, 0);
        instrument.start_price = (int64_t)(60 * prng_exp(prng_normal(&prng)) * 100 + 100) * instrument.tick;
        simulated_init(&simulator->items[simulator->count++], &instrument, options->seed);
    }
}

struct simulator *simulator_create(const struct simulator_options *options, struct error *error)
{
    assert(options->rate_microhz > 0 && options->count <= SIMULATOR_INSTRUMENTS_MAX);
    struct simulator *simulator = calloc(1, sizeof *simulator);
    if (simulator == NULL)
        abort();
    size_t most = options->count > 0 ? options->count : options->instruments->count + 1;
    simulator->items = calloc(most, sizeof *simulator->items);
    simulator->heap = calloc(most, sizeof *simulator->heap);
    if (simulator->items == NULL || simulator->heap == NULL)
        abort();
    if (add_listed(simulator, options, error))
        goto failed;
    add_invented(simulator, options);
    if (simulator->count == 0) {
        error_set(error, ERROR_USAGE, "the simulator has nothing to do, since no instrument has a start_price");
        goto failed;
    }
    simulator_init(simulator, options);
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

/* The closing of the day before: one quote of every instrument. */
static void close_next(struct simulator *simulator, struct quote *quote, int64_t *due_ns)
{
    simulated_repeat(&simulator->items[simulator->closing++], quote);
    quote->status = QUOTE_HALTED;
    *due_ns = trading_day_close_ns(&simulator->day, simulator->today - 1);
    quote->timestamp_ns = simulator->start_wall_ns + *due_ns;
}

void simulator_next(struct simulator *simulator, struct quote *quote, int64_t *due_ns)
{
    struct simulated *item = &simulator->items[simulator->heap[0]];
    struct trading_moment moment = trading_day_at(&simulator->day, item->due_ns);
    if (moment.day != simulator->today) {
        simulator->today = moment.day;
        simulator->closing = 0;
    }
    if (simulator->closing < simulator->count) {
        close_next(simulator, quote, due_ns);
        return;
    }
    while (simulator->grid_next_ns <= item->due_ns) {
        move_values(simulator);
        simulator->grid_next_ns += simulator->grid_ns;
    }
    simulated_quote(item, !moment.is_auction, quote);
    quote->status = moment.is_auction ? QUOTE_AUCTION : QUOTE_OPEN;
    *due_ns = moment.clock_ns;
    quote->timestamp_ns = simulator->start_wall_ns + moment.clock_ns;
    draw_arrival(simulator, item);
    sink_top(simulator);
}
