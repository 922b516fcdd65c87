/* What Kraken says, for a venue of tests: two pairs, prices and sizes without decimals, books of one level a side of
 * size 1, the ask one above the bid. */
#ifndef TESTS_FEED_KRAKEN_SERVER_H
#define TESTS_FEED_KRAKEN_SERVER_H

#include <stdbool.h>

#include "venue_server.h"

enum { KRAKEN_TICKER_SIZE = 256 };

void kraken_server_say(struct venue_server *server, const char *text);

/* The decimals of BTC/USD and ETH/USD. */
void kraken_server_say_pairs(struct venue_server *server);
/* `type`: snapshot or update; `right`: so is the checksum. */
void kraken_server_say_book(struct venue_server *server, const char *type, const char *symbol, int bid, bool right);
void kraken_server_say_ticker(struct venue_server *server, const char *symbol, int bid);

void kraken_server_ticker(char text[KRAKEN_TICKER_SIZE], const char *symbol, int bid);

#endif
