/* The positions service's rule: one position per fill, only what is missing, and what a tape that is not the same
 * anymore leads to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "engine/position_keeper.h"
#include "fills.h"

enum { TAPE_MAX = 64 };

/* Both streams, as they would be stored. */
struct tape_pair {
    struct event orders[TAPE_MAX], positions[TAPE_MAX];
    size_t order_count, position_count;
};

static struct instruments instruments;

static int setup(void **state)
{
    (void)state;
    fills_instruments(&instruments, "OTHER", 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    instruments_free(&instruments);
    return 0;
}

static void add_fill(struct tape_pair *tape, const char *order_id, uint32_t number, const char *symbol, int64_t pieces)
{
    enum side side = pieces < 0 ? SIDE_SELL : SIDE_BUY;
    int64_t quantity = (pieces < 0 ? -pieces : pieces) * QUANTITY_ONE;
    uint64_t sequence = tape->order_count + 1;
    tape->orders[tape->order_count++] =
        fill_event(order_id, number, symbol, side, quantity, 10 * PRICE_ONE, MONEY_NONE, sequence);
}

static void store(struct tape_pair *tape, const struct proposals *proposals, int64_t stored_ns)
{
    for (size_t i = 0; i < proposals->count; i++) {
        struct event *event = &tape->positions[tape->position_count++];
        *event = proposals->items[i].event;
        assert_int_equal(event->kind, EVENT_POSITION);
        assert_int_equal(proposals->items[i].fence, NO_FENCE);
        event->sequence = tape->position_count;
        event->stored_ns = stored_ns;
    }
}

/* Starts a keeper on the tape: own outputs, then ORDERS from the `first` event on, then everything. What it proposes is
 * stored, and folded when it is asked for everything. Returns how many positions it published. */
static size_t run(struct tape_pair *tape, size_t first, struct position_keeper **out)
{
    struct position_keeper *keeper = position_keeper_create(&instruments, POSITION_AVERAGE_COST);
    struct proposals proposals = {0};
    size_t before = tape->position_count;
    for (size_t i = 0; i < before; i++)
        position_keeper_fold(keeper, &tape->positions[i]);
    for (size_t i = first; i < tape->order_count; i++) {
        position_keeper_fold(keeper, &tape->orders[i]);
        proposals_clear(&proposals);
        position_keeper_decide(keeper, &tape->orders[i], 5, &proposals);
        store(tape, &proposals, tape->orders[i].stored_ns);
    }
    for (size_t i = before; i < tape->position_count; i++)
        position_keeper_fold(keeper, &tape->positions[i]);
    proposals_clear(&proposals);
    position_keeper_decide(keeper, NULL, 5, &proposals);
    store(tape, &proposals, tape->order_count > 0 ? tape->orders[tape->order_count - 1].stored_ns : 0);
    proposals_free(&proposals);
    if (out != NULL)
        *out = keeper;
    else
        position_keeper_destroy(keeper);
    return tape->position_count - before;
}

static void test_one_position_per_fill(void **state)
{
    (void)state;
    struct tape_pair tape = {0};
    add_fill(&tape, "X", 1, "AAPL", 10);
    add_fill(&tape, "X", 1, "AAPL", 10); /* stored twice */
    add_fill(&tape, "X", 3, "AAPL", 10); /* one is missing before it */
    add_fill(&tape, "Y", 1, "MSFT", -5);
    add_fill(&tape, "X", 2, "AAPL", -4);
    assert_int_equal(run(&tape, 0, NULL), 3);
    static const struct {
        const char *symbol;
        int64_t pieces;
        uint64_t orders_seq;
    } expected[] = {{"AAPL", 10, 1}, {"MSFT", -5, 4}, {"AAPL", 6, 5}};
    for (size_t i = 0; i < 3; i++) {
        const struct position_event *position = &tape.positions[i].position;
        assert_string_equal(position->symbol, expected[i].symbol);
        assert_int_equal(position->quantity, expected[i].pieces * QUANTITY_ONE);
        assert_int_equal(position->orders_seq, expected[i].orders_seq);
        assert_int_equal(position->epoch, 1);
    }
    /* A restart has nothing to add. */
    assert_int_equal(run(&tape, 0, NULL), 0);
}

static void test_publishes_what_a_crash_left_out(void **state)
{
    (void)state;
    struct tape_pair tape = {0};
    for (uint32_t i = 1; i <= 8; i++)
        add_fill(&tape, "X", i, "AAPL", 1);
    run(&tape, 0, NULL);
    tape.position_count = 5;
    assert_int_equal(run(&tape, 0, NULL), 3);
    assert_int_equal(tape.positions[5].position.orders_seq, 6);
    assert_int_equal(tape.positions[7].position.quantity, 8 * QUANTITY_ONE);
    assert_int_equal(tape.positions[7].position.epoch, 1);
}

/* What was refused or lost on the way is proposed again when everything is asked for. */
static void test_proposes_all_that_is_missing(void **state)
{
    (void)state;
    struct tape_pair tape = {0};
    add_fill(&tape, "X", 1, "AAPL", 1);
    add_fill(&tape, "Y", 1, "MSFT", 1);
    add_fill(&tape, "X", 2, "AAPL", 1);
    struct position_keeper *keeper = position_keeper_create(&instruments, POSITION_AVERAGE_COST);
    struct proposals proposals = {0};
    for (size_t i = 0; i < tape.order_count; i++)
        position_keeper_fold(keeper, &tape.orders[i]);
    position_keeper_decide(keeper, NULL, 5, &proposals);
    assert_int_equal(proposals.count, 2);
    store(&tape, &proposals, 10);
    for (size_t i = 0; i < tape.position_count; i++)
        position_keeper_fold(keeper, &tape.positions[i]);
    proposals_clear(&proposals);
    position_keeper_decide(keeper, NULL, 5, &proposals);
    assert_int_equal(proposals.count, 0);
    proposals_free(&proposals);
    position_keeper_destroy(keeper);
}

/* The tail of ORDERS was lost and its sequences used again: all is published anew under the next epoch. */
static void test_another_tape(void **state)
{
    (void)state;
    struct tape_pair tape = {0};
    add_fill(&tape, "A", 1, "MSFT", 3);
    add_fill(&tape, "X", 1, "AAPL", 1);
    add_fill(&tape, "X", 2, "AAPL", 1);
    add_fill(&tape, "X", 3, "AAPL", 1);
    run(&tape, 0, NULL);
    size_t published = tape.position_count;
    tape.order_count = 3;
    add_fill(&tape, "Y", 1, "AAPL", 7); /* stands where X-3 stood */
    struct position_keeper *keeper;
    run(&tape, 0, &keeper);
    assert_int_equal(position_keeper_epoch(keeper), 2);
    position_keeper_destroy(keeper);
    bool msft = false, aapl = false;
    for (size_t i = published; i < tape.position_count; i++) {
        const struct position_event *position = &tape.positions[i].position;
        assert_int_equal(position->epoch, 2);
        msft |= strcmp(position->symbol, "MSFT") == 0 && position->quantity == 3 * QUANTITY_ONE;
        aapl |= strcmp(position->symbol, "AAPL") == 0 && position->quantity == 9 * QUANTITY_ONE;
    }
    assert_true(msft && aapl);
    assert_int_equal(run(&tape, 0, &keeper), 0);
    assert_int_equal(position_keeper_epoch(keeper), 2);
    position_keeper_destroy(keeper);
}

/* ORDERS was begun anew: its fills are younger than the published positions that claim to have them. */
static void test_a_new_tape(void **state)
{
    (void)state;
    struct tape_pair tape = {0};
    for (uint32_t i = 1; i <= 6; i++)
        add_fill(&tape, "X", i, "AAPL", 1);
    run(&tape, 0, NULL);
    tape.order_count = 0;
    add_fill(&tape, "Z", 1, "AAPL", 2);
    tape.orders[0].stored_ns += INT64_C(60000000000);
    struct position_keeper *keeper;
    run(&tape, 0, &keeper);
    assert_int_equal(position_keeper_epoch(keeper), 2);
    const struct position_event *last = &tape.positions[tape.position_count - 1].position;
    assert_int_equal(last->quantity, 2 * QUANTITY_ONE);
    assert_int_equal(last->epoch, 2);
    position_keeper_destroy(keeper);
}

/* The first fills have aged out: the published positions are taken up, and fills that they have are not counted again.
 */
static void test_orders_begin_later(void **state)
{
    (void)state;
    struct tape_pair tape = {0};
    for (uint32_t i = 1; i <= 6; i++)
        add_fill(&tape, "X", i, "AAPL", 1);
    run(&tape, 0, NULL);
    add_fill(&tape, "X", 7, "AAPL", 1);
    add_fill(&tape, "N", 1, "MSFT", 1);
    struct position_keeper *keeper;
    assert_int_equal(run(&tape, 4, &keeper), 2);
    assert_true(position_keeper_restored(keeper));
    assert_int_equal(position_keeper_epoch(keeper), 1);
    const struct position *position = positions_find(position_keeper_positions(keeper), "A", "AAPL");
    assert_int_equal(position->quantity, 7 * QUANTITY_ONE);
    assert_int_equal(position->orders_seq, 7);
    position_keeper_destroy(keeper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_position_per_fill),
        cmocka_unit_test(test_publishes_what_a_crash_left_out),
        cmocka_unit_test(test_proposes_all_that_is_missing),
        cmocka_unit_test(test_another_tape),
        cmocka_unit_test(test_a_new_tape),
        cmocka_unit_test(test_orders_begin_later),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
