/* An event: one message of the tape, decoded. The one place that knows every message's fields (event.c) and, with
 * subject.h, where it goes. Rules see events only; JSON and subjects end here. Pure. */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/error.h"
#include "core/order.h"
#include "core/position.h"
#include "core/quote.h"

enum event_kind {
    EVENT_QUOTE,             /* quote            md.<exchange>.<instrument> */
    EVENT_ORDER_NEW,         /* request          orders.new */
    EVENT_ORDER_CANCEL,      /* change           orders.cancel */
    EVENT_ORDER_REPLACE,     /* change           orders.replace */
    EVENT_ORDER_VALIDATED,   /* decision         orders.validated */
    EVENT_ORDER_REJECTED,    /* decision         orders.rejected */
    EVENT_REPLACE_VALIDATED, /* decision         orders.replace_validated.<order_id> */
    EVENT_REPLACE_REJECTED,  /* decision         orders.replace_rejected.<order_id> */
    EVENT_ORDER_ACCEPTED,    /* acknowledgement  orders.accepted.<order_id> */
    EVENT_ORDER_REFUSED,     /* acknowledgement  orders.refused.<order_id> */
    EVENT_ORDER_TRIGGERED,   /* acknowledgement  orders.triggered.<order_id> */
    EVENT_ORDER_EXECUTED,    /* execution        orders.executed.<order_id> */
    EVENT_ORDER_CANCELLED,   /* cancellation     orders.cancelled.<order_id> */
    EVENT_ORDER_REPLACED,    /* answer           orders.replaced.<order_id> */
    EVENT_CANCEL_REJECTED,   /* answer           orders.cancel_rejected.<order_id> */
    EVENT_TRADING_STATE,     /* state            orders.state */
    EVENT_POSITION,          /* position         positions.<account>.<instrument> */
    EVENT_ALERT,             /* alert            risk.alerts.<severity> */
    EVENT_ALERT_ACK,         /* ack              risk.acks */
    EVENT_EXPOSURE,          /* exposure         risk.exposure.<account> */
    EVENT_LIMITS,            /* limits           risk.limits */
    EVENT_KINDS
};

struct event {
    enum event_kind kind;
    uint64_t sequence; /* in its own stream; 0 in a proposal, which has none yet */
    int64_t stored_ns; /* when the stream stored it, since the epoch; 0 in a proposal */
    union {
        struct quote quote;
        struct order_request request;
        struct change_request change;
        struct decision decision;
        struct acknowledgement acknowledgement;
        struct execution execution;
        struct cancellation cancellation;
        struct change_answer answer;
        struct state_change state;
        struct position_event position;
        struct alert alert;
        struct alert_ack ack;
        struct exposure exposure;
        struct limit_change limits;
    };
};

/* The largest payload that event_encode writes. */
enum { EVENT_PAYLOAD_SIZE = 4096 };

/* A name for the log and the tape pane, e.g. "order executed". */
const char *event_kind_name(enum event_kind kind);

/* The fields that a message of this kind can have, by their names on the wire, in the order of writing, index from 0
 * on; NULL behind the last. */
const char *event_field_name(enum event_kind kind, size_t index);

/* An event of this kind, zeroed but for the optional fields whose "absent" is not zero (DECIMAL_NONE, MONEY_NONE). */
struct event event_empty(enum event_kind kind);
/* The same in its place. */
void event_clear(struct event *event, enum event_kind kind);

/* The order an ORDERS event is about, or NULL when it is about none (orders.state, or another stream). */
const char *event_order_id(const struct event *event);

/* Decodes a message. Unknown fields are ignored; null counts as absent where a field is not required. A missing
 * required field, a wrong type, a number that does not fit or has too many decimals, a field that stands twice,
 * invalid JSON or UTF-8, a price that is missing for the type of an order or does not belong to it, or a subject that
 * disagrees with the payload: -1 with the reason (ERROR_FAILED). Texts for people (reason, message, comment, by) are
 * cleaned (text_clean) and cut; names (ids, symbol, exchange, account, source) that would change by that are refused.
 * sequence and stored_ns are left 0. `default_account` fills an absent account of requests; it may be NULL for "". */
int event_decode(struct event *event, const char *subject, const char *payload, size_t payload_bytes,
                 const char *default_account, struct error *error);

/* Writes the payload, terminated; returns its length. The event is one that a rule or a service made, so it always
 * fits in EVENT_PAYLOAD_SIZE; asserts otherwise. Optional fields that are absent are left out. */
size_t event_encode(const struct event *event, char *payload, size_t size);

/* Reads the payload of an order request that came by another way than the tape (REST, standard input). As
 * event_decode. */
int event_decode_kind(struct event *event, enum event_kind kind, const char *payload, size_t payload_bytes,
                      const char *default_account, struct error *error);

struct json_value;

/* Members that a text has besides those of its event. */
struct event_extras {
    const char *const *names;
    struct json_value *values; /* of each name, as it stands in the text; its `text` is NULL when there is none */
    size_t count;
};

/* Reads a line that is a payload with more members in it, as recordings have them, and finds those on the way. As
 * event_decode. When the line is refused, those are found that stand before what is wrong. */
int event_decode_line(struct event *event, enum event_kind kind, const char *line, size_t length,
                      const struct event_extras *extras, struct error *error);

#endif
