/* Where things are, who may see them, and secret files. */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/paths.h"
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

static unsigned mode_of(const char *path)
{
    struct stat status;

    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode & 07777;
}

static void test_xdg_directories(void **state)
{
    (void)state;
    char path[PATHS_SIZE];
    struct error error;
    struct paths_themes themes;

    setenv("HOME", "/home/someone", 1);
    setenv("XDG_STATE_HOME", "/var/state", 1);
    assert_int_equal(paths_default_state_directory(path, &error), 0);
    assert_string_equal(path, "/var/state/tapedeck");
    setenv("XDG_STATE_HOME", "relative", 1);
    assert_int_equal(paths_default_state_directory(path, &error), 0);
    assert_string_equal(path, "/home/someone/.local/state/tapedeck");
    unsetenv("XDG_STATE_HOME");
    assert_int_equal(paths_default_state_directory(path, &error), 0);
    assert_string_equal(path, "/home/someone/.local/state/tapedeck");

    setenv("XDG_CONFIG_HOME", "", 1);
    assert_int_equal(paths_user_config(path, &error), 0);
    assert_string_equal(path, "/home/someone/.config/tapedeck/tapedeck.ini");

    setenv("XDG_DATA_HOME", "/data", 1);
    paths_theme_directories(&themes);
    assert_string_equal(themes.directories[0], "/data/tapedeck/themes");
    assert_non_null(strstr(themes.directories[1], "/../share/tapedeck/themes"));
}

static void test_absolute_paths(void **state)
{
    (void)state;
    char path[PATHS_SIZE], here[PATHS_SIZE], expected[PATHS_SIZE + 8];
    char huge[PATHS_SIZE + 16];
    struct error error;

    setenv("HOME", "/home/someone", 1);
    assert_int_equal(paths_absolute(path, "~/deck", &error), 0);
    assert_string_equal(path, "/home/someone/deck");
    assert_int_equal(paths_absolute(path, "/a/b", &error), 0);
    assert_string_equal(path, "/a/b");
    assert_non_null(getcwd(here, sizeof(here)));
    snprintf(expected, sizeof(expected), "%s/deck", here);
    assert_int_equal(paths_absolute(path, "deck", &error), 0);
    assert_string_equal(path, expected);
    memset(huge, 'a', sizeof(huge) - 1);
    huge[0] = '/';
    huge[sizeof(huge) - 1] = '\0';
    assert_int_equal(paths_absolute(path, huge, &error), -1);
    assert_int_equal(error.kind, ERROR_USAGE);
}

static void test_state_directory_is_made_private(void **state)
{
    (void)state;
    struct error error;
    const char *path = temporary_path("a/b/state");

    assert_int_equal(paths_make_state_directory(path, &error), 0);
    assert_int_equal(mode_of(path), 0700);
    assert_int_equal(mode_of(temporary_path("a/b")), 0700);
    assert_int_equal(paths_make_state_directory(path, &error), 0);

    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(paths_make_state_directory(path, &error), 0);
    assert_int_equal(mode_of(path), 0700);
}

static void test_state_directory_refused(void **state)
{
    (void)state;
    struct error error;
    const char *open_to_all = temporary_path("open");

    assert_int_equal(mkdir(open_to_all, 0700), 0);
    assert_int_equal(chmod(open_to_all, 0770), 0);
    assert_int_equal(paths_make_state_directory(open_to_all, &error), -1);
    assert_non_null(strstr(error.text, "others can write"));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_int_equal(mode_of(open_to_all), 0770);

    const char *file = temporary_text("file", "");
    assert_int_equal(paths_make_state_directory(file, &error), -1);
    assert_int_equal(paths_make_state_directory(temporary_path("file/below"), &error), -1);
    assert_int_equal(paths_make_state_directory("", &error), -1);

    /* A directory of root, seen by anybody else; of somebody else, seen by root. */
    if (geteuid() == 0) {
        const char *foreign = temporary_path("foreign");
        assert_int_equal(mkdir(foreign, 0700), 0);
        if (chown(foreign, 12345, 12345) == 0) {
            assert_int_equal(paths_make_state_directory(foreign, &error), -1);
            assert_non_null(strstr(error.text, "belongs to another user"));
        }
    } else {
        assert_int_equal(paths_make_state_directory("/usr", &error), -1);
        assert_non_null(strstr(error.text, "belongs to another user"));
    }
}

static void test_secret_is_written_and_read(void **state)
{
    (void)state;
    char text[32];
    struct error error;
    const char *path = temporary_path("secret");

    assert_int_equal(paths_write_secret(path, "first", &error), 0);
    assert_int_equal(paths_write_secret(path, "second", &error), 0);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(paths_read_secret(path, text, sizeof(text), &error), 0);
    assert_string_equal(text, "second");
    assert_int_equal(paths_write_secret(temporary_path("no/such/directory"), "x", &error), -1);
}

static void test_secret_that_others_could_have_touched_is_refused(void **state)
{
    (void)state;
    char text[8];
    struct error error;
    const char *path = temporary_text("secret2", "abc\n");

    assert_int_equal(paths_read_secret(path, text, sizeof(text), &error), 0);
    assert_string_equal(text, "abc");
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(paths_read_secret(path, text, sizeof(text), &error), -1);
    assert_non_null(strstr(error.text, "others can read"));

    assert_int_equal(symlink(temporary_path("secret"), temporary_path("link")), 0);
    assert_int_equal(paths_read_secret(temporary_path("link"), text, sizeof(text), &error), -1);
    assert_non_null(strstr(error.text, "symbolic link"));
    assert_int_equal(paths_read_secret(temporary_path("."), text, sizeof(text), &error), -1);
    assert_non_null(strstr(error.text, "not a regular file"));
    assert_int_equal(paths_read_secret(temporary_path("nothing"), text, sizeof(text), &error), -1);
    assert_int_equal(paths_read_secret(temporary_text("long", "12345678"), text, sizeof(text), &error), -1);
    assert_int_equal(paths_read_secret(temporary_text("empty", "\n"), text, sizeof(text), &error), -1);
    assert_int_equal(paths_read_secret(temporary_file("nul", "a\0b", 3), text, sizeof(text), &error), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xdg_directories),
        cmocka_unit_test(test_absolute_paths),
        cmocka_unit_test(test_state_directory_is_made_private),
        cmocka_unit_test(test_state_directory_refused),
        cmocka_unit_test(test_secret_is_written_and_read),
        cmocka_unit_test(test_secret_that_others_could_have_touched_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
