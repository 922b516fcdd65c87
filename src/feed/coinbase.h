/* Reads the messages of Coinbase. Pure: bytes in, events out (market.h).
 *
 * coinbase_parse reads those of Advanced Trade (level2, market_trades, ticker, heartbeats, status, subscriptions;
 * docs.cdp.coinbase.com, advanced-trade-apis/websocket), whose messages are numbered over the whole connection
 * (MARKET_SEQUENCE). coinbase_parse_exchange reads those of Coinbase Exchange, formerly Pro (snapshot, l2update, match,
 * ticker, heartbeat), which older recordings hold; its book updates are not numbered. */
#ifndef FEED_COINBASE_H
#define FEED_COINBASE_H

#include <stdbool.h>
#include <stddef.h>

#include "feed/market.h"

/* As kraken_parse. */
bool coinbase_parse(const char *text, size_t length, const struct market_sink *sink, const char **problem);
bool coinbase_parse_exchange(const char *text, size_t length, const struct market_sink *sink, const char **problem);

#endif
