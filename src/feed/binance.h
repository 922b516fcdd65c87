/* Reads the messages of Binance Spot. Pure: bytes in, events out (market.h). Source: binance/binance-spot-api-docs,
 * web-socket-streams.md.
 *
 *   bookTicker   MARKET_TOP; it has no time of its own
 *   trade        MARKET_TRADE; the time is the trade's, in ms
 *   depthUpdate  MARKET_LEVEL…, MARKET_BOOK with U and u as first and last id
 *   an answer    MARKET_ANSWER */
#ifndef FEED_BINANCE_H
#define FEED_BINANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "feed/market.h"

/* A message of a single stream or of the combined streams; as kraken_parse. Gives no event for streams of other kinds.
 */
bool binance_parse(const char *text, size_t length, const struct market_sink *sink, const char **problem);

/* A book as `GET /api/v3/depth` answers it: MARKET_SNAPSHOT, MARKET_LEVEL…, MARKET_BOOK with lastUpdateId as both ids.
 * `symbol`, of what it was asked. */
bool binance_parse_snapshot(const char *text, size_t length, const char *symbol, const struct market_sink *sink,
                            const char **problem);

#endif
