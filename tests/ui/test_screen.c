/* The screen as a person meets it: keys in, cells out, on a pseudo-terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/event.h"
#include "core/text.h"
#include "ui/keys.h"
#include "ui/screen_child.h"
#include "ui/terminal.h"

#define ESCAPE "\x1b"
#define ENTER  "\r"
#define TAB    "\t"

static const char *const usual_environment[] = {"TERM=xterm-256color", "LC_ALL=C.UTF-8", "COLORTERM", "NO_COLOR", NULL};

static struct terminal *start(int rows, int cols, const char *argument)
{
    const char *const argv[] = {"", "--child", argument, NULL};
    struct terminal *terminal = terminal_start(rows, cols, argv, usual_environment);
    return terminal;
}

/* A line of the screen is as written; # stands for any one character, for ages and the flow. */
static bool line_is(struct terminal *terminal, int row, const char *wanted, char line[TERMINAL_LINE_SIZE])
{
    size_t i = 0;
    terminal_line(terminal, row, line);
    for (; wanted[i] != '\0' && line[i] != '\0'; i++) {
        if (wanted[i] != '#' && wanted[i] != line[i])
            return false;
    }
    return wanted[i] == '\0' && line[i] == '\0';
}

/* clang-format off */
static const char *const golden_80x24[24] = {
    NULL, /* the status bar: it holds the flow */
    "─ Watch ──────────────────────────────────────────────────────── 7 instruments ─",
    " SYMBOL     BIDSZ       BID       ASK  ASKSZ SPREAD   BP        LAST   CHG% AGE",
    "▸AAPL         300    189.01    189.02    200   0.01  0.5      189.02   0.00 ###",
    " GOOG         100    141.17    141.19    400   0.02  1.4      141.17   0.00 ###",
    " MSFT         500    402.55    402.56    100   0.01  0.2      402.56   0.00 ###",
    " TSLA         300    201.30    201.34    200   0.04  2.0      201.30   0.00 ###",
    " AMZN         700    172.80    172.81    600   0.01  0.6      172.80   0.00 20m!",
    " BTC-USD   0.8200 61,837.63 61,837.64 1.4000   0.01  0.0   61,837.64   0.00 ###",
    " ETH-USD   12.100  2,641.20  2,641.21 3.3000   0.01  0.0    2,641.20   0.00 ###",
    "─ Positions  1-3 of 4 ─────── unrealized (▲ +250.50)  realized ▲ +1,072.02 USD ─",
    " SYMBOL         QTY     AVERAGE        MARK  EXPOSURE    UNREALIZED     REALIZED",
    " AAPL          +380     188.530     189.015   +71,826     ▲ +184.30    ▲ +840.00",
    " AMZN           +40     172.000     172.805    +6,912    (▲ +32.20)         0.00",
    " BTC-USD   +0.01300  61,837.631  61,837.635      +804          0.00      ▼ -0.08",
    "─ Orders  1-3 of 5 ───────────────────────────────────────────────── 2 working ─",
    " 14:30:05 buy  AAPL        200     188.95 day  80 of 200 filled",
    " 14:30:05 sell TSLA         50     205.00 gtc  working",
    " 14:30:05 buy  GOOG        100      99.00 day  rejected PRICE_COLLAR: 99.00 is …",
    "─ Alerts ────────────────────────────────────────────────── 2 not acknowledged ─",
    " CRITICAL 14:30:06 SIM-1 daily loss 10,120 above 10,000: reduce only",
    " warning  14:30:05 AMZN quote is stale for 6.2 s (warning at 5 s)",
    "",
    " b buy  s sell  H halt  Tab pane  / filter  z zoom  ? help  q quit  v server",
};
/* clang-format on */

/* A frame may arrive in pieces: each line is waited for. */
static void check_golden(struct terminal *terminal)
{
    char line[TERMINAL_LINE_SIZE];
    for (int row = 1; row < 24; row++) {
        for (int tries = 0; !line_is(terminal, row, golden_80x24[row], line) && tries < 100; tries++)
            terminal_pump(terminal, 50);
        if (!line_is(terminal, row, golden_80x24[row], line))
            fail_msg("row %d\n is     |%s|\n wanted |%s|", row, line, golden_80x24[row]);
    }
}

static void test_deck(void **state)
{
    struct terminal *terminal = start(24, 80, "");
    char bar[TERMINAL_LINE_SIZE];
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    check_golden(terminal);
    terminal_line(terminal, 0, bar);
    assert_non_null(strstr(bar, " TAPEDECK  PAPER  SIM-1  day ▲ +1,284.52"));
    assert_non_null(strstr(bar, "● nats"));
    assert_non_null(strstr(bar, "14:30:05 UTC"));
    terminal_destroy(terminal);
}

static void test_leaving_restores_the_terminal(void **state)
{
    struct terminal *terminal = start(24, 80, "");
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

/* ---- requests ------------------------------------------------------------------------------------------------- */

/* The next request that the screen published. */
static struct event next_request(struct terminal *terminal)
{
    char line[8192];
    struct event event;
    struct error error;
    assert_true(terminal_read_back(terminal, line, sizeof line));
    char *blank = strchr(line, ' ');
    assert_non_null(blank);
    *blank = '\0';
    if (event_decode(&event, line, blank + 1, strlen(blank + 1), NULL, &error) != 0)
        fail_msg("%s: %s", line, error.text);
    return event;
}

static void test_ticket(void **state)
{
    struct terminal *terminal = start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "b");
    assert_true(terminal_wait(terminal, "Buy AAPL on NYSE"));
    assert_true(terminal_wait(terminal, "Worth 18,902.00 USD."));
    terminal_send(terminal, "500" TAB "+"); /* 500 at a tick above the ask */
    assert_true(terminal_wait(terminal, "Worth 94,515.00 USD."));
    terminal_send(terminal, ENTER);
    assert_true(terminal_wait(terminal, "Buy 500 AAPL on NYSE at 189.03 or better, good for the day."));
    assert_true(terminal_wait(terminal, "Account SIM-1, PAPER."));
    terminal_send(terminal, ENTER);
    struct event event = next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_NEW);
    struct order_request wanted = event_empty(EVENT_ORDER_NEW).request;
    text_copy(wanted.order_id, sizeof wanted.order_id, event.request.order_id);
    text_copy(wanted.account, sizeof wanted.account, "SIM-1");
    text_copy(wanted.symbol, sizeof wanted.symbol, "AAPL");
    text_copy(wanted.exchange, sizeof wanted.exchange, "NYSE");
    wanted.side = SIDE_BUY;
    wanted.type = ORDER_LIMIT;
    wanted.quantity = 500 * QUANTITY_ONE;
    wanted.limit_price = INT64_C(189030000000);
    wanted.time_in_force = TIF_DAY;
    assert_true(order_request_same(&event.request, &wanted));
    assert_string_equal(event.request.source, "ticket");
    assert_int_equal(strlen(event.request.order_id), 26);
    assert_true(event.request.timestamp_ns > 0);
    assert_true(terminal_wait(terminal, "Filled: 500 at 189.03."));
    terminal_send(terminal, ENTER);
    assert_true(terminal_wait_gone(terminal, "Filled: 500"));
    assert_true(terminal_wait(terminal, "behind")); /* no position came for these fills */
    terminal_destroy(terminal);
}

static void test_ticket_fields(void **state)
{
    struct terminal *terminal = start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "js"); /* GOOG */
    assert_true(terminal_wait(terminal, "Sell GOOG on NYSE"));
    terminal_send(terminal, "1.5" ENTER);
    assert_true(terminal_wait(terminal, "The quantity has to be a multiple of 1."));
    terminal_send(terminal, "\x7f\x7f\x7f" ENTER);
    assert_true(terminal_wait(terminal, "The quantity has to be a number above 0."));
    terminal_send(terminal, "70" TAB "141.175" ENTER);
    assert_true(terminal_wait(terminal, "The price has to be a multiple of 0.01."));
    terminal_send(terminal, ESCAPE "[A" ESCAPE "[A+"); /* up to the type, which becomes market */
    assert_true(terminal_wait(terminal, "Worth about 9,881.90 USD."));
    terminal_send(terminal, TAB TAB "++" ENTER); /* the price is skipped; ioc */
    assert_true(
        terminal_wait(terminal, "Sell 70 GOOG on NYSE at the market, what does not fill at once is cancelled."));
    terminal_send(terminal, ENTER);
    struct event event = next_request(terminal);
    assert_int_equal(event.request.side, SIDE_SELL);
    assert_int_equal(event.request.type, ORDER_MARKET);
    assert_int_equal(event.request.quantity, 70 * QUANTITY_ONE);
    assert_true(event.request.limit_price == DECIMAL_NONE);
    assert_int_equal(event.request.time_in_force, TIF_IOC);
    terminal_destroy(terminal);
}

static void test_unknown_stands_out(void **state)
{
    struct terminal *terminal = start(24, 80, "unknown");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "b" ENTER ENTER);
    assert_true(terminal_wait(terminal, " s: no answer came, it may be stored."));
    terminal_send(terminal, ESCAPE);
    assert_true(terminal_wait(terminal, "2 working, 1 UNKNOWN"));
    assert_true(terminal_wait(terminal, " s: asking the tape"));
    assert_int_equal(terminal_find(terminal, " s: asking the tape"), 16); /* the first of the orders */
    terminal_destroy(terminal);
}

static void test_halt_and_resume(void **state)
{
    struct terminal *terminal = start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "HHALF" ENTER);
    assert_true(terminal_wait(terminal, "HALF_"));
    terminal_send(terminal, "\x7fT" ENTER);
    struct event event = next_request(terminal);
    assert_int_equal(event.kind, EVENT_TRADING_STATE);
    assert_int_equal(event.state.state, TRADING_HALTED);
    assert_string_equal(event.state.scope, "*");
    assert_string_equal(event.state.by, "anna");
    assert_true(terminal_wait(terminal, "HALTED by anna 14:30:05: halted from the screen"));
    assert_int_equal(terminal_find(terminal, "HALTED by anna"), 0);
    terminal_send(terminal, "RRESUME" ENTER);
    event = next_request(terminal);
    assert_int_equal(event.state.state, TRADING_ACTIVE);
    assert_true(terminal_wait_gone(terminal, "HALTED"));
    terminal_send(terminal, "R");
    assert_true(terminal_wait(terminal, "Trading is not halted."));
    terminal_destroy(terminal);
}

static void test_cancel_and_acknowledge(void **state)
{
    struct terminal *terminal = start(24, 80, "silent");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "c");
    assert_true(terminal_wait(terminal, "Tab to the orders"));
    terminal_send(terminal, TAB TAB "j");
    assert_true(terminal_wait(terminal, "▸14:30:05 sell TSLA"));
    terminal_send(terminal, "c");
    assert_true(terminal_wait(terminal, "Cancel sell 50 TSLA at 205.00?"));
    terminal_send(terminal, ESCAPE); /* kept */
    assert_true(terminal_wait_gone(terminal, "Cancel sell"));
    terminal_send(terminal, "cc");
    struct event event = next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_CANCEL);
    assert_string_equal(event.change.order_id, "order-tsla-1");
    assert_string_equal(event.change.account, "SIM-1");
    terminal_send(terminal, TAB "a");
    event = next_request(terminal);
    assert_int_equal(event.kind, EVENT_ALERT_ACK);
    assert_int_equal(event.ack.action, ACK_ACK);
    assert_memory_equal(event.ack.alert_id, "daily_loss:", 11);
    assert_string_equal(event.ack.by, "anna");
    terminal_destroy(terminal);
}

static void test_readonly(void **state)
{
    static const char *const keys[] = {"b", "s", "c", "a", "H", "R"};
    struct terminal *terminal = start(24, 80, "readonly");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    assert_true(terminal_wait_gone(terminal, "b buy"));
    assert_true(terminal_wait(terminal, "READ-ONLY"));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char note[32];
        snprintf(note, sizeof note, "Read-only: %s (", keys[i]);
        terminal_send(terminal, keys[i]);
        assert_true(terminal_wait(terminal, note));
    }
    terminal_destroy(terminal);
}

/* ---- looking around ------------------------------------------------------------------------------------------- */

static void test_filter(void **state)
{
    struct terminal *terminal = start(24, 80, "");
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
    struct terminal *terminal = start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        terminal_send(terminal, steps[i].keys);
        assert_true(terminal_wait(terminal, steps[i].shows));
    }
    assert_true(terminal_wait_gone(terminal, "SYMBOL")); /* zoomed */
    terminal_send(terminal, ESCAPE);
    assert_true(terminal_wait(terminal, "SYMBOL"));
    terminal_destroy(terminal);
}

/* Each binding's label and help stand on one line. */
static void test_help_lists_every_key(void **state)
{
    struct terminal *terminal = start(70, 80, "");
    size_t count;
    const struct key_binding *table = keys_table(&count);
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "?");
    assert_true(terminal_wait(terminal, "Order ticket, confirming"));
    for (size_t i = 0; i < count; i++) {
        char entry[80];
        snprintf(entry, sizeof entry, "%-12s %s", table[i].label, table[i].help);
        if (!terminal_wait(terminal, entry))
            fail_msg("the help does not show \"%s\"", entry);
        assert_true(strlen(table[i].help) <= 24); /* two columns fit into 80 */
    }
    terminal_send(terminal, "?");
    assert_true(terminal_wait_gone(terminal, "Order ticket"));
    terminal_destroy(terminal);
}

static void test_leaving_asks_for_the_ticket(void **state)
{
    struct terminal *terminal = start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "bq");
    assert_true(terminal_wait(terminal, "An order ticket is open"));
    terminal_send(terminal, ESCAPE);
    assert_true(terminal_wait_gone(terminal, "An order ticket is open"));
    assert_true(terminal_wait(terminal, "Buy AAPL on NYSE"));
    terminal_send(terminal, "qq");
    assert_int_equal(terminal_wait_exit(terminal), 0);
    terminal_destroy(terminal);
}

/* ---- terminals ------------------------------------------------------------------------------------------------ */

static void test_resizing(void **state)
{
    struct terminal *terminal = start(24, 80, "");
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
    check_golden(terminal);
    terminal_destroy(terminal);
}

static void test_sizes(void **state)
{
    static const struct {
        int rows, cols;
        const char *shows[6];
    } cases[] = {
        {12, 40, {"PAPER", "● nats", "▸AAPL", "Positions", "+184.30"}},
        {36, 120, {"TREND", "VOLUME", "Orders", "MARKET_DATA", "READERS"}},
        {60, 200, {"TREND", "AAPL NYSE", "Trades", "EXPOSURE", "LAST SEQ", "HIGH"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct terminal *terminal = start(cases[i].rows, cases[i].cols, "");
        for (int j = 0; j < 6 && cases[i].shows[j] != NULL; j++)
            assert_true(terminal_wait(terminal, cases[i].shows[j]));
        terminal_destroy(terminal);
    }
}

static void test_end_of_terminal(void **state)
{
    struct terminal *terminal = start(24, 80, "");
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
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {"", "--child", NULL};
        const char *const environment[] = {cases[i].term, cases[i].no_color, "LC_ALL=C.UTF-8", "COLORTERM", NULL};
        struct terminal *terminal = terminal_start(24, 80, argv, environment);
        assert_true(terminal_wait(terminal, "q quit"));
        assert_int_equal(has_colour(terminal), cases[i].coloured);
        check_golden(terminal); /* the text is the same everywhere */
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
    check_golden(terminal);
    terminal_destroy(terminal);
}

static void test_ascii(void **state)
{
    struct terminal *terminal = start(24, 80, "ascii");
    char line[TERMINAL_LINE_SIZE];
    (void)state;
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

static void test_server_away_and_broken_theme(void **state)
{
    struct terminal *terminal = start(24, 80, "away");
    (void)state;
    assert_true(terminal_wait(terminal, "SERVER AWAY"));
    assert_true(terminal_wait(terminal, "connection refused. Prices show their age; orders wait."));
    terminal_destroy(terminal);
    terminal = start(24, 80, "theme=nothere");
    assert_true(terminal_wait(terminal, "Theme nothere: there is no such theme; using the built-in theme."));
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deck),
        cmocka_unit_test(test_leaving_restores_the_terminal),
        cmocka_unit_test(test_ticket),
        cmocka_unit_test(test_ticket_fields),
        cmocka_unit_test(test_unknown_stands_out),
        cmocka_unit_test(test_halt_and_resume),
        cmocka_unit_test(test_cancel_and_acknowledge),
        cmocka_unit_test(test_readonly),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_moving),
        cmocka_unit_test(test_help_lists_every_key),
        cmocka_unit_test(test_leaving_asks_for_the_ticket),
        cmocka_unit_test(test_resizing),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_end_of_terminal),
        cmocka_unit_test(test_terminals_that_cannot),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_direct_colour),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_server_away_and_broken_theme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
