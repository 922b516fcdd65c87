/* The ladder behind a simulated touch: its form, on quotes of the simulator and at the edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/instrument.h"
#include "core/timestamp.h"
#include "feed/simulated_depth.h"
#include "feed/simulator.h"

#define P(price)    ((price)*PRICE_ONE)
#define Q(quantity) ((quantity)*QUANTITY_ONE)

enum { QUOTES = 20000, INSTRUMENTS = 8 };

static void check_side(const struct depth_level *levels, size_t count, int direction, int64_t best, int64_t size,
                       const struct instrument *instrument)
{
    assert_int_equal(count, DEPTH_LEVELS);
    assert_int_equal(levels[0].price, best);
    assert_int_equal(levels[0].size, size);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(levels[i].price % instrument->tick, 0);
        assert_int_equal(levels[i].size % instrument->lot, 0);
        assert_true(levels[i].size > 0);
        assert_true(i == 0 || direction * levels[i].price > direction * levels[i - 1].price);
    }
}

static void every_simulated_quote_has_a_ladder(void **state)
{
    (void)state;
    struct instruments table;
    struct simulated_depth learnt[INSTRUMENTS] = {0};
    struct quote quote;
    struct depth depth;
    int64_t due_ns;
    assert_int_equal(instruments_init_builtin(&table, NULL), 0);
    struct simulator_options options = {.instruments = &table, .seed = 3, .rate_microhz = 100 * INT64_C(1000000)};
    struct simulator *simulator = simulator_create(&options, NULL);
    assert_non_null(simulator);
    for (int i = 0; i < QUOTES; i++) {
        simulator_next(simulator, &quote, &due_ns);
        const struct instrument *instrument = instruments_find(&table, quote.exchange, quote.symbol);
        size_t at = (size_t)(instrument - table.items);
        assert_true(at < INSTRUMENTS);
        simulated_depth_make(&learnt[at], &quote, &depth);
        assert_string_equal(depth.symbol, quote.symbol);
        assert_string_equal(depth.exchange, quote.exchange);
        assert_int_equal(depth.timestamp_ns, quote.timestamp_ns);
        check_side(depth.bids, depth.bid_count, -1, quote.bid, quote.bid_size, instrument);
        check_side(depth.asks, depth.ask_count, 1, quote.ask, quote.ask_size, instrument);
    }
    simulator_destroy(simulator);
    instruments_free(&table);
}

static int64_t size_at(const struct depth_level *levels, size_t count, int64_t price)
{
    for (size_t i = 0; i < count; i++) {
        if (levels[i].price == price)
            return levels[i].size;
    }
    return 0;
}

/* When the touch changes its size, the levels behind it stay. */
static void levels_stay_while_the_touch_trades(void **state)
{
    (void)state;
    struct simulated_depth learnt = {0};
    struct quote quote = {.symbol = "A", .bid = P(100), .ask = P(101), .bid_size = Q(300), .ask_size = Q(200)};
    struct depth first, second;
    simulated_depth_make(&learnt, &quote, &first);
    quote.bid_size = Q(100);
    simulated_depth_make(&learnt, &quote, &second);
    assert_int_equal(second.bids[0].size, Q(100));
    assert_memory_equal(first.bids + 1, second.bids + 1, (DEPTH_LEVELS - 1) * sizeof(struct depth_level));
    assert_memory_equal(first.asks, second.asks, sizeof first.asks);
    /* Much later most have another. */
    size_t changed = 0;
    quote.timestamp_ns = 60 * NS_PER_SECOND;
    simulated_depth_make(&learnt, &quote, &second);
    for (size_t i = 1; i < DEPTH_LEVELS; i++)
        changed += size_at(second.bids, second.bid_count, first.bids[i].price) != first.bids[i].size;
    assert_true(changed > 0);
}

static void edges(void **state)
{
    (void)state;
    static const struct {
        struct quote quote;
        size_t bids, asks;
    } CASES[] = {
        {{.symbol = "A", .bid = P(2), .ask = P(3), .bid_size = 0, .ask_size = Q(1)}, 0, DEPTH_LEVELS},
        {{.symbol = "A", .bid = P(2), .ask = P(3), .bid_size = Q(1), .ask_size = 0}, 1, 0},
        {{.symbol = "A", .bid = P(2), .ask = P(3), .bid_size = 0, .ask_size = 0}, 0, 0},
        {{.symbol = "A", .bid = P(7), .ask = P(7), .bid_size = Q(1), .ask_size = Q(1)}, 1, DEPTH_LEVELS},
        {{.symbol = "A", .bid = INT64_MAX - 1, .ask = INT64_MAX, .bid_size = INT64_MAX, .ask_size = INT64_MAX}, 1, 1},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct simulated_depth learnt = {0};
        struct depth depth;
        simulated_depth_make(&learnt, &CASES[i].quote, &depth);
        assert_int_equal(depth.ask_count, CASES[i].asks);
        assert_true(CASES[i].bids == 0 ? depth.bid_count == 0 : depth.bid_count >= 1);
        assert_true(CASES[i].bids != DEPTH_LEVELS || depth.bid_count == DEPTH_LEVELS);
        for (size_t level = 0; level < depth.bid_count; level++)
            assert_true(depth.bids[level].price > 0 && depth.bids[level].size > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_simulated_quote_has_a_ladder),
        cmocka_unit_test(levels_stay_while_the_touch_trades),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
