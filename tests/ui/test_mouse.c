/* Reports of the mouse: characters in, events out; whatever comes, the keys are soon alive again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/timestamp.h"
#include "ui/mouse.h"

static void test_reports(void **state)
{
    static const struct {
        enum mouse_form form;
        const char *text;
        struct mouse_event event;
        int taken; /* characters that were no keys */
    } cases[] = {
        {MOUSE_FORM_SGR, "0;1;1M", {MOUSE_PRESS, 0, 0}, 6},
        {MOUSE_FORM_SGR, "0;200;60M", {MOUSE_PRESS, 59, 199}, 9},
        {MOUSE_FORM_SGR, "0;12;5m", {MOUSE_NOTHING, 4, 11}, 7},
        {MOUSE_FORM_SGR, "64;3;4M", {MOUSE_WHEEL_UP, 3, 2}, 7},
        {MOUSE_FORM_SGR, "65;3;4M", {MOUSE_WHEEL_DOWN, 3, 2}, 7},
        {MOUSE_FORM_SGR, "4;3;4M", {MOUSE_PRESS, 3, 2}, 6},    /* with Shift */
        {MOUSE_FORM_SGR, "2;3;4M", {MOUSE_NOTHING, 3, 2}, 6},  /* the right button */
        {MOUSE_FORM_SGR, "32;3;4M", {MOUSE_NOTHING, 3, 2}, 7}, /* moved */
        {MOUSE_FORM_SGR, "0;0;4M", {MOUSE_NOTHING, 3, -1}, 6},
        {MOUSE_FORM_SGR, "0;4M", {MOUSE_NOTHING, 0, 0}, 4},
        {MOUSE_FORM_SGR, "0;4;4;4M", {MOUSE_NOTHING, 0, 0}, 6}, /* ends at the third semicolon */
        {MOUSE_FORM_SGR, "bH", {MOUSE_NOTHING, 0, 0}, 1},
        {MOUSE_FORM_SGR, "99999999999999999999999999", {MOUSE_NOTHING, 0, 0}, 24},
        {MOUSE_FORM_X10, " !!", {MOUSE_PRESS, 0, 0}, 3},
        {MOUSE_FORM_X10, "`+*", {MOUSE_WHEEL_UP, 9, 10}, 3},
        {MOUSE_FORM_X10, "#!!", {MOUSE_NOTHING, 0, 0}, 3}, /* released */
        {MOUSE_FORM_X10, "\x01\x02\x03", {MOUSE_NOTHING, 0, 0}, 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mouse_report report = {0};
        struct mouse_event event, last = {0};
        int taken = 0;
        mouse_begin(&report, cases[i].form, 0);
        for (const char *at = cases[i].text; *at != '\0' && mouse_read(&report, *at, NS_PER_MS, &event); at++, taken++)
            last = event;
        assert_int_equal(taken, cases[i].taken);
        assert_int_equal(last.action, cases[i].event.action);
        if (last.action != MOUSE_NOTHING) {
            assert_int_equal(last.row, cases[i].event.row);
            assert_int_equal(last.col, cases[i].event.col);
        }
        assert_false(mouse_read(&report, 'b', NS_PER_MS, &event)); /* a key again */
    }
}

static void test_broken_off(void **state)
{
    struct mouse_report report = {0};
    struct mouse_event event;
    (void)state;
    assert_false(mouse_read(&report, 'b', 0, &event));
    mouse_begin(&report, MOUSE_FORM_SGR, 0);
    assert_true(mouse_read(&report, '0', NS_PER_MS, &event));
    assert_false(mouse_read(&report, '1', NS_PER_SECOND, &event)); /* a key, long after */
    assert_false(mouse_read(&report, ';', NS_PER_SECOND, &event));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_broken_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
