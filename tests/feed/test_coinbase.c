/* The messages of Coinbase, of Advanced Trade and of Exchange. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "feed/coinbase.h"
#include "market_list.h"

#define HEAD(channel) "{\"channel\":\"" channel "\",\"timestamp\":\"2026-04-07T14:30:00.123456Z\",\"sequence_num\":7,"
#define BOOK_OF(type, updates)                                                                                         \
    HEAD("l2_data") "\"events\":[{\"type\":\"" type "\",\"product_id\":\"BTC-USD\",\"updates\":" updates "}]}"
#define LEVEL(side, price, size)                                                                                       \
    "{\"side\":\"" side "\",\"event_time\":\"2026-04-07T14:30:00.123456Z\",\"price_level\":\"" price                   \
    "\",\"new_quantity\":\"" size "\"}"
#define TRADE_OF(type, side, size)                                                                                     \
    HEAD("market_trades")                                                                                              \
    "\"events\":[{\"type\":\"" type "\",\"trades\":[{\"trade_id\":\"995098700\",\"product_id\":\"BTC-USD\","           \
    "\"price\":\"68900.50\",\"size\":\"" size "\",\"side\":\"" side "\",\"time\":\"2026-04-07T14:30:02.789012Z\"}]}]}"

static const struct market_case CASES[] = {
    {BOOK_OF("snapshot", "[" LEVEL("bid", "68900.00", "1.5") "," LEVEL("offer", "68901", "2") "]"),
     "number 7; snapshot; level buy 68900 1.5; level sell 68901 2; book 0-0", NULL},
    {BOOK_OF("update", "[" LEVEL("offer", "68901.00", "0.00000000") "]"), "number 7; level sell 68901 0; book 0-0",
     NULL},
    {BOOK_OF("update", "[]"), "number 7; book 0-0", NULL},
    {BOOK_OF("other", "[]"), NULL, "product or type"},
    {BOOK_OF("update", "[" LEVEL("ask", "1", "1") "]"), NULL, "a level lacks"},
    {BOOK_OF("update", "[" LEVEL("bid", "x", "1") "]"), NULL, "a level lacks"},
    {BOOK_OF("update", "[" LEVEL("bid", "1", "-1") "]"), NULL, "a level lacks"},
    {BOOK_OF("update", "[1]"), NULL, "no object"},
    {BOOK_OF("update", "{}"), NULL, "missing"},
    {TRADE_OF("update", "BUY", "0.0015"), "number 7; trade sell 68900.5 x 0.0015", NULL},
    {TRADE_OF("update", "SELL", "0.0015"), "number 7; trade buy 68900.5 x 0.0015", NULL},
    {TRADE_OF("snapshot", "SELL", "0.0015"), "number 7", NULL},
    {TRADE_OF("update", "buy", "0.0015"), NULL, "a trade lacks"},
    {TRADE_OF("update", "BUY", "0"), NULL, "a trade lacks"},
    {HEAD("ticker") "\"events\":[{\"type\":\"update\",\"tickers\":[{\"product_id\":\"BTC-USD\",\"best_bid\":\"1\","
                    "\"best_bid_quantity\":\"2\",\"best_ask\":\"3\",\"best_ask_quantity\":\"4\"}]}]}",
     "number 7; top 1 x 2, 3 x 4", NULL},
    {HEAD("ticker") "\"events\":[{\"type\":\"update\",\"tickers\":[{\"product_id\":\"BTC-USD\"}]}]}", NULL,
     "bid or ask"},
    {HEAD("status") "\"events\":[{\"type\":\"snapshot\",\"products\":[{\"id\":\"BTC-USD\",\"status\":\"online\"},"
                    "{\"id\":\"ETH-USD\",\"status\":\"delisted\"}]}]}",
     "number 7; status 0; status 1", NULL},
    {HEAD("heartbeats") "\"events\":[{\"heartbeat_counter\":42}]}", "number 7; heartbeat", NULL},
    {HEAD("subscriptions") "\"events\":[{\"subscriptions\":{\"level2\":[\"BTC-USD\"]}}]}", "number 7; answer", NULL},
    {HEAD("candles") "\"events\":[]}", "number 7", NULL},
    {"{\"type\":\"error\",\"message\":\"failure to subscribe\"}", "refused: failure to subscribe", NULL},
    {"{\"channel\":\"heartbeats\",\"timestamp\":\"2026-04-07T14:30:00Z\",\"events\":[]}", NULL, "no number"},
    {"{\"channel\":\"heartbeats\",\"sequence_num\":1,\"events\":[]}", NULL, "no time"},
    {"{}", NULL, "no channel"},
    {"", NULL, ""},
    {"[]", NULL, ""},
};

static const struct market_case CASES_EXCHANGE[] = {
    {"{\"type\":\"snapshot\",\"product_id\":\"SKL-BTC\",\"bids\":[[\"0.00001303\",\"5500.0\"]],\"asks\":[]}",
     "snapshot; level buy 0.00001303 5500; book 0-0", NULL},
    {"{\"type\":\"l2update\",\"product_id\":\"SKL-BTC\",\"changes\":[[\"sell\",\"0.00001306\",\"660.5\"],[\"buy\","
     "\"0.00001\",\"0.0\"]],\"time\":\"2021-04-17T16:43:37.079420Z\"}",
     "level sell 0.00001306 660.5; level buy 0.00001 0; book 0-0", NULL},
    {"{\"type\":\"match\",\"trade_id\":280232,\"side\":\"sell\",\"size\":\"985\",\"price\":\"0.00001305\","
     "\"product_id\":\"SKL-BTC\",\"sequence\":1,\"time\":\"2021-04-17T16:43:37.089723Z\"}",
     "trade buy 0.00001305 x 985", NULL},
    {"{\"type\":\"last_match\",\"trade_id\":280232,\"side\":\"sell\",\"size\":\"985\",\"price\":\"0.00001305\","
     "\"product_id\":\"SKL-BTC\",\"time\":\"2021-04-17T16:43:37.089723Z\"}",
     "", NULL},
    {"{\"type\":\"ticker\",\"product_id\":\"SKL-BTC\",\"best_bid\":\"1\",\"best_ask\":\"2\",\"side\":\"buy\"}",
     "top 1 x -, 2 x -", NULL},
    {"{\"type\":\"ticker\",\"product_id\":\"SKL-BTC\",\"best_bid\":\"1\",\"best_bid_size\":\"3\",\"best_ask\":\"2\","
     "\"best_ask_size\":\"4\"}",
     "top 1 x 3, 2 x 4", NULL},
    {"{\"type\":\"heartbeat\",\"product_id\":\"SKL-BTC\",\"sequence\":1,\"time\":\"2021-04-17T16:43:37.089723Z\"}",
     "heartbeat", NULL},
    {"{\"type\":\"subscriptions\",\"channels\":[]}", "answer", NULL},
    {"{\"type\":\"error\",\"message\":\"level2 needs authentication\"}", "refused: level2 needs authentication", NULL},
    {"{\"type\":\"status\",\"products\":[]}", "", NULL},
    {"{\"type\":\"l2update\",\"product_id\":\"A\",\"changes\":[[\"hold\",\"1\",\"1\"]]}", NULL, "levels"},
    {"{\"type\":\"l2update\",\"product_id\":\"A\",\"changes\":[[\"buy\",\"1\"]]}", NULL, "levels"},
    {"{\"type\":\"l2update\",\"product_id\":\"A\"}", NULL, "levels"},
    {"{\"type\":\"l2update\",\"product_id\":5,\"changes\":[]}", NULL, "symbol"},
    {"{\"type\":\"l2update\",\"product_id\":\"A\",\"changes\":[],\"time\":5}", NULL, "time"},
    {"{\"type\":\"match\",\"product_id\":\"A\",\"price\":\"1\",\"size\":\"1\",\"side\":\"buy\"}", NULL,
     "a trade lacks"},
    {"{\"type\":\"ticker\",\"product_id\":\"A\",\"best_bid\":\"1\"}", NULL, "bid or ask"},
    {"{\"type\":\"ticker\",\"product_id\":\"A\",\"best_bid\":\"1\",\"best_ask\":\"1\",\"best_ask_size\":\"x\"}", NULL,
     "sizes"},
    {"{}", NULL, "no type"},
};

static void reads_advanced_trade(void **state)
{
    (void)state;
    market_list_check(coinbase_parse, CASES, sizeof CASES / sizeof *CASES);
}

static void reads_exchange(void **state)
{
    (void)state;
    market_list_check(coinbase_parse_exchange, CASES_EXCHANGE, sizeof CASES_EXCHANGE / sizeof *CASES_EXCHANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_advanced_trade),
        cmocka_unit_test(reads_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
