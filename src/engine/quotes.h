/* The latest quote of each instrument: a fold of MARKET_DATA. Pure; one thread owns a table. */
#ifndef ENGINE_QUOTES_H
#define ENGINE_QUOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

struct market {
    struct quote quote; /* the last one; `last…` of the last trade seen */
    uint64_t sequence;  /* MARKET_DATA sequence of it */
    int64_t stored_ns;  /* its stored time */
    int64_t seen_ns;    /* monotonic: when it was folded, less the age it had then */
    uint64_t updates;
    uint64_t newest_seq; /* the highest number of its source */
    uint64_t lost;       /* holes in the numbers, less what came late */
    size_t index;        /* its place in the table, for arrays beside it */
};

/* What did not come, of all instruments since the table was made. */
struct quote_counts {
    uint64_t conflated; /* left out by the feed, which sent a newer one in their place */
    uint64_t lost;      /* holes in `seq` within one source */
};

struct quotes;

struct quotes *quotes_create(void);
void quotes_destroy(struct quotes *quotes); /* NULL is allowed */

/* Folds one event of MARKET_DATA. `age_ns` is how old the quote was when read (0 for a live one; wall clock now less
 * stored time for one read from history, at least 0) and `monotonic_ns` is now: so that catching up never makes an
 * old quote fresh. A quote that comes late, behind one of its source with a higher number, replaces nothing. Returns
 * the market, which is the table's. */
const struct market *quotes_fold(struct quotes *quotes, const struct event *event, int64_t age_ns,
                                 int64_t monotonic_ns);

struct quote_counts quotes_counts(const struct quotes *quotes);

const struct market *quotes_find(const struct quotes *quotes, const char *exchange, const char *symbol);
size_t quotes_count(const struct quotes *quotes);
/* By index, in the order they were first seen; 0 <= index < count. */
const struct market *quotes_at(const struct quotes *quotes, size_t index);

/* True when this quote, which came behind those of the market (NULL: it is the first), tells of a trade that was not
 * told before: some feeds repeat the last trade with every quote. */
bool market_is_new_trade(const struct market *before, const struct quote *quote);

int64_t market_age_ns(const struct market *market, int64_t monotonic_ns);
bool market_is_crossed(const struct market *market); /* bid > ask */
/* (bid + ask) / 2, rounded half-even. */
int64_t market_mid(const struct market *market);
/* Open, both sides there, not crossed, and not older than stale_after_ns. */
bool market_is_tradable(const struct market *market, int64_t monotonic_ns, int64_t stale_after_ns);

#endif
