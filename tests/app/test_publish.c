/* `tapedeck publish` against a real server: what is stored of the lines it is given, and what it says about them. */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/paths.h"
#include "app/tool_process.h"
#include "bus/follower.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"

static struct test_server server;
static struct inbox *inbox;

static int set_up(void **state)
{
    char path[PATHS_SIZE];
    struct error error = {0};

    (void)state;
    test_server_start(&server);
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    assert_int_equal(paths_join(path, server.directory, "server.url", &error), 0);
    assert_int_equal(paths_write_secret(path, embedded_server_url(server.server), &error), 0);
    inbox = inbox_create(4 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    inbox_destroy(inbox);
    test_server_stop(&server);
    return 0;
}

static void start(struct tool *tool, const char *option, const char *value)
{
    const char *const words[] = {TAPEDECK_BINARY, "publish", "--state-dir", server.directory, option, value, NULL};

    tool_start(tool, words);
}

static void assert_line(struct tool *tool, const char *expected)
{
    char line[TOOL_LINE_SIZE];

    tool_read_line(tool, line);
    assert_string_equal(line, expected);
}

static void assert_ends(struct tool *tool, int status, const char *message)
{
    char errors[TOOL_LINE_SIZE];

    assert_int_equal(tool_end(tool, errors), status);
    assert_string_equal(errors, message);
}

static void test_publishes_lines_as_they_are(void **state)
{
    (void)state;
    struct tool tool;
    struct error error = {0};

    start(&tool, "--subject", "md.nyse.A");
    tool_write(&tool, "{\"n\":  1}\n\n{\"subject\":7}\n");
    assert_line(&tool, "1 1");
    assert_line(&tool, "3 2");
    tool_write(&tool, "{\"last\":true}"); /* without a newline */
    tool_end_input(&tool);
    assert_line(&tool, "4 3");
    assert_line(&tool, "");
    assert_ends(&tool, 0, "");

    start(&tool, NULL, NULL);
    tool_write(&tool, "{\"subject\":\"md.nyse.B\",\"n\":4}\n");
    assert_line(&tool, "1 4");
    assert_int_equal(kill(tool.pid, SIGTERM), 0);
    assert_ends(&tool, 0, "");

    struct follower *follower = follower_create(
        server.tape, &(struct follower_options){.stream = "MARKET_DATA", .from = FOLLOW_SEQUENCE}, inbox, &error);
    assert_non_null(follower);
    static const char *const EXPECTED[][2] = {{"md.nyse.A", "{\"n\":  1}"},
                                              {"md.nyse.A", "{\"subject\":7}"},
                                              {"md.nyse.A", "{\"last\":true}"},
                                              {"md.nyse.B", "{\"subject\":\"md.nyse.B\",\"n\":4}"}};
    for (size_t i = 0; i < 4; i++) {
        struct inbox_item item = test_await(inbox, INBOX_MESSAGE);
        assert_string_equal(item.subject, EXPECTED[i][0]);
        assert_string_equal(item.payload, EXPECTED[i][1]);
    }
    follower_destroy(follower);
}

/* An event has the id of its name: the same order is stored once, whoever publishes it. */
static void test_an_order_is_stored_once(void **state)
{
    (void)state;
    static const char ORDER[] = "{\"order_id\":\"o-1\",\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"side\":\"buy\","
                                "\"type\":\"market\",\"quantity\":1,\"timestamp\":\"2026-11-23T14:30:00Z\"}\n";

    for (int i = 0; i < 2; i++) {
        struct tool tool;

        start(&tool, "--subject", "orders.new");
        tool_write(&tool, ORDER);
        tool_end_input(&tool);
        assert_line(&tool, "1 1");
        assert_ends(&tool, 0, "");
    }
}

static void test_keeps_to_a_rate(void **state)
{
    (void)state;
    enum { LINES = 60 };
    struct tool tool;
    char line[TOOL_LINE_SIZE], text[LINES * 4] = "";
    const char *const words[] = {TAPEDECK_BINARY, "publish", "--state-dir", server.directory, "--rate", "50",
                                 "--subject",     "md.x.R",  NULL};

    for (int i = 0; i < LINES; i++)
        strcat(text, "{}\n");
    int64_t start_ns = clock_monotonic_ns();
    tool_start(&tool, words);
    tool_write(&tool, text);
    tool_end_input(&tool);
    for (int i = 0; i < LINES; i++)
        tool_read_line(&tool, line);
    assert_ends(&tool, 0, "");
    /* A tenth of a second's worth may go at once. */
    assert_true(clock_monotonic_ns() - start_ns >= (LINES - 7) * NS_PER_SECOND / 50);
}

static void test_stops_at_a_bad_line(void **state)
{
    (void)state;
    static const struct {
        const char *input, *message;
    } CASES[] = {
        {"{\"subject\":\"md.x.A\"}\nnonsense\n{\"subject\":\"md.x.A\"}\n", "tapedeck: line 2: "},
        {"{\"subject\":\"md.x.A\"}\n{\"a\":1}\n", "tapedeck: line 2 has no subject; give it, or --subject\n"},
        {"{\"subject\":\"md.x.A\"}\n{\"subject\":\"md.>\"}\n",
         "tapedeck: line 2: the subject has a space or a wild card\n"},
        {"{\"subject\":\"md.x.A\"}\n{\"subject\":[]}\n", "tapedeck: line 2: the subject is not a short text\n"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct tool tool;
        char line[TOOL_LINE_SIZE], errors[TOOL_LINE_SIZE];

        start(&tool, NULL, NULL);
        tool_write(&tool, CASES[i].input);
        tool_end_input(&tool);
        tool_read_line(&tool, line); /* the line before it is stored */
        assert_int_equal(strncmp(line, "1 ", 2), 0);
        assert_line(&tool, "");
        assert_int_equal(tool_end(&tool, errors), 2);
        if (strncmp(errors, CASES[i].message, strlen(CASES[i].message)) != 0)
            fail_msg("%s", errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_publishes_lines_as_they_are),
        cmocka_unit_test(test_an_order_is_stored_once),
        cmocka_unit_test(test_keeps_to_a_rate),
        cmocka_unit_test(test_stops_at_a_bad_line),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
