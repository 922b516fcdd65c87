/* What a level is like is drawn by hashing its price, so that nothing has to be kept for it. */
#include "feed/simulated_depth.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"

/* Memory that ran out ends the process: a table with holes would be worse. */
#define uthash_fatal(message) abort()
#include <uthash.h>

/* A level draws a new size that often, each at a time of its own. */
#define LEVEL_LIFE_NS (4 * NS_PER_SECOND)

/* Where the sizes behind it still fit. */
#define USUAL_MOST (INT64_MAX / 16)

enum { MISSING_ONE_IN = 8, AVERAGE_OVER = 64, FACTORS = 12 };

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static void learn(struct simulated_depth *learnt, const struct quote *quote)
{
    int64_t mean = quote->bid_size / 2 + quote->ask_size / 2;
    if (mean > USUAL_MOST)
        mean = USUAL_MOST;
    learnt->tick = common_divisor(common_divisor(learnt->tick, quote->bid), quote->ask);
    learnt->step = common_divisor(common_divisor(learnt->step, quote->bid_size), quote->ask_size);
    if (learnt->usual == 0)
        learnt->usual = mean;
    learnt->usual += (mean - learnt->usual) / AVERAGE_OVER;
    if (learnt->base < learnt->usual / 4 || learnt->base > learnt->usual * 2 || learnt->base < learnt->step)
        learnt->base = learnt->usual < learnt->step ? learnt->step : learnt->usual;
}

/* The finisher of splitmix64: every bit of the result depends on every bit of `x`. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t hash_of(const struct quote *quote, bool is_bid, int64_t price)
{
    uint64_t hash = is_bid;
    for (const char *at = quote->symbol; *at != '\0'; at++)
        hash = mix(hash + (unsigned char)*at);
    return mix(hash + (uint64_t)price);
}

/* The size of a level so many ticks behind the touch: half to one and a half of the base there. */
static int64_t size_of(const struct simulated_depth *learnt, uint64_t hash, int64_t time_ns, int64_t distance)
{
    uint64_t life = ((uint64_t)time_ns + hash % LEVEL_LIFE_NS) / LEVEL_LIFE_NS;
    int64_t factor = 4 + (int64_t)(mix(hash ^ life) % FACTORS);
    int64_t size = learnt->base / 64 * factor * (8 + distance);
    return size < learnt->step ? learnt->step : size / learnt->step * learnt->step;
}

static size_t make_side(const struct simulated_depth *learnt, const struct quote *quote, bool is_bid,
                        struct depth_level *levels)
{
    int64_t best = is_bid ? quote->bid : quote->ask, size = is_bid ? quote->bid_size : quote->ask_size;
    size_t count = 0;
    if (size == 0 || learnt->tick == 0 || learnt->step == 0)
        return 0;
    levels[count++] = (struct depth_level){.price = best, .size = size};
    for (int64_t distance = 1; count < DEPTH_LEVELS && distance < 2 * DEPTH_LEVELS && learnt->step <= USUAL_MOST;
         distance++) {
        int64_t price;
        if (__builtin_mul_overflow(is_bid ? -distance : distance, learnt->tick, &price) ||
            __builtin_add_overflow(best, price, &price) || (is_bid && price <= 0))
            break;
        uint64_t hash = hash_of(quote, is_bid, price);
        if (hash % MISSING_ONE_IN == 0)
            continue;
        levels[count++] =
            (struct depth_level){.price = price, .size = size_of(learnt, hash, quote->timestamp_ns, distance)};
    }
    return count;
}

void simulated_depth_make(struct simulated_depth *learnt, const struct quote *quote, struct depth *depth)
{
    assert(quote->bid_size != DECIMAL_NONE && quote->ask_size != DECIMAL_NONE);
    memset(depth, 0, sizeof *depth);
    memcpy(depth->symbol, quote->symbol, sizeof depth->symbol);
    memcpy(depth->exchange, quote->exchange, sizeof depth->exchange);
    depth->timestamp_ns = quote->timestamp_ns;
    learn(learnt, quote);
    depth->bid_count = make_side(learnt, quote, true, depth->bids);
    depth->ask_count = make_side(learnt, quote, false, depth->asks);
}

/* Unused bytes of the key are zero. */
struct ladder {
    struct {
        char exchange[EXCHANGE_SIZE];
        char symbol[SYMBOL_SIZE];
    } key;
    struct simulated_depth learnt;
    UT_hash_handle hh;
};

struct simulated_depths {
    struct ladder *ladders; /* owned */
};

struct simulated_depths *simulated_depths_create(void)
{
    struct simulated_depths *depths = calloc(1, sizeof *depths);
    if (depths == NULL)
        abort();
    return depths;
}

void simulated_depths_destroy(struct simulated_depths *depths)
{
    if (depths == NULL)
        return;
    struct ladder *ladder, *next;
    HASH_ITER(hh, depths->ladders, ladder, next)
    {
        HASH_DEL(depths->ladders, ladder);
        free(ladder);
    }
    free(depths);
}

void simulated_depths_make(struct simulated_depths *depths, const struct quote *quote, struct depth *depth)
{
    struct ladder *ladder, fresh = {0};
    text_copy(fresh.key.exchange, sizeof fresh.key.exchange, quote->exchange);
    text_copy(fresh.key.symbol, sizeof fresh.key.symbol, quote->symbol);
    HASH_FIND(hh, depths->ladders, &fresh.key, sizeof fresh.key, ladder);
    if (ladder == NULL) {
        ladder = calloc(1, sizeof *ladder);
        if (ladder == NULL)
            abort();
        *ladder = fresh;
        HASH_ADD(hh, depths->ladders, key, sizeof ladder->key, ladder);
    }
    simulated_depth_make(&ladder->learnt, quote, depth);
}
