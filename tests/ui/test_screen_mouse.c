/* The mouse as a person uses it: reports in, cells and requests out. Rows and columns count from 1 in reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ui/screen_test.h"

#define CLICK(row, col)      ESCAPE "[<0;" #col ";" #row "M" ESCAPE "[<0;" #col ";" #row "m"
#define WHEEL_UP(row, col)   ESCAPE "[<64;" #col ";" #row "M"
#define WHEEL_DOWN(row, col) ESCAPE "[<65;" #col ";" #row "M"

static void test_deck(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "mouse");
    (void)state;
    WALK(terminal, {"", "? help"}, {CLICK(5, 10), "▸GOOG"}, {WHEEL_DOWN(5, 10), "▸AMZN"}, {WHEEL_UP(5, 10), "▸GOOG"},
         {CLICK(14, 5), "▸AMZN "},             /* in the positions */
         {CLICK(24, 3), "Buy AMZN on NASDAQ"}, /* the first key of the bottom line */
         {CLICK(5, 10), "Buy AMZN on NASDAQ"}, /* below a dialogue nothing is meant */
         {ESCAPE, "▸AMZN "}, {"M", "The mouse is the terminal's"}, {CLICK(4, 10) "M", "The mouse is the deck's"},
         {CLICK(4, 10), "▸AAPL"});
    terminal_destroy(terminal);
}

static void test_screens_and_columns(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "mouse");
    (void)state;
    WALK(terminal, {GO("market"), "Market"}, {CLICK(4, 3), "by SYMBOL, rising"}, {CLICK(4, 3), "by SYMBOL, falling"},
         {CLICK(8, 3), "▸ETH-USD"}, {CLICK(2, 2), "Watch"});
    terminal_destroy(terminal);
}

static void test_garbage(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "mouse");
    (void)state;
    WALK(terminal, {"", "? help"},
         {ESCAPE "[<0;99999;99999M" ESCAPE "[<;;M" ESCAPE "[<0;1" ESCAPE "[<b" ESCAPE "[M  q", "Watch"},
         {"j", "▸GOOG"});
    terminal_destroy(terminal);
}

static void test_ladder(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "mouse");
    (void)state;
    /* Row 16 is 188.99; left of the price stand the bids. */
    WALK(terminal, {GO("ladder"), "AAPL on NYSE"}, {CLICK(17, 15), "▸   500    188.99"}, {CLICK(17, 35), "188.99  ▸"},
         {CLICK(17, 35), "Sell AAPL on NYSE"}, {ESCAPE, "Not armed"}, {CLICK(4, 72), "[500]"},
         {WHEEL_UP(17, 15), "189.12"}, {" ", "189.01"}, {"AARM" ENTER, " ARMED  PAPER "},
         {CLICK(16, 15), "▸   400    189.00"});
    terminal_send(terminal, CLICK(16, 15));
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_NEW);
    assert_int_equal(event.request.side, SIDE_BUY);
    assert_true(event.request.limit_price == INT64_C(189000000000));
    assert_true(event.request.quantity == 500 * QUANTITY_ONE);
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deck),
        cmocka_unit_test(test_screens_and_columns),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_ladder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
