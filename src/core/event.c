/* What all kinds of events have in common besides their fields: names, the absent values, the order they are about. */
#include "core/event.h"

#include <assert.h>
#include <string.h>

#include "core/event_fields.h"

const char *event_kind_name(enum event_kind kind)
{
    static const char *const names[EVENT_KINDS] = {
        [EVENT_QUOTE] = "quote",
        [EVENT_ORDER_NEW] = "order request",
        [EVENT_ORDER_CANCEL] = "cancel request",
        [EVENT_ORDER_REPLACE] = "replace request",
        [EVENT_ORDER_VALIDATED] = "order validated",
        [EVENT_ORDER_REJECTED] = "order rejected",
        [EVENT_REPLACE_VALIDATED] = "replace validated",
        [EVENT_REPLACE_REJECTED] = "replace rejected",
        [EVENT_ORDER_ACCEPTED] = "order accepted",
        [EVENT_ORDER_REFUSED] = "order refused",
        [EVENT_ORDER_TRIGGERED] = "order triggered",
        [EVENT_ORDER_EXECUTED] = "order executed",
        [EVENT_ORDER_CANCELLED] = "order cancelled",
        [EVENT_ORDER_REPLACED] = "order replaced",
        [EVENT_CANCEL_REJECTED] = "cancel rejected",
        [EVENT_TRADING_STATE] = "trading state",
        [EVENT_POSITION] = "position",
        [EVENT_ALERT] = "alert",
        [EVENT_ALERT_ACK] = "alert acknowledgement",
        [EVENT_EXPOSURE] = "exposure",
        [EVENT_LIMITS] = "limits",
    };
    assert((unsigned)kind < EVENT_KINDS);
    return names[kind];
}

void event_clear(struct event *event, enum event_kind kind)
{
    memset(event, 0, sizeof(*event));
    event->kind = kind;
    size_t count;
    const struct field *fields = event_fields_of(kind, &count);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].presence != FIELD_OPTIONAL && fields[i].presence != FIELD_UNUSED) {
            continue;
        }
        char *member = (char *)event + fields[i].offset;
        switch ((enum field_type)fields[i].type) {
        case FIELD_PRICE:
        case FIELD_QUANTITY:
        case FIELD_POSITIVE_QUANTITY:
        case FIELD_SIGNED_QUANTITY:
            memcpy(member, &(int64_t){DECIMAL_NONE}, sizeof(int64_t));
            break;
        case FIELD_MONEY:
            memcpy(member, &(int128){MONEY_NONE}, sizeof(int128));
            break;
        case FIELD_NAME:
        case FIELD_EXCHANGE:
        case FIELD_ORDER_ID:
        case FIELD_REQUEST_ID:
        case FIELD_TEXT:
        case FIELD_UINT32:
        case FIELD_UINT64:
        case FIELD_INT64:
        case FIELD_BOOL:
        case FIELD_WORD:
        case FIELD_TIMESTAMP:
            break; /* Zero is their "absent". */
        }
    }
}

struct event event_empty(enum event_kind kind)
{
    struct event event;
    event_clear(&event, kind);
    return event;
}

const char *event_order_id(const struct event *event)
{
    switch (event->kind) {
    case EVENT_ORDER_NEW:
        return event->request.order_id;
    case EVENT_ORDER_CANCEL:
    case EVENT_ORDER_REPLACE:
        return event->change.order_id;
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_VALIDATED:
    case EVENT_REPLACE_REJECTED:
        return event->decision.order.order_id;
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_ORDER_TRIGGERED:
        return event->acknowledgement.order_id;
    case EVENT_ORDER_EXECUTED:
        return event->execution.order_id;
    case EVENT_ORDER_CANCELLED:
        return event->cancellation.order_id;
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
        return event->answer.order_id;
    case EVENT_QUOTE:
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
