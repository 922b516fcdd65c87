/* What the messages of a venue say, in words that all venues share. A parser (binance.h, kraken.h, …) turns bytes into
 * these events; a book folds them (market_book.h). Values, copied; pure. */
#ifndef FEED_MARKET_H
#define FEED_MARKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/quote.h"

enum market_kind {
    MARKET_TOP,       /* the best bid and ask, as the venue itself says */
    MARKET_TRADE,     /* a trade */
    MARKET_SNAPSHOT,  /* a whole book begins: all levels known before are void */
    MARKET_LEVEL,     /* the size at one price of one side is now this */
    MARKET_BOOK,      /* the message about this book is complete: what it says of its place and content */
    MARKET_PRECISION, /* how many decimals the venue writes for an instrument */
    MARKET_STATUS,    /* the instrument trades, or does not */
    MARKET_SEQUENCE,  /* the number of the message on its connection */
    MARKET_HEARTBEAT, /* nothing happened, and the connection lives */
    MARKET_ANSWER,    /* the venue accepts or refuses what was asked of it, in its own words */
};

enum { MARKET_TEXT_SIZE = 160 };

/* A price beyond what we count. */
#define MARKET_PRICE_FAR INT64_MAX

/* Prices in 1e-9, sizes in 1e-8. An empty side of TOP has price DECIMAL_NONE and size 0. */
struct market_event {
    enum market_kind kind;
    char symbol[SYMBOL_SIZE]; /* as the venue spells it; "" when the event is about the connection */
    int64_t timestamp_ns;     /* the venue's, since the epoch; 0 where the message has none */
    union {
        struct {
            int64_t bid, ask, bid_size, ask_size;
            uint64_t update_id; /* 0: none */
        } top;
        struct {
            int64_t price, size;
            enum side aggressor;
            char id[TRADE_ID_SIZE]; /* "": none */
        } trade;
        struct {
            enum side side;
            int64_t price, size; /* size 0: the level is gone; the price may be MARKET_PRICE_FAR */
        } level;
        struct {
            uint64_t first_id, last_id; /* the updates in it; both 0: the venue does not number them */
            bool has_checksum;
            uint32_t checksum;
            int price_decimals, size_decimals; /* as written in this message; -1: not known */
        } book;
        struct {
            int price_decimals, size_decimals;
        } precision;
        enum quote_status status;
        uint64_t sequence;
        struct {
            bool refused;
            char text[MARKET_TEXT_SIZE]; /* cleaned; "" when there is nothing to say */
        } answer;
    };
};

/* Where a parser puts its events, in their order. The event is the parser's and good during the call. */
struct market_sink {
    void (*take)(void *context, const struct market_event *event);
    void *context;
};

/* For parsers: hands an event on; and refuses a message, as its last word. */
static inline void market_put(const struct market_sink *sink, const struct market_event *event)
{
    sink->take(sink->context, event);
}

static inline bool market_malformed(const char **problem, const char *what)
{
    *problem = what;
    return false;
}

#endif
