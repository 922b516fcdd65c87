/* The paper exchange behind the touch: a quote, a depth with further levels, and the orders that take of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/depths.h"
#include "engine/exchange.h"
#include "exchange_bench.h"

enum { LINES_MAX = 14 };

struct depth_case {
    const char *lines[LINES_MAX];
    const char *out;
};

/* Three levels of 50, 30 and 20. */
#define QUOTE           "quote AAPL 99.90 x 50 / 100.10 x 50"
#define DEPTH           "depth AAPL 99.90 x 50 99.80 x 30 99.70 x 20 / 100.10 x 50 100.20 x 30 100.30 x 20"
#define ORDER(id, rest) "new " id " " rest, "validated " id

static const struct depth_case CASES[] = {
    /* Each level is a fill of its own; what a market order has left takes of the next quote, and its levels. */
    {{DEPTH, QUOTE, ORDER("A", "buy 50 AAPL")}, "accepted A; executed A-1 buy 50 @ 100.1 leaves 0 taker"},
    {{DEPTH, QUOTE, ORDER("A", "buy 60 AAPL")},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 10 taker; executed A-2 buy 10 @ 100.2 leaves 0 taker"},
    {{DEPTH, QUOTE, ORDER("A", "sell 90 AAPL")},
     "accepted A; executed A-1 sell 50 @ 99.9 leaves 40 taker; executed A-2 sell 30 @ 99.8 leaves 10 taker; "
     "executed A-3 sell 10 @ 99.7 leaves 0 taker"},
    {{DEPTH, QUOTE, ORDER("A", "buy 120 AAPL"), "quote AAPL 100 x 1 / 100.25 x 5"},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 70 taker; executed A-2 buy 30 @ 100.2 leaves 40 taker; "
     "executed A-3 buy 20 @ 100.3 leaves 20 taker; executed A-4 buy 5 @ 100.25 leaves 15 taker; "
     "executed A-5 buy 15 @ 100.3 leaves 0 taker"},
    /* A limit order takes what it reaches, to the last of it, and rests then. */
    {{DEPTH, QUOTE, ORDER("A", "buy 90 AAPL limit 100.10"), "tick"},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 40 taker"},
    {{DEPTH, QUOTE, ORDER("A", "buy 90 AAPL limit 100.15"), "tick"},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 40 taker"},
    {{DEPTH, QUOTE, ORDER("A", "buy 90 AAPL limit 100.20"), "quote AAPL 99.90 x 50 / 100.15 x 4"},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 40 taker; executed A-2 buy 30 @ 100.2 leaves 10 taker; "
     "executed A-3 buy 4 @ 100.2 leaves 6 maker"},
    {{DEPTH, QUOTE, ORDER("A", "sell 90 AAPL limit 99.75"), "tick"},
     "accepted A; executed A-1 sell 50 @ 99.9 leaves 40 taker; executed A-2 sell 30 @ 99.8 leaves 10 taker"},
    {{DEPTH, QUOTE, ORDER("A", "buy 99 AAPL limit 100.30")},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 49 taker; executed A-2 buy 30 @ 100.2 leaves 19 taker; "
     "executed A-3 buy 19 @ 100.3 leaves 0 taker"},
    /* One that rested is met at its own price, by the touch alone. */
    {{"quote AAPL 99.90 x 50 / 100.40 x 5", ORDER("A", "buy 90 AAPL limit 100.20"), DEPTH, QUOTE, "tick"},
     "accepted A queue 0; executed A-1 buy 50 @ 100.2 leaves 40 maker"},
    {{"quote AAPL 99.90 x 50 / 100.40 x 5", ORDER("A", "buy 90 AAPL limit 100.20 post_only"), DEPTH, QUOTE, "tick"},
     "accepted A queue 0; executed A-1 buy 50 @ 100.2 leaves 40 maker"},
    {{DEPTH, QUOTE, ORDER("A", "buy 90 AAPL limit 100.20 post_only")}, "cancelled A post_only"},
    {{DEPTH, QUOTE, ORDER("A", "buy 90 AAPL limit 99"), "replace A R1 limit 100.20", "replace_validated A R1"},
     "accepted A queue 50; replaced A R1 quantity 90 limit 100.2; executed A-1 buy 50 @ 100.1 leaves 40 taker; "
     "executed A-2 buy 30 @ 100.2 leaves 10 taker"},
    /* ioc takes the levels of one quote. */
    {{DEPTH, QUOTE, ORDER("A", "buy 120 AAPL ioc")},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 70 taker; executed A-2 buy 30 @ 100.2 leaves 40 taker; "
     "executed A-3 buy 20 @ 100.3 leaves 20 taker; cancelled A ioc"},
    {{DEPTH, QUOTE, ORDER("A", "buy 90 AAPL limit 100.25 ioc")},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 40 taker; executed A-2 buy 30 @ 100.2 leaves 10 taker; "
     "cancelled A ioc"},
    {{DEPTH, QUOTE, "new A buy 60 AAPL ioc", "+validated A", "+accepted A", "+fill A 1 50 @ 100.10 quote_seq 1", QUOTE},
     "cancelled A ioc"},
    /* fok is filled at the touch or not at all. */
    {{DEPTH, QUOTE, ORDER("A", "buy 50 AAPL fok")}, "accepted A; executed A-1 buy 50 @ 100.1 leaves 0 taker"},
    {{DEPTH, QUOTE, ORDER("A", "buy 60 AAPL limit 100.20 fok")}, "cancelled A fok"},
    /* A stop that is hit takes as what it has become. */
    {{DEPTH, "quote AAPL 99.50 x 5 / 99.60 x 5", ORDER("A", "buy 60 AAPL stop 100.10"), QUOTE},
     "accepted A; triggered A @ 100.1; executed A-1 buy 50 @ 100.1 leaves 10 taker; "
     "executed A-2 buy 10 @ 100.2 leaves 0 taker"},
    {{DEPTH, "quote AAPL 99.50 x 5 / 99.60 x 5", ORDER("A", "buy 90 AAPL stop 100 limit 100.20"), QUOTE},
     "accepted A; triggered A @ 100.1; executed A-1 buy 50 @ 100.1 leaves 40 taker; "
     "executed A-2 buy 30 @ 100.2 leaves 10 taker"},
    /* One after the other: nobody behind takes a level while one in front has something on its way. */
    {{DEPTH, QUOTE, "new A buy 60 AAPL", "+validated A", ORDER("B", "buy 60 AAPL"), "tick", "tick"},
     "accepted B; executed B-1 buy 50 @ 100.1 leaves 10 taker; executed B-2 buy 10 @ 100.2 leaves 0 taker; "
     "accepted A; executed A-1 buy 20 @ 100.2 leaves 40 taker; executed A-2 buy 20 @ 100.3 leaves 20 taker"},
    {{DEPTH, QUOTE, "new A buy 60 AAPL", "+validated A", "+accepted A", ORDER("B", "buy 30 AAPL"), "tick", "tick"},
     "accepted B; executed A-1 buy 50 @ 100.1 leaves 10 taker; executed A-2 buy 10 @ 100.2 leaves 0 taker; "
     "executed B-1 buy 20 @ 100.2 leaves 10 taker; executed B-2 buy 10 @ 100.3 leaves 0 taker"},
    {{DEPTH, QUOTE, "new A buy 40 AAPL", "+validated A", "+accepted A", ORDER("B", "buy 30 AAPL ioc"), "tick", "tick"},
     "accepted B; executed B-1 buy 10 @ 100.1 leaves 20 taker; executed A-1 buy 40 @ 100.1 leaves 0 taker; "
     "executed B-2 buy 20 @ 100.2 leaves 0 taker"},
    {{DEPTH, QUOTE, "new A buy 60 AAPL", "+validated A", "+accepted A", ORDER("B", "buy 45 AAPL ioc"), "tick", "tick"},
     "accepted B; executed A-1 buy 50 @ 100.1 leaves 10 taker; executed A-2 buy 10 @ 100.2 leaves 0 taker; "
     "executed B-1 buy 20 @ 100.2 leaves 25 taker; executed B-2 buy 20 @ 100.3 leaves 5 taker; cancelled B ioc"},
    {{DEPTH, QUOTE, "new A buy 200 AAPL", "+validated A", "+accepted A", ORDER("B", "buy 45 AAPL ioc")},
     "cancelled B ioc"}, /* nothing is left behind those in front */
    {{DEPTH, QUOTE, "new A buy 60 AAPL", "+validated A", "+accepted A", ORDER("B", "sell 60 AAPL")},
     "accepted B; executed B-1 sell 50 @ 99.9 leaves 10 taker; executed B-2 sell 10 @ 99.8 leaves 0 taker"},
    /* What one in front was to take and did not, is there for those behind, at its own price. */
    {{DEPTH, QUOTE, "new A buy 60 AAPL", "+validated A", "+accepted A", "+cancel A R1", ORDER("B", "buy 60 AAPL"),
      "tick", "tick"},
     "accepted B; cancelled A requested R1; executed B-1 buy 50 @ 100.1 leaves 10 taker; "
     "executed B-2 buy 10 @ 100.2 leaves 0 taker"},
    /* Used once at one quote; the next quote is a new display. */
    {{DEPTH, QUOTE, ORDER("A", "buy 70 AAPL"), ORDER("B", "buy 20 AAPL"), ORDER("C", "buy 30 AAPL"), "tick"},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 20 taker; executed A-2 buy 20 @ 100.2 leaves 0 taker; accepted B; "
     "executed B-1 buy 10 @ 100.2 leaves 10 taker; executed B-2 buy 10 @ 100.3 leaves 0 taker; accepted C; "
     "executed C-1 buy 10 @ 100.3 leaves 20 taker"},
    {{DEPTH, QUOTE, ORDER("A", "buy 100 AAPL limit 100.30"), ORDER("B", "buy 10 AAPL limit 100.30 ioc"), QUOTE,
      ORDER("C", "buy 60 AAPL limit 100.30 ioc")},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 50 taker; executed A-2 buy 30 @ 100.2 leaves 20 taker; "
     "executed A-3 buy 20 @ 100.3 leaves 0 taker; cancelled B ioc; accepted C; "
     "executed C-1 buy 50 @ 100.1 leaves 10 taker; executed C-2 buy 10 @ 100.2 leaves 0 taker"},
    {{DEPTH, QUOTE, ORDER("A", "buy 80 AAPL ioc"), ORDER("B", "sell 60 AAPL ioc")}, /* each side is another display */
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 30 taker; executed A-2 buy 30 @ 100.2 leaves 0 taker; accepted B; "
     "executed B-1 sell 50 @ 99.9 leaves 10 taker; executed B-2 sell 10 @ 99.8 leaves 0 taker"},
    /* The quote is the truth about the touch: levels that are no worse than it are of before. */
    {{DEPTH, "quote AAPL 99.90 x 50 / 100.20 x 5", ORDER("A", "buy 60 AAPL ioc")},
     "accepted A; executed A-1 buy 5 @ 100.2 leaves 55 taker; executed A-2 buy 20 @ 100.3 leaves 35 taker; "
     "cancelled A ioc"},
    {{DEPTH, "quote AAPL 99.90 x 50 / 100.05 x 5", ORDER("A", "buy 60 AAPL ioc")},
     "accepted A; executed A-1 buy 5 @ 100.05 leaves 55 taker; executed A-2 buy 50 @ 100.1 leaves 5 taker; "
     "executed A-3 buy 5 @ 100.2 leaves 0 taker"},
    {{DEPTH, "quote AAPL 99.90 x 50 / 100.40 x 5", ORDER("A", "buy 60 AAPL ioc")},
     "accepted A; executed A-1 buy 5 @ 100.4 leaves 55 taker; cancelled A ioc"},
    {{DEPTH, "quote AAPL 99.90 x 50 / 100.10 x 0", ORDER("A", "buy 10 AAPL ioc")}, "cancelled A ioc"},
    {{DEPTH, "quote AAPL 99.90 x - / 100.10 x -", ORDER("A", "buy 900 AAPL")},
     "accepted A; executed A-1 buy 900 @ 100.1 leaves 0 taker assumed"},
    /* A depth that comes while the order still takes of the same quote; of another instrument; and none of a side. */
    {{QUOTE, ORDER("A", "buy 60 AAPL limit 100.20"), DEPTH, "tick"},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 10 taker; executed A-2 buy 10 @ 100.2 leaves 0 taker"},
    {{"depth MSFT 1 x 1 / 100.20 x 30", QUOTE, ORDER("A", "buy 60 AAPL ioc")},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 10 taker; cancelled A ioc"},
    {{"depth AAPL 99.80 x 30 /", QUOTE, ORDER("A", "buy 60 AAPL ioc")},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 10 taker; cancelled A ioc"},
    /* Depth is as old as a quote may be, and no market that is halted, stale or crossed fills. */
    {{DEPTH, "wait 5000ms", QUOTE, ORDER("A", "buy 60 AAPL ioc")},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 10 taker; executed A-2 buy 10 @ 100.2 leaves 0 taker"},
    {{DEPTH, "wait 5001ms", QUOTE, ORDER("A", "buy 60 AAPL ioc")},
     "accepted A; executed A-1 buy 50 @ 100.1 leaves 10 taker; cancelled A ioc"},
    {{QUOTE, "wait 5001ms", DEPTH, ORDER("A", "buy 60 AAPL ioc")}, "cancelled A ioc"},
    {{DEPTH, "quote AAPL 99.90 x 50 / 100.10 x 50 halted", ORDER("A", "buy 60 AAPL ioc")}, "cancelled A ioc"},
    {{DEPTH, "quote AAPL 100.15 x 50 / 100.10 x 50", ORDER("A", "buy 60 AAPL ioc")}, "cancelled A ioc"},
    /* Cancels, halts and holds come between two fills. */
    {{DEPTH, QUOTE, "new A buy 90 AAPL", "+validated A", "+accepted A", "+fill A 1 50 @ 100.10 quote_seq 1",
      "cancel A R1"},
     "cancelled A requested R1"},
    {{DEPTH, QUOTE, "new A buy 90 AAPL", "+validated A", "+accepted A", "+fill A 1 50 @ 100.10 quote_seq 1",
      "state halted * S1"},
     "cancelled A halt"},
    /* Whole lots: what is less than a lot is passed over. */
    {{"depth BTC-USD 99 x 1 / 100 x 1 101 x 0.000009 102 x 0.500009 103 x 9", "quote BTC-USD 99 x 1 / 100 x 0.123456",
      ORDER("A", "buy 1 BTC-USD ioc")},
     "accepted A; executed A-1 buy 0.12345 @ 100 leaves 0.87655 taker; "
     "executed A-2 buy 0.5 @ 102 leaves 0.37655 taker; executed A-3 buy 0.37655 @ 103 leaves 0 taker"},
};

static void test_events_in_events_out(void **state)
{
    (void)state;
    static struct bench bench;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        bench_open(&bench);
        for (int j = 0; j < LINES_MAX && CASES[i].lines[j] != NULL; j++)
            bench_do(&bench, CASES[i].lines[j]);
        if (strcmp(bench.text, CASES[i].out) != 0)
            fail_msg("case %zu:\n  got      \"%s\"\n  expected \"%s\"", i, bench.text, CASES[i].out);
        bench_close(&bench);
    }
}

/* The same messages twice, as a follower gives them that starts again, or one that cannot be read. */
static void test_what_is_kept(void **state)
{
    (void)state;
    static const char good[] = "{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bids\":[[99.9,5]],\"asks\":[[100.1,7]],"
                               "\"timestamp\":\"2026-11-23T14:30:00Z\"}";
    struct depths *depths = depths_create();
    struct depth depth;
    assert_false(depths_read(depths, "NYSE", "AAPL", 0, NS_PER_SECOND, &depth));
    depths_put(depths, "depth.nyse.AAPL", good, strlen(good), 0, 1);
    assert_true(depths_read(depths, "NYSE", "AAPL", 1 + NS_PER_SECOND, NS_PER_SECOND, &depth));
    assert_int_equal(depth.asks[0].price, script_price("100.1"));
    assert_int_equal(depth.bid_count, 1);
    assert_false(depths_read(depths, "NYSE", "AAPL", 2 + NS_PER_SECOND, NS_PER_SECOND, &depth));
    assert_false(depths_read(depths, "NYSE", "MSFT", 1, NS_PER_SECOND, &depth));
    assert_false(depths_read(depths, "NASDAQ", "AAPL", 1, NS_PER_SECOND, &depth));
    /* What was on its way for long is old when it comes; the exchange may be written in any case. */
    depths_put(depths, "depth.NYSE.AAPL", good, strlen(good), NS_PER_SECOND, 5 * NS_PER_SECOND);
    assert_true(depths_read(depths, "NYSE", "AAPL", 5 * NS_PER_SECOND, NS_PER_SECOND, &depth));
    assert_false(depths_read(depths, "NYSE", "AAPL", 5 * NS_PER_SECOND + 1, NS_PER_SECOND, &depth));
    /* Of another instrument than its subject says, nothing at all, and no JSON. */
    depths_put(depths, "depth.nyse.MSFT", good, strlen(good), 0, 1);
    assert_false(depths_read(depths, "NYSE", "MSFT", 1, NS_PER_SECOND, &depth));
    depths_put(depths, "depth.nyse.AAPL", "", 0, 0, 1);
    assert_false(depths_read(depths, "NYSE", "AAPL", 1, NS_PER_SECOND, &depth));
    depths_put(depths, "depth", "{", 1, 0, 1);
    depths_put(depths, "depth.nyse.AAPL", good, strlen(good), 0, 1);
    assert_true(depths_read(depths, "NYSE", "AAPL", 1, NS_PER_SECOND, &depth));
    depths_destroy(depths);
}

/* An exchange that dies after every single event ends where one that lived did: it starts again from the tape alone, or
 * from a snapshot and what was read behind it. The market is read anew, as the last message of each instrument. */
static void start_again(struct bench *bench, bool has_snapshot)
{
    struct pack saved, loaded;
    pack_write(&saved);
    exchange_save(bench->exchange, &saved);
    exchange_destroy(bench->exchange);
    bench->exchange = exchange_create(&bench->config, &bench->instruments);
    pack_read(&loaded, saved.bytes, saved.count);
    if (has_snapshot) {
        assert_int_equal(exchange_load(bench->exchange, &loaded), 0);
        assert_int_equal(pack_finish(&loaded), 0);
    }
    pack_free(&saved);
    const struct event *quote = NULL;
    for (size_t i = 0; i < bench->tape_count; i++) {
        if (bench->tape[i].kind == EVENT_QUOTE)
            quote = &bench->tape[i];
        else if (!has_snapshot)
            exchange_fold(bench->exchange, &bench->tape[i], 0, bench->script.monotonic_ns);
    }
    exchange_fold(bench->exchange, quote, 0, bench->script.monotonic_ns);
    bench_do(bench, DEPTH);
}

static void run_broken(struct bench *broken, const char *line, bool has_snapshot)
{
    struct event event = script_event(&broken->script, line);
    bench_fold(broken, &event);
    for (;;) {
        start_again(broken, has_snapshot);
        bench_decide(broken, NULL);
        if (broken->proposals.count == 0)
            return;
        struct event first = broken->proposals.items[0].event;
        bench_assert_fence(broken, &broken->proposals.items[0]);
        bench_note(broken, &first);
        first = script_store(&broken->script, &first);
        bench_fold(broken, &first); /* only one arrives before it dies again */
    }
}

static void test_restart_after_every_event(void **state)
{
    (void)state;
    static const char *const lines[] = {
        QUOTE,
        ORDER("A", "buy 70 AAPL limit 100.20"),
        ORDER("B", "buy 90 AAPL limit 100.25"), /* takes 10 of the second level, and rests with the others */
        ORDER("C", "sell 70 AAPL ioc"),
        ORDER("D", "sell 90 AAPL"),
        "quote AAPL 99.95 x 4 / 100.20 x 6",
        ORDER("E", "buy 40 AAPL limit 100.30 ioc"),
    };
    static struct bench whole, broken;
    for (int has_snapshot = 0; has_snapshot < 2; has_snapshot++) {
        bench_open(&whole);
        bench_open(&broken);
        bench_do(&whole, DEPTH);
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
            bench_do(&whole, lines[i]);
            bench_do(&whole, "tick");
            run_broken(&broken, lines[i], has_snapshot != 0);
        }
        assert_string_equal(broken.text, whole.text);
        assert_string_equal(
            whole.text,
            "accepted A; executed A-1 buy 50 @ 100.1 leaves 20 taker; executed A-2 buy 20 @ 100.2 leaves 0 taker; "
            "accepted B; executed B-1 buy 10 @ 100.2 leaves 80 taker; accepted C; "
            "executed C-1 sell 50 @ 99.9 leaves 20 taker; executed C-2 sell 20 @ 99.8 leaves 0 taker; accepted D; "
            "executed D-1 sell 10 @ 99.8 leaves 80 taker; executed D-2 sell 20 @ 99.7 leaves 60 taker; "
            "executed B-2 buy 6 @ 100.25 leaves 74 maker; executed D-3 sell 4 @ 99.95 leaves 56 taker; "
            "executed D-4 sell 50 @ 99.9 leaves 6 taker; executed D-5 sell 6 @ 99.8 leaves 0 taker; accepted E; "
            "executed E-1 buy 20 @ 100.3 leaves 20 taker; cancelled E ioc");
        bench_close(&whole);
        bench_close(&broken);
    }
}

enum { STEPS = 200, LEVELS = 3 };

/* What a random run displayed: the depth that each quote came with, by the quote's sequence. */
struct run {
    struct bench bench;
    struct depth depths[BENCH_EVENTS_MAX];
    int orders;
};

static void add_level(char *line, size_t size, uint32_t cents, uint32_t quantity)
{
    size_t length = strlen(line);
    snprintf(line + length, size - length, " %u.%02u x %u", cents / 100, cents % 100, quantity);
}

/* Depth, and a quote that may have moved away from it. */
static void show_market(struct run *run, uint32_t *seed)
{
    char depth[160] = "depth AAPL", quote[64] = "quote AAPL";
    uint32_t cents = 9950 + bench_below(seed, 100), bid = cents + bench_below(seed, 21) - 10;
    for (uint32_t i = 0; i < LEVELS; i++)
        add_level(depth, sizeof depth, cents - 4 * i, 1 + bench_below(seed, 40));
    strcat(depth, " /");
    for (uint32_t i = 0; i < LEVELS; i++)
        add_level(depth, sizeof depth, cents + 3 + 4 * i, 1 + bench_below(seed, 40));
    add_level(quote, sizeof quote, bid, bench_below(seed, 40));
    strcat(quote, " /");
    add_level(quote, sizeof quote, bid + 3, bench_below(seed, 40));
    bench_do(&run->bench, depth);
    run->depths[run->bench.script.market_sequence + 1] = script_depth(depth);
    bench_do(&run->bench, quote);
}

static void ask_for_order(struct run *run, uint32_t *seed)
{
    static const char *const tifs[] = {"", " gtc", " ioc", " fok"};
    char line[128], limit[32] = "";
    uint32_t cents = 9950 + bench_below(seed, 100);
    if (bench_below(seed, 3) > 0)
        snprintf(limit, sizeof limit, " limit %u.%02u", cents / 100, cents % 100);
    snprintf(line, sizeof line, "new O%d %s %u AAPL%s%s", run->orders, bench_below(seed, 2) ? "buy" : "sell",
             1 + bench_below(seed, 120), limit, tifs[bench_below(seed, 4)]);
    bench_do(&run->bench, line);
    snprintf(line, sizeof line, "validated O%d", run->orders++);
    bench_do(&run->bench, line);
}

static void run_random(struct run *run, uint32_t seed, bool is_delayed)
{
    char line[64];
    bench_open(&run->bench);
    run->orders = 0;
    run->bench.is_delayed = is_delayed;
    run->bench.delay_seed = seed;
    for (int i = 0; i < STEPS; i++) {
        uint32_t what = bench_below(&seed, 8);
        if (what < 3 && run->orders < SCRIPT_ORDERS_MAX) {
            ask_for_order(run, &seed);
        } else if (what < 4 && run->orders > 0) {
            snprintf(line, sizeof line, "cancel O%u R%d", bench_below(&seed, (uint32_t)run->orders), i);
            bench_do(&run->bench, line);
        } else if (what < 6) {
            bench_do(&run->bench, "tick");
        } else {
            show_market(run, &seed);
        }
        script_wait(&run->bench.script, 10 * NS_PER_MS);
        run->bench.text[0] = '\0';
    }
    while (run->bench.in_flight_count > 0)
        bench_land_first(&run->bench);
}

/* Which level a fill took of: 0 is the touch, where also those are met that rest. */
static size_t level_of(const struct execution *execution, const struct quote *quote, const struct depth *depth,
                       int64_t *displayed)
{
    bool is_buy = execution->side == SIDE_BUY;
    int64_t touch = is_buy ? quote->ask : quote->bid;
    *displayed = is_buy ? quote->ask_size : quote->bid_size;
    if (execution->liquidity == LIQUIDITY_MAKER || execution->price == touch)
        return 0;
    assert_true(is_buy ? execution->price > touch : execution->price < touch);
    const struct depth_level *levels = is_buy ? depth->asks : depth->bids;
    for (size_t i = 0; i < LEVELS; i++) {
        *displayed = levels[i].size;
        if (levels[i].price == execution->price)
            return 1 + i;
    }
    fail_msg("%s was filled at a price that nobody displayed", execution->execution_id);
    return 0;
}

/* No level gives more than it showed, and nobody pays more than his limit. Returns the fills behind the touch. */
static size_t check_tape(const struct run *run)
{
    static int64_t used[BENCH_EVENTS_MAX][2][1 + LEVELS];
    static const struct quote *quotes[BENCH_EVENTS_MAX];
    const struct bench *bench = &run->bench;
    size_t behind = 0;
    memset(used, 0, sizeof used);
    for (size_t i = 0; i < bench->tape_count; i++) {
        const struct event *event = &bench->tape[i];
        const struct execution *execution = &event->execution;
        if (event->kind == EVENT_QUOTE)
            quotes[event->sequence] = &event->quote;
        if (event->kind != EVENT_ORDER_EXECUTED)
            continue;
        bool is_buy = execution->side == SIDE_BUY;
        int64_t displayed,
            limit = order_book_find(exchange_book(bench->exchange), execution->order_id)->terms.limit_price;
        size_t level =
            level_of(execution, quotes[execution->quote_seq], &run->depths[execution->quote_seq], &displayed);
        used[execution->quote_seq][is_buy][level] += execution->quantity;
        assert_true(used[execution->quote_seq][is_buy][level] <= displayed);
        assert_true(limit == DECIMAL_NONE || (is_buy ? execution->price <= limit : execution->price >= limit));
        behind += level > 0;
    }
    return behind;
}

static void test_random_orders(void **state)
{
    (void)state;
    static struct run run;
    size_t behind = 0;
    for (uint32_t seed = 1; seed <= 100; seed++) {
        run_random(&run, seed, seed % 2 == 0);
        struct order_counts counts = order_book_counts(exchange_book(run.bench.exchange));
        assert_int_equal(counts.duplicates + counts.gaps + counts.late_fills + counts.overfills + counts.unknown, 0);
        /* Whoever waited has his turn; then the exchange owes nothing. */
        for (int i = 0; i < 2 * SCRIPT_ORDERS_MAX; i++) {
            bench_decide(&run.bench, NULL);
            bench_settle(&run.bench);
            run.bench.text[0] = '\0';
        }
        bench_decide(&run.bench, NULL);
        assert_int_equal(run.bench.proposals.count, 0);
        behind += check_tape(&run);
        bench_close(&run.bench);
    }
    assert_true(behind > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_in_events_out),
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_restart_after_every_event),
        cmocka_unit_test(test_random_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
