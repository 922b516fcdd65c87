/* A session with Binance: snapshots over REST, the chain of update ids, the cut after 24 hours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/timestamp.h"
#include "session_script.h"

enum { TEXT_SIZE = 256 };

static const char *const SYMBOLS[2] = {"BTCUSDT", "ETHUSDT"};

#define ASK(stream, id)                                                                                                \
    "send {\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@" stream "\",\"ethusdt@" stream "\"],\"id\":" id "}"
#define ASK_ALL   ASK("bookTicker", "1") "\n" ASK("trade", "2") "\n" ASK("depth@100ms", "3")
#define FETCH     "fetch /api/v3/depth?symbol=BTCUSDT&limit=1000"
#define FETCH_ETH "fetch /api/v3/depth?symbol=ETHUSDT&limit=1000"
#define TICKER(symbol, id, bid, ask)                                                                                   \
    "{\"u\":" id ",\"s\":\"" symbol "\",\"b\":\"" bid "\",\"B\":\"1\",\"a\":\"" ask "\",\"A\":\"1\"}"
#define DEPTH(symbol, first, last)                                                                                     \
    "{\"e\":\"depthUpdate\",\"E\":1723161255343,\"s\":\"" symbol "\",\"U\":" first ",\"u\":" last                      \
    ",\"b\":[[\"100.0\",\"1\"]],\"a\":[]}"
#define SNAPSHOT(instrument, id)                                                                                       \
    "snapshot " instrument " {\"lastUpdateId\":" id ",\"bids\":[[\"100.0\",\"2\"]],\"asks\":[[\"100.1\",\"2\"]]}"
#define TRADE                                                                                                          \
    "{\"e\":\"trade\",\"E\":1723161255343,\"s\":\"BTCUSDT\",\"t\":1,\"p\":\"100.1\",\"q\":\"1\",\"T\":1723161255342,"  \
    "\"m\":true}"

#define CONNECTED                                                                                                      \
    {0, NULL, "connect"}, {10, "connected", "say connected\n" ASK("bookTicker", "1")},                                 \
    {                                                                                                                  \
        750, NULL, ASK("trade", "2") "\n" ASK("depth@100ms", "3")                                                      \
    }
#define WHOLE                                                                                                          \
    CONNECTED, {0, TICKER("BTCUSDT", "1", "100", "101"), "fresh BTCUSDT\nquote BTCUSDT 100/101"},                      \
        {0, DEPTH("BTCUSDT", "10", "12"), FETCH},                                                                      \
    {                                                                                                                  \
        100, SNAPSHOT("0", "11"), "depth BTCUSDT"                                                                      \
    }
#define GAP                                                                                                            \
    "say BTCUSDT: an update of the book is missing; it is asked for anew\n"                                            \
    "stale BTCUSDT: an update of the book is missing"

static void puts_the_snapshot_before_the_updates_that_waited(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        CONNECTED,
        {0, "{\"result\":null,\"id\":1}", ""},
        {0, TRADE, ""}, /* no price yet */
        {0, TICKER("BTCUSDT", "1", "100", "101"), "fresh BTCUSDT\nquote BTCUSDT 100/101"},
        {0, TRADE, "trade BTCUSDT 100.1"},
        {0, DEPTH("BTCUSDT", "10", "12"), FETCH},
        {0, DEPTH("BTCUSDT", "13", "14"), ""},
        {0, DEPTH("ETHUSDT", "5", "6"), ""}, /* one at a time */
        {100, SNAPSHOT("0", "11"), "depth BTCUSDT"},
        {0, DEPTH("BTCUSDT", "15", "15"), "depth BTCUSDT"},
        {400, NULL, FETCH_ETH},
        {0, SNAPSHOT("1", "6"), "depth ETHUSDT"},
    };
    struct session_counts counts = SESSION_SCRIPT_PLAY(&VENUE_BINANCE, SYMBOLS, STEPS);
    assert_int_equal(counts.books.updates, 3);
    assert_int_equal(counts.books.gaps, 0);
    assert_int_equal(counts.stale, 1);
}

static void fetches_a_book_anew_after_a_gap(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        WHOLE,
        {1000, DEPTH("BTCUSDT", "14", "15"), GAP},
        {0, TICKER("BTCUSDT", "2", "100", "102"), ""},
        {0, TICKER("ETHUSDT", "3", "50", "51"), "fresh ETHUSDT\nquote ETHUSDT 50/51"},
        {100, DEPTH("BTCUSDT", "16", "17"), FETCH},
        {0, SNAPSHOT("0", "16"),
         "depth BTCUSDT\nsay BTCUSDT: its book is whole again\nfresh BTCUSDT\nquote BTCUSDT 100/102"},
        {0, DEPTH("BTCUSDT", "18", "18"), "depth BTCUSDT"},
    };
    SESSION_SCRIPT_PLAY(&VENUE_BINANCE, SYMBOLS, STEPS);
}

/* A snapshot from a server that lags behind is of no use: another one is fetched, later and later. */
static void fetches_again_what_is_too_old(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        CONNECTED,
        {0, DEPTH("BTCUSDT", "10", "12"), FETCH},
        {100, SNAPSHOT("0", "8"), "say BTCUSDT: an update of the book is missing; it is asked for anew"},
        {399, DEPTH("BTCUSDT", "13", "13"), ""},
        {1, NULL, FETCH},
        {0, SNAPSHOT("0", "9"), "say BTCUSDT: an update of the book is missing; it is asked for anew"},
        {999, DEPTH("BTCUSDT", "14", "14"), ""},
        {1, DEPTH("BTCUSDT", "15", "15"), FETCH},
        {0, SNAPSHOT("0", "14"), "depth BTCUSDT\nsay BTCUSDT: its book is whole again"},
    };
    assert_int_equal(SESSION_SCRIPT_PLAY(&VENUE_BINANCE, SYMBOLS, STEPS).books.gaps, 2);
}

static void comes_to_terms_with_failed_snapshots(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        CONNECTED,
        {0, DEPTH("BTCUSDT", "10", "12"), FETCH},
        {100, "failed 0 0 the answer is late", "say BTCUSDT: there is no snapshot of its book: the answer is late"},
        {0, TICKER("BTCUSDT", "1", "100", "101"), "fresh BTCUSDT\nquote BTCUSDT 100/101"},
        {4999, DEPTH("BTCUSDT", "13", "13"), ""},
        {1, DEPTH("BTCUSDT", "14", "14"), FETCH},
        {0, "failed 0 120 the venue answers 429",
         "say BTCUSDT: there is no snapshot of its book: the venue answers 429"},
        {14999, DEPTH("BTCUSDT", "15", "15"), ""},
        {14999, DEPTH("BTCUSDT", "16", "16"), ""},
        {14999, DEPTH("BTCUSDT", "17", "17"), ""},
        {14999, DEPTH("BTCUSDT", "18", "18"), ""},
        {14999, DEPTH("BTCUSDT", "19", "19"), ""},
        {14999, DEPTH("BTCUSDT", "20", "20"), ""},
        {14999, DEPTH("BTCUSDT", "21", "21"), ""},
        {14999, DEPTH("BTCUSDT", "22", "22"), ""},
        {8, NULL, FETCH},
        {0, "snapshot 0 {\"code\":-1121,\"msg\":\"Invalid symbol.\"}",
         "say a message cannot be read: a book has no update ids; further ones are counted\n"
         "say BTCUSDT: a message about its book cannot be read; it is asked for anew\n"
         "stale BTCUSDT: a message about its book cannot be read"},
        {0, SNAPSHOT("0", "30"), ""}, /* nobody asked for it */
    };
    SESSION_SCRIPT_PLAY(&VENUE_BINANCE, SYMBOLS, STEPS);
}

static void says_what_the_venue_refuses(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        CONNECTED,
        {0, "{\"error\":{\"code\":2,\"msg\":\"Invalid request: unknown variant\"},\"id\":1}",
         "say the venue refuses a request: Invalid request: unknown variant"},
    };
    assert_int_equal(SESSION_SCRIPT_PLAY(&VENUE_BINANCE, SYMBOLS, STEPS).refusals, 1);
}

/* It has no heartbeats of its own: the answer to a ping is one. */
static void pings_a_quiet_connection(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        WHOLE,
        {14899, NULL, ""},
        {1, NULL, "ping"},
        {1000, "pong", ""},
        {15000, NULL, "ping"},
        {14999, NULL, ""},
        {1, NULL,
         "say nothing was heard for 30 s; the next connection is tried in 0.5 s\n"
         "stale BTCUSDT: nothing was heard for 30 s\nclose"},
    };
    SESSION_SCRIPT_PLAY(&VENUE_BINANCE, SYMBOLS, STEPS);
}

static void comes_back_later_and_later(void **state)
{
    (void)state;
    static const struct session_step STEPS[] = {
        {0, NULL, "connect"},
        {10, "closed it was not answered", "say it was not answered; the next connection is tried in 0.3 s"},
        {250, NULL, ""},
        {250, NULL, "connect"},
        {0, "closed it was not answered", ""}, /* said once */
        {500, NULL, ""},
        {500, NULL, "connect"},
        {14000, NULL, ""},
        {1000, NULL, "say the connection took more than 15 s; the next connection is tried in 1.0 s\nclose"},
        {2000, NULL, "connect"},
        {0, "closed it was not answered", "say it was not answered; the next connection is tried in 2.2 s"},
        {4000, NULL, "connect"},
        {0, "closed it was not answered", ""},
        {8000, NULL, "connect"},
        {0, "closed it was not answered", ""},
        {16000, NULL, "connect"},
        {0, "closed it was not answered", ""},
        {15000, NULL, ""},
        {15000, NULL, "connect"}, /* half a minute at most */
        {0, "closed it was not answered", ""},
        {15000, NULL, ""},
        {15000, NULL, "connect"},
        {0, "connected", "say connected again after 8 failures\n" ASK("bookTicker", "1")},
        {750, NULL, ASK("trade", "2") "\n" ASK("depth@100ms", "3")},
        /* One that held for a minute was a good one. */
        {14000, "pong", ""},
        {14000, "pong", ""},
        {14000, "pong", ""},
        {14000, "pong", ""},
        {14000, "closed the connection was cut", "say the connection was cut; the next connection is tried in 0.4 s"},
    };
    SESSION_SCRIPT_PLAY(&VENUE_BINANCE, SYMBOLS, STEPS);
}

static void ignore_quote(void *context, size_t instrument, const struct quote *raw)
{
    (void)context;
    (void)instrument;
    (void)raw;
}

static void ignore_stale(void *context, size_t instrument, bool stale, const char *reason)
{
    (void)context;
    (void)instrument;
    (void)stale;
    (void)reason;
}

static void keep_text(void *context, enum log_level level, const char *text)
{
    (void)level;
    snprintf(context, TEXT_SIZE, "%s", text);
}

/* A day of pongs, for several sessions: each takes its new connection at its own moment in the last quarter of an hour,
 * and at once. */
static void takes_a_new_connection_before_it_is_cut(void **state)
{
    (void)state;
    int64_t moments_s[4];
    for (uint64_t seed = 0; seed < 4; seed++) {
        char text[TEXT_SIZE] = "";
        struct session_action action;
        struct session *session = session_create(&(struct session_options){
            .venue = &VENUE_BINANCE,
            .symbols = SYMBOLS,
            .symbol_count = 2,
            .seed = seed,
            .sink = {.quote = ignore_quote, .stale = ignore_stale, .tell = keep_text, .context = text}});
        int64_t now_s = 0;
        assert_true(session_next(session, 0, &action) && action.kind == SESSION_CONNECT);
        session_connected(session, 0);
        bool acts = false;
        while (now_s < 86400 && !(acts && action.kind == SESSION_CLOSE)) {
            now_s++;
            session_pong(session, now_s * NS_PER_SECOND);
            while ((acts = session_next(session, now_s * NS_PER_SECOND, &action)) && action.kind == SESSION_SEND) {
            }
        }
        assert_in_range(now_s, 86400 - 900, 86400 - 450);
        assert_string_equal(text, "a new connection is taken before the venue cuts this one");
        assert_true(session_next(session, now_s * NS_PER_SECOND, &action) && action.kind == SESSION_CONNECT);
        moments_s[seed] = now_s;
        session_destroy(session);
    }
    assert_false(moments_s[0] == moments_s[1] && moments_s[1] == moments_s[2] && moments_s[2] == moments_s[3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_the_snapshot_before_the_updates_that_waited),
        cmocka_unit_test(fetches_a_book_anew_after_a_gap),
        cmocka_unit_test(fetches_again_what_is_too_old),
        cmocka_unit_test(comes_to_terms_with_failed_snapshots),
        cmocka_unit_test(says_what_the_venue_refuses),
        cmocka_unit_test(pings_a_quiet_connection),
        cmocka_unit_test(comes_back_later_and_later),
        cmocka_unit_test(takes_a_new_connection_before_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
