/* The connection: what it says when it fails, what it never says, and how its changes reach inboxes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"

static void test_secrets_are_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"nats://TOKEN@127.0.0.1:4222", "nats://127.0.0.1:4222"},
        {"nats://user:pass@host:1", "nats://host:1"},
        {"nats://user:p@ss/w//ord@host:1", "nats://host:1"},
        {"nats://a@x:1,tls://b:c@y:2, nats://z:3", "nats://x:1,tls://y:2, nats://z:3"},
        {"cannot reach 'nats://a@x:1' at all, write to me@example.com",
         "cannot reach 'nats://x:1' at all, write to me@example.com"},
        {"127.0.0.1:4222", "127.0.0.1:4222"},
        {"nats://", "nats://"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char shown[128];
        tape_hide_secrets(shown, sizeof shown, cases[i].text);
        assert_string_equal(shown, cases[i].shown);
    }
    char small[8];
    tape_hide_secrets(small, sizeof small, "nats://secret@host:1");
    assert_string_equal(small, "nats://");
}

static void test_nobody_there(void **state)
{
    (void)state;
    static const struct {
        const char *urls, *text;
    } cases[] = {
        {"nats://secret@127.0.0.1:1", "no NATS server answers at nats://127.0.0.1:1"},
        {"127.0.0.1:1,nats://a:b@127.0.0.1:2", "no NATS server answers at 127.0.0.1:1,nats://127.0.0.1:2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        assert_null(tape_connect(&(struct tape_options){.urls = cases[i].urls, .name = "test"}, &error));
        assert_int_equal(error.kind, ERROR_SERVER);
        assert_string_equal(error.text, cases[i].text);
    }
    struct error error = {0};
    assert_null(tape_connect(&(struct tape_options){.urls = " , ", .name = "test"}, &error));
    assert_int_not_equal(error.kind, ERROR_NONE);
    assert_null(
        tape_connect(&(struct tape_options){.urls = "nats://secret@127.0.0.1:nonsense", .name = "test"}, &error));
    assert_null(strstr(error.text, "secret"));
}

static void test_the_first_server_that_answers_is_taken(void **state)
{
    (void)state;
    struct test_server server;
    test_server_start(&server);
    char urls[256];
    snprintf(urls, sizeof urls, "nats://127.0.0.1:1, %s", embedded_server_url(server.server));
    struct error error = {0};
    struct tape *tape = tape_connect(&(struct tape_options){.urls = urls, .name = "test"}, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(tape_status(tape).state, CONNECTION_CONNECTED);
    assert_null(strchr(tape_status(tape).server, '@'));
    tape_destroy(tape);
    test_server_stop(&server);
}

static bool has_round_trip(void *context)
{
    return tape_status(context).round_trip_ns > 0;
}

static void test_changes_reach_the_inboxes(void **state)
{
    (void)state;
    struct test_server server;
    test_server_start(&server);
    struct inbox *inbox = inbox_create(4096), *other = inbox_create(4096);
    tape_notify(server.tape, inbox);
    tape_notify(server.tape, other);
    assert_int_equal(test_await(inbox, INBOX_CONNECTION).connection.state, CONNECTION_CONNECTED);
    assert_int_equal(test_await(other, INBOX_CONNECTION).connection.state, CONNECTION_CONNECTED);
    tape_unnotify(server.tape, other);
    test_until(has_round_trip, server.tape);
    assert_true(tape_status(server.tape).round_trip_ns < NS_PER_SECOND);

    test_server_crash(&server);
    struct connection_status lost = test_await(inbox, INBOX_CONNECTION).connection;
    assert_int_equal(lost.state, CONNECTION_DISCONNECTED);
    assert_string_equal(lost.server, "");
    assert_string_equal(lost.problem, "the connection to the server is lost; trying again");
    struct connection_status back = test_await(inbox, INBOX_CONNECTION).connection;
    assert_int_equal(back.state, CONNECTION_CONNECTED);
    assert_int_equal(back.reconnects, 1);
    assert_string_equal(back.problem, "");
    assert_string_not_equal(back.server, "");
    assert_true(back.since_ns >= lost.since_ns);
    assert_int_equal(tape_generation(server.tape), 2);
    struct inbox_item item;
    assert_false(inbox_take(other, &item));
    tape_unnotify(server.tape, inbox);
    inbox_destroy(inbox);
    inbox_destroy(other);
    test_server_stop(&server);
}

static void test_it_ends_soon_while_the_server_is_stopped(void **state)
{
    (void)state;
    struct test_server server;
    test_server_start(&server);
    struct inbox *inbox = inbox_create(4096);
    tape_notify(server.tape, inbox);
    test_server_freeze(&server);
    int64_t frozen_ns = clock_monotonic_ns();
    while (test_await(inbox, INBOX_CONNECTION).connection.state != CONNECTION_DISCONNECTED)
        ;
    assert_true(clock_monotonic_ns() - frozen_ns < 3 * NS_PER_SECOND);
    int64_t start_ns = clock_monotonic_ns();
    tape_destroy(server.tape);
    assert_true(clock_monotonic_ns() - start_ns < 6 * NS_PER_SECOND);
    server.tape = NULL;
    test_server_thaw(&server);
    inbox_destroy(inbox);
    test_server_stop(&server);
}

static void test_nothing_is_destroyed(void **state)
{
    (void)state;
    tape_destroy(NULL);
    embedded_server_stop(NULL);
    inbox_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_are_left_out),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_the_first_server_that_answers_is_taken),
        cmocka_unit_test(test_changes_reach_the_inboxes),
        cmocka_unit_test(test_it_ends_soon_while_the_server_is_stopped),
        cmocka_unit_test(test_nothing_is_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
