/* `tapedeck alerts` and `tapedeck ack`: the built program at a server whose alerts are the test's. */
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
#include "bus/stream.h"
#include "bus/test_server.h"

static struct test_server server;
static struct tool_outcome outcome;

static void run(const char *line)
{
    tool_run_in(server.directory, line, &outcome);
}

static void expect_line(size_t at, const char *begin)
{
    if (at >= outcome.count || strncmp(outcome.lines[at], begin, strlen(begin)) != 0)
        fail_msg("line %zu of %zu is '%s' and not '%s' (%s)", at, outcome.count,
                 at < outcome.count ? outcome.lines[at] : "", begin, outcome.errors);
}

static void expect_count(size_t count)
{
    if (outcome.count != count)
        fail_msg("%zu lines, and not %zu; the first: %s (%s)", outcome.count, count, outcome.lines[0], outcome.errors);
}

/* Alerts `first` to `last` of a rule, each as this version. */
static void publish(const char *rule, int first, int last, const char *severity, const char *alert_state, int version)
{
    char subject[64], payload[512], errors[TOOL_LINE_SIZE];
    const char *const words[] = {TAPEDECK_BINARY, "publish", "--state-dir", server.directory,
                                 "--subject",     subject,   NULL};
    struct tool tool;

    snprintf(subject, sizeof(subject), "risk.alerts.%s", severity);
    tool_start(&tool, words);
    for (int i = first; i <= last; i++) {
        snprintf(payload, sizeof(payload),
                 "{\"alert_id\":\"%s:S%d:1\",\"rule\":\"%s\",\"severity\":\"%s\",\"state\":\"%s\",\"version\":%d,"
                 "\"message\":\"S%d is odd\",\"count\":2,\"raised_at\":\"2026-11-23T14:30:00Z\","
                 "\"timestamp\":\"2026-11-23T14:31:00Z\"}\n",
                 rule, i, rule, severity, alert_state, version, i);
        tool_write(&tool, payload);
    }
    tool_end_input(&tool);
    assert_int_equal(tool_end(&tool, errors), 0);
}

static void test_an_alert_from_raised_to_done(void **state)
{
    (void)state;
    publish("drawdown", 1, 1, "warning", "raised", 1);
    run("alerts");
    expect_count(1);
    assert_string_equal(outcome.lines[0],
                        "drawdown:S1:1 warning raised since 2026-11-23T14:30:00.000000000Z, 2 times: S1 is odd");
    run("ack drawdown:S1 --comment looked");
    assert_int_equal(outcome.status, 0);
    expect_count(1);
    assert_non_null(strstr(outcome.lines[0], ", acknowledged by "));
    assert_non_null(strstr(outcome.lines[0], ": looked"));
    /* More severe: somebody has to look again, and what was acknowledged before is not enough. */
    publish("drawdown", 1, 1, "critical", "raised", 2);
    run("alerts");
    expect_line(0, "drawdown:S1:1 critical raised since");
    assert_null(strstr(outcome.lines[0], "acknowledged"));
    run("ack drawdown:S1:1 --shelve 1h");
    assert_non_null(strstr(outcome.lines[0], ", shelved until 2"));
    run("ack drawdown:S1:1 --unshelve");
    assert_null(strstr(outcome.lines[0], "shelved"));
    run("ack drawdown:S1:1");
    publish("drawdown", 1, 1, "critical", "cleared", 3);
    run("alerts");
    expect_count(0);
    run("alerts --all");
    expect_line(0, "drawdown:S1:1 critical cleared since");
    run("alerts --all --json");
    expect_line(0, "{\"alert_id\":\"drawdown:S1:1\",\"rule\":\"drawdown\",\"severity\":\"critical\",");
    assert_non_null(strstr(outcome.lines[0], "\"acknowledged\":true"));
}

static void test_many_are_one_line(void **state)
{
    (void)state;
    publish("stale_quote", 1, 30, "warning", "raised", 1);
    publish("volatility", 1, 2, "warning", "raised", 1);
    run("alerts");
    expect_count(3);
    expect_line(0, "volatility:S2:1 warning raised");
    expect_line(
        2, "stale_quote: 30 alerts, 30 raised (0 critical), 30 not acknowledged, 0 shelved, from 2026-11-23T14:30");
    run("ack stale_quote:S3");
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.errors, "tapedeck: 2 alerts have an id that begins with stale_quote:S3\n");
    run("ack stale_quote:S3:1");
    assert_int_equal(outcome.status, 0);
    run("ack nothing");
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.errors, "tapedeck: no alert has the id nothing\n");
    publish("stale_quote", 1, 28, "warning", "cleared", 2);
    struct tool tool;
    char errors[TOOL_LINE_SIZE];
    size_t acknowledged = 0;
    tool_start_in(&tool, server.directory, "ack --all");
    for (char line[TOOL_LINE_SIZE];; acknowledged++) {
        tool_read_line(&tool, line);
        if (line[0] == '\0')
            break;
    }
    assert_int_equal(tool_end(&tool, errors), 0);
    assert_int_equal(acknowledged, 29 + 2);
    run("alerts");
    expect_count(2 + 1); /* still raised: two of volatility, and the group */
    expect_line(2, "stale_quote: 30 alerts, 2 raised (0 critical), 0 not acknowledged");
}

static void test_follow(void **state)
{
    (void)state;
    struct tool tool;
    char line[TOOL_LINE_SIZE], errors[TOOL_LINE_SIZE];

    publish("spread_blowout", 1, 1, "warning", "raised", 1);
    tool_start_in(&tool, server.directory, "alerts --follow");
    do
        tool_read_line(&tool, line);
    while (strncmp(line, "stale_quote: ", 13) != 0 && strncmp(line, "spread_blowout:S1:1 ", 20) != 0 &&
           line[0] != '\0');
    publish("price_spike", 1, 1, "critical", "raised", 1);
    do
        tool_read_line(&tool, line);
    while (strncmp(line, "price_spike:S1:1 critical raised", 32) != 0 && line[0] != '\0');
    assert_true(line[0] != '\0');
    run("ack price_spike:S1:1");
    tool_read_line(&tool, line);
    assert_non_null(strstr(line, "price_spike:S1:1 critical raised"));
    assert_non_null(strstr(line, ", acknowledged by "));
    assert_int_equal(kill(tool.pid, SIGINT), 0);
    assert_int_equal(tool_end(&tool, errors), 0);
    assert_string_equal(errors, "");
}

static void test_wrong_usage_exits_with_2(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } CASES[] = {
        {"alerts x", "alerts takes no words; 'x' is too much"},
        {"ack", "ack takes the id of one alert, or --all"},
        {"ack a b", "ack takes the id of one alert, or --all"},
        {"ack a --all", "ack takes the id of an alert or --all, not both"},
        {"ack a --shelve 1h --unshelve", "--shelve and --unshelve exclude each other"},
        {"ack a --shelve soon", "--shelve: "},
        {"ack a --shelve 0", "--shelve: '0' is no time at all"},
        {"ack a --comment=", "--comment: the value is empty"},
        {"ack a --comment \x1b[31m", "--comment: the text is longer than"},
        {"ack a --follow", "--follow is not an option of ack"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        tool_run_in("/no/such/directory", CASES[i].line, &outcome);
        if (outcome.status != 2 || outcome.count != 0 ||
            strncmp(outcome.errors + strlen("tapedeck: "), CASES[i].error, strlen(CASES[i].error)) != 0)
            fail_msg("%s: exit code %d, '%s'", CASES[i].line, outcome.status, outcome.errors);
    }
    tool_run_in("/no/such/directory", "alerts", &outcome);
    assert_int_equal(outcome.status, 3);
}

static int set_up(void **state)
{
    struct error error = {0};
    char path[PATHS_SIZE];

    (void)state;
    test_server_start(&server);
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    assert_int_equal(paths_join(path, server.directory, "server.url", &error), 0);
    assert_int_equal(paths_write_secret(path, embedded_server_url(server.server), &error), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_server_stop(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_alert_from_raised_to_done),
        cmocka_unit_test(test_many_are_one_line),
        cmocka_unit_test(test_follow),
        cmocka_unit_test(test_wrong_usage_exits_with_2),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
