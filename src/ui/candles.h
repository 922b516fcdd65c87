/* Candles of one instrument: open, high, low, close and volume of equal pieces of time. A fold of its quotes beside the
 * read model; pure, one thread owns them.
 *
 * They rest on trades once the feed has brought one, and on mids until then: never on both, for a chart that changes
 * from one to the other shows a move that nobody made. Their time is the exchange's; where that is more than a minute
 * away from when the tape stored the quote (a recording that is played again, a wrong clock), it is the tape's.
 *
 * Kept are ten minutes in seconds, a day in minutes and sixty days in days: about 42 KB, taken when the first price
 * comes. Other periods are folded from these when they are read. A price is kept as its distance from the first one:
 * exact up to 16 million of its `unit`s, to seven figures further away. Volumes have seven figures too. */
#ifndef UI_CANDLES_H
#define UI_CANDLES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"

enum candles_period {
    CANDLES_1S,
    CANDLES_5S,
    CANDLES_1MIN,
    CANDLES_5MIN,
    CANDLES_15MIN,
    CANDLES_1H,
    CANDLES_1DAY,
    CANDLES_PERIODS
};

enum candles_basis { CANDLES_NOTHING, CANDLES_MIDS, CANDLES_TRADES };

struct candle {
    int64_t open, high, low, close; /* price */
    int64_t volume;                 /* quantity of the trades; 0 with mids, and where their sizes are unknown */
};

struct candles;

/* `unit`: the price step that prices and mids come in (half a tick); 1 when it is not known. */
struct candles *candles_create(int64_t unit);
void candles_destroy(struct candles *candles); /* NULL is allowed */

/* Folds a quote; `is_trade`: it tells of a trade that was not told before (market_is_new_trade). One that comes late
 * counts in high, low and volume of its candle, and is all of a candle that had nothing; one that is older than what is
 * kept is left out. */
void candles_fold(struct candles *candles, const struct event *quote, bool is_trade);

/* Adds what was folded elsewhere of earlier quotes. */
void candles_put_before(struct candles *candles, const struct candles *past);

enum candles_basis candles_basis(const struct candles *candles);

/* Pieces of time are numbered from the epoch: the one that holds a time has the number time / length. */
int64_t candles_length_ns(enum candles_period period);
const char *candles_period_name(enum candles_period period);

/* The numbers of the newest piece in which there was a price, and of the oldest one that may have one. False when there
 * are none. */
bool candles_range(const struct candles *candles, enum candles_period period, int64_t *oldest, int64_t *newest);

/* False when there was no price in that piece of time, or it is not kept. */
bool candles_read(const struct candles *candles, enum candles_period period, int64_t number, struct candle *candle);

/* The closes of `count` pieces up to that number, the latest last. Silence carries the last one on, since it stood all
 * the while; DECIMAL_NONE before the first. */
void candles_closes(const struct candles *candles, enum candles_period period, int64_t number, int64_t *closes,
                    int count);

#endif
