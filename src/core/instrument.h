/* The instrument table: what can be traded, in which steps, and with which limits. Filled once from the
 * configuration, read by all threads afterwards. */
#ifndef CORE_INSTRUMENT_H
#define CORE_INSTRUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/quote.h"

enum instrument_kind { INSTRUMENT_EQUITY, INSTRUMENT_CRYPTO, INSTRUMENT_FUTURE, INSTRUMENT_FX };

struct instrument {
    char symbol[SYMBOL_SIZE];
    char venue_symbol[SYMBOL_SIZE]; /* as the exchange itself spells it; "": as `symbol` */
    char exchange[EXCHANGE_SIZE];   /* upper case; the primary exchange of the symbol is that of its first entry */
    enum instrument_kind kind;
    int64_t tick;       /* smallest price step, price */
    int64_t lot;        /* smallest quantity step, quantity */
    int64_t multiplier; /* money per point and unit: a whole number, 1 for shares */
    char currency[CURRENCY_SIZE];
    int64_t max_quantity;   /* largest order, quantity */
    int64_t position_limit; /* largest position either way, quantity */
    int64_t collar_bp;      /* largest distance of a limit price from the reference, basis points */
    int64_t start_price;    /* where the simulator starts, price; 0: not simulated */
};

enum { INSTRUMENTS_MAX = 4096 };

struct instruments {
    struct instrument *items; /* owned */
    size_t count;
    size_t *buckets; /* owned: hash of (exchange, symbol), then of symbol alone, to index + 1 */
};

/* A table with the built-in instruments (NYSE AAPL GOOG MSFT, NASDAQ TSLA AMZN, CRYPTO BTC-USD ETH-USD, and what
 * is not simulated: BINANCE BTCUSDT ETHUSDT, KRAKEN and COINBASE BTC-USD ETH-USD). */
int instruments_init_builtin(struct instruments *table, struct error *error);
void instruments_free(struct instruments *table);

/* Adds an instrument, or replaces the one of the same exchange and symbol. -1 when a value is out of range (tick,
 * lot and multiplier positive) or the table is full. */
int instruments_put(struct instruments *table, const struct instrument *instrument, struct error *error);

/* NULL when there is none. Exchange is compared without case. */
const struct instrument *instruments_find(const struct instruments *table, const char *exchange, const char *symbol);

/* The instrument on the symbol's primary exchange: the first entry with this symbol. NULL when there is none. */
const struct instrument *instruments_primary(const struct instruments *table, const char *symbol);

/* The instrument that an exchange calls `name`, or that we call so: BTC/USD or BTC-USD. NULL when there is none. Looks
 * through the whole table: for the start. */
const struct instrument *instruments_at_venue(const struct instruments *table, const char *exchange, const char *name);
/* What the exchange calls it. The table's. */
const char *instrument_venue_symbol(const struct instrument *instrument);

/* Sets one field from the text of the configuration, e.g. "tick" "0.01"; -1 for an unknown key or a bad value. */
int instrument_set(struct instrument *instrument, const char *key, const char *value, struct error *error);

/* Decimals a price (or quantity) of this instrument is shown with: those of its tick (lot). */
int instrument_price_decimals(const struct instrument *instrument);
int instrument_quantity_decimals(const struct instrument *instrument);

const char *instrument_kind_name(enum instrument_kind kind);

#endif
