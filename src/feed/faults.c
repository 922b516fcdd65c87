/* At any time at most one fault is on, so there is one place for it. */
#include "feed/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "feed/prng.h"

enum { BEGIN_LEAST_MS = 2000, BEGIN_MOST_MS = 12000, SPIKE_SHARE = 20, WIDER_SIDE = 15, AUCTION_SHARE = 5 };

#define MINUTE_NS (60 * NS_PER_SECOND)

struct faults {
    uint64_t seed;
    int64_t start_ns, now_ns; /* now: of the latest quote that arrived, since the start */
    int64_t minute;           /* that `fault` is of; -1: none yet */
    struct fault fault;
    bool struck; /* it has begun */
    char exchange[EXCHANGE_SIZE];
    char symbol[SYMBOL_SIZE]; /* whom it has struck */
    bool told_halt;
    bool holds; /* `held` is still to leave, behind the next quote of its instrument */
    struct quote held;
    uint64_t count;
    char latest[128];
};

static void drop_trade(struct quote *quote)
{
    quote->last = quote->last_size = DECIMAL_NONE;
    quote->last_side = SIDE_NONE;
    quote->trade_id[0] = '\0';
}

/* What a fault of the market does to a quote. False: it does not come. */
static bool halt(struct faults *faults, struct quote *quote)
{
    const struct fault *fault = &faults->fault;
    drop_trade(quote);
    if (faults->now_ns >= fault->end_ns - (fault->end_ns - fault->start_ns) / AUCTION_SHARE) {
        quote->status = QUOTE_AUCTION;
        return true;
    }
    quote->status = QUOTE_HALTED;
    bool is_first = !faults->told_halt;
    faults->told_halt = true;
    return is_first;
}

/* By whole spreads, which keeps prices on the grid of ticks; not where they would not fit. */
static bool spike(struct faults *faults, struct quote *quote)
{
    (void)faults;
    int64_t spread = quote->ask - quote->bid, rise = quote->bid / SPIKE_SHARE / spread * spread;
    if (quote->ask > INT64_MAX / 2)
        return true;
    quote->bid += rise;
    quote->ask += rise;
    if (quote->last != DECIMAL_NONE)
        quote->last += rise;
    return true;
}

static bool widen(struct faults *faults, struct quote *quote)
{
    (void)faults;
    int64_t more = (quote->ask - quote->bid) * WIDER_SIDE;
    if (quote->bid > more)
        quote->bid -= more;
    else
        quote->ask += more;
    quote->ask += more;
    return true;
}

static bool cross(struct faults *faults, struct quote *quote)
{
    (void)faults;
    int64_t bid = quote->bid;
    quote->bid = quote->ask;
    quote->ask = bid;
    return true;
}

static bool lock(struct faults *faults, struct quote *quote)
{
    (void)faults;
    quote->ask = quote->bid;
    return true;
}

static bool auction(struct faults *faults, struct quote *quote)
{
    (void)faults;
    drop_trade(quote);
    quote->status = QUOTE_AUCTION;
    return true;
}

static bool silence(struct faults *faults, struct quote *quote)
{
    (void)faults;
    (void)quote;
    return false;
}

static const struct {
    const char *name;
    int least_ms, most_ms; /* how long it lasts */
    bool (*in_market)(struct faults *faults, struct quote *quote);
    size_t leaving; /* how often a quote leaves */
} KINDS[FAULT_KINDS] = {
    [FAULT_HALT] = {"halt", 10000, 30000, halt, 1},      [FAULT_AUCTION] = {"auction", 5000, 20000, auction, 1},
    [FAULT_STALE] = {"stale", 8000, 40000, silence, 1},  [FAULT_LOCKED] = {"locked", 1000, 4000, lock, 1},
    [FAULT_CROSSED] = {"crossed", 1000, 4000, cross, 1}, [FAULT_DISCONNECT] = {"disconnect", 8000, 40000, silence, 1},
    [FAULT_SPIKE] = {"spike", 500, 2000, spike, 1},      [FAULT_SPREAD] = {"spread", 2000, 6000, widen, 1},
    [FAULT_GAP] = {"gap", 1000, 3000, NULL, 0},          [FAULT_DUPLICATE] = {"duplicate", 1000, 5000, NULL, 2},
    [FAULT_REORDER] = {"reorder", 1000, 5000, NULL, 0}, /* the one that is held leaves with the next */
};

static int64_t between_ms(struct prng *prng, int least_ms, int most_ms)
{
    return least_ms + (int64_t)prng_below(prng, (uint32_t)(most_ms - least_ms));
}

struct fault fault_of_minute(uint64_t seed, int64_t minute)
{
    /* The order of the kinds is drawn anew for each round of them. */
    struct prng prng;
    enum fault_kind kinds[FAULT_KINDS];
    int64_t round = minute / FAULT_KINDS, turn = minute % FAULT_KINDS;
    prng_init(&prng, seed, (uint64_t)round, 1);
    for (int i = 0; i < FAULT_KINDS; i++) {
        int place = (int)prng_below(&prng, (uint32_t)i + 1);
        kinds[i] = kinds[place];
        kinds[place] = (enum fault_kind)i;
    }
    struct fault fault = {.kind = kinds[turn]};
    prng_init(&prng, seed, (uint64_t)minute, 2);
    fault.start_ns = minute * MINUTE_NS + between_ms(&prng, BEGIN_LEAST_MS, BEGIN_MOST_MS) * NS_PER_MS;
    fault.end_ns =
        fault.start_ns + between_ms(&prng, KINDS[fault.kind].least_ms, KINDS[fault.kind].most_ms) * NS_PER_MS;
    return fault;
}

const char *fault_kind_name(enum fault_kind kind)
{
    return KINDS[kind].name;
}

struct faults *faults_create(uint64_t seed, int64_t start_ns)
{
    struct faults *faults = calloc(1, sizeof *faults);
    if (faults == NULL)
        abort();
    faults->seed = seed;
    faults->start_ns = start_ns;
    faults->minute = -1;
    return faults;
}

void faults_destroy(struct faults *faults)
{
    free(faults);
}

static bool is_of(const struct quote *quote, const char *exchange, const char *symbol)
{
    return strcmp(quote->symbol, symbol) == 0 && strcmp(quote->exchange, exchange) == 0;
}

/* The fault begins with this quote. */
static void strike(struct faults *faults, const struct quote *quote)
{
    const struct fault *fault = &faults->fault;
    bool all = fault->kind == FAULT_DISCONNECT;
    faults->struck = true;
    faults->told_halt = false;
    memcpy(faults->exchange, quote->exchange, sizeof faults->exchange);
    memcpy(faults->symbol, quote->symbol, sizeof faults->symbol);
    faults->count++;
    snprintf(faults->latest, sizeof faults->latest, "%s on %s%s%s for %.1f s", KINDS[fault->kind].name,
             all ? "all" : quote->exchange, all ? "" : " ", all ? "" : quote->symbol,
             (double)(fault->end_ns - fault->start_ns) / 1e9);
}

/* True when the fault of now is one of this instrument, too. */
static bool is_struck(const struct faults *faults, const struct quote *quote)
{
    return faults->struck && faults->now_ns < faults->fault.end_ns &&
           (faults->fault.kind == FAULT_DISCONNECT || is_of(quote, faults->exchange, faults->symbol));
}

bool faults_arrive(struct faults *faults, struct quote *quote)
{
    faults->now_ns = quote->timestamp_ns - faults->start_ns;
    int64_t minute = faults->now_ns / MINUTE_NS;
    if (minute != faults->minute) {
        faults->minute = minute;
        faults->fault = fault_of_minute(faults->seed, minute);
        faults->struck = false;
    }
    if (!faults->struck && faults->now_ns >= faults->fault.start_ns && faults->now_ns < faults->fault.end_ns)
        strike(faults, quote);
    bool (*in_market)(struct faults *, struct quote *) = KINDS[faults->fault.kind].in_market;
    return !is_struck(faults, quote) || in_market == NULL || in_market(faults, quote);
}

/* This quote is the next one of the instrument whose quote is held. */
static bool releases(const struct faults *faults, const struct quote *quote)
{
    return faults->holds && is_of(quote, faults->held.exchange, faults->held.symbol);
}

size_t faults_leave(const struct faults *faults, const struct quote *quote, struct quote leaving[2])
{
    leaving[0] = leaving[1] = *quote;
    if (releases(faults, quote)) {
        leaving[1] = faults->held;
        return 2;
    }
    return is_struck(faults, quote) ? KINDS[faults->fault.kind].leaving : 1;
}

void faults_left(struct faults *faults, const struct quote *quote)
{
    if (releases(faults, quote)) {
        faults->holds = false;
    } else if (is_struck(faults, quote) && faults->fault.kind == FAULT_REORDER) {
        faults->holds = true;
        faults->held = *quote;
    }
}

uint64_t faults_count(const struct faults *faults)
{
    return faults->count;
}

const char *faults_latest(const struct faults *faults)
{
    return faults->latest;
}
