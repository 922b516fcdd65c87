/* The paper exchange: events in, events out. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/exchange.h"
#include "engine/requests.h"
#include "exchange_bench.h"

enum { LINES_MAX = 16 };

struct exchange_case {
    const char *lines[LINES_MAX];
    const char *out;
};

#define QUOTE           "quote AAPL 99.90 x 100 / 100.10 x 50"
#define ORDER(id, rest) "new " id " " rest, "validated " id

static const struct exchange_case cases[] = {
    /* Nothing before the checks have decided, and nothing for what they turned away. */
    {{QUOTE, "new A buy 10 AAPL"}, ""},
    {{QUOTE, "new A buy 10 AAPL", "rejected A PRICE_COLLAR", QUOTE}, ""},
    /* Market orders take the displayed size; what is left takes that of the next quotes. */
    {{QUOTE, ORDER("A", "buy 10 AAPL")}, "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "sell 10 AAPL")}, "accepted A; executed A-1 sell 10 @ 99.9 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 80 AAPL")}, "accepted A; executed A-1 buy 50 @ 100.1 leaves 30 taker"},
    {{QUOTE, ORDER("A", "buy 80 AAPL"), "quote AAPL 100 x 1 / 100.20 x 20", "quote AAPL 100 x 1 / 100.30 x 20"},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 30 taker; executed A-2 buy 20 @ 100.2 leaves 10 taker; "
     "executed A-3 buy 10 @ 100.3 leaves 0 taker"},
    {{"quote AAPL 99.90 x - / 100.10 x -", ORDER("A", "buy 9000 AAPL")},
     "accepted A; executed A-1 buy 9000 @ 100.1 leaves 0 taker assumed"},
    {{"quote AAPL 99.90 x 10 / 100.10 x 0", ORDER("A", "buy 10 AAPL")}, "accepted A"},
    /* A bid that is gone repeats its price; that crosses nothing. */
    {{"quote AAPL 100.20 x 0 / 100.10 x 50", ORDER("A", "buy 10 AAPL")},
     "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    /* Limit orders */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100.20")}, "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100.10")}, "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100.09")}, "accepted A queue 0"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.90")}, "accepted A queue 100"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99")}, "accepted A queue 100"},
    {{QUOTE, ORDER("A", "sell 10 AAPL limit 100.10")}, "accepted A queue 50"},
    {{QUOTE, ORDER("A", "sell 10 AAPL limit 100.09")}, "accepted A queue 0"},
    /* What is left rests, and is then met at its own price. */
    {{QUOTE, ORDER("A", "buy 80 AAPL limit 100.20"), "quote AAPL 100 x 1 / 100.21 x 50",
      "quote AAPL 100 x 1 / 100.15 x 50"},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 30 taker; executed A-2 buy 30 @ 100.2 leaves 0 maker"},
    /* Resting: the opposite price reaches it */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100"), "quote AAPL 99.90 x 100 / 100.01 x 50"}, "accepted A queue 0"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100"), "quote AAPL 99.90 x 100 / 100 x 50"},
     "accepted A queue 0; executed A-1 buy 10 @ 100 leaves 0 maker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100"), "quote AAPL 99 x 100 / 99.50 x 4"},
     "accepted A queue 0; executed A-1 buy 4 @ 100 leaves 6 maker"},
    {{QUOTE, ORDER("A", "sell 10 AAPL limit 100"), "quote AAPL 100.05 x 4 / 100.20 x 4"},
     "accepted A queue 0; executed A-1 sell 4 @ 100 leaves 6 maker"},
    /* Resting: trades eat its queue of 100 */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.90"), "quote AAPL 99.90 x 100 / 100.10 x 50 last 99.90 x 100 sell"},
     "accepted A queue 100"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.90"), "quote AAPL 99.90 x 100 / 100.10 x 50 last 99.90 x 104 sell"},
     "accepted A queue 100; executed A-1 buy 4 @ 99.9 leaves 6 maker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.90"), "quote AAPL 99.90 x 100 / 100.10 x 50 last 99.90 x 60 sell",
      "quote AAPL 99.90 x 100 / 100.10 x 50 last 99.90 x 60 sell"},
     "accepted A queue 100; executed A-1 buy 10 @ 99.9 leaves 0 maker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.90"), "quote AAPL 99.90 x 100 / 100.10 x 50 last 99.90 x 500 buy"},
     "accepted A queue 100"}, /* a buyer took */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.90"), "quote AAPL 99.90 x 100 / 100.10 x 50 last 99.91 x 500 sell"},
     "accepted A queue 100"}, /* above */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.90"), "quote AAPL 99.90 x 100 / 100.10 x 50 last 99.89 x 3 sell"},
     "accepted A queue 100; executed A-1 buy 3 @ 99.9 leaves 7 maker"}, /* through */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.90"), "quote AAPL 99.90 x 100 / 100.10 x 50 last 99.90 x 104"},
     "accepted A queue 100; executed A-1 buy 4 @ 99.9 leaves 6 maker"}, /* nobody says who took */
    {{QUOTE, ORDER("A", "sell 10 AAPL limit 100.10"), "quote AAPL 99.90 x 100 / 100.10 x 50 last 100.10 x 51 buy"},
     "accepted A queue 50; executed A-1 sell 1 @ 100.1 leaves 9 maker"},
    /* One trade is shared: better price first, then time. */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.95"), ORDER("B", "buy 10 AAPL limit 99.96"),
      ORDER("C", "buy 10 AAPL limit 99.95"), "quote AAPL 99.90 x 100 / 100.10 x 50 last 99.95 x 25 sell"},
     "accepted A queue 0; accepted B queue 0; accepted C queue 0; executed A-1 buy 10 @ 99.95 leaves 0 maker; "
     "executed B-1 buy 10 @ 99.96 leaves 0 maker; executed C-1 buy 5 @ 99.95 leaves 5 maker"},
    /* ioc and fok */
    {{QUOTE, ORDER("A", "buy 80 AAPL ioc")},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 30 taker; cancelled A ioc"},
    {{QUOTE, ORDER("A", "buy 50 AAPL limit 100.10 ioc")}, "accepted A; executed A-1 buy 50 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100.09 ioc")}, "cancelled A ioc"},
    {{ORDER("A", "buy 10 AAPL ioc")}, "cancelled A ioc"},
    {{QUOTE, ORDER("A", "buy 50 AAPL limit 100.10 fok")}, "accepted A; executed A-1 buy 50 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 51 AAPL limit 100.10 fok")}, "cancelled A fok"},
    {{QUOTE, ORDER("A", "buy 10 AAPL fok"), ORDER("B", "buy 41 AAPL fok"), ORDER("C", "buy 40 AAPL fok")},
     "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker; cancelled B fok; accepted C; "
     "executed C-1 buy 40 @ 100.1 leaves 0 taker"},
    /* Between acceptance and fill the quote went away. */
    {{QUOTE, "new A buy 10 AAPL limit 100.10 ioc", "+validated A", "+accepted A", "quote AAPL 99.90 x 1 / 100.11 x 50"},
     "cancelled A ioc"},
    {{QUOTE, "new A buy 10 AAPL limit 100.10 fok", "+validated A", "+accepted A", "quote AAPL 99.90 x 1 / 100.10 x 9"},
     "cancelled A fok"},
    /* post_only */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100.10 post_only")}, "cancelled A post_only"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100.09 post_only"), "quote AAPL 99.90 x 1 / 100.05 x 50"},
     "accepted A queue 0; executed A-1 buy 10 @ 100.09 leaves 0 maker"},
    {{ORDER("A", "buy 10 AAPL limit 100.20 post_only"), QUOTE},
     "accepted A queue 0; executed A-1 buy 10 @ 100.2 leaves 0 maker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL post_only")}, "refused A"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100 ioc post_only")}, "refused A"},
    /* Stops */
    {{QUOTE, ORDER("A", "buy 10 AAPL stop 101"), "quote AAPL 100 x 1 / 100.99 x 5", "quote AAPL 100 x 1 / 101 x 5"},
     "accepted A; triggered A @ 101; executed A-1 buy 5 @ 101 leaves 5 taker"},
    {{QUOTE, ORDER("A", "sell 10 AAPL stop 99"), "quote AAPL 98.90 x 20 / 99.10 x 5"},
     "accepted A; triggered A @ 98.9; executed A-1 sell 10 @ 98.9 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL stop 101"), "quote AAPL 100 x 1 / 100.50 x 20 last 101 x 1"},
     "accepted A; triggered A @ 101; executed A-1 buy 10 @ 100.5 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL stop 100.10 limit 100.10"), "quote AAPL 100 x 1 / 100.05 x 4"},
     "accepted A; triggered A @ 100.1; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL stop 101 limit 101"), "quote AAPL 100 x 1 / 101.50 x 20",
      "quote AAPL 100 x 1 / 100.80 x 20"},
     "accepted A; triggered A @ 101.5; executed A-1 buy 10 @ 100.8 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 80 AAPL stop 101 ioc"), "quote AAPL 100 x 1 / 101 x 20"},
     "accepted A; triggered A @ 101; executed A-1 buy 20 @ 101 leaves 60 taker; cancelled A ioc"},
    {{"quote AAPL 99.90 x 1 / 100.10 x 50 last 105 x 1", ORDER("A", "buy 10 AAPL stop 101"), QUOTE}, "accepted A"},
    /* No fill on a halted, stale or crossed quote; the next good one fills. */
    {{"quote AAPL 99.90 x 1 / 100.10 x 50 halted", ORDER("A", "buy 10 AAPL"), QUOTE},
     "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{"quote AAPL 99.90 x 1 / 100.10 x 50 auction", ORDER("A", "buy 10 AAPL")}, "accepted A"},
    {{"quote AAPL 100.20 x 1 / 100.10 x 50", ORDER("A", "buy 10 AAPL")}, "accepted A"},
    {{"quote AAPL 100.10 x 1 / 100.10 x 50", ORDER("A", "buy 10 AAPL")},
     "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{QUOTE, "wait 5000ms", ORDER("A", "buy 10 AAPL")}, "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{QUOTE, "wait 5001ms", ORDER("A", "buy 10 AAPL")}, "accepted A"},
    {{QUOTE, "wait 5001ms", ORDER("A", "buy 10 AAPL ioc")}, "cancelled A ioc"},
    {{ORDER("A", "buy 10 AAPL limit 100.20"), QUOTE}, "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "sell 10 AAPL stop 99"), "quote AAPL 98 x 1 / 99.10 x 5 halted"}, "accepted A"},
    /* One quote's size is there once. */
    {{QUOTE, ORDER("A", "buy 30 AAPL"), ORDER("B", "buy 30 AAPL"), ORDER("C", "buy 30 AAPL"), QUOTE},
     "accepted A; executed A-1 buy 30 @ 100.1 leaves 0 taker; accepted B; executed B-1 buy 20 @ 100.1 leaves 10 taker; "
     "accepted C; executed B-2 buy 10 @ 100.1 leaves 0 taker; executed C-1 buy 30 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 30 AAPL limit 99.95"), ORDER("B", "buy 30 AAPL limit 99.96"),
      "quote AAPL 99 x 1 / 99.95 x 40"},
     "accepted A queue 0; accepted B queue 0; executed A-1 buy 30 @ 99.95 leaves 0 maker; "
     "executed B-1 buy 10 @ 99.96 leaves 20 maker"},
    {{QUOTE, ORDER("A", "buy 30 AAPL"), ORDER("B", "sell 30 AAPL")}, /* the other side is another size */
     "accepted A; executed A-1 buy 30 @ 100.1 leaves 0 taker; accepted B; "
     "executed B-1 sell 30 @ 99.9 leaves 0 taker"},
    /* A claim in front, also while it is on its way to the tape. */
    {{QUOTE, "new A buy 30 AAPL", "+validated A", "+accepted A", ORDER("B", "buy 30 AAPL ioc")},
     "accepted B; executed B-1 buy 20 @ 100.1 leaves 10 taker; cancelled B ioc"},
    /* Cancels */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "cancel A R1"}, "accepted A queue 100; cancelled A requested R1"},
    {{QUOTE, "new A buy 10 AAPL", "cancel A R1", "validated A"}, "cancelled A requested R1"},
    {{QUOTE, "new A buy 10 AAPL", "cancel A R1", "rejected A BAD_TICK"}, "cancel_rejected A R1"},
    {{QUOTE, ORDER("A", "buy 10 AAPL"), "cancel A R1"},
     "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker; cancel_rejected A R1"},
    {{QUOTE, ORDER("A", "buy 80 AAPL"), "cancel A R1"},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 30 taker; cancelled A requested R1"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "+cancel A R1", "cancel A R2"},
     "accepted A queue 100; cancelled A requested R1; cancel_rejected A R2"},
    {{"cancel Z R1"}, "cancel_rejected Z R1"},
    /* The cancel stands on the tape before the quote that would fill. */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100"), "+cancel A R1", "quote AAPL 99 x 1 / 99.50 x 50"},
     "accepted A queue 0; cancelled A requested R1"},
    /* Replaces; the order checks answer those they turn away. */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "replace A R1 quantity 5"}, "accepted A queue 100"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "replace A R1 quantity 5 limit 98", "replace_validated A R1"},
     "accepted A queue 100; replaced A R1 quantity 5 limit 98"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "replace A R1 limit 100.10", "replace_validated A R1"},
     "accepted A queue 100; replaced A R1 quantity 10 limit 100.1; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "replace A R1 limit 100.30", "replace_validated A R1"},
     "accepted A queue 100; replaced A R1 quantity 10 limit 100.3; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99 post_only"), "replace A R1 limit 100.10", "replace_validated A R1"},
     "accepted A queue 100; cancel_rejected A R1"},
    {{QUOTE, ORDER("A", "buy 80 AAPL limit 100.10"), "replace A R1 quantity 50", "replace_validated A R1", QUOTE},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 30 taker; replaced A R1 quantity 50"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 100"), "replace A R1 quantity 5", "quote AAPL 99.90 x 1 / 100 x 50",
      "replace_validated A R1"},
     "accepted A queue 0; executed A-1 buy 10 @ 100 leaves 0 maker; cancel_rejected A R1"},
    /* A larger quantity goes to the end of the queue, a smaller one keeps its place. */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.90"), "quote AAPL 99.90 x 70 / 100.10 x 50 last 99.90 x 99 sell",
      "replace A R1 quantity 12", "replace_validated A R1", "quote AAPL 99.90 x 70 / 100.10 x 50 last 99.90 x 71 sell"},
     "accepted A queue 100; replaced A R1 quantity 12; executed A-1 buy 1 @ 99.9 leaves 11 maker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99.90"), "quote AAPL 99.90 x 70 / 100.10 x 50 last 99.90 x 99 sell",
      "replace A R1 quantity 8", "replace_validated A R1", "quote AAPL 99.90 x 70 / 100.10 x 50 last 99.90 x 71 sell"},
     "accepted A queue 100; replaced A R1 quantity 8; executed A-1 buy 8 @ 99.9 leaves 0 maker"},
    /* Halts: what works is cancelled, what would be accepted is not. */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), ORDER("B", "buy 10 AAPL limit 99 account SIM-2"),
      "state halted SIM-1 S1"},
     "accepted A queue 100; accepted B queue 100; cancelled A halt"},
    {{QUOTE, "new A buy 10 AAPL", "+validated A", "state halted * S1"}, "cancelled A halt"},
    {{QUOTE, "state halted * S1", ORDER("A", "buy 10 AAPL")}, "cancelled A halt"},
    {{QUOTE, "new A buy 10 AAPL", "state halted * S1"}, ""}, /* the checks' to deny */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "+cancel A R1", "state halted * S1"},
     "accepted A queue 100; cancelled A requested R1"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "state reducing * S1", ORDER("B", "buy 10 AAPL limit 99")},
     "accepted A queue 100; accepted B queue 100"},
    {{QUOTE, "state halted * S1", "state active * S2", ORDER("A", "buy 10 AAPL")},
     "accepted A; executed A-1 buy 10 @ 100.1 leaves 0 taker"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), ORDER("B", "buy 10 MSFT limit 99"), "state halted SIM-1/AAPL S1"},
     "accepted A queue 100; accepted B; cancelled A halt"},
    /* The end of the session: at 21:00 UTC, six and a half hours after the script starts. */
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "wait 23399999ms", "tick"}, "accepted A queue 100"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "wait 23400000ms", "tick"},
     "accepted A queue 100; cancelled A expired"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99 gtc"), "wait 23400000ms", "tick"}, "accepted A queue 100"},
    {{ORDER("A", "buy 10 TSLA limit 99"), "wait 23400000ms", "tick"}, "accepted A; cancelled A expired"},
    {{ORDER("A", "buy 1 BTC-USD limit 99"), "wait 86400000ms", "tick"}, "accepted A"},
    {{QUOTE, ORDER("A", "buy 80 AAPL"), "wait 23400000ms", QUOTE},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 30 taker; cancelled A expired"},
    {{QUOTE, ORDER("A", "buy 10 AAPL stop 101"), "wait 23400000ms", "quote AAPL 100 x 1 / 102 x 5"},
     "accepted A; cancelled A expired"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "+cancel A R1", "wait 23400000ms", "tick"},
     "accepted A queue 100; cancelled A requested R1"},
    {{QUOTE, ORDER("A", "buy 10 AAPL limit 99"), "+replace A R1 limit 98", "+replace_validated A R1", "wait 23400000ms",
      "tick"},
     "accepted A queue 100; cancelled A expired; cancel_rejected A R1"},
    /* One that came between two sessions is of the next. */
    {{"wait 23400000ms", ORDER("A", "buy 10 AAPL limit 99"), "wait 86399999ms", "tick"}, "accepted A"},
    {{"wait 23400000ms", ORDER("A", "buy 10 AAPL limit 99"), "wait 86400000ms", "tick"},
     "accepted A; cancelled A expired"},
    /* Its session ended before anybody accepted it: nothing is filled in between. */
    {{"new A buy 10 AAPL", "+validated A", "wait 23400000ms", QUOTE, "tick"}, "accepted A; cancelled A expired"},
    /* Lots and instruments */
    {{"quote BTC-USD 99 x 1 / 100 x 0.123456", ORDER("A", "buy 1 BTC-USD")},
     "accepted A; executed A-1 buy 0.12345 @ 100 leaves 0.87655 taker"},
    {{"quote IBM 1 x 1 / 1 x 1", ORDER("A", "buy 1 IBM")}, "refused A"},
};

static void test_events_in_events_out(void **state)
{
    (void)state;
    static struct bench bench;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bench_open(&bench);
        for (int j = 0; j < LINES_MAX && cases[i].lines[j] != NULL; j++)
            bench_do(&bench, cases[i].lines[j]);
        if (strcmp(bench.text, cases[i].out) != 0)
            fail_msg("case %zu:\n  got      \"%s\"\n  expected \"%s\"", i, bench.text, cases[i].out);
        /* What was settled stays settled: nothing is missing. */
        bench_decide(&bench, NULL);
        bool holds_back = strchr(cases[i].lines[0], '+') != NULL;
        for (int j = 0; j < LINES_MAX && cases[i].lines[j] != NULL; j++)
            holds_back |= cases[i].lines[j][0] == '+';
        if (bench.proposals.count != 0 && !holds_back) {
            bench_note(&bench, &bench.proposals.items[0].event);
            fail_msg("case %zu: still proposes at the end of \"%s\"", i, bench.text);
        }
        bench_close(&bench);
    }
}

/* Sessions end by the server's clock and the monotonic one: a wall clock that jumps by a day ends none. And what ended
 * while nothing ran is found at the start. */
static void test_clocks_of_sessions(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench);
    bench_do(&bench, "new A buy 10 AAPL limit 99");
    bench_do(&bench, "validated A");
    bench.script.wall_ns += NS_PER_DAY;
    bench_do(&bench, "tick");
    assert_string_equal(bench.text, "accepted A");
    exchange_destroy(bench.exchange);
    bench.exchange = exchange_create(&bench.config, &bench.instruments);
    for (size_t i = 0; i < bench.tape_count; i++)
        exchange_fold(bench.exchange, &bench.tape[i], NS_PER_DAY, bench.script.monotonic_ns);
    bench_do(&bench, "tick");
    assert_string_equal(bench.text, "accepted A; cancelled A expired");
    bench_close(&bench);
}

/* The fields of a fill that the lines above do not show. */
static void test_fill_in_full(void **state)
{
    (void)state;
    static struct bench bench;
    struct error error;
    bench_open(&bench);
    assert_int_equal(exchange_config_set(&bench.config, "nyse.taker", "0.5bp", &error), 0);
    exchange_destroy(bench.exchange);
    bench.exchange = exchange_create(&bench.config, &bench.instruments);
    bench_do(&bench, "quote MSFT 1 x 1 / 2 x 1");
    bench_do(&bench, QUOTE);
    bench_do(&bench, "new A buy 70 AAPL");
    bench_do(&bench, "validated A");
    bench_do(&bench, "quote AAPL 100 x 10 / 100.20 x 50");
    const struct execution *first = &bench.tape[bench.tape_count - 3].execution;
    const struct execution *second = &bench.tape[bench.tape_count - 1].execution;
    char number[DECIMAL_TEXT_SIZE];
    assert_string_equal(first->execution_id, "A-1");
    assert_int_equal(first->quote_seq, 2);
    money_format(number, first->fee); /* 50 * 100.10 * 0.5 bp */
    assert_string_equal(number, "0.25025");
    assert_string_equal(first->fee_currency, "USD");
    assert_false(first->filled);
    assert_int_equal(second->cumulative_quantity, script_quantity("70"));
    assert_int_equal(second->leaves_quantity, 0);
    assert_true(second->filled);
    /* (50 * 100.10 + 20 * 100.20) / 70 = 100.128571428… */
    assert_int_equal(second->average_price, script_price("100.128571429"));
    assert_int_equal(second->quote_seq, 3);
    assert_string_equal(second->account, "SIM-1");
    bench_close(&bench);
}

/* What each prefix of a tape is missing, and nothing else, is proposed by an exchange that starts there. */
static void test_restart_in_the_middle(void **state)
{
    (void)state;
    static const struct {
        const char *lines[8];
        const char *missing;
    } prefixes[] = {
        {{"new A buy 80 AAPL ioc"}, ""},
        {{ORDER("A", "buy 80 AAPL ioc")}, "accepted A"},
        {{ORDER("A", "buy 80 AAPL ioc"), "accepted A"}, "executed A-1 buy 50 @ 100.1 leaves 30 taker"},
        {{ORDER("A", "buy 80 AAPL ioc"), "accepted A", "fill A 1 50 @ 100.10 quote_seq 1"}, "cancelled A ioc"},
        {{ORDER("A", "buy 80 AAPL ioc"), "accepted A", "fill A 1 50 @ 100.10 quote_seq 1", "cancelled A ioc"}, ""},
        /* The touch was used up before the restart. */
        {{ORDER("A", "buy 80 AAPL"), "accepted A", "fill A 1 50 @ 100.10 quote_seq 1"}, ""},
        {{ORDER("A", "buy 80 AAPL"), "accepted A", "fill A 1 40 @ 100.10 quote_seq 1"},
         "executed A-2 buy 10 @ 100.1 leaves 30 taker"},
        {{ORDER("A", "buy 10 AAPL limit 99"), "accepted A queue 100", "cancel A R1"}, "cancelled A requested R1"},
        {{ORDER("A", "buy 10 AAPL"), "fill A 1 10 @ 100", "cancel A R1", "cancel Z R2"},
         "cancel_rejected A R1; cancel_rejected Z R2"},
        {{ORDER("A", "buy 10 AAPL limit 99"), "accepted A queue 100", "state halted * S1"}, "cancelled A halt"},
        {{ORDER("A", "buy 10 MSFT"), "accepted A", "cancel A R1"}, "cancelled A requested R1"}, /* never quoted */
        /* It rested before: a maker at its price, also when the market has moved through it meanwhile. */
        {{ORDER("A", "buy 10 AAPL limit 100.50"), "accepted A queue 0"}, "executed A-1 buy 10 @ 100.5 leaves 0 maker"},
    };
    static struct bench bench;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        bench_open(&bench);
        for (int j = 0; j < 8 && prefixes[i].lines[j] != NULL; j++) {
            struct event event = script_event(&bench.script, prefixes[i].lines[j]);
            bench_fold(&bench, &event);
        }
        struct event quote = script_event(&bench.script, QUOTE); /* the market is read after the orders */
        bench_fold(&bench, &quote);
        bench_decide(&bench, NULL);
        for (size_t j = 0; j < bench.proposals.count; j++) {
            bench_assert_fence(&bench, &bench.proposals.items[j]);
            bench_note(&bench, &bench.proposals.items[j].event);
        }
        if (strcmp(bench.text, prefixes[i].missing) != 0)
            fail_msg("prefix %zu: \"%s\" instead of \"%s\"", i, bench.text, prefixes[i].missing);
        bench_close(&bench);
    }
}

/* A quote read from history is as old as it is; catching up does not make it fresh. */
static void test_old_quote_stays_old(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench);
    struct event quote = script_event(&bench.script, QUOTE);
    exchange_fold(bench.exchange, &quote, 6 * NS_PER_SECOND, bench.script.monotonic_ns);
    bench_do(&bench, "new A buy 10 AAPL");
    bench_do(&bench, "validated A");
    assert_string_equal(bench.text, "accepted A");
    bench_close(&bench);
}

static void random_price(char *text, size_t size, uint32_t *seed)
{
    snprintf(text, size, "%u.%02u", 99 + bench_below(seed, 2), bench_below(seed, 100));
}

static void random_line(char *line, size_t size, uint32_t *seed, int *orders)
{
    static const char *const tifs[] = {"", " gtc", " ioc", " fok"};
    char price[16], stop[16];
    random_price(price, sizeof price, seed);
    random_price(stop, sizeof stop, seed);
    uint32_t what = bench_below(seed, 20);
    if (what < 6 && *orders < SCRIPT_ORDERS_MAX) {
        static const char *const types[] = {"", " limit ", " limit ", " stop "};
        uint32_t type = bench_below(seed, 4);
        snprintf(line, size, "new O%d %s %u AAPL%s%s%s%s", (*orders)++, bench_below(seed, 2) ? "buy" : "sell",
                 1 + bench_below(seed, 90), types[type], type == 0 ? "" : price, tifs[bench_below(seed, 4)],
                 type == 1 && bench_below(seed, 4) == 0 ? " post_only" : "");
    } else if (what < 8 && *orders > 0) {
        snprintf(line, size, "cancel O%d C%u", (int)bench_below(seed, (uint32_t)*orders), bench_random(seed));
    } else if (what < 10 && *orders > 0) {
        snprintf(line, size, "replace O%d P%u quantity %u limit %s", (int)bench_below(seed, (uint32_t)*orders),
                 bench_random(seed), 1 + bench_below(seed, 90), price);
    } else {
        uint32_t cents = 9900 + bench_below(seed, 200), spread = 1 + bench_below(seed, 10);
        snprintf(line, size, "quote AAPL %u.%02u x %u / %u.%02u x %u%s%s%s", cents / 100, cents % 100,
                 bench_below(seed, 60), (cents + spread) / 100, (cents + spread) % 100, bench_below(seed, 60),
                 what < 15 ? " last " : "", what < 15 ? price : "", what < 15 ? " x 20" : "");
    }
}

/* Every order adds up, no quote gives more than it showed to those who took, and no day order fills behind its
 * session. */
static void check_tape(const struct bench *bench)
{
    int64_t bought[BENCH_EVENTS_MAX] = {0}, sold[BENCH_EVENTS_MAX] = {0}, filled[SCRIPT_ORDERS_MAX] = {0};
    int64_t quantity[SCRIPT_ORDERS_MAX] = {0}, close_ns[SCRIPT_ORDERS_MAX] = {0};
    const struct quote *quotes[BENCH_EVENTS_MAX] = {0};
    for (size_t i = 0; i < bench->tape_count; i++) {
        const struct event *event = &bench->tape[i];
        if (event->kind == EVENT_QUOTE)
            quotes[event->sequence] = &event->quote;
        if (event->kind == EVENT_ORDER_NEW) {
            long number = strtol(event->request.order_id + 1, NULL, 10);
            quantity[number] = event->request.quantity;
            close_ns[number] = event->request.time_in_force == TIF_DAY
                                   ? session_close_ns(&bench->config.calendars, "NYSE", event->stored_ns)
                                   : INT64_MAX;
        }
        if (event->kind == EVENT_ORDER_REPLACED)
            quantity[strtol(event->answer.order_id + 1, NULL, 10)] = event->answer.quantity;
        if (event->kind != EVENT_ORDER_EXECUTED)
            continue;
        const struct execution *execution = &event->execution;
        long number = strtol(execution->order_id + 1, NULL, 10);
        filled[number] += execution->quantity;
        assert_true(execution->quantity > 0 && execution->timestamp_ns < close_ns[number]);
        assert_int_equal(execution->cumulative_quantity, filled[number]);
        assert_int_equal(execution->cumulative_quantity + execution->leaves_quantity, quantity[number]);
        assert_true(execution->leaves_quantity >= 0);
        const struct quote *quote = quotes[execution->quote_seq];
        assert_non_null(quote);
        bool is_buy = execution->side == SIDE_BUY;
        bool at_touch = is_buy ? execution->price >= quote->ask : execution->price <= quote->bid;
        if (!at_touch)
            continue; /* a trade reached it */
        int64_t *used = is_buy ? &bought[execution->quote_seq] : &sold[execution->quote_seq];
        *used += execution->quantity;
        /* A trade that the same message brought is there besides. */
        int64_t traded = quote->last == DECIMAL_NONE ? 0 : quote->last_size;
        assert_true(*used <= (is_buy ? quote->ask_size : quote->bid_size) + traded);
    }
}

/* The order checks of the random test: everything passes, so that the exchange sees it. */
static void pass_checks(struct bench *bench)
{
    for (bool again = true; again;) {
        again = false;
        const struct order_book *book = exchange_book(bench->exchange);
        char line[192] = "";
        for (const struct order *order = order_book_newest(book); order != NULL; order = order->older)
            if (order->state == ORDER_INITIALIZED)
                snprintf(line, sizeof line, "validated %s", order->terms.order_id);
        const struct open_request *open = requests_oldest(order_book_requests(book));
        for (; open != NULL && line[0] == '\0'; open = open->next) {
            const struct order *order = order_book_find(book, open->request.order_id);
            bool can = order->replace != NULL && order->terms.limit_price != DECIMAL_NONE && order_is_working(order);
            if (open->is_replace && !open->validated)
                snprintf(line, sizeof line, "%s %s %s", can ? "replace_validated" : "replace_rejected",
                         open->request.order_id, open->request.request_id);
        }
        if (line[0] != '\0') {
            bench_do(bench, line);
            again = true;
        }
    }
}

static void run_random(struct bench *bench, uint32_t seed, bool is_delayed)
{
    char line[160];
    int orders = 0;
    bench_open(bench);
    bench->is_delayed = is_delayed;
    bench->delay_seed = seed;
    for (int i = 0; i < 300; i++) {
        random_line(line, sizeof line, &seed, &orders);
        bench_do(bench, line);
        pass_checks(bench);
        bench->text[0] = '\0';
        script_wait(&bench->script, 10 * NS_PER_MS);
        if (i == 200) { /* the session ends */
            script_wait(&bench->script, 7 * 3600 * NS_PER_SECOND);
            bench_do(bench, "tick");
            bench->text[0] = '\0';
        }
    }
    while (bench->in_flight_count > 0) {
        bench_land_first(bench);
        pass_checks(bench);
    }
}

static void test_random_orders(void **state)
{
    (void)state;
    static struct bench bench, again;
    size_t fills = 0, expired = 0;
    for (uint32_t seed = 1; seed <= 120; seed++) {
        bool is_delayed = seed % 2 == 0;
        run_random(&bench, seed, is_delayed);
        check_tape(&bench);
        const struct order_book *book = exchange_book(bench.exchange);
        struct order_counts counts = order_book_counts(book);
        assert_int_equal(counts.duplicates + counts.gaps + counts.late_fills + counts.overfills + counts.unknown, 0);
        /* What was dropped while another was in flight comes now; then the exchange owes nothing. */
        bench_decide(&bench, NULL);
        assert_true(is_delayed || bench.proposals.count == 0);
        bench_settle(&bench);
        check_tape(&bench);
        bench_decide(&bench, NULL);
        assert_int_equal(bench.proposals.count, 0);
        assert_int_equal(requests_count(order_book_requests(book)), 0);
        /* The same input gives the same output. */
        run_random(&again, seed, is_delayed);
        bench_decide(&again, NULL);
        bench_settle(&again);
        assert_int_equal(bench.tape_count, again.tape_count);
        for (size_t i = 0; i < bench.tape_count; i++) {
            fills += bench.tape[i].kind == EVENT_ORDER_EXECUTED;
            expired +=
                bench.tape[i].kind == EVENT_ORDER_CANCELLED && bench.tape[i].cancellation.reason == CANCEL_EXPIRED;
            char left[EVENT_PAYLOAD_SIZE], right[EVENT_PAYLOAD_SIZE];
            event_encode(&bench.tape[i], left, sizeof left);
            event_encode(&again.tape[i], right, sizeof right);
            assert_string_equal(left, right);
        }
        bench_close(&bench);
        bench_close(&again);
    }
    assert_true(fills > 1000 && expired > 50);
}

/* An exchange that dies after every single event and starts again from the tape ends where one that lived did, as far
 * as orders go that do not wait in a queue: nothing is doubled and nothing is forgotten. */
static void test_restart_after_every_event(void **state)
{
    (void)state;
    static const char *const lines[] = {
        QUOTE,
        ORDER("A", "buy 80 AAPL"),
        ORDER("B", "sell 30 AAPL limit 99.80 ioc"),
        "cancel A R1",
        "cancel A R2",
        ORDER("C", "buy 10 AAPL limit 99"),
        "replace C R3 quantity 20",
        "replace_validated C R3",
        "quote AAPL 98 x 5 / 98.50 x 5",
        "state halted * S1",
    };
    static struct bench whole, broken;
    bench_open(&whole);
    bench_open(&broken);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        bench_do(&whole, lines[i]);
        struct event event = script_event(&broken.script, lines[i]);
        bench_fold(&broken, &event);
        for (;;) {
            exchange_destroy(broken.exchange);
            broken.exchange = exchange_create(&broken.config, &broken.instruments);
            const struct event *quote = NULL;
            for (size_t j = 0; j < broken.tape_count; j++) {
                if (broken.tape[j].kind == EVENT_QUOTE)
                    quote = &broken.tape[j];
                else
                    exchange_fold(broken.exchange, &broken.tape[j], 0, broken.script.monotonic_ns);
            }
            if (quote != NULL)
                exchange_fold(broken.exchange, quote, 0, broken.script.monotonic_ns);
            bench_decide(&broken, NULL);
            if (broken.proposals.count == 0)
                break;
            struct event first = broken.proposals.items[0].event;
            bench_note(&broken, &first);
            first = script_store(&broken.script, &first);
            broken.tape[broken.tape_count++] = first; /* only one arrives before it dies again */
        }
    }
    assert_string_equal(broken.text, whole.text);
    bench_close(&whole);
    bench_close(&broken);
}

static void test_config(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        bool is_good;
    } settings[] = {
        {"maker", "0.1", true},
        {"taker", "0.3bp", true},
        {"nyse.maker", "-0.2", true},
        {"NYSE.taker", "1%", true},
        {"binance.taker", "7.5bp", true},
        {"nyse.rebate", "1", false},
        {"maker", "x", false},
        {"", "1", false},
        {"stale_after", "2s", true},
        {"stale_after", "-1", false},
        {".maker", "1", false},
        {"a.b.maker", "1", false},
        {"nyse.maker", "11000bp", true},
        {"nyse.maker", "100001bp", false},
        {"averylongexchangename.maker", "1", false},
    };
    struct exchange_config config;
    exchange_config_init(&config);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        struct error error = {0};
        int result = exchange_config_set(&config, settings[i].key, settings[i].value, &error);
        if ((result == 0) != settings[i].is_good)
            fail_msg("%s = %s: %d (%s)", settings[i].key, settings[i].value, result, error.text);
        if (result != 0)
            assert_int_equal(error.kind, ERROR_USAGE);
    }
    assert_int_equal(exchange_config_fees(&config, "NASDAQ")->maker, 100000);
    assert_int_equal(exchange_config_fees(&config, "nasdaq")->taker, 300000);
    assert_int_equal(exchange_config_fees(&config, "nyse")->taker, 100 * INT64_C(1000000));
    assert_int_equal(exchange_config_fees(&config, "BINANCE")->taker, 7500000);
    assert_int_equal(exchange_config_fees(&config, "BINANCE")->maker, 10 * INT64_C(1000000));
    assert_int_equal(config.stale_after_ns, 2 * NS_PER_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_in_events_out),
        cmocka_unit_test(test_clocks_of_sessions),
        cmocka_unit_test(test_fill_in_full),
        cmocka_unit_test(test_restart_in_the_middle),
        cmocka_unit_test(test_old_quote_stays_old),
        cmocka_unit_test(test_random_orders),
        cmocka_unit_test(test_restart_after_every_event),
        cmocka_unit_test(test_config),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
