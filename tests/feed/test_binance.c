/* The messages of Binance: what they mean, and what is no message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "feed/binance.h"
#include "market_list.h"

static bool parse_snapshot(const char *text, size_t length, const struct market_sink *sink, const char **problem)
{
    return binance_parse_snapshot(text, length, "BTCUSDT", sink, problem);
}

static void reads_a_top(void **state)
{
    (void)state;
    struct market_list list;
    market_list_parse(&list, binance_parse,
                      "{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":50093239212,\"s\":\"BTCUSDT\","
                      "\"b\":\"61837.63000000\",\"B\":\"3.78826000\",\"a\":\"61837.64000001\",\"A\":\"1.5\"}}");
    assert_true(list.good);
    assert_int_equal(list.count, 1);
    const struct market_event *top = &list.events[0];
    assert_int_equal(top->kind, MARKET_TOP);
    assert_string_equal(top->symbol, "BTCUSDT");
    assert_int_equal(top->top.bid, 61837630000000);
    assert_int_equal(top->top.bid_size, 378826000);
    assert_int_equal(top->top.ask, 61837640000010);
    assert_int_equal(top->top.ask_size, 150000000);
    assert_int_equal(top->top.update_id, 50093239212);
    assert_int_equal(top->timestamp_ns, 0);
}

static void reads_a_trade(void **state)
{
    (void)state;
    static const struct {
        const char *maker;
        enum side aggressor;
    } cases[] = {{"true", SIDE_SELL}, {"false", SIDE_BUY}};
    for (size_t i = 0; i < 2; i++) {
        char text[512];
        struct market_list list;
        snprintf(text, sizeof text,
                 "{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":1723161255343,\"s\":\"BTCUSDT\","
                 "\"t\":3735683259,\"p\":\"61837.63000000\",\"q\":\"0.02000000\",\"T\":1723161255342,\"m\":%s,"
                 "\"M\":true}}",
                 cases[i].maker);
        market_list_parse(&list, binance_parse, text);
        assert_true(list.good);
        assert_int_equal(list.count, 1);
        const struct market_event *trade = &list.events[0];
        assert_int_equal(trade->kind, MARKET_TRADE);
        assert_string_equal(trade->symbol, "BTCUSDT");
        assert_int_equal(trade->trade.price, 61837630000000);
        assert_int_equal(trade->trade.size, 2000000);
        assert_int_equal(trade->trade.aggressor, cases[i].aggressor);
        assert_string_equal(trade->trade.id, "3735683259");
        assert_int_equal(trade->timestamp_ns, 1723161255342 * NS_PER_MS);
    }
}

static void reads_an_update_and_a_snapshot(void **state)
{
    (void)state;
    struct market_list list;
    market_list_parse(&list, binance_parse,
                      "{\"e\":\"depthUpdate\",\"E\":1723161255343,\"s\":\"BTCUSDT\",\"U\":157,\"u\":160,"
                      "\"b\":[[\"61837.63\",\"10\"],[\"61837\",\"0\"]],\"a\":[[\"61838\",\"1.5\"]]}");
    assert_true(list.good);
    assert_string_equal(market_list_text(&list), "level buy 61837.63 10; level buy 61837 0; level sell 61838 1.5; "
                                                 "book 157-160");
    assert_int_equal(list.events[3].timestamp_ns, 1723161255343 * NS_PER_MS);
    market_list_parse(&list, parse_snapshot,
                      "{\"lastUpdateId\":160,\"bids\":[[\"4.00000000\",\"431.00000000\"]],\"asks\":[]}");
    assert_true(list.good);
    assert_string_equal(market_list_text(&list), "snapshot; level buy 4 431; book 160-160");
    assert_string_equal(list.events[1].symbol, "BTCUSDT");
}

#define TOP_OF(b, bs, a, as)                                                                                           \
    "{\"stream\":\"x@bookTicker\",\"data\":{\"u\":1,\"s\":\"X\",\"b\":" b ",\"B\":" bs ",\"a\":" a ",\"A\":" as "}}"
#define TRADE_OF(t, p, q, when, m)                                                                                     \
    "{\"stream\":\"x@trade\",\"data\":{\"e\":\"trade\",\"s\":\"X\",\"t\":" t ",\"p\":" p ",\"q\":" q ",\"T\":" when    \
    ",\"m\":" m "}}"
#define UPDATE_OF(first, last, b, a)                                                                                   \
    "{\"e\":\"depthUpdate\",\"E\":1723161255343,\"s\":\"X\",\"U\":" first ",\"u\":" last ",\"b\":" b ",\"a\":" a "}"

/* What a message says, or what is said about it when it is none. */
static const struct market_case CASES[] = {
    /* good */
    {TOP_OF("\"1\"", "\"2\"", "\"3\"", "\"4\""), "top 1 x 2, 3 x 4", NULL},
    {TOP_OF("1.5", "2", "3", "4"), "top 1.5 x 2, 3 x 4", NULL},
    {TOP_OF("\"0.00000000\"", "\"0.00000000\"", "\"3\"", "\"4\""), "top - x 0, 3 x 4", NULL},
    {"{\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", "top 1 x 1, 2 x 1", NULL},
    {" {\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"} ", "top 1 x 1, 2 x 1", NULL},
    {"{\"data\":{\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\",\"new\":[{}]},"
     "\"stream\":\"x@bookTicker\"}",
     "top 1 x 1, 2 x 1", NULL},
    {TRADE_OF("1", "\"1\"", "\"1\"", "1723161255342", "true"), "trade sell 1 x 1", NULL},
    {"{\"e\":\"trade\",\"s\":\"X\",\"t\":0,\"p\":\"1\",\"q\":\"1\",\"T\":1723161255342,\"m\":false}", "trade buy 1 x 1",
     NULL},
    {UPDATE_OF("1", "2", "[]", "[]"), "book 1-2", NULL},
    {UPDATE_OF("1", "2", "[[\"99999999999\",\"1\"]]", "[]"), "level buy far 1; book 1-2", NULL},
    {"{\"result\":null,\"id\":1}", "answer", NULL},
    {"{\"error\":{\"code\":2,\"msg\":\"Invalid request\"},\"id\":1}", "refused: Invalid request", NULL},
    /* recognised, not used */
    {"{\"lastUpdateId\":5,\"bids\":[[\"1\",\"2\"]],\"asks\":[]}", "", NULL},
    {"{\"stream\":\"x@kline_1m\",\"data\":{\"e\":\"kline\"}}", "", NULL},
    {"{\"stream\":\"x@aggTrade\",\"data\":{\"e\":\"aggTrade\"}}", "", NULL},
    /* the JSON */
    {"", NULL, ""},
    {"[]", NULL, ""},
    {"{\"result\":null", NULL, ""},
    {"{\"result\":null} x", NULL, ""},
    {"{\"result\":nul}", NULL, ""},
    {"{\"result\":null,\"x\":\"\xff\"}", NULL, ""},
    {"{\"u\":1,\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", NULL, "twice"},
    {"{\"stream\":\"x@trade\"}", NULL, "lacks its stream or data"},
    {"{\"stream\":\"x@trade\",\"data\":[]}", NULL, "lacks its stream or data"},
    {"{\"stream\":1,\"data\":{}}", NULL, "lacks its stream or data"},
    {"{\"stream\":\"x@trade\",\"data\":{}}", NULL, "no symbol"},
    {"{}", NULL, "no symbol"},
    /* the top */
    {"{\"u\":1,\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", NULL, "no symbol"},
    {"{\"u\":1,\"s\":\"\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", NULL, "no symbol"},
    {"{\"u\":1,\"s\":7,\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", NULL, "no symbol"},
    {"{\"u\":1,\"s\":\"A\\u001bB\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", NULL, "no symbol"},
    {"{\"u\":1,\"s\":\"A\xE2\x80\xAE"
     "B\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}",
     NULL, "no symbol"},
    {"{\"u\":1,\"s\":\"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", NULL,
     "no symbol"},
    {"{\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", NULL, "update id"},
    {"{\"u\":-1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", NULL, "update id"},
    {"{\"u\":1.0,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", NULL, "update id"},
    {"{\"u\":\"1\",\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", NULL, "update id"},
    {TOP_OF("\"-1\"", "\"2\"", "\"3\"", "\"4\""), NULL, "b and B"},
    {TOP_OF("\"1\"", "\"-2\"", "\"3\"", "\"4\""), NULL, "b and B"},
    {TOP_OF("\"1e3\"", "\"2\"", "\"3\"", "\"4\""), NULL, "b and B"},
    {TOP_OF("\"\"", "\"2\"", "\"3\"", "\"4\""), NULL, "b and B"},
    {TOP_OF("null", "\"2\"", "\"3\"", "\"4\""), NULL, "b and B"},
    {TOP_OF("[[\"1\",\"2\"]]", "\"2\"", "\"3\"", "\"4\""), NULL, "b and B"},
    {TOP_OF("\"NaN\"", "\"2\"", "\"3\"", "\"4\""), NULL, "b and B"},
    {TOP_OF("\"99999999999\"", "\"2\"", "\"3\"", "\"4\""), NULL, "b and B"},
    {TOP_OF("\"1.0000000001\"", "\"2\"", "\"3\"", "\"4\""), NULL, "b and B"},
    {TOP_OF("\"1\"", "\"2\"", "\"3 \"", "\"4\""), NULL, "a and A"},
    {TOP_OF("\"1\"", "\"2\"", "\"3\"", "true"), NULL, "a and A"},
    {"{\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\"}", NULL, "a and A"},
    /* the trade */
    {TRADE_OF("\"1\"", "\"1\"", "\"1\"", "1723161255342", "true"), NULL, "trade id"},
    {TRADE_OF("99999999999999999999", "\"1\"", "\"1\"", "1723161255342", "true"), NULL, "trade id"},
    {TRADE_OF("1", "\"0\"", "\"1\"", "1723161255342", "true"), NULL, "p is no price"},
    {TRADE_OF("1", "\"-1\"", "\"1\"", "1723161255342", "true"), NULL, "p is no price"},
    {TRADE_OF("1", "\"1\"", "\"0\"", "1723161255342", "true"), NULL, "q is no quantity"},
    {TRADE_OF("1", "\"1\"", "\"1\"", "1723161255", "true"), NULL, "T is no time"},
    {TRADE_OF("1", "\"1\"", "\"1\"", "1723161255342000", "true"), NULL, "T is no time"},
    {TRADE_OF("1", "\"1\"", "\"1\"", "-1", "true"), NULL, "T is no time"},
    {TRADE_OF("1", "\"1\"", "\"1\"", "1723161255342", "1"), NULL, "m is neither"},
    {TRADE_OF("1", "\"1\"", "\"1\"", "1723161255342", "\"true\""), NULL, "m is neither"},
    /* the update */
    {UPDATE_OF("2", "1", "[]", "[]"), NULL, "update ids"},
    {UPDATE_OF("-1", "1", "[]", "[]"), NULL, "update ids"},
    {UPDATE_OF("1", "2", "{}", "[]"), NULL, "levels"},
    {UPDATE_OF("1", "2", "[1]", "[]"), NULL, "levels"},
    {UPDATE_OF("1", "2", "[[\"1\"]]", "[]"), NULL, "levels"},
    {UPDATE_OF("1", "2", "[[\"1\",\"x\"]]", "[]"), NULL, "levels"},
    {UPDATE_OF("1", "2", "[]", "[[\"-1\",\"1\"]]"), NULL, "levels"},
    {"{\"e\":\"depthUpdate\",\"E\":1,\"s\":\"X\",\"U\":1,\"u\":2,\"b\":[],\"a\":[]}", NULL, "E is no time"},
};

static void tells_messages_apart(void **state)
{
    (void)state;
    market_list_check(binance_parse, CASES, sizeof CASES / sizeof *CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_top),
        cmocka_unit_test(reads_a_trade),
        cmocka_unit_test(reads_an_update_and_a_snapshot),
        cmocka_unit_test(tells_messages_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
