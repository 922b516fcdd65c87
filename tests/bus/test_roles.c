/* The example configuration of deploy/nats: what each role may do with its login, and what it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bus/follower.h"
#include "bus/plumbing_reader.h"
#include "bus/publisher.h"
#include "bus/snapshot.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"

enum { FILE_SIZE = 65536 };

static const struct {
    const char *name, *variable;
    const char *streams[6]; /* that it reads */
    const char *subject;    /* that it publishes to; NULL: none */
    const char *not_subject;
    bool snapshots; /* reads them, and writes its own unless it is a reader only (gateway, ui) */
} ROLES[] = {
    {"feed", "TAPEDECK_FEED_PASSWORD", {"MARKET_DATA", "MARKET_DEPTH"}, "depth.nyse.AAPL", "orders.new", false},
    {"checks", "TAPEDECK_CHECKS_PASSWORD", {"ORDERS", "MARKET_DATA"}, "orders.validated", "orders.executed.x", true},
    {"exchange", "TAPEDECK_EXCHANGE_PASSWORD", {"ORDERS", "MARKET_DATA"}, "orders.executed.x", "orders.new", true},
    {"positions", "TAPEDECK_POSITIONS_PASSWORD", {"ORDERS", "POSITIONS"}, "positions.A.B", "orders.executed.x", true},
    {"risk",
     "TAPEDECK_RISK_PASSWORD",
     {"ORDERS", "POSITIONS", "MARKET_DATA", "RISK"},
     "risk.alerts.info",
     "orders.executed.x",
     true},
    {"gateway",
     "TAPEDECK_GATEWAY_PASSWORD",
     {"ORDERS", "POSITIONS", "MARKET_DATA", "RISK"},
     "orders.new",
     "orders.validated",
     true},
    {"notifier", "TAPEDECK_NOTIFIER_PASSWORD", {"RISK"}, NULL, "risk.acks", false},
    {"ui",
     "TAPEDECK_UI_PASSWORD",
     {"ORDERS", "POSITIONS", "MARKET_DATA", "MARKET_DEPTH", "RISK"},
     "orders.cancel",
     "orders.executed.x",
     true},
};
enum { ROLE_COUNT = sizeof ROLES / sizeof ROLES[0] };

static char directory[64];
static struct test_plain_server server;

static const char *sources(void)
{
    const char *root = getenv("TAPEDECK_SOURCE_DIR");
    assert_non_null(root);
    return root;
}

static int set_up(void **state)
{
    (void)state;
    static char config[FILE_SIZE];
    char path[512];
    test_directory_create(directory);
    snprintf(path, sizeof path, "%s/deploy/nats/permissions.conf", sources());
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = (size_t)snprintf(config, sizeof config, "jetstream: enabled\n");
    length += fread(config + length, 1, sizeof config - length - 1, file);
    config[length] = '\0';
    fclose(file);
    setenv("TAPEDECK_SETUP_PASSWORD", "password-of-setup", 1);
    setenv("TAPEDECK_OPERATOR_PASSWORD", "password-of-operator", 1);
    for (int i = 0; i < ROLE_COUNT; i++) {
        char password[64];
        snprintf(password, sizeof password, "password-of-%s", ROLES[i].name);
        setenv(ROLES[i].variable, password, 1);
    }
    test_plain_start(&server, directory, config);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_plain_stop(&server);
    test_directory_remove(directory);
    return 0;
}

static struct tape *log_in(const char *user)
{
    char url[64], password[64];
    struct error error = {0};
    snprintf(url, sizeof url, "nats://127.0.0.1:%u", (unsigned)server.port);
    snprintf(password, sizeof password, "password-of-%s", user);
    struct tape *tape =
        tape_connect(&(struct tape_options){.urls = url, .name = user, .user = user, .password = password}, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    return tape;
}

static const struct stream_config EXTRA = {.name = "EXTRA", .subjects = {"extra.>"}, .max_bytes = -1};

static void test_setup_alone_creates_streams(void **state)
{
    (void)state;
    struct error error = {0};
    struct tape *setup = log_in("setup");
    if (streams_create(setup, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 1, &error) != 0 ||
        snapshot_open(setup, &error) != 0)
        fail_msg("%s", error.text);
    tape_destroy(setup);
    struct tape *ui = log_in("ui");
    if (streams_create(ui, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 1, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(streams_create(ui, &EXTRA, 1, 1, &error), -1);
    assert_int_equal(tape_explain(ui, &error), -1);
    assert_string_equal(error.text, "cannot create stream EXTRA: the server does not allow this user to publish to "
                                    "$JS.API.STREAM.CREATE.EXTRA");
    assert_int_equal(error.kind, ERROR_SERVER);
    tape_destroy(ui);
}

static void expect_stored(struct tape *tape, const char *subject)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(65536);
    struct publisher *publisher = publisher_create(tape, &(struct publisher_options){0}, &error);
    assert_non_null(publisher);
    assert_true(publisher_send(
        publisher,
        &(struct publish_message){
            .subject = subject, .fence = PUBLISH_NO_FENCE, .payload = "{}", .payload_bytes = 2, .inbox = inbox}));
    struct publish_result result = test_await(inbox, INBOX_PUBLISHED).result;
    if (result.status != PUBLISH_STORED)
        fail_msg("%s: %s", subject, tape_status(tape).problem);
    publisher_destroy(publisher, 1000);
    inbox_destroy(inbox);
}

static void expect_read(struct tape *tape, const char *stream)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(65536);
    const struct follower_options options = {.stream = stream, .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct follower *follower = follower_create(tape, &options, inbox, &error);
    if (follower == NULL)
        fail_msg("%s: %s", error.text, tape_status(tape).problem);
    test_await(inbox, INBOX_CAUGHT_UP);
    inbox_close(inbox);
    follower_destroy(follower);
    inbox_destroy(inbox);
}

/* A service writes its own snapshot and reads it; readers read that of the checks, which came before them. */
static void expect_snapshot(struct tape *tape, const char *role)
{
    struct error error = {0};
    struct snapshot snapshot;
    bool found, reads_only = strcmp(role, "gateway") == 0 || strcmp(role, "ui") == 0;
    if (!reads_only) {
        struct inbox *inbox = inbox_create(65536);
        struct publisher *publisher = publisher_create(tape, &(struct publisher_options){0}, &error);
        assert_non_null(publisher);
        struct snapshot_writer *writer = snapshot_writer_create(publisher, inbox, 1, role);
        assert_non_null(snapshot_writer_begin(writer, &(struct snapshot_places){.count = 0}));
        snapshot_writer_go(writer);
        struct inbox_item item;
        do
            item = test_await(inbox, INBOX_PUBLISHED);
        while (!snapshot_writer_answered(writer, &item.result));
        snapshot_writer_destroy(writer);
        publisher_destroy(publisher, 1000);
        inbox_destroy(inbox);
    }
    if (snapshot_read(tape, reads_only ? "checks" : role, SNAPSHOT_NEWEST, &snapshot, &found, &error) != 0)
        fail_msg("%s: %s", role, error.text);
    assert_true(found);
    snapshot_free(&snapshot);
}

/* The risk role looks at the plumbing. */
static void expect_look(struct tape *tape)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(65536);
    struct plumbing_reader *reader = plumbing_reader_create(tape, NULL, inbox, &error);
    assert_non_null(reader);
    assert_true(test_await(inbox, INBOX_PLUMBING).plumbing->stream_count > 0);
    plumbing_reader_destroy(reader);
    inbox_destroy(inbox);
}

static bool has_problem(void *context)
{
    return tape_status(context).problem[0] != '\0';
}

static void test_each_role_does_its_own_and_no_more(void **state)
{
    (void)state;
    for (int i = 0; i < ROLE_COUNT; i++) {
        char expected[160];
        struct tape *tape = log_in(ROLES[i].name);
        if (ROLES[i].subject != NULL)
            expect_stored(tape, ROLES[i].subject);
        for (int k = 0; ROLES[i].streams[k] != NULL; k++)
            expect_read(tape, ROLES[i].streams[k]);
        if (ROLES[i].snapshots)
            expect_snapshot(tape, ROLES[i].name);
        if (strcmp(ROLES[i].name, "risk") == 0)
            expect_look(tape);
        assert_string_equal(tape_status(tape).problem, "");
        assert_int_equal(natsConnection_PublishString(tape_connection(tape), ROLES[i].not_subject, "{}"), NATS_OK);
        test_until(has_problem, tape);
        snprintf(expected, sizeof expected, "the server does not allow this user to publish to %s",
                 ROLES[i].not_subject);
        assert_string_equal(tape_status(tape).problem, expected);
        tape_destroy(tape);
    }
}

/* nats-server reads the files of each node and finds nothing wrong. */
static void test_the_files_of_the_cluster(void **state)
{
    (void)state;
    char command[1024], program[512];
    struct error error = {0};
    if (system("command -v openssl >/dev/null 2>&1") != 0) {
        print_message("SKIP: there is no openssl\n");
        skip();
    }
    assert_int_equal(server_child_find(test_server_program(), program, sizeof program, &error), 0);
    snprintf(command, sizeof command,
             "cd '%s' && mkdir -m 0700 tls && '%s/tests/bus/make_certificates.sh' \"$PWD/tls\" && "
             "cp tls/server.pem tls/node.pem && cp tls/server.key tls/node.key && cp '%s'/deploy/nats/*.conf .",
             directory, sources(), sources());
    assert_int_equal(system(command), 0);
    for (int i = 1; i <= 3; i++) {
        snprintf(command, sizeof command, "cd '%s' && '%s' -t -c node-%d.conf >>check.log 2>&1", directory, program, i);
        assert_int_equal(system(command), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_setup_alone_creates_streams),
        cmocka_unit_test(test_each_role_does_its_own_and_no_more),
        cmocka_unit_test(test_the_files_of_the_cluster),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
