/* GET /v1/risk: the last trading state of each scope, which the order book knows, and the last exposure of each
 * account. */
#include "engine/gateway_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

struct risk_view {
    struct exposure exposure;
    UT_hash_handle hh; /* by account */
};

void gateway_risk_fold(struct gateway *gateway, const struct event *event)
{
    struct risk_view *entry;
    HASH_FIND_STR(gateway->risk, event->exposure.account, entry);
    if (entry == NULL) {
        entry = calloc(1, sizeof *entry);
        assert(entry != NULL);
        text_copy(entry->exposure.account, sizeof entry->exposure.account, event->exposure.account);
        HASH_ADD_STR(gateway->risk, exposure.account, entry);
    }
    entry->exposure = event->exposure;
}

static void write_event(struct json_writer *writer, const struct event *event)
{
    gateway_views_grow(writer);
    gateway_stream_open_event(writer, event);
    json_close(writer, '}');
}

static void write_state(const struct state_change *state, void *context)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    event.state = *state;
    write_event(context, &event);
}

bool gateway_risk_view(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    (void)slot;
    struct json_writer writer;
    if (gateway_views_refuse_early(gateway, reply))
        return true;
    gateway_views_begin(&writer);
    json_open(&writer, '{');
    json_key(&writer, "trading_state");
    json_string(&writer, trading_state_name(order_book_trading_state(gateway->book, gateway->account, NULL)));
    json_key(&writer, "states");
    json_open(&writer, '[');
    order_book_each_state(gateway->book, write_state, &writer);
    gateway_views_grow(&writer);
    json_close(&writer, ']');
    json_key(&writer, "exposures");
    json_open(&writer, '[');
    for (const struct risk_view *entry = gateway->risk; entry != NULL; entry = entry->hh.next) {
        struct event event = event_empty(EVENT_EXPOSURE);
        event.exposure = entry->exposure;
        write_event(&writer, &event);
    }
    return gateway_views_give_list(&writer, reply);
}

void gateway_risk_free(struct gateway *gateway)
{
    struct risk_view *entry, *next;
    HASH_ITER(hh, gateway->risk, entry, next)
    {
        HASH_DEL(gateway->risk, entry);
        free(entry);
    }
}
