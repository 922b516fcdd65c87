/* Which place is reached: only that before which everything is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/progress.h"

static void test_a_mark_waits_for_what_was_sent_before(void **state)
{
    (void)state;
    struct progress progress = {0};
    struct progress_place reached[PROGRESS_INPUTS_MAX];
    assert_false(progress_reached(&progress, reached));
    progress_folded(&progress, 0, 5, 50);
    progress_folded(&progress, 1, 7, 70);
    progress_sent(&progress); /* 1 */
    progress_sent(&progress); /* 3 */
    progress_mark(&progress, 4);
    progress_folded(&progress, 0, 6, 60);
    progress_sent(&progress);    /* 5 */
    progress_mark(&progress, 6); /* there is one */
    progress_answered(&progress, 3, true);
    progress_answered(&progress, 5, true);
    assert_false(progress_reached(&progress, reached));
    progress_answered(&progress, 1, true);
    assert_true(progress_reached(&progress, reached));
    assert_int_equal(reached[0].sequence, 5);
    assert_int_equal(reached[0].stored_ns, 50);
    assert_int_equal(reached[1].sequence, 7);
    assert_int_equal(reached[2].sequence, 0);
    assert_false(progress_reached(&progress, reached));
    progress_mark(&progress, 6);
    assert_true(progress_reached(&progress, reached));
    assert_int_equal(reached[0].sequence, 6);
}

static void test_what_is_not_known_is_not_behind_a_mark(void **state)
{
    (void)state;
    struct progress progress = {0};
    struct progress_place reached[PROGRESS_INPUTS_MAX];
    progress_folded(&progress, 0, 5, 50);
    progress_sent(&progress); /* 1 */
    progress_mark(&progress, 2);
    progress_answered(&progress, 1, false);
    assert_false(progress_reached(&progress, reached));
    progress_sent(&progress); /* 3: made again */
    progress_mark(&progress, 4);
    assert_false(progress_reached(&progress, reached));
    progress_answered(&progress, 3, true);
    assert_true(progress_reached(&progress, reached));
    progress_mark(&progress, 4);
    progress_drop_mark(&progress);
    assert_false(progress_reached(&progress, reached));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mark_waits_for_what_was_sent_before),
        cmocka_unit_test(test_what_is_not_known_is_not_behind_a_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
