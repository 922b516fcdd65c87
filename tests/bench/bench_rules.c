/* How many events of ORDERS per second the rules decide and fold on one core, without tape and codec: the order checks,
 * the paper exchange and the positions, each event given to all three as soon as it is proposed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/checks.h"
#include "engine/exchange.h"
#include "engine/positions.h"

enum { ORDERS = 200000, BATCH = 250, SYMBOLS = 5, QUEUE = 64 };

struct bench {
    struct instruments instruments;
    struct checks *checks;
    struct exchange *exchange;
    struct positions *positions;
    struct proposals proposals;
    struct event queue[QUEUE]; /* on their way to the rules */
    size_t first, count;
    uint64_t orders_sequence, market_sequence;
    int64_t now_ns;
};

/* Of one core: what else runs on the machine does not count. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void put(struct bench *bench, const struct event *event)
{
    struct event *queued = &bench->queue[(bench->first + bench->count++) % QUEUE];
    if (bench->count > QUEUE)
        exit(1);
    *queued = *event;
    queued->sequence = event->kind == EVENT_QUOTE ? ++bench->market_sequence : ++bench->orders_sequence;
    queued->stored_ns = bench->now_ns;
}

static void put_proposals(struct bench *bench)
{
    for (size_t i = 0; i < bench->proposals.count; i++)
        put(bench, &bench->proposals.items[i].event);
    proposals_clear(&bench->proposals);
}

static void settle(struct bench *bench)
{
    while (bench->count > 0) {
        const struct event event = bench->queue[bench->first];
        bench->first = (bench->first + 1) % QUEUE;
        bench->count--;
        checks_fold(bench->checks, &event, 0, bench->now_ns);
        exchange_fold(bench->exchange, &event, 0, bench->now_ns);
        positions_fold(bench->positions, &event);
        checks_decide(bench->checks, &event, bench->now_ns, bench->now_ns, &bench->proposals);
        exchange_decide(bench->exchange, &event, bench->now_ns, bench->now_ns, &bench->proposals);
        put_proposals(bench);
    }
}

static void quote(struct bench *bench, size_t number)
{
    struct event event = event_empty(EVENT_QUOTE);
    const struct instrument *instrument = &bench->instruments.items[number % SYMBOLS];
    text_copy(event.quote.symbol, sizeof event.quote.symbol, instrument->symbol);
    text_copy(event.quote.exchange, sizeof event.quote.exchange, instrument->exchange);
    event.quote.bid = instrument->start_price;
    event.quote.ask = instrument->start_price + instrument->tick;
    put(bench, &event);
    settle(bench);
}

static void fill_request(struct event *event, const struct bench *bench, size_t number)
{
    struct order_request *request = &event->request;
    const struct instrument *instrument = &bench->instruments.items[number % SYMBOLS];
    snprintf(request->order_id, sizeof request->order_id, "01JDBENCH%017zu", number);
    text_copy(request->account, sizeof request->account, "SIM-1");
    text_copy(request->symbol, sizeof request->symbol, instrument->symbol);
    text_copy(request->exchange, sizeof request->exchange, instrument->exchange);
    request->side = number / SYMBOLS % 2 == 0 ? SIDE_BUY : SIDE_SELL;
    request->type = ORDER_LIMIT;
    request->quantity = QUANTITY_ONE;
    request->limit_price = instrument->start_price + (request->side == SIDE_BUY ? instrument->tick : 0);
    request->stop_price = DECIMAL_NONE;
    request->timestamp_ns = bench->now_ns;
}

int main(void)
{
    static struct bench bench = {.now_ns = INT64_C(1795444200) * NS_PER_SECOND};
    static const char *const off[] = {"rate_limit", "duplicate", "repeated_fills"};
    static struct checks_config checks;
    static struct exchange_config exchange;
    struct error error = {0};
    checks_config_init(&checks);
    exchange_config_init(&exchange);
    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++)
        checks_config_set(&checks, off[i], "off", &error);
    if (instruments_init_builtin(&bench.instruments, &error) != 0)
        return 1;
    bench.checks = checks_create(&checks, &bench.instruments);
    bench.exchange = exchange_create(&exchange, &bench.instruments);
    bench.positions = positions_create(&bench.instruments, POSITION_AVERAGE_COST);
    double spent = 0;
    for (size_t first = 0; first < ORDERS; first += BATCH) {
        static struct event requests[BATCH];
        bench.now_ns += NS_PER_SECOND / 4;
        for (size_t i = 0; i < SYMBOLS; i++)
            quote(&bench, i);
        for (size_t i = 0; i < BATCH; i++) {
            requests[i] = event_empty(EVENT_ORDER_NEW);
            fill_request(&requests[i], &bench, first + i);
        }
        double start = seconds();
        for (size_t i = 0; i < BATCH; i++) {
            put(&bench, &requests[i]);
            settle(&bench);
        }
        spent += seconds() - start;
    }
    printf("%-44s %10.0f /s\n", "order events decided and folded by the rules", (double)bench.orders_sequence / spent);
    bool is_whole = positions_counts(bench.positions).applied == ORDERS;
    checks_destroy(bench.checks);
    exchange_destroy(bench.exchange);
    positions_destroy(bench.positions);
    proposals_free(&bench.proposals);
    instruments_free(&bench.instruments);
    return is_whole ? 0 : 1;
}
