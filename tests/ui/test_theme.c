/* Themes: what a line may say, what happens to broken ones, and that the files shipped are whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/base16.h"
#include "ui/theme.h"

static void test_values(void **state)
{
    static const struct {
        const char *line;
        int32_t colour, background;
        unsigned attributes;
    } cases[] = {
        {"gain = #3fb950", 0x3fb950, COLOUR_UNSET, 0},
        {"gain=#3FB950", 0x3fb950, COLOUR_UNSET, 0},
        {"  gain  =  #000000  \r", 0, COLOUR_UNSET, 0},
        {"gain = 12", COLOUR_INDEX | 12, COLOUR_UNSET, 0},
        {"gain = 255", COLOUR_INDEX | 255, COLOUR_UNSET, 0},
        {"gain = green", COLOUR_INDEX | 2, COLOUR_UNSET, 0},
        {"gain = Bright_Green", COLOUR_INDEX | 10, COLOUR_UNSET, 0},
        {"gain = default", COLOUR_DEFAULT, COLOUR_UNSET, 0},
        {"gain = #ffffff on #c62828 bold", 0xffffff, 0xc62828, STYLE_BOLD},
        {"gain = red underline italic dim reverse", COLOUR_INDEX | 1, COLOUR_UNSET,
         STYLE_UNDERLINE | STYLE_ITALIC | STYLE_DIM | STYLE_REVERSE},
        {"gain = #102030 # a comment", 0x102030, COLOUR_UNSET, 0},
        {"# comment\n\ngain = 7\n", COLOUR_INDEX | 7, COLOUR_UNSET, 0},
        {"\xef\xbb\xbfgain = 7", COLOUR_INDEX | 7, COLOUR_UNSET, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct theme theme;
        char warning[THEME_WARNING_SIZE];
        assert_true(theme_parse(&theme, "t", cases[i].line, strlen(cases[i].line), warning));
        assert_string_equal(warning, "");
        assert_int_equal(theme.roles[ROLE_GAIN].colour, cases[i].colour);
        assert_int_equal(theme.roles[ROLE_GAIN].background, cases[i].background);
        assert_int_equal(theme.roles[ROLE_GAIN].attributes, cases[i].attributes);
    }
}

static bool same_theme(const struct theme *a, const struct theme *b)
{
    bool same = memcmp(a->grounds, b->grounds, sizeof a->grounds) == 0;
    for (int i = 0; i < ROLE_COUNT; i++) {
        same = same && a->roles[i].colour == b->roles[i].colour && a->roles[i].background == b->roles[i].background &&
               a->roles[i].attributes == b->roles[i].attributes;
    }
    return same;
}

static void test_broken(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"gain", "line 1: expected `key = value`"},
        {"\n\ngain = ", "line 3: there is no colour"},
        {"gain = #12345", "line 1: \"#12345\" is no colour"},
        {"gain = #gggggg", "is no colour"},
        {"gain = 256", "\"256\" is no colour"},
        {"gain = -1", "is no colour"},
        {"gain = 1e3", "is no colour"},
        {"loss = #ff0000\ngain = greenish", "line 2: \"greenish\" is no colour"},
        {"gain = red on", "after \"on\" is no colour"},
        {"gain = red loud", "\"loud\" is neither"},
        {"no_such_key = red", "there is no key \"no_such_key\""},
        {"background = #000000 bold", "takes one colour"},
        {"= red", "there is no key \"\""},
        {"gain = \x1b[31m", "is no colour"},
    };
    struct theme builtin = theme_builtin();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct theme theme;
        char warning[THEME_WARNING_SIZE];
        assert_false(theme_parse(&theme, "mine", cases[i].text, strlen(cases[i].text), warning));
        assert_non_null(strstr(warning, "Theme mine, line "));
        assert_non_null(strstr(warning, cases[i].says));
        assert_null(strchr(warning, '\x1b'));
        assert_true(same_theme(&theme, &builtin));
    }
}

static void test_bad_bytes(void **state)
{
    struct theme theme;
    char warning[THEME_WARNING_SIZE], line[2000];
    (void)state;
    memset(line, 'a', sizeof line);
    assert_false(theme_parse(&theme, "long", line, sizeof line, warning));
    assert_false(theme_parse(&theme, "nul", "gain\0 = red", 11, warning));
    assert_true(theme_parse(&theme, "empty", "", 0, warning));
}

/* Every file in themes/ names every key, and dark.theme is the built-in theme. */
static void test_shipped(void **state)
{
    static const char *const names[] = {"dark",       "light", "mono", "high-contrast", "deuteranopia",
                                        "tritanopia", "paper", "dusk", "amber",         "phosphor"};
    const char *root = getenv("TAPEDECK_SOURCE_DIR");
    char directory[1024], text[8192];
    (void)state;
    if (root == NULL) {
        puts("SKIP: TAPEDECK_SOURCE_DIR is not set");
        skip();
    }
    snprintf(directory, sizeof directory, "%s/themes", root);
    const char *const directories[] = {"/nonexistent", directory, NULL};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct theme theme, builtin = theme_builtin();
        char warning[THEME_WARNING_SIZE], path[1200];
        assert_true(theme_load(&theme, names[i], directories, warning));
        assert_string_equal(warning, "");
        if (i == 0)
            assert_true(same_theme(&theme, &builtin));
        snprintf(path, sizeof path, "%s/%s.theme", directory, names[i]);
        assert_true(theme_load(&theme, path, NULL, warning));
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        size_t bytes = fread(text, 1, sizeof text - 1, file);
        fclose(file);
        text[bytes] = '\0';
        for (int role = 0; role < ROLE_COUNT; role++) {
            char key[64];
            snprintf(key, sizeof key, "\n%s ", theme_role_key((enum role)role));
            assert_non_null(strstr(text, key));
        }
        for (int ground = 0; ground < GROUND_COUNT; ground++)
            assert_non_null(strstr(text, theme_ground_key((enum ground)ground)));
    }
}

static void test_files(void **state)
{
    struct theme theme, builtin = theme_builtin();
    char warning[THEME_WARNING_SIZE], pipe_path[] = "/tmp/theme-test-XXXXXX";
    const char *const directories[] = {"/nonexistent", NULL};
    (void)state;
    assert_true(theme_load(&theme, NULL, NULL, warning));
    assert_true(theme_load(&theme, "", directories, warning));
    assert_true(theme_load(&theme, "dark", directories, warning)); /* needs no file */
    assert_false(theme_load(&theme, "nothere", directories, warning));
    assert_non_null(strstr(warning, "there is no such theme"));
    assert_false(theme_load(&theme, "/dev/zero", directories, warning));
    assert_false(theme_load(&theme, "/tmp/", directories, warning));
    assert_true(same_theme(&theme, &builtin));
    assert_non_null(mkdtemp(pipe_path));
    char fifo[64];
    snprintf(fifo, sizeof fifo, "%s/fifo", pipe_path);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_false(theme_load(&theme, fifo, directories, warning)); /* and does not wait for a writer */
    unlink(fifo);
    rmdir(pipe_path);
}

/* A scheme in the flat form, and in that with a palette. */
static void write_scheme(char *text, size_t size, bool nested, const char *broken)
{
    int length = snprintf(text, size, nested ? "system: \"base16\"\nname: Test # one\npalette:\n" : "scheme: 'Test'\n");
    for (int i = 0; i < 16; i++)
        length += snprintf(text + length, size - (size_t)length,
                           nested ? "  base%02X: \"#%02x%02X10\" # %s\n" : "base%02x: \"%02x%02X10\"%s\n", (unsigned)i,
                           (unsigned)i, (unsigned)(255 - i), nested ? "comment" : "");
    snprintf(text + length, size - (size_t)length, "%s", broken);
}

static void test_base16(void **state)
{
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"base0B: red\n", "line 18: \"red\" is no colour of six hexadecimal digits"},
        {"base0b: \"12345\"\n", "line 18: \"12345\" is no colour"},
        {"\nno colon here\n", "line 19: expected `key: value`"},
    };
    struct theme theme, builtin = theme_builtin();
    char text[2048], warning[THEME_WARNING_SIZE];
    (void)state;
    for (int nested = 0; nested < 2; nested++) {
        write_scheme(text, sizeof text, nested == 1, "base10: \"#ffffff\"\n"); /* of base24: not looked at */
        assert_true(base16_parse(&theme, "test", text, strlen(text), warning));
        assert_string_equal(warning, "");
        assert_int_equal(theme.grounds[GROUND_SCREEN], 0x00ff10);
        assert_int_equal(theme.grounds[GROUND_SELECTED], 0x02fd10);
        assert_int_equal(theme.roles[ROLE_TEXT].colour, 0x05fa10);
        assert_int_equal(theme.roles[ROLE_GAIN].colour, 0x0bf410);
        assert_int_equal(theme.roles[ROLE_LOSS].colour, 0x08f710);
        assert_int_equal(theme.roles[ROLE_BANNER_REPLAY].background, 0x0ef110);
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_scheme(text, sizeof text, false, cases[i].line);
        assert_false(base16_parse(&theme, "test", text, strlen(text), warning));
        if (strstr(warning, cases[i].says) == NULL)
            fail_msg("%s", warning);
        assert_true(same_theme(&theme, &builtin));
    }
    static const char *const few = "base00: 000000\nbase01: 'ffffff'\n";
    assert_false(base16_parse(&theme, "test", few, strlen(few), warning));
    assert_non_null(strstr(warning, "base02 is missing"));
}

static void test_nearest(void **state)
{
    static const struct {
        int32_t rgb;
        int in_256, in_16, in_8;
        bool bold;
    } cases[] = {
        {0x000000, 16, 0, 0, false},  {0xffffff, 231, 15, 7, true}, {0xff0000, 196, 9, 1, true},
        {0x870000, 88, 1, 1, false},  {0x00ff00, 46, 10, 2, true},  {0x3fb950, 71, 2, 2, false},
        {0x808080, 244, 8, 7, false}, {0xd0d0d0, 252, 7, 7, false}, {0x0000d0, 20, 4, 4, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool bold;
        assert_int_equal(theme_nearest_256(cases[i].rgb), cases[i].in_256);
        assert_int_equal(theme_nearest_16(cases[i].rgb), cases[i].in_16);
        assert_int_equal(theme_nearest_8(cases[i].rgb, &bold), cases[i].in_8);
        assert_int_equal(bold, cases[i].bold);
    }
    for (int index = 16; index < 256; index++) /* what is in the table is its own nearest, or looks the same */
        assert_int_equal(theme_rgb_of_index(theme_nearest_256(theme_rgb_of_index(index))), theme_rgb_of_index(index));
}

/* The rules of the light theme, which would vanish on white. */
static void test_visible_with_16_colours(void **state)
{
    (void)state;
    assert_int_equal(theme_nearest_16(0xc3cbd4), 7);
    assert_int_equal(theme_visible_16(7, 15), 8);
    assert_int_equal(theme_visible_16(7, 0), 7);
    assert_int_equal(theme_visible_16(1, 15), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visible_with_16_colours),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_base16),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
