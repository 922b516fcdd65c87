/* The outbox against a real server: what it took reaches the tape, whatever ends the process, the server or the tape's
 * tail in between; and what the disk did not take never does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/outbox.h"
#include "bus/outbox_journal.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/subject.h"
#include "core/text.h"

enum { SMALL_BYTES = 256 * OUTBOX_BLOCK_BYTES };

struct desk {
    struct test_server server;
    struct publisher *publisher;
    struct outbox *outbox;
    struct inbox *inbox;
    char path[96];
    uint64_t wanted; /* sequence to wait for */
};

/* As the stream ORDERS, but it lets the test cut off its tail. */
static void create_orders(struct desk *desk)
{
    static const struct stream_config config = {.name = "ORDERS", .subjects = {"orders.>"}, .max_bytes = -1};
    struct error error = {0};
    if (streams_create(desk->server.tape, &config, 1, 0, &error) != 0)
        fail_msg("%s", error.text);
}

static void open_outbox(struct desk *desk)
{
    struct error error = {0};
    struct publisher_options options = {.give_up_ms = -1, .ack_timeout_ms = 500};
    desk->publisher = publisher_create(desk->server.tape, &options, &error);
    assert_non_null(desk->publisher);
    desk->outbox = outbox_create(desk->server.tape, desk->publisher,
                                 &(struct outbox_options){.path = desk->path, .bytes = SMALL_BYTES}, &error);
    if (desk->outbox == NULL)
        fail_msg("%s", error.text);
}

static void close_outbox(struct desk *desk)
{
    outbox_destroy(desk->outbox, 2000);
    publisher_destroy(desk->publisher, 500);
}

static int set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    test_server_start(&desk->server);
    create_orders(desk);
    snprintf(desk->path, sizeof desk->path, "%s/outbox", desk->server.directory);
    desk->inbox = inbox_create(1 << 20);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    inbox_destroy(desk->inbox);
    test_server_stop(&desk->server);
    free(desk);
    return 0;
}

static struct event order(int i)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    struct order_request *request = &event.request;
    snprintf(request->order_id, sizeof request->order_id, "order-%d", i);
    text_copy(request->account, sizeof request->account, "SIM-1");
    text_copy(request->symbol, sizeof request->symbol, "AAPL");
    text_copy(request->exchange, sizeof request->exchange, "NYSE");
    request->side = SIDE_BUY;
    request->quantity = QUANTITY_ONE;
    request->timestamp_ns = clock_wall_ns();
    return event;
}

static struct event state_change(enum trading_state state, const char *request_id)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    event.state.state = state;
    text_copy(event.state.scope, sizeof event.state.scope, "*");
    text_copy(event.state.request_id, sizeof event.state.request_id, request_id);
    text_copy(event.state.by, sizeof event.state.by, "test");
    text_copy(event.state.reason, sizeof event.state.reason, "a test");
    event.state.timestamp_ns = clock_wall_ns();
    return event;
}

/* The names of the messages on ORDERS from `sequence` on, as "new:order-1 new:order-2 ". */
static const char *tape(struct desk *desk, uint64_t sequence)
{
    static char text[4096];
    size_t length = 0;
    text[0] = '\0';
    for (;; sequence++) {
        natsMsg *message = NULL;
        struct event event;
        char id[MESSAGE_ID_SIZE];
        if (js_GetMsg(&message, tape_jetstream(desk->server.tape), "ORDERS", sequence, NULL, NULL) != NATS_OK)
            return text;
        assert_int_equal(event_decode(&event, natsMsg_GetSubject(message), natsMsg_GetData(message),
                                      (size_t)natsMsg_GetDataLength(message), "SIM-1", NULL),
                         0);
        message_id_of(&event, id);
        length += (size_t)snprintf(text + length, sizeof text - length, "%s ", id);
        natsMsg_Destroy(message);
    }
}

static uint64_t last_sequence(struct desk *desk)
{
    jsStreamInfo *info = NULL;
    if (js_GetStreamInfo(&info, tape_jetstream(desk->server.tape), "ORDERS", NULL, NULL) != NATS_OK)
        return 0; /* the server is away */
    uint64_t last = info->State.LastSeq;
    jsStreamInfo_Destroy(info);
    return last;
}

static bool has_reached(void *context)
{
    struct desk *desk = context;
    return last_sequence(desk) >= desk->wanted;
}

static void wait_for_tape(struct desk *desk, uint64_t sequence)
{
    desk->wanted = sequence;
    test_until(has_reached, desk);
}

static void place(struct desk *desk, const struct event *event, enum publish_status status)
{
    assert_true(outbox_publish(desk->outbox, event, desk->inbox, 77));
    struct inbox_item item = test_await(desk->inbox, INBOX_PUBLISHED);
    if (item.result.status != status)
        fail_msg("status %d: %s", item.result.status, item.result.problem);
    assert_int_equal(item.result.cookie, 77);
}

static void place_orders(struct desk *desk, int from, int to)
{
    for (int i = from; i <= to; i++) {
        struct event event = order(i);
        place(desk, &event, PUBLISH_STORED);
    }
}

static void orders_reach_the_tape_in_their_order(void **state)
{
    struct desk *desk = *state;
    open_outbox(desk);
    for (int i = 1; i <= 100; i++) {
        struct event event = order(i);
        assert_true(outbox_publish(desk->outbox, &event, desk->inbox, (uint64_t)i));
    }
    for (int i = 1; i <= 100; i++) {
        struct inbox_item item = test_await(desk->inbox, INBOX_PUBLISHED);
        assert_int_equal(item.result.status, PUBLISH_STORED);
        assert_int_equal(item.result.cookie, i);
        assert_int_equal(item.result.sequence, i);
    }
    close_outbox(desk);
    assert_string_equal(tape(desk, 98), "new:order-98 new:order-99 new:order-100 ");
}

enum { MANY = 200 };

static bool all_are_counted(void *context)
{
    struct desk *desk = context;
    return outbox_counts(desk->outbox).journaled == MANY;
}

static void several_requests_share_one_wait_for_the_disk(void **state)
{
    struct desk *desk = *state;
    open_outbox(desk);
    for (int i = 1; i <= MANY; i++) {
        struct event event = order(i);
        assert_true(outbox_publish(desk->outbox, &event, desk->inbox, 1));
    }
    for (int i = 1; i <= MANY; i++)
        test_await(desk->inbox, INBOX_PUBLISHED);
    test_until(all_are_counted, desk);
    assert_true(outbox_counts(desk->outbox).commits < MANY);
    close_outbox(desk);
    assert_int_equal(last_sequence(desk), MANY);
}

/* What a process put into the journal, and was killed before it could publish. */
static void kill_after_journal(struct desk *desk, const struct event *events, int count)
{
    pid_t child = fork();
    if (child == 0) {
        struct outbox_journal *journal = outbox_journal_open(desk->path, SMALL_BYTES, NULL);
        for (int i = 0; i < count && journal != NULL; i++) {
            char subject[SUBJECT_SIZE], payload[EVENT_PAYLOAD_SIZE];
            struct outbox_record record = {.accepted_ns = clock_wall_ns(), .subject = subject, .payload = payload};
            uint64_t number;
            bool batch_full;
            subject_of(&events[i], subject);
            record.payload_bytes = event_encode(&events[i], payload, sizeof payload);
            outbox_journal_add(journal, &record, &number, &batch_full, NULL);
        }
        if (journal != NULL)
            outbox_journal_commit(journal, NULL);
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void a_kill_between_journal_and_publish_loses_nothing(void **state)
{
    struct desk *desk = *state;
    struct event events[] = {order(1), order(2), state_change(TRADING_HALTED, "request-1"),
                             state_change(TRADING_ACTIVE, "request-2"), order(3)};
    kill_after_journal(desk, events, 5);
    open_outbox(desk);
    struct event next = order(4); /* does not overtake those of before */
    place(desk, &next, PUBLISH_STORED);
    assert_string_equal(tape(desk, 1), "new:order-1 new:order-2 state:request-1 new:order-3 new:order-4 ");
    close_outbox(desk);
    open_outbox(desk); /* and nothing of it a second time */
    place_orders(desk, 5, 5);
    assert_string_equal(tape(desk, 5), "new:order-4 new:order-5 ");
    assert_int_equal(outbox_counts(desk->outbox).republished, 0);
    close_outbox(desk);
}

/* The server was away when the orders came, and the process that had them ended before it was back. */
static void orders_of_an_absence_are_published_by_the_next_process(void **state)
{
    struct desk *desk = *state;
    open_outbox(desk);
    place_orders(desk, 1, 2);
    test_server_freeze(&desk->server);
    for (int i = 3; i <= 5; i++) {
        struct event event = order(i);
        assert_true(outbox_publish(desk->outbox, &event, NULL, 1));
    }
    outbox_destroy(desk->outbox, 100);
    publisher_destroy(desk->publisher, 100);
    test_server_thaw(&desk->server);
    open_outbox(desk);
    wait_for_tape(desk, 5);
    close_outbox(desk);
    assert_string_equal(tape(desk, 1), "new:order-1 new:order-2 new:order-3 new:order-4 new:order-5 ");
}

/* The power fails and takes the end of the tape with it. */
static void a_lost_tail_is_published_again(void **state)
{
    struct desk *desk = *state;
    open_outbox(desk);
    place_orders(desk, 1, 6);
    close_outbox(desk);
    for (uint64_t sequence = 4; sequence <= 6; sequence++)
        assert_int_equal(js_EraseMsg(tape_jetstream(desk->server.tape), "ORDERS", sequence, NULL, NULL), NATS_OK);
    assert_int_equal(js_DeleteStream(tape_jetstream(desk->server.tape), "ORDERS", NULL, NULL), NATS_OK);
    create_orders(desk);
    for (int i = 1; i <= 3; i++) { /* what was left of it */
        struct event event = order(i);
        char payload[EVENT_PAYLOAD_SIZE];
        size_t bytes = event_encode(&event, payload, sizeof payload);
        assert_int_equal(
            js_Publish(NULL, tape_jetstream(desk->server.tape), "orders.new", payload, (int)bytes, NULL, NULL),
            NATS_OK);
    }
    open_outbox(desk);
    wait_for_tape(desk, 6);
    place_orders(desk, 7, 7);
    assert_int_equal(outbox_counts(desk->outbox).republished, 3);
    close_outbox(desk);
    assert_string_equal(tape(desk, 1),
                        "new:order-1 new:order-2 new:order-3 new:order-4 new:order-5 new:order-6 new:order-7 ");
}

/* The server dies and comes back without the end of its tape, while this process lives on. */
static void a_tail_lost_under_way_is_published_again(void **state)
{
    struct desk *desk = *state;
    open_outbox(desk);
    place_orders(desk, 1, 3);
    assert_int_equal(js_EraseMsg(tape_jetstream(desk->server.tape), "ORDERS", 3, NULL, NULL), NATS_OK);
    test_server_crash(&desk->server);
    wait_for_tape(desk, 4);
    close_outbox(desk);
    assert_non_null(strstr(tape(desk, 4), "new:order-3 "));
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_broken_disk_refuses_orders_and_lets_halts_pass(void **state)
{
    struct desk *desk = *state;
    open_outbox(desk);
    place_orders(desk, 1, 1);
    signal(SIGXFSZ, SIG_IGN);
    limit_file_size(0);
    struct event refused = order(2), halt = state_change(TRADING_HALTED, "request-1");
    place(desk, &refused, PUBLISH_REFUSED);
    place(desk, &halt, PUBLISH_STORED);
    limit_file_size(RLIM_INFINITY);
    place_orders(desk, 3, 3);
    assert_int_equal(outbox_counts(desk->outbox).refused, 1);
    close_outbox(desk);
    open_outbox(desk);
    place_orders(desk, 4, 4);
    close_outbox(desk);
    assert_string_equal(tape(desk, 1), "new:order-1 state:request-1 new:order-3 new:order-4 ");
}

static void a_full_journal_refuses_orders(void **state)
{
    struct desk *desk = *state;
    open_outbox(desk);
    place_orders(desk, 1, 250); /* kept for five minutes */
    struct event event = order(999);
    bool refused = false;
    for (int i = 0; i < 10 && !refused; i++) {
        event = order(1000 + i);
        assert_true(outbox_publish(desk->outbox, &event, desk->inbox, 1));
        struct inbox_item item = test_await(desk->inbox, INBOX_PUBLISHED);
        refused = item.result.status == PUBLISH_REFUSED;
        assert_true(!refused || strstr(item.result.problem, "the outbox is full") != NULL);
    }
    assert_true(refused);
    struct event halt = state_change(TRADING_HALTED, "request-1");
    place(desk, &halt, PUBLISH_STORED);
    close_outbox(desk);
}

/* Who was told that there is no order shall not find one after the next start. */
static void what_the_server_refused_is_not_said_again(void **state)
{
    struct desk *desk = *state;
    const char *subjects[] = {"orders.>"};
    jsStreamConfig full;
    jsStreamConfig_Init(&full);
    full.Name = "ORDERS";
    full.Subjects = subjects;
    full.SubjectsLen = 1;
    full.MaxBytes = 1;
    full.Discard = js_DiscardNew;
    assert_int_equal(js_DeleteStream(tape_jetstream(desk->server.tape), "ORDERS", NULL, NULL), NATS_OK);
    assert_int_equal(js_AddStream(NULL, tape_jetstream(desk->server.tape), &full, NULL, NULL), NATS_OK);
    open_outbox(desk);
    struct event event = order(1);
    place(desk, &event, PUBLISH_REFUSED);
    close_outbox(desk);
    assert_int_equal(js_DeleteStream(tape_jetstream(desk->server.tape), "ORDERS", NULL, NULL), NATS_OK);
    create_orders(desk);
    open_outbox(desk);
    place_orders(desk, 2, 2);
    close_outbox(desk);
    assert_string_equal(tape(desk, 1), "new:order-2 ");
}

static void nothing_is_told_to_who_left(void **state)
{
    struct desk *desk = *state;
    open_outbox(desk);
    test_server_freeze(&desk->server);
    struct inbox *inbox = inbox_create(4096);
    for (int i = 1; i <= 20; i++) {
        struct event event = order(i);
        assert_true(outbox_publish(desk->outbox, &event, inbox, 1));
    }
    outbox_forget(desk->outbox, inbox);
    inbox_destroy(inbox);
    test_server_thaw(&desk->server);
    wait_for_tape(desk, 20);
    close_outbox(desk);
    outbox_destroy(NULL, 0);
}

int main(void)
{
#define AT_A_DESK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        AT_A_DESK(orders_reach_the_tape_in_their_order),
        AT_A_DESK(several_requests_share_one_wait_for_the_disk),
        AT_A_DESK(a_kill_between_journal_and_publish_loses_nothing),
        AT_A_DESK(orders_of_an_absence_are_published_by_the_next_process),
        AT_A_DESK(a_lost_tail_is_published_again),
        AT_A_DESK(a_tail_lost_under_way_is_published_again),
        AT_A_DESK(a_broken_disk_refuses_orders_and_lets_halts_pass),
        AT_A_DESK(a_full_journal_refuses_orders),
        AT_A_DESK(what_the_server_refused_is_not_said_again),
        AT_A_DESK(nothing_is_told_to_who_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
