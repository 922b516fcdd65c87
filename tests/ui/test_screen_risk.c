/* The risk screen as a person meets it: keys in, cells and requests out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ui/screen_test.h"

static void send(struct terminal *terminal, const char *keys, const char *shows)
{
    terminal_send(terminal, keys);
    if (!terminal_wait(terminal, shows))
        fail_msg("after \"%s\" the screen does not show \"%s\"", keys, shows);
}

static void test_sizes(void **state)
{
    static const int sizes[][2] = {{24, 80}, {36, 120}, {60, 200}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct terminal *terminal = screen_test_start(sizes[i][0], sizes[i][1], "");
        char name[32];
        assert_true(terminal_wait(terminal, "? help"));
        send(terminal, GO("risk") "j", "Limits of SIM-1");
        snprintf(name, sizeof name, "risk-%dx%d", sizes[i][1], sizes[i][0]);
        screen_test_check_file(terminal, name);
        terminal_destroy(terminal);
    }
}

static void test_parts(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "ascii");
    (void)state;
    assert_true(terminal_wait(terminal, "? help"));
    send(terminal, GO("risk"), "Limits of all");
    assert_true(terminal_find(terminal, "worst") < 0 || terminal_find(terminal, "METHOD") >= 0);
    send(terminal, "jw", "worst 0.60 %");
    screen_test_check_file(terminal, "risk-curve-ascii");
    send(terminal, "w", "Active; it was never halted.");
    send(terminal, "w", "Largest positions");
    send(terminal, "w", "METHOD");
    send(terminal, "/desk" ENTER, "Limits of DESK-2");
    assert_true(terminal_find(terminal, "1,000,000") >= 0);
    terminal_destroy(terminal);
}

/* The scope is chosen, the word typed out; what follows stands on the screen when it stands on the tape. */
static void test_flatten(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "? help"));
    send(terminal, GO("risk") "F", "Halts everything, cancels what works, CLOSES EVERY POSITION.");
    send(terminal, TAB, "Halts SIM-1,");
    send(terminal, TAB, "Halts SIM-1/AAPL,");
    send(terminal,
         ESCAPE "[Z"
                "FLATTE" ENTER,
         "FLATTE_");
    send(terminal, "N" ENTER, "Flatten is sent");
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.state.state, TRADING_HALTED);
    assert_int_equal(event.state.step, STEP_FLATTEN);
    assert_string_equal(event.state.scope, "SIM-1");
    send(terminal, "", "1. new orders of SIM-1 stop: flatten at ORDERS 14");
    send(terminal, "", "2. of 2 working orders 0 ended");
    send(terminal, "", "4. the order checks have not proved it yet");
    send(terminal, "", "5. positions are still to be closed");
    screen_test_check_file(terminal, "risk-flatten-80x24");
    send(terminal, "R", "Orders of all accounts pass the checks again.");
    send(terminal, "RESUME" ENTER, "Resume is sent");
    event = screen_test_next_request(terminal);
    assert_int_equal(event.state.state, TRADING_ACTIVE);
    assert_string_equal(event.state.scope, "SIM-1");
    assert_true(terminal_wait_gone(terminal, "halted "));
    send(terminal, "R", "Trading is not halted.");
    terminal_destroy(terminal);
}

static void test_reduce(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "");
    (void)state;
    assert_true(terminal_wait(terminal, "? help"));
    send(terminal, GO("risk") "jj", "Limits of DESK-2");
    send(terminal, "r", "Only what makes a position smaller passes in DESK-2.");
    send(terminal, "REDUCE" ENTER, "DESK-2     reducing");
    struct event event = screen_test_next_request(terminal);
    assert_int_equal(event.state.state, TRADING_REDUCING);
    assert_string_equal(event.state.scope, "DESK-2");
    terminal_destroy(terminal);
}

/* Thousands of alerts are a few lines; all of a group are acknowledged with one key and another one. */
static void test_flood(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "alerts=10000");
    (void)state;
    assert_true(terminal_wait(terminal, "? help"));
    send(terminal, "", "warning  14:30:05 stale_quote: 10,001 alerts, 10,001 not ack, 10,001 raised,");
    send(terminal, GO("alerts"), "+ stale_quote: 10,001 alerts");
    screen_test_check_file(terminal, "alerts-flood-80x24");
    send(terminal, "j" ENTER, "- stale_quote: 10,001 alerts");
    send(terminal, "", "5,907 more rows, 10,002 not acknowledged");
    send(terminal, "j", "▸warning  14:30:06 RAISED         S9999 quote is stale");
    send(terminal, "k" ENTER, "+ stale_quote: 10,001 alerts");
    send(terminal, "s", "This is a group: Enter opens it, a acknowledges all of it.");
    send(terminal, "a", "Acknowledges 10,001 alerts of stale_quote.");
    send(terminal, ESCAPE "a", "a again acknowledges them");
    terminal_destroy(terminal);
}

static void test_flood_sizes(void **state)
{
    static const int sizes[][2] = {{36, 120}, {60, 200}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct terminal *terminal = screen_test_start(sizes[i][0], sizes[i][1], "alerts=100");
        char name[32];
        assert_true(terminal_wait(terminal, "? help"));
        send(terminal, GO("alerts") "j" ENTER, "- stale_quote: 101 alerts");
        snprintf(name, sizeof name, "alerts-open-%dx%d", sizes[i][1], sizes[i][0]);
        screen_test_check_file(terminal, name);
        terminal_destroy(terminal);
    }
}

static void test_acknowledging_a_group(void **state)
{
    struct terminal *terminal = screen_test_start(36, 120, "alerts=25");
    (void)state;
    assert_true(terminal_wait(terminal, "? help"));
    send(terminal, GO("alerts") "jaa", "The acknowledgements of 26 alerts are sent.");
    for (int i = 0; i < 26; i++) {
        struct event event = screen_test_next_request(terminal);
        assert_int_equal(event.kind, EVENT_ALERT_ACK);
        assert_int_equal(event.ack.action, ACK_ACK);
        assert_memory_equal(event.ack.alert_id, "stale_quote:", 12);
    }
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes),
                                       cmocka_unit_test(test_parts),
                                       cmocka_unit_test(test_flatten),
                                       cmocka_unit_test(test_reduce),
                                       cmocka_unit_test(test_flood),
                                       cmocka_unit_test(test_flood_sizes),
                                       cmocka_unit_test(test_acknowledging_a_group)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
