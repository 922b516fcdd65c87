/* `tapedeck streams`: its text as a table, and the built program at a real server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/paths.h"
#include "app/streams_text.h"
#include "app/tool_process.h"
#include "bus/lease.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/clock.h"

enum { OUTPUT_SIZE = 32768, TURN_MS = 50, TURNS = 600 };

static void test_a_stream_as_text(void **state)
{
    (void)state;
    static const struct {
        struct stream_report report;
        const char *text;
        bool differs;
    } CASES[] = {
        {{.name = "RISK"}, "RISK: missing\n", true},
        {{.name = "RISK", .setting_count = 1, .settings = {{.name = "max_age", .wanted = "7 days", .differs = true}}},
         "RISK: missing\n",
         true},
        {{.name = "RISK",
          .exists = true,
          .setting_count = 1,
          .settings = {{.name = "max_age", .is = "7 days", .wanted = "7 days"}},
          .replicas = 1,
          .current_replicas = 1,
          .messages = 3,
          .bytes = 400,
          .first_sequence = 2,
          .last_sequence = 9},
         "RISK: 3 messages, 400 bytes, sequences 2-9, replicas 1\n",
         false},
        {{.name = "RISK", .exists = true, .replicas = 3, .current_replicas = 3, .leader = "n\033[2J1"},
         "RISK: 0 messages, 0 bytes, sequences 0-0, replicas 3, leader n[2J1\n",
         false},
        {{.name = "RISK", .exists = true, .replicas = 3, .current_replicas = 2, .leader = "n1"},
         "RISK: 0 messages, 0 bytes, sequences 0-0, replicas 3 (2 current), leader n1\n",
         false},
        {{.name = "RISK",
          .exists = true,
          .setting_count = 3,
          .settings = {{.name = "subjects", .is = "", .wanted = "risk.>", .differs = true},
                       {.name = "storage", .is = "file", .wanted = "file"},
                       {.name = "max_age", .is = "no limit", .wanted = "7 days", .differs = true}},
          .replicas = 1,
          .current_replicas = 1,
          .messages = UINT64_MAX},
         "RISK: 18446744073709551615 messages, 0 bytes, sequences 0-0, replicas 1; differs\n"
         "  subjects is -, configured risk.>\n"
         "  max_age is no limit, configured 7 days\n",
         true},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&text, &bytes);

        assert_non_null(out);
        streams_text_stream(out, &CASES[i].report);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(text, CASES[i].text);
        assert_int_equal(streams_text_differs(&CASES[i].report), CASES[i].differs);
        free(text);
    }
}

static void test_leases_as_text(void **state)
{
    (void)state;
    static const struct lease_entry ENTRIES[] = {
        {.role = "checks", .host = "a\033b", .pid = 12, .since_ns = 0, .renewed_ns = 1500000000}, {.role = "risk"}};
    static const struct {
        size_t count;
        const char *text;
    } CASES[] = {
        {0, "nobody holds a role\n"},
        {2,
         "checks: host ab, process 12, since 1970-01-01T00:00:00.000000000Z, renewed 1970-01-01T00:00:01.500000000Z\n"
         "risk: host -, process 0, since 1970-01-01T00:00:00.000000000Z, renewed 1970-01-01T00:00:00.000000000Z\n"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&text, &bytes);

        assert_non_null(out);
        streams_text_leases(out, ENTRIES, CASES[i].count);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(text, CASES[i].text);
        free(text);
    }
}

static int set_up(void **state)
{
    static struct test_server server;
    char path[PATHS_SIZE];
    struct error error = {0};

    test_server_start(&server);
    assert_int_equal(paths_join(path, server.directory, "server.url", &error), 0);
    assert_int_equal(paths_write_secret(path, embedded_server_url(server.server), &error), 0);
    *state = &server;
    return 0;
}

static int tear_down(void **state)
{
    test_server_stop(*state);
    return 0;
}

/* Runs it to its end and returns its exit code. `lease` (NULL: none) is kept alive meanwhile. */
static int run_words(struct lease *lease, const char *const *words, char output[OUTPUT_SIZE],
                     char errors[TOOL_LINE_SIZE])
{
    struct tool tool;
    size_t length = 0;
    ssize_t got = 1;

    tool_start(&tool, words);
    for (int turn = 0; got > 0; turn++) {
        struct pollfd fd = {.fd = tool.out, .events = POLLIN};

        assert_true(turn < TURNS);
        if (lease != NULL)
            lease_touch(lease, clock_monotonic_ns());
        if (poll(&fd, 1, TURN_MS) < 1)
            continue;
        got = read(tool.out, output + length, OUTPUT_SIZE - 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    output[length] = '\0';
    return tool_end(&tool, errors);
}

/* With two options (NULL: none). */
static int run_beside(struct lease *lease, const struct test_server *server, const char *first, const char *second,
                      char output[OUTPUT_SIZE], char errors[TOOL_LINE_SIZE])
{
    const char *const words[] = {TAPEDECK_BINARY, "streams", "--state-dir", server->directory, first, second, NULL};

    return run_words(lease, words, output, errors);
}

static int run(const struct test_server *server, const char *first, const char *second, char output[OUTPUT_SIZE],
               char errors[TOOL_LINE_SIZE])
{
    return run_beside(NULL, server, first, second, output, errors);
}

static void create(struct test_server *server, const char *name, void (*change)(struct stream_config *stream))
{
    struct error error = {0};

    for (size_t i = 0; i < STREAM_DEFAULT_COUNT; i++) {
        struct stream_config stream = STREAM_DEFAULTS[i];

        if (strcmp(stream.name, name) != 0)
            continue;
        change(&stream);
        assert_int_equal(streams_create(server->tape, &stream, 1, 0, &error), 0);
    }
}

static void shorten(struct stream_config *stream)
{
    stream->max_age_ns = 3600 * NS_PER_SECOND;
}

static void deny_purge(struct stream_config *stream)
{
    stream->deny_purge = true;
}

static void test_shows_and_mends(void **state)
{
    struct test_server *server = *state;
    char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];

    assert_int_equal(run(server, NULL, NULL, output, errors), 1);
    assert_string_equal(output, "MARKET_DATA: missing\nMARKET_DEPTH: missing\nORDERS: missing\nPOSITIONS: missing\n"
                                "RISK: missing\n"
                                "TAPEDECK_DEAD_LETTERS: missing\nTAPEDECK_ADVISORIES: missing\n"
                                "KV_TAPEDECK_LEASES: missing\nKV_TAPEDECK_CHECKPOINTS: missing\n"
                                "KV_TAPEDECK_SNAPSHOTS: missing\n"
                                "KV_TAPEDECK_TRIES: missing\n");
    assert_string_equal(errors,
                        "tapedeck: 11 of 11 streams differ from what is configured; --apply changes what may be "
                        "changed\n");

    create(server, "RISK", shorten);
    assert_int_equal(run(server, NULL, NULL, output, errors), 1);
    assert_non_null(strstr(output, "\nRISK: 0 messages, 0 bytes, sequences 0-0, replicas 1; differs\n"
                                   "  max_age is 1 h, configured 7 days\nTAPEDECK_DEAD_LETTERS: missing\n"));

    assert_int_equal(run(server, "--apply", NULL, output, errors), 0);
    assert_string_equal(errors, "");
    assert_null(strstr(output, "differs"));
    assert_null(strstr(output, "missing"));
    assert_non_null(strstr(output, "\nRISK: 0 messages, 0 bytes, sequences 0-0, replicas 1\nTAPEDECK_DEAD_LETTERS: "));
    assert_int_equal(run(server, NULL, NULL, output, errors), 0);
}

/* What was denied once stays so: the server's reason is told, and the other streams are made all the same. */
static void test_tells_what_cannot_be_changed(void **state)
{
    struct test_server *server = *state;
    char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];

    create(server, "MARKET_DATA", deny_purge);
    assert_int_equal(run(server, "--apply", NULL, output, errors), 1);
    assert_non_null(strstr(output, "  deny_purge is yes, configured no\n"));
    assert_null(strstr(output, "missing"));
    assert_int_equal(strncmp(errors, "tapedeck: cannot change stream MARKET_DATA",
                             strlen("tapedeck: cannot change stream MARKET_DATA")),
                     0);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_non_null(found);
    return found;
}

static void test_prints_json(void **state)
{
    struct test_server *server = *state;
    char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];

    create(server, "RISK", shorten);
    assert_int_equal(run(server, "--json", NULL, output, errors), 1);
    cJSON *all = cJSON_Parse(output);
    assert_non_null(all);
    const cJSON *stream, *setting, *streams = member(all, "streams");
    int differing_settings = 0;

    assert_int_equal(cJSON_GetArraySize(streams), STREAM_DEFAULT_COUNT);
    cJSON_ArrayForEach(stream, streams)
    {
        bool is_risk = strcmp(cJSON_GetStringValue(member(stream, "name")), "RISK") == 0;

        assert_int_equal(cJSON_IsTrue(member(stream, "exists")), is_risk);
        assert_true(cJSON_IsTrue(member(stream, "differs")));
        assert_int_equal(cJSON_IsNumber(member(stream, "messages")), is_risk);
        assert_true(cJSON_GetArraySize(member(stream, "settings")) > 10);
        cJSON_ArrayForEach(setting, member(stream, "settings"))
        {
            assert_int_equal(cJSON_IsString(member(setting, "is")), is_risk);
            if (!is_risk || !cJSON_IsTrue(member(setting, "differs")))
                continue;
            differing_settings++;
            assert_string_equal(cJSON_GetStringValue(member(setting, "name")), "max_age");
            assert_string_equal(cJSON_GetStringValue(member(setting, "is")), "1 h");
            assert_string_equal(cJSON_GetStringValue(member(setting, "configured")), "7 days");
        }
    }
    assert_int_equal(differing_settings, 1);
    cJSON_Delete(all);
}

static bool is_held(void *context)
{
    lease_touch(context, clock_monotonic_ns());
    return lease_held(context, clock_monotonic_ns());
}

static void test_shows_who_holds_what(void **state)
{
    struct test_server *server = *state;
    char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE], expected[64];
    struct error error = {0};

    assert_int_equal(run(server, "--leases", NULL, output, errors), 0);
    assert_string_equal(output, "nobody holds a role\n");

    struct lease *lease = lease_create(server->tape, &(struct lease_options){.role = "positions"}, &error);
    assert_non_null(lease);
    test_until(is_held, lease);
    assert_int_equal(run_beside(lease, server, "--leases", NULL, output, errors), 0);
    assert_int_equal(strncmp(output, "positions: host ", strlen("positions: host ")), 0);
    snprintf(expected, sizeof(expected), ", process %d, since ", (int)getpid());
    assert_non_null(strstr(output, expected));

    assert_int_equal(run_beside(lease, server, "--leases", "--json", output, errors), 0);
    cJSON *all = cJSON_Parse(output);
    assert_non_null(all);
    assert_int_equal(cJSON_GetArraySize(member(all, "leases")), 1);
    const cJSON *entry = cJSON_GetArrayItem(member(all, "leases"), 0);
    assert_string_equal(cJSON_GetStringValue(member(entry, "role")), "positions");
    assert_int_equal(cJSON_GetNumberValue(member(entry, "pid")), getpid());
    cJSON_Delete(all);

    lease_destroy(lease);
    assert_int_equal(run(server, "--leases", NULL, output, errors), 0);
    assert_string_equal(output, "nobody holds a role\n");
}

struct cluster_run {
    struct test_cluster *cluster;
    struct tape *tape;
    const char *option, *expected; /* of `tapedeck streams`: what its output has once the cluster is so far */
    int code;
    char output[OUTPUT_SIZE];
};

static bool creates_one_copy(void *context)
{
    struct cluster_run *run = context;
    struct stream_config risk = {.name = "RISK", .subjects = {"risk.>"}, .max_age_ns = 7 * NS_PER_DAY, .max_bytes = -1};

    return streams_create(run->tape, &risk, 1, 1, NULL) == 0;
}

static bool prints_expected(void *context)
{
    struct cluster_run *run = context;
    const char *const words[] = {TAPEDECK_BINARY, "streams", "--server", run->cluster->urls, run->option, NULL};
    char errors[TOOL_LINE_SIZE];

    run->code = run_words(NULL, words, run->output, errors);
    return strstr(run->output, run->expected) != NULL;
}

static void expect(struct cluster_run *run, const char *option, const char *expected, int code)
{
    run->option = option;
    run->expected = expected;
    test_until(prints_expected, run);
    assert_int_equal(run->code, code);
}

/* Three copies of each stream are wanted on a cluster, unless another number is asked for. */
static void test_replicas_on_a_cluster(void **state)
{
    static struct test_cluster cluster;
    static struct cluster_run run = {.cluster = &cluster};
    static const struct stream_config HUGE = {.name = "HUGE", .subjects = {"huge.>"}, .max_bytes = INT64_C(1) << 40};
    struct stream_report report;
    struct error error = {0};

    (void)state;
    test_cluster_start(&cluster, "");
    run.tape = tape_connect(&(struct tape_options){.urls = cluster.urls, .name = "test"}, &error);
    assert_non_null(run.tape);
    test_until(creates_one_copy, &run);
    expect(&run, NULL, "\n  replicas is 1, configured 3\n", 1);
    expect(&run, "--replicas=1", "\nRISK: 0 messages, 0 bytes, sequences 0-0, replicas 1, leader n", 1);
    assert_null(strstr(run.output, "replicas is"));
    expect(&run, "--apply", "\nRISK: 0 messages, 0 bytes, sequences 0-0, replicas 3", 0);
    expect(&run, NULL, "\nRISK: 0 messages, 0 bytes, sequences 0-0, replicas 3, leader n", 0);
    /* There are servers enough, but none with so much room: it gets what they have, on all three. */
    assert_int_equal(streams_create(run.tape, &HUGE, 1, 0, &error), 0);
    assert_int_equal(stream_inspect(run.tape, &HUGE, 0, &report, &error), 0);
    assert_int_equal(report.replicas, 3);
    test_plain_stop(&cluster.nodes[2]);
    expect(&run, NULL, "\nRISK: 0 messages, 0 bytes, sequences 0-0, replicas 3 (2 current), leader n", 0);
    tape_destroy(run.tape);
    test_cluster_stop(&cluster);
}

static void test_refuses(void **state)
{
    struct test_server *server = *state;
    char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];
    static const struct {
        const char *first, *second;
        int code;
    } CASES[] = {
        {"--apply", "--leases", 2}, {"word", NULL, 2}, {"--csv", NULL, 2}, {"--server=nats://127.0.0.1:1", NULL, 3}};

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        assert_int_equal(run(server, CASES[i].first, CASES[i].second, output, errors), CASES[i].code);
        assert_string_equal(output, "");
        assert_int_equal(strncmp(errors, "tapedeck: ", strlen("tapedeck: ")), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stream_as_text),
        cmocka_unit_test(test_leases_as_text),
        cmocka_unit_test_setup_teardown(test_shows_and_mends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tells_what_cannot_be_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_prints_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shows_who_holds_what, set_up, tear_down),
        cmocka_unit_test(test_replicas_on_a_cluster),
        cmocka_unit_test_setup_teardown(test_refuses, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
