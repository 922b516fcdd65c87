/* See halt_trail.h. */
#include "ui/halt_trail.h"

#include <string.h>

#include "core/text.h"
#include "engine/trading_states.h"

struct count {
    const struct halt_trail *trail;
    uint32_t orders;
};

static void count_order(const struct order *order, void *context)
{
    struct count *count = context;
    count->orders +=
        trading_scope_holds(count->trail->request.scope, order->terms.account, order->terms.symbol) ? 1 : 0;
}

uint32_t halt_trail_working(const struct halt_trail *trail, const struct order_book *book)
{
    struct count count = {.trail = trail};
    order_book_each_open(book, count_order, &count);
    return count.orders;
}

const struct halt_step *halt_trail_step(const struct halt_trail *trail, enum state_step step)
{
    for (int i = 0; i < trail->step_count; i++) {
        if (trail->steps[i].step == step)
            return &trail->steps[i];
    }
    return NULL;
}

static void add_step(struct halt_trail *trail, const struct event *event)
{
    const struct state_change *change = &event->state;
    struct halt_step *place = (struct halt_step *)halt_trail_step(trail, change->step);
    if (place == NULL && trail->step_count == HALT_TRAIL_STEPS)
        return;
    if (place == NULL)
        place = &trail->steps[trail->step_count++];
    *place = (struct halt_step){.step = change->step, .sequence = event->sequence, .orders_seq = change->orders_seq};
    text_copy(place->note, sizeof place->note, change->note);
}

static void fold_state(struct halt_trail *trail, const struct order_book *book, const struct event *event)
{
    const struct state_change *change = &event->state;
    if (change->of[0] != '\0') {
        if (strcmp(change->of, trail->request.request_id) == 0 && !trail->is_over)
            add_step(trail, event);
    } else if (change->state == TRADING_HALTED) {
        *trail = (struct halt_trail){.request = *change, .sequence = event->sequence, .read_sequence = event->sequence};
        trail->worked = halt_trail_working(trail, book);
    } else if (trail->sequence != 0 && strcmp(change->scope, trail->request.scope) == 0) {
        trail->is_over = true;
    }
}

/* Only what stood before the halt counts: what came behind it is refused, and was never to be cancelled. */
static void fold_order(struct halt_trail *trail, const struct order_book *book, const struct event *event)
{
    const char *order_id = event_order_id(event);
    const struct order *order = order_id == NULL ? NULL : order_book_find(book, order_id);
    if (order == NULL || !order_is_done(order) || order->new_sequence > trail->sequence ||
        order->last_sequence != event->sequence ||
        !trading_scope_holds(trail->request.scope, order->terms.account, order->terms.symbol))
        return;
    trail->ended++;
    trail->cancelled += event->kind == EVENT_ORDER_CANCELLED;
    trail->ended_sequence = event->sequence;
}

void halt_trail_fold(struct halt_trail *trail, const struct order_book *book, const struct event *event,
                     enum fold_result result)
{
    if (event->kind == EVENT_TRADING_STATE && result == FOLD_APPLIED)
        fold_state(trail, book, event);
    if (trail->sequence == 0 || trail->is_over)
        return;
    trail->read_sequence = event->sequence > trail->read_sequence ? event->sequence : trail->read_sequence;
    bool ends = event->kind == EVENT_ORDER_CANCELLED || event->kind == EVENT_ORDER_EXECUTED ||
                event->kind == EVENT_ORDER_REFUSED || event->kind == EVENT_ORDER_REJECTED ||
                event->kind == EVENT_ORDER_REPLACED;
    if (ends && result == FOLD_APPLIED)
        fold_order(trail, book, event);
}
