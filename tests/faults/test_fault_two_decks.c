/* Two whole tapedecks with the same roles on one server, under a steady flow of orders: the one that decides is stopped
 * for longer than the streams know message ids, and continued; then it is killed. Each order is decided once, each fill
 * stored and counted once, whatever comes late.
 *
 * usage: test_fault_two_decks [ROUNDS] */
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
#include "bus/lease.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "faults/order_audit.h"
#include "faults/order_flow.h"
#include "faults/recovery.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { RATE = 50 };
#else
enum { RATE = 300 };
#endif

enum { DECKS = 2, STREAMS_MAX = 16, LEASES_MAX = 16, STEADY_MS = 1000 };

/* Longer than a lease lasts, and than the streams know message ids. */
enum { STOPPED_MS = 5000, WINDOW_MS = 1000 };

static int rounds = 1;

struct bench {
    struct test_server server;
    struct deck_process decks[DECKS];
    struct order_flow flow;
    struct load *load;
};

static struct bench bench;

static void start(struct deck_process *deck)
{
    const char *const arguments[] = {"--server",    embedded_server_url(bench.server.server),
                                     "--feed",      "sim:seed=1,rate=200",
                                     "--config",    temporary_path("config"),
                                     "--log-level", "error",
                                     NULL};
    deck_process_start(deck, arguments);
}

static bool has_holder(void *context)
{
    struct deck_process **holder = context;
    struct lease_entry leases[LEASES_MAX];
    struct error error = {0};
    int count = lease_list(bench.server.tape, leases, LEASES_MAX, &error);
    *holder = NULL;
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < DECKS && strcmp(leases[i].role, "checks") == 0; k++) {
            if (leases[i].pid == bench.decks[k].pid)
                *holder = &bench.decks[k];
        }
    }
    return *holder != NULL;
}

/* The one that decides about orders; mostly it has the other roles, too. */
static struct deck_process *holder(void)
{
    struct deck_process *found;
    test_until(has_holder, &found);
    return found;
}

static void recover(const char *fault, int64_t start_ns)
{
    print_message("%s: the other decides, and orders are filled and in their positions, after %" PRId64 " ms\n", fault,
                  recovery_wait(bench.server.tape, start_ns) / NS_PER_MS);
}

static void stop_and_continue(void)
{
    struct deck_process *stopped = holder();
    int64_t start_ns = clock_monotonic_ns();
    assert_int_equal(kill(stopped->pid, SIGSTOP), 0);
    recover("stopped", start_ns);
    while (clock_monotonic_ns() < start_ns + STOPPED_MS * NS_PER_MS)
        poll(NULL, 0, 10);
    assert_ptr_not_equal(holder(), stopped);
    assert_int_equal(kill(stopped->pid, SIGCONT), 0);
    poll(NULL, 0, STEADY_MS);
}

static void kill_and_start_again(void)
{
    struct deck_process *killed = holder();
    int64_t start_ns = clock_monotonic_ns();
    assert_int_equal(deck_process_end(killed, SIGKILL), 128 + SIGKILL);
    recover("killed", start_ns);
    start(killed);
}

static void test_one_of_two_decks_decides(void **state)
{
    (void)state;
    for (int round = 0; round < rounds; round++) {
        poll(NULL, 0, STEADY_MS);
        stop_and_continue();
        kill_and_start_again();
    }
    poll(NULL, 0, STEADY_MS);
    struct load_figures sent = load_finish(bench.load);
    struct order_audit *audit = order_audit_start(bench.server.tape);
    order_audit_wait(audit, order_audit_is_settled);
    struct audit_figures figures = order_audit_figures(audit);
    /* A client that hears nothing for 2 s sends once more what the streams have forgotten the ids of. */
    print_message("sent %" PRIu64 " orders and %" PRIu64 " changes; %" PRIu64
                  " requests for orders are stored twice, %" PRIu64 " decisions came late: neither counts\n",
                  order_flow_orders(sent.published), sent.published - order_flow_orders(sent.published),
                  figures.requested - figures.orders, figures.decisions - figures.decided);
    order_audit_print(audit);
    order_audit_destroy(audit);
    assert_int_equal(sent.acknowledged, sent.published);
    assert_int_equal(figures.orders, order_flow_orders(sent.published));
    assert_int_equal(order_audit_mistakes(&figures), 0);
}

/* Streams that forget message ids soon. */
static void make_streams(void)
{
    struct stream_config streams[STREAMS_MAX];
    struct error error = {0};
    assert_true(STREAM_DEFAULT_COUNT <= STREAMS_MAX);
    memcpy(streams, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT * sizeof streams[0]);
    for (size_t i = 0; i < STREAM_DEFAULT_COUNT; i++) {
        if (strcmp(streams[i].name, "ORDERS") == 0 || strcmp(streams[i].name, "POSITIONS") == 0)
            streams[i].duplicate_window_ns = WINDOW_MS * NS_PER_MS;
    }
    if (streams_create(bench.server.tape, streams, STREAM_DEFAULT_COUNT, 1, &error) != 0)
        fail_msg("%s", error.text);
}

static int set_up(void **state)
{
    (void)state;
    temporary_make();
    temporary_text("config", ORDER_FLOW_CHECKS);
    order_flow_init(&bench.flow);
    test_server_start(&bench.server);
    make_streams();
    for (int i = 0; i < DECKS; i++)
        start(&bench.decks[i]);
    bench.load = load_start(bench.server.tape, &(struct load_options){.rate_per_second = RATE,
                                                                      .give_up_ms = -1,
                                                                      .compose = order_flow_compose,
                                                                      .context = &bench.flow});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int status = 0;
    load_destroy(bench.load);
    for (int i = 0; i < DECKS; i++) {
        status |= deck_process_end(&bench.decks[i], SIGTERM);
        deck_process_clean(&bench.decks[i]);
    }
    test_server_stop(&bench.server);
    order_flow_free(&bench.flow);
    temporary_remove();
    return status;
}

int main(int count, char **arguments)
{
    if (count > 1)
        rounds = (int)strtol(arguments[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_of_two_decks_decides, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
