/* How fast the rules are without a server: 100,000 quotes of one instrument and 1,000 orders, on a tape in memory.
 * Usage: bench_backtest */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/timestamp.h"
#include "engine/backtest.h"

enum { QUOTES = 100000, ORDERS = 1000 };

#define START_NS INT64_C(1767623400000000000)

static struct event quote_event(int number)
{
    struct event event = event_empty(EVENT_QUOTE);
    struct quote *quote = &event.quote;
    snprintf(quote->symbol, sizeof quote->symbol, "AAPL");
    snprintf(quote->exchange, sizeof quote->exchange, "NYSE");
    quote->bid = 189 * PRICE_ONE + number % 50 * (PRICE_ONE / 100);
    quote->ask = quote->bid + PRICE_ONE / 100;
    quote->bid_size = quote->ask_size = 1000 * QUANTITY_ONE;
    quote->timestamp_ns = quote->received_ns = START_NS + number * NS_PER_MS;
    return event;
}

static struct event order_event(int number)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    struct order_request *request = &event.request;
    snprintf(request->order_id, sizeof request->order_id, "O-%d", number);
    snprintf(request->account, sizeof request->account, "SIM-1");
    snprintf(request->symbol, sizeof request->symbol, "AAPL");
    snprintf(request->exchange, sizeof request->exchange, "NYSE");
    request->side = number % 2 == 0 ? SIDE_BUY : SIDE_SELL;
    request->type = ORDER_MARKET;
    request->quantity = 10 * QUANTITY_ONE;
    request->timestamp_ns = START_NS + (int64_t)number * QUOTES / ORDERS * NS_PER_MS;
    return event;
}

static void switch_off(struct checks_config *checks, const char *key)
{
    if (checks_config_set(checks, key, "off", NULL) != 0)
        abort();
}

int main(void)
{
    struct instruments instruments;
    struct checks_config checks;
    struct exchange_config exchange;
    struct risk_config risk;
    if (instruments_init_builtin(&instruments, NULL) != 0)
        return 1;
    checks_config_init(&checks);
    switch_off(&checks, "rate_limit");
    switch_off(&checks, "duplicate");
    switch_off(&checks, "repeated_fills");
    exchange_config_init(&exchange);
    risk_config_init(&risk);
    struct backtest *backtest = backtest_create(&(struct backtest_options){
        .instruments = &instruments, .checks = &checks, .exchange = &exchange, .risk = &risk, .start_ns = START_NS});
    int64_t start_ns = clock_monotonic_ns();
    for (int i = 0; i < QUOTES; i++) {
        struct event event = quote_event(i);
        backtest_advance(backtest, event.quote.received_ns);
        backtest_publish(backtest, &event);
        backtest_settle(backtest);
        if (i % (QUOTES / ORDERS) == 0) {
            event = order_event(i / (QUOTES / ORDERS));
            backtest_publish(backtest, &event);
            backtest_settle(backtest);
        }
    }
    double passed_s = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    printf("%d quotes, %d orders, %llu fills: %.3f s\n", QUOTES, ORDERS,
           (unsigned long long)backtest_counts(backtest).stored[EVENT_ORDER_EXECUTED], passed_s);
    backtest_destroy(backtest);
    instruments_free(&instruments);
    return 0;
}
