/* Two tapedecks with the same feed on one server: one publishes its quotes, and when it is killed the other does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/tool_process.h"
#include "bus/follower.h"
#include "bus/lease.h"
#include "bus/test_server.h"
#include "core/event.h"
#include "core/timestamp.h"

enum { DECKS = 2, SOURCES = 4, QUOTES = 100 };

/* The quotes of one start of a feed, as the stream has them. */
struct source {
    char name[SOURCE_SIZE];
    uint64_t quotes;
    int64_t first_ns, last_ns; /* stored */
};

struct reading {
    struct test_server server;
    struct inbox *inbox;
    struct source sources[SOURCES];
    size_t count; /* of sources */
};

static void take_quote(struct reading *reading, const struct inbox_item *item)
{
    struct event event;
    struct error error = {0};
    size_t at = 0;

    assert_int_equal(event_decode(&event, item->subject, item->payload, item->payload_bytes, NULL, &error), 0);
    while (at < reading->count && strcmp(reading->sources[at].name, event.quote.source) != 0)
        at++;
    assert_true(at < SOURCES);
    struct source *source = &reading->sources[at];

    if (at == reading->count) {
        snprintf(source->name, sizeof(source->name), "%s", event.quote.source);
        source->first_ns = item->stored_ns;
        reading->count++;
    }
    source->quotes++;
    source->last_ns = item->stored_ns;
}

static bool latest_has_quotes(struct reading *reading, size_t sources)
{
    struct inbox_item item;

    while (inbox_take(reading->inbox, &item)) {
        if (item.kind == INBOX_MESSAGE)
            take_quote(reading, &item);
    }
    return reading->count == sources && reading->sources[sources - 1].quotes >= QUOTES;
}

static bool one_publishes(void *context)
{
    return latest_has_quotes(context, 1);
}

static bool another_publishes(void *context)
{
    return latest_has_quotes(context, 2);
}

/* The process that holds the lease; -1: nobody. */
static pid_t holder(struct reading *reading)
{
    struct lease_entry entry;
    struct error error = {0};

    if (lease_list(reading->server.tape, &entry, 1, &error) != 1)
        return -1;
    assert_string_equal(entry.role, "feed-sim-rate-50-fdbb5fc4");
    return (pid_t)entry.pid;
}

static bool has_holder(void *context)
{
    return holder(context) > 0;
}

static void start(struct tool *tool, const struct test_server *server, int number)
{
    char directory[128];

    snprintf(directory, sizeof(directory), "%s/deck-%d", server->directory, number);
    assert_int_equal(mkdir(directory, 0700), 0);
    const char *const words[] = {TAPEDECK_BINARY,
                                 "--no-ui",
                                 "--server",
                                 embedded_server_url(server->server),
                                 "--state-dir",
                                 directory,
                                 "--roles",
                                 "feed",
                                 "--feed",
                                 "sim:rate=50",
                                 "--log-level",
                                 "error",
                                 NULL};

    tool_start(tool, words);
}

static void test_the_quotes_come_once(void **state)
{
    (void)state;
    static struct reading reading;
    struct tool decks[DECKS];
    struct error error = {0};
    char errors[TOOL_LINE_SIZE];

    test_server_start(&reading.server);
    reading.inbox = inbox_create(4 << 20);
    start(&decks[0], &reading.server, 0);
    test_until(has_holder, &reading);
    start(&decks[1], &reading.server, 1);
    struct follower *follower =
        follower_create(reading.server.tape,
                        &(struct follower_options){.stream = "MARKET_DATA", .from = FOLLOW_SEQUENCE, .sequence = 1},
                        reading.inbox, &error);
    assert_non_null(follower);
    test_until(one_publishes, &reading);
    assert_int_equal(holder(&reading), decks[0].pid);

    assert_int_equal(kill(decks[0].pid, SIGKILL), 0);
    test_until(another_publishes, &reading);
    assert_int_equal(holder(&reading), decks[1].pid);
    assert_true(reading.sources[1].first_ns > reading.sources[0].last_ns);
    print_message("%d ms without quotes\n",
                  (int)((reading.sources[1].first_ns - reading.sources[0].last_ns) / NS_PER_MS));

    assert_int_equal(tool_end(&decks[0], errors), 128 + SIGKILL);
    assert_int_equal(kill(decks[1].pid, SIGTERM), 0);
    assert_int_equal(tool_end(&decks[1], errors), 0);
    assert_string_equal(errors, "");
    inbox_close(reading.inbox);
    follower_destroy(follower);
    inbox_destroy(reading.inbox);
    test_server_stop(&reading.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_quotes_come_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
