/* Fewer bytes for colours and attributes: cases, and random streams that two terminals show alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vterm.h>

#include "feed/prng.h"
#include "ui/sgr.h"

enum { ROWS = 6, COLS = 24, STREAMS = 3000, PIECES = 120, STREAM_SIZE = PIECES * 40 };

static void test_cases(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"plain", "plain"},
        /* What is set already is not set again. */
        {"\033[38;5;1ma\033[38;5;1mb", "\033[38;5;1mab"},
        {"\033[48;2;1;2;3ma\033[48;2;1;2;3mb", "\033[48;2;1;2;3mab"},
        {"\033[31ma\033[31mb\033[41mc\033[41md", "\033[31mab\033[41mcd"},
        {"\033[31ma\033[1mb\033[31mc", "\033[31ma\033[1mbc"},
        {"\033[31;42ma\033[31;42mb", "\033[31;42mab"},
        {"\033(Ba\033(Bb", "\033(Bab"},
        /* Several become one. */
        {"\033[38;5;1m\033[48;5;2ma\033[38;5;3m\033[48;5;2mb", "\033[38;5;1;48;5;2ma\033[38;5;3mb"},
        {"\033(B\033[0;1m\033[38;2;1;2;3m\033[48;2;4;5;6ma", "\033(B\033[0;1;38;2;1;2;3;48;2;4;5;6ma"},
        /* Another colour, then the first again. */
        {"\033[31ma\033[32mb\033[31mc", "\033[31ma\033[32mb\033[31mc"},
        {"\033[31ma\033[32m\033[31mb", "\033[31mab"},
        {"\033[31ma\033[91mb\033[31mc", "\033[31ma\033[91mb\033[31mc"},
        {"\033[31ma\033[39;49mb", "\033[31ma\033[39;49mb"},
        /* A reset, where it is shorter than what it changes; where a terminal has many colours, one by one. */
        {"\033[mx\033[31ma\033[mb", "\033[mx\033[31ma\033[mb"},
        {"\033[m\033[1;38;5;9ma\033[m\033[38;5;9mb", "\033[0;1;38;5;9ma\033[22mb"},
        {"\033[m\033[1;31ma\033[m\033[31mb", "\033[0;1;31ma\033[0;31mb"},
        {"\033[m\033[7ma\033[27mb", "\033[0;7ma\033[27mb"},
        {"\033[0;1;2ma\033[0;2mb", "\033[0;1;2ma\033[0;2mb"},
        /* A space shows what is behind it, and no more. */
        {"\033[0;48;5;2m\033[38;5;1ma\033[38;5;3m b\033[38;5;4m \033[38;5;3mc",
         "\033[0;38;5;1;48;5;2ma \033[38;5;3mb c"},
        {"\033[0;48;5;2ma\033[48;5;3m b", "\033[0;48;5;2ma\033[48;5;3m b"},
        {"\033[0;4ma\033[31m b", "\033[0;4ma\033[31m b"},
        {"\033[31ma\033[32m b", "\033[31ma\033[32m b"}, /* nothing is known of the background */
        /* At the end it is as curses believes. */
        {"\033[0;31ma\033[32m", "\033[0;31ma\033[32m"},
        {"\033[0;31ma\033[32m\033[2;3H", "\033[0;31ma\033[2;3H\033[32m"},
        /* Where the cursor stands is no matter of the pen, what is erased is. */
        {"\033[2J\033[31ma\033[3;4H\033[31mb", "\033[2J\033[31ma\033[3;4Hb"},
        {"\033[0;41ma\033[42m\033[K", "\033[0;41ma\033[42m\033[K"},
        /* What is not understood stays, and nothing is known behind it. */
        {"\033[31ma\033[9m\033[31mb", "\033[31ma\033[9m\033[31mb"},
        {"\033[31ma\033[38:5:1m\033[31mb", "\033[31ma\033[38:5:1m\033[31mb"},
        {"\033[31ma\033[38;5m\033[31mb", "\033[31ma\033[38;5m\033[31mb"},
        {"\033[31ma\033[58;5;1m\033[31mb", "\033[31ma\033[58;5;1m\033[31mb"},
        {"\033[31ma\033]0;title\007\033[31mb", "\033[31ma\033]0;title\007\033[31mb"},
        {"\033[38;5;1", "\033[38;5;1"},
        {"\033[\033[31m\033", "\033[\033[31m\033"},
        {"\033", "\033"},
        {"\033[", "\033["},
        {"\033(", "\033("},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char bytes[160];
        strcpy(bytes, cases[i].before);
        bytes[sgr_squeeze(bytes, strlen(bytes))] = '\0';
        assert_string_equal(bytes, cases[i].after);
    }
}

/* What curses writes, and what it might. */
static size_t add_piece(struct prng *prng, char *out)
{
    static const char *const PIECES_OF[] = {
        "\033[0m",  "\033[m",    "\033[1m",          "\033[0;1m",        "\033[2m",         "\033[4m",   "\033[7m",
        "\033[27m", "\033[24m",  "\033[22m",         "\033[0;7;4m",      "\033[39;49m",     "\033[31m",  "\033[41m",
        "\033[95m", "\033[103m", "\033[38;5;200m",   "\033[48;5;201m",   "\033[5;1H",       "\033[2;3H", "\r",
        "\033[K",   "\033[3X",   "\033[38;2;1;2;3m", "\033[48;2;9;8;7m", "\033[0;1;31;42m", "\033(B",    "\n",
        "\033[4C",  "\033[9m",   "\033[29m",         "\033[23m",         "\033[3m",         "\033[5m",   "\033[25m",
    };
    enum { KINDS = sizeof PIECES_OF / sizeof PIECES_OF[0] };
    uint32_t kind = prng_below(prng, 2 * KINDS);
    if (kind < KINDS)
        return (size_t)sprintf(out, "%s", PIECES_OF[kind]);
    if (kind < KINDS + KINDS / 2)
        return (size_t)sprintf(out, "%*s", (int)(1 + prng_below(prng, 4)), "");
    return (size_t)sprintf(out, "%c%c", 'a' + (int)prng_below(prng, 26), 'A' + (int)prng_below(prng, 26));
}

static VTermScreen *show(VTerm **vterm, const char *bytes, size_t count)
{
    *vterm = vterm_new(ROWS, COLS);
    VTermScreen *screen = vterm_obtain_screen(*vterm);
    vterm_screen_reset(screen, 1);
    vterm_input_write(*vterm, bytes, count);
    vterm_input_write(*vterm, "END", 3);
    vterm_screen_flush_damage(screen);
    return screen;
}

static void assert_same_cell(const VTermScreenCell *a, const VTermScreenCell *b)
{
    uint32_t left = a->chars[0] == 0 ? ' ' : a->chars[0], right = b->chars[0] == 0 ? ' ' : b->chars[0];
    assert_int_equal(left, right);
    assert_true(vterm_color_is_equal(&a->bg, &b->bg));
    assert_int_equal(a->attrs.reverse, b->attrs.reverse);
    assert_int_equal(a->attrs.underline, b->attrs.underline);
    if (left == ' ' && a->attrs.reverse == 0 && a->attrs.underline == 0)
        return;
    assert_true(vterm_color_is_equal(&a->fg, &b->fg));
    assert_int_equal(a->attrs.bold, b->attrs.bold);
    assert_int_equal(a->attrs.italic, b->attrs.italic);
    assert_int_equal(a->attrs.blink, b->attrs.blink);
    assert_int_equal(a->attrs.strike, b->attrs.strike);
}

static void test_terminals_show_the_same(void **state)
{
    struct prng prng;
    (void)state;
    prng_init(&prng, 1, 0, 0);
    size_t before = 0, after = 0;
    for (int i = 0; i < STREAMS; i++) {
        char bytes[STREAM_SIZE], squeezed[STREAM_SIZE];
        size_t count = 0;
        for (int k = 0; k < PIECES; k++)
            count += add_piece(&prng, bytes + count);
        memcpy(squeezed, bytes, count);
        size_t left = sgr_squeeze(squeezed, count);
        VTerm *vterms[2];
        VTermScreen *was = show(&vterms[0], bytes, count), *is = show(&vterms[1], squeezed, left);
        for (int at = 0; at < ROWS * COLS; at++) {
            const VTermPos place = {.row = at / COLS, .col = at % COLS};
            VTermScreenCell cells[2];
            vterm_screen_get_cell(was, place, &cells[0]);
            vterm_screen_get_cell(is, place, &cells[1]);
            assert_same_cell(&cells[0], &cells[1]);
        }
        vterm_free(vterms[0]);
        vterm_free(vterms[1]);
        before += count;
        after += left;
    }
    assert_true(after < before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_terminals_show_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
