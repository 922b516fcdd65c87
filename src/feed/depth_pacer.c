/* Instruments that wait stand in a queue, so that none is served twice before another. */
#include "feed/depth_pacer.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"

#define RETRY_NS NS_PER_MS /* how soon to look for room again */

/* Memory that ran out ends the process: a table with holes would be worse. */
#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

/* Unused bytes are zero. */
struct listing_key {
    char exchange[EXCHANGE_SIZE];
    char symbol[SYMBOL_SIZE];
};

struct listing {
    struct listing_key key;
    struct depth depth; /* the latest; its seq is the number of the one that leaves next, or left last */
    bool waits;
    int64_t due_ns; /* when it may leave again */
    struct listing *prev, *next;
    UT_hash_handle hh;
};

struct depth_pacer {
    struct listing *listings; /* owned */
    struct listing *queue;    /* those that wait */
    int64_t period_ns;
    bool (*send)(void *context, const struct depth *depth);
    void *context;
    char source[SOURCE_SIZE];
};

struct depth_pacer *depth_pacer_create(const struct depth_pacer_options *options)
{
    struct depth_pacer *pacer = calloc(1, sizeof *pacer);
    if (pacer == NULL)
        abort();
    assert(options->per_second > 0 && options->per_second <= 1000000);
    pacer->period_ns = NS_PER_SECOND / options->per_second;
    pacer->send = options->send;
    pacer->context = options->context;
    bool fits = text_copy(pacer->source, sizeof pacer->source, options->source);
    assert(fits);
    (void)fits;
    return pacer;
}

void depth_pacer_destroy(struct depth_pacer *pacer)
{
    if (pacer == NULL)
        return;
    struct listing *listing, *next;
    HASH_ITER(hh, pacer->listings, listing, next)
    {
        HASH_DEL(pacer->listings, listing);
        free(listing);
    }
    free(pacer);
}

static struct listing *listing_of(struct depth_pacer *pacer, const struct depth *depth)
{
    struct listing_key key = {0};
    text_copy(key.exchange, sizeof key.exchange, depth->exchange);
    text_copy(key.symbol, sizeof key.symbol, depth->symbol);
    struct listing *listing;
    HASH_FIND(hh, pacer->listings, &key, sizeof key, listing);
    if (listing != NULL)
        return listing;
    listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        abort();
    listing->key = key;
    listing->due_ns = INT64_MIN;
    HASH_ADD(hh, pacer->listings, key, sizeof listing->key, listing);
    return listing;
}

static bool same_side(const struct depth_level *a, size_t a_count, const struct depth_level *b, size_t b_count)
{
    return a_count == b_count && memcmp(a, b, a_count * sizeof *a) == 0;
}

void depth_pacer_put(struct depth_pacer *pacer, const struct depth *depth)
{
    struct listing *listing = listing_of(pacer, depth);
    uint64_t seq = listing->depth.seq;
    if (seq > 0 && same_side(depth->bids, depth->bid_count, listing->depth.bids, listing->depth.bid_count) &&
        same_side(depth->asks, depth->ask_count, listing->depth.asks, listing->depth.ask_count))
        return;
    listing->depth = *depth;
    listing->depth.seq = listing->waits ? seq : seq + 1;
    memcpy(listing->depth.source, pacer->source, sizeof listing->depth.source);
    if (listing->waits)
        return;
    listing->waits = true;
    DL_APPEND(pacer->queue, listing);
}

/* When this one may leave next; INT64_MAX when it has left and nothing newer waits. */
static int64_t hand_on(struct depth_pacer *pacer, struct listing *listing, int64_t now_ns)
{
    if (listing->due_ns > now_ns)
        return listing->due_ns;
    if (!pacer->send(pacer->context, &listing->depth))
        return now_ns + RETRY_NS;
    DL_DELETE(pacer->queue, listing);
    listing->waits = false;
    listing->due_ns = now_ns + pacer->period_ns;
    return INT64_MAX;
}

int64_t depth_pacer_hand_on(struct depth_pacer *pacer, int64_t now_ns)
{
    int64_t due_ns = INT64_MAX;
    struct listing *listing, *next;
    if (pacer == NULL)
        return due_ns;
    DL_FOREACH_SAFE(pacer->queue, listing, next)
    {
        int64_t next_ns = hand_on(pacer, listing, now_ns);
        if (next_ns < due_ns)
            due_ns = next_ns;
    }
    return due_ns;
}
