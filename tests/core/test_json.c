/* The scanner must refuse everything that is not exactly one JSON object, and the writer must write what the scanner
 * reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"

/* Reads everything; returns the number of members, or -1 on a mistake. The text is copied to the exact size, so that
 * a sanitizer sees a read beyond it. */
static int count_members(const char *text, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    struct json_reader reader;
    struct json_value key;
    struct json_value value;
    int members = 0;
    json_reader_init(&reader, copy, length);
    while (json_reader_next(&reader, &key, &value)) {
        assert_true(key.text >= copy && key.text + key.length <= copy + length);
        assert_true(value.text >= copy && value.text + value.length <= copy + length);
        members++;
    }
    int result = reader.problem == NULL ? members : -1;
    assert_false(json_reader_next(&reader, &key, &value)); /* the end stays the end */
    assert_true((reader.problem == NULL) == (result >= 0));
    free(copy);
    return result;
}

static int count_elements(const char *text)
{
    size_t length = strlen(text);
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    struct json_reader reader;
    struct json_value value;
    int elements = 0;
    json_array_init(&reader, copy, length);
    while (json_array_next(&reader, &value)) {
        assert_true(value.text >= copy && value.text + value.length <= copy + length);
        elements++;
    }
    int result = reader.problem == NULL ? elements : -1;
    assert_false(json_array_next(&reader, &value));
    free(copy);
    return result;
}

static void reads_arrays(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int elements; /* -1: refused */
    } cases[] = {
        {"[]", 0},     {" [ ] ", 0},
        {"[1]", 1},    {"[1,\"x\",[2,3],{\"a\":[]},null]", 5},
        {"", -1},      {"{}", -1},
        {"[", -1},     {"[1", -1},
        {"[1,]", -1},  {"[,1]", -1},
        {"[1 2]", -1}, {"[1]]", -1},
        {"[1}", -1},   {"[[[[[[[[[[]]]]]]]]]]", -1},
        {"[nul]", -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (count_elements(cases[i].text) != cases[i].elements) {
            fail_msg("%s: %d elements instead of %d", cases[i].text, count_elements(cases[i].text), cases[i].elements);
        }
    }
}

static void reads_objects(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int members;
    } cases[] = {
        {"{}", 0},
        {" \t\r\n{ \n } \n", 0},
        {"{\"a\":1}", 1},
        {"{\"a\":1,\"a\":2}", 2}, /* doubled names are the caller's to judge */
        {"{ \"a\" : \"x\" , \"b\" : true , \"c\":false,\"d\":null }", 4},
        {"{\"\":\"\"}", 1},
        {"{\"a\":-0.5e+10,\"b\":0,\"c\":-0,\"d\":1E5}", 4},
        {"{\"a\":[1,[2,{\"b\":[]}],\"x\"],\"c\":{}}", 2},
        {"{\"a\":[[[[[[[[]]]]]]]]}", 1}, /* eight deep */
        {"{\"a\":\"\\u00e9\\ud83d\\ude00\\n\\\"\\\\\\/\"}", 1},
        {"{\"\xC3\xA9\":\"\xF0\x9F\x93\x88\"}", 1},
        {"{\"a\":[ ],\"b\":{ }}", 2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (count_members(cases[i].text, strlen(cases[i].text)) != cases[i].members) {
            fail_msg("%s has other than %d members", cases[i].text, cases[i].members);
        }
    }
}

static void refuses_mistakes(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "[]",
        "1",
        "\"a\"",
        "null",
        "{",
        "}",
        "{}}",
        "{}{}",
        "{} x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\":'x'}",
        "{\"a\":tru}",
        "{\"a\":True}",
        "{\"a\":nul",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-}",
        "{\"a\":+1}",
        "{\"a\":01}",
        "{\"a\":-01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":0x10}",
        "{\"a\":1_000}",
        "{\"a\":\"x}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\xFF\"}",
        "{\"a\":\"\xC0\x80\"}",
        "{\"a\":\"\xED\xA0\x80\"}",
        "{\"\xE9\":1}",
        "{\"a\":[1,]}",
        "{\"a\":[1 2]}",
        "{\"a\":[}",
        "{\"a\":[1}",
        "{\"a\":{\"b\":1]}",
        "{\"a\":{\"b\"}}",
        "{\"a\":{1:2}}",
        "{\"a\":[[[[[[[[[]]]]]]]]]}", /* nine deep */
        "\xEF\xBB\xBF{}",
        "{\"a\":1}\xEF\xBB\xBF",
        "{/* no */\"a\":1}",
        "{\xC2\xA0\"a\":1}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (count_members(bad[i], strlen(bad[i])) >= 0) {
            fail_msg("%s was accepted", bad[i]);
        }
    }
    assert_int_equal(count_members("{\0}", 3), -1);
    assert_int_equal(count_members("{}\0", 3), -1);
    assert_int_equal(count_members("{\"a\0b\":1}", 9), -1);
    assert_int_equal(count_members("{\"a\":\"\\\0\"}", 9), -1);
}

static void refuses_every_beginning_of_a_good_text(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1.5e3,{\"b\":\"\\u00e9\xC3\xA9\"}],\"c\":-0.25,\"d\":true,\"e\":null}";
    for (size_t length = 0; length < sizeof(text) - 1; length++) {
        assert_int_equal(count_members(text, length), -1);
    }
    assert_int_equal(count_members(text, sizeof(text) - 1), 4);
}

static void deep_nesting_costs_no_stack(void **state)
{
    (void)state;
    enum { DEPTH = 1000000 };
    char *text = malloc(DEPTH + 5);
    assert_non_null(text);
    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', DEPTH);
    assert_int_equal(count_members(text, DEPTH + 5), -1);
    free(text);
}

static void hands_out_raw_values(void **state)
{
    (void)state;
    static const char text[] = "{\"price\":123456789.123456789,\"n\\u0061me\":\"a\\nb\",\"x\":[1, 2]}";
    struct json_reader reader;
    struct json_value key;
    struct json_value value;
    char plain[16];
    size_t length;
    json_reader_init(&reader, text, sizeof(text) - 1);
    assert_true(json_reader_next(&reader, &key, &value));
    assert_int_equal(value.type, JSON_NUMBER);
    assert_int_equal(value.length, 19);
    assert_memory_equal(value.text, "123456789.123456789", 19);
    assert_true(json_reader_next(&reader, &key, &value));
    assert_true(key.escaped && value.escaped);
    assert_true(json_unescape(&key, plain, sizeof(plain), &length));
    assert_string_equal(plain, "name");
    assert_true(json_unescape(&value, plain, sizeof(plain), &length));
    assert_int_equal(length, 3);
    assert_string_equal(plain, "a\nb");
    assert_true(json_reader_next(&reader, &key, &value));
    assert_int_equal(value.type, JSON_ARRAY);
    assert_int_equal(value.length, 6);
    assert_false(json_reader_next(&reader, &key, &value));
    assert_null(reader.problem);
}

static void compares_names_and_texts(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"name\":\"value\",\"number\":12}";
    struct json_reader reader;
    struct json_value key = {0}, value;
    assert_false(json_is(&key, ""));
    json_reader_init(&reader, TEXT, strlen(TEXT));
    assert_true(json_reader_next(&reader, &key, &value));
    assert_true(json_is(&key, "name") && json_is(&value, "value"));
    assert_false(json_is(&key, "nam") || json_is(&key, "names") || json_is(&key, "nane"));
    assert_true(json_reader_next(&reader, &key, &value));
    assert_false(json_is(&value, "12"));
}

static void undoes_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *plain; /* NULL: a wrong escape */
    } cases[] = {
        {"", ""},
        {"abc", "abc"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e9\\u20AC", "A\xC3\xA9\xE2\x82\xAC"},
        {"\\ud83d\\udcc8", "\xF0\x9F\x93\x88"},
        {"\\udbff\\udfff", "\xF4\x8F\xBF\xBF"},
        {"\\ud83d", NULL},
        {"\\ud83dx", NULL},
        {"\\ud83d\\n12345", NULL},
        {"\\ud83d\\u0041", NULL},
        {"\\ud83d\\ud83d", NULL},
        {"\\udcc8", NULL},
        {"\\u12", NULL},
        {"\\q", NULL},
        {"\\", NULL},
        {"0123456789abcdef", NULL}, /* does not fit */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_value value = {JSON_STRING, cases[i].raw, strlen(cases[i].raw), true};
        char plain[16];
        size_t length;
        bool good = json_unescape(&value, plain, sizeof(plain), &length);
        assert_int_equal(good, cases[i].plain != NULL);
        if (good) {
            assert_string_equal(plain, cases[i].plain);
        }
    }
    struct json_value nul = {JSON_STRING, "a\\u0000b", 8, true};
    char plain[16];
    size_t length;
    assert_true(json_unescape(&nul, plain, sizeof(plain), &length));
    assert_int_equal(length, 3); /* the caller sees that it is there */
    struct json_value number = {JSON_NUMBER, "1", 1, false};
    assert_false(json_unescape(&number, plain, sizeof(plain), &length));
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    char text[256];
    struct json_writer writer;
    json_writer_init(&writer, text, sizeof(text));
    json_open(&writer, '{');
    json_key(&writer, "orders");
    json_open(&writer, '[');
    json_integer(&writer, 0);
    json_integer(&writer, INT64_MIN);
    json_unsigned(&writer, UINT64_MAX);
    json_open(&writer, '{');
    json_close(&writer, '}');
    json_close(&writer, ']');
    json_key(&writer, "text");
    json_string(&writer, "quote \" back \\ line \n bell \a \xC3\xA9 bad \xFF!\xC3");
    json_key(&writer, "yes");
    json_bool(&writer, true);
    json_key(&writer, "no");
    json_bool(&writer, false);
    json_key(&writer, "raw");
    json_raw(&writer, "1.50", 4);
    json_close(&writer, '}');
    assert_false(writer.overflow);
    assert_int_equal(writer.length, strlen(text));
    assert_string_equal(text, "{\"orders\":[0,-9223372036854775808,18446744073709551615,{}],"
                              "\"text\":\"quote \\\" back \\\\ line \\n bell \\u0007 \xC3\xA9 bad "
                              "\xEF\xBF\xBD!\xEF\xBF\xBD\",\"yes\":true,\"no\":false,\"raw\":1.50}");
    assert_int_equal(count_members(text, writer.length), 5);
}

/* A string is gone through eight bytes at once: no byte may be taken for another, wherever it stands. */
static void every_byte_at_every_place(void **state)
{
    (void)state;
    enum { LONGEST = 20, ROOM = 128 };
    for (size_t length = 1; length <= LONGEST; length++) {
        for (size_t at = 0; at < length; at++) {
            for (int c = 1; c <= 0xFF; c++) {
                char plain[LONGEST + 1] = {0}, text[ROOM], again[ROOM];
                memset(plain, 'a', length);
                plain[at] = (char)c;
                bool stands_for_itself = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
                int written = snprintf(text, sizeof(text), "{\"%s\":1}", plain);
                assert_int_equal(count_members(text, (size_t)written), stands_for_itself ? 1 : -1);

                struct json_writer writer;
                struct json_reader reader;
                struct json_value value;
                json_writer_init(&writer, text, sizeof(text));
                json_open(&writer, '[');
                json_string(&writer, plain);
                json_close(&writer, ']');
                json_array_init(&reader, text, writer.length);
                assert_true(json_array_next(&reader, &value));
                assert_int_equal(value.length == length, stands_for_itself);
                assert_true(json_unescape(&value, again, sizeof(again), NULL));
                assert_true(c >= 0x80 || strcmp(again, plain) == 0);
            }
        }
    }
}

static void a_full_buffer_is_noticed(void **state)
{
    (void)state;
    char text[16];
    for (size_t size = 0; size <= 12; size++) {
        struct json_writer writer;
        memset(text, 'x', sizeof(text));
        json_writer_init(&writer, text, size);
        json_open(&writer, '{');
        json_key(&writer, "ab");
        json_string(&writer, "cd");
        json_close(&writer, '}');
        assert_int_equal(writer.overflow, size < 12);
        assert_int_equal(text[size], 'x');
        if (size > 0) {
            assert_int_equal(text[writer.length], '\0');
        }
    }
    assert_string_equal(text, "{\"ab\":\"cd\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_objects),
        cmocka_unit_test(reads_arrays),
        cmocka_unit_test(refuses_mistakes),
        cmocka_unit_test(refuses_every_beginning_of_a_good_text),
        cmocka_unit_test(deep_nesting_costs_no_stack),
        cmocka_unit_test(hands_out_raw_values),
        cmocka_unit_test(compares_names_and_texts),
        cmocka_unit_test(undoes_escapes),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(every_byte_at_every_place),
        cmocka_unit_test(a_full_buffer_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
