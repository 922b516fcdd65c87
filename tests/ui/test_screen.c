/* The deck as a person meets it: what stands where, and looking around in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ui/keys.h"
#include "ui/screen_test.h"

static void test_deck(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    char bar[TERMINAL_LINE_SIZE];
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    screen_test_check_golden(terminal);
    terminal_line(terminal, 0, bar);
    assert_non_null(strstr(bar, " TAPEDECK  PAPER  SIM-1  day ▲ +1,284.52"));
    assert_non_null(strstr(bar, "● nats"));
    assert_non_null(strstr(bar, "14:30:05 UTC"));
    terminal_destroy(terminal);
}

/* The cursor is not where the first quote happened to come from. */
static void test_cursor_starts_at_the_top(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "backwards");
    (void)state;
    assert_true(terminal_wait(terminal, "2 not acknowledged"));
    assert_true(terminal_wait(terminal, "▸AAPL"));
    terminal_send(terminal, "j");
    assert_true(terminal_wait(terminal, "▸GOOG"));
    terminal_destroy(terminal);
}

static void test_filter(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "/tSl");
    assert_true(terminal_wait(terminal, "1 of 7 instruments"));
    assert_true(terminal_wait(terminal, "▸TSLA"));
    terminal_send(terminal, ENTER "b");
    assert_true(terminal_wait(terminal, "Buy TSLA on NASDAQ"));
    terminal_send(terminal, ESCAPE);
    assert_true(terminal_wait_gone(terminal, "Buy TSLA"));
    terminal_send(terminal, ESCAPE);
    assert_true(terminal_wait(terminal, " 7 instruments"));
    assert_true(terminal_wait(terminal, "▸TSLA")); /* the cursor stays with it */
    terminal_send(terminal, "/zzz");
    assert_true(terminal_wait(terminal, "No instrument matches the filter."));
    terminal_destroy(terminal);
}

static void test_moving(void **state)
{
    static const struct {
        const char *keys, *shows;
    } steps[] = {
        {"j", "▸GOOG"},  {ESCAPE "[B", "▸MSFT"},     {"k", "▸GOOG"},          {"G", "▸ETH-USD"},
        {"g", "▸AAPL"},  {ESCAPE "[6~", "▸ETH-USD"}, {ESCAPE "[5~", "▸AAPL"}, {TAB, "▸AAPL"},
        {"j", "▸AMZN "}, {"v", "MARKET_DATA"},       {"v", "Alerts"},         {ESCAPE "[Zz", "nats-server 2.9.10"},
    };
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        terminal_send(terminal, steps[i].keys);
        assert_true(terminal_wait(terminal, steps[i].shows));
    }
    assert_true(terminal_wait_gone(terminal, "SYMBOL")); /* zoomed */
    assert_true(terminal_wait(terminal, "leases box:4711 checks risk   other:4711 exchange   box:12 feed-sim"));
    terminal_send(terminal, ESCAPE);
    assert_true(terminal_wait(terminal, "SYMBOL"));
    terminal_destroy(terminal);
}

/* Each binding's label and help stand on one line; those of other screens do not stand there. */
static void test_help_lists_every_key(void **state)
{
    struct terminal *terminal = screen_test_start(76, 80, "");
    size_t count;
    const struct key_binding *table = keys_table(&count);
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "?");
    assert_true(terminal_wait(terminal, "Order ticket, confirming"));
    for (size_t i = 0; i < count; i++) {
        char entry[80];
        snprintf(entry, sizeof entry, "%-12s %s", table[i].label, table[i].help);
        bool here = (table[i].where & (WHERE_WATCH | WHERE_DIALOGUES)) != 0;
        if (here && !terminal_wait(terminal, entry))
            fail_msg("the help does not show \"%s\"", entry);
        assert_true(strlen(table[i].help) <= 24); /* two columns fit into 80 */
    }
    terminal_send(terminal, "?");
    assert_true(terminal_wait_gone(terminal, "Order ticket"));
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deck),   cmocka_unit_test(test_cursor_starts_at_the_top), cmocka_unit_test(test_filter),
        cmocka_unit_test(test_moving), cmocka_unit_test(test_help_lists_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
