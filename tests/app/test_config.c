/* Configuration files: what is read, with which line, and what is refused. */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/config.h"
#include "app/temporary.h"

static int set_up(void **state)
{
    (void)state;
    temporary_make();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temporary_remove();
    return 0;
}

static void assert_entry(const struct config *config, const char *section, const char *key, const char *value, int line)
{
    const struct config_entry *entry = config_find(config, section, key);

    assert_non_null(entry);
    assert_string_equal(entry->value, value);
    assert_int_equal(entry->line, line);
}

static void test_reads_settings_with_their_lines(void **state)
{
    (void)state;
    struct config config = {0};
    struct error error;
    const char *path = temporary_text("a.ini", "\xEF\xBB\xBF; a comment\r\n"
                                               "[deck] ; another\r\n"
                                               "http = off   ; inline\r\n"
                                               "\r\n"
                                               "  theme=light\r\n"
                                               "\tfeed = recording:a.gz;b.gz\r\n"
                                               "account: A\xC3\xB6\r\n"
                                               "[instrument.NYSE.BRK.B]\r\n"
                                               "tick = 0.01");

    assert_int_equal(config_read(&config, path, true, &error), 0);
    assert_int_equal(config.count, 5);
    assert_entry(&config, "deck", "http", "off", 3);
    assert_entry(&config, "deck", "theme", "light", 5);
    assert_entry(&config, "deck", "feed", "recording:a.gz;b.gz", 6);
    assert_entry(&config, "deck", "account", "A\xC3\xB6", 7);
    assert_entry(&config, "instrument.NYSE.BRK.B", "tick", "0.01", 9);
    assert_null(config_find(&config, "deck", "roles"));
    config_free(&config);
}

static void test_a_later_file_wins(void **state)
{
    (void)state;
    struct config config = {0};
    struct error error;

    assert_int_equal(config_read(&config, temporary_text("a.ini", "[deck]\nhttp = off\ntheme = light\n"), true, &error),
                     0);
    assert_int_equal(config_read(&config, temporary_text("b.ini", "[deck]\n\ntheme = mono\n"), true, &error), 0);
    assert_entry(&config, "deck", "http", "off", 2);
    assert_entry(&config, "deck", "theme", "mono", 3);
    assert_int_equal(config.count, 3);
    assert_int_equal(config_read(&config, temporary_path("missing.ini"), false, &error), 0);
    assert_int_equal(config.count, 3);
    config_free(&config);
}

static void assert_refused(const char *name, const void *bytes, size_t count, const char *expected)
{
    struct config config = {0};
    struct error error = {0};
    const char *path = temporary_file(name, bytes, count);
    char sentence[512];

    assert_int_equal(config_read(&config, path, true, &error), -1);
    snprintf(sentence, sizeof(sentence), "%s:%s", path, expected);
    assert_string_equal(error.text, sentence);
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_int_equal(config.count, 0);
    config_free(&config);
}

static void test_refuses_what_is_wrong_in_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } CASES[] = {
        {"[deck]\nhttp = off\n\nhttp = off\n", "4: 'http' is set twice"},
        {"[deck]\na = 1\n[b]\na = 1\n[deck]\na = 2\n", "6: 'a' is set twice"},
        {"[deck]\nhttp\n", "2: is neither a [section] nor 'key = value'"},
        {"[deck\nhttp = off\n", "1: the section has no closing bracket"},
        {"[deck] http = off\n", "1: only a comment may follow a section"},
        {"[deck]\n = off\n", "2: there is no key before the '='"},
        {"[deck]\na = \x1b[31m\n", "2: the line holds a control character"},
        {"[deck]\na = \xC0\xAF\n", "2: the line is not valid UTF-8"},
        {"[123456789012345678901234567890123456789012345678901]\n", "1: the section's name is longer than 49 bytes"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        assert_refused("bad.ini", CASES[i].text, strlen(CASES[i].text), CASES[i].expected);
    assert_refused("nul.ini", "[deck]\na = 1\0\n", 14, "2: the line holds a control character");
}

static void test_long_lines_are_refused_not_cut(void **state)
{
    (void)state;
    static char text[8192];
    struct config config = {0};
    struct error error;

    memset(text, 'x', sizeof(text));
    memcpy(text, "[deck]\nfeed = ", 14);
    text[7 + CONFIG_LINE_BYTES_MAX] = '\n';
    assert_int_equal(
        config_read(&config, temporary_file("long.ini", text, 7 + CONFIG_LINE_BYTES_MAX + 1), true, &error), 0);
    assert_int_equal(strlen(config_find(&config, "deck", "feed")->value), CONFIG_LINE_BYTES_MAX - 7);
    config_free(&config);
    text[7 + CONFIG_LINE_BYTES_MAX] = 'x';
    assert_refused("longer.ini", text, 7 + CONFIG_LINE_BYTES_MAX + 1, "2: the line is too long");
}

static void test_large_files(void **state)
{
    (void)state;
    const size_t count = 10 * 1024 * 1024;
    char *text = malloc(count);
    struct config config = {0};
    struct error error;

    assert_non_null(text);
    memset(text, '\n', count);
    assert_refused("huge.ini", text, count, " is larger than 1 MiB");

    /* The most settings that fit, all of one section: read in the time their number deserves. */
    size_t at = 0;
    for (int i = 0; at + 16 < CONFIG_FILE_BYTES_MAX; i++)
        at += (size_t)snprintf(text + at, 16, "k%d=\n", i);
    assert_int_equal(config_read(&config, temporary_file("many.ini", text, at), true, &error), 0);
    assert_true(config.count > 100000);
    config_free(&config);
    free(text);
}

static void test_refuses_what_is_no_file(void **state)
{
    (void)state;
    struct config config = {0};
    struct error error;

    assert_int_equal(config_read(&config, temporary_path("missing.ini"), true, &error), -1);
    assert_non_null(strstr(error.text, "No such file"));
    assert_int_equal(config_read(&config, temporary_path("."), false, &error), -1);
    assert_non_null(strstr(error.text, "is not a regular file"));
    assert_int_equal(config_read(&config, "/dev/zero", true, &error), -1);
    assert_string_equal(error.text, "/dev/zero: is not a regular file");
    assert_int_equal(mkfifo(temporary_path("pipe"), 0600), 0);
    assert_int_equal(config_read(&config, temporary_path("pipe"), true, &error), -1);
    assert_non_null(strstr(error.text, "is not a regular file"));
    assert_int_equal(error.kind, ERROR_USAGE);
    config_free(&config);
}

static void test_tells_who_can_read_the_file(void **state)
{
    (void)state;
    struct config config = {0};
    struct error error;
    const char *path = temporary_text("a.ini", "[deck]\nserver = nats://token@host\n");

    assert_int_equal(config_read(&config, path, true, &error), 0);
    assert_false(config.entries[0].others_can_read);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(config_read(&config, path, true, &error), 0);
    assert_true(config.entries[1].others_can_read);
    config_free(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_settings_with_their_lines),
        cmocka_unit_test(test_a_later_file_wins),
        cmocka_unit_test(test_refuses_what_is_wrong_in_a_line),
        cmocka_unit_test(test_long_lines_are_refused_not_cut),
        cmocka_unit_test(test_large_files),
        cmocka_unit_test(test_refuses_what_is_no_file),
        cmocka_unit_test(test_tells_who_can_read_the_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
