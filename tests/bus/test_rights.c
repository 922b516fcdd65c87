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
        cmocka_unit_test_setup_teardown(test_a_publisher_of_market_data_hears_again, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
