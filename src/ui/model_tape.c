/* The events themselves, the latest of each stream: for the tape, for the history of an order, and for the answer to a
 * request. */
#include <stdlib.h>
#include <string.h>

#include "ui/model_private.h"

static enum model_stream stream_of(enum event_kind kind)
{
    switch (kind) {
    case EVENT_QUOTE:
        return MODEL_MARKET_DATA;
    case EVENT_POSITION:
        return MODEL_POSITIONS;
    case EVENT_ALERT:
    case EVENT_ALERT_ACK:
    case EVENT_EXPOSURE:
    case EVENT_LIMITS:
        return MODEL_RISK;
    case EVENT_ORDER_NEW:
    case EVENT_ORDER_CANCEL:
    case EVENT_ORDER_REPLACE:
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_VALIDATED:
    case EVENT_REPLACE_REJECTED:
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_EXECUTED:
    case EVENT_ORDER_CANCELLED:
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
    case EVENT_TRADING_STATE:
    case EVENT_KINDS:
        break;
    }
    return MODEL_ORDERS;
}

void model_tape_fold(struct model *model, const struct event *event)
{
    struct model_ring *ring = &model->rings[stream_of(event->kind)];
    if (ring->entries == NULL && (ring->entries = calloc(MODEL_EVENTS, sizeof *ring->entries)) == NULL)
        abort();
    ring->head = (ring->head + 1) % MODEL_EVENTS;
    ring->entries[ring->head].event = *event;
    ring->entries[ring->head].number = ++model->events;
    if (ring->count < MODEL_EVENTS)
        ring->count++;
}

void model_tape_free(struct model *model)
{
    for (int i = 0; i < MODEL_STREAMS; i++)
        free(model->rings[i].entries);
    memset(model->rings, 0, sizeof model->rings);
}

const struct tape_entry *model_event(const struct model *model, enum model_stream stream, int back)
{
    const struct model_ring *ring = &model->rings[stream];
    if (back < 0 || back >= ring->count)
        return NULL;
    return &ring->entries[(ring->head - back + MODEL_EVENTS) % MODEL_EVENTS];
}

/* The request that an event answers; NULL when it answers none. */
static const char *answered_request(const struct event *event)
{
    switch (event->kind) {
    case EVENT_REPLACE_REJECTED:
        return event->decision.request_id;
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
        return event->answer.request_id;
    case EVENT_ORDER_CANCELLED:
        return event->cancellation.request_id;
    case EVENT_QUOTE:
    case EVENT_ORDER_NEW:
    case EVENT_ORDER_CANCEL:
    case EVENT_ORDER_REPLACE:
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_VALIDATED:
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_EXECUTED:
    case EVENT_TRADING_STATE:
    case EVENT_POSITION:
    case EVENT_ALERT:
    case EVENT_ALERT_ACK:
    case EVENT_EXPOSURE:
    case EVENT_LIMITS:
    case EVENT_KINDS:
        break;
    }
    return NULL;
}

const struct event *model_answer(const struct model *model, const char *request_id)
{
    const struct tape_entry *entry;
    for (int back = 0; (entry = model_event(model, MODEL_ORDERS, back)) != NULL; back++) {
        const char *answered = answered_request(&entry->event);
        if (answered != NULL && strcmp(answered, request_id) == 0)
            return &entry->event;
    }
    return NULL;
}

uint64_t model_event_count(const struct model *model)
{
    return model->events;
}
