/* Books get the checksum that a book of ours has. */
#include "kraken_server.h"

#include <stdio.h>
#include <string.h>

#include "feed/book.h"

#define PAIR(symbol) "{\"symbol\":\"" symbol "\",\"status\":\"online\",\"price_precision\":0,\"qty_precision\":0}"

void kraken_server_say(struct venue_server *server, const char *text)
{
    venue_server_send(server, text, strlen(text));
}

void kraken_server_say_pairs(struct venue_server *server)
{
    kraken_server_say(server, "{\"channel\":\"instrument\",\"type\":\"snapshot\",\"data\":{\"pairs\":[" PAIR(
                                  "BTC/USD") "," PAIR("ETH/USD") "]}}");
}

void kraken_server_say_book(struct venue_server *server, const char *type, const char *symbol, int bid, bool right)
{
    char text[512];
    struct book *book = book_create(10);
    book_set(book, SIDE_BUY, bid * PRICE_ONE, QUANTITY_ONE);
    book_set(book, SIDE_SELL, (bid + 1) * PRICE_ONE, QUANTITY_ONE);
    snprintf(text, sizeof text,
             "{\"channel\":\"book\",\"type\":\"%s\",\"data\":[{\"symbol\":\"%s\",\"bids\":[{\"price\":%d,\"qty\":1}],"
             "\"asks\":[{\"price\":%d,\"qty\":1}],\"checksum\":%u,\"timestamp\":\"2026-11-23T14:30:00Z\"}]}",
             type, symbol, bid, bid + 1, book_checksum(book, 0, 0) + !right);
    book_destroy(book);
    kraken_server_say(server, text);
}

void kraken_server_ticker(char text[KRAKEN_TICKER_SIZE], const char *symbol, int bid)
{
    snprintf(text, KRAKEN_TICKER_SIZE,
             "{\"channel\":\"ticker\",\"type\":\"update\",\"data\":[{\"symbol\":\"%s\",\"bid\":%d,\"bid_qty\":1,"
             "\"ask\":%d,\"ask_qty\":1}]}",
             symbol, bid, bid + 1);
}

void kraken_server_say_ticker(struct venue_server *server, const char *symbol, int bid)
{
    char text[KRAKEN_TICKER_SIZE];
    kraken_server_ticker(text, symbol, bid);
    kraken_server_say(server, text);
}
