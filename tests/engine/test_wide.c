/* Exact arithmetic: carries, signs, rounding, and results that do not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/wide.h"

#define HALF    (UINT64_C(1) << 63)
#define LARGEST ((int128)(((uint128)1 << 127) - 1))

static struct wide wide(int128 whole, uint64_t fraction)
{
    return (struct wide){.whole = whole, .fraction = fraction};
}

static void assert_wide(struct wide found, struct wide expected)
{
    assert_true(found.whole == expected.whole);
    assert_int_equal(found.fraction, expected.fraction);
}

static void test_add_and_subtract(void **state)
{
    (void)state;
    static const struct {
        struct wide a, b, sum;
    } rows[] = {
        {{1, 0}, {2, 0}, {3, 0}},
        {{1, HALF}, {1, HALF}, {3, 0}},
        {{-1, HALF}, {0, HALF}, {0, 0}},   /* -0.5 + 0.5 */
        {{-1, HALF}, {-1, HALF}, {-1, 0}}, /* -0.5 - 0.5 */
        {{0, UINT64_MAX}, {0, 1}, {1, 0}},
        {{-5, 1}, {5, 0}, {0, 1}},
        {{(int128)1 << 100, 7}, {-((int128)1 << 100), 0}, {0, 7}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wide result;
        assert_false(wide_add_overflows(rows[i].a, rows[i].b, &result));
        assert_wide(result, rows[i].sum);
        assert_false(wide_subtract_overflows(rows[i].sum, rows[i].b, &result));
        assert_wide(result, rows[i].a);
    }
}

static void test_what_does_not_fit(void **state)
{
    (void)state;
    struct wide result;
    assert_true(wide_add_overflows(wide(LARGEST, 0), wide(1, 0), &result));
    assert_true(wide_add_overflows(wide(LARGEST - 1, HALF), wide(0, HALF), &result));
    assert_false(wide_add_overflows(wide(LARGEST - 2, HALF), wide(0, HALF), &result));
    assert_true(wide_subtract_overflows(wide(-LARGEST, 0), wide(1, 0), &result));
    assert_true(wide_subtract_overflows(wide(0, 0), wide(MONEY_NONE, 0), &result));
    assert_true(wide_multiply_overflows(wide(LARGEST / 2, 0), 3, &result));
    assert_true(wide_multiply_overflows(wide(-(LARGEST / 2), 0), 3, &result));
    assert_true(wide_multiply_overflows(wide((int128)1 << 126, 0), INT64_MIN, &result));
    assert_false(wide_multiply_overflows(wide((int128)1 << 62, 0), INT64_MIN, &result));
    assert_wide(result, wide(-((int128)1 << 125), 0));
}

static void test_multiply(void **state)
{
    (void)state;
    struct wide result;
    assert_false(wide_multiply_overflows(wide(-1, HALF), 50, &result)); /* -0.5 * 50 */
    assert_wide(result, wide(-25, 0));
    assert_false(wide_multiply_overflows(wide(0, 1), -1, &result));
    assert_wide(result, wide(-1, UINT64_MAX));
    assert_false(wide_multiply_overflows(wide(3, UINT64_MAX), 2, &result));
    assert_wide(result, wide(7, UINT64_MAX - 1));
    assert_false(wide_multiply_overflows(wide((int128)1 << 100, 0), 1 << 20, &result));
    assert_wide(result, wide((int128)1 << 120, 0));
}

static void test_share(void **state)
{
    (void)state;
    const uint64_t third = UINT64_MAX / 3;                               /* 0.0101… */
    assert_wide(wide_share(wide(31, 0), 2, 3), wide(20, 2 * third + 1)); /* 20 2/3, rounded up */
    assert_wide(wide_share(wide(1, 0), 1, 3), wide(0, third));
    assert_wide(wide_share(wide(-1, 0), 1, 3), wide(-1, -third)); /* as the positive one, but for the sign */
    assert_wide(wide_share(wide(7, 0), 1, 2), wide(3, HALF));
    assert_wide(wide_share(wide(7, 5), 0, 9), wide(0, 0));
    assert_wide(wide_share(wide(7, 5), 9, 9), wide(7, 5));
    /* Ties in the last place go to the even neighbour. */
    assert_wide(wide_share(wide(0, 1), 1, 2), wide(0, 0));
    assert_wide(wide_share(wide(0, 3), 1, 2), wide(0, 2));
    /* Everything at its largest. */
    struct wide large = wide(LARGEST - 1, UINT64_MAX);
    assert_wide(wide_share(large, UINT64_MAX, UINT64_MAX), large);
    assert_wide(wide_share(wide(LARGEST - 1, 0), 1, 2), wide(LARGEST / 2, 0));
}

/* A share and its rest make the whole again, to the last place. */
static void test_shares_add_up(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252;
    for (int i = 0; i < 20000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        struct wide value = wide((int64_t)random * ((int128)1 << random % 60), random * 31);
        uint64_t denominator = (random >> (random % 50)) + 1, numerator = random * 7 % denominator;
        struct wide sum, off;
        assert_false(wide_add_overflows(wide_share(value, numerator, denominator),
                                        wide_share(value, denominator - numerator, denominator), &sum));
        assert_false(wide_subtract_overflows(sum, value, &off));
        assert_true(wide_is_zero(off) || (off.whole == 0 && off.fraction == 1) ||
                    (off.whole == -1 && off.fraction == UINT64_MAX));
        /* Signs do not matter. */
        struct wide negative, back;
        assert_false(wide_subtract_overflows(wide_of(0), value, &negative));
        assert_false(wide_add_overflows(wide_share(negative, numerator, denominator),
                                        wide_share(value, numerator, denominator), &back));
        assert_true(wide_is_zero(back));
    }
}

static void test_round(void **state)
{
    (void)state;
    assert_true(wide_round(wide(1, HALF)) == 2);
    assert_true(wide_round(wide(2, HALF)) == 2);
    assert_true(wide_round(wide(2, HALF + 1)) == 3);
    assert_true(wide_round(wide(2, HALF - 1)) == 2);
    assert_true(wide_round(wide(-1, HALF)) == 0);  /* -0.5 */
    assert_true(wide_round(wide(-2, HALF)) == -2); /* -1.5 */
    assert_true(wide_round(wide(-2, HALF + 1)) == -1);
}

static void test_divide(void **state)
{
    (void)state;
    static const struct {
        struct wide value;
        int64_t divisor;
        int128 quotient;
    } rows[] = {
        {{31, 0}, 3, 10},  {{32, 0}, 3, 11},    {{5, 0}, 2, 2},      {{7, 0}, 2, 4},   {{5, 1}, 2, 3},
        {{-5, 0}, 2, -2},  {{-7, 0}, 2, -4},    {{-6, HALF}, 2, -3}, {{5, 0}, -2, -2}, {{-7, 0}, -2, 4},
        {{2, HALF}, 1, 2}, {{3, HALF}, -1, -4}, {{0, HALF}, 1, 0},   {{0, 0}, 9, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(wide_divide(rows[i].value, rows[i].divisor) == rows[i].quotient);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_and_subtract), cmocka_unit_test(test_what_does_not_fit),
        cmocka_unit_test(test_multiply),         cmocka_unit_test(test_share),
        cmocka_unit_test(test_shares_add_up),    cmocka_unit_test(test_round),
        cmocka_unit_test(test_divide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
