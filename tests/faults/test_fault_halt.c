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
#include "faults/halt_story.h"
#include "faults/order_audit.h"
#include "faults/order_flow.h"
#include "faults/run.h"
#include "feed/prng.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { RATE = 200 };
#else
enum { RATE = 2000 };
#endif
/* Under ThreadSanitizer 1,400 quotes a second would leave no time for the orders. */
#ifdef __SANITIZE_THREAD__
#define FEED "sim:seed=1,rate=20"
#else
#define FEED "sim:seed=1,rate=200"
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
    const char *const arguments[] = {"--feed",      FEED,      "--config", temporary_path("config"),
                                     "--log-level", "warning", NULL};
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
    prng_init(&bench.prng, run_seed((uint64_t)clock_wall_ns()), 0, 0);
    for (int round = 1; round <= rounds; round++)
        halt_and_flatten(round);
    finish_clients();
    struct order_audit *audit = order_audit_start(bench.clients[0].tape);
    order_audit_wait(audit, order_audit_is_done);
    struct audit_figures figures = order_audit_figures(audit);
    order_audit_print(audit);
    order_audit_destroy(audit);
    struct halt_story story = halt_story_read(bench.clients[0].tape);
    print_message("%" PRIu64
                  " requests of %d clients at %d/s; killed twice in each of %d rounds, there again after %" PRId64
                  " ms at most\n",
                  bench.sent, CLIENTS, RATE, rounds, bench.longest_start_ns / NS_PER_MS);
    halt_story_print(&story);
    assert_int_equal(bench.acknowledged, bench.sent);
    assert_int_equal(order_audit_mistakes(&figures) + figures.resting, 0);
    assert_int_equal(story.stopped, rounds);
    assert_int_equal(story.flat, rounds);
    assert_int_equal(story.traded + story.late, 0);
    assert_int_equal(story.working_when_stopped + story.open_when_flat, 0);
    assert_int_equal(story.working + story.positions, 0);
    assert_true(story.behind > 0 && story.closing > 0 && story.most_positions > 0);
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
