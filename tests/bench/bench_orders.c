/* How many events of ORDERS the book folds per second: the life of many orders, several thousand of them open at a
 * time, in the order a stream would hold them. Run it by hand: bench_orders [orders]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/timestamp.h"
#include "engine/orders.h"

enum { EVENTS_PER_ORDER = 5, OPEN_AT_A_TIME = 4096 };

static const char *const symbols[] = {"AAPL", "GOOG", "MSFT", "TSLA", "AMZN", "BTC-USD", "ETH-USD"};

static void fill_request(struct order_request *request, size_t number)
{
    snprintf(request->order_id, sizeof request->order_id, "01JDBENCH%017zu", number);
    snprintf(request->account, sizeof request->account, "SIM-1");
    snprintf(request->symbol, sizeof request->symbol, "%s", symbols[number % (sizeof symbols / sizeof symbols[0])]);
    snprintf(request->exchange, sizeof request->exchange, "NYSE");
    request->side = number % 2 == 0 ? SIDE_BUY : SIDE_SELL;
    request->type = ORDER_LIMIT;
    request->quantity = 100 * QUANTITY_ONE;
    request->limit_price = 189 * PRICE_ONE;
    request->stop_price = DECIMAL_NONE;
}

/* The `step`th event in the life of an order: new, validated, accepted, a partial fill, the rest. */
static void fill_event(struct event *event, size_t number, int step)
{
    static const enum event_kind kinds[EVENTS_PER_ORDER] = {
        EVENT_ORDER_NEW, EVENT_ORDER_VALIDATED, EVENT_ORDER_ACCEPTED, EVENT_ORDER_EXECUTED, EVENT_ORDER_EXECUTED};
    struct order_request request;
    memset(&request, 0, sizeof request);
    fill_request(&request, number);
    *event = event_empty(kinds[step]);
    if (step == 0) {
        event->request = request;
    } else if (step == 1) {
        event->decision.order = request;
    } else if (step == 2) {
        memcpy(event->acknowledgement.order_id, request.order_id, sizeof request.order_id);
    } else {
        struct execution *execution = &event->execution;
        memcpy(execution->order_id, request.order_id, sizeof request.order_id);
        memcpy(execution->account, request.account, sizeof request.account);
        memcpy(execution->symbol, request.symbol, sizeof request.symbol);
        memcpy(execution->exchange, request.exchange, sizeof request.exchange);
        snprintf(execution->execution_id, sizeof execution->execution_id, "%.64s-%d", request.order_id, step - 2);
        execution->side = request.side;
        execution->quantity = 50 * QUANTITY_ONE;
        execution->price = request.limit_price;
    }
}

int main(int argc, char **argv)
{
    size_t orders = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
    struct event *batch = malloc(OPEN_AT_A_TIME * sizeof *batch);
    if (batch == NULL || orders == 0)
        return 2;
    struct order_book *book = order_book_create();
    int64_t spent_ns = 0;
    uint64_t sequence = 0;
    for (size_t first = 0; first < orders; first += OPEN_AT_A_TIME) {
        size_t count = orders - first < OPEN_AT_A_TIME ? orders - first : OPEN_AT_A_TIME;
        for (int step = 0; step < EVENTS_PER_ORDER; step++) {
            for (size_t i = 0; i < count; i++) {
                fill_event(&batch[i], first + i, step);
                batch[i].sequence = ++sequence;
            }
            int64_t start_ns = clock_monotonic_ns();
            for (size_t i = 0; i < count; i++)
                order_book_fold(book, &batch[i]);
            spent_ns += clock_monotonic_ns() - start_ns;
        }
    }
    struct order_counts counts = order_book_counts(book);
    printf("%-44s %10.0f /s\n", "events of orders folded", (double)counts.applied * 1e9 / (double)spent_ns);
    bool is_whole = counts.applied == sequence;
    order_book_destroy(book);
    free(batch);
    return is_whole ? 0 : 1;
}
