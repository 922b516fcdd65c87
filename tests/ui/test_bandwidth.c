/* What a thin line may carry, and the quotes that wait for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/timestamp.h"
#include "ui/bandwidth.h"
#include "ui/waiting_quotes.h"

static void test_without_a_limit_everything_may_go(void **state)
{
    struct bandwidth bandwidth = {0};
    (void)state;
    bandwidth_sent(&bandwidth, 1000000, 5 * NS_PER_SECOND);
    assert_true(bandwidth_free_ns(&bandwidth, HASTE_MARKET) <= 5 * NS_PER_SECOND);
}

/* 10,000 bytes a second: what was sent takes its time, and haste may go before it is over. */
static void test_what_was_sent_is_paid_for(void **state)
{
    struct bandwidth bandwidth = {.limit = 10000};
    const int64_t start_ns = 100 * NS_PER_SECOND;
    (void)state;
    bandwidth_sent(&bandwidth, 5000, start_ns);
    assert_int_equal(bandwidth_free_ns(&bandwidth, HASTE_MARKET), start_ns + 500 * NS_PER_MS);
    assert_true(bandwidth_free_ns(&bandwidth, HASTE_EVENT) < start_ns);
    bandwidth_sent(&bandwidth, 20000, start_ns + 100 * NS_PER_MS); /* on top of what is not paid yet */
    assert_int_equal(bandwidth_free_ns(&bandwidth, HASTE_MARKET), start_ns + 2500 * NS_PER_MS);
    assert_int_equal(bandwidth_free_ns(&bandwidth, HASTE_EVENT), start_ns + 1500 * NS_PER_MS);
    assert_true(bandwidth_free_ns(&bandwidth, HASTE_KEY) < start_ns);
    /* Silence saves nothing up. */
    bandwidth_sent(&bandwidth, 1000, start_ns + 60 * NS_PER_SECOND);
    assert_int_equal(bandwidth_free_ns(&bandwidth, HASTE_MARKET), start_ns + 60 * NS_PER_SECOND + 100 * NS_PER_MS);
}

/* However much there is to draw, no more goes out than the limit says. */
static void test_the_limit_holds(void **state)
{
    struct bandwidth bandwidth = {.limit = 10000};
    const int64_t start_ns = NS_PER_SECOND, end_ns = start_ns + 60 * NS_PER_SECOND;
    (void)state;
    for (int64_t now_ns = start_ns; now_ns < end_ns; now_ns += 50 * NS_PER_MS) {
        if (bandwidth_free_ns(&bandwidth, HASTE_MARKET) <= now_ns)
            bandwidth_sent(&bandwidth, 7300, now_ns);
    }
    assert_in_range(bandwidth.sent_bytes, 580000, 600000 + 7300);
}

static void test_rate(void **state)
{
    struct bandwidth bandwidth = {0};
    (void)state;
    for (int i = 0; i <= 10; i++)
        bandwidth_sent(&bandwidth, 300, NS_PER_SECOND + i * 200 * NS_PER_MS);
    assert_int_equal(bandwidth.rate, 1500);
    bandwidth_sent(&bandwidth, 0, 10 * NS_PER_SECOND);
    bandwidth_sent(&bandwidth, 0, 12 * NS_PER_SECOND);
    assert_int_equal(bandwidth.rate, 0);
}

/* Quotes wait until they are folded, some at a time; when there are too many the oldest are folded early. None is lost,
 * and none overtakes another. */
static void test_quotes_wait(void **state)
{
    enum { QUOTES = 80000, WAITING = 65536 };
    struct instruments instruments = {0};
    struct error error = {0};
    struct event event = event_empty(EVENT_QUOTE);
    int folds = 1;
    (void)state;
    assert_int_equal(instruments_init_builtin(&instruments, &error), 0);
    struct model *model = model_create(&instruments, "SIM-1", NS_PER_SECOND);
    struct waiting_quotes *waiting = waiting_quotes_create();
    strcpy(event.quote.symbol, "AAPL");
    strcpy(event.quote.exchange, "NYSE");
    strcpy(event.quote.source, "sim-1");
    for (int i = 1; i <= QUOTES; i++) {
        event.quote.seq = event.sequence = (uint64_t)i;
        event.quote.bid = i * PRICE_ONE;
        event.quote.ask = (i + 1) * PRICE_ONE;
        event.quote.timestamp_ns = event.stored_ns = i;
        waiting_quotes_put(waiting, model, &event, 0, i, i);
        if (i == 100)
            assert_int_equal(model_flow(model).quotes, 0);
    }
    assert_in_range(model_flow(model).quotes, 1, QUOTES - WAITING + 1000);
    while (!waiting_quotes_fold(waiting, model))
        folds++;
    assert_true(folds > 10);
    assert_int_equal(model_flow(model).quotes, QUOTES);
    assert_int_equal(model_flow(model).missing.lost, 0);
    assert_int_equal(quotes_find(model_quotes(model), "NYSE", "AAPL")->quote.bid, QUOTES * PRICE_ONE);
    waiting_quotes_put(waiting, model, &event, 0, 1, 1);
    waiting_quotes_drop(waiting);
    assert_true(waiting_quotes_fold(waiting, model));
    assert_int_equal(model_flow(model).quotes, QUOTES);
    waiting_quotes_destroy(waiting);
    model_destroy(model);
    instruments_free(&instruments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_limit_everything_may_go),
        cmocka_unit_test(test_what_was_sent_is_paid_for),
        cmocka_unit_test(test_the_limit_holds),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_quotes_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
