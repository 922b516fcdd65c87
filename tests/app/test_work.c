/* `tapedeck work` against a real server: what the command is given, what its exit code does, and how the work ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/paths.h"
#include "app/tool_process.h"
#include "bus/follower.h"
#include "bus/publisher.h"
#include "bus/stream.h"
#include "bus/test_server.h"

static struct test_server server;
static struct publisher *publisher;
static struct inbox *inbox;

static uint64_t publish(const char *subject, const char *payload)
{
    assert_true(publisher_send(publisher, &(struct publish_message){.subject = subject,
                                                                    .fence = PUBLISH_NO_FENCE,
                                                                    .payload = payload,
                                                                    .payload_bytes = strlen(payload),
                                                                    .inbox = inbox}));
    struct inbox_item item = test_await(inbox, INBOX_PUBLISHED);
    assert_int_equal(item.result.status, PUBLISH_STORED);
    return item.result.sequence;
}

static int set_up(void **state)
{
    char path[PATHS_SIZE];
    struct error error = {0};

    (void)state;
    test_server_start(&server);
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    assert_int_equal(paths_join(path, server.directory, "server.url", &error), 0);
    assert_int_equal(paths_write_secret(path, embedded_server_url(server.server), &error), 0);
    publisher = publisher_create(server.tape, &(struct publisher_options){0}, &error);
    assert_non_null(publisher);
    inbox = inbox_create(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    publisher_destroy(publisher, 1000);
    inbox_destroy(inbox);
    test_server_stop(&server);
    return 0;
}

/* Works the messages of one subject with a script; `$1` of it is a text that a shell would take for more. */
static void start(struct tool *tool, const char *durable, const char *filter, const char *script)
{
    const char *const words[] = {TAPEDECK_BINARY,
                                 "work",
                                 "--state-dir",
                                 server.directory,
                                 "--durable",
                                 durable,
                                 "--filter",
                                 filter,
                                 "--",
                                 "/bin/sh",
                                 "-c",
                                 script,
                                 "sh",
                                 "$(exit 9); a  b",
                                 NULL};
    tool_start(tool, words);
}

static void assert_line(struct tool *tool, const char *expected)
{
    char line[TOOL_LINE_SIZE];

    tool_read_line(tool, line);
    assert_string_equal(line, expected);
}

static void assert_ends_well(struct tool *tool)
{
    char errors[TOOL_LINE_SIZE];

    assert_int_equal(kill(tool->pid, SIGTERM), 0);
    assert_int_equal(tool_end(tool, errors), 0);
    assert_string_equal(errors, "");
}

static void test_runs_the_command_for_each_message(void **state)
{
    (void)state;
    struct tool tool;
    char expected[256];
    uint64_t first = publish("md.nyse.A", "{\"n\":1}");
    uint64_t second = publish("md.nyse.A", "");

    start(&tool, "each", "md.nyse.A",
          "echo \"$TAPEDECK_SUBJECT $TAPEDECK_STREAM $TAPEDECK_SEQUENCE $TAPEDECK_DELIVERY [$(cat)] $1\"");
    snprintf(expected, sizeof(expected), "md.nyse.A MARKET_DATA %d 1 [{\"n\":1}] $(exit 9); a  b", (int)first);
    assert_line(&tool, expected);
    snprintf(expected, sizeof(expected), "md.nyse.A MARKET_DATA %d 1 [] $(exit 9); a  b", (int)second);
    assert_line(&tool, expected);
    assert_ends_well(&tool);

    /* What is done stays done. */
    publish("md.nyse.A", "third");
    start(&tool, "each", "md.nyse.A", "cat; echo");
    assert_line(&tool, "third");
    assert_ends_well(&tool);
}

/* Of four times that it is not done, the second says that it is not its time yet: three are left. */
static void test_a_failure_comes_again_and_is_a_dead_letter(void **state)
{
    (void)state;
    struct tool tool;
    struct error error = {0};
    publish("md.nyse.B", "poison");
    publish("md.nyse.B", "good");

    start(&tool, "fails", "md.nyse.B",
          "read -r text; echo \"$text $TAPEDECK_DELIVERY\"; test \"$text\" = good || exit $((73 + TAPEDECK_DELIVERY))");
    assert_line(&tool, "poison 1");
    assert_line(&tool, "good 1");
    assert_line(&tool, "poison 2");
    assert_line(&tool, "poison 3");
    assert_line(&tool, "poison 4");
    struct follower *follower = follower_create(
        server.tape, &(struct follower_options){.stream = "TAPEDECK_DEAD_LETTERS", .from = FOLLOW_SEQUENCE}, inbox,
        &error);
    assert_non_null(follower);
    struct inbox_item item = test_await(inbox, INBOX_MESSAGE);
    assert_string_equal(item.subject, "dead.MARKET_DATA");
    assert_non_null(strstr(item.payload, "\"reader\":\"fails\",\"deliveries\":4,\"reason\":\"the command failed with "
                                         "exit code 77\",\"payload\":\"poison\""));
    follower_destroy(follower);
    char errors[TOOL_LINE_SIZE];
    assert_int_equal(kill(tool.pid, SIGTERM), 0);
    assert_int_equal(tool_end(&tool, errors), 0);
    assert_non_null(strstr(errors, "is a dead letter of fails: the command failed with exit code 77\n"));
}

static void test_a_signal_waits_for_the_command_under_way(void **state)
{
    (void)state;
    struct tool tool;
    char errors[TOOL_LINE_SIZE], path[PATHS_SIZE], script[2 * PATHS_SIZE + 64];
    struct error error = {0};
    publish("md.nyse.C", "one");
    publish("md.nyse.C", "two");

    /* The command waits for a fifo that is opened only after the signal. */
    assert_int_equal(paths_join(path, server.directory, "go", &error), 0);
    snprintf(script, sizeof(script), "mkfifo %s; echo begun; cat %s; echo done", path, path);
    start(&tool, "signal", "md.nyse.C", script);
    assert_line(&tool, "begun");
    assert_int_equal(kill(tool.pid, SIGTERM), 0);
    FILE *go = fopen(path, "w");
    assert_non_null(go);
    fclose(go);
    assert_line(&tool, "done");
    assert_line(&tool, "");
    assert_int_equal(tool_end(&tool, errors), 0);

    /* The first is done, the second is still there. */
    start(&tool, "signal", "md.nyse.C", "cat; echo");
    assert_line(&tool, "two");
    assert_ends_well(&tool);
}

static void test_says_why_it_cannot(void **state)
{
    (void)state;
    static const struct {
        const char *words[8];
        int status;
        const char *message;
    } CASES[] = {
        {{"--durable", "d", "--", "/no/such/program"}, 1, "tapedeck: cannot run '/no/such/program': No such file"},
        {{"--durable", "d2", "--stream", "NONE", "--", "true"}, 3, "tapedeck: cannot work stream NONE: there is no su"},
        {{"--durable", "a.b", "--", "true"}, 2, "tapedeck: --durable: 'a.b' is no name: 1 to 64 letters"},
        {{"--durable", "d"}, 2, "tapedeck: work needs a command: tapedeck work --durable NAME -- COMMAND"},
        {{"--", "true"}, 2, "tapedeck: work needs --durable NAME"},
        {{"--durable", "d", "--group", "501", "--", "true"}, 2, "tapedeck: --group: '501' is not a whole number"},
        {{"--durable", "d", "--count", "1", "--", "true"}, 2, "tapedeck: --count is not an option of work"},
    };
    publish("md.nyse.D", "x");

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const char *words[16] = {TAPEDECK_BINARY, "work", "--state-dir", server.directory};
        char errors[TOOL_LINE_SIZE];
        struct tool tool;

        memcpy(words + 4, CASES[i].words, sizeof(CASES[i].words));
        tool_start(&tool, words);
        assert_int_equal(tool_end(&tool, errors), CASES[i].status);
        if (strncmp(errors, CASES[i].message, strlen(CASES[i].message)) != 0)
            fail_msg("%s", errors);
        assert_ptr_equal(strchr(errors, '\n'), errors + strlen(errors) - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_the_command_for_each_message),
        cmocka_unit_test(test_a_failure_comes_again_and_is_a_dead_letter),
        cmocka_unit_test(test_a_signal_waits_for_the_command_under_way),
        cmocka_unit_test(test_says_why_it_cannot),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
