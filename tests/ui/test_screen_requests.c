/* What a person asks for on the screen: orders by the ticket, cancels, halts, acknowledgements. Keys in; requests and
 * cells out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/screen_test.h"

static void test_ticket(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
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
    struct event event = screen_test_next_request(terminal);
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
    struct terminal *terminal = screen_test_start(24, 80, "");
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
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.request.side, SIDE_SELL);
    assert_int_equal(event.request.type, ORDER_MARKET);
    assert_int_equal(event.request.quantity, 70 * QUANTITY_ONE);
    assert_true(event.request.limit_price == DECIMAL_NONE);
    assert_int_equal(event.request.time_in_force, TIF_IOC);
    terminal_destroy(terminal);
}

/* Once the answer is there, no key of the deck is lost on the ticket. */
static void test_answered_ticket_gives_way(void **state)
{
    static const struct {
        const char *keys, *shows;
    } cases[] = {
        {"H", "Type HALT and Enter"},
        {"b", "Worth 18,902.00 USD."},
        {"s", "Sell AAPL on NYSE"},
        {"c", "Go to the orders"},
        {"j", "▸GOOG"},
        {ESCAPE "[B", "▸GOOG"},
        {TAB "j", "▸AMZN "},
        {"?", "close, act on the screen"},
        {"/TS", "1 of 7 instruments"},
        {"a", "once more to acknowledge"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct terminal *terminal = screen_test_start(40, 80, "");
        assert_true(terminal_wait(terminal, "q quit"));
        terminal_send(terminal, "b" ENTER ENTER);
        assert_true(terminal_wait(terminal, "Filled: 100 at 189.02."));
        assert_true(terminal_wait(terminal, "Esc close  b buy  s sell  H halt"));
        terminal_send(terminal, "x"); /* no key of the deck */
        terminal_send(terminal, cases[i].keys);
        assert_true(terminal_wait(terminal, cases[i].shows));
        assert_true(terminal_wait_gone(terminal, "Filled: 100"));
        terminal_destroy(terminal);
    }
}

static void test_unanswered_ticket_stays(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "silent");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "b" ENTER ENTER);
    assert_true(terminal_wait(terminal, "Sent."));
    terminal_send(terminal, "b");
    assert_true(terminal_wait(terminal, "The order has no answer yet."));
    assert_true(terminal_find(terminal, "Order ") >= 0);
    terminal_send(terminal, "H"); /* a halt does not wait for it */
    assert_true(terminal_wait(terminal, "Type HALT and Enter"));
    terminal_destroy(terminal);
}

static void test_unknown_stands_out(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "unknown");
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
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "HHALF" ENTER);
    assert_true(terminal_wait(terminal, "HALF_"));
    terminal_send(terminal, "\x7fT" ENTER);
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_TRADING_STATE);
    assert_int_equal(event.state.state, TRADING_HALTED);
    assert_string_equal(event.state.scope, "*");
    assert_string_equal(event.state.by, "anna");
    assert_true(terminal_wait(terminal, "HALTED by anna 14:30:05: halted from the screen"));
    assert_int_equal(terminal_find(terminal, "HALTED by anna"), 0);
    terminal_send(terminal, "RRESUME" ENTER);
    event = screen_test_next_request(terminal);
    assert_int_equal(event.state.state, TRADING_ACTIVE);
    assert_true(terminal_wait_gone(terminal, "HALTED"));
    terminal_send(terminal, "R");
    assert_true(terminal_wait(terminal, "Trading is not halted."));
    terminal_destroy(terminal);
}

static void test_cancel_and_acknowledge(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "silent");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "c");
    assert_true(terminal_wait(terminal, "Go to the orders"));
    terminal_send(terminal, TAB TAB);
    assert_true(terminal_wait(terminal, "▸14:30:05 sell TSLA"));
    terminal_send(terminal, "c");
    assert_true(terminal_wait(terminal, "Cancel sell 50 TSLA at 205.00?"));
    terminal_send(terminal, ESCAPE); /* kept */
    assert_true(terminal_wait_gone(terminal, "Cancel sell"));
    terminal_send(terminal, "cc");
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ORDER_CANCEL);
    assert_string_equal(event.change.order_id, "order-tsla-1");
    assert_string_equal(event.change.account, "SIM-1");
    terminal_send(terminal, TAB "a");
    event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_ALERT_ACK);
    assert_int_equal(event.ack.action, ACK_ACK);
    assert_memory_equal(event.ack.alert_id, "daily_loss:", 11);
    assert_string_equal(event.ack.by, "anna");
    terminal_destroy(terminal);
}

#define PASTE(text) ESCAPE "[200~" text ESCAPE "[201~"

static bool is_written(const struct terminal *terminal, const char *bytes)
{
    return memmem(terminal->raw, terminal->raw_bytes, bytes, strlen(bytes)) != NULL;
}

/* What is pasted is text where there is a field for it, and nothing anywhere else. */
static void test_paste(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    assert_true(is_written(terminal, ESCAPE "[?2004h"));
    assert_false(is_written(terminal, ESCAPE "[?2004l"));
    terminal_send(terminal, PASTE("b" ENTER ENTER "HHALT" ENTER "q"));
    assert_true(terminal_wait(terminal, "What was pasted is ignored"));
    assert_true(terminal_find(terminal, "Worth ") < 0 && terminal_find(terminal, "Type HALT") < 0);
    terminal_send(terminal, "/" PASTE("ts" ENTER TAB ESCAPE "[Bla" ENTER));
    assert_true(terminal_wait(terminal, "/tsla_")); /* still being typed */
    terminal_send(terminal, ENTER "b" TAB PASTE("1,200.5" ENTER "q" ENTER));
    assert_true(terminal_wait(terminal, "Worth 120,050.00 USD.")); /* the price; nothing was reviewed */
    terminal_send(terminal, ESCAPE "H" PASTE("halt" ENTER));
    assert_true(terminal_wait(terminal, "HALT_"));
    assert_true(terminal_find(terminal, "Halt is sent") < 0);
    terminal_send(terminal, ESCAPE "q");
    assert_int_equal(terminal_wait_exit(terminal), 0);
    assert_true(is_written(terminal, ESCAPE "[?2004l"));
    terminal_destroy(terminal);
}

static void test_terminal_without_paste_marks(void **state)
{
    const char *const argv[] = {"", "--child", NULL};
    const char *const environment[] = {"TERM=vt100", "LC_ALL=C.UTF-8", NULL};
    struct terminal *terminal = terminal_start(24, 80, argv, environment);
    (void)state;
    assert_true(terminal_wait(terminal, "q quit"));
    terminal_send(terminal, "q");
    assert_int_equal(terminal_wait_exit(terminal), 0);
    assert_false(is_written(terminal, "2004"));
    terminal_destroy(terminal);
}

static void test_readonly(void **state)
{
    static const char *const keys[] = {"b", "s", "c", "a", "H", "R"};
    struct terminal *terminal = screen_test_start(24, 80, "readonly");
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

static void test_leaving_asks_for_the_ticket(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
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

/* What is known to be in vain is not sent, and says why. */
static void test_a_vanished_stream(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "gone");
    (void)state;
    assert_true(terminal_wait(terminal, "HALTED: stream ORDERS has vanished"));
    assert_true(terminal_wait(terminal, "\"tapedeck streams --apply\" makes it again"));
    terminal_send(terminal, "b" ENTER);
    assert_true(terminal_wait(terminal, "Trading is halted: stream ORDERS has vanished."));
    terminal_send(terminal, ESCAPE);
    assert_true(terminal_wait_gone(terminal, "Trading is halted"));
    terminal_send(terminal, "R");
    assert_true(terminal_wait(terminal, "Trading cannot be resumed yet: stream ORDERS has vanished."));
    terminal_destroy(terminal);
}

static void test_no_storage_is_left(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "full");
    (void)state;
    assert_true(terminal_wait(terminal, "HALTED: no storage is left for ORDERS"));
    assert_true(terminal_wait(terminal, "Make room on its disk; then R resumes trading."));
    terminal_send(terminal, "b" ENTER);
    assert_true(terminal_wait(terminal, "Trading is halted: no storage is left for ORDERS."));
    /* A person may try: what comes back from the tape shows that there is room. */
    terminal_send(terminal, ESCAPE "RRESUME" ENTER);
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.kind, EVENT_TRADING_STATE);
    assert_int_equal(event.state.state, TRADING_ACTIVE);
    assert_true(terminal_wait_gone(terminal, "HALTED"));
    terminal_destroy(terminal);
}

static void test_lame_duck(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "duck");
    (void)state;
    assert_true(terminal_wait(terminal, "Connection: the server is about to stop (lame duck mode)"));
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticket),
        cmocka_unit_test(test_ticket_fields),
        cmocka_unit_test(test_answered_ticket_gives_way),
        cmocka_unit_test(test_unanswered_ticket_stays),
        cmocka_unit_test(test_unknown_stands_out),
        cmocka_unit_test(test_halt_and_resume),
        cmocka_unit_test(test_cancel_and_acknowledge),
        cmocka_unit_test(test_paste),
        cmocka_unit_test(test_terminal_without_paste_marks),
        cmocka_unit_test(test_readonly),
        cmocka_unit_test(test_leaving_asks_for_the_ticket),
        cmocka_unit_test(test_a_vanished_stream),
        cmocka_unit_test(test_no_storage_is_left),
        cmocka_unit_test(test_lame_duck),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
