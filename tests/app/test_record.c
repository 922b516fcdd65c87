/* `tapedeck record` at a real server: what it writes plays back as it was published. */
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
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/tool_process.h"
#include "bus/publisher.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/subject.h"
#include "core/timestamp.h"
#include "feed/quote_reader.h"

enum { WORDS_MAX = 24, PATH_SIZE = 128 };

#define P(price)    ((price)*PRICE_ONE)
#define Q(quantity) ((quantity)*QUANTITY_ONE)

static struct test_server server;
static struct publisher *publisher;
static struct inbox *inbox;

/* What is on the tape: two instruments, trades of both sides, sizes that are unknown, and a side that is empty, a halt
 * and an auction. Prices and sizes are those that a reader must not lose a digit of. */
static const struct quote QUOTES[] = {
    {.symbol = "BRK.B", .bid = P(480) + 1, .ask = P(481), .bid_size = Q(300), .ask_size = DECIMAL_NONE, .seq = 1},
    {.symbol = "BTC-USD", .bid = P(61837), .ask = P(61838), .bid_size = 1, .ask_size = Q(2) + 99999999, .seq = 1},
    {.symbol = "BRK.B",
     .bid = P(480),
     .ask = P(481),
     .bid_size = Q(300),
     .ask_size = Q(7),
     .last = P(481),
     .last_size = Q(5),
     .last_side = SIDE_BUY,
     .trade_id = "t-1",
     .volume = Q(1205),
     .seq = 2},
    {.symbol = "BRK.B", .bid = P(480), .ask = P(481), .bid_size = Q(300), .ask_size = Q(2), .seq = 3},
    {.symbol = "BTC-USD",
     .bid = P(61837),
     .ask = P(61838),
     .bid_size = 0,
     .ask_size = Q(3),
     .last = P(61837) + 123456789,
     .last_size = 1,
     .last_side = SIDE_SELL,
     .trade_id = "77",
     .volume = 1,
     .seq = 2},
    {.symbol = "BRK.B",
     .bid = P(480),
     .ask = P(480),
     .bid_size = Q(300),
     .ask_size = Q(2),
     .status = QUOTE_HALTED,
     .seq = 4},
    {.symbol = "BRK.B",
     .bid = P(480),
     .ask = P(479),
     .bid_size = Q(300),
     .ask_size = Q(2),
     .status = QUOTE_AUCTION,
     .seq = 5},
};

enum { QUOTE_COUNT = sizeof(QUOTES) / sizeof(QUOTES[0]) };

/* The quote of the list as it is on the tape. */
static struct quote quote_at(size_t i)
{
    struct quote quote = QUOTES[i];

    strcpy(quote.exchange, "NYSE");
    strcpy(quote.source, "test-1");
    quote.timestamp_ns = INT64_C(1795789800123456789) + (int64_t)i;
    quote.received_ns = quote.timestamp_ns + NS_PER_MS;
    if (quote.last == 0)
        quote.last = quote.last_size = quote.volume = DECIMAL_NONE;
    return quote;
}

static void publish(const char *subject, const char *payload)
{
    assert_true(publisher_send(publisher, &(struct publish_message){.subject = subject,
                                                                    .fence = PUBLISH_NO_FENCE,
                                                                    .payload = payload,
                                                                    .payload_bytes = strlen(payload),
                                                                    .inbox = inbox}));
    assert_int_equal(test_await(inbox, INBOX_PUBLISHED).result.status, PUBLISH_STORED);
}

static void publish_quote(size_t i)
{
    struct event event = event_empty(EVENT_QUOTE);
    char subject[SUBJECT_SIZE], payload[EVENT_PAYLOAD_SIZE];

    event.quote = quote_at(i);
    subject_of(&event, subject);
    event_encode(&event, payload, sizeof(payload));
    publish(subject, payload);
}

static int set_up(void **state)
{
    struct error error = {0};

    (void)state;
    test_server_start(&server);
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    publisher = publisher_create(server.tape, &(struct publisher_options){0}, &error);
    assert_non_null(publisher);
    inbox = inbox_create(1 << 20);
    for (size_t i = 0; i < QUOTE_COUNT; i++) {
        publish_quote(i);
        if (i == 0)
            publish("md.nyse.BAD", "{\"symbol\":\"BAD\"}");
    }
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

static void path_of(char path[PATH_SIZE], const char *name)
{
    snprintf(path, PATH_SIZE, "%s/%s", server.directory, name);
}

/* Starts `tapedeck record` into the file with these further words, separated by spaces. */
static void start(struct tool *tool, const char *path, const char *more)
{
    char text[256], *rest = NULL;
    const char *words[WORDS_MAX + 1] = {
        TAPEDECK_BINARY, "record", "--server", embedded_server_url(server.server), "-o", path};
    int count = 6;

    snprintf(text, sizeof(text), "%s", more);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_true(count < WORDS_MAX);
        words[count++] = word;
    }
    words[count] = NULL;
    tool_start(tool, words);
}

static int record(const char *path, const char *more, char errors[TOOL_LINE_SIZE])
{
    struct tool tool;

    start(&tool, path, more);
    return tool_end(&tool, errors);
}

static size_t lines_of(const char *path)
{
    size_t count = 0;
    FILE *file = fopen(path, "re");

    for (int c; file != NULL && (c = fgetc(file)) != EOF;)
        count += c == '\n';
    if (file != NULL)
        fclose(file);
    return count;
}

static void assert_plays(const char *path)
{
    char spec[PATH_SIZE + 16], *specs[] = {spec};
    struct error error = {0};
    struct quote quote;

    snprintf(spec, sizeof(spec), "recording:%s", path);
    struct quote_reader *reader =
        quote_reader_open(&(struct quote_reader_options){.specs = specs, .spec_count = 1}, &error);
    if (reader == NULL)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < QUOTE_COUNT; i++) {
        struct quote expected = quote_at(i);

        assert_true(quote_reader_next(reader, &quote));
        /* Where it comes from, when, and what is odd about it is the player's to say. */
        memcpy(expected.source, quote.source, sizeof(expected.source));
        expected.received_ns = quote.received_ns;
        expected.condition = quote_condition_of(&expected);
        assert_memory_equal(&quote, &expected, sizeof(quote));
    }
    assert_false(quote_reader_next(reader, &quote));
    assert_string_equal(quote_reader_first_bad(reader), "");
    assert_string_equal(quote_reader_broken_file(reader), "");
    quote_reader_close(reader);
}

static void test_what_is_recorded_plays_back(void **state)
{
    static const char *const NAMES[] = {"tape.jsonl", "tape.jsonl.gz", "tape.jsonl.zst"};
    char path[PATH_SIZE], errors[TOOL_LINE_SIZE], expected[TOOL_LINE_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        path_of(path, NAMES[i]);
        assert_int_equal(record(path, "md.> --from -1h", errors), 0);
        snprintf(expected, sizeof(expected), "tapedeck: %d messages recorded in %s; malformed ones left out: 1\n",
                 QUOTE_COUNT, path);
        assert_string_equal(errors, expected);
        assert_plays(path);
    }
}

static void test_a_file_that_exists_is_kept(void **state)
{
    char path[PATH_SIZE], errors[TOOL_LINE_SIZE], expected[TOOL_LINE_SIZE];

    (void)state;
    path_of(path, "kept");
    assert_int_equal(record(path, "BRK%2EB --from -1h --count 2", errors), 0);
    assert_int_equal(lines_of(path), 2);
    snprintf(expected, sizeof(expected), "tapedeck: '%s' exists; --force writes over it\n", path);
    assert_int_equal(record(path, "--from -1h", errors), 2);
    assert_string_equal(errors, expected);
    assert_int_equal(lines_of(path), 2);
    assert_int_equal(record(path, "--from -1h --force", errors), 0);
    assert_plays(path);
}

static void test_a_disk_that_is_full(void **state)
{
    char errors[TOOL_LINE_SIZE];

    (void)state;
    assert_int_equal(record("/dev/full", "--from -1h --force", errors), 1);
    assert_non_null(strstr(errors, "tapedeck: cannot write '/dev/full': No space left on device\n"));
}

static bool file_exists(void *path)
{
    struct stat status;

    return stat(path, &status) == 0;
}

static bool has_two_lines(void *path)
{
    return lines_of(path) == 2;
}

/* What comes, and nothing of what was; it stands in the file while the recording goes on. */
static void test_live_until_a_signal(void **state)
{
    char path[PATH_SIZE], errors[TOOL_LINE_SIZE], expected[TOOL_LINE_SIZE];
    struct tool tool;

    (void)state;
    path_of(path, "live");
    start(&tool, path, "orders.>");
    test_until(file_exists, path);
    publish("orders.mine", "{\"a\":[1,\"\\u001b[2J\"]}");
    publish("orders.mine", "nothing");
    test_until(has_two_lines, path);
    kill(tool.pid, SIGINT);
    assert_int_equal(tool_end(&tool, errors), 0);
    snprintf(expected, sizeof(expected), "tapedeck: 2 messages recorded in %s\n", path);
    assert_string_equal(errors, expected);
}

/* An end that lies ahead is waited for. */
static void test_until_a_time_ahead(void **state)
{
    char path[PATH_SIZE], errors[TOOL_LINE_SIZE], more[128], to[TIMESTAMP_TEXT_SIZE];
    int64_t end_ns = clock_wall_ns() + 2 * NS_PER_SECOND;

    (void)state;
    path_of(path, "ahead");
    timestamp_format(to, end_ns);
    snprintf(more, sizeof(more), "md.> --from -1h --to %s", to);
    assert_int_equal(record(path, more, errors), 0);
    assert_true(clock_wall_ns() >= end_ns);
    assert_plays(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_recorded_plays_back), cmocka_unit_test(test_a_file_that_exists_is_kept),
        cmocka_unit_test(test_a_disk_that_is_full),         cmocka_unit_test(test_live_until_a_signal),
        cmocka_unit_test(test_until_a_time_ahead),
    };

    return cmocka_run_group_tests_name("record", tests, set_up, tear_down);
}
