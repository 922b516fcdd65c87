/* The screen on terminals of many kinds and sizes: what each of them shows, and how it is given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ui/screen.h"
#include "ui/screen_test.h"

static void test_leaving_restores_the_terminal(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    assert_true(terminal->alternate);
    assert_false(terminal->cursor_visible);
    terminal_send(terminal, "q");
    assert_int_equal(terminal_wait_exit(terminal), 0);
    assert_false(terminal->alternate);
    assert_true(terminal->cursor_visible);
    assert_non_null(memmem(terminal->raw, terminal->raw_bytes, "\x1b[?1049l", 8)); /* rmcup */
    terminal_destroy(terminal);
}

static void test_resizing(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    unsigned random = 7;
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    for (int i = 0; i < 200; i++) {
        random = random * 1103515245u + 12345u;
        int rows = i % 20 == 0 ? 1 : 1 + (int)(random >> 16) % 60,
            cols = i % 20 == 0 ? 1 : 1 + (int)(random >> 8) % 210;
        terminal_resize(terminal, rows, cols);
        terminal_pump(terminal, 10);
        if (i % 10 == 0)
            terminal_send(terminal, i % 20 == 0 ? "b" : ESCAPE);
    }
    terminal_resize(terminal, 1, 1);
    terminal_pump(terminal, 100);
    terminal_send(terminal, ESCAPE);
    terminal_resize(terminal, 9, 60);
    assert_true(terminal_wait(terminal, "too small: 60x9, needs 40x12"));
    terminal_resize(terminal, 24, 80);
    assert_true(terminal_wait(terminal, "q quit"));
    screen_test_check_golden(terminal);
    terminal_destroy(terminal);
}

static void test_sizes(void **state)
{
    static const struct {
        int rows, cols;
        const char *shows[6];
    } cases[] = {
        {12, 40, {"PAPER", "● nats", "▸AAPL", "Positions", "+184.30"}},
        {36, 120, {"TREND", "TIME     SIDE SYMBOL", "Trades", "MARKET_DATA", "READERS"}},
        {60, 200, {"TREND", "AAPL NYSE", " DEAD_LETTERS ", "EXPOSURE", "LAST SEQ", "HIGH"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct terminal *terminal = screen_test_start(cases[i].rows, cases[i].cols, "");
        for (int j = 0; j < 6 && cases[i].shows[j] != NULL; j++)
            assert_true(terminal_wait(terminal, cases[i].shows[j]));
        terminal_destroy(terminal);
    }
}

/* Beside rules, boxes and marks of a cursor nothing stands at the right edge, where it would look cut off. */
static void test_right_margin(void **state)
{
    static const int sizes[][2] = {{12, 40}, {24, 80}, {36, 120}, {60, 200}, {45, 165}};
    static const char *const keys[] = {"",
                                       "vz",
                                       GO("market"),
                                       GO("instrument"),
                                       GO("ladder"),
                                       "AARM" ENTER,
                                       GO("orders") "ww",
                                       ENTER,
                                       GO("positions"),
                                       GO("risk"),
                                       GO("alerts") "w",
                                       GO("system"),
                                       GO("tape") "p",
                                       ENTER,
                                       GO("log")};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct terminal *terminal = screen_test_start(sizes[i][0], sizes[i][1], "");
        assert_true(terminal_wait(terminal, "? help"));
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            char line[TERMINAL_LINE_SIZE];
            terminal_send(terminal, keys[k]);
            for (int frames = 0; frames < 4; frames++)
                terminal_pump(terminal, 60);
            for (int row = 0; row < terminal->rows; row++) {
                VTermScreenCell cell;
                vterm_screen_get_cell(terminal->screen, (VTermPos){row, terminal->cols - 1}, &cell);
                terminal_line(terminal, row, line);
                if (cell.chars[0] != 0 && cell.chars[0] != ' ' && cell.chars[0] != 0x2500)
                    fail_msg("%dx%d after \"%s\", row %d touches the edge: %s", sizes[i][1], sizes[i][0], keys[k], row,
                             line);
            }
        }
        terminal_destroy(terminal);
    }
}

static void test_end_of_terminal(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_close(terminal);
    assert_int_equal(terminal_wait_exit(terminal), 0);
    terminal_destroy(terminal);
}

static void test_terminals_that_cannot(void **state)
{
    static const struct {
        const char *term, *says;
    } cases[] = {
        {"TERM=dumb", "A terminal of type \"dumb\" (TERM) cannot place the cursor"},
        {"TERM=no-such-terminal", "There is no terminal type \"no-such-terminal\" (TERM)"},
        {"TERM=", "TERM is not set"},
        {"TERM", "TERM is not set"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {"", "--child", NULL};
        const char *const environment[] = {cases[i].term, "LC_ALL=C.UTF-8", NULL};
        struct terminal *terminal = terminal_start(24, 80, argv, environment);
        char line[512];
        assert_true(terminal_read_back(terminal, line, sizeof line));
        assert_non_null(strstr(line, cases[i].says));
        assert_int_equal(terminal_wait_exit(terminal), ERROR_USAGE);
        terminal_destroy(terminal);
    }
}

static bool has_colour(struct terminal *terminal)
{
    for (int row = 0; row < terminal->rows; row++) {
        for (int col = 0; col < terminal->cols; col++) {
            VTermScreenCell cell;
            vterm_screen_get_cell(terminal->screen, (VTermPos){row, col}, &cell);
            if (!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) || !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg))
                return true;
        }
    }
    return false;
}

static void test_colours(void **state)
{
    static const struct {
        const char *term, *no_color;
        bool coloured;
    } cases[] = {
        {"TERM=xterm-256color", "NO_COLOR", true}, {"TERM=xterm-256color", "NO_COLOR=1", false},
        {"TERM=linux", "NO_COLOR", true},          {"TERM=xterm", "NO_COLOR", true},
        {"TERM=vt100", "NO_COLOR", false},         {"TERM=screen", "NO_COLOR", true},
        {"TERM=tmux-256color", "NO_COLOR", true},  {"TERM=screen-256color", "NO_COLOR", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {"", "--child", NULL};
        const char *const environment[] = {cases[i].term, cases[i].no_color, "LC_ALL=C.UTF-8", "COLORTERM", NULL};
        struct terminal *terminal = terminal_start(24, 80, argv, environment);
        assert_true(terminal_wait(terminal, "q quit"));
        assert_int_equal(has_colour(terminal), cases[i].coloured);
        screen_test_check_golden(terminal); /* the text is the same everywhere */
        terminal_destroy(terminal);
    }
}

/* With 24 bits a ground is exactly the theme's; without the description of such a terminal, the nearest of 256. */
static void test_direct_colour(void **state)
{
    const char *const argv[] = {"", "--child", NULL};
    const char *const environment[] = {"TERM=xterm-256color", "NO_COLOR", "LC_ALL=C.UTF-8", "COLORTERM=truecolor",
                                       NULL};
    struct terminal *terminal = terminal_start(24, 80, argv, environment);
    VTermScreenCell cell;
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    vterm_screen_get_cell(terminal->screen, (VTermPos){3, 1}, &cell);
    vterm_screen_convert_color_to_rgb(terminal->screen, &cell.bg);
    int red = cell.bg.rgb.red, green = cell.bg.rgb.green, blue = cell.bg.rgb.blue;
    bool exact = red == 0x22 && green == 0x30 && blue == 0x3f; /* the selected row */
    bool nearest = red == 0x30 && green == 0x30 && blue == 0x30;
    assert_true(exact || nearest);
    screen_test_check_golden(terminal);
    terminal_destroy(terminal);
}

static void check_ascii(struct terminal *terminal)
{
    char line[TERMINAL_LINE_SIZE];
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "b");
    assert_true(terminal_wait(terminal, "Buy AAPL"));
    for (int row = 0; row < 24; row++) {
        terminal_line(terminal, row, line);
        for (size_t i = 0; line[i] != '\0'; i++)
            assert_true((unsigned char)line[i] < 0x80);
    }
    terminal_destroy(terminal);
}

/* With --ascii, and where the locale is not of UTF-8. Without any locale the terminal is taken to be. */
static void test_ascii(void **state)
{
    static const char *const locales[][3] = {{"LC_ALL=C", "LANG"}, {"LC_ALL", "LANG=POSIX"}};
    static const char *const argv[] = {"", "--child", NULL};
    (void)state;
    check_ascii(screen_test_start(24, 80, "ascii"));
    for (size_t i = 0; i < 2; i++) {
        const char *const environment[] = {"TERM=xterm-256color", "LC_CTYPE", locales[i][0], locales[i][1], NULL};
        check_ascii(terminal_start(24, 80, argv, environment));
    }
    const char *const environment[] = {"TERM=xterm-256color", "LC_ALL", "LC_CTYPE", "LANG", "COLORTERM", NULL};
    struct terminal *terminal = terminal_start(24, 80, argv, environment);
    screen_test_check_golden(terminal);
    terminal_destroy(terminal);
}

/* What stands behind wide and combining characters stands where it belongs, and a wide one is never cut in half. */
static void test_wide_characters(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "wide");
    char line[TERMINAL_LINE_SIZE];
    VTermScreenCell cell;
    (void)state;
    assert_true(terminal_wait(terminal, "\u682a\u5f0f\u5e02\u5834 e\u0301a\u0302 end"));
    int row = terminal_find(terminal, "\u682a");
    terminal_line(terminal, row, line);
    /* The severity and the time take 19 columns, the words 8 and 1 and 2, then a blank. */
    vterm_screen_get_cell(terminal->screen, (VTermPos){row, 19 + 12}, &cell);
    assert_int_equal(cell.chars[0], 'e');
    vterm_screen_get_cell(terminal->screen, (VTermPos){row, 19 + 9}, &cell);
    assert_int_equal(cell.chars[1], 0x301);
    assert_non_null(strstr(line, "\u2026")); /* it is cut, and says so */
    for (int col = 78; col < 80; col++) {
        vterm_screen_get_cell(terminal->screen, (VTermPos){row, col}, &cell);
        assert_true(cell.chars[0] < 0x80 || cell.chars[0] == 0x2026 || cell.chars[0] == (uint32_t)-1);
    }
    terminal_destroy(terminal);
}

/* An open ticket is lost only when it was said so. */
static void test_leaving_with_a_ticket(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "b");
    assert_true(terminal_wait(terminal, "Buy AAPL"));
    terminal_send(terminal, "q");
    assert_true(terminal_wait(terminal, "An order ticket is open; it has not been sent."));
    terminal_send(terminal, ESCAPE);
    assert_true(terminal_wait_gone(terminal, "it has not been sent"));
    assert_true(terminal_wait(terminal, "Buy AAPL"));
    terminal_send(terminal, "q");
    assert_true(terminal_wait(terminal, "q again leaves"));
    terminal_send(terminal, "q");
    assert_int_equal(terminal_wait_exit(terminal), 0);
    terminal_destroy(terminal);
}

/* Neither a pipe nor a file is a terminal. */
static void test_no_terminal(void **state)
{
    struct screen_options options = {.account = "SIM-1"};
    struct screen_actions actions = {0};
    struct error error = {0};
    (void)state;
    assert_non_null(freopen("/dev/null", "r", stdin));
    assert_null(screen_create(&options, &actions, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "needs a terminal for input and output"));
}

static void test_server_away_and_broken_theme(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "away");
    (void)state;
    assert_true(terminal_wait(terminal, "SERVER AWAY"));
    assert_true(terminal_wait(terminal, "connection refused. Prices show their age; orders wait."));
    terminal_destroy(terminal);
    terminal = screen_test_start(24, 80, "theme=nothere");
    assert_true(terminal_wait(terminal, "Theme nothere: there is no such theme; using the built-in theme."));
    terminal_destroy(terminal);
}

static void test_conflated(void **state)
{
    static const int widths[] = {80, 120};
    (void)state;
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        struct terminal *terminal = screen_test_start(24, widths[i], "conflated");
        assert_true(terminal_wait(terminal, " conflated "));
        char line[TERMINAL_LINE_SIZE];
        terminal_line(terminal, 0, line);
        assert_non_null(strstr(line, " conflated "));
        terminal_send(terminal, ESCAPE "[Zz"); /* the server pane, alone */
        assert_true(terminal_wait(terminal, " lost "));
        terminal_line(terminal, 4, line); /* behind the rule and two rows of metrics */
        assert_non_null(strstr(line, "conflated "));
        assert_null(strstr(line, "lost 0"));
        terminal_destroy(terminal);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaving_restores_the_terminal),
        cmocka_unit_test(test_resizing),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_right_margin),
        cmocka_unit_test(test_end_of_terminal),
        cmocka_unit_test(test_conflated),
        cmocka_unit_test(test_terminals_that_cannot),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_direct_colour),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_wide_characters),
        cmocka_unit_test(test_leaving_with_a_ticket),
        cmocka_unit_test(test_no_terminal),
        cmocka_unit_test(test_server_away_and_broken_theme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
