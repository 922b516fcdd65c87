/* A quote: the best bid and offer of one instrument, and the trade that caused it if one did. */
#ifndef CORE_QUOTE_H
#define CORE_QUOTE_H

#include <stdint.h>

#include "core/decimal.h"

enum {
    SYMBOL_SIZE = 32,
    EXCHANGE_SIZE = 16,
    ACCOUNT_SIZE = 32,
    CURRENCY_SIZE = 8,
    SOURCE_SIZE = 48,
    ID_SIZE = 65,
    TRADE_ID_SIZE = 40,
    REASON_SIZE = 160
};

enum side { SIDE_NONE, SIDE_BUY, SIDE_SELL };

enum quote_status { QUOTE_OPEN, QUOTE_HALTED, QUOTE_AUCTION };

/* What is odd about the prices. Nothing is dropped for it; who trades by them may want to look twice. */
enum quote_condition {
    QUOTE_SOUND,
    QUOTE_ONE_SIDED, /* a side is missing, or both are */
    QUOTE_LOCKED,    /* the ask is the bid */
    QUOTE_CROSSED,   /* the ask is below the bid */
    QUOTE_OUTLIER,   /* far from the prices of just before: see feed/normaliser.h */
};

/* Prices in 1e-9, quantities in 1e-8, times in nanoseconds since the epoch. A side that is missing repeats its last
 * price with size 0. Sizes and `last` are DECIMAL_NONE when the message did not carry them: unknown, not zero. */
struct quote {
    char symbol[SYMBOL_SIZE];
    char exchange[EXCHANGE_SIZE]; /* upper case */
    int64_t bid, ask;
    int64_t bid_size, ask_size;
    int64_t last, last_size;
    enum side last_side; /* the aggressor */
    char trade_id[TRADE_ID_SIZE];
    int64_t volume;           /* traded in the session, quantity; DECIMAL_NONE unknown */
    uint64_t seq;             /* per instrument within `source`; 0 when absent */
    char source[SOURCE_SIZE]; /* a new name with every start of a feed; "" when absent */
    uint64_t conflated;       /* quotes that were left out before this one, since it replaced them */
    enum quote_status status;
    enum quote_condition condition; /* as the feed says; quote_condition_of tells what the prices say by themselves */
    int64_t received_ns;            /* when we received it; 0 when absent */
    int64_t timestamp_ns;           /* the exchange's time */
};

/* One-sided, locked, crossed or sound, by prices and sizes alone. */
enum quote_condition quote_condition_of(const struct quote *quote);

/* The word of the wire; NULL for QUOTE_SOUND. */
const char *quote_condition_name(enum quote_condition condition);

#endif
