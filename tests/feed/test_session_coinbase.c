/* A session with Coinbase: one number over all messages of a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session_script.h"

static const char *const SYMBOLS[2] = {"BTC-USD", "ETH-USD"};

#define PRODUCTS   "\"product_ids\":[\"BTC-USD\",\"ETH-USD\"],"
#define ASK_HEARTS "send {\"type\":\"subscribe\",\"channel\":\"heartbeats\"}"
#define ASK_BOOKS  "send {\"type\":\"subscribe\"," PRODUCTS "\"channel\":\"level2\"}"
#define ASK_TRADES "send {\"type\":\"subscribe\"," PRODUCTS "\"channel\":\"market_trades\"}"
#define MESSAGE(channel, number, events)                                                                               \
    "{\"channel\":\"" channel "\",\"timestamp\":\"2026-11-23T14:30:00.1Z\",\"sequence_num\":" number                   \
    ",\"events\":[" events "]}"
#define SUBSCRIBED(number) MESSAGE("subscriptions", number, "{\"subscriptions\":{}}")
#define HEARTBEAT(number)  MESSAGE("heartbeats", number, "{\"heartbeat_counter\":1}")
#define LEVEL(side, price, size)                                                                                       \
    "{\"side\":\"" side "\",\"event_time\":\"2026-11-23T14:30:00Z\",\"price_level\":\"" price                          \
    "\",\"new_quantity\":\"" size "\"}"
#define BOOK(number, type, product, levels)                                                                            \
    MESSAGE("l2_data", number, "{\"type\":\"" type "\",\"product_id\":\"" product "\",\"updates\":[" levels "]}")
#define BTC_BOOK(number) BOOK(number, "snapshot", "BTC-USD", LEVEL("bid", "100", "1") "," LEVEL("offer", "101", "1"))
#define TRADE(number)                                                                                                  \
    MESSAGE("market_trades", number,                                                                                   \
            "{\"type\":\"update\",\"trades\":[{\"trade_id\":\"1\",\"product_id\":\"BTC-USD\",\"price\":\"100\","       \
            "\"size\":\"1\",\"side\":\"BUY\",\"time\":\"2026-11-23T14:30:00Z\"}]}")

#define STARTED                                                                                                        \
    {0, NULL, "connect"}, {10, "connected", "say connected\n" ASK_HEARTS}, {400, NULL, ASK_BOOKS "\n" ASK_TRADES},     \
        {0, SUBSCRIBED("0"), ""},                                                                                      \
    {                                                                                                                  \
        0, BTC_BOOK("1"), "fresh BTC-USD\nquote BTC-USD 100/101\ndepth BTC-USD"                                        \
    }
#define LOST(reason) "say " reason "; the next connection is tried in 0.3 s\nstale BTC-USD: " reason "\nclose"

static void makes_quotes_from_the_book(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        {0, NULL, "connect"},
        {10, "connected", "say connected\n" ASK_HEARTS},
        {400, NULL, ASK_BOOKS "\n" ASK_TRADES},
        {0, TRADE("0"), ""}, /* no price yet */
        {0, BTC_BOOK("1"), "fresh BTC-USD\nquote BTC-USD 100/101\ndepth BTC-USD"},
        {0, TRADE("2"), "trade BTC-USD 100"},
        {0, BOOK("3", "update", "BTC-USD", LEVEL("bid", "100.5", "2")), "quote BTC-USD 100.5/101\ndepth BTC-USD"},
        {0, BOOK("4", "update", "BTC-USD", LEVEL("bid", "100.5", "0")), "quote BTC-USD 100/101\ndepth BTC-USD"},
        {4999, HEARTBEAT("5"), ""},
    };
    SESSION_SCRIPT_PLAY(&VENUE_COINBASE, SYMBOLS, STEPS);
}

static void begins_anew_when_a_message_is_missing(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        STARTED,
        {0, HEARTBEAT("2"), ""},
        {0, BOOK("4", "update", "BTC-USD", LEVEL("bid", "100.5", "2")), LOST("messages of the connection are missing")},
        {500, NULL, "connect"},
        {10, "connected", "say connected again after 1 failure\n" ASK_HEARTS},
        {400, NULL, ASK_BOOKS "\n" ASK_TRADES},
        {0, SUBSCRIBED("0"), ""}, /* a new count */
        {0, BTC_BOOK("1"), "fresh BTC-USD\nquote BTC-USD 100/101\ndepth BTC-USD"},
    };
    SESSION_SCRIPT_PLAY(&VENUE_COINBASE, SYMBOLS, STEPS);
}

static void begins_anew_when_messages_are_out_of_order(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        STARTED,
        {0, HEARTBEAT("1"), LOST("the messages of the connection are not in order")},
    };
    SESSION_SCRIPT_PLAY(&VENUE_COINBASE, SYMBOLS, STEPS);
}

/* Nobody knows what was in it. */
static void begins_anew_when_a_message_cannot_be_read(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        STARTED,
        {0, BOOK("2", "update", "BTC-USD", LEVEL("bid", "nothing", "2")),
         "say a message cannot be read: a level lacks its side, price or quantity; further ones are counted\n" LOST(
             "a message could not be read")},
    };
    SESSION_SCRIPT_PLAY(&VENUE_COINBASE, SYMBOLS, STEPS);
}

static void says_what_the_venue_refuses(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        STARTED,
        {0, "{\"type\":\"error\",\"message\":\"product BTC-EURO is not valid\"}",
         "say the venue refuses a request: product BTC-EURO is not valid"},
        {0, HEARTBEAT("2"), ""},
    };
    SESSION_SCRIPT_PLAY(&VENUE_COINBASE, SYMBOLS, STEPS);
}

/* The second instrument of the scripts never gets its book. */
static void asks_again_for_a_book_that_does_not_come(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        STARTED,
        {4000, HEARTBEAT("2"), ""},
        {4000, HEARTBEAT("3"), ""},
        {2000, NULL,
         "send {\"type\":\"unsubscribe\",\"product_ids\":[\"ETH-USD\"],\"channel\":\"level2\"}\n"
         "send {\"type\":\"subscribe\",\"product_ids\":[\"ETH-USD\"],\"channel\":\"level2\"}"},
    };
    SESSION_SCRIPT_PLAY(&VENUE_COINBASE, SYMBOLS, STEPS);
}

static void gives_up_while_another_reads(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        STARTED,
        {0, "pause", "stale BTC-USD: another process reads the venue"},
        {5000, NULL, "close\nconnect"}, /* as soon as it is asked again */
    };
    SESSION_SCRIPT_PLAY(&VENUE_COINBASE, SYMBOLS, STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_quotes_from_the_book),
        cmocka_unit_test(begins_anew_when_a_message_is_missing),
        cmocka_unit_test(begins_anew_when_messages_are_out_of_order),
        cmocka_unit_test(begins_anew_when_a_message_cannot_be_read),
        cmocka_unit_test(says_what_the_venue_refuses),
        cmocka_unit_test(asks_again_for_a_book_that_does_not_come),
        cmocka_unit_test(gives_up_while_another_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
