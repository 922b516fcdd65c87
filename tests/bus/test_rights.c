/* Rights that are taken from a user while it publishes, and given back: the server then removes subscriptions that are
 * not allowed any more, and does not bring them back by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "bus/market_publisher.h"
#include "bus/publisher.h"
#include "bus/stream_fixture.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"

/* More than may be in flight. */
enum { AFTER = 2000, QUOTES = 20000 };

static char directory[64];
static struct test_plain_server server;
static struct tape *tape;

static const char *config_of(const char *permissions)
{
    static char config[256];
    snprintf(config, sizeof config,
             "jetstream: enabled\nauthorization { users: [ { user: u, password: p, permissions: { %s } } ] }\n",
             permissions);
    return config;
}

static int set_up(void **state)
{
    (void)state;
    char url[64];
    struct error error = {0};
    test_directory_create(directory);
    test_plain_start(&server, directory, config_of(""));
    snprintf(url, sizeof url, "nats://127.0.0.1:%u", (unsigned)server.port);
    tape = tape_connect(
        &(struct tape_options){.urls = url, .name = "test", .user = "u", .password = "p", .reconnect_attempts = -1},
        &error);
    if (tape == NULL || streams_create(tape, &STREAM_FIXTURE_CONFIG, 1, 1, &error) < 0)
        fail_msg("%s", error.text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tape_destroy(tape);
    test_plain_stop(&server);
    test_directory_remove(directory);
    return 0;
}

static bool is_told(void *context)
{
    (void)context;
    return strstr(tape_status(tape).problem, "subscribe") != NULL;
}

static void take_answers_away_and_give_them_back(void)
{
    test_plain_reload(&server, directory, config_of("subscribe: { deny: \"_INBOX.>\" }"));
    test_until(is_told, NULL);
    test_plain_reload(&server, directory, config_of(""));
}

static bool are_stored(void *context)
{
    return publisher_counts(context).stored + publisher_counts(context).duplicates == AFTER;
}

static void test_a_publisher_hears_again(void **state)
{
    (void)state;
    struct error error = {0};
    struct publisher *publisher = publisher_create(tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    assert_non_null(publisher);
    take_answers_away_and_give_them_back();
    for (int i = 0; i < AFTER; i++) {
        char id[16];
        snprintf(id, sizeof id, "id-%d", i);
        assert_true(publisher_send(
            publisher, &(struct publish_message){
                           .subject = "t.a", .id = id, .fence = PUBLISH_NO_FENCE, .payload = "x", .payload_bytes = 1}));
    }
    test_until(are_stored, publisher);
    publisher_destroy(publisher, 1000);
}

static bool is_refused(void *subject)
{
    return strstr(tape_status(tape).problem, subject) != NULL;
}

/* The server does not say when it has read its configuration again. */
static bool is_knock_refused(void *subject)
{
    natsConnection_PublishString(tape_connection(tape), subject, "");
    return is_refused(subject);
}

static void send_some(struct publisher *publisher, struct inbox *inbox, uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++) {
        char id[16];
        snprintf(id, sizeof id, "id-%d", (int)i);
        assert_true(publisher_send(publisher, &(struct publish_message){.subject = i % 2 ? "t.a" : "t.b",
                                                                        .id = id,
                                                                        .fence = PUBLISH_NO_FENCE,
                                                                        .payload = "x",
                                                                        .payload_bytes = 1,
                                                                        .inbox = inbox,
                                                                        .cookie = i}));
    }
}

/* The right is gone for so short a time that not even all that may be in flight was sent. */
static void test_what_was_refused_is_not_overtaken(void **state)
{
    (void)state;
    enum { WITHOUT = 30, ALL = 60 };
    char knock[] = "knock", subject[] = "t.a";
    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    struct publisher *publisher = publisher_create(tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    assert_non_null(publisher);
    test_plain_reload(&server, directory, config_of("publish: { deny: [\"t.a\", \"knock\"] }"));
    test_until(is_knock_refused, knock);
    send_some(publisher, inbox, 1, WITHOUT);
    test_until(is_refused, subject);
    test_plain_reload(&server, directory, config_of(""));
    send_some(publisher, inbox, WITHOUT + 1, ALL);
    uint64_t sequences[ALL + 1] = {0};
    for (int i = 0; i < ALL; i++) {
        struct publish_result result = test_await(inbox, INBOX_PUBLISHED).result;
        assert_true(result.status == PUBLISH_STORED || result.status == PUBLISH_DUPLICATE);
        sequences[result.cookie] = result.sequence;
    }
    /* Of those that were on their way already the ones for t.b were let through. */
    for (uint64_t i = 1; i <= ALL; i++)
        for (uint64_t later = i + 1; later <= ALL; later++)
            assert_true(sequences[i] < sequences[later] || later <= WITHOUT);
    publisher_destroy(publisher, 1000);
    inbox_destroy(inbox);
}

/* A reader that may not ask JetStream is no reason for a publisher to hesitate. */
static bool is_request_refused(void *text)
{
    natsConnection_PublishString(tape_connection(tape), "$JS.API.INFO", "");
    return is_refused(text);
}

static void test_refused_requests_are_no_refused_messages(void **state)
{
    (void)state;
    char request[] = "$JS.API.INFO", knock[] = "knock";
    test_plain_reload(&server, directory, config_of("publish: { deny: [\"$JS.API.INFO\", \"knock\"] }"));
    test_until(is_request_refused, request);
    assert_int_equal(tape_publish_refusals(tape), 0);
    test_until(is_knock_refused, knock);
    assert_true(tape_publish_refusals(tape) > 0);
}

/* Each of many messages is refused on a subject of its own; what comes of it is a line a second, not one per message.
 */
static void test_many_refusals_are_told_of_once_a_second(void **state)
{
    (void)state;
    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    struct publisher *publisher = publisher_create(tape, &(struct publisher_options){.give_up_ms = 1}, &error);
    assert_non_null(publisher);
    test_plain_reload(&server, directory, config_of("publish: { deny: \"t.>\" }"));
    tape_notify(tape, inbox);
    uint64_t before = tape_status(tape).errors;
    for (int i = 0; tape_status(tape).errors < before + AFTER; i++) {
        char subject[16];
        snprintf(subject, sizeof subject, "t.%d", i);
        publisher_send(publisher,
                       &(struct publish_message){
                           .subject = subject, .fence = PUBLISH_NO_FENCE, .payload = "x", .payload_bytes = 1});
    }
    tape_unnotify(tape, inbox);
    int told = 0;
    struct inbox_item item;
    while (inbox_take(inbox, &item))
        told++;
    assert_true(told >= 2 && told < AFTER / 10);
    publisher_destroy(publisher, 1000);
    inbox_destroy(inbox);
}

struct market {
    struct market_publisher *publisher;
    int sent;
};

/* Without answers one message is tried every tenth of a second, which would not do in the time there is. */
static bool are_sent(void *context)
{
    struct market *market = context;
    while (market->sent < QUOTES && market_publisher_send(market->publisher, "t.a", "x", 1))
        market->sent++;
    return market->sent == QUOTES;
}

static void test_a_publisher_of_market_data_hears_again(void **state)
{
    (void)state;
    struct error error = {0};
    struct market market = {
        .publisher = market_publisher_create(tape, &(struct market_publisher_options){.stream = "T"}, &error)};
    assert_non_null(market.publisher);
    take_answers_away_and_give_them_back();
    test_until(are_sent, &market);
    market_publisher_destroy(market.publisher, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_publisher_hears_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_refusals_are_told_of_once_a_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_refused_is_not_overtaken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_requests_are_no_refused_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_publisher_of_market_data_hears_again, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
