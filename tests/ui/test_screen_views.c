/* The screens beside the deck, as a person meets them: keys in; cells and requests out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/text.h"
#include "ui/screen_test.h"

/* ---- from one to the other ------------------------------------------------------------------------------------ */

static void test_choosing(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {"2", "Market"}, {"1", "Watch"}, {"2", "Market"}, {ESCAPE, "Watch"}, {"2" ESCAPE "[Z", "Watch"});
    /* Tab goes round, and comes to the deck again. */
    terminal_send(terminal, "2");
    assert_true(terminal_wait_gone(terminal, "Watch"));
    for (int i = 0; i < 12 && terminal_find(terminal, "Watch") < 0; i++) {
        terminal_send(terminal, TAB);
        terminal_pump(terminal, 500);
    }
    assert_true(terminal_wait(terminal, "Watch"));
    terminal_destroy(terminal);
}

static void test_small_terminal(void **state)
{
    struct terminal *terminal = screen_test_start(12, 40, "");
    (void)state;
    terminal_send(terminal, GO("orders"));
    assert_true(terminal_wait(terminal, "Working orders of SIM-1"));
    terminal_resize(terminal, 8, 30);
    assert_true(terminal_wait(terminal, "too small: 30x8, needs 40x12"));
    terminal_resize(terminal, 24, 80);
    assert_true(terminal_wait(terminal, "orders  6"));
    terminal_destroy(terminal);
}

static void test_command_line(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {":", ":_"}, {"ord" TAB, ":orders_"}, {ENTER, "Working orders of SIM-1"},
         {":can" TAB, ":cancel_"},                  /* as far as "cancel" and "cancel-all" agree */
         {ENTER, "Cancel sell 50 TSLA at 205.00?"}, /* a name in full is that one */
         {ESCAPE ":filter goo", ":filter goo_"},    /* what follows is text for the field */
         {ENTER, "/goo_"}, {ENTER, "Nothing matches the filter."}, {ESCAPE ":nonsense", "no such command"},
         {ENTER, "There is no command \"nonsense\" here."}, {":re" ENTER, "can mean several"}, {":deck" ENTER, "Watch"},
         {":halt HALT" ENTER, "HALT_"});
    terminal_send(terminal, ENTER); /* only this sends it */
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_TRADING_STATE);
    terminal_destroy(terminal);
}

static void test_command_line_readonly(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "readonly");
    (void)state;
    WALK(terminal, {":halt" ENTER, "There is no command \"halt\" here."},
         {GO("orders") "c", "Read-only: c (cancel this order)"});
    terminal_destroy(terminal);
}

static void test_help_of_this_screen(void **state)
{
    struct terminal *terminal = screen_test_start(70, 120, "");
    (void)state;
    WALK(terminal, {GO("orders") "?", "cancel all listed"});
    assert_true(terminal_find(terminal, "this pane alone") < 0);
    WALK(terminal, {"?" GO("deck") "?", "this pane alone"});
    assert_true(terminal_find(terminal, "cancel all listed") < 0);
    terminal_destroy(terminal);
}

/* ---- orders --------------------------------------------------------------------------------------------------- */

static void test_orders(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {GO("orders"), "2 open"});
    screen_test_check_line(terminal, " TIME     SIDE SYMBOL      QTY  FILLED      PRICE TIF  STATE");
    screen_test_check_line(terminal, "▸14:30:05 sell TSLA         50       –     205.00 gtc  working");
    screen_test_check_line(terminal, " 14:30:05 buy  AAPL        200      80     188.95 day  working");
    WALK(terminal, {"w", "Orders done of SIM-1"}, {"j", "PRICE_COLLAR: 99.00 is 29.9 % from 141.18"});
    screen_test_check_line(terminal, " 14:30:05 buy  AAPL        300     300     188.42 day  filled");
    WALK(terminal, {"wooo", "by SIDE, rising"}, {"oooO", "by PRICE, falling"}, {"/aap" ENTER, "/aap"});
    assert_true(terminal_wait_gone(terminal, "TSLA"));
    terminal_destroy(terminal);
}

static void test_orders_wide(void **state)
{
    struct terminal *terminal = screen_test_start(36, 120, "");
    (void)state;
    WALK(terminal, {GO("orders") "ww", "All orders of SIM-1"});
    screen_test_check_line(
        terminal, "▸14:30:05 SIM-1     sell TSLA    NASDAQ  limit           50       –     205.00          – gtc"
                  "  working");
    terminal_destroy(terminal);
}

/* Each hop has its time, by what the stream stored. */
static void test_events_of_an_order(void **state)
{
    struct terminal *terminal = screen_test_start(36, 120, "");
    (void)state;
    WALK(terminal, {GO("orders") "wwG" ENTER, "buy 300 AAPL @ 188.42 day"});
    screen_test_check_line(terminal, " EVENT              STORED              HOP ms  SINCE NEW ms       SEQ   WHAT");
    screen_test_check_line(terminal,
                           " order request      14:30:05.000000          –             –         1   300 @ 188.42");
    screen_test_check_line(terminal, " order validated    14:30:05.000412      0.412         0.412         2");
    screen_test_check_line(terminal, " order accepted     14:30:05.000824      0.412         0.824         3");
    screen_test_check_line(
        terminal,
        " order executed     14:30:05.000824      0.000         0.824         4   300 @ 188.42, taker, filled");
    WALK(terminal, {ESCAPE, "All orders of SIM-1"});
    terminal_destroy(terminal);
}

static void test_cancelling_one(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {GO("orders") "c", "Cancel sell 50 TSLA at 205.00?"}, {"c", "cancelling"});
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_CANCEL);
    assert_string_equal(event.change.order_id, "order-tsla-1");
    terminal_destroy(terminal);
}

/* All that is listed, and only that; the word has to be typed. */
static void test_cancelling_all(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {GO("orders") "/aap" ENTER "C", "Cancels 1 open order of SIM-1 that match /aap."},
         {"CANCE" ENTER, "CANCE_"}, {ESCAPE "C", "Type CANCEL"}, {"cancel" ENTER, "cancelling"});
    struct event event = screen_test_next_request(terminal);
    assert_string_equal(event.change.order_id, "order-aapl-2");
    WALK(terminal, {ESCAPE "C", "Cancels 2 open orders of SIM-1."},
         {"CANCEL" ENTER, "The cancels of 2 orders are sent."});
    event = screen_test_next_request(terminal); /* the other one is being cancelled already */
    assert_string_equal(event.change.order_id, "order-tsla-1");
    terminal_destroy(terminal);
}

static void test_changing(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {GO("orders") "e", "Change the sale of TSLA on NASDAQ"},
         {"70" TAB "204.5" ENTER, "from 50 at 205.00 to 70 at 204.50."},
         {ENTER, "Stored on the tape; it is being checked."});
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_REPLACE);
    assert_string_equal(event.change.order_id, "order-tsla-1");
    assert_true(event.change.quantity == 70 * QUANTITY_ONE);
    assert_true(event.change.limit_price == INT64_C(204500000000));
    assert_true(event.change.stop_price == DECIMAL_NONE);
    terminal_destroy(terminal);
}

/* ---- positions ------------------------------------------------------------------------------------------------ */

static void test_positions(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {GO("positions"), "Positions of all accounts"});
    screen_test_check_line(terminal, " ACCOUNT    CCY    SESSION P&L  LOSS LIMIT       GROSS         NET       EQUITY");
    screen_test_check_line(terminal, " SIM-1      USD    ▲ +1,284.52      10,000      89,600     +44,800    1,001,284");
    screen_test_check_line(terminal, " DESK-2     USD       ▼ -77.00      10,000       1,344        +672    1,001,284");
    screen_test_check_line(terminal, " all        USD    ▲ +1,207.52      10,000      90,944     +45,472    1,001,284");
    screen_test_check_line(terminal, " ACCOUNT    SYMBOL         QTY     AVERAGE  EXPOSURE    UNREALIZED     REALIZED");
    screen_test_check_line(terminal, "▸DESK-2     MSFT           -10     394.850    -4,026      ▼ -77.05         0.00");
    screen_test_check_line(terminal, " SIM-1      AAPL          +380     188.530   +71,826     ▲ +184.30    ▲ +840.00");
    WALK(terminal, {"x", "This screen trades for SIM-1; the position is of DESK-2."}, {"A", "Positions of SIM-1"},
         {"/tsla" ENTER, "▸SIM-1      TSLA"}, {"x", "Buy TSLA on NASDAQ"}, {ENTER, "Buy 50 TSLA on NASDAQ at 201.34"},
         {ESCAPE ESCAPE "X" ENTER, "Buy 100 TSLA on NASDAQ at 201.34"}, {ESCAPE ESCAPE "s", "Sell TSLA"},
         {ESCAPE ESCAPE "oooo", "by EXPOSURE, rising"});
    screen_test_check_line(terminal, "▸SIM-1      TSLA           -50     202.000   -10,066      ▲ +34.00    ▲ +232.10");
    terminal_destroy(terminal);
}

static void test_positions_wide(void **state)
{
    struct terminal *terminal = screen_test_start(36, 120, "");
    (void)state;
    WALK(terminal, {GO("positions"), "VAR 99 %"}, {"/aapl" ENTER, "AAPL of SIM-1 as of ORDERS 8"});
    screen_test_check_line(terminal,
                           "▸SIM-1      AAPL          +380     188.530     189.015   +71,826              ▲ +184.30"
                           "              ▲ +840.00     4.00");
    terminal_destroy(terminal);
}

/* ---- alerts --------------------------------------------------------------------------------------------------- */

static void test_alerts(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    struct event event;
    (void)state;
    WALK(terminal, {GO("alerts"), "2 not acknowledged, 0 shelved"});
    screen_test_check_line(terminal, " SEVERITY RAISED   STATE        MESSAGE");
    screen_test_check_line(terminal, "▸CRITICAL 14:30:06 RAISED       SIM-1 daily loss 10,120 above 10,000: reduce o…");
    WALK(terminal, {"a", "1 not acknowledged"});
    event = screen_test_next_request(terminal);
    assert_int_equal(event.ack.action, ACK_ACK);
    assert_memory_equal(event.ack.alert_id, "daily_loss:", 11);
    screen_test_check_line(terminal, "▸CRITICAL 14:30:06 ack anna     SIM-1 daily loss 10,120 above 10,000: reduce o…");
    WALK(terminal, {"a", "This alert is acknowledged already."}, {"gs", "For how long"},
         {"soon" ENTER, "It has to be a time"},
         {"\x7f\x7f\x7f\x7f"
          "2h" ENTER,
          "0 not acknowledged, 1 shelved"});
    event = screen_test_next_request(terminal);
    assert_int_equal(event.ack.action, ACK_SHELVE);
    assert_true(event.ack.until_ns - event.ack.timestamp_ns == INT64_C(7200000000000));
    WALK(terminal, {"ww", "Shelved alerts"});
    screen_test_check_line(terminal, "▸warning  14:30:05 to 16:30:05  AMZN quote is stale for 6.2 s (warning at 5 s)");
    WALK(terminal, {"c", "What is to be said?"}, {"feed is late" ENTER, "anna: feed is late"},
         {"u", "1 not acknowledged"});
    event = screen_test_next_request(terminal);
    assert_int_equal(event.ack.action, ACK_COMMENT);
    assert_string_equal(event.ack.comment, "feed is late");
    assert_int_equal(screen_test_next_request(terminal).ack.action, ACK_UNSHELVE);
    terminal_destroy(terminal);
}

static void test_alerts_wide(void **state)
{
    struct terminal *terminal = screen_test_start(36, 120, "");
    (void)state;
    WALK(terminal, {GO("alerts"), "daily_loss"}, {"o", "by SEVERITY, rising"}, {"/stale" ENTER, "/stale"});
    screen_test_check_line(
        terminal, "▸warning  14:30:05 RAISED           – stale_quote       SIM-1     AMZN quote is stale for 6.2 s"
                  " (warning at 5 s)");
    terminal_destroy(terminal);
}

/* ---- system, tape and log ------------------------------------------------------------------------------------- */

static void test_system(void **state)
{
    static const int sizes[][2] = {{24, 80}, {36, 120}, {60, 200}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct terminal *terminal = screen_test_start(sizes[i][0], sizes[i][1], "");
        WALK(terminal, {GO("system"), "nats-server 2.9.10"}, {"", "leases box:4711 checks risk"}, {"", "MARKET_DATA"},
             {"", "P50"}, {"", "events read, 0 requests under way, 0 quotes lost, 0 bad messages"});
        screen_test_check_line(terminal, " order: decided to accepted          0.412      0.412       0.412        3");
        terminal_destroy(terminal);
    }
    struct terminal *terminal = screen_test_start(24, 80, "");
    WALK(terminal, {GO("system") "w", "one column a second"}, {"w", "CONSUMER "}, {"w", "Connections"},
         {"w", "CPU 6.5 %  memory 17.8 MB  3 of 3 kinds of threads"});
    screen_test_check_line(terminal, " THREAD              N  CPU %            QUEUE          WAITING  NO ROOM");
    screen_test_check_line(terminal, " nats.c              8    2.5            quotes out      20,412        7");
    WALK(terminal, {"w", "P50"}, {"ww", "20,412"});
    screen_test_check_line(terminal, " MARKET_DATA     watchers                              20,412         0       0");
    WALK(terminal, {"w", "902k"});
    screen_test_check_line(terminal, " tapedeck box:4711                               14     184k     902k       0 B");
    terminal_destroy(terminal);
}

static void test_tape(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {GO("tape"), "STORED          SUBJECT"}, {"/cancelled" ENTER, "Nothing matches the filter."},
         {"/orders.executed.*" ENTER, "side buy  quantity 8"});
    assert_true(terminal_wait_gone(terminal, "orders.new"));
    WALK(terminal, {"j" ENTER, "order executed"});
    screen_test_check_line(terminal, " Nats-Msg-Id           order-aapl-1-1");
    screen_test_check_line(terminal, " execution_id          order-aapl-1-1");
    screen_test_check_line(terminal, " quantity              300");
    screen_test_check_line(terminal, " price                 188.42");
    WALK(terminal, {ESCAPE, "side buy  quantity 8"}, {ESCAPE "p", "PAUSED"});
    terminal_destroy(terminal);
}

/* What comes while it is paused is not shown until it goes on. */
static void test_tape_paused(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "conflated");
    char first[TERMINAL_LINE_SIZE], later[TERMINAL_LINE_SIZE];
    (void)state;
    WALK(terminal, {GO("tape"), "md.nasdaq.MSFT"}, {"p", "PAUSED"});
    /* The word stands above the list: the rest of that frame may still be on its way. */
    for (int i = 0; i < 3; i++)
        terminal_pump(terminal, 60);
    terminal_line(terminal, 4, first);
    for (int i = 0; i < 5; i++)
        terminal_pump(terminal, 60);
    terminal_line(terminal, 4, later);
    assert_string_equal(first, later);
    terminal_send(terminal, "p");
    assert_true(terminal_wait_gone(terminal, "PAUSED"));
    assert_true(terminal_wait_gone(terminal, first));
    terminal_destroy(terminal);
}

static void test_log(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    WALK(terminal, {GO("log"), "TIME         LEVEL"});
    screen_test_check_line(terminal, "▸14:30:05.250 error   checks    the second line");
    screen_test_check_line(terminal, " 14:30:05.125 warning bus       the server is slow: 2 s");
    WALK(terminal, {"/slow" ENTER, "▸14:30:05.125 warning"});
    assert_true(terminal_wait_gone(terminal, "the second line"));
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choosing),
        cmocka_unit_test(test_small_terminal),
        cmocka_unit_test(test_command_line),
        cmocka_unit_test(test_command_line_readonly),
        cmocka_unit_test(test_help_of_this_screen),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_orders_wide),
        cmocka_unit_test(test_events_of_an_order),
        cmocka_unit_test(test_cancelling_one),
        cmocka_unit_test(test_cancelling_all),
        cmocka_unit_test(test_changing),
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_positions_wide),
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_alerts_wide),
        cmocka_unit_test(test_system),
        cmocka_unit_test(test_tape),
        cmocka_unit_test(test_tape_paused),
        cmocka_unit_test(test_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
