/* Two `tapedeck work` of one group share 10,000 messages, and one of them is killed in the middle: every message is
 * worked, and none that was acknowledged is worked again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/paths.h"
#include "app/tool_process.h"
#include "bus/publisher.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"

enum { MESSAGES = 10000, KILLED_AFTER = 500, WORKERS = 2, WAIT_MS = 100000 };

/* What one worker's commands have printed: the sequence of each message. */
struct reading {
    struct tool tool;
    char text[64];
    size_t length;
    int worked;
    uint64_t last;
};

struct sharing {
    struct reading readings[WORKERS];
    uint8_t worked[MESSAGES + 1]; /* how often, by sequence */
    int different;
};

static bool are_stored(void *context)
{
    return publisher_counts(context).stored >= MESSAGES;
}

static void publish_all(struct test_server *server)
{
    struct error error = {0};
    struct publisher *publisher =
        publisher_create(server->tape, &(struct publisher_options){.queue_bytes = 16 << 20}, &error);

    assert_non_null(publisher);
    for (int i = 0; i < MESSAGES; i++)
        assert_true(publisher_send(
            publisher, &(struct publish_message){
                           .subject = "md.x.A", .fence = PUBLISH_NO_FENCE, .payload = "{}", .payload_bytes = 2}));
    test_until(are_stored, publisher);
    publisher_destroy(publisher, 1000);
}

static void take_line(struct sharing *sharing, struct reading *reading)
{
    uint64_t sequence = strtoull(reading->text, NULL, 10);

    assert_in_range(sequence, 1, MESSAGES);
    sharing->different += sharing->worked[sequence] == 0;
    sharing->worked[sequence]++;
    reading->worked++;
    reading->last = sequence;
}

/* Takes what is there; false at the end of the output. */
static bool take_lines(struct sharing *sharing, struct reading *reading)
{
    char bytes[4096];
    ssize_t count = read(reading->tool.out, bytes, sizeof(bytes));

    for (ssize_t i = 0; i < count; i++) {
        assert_true(reading->length < sizeof(reading->text) - 1);
        reading->text[reading->length++] = bytes[i];
        if (bytes[i] != '\n')
            continue;
        reading->text[reading->length] = '\0';
        take_line(sharing, reading);
        reading->length = 0;
    }
    return count != 0;
}

/* Reads the workers' output until so many different messages are worked. */
static void read_until(struct sharing *sharing, int different)
{
    int64_t end_ns = clock_monotonic_ns() + WAIT_MS * NS_PER_MS;

    while (sharing->different < different) {
        struct pollfd fds[WORKERS];

        for (int i = 0; i < WORKERS; i++)
            fds[i] = (struct pollfd){.fd = sharing->readings[i].tool.out, .events = POLLIN};
        if (clock_monotonic_ns() > end_ns)
            fail_msg("only %d messages were worked within %d ms", sharing->different, WAIT_MS);
        poll(fds, WORKERS, 100);
        for (int i = 0; i < WORKERS; i++) {
            if (fds[i].revents != 0 && !take_lines(sharing, &sharing->readings[i]))
                sharing->readings[i].tool.out = -1;
        }
    }
}

static int count_dead_letters(struct test_server *server)
{
    struct error error = {0};
    struct stream_report report;

    for (size_t i = 0; i < STREAM_DEFAULT_COUNT; i++) {
        if (strcmp(STREAM_DEFAULTS[i].name, "TAPEDECK_DEAD_LETTERS") != 0)
            continue;
        assert_int_equal(stream_inspect(server->tape, &STREAM_DEFAULTS[i], 0, &report, &error), 0);
        return (int)report.messages;
    }
    return -1;
}

static void test_one_of_two_is_killed(void **state)
{
    (void)state;
    static struct test_server server;
    static struct sharing sharing;
    struct reading *killed = &sharing.readings[0], *other = &sharing.readings[1];
    char errors[TOOL_LINE_SIZE], path[PATHS_SIZE];
    struct error error = {0};
    int twice = 0;

    test_server_start(&server);
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    assert_int_equal(paths_join(path, server.directory, "server.url", &error), 0);
    assert_int_equal(paths_write_secret(path, embedded_server_url(server.server), &error), 0);
    publish_all(&server);
    int64_t start_ns = clock_monotonic_ns();
    const char *const words[] = {TAPEDECK_BINARY,
                                 "work",
                                 "--state-dir",
                                 server.directory,
                                 "--durable",
                                 "shared",
                                 "--group",
                                 "2",
                                 "--",
                                 "/bin/sh",
                                 "-c",
                                 "echo $TAPEDECK_SEQUENCE",
                                 NULL};

    for (int i = 0; i < WORKERS; i++)
        tool_start(&sharing.readings[i].tool, words);
    read_until(&sharing, KILLED_AFTER);
    assert_int_equal(kill(killed->tool.pid, SIGKILL), 0);
    read_until(&sharing, MESSAGES);
    int64_t took_ns = clock_monotonic_ns() - start_ns;

    for (int i = 1; i <= MESSAGES; i++) {
        twice += sharing.worked[i] > 1;
        /* Only the one that it had not acknowledged when it was killed. */
        if (sharing.worked[i] > 1)
            assert_int_equal(i, killed->last);
        assert_in_range(sharing.worked[i], 1, 2);
    }
    assert_true(killed->worked > 0);
    print_message("%d messages in %d ms: %d by the one that was killed, %d by the other, %d worked twice\n", MESSAGES,
                  (int)(took_ns / NS_PER_MS), killed->worked, other->worked, twice);
    assert_int_equal(kill(other->tool.pid, SIGTERM), 0);
    assert_int_equal(tool_end(&other->tool, errors), 0);
    assert_string_equal(errors, "");
    assert_int_equal(tool_end(&killed->tool, errors), 128 + SIGKILL);
    assert_int_equal(count_dead_letters(&server), 0);
    test_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_of_two_is_killed)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
