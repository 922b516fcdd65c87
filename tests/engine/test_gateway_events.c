/* Server-sent events: what comes is what the tape has, a client that comes again goes on where it was, one that does
 * not read is dropped, and nobody waits for it. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/text.h"
#include "engine/gateway_log.h"
#include "test_gateway_rig.h"

static int set_up(void **state)
{
    *state = rig_create();
    return 0;
}

static int tear_down(void **state)
{
    rig_destroy(*state);
    return 0;
}

struct reader {
    int fd;
    char text[65536];
    size_t length;
};

static struct reader *open_reader(struct rig *rig, const char *last_id)
{
    struct reader *reader = calloc(1, sizeof *reader);
    char request[512];
    int bytes =
        snprintf(request, sizeof request,
                 "GET /v1/events HTTP/1.1\r\nHost: localhost:%u\r\nAuthorization: Bearer " RIG_TOKEN "\r\n%s%s%s\r\n",
                 (unsigned)rig_port(rig), last_id != NULL ? "Last-Event-ID: " : "", last_id != NULL ? last_id : "",
                 last_id != NULL ? "\r\n" : "");
    reader->fd = rig_dial(rig);
    assert_true(rig_write(reader->fd, request, (size_t)bytes));
    return reader;
}

static void close_reader(struct reader *reader)
{
    close(reader->fd);
    free(reader);
}

/* Reads until the text has this part; fails after 5 s. */
static void await(struct reader *reader, const char *part)
{
    while (strstr(reader->text, part) == NULL) {
        struct pollfd readable = {.fd = reader->fd, .events = POLLIN};
        ssize_t got = 0;
        if (poll(&readable, 1, 5000) == 1)
            got = recv(reader->fd, reader->text + reader->length, sizeof reader->text - 1 - reader->length, 0);
        if (got <= 0)
            fail_msg("\"%s\" did not come: %s", part, reader->text);
        reader->length += (size_t)got;
        reader->text[reader->length] = '\0';
    }
}

static int count(const char *text, const char *part)
{
    int found = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        found++;
    return found;
}

static void fold_order(struct rig *rig, const char *id)
{
    struct event order = rig_order_new(id, "AAPL");
    rig_fold(rig, &order);
}

static void fold_position(struct rig *rig)
{
    struct event event = event_empty(EVENT_POSITION);
    text_copy(event.position.account, ACCOUNT_SIZE, "SIM-1");
    text_copy(event.position.symbol, SYMBOL_SIZE, "AAPL");
    text_copy(event.position.currency, CURRENCY_SIZE, "USD");
    event.position.epoch = event.position.orders_seq = 1;
    rig_fold(rig, &event);
}

static void each_kind_has_its_name_and_a_place(void **state)
{
    struct rig *rig = *state;
    struct reader *reader = open_reader(rig, NULL);
    await(reader, "Content-Type: text/event-stream");
    await(reader, "id: o0.p0.r0\n\n");
    fold_order(rig, "one"); /* the rig has one sequence for all streams */
    struct event order = rig_order_new("one", "AAPL");
    struct event fill = rig_execution(&order.request, "10", "189");
    struct event halt = event_empty(EVENT_TRADING_STATE);
    struct event alert = event_empty(EVENT_ALERT);
    text_copy(halt.state.scope, sizeof halt.state.scope, "*");
    text_copy(halt.state.request_id, ID_SIZE, "request-1");
    alert.alert.version = 1;
    rig_fold(rig, &fill);
    fold_position(rig);
    rig_fold(rig, &alert);
    rig_fold(rig, &halt);
    await(reader, "id: o1.p0.r0\nevent: order\ndata: {\"stream\":\"ORDERS\",\"sequence\":1,");
    await(reader, "id: o2.p0.r0\nevent: fill\ndata: {\"stream\":\"ORDERS\",\"sequence\":2,");
    await(reader, "id: o2.p3.r0\nevent: position\ndata: {\"stream\":\"POSITIONS\",\"sequence\":3,");
    await(reader, "id: o2.p3.r4\nevent: alert\ndata: {\"stream\":\"RISK\",\"sequence\":4,");
    await(reader, "id: o5.p3.r4\nevent: state\ndata: {\"stream\":\"ORDERS\",\"sequence\":5,");
    close_reader(reader);
}

static void who_comes_again_goes_on_where_it_was(void **state)
{
    struct rig *rig = *state;
    fold_order(rig, "one");
    fold_position(rig);
    fold_order(rig, "three");
    fold_position(rig);
    struct reader *reader = open_reader(rig, "o1.p4.r0");
    await(reader, "\"sequence\":3,");
    fold_order(rig, "five");
    await(reader, "\"sequence\":5,");
    assert_int_equal(count(reader->text, "data: "), 2);
    assert_int_equal(count(reader->text, "event: gap"), 0);
    close_reader(reader);
    reader = open_reader(rig, "o0.p0.r0");
    await(reader, "\"sequence\":5,");
    assert_int_equal(count(reader->text, "data: "), 5);
    close_reader(reader);
    reader = open_reader(rig, "o99.p0.r0"); /* the tape became shorter */
    await(reader, "event: gap\ndata: {\"stream\":\"ORDERS\",\"from\":1,\"to\":0}");
    await(reader, "\"sequence\":5,");
    close_reader(reader);
    static const char *const bad[] = {"7",        "o1.p1", "o1.p1.r1x", "p1.o1.r1", "o1.p1.r99999999999999999999",
                                      "o-1.p1.r1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char extra[64];
        snprintf(extra, sizeof extra, "Last-Event-ID: %s", bad[i]);
        assert_int_equal(rig_ask(rig, "GET", "/v1/events", NULL, &(struct oddities){.extra = extra}).status, 400);
    }
}

/* More than the log holds has passed since. */
static void what_is_gone_is_said(void **state)
{
    struct gateway_log *log = gateway_log_create();
    (void)state;
    struct event event = rig_order_new("first", "AAPL");
    event.sequence = 10;
    gateway_log_add(log, &event);
    assert_int_equal(gateway_log_gone(log).sequences[LOG_ORDERS], 9); /* never read */
    assert_non_null(gateway_log_of_order(log, "first"));
    for (uint64_t i = 1; i < GATEWAY_LOG_EVENTS; i++) {
        snprintf(event.request.order_id, ID_SIZE, i % 2 != 0 ? "odd" : "even");
        event.sequence = 10 + i;
        gateway_log_add(log, &event);
    }
    assert_int_equal(gateway_log_first(log), 0);
    event.sequence++;
    gateway_log_add(log, &event);
    assert_int_equal(gateway_log_first(log), 1);
    assert_null(gateway_log_of_order(log, "first"));
    assert_int_equal(gateway_log_gone(log).sequences[LOG_ORDERS], 10);
    size_t events = 0;
    for (const struct logged_event *at = gateway_log_of_order(log, "odd"); at != NULL; at = at->next_of_order)
        events++;
    assert_int_equal(events, GATEWAY_LOG_EVENTS / 2 + 1);
    gateway_log_destroy(log);
    gateway_log_destroy(NULL);
}

static void an_idle_stream_beats(void **state)
{
    struct rig *rig = *state;
    struct reader *reader = open_reader(rig, NULL);
    await(reader, "\n\n");
    rig_advance(rig, 7000); /* longer than a request may take */
    fold_order(rig, "one");
    await(reader, "\"sequence\":1,");
    rig_advance(rig, 7000);
    await(reader, ": heartbeat\n\n");
    fold_order(rig, "two");
    await(reader, "\"sequence\":2,");
    close_reader(reader);
}

static void who_does_not_read_is_dropped_and_holds_up_nobody(void **state)
{
    struct rig *rig = *state;
    struct reader *slow = open_reader(rig, NULL), *good = open_reader(rig, NULL);
    setsockopt(slow->fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
    await(slow, "id: o0.p0.r0\n\n");
    await(good, "id: o0.p0.r0\n\n");
    char id[32], part[64];
    int orders = 0;
    for (int round = 0; round < 200; round++) { /* more than socket buffers hold */
        for (int i = 0; i < 60; i++) {
            snprintf(id, sizeof id, "order-%d", ++orders);
            fold_order(rig, id);
        }
        snprintf(part, sizeof part, "\"sequence\":%d,", orders);
        await(good, part);
        good->length = 0;
        good->text[0] = '\0';
    }
    rig_advance(rig, 11000);
    await(good, ": heartbeat\n\n");
    struct answer metrics = rig_ask(rig, "GET", "/metrics", NULL, NULL);
    assert_non_null(strstr(metrics.body, "\ntapedeck_http_connections_overdue_total 1\n"));
    fold_order(rig, "last");
    await(good, "\"order_id\":\"last\"");
    close_reader(slow);
    close_reader(good);
}

/* Whoever reads events or a long list when the tape turns out to be another one is cut off, and asks anew. */
static void another_tape_ends_what_was_being_read(void **state)
{
    struct rig *rig = *state;
    char id[32], request[512];
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof id, "order-%d", i);
        fold_order(rig, id);
    }
    struct reader *events = open_reader(rig, NULL), *list = calloc(1, sizeof *list);
    await(events, "id: ");
    int bytes = snprintf(request, sizeof request,
                         "GET /v1/orders HTTP/1.1\r\nHost: localhost:%u\r\nAuthorization: Bearer " RIG_TOKEN "\r\n\r\n",
                         (unsigned)rig_port(rig));
    list->fd = rig_dial(rig);
    for (int i = 0; i < 20; i++) /* more than socket buffers hold */
        assert_true(rig_write(list->fd, request, (size_t)bytes));
    await(list, "order-2999");
    rig_forget(rig);
    assert_true(rig_read_to_end(events->fd, events->text, sizeof events->text, 5000) >= 0);
    assert_true(rig_read_to_end(list->fd, list->text, sizeof list->text, 5000) >= 0);
    assert_int_equal(rig_ask(rig, "GET", "/v1/orders/order-1", NULL, NULL).status, 404);
    close_reader(events);
    close_reader(list);
}

static void streams_have_a_limit(void **state)
{
    enum { STREAMS = 64 };
    struct rig *rig = *state;
    struct reader *readers[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        readers[i] = open_reader(rig, NULL);
        await(readers[i], "id: ");
    }
    assert_int_equal(rig_ask(rig, "GET", "/v1/events", NULL, NULL).status, 503);
    assert_int_equal(rig_ask(rig, "GET", "/readyz", NULL, NULL).status, 200);
    fold_order(rig, "one");
    for (int i = 0; i < STREAMS; i++)
        await(readers[i], "\"sequence\":1,");
    for (int i = 0; i < STREAMS - 1; i++)
        close_reader(readers[i]);
    rig_advance(rig, 11000); /* the next heartbeat finds them gone */
    await(readers[STREAMS - 1], ": heartbeat");
    close_reader(readers[STREAMS - 1]);
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_RIG(each_kind_has_its_name_and_a_place),
        WITH_RIG(who_comes_again_goes_on_where_it_was),
        cmocka_unit_test(what_is_gone_is_said),
        WITH_RIG(an_idle_stream_beats),
        WITH_RIG(who_does_not_read_is_dropped_and_holds_up_nobody),
        WITH_RIG(another_tape_ends_what_was_being_read),
        WITH_RIG(streams_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
