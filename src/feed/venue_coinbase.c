/* Coinbase Advanced Trade. Source: docs.cdp.coinbase.com, advanced-trade-apis/websocket. One message for each channel;
 * a heartbeat every second, without which the venue closes quiet channels. All messages of a connection are numbered.
 */
#include "feed/venue.h"

#include "core/json.h"
#include "core/timestamp.h"
#include "feed/coinbase.h"

static size_t write_request(char *text, size_t size, const struct venue_request *request)
{
    struct json_writer writer;
    json_writer_init(&writer, text, size);
    json_open(&writer, '{');
    json_key(&writer, "type");
    json_string(&writer, request->kind == VENUE_SUBSCRIBE ? "subscribe" : "unsubscribe");
    if (request->symbol_count > 0) {
        json_key(&writer, "product_ids");
        json_open(&writer, '[');
        for (size_t i = 0; i < request->symbol_count; i++)
            json_string(&writer, request->symbols[i]);
        json_close(&writer, ']');
    }
    json_key(&writer, "channel");
    json_string(&writer, request->channel);
    json_close(&writer, '}');
    return writer.length;
}

const struct venue VENUE_COINBASE = {
    .name = "coinbase",
    .url = "wss://advanced-trade-ws.coinbase.com",
    .books = {.exchange = "COINBASE", .depth = BOOK_LEVELS_MAX},
    .channels = {{.name = "heartbeats", .is_general = true},
                 {.name = "level2", .is_book = true},
                 {.name = "market_trades"}},
    .numbered = true,
    .upper_case = true,
    .silence_ns = 5 * NS_PER_SECOND,
    .has_heartbeats = true,
    .messages_per_second = 5,
    .parse = coinbase_parse,
    .write = write_request,
};
