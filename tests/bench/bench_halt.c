/* A halt with 1,000 orders at work, while 500 requests a second go on: how long it takes until all are cancelled and
 * the order checks have proved it on the tape, and that nothing that was asked for behind the halt was accepted or
 * filled.
 *
 * usage: bench_halt [WORKING [ROUNDS]] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/deck_process.h"
#include "app/temporary.h"
#include "bench/bench.h"
#include "bus/follower.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/text.h"
#include "faults/halt_story.h"
#include "faults/order_audit.h"
#include "faults/order_flow.h"

enum { WARM_UP_MS = 1000, REST_RATE = 5000, FLOW_RATE = 500, INBOX_BYTES = 1 << 20 };

static uint64_t working = 1000;
static int rounds = 5;

/* Buys far below the market, which rest. */
static void compose_resting(void *context, uint64_t number, struct load_message *message)
{
    const struct order_flow *flow = context;
    const struct instrument *instrument = &flow->instruments.items[number % 5];
    struct event event = event_empty(EVENT_ORDER_NEW);
    snprintf(event.request.order_id, ID_SIZE, "rest-%" PRIu64, number);
    text_copy(event.request.account, ACCOUNT_SIZE, "SIM-1");
    text_copy(event.request.symbol, SYMBOL_SIZE, instrument->symbol);
    text_copy(event.request.exchange, EXCHANGE_SIZE, instrument->exchange);
    event.request.side = SIDE_BUY;
    event.request.type = ORDER_LIMIT;
    event.request.time_in_force = TIF_GTC;
    event.request.quantity = QUANTITY_ONE;
    event.request.limit_price = instrument->start_price / 2 - instrument->start_price / 2 % instrument->tick;
    event.request.timestamp_ns = clock_wall_ns();
    subject_of(&event, message->subject);
    message_id_of(&event, message->id);
    message->payload_bytes = event_encode(&event, message->payload, sizeof message->payload);
}

static void rest(struct tape *tape, struct order_flow *flow)
{
    struct load *load = load_start(
        tape, &(struct load_options){
                  .rate_per_second = REST_RATE, .give_up_ms = -1, .compose = compose_resting, .context = flow});
    while (load_figures(load).published < working)
        poll(NULL, 0, 1);
    load_finish(load);
    load_destroy(load);
    struct order_audit *audit = order_audit_start(tape);
    order_audit_wait(audit, order_audit_is_settled);
    assert_true(order_audit_figures(audit).resting >= working);
    order_audit_destroy(audit);
}

static bool is_stopped(void *context)
{
    struct inbox_item item;
    struct event event;
    while (inbox_take(context, &item)) {
        if (item.kind == INBOX_MESSAGE &&
            event_decode(&event, item.subject, item.payload, item.payload_bytes, "SIM-1", NULL) == 0 &&
            event.state.step == STEP_STOPPED)
            return true;
    }
    return false;
}

/* From the request over REST until the proof has been read; ms. */
static double halt(const struct deck_process *deck, struct tape *tape)
{
    static char body[DECK_BODY_SIZE];
    const struct follower_options options = {.stream = "ORDERS", .filter = "orders.state", .from = FOLLOW_NEW};
    struct inbox *inbox = inbox_create(INBOX_BYTES);
    struct error error = {0};
    struct follower *follower = follower_create(tape, &options, inbox, &error);
    assert_non_null(follower);
    int64_t start_ns = clock_monotonic_ns();
    assert_int_equal(deck_process_http(deck, "/v1/risk/halt", "{}", body), 202);
    test_until(is_stopped, inbox);
    double took_ms = (double)(clock_monotonic_ns() - start_ns) / 1e6;
    follower_destroy(follower);
    inbox_destroy(inbox);
    return took_ms;
}

static double run_round(void)
{
    static const char *const CHECKS = "price_collar = off\n";
    char config[512];
    snprintf(config, sizeof config, "%s%s", ORDER_FLOW_CHECKS, CHECKS);
    const char *const arguments[] = {
        "--feed", "sim:seed=1,rate=1000", "--config", temporary_text("config", config), "--log-level", "error", NULL};
    struct deck_process deck = {0};
    struct order_flow flow;
    struct error error = {0};
    order_flow_init(&flow);
    deck_process_start(&deck, arguments);
    struct tape *tape = tape_connect(&(struct tape_options){.urls = deck.server_url, .name = "bench"}, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    poll(NULL, 0, WARM_UP_MS); /* quotes for the checks */
    rest(tape, &flow);
    struct load *load = load_start(
        tape, &(struct load_options){
                  .rate_per_second = FLOW_RATE, .give_up_ms = -1, .compose = order_flow_compose, .context = &flow});
    poll(NULL, 0, WARM_UP_MS);
    double took_ms = halt(&deck, tape);
    load_finish(load);
    struct halt_story story = halt_story_read(tape);
    halt_story_print(&story);
    load_destroy(load);
    tape_destroy(tape);
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    deck_process_clean(&deck);
    order_flow_free(&flow);
    assert_true(story.most_working >= working);
    assert_int_equal(story.traded + story.late + story.working_when_stopped, 0);
    return took_ms;
}

static void run(void **state)
{
    double took_ms[BENCH_ROUNDS_MAX];
    (void)state;
    for (int i = 0; i < rounds; i++)
        took_ms[i] = run_round();
    char what[64];
    snprintf(what, sizeof what, "halt with %" PRIu64 " orders at work, proved", working);
    bench_print_one(what, bench_median(took_ms, rounds), "ms");
}

int main(int count, char **arguments)
{
    working = bench_argument(count, arguments, 1, 1000);
    rounds = (int)bench_argument(count, arguments, 2, 5);
    const struct CMUnitTest tests[] = {cmocka_unit_test(run)};
    temporary_make();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    temporary_remove();
    return failed;
}
