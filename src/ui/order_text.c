/* The words for states, shared by the deck and the orders screen. */
#include "ui/order_text.h"

#include <stdio.h>

#include "core/timestamp.h"
#include "ui/format.h"

enum { UNKNOWN_AFTER_MS = 2000 };

static enum role open_text(const struct order *order, bool fills, int decimals, char *text, size_t size)
{
    static const char *const states[] = {[ORDER_INITIALIZED] = "being checked",
                                         [ORDER_SUBMITTED] = "validated",
                                         [ORDER_ACCEPTED] = "working",
                                         [ORDER_TRIGGERED] = "triggered",
                                         [ORDER_PARTIALLY_FILLED] = "working"};
    char filled[FORMAT_SIZE], quantity[FORMAT_SIZE];
    const char *pending = order->cancel_pending ? "cancelling" : order->replace_pending ? "changing" : NULL;
    if (order->cumulative_quantity == 0 || !fills) {
        snprintf(text, size, "%s", pending != NULL ? pending : states[order->state]);
    } else {
        format_quantity(filled, order->cumulative_quantity, decimals, false);
        format_quantity(quantity, order->terms.quantity, decimals, false);
        snprintf(text, size, "%s%s%s of %s filled", pending != NULL ? pending : "", pending != NULL ? ", " : "", filled,
                 quantity);
    }
    return pending != NULL || !order_is_working(order) ? ROLE_WARNING : ROLE_TEXT;
}

enum role order_text(const struct order *order, bool fills, int decimals, char *text, size_t size)
{
    char filled[FORMAT_SIZE];
    if (!order_is_done(order))
        return open_text(order, fills, decimals, text, size);
    if (order->state == ORDER_DENIED || order->state == ORDER_REJECTED) {
        if (order->code[0] != '\0')
            snprintf(text, size, "rejected %s: %s", order->code, order->reason);
        else
            snprintf(text, size, "refused: %s", order->reason);
        return ROLE_LOSS;
    }
    const char *state = order->state == ORDER_FILLED    ? "filled"
                        : order->state == ORDER_EXPIRED ? "expired"
                                                        : "cancelled";
    if (!fills || order->cumulative_quantity == 0 || order->state == ORDER_FILLED) {
        snprintf(text, size, "%s", state);
    } else {
        format_quantity(filled, order->cumulative_quantity, decimals, false);
        snprintf(text, size, "%s, %s filled", state, filled);
    }
    return ROLE_DIM;
}

bool order_text_is_unknown(const struct request_view *request, int64_t monotonic_ns)
{
    return request->state == REQUEST_STATE_UNKNOWN ||
           (request->state == REQUEST_STATE_SENT && monotonic_ns - request->sent_ns > UNKNOWN_AFTER_MS * NS_PER_MS);
}

enum role order_text_request(const struct request_view *request, int64_t monotonic_ns, char *text, size_t size)
{
    long long seconds = (long long)((monotonic_ns - request->sent_ns) / NS_PER_SECOND);
    if (request->state == REQUEST_STATE_REFUSED) {
        snprintf(text, size, "not stored: %s", request->problem);
        return ROLE_CRITICAL;
    }
    if (order_text_is_unknown(request, monotonic_ns)) {
        snprintf(text, size, "UNKNOWN %lld s: asking the tape", seconds);
        return ROLE_UNKNOWN;
    }
    snprintf(text, size, request->state == REQUEST_STATE_SENT ? "sent" : "stored");
    return ROLE_DIM;
}
