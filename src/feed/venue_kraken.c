/* Kraken, version 2 of its interface. Source: docs.kraken.com, spot-websocket-v2. A heartbeat comes every second in
 * which nothing else does. Every message of a book has a checksum over its ten best levels. */
#include "feed/venue.h"

#include <string.h>

#include "core/json.h"
#include "core/timestamp.h"
#include "feed/kraken.h"

enum { DEPTH = 10 };

static size_t write_request(char *text, size_t size, const struct venue_request *request)
{
    struct json_writer writer;
    json_writer_init(&writer, text, size);
    json_open(&writer, '{');
    json_key(&writer, "method");
    json_string(&writer, request->kind == VENUE_SUBSCRIBE ? "subscribe" : "unsubscribe");
    json_key(&writer, "params");
    json_open(&writer, '{');
    json_key(&writer, "channel");
    json_string(&writer, request->channel);
    if (request->symbol_count > 0) {
        json_key(&writer, "symbol");
        json_open(&writer, '[');
        for (size_t i = 0; i < request->symbol_count; i++)
            json_string(&writer, request->symbols[i]);
        json_close(&writer, ']');
    }
    if (strcmp(request->channel, "book") == 0) {
        json_key(&writer, "depth");
        json_integer(&writer, DEPTH);
    } else if (strcmp(request->channel, "ticker") == 0) {
        json_key(&writer, "event_trigger");
        json_string(&writer, "bbo");
    }
    json_close(&writer, '}');
    json_key(&writer, "req_id");
    json_unsigned(&writer, request->id);
    json_close(&writer, '}');
    return writer.length;
}

const struct venue VENUE_KRAKEN = {
    .name = "kraken",
    .url = "wss://ws.kraken.com/v2",
    .books = {.exchange = "KRAKEN", .depth = DEPTH, .quotes_from_top = true},
    .channels = {{.name = "instrument", .is_general = true},
                 {.name = "book", .is_book = true},
                 {.name = "ticker"},
                 {.name = "trade"}},
    .precision_first = true,
    .silence_ns = 5 * NS_PER_SECOND,
    .has_heartbeats = true,
    .messages_per_second = 10,
    .parse = kraken_parse,
    .write = write_request,
};
