/* How many quotes per second the risk rules fold and decide on one core, without tape and codec: 500 instruments in
 * turn, each with a position, and the tick of the service four times a second of the market's time. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/risk.h"

enum { SYMBOLS = 500, QUOTES = 8000000, PER_SECOND = 2000000, TICKS_PER_SECOND = 4, WARM_UP_S = 400 };

struct bench {
    struct instruments instruments;
    struct risk *risk;
    struct proposals proposals;
    struct event quotes[SYMBOLS];
    int64_t now_ns;
    uint64_t alerts;
};

/* Of one core: what else runs on the machine does not count. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void settle(struct bench *bench)
{
    for (size_t i = 0; i < bench->proposals.count; i++) {
        bench->alerts += bench->proposals.items[i].event.kind == EVENT_ALERT;
        risk_fold(bench->risk, &bench->proposals.items[i].event, 0, bench->now_ns, bench->now_ns);
    }
    proposals_clear(&bench->proposals);
}

static void quote(struct bench *bench, size_t number)
{
    struct event *event = &bench->quotes[number % SYMBOLS];
    event->quote.bid = (100 + number / SYMBOLS % 3) * PRICE_ONE;
    event->quote.ask = event->quote.bid + PRICE_ONE / 100;
    risk_fold(bench->risk, event, 0, bench->now_ns, bench->now_ns);
    risk_decide(bench->risk, event, bench->now_ns, bench->now_ns, &bench->proposals);
    settle(bench);
}

static void tick(struct bench *bench)
{
    risk_tick(bench->risk, bench->now_ns, bench->now_ns);
    risk_decide(bench->risk, NULL, bench->now_ns, bench->now_ns, &bench->proposals);
    risk_decide_exposures(bench->risk, bench->now_ns, &bench->proposals);
    settle(bench);
}

static void hold(struct bench *bench, size_t number)
{
    struct event event = event_empty(EVENT_POSITION);
    struct position_event *position = &event.position;
    text_copy(position->account, sizeof position->account, number % 2 == 0 ? "SIM-1" : "SIM-2");
    text_copy(position->symbol, sizeof position->symbol, bench->quotes[number].quote.symbol);
    text_copy(position->currency, sizeof position->currency, "USD");
    position->quantity = 10 * QUANTITY_ONE;
    position->average_price = 100 * PRICE_ONE;
    position->cost = money_of(position->average_price, position->quantity);
    position->epoch = 1;
    position->orders_seq = number + 1;
    risk_fold(bench->risk, &event, 0, bench->now_ns, bench->now_ns);
}

int main(void)
{
    static struct bench bench = {.now_ns = INT64_C(1795444200) * NS_PER_SECOND};
    struct risk_config config;
    struct error error = {0};
    risk_config_init(&config);
    config.var_step_ns = NS_PER_SECOND; /* so that the history is full */
    if (instruments_init_builtin(&bench.instruments, &error) != 0)
        return 1;
    bench.risk = risk_create(&config, &bench.instruments);
    for (size_t i = 0; i < SYMBOLS; i++) {
        bench.quotes[i] = event_empty(EVENT_QUOTE);
        struct quote *first = &bench.quotes[i].quote;
        snprintf(first->symbol, sizeof first->symbol, "S%zu", i);
        text_copy(first->exchange, sizeof first->exchange, "NYSE");
        first->bid_size = first->ask_size = 100 * QUANTITY_ONE;
        hold(&bench, i);
    }
    for (size_t i = 0; i < WARM_UP_S * TICKS_PER_SECOND; i++) {
        for (size_t symbol = 0; symbol < SYMBOLS; symbol++)
            quote(&bench, i * SYMBOLS + symbol);
        bench.now_ns += NS_PER_SECOND / TICKS_PER_SECOND;
        tick(&bench);
    }
    double start = seconds();
    for (size_t i = 0; i < QUOTES; i++) {
        bench.now_ns += NS_PER_SECOND / PER_SECOND;
        quote(&bench, i);
        if (i % (PER_SECOND / TICKS_PER_SECOND) == 0)
            tick(&bench);
    }
    printf("%-44s %14.0f /s %27s\n", "quotes folded and decided by the risk rules", QUOTES / (seconds() - start),
           ">= 2000000 /s");
    risk_destroy(bench.risk);
    proposals_free(&bench.proposals);
    instruments_free(&bench.instruments);
    return 0;
}
