/* Which fields each message has. The order is that of writing: what a person looks for first comes first, and the
 * time last. */
#include "core/event_fields.h"

#include <assert.h>

#define FIELD_OF(wire_name, kind, where, member, wanted, list)                                                         \
    {                                                                                                                  \
        .name = (wire_name), .key = "\"" wire_name "\":", .words = (list),                                             \
        .offset = offsetof(struct event, where.member), .size = sizeof(((struct event *)0)->where.member),             \
        .name_length = sizeof(wire_name) - 1, .key_length = sizeof("\"" wire_name "\":") - 1, .type = FIELD_##kind,    \
        .presence = FIELD_##wanted                                                                                     \
    }

/* A field whose name on the wire is the member's. */
#define FIELD(where, member, kind, wanted) FIELD_OF(#member, kind, where, member, wanted, NULL)
/* One with another name. */
#define NAMED(wire_name, where, member, kind, wanted) FIELD_OF(wire_name, kind, where, member, wanted, NULL)
/* One that holds one of a list of words. */
#define WORD(wire_name, where, member, list, wanted) FIELD_OF(wire_name, WORD, where, member, wanted, &words_##list)
#define TIME(wire_name, where, member, wanted)       FIELD_OF(wire_name, TIMESTAMP, where, member, wanted, NULL)

static const struct field quote_fields[] = {
    FIELD(quote, symbol, NAME, REQUIRED),
    FIELD(quote, exchange, EXCHANGE, REQUIRED),
    FIELD(quote, bid, PRICE, REQUIRED),
    FIELD(quote, ask, PRICE, REQUIRED),
    FIELD(quote, bid_size, QUANTITY, OPTIONAL),
    FIELD(quote, ask_size, QUANTITY, OPTIONAL),
    FIELD(quote, last, PRICE, OPTIONAL),
    FIELD(quote, last_size, QUANTITY, OPTIONAL),
    WORD("last_side", quote, last_side, side, OPTIONAL),
    FIELD(quote, trade_id, NAME, OPTIONAL),
    FIELD(quote, volume, QUANTITY, OPTIONAL),
    FIELD(quote, seq, UINT64, OPTIONAL),
    FIELD(quote, source, NAME, OPTIONAL),
    FIELD(quote, conflated, UINT64, OPTIONAL),
    WORD("status", quote, status, quote_status, OPTIONAL),
    WORD("condition", quote, condition, quote_condition, OPTIONAL),
    TIME("received", quote, received_ns, OPTIONAL),
    TIME("timestamp", quote, timestamp_ns, REQUIRED),
};

/* The terms of an order, which stand in the request and in the decision. */
#define TERMS(where, wanted)                                                                                           \
    FIELD(where, order_id, ORDER_ID, REQUIRED), FIELD(where, account, NAME, DEFAULTED),                                \
        FIELD(where, symbol, NAME, wanted), FIELD(where, exchange, EXCHANGE, wanted),                                  \
        WORD("side", where, side, side, wanted), WORD("type", where, type, order_type, wanted),                        \
        FIELD(where, quantity, POSITIVE_QUANTITY, wanted), FIELD(where, limit_price, PRICE, OPTIONAL),                 \
        FIELD(where, stop_price, PRICE, OPTIONAL),                                                                     \
        WORD("time_in_force", where, time_in_force, time_in_force, DEFAULTED),                                         \
        FIELD(where, post_only, BOOL, OPTIONAL), FIELD(where, source, TEXT, OPTIONAL)

static const struct field request_fields[] = {
    TERMS(request, REQUIRED),
    TIME("timestamp", request, timestamp_ns, REQUIRED),
};

#define CHANGE(wanted)                                                                                                 \
    FIELD(change, order_id, ORDER_ID, REQUIRED), FIELD(change, request_id, REQUEST_ID, REQUIRED),                      \
        FIELD(change, account, NAME, DEFAULTED), FIELD(change, quantity, POSITIVE_QUANTITY, wanted),                   \
        FIELD(change, limit_price, PRICE, wanted), FIELD(change, stop_price, PRICE, wanted),                           \
        FIELD(change, reason, TEXT, OPTIONAL), FIELD(change, source, TEXT, OPTIONAL),                                  \
        TIME("timestamp", change, timestamp_ns, REQUIRED)

static const struct field cancel_fields[] = {CHANGE(UNUSED)};
static const struct field replace_fields[] = {CHANGE(OPTIONAL)};

#define DECISION(wanted_id, wanted_code)                                                                               \
    FIELD(decision, request_id, REQUEST_ID, wanted_id), FIELD(decision, reference_price, PRICE, OPTIONAL),             \
        FIELD(decision, reference_seq, UINT64, OPTIONAL), FIELD(decision, code, NAME, wanted_code),                    \
        FIELD(decision, reason, TEXT, wanted_code), FIELD(decision, value, MONEY, OPTIONAL),                           \
        FIELD(decision, limit, MONEY, OPTIONAL), TIME("timestamp", decision, order.timestamp_ns, REQUIRED)

static const struct field validated_fields[] = {TERMS(decision.order, REQUIRED), DECISION(OPTIONAL, OPTIONAL)};
static const struct field rejected_fields[] = {TERMS(decision.order, REQUIRED), DECISION(OPTIONAL, REQUIRED)};
static const struct field replace_validated_fields[] = {
    TERMS(decision.order, REQUIRED),
    DECISION(REQUIRED, OPTIONAL),
};
/* The terms are optional here: a replace of an order that nobody knows is rejected too. */
static const struct field replace_rejected_fields[] = {
    TERMS(decision.order, OPTIONAL),
    DECISION(REQUIRED, REQUIRED),
};

/* Which order an event is about, and what it trades. */
#define ABOUT(where)                                                                                                   \
    FIELD(where, order_id, ORDER_ID, REQUIRED), FIELD(where, account, NAME, REQUIRED),                                 \
        FIELD(where, symbol, NAME, REQUIRED), FIELD(where, exchange, EXCHANGE, REQUIRED)

#define ACKNOWLEDGEMENT(wanted_queue, wanted_price, wanted_reason)                                                     \
    ABOUT(acknowledgement), FIELD(acknowledgement, queue_ahead, QUANTITY, wanted_queue),                               \
        FIELD(acknowledgement, price, PRICE, wanted_price), FIELD(acknowledgement, reason, TEXT, wanted_reason),       \
        TIME("timestamp", acknowledgement, timestamp_ns, REQUIRED)

static const struct field accepted_fields[] = {ACKNOWLEDGEMENT(OPTIONAL, UNUSED, UNUSED)};
static const struct field refused_fields[] = {ACKNOWLEDGEMENT(UNUSED, UNUSED, REQUIRED)};
static const struct field triggered_fields[] = {ACKNOWLEDGEMENT(UNUSED, REQUIRED, UNUSED)};

static const struct field executed_fields[] = {
    ABOUT(execution),
    FIELD(execution, execution_id, NAME, REQUIRED),
    WORD("side", execution, side, side, REQUIRED),
    FIELD(execution, quantity, POSITIVE_QUANTITY, REQUIRED),
    FIELD(execution, price, PRICE, REQUIRED),
    FIELD(execution, cumulative_quantity, POSITIVE_QUANTITY, REQUIRED),
    FIELD(execution, leaves_quantity, QUANTITY, REQUIRED),
    WORD("status", execution, filled, filled, REQUIRED),
    FIELD(execution, average_price, PRICE, OPTIONAL),
    WORD("liquidity", execution, liquidity, liquidity, OPTIONAL),
    FIELD(execution, fee, MONEY, OPTIONAL),
    FIELD(execution, fee_currency, NAME, OPTIONAL),
    FIELD(execution, quote_seq, UINT64, OPTIONAL),
    FIELD(execution, size_assumed, BOOL, OPTIONAL),
    TIME("timestamp", execution, timestamp_ns, REQUIRED),
};

static const struct field cancelled_fields[] = {
    ABOUT(cancellation),
    FIELD(cancellation, cumulative_quantity, QUANTITY, REQUIRED),
    WORD("reason", cancellation, reason, cancel_reason, REQUIRED),
    FIELD(cancellation, request_id, REQUEST_ID, OPTIONAL),
    TIME("timestamp", cancellation, timestamp_ns, REQUIRED),
};

#define ANSWER(wanted_quantity, wanted_price, wanted_reason)                                                           \
    FIELD(answer, order_id, ORDER_ID, REQUIRED), FIELD(answer, request_id, REQUEST_ID, REQUIRED),                      \
        FIELD(answer, quantity, POSITIVE_QUANTITY, wanted_quantity), FIELD(answer, limit_price, PRICE, wanted_price),  \
        FIELD(answer, stop_price, PRICE, wanted_price), FIELD(answer, reason, TEXT, wanted_reason),                    \
        TIME("timestamp", answer, timestamp_ns, REQUIRED)

static const struct field replaced_fields[] = {ANSWER(REQUIRED, OPTIONAL, UNUSED)};
static const struct field cancel_rejected_fields[] = {ANSWER(UNUSED, UNUSED, REQUIRED)};

static const struct field state_fields[] = {
    WORD("state", state, state, trading_state, REQUIRED),
    FIELD(state, scope, NAME, REQUIRED),
    FIELD(state, request_id, REQUEST_ID, REQUIRED),
    FIELD(state, by, TEXT, REQUIRED),
    FIELD(state, reason, TEXT, REQUIRED),
    WORD("step", state, step, state_step, OPTIONAL),
    FIELD(state, of, REQUEST_ID, OPTIONAL),
    FIELD(state, orders_seq, UINT64, OPTIONAL),
    FIELD(state, note, TEXT, OPTIONAL),
    TIME("timestamp", state, timestamp_ns, REQUIRED),
};

static const struct field position_fields[] = {
    FIELD(position, account, NAME, REQUIRED),
    FIELD(position, symbol, NAME, REQUIRED),
    FIELD(position, quantity, SIGNED_QUANTITY, REQUIRED),
    FIELD(position, average_price, PRICE, REQUIRED),
    FIELD(position, cost, MONEY, REQUIRED),
    FIELD(position, cost_fraction, INT64, OPTIONAL),
    FIELD(position, realized_pnl, MONEY, REQUIRED),
    FIELD(position, fees, MONEY, REQUIRED),
    FIELD(position, currency, NAME, REQUIRED),
    FIELD(position, epoch, UINT64, REQUIRED),
    FIELD(position, orders_seq, UINT64, REQUIRED),
    FIELD(position, last_price, PRICE, OPTIONAL),
    FIELD(position, execution_id, NAME, OPTIONAL),
    TIME("timestamp", position, timestamp_ns, REQUIRED),
};

static const struct field alert_fields[] = {
    FIELD(alert, alert_id, NAME, REQUIRED),
    FIELD(alert, rule, NAME, REQUIRED),
    WORD("severity", alert, severity, severity, REQUIRED),
    WORD("state", alert, raised, raised, REQUIRED),
    FIELD(alert, version, UINT32, REQUIRED),
    FIELD(alert, message, TEXT, REQUIRED),
    FIELD(alert, account, NAME, OPTIONAL),
    FIELD(alert, symbol, NAME, OPTIONAL),
    FIELD(alert, value, MONEY, OPTIONAL),
    FIELD(alert, limit, MONEY, OPTIONAL),
    FIELD(alert, count, UINT32, OPTIONAL),
    TIME("raised_at", alert, raised_at_ns, OPTIONAL),
    TIME("timestamp", alert, timestamp_ns, REQUIRED),
};

static const struct field ack_fields[] = {
    FIELD(ack, alert_id, NAME, REQUIRED),
    WORD("action", ack, action, ack_action, REQUIRED),
    FIELD(ack, by, TEXT, REQUIRED),
    FIELD(ack, request_id, REQUEST_ID, REQUIRED),
    TIME("until", ack, until_ns, OPTIONAL),
    FIELD(ack, comment, TEXT, OPTIONAL),
    TIME("timestamp", ack, timestamp_ns, REQUIRED),
};

static const struct field exposure_fields[] = {
    FIELD(exposure, account, NAME, REQUIRED),
    FIELD(exposure, currency, NAME, REQUIRED),
    FIELD(exposure, gross, MONEY, REQUIRED),
    FIELD(exposure, net, MONEY, REQUIRED),
    FIELD(exposure, realized_pnl, MONEY, REQUIRED),
    FIELD(exposure, unrealized_pnl, MONEY, REQUIRED),
    FIELD(exposure, fees, MONEY, REQUIRED),
    FIELD(exposure, equity, MONEY, REQUIRED),
    FIELD(exposure, day_pnl, MONEY, REQUIRED),
    FIELD(exposure, gross_limit, MONEY, OPTIONAL),
    FIELD(exposure, net_limit, MONEY, OPTIONAL),
    FIELD(exposure, daily_loss_limit, MONEY, OPTIONAL),
    FIELD(exposure, peak_equity, MONEY, OPTIONAL),
    FIELD(exposure, drawdown, PRICE, OPTIONAL),
    FIELD(exposure, concentration, PRICE, OPTIONAL),
    FIELD(exposure, var_parametric, MONEY, OPTIONAL),
    FIELD(exposure, var_historical, MONEY, OPTIONAL),
    FIELD(exposure, var_parametric_95, MONEY, OPTIONAL),
    FIELD(exposure, var_historical_95, MONEY, OPTIONAL),
    FIELD(exposure, var_left_out, MONEY, OPTIONAL),
    FIELD(exposure, var_history_s, UINT64, OPTIONAL),
    FIELD(exposure, var_horizon_s, UINT64, OPTIONAL),
    FIELD(exposure, stale, BOOL, DEFAULTED),
    TIME("timestamp", exposure, timestamp_ns, REQUIRED),
};

static const struct field limits_fields[] = {
    FIELD(limits, section, NAME, REQUIRED),
    FIELD(limits, key, NAME, REQUIRED),
    FIELD(limits, value, NAME, REQUIRED),
    FIELD(limits, old, NAME, OPTIONAL),
    FIELD(limits, by, TEXT, REQUIRED),
    FIELD(limits, request_id, REQUEST_ID, REQUIRED),
    TIME("timestamp", limits, timestamp_ns, REQUIRED),
};

#define TABLE(kind, fields) [kind] = {(fields), sizeof(fields) / sizeof((fields)[0])}

static const struct {
    const struct field *fields;
    size_t count;
} tables[EVENT_KINDS] = {
    TABLE(EVENT_QUOTE, quote_fields),
    TABLE(EVENT_ORDER_NEW, request_fields),
    TABLE(EVENT_ORDER_CANCEL, cancel_fields),
    TABLE(EVENT_ORDER_REPLACE, replace_fields),
    TABLE(EVENT_ORDER_VALIDATED, validated_fields),
    TABLE(EVENT_ORDER_REJECTED, rejected_fields),
    TABLE(EVENT_REPLACE_VALIDATED, replace_validated_fields),
    TABLE(EVENT_REPLACE_REJECTED, replace_rejected_fields),
    TABLE(EVENT_ORDER_ACCEPTED, accepted_fields),
    TABLE(EVENT_ORDER_REFUSED, refused_fields),
    TABLE(EVENT_ORDER_TRIGGERED, triggered_fields),
    TABLE(EVENT_ORDER_EXECUTED, executed_fields),
    TABLE(EVENT_ORDER_CANCELLED, cancelled_fields),
    TABLE(EVENT_ORDER_REPLACED, replaced_fields),
    TABLE(EVENT_CANCEL_REJECTED, cancel_rejected_fields),
    TABLE(EVENT_TRADING_STATE, state_fields),
    TABLE(EVENT_POSITION, position_fields),
    TABLE(EVENT_ALERT, alert_fields),
    TABLE(EVENT_ALERT_ACK, ack_fields),
    TABLE(EVENT_EXPOSURE, exposure_fields),
    TABLE(EVENT_LIMITS, limits_fields),
};

const struct field *event_fields_of(enum event_kind kind, size_t *count)
{
    assert((unsigned)kind < EVENT_KINDS && tables[kind].count <= EVENT_FIELDS_MAX);
    *count = tables[kind].count;
    return tables[kind].fields;
}

const char *event_field_name(enum event_kind kind, size_t index)
{
    size_t count;
    const struct field *fields = event_fields_of(kind, &count);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].presence != FIELD_UNUSED && index-- == 0)
            return fields[i].name;
    }
    return NULL;
}
