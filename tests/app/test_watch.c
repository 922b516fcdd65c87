/* `tapedeck watch` against a real server: what it prints first and then, and how it ends. */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/paths.h"
#include "bus/publisher.h"
#include "bus/stream.h"
#include "bus/test_server.h"

enum { DEADLINE_MS = 30000, ARGUMENTS_MAX = 12, LINE_SIZE = 512 };

static struct test_server server;
static struct publisher *publisher;
static struct inbox *inbox;

/* A running `tapedeck watch`, with its output in a pipe. */
struct watch {
    pid_t pid;
    int out; /* -1 when closed */
};

static void publish(const char *subject, const char *payload)
{
    assert_true(publisher_send(publisher, &(struct publish_message){.subject = subject,
                                                                    .fence = PUBLISH_NO_FENCE,
                                                                    .payload = payload,
                                                                    .payload_bytes = strlen(payload),
                                                                    .inbox = inbox}));
    struct inbox_item item = test_await(inbox, INBOX_PUBLISHED);
    assert_int_equal(item.result.status, PUBLISH_STORED);
}

static void publish_quote(const char *symbol, const char *bid, const char *ask)
{
    char subject[128], payload[512];

    snprintf(subject, sizeof(subject), "md.nyse.%s", symbol);
    snprintf(payload, sizeof(payload),
             "{\"symbol\":\"%s\",\"exchange\":\"NYSE\",\"bid\":%s,\"ask\":%s,\"timestamp\":\"2026-11-23T14:30:00Z\"}",
             symbol, bid, ask);
    publish(subject, payload);
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
    publish_quote("AAPL", "188", "188.5");
    publish_quote("AAPL", "189.01", "189.02");
    publish("md.nyse.BAD", "{\"symbol\":\"BAD\"}");
    publish_quote("MSFT", "402.5", "402.56");
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

/* Starts `tapedeck watch` with these words, separated by spaces. */
static struct watch start(const char *words, int error_fd)
{
    extern char **environ;
    char text[1024], *argv[ARGUMENTS_MAX + 1] = {0}, *rest = NULL;
    int count = 0, ends[2];
    struct watch watch;
    posix_spawn_file_actions_t actions;

    snprintf(text, sizeof(text), "%s watch %s", TAPEDECK_BINARY, words);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_true(count < ARGUMENTS_MAX);
        argv[count++] = word;
    }
    assert_int_equal(pipe(ends), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    if (error_fd >= 0)
        posix_spawn_file_actions_adddup2(&actions, error_fd, STDERR_FILENO);
    assert_int_equal(posix_spawn(&watch.pid, argv[0], &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    watch.out = ends[0];
    return watch;
}

static struct watch start_here(const char *words)
{
    char text[512];

    snprintf(text, sizeof(text), "--state-dir %s %s", server.directory, words);
    return start(text, -1);
}

/* The next line with its newline; "" at the end of the output. */
static void read_line(struct watch *watch, char line[LINE_SIZE])
{
    size_t length = 0;

    while (length == 0 || line[length - 1] != '\n') {
        struct pollfd fd = {.fd = watch->out, .events = POLLIN};

        if (poll(&fd, 1, DEADLINE_MS) != 1)
            fail_msg("no line in time, after '%.*s'", (int)length, line);
        assert_true(length + 1 < LINE_SIZE);
        if (read(watch->out, line + length, 1) != 1)
            break;
        length++;
    }
    line[length] = '\0';
}

static void assert_line(struct watch *watch, const char *expected)
{
    char line[LINE_SIZE];

    read_line(watch, line);
    assert_string_equal(line, expected);
}

/* Waits for the end of the output, if it is open, and of the program: its exit status. */
static int end(struct watch *watch)
{
    char rest[4096];
    int status;

    while (watch->out >= 0 && read(watch->out, rest, sizeof(rest)) > 0)
        continue;
    if (watch->out >= 0)
        close(watch->out);
    assert_int_equal(waitpid(watch->pid, &status, 0), watch->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void test_prints_the_last_quotes_first(void **state)
{
    (void)state;
    struct watch watch = start_here("--count 2");

    assert_line(&watch, "AAPL: bid=189.01, ask=189.02, spread=0.0100\n");
    assert_line(&watch, "MSFT: bid=402.50, ask=402.56, spread=0.0600\n");
    assert_line(&watch, "");
    assert_int_equal(end(&watch), 0);
}

static void test_prints_json_of_one_symbol(void **state)
{
    (void)state;
    char words[512];

    snprintf(words, sizeof(words), "MSFT --json --count 1 --server %s", embedded_server_url(server.server));
    struct watch watch = start(words, -1);
    assert_line(&watch, "{\"symbol\":\"MSFT\",\"exchange\":\"NYSE\",\"bid\":402.5,\"ask\":402.56,"
                        "\"timestamp\":\"2026-11-23T14:30:00Z\",\"spread\":0.06}\n");
    assert_int_equal(end(&watch), 0);
}

static void test_follows_until_a_signal(void **state)
{
    (void)state;
    static const int SIGNALS[] = {SIGTERM, SIGINT};

    for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++) {
        publish_quote("LIVE", "1", "1.5");
        struct watch watch = start_here("md.nyse.LIVE");

        assert_line(&watch, "LIVE: bid=1.00, ask=1.50, spread=0.5000\n");
        publish_quote("LIVE", "1", "2");
        assert_line(&watch, "LIVE: bid=1.00, ask=2.00, spread=1.0000\n");
        assert_int_equal(kill(watch.pid, SIGNALS[i]), 0);
        assert_int_equal(end(&watch), 0);
    }
}

static void test_ends_with_its_reader(void **state)
{
    (void)state;
    struct watch watch = start_here("AAPL");

    assert_line(&watch, "AAPL: bid=189.01, ask=189.02, spread=0.0100\n");
    close(watch.out);
    watch.out = -1;
    assert_int_equal(end(&watch), 0);
}

static void test_a_signal_ends_it_while_nobody_reads(void **state)
{
    (void)state;
    char payload[4096];
    struct watch watch = start_here("md.nyse.FULL --json");

    int length = snprintf(payload, sizeof(payload),
                          "{\"symbol\":\"FULL\",\"exchange\":\"NYSE\",\"bid\":1,\"ask\":2,\"timestamp\":"
                          "\"2026-11-23T14:30:00Z\",\"note\":\"");
    memset(payload + length, 'x', 3000);
    strcpy(payload + length + 3000, "\"}");
    publish("md.nyse.FULL", payload);
    struct pollfd fd = {.fd = watch.out, .events = POLLIN};
    assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
    /* More than a pipe holds. */
    for (int i = 0; i < 40; i++)
        publish("md.nyse.FULL", payload);
    assert_int_equal(kill(watch.pid, SIGTERM), 0);
    int status;
    assert_int_equal(waitpid(watch.pid, &status, 0), watch.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(watch.out);
}

static void publish_state(const char *scope)
{
    char payload[256];

    snprintf(payload, sizeof(payload),
             "{\"state\":\"active\",\"scope\":\"%s\",\"request_id\":\"request-1\",\"by\":\"me\",\"reason\":\"a, b\","
             "\"timestamp\":\"2026-11-23T14:30:00Z\"}",
             scope);
    publish("orders.state", payload);
}

/* The line without its second word, which is the time of storing. */
static void assert_event(struct watch *watch, const char *first, const char *rest)
{
    char line[LINE_SIZE];

    read_line(watch, line);
    char *time = strchr(line, ' ');
    assert_non_null(time);
    assert_int_equal(time - line, strlen(first));
    assert_memory_equal(line, first, strlen(first));
    assert_string_equal(strchr(time + 1, ' ') + 1, rest);
}

static void test_replays_a_stretch_of_a_stream(void **state)
{
    (void)state;
    static const char *const RANGES[] = {"orders.> --seq 2 --to 3", "--stream ORDERS --seq 2 --to 3",
                                         "orders.state --seq 2 --to 3 --speed 1000"};

    for (int i = 1; i <= 4; i++) {
        char scope[] = "A-0";
        scope[2] = (char)('0' + i);
        publish_state(scope);
    }
    for (size_t i = 0; i < sizeof(RANGES) / sizeof(RANGES[0]); i++) {
        struct watch watch = start_here(RANGES[i]);

        for (int n = 2; n <= 3; n++) {
            char first[] = "0", rest[256];

            first[0] = (char)('0' + n);
            snprintf(rest, sizeof(rest),
                     "orders.state {\"state\":\"active\",\"scope\":\"A-%d\",\"request_id\":\"request-1\",\"by\":\"me\","
                     "\"reason\":\"a, b\",\"timestamp\":\"2026-11-23T14:30:00Z\"}\n",
                     n);
            assert_event(&watch, first, rest);
        }
        assert_line(&watch, "");
        assert_int_equal(end(&watch), 0);
    }
}

static void test_replays_quotes_by_time(void **state)
{
    (void)state;
    struct watch watch = start_here("AAPL --from -10m");

    assert_line(&watch, "AAPL: bid=188.00, ask=188.50, spread=0.5000\n");
    assert_line(&watch, "AAPL: bid=189.01, ask=189.02, spread=0.0100\n");
    assert_line(&watch, "");
    assert_int_equal(end(&watch), 0);
    watch = start_here("AAPL --to -10m");
    assert_line(&watch, "");
    assert_int_equal(end(&watch), 0);
    watch = start_here("AAPL --from -2h --to 1 --csv");
    char line[LINE_SIZE];
    read_line(&watch, line);
    assert_int_equal(strncmp(line, "kind,sequence,time,subject,symbol,exchange,bid,ask,", 51), 0);
    read_line(&watch, line);
    assert_int_equal(strncmp(line, "quote,1,2", 9), 0);
    assert_non_null(strstr(line, ",md.nyse.AAPL,AAPL,NYSE,188,188.5,"));
    assert_line(&watch, "");
    assert_int_equal(end(&watch), 0);
}

static void test_watches_events_as_they_come(void **state)
{
    (void)state;
    struct watch watch = start_here("positions.> --json --count 2");
    char line[LINE_SIZE];

    publish("positions.SIM-1.A", "{\"n\":1}");
    read_line(&watch, line);
    assert_int_equal(strncmp(line, "{\"n\":1,\"stream_sequence\":1,\"stored\":\"2", 38), 0);
    assert_non_null(strstr(line, "\"subject\":\"positions.SIM-1.A\"}\n"));
    publish("positions.SIM-1.A", "{\"n\":2}");
    read_line(&watch, line);
    assert_int_equal(strncmp(line, "{\"n\":2,\"stream_sequence\":2,", 27), 0);
    assert_int_equal(end(&watch), 0);
}

static void test_says_why_it_cannot(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        int status;
        const char *message;
    } CASES[] = {
        {"--server nats://127.0.0.1:1", 3, "tapedeck: "},
        {"--state-dir /tmp/no-such-tapedeck", 3, "tapedeck: no tapedeck runs on /tmp/no-such-tapedeck; start one"},
        {"trades.>", 2, "tapedeck: 'trades.>' is no pattern of quotes"},
        {"orders.> --from tomorrow", 2, "tapedeck: --from: 'tomorrow' is no time"},
        {"orders.> --json --csv", 2, "tapedeck: --json and --csv exclude each other"},
        {"--count x", 2, "tapedeck: --count: 'x' is not a whole number"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        int errors[2];
        char message[512] = "";

        assert_int_equal(pipe(errors), 0);
        struct watch watch = start(CASES[i].words, errors[1]);
        close(errors[1]);
        assert_int_equal(end(&watch), CASES[i].status);
        ssize_t length = read(errors[0], message, sizeof(message) - 1);
        close(errors[0]);
        assert_true(length > 0);
        if (strncmp(message, CASES[i].message, strlen(CASES[i].message)) != 0)
            fail_msg("%s: %s", CASES[i].words, message);
        assert_ptr_equal(strchr(message, '\n'), message + length - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prints_the_last_quotes_first),
        cmocka_unit_test(test_prints_json_of_one_symbol),
        cmocka_unit_test(test_follows_until_a_signal),
        cmocka_unit_test(test_ends_with_its_reader),
        cmocka_unit_test(test_a_signal_ends_it_while_nobody_reads),
        cmocka_unit_test(test_replays_a_stretch_of_a_stream),
        cmocka_unit_test(test_replays_quotes_by_time),
        cmocka_unit_test(test_watches_events_as_they_come),
        cmocka_unit_test(test_says_why_it_cannot),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
