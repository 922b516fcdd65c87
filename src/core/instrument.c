/* The instrument table: an array in the order of its entries, and two open-addressed hash indexes into it, one by
 * (exchange, symbol) and one by symbol alone. Nothing is ever removed, so that pointers stay good. */
#include "core/instrument.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Each index has twice as many places as there can be entries, so that a search always meets an empty one soon. */
enum { INDEX_PLACES = 2 * INSTRUMENTS_MAX };

#define MULTIPLIER_MAX INT64_C(1000000)
#define COLLAR_BP_MAX  INT64_C(100000)

static const char *const kind_names[] = {
    [INSTRUMENT_EQUITY] = "equity",
    [INSTRUMENT_CRYPTO] = "crypto",
    [INSTRUMENT_FUTURE] = "future",
    [INSTRUMENT_FX] = "fx",
};

#define EQUITY(where, name, start)                                                                                     \
    {                                                                                                                  \
        .symbol = name, .exchange = where, .kind = INSTRUMENT_EQUITY, .tick = PRICE_ONE / 100, .lot = QUANTITY_ONE,    \
        .multiplier = 1, .currency = "USD", .max_quantity = 10000 * QUANTITY_ONE,                                      \
        .position_limit = 50000 * QUANTITY_ONE, .collar_bp = 300, .start_price = (start)*PRICE_ONE / 100               \
    }

#define CRYPTO(where, name, money, lots_per_one, largest, limit, start)                                                \
    CRYPTO_AT_VENUE(where, name, "", money, 100, lots_per_one, largest, limit, start)

#define CRYPTO_AT_VENUE(where, name, at_venue, money, ticks_per_one, lots_per_one, largest, limit, start)              \
    {                                                                                                                  \
        .symbol = name, .venue_symbol = at_venue, .exchange = where, .kind = INSTRUMENT_CRYPTO,                        \
        .tick = PRICE_ONE / (ticks_per_one), .lot = QUANTITY_ONE / (lots_per_one), .multiplier = 1, .currency = money, \
        .max_quantity = (largest)*QUANTITY_ONE, .position_limit = (limit)*QUANTITY_ONE, .collar_bp = 500,              \
        .start_price = (start)*PRICE_ONE / 100                                                                         \
    }

/* Start prices in hundredths; 0: not simulated. Ticks and lots of venues are those that they publish. */
static const struct instrument builtin[] = {
    EQUITY("NYSE", "AAPL", 18900),
    EQUITY("NYSE", "GOOG", 14118),
    EQUITY("NYSE", "MSFT", 40255),
    EQUITY("NASDAQ", "TSLA", 20130),
    EQUITY("NASDAQ", "AMZN", 17280),
    CRYPTO("CRYPTO", "BTC-USD", "USD", 100000, 10, 20, 6183763),
    CRYPTO("CRYPTO", "ETH-USD", "USD", 10000, 200, 500, 264120),
    CRYPTO("BINANCE", "BTCUSDT", "USDT", 100000, 10, 20, 0),
    CRYPTO("BINANCE", "ETHUSDT", "USDT", 10000, 200, 500, 0),
    CRYPTO_AT_VENUE("KRAKEN", "BTC-USD", "BTC/USD", "USD", 10, 100000000, 10, 20, 0),
    CRYPTO_AT_VENUE("KRAKEN", "ETH-USD", "ETH/USD", "USD", 100, 100000000, 200, 500, 0),
    CRYPTO("COINBASE", "BTC-USD", "USD", 100000000, 10, 20, 0),
    CRYPTO("COINBASE", "ETH-USD", "USD", 100000000, 200, 500, 0),
};

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* FNV-1a, continued from `hash`. */
static uint64_t hash_text(uint64_t hash, const char *text, bool nocase)
{
    for (; *text != '\0'; text++) {
        hash ^= (unsigned char)(nocase ? upper(*text) : *text);
        hash *= UINT64_C(0x100000001B3);
    }
    return hash;
}

/* The place of an entry in its index, or the empty place where it belongs. NULL exchange: the index by symbol. */
static size_t *find_place(const struct instruments *table, const char *exchange, const char *symbol)
{
    size_t *index = table->buckets;
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    if (exchange == NULL) {
        index += INDEX_PLACES;
    } else {
        hash = hash_text(hash, exchange, true);
    }
    hash = hash_text(hash, symbol, false);
    size_t place = (size_t)(hash ^ hash >> 32) % INDEX_PLACES;
    while (index[place] != 0) {
        const struct instrument *item = &table->items[index[place] - 1];
        if (strcmp(item->symbol, symbol) == 0 && (exchange == NULL || text_equal_nocase(item->exchange, exchange))) {
            break;
        }
        place = (place + 1) % INDEX_PLACES;
    }
    return &index[place];
}

int instruments_init_builtin(struct instruments *table, struct error *error)
{
    *table = (struct instruments){0};
    table->items = calloc(INSTRUMENTS_MAX, sizeof(table->items[0]));
    table->buckets = calloc(2 * INDEX_PLACES, sizeof(table->buckets[0]));
    if (table->items == NULL || table->buckets == NULL) {
        instruments_free(table);
        return error_set(error, ERROR_FAILED, "there is no memory for the instrument table");
    }
    for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++) {
        if (instruments_put(table, &builtin[i], error) != 0) {
            instruments_free(table);
            return -1;
        }
    }
    return 0;
}

void instruments_free(struct instruments *table)
{
    free(table->items);
    free(table->buckets);
    *table = (struct instruments){0};
}

static bool is_shown_whole(const char *text)
{
    char clean[SYMBOL_SIZE];
    size_t length = strlen(text);
    return length > 0 && text_clean(clean, sizeof(clean), text, length) == length && strcmp(clean, text) == 0;
}

static int check_instrument(const struct instrument *instrument, struct error *error)
{
    const char *symbol = instrument->symbol;
    if (!is_shown_whole(symbol) || !is_shown_whole(instrument->exchange) || !is_shown_whole(instrument->currency)) {
        return error_set(error, ERROR_USAGE, "instrument %s: symbol, exchange or currency is empty or unreadable",
                         symbol);
    }
    if (instrument->tick <= 0 || instrument->lot <= 0) {
        return error_set(error, ERROR_USAGE, "instrument %s: tick and lot are to be above zero", symbol);
    }
    if (instrument->multiplier <= 0 || instrument->multiplier > MULTIPLIER_MAX) {
        return error_set(error, ERROR_USAGE, "instrument %s: multiplier is to be 1 to 1000000", symbol);
    }
    if (instrument->max_quantity < 0 || instrument->position_limit < 0 || instrument->start_price < 0) {
        return error_set(error, ERROR_USAGE,
                         "instrument %s: max_quantity, position_limit and start_price are not to be negative", symbol);
    }
    if (instrument->collar_bp < 0 || instrument->collar_bp > COLLAR_BP_MAX) {
        return error_set(error, ERROR_USAGE, "instrument %s: collar_bp is to be 0 to 100000", symbol);
    }
    return 0;
}

int instruments_put(struct instruments *table, const struct instrument *instrument, struct error *error)
{
    if (check_instrument(instrument, error) != 0) {
        return -1;
    }
    size_t *place = find_place(table, instrument->exchange, instrument->symbol);
    if (*place == 0 && table->count == INSTRUMENTS_MAX) {
        return error_set(error, ERROR_USAGE, "instrument %s: there are more than %d instruments", instrument->symbol,
                         INSTRUMENTS_MAX);
    }
    size_t *primary = find_place(table, NULL, instrument->symbol);
    if (*place == 0) {
        table->count++;
        *place = table->count;
    }
    if (*primary == 0) {
        *primary = *place;
    }
    struct instrument *item = &table->items[*place - 1];
    *item = *instrument;
    for (char *at = item->exchange; *at != '\0'; at++) {
        *at = upper(*at);
    }
    return 0;
}

static const struct instrument *at_place(const struct instruments *table, const size_t *place)
{
    return *place == 0 ? NULL : &table->items[*place - 1];
}

const struct instrument *instruments_find(const struct instruments *table, const char *exchange, const char *symbol)
{
    return at_place(table, find_place(table, exchange, symbol));
}

const struct instrument *instruments_primary(const struct instruments *table, const char *symbol)
{
    return at_place(table, find_place(table, NULL, symbol));
}

const char *instrument_venue_symbol(const struct instrument *instrument)
{
    return instrument->venue_symbol[0] != '\0' ? instrument->venue_symbol : instrument->symbol;
}

const struct instrument *instruments_at_venue(const struct instruments *table, const char *exchange, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct instrument *item = &table->items[i];
        if (text_equal_nocase(item->exchange, exchange) && strcmp(instrument_venue_symbol(item), name) == 0)
            return item;
    }
    return instruments_find(table, exchange, name);
}

static int set_venue_symbol(struct instrument *instrument, const char *value, struct error *error)
{
    if (!is_shown_whole(value))
        return error_set(error, ERROR_USAGE, "venue_symbol = %s: not a name of 1 to %d bytes", value, SYMBOL_SIZE - 1);
    text_copy(instrument->venue_symbol, sizeof(instrument->venue_symbol), value);
    return 0;
}

static int set_kind(struct instrument *instrument, const char *value, struct error *error)
{
    for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
        if (strcmp(value, kind_names[i]) == 0) {
            instrument->kind = (enum instrument_kind)i;
            return 0;
        }
    }
    return error_set(error, ERROR_USAGE, "kind = %s: not one of equity, crypto, future, fx", value);
}

static int set_currency(struct instrument *instrument, const char *value, struct error *error)
{
    if (strlen(value) >= CURRENCY_SIZE || !text_is_id(value, strlen(value), CURRENCY_SIZE - 1)) {
        return error_set(error, ERROR_USAGE, "currency = %s: not a name of 1 to %d letters", value, CURRENCY_SIZE - 1);
    }
    text_copy(instrument->currency, sizeof(instrument->currency), value);
    return 0;
}

/* The keys that take a number, with the decimals and the range it may have. */
static const struct number_key {
    const char *key;
    size_t offset;
    int decimals;
    int64_t smallest, largest;
    const char *wanted;
} number_keys[] = {
    {"tick", offsetof(struct instrument, tick), PRICE_DECIMALS, 1, INT64_MAX, "a price step above zero"},
    {"lot", offsetof(struct instrument, lot), QUANTITY_DECIMALS, 1, INT64_MAX, "a quantity step above zero"},
    {"multiplier", offsetof(struct instrument, multiplier), 0, 1, MULTIPLIER_MAX, "a whole number from 1 to 1000000"},
    {"max_quantity", offsetof(struct instrument, max_quantity), QUANTITY_DECIMALS, 0, INT64_MAX, "a quantity"},
    {"position_limit", offsetof(struct instrument, position_limit), QUANTITY_DECIMALS, 0, INT64_MAX, "a quantity"},
    {"collar_bp", offsetof(struct instrument, collar_bp), 0, 0, COLLAR_BP_MAX, "whole basis points from 0 to 100000"},
    {"start_price", offsetof(struct instrument, start_price), PRICE_DECIMALS, 0, INT64_MAX, "a price"},
};

int instrument_set(struct instrument *instrument, const char *key, const char *value, struct error *error)
{
    if (strcmp(key, "kind") == 0) {
        return set_kind(instrument, value, error);
    }
    if (strcmp(key, "venue_symbol") == 0) {
        return set_venue_symbol(instrument, value, error);
    }
    if (strcmp(key, "currency") == 0) {
        return set_currency(instrument, value, error);
    }
    for (size_t i = 0; i < sizeof(number_keys) / sizeof(number_keys[0]); i++) {
        const struct number_key *number = &number_keys[i];
        if (strcmp(key, number->key) != 0) {
            continue;
        }
        int64_t parsed;
        if (!decimal_parse(value, strlen(value), number->decimals, &parsed) || parsed < number->smallest ||
            parsed > number->largest) {
            return error_set(error, ERROR_USAGE, "%s = %s: not %s", key, value, number->wanted);
        }
        memcpy((char *)instrument + number->offset, &parsed, sizeof(parsed));
        return 0;
    }
    return error_set(error, ERROR_USAGE, "%s: not a key of an instrument", key);
}

/* How many decimals a step has: those up to its last digit that is not zero. */
static int decimals_of_step(int64_t step, int decimals)
{
    assert(step > 0);
    while (decimals > 0 && step % 10 == 0) {
        step /= 10;
        decimals--;
    }
    return decimals;
}

int instrument_price_decimals(const struct instrument *instrument)
{
    return decimals_of_step(instrument->tick, PRICE_DECIMALS);
}

int instrument_quantity_decimals(const struct instrument *instrument)
{
    return decimals_of_step(instrument->lot, QUANTITY_DECIMALS);
}

const char *instrument_kind_name(enum instrument_kind kind)
{
    return kind_names[kind];
}
