/* A whole tapedeck with its embedded server, killed at random moments under a steady flow of orders: the program, its
 * server, and both with the tail of the tape lost, as after a power failure. Afterwards every order is done or rests,
 * and the positions are those that a fold of ORDERS from its first message gives. Orders that the gateway accepted are
 * on the tape whatever was lost.
 *
 * usage: test_fault_crash [KILLS SERVER-KILLS CUTS]; `50 20 10` is the long run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/deck_process.h"
#include "app/temporary.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "faults/order_audit.h"
#include "faults/order_flow.h"
#include "faults/recovery.h"
#include "faults/run.h"
#include "feed/prng.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { RATE = 100 };
#else
enum { RATE = 500 };
#endif

enum { PROMISES_MAX = 1 << 14, PROMISE_MS = 50, COPIES = 4 };

enum fault { FAULT_KILL, FAULT_KILL_SERVER, FAULT_CUT, FAULTS };

static const char *const FAULT_NAMES[FAULTS] = {"tapedeck killed", "nats-server killed", "tail of the tape cut off"};
static int counts[FAULTS] = {3, 2, 1};

/* A client of the gateway: asks for one order after the other, each until it is answered. */
struct client {
    pthread_t thread;
    atomic_bool stopping;
    pthread_mutex_t mutex;
    struct deck_process deck; /* as it is reached now; with the mutex */
    int answered;
    bool promised[PROMISES_MAX]; /* by number: stored for good, said the answer */
};

struct crash {
    struct prng prng;
    struct deck_process deck;
    struct order_flow flow;
    struct tape *tape;
    struct load *load;
    struct client client;
    int64_t longest_ns[FAULTS];
};

static struct crash crash;

static void *run_client(void *argument)
{
    static char body[DECK_BODY_SIZE];
    struct client *client = argument;
    while (!atomic_load(&client->stopping)) {
        char order[256];
        pthread_mutex_lock(&client->mutex);
        struct deck_process deck = client->deck;
        pthread_mutex_unlock(&client->mutex);
        snprintf(order, sizeof order,
                 "{\"client_order_id\":\"rest-%d\",\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"side\":\"buy\","
                 "\"type\":\"limit\",\"time_in_force\":\"gtc\",\"quantity\":1,\"limit_price\":185}",
                 client->answered);
        long status = deck_process_http(&deck, "/v1/orders", order, body);
        /* Not reached, or not ready: asked again. A check may refuse it, and that is an answer. */
        if (status == 200 || status == 201 || status == 202 || status == 403) {
            client->promised[client->answered++] = status != 403;
            assert_true(client->answered < PROMISES_MAX);
        }
        poll(NULL, 0, PROMISE_MS);
    }
    return NULL;
}

static void client_moves(struct client *client, const struct deck_process *deck)
{
    pthread_mutex_lock(&client->mutex);
    client->deck = *deck;
    pthread_mutex_unlock(&client->mutex);
}

static void start_deck(void)
{
    const char *const arguments[] = {
        "--feed", "sim:seed=1,rate=200", "--config", temporary_path("config"), "--log-level", "warning", NULL};
    deck_process_start(&crash.deck, arguments);
}

static struct tape *connect_to_deck(void)
{
    struct error error = {0};
    struct tape *tape = tape_connect(
        &(struct tape_options){.urls = crash.deck.server_url, .name = "test", .reconnect_attempts = -1}, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    return tape;
}

/* At another address, with another token. */
static void start_again(void)
{
    struct tape *before = crash.tape;
    start_deck();
    client_moves(&crash.client, &crash.deck);
    crash.tape = connect_to_deck();
    load_move(crash.load, crash.tape);
    tape_destroy(before);
}

static void last_ms(uint32_t least, uint32_t most)
{
    poll(NULL, 0, (int)(least + prng_below(&crash.prng, most - least)));
}

static bool is_gone(void *context)
{
    (void)context;
    return deck_process_server_pid(&crash.deck) == 0;
}

static void kill_deck(void)
{
    assert_int_equal(deck_process_end(&crash.deck, SIGKILL), 128 + SIGKILL);
    last_ms(1, 300);
    start_again();
}

static bool is_connected_again(void *context)
{
    const uint64_t *before = context;
    return tape_generation(crash.tape) != *before;
}

static void kill_server(void)
{
    uint64_t before = tape_generation(crash.tape);
    assert_int_equal(kill(deck_process_server_pid(&crash.deck), SIGKILL), 0);
    test_until(is_connected_again, &before);
}

/* The orders' tail is lost, and those of others with it, each or not: a power failure does not ask. */
static void cut_tape(void)
{
    static const char *const STREAMS[COPIES] = {"ORDERS", "POSITIONS", "KV_TAPEDECK_CHECKPOINTS",
                                                "KV_TAPEDECK_SNAPSHOTS"};
    uint32_t chosen = 1 | prng_below(&crash.prng, 1 << COPIES);
    pid_t server = deck_process_server_pid(&crash.deck);
    for (int i = 0; i < COPIES; i++) {
        if ((chosen >> i & 1) != 0)
            test_store_keep_copy(server, crash.deck.directory, STREAMS[i]);
    }
    last_ms(50, 800);
    assert_int_equal(deck_process_end(&crash.deck, SIGKILL), 128 + SIGKILL);
    test_until(is_gone, NULL);
    for (int i = 0; i < COPIES; i++) {
        if ((chosen >> i & 1) != 0)
            test_store_bring_back(crash.deck.directory, STREAMS[i]);
    }
    start_again();
}

static void recover(enum fault fault, int64_t start_ns)
{
    int64_t took_ns = recovery_wait(crash.tape, start_ns);
    if (took_ns > crash.longest_ns[fault])
        crash.longest_ns[fault] = took_ns;
}

/* One of those that are left, each as likely as the other. */
static enum fault choose(const int *left, int total)
{
    int at = (int)prng_below(&crash.prng, (uint32_t)total);
    enum fault fault = FAULT_KILL;
    while (at >= left[fault])
        at -= left[fault++];
    return fault;
}

static void let_things_go_wrong(void)
{
    static void (*const HAPPENS[FAULTS])(void) = {kill_deck, kill_server, cut_tape};
    int left[FAULTS];
    memcpy(left, counts, sizeof left);
    for (int total = left[0] + left[1] + left[2]; total > 0; total--) {
        enum fault fault = choose(left, total);
        left[fault]--;
        last_ms(50, 1500);
        int64_t start_ns = clock_monotonic_ns();
        HAPPENS[fault]();
        recover(fault, start_ns);
    }
}

static int count_promises(const struct order_audit *audit)
{
    int lost = 0;
    for (int i = 0; i < crash.client.answered; i++) {
        char order_id[ID_SIZE];
        snprintf(order_id, sizeof order_id, "rest-%d", i);
        bool there = order_book_find(order_audit_book(audit), order_id) != NULL;
        if (crash.client.promised[i] && !there)
            print_message("%s was accepted and is lost\n", order_id);
        lost += crash.client.promised[i] && !there;
    }
    return lost;
}

static void test_nothing_is_lost_doubled_or_stuck(void **state)
{
    static char body[DECK_BODY_SIZE];
    (void)state;
    prng_init(&crash.prng, run_seed((uint64_t)clock_wall_ns()), 0, 0);
    let_things_go_wrong();
    last_ms(500, 1000);
    struct load_figures sent = load_finish(crash.load);
    atomic_store(&crash.client.stopping, true);
    pthread_join(crash.client.thread, NULL);

    struct order_audit *audit = order_audit_start(crash.tape);
    order_audit_wait(audit, order_audit_is_settled);
    struct audit_figures figures = order_audit_figures(audit);
    print_message("%d kills of tapedeck, %d of nats-server, %d cut tails; sent %" PRIu64 " orders and %" PRIu64
                  " changes, and %d orders over REST\n",
                  counts[FAULT_KILL], counts[FAULT_KILL_SERVER], counts[FAULT_CUT], order_flow_orders(sent.published),
                  sent.published - order_flow_orders(sent.published), crash.client.answered);
    for (int i = 0; i < FAULTS; i++)
        print_message("%s: longest recovery %" PRId64 " ms\n", FAULT_NAMES[i], crash.longest_ns[i] / NS_PER_MS);
    order_audit_print(audit);
    int lost = count_promises(audit);
    print_message("orders that the gateway accepted and that are lost: %d\n", lost);

    /* What rests can still be cancelled. */
    assert_int_equal(deck_process_http(&crash.deck, "/v1/risk/halt", "{}", body), 202);
    order_audit_wait(audit, order_audit_is_done);
    struct audit_figures halted = order_audit_figures(audit);
    print_message("after a halt %" PRIu64 " rest, %" PRIu64 " positions differ\n", halted.resting, halted.differences);
    order_audit_destroy(audit);
    assert_int_equal(sent.acknowledged, sent.published);
    assert_int_equal(order_audit_mistakes(&figures) + order_audit_mistakes(&halted) + halted.resting, 0);
    assert_int_equal(lost, 0);
}

static int set_up(void **state)
{
    (void)state;
    temporary_make();
    temporary_text("config", ORDER_FLOW_CHECKS);
    order_flow_init(&crash.flow);
    start_deck();
    crash.tape = connect_to_deck();
    crash.load = load_start(crash.tape, &(struct load_options){.rate_per_second = RATE,
                                                               .give_up_ms = -1,
                                                               .compose = order_flow_compose,
                                                               .context = &crash.flow});
    pthread_mutex_init(&crash.client.mutex, NULL);
    crash.client.deck = crash.deck;
    return pthread_create(&crash.client.thread, NULL, run_client, &crash.client);
}

static int tear_down(void **state)
{
    (void)state;
    load_destroy(crash.load);
    tape_destroy(crash.tape);
    int status = deck_process_end(&crash.deck, SIGTERM);
    deck_process_clean(&crash.deck);
    order_flow_free(&crash.flow);
    pthread_mutex_destroy(&crash.client.mutex);
    temporary_remove();
    return status;
}

int main(int count, char **arguments)
{
    for (int i = 0; i < FAULTS && i + 1 < count; i++)
        counts[i] = (int)strtol(arguments[i + 1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_lost_doubled_or_stuck, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
