/* Decimal text: what is read, what is refused, how numbers are written and rounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/decimal.h"

struct parse_case {
    const char *text;
    int decimals;
    int64_t value;
    const char *written; /* NULL: as `text` */
};

static void parses_and_writes(void **state)
{
    (void)state;
    static const struct parse_case cases[] = {
        {"0", 9, 0, NULL},
        {"-0", 9, 0, "0"},
        {"-0.000", 9, 0, "0"},
        {"1", 9, 1000000000, NULL},
        {"-1", 9, -1000000000, NULL},
        {"189.01", 9, 189010000000, NULL},
        {"189.010000000", 9, 189010000000, "189.01"},
        {"189.0100000000000000000000000000", 9, 189010000000, "189.01"},
        {"123456789.123456789", 9, 123456789123456789, NULL},
        {"0.000000001", 9, 1, NULL},
        {"-0.000000001", 9, -1, NULL},
        {"0.00000001", 8, 1, NULL},
        {"10", 8, 1000000000, NULL},
        {"100", 0, 100, NULL},
        {"100.000", 0, 100, "100"},
        {"9223372036.854775807", 9, INT64_MAX, NULL},
        {"-9223372036.854775807", 9, -INT64_MAX, NULL},
        {"92233720368.54775807", 8, INT64_MAX, NULL},
        {"9223372036854775807", 0, INT64_MAX, NULL},
        {"9.223372036854775807", 18, INT64_MAX, NULL},
        {"0.000000000000000001", 18, 1, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t value = 77;
        char text[DECIMAL_TEXT_SIZE];
        const char *written = cases[i].written != NULL ? cases[i].written : cases[i].text;
        assert_true(decimal_parse(cases[i].text, strlen(cases[i].text), cases[i].decimals, &value));
        assert_int_equal(value, cases[i].value);
        assert_int_equal(decimal_format(text, value, cases[i].decimals), strlen(written));
        assert_string_equal(text, written);
    }
}

static void refuses_what_is_no_number_or_does_not_fit(void **state)
{
    (void)state;
    static const struct parse_case cases[] = {
        {"", 9, 0, NULL},
        {"-", 9, 0, NULL},
        {"+1", 9, 0, NULL},
        {".5", 9, 0, NULL},
        {"5.", 9, 0, NULL},
        {"-.5", 9, 0, NULL},
        {"--1", 9, 0, NULL},
        {"1-", 9, 0, NULL},
        {"00", 9, 0, NULL},
        {"01", 9, 0, NULL},
        {"-01.5", 9, 0, NULL},
        {"1,000", 9, 0, NULL},
        {"1 ", 9, 0, NULL},
        {" 1", 9, 0, NULL},
        {"1.2.3", 9, 0, NULL},
        {"0x10", 9, 0, NULL},
        {"1e3", 9, 0, NULL},
        {"1E3", 9, 0, NULL},
        {"1e999", 9, 0, NULL},
        {"NaN", 9, 0, NULL},
        {"Infinity", 9, 0, NULL},
        {"null", 9, 0, NULL},
        {"\xD9\xA1", 9, 0, NULL}, /* an Arabic-Indic digit */
        {"0.0000000001", 9, 0, NULL},
        {"0.1234567891", 9, 0, NULL},
        {"0.000000001", 8, 0, NULL},
        {"0.5", 0, 0, NULL},
        {"9223372036.854775808", 9, 0, NULL},
        {"-9223372036.854775808", 9, 0, NULL}, /* would be DECIMAL_NONE */
        {"9223372037", 9, 0, NULL},
        {"9223372036854775808", 0, 0, NULL},
        {"-9223372036854775808", 0, 0, NULL},
        {"18446744073709551616", 0, 0, NULL},
        {"18446744073709551617", 0, 0, NULL},
        {"99999999999999999999", 0, 0, NULL},
        {"100000000000000000000000000000000000000000", 0, 0, NULL},
        {"18446744073.709551617", 9, 0, NULL}, /* 1 modulo 2^64 */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t value = 77;
        if (decimal_parse(cases[i].text, strlen(cases[i].text), cases[i].decimals, &value)) {
            fail_msg("\"%s\" was read as a number", cases[i].text);
        }
        assert_int_equal(value, 77);
    }
    int64_t value;
    assert_false(decimal_parse("1\0002", 3, 9, &value));
    assert_true(decimal_parse("12345", 2, 0, &value)); /* only the bytes given */
    assert_int_equal(value, 12);
}

static void money_keeps_every_digit(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written;
    } cases[] = {
        {"0", "0"},
        {"-0.0", "0"},
        {"0.00000000000000001", "0.00000000000000001"},
        {"-0.00000000000000001", "-0.00000000000000001"},
        {"1000000", "1000000"},
        {"-12345678901234567890.12345678901234567", "-12345678901234567890.12345678901234567"},
        {"1701411834604692317316.87303715884105727", "1701411834604692317316.87303715884105727"},
        {"-1701411834604692317316.87303715884105727", "-1701411834604692317316.87303715884105727"},
        {"18446744073709551616", "18446744073709551616"},
        {"100000000000000000000.5", "100000000000000000000.5"},
        {"0.500000000000000000000000", "0.5"},
    };
    static const char *const bad[] = {
        "",
        "1e5",
        "01",
        "1701411834604692317316.87303715884105728",
        "-1701411834604692317316.87303715884105728",
        "1701411834604692317317",
        "9999999999999999999999",
        "99999999999999999999999",
        "0.000000000000000001",
        "340282366920938463463374607431768211457",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int128 value;
        char text[DECIMAL_TEXT_SIZE];
        assert_true(money_parse(cases[i].text, strlen(cases[i].text), &value));
        assert_int_equal(money_format(text, value), strlen(cases[i].written));
        assert_string_equal(text, cases[i].written);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int128 value = 5;
        assert_false(money_parse(bad[i], strlen(bad[i]), &value));
        assert_true(value == 5);
    }
    int128 one;
    assert_true(money_parse("1", 1, &one));
    assert_true(one == MONEY_ONE);
    assert_true(money_of(PRICE_ONE, QUANTITY_ONE) == MONEY_ONE);
}

static void fixed_text_is_rounded_half_even(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        int decimals, shown;
        bool grouped;
        const char *text;
    } cases[] = {
        {0, 9, 2, false, "0.00"},
        {0, 9, 0, false, "0"},
        {-1, 9, 2, false, "0.00"}, /* never "-0.00" */
        {189010000000, 9, 2, false, "189.01"},
        {189010000000, 9, 0, false, "189"},
        {500000000, 9, 0, false, "0"},
        {1500000000, 9, 0, false, "2"},
        {2500000000, 9, 0, false, "2"},
        {2500000001, 9, 0, false, "3"},
        {-2500000000, 9, 0, false, "-2"},
        {-3500000000, 9, 0, false, "-4"},
        {-500000000, 9, 0, false, "0"},
        {125000000, 9, 2, false, "0.12"},
        {135000000, 9, 2, false, "0.14"},
        {999999999999, 9, 2, true, "1,000.00"},
        {999000000000, 9, 2, true, "999.00"},
        {1234567890000000, 9, 2, true, "1,234,567.89"},
        {-123456000000000, 9, 0, true, "-123,456"},
        {123456789, 9, 9, true, "0.123456789"},
        {INT64_MAX, 9, 9, true, "9,223,372,036.854775807"},
        {-INT64_MAX, 0, 0, true, "-9,223,372,036,854,775,807"},
        {12345, 0, 0, true, "12,345"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[DECIMAL_TEXT_SIZE];
        size_t length = decimal_format_fixed(text, cases[i].value, cases[i].decimals, cases[i].shown, cases[i].grouped);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(length, strlen(text));
    }
    char text[DECIMAL_TEXT_SIZE];
    money_format_fixed(text, MONEY_ONE * 1234567 + MONEY_ONE / 2, 2, true);
    assert_string_equal(text, "1,234,567.50");
    money_format_fixed(text, -(MONEY_ONE / 200), 2, true); /* -0.005 */
    assert_string_equal(text, "0.00");
    money_format_fixed(text, -(MONEY_ONE / 200) - 1, 2, true);
    assert_string_equal(text, "-0.01");
    money_format_fixed(text, -(int128)(((uint128)1 << 127) - 1), MONEY_DECIMALS, true);
    assert_string_equal(text, "-1,701,411,834,604,692,317,316.87303715884105727");
}

static void division_is_right_for_all_signs(void **state)
{
    (void)state;
    for (int value = -60; value <= 60; value++) {
        for (int divisor = -9; divisor <= 9; divisor++) {
            if (divisor == 0) {
                continue;
            }
            int quotient = (int)divide_half_even(value, divisor);
            int size = divisor < 0 ? -divisor : divisor;
            int left = value - quotient * divisor;
            int twice = left < 0 ? -2 * left : 2 * left;
            assert_true(twice <= size);
            if (twice == size) {
                assert_int_equal(quotient % 2, 0);
            }
        }
    }
    const int128 largest = (int128)(((uint128)1 << 127) - 1);
    assert_true(divide_half_even(largest, 1) == largest);
    assert_true(divide_half_even(-largest - 1, 1) == -largest - 1);
    assert_true(divide_half_even(-largest, -1) == largest);
    assert_true(divide_half_even(largest, largest) == 1);
    assert_true(divide_half_even(largest / 2, largest) == 0);
    assert_true(divide_half_even(largest / 2 + 1, largest) == 1);
    assert_true(divide_half_even(largest - 1, -largest - 1) == -1);
}

static void whatever_is_written_is_read_back(void **state)
{
    (void)state;
    uint64_t seed = 20261123;
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int64_t value = (int64_t)(seed >> (seed >> 58)); /* of all magnitudes */
        if (i % 2 == 1) {
            value = -value;
        }
        if (value == DECIMAL_NONE) {
            continue;
        }
        int decimals = i % 19;
        char text[DECIMAL_TEXT_SIZE];
        size_t length = decimal_format(text, value, decimals);
        int64_t back;
        assert_true(decimal_parse(text, length, decimals, &back));
        assert_int_equal(back, value);
        int128 money = (int128)value * (int64_t)(seed >> 2);
        length = money_format(text, money);
        int128 money_back;
        assert_true(money_parse(text, length, &money_back));
        assert_true(money_back == money);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_writes),
        cmocka_unit_test(refuses_what_is_no_number_or_does_not_fit),
        cmocka_unit_test(money_keeps_every_digit),
        cmocka_unit_test(fixed_text_is_rounded_half_even),
        cmocka_unit_test(division_is_right_for_all_signs),
        cmocka_unit_test(whatever_is_written_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
