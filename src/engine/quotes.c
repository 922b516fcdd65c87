/* The latest quote of each instrument. A market is allocated once, when its instrument is first seen, and never moves;
 * folding a quote is one look-up and one copy. */
#include "engine/quotes.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Memory that ran out ends the process: the tape holds everything, and a table with holes would be worse. */
#define uthash_fatal(message) abort()
#include <uthash.h>

/* A number further back is no late quote: somebody has begun to count anew under the old name. */
enum { LATE_MOST = 100 };

/* Exchanges are compared without case, so the key has the upper-case form; unused bytes are zero. */
struct market_key {
    char exchange[EXCHANGE_SIZE];
    char symbol[SYMBOL_SIZE];
};

struct market_entry {
    struct market market;
    struct market_key key;
    UT_hash_handle hh;
};

struct quotes {
    struct market_entry *by_key;
    struct market_entry **items; /* in the order they were first seen */
    size_t count, capacity;
    struct quote_counts counts;
};

static struct market_key key_of(const char *exchange, const char *symbol)
{
    struct market_key key = {0};
    for (size_t i = 0; exchange[i] != '\0' && i < sizeof key.exchange - 1; i++)
        key.exchange[i] = (char)toupper((unsigned char)exchange[i]);
    for (size_t i = 0; symbol[i] != '\0' && i < sizeof key.symbol - 1; i++)
        key.symbol[i] = symbol[i];
    return key;
}

static struct market_entry *entry_find(const struct quotes *quotes, const struct market_key *key)
{
    struct market_entry *entry;
    HASH_FIND(hh, quotes->by_key, key, sizeof *key, entry);
    return entry;
}

static struct market_entry *entry_add(struct quotes *quotes, const struct market_key *key)
{
    if (quotes->count == quotes->capacity) {
        size_t capacity = quotes->capacity == 0 ? 64 : quotes->capacity * 2;
        struct market_entry **items = realloc(quotes->items, capacity * sizeof *items);
        if (items == NULL)
            abort();
        quotes->items = items;
        quotes->capacity = capacity;
    }
    struct market_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        abort();
    entry->key = *key;
    entry->market.index = quotes->count;
    quotes->items[quotes->count++] = entry;
    HASH_ADD(hh, quotes->by_key, key, sizeof entry->key, entry);
    return entry;
}

struct quotes *quotes_create(void)
{
    struct quotes *quotes = calloc(1, sizeof *quotes);
    if (quotes == NULL)
        abort();
    return quotes;
}

void quotes_destroy(struct quotes *quotes)
{
    if (quotes == NULL)
        return;
    HASH_CLEAR(hh, quotes->by_key);
    for (size_t i = 0; i < quotes->count; i++)
        free(quotes->items[i]);
    free(quotes->items);
    free(quotes);
}

/* A quote that no trade caused does not make the last trade unknown: what it leaves out is taken from before. */
static void keep_last_trade(struct quote *quote, const struct quote *before)
{
    if (quote->last == DECIMAL_NONE) {
        quote->last = before->last;
        quote->last_size = before->last_size;
        quote->last_side = before->last_side;
        memcpy(quote->trade_id, before->trade_id, sizeof quote->trade_id);
    }
    if (quote->volume == DECIMAL_NONE)
        quote->volume = before->volume;
}

/* A feed numbers what it publishes of an instrument without holes. Counts what is missing before this quote. True when
 * it comes late: then it was counted as missing. */
static bool count_hole(struct quotes *quotes, struct market *market, const struct quote *quote)
{
    bool same_source = market->newest_seq != 0 && strcmp(quote->source, market->quote.source) == 0;
    if (quote->seq == 0)
        return false;
    if (same_source && quote->seq < market->newest_seq) {
        market->lost -= market->lost > 0 && quote->seq != market->quote.seq;
        return quote->source[0] != '\0' && market->newest_seq - quote->seq <= LATE_MOST;
    }
    uint64_t hole = same_source && quote->seq > market->newest_seq ? quote->seq - market->newest_seq - 1 : 0;
    market->lost += hole;
    quotes->counts.lost += hole;
    market->newest_seq = quote->seq;
    return false;
}

const struct market *quotes_fold(struct quotes *quotes, const struct event *event, int64_t age_ns, int64_t monotonic_ns)
{
    assert(event->kind == EVENT_QUOTE);
    struct market_key key = key_of(event->quote.exchange, event->quote.symbol);
    struct market_entry *entry = entry_find(quotes, &key);
    bool is_first = entry == NULL;
    if (is_first)
        entry = entry_add(quotes, &key);
    struct market *market = &entry->market;
    struct quote quote = event->quote;
    quotes->counts.conflated += quote.conflated;
    if (count_hole(quotes, market, &quote))
        return market;
    if (!is_first)
        keep_last_trade(&quote, &market->quote);
    market->quote = quote;
    market->sequence = event->sequence;
    market->stored_ns = event->stored_ns;
    market->seen_ns = monotonic_ns - (age_ns > 0 ? age_ns : 0);
    market->updates++;
    return market;
}

struct quote_counts quotes_counts(const struct quotes *quotes)
{
    return quotes->counts;
}

const struct market *quotes_find(const struct quotes *quotes, const char *exchange, const char *symbol)
{
    struct market_key key = key_of(exchange, symbol);
    const struct market_entry *entry = entry_find(quotes, &key);
    return entry == NULL ? NULL : &entry->market;
}

size_t quotes_count(const struct quotes *quotes)
{
    return quotes->count;
}

const struct market *quotes_at(const struct quotes *quotes, size_t index)
{
    assert(index < quotes->count);
    return &quotes->items[index]->market;
}

bool market_is_new_trade(const struct market *before, const struct quote *quote)
{
    if (quote->last == DECIMAL_NONE)
        return false;
    return before == NULL || quote->trade_id[0] == '\0' || strcmp(before->quote.trade_id, quote->trade_id) != 0;
}

int64_t market_age_ns(const struct market *market, int64_t monotonic_ns)
{
    int64_t age_ns = monotonic_ns - market->seen_ns;
    return age_ns > 0 ? age_ns : 0;
}

bool market_is_crossed(const struct market *market)
{
    return market->quote.bid > market->quote.ask;
}

int64_t market_mid(const struct market *market)
{
    return (int64_t)divide_half_even((int128)market->quote.bid + market->quote.ask, 2);
}

bool market_is_tradable(const struct market *market, int64_t monotonic_ns, int64_t stale_after_ns)
{
    const struct quote *quote = &market->quote;
    return quote->status == QUOTE_OPEN && quote->bid_size != 0 && quote->ask_size != 0 && !market_is_crossed(market) &&
           market_age_ns(market, monotonic_ns) <= stale_after_ns;
}
