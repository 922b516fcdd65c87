/* What a filter finds: a part of a text, or an expression, and what it does with one that is broken or too much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ui/filter.h"

static void test_matches(void **state)
{
    static const struct {
        const char *filter, *text;
        bool matches;
        const char *problem; /* a part of it; "": none */
    } cases[] = {
        {"", "AAPL", true, ""},
        {"aap", "AAPL", true, ""},
        {"brk.b", "BRK.B", true, ""},
        {"brk.b", "BRKxB", false, ""}, /* a point alone makes no expression */
        {"^a", "AAPL", true, ""},
        {"^a", "TSLA", false, ""},
        {"usd$", "BTC-USD", true, ""},
        {"aapl|tsla", "TSLA", true, ""},
        {"aapl|tsla", "AMZN", false, ""},
        {"[ab]m", "AMZN", true, ""},
        {"a.+z", "AMZN", true, ""},
        {"brk\\.b$", "BRK.B", true, ""},
        {"(", "f(x)", true, "Unmatched"},
        {"(", "fx", false, "Unmatched"},
        {"a[", "a[1]", true, "nvalid"},
        {"*", "md.*", true, "receding"},
        {"\\", "a\\b", true, "backslash"},
        {"((a{255}){255}){255}(", "x", false, "counts"},
        {"((((a{200}){200}){200}){200})", "x", false, "counts"},
        {"(a*)*\\1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false, "references"},
        {"(((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)", "b", false, ""},
        {"{a}", "x{a}", true, ""}, /* no sign of an expression */
    };
    struct filter filter = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        filter_set(&filter, cases[i].filter);
        if (filter_matches(&filter, cases[i].text) != cases[i].matches)
            fail_msg("/%s on %s", cases[i].filter, cases[i].text);
        if (cases[i].problem[0] == '\0' ? filter.problem[0] != '\0' : strstr(filter.problem, cases[i].problem) == NULL)
            fail_msg("/%s says \"%s\"", cases[i].filter, filter.problem);
    }
    filter_clear(&filter);
}

/* Text that is too long is cut off, and what was there before is gone. */
static void test_length(void **state)
{
    char text[2 * FILTER_SIZE];
    struct filter filter = {0};
    (void)state;
    memset(text, '(', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    filter_set(&filter, "^a");
    filter_set(&filter, text);
    assert_int_equal(strlen(filter.text), FILTER_SIZE - 1);
    assert_false(filter_matches(&filter, "a"));
    filter_clear(&filter);
    assert_true(filter_matches(&filter, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_matches), cmocka_unit_test(test_length)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
