/* Numbers are written by the codec of the tape and taken over as they are, so that both agree to the digit. */
#include "engine/order_json.h"

#include <assert.h>

void order_json_write(struct json_writer *writer, const struct order *order, const char *request_id)
{
    char payload[EVENT_PAYLOAD_SIZE];
    struct event event = event_empty(EVENT_ORDER_NEW);
    event.request = order->terms;
    size_t bytes = event_encode(&event, payload, sizeof payload);
    assert(bytes > 2 && payload[bytes - 1] == '}');
    json_raw(writer, payload, bytes - 1);
    json_text_member(writer, "state", order_state_name(order->state));
    json_decimal_member(writer, "cumulative_quantity", order->cumulative_quantity, QUANTITY_DECIMALS);
    json_decimal_member(writer, "leaves_quantity", order_leaves(order), QUANTITY_DECIMALS);
    int64_t average_price = order_average_price(order);
    if (average_price != DECIMAL_NONE)
        json_decimal_member(writer, "average_price", average_price, PRICE_DECIMALS);
    json_bool_member(writer, "cancel_pending", order->cancel_pending);
    json_bool_member(writer, "replace_pending", order->replace_pending);
    json_text_member(writer, "code", order->code);
    json_text_member(writer, "reason", order->reason);
    json_text_member(writer, "request_id", request_id);
    json_close(writer, '}');
}
