/* Binance Spot, the addresses that have market data only. Source: binance/binance-spot-api-docs, web-socket-streams.md.
 * It takes 5 messages a second, cuts a connection after 24 hours, and has no heartbeats but the pings of the protocol.
 * The updates of a book are numbered; a book begins with a snapshot over REST. */
#include "feed/venue.h"

#include <ctype.h>
#include <stdio.h>

#include "core/json.h"
#include "core/timestamp.h"
#include "feed/binance.h"

/* As many levels as a request of a small weight (50 of 6000 a minute) gives. */
enum { DEPTH = 1000 };

static size_t write_request(char *text, size_t size, const struct venue_request *request)
{
    struct json_writer writer;
    json_writer_init(&writer, text, size);
    json_open(&writer, '{');
    json_key(&writer, "method");
    json_string(&writer, request->kind == VENUE_SUBSCRIBE ? "SUBSCRIBE" : "UNSUBSCRIBE");
    json_key(&writer, "params");
    json_open(&writer, '[');
    for (size_t i = 0; i < request->symbol_count; i++) {
        char stream[SYMBOL_SIZE + 32];
        size_t length = 0;
        for (const char *at = request->symbols[i]; *at != '\0'; at++)
            stream[length++] = (char)tolower((unsigned char)*at);
        snprintf(stream + length, sizeof stream - length, "@%s", request->channel);
        json_string(&writer, stream);
    }
    json_close(&writer, ']');
    json_key(&writer, "id");
    json_unsigned(&writer, request->id);
    json_close(&writer, '}');
    return writer.length;
}

static void snapshot_path(char *path, size_t size, const char *symbol)
{
    snprintf(path, size, "/api/v3/depth?symbol=%s&limit=%d", symbol, DEPTH);
}

const struct venue VENUE_BINANCE = {
    .name = "binance",
    .url = "wss://data-stream.binance.vision/ws",
    .rest_url = "https://data-api.binance.vision",
    .books = {.exchange = "BINANCE", .depth = DEPTH, .quotes_from_top = true},
    .channels = {{.name = "bookTicker"}, {.name = "trade"}, {.name = "depth@100ms", .is_book = true}},
    .upper_case = true,
    .silence_ns = 15 * NS_PER_SECOND,
    .lifetime_ns = 24 * 3600 * NS_PER_SECOND,
    .messages_per_second = 4,
    .parse = binance_parse,
    .write = write_request,
    .snapshot_path = snapshot_path,
    .parse_snapshot = binance_parse_snapshot,
};
