/* A screen on a terminal of its own for a tapedeck that runs already: it shows what that one does, trades through it,
 * and its end, orderly or not, ends nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/deck_process.h"
#include "ui/terminal.h"

static const char *const FEED[] = {"--feed", "sim:rate=50", NULL};

static struct terminal *attach(const struct deck_process *deck)
{
    const char *const arguments[] = {"test", "screen", deck->directory, NULL};
    static const char *const environment[] = {"TERM=xterm-256color", "LC_ALL=C.UTF-8", NULL};
    return terminal_start(24, 80, arguments, environment);
}

static bool is_served(const struct deck_process *deck)
{
    static char body[DECK_BODY_SIZE];
    return deck_process_http(deck, "/readyz", NULL, body) == 200;
}

static bool has_order(void *context)
{
    static char body[DECK_BODY_SIZE];
    return deck_process_http(context, "/v1/orders", NULL, body) == 200 && strstr(body, "\"AAPL\"") != NULL;
}

static void test_a_screen_attaches(void **state)
{
    (void)state;
    struct deck_process deck = {0};
    deck_process_start(&deck, FEED);

    struct terminal *first = attach(&deck), *second = attach(&deck);
    assert_true(terminal_wait(first, "AAPL"));
    assert_true(terminal_wait(second, "AAPL"));
    assert_true(terminal_wait(first, "q/s"));
    /* An order from the one stands on the other, and in the daemon. */
    terminal_send(first, "b");
    assert_true(terminal_wait(first, "Buy AAPL"));
    terminal_send(first, "\r");
    assert_true(terminal_wait(first, "Enter sends it"));
    terminal_send(first, "\r");
    wait_until(has_order, &deck, "the order is with the daemon");
    assert_true(terminal_wait(second, "+100"));

    /* One is left with its key, the other loses its terminal. */
    terminal_send(first, "\033");
    assert_true(terminal_wait_gone(first, "Buy AAPL"));
    terminal_send(first, "q");
    assert_int_equal(terminal_wait_exit(first), 0);
    terminal_close(second);
    assert_int_equal(terminal_wait_exit(second), 0);
    terminal_destroy(first);
    terminal_destroy(second);
    assert_true(is_served(&deck));

    /* Logged in again everything is as it was. */
    struct terminal *again = attach(&deck);
    assert_true(terminal_wait(again, "+100"));
    terminal_send(again, "q");
    assert_int_equal(terminal_wait_exit(again), 0);
    terminal_destroy(again);
    assert_true(is_served(&deck));
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    deck_process_clean(&deck);
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "screen") == 0) {
        execl(TAPEDECK_BINARY, "tapedeck", "--state-dir", arguments[2], (char *)NULL);
        return 127;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_screen_attaches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
