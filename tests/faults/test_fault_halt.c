/* A halt and a flatten under orders of four clients, with tapedeck killed in the middle of each and started again: it
 * is still halted, nothing works, nothing is filled later, and it is said to be flat only when every position is zero.
 *
 * usage: test_fault_halt [ROUNDS]; `10` is the long run. */
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
#include <string.h>

#include "app/deck_process.h"
#include "app/temporary.h"
#include "bus/follower.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "engine/positions.h"
#include "faults/order_audit.h"
#include "faults/order_flow.h"
#include "faults/run.h"
#include "feed/prng.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { RATE = 200 };
#else
enum { RATE = 2000 };
#endif

enum { CLIENTS = 4, INBOX_BYTES = 8 << 20 };

static int rounds = 1;

struct client {
    struct order_flow flow;
    struct tape *tape;
    struct load *load;
};

struct bench {
    struct prng prng;
    struct deck_process deck;
    struct client clients[CLIENTS];
    int64_t longest_start_ns;
    bool is_finished; /* the clients are */
    uint64_t sent, acknowledged;
};

static struct bench bench;

static void last_ms(uint32_t least, uint32_t most)
{
    poll(NULL, 0, (int)(least + prng_below(&bench.prng, most - least)));
}

static void start_deck(void)
{
    const char *const arguments[] = {
        "--feed", "sim:seed=1,rate=200", "--config", temporary_path("config"), "--log-level", "warning", NULL};
    deck_process_start(&bench.deck, arguments);
}

static struct tape *connect_to_deck(void)
{
    struct error error = {0};
    struct tape *tape = tape_connect(
        &(struct tape_options){.urls = bench.deck.server_url, .name = "test", .reconnect_attempts = -1}, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    return tape;
}

/* The clients go on with what was not acknowledged, at another address. */
static void kill_deck(void)
{
    int64_t start_ns = clock_monotonic_ns();
    assert_int_equal(deck_process_end(&bench.deck, SIGKILL), 128 + SIGKILL);
    start_deck();
    for (int i = 0; i < CLIENTS; i++) {
        struct client *client = &bench.clients[i];
        struct tape *before = client->tape;
        client->tape = connect_to_deck();
        load_move(client->load, client->tape);
        tape_destroy(before);
    }
    int64_t took_ns = clock_monotonic_ns() - start_ns;
    if (took_ns > bench.longest_start_ns)
        bench.longest_start_ns = took_ns;
}

/* A server that is slow with its answer (503) has the request all the same, now or later: the gateway keeps it. */
static void ask(const char *path)
{
    static char body[DECK_BODY_SIZE];
    long status = deck_process_http(&bench.deck, path, "{\"by\":\"tester\"}", body);
    if (status != 202 && (status != 503 || strstr(body, "\"code\":\"UNKNOWN\"") == NULL))
        fail_msg("%s: %ld: %.200s", path, status, body);
}

/* What is looked for on orders.state. */
struct awaited {
    struct inbox *inbox;
    struct follower *follower; /* NULL: the server was too busy to make one so far */
    enum state_step step;
    int count; /* how often it has to come, from the beginning of the tape on */
};

static bool has_come(void *context)
{
    static const struct follower_options STATES = {
        .stream = "ORDERS", .filter = "orders.state", .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct awaited *awaited = context;
    struct inbox_item item;
    struct event event;
    struct error error = {0};
    if (awaited->follower == NULL) {
        awaited->follower = follower_create(bench.clients[0].tape, &STATES, awaited->inbox, &error);
        if (awaited->follower == NULL)
            print_message("%s\n", error.text);
    }
    while (awaited->count > 0 && inbox_take(awaited->inbox, &item)) {
        if (item.kind == INBOX_MESSAGE &&
            event_decode(&event, item.subject, item.payload, item.payload_bytes, "SIM-1", NULL) == 0)
            awaited->count -= event.state.step == awaited->step;
    }
    return awaited->count == 0;
}

static void await_step(enum state_step step, int count)
{
    struct awaited awaited = {.inbox = inbox_create(INBOX_BYTES), .step = step, .count = count};
    test_until(has_come, &awaited);
    follower_destroy(awaited.follower);
    inbox_destroy(awaited.inbox);
}

/* What the tape tells, looked at by a fold of ORDERS from its first message. */
struct story {
    struct inbox *inbox;
    struct instruments instruments;
    struct order_book *book;
    struct positions *positions;
    bool caught_up;
    enum trading_state state;
    enum state_step step;
    uint64_t halt_sequence;
    int64_t halt_ns, flatten_ns; /* stored times of the requests */
    size_t working;              /* as counted last */
    /* Figures */
    uint64_t halts, flattens, stopped, flat;
    uint64_t behind;    /* requests for orders that stand behind a halt */
    uint64_t closing;   /* closing orders */
    uint64_t in_flight; /* acceptances and fills of earlier orders between a halt and its proof */
    uint64_t most_working, most_positions;
    int64_t longest_stop_ns, longest_flat_ns;
    /* What may not be */
    uint64_t traded; /* acceptances and fills of orders that were asked for behind a halt */
    uint64_t late;   /* of earlier ones, behind the proof */
    uint64_t working_when_stopped, open_when_flat;
};

static bool is_closing_order(const struct order *order)
{
    return strcmp(order->terms.source, "flatten") == 0;
}

static void count_working(const struct order *order, void *context)
{
    struct story *story = context;
    story->working += order->state != ORDER_INITIALIZED || order->new_sequence < story->halt_sequence;
}

static size_t working_orders(struct story *story)
{
    story->working = 0;
    order_book_each_open(story->book, count_working, story);
    return story->working;
}

static size_t open_positions(const struct story *story)
{
    size_t count = 0;
    for (size_t i = 0; i < positions_count(story->positions); i++)
        count += positions_at(story->positions, i)->quantity != 0;
    return count;
}

static void note_longest(int64_t *longest_ns, int64_t since_ns, int64_t now_ns)
{
    if (now_ns - since_ns > *longest_ns)
        *longest_ns = now_ns - since_ns;
}

static void tell_request(struct story *story, const struct event *event)
{
    if (event->state.state != TRADING_HALTED)
        return;
    size_t working = working_orders(story), positions = open_positions(story);
    bool is_flatten = event->state.step == STEP_FLATTEN;
    story->halt_sequence = event->sequence;
    story->halts += !is_flatten;
    story->flattens += is_flatten;
    *(is_flatten ? &story->flatten_ns : &story->halt_ns) = event->stored_ns;
    if (working > story->most_working)
        story->most_working = working;
    if (positions > story->most_positions)
        story->most_positions = positions;
}

static void tell_state(struct story *story, const struct event *event)
{
    story->state = event->state.state;
    story->step = event->state.step;
    if (event->state.of[0] == '\0') {
        tell_request(story, event);
    } else if (story->step == STEP_STOPPED) {
        story->stopped++;
        story->working_when_stopped += working_orders(story);
        note_longest(&story->longest_stop_ns, story->halt_ns, event->stored_ns);
    } else if (story->step == STEP_FLAT) {
        story->flat++;
        story->open_when_flat += working_orders(story) + open_positions(story);
        note_longest(&story->longest_flat_ns, story->flatten_ns, event->stored_ns);
    }
}

/* While it is halted nothing is accepted or filled but what was on its way to the tape; then only closing orders. */
static void tell_order(struct story *story, const struct event *event, const struct order *order)
{
    bool is_new = order->new_sequence > story->halt_sequence, is_closing = is_closing_order(order);
    bool is_proved = story->step != STEP_NONE && story->step != STEP_FLATTEN;
    story->behind += event->kind == EVENT_ORDER_NEW && !is_closing;
    story->closing += event->kind == EVENT_ORDER_NEW && is_closing;
    if (is_closing && story->state == TRADING_REDUCING && story->step != STEP_FLAT)
        return;
    if (event->kind != EVENT_ORDER_ACCEPTED && event->kind != EVENT_ORDER_EXECUTED)
        return;
    story->traded += is_new;
    story->late += !is_new && is_proved;
    story->in_flight += !is_new && !is_proved;
}

static void tell(struct story *story, const struct event *event)
{
    enum fold_result result = order_book_fold(story->book, event);
    const char *order_id = event_order_id(event);
    positions_fold(story->positions, event);
    if (result != FOLD_APPLIED && result != FOLD_LATE_FILL && result != FOLD_OVERFILL)
        return;
    if (event->kind == EVENT_TRADING_STATE)
        tell_state(story, event);
    else if (order_id != NULL && story->state != TRADING_ACTIVE)
        tell_order(story, event, order_book_find(story->book, order_id));
}

static bool is_told(void *context)
{
    struct story *story = context;
    struct inbox_item item;
    while (inbox_take(story->inbox, &item)) {
        struct event event;
        story->caught_up |= item.kind == INBOX_CAUGHT_UP;
        if (item.kind != INBOX_MESSAGE)
            continue;
        assert_int_equal(event_decode(&event, item.subject, item.payload, item.payload_bytes, "SIM-1", NULL), 0);
        event.sequence = item.sequence;
        event.stored_ns = item.stored_ns;
        tell(story, &event);
    }
    return story->caught_up;
}

static void tell_all(struct story *story)
{
    struct error error = {0};
    const struct follower_options options = {.stream = "ORDERS", .from = FOLLOW_SEQUENCE, .sequence = 1};
    assert_int_equal(instruments_init_builtin(&story->instruments, &error), 0);
    story->inbox = inbox_create(INBOX_BYTES);
    story->book = order_book_create();
    story->positions = positions_create(&story->instruments, POSITION_AVERAGE_COST);
    struct follower *follower = follower_create(bench.clients[0].tape, &options, story->inbox, &error);
    if (follower == NULL)
        fail_msg("%s", error.text);
    test_until(is_told, story);
    follower_destroy(follower);
    inbox_destroy(story->inbox);
}

static void print_story(struct story *story)
{
    print_message(
        "%" PRIu64 " halts (up to %" PRIu64 " orders at work, proved after %" PRId64 " ms at most) and %" PRIu64
        " flattens (up to %" PRIu64 " positions, %" PRIu64 " closing orders, flat after %" PRId64
        " ms at most); killed in each, there again after %" PRId64 " ms at most\n",
        story->halts, story->most_working, story->longest_stop_ns / NS_PER_MS, story->flattens, story->most_positions,
        story->closing, story->longest_flat_ns / NS_PER_MS, bench.longest_start_ns / NS_PER_MS);
    print_message("behind the halts: %" PRIu64 " orders asked for, %" PRIu64 " acceptances and fills of these; %" PRIu64
                  " of earlier ones were on their way, %" PRIu64 " came later\n",
                  story->behind, story->traded, story->in_flight, story->late);
    print_message("working when said to be stopped: %" PRIu64 "; open when said to be flat: %" PRIu64
                  "; at the end %zu orders, %zu positions\n",
                  story->working_when_stopped, story->open_when_flat, working_orders(story), open_positions(story));
}

static void halt_and_flatten(int round)
{
    last_ms(600, 900);
    ask("/v1/risk/halt");
    last_ms(1, 60);
    kill_deck();
    await_step(STEP_STOPPED, round);
    last_ms(50, 200);
    ask("/v1/risk/flatten");
    last_ms(1, 60);
    kill_deck();
    await_step(STEP_FLAT, round);
    last_ms(50, 200);
    if (round < rounds)
        ask("/v1/risk/resume");
}

static void finish_clients(void)
{
    for (int i = 0; i < CLIENTS; i++) {
        struct load_figures figures = load_finish(bench.clients[i].load);
        bench.sent += figures.published;
        bench.acknowledged += figures.acknowledged;
    }
    bench.is_finished = true;
}

static void test_halted_is_halted_and_flat_is_flat(void **state)
{
    (void)state;
    struct story story = {0};
    prng_init(&bench.prng, run_seed((uint64_t)clock_wall_ns()), 0, 0);
    for (int round = 1; round <= rounds; round++)
        halt_and_flatten(round);
    finish_clients();
    struct order_audit *audit = order_audit_start(bench.clients[0].tape);
    order_audit_wait(audit, order_audit_is_done);
    struct audit_figures figures = order_audit_figures(audit);
    order_audit_print(audit);
    order_audit_destroy(audit);
    tell_all(&story);
    print_message("%" PRIu64 " requests of %d clients at %d/s\n", bench.sent, CLIENTS, RATE);
    print_story(&story);
    assert_int_equal(bench.acknowledged, bench.sent);
    assert_int_equal(order_audit_mistakes(&figures) + figures.resting, 0);
    assert_int_equal(story.stopped, rounds);
    assert_int_equal(story.flat, rounds);
    assert_int_equal(story.traded + story.late, 0);
    assert_int_equal(story.working_when_stopped + story.open_when_flat, 0);
    assert_int_equal(working_orders(&story) + open_positions(&story), 0);
    assert_true(story.behind > 0 && story.closing > 0 && story.most_positions > 0);
    positions_destroy(story.positions);
    order_book_destroy(story.book);
    instruments_free(&story.instruments);
}

static int set_up(void **state)
{
    (void)state;
    temporary_make();
    temporary_text("config", ORDER_FLOW_CHECKS);
    start_deck();
    for (int i = 0; i < CLIENTS; i++) {
        struct client *client = &bench.clients[i];
        order_flow_init(&client->flow);
        snprintf(client->flow.name, sizeof client->flow.name, "client%d", i + 1);
        client->tape = connect_to_deck();
        client->load = load_start(client->tape, &(struct load_options){.rate_per_second = RATE / CLIENTS,
                                                                       .give_up_ms = -1,
                                                                       .compose = order_flow_compose,
                                                                       .context = &client->flow});
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    /* A test that failed leaves its clients alone: without a server they would wait for ever. */
    for (int i = 0; i < CLIENTS && bench.is_finished; i++) {
        load_destroy(bench.clients[i].load);
        tape_destroy(bench.clients[i].tape);
        order_flow_free(&bench.clients[i].flow);
    }
    int status = deck_process_end(&bench.deck, SIGTERM);
    deck_process_clean(&bench.deck);
    temporary_remove();
    return status;
}

int main(int count, char **arguments)
{
    if (count > 1)
        rounds = (int)strtol(arguments[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_halted_is_halted_and_flat_is_flat, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
