/* Positions: random fills against exact fractions, counting once, and what does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "engine/position_table.h"
#include "engine/positions.h"
#include "fills.h"

struct random_fill {
    int regime;
    int64_t multiplier;
    enum side side;
    int64_t quantity, price;
    const char *fee;
    int64_t quantity_after;
    const char *fees;
    int64_t average_price;
    const char *cost, *realized;           /* average cost */
    const char *fifo_cost, *fifo_realized; /* FIFO */
};

static const struct random_fill random_fills[] = {
#include "positions_random.inc"
};

enum { RANDOM_FILLS = sizeof random_fills / sizeof *random_fills };

static int128 money(const char *text)
{
    int128 value;
    assert_true(money_parse(text, strlen(text), &value));
    return value;
}

static void check_identity(const struct position *position, int64_t mark)
{
    int128 unrealized;
    assert_true(position_unrealized(position, mark, &unrealized));
    assert_money(position_realized(position) + unrealized,
                 (position->cash + money_of(mark, position->quantity)) * position->multiplier, "the total");
}

/* The published form says the same, and says it exactly. */
static void check_event(const struct position *position, int64_t mark)
{
    struct position_event event = position_to_event(position, 1, 0);
    struct wide cost = position_event_cost(&event);
    assert_true(cost.whole == position->cost.whole && cost.fraction == position->cost.fraction);
    assert_money(event.cost, wide_round(position->cost), "the published cost");
    int128 theirs, ours;
    assert_true(position_event_unrealized(&event, mark, position->multiplier, &theirs));
    assert_true(position_unrealized(position, mark, &ours));
    int128 difference = theirs - ours;
    assert_true(difference >= -1 && difference <= 1); /* both rounded; apart in an exact tie only */
}

static void run_random(enum position_method method)
{
    struct positions *positions = NULL;
    struct instruments instruments;
    for (int i = 0; i < RANDOM_FILLS; i++) {
        const struct random_fill *fill = &random_fills[i];
        if (i == 0 || fill->regime != fill[-1].regime) {
            if (positions != NULL)
                instruments_free(&instruments);
            positions_destroy(positions);
            fills_instruments(&instruments, "RANDOM", fill->multiplier);
            positions = positions_create(&instruments, method);
        }
        char order_id[16];
        snprintf(order_id, sizeof order_id, "R%d", i);
        struct event event =
            fill_event(order_id, 1, "RANDOM", fill->side, fill->quantity, fill->price, money(fill->fee), i + 1u);
        assert_int_equal(positions_fold(positions, &event), POSITION_APPLIED);
        const struct position *position = positions_find(positions, "A", "RANDOM");
        bool fifo = method == POSITION_FIFO;
        assert_money(position->quantity, fill->quantity_after, "quantity");
        assert_money(position->fees, money(fill->fees), "fees");
        assert_money(wide_round(position->cost), money(fifo ? fill->fifo_cost : fill->cost), "cost");
        assert_money(position_realized(position), money(fifo ? fill->fifo_realized : fill->realized), "realized");
        if (!fifo)
            assert_money(position_average_price(position), fill->average_price, "average price");
        check_identity(position, fill->price);
        check_identity(position, fill->price / 3);
        check_event(position, fill->price / 7);
    }
    positions_destroy(positions);
    instruments_free(&instruments);
}

static void test_random_average_cost(void **state)
{
    (void)state;
    run_random(POSITION_AVERAGE_COST);
}

static void test_random_fifo(void **state)
{
    (void)state;
    run_random(POSITION_FIFO);
}

/* A seeded walk of a hundred thousand fills of any size: the identity holds after each, and at flat nothing is left. */
static void run_walk(enum position_method method)
{
    struct instruments instruments;
    fills_instruments(&instruments, "WALK", 3);
    struct positions *positions = positions_create(&instruments, method);
    uint64_t random = 2463534242;
    for (uint32_t number = 1; number <= 100000; number++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        const struct position *position = positions_find(positions, "A", "WALK");
        int64_t quantity = (int64_t)(random >> 20 & 0xffffffff) + 1,
                price = (int64_t)(random % 7000000000) - 1000000000;
        enum side side = random & 1 ? SIDE_BUY : SIDE_SELL;
        if (number % 50 == 0 && position->quantity != 0) {
            quantity = position->quantity < 0 ? -position->quantity : position->quantity;
            side = position->quantity < 0 ? SIDE_BUY : SIDE_SELL;
        }
        int128 before = position == NULL ? 0 : position->cash;
        struct event event =
            fill_event("WALK", number, "WALK", side, quantity, price, (int128)(random % 1000) - 300, number);
        assert_int_equal(positions_fold(positions, &event), POSITION_APPLIED);
        position = positions_find(positions, "A", "WALK");
        int128 paid = money_of(price, quantity);
        assert_money(position->cash, before + (side == SIDE_BUY ? -paid : paid), "cash");
        check_identity(position, price);
        if (position->quantity == 0) {
            assert_true(wide_is_zero(position->cost));
            assert_money(position_realized(position), position->cash * 3, "realized at flat");
        }
    }
    positions_destroy(positions);
    instruments_free(&instruments);
}

static void test_walk(void **state)
{
    (void)state;
    run_walk(POSITION_AVERAGE_COST);
    run_walk(POSITION_FIFO);
}

static enum position_fold buy(struct positions *positions, const char *order_id, uint32_t number, uint64_t sequence)
{
    struct event event = fill_event(order_id, number, "AAPL", SIDE_BUY, QUANTITY_ONE, PRICE_ONE, MONEY_NONE, sequence);
    return positions_fold(positions, &event);
}

static void test_counts_once(void **state)
{
    (void)state;
    struct instruments instruments;
    fills_instruments(&instruments, "AAPL", 1);
    struct positions *positions = positions_create(&instruments, POSITION_AVERAGE_COST);
    assert_int_equal(buy(positions, "X", 1, 1), POSITION_APPLIED);
    assert_int_equal(buy(positions, "X", 1, 2), POSITION_DUPLICATE);
    assert_int_equal(buy(positions, "X", 3, 3), POSITION_GAP);
    assert_int_equal(buy(positions, "X", 2, 4), POSITION_APPLIED);
    assert_int_equal(buy(positions, "X", 3, 5), POSITION_APPLIED);
    assert_int_equal(buy(positions, "X", 1, 6), POSITION_DUPLICATE);
    assert_int_equal(buy(positions, "Y", 2, 7), POSITION_GAP);
    struct event other = event_empty(EVENT_ORDER_ACCEPTED);
    assert_int_equal(positions_fold(positions, &other), POSITION_IGNORED);
    struct event invalid = fill_event("Z", 1, "AAPL", SIDE_NONE, QUANTITY_ONE, PRICE_ONE, MONEY_NONE, 8);
    assert_int_equal(positions_fold(positions, &invalid), POSITION_INVALID);
    invalid = fill_event("Z", 1, "AAPL", SIDE_BUY, 0, PRICE_ONE, MONEY_NONE, 9);
    assert_int_equal(positions_fold(positions, &invalid), POSITION_INVALID);
    invalid = fill_event("Z", 1, "AAPL", SIDE_BUY, QUANTITY_ONE, PRICE_ONE, MONEY_NONE, 10);
    text_copy(invalid.execution.execution_id, sizeof invalid.execution.execution_id, "other");
    assert_int_equal(positions_fold(positions, &invalid), POSITION_INVALID);
    const struct position *position = positions_find(positions, "A", "AAPL");
    assert_int_equal(position->quantity, 3 * QUANTITY_ONE);
    assert_int_equal(position->orders_seq, 5);
    assert_string_equal(position->execution_id, "X-3");
    struct position_counts counts = positions_counts(positions);
    assert_int_equal(counts.applied, 3);
    assert_int_equal(counts.duplicates, 2);
    assert_int_equal(counts.gaps, 2);
    assert_int_equal(counts.invalid, 3);
    assert_int_equal(positions_count(positions), 1);
    assert_ptr_equal(positions_at(positions, 0), position);
    positions_destroy(positions);
    instruments_free(&instruments);
}

/* What would not fit is reported and changes nothing, each time it comes. */
static void test_overflow(void **state)
{
    (void)state;
    for (int method = POSITION_AVERAGE_COST; method <= POSITION_FIFO; method++) {
        struct instruments instruments;
        fills_instruments(&instruments, "BIG", 1);
        struct positions *positions = positions_create(&instruments, method);
        struct event event = fill_event("B", 1, "BIG", SIDE_BUY, INT64_MAX, INT64_MAX, MONEY_NONE, 1);
        assert_int_equal(positions_fold(positions, &event), POSITION_APPLIED);
        struct position before = *positions_find(positions, "A", "BIG");
        event = fill_event("B", 2, "BIG", SIDE_BUY, 1, 1, MONEY_NONE, 2);
        assert_int_equal(positions_fold(positions, &event), POSITION_OVERFLOW); /* quantity */
        assert_int_equal(positions_fold(positions, &event), POSITION_OVERFLOW);
        assert_memory_equal(&before, positions_find(positions, "A", "BIG"), sizeof before);
        event = fill_event("B", 2, "BIG", SIDE_SELL, INT64_MAX, -INT64_MAX, -MONEY_ONE, 3);
        assert_int_equal(positions_fold(positions, &event), POSITION_APPLIED);
        check_identity(positions_find(positions, "A", "BIG"), 5);
        before = *positions_find(positions, "A", "BIG");
        event = fill_event("B", 3, "BIG", SIDE_BUY, INT64_MAX, INT64_MAX, MONEY_NONE, 4);
        assert_int_equal(positions_fold(positions, &event), POSITION_OVERFLOW); /* cash */
        assert_memory_equal(&before, positions_find(positions, "A", "BIG"), sizeof before);
        event = fill_event("B", 3, "BIG", SIDE_BUY, 1, 1, -(MONEY_NONE + 1), 4);
        assert_int_equal(positions_fold(positions, &event), POSITION_APPLIED);
        event = fill_event("B", 4, "BIG", SIDE_BUY, 1, 1, 2 * MONEY_ONE, 5);
        assert_int_equal(positions_fold(positions, &event), POSITION_OVERFLOW); /* fees */
        assert_int_equal(positions_counts(positions).overflows, 4);
        positions_destroy(positions);
        instruments_free(&instruments);
    }
    struct instruments instruments;
    fills_instruments(&instruments, "BIG", 1000000);
    struct positions *positions = positions_create(&instruments, POSITION_AVERAGE_COST);
    struct event event = fill_event("B", 1, "BIG", SIDE_BUY, INT64_MAX, INT64_MAX, MONEY_NONE, 1);
    assert_int_equal(positions_fold(positions, &event), POSITION_APPLIED); /* nothing realized yet */
    int128 unrealized;
    assert_false(position_unrealized(positions_find(positions, "A", "BIG"), 1, &unrealized));
    event = fill_event("B", 2, "BIG", SIDE_SELL, INT64_MAX, 1, MONEY_NONE, 2);
    assert_int_equal(positions_fold(positions, &event), POSITION_OVERFLOW); /* profit times multiplier */
    positions_destroy(positions);
    instruments_free(&instruments);
}

/* Taken up from the tape in the middle, the rest of the fills leads to the same positions. */
static void test_restore(void **state)
{
    (void)state;
    struct instruments instruments;
    fills_instruments(&instruments, "RANDOM", 1);
    struct positions *whole = positions_create(&instruments, POSITION_AVERAGE_COST);
    struct positions *rest = positions_create(&instruments, POSITION_AVERAGE_COST);
    for (uint32_t i = 0; i < 40; i++) {
        const struct random_fill *fill = &random_fills[i];
        struct event event =
            fill_event("R", i + 1, "RANDOM", fill->side, fill->quantity, fill->price, money(fill->fee), i + 1u);
        assert_int_equal(positions_fold(whole, &event), POSITION_APPLIED);
        if (i == 19) {
            struct position_event published = position_to_event(positions_find(whole, "A", "RANDOM"), 1, 0);
            assert_true(positions_restore(rest, &published));
            assert_false(positions_restore(rest, &published));
        }
        if (i == 18 || i == 19)
            continue;
        if (i > 19)
            assert_int_equal(positions_fold(rest, &event), POSITION_APPLIED);
    }
    struct position_event a = position_to_event(positions_find(whole, "A", "RANDOM"), 1, 0);
    struct position_event b = position_to_event(positions_find(rest, "A", "RANDOM"), 1, 0);
    assert_memory_equal(&a, &b, sizeof a);
    struct event old = fill_event("R", 20, "RANDOM", SIDE_BUY, 1, 1, MONEY_NONE, 20);
    assert_int_equal(positions_fold(rest, &old), POSITION_DUPLICATE);
    positions_destroy(whole);
    positions_destroy(rest);
    instruments_free(&instruments);
}

/* Lots are not published: what was open goes on as one lot, and the identity holds. */
static void test_restore_first_in_first_out(void **state)
{
    (void)state;
    struct instruments instruments;
    fills_instruments(&instruments, "LOTS", 2);
    struct positions *whole = positions_create(&instruments, POSITION_FIFO);
    struct positions *rest = positions_create(&instruments, POSITION_FIFO);
    static const struct {
        enum side side;
        int64_t quantity, price;
    } fills[] = {{SIDE_SELL, 3, 10}, {SIDE_SELL, 1, 14}, {SIDE_BUY, 1, 20}, {SIDE_BUY, 3, 9}};
    for (uint32_t i = 0; i < 4; i++) {
        struct event event = fill_event("L", i + 1, "LOTS", fills[i].side, fills[i].quantity * QUANTITY_ONE,
                                        fills[i].price * PRICE_ONE, MONEY_NONE, i + 1u);
        assert_int_equal(positions_fold(whole, &event), POSITION_APPLIED);
        if (i >= 2)
            assert_int_equal(positions_fold(rest, &event), POSITION_APPLIED);
        if (i == 1) {
            struct position_event event_before = position_to_event(positions_find(whole, "A", "LOTS"), 1, 0);
            assert_true(positions_restore(rest, &event_before));
        }
        if (i == 2) {
            /* One of 3 at 10, or one of 4 at 11. */
            assert_money(position_realized(positions_find(whole, "A", "LOTS")), -20 * MONEY_ONE, "realized");
            assert_money(position_realized(positions_find(rest, "A", "LOTS")), -18 * MONEY_ONE, "realized of the rest");
            check_identity(positions_find(rest, "A", "LOTS"), 7 * PRICE_ONE);
        }
    }
    assert_money(position_realized(positions_find(rest, "A", "LOTS")),
                 position_realized(positions_find(whole, "A", "LOTS")), "realized at flat");
    positions_destroy(whole);
    positions_destroy(rest);
    instruments_free(&instruments);
}

static struct event published(const char *symbol, int64_t quantity, uint64_t epoch, uint64_t orders_seq)
{
    struct event event = event_empty(EVENT_POSITION);
    text_copy(event.position.account, sizeof event.position.account, "A");
    text_copy(event.position.symbol, sizeof event.position.symbol, symbol);
    event.position.quantity = quantity;
    event.position.epoch = epoch;
    event.position.orders_seq = orders_seq;
    return event;
}

static void test_published_table(void **state)
{
    (void)state;
    static const struct {
        const char *symbol;
        int64_t quantity;
        uint64_t epoch, orders_seq;
        bool counts;
    } rows[] = {
        {"AAPL", 1, 1, 10, true}, {"AAPL", 2, 1, 10, false}, {"AAPL", 3, 1, 9, false},  {"AAPL", 4, 1, 11, true},
        {"GOOG", 5, 1, 3, true},  {"AAPL", 6, 2, 2, true},   {"AAPL", 7, 1, 99, false}, {"AAPL", 8, 2, 3, true},
    };
    struct position_table *table = position_table_create();
    assert_int_equal(position_table_epoch(table), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event event = published(rows[i].symbol, rows[i].quantity, rows[i].epoch, rows[i].orders_seq);
        assert_int_equal(position_table_fold(table, &event), rows[i].counts);
    }
    assert_int_equal(position_table_count(table), 2);
    assert_int_equal(position_table_find(table, "A", "AAPL")->quantity, 8);
    assert_int_equal(position_table_at(table, 1)->quantity, 5);
    assert_null(position_table_find(table, "B", "AAPL"));
    assert_int_equal(position_table_epoch(table), 2);
    struct event other = event_empty(EVENT_ALERT);
    assert_false(position_table_fold(table, &other));
    position_table_destroy(table);
}

/* Half a unit of 1e-17 left over goes both ways, and a cost next to it is settled on it. */
static void test_cost_fraction(void **state)
{
    (void)state;
    const uint64_t half = UINT64_C(1) << 63;
    static const int128 wholes[] = {0, 1, 2, -1, -2, 12345678901234567};
    const uint64_t fractions[] = {0, 1, half - 2, half, half + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        for (size_t j = 0; j < sizeof fractions / sizeof *fractions; j++) {
            struct wide cost = {.whole = wholes[i], .fraction = fractions[j]};
            struct position_event event = {0};
            position_event_set_cost(&event, cost);
            assert_money(event.cost, wide_round(cost), "cost");
            struct wide back = position_event_cost(&event);
            assert_true(back.whole == cost.whole && back.fraction == cost.fraction);
        }
    }
    assert_int_equal(position_cost_settle((struct wide){.fraction = half - 1}).fraction, half);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_average_cost),
        cmocka_unit_test(test_random_fifo),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_counts_once),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_restore),
        cmocka_unit_test(test_restore_first_in_first_out),
        cmocka_unit_test(test_published_table),
        cmocka_unit_test(test_cost_fraction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
