/* `tapedeck halt`, `reduce`, `resume` and `flatten`: the built program beside a daemon of its own, which has no feed.
 */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/deck_process.h"
#include "app/paths.h"
#include "app/tool_process.h"
#include "bus/stream.h"
#include "bus/test_server.h"

static struct deck_process deck;
static struct tool_outcome outcome;

static void run(const char *line)
{
    tool_run_in(deck.directory, line, &outcome);
}

static void expect_line(size_t at, const char *begin)
{
    if (at >= outcome.count || strncmp(outcome.lines[at], begin, strlen(begin)) != 0)
        fail_msg("line %zu of %zu is '%s' and not '%s' (%s)", at, outcome.count,
                 at < outcome.count ? outcome.lines[at] : "", begin, outcome.errors);
}

static void quote(void)
{
    const char *const words[] = {TAPEDECK_BINARY, "publish",      "--state-dir", deck.directory,
                                 "--subject",     "md.nyse.AAPL", NULL};
    char errors[TOOL_LINE_SIZE];
    struct tool tool;

    tool_start(&tool, words);
    tool_write(&tool, "{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":189,\"ask\":189.02,\"bid_size\":100,"
                      "\"ask_size\":50,\"timestamp\":\"2026-11-23T14:30:00Z\"}\n");
    tool_end_input(&tool);
    assert_int_equal(tool_end(&tool, errors), 0);
}

static void place(const char *line)
{
    quote();
    run(line);
    assert_int_equal(outcome.status, 0);
}

/* The number behind the last blank of a line. */
static uint64_t number_of(size_t at)
{
    uint64_t number = 0;

    assert_int_equal(sscanf(strrchr(outcome.lines[at], ' '), "%" SCNu64, &number), 1);
    return number;
}

static void test_halt_ends_with_nothing_at_work(void **state)
{
    (void)state;
    place("order buy AAPL 1 @188.5 --tif gtc");
    place("order buy AAPL 2 @188 --tif gtc");
    place("order buy AAPL 3 @187 --tif gtc --account SIM-2");
    run("halt SIM-1 --reason drill");
    assert_int_equal(outcome.status, 0);
    expect_line(0, "1. new orders of SIM-1 stop: halted at ORDERS ");
    expect_line(1, "2. 2 orders ended, the last at ORDERS ");
    expect_line(2, "3. ORDERS read to its end at ");
    expect_line(3, "halted, 0 working orders");
    assert_true(number_of(0) < number_of(1) && number_of(1) <= number_of(2));
    run("orders");
    assert_int_equal(outcome.count, 1); /* the other account's */
    quote();
    run("order buy AAPL 1");
    assert_int_equal(outcome.status, 5);
    /* Again: it is already so, and proved again. */
    run("halt");
    assert_int_equal(outcome.status, 0);
    expect_line(1, "2. 1 orders ended, the last at ORDERS ");
    run("halt");
    expect_line(1, "2. no order worked");
    expect_line(3, "halted, 0 working orders");
}

static void test_resume_names_what_stays_halted(void **state)
{
    (void)state;
    run("halt SIM-1 --reason drill");
    run("halt --reason everything");
    run("resume SIM-1");
    assert_int_equal(outcome.status, 0);
    assert_int_equal(outcome.count, 2);
    expect_line(0, "SIM-1 is active since ORDERS ");
    expect_line(1, "* stays halted: everything");
    run("halt SIM-1/AAPL --reason symbol");
    run("resume");
    expect_line(0, "* is active since ORDERS ");
    expect_line(1, "SIM-1/AAPL stays halted: symbol");
    run("resume SIM-1/AAPL");
    assert_int_equal(outcome.count, 1);
    place("order buy AAPL 1");
}

static void test_reduce_lets_through_what_is_smaller(void **state)
{
    (void)state;
    run("resume");
    place("order buy AAPL 5");
    run("reduce SIM-1");
    assert_int_equal(outcome.status, 0);
    expect_line(0, "SIM-1 is reducing since ORDERS ");
    quote();
    run("order buy AAPL 1");
    assert_int_equal(outcome.status, 5);
    place("order sell AAPL 5");
    run("resume SIM-1");
}

static void test_flatten_closes_when_the_words_are_said(void **state)
{
    struct tool flattening;

    (void)state;
    place("order buy AAPL 4");
    place("order buy AAPL 6 @187.5 --tif gtc");
    for (int i = 0; i < 2; i++) {
        tool_start_in(&flattening, deck.directory, "flatten SIM-1");
        tool_write(&flattening, i == 0 ? "flatten *\n" : "flatten SIM-1\n");
        quote();
        tool_finish(&flattening, &outcome);
        assert_int_equal(outcome.status, i == 0 ? 1 : 0);
        assert_int_equal(outcome.count > 0, i);
    }
    expect_line(0, "1. new orders of SIM-1 stop: halted at ORDERS ");
    expect_line(1, "2. 0 working orders; 1 position to close: closing orders pass since ORDERS ");
    expect_line(2, "   sell 5 AAPL of SIM-1: order flat-");
    expect_line(outcome.count - 2, "3. ORDERS read to ");
    expect_line(outcome.count - 1, "flat, 0 positions, 0 working orders");
    run("positions");
    expect_line(0, "SIM-1 AAPL 0, realized ");
    run("orders");
    assert_int_equal(outcome.count, 0);
    quote();
    run("order buy AAPL 1");
    assert_int_equal(outcome.status, 5); /* until somebody resumes it */
    run("resume SIM-1");
}

/* What is waited for is said; who ends a flatten is told to who started it. */
static void test_a_flatten_waits_until_somebody_ends_it(void **state)
{
    struct tool flattening;
    char line[TOOL_LINE_SIZE];

    (void)state;
    place("order buy AAPL 3");
    run("halt *");
    tool_start_in(&flattening, deck.directory, "flatten SIM-1 --yes");
    do {
        tool_read_line(&flattening, line);
        assert_string_not_equal(line, "");
    } while (strcmp(line, "   waits: AAPL in SIM-1: * is halted too: from the command line") != 0);
    run("reduce SIM-1 --reason enough");
    tool_finish(&flattening, &outcome);
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.errors, "the flatten was ended: SIM-1 is reducing, by "));
    assert_non_null(strstr(outcome.errors, ": enough\n"));
    run("resume *");
    run("resume SIM-1");
}

static void test_wrong_usage_exits_with_2(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } CASES[] = {
        {"halt A B", "one scope at a time; 'B' is too much"},
        {"halt A*", "'A*' is no scope: *, an account, or ACCOUNT/SYMBOL"},
        {"halt A/", "'A/' is no scope"},
        {"halt /AAPL", "'/AAPL' is no scope"},
        {"reduce A/B/C", "'A/B/C' is no scope"},
        {"resume \x1b[31m", "'[31m' is no scope"},
        {"resume 12345678901234567890123456789012", "'12345678901234567890123456789012' is no scope"},
        {"flatten A*", "'A*' is no scope: *, an account, or ACCOUNT/SYMBOL"},
        {"halt --yes", "--yes is not an option of halt"},
        {"halt --reason=", "--reason: the value is empty"},
        {"orders --reason x", "--reason is not an option of orders"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        tool_run_in("/no/such/directory", CASES[i].line, &outcome);
        if (outcome.status != 2 || outcome.count != 0 ||
            strncmp(outcome.errors + strlen("tapedeck: "), CASES[i].error, strlen(CASES[i].error)) != 0)
            fail_msg("%s: exit code %d, '%s'", CASES[i].line, outcome.status, outcome.errors);
    }
    tool_run_in("/no/such/directory", "halt", &outcome);
    assert_int_equal(outcome.status, 3);
}

/* A tape that nobody works: the halt is stored, the order on it is not cancelled, and nobody says it was. */
static void test_without_an_exchange_exits_with_6(void **state)
{
    (void)state;
    struct test_server server;
    struct error error = {0};
    struct tool placing;
    char path[PATHS_SIZE];

    test_server_start(&server);
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    assert_int_equal(paths_join(path, server.directory, "server.url", &error), 0);
    assert_int_equal(paths_write_secret(path, embedded_server_url(server.server), &error), 0);
    tool_start_in(&placing, server.directory, "order buy AAPL 1");
    for (outcome.count = 0; outcome.count == 0;)
        tool_run_in(server.directory, "orders", &outcome);
    tool_run_in(server.directory, "halt", &outcome);
    assert_int_equal(outcome.status, 6);
    assert_int_equal(outcome.count, 1);
    expect_line(0, "1. new orders of * stop: halted at ORDERS 2");
    assert_string_equal(outcome.errors, "tapedeck: halted, but 1 orders still work after 10 s; is the exchange up?\n");
    tool_finish(&placing, &outcome);
    test_server_stop(&server);
}

static int set_up(void **state)
{
    static const char *const arguments[] = {"--feed", "none", NULL};

    (void)state;
    deck_process_start(&deck, arguments);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    deck_process_clean(&deck);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_halt_ends_with_nothing_at_work),
        cmocka_unit_test(test_resume_names_what_stays_halted),
        cmocka_unit_test(test_reduce_lets_through_what_is_smaller),
        cmocka_unit_test(test_flatten_closes_when_the_words_are_said),
        cmocka_unit_test(test_a_flatten_waits_until_somebody_ends_it),
        cmocka_unit_test(test_wrong_usage_exits_with_2),
        cmocka_unit_test(test_without_an_exchange_exits_with_6),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
