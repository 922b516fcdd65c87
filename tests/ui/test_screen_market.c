/* The market screen as a person meets it: which columns there are at which width, sorting, filtering, trading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ui/screen_test.h"

/* clang-format off */
static const char *const narrow[] = {
    "─ Market ─────────────────────────────────────────────────────── 7 instruments ─",
    " SYMBOL    BIDSZ       BID       ASK  ASKSZ SPREAD   BP        LAST   CHG% AGE",
    "▸AAPL        300    189.01    189.02    200   0.01  0.5      189.02   0.00 ###",
    " GOOG        100    141.17    141.19 12,400   0.02  1.4      141.17   0.00 ###",
    " MSFT        500    402.55    402.56    100   0.01  0.2      402.56   0.00 ###",
    " TSLA        300    201.30    201.34    200   0.04  2.0      201.30   0.00 ###",
    " AMZN        700    172.80    172.81    600   0.01  0.6      172.80   0.00 20m!",
    " BTC-USD  0.8200 61,837.63 61,837.64 1.4000   0.01  0.0   61,837.64   0.00 ###",
    " ETH-USD  12.100  2,641.20  2,641.21 3.3000   0.01  0.0    2,641.20   0.00 ###",
    "",
};

static const char *const wide[] = {
    "─ Market ─────────────────────────────────────────────────────────────────────────────────────────────── 7 instruments ─",
    " SYMBOL   BIDSZ       BID       ASK  ASKSZ SPREAD   BP        LAST   CHG% AGE  TREND         VOLUME       LOW      HIGH",
    "▸AAPL       300    189.01    189.02    200   0.01  0.5      189.02   0.00 ###             ▄   1.23M    189.02    189.02",
    " GOOG       100    141.17    141.19 12,400   0.02  1.4      141.17   0.00 ###             ▄   1.23M    141.17    141.17",
    " MSFT       500    402.55    402.56    100   0.01  0.2      402.56   0.00 ###             ▄   1.23M    402.56    402.56",
    " TSLA       300    201.30    201.34    200   0.04  2.0      201.30   0.00 ###             ▄   1.23M    201.30    201.30",
    " AMZN       700    172.80    172.81    600   0.01  0.6      172.80   0.00 20m!            ▄   1.23M    172.80    172.80",
    " BTC-USD 0.8200 61,837.63 61,837.64 1.4000   0.01  0.0   61,837.64   0.00 ###             ▄   1.23M 61,837.64 61,837.64",
    " ETH-USD 12.100  2,641.20  2,641.21 3.3000   0.01  0.0    2,641.20   0.00 ###             ▄   1.23M  2,641.20  2,641.20",
    "",
};

static const char *const very_wide[] = {
    "─ Market ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── 7 instruments ─",
    " SYMBOL        EXCH      BIDSZ       BID       ASK  ASKSZ SPREAD   BP        LAST  LASTSZ   CHG% AGE    Q/S  IMB% TREND                        RANGE               VOLUME     FIRST       LOW      HIGH",
    "▸AAPL          NYSE        300    189.01    189.02    200   0.01  0.5      189.02     300   0.00 ###    ###   +20                            ▄ –                    1.23M    189.02    189.02    189.02",
    " GOOG          NYSE        100    141.17    141.19 12,400   0.02  1.4      141.17     100   0.00 ###    ###   -98                            ▄ –                    1.23M    141.18    141.17    141.17",
    " MSFT          NYSE        500    402.55    402.56    100   0.01  0.2      402.56     500   0.00 ###    ###   +67                            ▄ –                    1.23M    402.56    402.56    402.56",
    " TSLA          NASDAQ      300    201.30    201.34    200   0.04  2.0      201.30     300   0.00 ###    ###   +20                            ▄ –                    1.23M    201.32    201.30    201.30",
    " AMZN          NASDAQ      700    172.80    172.81    600   0.01  0.6      172.80     700   0.00 20m!   ###    +8                            ▄ –                    1.23M    172.80    172.80    172.80",
    " BTC-USD       CRYPTO   0.8200 61,837.63 61,837.64 1.4000   0.01  0.0   61,837.64  0.8200   0.00 ###    ###   -26                            ▄ –                    1.23M 61,837.64 61,837.64 61,837.64",
    " ETH-USD       CRYPTO   12.100  2,641.20  2,641.21 3.3000   0.01  0.0    2,641.20 12.1000   0.00 ###    ###   +57                            ▄ –                    1.23M  2,641.20  2,641.20  2,641.20",
    "",
};
/* clang-format on */

static void test_sizes(void **state)
{
    (void)state;
    struct terminal *terminal = screen_test_start(24, 80, "");
    WALK(terminal, {GO("market"), "Market"});
    screen_test_check_rows(terminal, 2, narrow, sizeof narrow / sizeof narrow[0]);
    screen_test_check_line(terminal, " AAPL on NYSE  equity in USD  tick 0.01  lot 1");
    terminal_destroy(terminal);
    terminal = screen_test_start(36, 120, "");
    WALK(terminal, {GO("market"), "Market"});
    screen_test_check_rows(terminal, 2, wide, sizeof wide / sizeof wide[0]);
    terminal_destroy(terminal);
    terminal = screen_test_start(60, 200, "");
    WALK(terminal, {GO("market"), "Market"});
    screen_test_check_rows(terminal, 2, very_wide, sizeof very_wide / sizeof very_wide[0]);
    terminal_destroy(terminal);
}

/* The cursor is on one instrument, here and on the deck; the ticket is about it. */
static void test_cursor(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "backwards");
    (void)state;
    WALK(terminal, {GO("market"), "▸AAPL"}, {"jj", "▸MSFT"}, {"b", "Buy MSFT on NYSE"},
         {ESCAPE "s", "Sell MSFT on NYSE"}, {ESCAPE "1", "Positions"}, {"", "▸MSFT"}, {"jj", "▸AMZN"},
         {"2", "AMZN on NASDAQ"}, {"G", "▸ETH-USD"}, {"jb", "Buy ETH-USD"});
    terminal_destroy(terminal);
}

static void test_sorting(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {GO("market") "j", "▸GOOG"}, {"o", "by SYMBOL, rising"}, {"G", "▸TSLA"}, {"g", "▸AAPL"},
         {"j", "▸AMZN"}, {"O", "by SYMBOL, falling"}, {"k", "▸BTC-USD"}, {"ooo", "by BID, falling"}, {"g", "▸BTC-USD"},
         {"G", "▸GOOG"}, {"/tsl" ENTER, "1 of 7 instruments"}, {"b", "Buy TSLA"}, {ESCAPE ESCAPE, " 7 instruments"},
         {"/zzz" ENTER, "Nothing matches the filter."});
    terminal_destroy(terminal);
}

/* A part of a name, or an expression; one that is broken says so and is taken as text. */
static void test_filter(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {GO("market") "/^a|usd$" ENTER, "4 of 7 instruments"}, {ESCAPE, " 7 instruments"},
         {"/(a", "No regular expression, so taken as text: Unmatched ( or"}, {"", "0 of 7 instruments"},
         {"|b)", "4 of 7 instruments"});
    assert_true(terminal_wait_gone(terminal, "No regular expression"));
    terminal_send(terminal, ENTER);
    WALK(terminal, {GO("deck") "/^(aapl|tsla)$" ENTER, "2 of 7 instruments"});
    terminal_destroy(terminal);
}

static void test_odd_quotes(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const rows[] = {
        "▸AAPL          1    250.00    251.00      –   1.00 39.9      189.02 +32.53 FAR",
        " GOOG          1    141.00    141.00      –   0.00  0.0      141.17  -0.13 LOCK",
        " MSFT          1    403.00    402.00      –  -1.00  -24      402.56  -0.01 CROS",
        " TSLA          0    201.00    202.00      –   1.00 49.6      201.30  +0.09 ONE",
    };
    /* clang-format on */
    struct terminal *terminal = screen_test_start(24, 80, "odd");
    WALK(terminal, {GO("market"), "Market"});
    screen_test_check_rows(terminal, 4, rows, sizeof rows / sizeof rows[0]);
    terminal_destroy(terminal);
}

/* Keys, columns and groups of the configuration; help, bottom line and sentences show the keys as they are. */
static void test_configured(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "configured");
    (void)state;
    WALK(terminal, {GO("market"), " F2 buy  s sell  Enter chart  w group  ! halt"}, {"", "▸AAPL      "},
         {"B", "Buy AAPL"}, {ESCAPE "w", "Market: tech"}, {"", "3 instruments, 1 without a quote"}, {"", "▸TSLA"},
         {"j" ESCAPE "OQ", "Buy AAPL"}, {ESCAPE "?", "F2 B         buy this"}, {ESCAPE "w", "Market: coins"},
         {"w", " 7 instruments"});
    screen_test_check_line(terminal, " SYMBOL                                             ASK       BID AGE  EXCH");
    WALK(terminal, {GO("orders") "c", "2 open"}, {"K", "K again cancels it"}, {"K", "cancelling"}, {"B", "2 open"},
         {"H!", "Type HALT"}, {ESCAPE GO("deck") "b", "Watch"}, {"B", "Buy "}, {"q", "Buy "},
         {"\x18", "Ctrl-X again leaves"}, {ESCAPE ESCAPE "?", "F2 B"});
    terminal_destroy(terminal);
}

/* The command line completes arguments too. */
static void test_arguments(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "configured");
    (void)state;
    WALK(terminal, {":mar" TAB TAB, ":market _  AAPL"}, {"t" TAB, ":market TSLA_"}, {ENTER, "▸TSLA"},
         {":group" TAB TAB "t" TAB, ":group tech_"}, {ENTER, "Market: tech"}, {":group nothing", "none begins so"},
         {ENTER, "There is no group \"nothing\"."}, {":group all" ENTER, " 7 instruments"},
         {":sort ch" TAB, ":sort chg%_"}, {ENTER, "by CHG%, rising"}, {":sort trend" ENTER, "cannot be sorted by"},
         {",", ":columns symbol,ask,bid,age,exch_"}, {",vo" TAB, "exch,volume_"}, {ENTER, "EXCH      VOLUME"},
         {":columns bid,bid" ENTER, "The columns stay as they are: the column \"bid\" stands twice."},
         {":columns all" ENTER, "BIDSZ"}, {":buy msft 250" ENTER, "Buy MSFT on NYSE"}, {"", "quantity   250"},
         {ESCAPE ":filter eth" TAB, ":filter ETH-USD_"}, {ENTER, "/ETH-USD_"});
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),     cmocka_unit_test(test_odd_quotes), cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_sorting),   cmocka_unit_test(test_filter),     cmocka_unit_test(test_configured),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
