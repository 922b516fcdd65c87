/* Orders at a steady rate through a whole tapedeck with an embedded server and 1,000 quotes/s, throttling checks off:
 * how long each hop takes, and whether at the end all is accounted for: every order decided, answered, in its position.
 *
 * usage: bench_deck [ORDERS_PER_SECOND [SECONDS]]; without them the latency of 100 a second, then 2,000 a second. */
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
#include "bench/order_hops.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "faults/order_audit.h"
#include "faults/order_flow.h"

enum { WARM_UP_MS = 1000 };

struct pace {
    uint32_t messages_per_second; /* orders and changes of orders */
    int seconds;
};

static void run(void **state)
{
    const struct pace *pace = *state;
    const char *const arguments[] = {"--feed",      "sim:seed=1,rate=1000",
                                     "--config",    temporary_text("config", ORDER_FLOW_CHECKS),
                                     "--log-level", "error",
                                     NULL};
    struct deck_process deck = {0};
    struct order_flow flow;
    struct error error = {0};
    order_flow_init(&flow);
    deck_process_start(&deck, arguments);
    struct tape *tape = tape_connect(&(struct tape_options){.urls = deck.server_url, .name = "bench"}, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    poll(NULL, 0, WARM_UP_MS); /* quotes for the checks */
    int64_t start_ns = clock_monotonic_ns();
    struct load *load = load_start(tape, &(struct load_options){.rate_per_second = pace->messages_per_second,
                                                                .give_up_ms = -1,
                                                                .compose = order_flow_compose,
                                                                .context = &flow});
    poll(NULL, 0, pace->seconds * 1000);
    struct load_figures sent = load_finish(load);
    double took = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    struct order_audit *audit = order_audit_start(tape);
    order_audit_wait(audit, order_audit_is_settled);
    struct audit_figures figures = order_audit_figures(audit);
    uint64_t orders = order_flow_orders(sent.published);
    printf("deck: %.0f orders/s and %.0f changes/s for %.1f s, %" PRIu64 " orders are missing, %" PRIu64 " mistakes\n",
           (double)orders / took, (double)(sent.published - orders) / took, took, orders - figures.orders,
           order_audit_mistakes(&figures));
    order_audit_print(audit);
    order_audit_destroy(audit);
    order_hops_print(deck.server_url);
    load_destroy(load);
    tape_destroy(tape);
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    deck_process_clean(&deck);
    order_flow_free(&flow);
    assert_int_equal(figures.orders, orders);
    assert_int_equal(order_audit_mistakes(&figures), 0);
}

int main(int count, char **arguments)
{
    /* Of twenty messages fourteen are orders. */
    struct pace given = {(uint32_t)bench_argument(count, arguments, 1, 0) * 20 / 14,
                         (int)bench_argument(count, arguments, 2, 60)};
    struct pace slow = {100 * 20 / 14, 20}, fast = {2000 * 20 / 14, 60};
    const struct CMUnitTest chosen[] = {cmocka_unit_test_prestate(run, &given)};
    const struct CMUnitTest both[] = {cmocka_unit_test_prestate(run, &slow), cmocka_unit_test_prestate(run, &fast)};
    temporary_make();
    int failed = count > 1 ? cmocka_run_group_tests(chosen, NULL, NULL) : cmocka_run_group_tests(both, NULL, NULL);
    temporary_remove();
    return failed;
}
