/* The built program, end to end and without a screen: an order by REST becomes a position, the tape and the gateway
 * agree to the digit, and a kill -9 loses nothing and leaves no server behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/deck_process.h"
#include "bus/follower.h"
#include "bus/publisher.h"
#include "bus/tape.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/timestamp.h"

static const char *const QUIET[] = {"--feed", "none", "--account", "SIM-1", NULL};

/* Another program on the same tape. */
struct client {
    struct tape *tape;
    struct publisher *publisher;
    struct inbox *inbox;
};

static void client_open(struct client *client, const struct deck_process *deck)
{
    struct error error = {0};
    client->tape = tape_connect(&(struct tape_options){.urls = deck->server_url, .name = "test"}, &error);
    if (client->tape == NULL)
        fail_msg("%s", error.text);
    client->publisher = publisher_create(client->tape, &(struct publisher_options){0}, &error);
    assert_non_null(client->publisher);
    client->inbox = inbox_create(1 << 20);
}

static void client_close(struct client *client)
{
    publisher_destroy(client->publisher, 1000);
    tape_destroy(client->tape);
    inbox_destroy(client->inbox);
}

/* Publishes and waits until it is stored; returns its sequence. */
static uint64_t client_publish(struct client *client, const char *subject, const char *payload)
{
    assert_true(publisher_send(client->publisher, &(struct publish_message){.subject = subject,
                                                                            .fence = PUBLISH_NO_FENCE,
                                                                            .payload = payload,
                                                                            .payload_bytes = strlen(payload),
                                                                            .inbox = client->inbox}));
    struct inbox_item item;
    do {
        while (!inbox_take(client->inbox, &item))
            inbox_wait(client->inbox, 1000);
    } while (item.kind != INBOX_PUBLISHED);
    assert_int_equal(item.result.status, PUBLISH_STORED);
    return item.result.sequence;
}

/* A quote as any program would write it, with the time of now. */
static void client_quote(struct client *client, const char *bid, const char *ask, const char *more)
{
    char payload[512], time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(time, clock_wall_ns());
    snprintf(payload, sizeof payload,
             "{\"symbol\": \"AAPL\", \"exchange\": \"NYSE\", \"bid\": %s, \"ask\": %s%s, \"timestamp\": \"%s\"}", bid,
             ask, more, time);
    client_publish(client, "md.nyse.AAPL", payload);
}

/* Reads one stream to its end: calls `read` with each decoded event. */
static void client_read(struct client *client, const char *stream, void (*read)(const struct event *, void *),
                        void *context)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    struct follower_options options = {.stream = stream, .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct follower *follower = follower_create(client->tape, &options, inbox, &error);
    if (follower == NULL)
        fail_msg("%s", error.text);
    struct inbox_item item;
    for (;;) {
        while (!inbox_take(inbox, &item))
            inbox_wait(inbox, 1000);
        if (item.kind == INBOX_CAUGHT_UP)
            break;
        struct event event;
        if (item.kind != INBOX_MESSAGE ||
            event_decode(&event, item.subject, item.payload, item.payload_bytes, "SIM-1", &error) != 0)
            continue;
        event.sequence = item.sequence;
        read(&event, context);
    }
    inbox_close(inbox);
    follower_destroy(follower);
    inbox_destroy(inbox);
}

struct story {
    const char *order_id;
    char kinds[512]; /* the kinds of the order's events in stream order */
    struct execution executions[8];
    uint64_t sequences[8];
    int execution_count;
    struct position_event position; /* the last one */
    int positions;
};

static void read_story(const struct event *event, void *context)
{
    struct story *story = context;
    if (event->kind == EVENT_POSITION) {
        story->position = event->position;
        story->positions++;
        return;
    }
    const char *order_id = event_order_id(event);
    if (order_id == NULL || strcmp(order_id, story->order_id) != 0)
        return;
    size_t length = strlen(story->kinds);
    snprintf(story->kinds + length, sizeof story->kinds - length, "%s; ", event_kind_name(event->kind));
    if (event->kind == EVENT_ORDER_EXECUTED && story->execution_count < 8) {
        story->sequences[story->execution_count] = event->sequence;
        story->executions[story->execution_count++] = event->execution;
    }
}

static struct story client_story(struct client *client, const char *order_id)
{
    struct story story = {.order_id = order_id};
    client_read(client, "ORDERS", read_story, &story);
    client_read(client, "POSITIONS", read_story, &story);
    return story;
}

struct expectation {
    const struct deck_process *deck;
    const char *path, *text;
    char body[DECK_BODY_SIZE];
};

static bool body_has(void *context)
{
    struct expectation *expectation = context;
    return deck_process_http(expectation->deck, expectation->path, NULL, expectation->body) == 200 &&
           strstr(expectation->body, expectation->text) != NULL;
}

static void wait_for_body(const struct deck_process *deck, const char *path, const char *text)
{
    struct expectation *expectation = calloc(1, sizeof *expectation);
    expectation->deck = deck;
    expectation->path = path;
    expectation->text = text;
    wait_until(body_has, expectation, text);
    free(expectation);
}

static bool server_is_gone(void *context)
{
    return deck_process_server_pid(context) == 0;
}

/* Two fills against two quotes, seen alike by the tape, the gateway and, after a kill -9, by the next start. */
static void test_an_order_becomes_a_position(void **state)
{
    (void)state;
    struct deck_process deck = {0};
    struct client client;
    static char body[DECK_BODY_SIZE], before[DECK_BODY_SIZE];
    deck_process_start(&deck, QUIET);
    client_open(&client, &deck);

    client_quote(&client, "189.01", "189.02", ", \"bid_size\": 300, \"ask_size\": 40");
    const char *order =
        "{\"client_order_id\": \"test-1\", \"symbol\": \"AAPL\", \"exchange\": \"NYSE\", \"side\": \"buy\","
        " \"type\": \"limit\", \"quantity\": 100, \"limit_price\": \"189.05\"}";
    wait_for_body(&deck, "/v1/quotes", "189.02");
    assert_int_equal(deck_process_http(&deck, "/v1/orders", order, body), 201);
    wait_for_body(&deck, "/v1/positions", "\"quantity\":40");
    client_quote(&client, "189.02", "189.04", ", \"bid_size\": 300, \"ask_size\": 500");
    wait_for_body(&deck, "/v1/positions", "\"quantity\":100");
    wait_for_body(&deck, "/v1/orders/test-1", "FILLED");

    struct story story = client_story(&client, "test-1");
    assert_string_equal(story.kinds,
                        "order request; order validated; order accepted; order executed; order executed; ");
    assert_int_equal(story.execution_count, 2);
    assert_true(story.executions[0].price == 18902 * (PRICE_ONE / 100));
    assert_true(story.executions[0].quantity == 40 * QUANTITY_ONE);
    assert_true(story.executions[1].price == 18905 * (PRICE_ONE / 100)); /* it rested, and the ask came to it */
    assert_true(story.executions[1].cumulative_quantity == 100 * QUANTITY_ONE);
    assert_string_equal(story.executions[1].execution_id, "test-1-2");
    assert_int_equal(story.positions, 2);
    assert_true(story.position.quantity == 100 * QUANTITY_ONE);
    assert_true(story.position.orders_seq == story.sequences[1]);
    /* 40 * 189.02 + 60 * 189.05 = 18903.8; the average is 189.038 */
    assert_true(story.position.cost == (int128)189038 * MONEY_ONE / 10);
    assert_true(story.position.average_price == INT64_C(189038000000));

    /* The same id again is the same order; with other content it is a conflict. */
    assert_int_equal(deck_process_http(&deck, "/v1/orders", order, body), 200);
    assert_int_equal(deck_process_http(&deck, "/v1/orders",
                                       "{\"client_order_id\": \"test-1\", \"symbol\": \"AAPL\", \"exchange\": \"NYSE\","
                                       " \"side\": \"sell\", \"type\": \"market\", \"quantity\": 100}",
                                       body),
                     409);

    deck_process_http(&deck, "/v1/positions", NULL, before);
    client_close(&client);
    pid_t server = deck_process_server_pid(&deck);
    assert_true(server > 0);
    assert_int_equal(deck_process_end(&deck, SIGKILL), 128 + SIGKILL);
    wait_until(server_is_gone, &deck, "no nats-server is left behind");

    deck_process_start(&deck, QUIET);
    wait_for_body(&deck, "/v1/orders/test-1", "FILLED");
    assert_int_equal(deck_process_http(&deck, "/v1/positions", NULL, body), 200);
    assert_string_equal(body, before);
    client_open(&client, &deck);
    struct story again = client_story(&client, "test-1");
    assert_int_equal(again.positions, 2); /* nothing was published a second time */
    assert_string_equal(again.kinds, story.kinds);
    client_close(&client);
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    assert_int_equal(deck_process_server_pid(&deck), 0);
    deck_process_clean(&deck);
}

/* The server answers nothing any more when the order comes, and then all is killed: what the gateway took is on the
 * tape of the next start. */
static void test_an_order_outlives_a_kill_before_it_was_published(void **state)
{
    (void)state;
    struct deck_process deck = {0};
    struct client client;
    static char body[DECK_BODY_SIZE];
    deck_process_start(&deck, QUIET);
    pid_t server = deck_process_server_pid(&deck);
    assert_true(server > 0);
    assert_int_equal(kill(server, SIGSTOP), 0);
    assert_int_equal(deck_process_http(&deck, "/v1/orders",
                                       "{\"client_order_id\": \"outlives\", \"symbol\": \"AAPL\", \"side\": \"buy\","
                                       " \"type\": \"market\", \"quantity\": 1}",
                                       body),
                     503);
    assert_non_null(strstr(body, "\"code\":\"UNKNOWN\""));
    assert_int_equal(deck_process_end(&deck, SIGKILL), 128 + SIGKILL);
    kill(server, SIGKILL);
    wait_until(server_is_gone, &deck, "no nats-server is left behind");

    deck_process_start(&deck, QUIET);
    wait_for_body(&deck, "/v1/orders/outlives", "\"code\":\""); /* too old, or without a quote: decided in any case */
    client_open(&client, &deck);
    struct story story = client_story(&client, "outlives");
    assert_string_equal(story.kinds, "order request; order rejected; ");
    client_close(&client);
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    deck_process_clean(&deck);
}

/* What cannot be read is put aside and counted, and the next message is processed. */
static void count_event(const struct event *event, void *context)
{
    (void)event;
    (*(int *)context)++;
}

static void test_malformed_messages_stop_nothing(void **state)
{
    (void)state;
    static const char *const SUBJECTS[] = {
        "md.nyse.AAPL",         "orders.new",           "orders.cancel",
        "orders.replace",       "orders.validated",     "orders.rejected",
        "orders.accepted.x",    "orders.refused.x",     "orders.triggered.x",
        "orders.executed.x",    "orders.cancelled.x",   "orders.replaced.x",
        "orders.state",         "orders.nonsense.x",    "orders.cancel_rejected.x",
        "positions.SIM-1.AAPL", "risk.alerts.critical", "risk.acks",
        "risk.exposure.SIM-1",
    };
    static const char *const PAYLOADS[] = {"", "{", "{\"symbol\": 1e999}", "\xff\xfe", "[]"};
    struct deck_process deck = {0};
    struct client client;
    static char body[DECK_BODY_SIZE];
    deck_process_start(&deck, QUIET);
    client_open(&client, &deck);
    for (size_t i = 0; i < sizeof SUBJECTS / sizeof SUBJECTS[0]; i++) {
        for (size_t k = 0; k < sizeof PAYLOADS / sizeof PAYLOADS[0]; k++)
            client_publish(&client, SUBJECTS[i], PAYLOADS[k]);
    }
    client_quote(&client, "189.01", "189.02", "");
    wait_for_body(&deck, "/v1/quotes", "189.02");
    const char *order =
        "{\"client_order_id\": \"after\", \"symbol\": \"AAPL\", \"side\": \"buy\", \"type\": \"market\","
        " \"quantity\": 5}";
    assert_int_equal(deck_process_http(&deck, "/v1/orders", order, body), 201);
    wait_for_body(&deck, "/v1/positions", "\"quantity\":5");
    int decodable = 0;
    client_read(&client, "ORDERS", count_event, &decodable);
    assert_int_equal(decodable, 4); /* new, validated, accepted, executed */
    client_close(&client);
    assert_int_equal(deck_process_end(&deck, SIGINT), 0);
    deck_process_clean(&deck);
}

static void test_a_second_deck_is_refused(void **state)
{
    (void)state;
    struct deck_process deck = {0};
    char line[512];
    deck_process_start(&deck, QUIET);
    const char *const again[] = {"--no-ui", "--feed", "none", "--state-dir", deck.directory, NULL};
    assert_int_equal(deck_process_run(again, line, sizeof line), 4);
    assert_non_null(strstr(line, deck.directory));
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    deck_process_clean(&deck);
}

static void test_wrong_usage_is_one_line_and_2(void **state)
{
    (void)state;
    static const char *const WRONG[][4] = {
        {"--frobnicate"},
        {"--feed", "sim:rate=-1"},
        {"--feed", "recording:"},
        {"--roles", "feed,cook"},
        {"--http", "0.0.0.0:80"},
        {"--config", "/nowhere/at/all.ini"},
        {"juggle"},
    };
    char line[512];
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        assert_int_equal(deck_process_run(WRONG[i], line, sizeof line), 2);
        assert_int_equal(strncmp(line, "tapedeck: ", 10), 0);
    }
}

static void test_a_server_that_is_not_there_is_3(void **state)
{
    (void)state;
    struct deck_process deck = {0};
    char line[512];
    deck_process_start(&deck, QUIET); /* for a state directory that exists */
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    const char *const arguments[] = {"--no-ui", "--server", "nats://127.0.0.1:1", "--state-dir", deck.directory, NULL};
    assert_int_equal(deck_process_run(arguments, line, sizeof line), 3);
    deck_process_clean(&deck);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_order_becomes_a_position),
        cmocka_unit_test(test_malformed_messages_stop_nothing),
        cmocka_unit_test(test_an_order_outlives_a_kill_before_it_was_published),
        cmocka_unit_test(test_a_second_deck_is_refused),
        cmocka_unit_test(test_wrong_usage_is_one_line_and_2),
        cmocka_unit_test(test_a_server_that_is_not_there_is_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
