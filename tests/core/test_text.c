/* Text from outside: valid UTF-8, what is cleaned out of it, ids, and bounded copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/text.h"

static void knows_valid_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"", true},
        {"plain text that is longer than eight bytes", true},
        {"12345678", true},
        {"1234567\xC3\xA9", true},
        {"\xC2\x80", true},
        {"\xE2\x82\xAC", true},
        {"\xEF\xBF\xBF", true},
        {"\xED\x9F\xBF", true},
        {"\xEE\x80\x80", true},
        {"\xF0\x9F\x93\x88", true},
        {"\xF4\x8F\xBF\xBF", true},
        {"\x80", false}, /* a continuation alone */
        {"\xC3", false}, /* cut */
        {"\xE2\x82", false},
        {"\xF0\x9F\x93", false},
        {"\xC3(", false},
        {"\xC0\x80", false}, /* overlong NUL */
        {"\xC1\xBF", false},
        {"\xE0\x9F\xBF", false}, /* overlong */
        {"\xF0\x8F\xBF\xBF", false},
        {"\xED\xA0\x80", false}, /* surrogate */
        {"\xED\xBF\xBF", false},
        {"\xF4\x90\x80\x80", false}, /* above U+10FFFF */
        {"\xF5\x80\x80\x80", false},
        {"\xFF", false},
        {"\xFE", false},
        {"abcdefgh\xFFijklmnop", false},
        {"abcdefghijklmnop\xE9", false}, /* Latin-1 */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (text_is_utf8(cases[i].text, strlen(cases[i].text)) != cases[i].valid) {
            fail_msg("case %zu should be %s", i, cases[i].valid ? "valid" : "invalid");
        }
    }
    assert_true(text_is_utf8("a\0b", 3));
}

static void cleaning_leaves_out_what_misleads(void **state)
{
    (void)state;
    static const struct {
        const char *text, *clean;
    } cases[] = {
        {"", ""},
        {"halted by the desk", "halted by the desk"},
        {"\x1B[31mred\x1B[0m", "[31mred[0m"},
        {"a\nb\tc\rd\x7F", "abcd"},
        {"C1 \xC2\x9B"
         "31m",
         "C1 31m"},
        {"bidi \xE2\x80\xAE"
         "abc\xE2\x80\xAC end",
         "bidi abc end"},
        {"isolate \xE2\x81\xA6x\xE2\x81\xA9", "isolate x"},
        {"mark\xD8\x9C", "mark"},
        {"A\xE2\x80\x8B"
         "A\xE2\x80\x8DP\xE2\x80\x8CL",
         "AAPL"},
        {"\xEF\xBB\xBF"
         "bom",
         "bom"},
        {"soft\xC2\xADhyphen", "softhyphen"},
        {"line\xE2\x80\xA8separator", "lineseparator"},
        {"tag\xF3\xA0\x81\x81", "tag"},
        {"\xE2\x82\xAC \xC3\xA9 \xF0\x9F\x93\x88", "\xE2\x82\xAC \xC3\xA9 \xF0\x9F\x93\x88"},
        {"a\xFFz", "a\xEF\xBF\xBDz"},
        {"cut \xC3", "cut \xEF\xBF\xBD"},
        {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[64];
        size_t length = text_clean(out, sizeof(out), cases[i].text, strlen(cases[i].text));
        assert_string_equal(out, cases[i].clean);
        assert_int_equal(length, strlen(out));
    }
    char out[8];
    assert_int_equal(text_clean(out, sizeof(out), "a\0b", 3), 2); /* NUL is a control, too */
    assert_string_equal(out, "ab");
}

static void cleaning_cuts_at_a_character(void **state)
{
    (void)state;
    char out[8];
    assert_int_equal(text_clean(out, 5, "abcdef", 6), 4);
    assert_string_equal(out, "abcd");
    assert_int_equal(text_clean(out, 5, "ab\xE2\x82\xAC", 5), 2); /* the euro sign needs three */
    assert_string_equal(out, "ab");
    assert_int_equal(text_clean(out, 6, "ab\xE2\x82\xAC", 5), 5);
    assert_int_equal(text_clean(out, 3, "a\xFF", 2), 1); /* no room for the replacement */
    assert_int_equal(text_clean(out, 1, "abc", 3), 0);
    assert_string_equal(out, "");
    out[0] = 'x';
    assert_int_equal(text_clean(out, 0, "abc", 3), 0);
    assert_int_equal(out[0], 'x');
}

static void cleaned_text_is_always_valid_and_stays(void **state)
{
    (void)state;
    uint32_t seed = 4711;
    for (int round = 0; round < 5000; round++) {
        char raw[48];
        char once[64];
        char twice[64];
        for (size_t i = 0; i < sizeof(raw); i++) {
            seed = seed * 1664525 + 1013904223;
            raw[i] = (char)(seed >> 24);
        }
        size_t length = text_clean(once, sizeof(once), raw, sizeof(raw));
        assert_true(length < sizeof(once) && text_is_utf8(once, length));
        assert_int_equal(text_clean(twice, sizeof(twice), once, length), length);
        assert_string_equal(once, twice);
    }
}

static void ids_have_one_form(void **state)
{
    (void)state;
    assert_true(text_is_id("a", 1, 64));
    assert_true(text_is_id("AZaz09_-", 8, 8));
    assert_false(text_is_id("AZaz09_-x", 9, 8));
    assert_false(text_is_id("", 0, 64));
    static const char *const bad[] = {"a b", "a.b", "a/b", "../x", "a\n", "a*", ">", "\xC3\xA9", "a:b", "%41"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(text_is_id(bad[i], strlen(bad[i]), 64));
    }
    assert_false(text_is_id("a\0b", 3, 64));
}

static void copies_are_bounded(void **state)
{
    (void)state;
    char out[6];
    assert_true(text_copy(out, sizeof(out), "abcde"));
    assert_string_equal(out, "abcde");
    assert_false(text_copy(out, sizeof(out), "abcdef"));
    assert_string_equal(out, "abcde");
    assert_false(text_copy(out, sizeof(out), "abcd\xC3\xA9"));
    assert_string_equal(out, "abcd");
    assert_true(text_copy(out, 1, ""));
    assert_false(text_copy(out, 0, ""));
    assert_true(text_equal_nocase("Nyse", "nYSE"));
    assert_true(text_equal_nocase("", ""));
    assert_false(text_equal_nocase("NYS", "NYSE"));
    assert_false(text_equal_nocase("NYSE", "NYS"));
    assert_false(text_equal_nocase("[", "{")); /* letters only, not what lies 32 apart */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_valid_utf8),
        cmocka_unit_test(cleaning_leaves_out_what_misleads),
        cmocka_unit_test(cleaning_cuts_at_a_character),
        cmocka_unit_test(cleaned_text_is_always_valid_and_stays),
        cmocka_unit_test(ids_have_one_form),
        cmocka_unit_test(copies_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
