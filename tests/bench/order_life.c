#include "bench/order_life.h"

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"

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
    request->timestamp_ns = NS_PER_DAY + (int64_t)number * NS_PER_MS;
}

static void fill_execution(struct execution *execution, const struct order_request *request, int number)
{
    memcpy(execution->order_id, request->order_id, sizeof request->order_id);
    memcpy(execution->account, request->account, sizeof request->account);
    memcpy(execution->symbol, request->symbol, sizeof request->symbol);
    memcpy(execution->exchange, request->exchange, sizeof request->exchange);
    snprintf(execution->execution_id, sizeof execution->execution_id, "%.64s-%d", request->order_id, number);
    execution->side = request->side;
    execution->quantity = 50 * QUANTITY_ONE;
    execution->cumulative_quantity = number * execution->quantity;
    execution->leaves_quantity = request->quantity - execution->cumulative_quantity;
    execution->filled = execution->leaves_quantity == 0;
    execution->price = request->limit_price;
    execution->timestamp_ns = request->timestamp_ns;
}

void order_life_event(struct event *event, size_t number, int step)
{
    static const enum event_kind kinds[ORDER_LIFE_EVENTS] = {
        EVENT_ORDER_NEW, EVENT_ORDER_VALIDATED, EVENT_ORDER_ACCEPTED, EVENT_ORDER_EXECUTED, EVENT_ORDER_EXECUTED};
    struct order_request request;
    memset(&request, 0, sizeof request);
    fill_request(&request, number);
    *event = event_empty(kinds[step]);
    if (step == 0) {
        event->request = request;
    } else if (step == 1) {
        event->decision.order = request;
        event->decision.reference_price = request.limit_price;
        event->decision.reference_seq = 1;
    } else if (step == 2) {
        struct acknowledgement *acknowledgement = &event->acknowledgement;
        memcpy(acknowledgement->order_id, request.order_id, sizeof request.order_id);
        memcpy(acknowledgement->account, request.account, sizeof request.account);
        memcpy(acknowledgement->symbol, request.symbol, sizeof request.symbol);
        memcpy(acknowledgement->exchange, request.exchange, sizeof request.exchange);
        acknowledgement->timestamp_ns = request.timestamp_ns;
    } else {
        fill_execution(&event->execution, &request, step - 2);
    }
}
