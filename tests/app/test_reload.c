/* Limits that are reloaded by SIGHUP: the built program as a daemon with a configuration that changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/deck_process.h"
#include "app/temporary.h"
#include "app/tool_process.h"

static struct deck_process deck;
static struct tool_outcome outcome;
static const char *wanted; /* in the log */

static void run(const char *line)
{
    tool_run_in(deck.directory, line, &outcome);
}

static bool log_has_it(void *context)
{
    (void)context;
    char line[1024];
    bool found = false;
    FILE *log = fopen(temporary_path("log"), "r");

    while (log != NULL && !found && fgets(line, sizeof(line), log) != NULL)
        found = strstr(line, wanted) != NULL;
    if (log != NULL)
        fclose(log);
    return found;
}

/* Asks for the limits of this text, and waits until the log has the sentence. */
static void reload(const char *text, const char *sentence)
{
    temporary_text("config", text);
    assert_int_equal(kill(deck.pid, SIGHUP), 0);
    wanted = sentence;
    wait_until(log_has_it, NULL, sentence);
}

/* The limit is folded by another thread than the one that sent it. */
static bool is_refused(void *context)
{
    (void)context;
    run("order buy AAPL 1");
    return outcome.status == 5 && strstr(outcome.errors, "MAX_NOTIONAL") != NULL;
}

static bool is_taken(void *context)
{
    (void)context;
    run("order buy AAPL 1");
    return outcome.status == 0;
}

static void test_a_reload_changes_limits_and_says_so(void **state)
{
    (void)state;
    wait_until(is_taken, NULL, "an order that passes");
    reload("[checks]\nduplicate = off\nrate_limit = off\nmax_notional = 100\n[risk]\ngross_exposure = 150\n",
           "[checks] max_notional: 250000 -> 100, by ");
    wanted = "[risk] gross_exposure: 1000000 -> 150, by ";
    wait_until(log_has_it, NULL, wanted);
    wait_until(is_refused, NULL, "an order that is refused");
    do
        run("alerts");
    while (outcome.count == 0 ||
           strncmp(outcome.lines[0], "gross_exposure:SIM-1:", 21) != 0); /* the test has a time-out */
    run("watch risk.limits --from -1h --count 2 --json");
    assert_int_equal(outcome.count, 2);
    assert_non_null(strstr(outcome.lines[0], "\"section\":\"checks\",\"key\":\"max_notional\",\"value\":\"100\","
                                             "\"old\":\"250000\",\"by\":\""));
    assert_non_null(strstr(outcome.lines[1], "\"section\":\"risk\",\"key\":\"gross_exposure\",\"value\":\"150\""));
}

static void test_a_mistake_changes_nothing(void **state)
{
    (void)state;
    reload("[checks]\nduplicate = off\nrate_limit = off\nmax_notional = 200000\nmax_quantity = lots\n",
           "config:5: max_quantity: \"lots\" is no quantity above 0");
    reload("[checks]\nduplicate = off\nrate_limit = off\nmax_notional = 200000\nmarket_margin = 1%\n",
           "config:5: a change of market_margin in [checks] needs a restart; nothing was changed");
    run("order buy AAPL 1");
    assert_int_equal(outcome.status, 5);
    reload("[checks]\nduplicate = off\nrate_limit = off\nmax_notional = 200000\n", "max_notional: 100 -> 200000, by ");
    wait_until(is_taken, NULL, "an order that passes again");
}

static int set_up(void **state)
{
    (void)state;
    temporary_make();
    temporary_text("config", "[checks]\nduplicate = off\nrate_limit = off\n");
    const char *const arguments[] = {"--feed",     "sim:seed=1,rate=50",  "--config", temporary_path("config"),
                                     "--log-file", temporary_path("log"), NULL};

    deck_process_start(&deck, arguments);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int status = deck_process_end(&deck, SIGTERM);

    deck_process_clean(&deck);
    temporary_remove();
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reload_changes_limits_and_says_so),
        cmocka_unit_test(test_a_mistake_changes_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
