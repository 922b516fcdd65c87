/* A session with Kraken: decimals first, checksums, heartbeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "session_script.h"

static const char *const SYMBOLS[2] = {"BTC/USD", "ETH/USD"};

#define ASK_INSTRUMENTS "send {\"method\":\"subscribe\",\"params\":{\"channel\":\"instrument\"},\"req_id\":1}"
#define ASK(channel, more, id)                                                                                         \
    "send {\"method\":\"subscribe\",\"params\":{\"channel\":\"" channel "\",\"symbol\":[\"BTC/USD\",\"ETH/USD\"]" more \
    "},\"req_id\":" id "}"
#define ASK_BOOKS   ASK("book", ",\"depth\":10", "2")
#define ASK_TICKERS ASK("ticker", ",\"event_trigger\":\"bbo\"", "3")
#define ASK_TRADES  ASK("trade", "", "4")
#define AGAIN(method, id)                                                                                              \
    "send {\"method\":\"" method "\",\"params\":{\"channel\":\"book\",\"symbol\":[\"BTC/USD\"],\"depth\":10},"         \
    "\"req_id\":" id "}"
#define AGAIN_BOTH(first, second) AGAIN("unsubscribe", first) "\n" AGAIN("subscribe", second)

#define PAIR(symbol) "{\"symbol\":\"" symbol "\",\"status\":\"online\",\"price_precision\":1,\"qty_precision\":8}"
#define INSTRUMENTS                                                                                                    \
    "{\"channel\":\"instrument\",\"type\":\"snapshot\",\"data\":{\"assets\":[],\"pairs\":[" PAIR("ADA/USD") "," PAIR(  \
        "BTC/USD") "," PAIR("ETH/USD") "]}}"
#define BOOK(type, symbol, bids, asks, checksum)                                                                       \
    "{\"channel\":\"book\",\"type\":\"" type "\",\"data\":[{\"symbol\":\"" symbol "\",\"bids\":[" bids                 \
    "],\"asks\":[" asks "],\"checksum\":" checksum ",\"timestamp\":\"2026-11-23T14:30:00.000001Z\"}]}"
#define LEVEL(price, size)   "{\"price\":" price ",\"qty\":" size "}"
#define BTC_BOOK             BOOK("snapshot", "BTC/USD", LEVEL("100.0", "1.0"), LEVEL("100.1", "2.0"), "1321159111")
#define BTC_UPDATE(checksum) BOOK("update", "BTC/USD", LEVEL("100.0", "3.0"), "", checksum)
#define ETH_BOOK             BOOK("snapshot", "ETH/USD", LEVEL("50.0", "1.0"), LEVEL("50.1", "2.0"), "2213022269")
#define TICKER(symbol, bid, ask)                                                                                       \
    "{\"channel\":\"ticker\",\"type\":\"update\",\"data\":[{\"symbol\":\"" symbol "\",\"bid\":" bid                    \
    ",\"bid_qty\":1.0,\"ask\":" ask ",\"ask_qty\":2.0}]}"
#define TRADE                                                                                                          \
    "{\"channel\":\"trade\",\"type\":\"update\",\"data\":[{\"symbol\":\"BTC/USD\",\"side\":\"buy\",\"price\":100.1,"   \
    "\"qty\":1.0,\"trade_id\":7,\"timestamp\":\"2026-11-23T14:30:00.000001Z\"}]}"
#define HEARTBEAT "{\"channel\":\"heartbeat\"}"

/* From the start until both instruments have a book and a price. */
#define STARTED                                                                                                        \
    {0, NULL, "connect"}, {10, "connected", "say connected\n" ASK_INSTRUMENTS}, {10, INSTRUMENTS, ""},                 \
        {80, NULL, ASK_BOOKS}, {100, NULL, ASK_TICKERS}, {100, NULL, ASK_TRADES}, {0, BTC_BOOK, "depth BTC/USD"},      \
        {0, ETH_BOOK, "depth ETH/USD"},                                                                                \
        {0, TICKER("BTC/USD", "100.0", "100.1"), "fresh BTC/USD\nquote BTC/USD 100/100.1"},                            \
    {                                                                                                                  \
        0, TICKER("ETH/USD", "50.0", "50.1"), "fresh ETH/USD\nquote ETH/USD 50/50.1"                                   \
    }

#define RIGHT "1615421761"
#define WRONG "1615421762"
#define BROKEN                                                                                                         \
    "say BTC/USD: the checksum of the book is wrong; it is asked for anew\n"                                           \
    "stale BTC/USD: the checksum of the book is wrong"

static void checks_every_message_and_asks_for_a_broken_book_alone(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        STARTED,
        {1000, BTC_UPDATE(RIGHT), "depth BTC/USD"},
        {0, TRADE, "trade BTC/USD 100.1"},
        {0, BTC_UPDATE(WRONG), BROKEN "\n" AGAIN_BOTH("5", "6")},
        /* Nothing of the one is handed on, all of the other. */
        {0, TICKER("BTC/USD", "100.0", "100.3"), ""},
        {0, TRADE, ""},
        {0, TICKER("ETH/USD", "50.0", "50.2"), "quote ETH/USD 50/50.2"},
        {0, BTC_UPDATE(RIGHT), ""},
        {500, BTC_BOOK, "depth BTC/USD\nsay BTC/USD: its book is whole again\nfresh BTC/USD\nquote BTC/USD 100/100.3"},
        {0, BTC_UPDATE(RIGHT), "depth BTC/USD"},
    };
    struct session_counts counts = SESSION_SCRIPT_PLAY(&VENUE_KRAKEN, SYMBOLS, STEPS);
    assert_int_equal(counts.broken, 1);
    assert_int_equal(counts.withheld, 2);
    assert_int_equal(counts.stale, 0);
    assert_int_equal(counts.books.checksums_right, 5);
    assert_int_equal(counts.books.checksums_wrong, 1);
}

/* A venue that goes on sending wrong books is not asked for them all the time. */
static void asks_later_and_later_for_a_book_that_breaks_again(void **state)
{
    (void)state;
    static const char BAD[] = BOOK("snapshot", "BTC/USD", LEVEL("100.0", "1.0"), "", "1");
    static const struct session_step STEPS[] = {
        STARTED,
        {1000, BAD, BROKEN "\n" AGAIN_BOTH("5", "6")},
        {500, BAD, "say BTC/USD: the checksum of the book is wrong; it is asked for anew"},
        {999, NULL, ""},
        {1, NULL, AGAIN_BOTH("7", "8")},
        {500, BAD, "say BTC/USD: the checksum of the book is wrong; it is asked for anew"},
        {1999, HEARTBEAT, ""},
        {1, NULL, AGAIN_BOTH("9", "10")},
        /* One that does not come at all is asked for again after 10 s. */
        {4998, HEARTBEAT, ""},
        {4998, HEARTBEAT, ""},
        {3, HEARTBEAT, ""},
        {1, NULL, AGAIN_BOTH("11", "12")},
    };
    SESSION_SCRIPT_PLAY(&VENUE_KRAKEN, SYMBOLS, STEPS);
}

static void lives_on_garbage_and_breaks_what_was_half_read(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        STARTED,
        {0, "garbage", "say a message cannot be read: the text is not an object; further ones are counted"},
        {0, "{\"channel\":\"book\"", ""},
        {0, "", ""},
        {1000, BTC_UPDATE(RIGHT), "depth BTC/USD"},
        {0, BOOK("update", "BTC/USD", LEVEL("100.0", "3.0") "," LEVEL("x", "1"), "", "1"), ""},
        {0, BOOK("update", "BTC/USD", LEVEL("100.0", "3.0") "," LEVEL("\"x\"", "1"), "", "1"),
         "say BTC/USD: a message about its book cannot be read; it is asked for anew\n"
         "stale BTC/USD: a message about its book cannot be read\n" AGAIN_BOTH("5", "6")},
        {0, TICKER("ETH/USD", "50.0", "50.2"), "quote ETH/USD 50/50.2"},
    };
    assert_int_equal(SESSION_SCRIPT_PLAY(&VENUE_KRAKEN, SYMBOLS, STEPS).bad_messages, 5);
}

static void says_what_the_venue_refuses(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        {0, NULL, "connect"},
        {10, "connected", "say connected\n" ASK_INSTRUMENTS},
        {10, INSTRUMENTS, ""},
        {300, NULL, ASK_BOOKS "\n" ASK_TICKERS "\n" ASK_TRADES},
        {0,
         "{\"error\":\"Currency pair not supported BTC/USD\",\"method\":\"subscribe\",\"success\":false,"
         "\"symbol\":\"BTC/USD\"}",
         "say the venue refuses BTC/USD: Currency pair not supported BTC/USD"},
        {0,
         "{\"error\":\"Currency pair not supported BTC/USD\",\"method\":\"subscribe\",\"success\":false,"
         "\"symbol\":\"BTC/USD\"}",
         ""},
        {0, ETH_BOOK, "depth ETH/USD"},
        {0, "{\"error\":\"Exceeded msg rate\",\"success\":false}",
         "say the venue refuses a request: Exceeded msg rate"},
        /* It is not asked for again on this connection; the other one goes on. */
        {4000, HEARTBEAT, ""},
        {4000, HEARTBEAT, ""},
        {4000, HEARTBEAT, ""},
        {0, TICKER("ETH/USD", "50.0", "50.1"), "fresh ETH/USD\nquote ETH/USD 50/50.1"},
    };
    struct session_counts counts = SESSION_SCRIPT_PLAY(&VENUE_KRAKEN, SYMBOLS, STEPS);
    assert_int_equal(counts.refusals, 3);
    assert_int_equal(counts.stale, 1);
}

static void takes_a_silent_connection_for_dead(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        STARTED,
        {4999, HEARTBEAT, ""},
        {5000, NULL, "ping"},
        {0, "pong", ""}, /* the machine lives; what sends the market data need not */
        {4999, NULL, ""},
        {1, NULL,
         "say nothing was heard for 10 s; the next connection is tried in 0.3 s\n"
         "stale BTC/USD: nothing was heard for 10 s\nstale ETH/USD: nothing was heard for 10 s\nclose"},
        {249, NULL, ""},
        {251, NULL, "connect"},
        {0, BTC_BOOK, ""}, /* of the old one */
        {10, "connected", "say connected again after 1 failure\n" ASK_INSTRUMENTS},
        {10, INSTRUMENTS, ASK_BOOKS},
        {200, NULL, ASK_TICKERS "\n" ASK_TRADES},
        {0, BTC_UPDATE(RIGHT), ""}, /* no book yet */
        {0, TRADE, ""},             /* no price yet */
        {0, BTC_BOOK, "depth BTC/USD"},
        {0, TICKER("BTC/USD", "100.0", "100.1"), "fresh BTC/USD\nquote BTC/USD 100/100.1"},
    };
    struct session_counts counts = SESSION_SCRIPT_PLAY(&VENUE_KRAKEN, SYMBOLS, STEPS);
    assert_int_equal(counts.connections, 2);
    assert_int_equal(counts.stale, 1);
}

static void gives_a_message_a_minute_to_come(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        STARTED,
        {4000, "part", ""},
        {9000, "part", "ping"},
        {9000, "part", "ping"},
        {9000, "part", "ping"},
        {9000, "part", "ping"},
        {9000, "part", "ping"},
        {9000, "part", "ping"},
        {5999, NULL, "ping"},
        {1, NULL,
         "say a message did not come to its end within 60 s; the next connection is tried in 0.3 s\n"
         "stale BTC/USD: a message did not come to its end within 60 s\n"
         "stale ETH/USD: a message did not come to its end within 60 s\nclose"},
    };
    SESSION_SCRIPT_PLAY(&VENUE_KRAKEN, SYMBOLS, STEPS);
}

static void needs_the_decimals(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        {0, NULL, "connect"},
        {10, "connected", "say connected\n" ASK_INSTRUMENTS},
        {4000, HEARTBEAT, ""},
        {4000, HEARTBEAT, ""},
        {1999, HEARTBEAT, ""},
        {1, NULL,
         "say the venue does not say how many decimals its numbers have; the next connection is tried in 0.3 s\nclose"},
    };
    SESSION_SCRIPT_PLAY(&VENUE_KRAKEN, SYMBOLS, STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_every_message_and_asks_for_a_broken_book_alone),
        cmocka_unit_test(asks_later_and_later_for_a_book_that_breaks_again),
        cmocka_unit_test(lives_on_garbage_and_breaks_what_was_half_read),
        cmocka_unit_test(says_what_the_venue_refuses),
        cmocka_unit_test(takes_a_silent_connection_for_dead),
        cmocka_unit_test(gives_a_message_a_minute_to_come),
        cmocka_unit_test(needs_the_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
