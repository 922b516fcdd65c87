/* See exchange_events.h: which field of an event comes from where. */
#include "engine/exchange_events.h"

#include <stdio.h>

#include "core/text.h"
#include "engine/settings.h"

static struct acknowledgement *acknowledge(const struct exchange_output *output, const struct order *order,
                                           enum event_kind kind)
{
    struct acknowledgement *acknowledgement = &proposals_add(output->proposals, kind, 0)->acknowledgement;
    text_copy(acknowledgement->order_id, sizeof acknowledgement->order_id, order->terms.order_id);
    text_copy(acknowledgement->account, sizeof acknowledgement->account, order->terms.account);
    text_copy(acknowledgement->symbol, sizeof acknowledgement->symbol, order->terms.symbol);
    text_copy(acknowledgement->exchange, sizeof acknowledgement->exchange, order->terms.exchange);
    acknowledgement->timestamp_ns = output->wall_ns;
    return acknowledgement;
}

void exchange_events_accepted(const struct exchange_output *output, const struct order *order, int64_t queue_ahead)
{
    acknowledge(output, order, EVENT_ORDER_ACCEPTED)->queue_ahead = queue_ahead;
}

void exchange_events_refused(const struct exchange_output *output, const struct order *order, const char *reason)
{
    struct acknowledgement *acknowledgement = acknowledge(output, order, EVENT_ORDER_REFUSED);
    text_copy(acknowledgement->reason, sizeof acknowledgement->reason, reason);
}

void exchange_events_triggered(const struct exchange_output *output, const struct order *order, int64_t price)
{
    acknowledge(output, order, EVENT_ORDER_TRIGGERED)->price = price;
}

void exchange_events_cancelled(const struct exchange_output *output, const struct order *order,
                               enum cancel_reason reason, const char *request_id)
{
    struct cancellation *cancellation = &proposals_add(output->proposals, EVENT_ORDER_CANCELLED, 0)->cancellation;
    text_copy(cancellation->order_id, sizeof cancellation->order_id, order->terms.order_id);
    text_copy(cancellation->account, sizeof cancellation->account, order->terms.account);
    text_copy(cancellation->symbol, sizeof cancellation->symbol, order->terms.symbol);
    text_copy(cancellation->exchange, sizeof cancellation->exchange, order->terms.exchange);
    text_copy(cancellation->request_id, sizeof cancellation->request_id, request_id);
    cancellation->cumulative_quantity = order->cumulative_quantity;
    cancellation->reason = reason;
    cancellation->timestamp_ns = output->wall_ns;
}

static struct change_answer *answer(const struct exchange_output *output, const struct change_request *request,
                                    enum event_kind kind)
{
    struct change_answer *written = &proposals_add(output->proposals, kind, NO_FENCE)->answer;
    text_copy(written->order_id, sizeof written->order_id, request->order_id);
    text_copy(written->request_id, sizeof written->request_id, request->request_id);
    written->timestamp_ns = output->wall_ns;
    return written;
}

void exchange_events_replaced(const struct exchange_output *output, const struct order *order,
                              const struct change_request *request)
{
    struct change_answer *replaced = answer(output, request, EVENT_ORDER_REPLACED);
    replaced->quantity = request->quantity != DECIMAL_NONE ? request->quantity : order->terms.quantity;
    replaced->limit_price = request->limit_price;
    replaced->stop_price = request->stop_price;
}

void exchange_events_cancel_rejected(const struct exchange_output *output, const struct change_request *request,
                                     const char *reason)
{
    struct change_answer *rejected = answer(output, request, EVENT_CANCEL_REJECTED);
    text_copy(rejected->reason, sizeof rejected->reason, reason);
}

static int128 fee_of(const struct exchange_fill *fill, int64_t multiplier, const struct exchange_fees *fees)
{
    int64_t rate = fill->liquidity == LIQUIDITY_MAKER ? fees->maker : fees->taker;
    int128 value = money_of(fill->price, fill->quantity);
    if (value < 0)
        value = -value;
    if (money_multiply_overflows(value, multiplier, &value) || money_multiply_overflows(value, rate, &value))
        return MONEY_NONE;
    return divide_half_even(value, BASIS_POINTS_WHOLE);
}

void exchange_events_executed(const struct exchange_output *output, const struct order *order,
                              const struct exchange_fill *fill, const struct instrument *instrument,
                              const struct exchange_fees *fees)
{
    struct execution *execution =
        &proposals_add(output->proposals, EVENT_ORDER_EXECUTED, (int64_t)order->execution_sequence)->execution;
    text_copy(execution->order_id, sizeof execution->order_id, order->terms.order_id);
    snprintf(execution->execution_id, sizeof execution->execution_id, "%s-%u", order->terms.order_id, order->fills + 1);
    text_copy(execution->account, sizeof execution->account, order->terms.account);
    text_copy(execution->symbol, sizeof execution->symbol, order->terms.symbol);
    text_copy(execution->exchange, sizeof execution->exchange, order->terms.exchange);
    execution->side = order->terms.side;
    execution->quantity = fill->quantity;
    execution->price = fill->price;
    execution->cumulative_quantity = order->cumulative_quantity + fill->quantity;
    execution->leaves_quantity = order->terms.quantity - execution->cumulative_quantity;
    execution->filled = execution->leaves_quantity == 0;
    int128 cost;
    if (!money_add_overflows(order->cumulative_cost, money_of(fill->price, fill->quantity), &cost))
        execution->average_price = (int64_t)divide_half_even(cost, execution->cumulative_quantity);
    execution->liquidity = fill->liquidity;
    execution->fee = fee_of(fill, instrument->multiplier, fees);
    text_copy(execution->fee_currency, sizeof execution->fee_currency, instrument->currency);
    execution->quote_seq = fill->quote_seq;
    execution->size_assumed = fill->size_assumed;
    execution->timestamp_ns = output->wall_ns;
}
