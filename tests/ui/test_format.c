/* Numbers as people read them, and the width of text on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/draw.h"
#include "ui/format.h"

static void test_prices(void **state)
{
    static const struct {
        int64_t price;
        int decimals, cols;
        const char *text;
    } cases[] = {
        {189010000000, 2, 9, "189.01"},     {189000000000, 2, 9, "189.00"},    {61837630000000, 2, 9, "61,837.63"},
        {61837630000000, 2, 8, "61837.63"}, {61837630000000, 2, 7, "61837.6"}, {61837630000000, 2, 5, "61838"},
        {-5000000000, 2, 9, "-5.00"},       {1, 9, 12, "0.000000001"},         {0, 2, 9, "0.00"},
        {DECIMAL_NONE, 2, 9, ""},
    };
    char text[FORMAT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        format_price(text, cases[i].price, cases[i].decimals, cases[i].cols);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_sizes(void **state)
{
    static const struct {
        int64_t quantity;
        int decimals, cols;
        const char *text;
    } cases[] = {
        {300 * QUANTITY_ONE, 0, 6, "300"},
        {12345 * QUANTITY_ONE, 0, 6, "12,345"},
        {1234567 * QUANTITY_ONE, 0, 6, "1.23M"},
        {82000000, 8, 6, "0.8200"},
        {1210000000, 8, 6, "12.100"},
        {12345000000, 8, 6, "123.45"},
        {DECIMAL_NONE, 8, 6, ""},
        {0, 0, 6, "0"},
    };
    char text[FORMAT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        format_size(text, cases[i].quantity, cases[i].decimals, cases[i].cols);
        assert_string_equal(text, cases[i].text);
    }
    format_volume(text, 99999 * QUANTITY_ONE, 0, 7);
    assert_string_equal(text, "99,999");
    format_volume(text, 1492839 * QUANTITY_ONE, 0, 7);
    assert_string_equal(text, "1.49M");
    format_volume(text, 82000000, 8, 7);
    assert_string_equal(text, "0.82");
    format_volume(text, DECIMAL_NONE, 0, 7);
    assert_string_equal(text, "");
    format_quantity(text, 1300000, 5, true);
    assert_string_equal(text, "+0.01300");
    format_quantity(text, 1300001, 5, true); /* finer than the lot: all of it */
    assert_string_equal(text, "+0.01300001");
    format_quantity(text, -50 * QUANTITY_ONE, 0, true);
    assert_string_equal(text, "-50");
}

static void test_money(void **state)
{
    static const struct {
        int128 money;
        int cols;
        const char *text;
    } cases[] = {
        {MONEY_ONE / 2, 12, "+0.50"},
        {-MONEY_ONE * 123456 / 100, 12, "-1,234.56"},
        {MONEY_ONE / 1000, 12, "0.00"},
        {-MONEY_ONE / 1000, 12, "0.00"},
        {0, 12, "0.00"},
        {MONEY_ONE * 1234567, 13, "+1,234,567.00"},
        {MONEY_ONE * 1234567, 12, "+1,234,567"},
        {MONEY_ONE * 1234567, 6, "+1.23M"},
        {MONEY_NONE, 12, ""},
        {MONEY_ONE / 200, 12, "0.00"}, /* 0.005 is rounded half-even */
    };
    char text[FORMAT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        format_money_in(text, cases[i].money, 2, true, cases[i].cols);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_others(void **state)
{
    static const struct {
        int64_t age_ns;
        const char *text;
    } ages[] = {
        {-5, "0.0"},
        {0, "0.0"},
        {6249 * NS_PER_MS, "6.2"},
        {9999 * NS_PER_MS, "9.9"},
        {10 * NS_PER_SECOND, "10"},
        {99 * NS_PER_SECOND, "99"},
        {100 * NS_PER_SECOND, "1m"},
        {7200 * NS_PER_SECOND, "2h"},
        {400000 * NS_PER_SECOND, "4d"},
    };
    char text[FORMAT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        format_age(text, ages[i].age_ns);
        assert_string_equal(text, ages[i].text);
    }
    format_percent(text, 10042 * INT64_C(1000000), 10000 * INT64_C(1000000));
    assert_string_equal(text, "+0.42");
    format_percent(text, 9769 * INT64_C(1000000), 10000 * INT64_C(1000000));
    assert_string_equal(text, "-2.31");
    format_percent(text, 5, DECIMAL_NONE);
    assert_string_equal(text, "");
    format_count(text, 1420);
    assert_string_equal(text, "1,420");
    format_count(text, 1234567);
    assert_string_equal(text, "1.23M");
    format_bytes(text, 43100000);
    assert_string_equal(text, "43.1 MB");
}

static void test_widths(void **state)
{
    static const struct {
        const char *text;
        int width;
        const char *clipped; /* to 4 columns */
    } cases[] = {
        {"", 0, ""},
        {"abc", 3, "abc"},
        {"abcde", 5, "abc…"},
        {"日本", 4, "日本"},
        {"日本語", 6, "日…"},                            /* half a wide character does not fit */
        {"e\xcc\x81t\xc3\xa9", 3, "e\xcc\x81t\xc3\xa9"}, /* a combining accent has no width */
        {"a\x1b[0m", 5, "a?[…"},
        {"\xff\xfe", 2, "??"},
        {"\xe6\x97", 2, "??"},
    };
    char text[64];
    (void)state;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        puts("SKIP: there is no locale C.UTF-8");
        skip();
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(draw_width(cases[i].text, false), cases[i].width);
        draw_clip(text, sizeof text, cases[i].text, 4, false, true);
        assert_string_equal(text, cases[i].clipped);
    }
    assert_int_equal(draw_clip(text, sizeof text, "日本語", 4, true, true), 3);
    assert_string_equal(text, "???");
    assert_int_equal(draw_clip(text, sizeof text, "abcdef", 4, true, true), 4);
    assert_string_equal(text, "abc>");
    assert_int_equal(draw_clip(text, sizeof text, "abcdef", 0, false, true), 0);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prices), cmocka_unit_test(test_sizes),  cmocka_unit_test(test_money),
        cmocka_unit_test(test_others), cmocka_unit_test(test_widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
