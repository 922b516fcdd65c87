/* The rows of a ladder: market, orders and trades in; what stands at which price out, as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ui/ladder.h"

#define CENTS(x) ((int64_t)(x)*10000000)
#define LOTS(x)  ((int64_t)(x)*QUANTITY_ONE)

enum { ROWS = 7, TEXT_SIZE = 96 };

static struct ladder_place placed(int64_t step, int64_t bid, int64_t ask)
{
    struct ladder_place place = {0};
    assert_int_equal(ladder_follow(&place, step, ROWS, bid, ask), LADDER_PLACED);
    return place;
}

static struct quote quote_of(int64_t bid, int64_t bid_size, int64_t ask, int64_t ask_size)
{
    return (struct quote){.bid = bid, .bid_size = bid_size, .ask = ask, .ask_size = ask_size};
}

/* "300", "." for nothing, "?" for what nobody knows. */
static const char *size_text(char *text, int64_t size)
{
    if (size == DECIMAL_NONE)
        return "?";
    snprintf(text, 24, "%lld", (long long)(size / QUANTITY_ONE));
    return size == 0 ? "." : text;
}

static void add_ours(char *text, size_t size, const char *side, const struct ladder_cell *cell)
{
    size_t length = strlen(text);
    if (cell->orders == 0)
        return;
    length +=
        (size_t)snprintf(text + length, size - length, " %s%lld/%d%s%s%s", side, (long long)(cell->ours / QUANTITY_ONE),
                         cell->orders, cell->pending ? "*" : "", cell->unknown ? "?" : "", cell->stop ? "s" : "");
    if (cell->queue != DECIMAL_NONE)
        snprintf(text + length, size - length, "~%lld", (long long)(cell->queue / QUANTITY_ONE));
}

/* "10003 . 400 ask": the price in cents, bid and ask size, and what else is there. */
static void row_text(char text[TEXT_SIZE], const struct ladder_row *row)
{
    char bid[24], ask[24];
    snprintf(text, TEXT_SIZE, "%lld %s %s%s%s%s", (long long)(row->price / CENTS(1)), size_text(bid, row->buy.size),
             size_text(ask, row->sell.size), row->is_bid ? " bid" : "", row->is_ask ? " ask" : "",
             row->in_touch && !row->is_bid && !row->is_ask ? " between" : "");
    add_ours(text, TEXT_SIZE, "B", &row->buy);
    add_ours(text, TEXT_SIZE, "S", &row->sell);
    size_t length = strlen(text);
    if (row->volume != 0)
        snprintf(text + length, TEXT_SIZE - length, " v%lld", (long long)(row->volume / QUANTITY_ONE));
    strcat(text, row->traded_last ? " last" : "");
    strcat(text, row->is_average ? " average" : "");
}

static void check_rows(const struct ladder *ladder, const char *const wanted[ROWS])
{
    assert_int_equal(ladder->count, ROWS);
    for (int i = 0; i < ROWS; i++) {
        char text[TEXT_SIZE];
        row_text(text, &ladder->rows[i]);
        assert_string_equal(text, wanted[i]);
    }
}

#define CHECK_ROWS(ladder, ...) check_rows(ladder, (const char *const[ROWS]){__VA_ARGS__})

/* ---- what stands where ---------------------------------------------------------------------------------------- */

static void test_touch_without_depth(void **state)
{
    struct ladder ladder;
    struct ladder_place place = placed(CENTS(1), CENTS(10000), CENTS(10002));
    struct quote quote = quote_of(CENTS(10000), LOTS(300), CENTS(10002), LOTS(200));
    (void)state;
    ladder_begin(&ladder, &place);
    ladder_put_market(&ladder, &quote, NULL);
    CHECK_ROWS(&ladder, "10004 . ?", "10003 . ?", "10002 . 200 ask", "10001 . . between", "10000 300 . bid", "9999 ? .",
               "9998 ? .");
}

/* The touch is the quote's: what the depth has inside of it is gone, or not there any more. */
static void test_depth_behind_a_newer_quote(void **state)
{
    struct ladder ladder;
    struct depth depth = {.bid_count = 4, .ask_count = 3};
    struct ladder_place place = placed(CENTS(1), CENTS(10000), CENTS(10001));
    struct quote quote = quote_of(CENTS(9999), LOTS(70), CENTS(10001), DECIMAL_NONE);
    (void)state;
    for (int i = 0; i < 4; i++)
        depth.bids[i] = (struct depth_level){CENTS(10000 - i), LOTS(100 + i)};
    depth.asks[0] = (struct depth_level){CENTS(10001), LOTS(10)};
    depth.asks[1] = (struct depth_level){CENTS(10002), LOTS(20)};
    depth.asks[2] = (struct depth_level){CENTS(10004), LOTS(40)};
    ladder_begin(&ladder, &place);
    ladder_put_market(&ladder, &quote, &depth);
    /* Of 10001 the quote does not tell the size. Behind fewer than ten levels there are no more. */
    CHECK_ROWS(&ladder, "10003 . .", "10002 . 20", "10001 . ? ask", "10000 . . between", "9999 70 . bid", "9998 102 .",
               "9997 103 .");
}

static void test_ten_levels_are_not_all(void **state)
{
    struct ladder ladder;
    struct depth depth = {.bid_count = DEPTH_LEVELS, .ask_count = 0};
    struct ladder_place place = placed(CENTS(5), CENTS(10000), CENTS(10001));
    struct quote quote = quote_of(CENTS(10000), LOTS(1), CENTS(10001), LOTS(1));
    (void)state;
    for (int i = 0; i < DEPTH_LEVELS; i++)
        depth.bids[i] = (struct depth_level){CENTS(10000 - i), LOTS(1)};
    ladder_begin(&ladder, &place);
    ladder_put_market(&ladder, &quote, &depth);
    /* Five cents a row: bids in the row below them, asks in that above. */
    CHECK_ROWS(&ladder, "10015 . .", "10010 . .", "10005 . 1 ask", "10000 1 . bid", "9995 5 .", "9990 4 .", "9985 ? .");
}

static void test_orders(void **state)
{
    static const struct ladder_order orders[] = {
        {SIDE_BUY, CENTS(9999), LOTS(100), LOTS(250), false, false, false},
        {SIDE_BUY, CENTS(9999), LOTS(50), LOTS(400), true, false, false},
        {SIDE_SELL, CENTS(10002), LOTS(30), DECIMAL_NONE, false, true, false},
        {SIDE_SELL, CENTS(9998), LOTS(10), DECIMAL_NONE, false, false, true},
        {SIDE_SELL, CENTS(10050), LOTS(1), DECIMAL_NONE, false, false, false},
        {SIDE_SELL, INT64_MAX, LOTS(1), DECIMAL_NONE, false, false, false},
        {SIDE_BUY, CENTS(9000), LOTS(1), DECIMAL_NONE, false, false, false},
    };
    struct ladder ladder;
    struct ladder_place place = placed(CENTS(1), CENTS(10000), CENTS(10001));
    struct quote quote = quote_of(CENTS(10000), LOTS(1), CENTS(10001), LOTS(1));
    struct depth depth = {0};
    (void)state;
    ladder_begin(&ladder, &place);
    ladder_put_market(&ladder, &quote, &depth);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        ladder_put_order(&ladder, &orders[i]);
    CHECK_ROWS(&ladder, "10003 . .", "10002 . . S30/1?", "10001 . 1 ask", "10000 1 . bid", "9999 . . B150/2*~250",
               "9998 . . S10/1s", "9997 . .");
    assert_int_equal(ladder.orders_above, 2);
    assert_int_equal(ladder.orders_below, 1);
}

static void test_trades_and_average(void **state)
{
    struct ladder ladder;
    struct ladder_place place = placed(CENTS(1), CENTS(10000), CENTS(10001));
    struct quote quote = quote_of(CENTS(10000), LOTS(1), CENTS(10001), LOTS(1));
    struct depth depth = {0};
    (void)state;
    ladder_begin(&ladder, &place);
    ladder_put_market(&ladder, &quote, &depth);
    ladder_put_volume(&ladder, CENTS(10000), LOTS(500));
    ladder_put_volume(&ladder, CENTS(10002), LOTS(700));
    ladder_put_volume(&ladder, CENTS(20000), LOTS(9000)); /* out of view */
    ladder_put_last(&ladder, CENTS(10002));
    ladder_put_average(&ladder, CENTS(9998) + 5000000); /* half a cent above */
    CHECK_ROWS(&ladder, "10003 . .", "10002 . . v700 last", "10001 . 1 ask", "10000 1 . bid v500", "9999 . .",
               "9998 . . average", "9997 . .");
    assert_int_equal(ladder.volume_max, LOTS(700));
}

/* ---- the place ------------------------------------------------------------------------------------------------ */

static void test_following(void **state)
{
    /* What the market does, and what the ladder does then; seven rows of a cent from 9997 to 10003 at first. */
    static const struct {
        int64_t bid, ask;
        enum ladder_move move;
        int64_t centre;
    } steps[] = {
        {10000, 10001, LADDER_STAYS, 10000},    {10002, 10003, LADDER_STAYS, 10000},  {9997, 9998, LADDER_STAYS, 10000},
        {9996, 9997, LADDER_FOLLOWED, 9996},    {9999, 10000, LADDER_FOLLOWED, 9999}, {9999, 10001, LADDER_STAYS, 9999},
        {10050, 10051, LADDER_FOLLOWED, 10050}, {10040, 10060, LADDER_STAYS, 10050}, /* wider than the view */
    };
    struct ladder_place place = placed(CENTS(1), CENTS(10000), CENTS(10001));
    (void)state;
    assert_int_equal(place.centre, CENTS(10000));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_int_equal(ladder_follow(&place, CENTS(1), ROWS, CENTS(steps[i].bid), CENTS(steps[i].ask)),
                         steps[i].move);
        assert_int_equal(place.centre, CENTS(steps[i].centre));
    }
    assert_int_equal(ladder_follow(&place, CENTS(5), ROWS, CENTS(10050), CENTS(10051)), LADDER_PLACED);
}

/* Who scrolls away from the market stays there, until it is in view again. */
static void test_scrolling(void **state)
{
    struct ladder_place place = placed(CENTS(1), CENTS(10000), CENTS(10001));
    (void)state;
    ladder_reveal(&place, CENTS(10003));
    assert_int_equal(place.centre, CENTS(10000));
    ladder_reveal(&place, CENTS(10020));
    assert_int_equal(place.centre, CENTS(10017));
    assert_true(ladder_shows(&place, CENTS(10020)) && !ladder_shows(&place, CENTS(10021)));
    assert_int_equal(ladder_follow(&place, CENTS(1), ROWS, CENTS(10000), CENTS(10001)), LADDER_STAYS);
    assert_int_equal(place.centre, CENTS(10017));
    assert_int_equal(ladder_follow(&place, CENTS(1), ROWS, CENTS(10018), CENTS(10019)), LADDER_STAYS);
    assert_int_equal(ladder_follow(&place, CENTS(1), ROWS, CENTS(10000), CENTS(10001)), LADDER_FOLLOWED);
    ladder_reveal(&place, CENTS(9000));
    assert_true(ladder_shows(&place, CENTS(9000)) && !ladder_shows(&place, CENTS(8999)));
    ladder_centre(&place, CENTS(10000), CENTS(10001));
    assert_int_equal(place.centre, CENTS(10000));
    assert_false(place.scrolled);
}

static void test_rounding(void **state)
{
    static const struct {
        int64_t price, step;
        enum side side;
        int64_t rounded;
    } cases[] = {
        {1003, 5, SIDE_BUY, 1000}, {1003, 5, SIDE_SELL, 1005}, {1005, 5, SIDE_BUY, 1005}, {1005, 5, SIDE_SELL, 1005},
        {-3, 5, SIDE_BUY, -5},     {-3, 5, SIDE_SELL, 0},      {-5, 5, SIDE_SELL, -5},    {0, 5, SIDE_BUY, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(ladder_round(cases[i].price, cases[i].step, cases[i].side), cases[i].rounded);
}

/* Prices come from outside: none of them may overflow anything. */
static void test_extremes(void **state)
{
    static const int64_t prices[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    static const int64_t step_values[] = {1, CENTS(1), INT64_MAX};
    enum { PRICES = sizeof prices / sizeof prices[0] };
    (void)state;
    for (int i = 0; i < PRICES * PRICES * 3; i++) {
        int64_t bid = prices[i % PRICES], ask = prices[i / PRICES % PRICES], step = step_values[i / PRICES / PRICES];
        struct quote quote = quote_of(bid, INT64_MAX, ask, INT64_MAX);
        struct depth depth = {.bid_count = 2, .ask_count = 1};
        struct ladder_place place = {0};
        struct ladder ladder;
        depth.bids[0] = (struct depth_level){bid, INT64_MAX};
        depth.bids[1] = (struct depth_level){INT64_MIN + 1, INT64_MAX};
        depth.asks[0] = (struct depth_level){INT64_MAX, INT64_MAX};
        ladder_follow(&place, step, 10000, bid, ask);
        ladder_reveal(&place, ask);
        ladder_follow(&place, step, 10000, ask, bid);
        assert_int_equal(place.rows, LADDER_ROWS_MAX);
        ladder_begin(&ladder, &place);
        ladder_put_market(&ladder, &quote, &depth);
        ladder_put_volume(&ladder, ask, INT64_MAX);
        ladder_put_volume(&ladder, ask, INT64_MAX);
        ladder_put_average(&ladder, bid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_touch_without_depth),
        cmocka_unit_test(test_depth_behind_a_newer_quote),
        cmocka_unit_test(test_ten_levels_are_not_all),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_trades_and_average),
        cmocka_unit_test(test_following),
        cmocka_unit_test(test_scrolling),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
