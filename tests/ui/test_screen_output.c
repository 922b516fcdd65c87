/* What goes to the terminal: when, how much and in which colours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ui/copy.h"
#include "ui/screen_test.h"

/* A terminal that takes nothing holds up nothing but the picture; afterwards it shows how things are then. */
static void test_full_terminal(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "silent");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_fill(terminal);
    terminal_send(terminal, "b");
    terminal_send(terminal, ENTER);
    terminal_send(terminal, ENTER);
    struct event request = screen_test_next_request(terminal);
    assert_int_equal(request.kind, EVENT_ORDER_NEW);
    terminal->unread = false;
    assert_true(terminal_wait(terminal, "Buy AAPL"));
    terminal_fill(terminal);
    terminal_send(terminal, "q");
    assert_int_equal(terminal_wait_exit(terminal), 0);
    terminal_destroy(terminal);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Hundreds of quotes a second: the first prices change five times a second at most. */
static void test_cells_stand_still(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "flood");
    char before[TERMINAL_LINE_SIZE], line[TERMINAL_LINE_SIZE];
    int changes = 0;
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_line(terminal, 4, before);
    int64_t start_ms = now_ms();
    while (changes < 6) {
        terminal_pump(terminal, 20);
        terminal_line(terminal, 4, line);
        changes += strncmp(line + 12, before + 12, 50) != 0;
        memcpy(before, line, sizeof before);
    }
    assert_true(now_ms() - start_ms >= 5 * 200 - 200);
    terminal_destroy(terminal);
}

/* With a limit less goes out, and keys are answered all the same. */
static void test_thin_line(void **state)
{
    struct terminal *terminal = screen_test_start(36, 120, "flood,limit=3000");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    size_t before = terminal->all_bytes;
    int64_t start_ms = now_ms();
    while (now_ms() - start_ms < 1500)
        terminal_pump(terminal, 50);
    /* A frame may be under way that is paid for later. */
    assert_true(terminal->all_bytes - before < 3 * 1500 + 6000);
    terminal_send(terminal, ":");
    assert_true(terminal_wait(terminal, ":_"));
    terminal_destroy(terminal);
}

static const char *raw_find(const struct terminal *terminal, const char *text)
{
    return memmem(terminal->raw, terminal->raw_bytes, text, strlen(text));
}

/* Frames are marked for a terminal that says it knows the marks; one of an old kind is not even asked. */
static void test_synchronized_output(void **state)
{
    static const char *const old[] = {"TERM=linux", "TERM=screen", "TERM=vt100"};
    static const char *const refused[] = {ESCAPE "[?2026;0$y", ESCAPE "[?2026;4$y"};
    (void)state;
    struct terminal *terminal = screen_test_start(24, 80, "");
    assert_true(terminal_wait(terminal, "q quit"));
    assert_non_null(raw_find(terminal, ESCAPE "[?2026$p"));
    assert_null(raw_find(terminal, ESCAPE "[?2026h"));
    terminal_send(terminal, ESCAPE "[?2026;2$y");
    terminal_send(terminal, "b");
    assert_true(terminal_wait(terminal, "Buy AAPL"));
    const char *begin = raw_find(terminal, ESCAPE "[?2026h");
    assert_non_null(begin);
    assert_non_null(strstr(begin, "Buy"));
    while (raw_find(terminal, ESCAPE "[?2026l") == NULL)
        assert_true(terminal_pump(terminal, 10000));
    terminal_destroy(terminal);
    for (size_t i = 0; i < 2; i++) {
        terminal = screen_test_start(24, 80, "");
        assert_true(terminal_wait(terminal, "q quit"));
        terminal_send(terminal, refused[i]);
        terminal_send(terminal, "b");
        assert_true(terminal_wait(terminal, "Buy AAPL"));
        assert_null(raw_find(terminal, ESCAPE "[?2026h"));
        terminal_destroy(terminal);
    }
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
        const char *const argv[] = {"", "--child", NULL};
        const char *const environment[] = {old[i], "LC_ALL=C.UTF-8", "COLORTERM", NULL};
        terminal = terminal_start(24, 80, argv, environment);
        assert_true(terminal_wait(terminal, "q quit"));
        assert_null(raw_find(terminal, "2026"));
        terminal_destroy(terminal);
    }
}

static void write_theme(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Waits until the ground of the screen is this one of the 256 colours. */
static void wait_for_ground(struct terminal *terminal, int index)
{
    VTermScreenCell cell;
    memset(&cell, 0, sizeof cell);
    for (int tries = 0; tries < 200; tries++) {
        vterm_screen_get_cell(terminal->screen, (VTermPos){4, 1}, &cell);
        if (VTERM_COLOR_IS_INDEXED(&cell.bg) && cell.bg.indexed.idx == index)
            return;
        terminal_pump(terminal, 50);
    }
    fail_msg("the ground does not become %d, it is %d", index, cell.bg.indexed.idx);
}

/* A theme is read again when its file changes; a broken one says its line, until it is mended. */
static void test_theme_changes(void **state)
{
    char directory[] = "/tmp/theme-test-XXXXXX", path[64], argument[80], command[80];
    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/a.theme", directory);
    snprintf(argument, sizeof argument, "theme=%s", path);
    write_theme(path, "background = 52\n");
    struct terminal *terminal = screen_test_start(24, 80, argument);
    assert_true(terminal_wait(terminal, "q quit"));
    wait_for_ground(terminal, 52);
    write_theme(path, "background = 22\n# longer\n");
    wait_for_ground(terminal, 22);
    assert_true(terminal_wait(terminal, "read again since its file has changed"));
    write_theme(path, "# first\nbackground = purplish\n");
    assert_true(terminal_wait(terminal, "line 2: \"purplish\" is no colour"));
    wait_for_ground(terminal, 233); /* the built-in one */
    write_theme(path, "background = 17\n");
    wait_for_ground(terminal, 17);
    terminal_send(terminal, GO("theme dark"));
    assert_true(terminal_wait(terminal, "Theme dark."));
    wait_for_ground(terminal, 233);
    snprintf(command, sizeof command, GO("theme %s"), path);
    terminal_send(terminal, command);
    wait_for_ground(terminal, 17);
    terminal_send(terminal, "\x14"); /* Ctrl-T */
    assert_true(terminal_wait(terminal, ", read again."));
    unlink(path);
    terminal_send(terminal, GO("reload-theme"));
    assert_true(terminal_wait(terminal, "there is no such theme"));
    terminal_destroy(terminal);
    rmdir(directory);
}

/* The layouts of the configuration, one after the other; a terminal that is too small for one shows the built-in one.
 */
static void test_layouts(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "layouts");
    char line[TERMINAL_LINE_SIZE];
    (void)state;
    assert_true(terminal_wait(terminal, "─ Positions"));
    terminal_send(terminal, "L");
    assert_true(terminal_wait(terminal, "Layout left."));
    assert_true(terminal_wait_gone(terminal, "─ Positions"));
    terminal_line(terminal, 1, line);
    assert_non_null(strstr(line, "─ Watch"));
    assert_non_null(strstr(line, "─ Alerts"));
    terminal_send(terminal, TAB TAB TAB); /* orders, alerts, watchlist */
    terminal_send(terminal, GO("layout wide"));
    assert_true(terminal_wait(terminal, "Layout wide."));
    assert_true(terminal_wait(terminal, "─ Positions"));
    terminal_resize(terminal, 24, 44);
    assert_true(terminal_wait(terminal, "Too small for the layout wide"));
    assert_true(terminal_wait(terminal, "─ Alerts"));
    terminal_resize(terminal, 24, 80);
    assert_true(terminal_wait_gone(terminal, "─ Alerts"));
    terminal_send(terminal, GO("layout built-in"));
    assert_true(terminal_wait(terminal, "─ Alerts"));
    terminal_send(terminal, GO("layout nothere"));
    assert_true(terminal_wait(terminal, "There is no layout \"nothere\"."));
    terminal_destroy(terminal);
}

/* What is marked reaches the clipboard of the terminal: a row, an id, an event. */
static void test_copy(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "y");
    assert_true(terminal_wait(terminal, "Copied AAPL        300    189.01"));
    assert_non_null(raw_find(terminal, ESCAPE "]52;c;QUFQTCAgICAgICAgMzAwICAgIDE4OS4wMSAg")); /* AAPL … 189.01 */
    terminal_send(terminal, GO("orders"));
    assert_true(terminal_wait(terminal, "Orders"));
    terminal_send(terminal, "y");
    assert_true(terminal_wait(terminal, "Copied "));
    terminal_send(terminal, GO("tape") "p");
    assert_true(terminal_wait(terminal, "PAUSED"));
    terminal_send(terminal, "y");
    assert_true(terminal_wait(terminal, "Copied md."));
    terminal_destroy(terminal);

    const char *const argv[] = {"", "--child", NULL};
    const char *const environment[] = {"TERM=linux", "LC_ALL=C.UTF-8", NULL};
    terminal = terminal_start(24, 80, argv, environment);
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "y");
    assert_true(terminal_wait(terminal, "A terminal of type linux takes no copies."));
    assert_null(raw_find(terminal, "]52;"));
    terminal_destroy(terminal);
}

static void test_copy_sequence(void **state)
{
    static const struct {
        const char *term, *text, *sequence;
    } cases[] = {
        {"xterm", "a", "\033]52;c;YQ==\a"},
        {"xterm", "ab", "\033]52;c;YWI=\a"},
        {"xterm", "abc", "\033]52;c;YWJj\a"},
        {"screen-256color", "\xe2\x96\xb2", "\033]52;c;4pay\a"},
        {"tmux-256color", "a", "\033]52;c;YQ==\a\033Ptmux;\033\033]52;c;YQ==\a\033\\"},
    };
    char sequence[3 * COPY_BYTES_MAX], text[COPY_BYTES_MAX + 2];
    (void)state;
    unsetenv("TMUX");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(copy_sequence(cases[i].term, cases[i].text, sequence, sizeof sequence));
        assert_string_equal(sequence, cases[i].sequence);
    }
    assert_false(copy_sequence("vt100", "a", sequence, sizeof sequence));
    memset(text, 'x', sizeof text);
    text[COPY_BYTES_MAX] = '\0';
    assert_true(copy_sequence("tmux", text, sequence, sizeof sequence));
    text[COPY_BYTES_MAX] = 'x';
    text[COPY_BYTES_MAX + 1] = '\0';
    assert_false(copy_sequence("tmux", text, sequence, sizeof sequence));
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_terminal), cmocka_unit_test(test_cells_stand_still),
        cmocka_unit_test(test_thin_line),     cmocka_unit_test(test_synchronized_output),
        cmocka_unit_test(test_theme_changes), cmocka_unit_test(test_copy),
        cmocka_unit_test(test_layouts),       cmocka_unit_test(test_copy_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
