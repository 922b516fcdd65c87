/* The ladder as a person meets it: what stands where, and what its keys send, armed and not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/text.h"
#include "ui/screen_test.h"

#define CENTS(x) ((int64_t)(x)*10000000)
#define LOTS(x)  ((int64_t)(x)*QUANTITY_ONE)

/* clang-format off */
/* From the third row on. */
static const char *const golden_80x24[] = {
    "─ AAPL on NYSE ─────────────────────────────────────────────────── depth ### s ─",
    " +380 @ 188.530  ▲ +184.30 open  ▲ +840.00 taken      qty 10 50 [100] 500 1,000",
    " Not armed: b, s and Enter open the ticket. A arms one-key trading.",
    "   OURS    BIDS     PRICE     ASKS   OURS QUEUE est     LAST VOLUME",
    "                   189.09",
    "                   189.08",
    "                   189.07",
    "                   189.06      800",
    "                   189.05      650",
    "                   189.04      500",
    "                   189.03      350",
    "                   189.02      200                     ▲ 300 ███████████    300",
    "        ▸   300    189.01",
    "            400    189.00",
    "            500    188.99",
    "            600    188.98",
    "            700    188.97",
    "                   188.96",
    "    120            188.95                      ~400",
    "                   188.94",
    " ~ what was shown when placed, less what traded   @ average   * due   ? UNKNOWN",
    " b buy  s sell  c cancel  m move  Enter ticket  A arm  Space centre  ? help",
};

static const char *const golden_120x36[] = {
    "─ AAPL on NYSE ─────────────────────────────────────────────────── depth ### s ─ ─ Trades ─────────────────────── AAPL ─",
    " +380 @ 188.530  ▲ +184.30 open  ▲ +840.00 taken      qty 10 50 [100] 500 1,000   TIME                   PRICE     SIZE",
    " Not armed: b, s and Enter open the ticket. A arms one-key trading.               14:30:05 ▲            189.02      300",
    "   OURS    BIDS     PRICE     ASKS   OURS QUEUE est     LAST VOLUME",
    "                   189.15",
    "                   189.14",
    "                   189.13",
    "                   189.12",
    "                   189.11",
    "                   189.10",
    "                   189.09",
    "                   189.08",
    "                   189.07",
    "                   189.06      800",
    "                   189.05      650",
    "                   189.04      500",
    "                   189.03      350                                               ─ Orders ────────────────── 2 working ─",
    "                   189.02      200                     ▲ 300 ███████████    300   SIDE SYMBOL      QTY STATE",
    "        ▸   300    189.01                                                         sell TSLA         50 working",
    "            400    189.00                                                         buy  AAPL        200 80 of 200 filled",
    "            500    188.99                                                         buy  GOOG        100 rejected PRICE_…",
    "            600    188.98                                                         buy  AAPL         80 fill, 120 left,…",
    "            700    188.97                                                         buy  AAPL        300 filled, taker",
    "                   188.96",
    "    120            188.95                      ~400",
    "                   188.94",
    "                   188.93",
    "                   188.92",
    "                   188.91",
    "                   188.90",
    "                   188.89",
    "                   188.88",
    " ~ what was shown when placed, less what traded   @ average   * due   ? UNKNOWN",
    " b buy  s sell  c cancel  m move  Enter ticket  A arm  Space centre  [ less  ] more  n next  H halt  1-9 screen  ? help",
};

static const char *const golden_200x60[] = {
    "─ AAPL on NYSE ─────────────────────────────────────────────────── depth ### s ─ ─ GOOG on NYSE ─────────────── touch only ─ ─ MSFT on NYSE ─────────────── touch only ─ ─ Trades ─────────────── AAPL ─",
    " +380 @ 188.530  ▲ +184.30 open  ▲ +840.00 taken      qty 10 50 [100] 500 1,000   no position                                 no position                                 TIME           PRICE     SIZE",
    " Not armed: b, s and Enter open the ticket. A arms one-key trading.               last 141.17  age ###                        last 402.56  age ###                        14:30:05 ▲    189.02      300",
    "   OURS    BIDS     PRICE     ASKS   OURS QUEUE est     LAST VOLUME                 OURS    BIDS     PRICE     ASKS   OURS      OURS    BIDS     PRICE     ASKS   OURS",
    "                   189.27                                                                           141.44        –                             402.81        –",
    "                   189.26                                                                           141.43        –                             402.80        –",
    "                   189.25                                                                           141.42        –                             402.79        –",
    "                   189.24                                                                           141.41        –                             402.78        –",
    "                   189.23                                                                           141.40        –                             402.77        –",
    "                   189.22                                                                           141.39        –                             402.76        –",
    "                   189.21                                                                           141.38        –                             402.75        –",
    "                   189.20                                                                           141.37        –                             402.74        –",
    "                   189.19                                                                           141.36        –                             402.73        –",
    "                   189.18                                                                           141.35        –                             402.72        –",
    "                   189.17                                                                           141.34        –                             402.71        –",
    "                   189.16                                                                           141.33        –                             402.70        –",
    "                   189.15                                                                           141.32        –                             402.69        –",
    "                   189.14                                                                           141.31        –                             402.68        –",
    "                   189.13                                                                           141.30        –                             402.67        –",
    "                   189.12                                                                           141.29        –                             402.66        –",
    "                   189.11                                                                           141.28        –                             402.65        –",
    "                   189.10                                                                           141.27        –                             402.64        –",
    "                   189.09                                                                           141.26        –                             402.63        –",
    "                   189.08                                                                           141.25        –                             402.62        –",
    "                   189.07                                                                           141.24        –                             402.61        –",
    "                   189.06      800                                                                  141.23        –                             402.60        –",
    "                   189.05      650                                                                  141.22        –                             402.59        –",
    "                   189.04      500                                                                  141.21        –                             402.58        –",
    "                   189.03      350                                                                  141.20        –                             402.57        –          ─ Orders ────────── 2 working ─",
    "                   189.02      200                     ▲ 300 ███████████    300                     141.19   12,400                             402.56      100           TIME     SIDE SYMBOL      QTY",
    "        ▸   300    189.01                                                                           141.18                               500    402.55                    14:30:05 sell TSLA         50",
    "            400    189.00                                                                    100    141.17                                 –    402.54                    14:30:05 buy  AAPL        200",
    "            500    188.99                                                                      –    141.16                                 –    402.53                    14:30:05 buy  GOOG        100",
    "            600    188.98                                                                      –    141.15                                 –    402.52                    14:30:05 buy  AAPL         80",
    "            700    188.97                                                                      –    141.14                                 –    402.51                    14:30:05 buy  AAPL        300",
    "                   188.96                                                                      –    141.13                                 –    402.50",
    "    120            188.95                      ~400                                            –    141.12                                 –    402.49",
    "                   188.94                                                                      –    141.11                                 –    402.48",
    "                   188.93                                                                      –    141.10                                 –    402.47",
    "                   188.92                                                                      –    141.09                                 –    402.46",
    "                   188.91                                                                      –    141.08                                 –    402.45",
    "                   188.90                                                                      –    141.07                                 –    402.44",
    "                   188.89                                                                      –    141.06                                 –    402.43",
    "                   188.88                                                                      –    141.05                                 –    402.42",
    "                   188.87                                                                      –    141.04                                 –    402.41",
    "                   188.86                                                                      –    141.03                                 –    402.40",
    "                   188.85                                                                      –    141.02                                 –    402.39",
    "                   188.84                                                                      –    141.01                                 –    402.38",
    "                   188.83                                                                      –    141.00                                 –    402.37",
    "                   188.82                                                                      –    140.99                                 –    402.36",
    "                   188.81                                                                      –    140.98                                 –    402.35",
    "                   188.80                                                                      –    140.97                                 –    402.34",
    "                   188.79                                                                      –    140.96                                 –    402.33",
    "                   188.78                                                                      –    140.95                                 –    402.32",
    "                   188.77                                                                      –    140.94                                 –    402.31",
    "                   188.76                                                                      –    140.93                                 –    402.30",
    " ~ what was shown when placed, less what traded   @ average   * due   ? UNKNOWN",
    " b buy  s sell  c cancel  m move  Enter ticket  A arm  Space centre  [ less  ] more  n next  H halt  1-9 screen  : cmd  ? help  q quit",
};

/* From the second row on: a low screen has no line of names. */
static const char *const golden_40x12[] = {
    "─ AAPL on NYSE  1 of ours below  depth…─",
    " +380 @ 188.530  ▲ +184.30 …      [100]",
    " Not armed: b, s and Enter open the ti…",
    "  OURS    BIDS     PRICE     ASKS  OURS",
    "                  189.04      500",
    "                  189.03      350",
    "                  189.02      200",
    "       ▸   300    189.01",
    "           400    189.00",
    "           500    188.99",
    " b buy  s sell  c cancel  A arm  ? help",
};
/* clang-format on */

static void test_golden_screens(void **state)
{
    static const struct {
        int rows, cols, first;
        const char *const *lines;
        int count;
    } cases[] = {
        {24, 80, 2, golden_80x24, sizeof golden_80x24 / sizeof golden_80x24[0]},
        {36, 120, 2, golden_120x36, sizeof golden_120x36 / sizeof golden_120x36[0]},
        {60, 200, 2, golden_200x60, sizeof golden_200x60 / sizeof golden_200x60[0]},
        {12, 40, 1, golden_40x12, sizeof golden_40x12 / sizeof golden_40x12[0]},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct terminal *terminal = screen_test_start(cases[i].rows, cases[i].cols, "");
        WALK(terminal, {GO("ladder"), "AAPL on NYSE"});
        screen_test_check_rows(terminal, cases[i].first, cases[i].lines, cases[i].count);
        terminal_destroy(terminal);
    }
}

static struct terminal *start(const char *argument)
{
    struct terminal *terminal = screen_test_start(24, 80, argument);
    WALK(terminal, {GO("ladder"), "AAPL on NYSE"});
    return terminal;
}

#define ARM                                                                                                            \
    "A", "Type ARM"                                                                                                    \
    }                                                                                                                  \
    ,                                                                                                                  \
    {                                                                                                                  \
        "ARM" ENTER, " ARMED  PAPER "

/* ---- looking -------------------------------------------------------------------------------------------------- */

static void test_cursor(void **state)
{
    struct terminal *terminal = start("");
    (void)state;
    WALK(terminal, {"k", "▸          189.02"}, {"l", "189.02  ▸   200"}, {"g", "189.02  ▸   200"},
         {"Gh", "▸   300    189.01"}, {"jj", "▸   500    188.99"}, {ESCAPE "[6~", "188.84"}, /* a page down */
         {"  ", "▸   300    189.01"},
         {ESCAPE "[5~" ESCAPE "[5~", "market below"}, /* it stays where the user has gone */
         {" ", "▸   300    189.01"}, {">", "2 ticks a row"}, {">", "5 ticks a row"},
         /* 189.02 to 189.05 were 200, 350, 500 and 650. */
         {"", "189.05    1,700"}, {"<<", "depth"}, {"n", "GOOG on NYSE"}, {"N", "AAPL on NYSE"}, {ESCAPE, "Watch"});
    terminal_destroy(terminal);
}

static void test_quantities(void **state)
{
    struct terminal *terminal = start("");
    (void)state;
    WALK(terminal, {"]", "[500]"}, {"]]", "[1,000]"}, {"[[[[[", "[10]"}, {"t70" ENTER, "10 50 [70] 100 500 1,000"},
         {"tx" ENTER, "It has to be a multiple of 1 above 0."}, {ESCAPE "[", "[50]"}, {"n", "[100]"});
    terminal_destroy(terminal);
}

/* ---- not armed ------------------------------------------------------------------------------------------------ */

static void test_ticket_at_the_cursor(void **state)
{
    struct terminal *terminal = start("");
    (void)state;
    WALK(terminal, {"jj" ENTER, "Buy AAPL on NYSE"}, {"", "188.99"}, {ESCAPE "l" ENTER, "Sell AAPL on NYSE"},
         {ESCAPE "b", "Buy AAPL on NYSE"}, {ESCAPE "s", "Sell AAPL on NYSE"},
         {ENTER, "Sell 100 AAPL on NYSE at 188.99"});
    terminal_send(terminal, ENTER);
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_NEW);
    assert_int_equal(event.request.limit_price, CENTS(18899));
    assert_string_equal(event.request.source, "ticket");
    terminal_destroy(terminal);
}

static void test_cancel_asks(void **state)
{
    struct terminal *terminal = start("");
    (void)state;
    WALK(terminal, {"c", "None of our orders stands at the cursor."},
         {"jjjjjjc", "Cancel 1 order, 120 AAPL at 188.95?"}, {ESCAPE "C", "Cancel 1 order, 120 AAPL?"},
         {ESCAPE "cc", "The cancel is sent."});
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_CANCEL);
    assert_string_equal(event.change.order_id, "order-aapl-2");
    terminal_destroy(terminal);
}

static void test_move_by_ticket(void **state)
{
    struct terminal *terminal = start("");
    (void)state;
    WALK(terminal, {"jjjjjjm", "1 order picked up"}, {ESCAPE, "stays where it is"}, {"m", "1 order picked up"},
         {"kkm", "Change the buy of AAPL on NYSE"}, {ENTER, "from 200 at 188.95 to 200 at 188.97"});
    terminal_send(terminal, ENTER);
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_REPLACE);
    assert_int_equal(event.change.limit_price, CENTS(18897));
    assert_true(event.change.quantity == DECIMAL_NONE);
    terminal_destroy(terminal);
}

/* ---- armed ---------------------------------------------------------------------------------------------------- */

static void test_one_key_trades_when_armed(void **state)
{
    struct terminal *terminal = start("");
    (void)state;
    WALK(terminal, {ARM}, {"jb", "buy 100 at 189.00: filled"});
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_NEW);
    assert_int_equal(event.request.side, SIDE_BUY);
    assert_int_equal(event.request.quantity, LOTS(100));
    assert_int_equal(event.request.limit_price, CENTS(18900));
    assert_int_equal(event.request.time_in_force, TIF_DAY);
    WALK(terminal, {"]kks", "sell 500 at 189.02"});
    event = screen_test_next_request(terminal);
    assert_int_equal(event.request.side, SIDE_SELL);
    assert_int_equal(event.request.limit_price, CENTS(18902));
    /* Move, then cancel what stands there; each with its last key. */
    WALK(terminal, {"jjjjjjjm", "1 order picked up"}, {"km", "Moves are sent: 1 of 1."});
    event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_REPLACE);
    assert_string_equal(event.change.order_id, "order-aapl-2");
    assert_int_equal(event.change.limit_price, CENTS(18896));
    WALK(terminal, {"jc", "The cancel is sent."});
    event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_CANCEL);
    WALK(terminal, {ESCAPE, "No longer armed: a key has ended it."}, {"b", "Buy AAPL on NYSE"});
    terminal_destroy(terminal);
}

/* A price that cannot be seen is not traded at. */
static void test_cursor_out_of_view(void **state)
{
    struct terminal *terminal = start("");
    (void)state;
    WALK(terminal, {ARM}, {"jjjj ", "▸   700    188.97"});
    terminal_resize(terminal, 14, 80);
    WALK(terminal, {"", "189.02"});
    assert_true(terminal_wait_gone(terminal, "188.97"));
    WALK(terminal, {"b", "The cursor is out of view"}, {" ", "▸   300    189.01"});
    terminal_destroy(terminal);
}

static void test_arming_ends(void **state)
{
    struct terminal *terminal = start("");
    (void)state;
    WALK(terminal, {ARM}, {GO("deck"), "Watch"}, {GO("ladder"), "Not armed"}, {ARM}, {"n", "another instrument"},
         {"", "Not armed"}, {"NA" ESCAPE, "Not armed"}, {"Aarmed" ENTER, "ARMED_"}, {ESCAPE, "Not armed"}, {ARM},
         {"HHALT" ENTER, "No longer armed: trading is halted."}, {"A", "It cannot be armed: trading is halted."});
    terminal_destroy(terminal);
    terminal = start("idle");
    WALK(terminal, {"AARM" ENTER, "No longer armed: no key was pressed for a while."});
    terminal_destroy(terminal);
    terminal = start("away");
    WALK(terminal, {"A", "It cannot be armed: the server is away."});
    terminal_destroy(terminal);
    terminal = start("readonly");
    WALK(terminal, {"", "Read-only: nothing can be traded from here."},
         {"A", "Read-only: A (arm one-key trading) is off."}, {"b", "Read-only: b (buy here (a ticket)) is off."});
    terminal_destroy(terminal);
}

/* A live market has a colour of its own, and the word. */
static void test_live_is_said(void **state)
{
    struct terminal *terminal = start("live");
    (void)state;
    WALK(terminal, {"A", "LIVE: one key then trades"}, {"ARM" ENTER, " ARMED  LIVE "});
    terminal_destroy(terminal);
}

static void test_unknown_stands_out(void **state)
{
    struct terminal *terminal = start("unknown");
    (void)state;
    WALK(terminal, {ARM}, {"jb", "100? "}, {"", "UNKNOWN"});
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_screens),
        cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_quantities),
        cmocka_unit_test(test_ticket_at_the_cursor),
        cmocka_unit_test(test_cancel_asks),
        cmocka_unit_test(test_move_by_ticket),
        cmocka_unit_test(test_one_key_trades_when_armed),
        cmocka_unit_test(test_cursor_out_of_view),
        cmocka_unit_test(test_arming_ends),
        cmocka_unit_test(test_live_is_said),
        cmocka_unit_test(test_unknown_stands_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
