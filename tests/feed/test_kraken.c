/* The messages of Kraken, of version 2 and of version 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/timestamp.h"
#include "feed/kraken.h"
#include "market_list.h"

#define AT "2023-10-06T17:35:55.440295Z"
#define BOOK_OF(type, bids, asks, sum)                                                                                 \
    "{\"channel\":\"book\",\"type\":\"" type "\",\"data\":[{\"symbol\":\"BTC/USD\",\"bids\":" bids ",\"asks\":" asks   \
    ",\"checksum\":" sum ",\"timestamp\":\"" AT "\"}]}"
#define TRADE_OF(type, side, price, quantity, id, at)                                                                  \
    "{\"channel\":\"trade\",\"type\":\"" type "\",\"data\":[{\"symbol\":\"BTC/USD\",\"side\":" side                    \
    ",\"price\":" price ",\"qty\":" quantity ",\"ord_type\":\"limit\",\"trade_id\":" id ",\"timestamp\":" at "}]}"
#define TICKER_OF(bid, bid_size, ask, ask_size)                                                                        \
    "{\"channel\":\"ticker\",\"type\":\"update\",\"data\":[{\"symbol\":\"BTC/USD\",\"bid\":" bid                       \
    ",\"bid_qty\":" bid_size ",\"ask\":" ask ",\"ask_qty\":" ask_size ",\"last\":1}]}"

static const struct market_case CASES[] = {
    /* books */
    {BOOK_OF("snapshot", "[{\"price\":105944.20,\"qty\":0.136}]", "[{\"price\":105944.30,\"qty\":0.5}]", "2439117997"),
     "snapshot; level buy 105944.2 0.136; level sell 105944.3 0.5; book sum 2439117997", NULL},
    {BOOK_OF("update", "[{\"price\":105944.20,\"qty\":0.0}]", "[]", "0"), "level buy 105944.2 0; book sum 0", NULL},
    {BOOK_OF("update", "[]", "[{\"price\":\"99999999999.5\",\"qty\":1}]", "1"), "level sell far 1; book sum 1", NULL},
    {BOOK_OF("update", "[]", "[]", "4294967296"), NULL, "checksum"},
    {BOOK_OF("update", "[]", "[]", "-1"), NULL, "checksum"},
    {BOOK_OF("update", "[]", "[]", "1.5"), NULL, "checksum"},
    {BOOK_OF("update", "[{\"price\":1e3,\"qty\":1}]", "[]", "1"), NULL, "levels"},
    {BOOK_OF("update", "[{\"price\":1}]", "[]", "1"), NULL, "levels"},
    {BOOK_OF("update", "[{\"price\":-1,\"qty\":1}]", "[]", "1"), NULL, "levels"},
    {BOOK_OF("update", "[{\"price\":1,\"qty\":1,\"qty\":2}]", "[]", "1"), NULL, "levels"},
    {BOOK_OF("update", "[[1,1]]", "[]", "1"), NULL, "levels"},
    {BOOK_OF("update", "{}", "[]", "1"), NULL, "levels"},
    {BOOK_OF("update", "null", "[]", "1"), NULL, "levels"},
    {"{\"channel\":\"book\",\"type\":\"update\",\"data\":[{\"bids\":[],\"asks\":[],\"checksum\":1}]}", NULL, "symbol"},
    {"{\"channel\":\"book\",\"type\":\"update\",\"data\":[{\"symbol\":\"A\",\"bids\":[],\"asks\":[],\"checksum\":1,"
     "\"timestamp\":\"now\"}]}",
     NULL, "no time"},
    {"{\"channel\":\"book\",\"type\":\"update\",\"data\":[1]}", NULL, "no object"},
    {"{\"channel\":\"book\",\"type\":\"update\",\"data\":{}}", NULL, "data"},
    {"{\"channel\":\"book\",\"type\":\"update\"}", NULL, "data"},
    /* trades */
    {TRADE_OF("update", "\"buy\"", "105944.20", "0.00027625", "10218208", "\"" AT "\""),
     "trade buy 105944.2 x 0.00027625", NULL},
    {TRADE_OF("update", "\"sell\"", "1", "2", "3", "\"" AT "\""), "trade sell 1 x 2", NULL},
    {TRADE_OF("snapshot", "\"sell\"", "1", "2", "3", "\"" AT "\""), "", NULL},
    {TRADE_OF("update", "\"both\"", "1", "2", "3", "\"" AT "\""), NULL, "a trade lacks"},
    {TRADE_OF("update", "\"buy\"", "0", "2", "3", "\"" AT "\""), NULL, "a trade lacks"},
    {TRADE_OF("update", "\"buy\"", "1", "0", "3", "\"" AT "\""), NULL, "a trade lacks"},
    {TRADE_OF("update", "\"buy\"", "1", "2", "\"a b\"", "\"" AT "\""), NULL, "a trade lacks"},
    {TRADE_OF("update", "\"buy\"", "1", "2", "3", "1696613755"), NULL, "a trade lacks"},
    /* tops */
    {TICKER_OF("105944.20", "2.5", "105944.30", "3.2"), "top 105944.2 x 2.5, 105944.3 x 3.2", NULL},
    {TICKER_OF("0", "0", "1", "3.2"), "top - x 0, 1 x 3.2", NULL},
    {TICKER_OF("null", "1", "1", "3.2"), NULL, "bid or ask"},
    /* instruments */
    {"{\"channel\":\"instrument\",\"type\":\"snapshot\",\"data\":{\"assets\":[],\"pairs\":[{\"symbol\":\"BTC/USD\","
     "\"status\":\"online\",\"price_precision\":1,\"qty_precision\":8}]}}",
     "precision 1 8; status 0", NULL},
    {"{\"channel\":\"instrument\",\"type\":\"update\",\"data\":{\"pairs\":[{\"symbol\":\"BTC/USD\","
     "\"status\":\"maintenance\",\"price_precision\":1,\"qty_precision\":8}]}}",
     "precision 1 8; status 1", NULL},
    {"{\"channel\":\"instrument\",\"data\":{\"pairs\":[{\"symbol\":\"A\",\"price_precision\":-1,\"qty_precision\":8}]}"
     "}",
     NULL, "precision"},
    {"{\"channel\":\"instrument\",\"data\":{\"pairs\":[{\"symbol\":\"A\",\"price_precision\":99,\"qty_precision\":8}]}"
     "}",
     NULL, "precision"},
    {"{\"channel\":\"instrument\",\"data\":{}}", NULL, "pairs"},
    {"{\"channel\":\"instrument\",\"data\":[]}", NULL, "no object"},
    {"{\"channel\":\"instrument\"}", NULL, "data"},
    /* the connection */
    {"{\"channel\":\"heartbeat\"}", "heartbeat", NULL},
    {"{\"method\":\"pong\",\"req_id\":101}", "heartbeat", NULL},
    {"{\"method\":\"subscribe\",\"result\":{\"channel\":\"book\"},\"success\":true}", "answer", NULL},
    {"{\"error\":\"Currency pair not supported ABC/DEF\",\"method\":\"subscribe\",\"success\":false,"
     "\"symbol\":\"ABC/DEF\"}",
     "refused: Currency pair not supported ABC/DEF", NULL},
    {"{\"error\":\"x\\u202ey\",\"method\":\"subscribe\",\"success\":false}", "refused: xy", NULL},
    {"{\"channel\":\"status\",\"type\":\"update\",\"data\":[{\"system\":\"online\"}]}", "", NULL},
    {"{\"channel\":\"ohlc\",\"type\":\"update\",\"data\":[{}]}", "", NULL},
    {"{}", NULL, "neither a channel nor a method"},
    {"{\"channel\":5}", NULL, "neither a channel nor a method"},
    {"", NULL, ""},
    {"[]", NULL, ""},
    {"{\"channel\":\"heartbeat\"", NULL, ""},
};

static const struct market_case CASES_V1[] = {
    {"[464,{\"as\":[[\"56218.30000\",\"0.15000000\",\"1618678117.243818\"]],\"bs\":[[\"56218.10000\",\"1.00000000\","
     "\"1618678117.243818\"]]},\"book-1000\",\"XBT/CHF\"]",
     "snapshot; level sell 56218.3 0.15; level buy 56218.1 1; book 0-0", NULL},
    {"[992,{\"b\":[[\"354.13000000\",\"0.00000000\",\"1618678133.414221\",\"r\"]],\"c\":\"1453093704\"},\"book-1000\","
     "\"XMR/USD\"]",
     "level buy 354.13 0; book sum 1453093704", NULL},
    {"[992,{\"a\":[[\"355.1\",\"2\",\"1618678133.4\"]]},{\"b\":[[\"354.1\",\"1\",\"1618678133.5\"]],\"c\":\"7\"},"
     "\"book-1000\",\"XMR/USD\"]",
     "level sell 355.1 2; level buy 354.1 1; book sum 7", NULL},
    {"[337,[[\"5541.2\",\"0.15850568\",\"1534614057.321597\",\"s\",\"l\",\"\"]],\"trade\",\"XBT/USD\"]",
     "trade sell 5541.2 x 0.15850568", NULL},
    {"[340,{\"a\":[\"5525.4\",1,\"1.000\"],\"b\":[\"5525.1\",1,\"2.5\"],\"c\":[\"5525.1\",\"0.00398963\"]},\"ticker\","
     "\"XBT/USD\"]",
     "top 5525.1 x 2.5, 5525.4 x 1", NULL},
    {"[42,[\"1542057314.748456\"],\"ohlc-5\",\"XBT/USD\"]", "", NULL},
    {"{\"event\":\"heartbeat\"}", "heartbeat", NULL},
    {"{\"event\":\"systemStatus\",\"status\":\"online\"}", "", NULL},
    {"{\"event\":\"subscriptionStatus\",\"pair\":\"XBT/CHF\",\"status\":\"subscribed\"}", "answer", NULL},
    {"{\"event\":\"subscriptionStatus\",\"status\":\"error\",\"errorMessage\":\"Pair not supported\"}",
     "refused: Pair not supported", NULL},
    {"[]", NULL, "no array of"},
    {"[1,{},\"book-10\"]", NULL, "no array of"},
    {"[1,{},{},{},\"book-10\",\"A\"]", NULL, "no array of"},
    {"[1,{},5,\"A\"]", NULL, "no array of"},
    {"[1,{},\"book-10\",5]", NULL, "no array of"},
    {"[1,[],\"book-10\",\"A\"]", NULL, "no object"},
    {"[1,{\"a\":5},\"book-10\",\"A\"]", NULL, "levels"},
    {"[1,{\"a\":[[\"1\",\"1\"]]},\"book-10\",\"A\"]", NULL, "levels"},
    {"[1,{\"a\":[[\"1\",\"x\",\"1\"]]},\"book-10\",\"A\"]", NULL, "levels"},
    {"[1,{\"a\":[],\"c\":\"99999999999\"},\"book-10\",\"A\"]", NULL, "checksum"},
    {"[1,{},\"trade\",\"A\"]", NULL, "no array"},
    {"[1,[[\"1\",\"1\",\"1\",\"x\"]],\"trade\",\"A\"]", NULL, "a trade lacks"},
    {"[1,[],\"ticker\",\"A\"]", NULL, "no object"},
    {"[1,{\"a\":[\"1\",1]},\"ticker\",\"A\"]", NULL, "bid or ask"},
};

static void reads_version_2(void **state)
{
    (void)state;
    market_list_check(kraken_parse, CASES, sizeof CASES / sizeof *CASES);
}

static void reads_version_1(void **state)
{
    (void)state;
    market_list_check(kraken_parse_v1, CASES_V1, sizeof CASES_V1 / sizeof *CASES_V1);
}

static void takes_over_names_and_times(void **state)
{
    (void)state;
    struct market_list list;
    int64_t at_ns;
    assert_true(timestamp_parse(AT, sizeof AT - 1, &at_ns));
    market_list_parse(&list, kraken_parse, TRADE_OF("update", "\"buy\"", "1", "2", "10218208", "\"" AT "\""));
    assert_string_equal(list.events[0].symbol, "BTC/USD");
    assert_string_equal(list.events[0].trade.id, "10218208");
    assert_int_equal(list.events[0].timestamp_ns, at_ns);
    market_list_parse(&list, kraken_parse, BOOK_OF("update", "[{\"price\":1,\"qty\":1}]", "[]", "5"));
    assert_string_equal(list.events[0].symbol, "BTC/USD");
    assert_int_equal(list.events[1].timestamp_ns, at_ns);
    market_list_parse(&list, kraken_parse_v1,
                      "[1,{\"b\":[[\"354.13000000\",\"0.000\",\"1618678133.414221\"]]},\"book-10\",\"XMR/USD\"]");
    assert_string_equal(list.events[0].symbol, "XMR/USD");
    assert_int_equal(list.events[1].timestamp_ns, 1618678133414221000);
    assert_int_equal(list.events[1].book.price_decimals, 8);
    assert_int_equal(list.events[1].book.size_decimals, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_2),
        cmocka_unit_test(reads_version_1),
        cmocka_unit_test(takes_over_names_and_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
