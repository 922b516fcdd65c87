/* The example of deploy/nats at work: a cluster of three on which each role is a process with a login of its own, and
 * the tools with that of the people on call. Who may not do something is told so in one sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/tool_process.h"
#include "bus/checkpoint.h"
#include "bus/test_server.h"

enum { CONFIG_SIZE = 65536, OUTPUT_SIZE = 16384, ROLES = 5 };

static const char *const USERS[] = {"feed",    "checks",   "exchange", "positions", "risk",
                                    "gateway", "notifier", "ui",       "setup",     "operator"};
static const char *const ROLE_NAMES[ROLES] = {"feed", "checks", "exchange", "positions", "risk"};

static struct test_cluster cluster;
static struct tool roles[ROLES];

static int set_up(void **state)
{
    (void)state;
    static char config[CONFIG_SIZE];
    char path[512], name[64], password[64];

    snprintf(path, sizeof(path), "%s/deploy/nats/permissions.conf", getenv("TAPEDECK_SOURCE_DIR"));
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    config[fread(config, 1, sizeof(config) - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; i < sizeof(USERS) / sizeof(USERS[0]); i++) {
        size_t length = (size_t)snprintf(name, sizeof(name), "TAPEDECK_%s_PASSWORD", USERS[i]);

        for (size_t at = 0; at < length; at++)
            name[at] = (char)toupper((unsigned char)name[at]);
        snprintf(password, sizeof(password), "password-of-%s", USERS[i]);
        setenv(name, password, 1);
    }
    test_cluster_start(&cluster, config);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_cluster_stop(&cluster);
    return 0;
}

/* For the programs that are started from now on. */
static void log_in(const char *user)
{
    char password[64];

    snprintf(password, sizeof(password), "password-of-%s", user);
    setenv("TAPEDECK_USER", user, 1);
    setenv("TAPEDECK_PASSWORD", password, 1);
}

/* A tool with its words, ended by NULL, and a line for its input (NULL: none). */
struct run {
    const char *user;
    const char *words[9];
    const char *input, *expected;
    struct tool tool;
    char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];
};

static void run_start(struct run *run)
{
    const char *words[16] = {TAPEDECK_BINARY, run->words[0], "--server", cluster.urls};

    memcpy(words + 4, run->words + 1, sizeof(run->words) - sizeof(run->words[0]));
    log_in(run->user);
    tool_start(&run->tool, words);
    if (run->input != NULL)
        tool_write(&run->tool, run->input);
    tool_end_input(&run->tool);
}

static int run_end(struct run *run)
{
    size_t length = 0;
    ssize_t got = 1;

    while (got > 0 && length + 1 < OUTPUT_SIZE) {
        got = read(run->tool.out, run->output + length, OUTPUT_SIZE - 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    run->output[length] = '\0';
    return tool_end(&run->tool, run->errors);
}

static int run_tool(struct run *run)
{
    run_start(run);
    return run_end(run);
}

static bool is_done(void *context)
{
    struct run *run = context;

    return run_tool(run) == 0 && (run->expected == NULL || strstr(run->output, run->expected) != NULL);
}

static void start_roles(void)
{
    for (int i = 0; i < ROLES; i++) {
        char directory[128];

        snprintf(directory, sizeof(directory), "%s/%s", cluster.directory, ROLE_NAMES[i]);
        assert_int_equal(mkdir(directory, 0700), 0);
        const char *const words[] = {TAPEDECK_BINARY, "--no-ui", "--server",    cluster.urls, "--state-dir",
                                     directory,       "--roles", ROLE_NAMES[i], "--http",     "off",
                                     "--log-level",   "warning", NULL};

        log_in(ROLE_NAMES[i]);
        tool_start(&roles[i], words);
    }
}

static void publish(const char *user, const char *subject, const char *line)
{
    static struct run run;

    run = (struct run){.user = user, .words = {"publish", "--subject", subject}, .input = line};
    assert_int_equal(run_tool(&run), 0);
}

/* Streams, leases, and the dead letters of services. */
static void test_the_roles_work_with_their_logins(void **state)
{
    (void)state;
    static struct run run;

    run = (struct run){.user = "setup", .words = {"streams", "--apply"}};
    test_until(is_done, &run);
    run = (struct run){.user = "operator", .words = {"streams"}, .expected = "KV_TAPEDECK_LEASES: "};
    test_until(is_done, &run);
    start_roles();
    for (int i = 0; i < ROLES; i++) {
        char expected[32];

        snprintf(expected, sizeof(expected), "%s%s: host ", ROLE_NAMES[i], i == 0 ? "-sim" : "");
        run = (struct run){.user = "operator", .words = {"streams", "--leases"}, .expected = expected};
        test_until(is_done, &run);
    }
    publish("ui", "orders.new", "{\"order_id\":7}\n");
    run = (struct run){.user = "operator", .words = {"dead-letters"}, .expected = " ORDERS 1 "};
    test_until(is_done, &run);
    run = (struct run){.user = "operator", .words = {"dead-letters", "put-back", "1"}, .expected = "in ORDERS as 2\n"};
    assert_int_equal(run_tool(&run), 0);
    assert_non_null(strstr(run.output, run.expected));
    publish("exchange", "orders.executed.x", "{}\n");
    run = (struct run){.user = "operator", .words = {"dead-letters"}, .expected = " ORDERS 3 "};
    test_until(is_done, &run);
}

static bool has_checkpoint(void *context)
{
    enum checkpoint_verdict verdict;
    struct checkpoint checkpoint;
    struct error error = {0};

    return checkpoint_check(context, "positions", "ORDERS", &verdict, &checkpoint, &error) == 0 &&
           verdict == CHECKPOINT_AGREES;
}

static void test_checkpoints(void **state)
{
    (void)state;
    struct error error = {0};
    struct tape_options options = {
        .urls = cluster.urls, .name = "test", .user = "operator", .password = "password-of-operator"};
    struct tape *tape = tape_connect(&options, &error);

    assert_non_null(tape);
    test_until(has_checkpoint, tape);
    tape_destroy(tape);
}

/* Also when it is not the message's time yet. */
static void test_a_worker(void **state)
{
    (void)state;
    struct tool tool;
    char line[TOOL_LINE_SIZE], errors[TOOL_LINE_SIZE];
    const char *const words[] = {TAPEDECK_BINARY,
                                 "work",
                                 "--server",
                                 cluster.urls,
                                 "--stream",
                                 "RISK",
                                 "--durable",
                                 "mail",
                                 "--filter",
                                 "risk.alerts.critical",
                                 "--",
                                 "/bin/sh",
                                 "-c",
                                 "echo \"$(cat) $TAPEDECK_DELIVERY\"; test $TAPEDECK_DELIVERY -gt 1 || exit 75",
                                 NULL};

    publish("risk", "risk.alerts.critical", "{}\n");
    log_in("notifier");
    tool_start(&tool, words);
    tool_read_line(&tool, line);
    assert_string_equal(line, "{} 1");
    tool_read_line(&tool, line);
    assert_string_equal(line, "{} 2");
    assert_int_equal(kill(tool.pid, SIGTERM), 0);
    assert_int_equal(tool_end(&tool, errors), 0);
    assert_null(strstr(errors, "does not allow"));
}

static void test_who_may_not_is_told_so(void **state)
{
    (void)state;
    static const struct {
        const char *user;
        const char *words[9];
        const char *what, *subject; /* of the sentence: what cannot be done, and why */
    } CASES[] = {
        {"operator",
         {"streams", "--apply", "--replicas", "1"},
         "cannot change stream MARKET_DATA: ",
         "$JS.API.STREAM.UPDATE.MARKET_DATA"},
        {"operator", {"dead-letters", "put-back", "3"}, "cannot put dead letter 3 back: ", "orders.executed.x"},
        {"ui",
         {"dead-letters", "put-back", "1"},
         "cannot read message 1 of stream TAPEDECK_DEAD_LETTERS: ",
         "$JS.API.STREAM.MSG.GET.TAPEDECK_DEAD_LETTERS"},
        {"feed", {"dead-letters"}, "", "$JS.API.CONSUMER.CREATE.TAPEDECK_DEAD_LETTERS"},
        {"feed", {"streams", "--leases"}, "", "$JS.API.CONSUMER.CREATE.KV_TAPEDECK_LEASES"},
        {"ui",
         {"work", "--stream", "RISK", "--durable", "d", "--", "true"},
         "",
         "$JS.API.CONSUMER.DURABLE.CREATE.RISK.d"},
    };
    enum { COUNT = sizeof(CASES) / sizeof(CASES[0]) };
    static struct run runs[COUNT];
    char expected[512];

    for (size_t i = 0; i < COUNT; i++) {
        runs[i].user = CASES[i].user;
        memcpy(runs[i].words, CASES[i].words, sizeof(CASES[i].words));
        run_start(&runs[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(run_end(&runs[i]), 3);
        snprintf(expected, sizeof(expected), "the server does not allow this user to publish to %s\n",
                 CASES[i].subject);
        const char *line = strstr(runs[i].errors, "tapedeck: "); /* a worker logs it, too */
        const char *reason = line != NULL ? strstr(line, expected) : NULL;

        if (reason == NULL || reason[strlen(expected)] != '\0' || strstr(line, CASES[i].what) == NULL ||
            (line != runs[i].errors && strcmp(CASES[i].words[0], "work") != 0))
            fail_msg("%s", runs[i].errors);
    }
}

/* And none of the roles has wanted what it may not do. */
static void test_the_roles_end(void **state)
{
    (void)state;
    char errors[TOOL_LINE_SIZE];

    for (int i = 0; i < ROLES; i++) {
        assert_int_equal(kill(roles[i].pid, SIGTERM), 0);
        assert_int_equal(tool_end(&roles[i], errors), 0);
        if (strstr(errors, "does not allow") != NULL)
            fail_msg("%s: %s", ROLE_NAMES[i], errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_roles_work_with_their_logins),
        cmocka_unit_test(test_checkpoints),
        cmocka_unit_test(test_a_worker),
        cmocka_unit_test(test_who_may_not_is_told_so),
        cmocka_unit_test(test_the_roles_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
