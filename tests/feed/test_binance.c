/* The messages of Binance: what they mean, and what is no message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "feed/binance.h"

#define TIME "1723161254087891268 "

/* Parses a copy that ends where the line ends, so that a sanitizer sees reads behind it. */
static enum binance_kind parse(const char *line, size_t length, struct quote *raw, const char **problem)
{
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, line, length);
    *problem = NULL;
    enum binance_kind kind = binance_parse(copy, length, raw, problem);
    free(copy);
    assert_true((kind == BINANCE_MALFORMED) == (*problem != NULL));
    return kind;
}

static void reads_a_book(void **state)
{
    (void)state;
    const char *line = TIME "{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":50093239212,\"s\":\"BTCUSDT\","
                            "\"b\":\"61837.63000000\",\"B\":\"3.78826000\",\"a\":\"61837.64000001\",\"A\":\"1.5\"}}";
    struct quote raw;
    const char *problem;
    assert_int_equal(parse(line, strlen(line), &raw, &problem), BINANCE_BOOK);
    assert_string_equal(raw.exchange, "BINANCE");
    assert_string_equal(raw.symbol, "BTCUSDT");
    assert_int_equal(raw.bid, 61837630000000);
    assert_int_equal(raw.bid_size, 378826000);
    assert_int_equal(raw.ask, 61837640000010);
    assert_int_equal(raw.ask_size, 150000000);
    assert_int_equal(raw.seq, 50093239212);
    assert_int_equal(raw.received_ns, 1723161254087891268);
    assert_int_equal(raw.timestamp_ns, raw.received_ns);
    assert_int_equal(raw.last, DECIMAL_NONE);
    assert_int_equal(raw.volume, DECIMAL_NONE);
    assert_int_equal(raw.last_side, SIDE_NONE);
    assert_string_equal(raw.trade_id, "");
    assert_string_equal(raw.source, "");
}

static void reads_a_trade(void **state)
{
    (void)state;
    static const struct {
        const char *maker;
        enum side side;
    } cases[] = {{"true", SIDE_SELL}, {"false", SIDE_BUY}};
    for (size_t i = 0; i < 2; i++) {
        char line[512];
        snprintf(line, sizeof line,
                 TIME "{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":1723161255343,\"s\":\"BTCUSDT\","
                      "\"t\":3735683259,\"p\":\"61837.63000000\",\"q\":\"0.02000000\",\"T\":1723161255342,\"m\":%s,"
                      "\"M\":true}}",
                 cases[i].maker);
        struct quote raw;
        const char *problem;
        assert_int_equal(parse(line, strlen(line), &raw, &problem), BINANCE_TRADE);
        assert_string_equal(raw.symbol, "BTCUSDT");
        assert_int_equal(raw.last, 61837630000000);
        assert_int_equal(raw.last_size, 2000000);
        assert_int_equal(raw.last_side, cases[i].side);
        assert_string_equal(raw.trade_id, "3735683259");
        assert_int_equal(raw.timestamp_ns, 1723161255342 * NS_PER_MS);
        assert_int_equal(raw.received_ns, 1723161254087891268);
        assert_int_equal(raw.bid, DECIMAL_NONE);
        assert_int_equal(raw.ask_size, DECIMAL_NONE);
        assert_int_equal(raw.seq, 0);
    }
}

#define BOOK_OF(b, bs, a, as)                                                                                          \
    TIME "{\"stream\":\"x@bookTicker\",\"data\":{\"u\":1,\"s\":\"X\",\"b\":" b ",\"B\":" bs ",\"a\":" a ",\"A\":" as   \
         "}}"
#define TRADE_OF(t, p, q, when, m)                                                                                     \
    TIME "{\"stream\":\"x@trade\",\"data\":{\"e\":\"trade\",\"s\":\"X\",\"t\":" t ",\"p\":" p ",\"q\":" q              \
         ",\"T\":" when ",\"m\":" m "}}"

/* What a line is, and what is said about it when it is nothing. */
static const struct {
    const char *line;
    enum binance_kind kind;
    const char *problem;
} LINES[] = {
    /* good */
    {BOOK_OF("\"1\"", "\"2\"", "\"3\"", "\"4\""), BINANCE_BOOK, NULL},
    {BOOK_OF("1.5", "2", "3", "4"), BINANCE_BOOK, NULL},
    {BOOK_OF("\"0.00000000\"", "\"0.00000000\"", "\"3\"", "\"4\""), BINANCE_BOOK, NULL},
    {TIME "{\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", BINANCE_BOOK, NULL},
    {TIME " {\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"} ", BINANCE_BOOK, NULL},
    {TIME "{\"data\":{\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\",\"new\":[{}]},"
          "\"stream\":\"x@bookTicker\"}",
     BINANCE_BOOK, NULL},
    {TRADE_OF("1", "\"1\"", "\"1\"", "1723161255342", "true"), BINANCE_TRADE, NULL},
    {TIME "{\"e\":\"trade\",\"s\":\"X\",\"t\":0,\"p\":\"1\",\"q\":\"1\",\"T\":1723161255342,\"m\":false}",
     BINANCE_TRADE, NULL},
    /* recognised, not used */
    {TIME "{\"stream\":\"x@depth@100ms\",\"data\":{\"e\":\"depthUpdate\",\"b\":[[\"1\",\"2\"]],\"a\":[]}}",
     BINANCE_IGNORED, NULL},
    {TIME "{\"e\":\"depthUpdate\",\"s\":\"X\",\"U\":1,\"u\":2,\"b\":[],\"a\":[]}", BINANCE_IGNORED, NULL},
    {TIME "{\"lastUpdateId\":5,\"bids\":[[\"1\",\"2\"]],\"asks\":[]}", BINANCE_IGNORED, NULL},
    {TIME "{\"result\":null,\"id\":1}", BINANCE_IGNORED, NULL},
    {TIME "{\"stream\":\"x@kline_1m\",\"data\":{}}", BINANCE_IGNORED, NULL},
    {TIME "{\"stream\":\"x@aggTrade\",\"data\":{\"e\":\"aggTrade\"}}", BINANCE_IGNORED, NULL},
    /* the time in front */
    {"", BINANCE_MALFORMED, "does not begin with a time"},
    {" ", BINANCE_MALFORMED, "does not begin with a time"},
    {"{\"result\":null}", BINANCE_MALFORMED, "does not begin with a time"},
    {"1723161254087891268", BINANCE_MALFORMED, "does not begin with a time"},
    {"1723161254087 {\"result\":null}", BINANCE_MALFORMED, "does not begin with a time"},
    {"-1723161254087891268 {\"result\":null}", BINANCE_MALFORMED, "does not begin with a time"},
    {"1723161254.087891268 {\"result\":null}", BINANCE_MALFORMED, "does not begin with a time"},
    {"9223372036854775807 {\"result\":null}", BINANCE_MALFORMED, "does not begin with a time"},
    {"9223372036854775808 {\"result\":null}", BINANCE_MALFORMED, "does not begin with a time"},
    {"01723161254087891268 {\"result\":null}", BINANCE_MALFORMED, "does not begin with a time"},
    {"\xEF\xBB\xBF" TIME "{\"result\":null}", BINANCE_MALFORMED, "does not begin with a time"},
    /* the JSON */
    {TIME, BINANCE_MALFORMED, ""},
    {TIME "[]", BINANCE_MALFORMED, ""},
    {TIME "{\"result\":null", BINANCE_MALFORMED, ""},
    {TIME "{\"result\":null} x", BINANCE_MALFORMED, ""},
    {TIME "{\"result\":nul}", BINANCE_MALFORMED, ""},
    {TIME "{\"result\":null,\"x\":\"\xff\"}", BINANCE_MALFORMED, ""},
    {TIME "{\"u\":1,\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", BINANCE_MALFORMED, "twice"},
    {TIME "{\"stream\":\"x@trade\"}", BINANCE_MALFORMED, "lacks its stream or data"},
    {TIME "{\"stream\":\"x@trade\",\"data\":[]}", BINANCE_MALFORMED, "lacks its stream or data"},
    {TIME "{\"stream\":1,\"data\":{}}", BINANCE_MALFORMED, "lacks its stream or data"},
    {TIME "{\"stream\":\"x@trade\",\"data\":{}}", BINANCE_MALFORMED, "no symbol"},
    {TIME "{}", BINANCE_MALFORMED, "no symbol"},
    /* the book */
    {TIME "{\"u\":1,\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", BINANCE_MALFORMED, "no symbol"},
    {TIME "{\"u\":1,\"s\":\"\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", BINANCE_MALFORMED, "no symbol"},
    {TIME "{\"u\":1,\"s\":7,\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", BINANCE_MALFORMED, "no symbol"},
    {TIME "{\"u\":1,\"s\":\"A\\u001bB\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", BINANCE_MALFORMED,
     "no symbol"},
    {TIME "{\"u\":1,\"s\":\"A\xE2\x80\xAE"
          "B\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}",
     BINANCE_MALFORMED, "no symbol"},
    {TIME "{\"u\":1,\"s\":\"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}",
     BINANCE_MALFORMED, "no symbol"},
    {TIME "{\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", BINANCE_MALFORMED, "update id"},
    {TIME "{\"u\":-1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", BINANCE_MALFORMED, "update id"},
    {TIME "{\"u\":1.0,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", BINANCE_MALFORMED, "update id"},
    {TIME "{\"u\":\"1\",\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}", BINANCE_MALFORMED, "update id"},
    {BOOK_OF("\"-1\"", "\"2\"", "\"3\"", "\"4\""), BINANCE_MALFORMED, "b and B"},
    {BOOK_OF("\"1\"", "\"-2\"", "\"3\"", "\"4\""), BINANCE_MALFORMED, "b and B"},
    {BOOK_OF("\"1e3\"", "\"2\"", "\"3\"", "\"4\""), BINANCE_MALFORMED, "b and B"},
    {BOOK_OF("\"\"", "\"2\"", "\"3\"", "\"4\""), BINANCE_MALFORMED, "b and B"},
    {BOOK_OF("null", "\"2\"", "\"3\"", "\"4\""), BINANCE_MALFORMED, "b and B"},
    {BOOK_OF("[[\"1\",\"2\"]]", "\"2\"", "\"3\"", "\"4\""), BINANCE_MALFORMED, "b and B"},
    {BOOK_OF("\"NaN\"", "\"2\"", "\"3\"", "\"4\""), BINANCE_MALFORMED, "b and B"},
    {BOOK_OF("\"99999999999\"", "\"2\"", "\"3\"", "\"4\""), BINANCE_MALFORMED, "b and B"},
    {BOOK_OF("\"1.0000000001\"", "\"2\"", "\"3\"", "\"4\""), BINANCE_MALFORMED, "b and B"},
    {BOOK_OF("\"1\"", "\"2\"", "\"3 \"", "\"4\""), BINANCE_MALFORMED, "a and A"},
    {BOOK_OF("\"1\"", "\"2\"", "\"3\"", "true"), BINANCE_MALFORMED, "a and A"},
    {TIME "{\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\"}", BINANCE_MALFORMED, "a and A"},
    /* the trade */
    {TRADE_OF("\"1\"", "\"1\"", "\"1\"", "1723161255342", "true"), BINANCE_MALFORMED, "trade id"},
    {TRADE_OF("99999999999999999999", "\"1\"", "\"1\"", "1723161255342", "true"), BINANCE_MALFORMED, "trade id"},
    {TRADE_OF("1", "\"0\"", "\"1\"", "1723161255342", "true"), BINANCE_MALFORMED, "p is no price"},
    {TRADE_OF("1", "\"-1\"", "\"1\"", "1723161255342", "true"), BINANCE_MALFORMED, "p is no price"},
    {TRADE_OF("1", "\"1\"", "\"0\"", "1723161255342", "true"), BINANCE_MALFORMED, "q is no quantity"},
    {TRADE_OF("1", "\"1\"", "\"1\"", "1723161255", "true"), BINANCE_MALFORMED, "T is no time"},
    {TRADE_OF("1", "\"1\"", "\"1\"", "1723161255342000", "true"), BINANCE_MALFORMED, "T is no time"},
    {TRADE_OF("1", "\"1\"", "\"1\"", "-1", "true"), BINANCE_MALFORMED, "T is no time"},
    {TRADE_OF("1", "\"1\"", "\"1\"", "1723161255342", "1"), BINANCE_MALFORMED, "m is neither"},
    {TRADE_OF("1", "\"1\"", "\"1\"", "1723161255342", "\"true\""), BINANCE_MALFORMED, "m is neither"},
};

static void tells_lines_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        struct quote raw;
        const char *problem;
        enum binance_kind kind = parse(LINES[i].line, strlen(LINES[i].line), &raw, &problem);
        if (kind != LINES[i].kind || (problem != NULL && strstr(problem, LINES[i].problem) == NULL))
            fail_msg("%s is %d: %s", LINES[i].line, (int)kind, problem == NULL ? "" : problem);
    }
}

static void an_empty_side_has_no_price(void **state)
{
    (void)state;
    const char *line = BOOK_OF("\"0.00000000\"", "\"0.00000000\"", "\"3\"", "\"4\"");
    struct quote raw;
    const char *problem;
    assert_int_equal(parse(line, strlen(line), &raw, &problem), BINANCE_BOOK);
    assert_int_equal(raw.bid, DECIMAL_NONE);
    assert_int_equal(raw.bid_size, 0);
    assert_int_equal(raw.ask, 3 * PRICE_ONE);
    assert_int_equal(raw.ask_size, 4 * QUANTITY_ONE);
}

/* Every good line cut anywhere, and with a NUL anywhere, is refused and never read over. */
static void cut_lines_are_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        size_t length = strlen(LINES[i].line);
        while (length > 0 && LINES[i].line[length - 1] == ' ')
            length--;
        for (size_t at = 0; LINES[i].kind != BINANCE_MALFORMED && at < length; at++) {
            struct quote raw;
            const char *problem;
            assert_int_equal(parse(LINES[i].line, at, &raw, &problem), BINANCE_MALFORMED);
            char with_nul[1024];
            memcpy(with_nul, LINES[i].line, length);
            with_nul[at] = '\0';
            assert_int_equal(parse(with_nul, length, &raw, &problem), BINANCE_MALFORMED);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_book),
        cmocka_unit_test(reads_a_trade),
        cmocka_unit_test(tells_lines_apart),
        cmocka_unit_test(an_empty_side_has_no_price),
        cmocka_unit_test(cut_lines_are_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
