/* Which event moves an order from where to where. The table says what is legal; the functions below it say what else
 * changes. Everything that is not in the table is counted by the caller and changes nothing. */
#include "engine/order_moves.h"

#include <assert.h>
#include <string.h>

#include "core/text.h"

#define IN(state) (1u << (state))

enum {
    UNSENT = IN(ORDER_INITIALIZED) | IN(ORDER_SUBMITTED),
    WORKING = IN(ORDER_ACCEPTED) | IN(ORDER_TRIGGERED) | IN(ORDER_PARTIALLY_FILLED),
    DONE = IN(ORDER_FILLED) | IN(ORDER_CANCELED) | IN(ORDER_EXPIRED) | IN(ORDER_DENIED) | IN(ORDER_REJECTED),
};

/* What must hold besides the state. */
enum condition {
    ALWAYS,
    IF_STOP,               /* the order is a stop or stop-limit order */
    IF_KILLED,             /* cancelled for ioc, fok, post_only or halt: it never worked */
    IF_HALTED,             /* cancelled for halt */
    IF_CANCEL_ASKED,       /* cancelled as requested, and a request is pending */
    IF_EXPIRED,            /* cancelled for expiry */
    IF_NOT_EXPIRED,        /* cancelled for anything else */
    IF_NO_REPLACE_PENDING, /* one replace at a time; the order checks refuse a second */
    IF_ANSWERS_REPLACE,    /* the event carries the id of the pending replace */
    IF_ANSWERS_PENDING,    /* the event carries the id of the pending cancel or replace */
};

enum target {
    TO_SAME,
    TO_SUBMITTED,
    TO_DENIED,
    TO_ACCEPTED,
    TO_REJECTED,
    TO_TRIGGERED,
    TO_FILL,  /* PARTIALLY_FILLED, or FILLED when nothing is left */
    TO_TERMS, /* same with the new terms, or FILLED when they ask for no more than was filled */
    TO_CANCELED,
    TO_EXPIRED,
};

struct move {
    unsigned from; /* set of states */
    enum event_kind kind;
    enum condition condition;
    enum target to;
};

static const struct move moves[] = {
    {IN(ORDER_INITIALIZED), EVENT_ORDER_VALIDATED, ALWAYS, TO_SUBMITTED},
    {IN(ORDER_INITIALIZED), EVENT_ORDER_REJECTED, ALWAYS, TO_DENIED},
    {IN(ORDER_SUBMITTED), EVENT_ORDER_ACCEPTED, ALWAYS, TO_ACCEPTED},
    {IN(ORDER_SUBMITTED) | IN(ORDER_ACCEPTED), EVENT_ORDER_REFUSED, ALWAYS, TO_REJECTED},
    {IN(ORDER_ACCEPTED), EVENT_ORDER_TRIGGERED, IF_STOP, TO_TRIGGERED},
    /* A fill may arrive before the acknowledgement. */
    {IN(ORDER_SUBMITTED) | WORKING, EVENT_ORDER_EXECUTED, ALWAYS, TO_FILL},
    /* A fill after the end is real all the same: late, or above the quantity. */
    {IN(ORDER_CANCELED) | IN(ORDER_EXPIRED) | IN(ORDER_FILLED), EVENT_ORDER_EXECUTED, ALWAYS, TO_SAME},
    {WORKING, EVENT_ORDER_CANCELLED, IF_EXPIRED, TO_EXPIRED},
    {WORKING, EVENT_ORDER_CANCELLED, IF_NOT_EXPIRED, TO_CANCELED},
    {IN(ORDER_SUBMITTED), EVENT_ORDER_CANCELLED, IF_KILLED, TO_CANCELED},
    {IN(ORDER_INITIALIZED), EVENT_ORDER_CANCELLED, IF_HALTED, TO_CANCELED},
    /* Asked for before the order was accepted: cancelled instead of accepted. */
    {UNSENT, EVENT_ORDER_CANCELLED, IF_CANCEL_ASKED, TO_CANCELED},
    {UNSENT | WORKING | DONE, EVENT_ORDER_CANCEL, ALWAYS, TO_SAME},
    {WORKING, EVENT_ORDER_REPLACE, IF_NO_REPLACE_PENDING, TO_SAME},
    {WORKING, EVENT_REPLACE_VALIDATED, IF_ANSWERS_REPLACE, TO_SAME},
    {WORKING, EVENT_REPLACE_REJECTED, IF_ANSWERS_REPLACE, TO_SAME},
    {WORKING, EVENT_ORDER_REPLACED, IF_ANSWERS_REPLACE, TO_TERMS},
    {WORKING, EVENT_CANCEL_REJECTED, IF_ANSWERS_PENDING, TO_SAME},
    {DONE, EVENT_CANCEL_REJECTED, ALWAYS, TO_SAME},
    {DONE, EVENT_REPLACE_REJECTED, ALWAYS, TO_SAME},
};

enum { MOVE_COUNT = sizeof moves / sizeof moves[0] };

/* These happen to an order once; both decisions count as one kind. */
enum {
    ONCE = IN(EVENT_ORDER_VALIDATED) | IN(EVENT_ORDER_ACCEPTED) | IN(EVENT_ORDER_REFUSED) | IN(EVENT_ORDER_TRIGGERED) |
           IN(EVENT_ORDER_CANCELLED),
};

static unsigned kind_bit(enum event_kind kind)
{
    return IN(kind == EVENT_ORDER_REJECTED ? EVENT_ORDER_VALIDATED : kind);
}

/* `pending` is NULL when nothing is. */
static bool answers(const struct change_request *pending, const char *request_id)
{
    return pending != NULL && strcmp(pending->request_id, request_id) == 0;
}

static const char *answered_id(const struct event *event)
{
    bool is_decision = event->kind == EVENT_REPLACE_VALIDATED || event->kind == EVENT_REPLACE_REJECTED;
    return is_decision ? event->decision.request_id : event->answer.request_id;
}

static bool condition_holds(enum condition condition, const struct order *order, const struct event *event)
{
    enum cancel_reason reason = event->kind == EVENT_ORDER_CANCELLED ? event->cancellation.reason : CANCEL_REQUESTED;
    switch (condition) {
    case ALWAYS:
        return true;
    case IF_STOP:
        return order_is_stop(order);
    case IF_KILLED:
        return reason == CANCEL_IOC || reason == CANCEL_FOK || reason == CANCEL_POST_ONLY || reason == CANCEL_HALT;
    case IF_HALTED:
        return reason == CANCEL_HALT;
    case IF_CANCEL_ASKED:
        return reason == CANCEL_REQUESTED && order->cancel_pending;
    case IF_EXPIRED:
        return reason == CANCEL_EXPIRED;
    case IF_NOT_EXPIRED:
        return reason != CANCEL_EXPIRED;
    case IF_NO_REPLACE_PENDING:
        return !order->replace_pending;
    case IF_ANSWERS_REPLACE:
        return answers(order->replace, answered_id(event));
    case IF_ANSWERS_PENDING:
        return answers(order->cancel, answered_id(event)) || answers(order->replace, answered_id(event));
    }
    return false;
}

static const struct move *find_move(const struct order *order, const struct event *event)
{
    for (int i = 0; i < MOVE_COUNT; i++) {
        const struct move *move = &moves[i];
        if (move->kind == event->kind && (move->from & IN(order->state)) != 0 &&
            condition_holds(move->condition, order, event))
            return move;
    }
    return NULL;
}

static bool is_fill_of(const struct execution *execution, const struct order_request *terms)
{
    return execution->side == terms->side && execution->quantity > 0 && strcmp(execution->symbol, terms->symbol) == 0 &&
           strcmp(execution->exchange, terms->exchange) == 0 && strcmp(execution->account, terms->account) == 0;
}

/* Counts a fill once: the next number applies, a lower one stands on the tape twice, a higher one means that one is
 * missing. */
static enum fold_result take_fill(struct order *order, const struct event *event)
{
    const struct execution *execution = &event->execution;
    uint32_t number = execution_number(execution);
    if (number == 0 || !is_fill_of(execution, &order->terms))
        return FOLD_ILLEGAL;
    if (number <= order->fills)
        return FOLD_DUPLICATE;
    if (number > order->fills + 1)
        return FOLD_GAP;
    int64_t quantity;
    int128 cost;
    if (__builtin_add_overflow(order->cumulative_quantity, execution->quantity, &quantity) ||
        money_add_overflows(order->cumulative_cost, money_of(execution->price, execution->quantity), &cost))
        return FOLD_ILLEGAL;
    order->cumulative_quantity = quantity;
    order->cumulative_cost = cost;
    order->fills = number;
    order->execution_sequence = event->sequence;
    order->executed_stored_ns = event->stored_ns;
    if (quantity > order->terms.quantity)
        return FOLD_OVERFILL;
    return order->state == ORDER_CANCELED || order->state == ORDER_EXPIRED ? FOLD_LATE_FILL : FOLD_APPLIED;
}

static void take_terms(struct order *order, const struct change_answer *answer)
{
    order->terms.quantity = answer->quantity;
    if (answer->limit_price != DECIMAL_NONE)
        order->terms.limit_price = answer->limit_price;
    if (answer->stop_price != DECIMAL_NONE)
        order->terms.stop_price = answer->stop_price;
}

static void take_decision(struct order *order, const struct event *event)
{
    const struct decision *decision = &event->decision;
    order->decided_stored_ns = event->stored_ns;
    order->reference_price = decision->reference_price;
    text_copy(order->code, sizeof order->code, decision->code);
    text_copy(order->reason, sizeof order->reason, decision->reason);
    order->value = decision->value;
    order->limit = decision->limit;
}

static void clear_replace(struct order *order)
{
    order->replace_pending = false;
    order->replace_decided = false;
    order->replace = NULL;
}

static void clear_cancel(struct order *order)
{
    order->cancel_pending = false;
    order->cancel = NULL;
}

static void take_request(struct order *order, enum event_kind kind, const struct change_request *request)
{
    if (kind == EVENT_ORDER_REPLACE) {
        order->replace_pending = true;
        order->replace_decided = false;
        order->replace = request;
    } else if (!order->cancel_pending && !order_is_done(order)) {
        /* A second cancel adds nothing while the first is pending. */
        order->cancel_pending = true;
        order->cancel = request;
    }
}

/* What the event brings besides a new state. */
static void take_content(struct order *order, const struct event *event, const struct change_request *request)
{
    switch ((int)event->kind) {
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
        take_decision(order, event);
        break;
    case EVENT_ORDER_ACCEPTED:
        order->accepted_stored_ns = event->stored_ns;
        order->queue_ahead = event->acknowledgement.queue_ahead;
        break;
    case EVENT_ORDER_REFUSED:
        text_copy(order->reason, sizeof order->reason, event->acknowledgement.reason);
        break;
    case EVENT_ORDER_CANCEL:
    case EVENT_ORDER_REPLACE:
        take_request(order, event->kind, request);
        break;
    case EVENT_REPLACE_VALIDATED:
        order->replace_decided = true;
        break;
    case EVENT_REPLACE_REJECTED:
        clear_replace(order);
        break;
    case EVENT_ORDER_REPLACED:
        take_terms(order, &event->answer);
        clear_replace(order);
        break;
    case EVENT_CANCEL_REJECTED:
        if (answers(order->cancel, event->answer.request_id))
            clear_cancel(order);
        if (answers(order->replace, event->answer.request_id))
            clear_replace(order);
        break;
    default:
        break;
    }
}

static enum order_state state_after(const struct order *order, enum target to)
{
    bool is_filled = order->cumulative_quantity >= order->terms.quantity;
    switch (to) {
    case TO_SUBMITTED:
        return ORDER_SUBMITTED;
    case TO_DENIED:
        return ORDER_DENIED;
    case TO_ACCEPTED:
        return ORDER_ACCEPTED;
    case TO_REJECTED:
        return ORDER_REJECTED;
    case TO_TRIGGERED:
        return ORDER_TRIGGERED;
    case TO_FILL:
        return is_filled ? ORDER_FILLED : ORDER_PARTIALLY_FILLED;
    case TO_TERMS:
        return is_filled ? ORDER_FILLED : order->state;
    case TO_CANCELED:
        return ORDER_CANCELED;
    case TO_EXPIRED:
        return ORDER_EXPIRED;
    case TO_SAME:
        break;
    }
    return order->state;
}

enum fold_result order_move(struct order *order, uint32_t *applied, const struct event *event,
                            const struct change_request *request)
{
    unsigned bit = kind_bit(event->kind);
    if ((bit & ONCE) != 0 && (*applied & bit) != 0)
        return FOLD_DUPLICATE;
    const struct move *move = find_move(order, event);
    if (move == NULL)
        return FOLD_ILLEGAL;
    /* A decision on other content than the first orders.new is a decision on another request of the same id. */
    bool is_decision = event->kind == EVENT_ORDER_VALIDATED || event->kind == EVENT_ORDER_REJECTED;
    if (is_decision && !order_request_same(&order->terms, &event->decision.order))
        return FOLD_ILLEGAL;
    enum fold_result result = FOLD_APPLIED;
    if (event->kind == EVENT_ORDER_EXECUTED) {
        result = take_fill(order, event);
        if (result == FOLD_ILLEGAL || result == FOLD_DUPLICATE || result == FOLD_GAP)
            return result;
    } else {
        take_content(order, event, request);
    }
    order->state = state_after(order, move->to);
    if (order_is_done(order)) {
        clear_cancel(order);
        clear_replace(order);
    }
    *applied |= bit;
    return result;
}

_Static_assert(EVENT_KINDS <= 32, "the set of applied kinds has 32 bits");
