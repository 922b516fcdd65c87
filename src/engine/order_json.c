/* Numbers are written by the codec of the tape and taken over as they are, so that both agree to the digit. */
#include "engine/order_json.h"

#include <assert.h>

static void write_decimal(struct json_writer *writer, const char *name, int64_t value, int decimals)
{
    char text[DECIMAL_TEXT_SIZE];
    json_key(writer, name);
    json_raw(writer, text, decimal_format(text, value, decimals));
}

static void write_flag(struct json_writer *writer, const char *name, bool value)
{
    json_key(writer, name);
    json_bool(writer, value);
}

static void write_text(struct json_writer *writer, const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    json_key(writer, name);
    json_string(writer, text);
}

void order_json_write(struct json_writer *writer, const struct order *order, const char *request_id)
{
    char payload[EVENT_PAYLOAD_SIZE];
    struct event event = event_empty(EVENT_ORDER_NEW);
    event.request = order->terms;
    size_t bytes = event_encode(&event, payload, sizeof payload);
    assert(bytes > 2 && payload[bytes - 1] == '}');
    json_raw(writer, payload, bytes - 1);
    write_text(writer, "state", order_state_name(order->state));
    write_decimal(writer, "cumulative_quantity", order->cumulative_quantity, QUANTITY_DECIMALS);
    write_decimal(writer, "leaves_quantity", order_leaves(order), QUANTITY_DECIMALS);
    int64_t average_price = order_average_price(order);
    if (average_price != DECIMAL_NONE)
        write_decimal(writer, "average_price", average_price, PRICE_DECIMALS);
    write_flag(writer, "cancel_pending", order->cancel_pending);
    write_flag(writer, "replace_pending", order->replace_pending);
    write_text(writer, "code", order->code);
    write_text(writer, "reason", order->reason);
    write_text(writer, "request_id", request_id);
    json_close(writer, '}');
}
