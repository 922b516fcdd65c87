/* Twenty messages make a round on one instrument; the next round is on the next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults/order_flow.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/text.h"

enum { ROUND = 20, SYMBOLS = 5, ACCOUNTS = 2, BASIS_POINTS = 10000, QUANTITIES = 7, KEPT = 25 };

const char ORDER_FLOW_CHECKS[] =
    "[checks]\nrate_limit = off\nduplicate = off\nrepeated_fills = off\nopen_notional = off\n"
    "position_limit = off\nmax_notional = off\ndaily_loss = off\n";

/* A request for an order, its price so many basis points from where the simulator starts; or a change of what step
 * `of` some rounds before, or in this one, asked for. */
struct step {
    enum event_kind kind;
    enum side side;
    enum order_type type;
    enum time_in_force time_in_force;
    int distance_bp;
    int rounds_back, of;
};

#define TAKE(side)                                                                                                     \
    {                                                                                                                  \
        EVENT_ORDER_NEW, side, ORDER_MARKET, TIF_IOC, 0, 0, 0                                                          \
    }
#define LIMIT(side, tif, distance_bp)                                                                                  \
    {                                                                                                                  \
        EVENT_ORDER_NEW, side, ORDER_LIMIT, tif, distance_bp, 0, 0                                                     \
    }
#define CHANGE(kind, rounds_back, of)                                                                                  \
    {                                                                                                                  \
        kind, SIDE_NONE, ORDER_LIMIT, TIF_DAY, 0, rounds_back, of                                                      \
    }

static const struct step STEPS[ROUND] = {
    TAKE(SIDE_BUY),
    TAKE(SIDE_SELL),
    LIMIT(SIDE_BUY, TIF_GTC, -200), /* 2: rests */
    TAKE(SIDE_BUY),
    LIMIT(SIDE_SELL, TIF_DAY, 200), /* 4: rests */
    TAKE(SIDE_SELL),
    CHANGE(EVENT_ORDER_REPLACE, 1, 2),
    TAKE(SIDE_BUY),
    LIMIT(SIDE_BUY, TIF_GTC, 0), /* 8: at the touch, or near it */
    TAKE(SIDE_SELL),
    LIMIT(SIDE_SELL, TIF_GTC, 0), /* 10: likewise */
    CHANGE(EVENT_ORDER_CANCEL, 0, 4),
    LIMIT(SIDE_BUY, TIF_FOK, 100),
    {EVENT_ORDER_NEW, SIDE_SELL, ORDER_STOP, TIF_GTC, -200, 0, 0}, /* 13 */
    CHANGE(EVENT_ORDER_CANCEL, 1, 8),
    TAKE(SIDE_SELL),
    CHANGE(EVENT_ORDER_CANCEL, 1, 10),
    LIMIT(SIDE_SELL, TIF_IOC, -100),
    CHANGE(EVENT_ORDER_CANCEL, 2, 2), /* but now and then it is kept */
    CHANGE(EVENT_ORDER_CANCEL, 1, 13),
};

void order_flow_init(struct order_flow *flow)
{
    struct error error = {0};
    text_copy(flow->name, sizeof flow->name, "flow");
    if (instruments_init_builtin(&flow->instruments, &error) != 0)
        fail_msg("%s", error.text);
}

void order_flow_free(struct order_flow *flow)
{
    instruments_free(&flow->instruments);
}

/* What the message of a number is: one that would be about a round before the first, or would cancel what is kept,
 * takes instead. */
static const struct step *step_of(uint64_t number)
{
    const struct step *step = &STEPS[(number - 1) % ROUND];
    uint64_t round = (number - 1) / ROUND;
    bool kept = step->kind == EVENT_ORDER_CANCEL && step->of == 2 && round % KEPT == 0;
    return kept || round < (uint64_t)step->rounds_back ? &STEPS[0] : step;
}

static int64_t price_of(const struct instrument *instrument, int distance_bp)
{
    int64_t price = instrument->start_price / BASIS_POINTS * (BASIS_POINTS + distance_bp);
    return price - price % instrument->tick;
}

static void fill_request(struct order_request *request, const struct order_flow *flow, uint64_t number,
                         const struct step *step)
{
    uint64_t round = (number - 1) / ROUND;
    const struct instrument *instrument = &flow->instruments.items[round % SYMBOLS];
    snprintf(request->order_id, sizeof request->order_id, "%s-%" PRIu64, flow->name, number);
    text_copy(request->account, ACCOUNT_SIZE, round / SYMBOLS % ACCOUNTS == 0 ? "SIM-1" : "OTHER");
    text_copy(request->symbol, SYMBOL_SIZE, instrument->symbol);
    text_copy(request->exchange, EXCHANGE_SIZE, instrument->exchange);
    request->side = step->side;
    request->type = step->type;
    request->time_in_force = step->time_in_force;
    request->quantity = (int64_t)(1 + number % QUANTITIES) * QUANTITY_ONE;
    if (step->type == ORDER_LIMIT)
        request->limit_price = price_of(instrument, step->distance_bp);
    if (step->type == ORDER_STOP)
        request->stop_price = price_of(instrument, step->distance_bp);
    request->timestamp_ns = clock_wall_ns();
}

static void fill_change(struct change_request *change, const struct order_flow *flow, uint64_t number,
                        const struct step *step)
{
    uint64_t round = (number - 1) / ROUND;
    uint64_t about = (round - (uint64_t)step->rounds_back) * ROUND + (uint64_t)step->of + 1;
    struct event order = event_empty(EVENT_ORDER_NEW);
    fill_request(&order.request, flow, about, &STEPS[step->of]);
    text_copy(change->order_id, ID_SIZE, order.request.order_id);
    text_copy(change->account, ACCOUNT_SIZE, order.request.account);
    snprintf(change->request_id, sizeof change->request_id, "request-%" PRIu64, number);
    if (step->kind == EVENT_ORDER_REPLACE)
        change->quantity = order.request.quantity + QUANTITY_ONE;
    change->timestamp_ns = clock_wall_ns();
}

void order_flow_compose(void *context, uint64_t number, struct load_message *message)
{
    const struct order_flow *flow = context;
    const struct step *step = step_of(number);
    struct event event = event_empty(step->kind);
    if (step->kind == EVENT_ORDER_NEW)
        fill_request(&event.request, flow, number, step);
    else
        fill_change(&event.change, flow, number, step);
    subject_of(&event, message->subject);
    message_id_of(&event, message->id);
    message->payload_bytes = event_encode(&event, message->payload, sizeof message->payload);
}

uint64_t order_flow_orders(uint64_t count)
{
    uint64_t orders = 0;
    for (uint64_t number = 1; number <= count; number++)
        orders += step_of(number)->kind == EVENT_ORDER_NEW;
    return orders;
}
