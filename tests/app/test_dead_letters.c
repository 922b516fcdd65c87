/* `tapedeck dead-letters` against a real server: what it lists and shows, and what is stored when a letter's message is
 * put back. */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "app/paths.h"
#include "app/tool_process.h"
#include "bus/publisher.h"
#include "bus/replay.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/pace.h"
#include "core/timestamp.h"

static struct test_server server;
static struct inbox *inbox;
static struct publisher *publisher;

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
    publisher = publisher_create(server.tape, &(struct publisher_options){0}, &error);
    assert_non_null(publisher);
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

static void store(const char *subject, const char *id, const char *payload, uint64_t sequence)
{
    assert_true(publisher_send(publisher, &(struct publish_message){.subject = subject,
                                                                    .id = id,
                                                                    .fence = PUBLISH_NO_FENCE,
                                                                    .payload = payload,
                                                                    .payload_bytes = strlen(payload),
                                                                    .inbox = inbox}));
    struct inbox_item item = test_await(inbox, INBOX_PUBLISHED);

    assert_int_equal(item.result.status, PUBLISH_STORED);
    assert_int_equal(item.result.sequence, sequence);
}

/* The words behind `dead-letters`; those behind the first NULL do not count. */
static void start(struct tool *tool, const char *first, const char *second, const char *third)
{
    const char *const words[] = {TAPEDECK_BINARY, "dead-letters", "--state-dir", server.directory,
                                 first,           second,         third,         NULL};

    tool_start(tool, words);
}

static void assert_line(struct tool *tool, const char *expected)
{
    char line[TOOL_LINE_SIZE];

    tool_read_line(tool, line);
    assert_string_equal(line, expected);
}

/* `before`, a time, `behind`. */
static void assert_timed_line(struct tool *tool, const char *before, const char *behind)
{
    char line[TOOL_LINE_SIZE];
    int64_t time_ns;

    tool_read_line(tool, line);
    size_t time_bytes = strcspn(line + strlen(before), behind[0] == '\0' ? "\n" : " \"");

    if (strncmp(line, before, strlen(before)) != 0)
        fail_msg("'%s' does not begin with '%s'", line, before);
    assert_true(timestamp_parse(line + strlen(before), time_bytes, &time_ns));
    assert_string_equal(line + strlen(before) + time_bytes, behind);
}

static void assert_ends(struct tool *tool, int status, const char *message)
{
    char errors[TOOL_LINE_SIZE];

    assert_line(tool, "");
    assert_int_equal(tool_end(tool, errors), status);
    assert_string_equal(errors, message);
}

static void assert_stored(uint64_t sequence, const char *subject, const void *payload, size_t bytes)
{
    struct error error = {0};
    const struct replay_bound bound = {.kind = REPLAY_SEQUENCE, .sequence = sequence};
    const struct replay_options options = {
        .stream = "MARKET_DATA", .from = bound, .to = bound, .speed_millionths = PACE_MAX};
    struct replay *replay = replay_create(server.tape, &options, inbox, &error);

    assert_non_null(replay);
    struct inbox_item item = test_await(inbox, INBOX_MESSAGE);

    assert_int_equal(item.sequence, sequence);
    assert_string_equal(item.subject, subject);
    assert_int_equal(item.payload_bytes, bytes);
    assert_memory_equal(item.payload, payload, bytes);
    replay_destroy(replay);
}

static void test_an_empty_list(void **state)
{
    (void)state;
    struct tool tool;

    start(&tool, NULL, NULL, NULL);
    assert_ends(&tool, 0, "");
    start(&tool, "show", "1", NULL);
    assert_ends(&tool, 1, "tapedeck: there is no dead letter 1\n");
    start(&tool, "put-back", "7", NULL);
    assert_ends(&tool, 1, "tapedeck: there is no dead letter 7\n");
}

/* Two letters: of one that is still in its stream, of one that is not. */
static void test_lists_the_newest_last(void **state)
{
    (void)state;
    struct tool tool;

    store("md.x.A", "quote-1", "{\"n\":  1}", 1);
    store("dead.MARKET_DATA", "dead:MARKET_DATA:1",
          "{\"stream\":\"MARKET_DATA\",\"sequence\":1,\"subject\":\"md.x.A\",\"reader\":\"mail\",\"deliveries\":3,"
          "\"reason\":\"exit code 1\",\"payload\":\"{\\\"n\\\":  1}\"}",
          1);
    store("dead.MARKET_DATA", "dead:MARKET_DATA:900",
          "{\"stream\":\"MARKET_DATA\",\"sequence\":900,\"subject\":\"md.x.B\",\"reader\":\"copy\",\"deliveries\":3,"
          "\"reason\":\"bad\\u001b[2J bytes\",\"payload_base64\":\"/wB6\"}",
          2);
    start(&tool, NULL, NULL, NULL);
    assert_timed_line(&tool, "1 ", " MARKET_DATA 1 mail exit code 1");
    assert_timed_line(&tool, "2 ", " MARKET_DATA 900 copy bad[2J bytes");
    assert_ends(&tool, 0, "");
    start(&tool, "list", "--count", "1");
    assert_timed_line(&tool, "2 ", " MARKET_DATA 900 copy bad[2J bytes");
    assert_ends(&tool, 0, "");
    start(&tool, "list", "--count=1", "--json");
    assert_timed_line(&tool,
                      "{\"stream\":\"MARKET_DATA\",\"sequence\":900,\"subject\":\"md.x.B\",\"reader\":\"copy\","
                      "\"deliveries\":3,\"reason\":\"bad\\u001b[2J bytes\",\"payload_base64\":\"/wB6\",\"letter\":2,"
                      "\"stored\":\"",
                      "\"}");
    assert_ends(&tool, 0, "");
}

static void test_shows_all_of_a_letter(void **state)
{
    (void)state;
    static const char *const REST[] = {"stream: MARKET_DATA", "sequence: 1",   "subject: md.x.A",
                                       "reader: mail",        "deliveries: 3", "reason: exit code 1",
                                       "payload: {\"n\":  1}"};
    struct tool tool;

    start(&tool, "show", "1", NULL);
    assert_line(&tool, "letter: 1");
    assert_timed_line(&tool, "stored: ", "");
    for (size_t i = 0; i < sizeof(REST) / sizeof(REST[0]); i++)
        assert_line(&tool, REST[i]);
    assert_ends(&tool, 0, "");
}

/* Stored although its id was there within the duplicate window. */
static void test_puts_back_the_original_and_the_copy(void **state)
{
    (void)state;
    struct tool tool;

    start(&tool, "put-back", "1", "2");
    assert_line(&tool, "dead letter 1: stored again in MARKET_DATA as 2");
    assert_line(&tool, "dead letter 2: stored again in MARKET_DATA as 3");
    assert_ends(&tool, 0, "");
    assert_stored(2, "md.x.A", "{\"n\":  1}", 9);
    assert_stored(3, "md.x.B", "\xff\0z", 3);
    start(&tool, "put-back", "1", "99");
    assert_line(&tool, "dead letter 1: stored again in MARKET_DATA as 4");
    assert_ends(&tool, 1, "tapedeck: there is no dead letter 99\n");
}

static void test_a_cut_letter_needs_its_original(void **state)
{
    (void)state;
    struct tool tool;

    store("dead.MARKET_DATA", "dead:MARKET_DATA:901",
          "{\"stream\":\"MARKET_DATA\",\"sequence\":901,\"subject\":\"md.x.A\",\"payload\":\"{\",\"cut\":true}", 3);
    start(&tool, "put-back", "3", NULL);
    assert_ends(&tool, 1,
                "tapedeck: dead letter 3 has only a part of its message, and stream MARKET_DATA has it no more\n");
    /* What stands under that sequence is another message. */
    store("dead.MARKET_DATA", "other",
          "{\"stream\":\"MARKET_DATA\",\"sequence\":3,\"subject\":\"md.x.A\",\"payload\":\"{\",\"cut\":true}", 4);
    start(&tool, "put-back", "4", NULL);
    assert_ends(&tool, 1,
                "tapedeck: dead letter 4 has only a part of its message, and stream MARKET_DATA has it no more\n");
    store("dead.MARKET_DATA", "cut", "{\"stream\":\"MARKET_DATA\",\"sequence\":2,\"payload\":\"{\",\"cut\":true}", 5);
    start(&tool, "put-back", "5", NULL);
    assert_line(&tool, "dead letter 5: stored again in MARKET_DATA as 5");
    assert_ends(&tool, 0, "");
    assert_stored(5, "md.x.A", "{\"n\":  1}", 9);
    store("dead.MARKET_DATA", "nonsense", "nonsense", 6);
    start(&tool, "put-back", "6", NULL);
    assert_ends(&tool, 1, "tapedeck: dead letter 6 does not say which message it is about\n");
    start(&tool, "show", "6", NULL);
    assert_line(&tool, "letter: 6");
    assert_timed_line(&tool, "stored: ", "");
    assert_line(&tool, "reason: this is no dead letter of tapedeck");
    assert_ends(&tool, 0, "");
}

static void test_refuses_other_words(void **state)
{
    (void)state;
    static const struct {
        const char *words[3], *message;
    } CASES[] = {
        {{"drop"}, "tapedeck: dead-letters knows list, show and put-back, but not 'drop'\n"},
        {{"list", "1"}, "tapedeck: dead-letters list takes no words; '1' is too much\n"},
        {{"show"}, "tapedeck: dead-letters show takes the sequence of one letter\n"},
        {{"show", "1", "2"}, "tapedeck: dead-letters show takes the sequence of one letter\n"},
        {{"put-back"}, "tapedeck: dead-letters put-back takes the sequence of one letter or more\n"},
        {{"put-back", "1", "--json"}, "tapedeck: --json is not an option of dead-letters put-back\n"},
        {{"show", "1", "--count=2"}, "tapedeck: --count is an option of dead-letters list only\n"},
        {{"put-back", "0"},
         "tapedeck: dead-letters put-back: '0' is not a whole number from 1 to 9223372036854775807\n"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct tool tool;

        start(&tool, CASES[i].words[0], CASES[i].words[1], CASES[i].words[2]);
        assert_ends(&tool, 2, CASES[i].message);
    }
}

int main(void)
{
    /* Each goes on with what the ones before it stored. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_list),
        cmocka_unit_test(test_lists_the_newest_last),
        cmocka_unit_test(test_shows_all_of_a_letter),
        cmocka_unit_test(test_puts_back_the_original_and_the_copy),
        cmocka_unit_test(test_a_cut_letter_needs_its_original),
        cmocka_unit_test(test_refuses_other_words),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
