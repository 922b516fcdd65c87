/* The table of latest quotes, and when a market can be traded on; the list of proposals beside it. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/proposals.h"
#include "engine/quotes.h"
#include "script.h"

static const struct market *fold(struct quotes *quotes, struct script *script, const char *line)
{
    struct event event = script_event(script, line);
    return quotes_fold(quotes, &event, 0, script->monotonic_ns);
}

static void test_latest_quote_of_each(void **state)
{
    (void)state;
    struct quotes *quotes = quotes_create();
    struct script script;
    script_init(&script);
    assert_null(quotes_find(quotes, "NYSE", "AAPL"));
    const struct market *aapl = fold(quotes, &script, "quote AAPL 1 x 1 / 2 x 1");
    const struct market *tsla = fold(quotes, &script, "quote TSLA 5 x 1 / 6 x 1");
    assert_ptr_equal(fold(quotes, &script, "quote AAPL 3 x 1 / 4 x -"), aapl);
    assert_int_equal(aapl->quote.bid, script_price("3"));
    assert_true(aapl->quote.ask_size == DECIMAL_NONE);
    assert_int_equal(aapl->sequence, 3);
    assert_int_equal(aapl->updates, 2);
    assert_int_equal(quotes_count(quotes), 2);
    assert_ptr_equal(quotes_at(quotes, 0), aapl);
    assert_ptr_equal(quotes_at(quotes, 1), tsla);
    assert_int_equal(tsla->index, 1);
    assert_ptr_equal(quotes_find(quotes, "nyse", "AAPL"), aapl); /* exchanges have no case, symbols do */
    assert_null(quotes_find(quotes, "NYSE", "aapl"));
    assert_null(quotes_find(quotes, "NASDAQ", "AAPL"));
    quotes_destroy(quotes);
    quotes_destroy(NULL);
}

static void test_what_did_not_come_is_counted(void **state)
{
    (void)state;
    static const struct {
        uint64_t seq, conflated;
        const char *source;
        uint64_t lost_in_all, conflated_in_all;
    } rows[] = {
        {7, 2, "sim-1", 0, 2}, /* the first one seen is no hole */
        {8, 0, "sim-1", 0, 2},  {11, 5, "sim-1", 2, 7}, {11, 0, "sim-1", 2, 7},
        {10, 0, "sim-1", 2, 7}, {20, 0, "sim-2", 2, 7}, /* another start of the feed */
        {0, 0, "", 2, 7},       {9, 0, "sim-2", 2, 7},  {10, 1, "sim-2", 2, 8},
    };
    struct quotes *quotes = quotes_create();
    struct script script;
    script_init(&script);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event event = script_event(&script, "quote AAPL 1 x 1 / 2 x 1");
        event.quote.seq = rows[i].seq;
        event.quote.conflated = rows[i].conflated;
        text_copy(event.quote.source, sizeof event.quote.source, rows[i].source);
        quotes_fold(quotes, &event, 0, script.monotonic_ns);
        assert_int_equal(quotes_counts(quotes).lost, rows[i].lost_in_all);
        assert_int_equal(quotes_counts(quotes).conflated, rows[i].conflated_in_all);
    }
    quotes_destroy(quotes);
}

/* The newest number of a source has the price, whatever comes behind it. */
static void test_a_late_quote_replaces_nothing(void **state)
{
    (void)state;
    static const struct {
        uint64_t seq;
        const char *source;
        int64_t bid, shown;
    } rows[] = {
        {200, "sim-1", 10, 10}, {202, "sim-1", 12, 12}, {201, "sim-1", 11, 12},
        {202, "sim-1", 13, 13}, {102, "sim-1", 14, 13}, {101, "sim-1", 15, 15}, /* it counts anew */
        {1, "sim-2", 16, 16},   {9, "", 17, 17},        {8, "", 18, 18},        /* no name, so it may be anybody's */
        {0, "", 19, 19},
    };
    struct quotes *quotes = quotes_create();
    struct script script;
    script_init(&script);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event event = script_event(&script, "quote AAPL 1 x 1 / 20 x 1");
        event.quote.bid = rows[i].bid * PRICE_ONE;
        event.quote.seq = rows[i].seq;
        text_copy(event.quote.source, sizeof event.quote.source, rows[i].source);
        const struct market *market = quotes_fold(quotes, &event, 0, script.monotonic_ns + (int64_t)i);
        assert_int_equal(market->quote.bid, rows[i].shown * PRICE_ONE);
        bool is_taken = rows[i].bid == rows[i].shown;
        assert_int_equal(market->sequence == event.sequence, is_taken);
        assert_int_equal(market->seen_ns == script.monotonic_ns + (int64_t)i, is_taken);
    }
    quotes_destroy(quotes);
}

static void test_markets_never_move(void **state)
{
    (void)state;
    struct quotes *quotes = quotes_create();
    struct script script;
    script_init(&script);
    const struct market *first = fold(quotes, &script, "quote AAPL 1 x 1 / 2 x 1");
    char line[64];
    for (int i = 0; i < 1000; i++) {
        snprintf(line, sizeof line, "quote S%d 1 x 1 / 2 x 1", i);
        assert_int_equal(fold(quotes, &script, line)->index, i + 1);
    }
    assert_ptr_equal(quotes_find(quotes, "NYSE", "AAPL"), first);
    assert_ptr_equal(quotes_at(quotes, 0), first);
    assert_string_equal(quotes_at(quotes, 1000)->quote.symbol, "S999");
    quotes_destroy(quotes);
}

/* A quote that no trade caused keeps the last trade; a trade without a size does not borrow the size before it. */
static void test_last_trade_is_kept(void **state)
{
    (void)state;
    struct quotes *quotes = quotes_create();
    struct script script;
    script_init(&script);
    const struct market *market = fold(quotes, &script, "quote AAPL 1 x 1 / 2 x 1");
    assert_true(market->quote.last == DECIMAL_NONE);
    fold(quotes, &script, "quote AAPL 1 x 1 / 2 x 1 last 1.5 x 7 sell");
    fold(quotes, &script, "quote AAPL 1 x 2 / 2 x 1");
    assert_int_equal(market->quote.last, script_price("1.5"));
    assert_int_equal(market->quote.last_size, script_quantity("7"));
    assert_int_equal(market->quote.last_side, SIDE_SELL);
    assert_int_equal(market->quote.bid_size, script_quantity("2"));
    fold(quotes, &script, "quote AAPL 1 x 2 / 2 x 1 last 1.6");
    assert_int_equal(market->quote.last, script_price("1.6"));
    assert_true(market->quote.last_size == DECIMAL_NONE);
    quotes_destroy(quotes);
}

static void test_tradable(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int64_t age_ms, wait_ms;
        bool is_tradable;
    } cases[] = {
        {"quote AAPL 1 x 1 / 2 x 1", 0, 0, true},         {"quote AAPL 1 x - / 2 x -", 0, 0, true},
        {"quote AAPL 2 x 1 / 2 x 1", 0, 0, true},         {"quote AAPL 2.01 x 1 / 2 x 1", 0, 0, false},
        {"quote AAPL 1 x 0 / 2 x 1", 0, 0, false},        {"quote AAPL 1 x 1 / 2 x 0", 0, 0, false},
        {"quote AAPL 1 x 1 / 2 x 1 halted", 0, 0, false}, {"quote AAPL 1 x 1 / 2 x 1 auction", 0, 0, false},
        {"quote AAPL 1 x 1 / 2 x 1", 0, 5000, true},      {"quote AAPL 1 x 1 / 2 x 1", 0, 5001, false},
        {"quote AAPL 1 x 1 / 2 x 1", 5000, 0, true},      {"quote AAPL 1 x 1 / 2 x 1", 5001, 0, false},
        {"quote AAPL 1 x 1 / 2 x 1", 2000, 3001, false},  {"quote AAPL 1 x 1 / 2 x 1", -9000, 5001, false},
        {"quote AAPL 1 x 1 / 2 x 1", 0, -1000, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct quotes *quotes = quotes_create();
        struct script script;
        script_init(&script);
        struct event event = script_event(&script, cases[i].line);
        const struct market *market = quotes_fold(quotes, &event, cases[i].age_ms * NS_PER_MS, script.monotonic_ns);
        script_wait(&script, cases[i].wait_ms * NS_PER_MS);
        if (market_is_tradable(market, script.monotonic_ns, 5 * NS_PER_SECOND) != cases[i].is_tradable)
            fail_msg("case %zu: %s", i, cases[i].line);
        assert_true(market_age_ns(market, script.monotonic_ns) >= 0);
        quotes_destroy(quotes);
    }
}

/* Half of the last digit goes to the even one; the sum of two large prices does not overflow. */
static void test_mid(void **state)
{
    (void)state;
    static const struct {
        int64_t bid, ask, mid;
    } mids[] = {
        {100, 102, 101}, {100, 101, 100}, {101, 102, 102},
        {-3, 0, -2},     {-100, 100, 0},  {INT64_MAX, INT64_MAX, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof mids / sizeof mids[0]; i++) {
        struct market market = {.quote = {.bid = mids[i].bid, .ask = mids[i].ask}};
        assert_int_equal(market_mid(&market), mids[i].mid);
    }
}

static void test_proposals(void **state)
{
    (void)state;
    struct proposals proposals = {0};
    for (int64_t i = 0; i < 100; i++) {
        struct event *event = proposals_add(&proposals, EVENT_ORDER_ACCEPTED, i);
        assert_int_equal(event->kind, EVENT_ORDER_ACCEPTED);
        assert_int_equal(event->sequence, 0);
        assert_true(event->acknowledgement.queue_ahead == DECIMAL_NONE);
        snprintf(event->acknowledgement.order_id, sizeof event->acknowledgement.order_id, "O%lld", (long long)i);
    }
    assert_int_equal(proposals.count, 100);
    assert_string_equal(proposals.items[0].event.acknowledgement.order_id, "O0");
    assert_int_equal(proposals.items[99].fence, 99);
    struct proposal *items = proposals.items;
    proposals_clear(&proposals);
    assert_int_equal(proposals.count, 0);
    struct event *fresh = proposals_add(&proposals, EVENT_ORDER_EXECUTED, NO_FENCE);
    assert_ptr_equal(proposals.items, items); /* the memory is kept */
    assert_string_equal(fresh->execution.order_id, "");
    assert_true(fresh->execution.fee == MONEY_NONE);
    proposals_free(&proposals);
    assert_null(proposals.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_latest_quote_of_each),
        cmocka_unit_test(test_what_did_not_come_is_counted),
        cmocka_unit_test(test_markets_never_move),
        cmocka_unit_test(test_a_late_quote_replaces_nothing),
        cmocka_unit_test(test_last_trade_is_kept),
        cmocka_unit_test(test_tradable),
        cmocka_unit_test(test_mid),
        cmocka_unit_test(test_proposals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
