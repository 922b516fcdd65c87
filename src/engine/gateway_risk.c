/* GET /v1/risk: the trading state of each scope that ever had one, and the last exposure of each account. */
#include "engine/gateway_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* A scope of trading states, or an account; what holds for a scope the order book knows. */
struct risk_view {
    char name[ACCOUNT_SIZE + SYMBOL_SIZE];
    bool has_exposure;
    struct exposure exposure;
    UT_hash_handle hh;
};

static struct risk_view *entry_of(struct gateway *gateway, const char *name)
{
    struct risk_view *entry;
    HASH_FIND_STR(gateway->risk, name, entry);
    if (entry == NULL) {
        entry = calloc(1, sizeof *entry);
        assert(entry != NULL);
        text_copy(entry->name, sizeof entry->name, name);
        HASH_ADD_STR(gateway->risk, name, entry);
    }
    return entry;
}

void gateway_risk_fold(struct gateway *gateway, const struct event *event)
{
    if (event->kind == EVENT_TRADING_STATE) {
        entry_of(gateway, event->state.scope);
    } else if (event->kind == EVENT_EXPOSURE) {
        struct risk_view *entry = entry_of(gateway, event->exposure.account);
        entry->has_exposure = true;
        entry->exposure = event->exposure;
    }
}

static void write_event(struct json_writer *writer, const struct event *event)
{
    gateway_views_grow(writer);
    gateway_stream_open_event(writer, event);
    json_close(writer, '}');
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
    for (const struct risk_view *entry = gateway->risk; entry != NULL; entry = entry->hh.next) {
        struct event event = event_empty(EVENT_TRADING_STATE);
        const struct state_change *state = order_book_state_of(gateway->book, entry->name);
        if (state == NULL)
            continue;
        event.state = *state;
        write_event(&writer, &event);
    }
    gateway_views_grow(&writer);
    json_close(&writer, ']');
    json_key(&writer, "exposures");
    json_open(&writer, '[');
    for (const struct risk_view *entry = gateway->risk; entry != NULL; entry = entry->hh.next) {
        struct event event = event_empty(EVENT_EXPOSURE);
        event.exposure = entry->exposure;
        if (entry->has_exposure)
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
