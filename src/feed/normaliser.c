/* The book of each instrument as the wire shows it: the last price of each side, and the session's volume. */
#include "feed/normaliser.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"

/* Memory that ran out ends the process: a table with holes would be worse. */
#define uthash_fatal(message) abort()
#include <uthash.h>

/* See the header about outliers. */
#define OUTLIER_BP        300
#define OUTLIERS_IN_A_ROW 10
#define REFERENCE_NS      (10 * NS_PER_SECOND)

/* Unused bytes are zero. */
struct listing_key {
    char exchange[EXCHANGE_SIZE];
    char symbol[SYMBOL_SIZE];
};

struct listing {
    struct listing_key key;
    size_t index;
    int64_t bid, ask; /* DECIMAL_NONE until the side has existed */
    int64_t bid_size, ask_size;
    int64_t volume;                     /* DECIMAL_NONE when it did not fit */
    int64_t day_ns;                     /* the day that the volume is of */
    int64_t reference, reference_ns;    /* the last price that was no outlier, and its time; price 0 before it */
    unsigned outliers;                  /* since then */
    struct quote last_book, last_trade; /* as they were given; symbol "" before the first */
    UT_hash_handle hh;
};

struct normaliser {
    struct listing *listings; /* owned */
    char source[SOURCE_SIZE];
};

struct normaliser *normaliser_create(const char *source)
{
    struct normaliser *normaliser = calloc(1, sizeof *normaliser);
    if (normaliser == NULL)
        abort();
    bool fits = text_copy(normaliser->source, sizeof normaliser->source, source);
    assert(fits);
    (void)fits;
    return normaliser;
}

void normaliser_destroy(struct normaliser *normaliser)
{
    if (normaliser == NULL)
        return;
    struct listing *listing, *next;
    HASH_ITER(hh, normaliser->listings, listing, next)
    {
        HASH_DEL(normaliser->listings, listing);
        free(listing);
    }
    free(normaliser);
}

static struct listing *listing_of(struct normaliser *normaliser, const struct quote *raw)
{
    struct listing_key key = {0};
    text_copy(key.exchange, sizeof key.exchange, raw->exchange);
    text_copy(key.symbol, sizeof key.symbol, raw->symbol);
    struct listing *listing;
    HASH_FIND(hh, normaliser->listings, &key, sizeof key, listing);
    if (listing != NULL)
        return listing;
    listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        abort();
    listing->key = key;
    listing->index = HASH_COUNT(normaliser->listings);
    listing->bid = listing->ask = DECIMAL_NONE;
    listing->bid_size = listing->ask_size = DECIMAL_NONE;
    listing->day_ns = INT64_MIN;
    HASH_ADD(hh, normaliser->listings, key, sizeof listing->key, listing);
    return listing;
}

static bool is_duplicate(const struct quote *raw, const struct quote *before)
{
    if (before->symbol[0] == '\0' || raw->bid != before->bid || raw->ask != before->ask ||
        raw->bid_size != before->bid_size || raw->ask_size != before->ask_size || raw->last != before->last ||
        raw->last_size != before->last_size || raw->last_side != before->last_side || raw->status != before->status ||
        raw->seq != before->seq || strcmp(raw->trade_id, before->trade_id) != 0)
        return false;
    bool is_numbered = raw->seq != 0 || raw->trade_id[0] != '\0';
    return is_numbered || raw->timestamp_ns == before->timestamp_ns;
}

/* Takes over what a message said about one side. */
static void take_side(int64_t price, int64_t size, int64_t *kept_price, int64_t *kept_size)
{
    if (price != DECIMAL_NONE) {
        *kept_price = price;
        *kept_size = size;
    } else if (size == 0) {
        *kept_size = 0;
    }
}

static void add_volume(struct listing *listing, const struct quote *raw)
{
    if (raw->volume != DECIMAL_NONE) {
        listing->volume = raw->volume;
        listing->day_ns = timestamp_day_start(raw->timestamp_ns);
        return;
    }
    int64_t day_ns = timestamp_day_start(raw->timestamp_ns);
    /* Times of one source go back a little now and then, over midnight too: the day only goes forward. */
    if (day_ns > listing->day_ns) {
        listing->day_ns = day_ns;
        listing->volume = 0;
    }
    if (listing->volume == DECIMAL_NONE || raw->last_size == DECIMAL_NONE)
        return;
    if (__builtin_add_overflow(listing->volume, raw->last_size, &listing->volume))
        listing->volume = DECIMAL_NONE;
}

/* Says what is odd about a quote that is complete, and remembers its price. */
static enum quote_condition judge(struct listing *listing, const struct quote *quote)
{
    enum quote_condition condition = quote_condition_of(quote);
    bool is_trade = quote->last != DECIMAL_NONE && (quote->last < quote->bid || quote->last > quote->ask);
    if (quote->status != QUOTE_OPEN || (condition == QUOTE_ONE_SIDED && !is_trade))
        return condition;
    int64_t price = is_trade ? quote->last : quote->bid / 2 + quote->ask / 2;
    int128 distance = (int128)price - listing->reference;
    bool is_far = (distance < 0 ? -distance : distance) * 10000 > (int128)listing->reference * OUTLIER_BP;
    bool is_known = listing->reference != 0 && quote->timestamp_ns - listing->reference_ns < REFERENCE_NS;
    if (is_known && is_far && listing->outliers < OUTLIERS_IN_A_ROW) {
        listing->outliers++;
        return QUOTE_OUTLIER;
    }
    listing->reference = price;
    listing->reference_ns = quote->timestamp_ns;
    listing->outliers = 0;
    return condition;
}

enum normaliser_verdict normaliser_apply(struct normaliser *normaliser, const struct quote *raw, struct quote *quote,
                                         size_t *index)
{
    struct listing *listing = listing_of(normaliser, raw);
    bool is_trade = raw->last != DECIMAL_NONE;
    struct quote *before = is_trade ? &listing->last_trade : &listing->last_book;
    if (is_duplicate(raw, before))
        return NORMALISER_DUPLICATE;
    *before = *raw;
    take_side(raw->bid, raw->bid_size, &listing->bid, &listing->bid_size);
    take_side(raw->ask, raw->ask_size, &listing->ask, &listing->ask_size);
    if (is_trade)
        add_volume(listing, raw);
    if (listing->bid == DECIMAL_NONE || listing->ask == DECIMAL_NONE)
        return NORMALISER_HELD_BACK;

    *quote = *raw;
    quote->bid = listing->bid;
    quote->ask = listing->ask;
    quote->bid_size = listing->bid_size;
    quote->ask_size = listing->ask_size;
    quote->volume = is_trade ? listing->volume : DECIMAL_NONE;
    quote->condition = judge(listing, quote);
    quote->seq = 0;
    memcpy(quote->source, normaliser->source, sizeof quote->source);
    *index = listing->index;
    return NORMALISER_PUBLISH;
}
