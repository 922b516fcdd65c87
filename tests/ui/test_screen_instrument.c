/* The instrument screen as a person meets it: its chart, its trades and what is ours; keys in, cells out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ui/screen_test.h"

/* clang-format off */
static const char *const narrow[] = {
    "─ AAPL  NYSE, equity in USD ───────────────────────────────────────────── open ─",
    " SYMBOL    BIDSZ       BID       ASK  ASKSZ SPREAD   BP        LAST   CHG% AGE",
    " AAPL        300    189.01    189.02    200   0.01  0.5    ▲ 189.02  +0.45 ###",
    "─ Chart ──── 1 s line of trades since 14:25:59 ─ ─ Trades ─────────────── AAPL ─",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⡔⢢┈⢀⡠⠤⠤⠤⠤⠤  189.02   TIME           PRICE     SIZE",
    "                          ⢀⡀⡖⠁⠘⠒⠜                 14:30:05 ▲    189.02      300",
    "                       ⢀⡸⠦⠃⠈                      14:29:56 ▼    189.02      100",
    "                      ⡤⠜                          14:29:55 ▲    189.02      100",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⡰⢢⠇┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.80   14:29:53 ▼    189.00      100",
    "  ⢠⢄               ⣀⠇                             14:29:52 ▲    188.96      100",
    " ⠒⠁⠈⠒⡄          ⣀⡸⠉                               14:29:50 ▼    188.98      100",
    "     ⠑⠊⠦⣸⠱⡀    ⢰⠁                                 14:29:49 ▲    188.98      100",
    " ┈┈┈┈┈┈┈⠁┈⠉⠉⠉⠦⠋⠁┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.60   14:29:47 ▼    189.03      100",
    "                                      █     300   14:29:46 ▲    189.02      100",
    "  █  █  █  █  █  █  █  █  █  █  █     █           14:29:44 ▼    188.98      100",
    " ██████████████████████████████████   █           14:29:43 ▲    188.94      100",
    "      ╵14:29:00      ╵14:29:30              UTC   14:29:41 ▼    188.95      100",
    "─ Ours  1 order ──── +380 at 188.530  unrealized ▲ +184.30  realized ▲ +840.00 ─",
    " 14:30:05 buy  200 at 188.95 day    80 of 200 filled",
    "",
    "",
    " b buy  s sell  p period  t candles  z zoom  w depth  Down instrument  ? help",
};

static const char *const wide[] = {
    "─ AAPL  NYSE, equity in USD ───────────────────────────────────────────────────────────────────────────────────── open ─",
    " SYMBOL   BIDSZ       BID       ASK  ASKSZ SPREAD   BP        LAST   CHG% AGE  TREND         VOLUME       LOW      HIGH",
    " AAPL       300    189.01    189.02    200   0.01  0.5    ▲ 189.02  +0.45 ###   ▃▃▂▁▁▃▅▆▇▇▇   1.57M    188.11    189.03",
    "─ Chart ──────────────────────────────────────────── 1 s line of trades since 14:25:59 ─ ─ Trades ─────────────── AAPL ─",
    "                                                                     ⢀⡀                   TIME           PRICE     SIZE",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⡇⢸┈⢀⡸⠉⠉⠉⠉⠉  189.02   14:30:05 ▲    189.02      300",
    "                                                                    ⡖⠁⠘⠒⣼                 14:29:56 ▼    189.02      100",
    "                                                                ⢀ ⢰⢢⠇   ⠁                 14:29:55 ▲    189.02      100",
    "                                                                ⢸⣇⠇                       14:29:53 ▼    189.00      100",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⢰⠊┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.90   14:29:52 ▲    188.96      100",
    "                                                              ⡤⠜                          14:29:50 ▼    188.98      100",
    "                                                              ⡇                           14:29:49 ▲    188.98      100",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⢰⢢┈┈┈┈⢠⢄┈┈┈┈┈┈⡤⡀┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⡜⠱⠃┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.80   14:29:47 ▼    189.03      100",
    "                  ⡇⠸⠋⢆ ⣀⠎⠸⡀⢠⢄   ⡇⠑⢢    ⣦                    ⡇                             14:29:46 ▲    189.02      100",
    "            ⣦⢀⠤⡀⢠⠤⠃  ⠸⠔⠁  ⠓⠜⢸ ⢰⠒⠁ ⠘⠒⡄ ⡤⠛⢢ ⡰⢢             ⢀⣀⠤⠃                             14:29:44 ▼    188.98      100",
    " ┈┈┈┈┈┈┈┈┈⢠⠒⠙⠊┈⠧⠜┈┈┈┈┈┈┈┈┈┈┈┈⠓⠜┈┈┈┈┈⣧⢄⡇┈⠸⠤⠃⠘⠤⡀┈┈┈┈┈┈┈┈┈┈┈⢸┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.70   14:29:43 ▲    188.94      100",
    "         ⢠⠜                         ⠋⠘⠁      ⡇⢀ ⢀⡀      ⡤⠊                               ─ Depth ─────────── ### s ago ─",
    "    ⢀    ⢸                                   ⠈⠁⣇⢸⢸     ⢠⠃                                       PRICE     SIZE",
    " ┈┈⢠⠜⠧⡀⢠⣀⠇┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⠟┈⠧⠤⠤⡀⡠⠜┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.60        189.06      800 ▬▬▬▬▬▬▬▬",
    "   ⡜  ⠱⠜                                             ⠧⠃                                        189.05      650 ▬▬▬▬▬▬",
    "  ⡏                                                                                            189.04      500 ▬▬▬▬▬",
    " ⢀⠇                                                                                            189.03      350 ▬▬▬",
    " ⠁┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.50        189.02      200 ▬▬",
    "                                                                              █     300        189.01      300 ▬▬▬",
    "   ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂  ▂     █                189.00      400 ▬▬▬▬",
    "   █  █  █  █  █  █  █  █  █  █  █  █  █  █  █  █  █  █  █  █  █  █  █  █     █                188.99      500 ▬▬▬▬▬",
    " ▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅█▅▅   █                188.98      600 ▬▬▬▬▬▬",
    " ██████████████████████████████████████████████████████████████████████████   █                188.97      700 ▬▬▬▬▬▬▬",
    " ╵14:27:30      ╵14:28:00      ╵14:28:30      ╵14:29:00      ╵14:29:30              UTC",
    "─ Ours  1 order ──────────────────────────────────────────── +380 at 188.530  unrealized ▲ +184.30  realized ▲ +840.00 ─",
    " 14:30:05 buy  200 at 188.95 day    80 of 200 filled",
    "",
    "",
    " b buy  s sell  p period  t candles  z zoom  w depth  Down instrument  Left crosshair  H halt  1-9 screen  ? help",
};

static const char *const very_wide[] = {
    "─ AAPL  NYSE, equity in USD ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── open ─",
    " SYMBOL        EXCH      BIDSZ       BID       ASK  ASKSZ SPREAD   BP        LAST  LASTSZ   CHG% AGE    Q/S  IMB% TREND                        RANGE               VOLUME     FIRST       LOW      HIGH",
    " AAPL          NYSE        300    189.01    189.02    200   0.01  0.5    ▲ 189.02     300  +0.45 ###    ###   +20  ▃▂▃▂▃▃▂▁▂▁▁▁▁▂▃▄▅▅▆▆▇▇▆▇▇▇▇ ────────────────●    1.57M    188.16    188.11    189.03",
    "─ Chart ──────────────────────────────────────────────────────────────────────────────────────────── 1 s line of trades since 14:25:59 ─ ─ Depth ─────────── ### s ago ─ ─ Trades ─────────────── AAPL ─",
    "                                                                                                                                                PRICE     SIZE            TIME           PRICE     SIZE",
    "                                                                                                                     ⢀⡀                        189.06      800 ▬▬▬▬▬▬▬▬   14:30:05 ▲    189.02      300",
    "                                                                                                                     ⡎⢸  ⢰⠒⠒⠒⠒⠒  189.02        189.05      650 ▬▬▬▬▬▬     14:29:56 ▼    189.02      100",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⡇⢸┈⢸⠁┈┈┈┈┈  189.00        189.04      500 ▬▬▬▬▬      14:29:55 ▲    189.02      100",
    "                                                                                                                    ⡏ ⠈⠉⡾                      189.03      350 ▬▬▬        14:29:53 ▼    189.00      100",
    "                                                                                                                ⢀ ⢰⢢⠇                          189.02      200 ▬▬         14:29:52 ▲    188.96      100",
    "                                                                                                                ⢸⡇⡇                            189.01      300 ▬▬▬        14:29:50 ▼    188.98      100",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⢀⡸⠉┈┈┈┈┈┈┈┈┈┈┈┈┈  188.90        189.00      400 ▬▬▬▬       14:29:49 ▲    188.98      100",
    "                                                                                                               ⢸                               188.99      500 ▬▬▬▬▬      14:29:47 ▼    189.03      100",
    "                                                                                                              ⡤⠜                               188.98      600 ▬▬▬▬▬▬     14:29:46 ▲    189.02      100",
    "                                                                                                              ⡇                                188.97      700 ▬▬▬▬▬▬▬    14:29:44 ▼    188.98      100",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⢠⢄┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⢰⢢⡇┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.80                                   14:29:43 ▲    188.94      100",
    "                                                                  ⡜⢸⡤⡀  ⢸⢱      ⡏⢆                          ⡇⠈                                                            14:29:41 ▼    188.95      100",
    "                                                                  ⡇⠘⠁⢣ ⣀⠇⠘⡄⢰⢢   ⡇⠈⢱    ⣷                    ⡇                                                             14:29:40 ▲    188.93      100",
    "                                                            ⣦ ⡤⡀⢠⠤⠃  ⠸⠔⠁  ⠓⠜⢸ ⢰⠒⠁ ⠘⠒⡄ ⡤⠛⢢ ⢰⢢               ⡤⠃                                                             14:29:38 ▼    188.91      100",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⢀⠤⠻⠜┈⣇⡸┈┈┈┈┈┈┈┈┈┈┈⠈⠦⡸┈┈┈┈┈⣇⡀⡇┈⢸⣀⠇⠸⣀┈┈┈┈┈┈┈┈┈┈┈┈⢸⠉┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.70                                   14:29:37 ▲    188.94      100",
    "                                                          ⢸                         ⡿⢸⠇      ⡇           ⡸                                                                14:29:35 ▼    188.89      100",
    "                                                         ⢰⠊                                  ⢇⢠⡀⢠⢄      ⡖⠁                                                                14:29:34 ▲    188.85      100",
    "                                                    ⢀    ⢸                                   ⠈⠁⣇⢸⢸     ⢠⠃                                                                 14:29:32 ▼    188.85      100",
    "                                                   ⢀⡸⣇ ⢀ ⡎                                      ⡿ ⣇⣀⣀ ⢀⡸                                                                  14:29:31 ▲    188.79      100",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⢸┈┈⢇⢸⠉┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⡇⡇┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.60                                   14:29:29 ▼    188.81      100",
    "                                                  ⣀⠇  ⠈⠁                                             ⠉                                   ─ Day ────────── as seen here ─  14:29:28 ▲    188.79      100",
    "                                                  ⡇                                                                                       first (UTC day)       188.165   14:29:26 ▼    188.73      100",
    "                                               ⡤⡀ ⡇                                                                                       high                   189.03   14:29:25 ▲    188.72      100",
    " ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⢰⠒⠁⡷⠊┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  188.50   low                    188.11   14:29:23 ▼    188.72      100",
    "                                             ⢸                                                                                            last                   189.02   14:29:22 ▲    188.68      100",
};

static const char *const plain[] = {
    "- AAPL  NYSE, equity in USD --------------------------------------------- open -",
    " SYMBOL    BIDSZ       BID       ASK  ASKSZ SPREAD   BP        LAST   CHG% AGE",
    " AAPL        300    189.01    189.02    200   0.01  0.5    ^ 189.02  +0.45 ###",
    "- Chart -- 1 min candles of trades since 14:25 - - Trades --------------- AAPL -",
    " ....................................OO  189.02   TIME           PRICE     SIZE",
    "                                     O            14:30:05 ^    189.02      300",
    "                                   ||O            14:29:56 v    189.02      100",
    "                                   O#O            14:29:55 ^    189.02      100",
    "                                   O |            14:29:53 v    189.00      100",
    " ..................................O...  188.50   14:29:52 ^    188.96      100",
    "                                  |O              14:29:50 v    188.98      100",
    "                                 OO               14:29:49 ^    188.98      100",
    "                                  O               14:29:47 v    189.03      100",
    "                                  ###=    4,000   14:29:46 ^    189.02      100",
    "                                  ####            14:29:44 v    188.98      100",
    "                                  ####_           14:29:43 ^    188.94      100",
    "        |14:00         |14:15               UTC   14:29:41 v    188.95      100",
};
/* clang-format on */

#define CHECK(terminal, rows) screen_test_check_rows(terminal, 2, rows, (int)(sizeof(rows) / sizeof((rows)[0])))

static void test_sizes(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "past");
    (void)state;
    WALK(terminal, {GO("instrument"), "Trades"});
    CHECK(terminal, narrow);
    terminal_destroy(terminal);
    terminal = screen_test_start(36, 120, "past");
    WALK(terminal, {GO("instrument"), "Trades"});
    CHECK(terminal, wide);
    terminal_destroy(terminal);
    terminal = screen_test_start(60, 200, "past");
    WALK(terminal, {GO("instrument"), "Trades"});
    CHECK(terminal, very_wide);
    terminal_destroy(terminal);
}

static void test_ascii(void **state)
{
    static const char *const argv[] = {"", "--child", "past", "ascii", NULL};
    static const char *const environment[] = {"TERM=xterm-256color", "LC_ALL=C.UTF-8", "COLORTERM", "NO_COLOR", NULL};
    struct terminal *terminal = terminal_start(24, 80, argv, environment);
    (void)state;
    WALK(terminal, {GO("instrument"), "Trades"}, {"tpp", "1 min candles of trades"});
    CHECK(terminal, plain);
    terminal_destroy(terminal);
}

static void test_chart_keys(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "past");
    (void)state;
    WALK(terminal, {GO("instrument") "p", "5 s line of trades"}, {"t", "5 s candles of trades"},
         {"ppz", "5 min candles"}, {"PPP", "1 s candles"}, {"P", "1 day candles"}, {"p", "1 s candles"},
         {"h", "14:30:05  open 189.02  high 189.02  low 189.02  close 189.02  volume 300"},
         {"h", "14:30:04  no trades"}, {"hhhhhhh", "14:29:57  no trades"}, {"h", "14:29:56  open 189.02"},
         {"l", "14:29:57  no trades"}, {ESCAPE, "1 s candles of trades"}, {"g", "1 s candles of trades to 14:26:"},
         {ESCAPE "[6~", "to 14:26:31"}, {"G", "14:30:00"}, {ESCAPE "[5~h", "14:29:51  no trades"},
         {ESCAPE, "1 s candles of trades"}, {ESCAPE, "Positions"});
    terminal_destroy(terminal);
}

/* The watched instrument is the same on all screens. */
static void test_other_instruments(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "past");
    (void)state;
    WALK(terminal, {GO("instrument") "]", "GOOG  NYSE"}, {"j", "MSFT  NYSE"}, {"[", "GOOG  NYSE"},
         {":instrument btc" ENTER, "BTC-USD  CRYPTO, crypto in USD"}, {"1", "▸BTC-USD"},
         {":inst amzn@nasdaq" ENTER, "AMZN  NASDAQ"}, {"", "STALE"}, {":inst none" ENTER, "No quote of an instrument"},
         {"s", "Sell AMZN on NASDAQ"});
    terminal_destroy(terminal);
}

static void test_beside(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "past");
    (void)state;
    WALK(terminal, {GO("instrument"), "Trades"}, {"w", "Depth"}, {"", "189.06      800 ▬▬▬▬▬▬▬▬"}, {"w", "Trades"},
         {"w", "Depth"}, {"]", "No depth was published yet."});
    terminal_destroy(terminal);
}

/* Without trades the chart is of mids, and has no volume. */
static void test_mids(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "conflated");
    (void)state;
    WALK(terminal, {"", "8 instruments"}, {":instrument MSFT@NASDAQ" ENTER, "MSFT  NASDAQ"}, {"", "1 s line of mids"});
    terminal_destroy(terminal);
}

/* What is on the tape from before the screen began is read when the instrument is looked at. */
static void test_past(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "tape");
    (void)state;
    WALK(terminal, {GO("instrument"), "1 s line of trades since 14:27:05"}, {"pp", "1 min line of trades since 14:27"},
         {"]", "GOOG"}, {"", "since 14:27"});
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),      cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_chart_keys), cmocka_unit_test(test_other_instruments),
        cmocka_unit_test(test_beside),     cmocka_unit_test(test_past),
        cmocka_unit_test(test_mids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
