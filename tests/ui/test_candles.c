/* Candles: quotes in, candles out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/candles.h"

#define CENTS(x) ((int64_t)(x)*10000000)
#define LOTS(x)  ((int64_t)(x)*QUANTITY_ONE)

enum { NO_TRADE = -1, MAX_QUOTES = 8, MAX_CANDLES = 4 };

/* 2026-11-23 00:00; times in the tables are seconds of that day. */
static const int64_t day_ns = INT64_C(1795392000) * NS_PER_SECOND;

/* A quote: a trade of `size` shares at `price` cents, or the mid of `price`. */
struct given {
    int seconds;
    int64_t price;
    int size; /* NO_TRADE: none */
};

struct wanted {
    int seconds; /* at which its piece of time begins */
    int64_t open, high, low, close;
    int volume;
};

static void fold(struct candles *candles, const struct given *given)
{
    struct event event = event_empty(EVENT_QUOTE);
    event.quote.bid = CENTS(given->price) - CENTS(1);
    event.quote.ask = CENTS(given->price) + CENTS(1);
    event.quote.bid_size = event.quote.ask_size = LOTS(100);
    if (given->size != NO_TRADE) {
        event.quote.last = CENTS(given->price);
        event.quote.last_size = LOTS(given->size);
    }
    event.quote.timestamp_ns = event.stored_ns = day_ns + given->seconds * NS_PER_SECOND;
    candles_fold(candles, &event, event.quote.last != DECIMAL_NONE);
}

static void fold_all(struct candles *candles, const struct given given[MAX_QUOTES])
{
    for (int i = 0; i < MAX_QUOTES && given[i].price != 0; i++)
        fold(candles, &given[i]);
}

static int64_t number_of(enum candles_period period, int seconds)
{
    return (day_ns + seconds * NS_PER_SECOND) / candles_length_ns(period);
}

static void check(const char *name, const struct candles *candles, enum candles_period period,
                  const struct wanted wanted[MAX_CANDLES])
{
    for (int i = 0; i < MAX_CANDLES && wanted[i].open != 0; i++) {
        struct candle candle;
        if (!candles_read(candles, period, number_of(period, wanted[i].seconds), &candle))
            fail_msg("%s: there is no candle at %d s", name, wanted[i].seconds);
        bool same = candle.open == CENTS(wanted[i].open) && candle.high == CENTS(wanted[i].high) &&
                    candle.low == CENTS(wanted[i].low) && candle.close == CENTS(wanted[i].close) &&
                    candle.volume == LOTS(wanted[i].volume);
        if (!same)
            fail_msg("%s: the candle at %d s is %g %g %g %g of %g", name, wanted[i].seconds,
                     price_to_double(candle.open), price_to_double(candle.high), price_to_double(candle.low),
                     price_to_double(candle.close), quantity_to_double(candle.volume));
    }
}

/* ---- the table ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    enum candles_period period;
    struct given given[MAX_QUOTES];
    struct wanted wanted[MAX_CANDLES];
    int gaps[MAX_CANDLES]; /* seconds at which there is none, ends with 0 */
} cases[] = {
    {"the first one", CANDLES_1S, {{100, 1000, 5}}, {{100, 1000, 1000, 1000, 1000, 5}}, {99, 101}},
    {"open, high, low, close",
     CANDLES_1S,
     {{100, 1000, 5}, {100, 1010, 1}, {100, 990, 1}, {100, 1001, 3}},
     {{100, 1000, 1010, 990, 1001, 10}},
     {0}},
    {"a gap stays free",
     CANDLES_1S,
     {{100, 1000, 5}, {107, 1003, 1}},
     {{100, 1000, 1000, 1000, 1000, 5}, {107, 1003, 1003, 1003, 1003, 1}},
     {101, 103, 106}},
    {"a gap longer than what is kept",
     CANDLES_1S,
     {{100, 1000, 5}, {800, 1003, 1}, {801, 1004, 1}},
     {{800, 1003, 1003, 1003, 1003, 1}, {801, 1004, 1004, 1004, 1004, 1}},
     {100, 200, 799}},
    {"five seconds of one each",
     CANDLES_5S,
     {{100, 1000, 5}, {101, 1010, 1}, {103, 990, 1}, {104, 1001, 3}, {105, 1002, 1}},
     {{100, 1000, 1010, 990, 1001, 10}, {105, 1002, 1002, 1002, 1002, 1}},
     {95, 110}},
    {"an hour of minutes",
     CANDLES_1H,
     {{7200, 1000, 5}, {8000, 1010, 1}, {10799, 1001, 3}, {10800, 7, 1}},
     {{7200, 1000, 1010, 1000, 1001, 9}, {10800, 7, 7, 7, 7, 1}},
     {3600, 14400}},
    {"a late trade moves neither open nor close",
     CANDLES_1S,
     {{100, 1000, 5}, {101, 1001, 1}, {100, 1020, 2}, {100, 980, 2}},
     {{100, 1000, 1020, 980, 1000, 9}, {101, 1001, 1001, 1001, 1001, 1}},
     {99}},
    {"a late trade in a gap, and before the first",
     CANDLES_1S,
     {{100, 1000, 5}, {103, 1001, 1}, {102, 990, 2}, {97, 980, 4}, {98, 970, 1}},
     {{97, 980, 980, 980, 980, 4}, {98, 970, 970, 970, 970, 1}, {102, 990, 990, 990, 990, 2}},
     {96, 99, 101}},
    {"a trade too late for the seconds counts in its minute",
     CANDLES_1MIN,
     {{120, 1000, 5}, {1800, 1001, 1}, {125, 990, 2}},
     {{120, 1000, 1000, 990, 1000, 7}},
     {60, 180}},
    {"the day changes",
     CANDLES_1DAY,
     {{86399, 1000, 5}, {86400, 1010, 1}, {90000, 1005, 1}},
     {{0, 1000, 1000, 1000, 1000, 5}, {86400, 1010, 1010, 1005, 1005, 2}},
     {172800}},
    {"minutes at the change of the day",
     CANDLES_15MIN,
     {{86399, 1000, 5}, {86400, 1010, 1}},
     {{85500, 1000, 1000, 1000, 1000, 5}, {86400, 1010, 1010, 1010, 1010, 1}},
     {84600}},
    {"mids where there are no trades",
     CANDLES_1S,
     {{100, 1000, NO_TRADE}, {100, 1004, NO_TRADE}},
     {{100, 1000, 1004, 1000, 1004, 0}},
     {99}},
    {"the first trade ends the mids",
     CANDLES_1S,
     {{100, 1000, NO_TRADE}, {101, 1004, 2}, {102, 1000, NO_TRADE}},
     {{101, 1004, 1004, 1004, 1004, 2}},
     {100, 102}},
    {"a price that is far off leaves the others as they are",
     CANDLES_1S,
     {{100, 18902, 5}, {101, 900000000000, 1}, {102, 18903, 1}},
     {{100, 18902, 18902, 18902, 18902, 5}, {102, 18903, 18903, 18903, 18903, 1}},
     {99}},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct candles *candles = candles_create(CENTS(1) / 2);
        struct candle candle;
        fold_all(candles, cases[i].given);
        check(cases[i].name, candles, cases[i].period, cases[i].wanted);
        for (int gap = 0; gap < MAX_CANDLES && cases[i].gaps[gap] != 0; gap++) {
            if (candles_read(candles, cases[i].period, number_of(cases[i].period, cases[i].gaps[gap]), &candle))
                fail_msg("%s: there is a candle at %d s", cases[i].name, cases[i].gaps[gap]);
        }
        candles_destroy(candles);
    }
}

static void test_never_traded(void **state)
{
    struct candles *candles = candles_create(CENTS(1) / 2), *other = candles_create(CENTS(1) / 2);
    struct candle candle;
    int64_t oldest, newest, closes[2];
    (void)state;
    assert_int_equal(candles_basis(candles), CANDLES_NOTHING);
    assert_false(candles_range(candles, CANDLES_1MIN, &oldest, &newest));
    assert_false(candles_read(candles, CANDLES_1MIN, number_of(CANDLES_1MIN, 0), &candle));
    candles_closes(candles, CANDLES_1S, number_of(CANDLES_1S, 100), closes, 2);
    assert_true(closes[0] == DECIMAL_NONE && closes[1] == DECIMAL_NONE);
    candles_put_before(candles, other);
    assert_int_equal(candles_basis(candles), CANDLES_NOTHING);
    candles_destroy(candles);
    candles_destroy(other);
}

/* One side that is missing repeats an old price; an outlier would be a spike. */
static void test_odd_quotes_have_no_mid(void **state)
{
    struct candles *candles = candles_create(CENTS(1) / 2);
    struct event event = event_empty(EVENT_QUOTE);
    (void)state;
    event.quote.bid = event.quote.ask = CENTS(100);
    event.quote.bid_size = 0;
    event.quote.timestamp_ns = day_ns;
    candles_fold(candles, &event, false);
    event.quote.bid_size = event.quote.ask_size;
    event.quote.condition = QUOTE_OUTLIER;
    candles_fold(candles, &event, false);
    assert_int_equal(candles_basis(candles), CANDLES_NOTHING);
    event.quote.condition = QUOTE_SOUND;
    candles_fold(candles, &event, false);
    assert_int_equal(candles_basis(candles), CANDLES_MIDS);
    candles_destroy(candles);
}

/* A recording of last year that is played now has its candles now. */
static void test_a_clock_that_is_far_off(void **state)
{
    struct candles *candles = candles_create(CENTS(1) / 2);
    struct event event = event_empty(EVENT_QUOTE);
    struct candle candle;
    (void)state;
    event.quote.last = CENTS(100);
    event.quote.last_size = DECIMAL_NONE;
    event.quote.timestamp_ns = day_ns - 365 * NS_PER_DAY;
    event.stored_ns = day_ns + 100 * NS_PER_SECOND;
    candles_fold(candles, &event, event.quote.last != DECIMAL_NONE);
    assert_true(candles_read(candles, CANDLES_1S, number_of(CANDLES_1S, 100), &candle));
    assert_int_equal(candle.volume, 0);
    candles_destroy(candles);
}

static void test_closes(void **state)
{
    static const struct given given[MAX_QUOTES] = {{100, 1000, 5}, {102, 1003, 1}, {102, 1004, 1}};
    struct candles *candles = candles_create(CENTS(1) / 2);
    int64_t closes[5], oldest, newest;
    (void)state;
    fold_all(candles, given);
    assert_true(candles_range(candles, CANDLES_1S, &oldest, &newest));
    assert_int_equal(oldest, number_of(CANDLES_1S, 100));
    assert_int_equal(newest, number_of(CANDLES_1S, 102));
    candles_closes(candles, CANDLES_1S, newest + 1, closes, 5);
    assert_true(closes[0] == DECIMAL_NONE);
    assert_int_equal(closes[1], CENTS(1000));
    assert_int_equal(closes[2], CENTS(1000));
    assert_int_equal(closes[3], CENTS(1004));
    assert_int_equal(closes[4], CENTS(1004));
    candles_closes(candles, CANDLES_1S, newest + 1000, closes, 5); /* long after */
    assert_int_equal(closes[0], CENTS(1004));
    candles_destroy(candles);
}

/* ---- what was read later but happened before ------------------------------------------------------------------ */

static void test_put_before(void **state)
{
    static const struct given past[MAX_QUOTES] = {{40, 990, 1}, {100, 1000, 5}, {100, 980, 1}};
    static const struct given now[MAX_QUOTES] = {{100, 1010, 2}, {101, 1001, 1}};
    static const struct wanted seconds[MAX_CANDLES] = {
        {40, 990, 990, 990, 990, 1}, {100, 1000, 1010, 980, 1010, 8}, {101, 1001, 1001, 1001, 1001, 1}};
    static const struct wanted minutes[MAX_CANDLES] = {{0, 990, 990, 990, 990, 1}, {60, 1000, 1010, 980, 1001, 9}};
    static const struct wanted days[MAX_CANDLES] = {{0, 990, 1010, 980, 1001, 10}};
    struct candles *candles = candles_create(CENTS(1) / 2), *before = candles_create(CENTS(1) / 2);
    (void)state;
    fold_all(candles, now);
    fold_all(before, past);
    candles_put_before(candles, before);
    check("put before", candles, CANDLES_1S, seconds);
    check("put before", candles, CANDLES_1MIN, minutes);
    check("put before", candles, CANDLES_1DAY, days);
    candles_destroy(before);
    candles_destroy(candles);
}

/* The sounder price of the two is kept: trades before mids. */
static void test_put_before_another_basis(void **state)
{
    static const struct given mids[MAX_QUOTES] = {{100, 1000, NO_TRADE}}, trades[MAX_QUOTES] = {{90, 1010, 2}};
    static const struct wanted wanted[MAX_CANDLES] = {{90, 1010, 1010, 1010, 1010, 2}};
    struct candle candle;
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct candles *candles = candles_create(CENTS(1) / 2), *before = candles_create(CENTS(1) / 2);
        fold_all(candles, i == 0 ? mids : trades);
        fold_all(before, i == 0 ? trades : mids);
        candles_put_before(candles, before);
        assert_int_equal(candles_basis(candles), CANDLES_TRADES);
        check("another basis", candles, CANDLES_1S, wanted);
        assert_false(candles_read(candles, CANDLES_1S, number_of(CANDLES_1S, 100), &candle));
        candles_destroy(before);
        candles_destroy(candles);
    }
}

/* A day and more, one trade a second: the newest ten minutes are there in seconds, the newest day in minutes. */
static void test_what_is_kept(void **state)
{
    struct candles *candles = candles_create(CENTS(1) / 2);
    struct candle candle;
    int64_t oldest, newest;
    (void)state;
    for (int second = 0; second < 100000; second++)
        fold(candles, &(struct given){second, 1000 + second % 60, 1});
    candles_range(candles, CANDLES_1S, &oldest, &newest);
    assert_int_equal(newest - oldest + 1, 600);
    candles_range(candles, CANDLES_1MIN, &oldest, &newest);
    assert_int_equal(newest - oldest + 1, 1440);
    assert_int_equal(newest, number_of(CANDLES_1MIN, 99999));
    assert_false(candles_read(candles, CANDLES_1MIN, oldest - 1, &candle));
    for (int64_t number = oldest; number < newest; number++) {
        assert_true(candles_read(candles, CANDLES_1MIN, number, &candle));
        assert_true(candle.open == CENTS(1000) && candle.close == CENTS(1059) && candle.volume == LOTS(60));
    }
    assert_true(candles_read(candles, CANDLES_1H, number_of(CANDLES_1H, 90000), &candle));
    assert_int_equal(candle.volume, LOTS(3600));
    candles_destroy(candles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_never_traded),
        cmocka_unit_test(test_odd_quotes_have_no_mid),
        cmocka_unit_test(test_a_clock_that_is_far_off),
        cmocka_unit_test(test_closes),
        cmocka_unit_test(test_put_before),
        cmocka_unit_test(test_put_before_another_basis),
        cmocka_unit_test(test_what_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
