/* The arithmetic of charts: round prices and times, and where they stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/decimal.h"
#include "core/timestamp.h"
#include "ui/scale.h"

#define CENTS(x) ((int64_t)(x)*10000000)
#define MINUTES  (60 * NS_PER_SECOND)

static void test_room(void **state)
{
    struct scale still = scale_around(CENTS(100), CENTS(100), CENTS(1));
    struct scale wide = scale_around(CENTS(100), CENTS(300), CENTS(1));
    struct scale all = scale_around(INT64_MIN + 1, INT64_MAX, 1);
    (void)state;
    assert_int_equal(still.low, CENTS(99));
    assert_int_equal(still.high, CENTS(101));
    assert_int_equal(wide.low, CENTS(90));
    assert_int_equal(wide.high, CENTS(310));
    assert_true(all.low == INT64_MIN + 1 && all.high == INT64_MAX);
}

static void test_parts(void **state)
{
    static const struct {
        int64_t price;
        int part;
    } cases[] = {{CENTS(99), 9},  {CENTS(100), 9}, {CENTS(109), 9}, {CENTS(110), 8},
                 {CENTS(150), 4}, {CENTS(199), 0}, {CENTS(200), 0}, {INT64_MAX, 0}};
    const struct scale scale = {CENTS(100), CENTS(200)};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(scale_part(&scale, 10, cases[i].price), cases[i].part);
}

static void test_price_steps(void **state)
{
    static const struct {
        int64_t low, high;
        int lines;
        int64_t tick, step;
    } cases[] = {
        {CENTS(18900), CENTS(18910), 5, CENTS(1), CENTS(5)},
        {CENTS(18900), CENTS(18902), 5, CENTS(1), CENTS(1)},
        {CENTS(18900), CENTS(19000), 4, CENTS(1), CENTS(50)},
        {CENTS(18900), CENTS(18901), 9, CENTS(25), CENTS(50)},
        {CENTS(10000), CENTS(20000), 0, CENTS(1), CENTS(20000)},
        {0, 3, 3, 1, 2},
        {INT64_MIN + 1, INT64_MAX, 1, 1, INT64_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scale scale = {cases[i].low, cases[i].high};
        assert_int_equal(scale_price_step(&scale, cases[i].lines, cases[i].tick), cases[i].step);
    }
}

static void test_time_steps(void **state)
{
    static const struct {
        int64_t at_least_ns, step_ns;
    } cases[] = {
        {1, NS_PER_SECOND},
        {12 * NS_PER_SECOND, 15 * NS_PER_SECOND},
        {30 * NS_PER_SECOND, 30 * NS_PER_SECOND},
        {31 * NS_PER_SECOND, MINUTES},
        {12 * MINUTES, 15 * MINUTES},
        {61 * MINUTES, 120 * MINUTES},
        {13 * 60 * MINUTES, NS_PER_DAY},
        {NS_PER_DAY + 1, 2 * NS_PER_DAY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(scale_time_step(cases[i].at_least_ns), cases[i].step_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_price_steps),
        cmocka_unit_test(test_time_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
