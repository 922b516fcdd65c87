/* How many pass a token bucket in a stretch of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rate_limit.h"
#include "core/timestamp.h"

/* All that pass when every 10 microseconds as many try as can. */
static int passed(struct rate_limit *limit, int64_t from_ms, int64_t to_ms)
{
    int count = 0;
    for (int64_t at_ns = from_ms * NS_PER_MS; at_ns < to_ms * NS_PER_MS; at_ns += 10 * NS_PER_US)
        while (rate_limit_take(limit, at_ns))
            count++;
    return count;
}

static void test_the_rate(void **state)
{
    (void)state;
    static const struct {
        uint32_t per_second;
        int first_ms, next_second; /* how many pass in the first millisecond, and in the second that follows */
    } rows[] = {
        {10000, 1000 + 10, 10000},
        {1000, 100 + 1, 1000},
        {10, 1 + 1, 10},
        {1, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rate_limit limit = {.per_second = rows[i].per_second};
        int first = passed(&limit, 500000, 500001), second = passed(&limit, 500001, 501001);
        if (first != rows[i].first_ms || second != rows[i].next_second)
            fail_msg("%u a second: %d, then %d", rows[i].per_second, first, second);
    }
}

static void test_a_pause_fills_the_bucket_and_no_more(void **state)
{
    (void)state;
    struct rate_limit limit = {.per_second = 1000};
    passed(&limit, 1000, 2000);
    assert_int_equal(passed(&limit, 2050, 2051), 51);
    assert_int_equal(passed(&limit, 60000, 60001), 101);
}

static void test_without_a_limit_all_pass(void **state)
{
    (void)state;
    struct rate_limit limit = {0};
    for (int i = 0; i < 100000; i++)
        assert_true(rate_limit_take(&limit, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rate),
        cmocka_unit_test(test_a_pause_fills_the_bucket_and_no_more),
        cmocka_unit_test(test_without_a_limit_all_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
