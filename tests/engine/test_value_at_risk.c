/* Value at risk against numbers worked out by value_at_risk.py, and the returns that it is measured from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "engine/value_at_risk.h"

enum { ASSETS_MAX = 3 };

static const struct {
    size_t assets, steps;
    int64_t values[ASSETS_MAX];    /* in units */
    double parametric, historical; /* at 99 % */
    double parametric_95, historical_95;
    int64_t returns[ASSETS_MAX * RETURN_STEPS]; /* by step, the oldest first */
} CASES[] = {
#include "value_at_risk.inc"
};

/* So far off is allowed: 1e-9 of the number. */
static void assert_close(double found, double expected)
{
    if (fabs(found - expected) > 1e-9 * expected)
        fail_msg("%.15g is not %.15g", found, expected);
}

static void test_agrees_with_other_arithmetic(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof CASES / sizeof CASES[0]; c++) {
        struct return_history *history = return_history_create();
        struct var_portfolio portfolio = {0};
        for (size_t a = 0; a < CASES[c].assets; a++) {
            struct return_series *series = return_history_series(history, "NYSE", (char[]){(char)('A' + a), '\0'});
            series->count = CASES[c].steps;
            for (size_t s = 0; s < CASES[c].steps; s++)
                series->values[RETURN_STEPS - CASES[c].steps + s] = CASES[c].returns[s * CASES[c].assets + a];
            var_portfolio_add(&portfolio, history, series, CASES[c].values[a] * MONEY_ONE);
        }
        assert_int_equal(portfolio.steps, CASES[c].steps);
        assert_close(var_parametric(portfolio.profits, portfolio.steps, VAR_99), CASES[c].parametric);
        assert_close(var_historical(portfolio.profits, portfolio.steps, VAR_99), CASES[c].historical);
        assert_close(var_parametric(portfolio.profits, portfolio.steps, VAR_95), CASES[c].parametric_95);
        assert_close(var_historical(portfolio.profits, portfolio.steps, VAR_95), CASES[c].historical_95);
        return_history_destroy(history);
    }
}

static void steps(struct return_history *history, struct return_series *series, int64_t price, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        return_history_mark(history, series, price);
        return_history_step(history);
    }
}

static void test_returns(void **state)
{
    (void)state;
    struct return_history *history = return_history_create();
    struct return_series *a = return_history_series(history, "NYSE", "A");
    assert_ptr_equal(return_history_series(history, "NYSE", "A"), a);
    assert_ptr_not_equal(return_history_series(history, "CME", "A"), a);
    steps(history, a, 300, 1);
    assert_int_equal(a->count, 0); /* the first price is where returns begin */
    steps(history, a, 303, 1);
    steps(history, a, 202, 1);
    assert_int_equal(a->count, 2);
    assert_int_equal(return_history_at(history, a, 1), RETURN_ONE / 100);
    assert_int_equal(return_history_at(history, a, 0), -RETURN_ONE / 3);
    /* Beside one that moves, one that was not marked has not moved; it has a return once it was measured. */
    struct return_series *b = return_history_series(history, "NYSE", "B");
    steps(history, b, 50, 1);
    assert_int_equal(return_history_at(history, a, 0), 0);
    assert_int_equal(b->count, 0);
    /* In a pause nothing is a step, and the move across it is left out. */
    return_history_step(history);
    steps(history, a, 404, 1);
    assert_int_equal(a->count, 4);
    assert_int_equal(return_history_at(history, a, 0), 0);
    steps(history, a, 505, 1);
    assert_int_equal(return_history_at(history, a, 0), RETURN_ONE / 4);
    /* A price that is none is not taken. */
    return_history_mark(history, a, 0);
    steps(history, b, 50, 1);
    assert_int_equal(return_history_at(history, a, 0), 0);
    /* The ring keeps the last ones. */
    steps(history, a, 505, RETURN_STEPS - 1);
    steps(history, a, 1010, 1);
    assert_int_equal(a->count, RETURN_STEPS);
    assert_int_equal(return_history_at(history, a, 0), RETURN_ONE);
    assert_int_equal(return_history_at(history, a, RETURN_STEPS - 1), 0);
    return_history_destroy(history);
}

static void test_returns_survive_a_restart(void **state)
{
    (void)state;
    struct return_history *saved = return_history_create(), *loaded = return_history_create();
    struct return_series *series = return_history_series(saved, "NYSE", "A");
    for (int64_t i = 0; i < RETURN_STEPS + 30; i++)
        steps(saved, series, 1000 + i * i % 17, 1);
    steps(saved, return_history_series(saved, "NYSE", "B"), 5, 2);
    struct pack out, in, again;
    pack_write(&out);
    return_history_save(saved, &out);
    pack_read(&in, out.bytes, out.count);
    assert_int_equal(return_history_load(loaded, &in), 0);
    assert_int_equal(pack_finish(&in), 0);
    struct return_series *copy = return_history_series(loaded, "NYSE", "A");
    assert_int_equal(copy->count, RETURN_STEPS);
    for (size_t back = 0; back < RETURN_STEPS; back++)
        assert_int_equal(return_history_at(loaded, copy, back), return_history_at(saved, series, back));
    pack_write(&again);
    return_history_save(loaded, &again);
    assert_int_equal(again.count, out.count);
    assert_memory_equal(again.bytes, out.bytes, out.count);
    /* The price may have moved meanwhile: that is no return. */
    steps(loaded, copy, 5000, 1);
    assert_int_equal(return_history_at(loaded, copy, 0), 0);
    pack_free(&out);
    pack_free(&again);
    return_history_destroy(saved);
    return_history_destroy(loaded);
}

/* What has too little history is named, not guessed; what has least says how far back all of it goes. */
static void test_left_out(void **state)
{
    (void)state;
    struct return_history *history = return_history_create();
    struct return_series *old = return_history_series(history, "NYSE", "OLD");
    struct return_series *young = return_history_series(history, "NYSE", "YOUNG");
    steps(history, old, 100, 30);
    for (size_t i = 0; i < VAR_STEPS_MIN; i++) {
        return_history_mark(history, young, 100);
        steps(history, old, i % 2 == 0 ? 101 : 100, 1);
    }
    struct var_portfolio portfolio = {0}, other = {0};
    var_portfolio_add(&portfolio, history, NULL, 5 * MONEY_ONE);
    var_portfolio_add(&portfolio, history, young, -7 * MONEY_ONE); /* one step is missing */
    var_portfolio_add(&portfolio, history, NULL, 0);
    assert_false(portfolio.measured);
    assert_true(portfolio.left_out == 12 * MONEY_ONE);
    var_portfolio_add(&portfolio, history, old, 1000 * MONEY_ONE);
    assert_int_equal(portfolio.steps, 29 + VAR_STEPS_MIN);
    assert_true(var_parametric(portfolio.profits, portfolio.steps, VAR_99) > 0);
    return_history_mark(history, young, 100);
    return_history_step(history);
    var_portfolio_add(&other, history, young, -7 * MONEY_ONE);
    assert_true(other.measured && other.left_out == 0);
    var_portfolio_merge(&portfolio, &other);
    assert_int_equal(portfolio.steps, VAR_STEPS_MIN);
    assert_true(portfolio.left_out == 12 * MONEY_ONE);
    assert_true(var_parametric(portfolio.profits, 0, VAR_99) == 0 && var_historical(portfolio.profits, 0, VAR_95) == 0);
    return_history_destroy(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_other_arithmetic),
        cmocka_unit_test(test_returns),
        cmocka_unit_test(test_returns_survive_a_restart),
        cmocka_unit_test(test_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
