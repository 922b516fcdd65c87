/* What a level is like is drawn by hashing its price, so that nothing has to be kept for it. */
#include "feed/simulated_depth.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "core/timestamp.h"

/* A level draws a new size that often, each at a time of its own. */
#define LEVEL_LIFE_NS (4 * NS_PER_SECOND)

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
    learnt->tick = common_divisor(common_divisor(learnt->tick, quote->bid), quote->ask);
    learnt->step = common_divisor(common_divisor(learnt->step, quote->bid_size), quote->ask_size);
    if (learnt->usual == 0)
        learnt->usual = mean;
    learnt->usual += (mean - learnt->usual) / AVERAGE_OVER;
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

/* The size of a level so many ticks behind the touch. The average is taken down to a power of two, so that it does not
 * make all sizes flicker. */
static int64_t size_of(const struct simulated_depth *learnt, uint64_t hash, int64_t time_ns, int64_t distance)
{
    uint64_t life = ((uint64_t)time_ns + hash % LEVEL_LIFE_NS) / LEVEL_LIFE_NS;
    int64_t factor = 4 + (int64_t)(mix(hash ^ life) % FACTORS), base = learnt->step;
    while (base < learnt->usual / 2)
        base *= 2;
    int64_t size = base / 8 * factor / 8 * (8 + distance);
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
    for (int64_t distance = 1; count < DEPTH_LEVELS && distance < 2 * DEPTH_LEVELS; distance++) {
        int64_t price = is_bid ? best - distance * learnt->tick : best + distance * learnt->tick;
        uint64_t hash = hash_of(quote, is_bid, price);
        if (is_bid && price <= 0)
            break;
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
    memcpy(depth->source, quote->source, sizeof depth->source);
    depth->timestamp_ns = quote->timestamp_ns;
    learn(learnt, quote);
    depth->bid_count = make_side(learnt, quote, true, depth->bids);
    depth->ask_count = make_side(learnt, quote, false, depth->asks);
}
