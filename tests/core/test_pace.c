/* When recorded items are due, with a clock that is moved by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/pace.h"
#include "core/timestamp.h"

static void test_speeds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t speed; /* -1: refused */
    } CASES[] = {
        {"1", PACE_ONE},
        {"0.5", 500000},
        {"0.001", PACE_LEAST},
        {"1000000", PACE_MOST},
        {"max", PACE_MAX},
        {"2.000001", 2000001},
        {"0.0009", -1},
        {"0", -1},
        {"-1", -1},
        {"1000000.1", -1},
        {"MAX", -1},
        {"maximum", -1},
        {"1.0000001", -1},
        {"nan", -1},
        {"1e3", -1},
        {"", -1},
        {"10x", -1},
        {" 1", -1},
        {"inf", -1},
        {"99999999999999999999", -1},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        int64_t speed = -1;
        assert_int_equal(pace_parse_speed(CASES[i].text, strlen(CASES[i].text), &speed), CASES[i].speed >= 0);
        assert_int_equal(speed, CASES[i].speed);
    }
}

static void test_due_times(void **state)
{
    (void)state;
    static const struct {
        int64_t speed, anchor_ns, anchored_ns, recorded_ns, due_ns;
    } CASES[] = {
        {PACE_ONE, 100, 1000, 1000, 100},
        {PACE_ONE, 100, 1000, 1500, 600},
        {2 * PACE_ONE, 100, 1000, 1500, 350},
        {PACE_ONE / 2, 100, 1000, 1500, 1100},
        {PACE_LEAST, 0, 0, 1, 1000},
        {PACE_MOST, 0, 0, 1000000, 1},
        {PACE_ONE, 100, 1000, 900, 0}, /* the times go back */
        {PACE_MAX, 100, 1000, 1500, INT64_MIN},
        {PACE_LEAST, 100, INT64_MIN, INT64_MAX, INT64_MAX}, /* nothing overflows */
        {PACE_LEAST, 100, INT64_MAX, INT64_MIN, INT64_MIN},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct pace pace = {CASES[i].speed, CASES[i].anchor_ns, CASES[i].anchored_ns};
        assert_int_equal(pace_due_ns(&pace, CASES[i].recorded_ns), CASES[i].due_ns);
    }
}

static void test_a_delay_moves_the_rest(void **state)
{
    (void)state;
    const int64_t day_ns = 20000 * NS_PER_DAY;
    struct pace pace = {10 * PACE_ONE, NS_PER_SECOND, day_ns};
    /* A little late is caught up. */
    assert_int_equal(pace_due_ns(&pace, day_ns + 10 * NS_PER_SECOND), 2 * NS_PER_SECOND);
    assert_false(pace_played(&pace, day_ns + 10 * NS_PER_SECOND, 3 * NS_PER_SECOND));
    assert_int_equal(pace_due_ns(&pace, day_ns + 20 * NS_PER_SECOND), 3 * NS_PER_SECOND);
    /* More than a second is not. */
    assert_true(pace_played(&pace, day_ns + 20 * NS_PER_SECOND, 4 * NS_PER_SECOND + 1));
    assert_int_equal(pace_due_ns(&pace, day_ns + 30 * NS_PER_SECOND), 5 * NS_PER_SECOND + 1);
    /* As fast as it goes nothing is late. */
    struct pace fastest = {PACE_MAX, 0, 0};
    assert_false(pace_played(&fastest, 5, INT64_MAX));
    assert_int_equal(fastest.anchor_ns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_speeds),
        cmocka_unit_test(test_due_times),
        cmocka_unit_test(test_a_delay_moves_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
