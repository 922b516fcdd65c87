/* Reads the messages of Kraken's WebSocket interface. Pure: bytes in, events out (market.h).
 *
 * Version 2 is what is spoken today (docs.kraken.com, spot-websocket-v2): book, trade, ticker, instrument, heartbeat,
 * status and the answers to requests. Version 1 is frozen and stands in older recordings (kraken_parse_v1): book, trade
 * and ticker. */
#ifndef FEED_KRAKEN_H
#define FEED_KRAKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "feed/market.h"

/* Puts what the message says into the sink. False with `problem`, a sentence without a point, when the message is not
 * what the venue sends; then a part of its events may have been put, and the books they are about are in doubt. What
 * is well formed and of no use here gives no event. */
bool kraken_parse(const char *text, size_t length, const struct market_sink *sink, const char **problem);
bool kraken_parse_v1(const char *text, size_t length, const struct market_sink *sink, const char **problem);

#endif
