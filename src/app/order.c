/* `tapedeck order`. What is on the tape under an id before this process publishes is found by reading all of ORDERS,
 * and so only when the id was chosen by the caller: one that was made here is new. */
#include "app/order.h"

#include <stdio.h>
#include <string.h>

#include "app/desk.h"
#include "app/order_lines.h"
#include "core/clock.h"
#include "core/text.h"
#include "core/unique.h"

struct placing {
    const struct options *options;
    struct desk *desk;
    struct event event;            /* the request */
    char what[ID_SIZE + 8];        /* "order ID", for errors */
    bool is_known;                 /* the tape has an order of this id: */
    struct order_request original; /* as it was asked for first */
};

static void make_request(struct placing *placing)
{
    const struct options *options = placing->options;

    placing->event = event_empty(EVENT_ORDER_NEW);
    struct order_request *request = &placing->event.request;

    if (options->order.order_id[0] != '\0')
        text_copy(request->order_id, sizeof(request->order_id), options->order.order_id);
    else
        unique_id(request->order_id);
    text_copy(request->account, sizeof(request->account), options->account);
    text_copy(request->symbol, sizeof(request->symbol), options->order.symbol);
    text_copy(request->exchange, sizeof(request->exchange), options->order.exchange);
    text_copy(request->source, sizeof(request->source), "cli");
    request->side = options->order.side;
    request->quantity = options->order.quantity;
    request->limit_price = options->order.limit_price;
    request->stop_price = options->order.stop_price;
    if (request->stop_price != DECIMAL_NONE)
        request->type = request->limit_price != DECIMAL_NONE ? ORDER_STOP_LIMIT : ORDER_STOP;
    else
        request->type = request->limit_price != DECIMAL_NONE ? ORDER_LIMIT : ORDER_MARKET;
    request->time_in_force = options->order.time_in_force;
    request->post_only = options->order.post_only;
    request->timestamp_ns = clock_wall_ns();
    snprintf(placing->what, sizeof(placing->what), "order %s", request->order_id);
}

/* A replace changes the terms in the book; what counts for the id is what was asked for first. */
static void listen(void *context, const struct inbox_item *item, const struct event *event, enum fold_result result)
{
    struct placing *placing = context;

    (void)item;
    if (event->kind != EVENT_ORDER_NEW || result != FOLD_APPLIED ||
        strcmp(event->request.order_id, placing->event.request.order_id) != 0)
        return;
    placing->is_known = true;
    placing->original = event->request;
}

static const struct order *find(const struct placing *placing)
{
    return order_book_find(desk_book(placing->desk), placing->event.request.order_id);
}

/* The decision of the checks is not the end: a validated order is the exchange's to accept. */
static bool is_answered(void *context)
{
    const struct order *order = find(context);

    return order != NULL && order->state != ORDER_INITIALIZED && order->state != ORDER_SUBMITTED;
}

static bool is_done(void *context)
{
    const struct order *order = find(context);

    return order != NULL && order_is_done(order);
}

int order_judge(const struct order_book *book, const struct order *order, struct error *error)
{
    if (order->state == ORDER_DENIED)
        return error_set(error, ERROR_REFUSED, "%s: %s", order->code[0] != '\0' ? order->code : "REJECTED",
                         order->reason);
    if (order->state == ORDER_REJECTED)
        return error_set(error, ERROR_REFUSED, "REFUSED: %s", order->reason);
    if (order->state == ORDER_CANCELED && order->fills == 0 && order->accepted_stored_ns == 0 &&
        order_book_trading_state(book, order->terms.account, order->terms.symbol) == TRADING_HALTED)
        return error_set(error, ERROR_REFUSED, "TRADING_HALTED: trading was halted before the exchange worked it");
    return 0;
}

void order_print(const struct order *order, bool json)
{
    char line[ORDER_LINE_SIZE];

    if (json)
        order_lines_json(line, order);
    else
        order_lines_text(line, order);
    fputs(line, stdout);
}

/* Looks for the id on the tape, which is read from its start. */
static int look_up(struct placing *placing, struct error *error)
{
    if (desk_follow(placing->desk, "ORDERS", NULL, FOLLOW_SEQUENCE, 1, error) != 0)
        return -1;
    return desk_read_all(placing->desk, error);
}

static int compare(const struct placing *placing, struct error *error)
{
    if (order_request_same(&placing->original, &placing->event.request))
        return 0;
    return error_set(error, ERROR_FAILED, "another order has the id %s; an id is used once, for ever",
                     placing->event.request.order_id);
}

static int await_answer(struct placing *placing, struct error *error)
{
    int waited = desk_wait(placing->desk, is_answered, placing, ORDER_ANSWER_MS, error);

    if (waited < 0)
        return desk_fate_unknown(error, placing->what);
    if (waited == 0) {
        const struct order *order = find(placing);

        return error_set(error, ERROR_UNKNOWN, "%s is stored, but %s did not answer in %d s", placing->what,
                         order != NULL && order->state == ORDER_SUBMITTED ? "the exchange" : "the order checks",
                         ORDER_ANSWER_MS / 1000);
    }
    if (!placing->options->order.wait || desk_wait(placing->desk, is_done, placing, -1, error) == 1)
        return 0;
    /* A signal ends the waiting, and the order works on; without a server nobody knows. */
    return error->kind == ERROR_SERVER ? desk_fate_unknown(error, placing->what)
                                       : error_prefix(error, "%s", placing->what);
}

static int place(struct placing *placing, struct error *error)
{
    bool has_own_id = placing->options->order.order_id[0] != '\0';
    uint64_t sequence;

    if (has_own_id && look_up(placing, error) != 0)
        return -1;
    if (!placing->is_known) {
        if (desk_publish(placing->desk, &placing->event, &sequence, error) != 0)
            return error_prefix(error, "%s", placing->what);
        if (!has_own_id && desk_follow(placing->desk, "ORDERS", NULL, FOLLOW_SEQUENCE, sequence, error) != 0)
            return desk_fate_unknown(error, placing->what);
    }
    int result = placing->is_known ? compare(placing, error) : 0;

    if (result == 0)
        result = await_answer(placing, error);
    if (result == 0)
        result = compare(placing, error);
    if (result != 0)
        return -1;
    order_print(find(placing), placing->options->watch.json);
    return order_judge(desk_book(placing->desk), find(placing), error);
}

int order_run(const struct options *options, struct error *error)
{
    struct placing placing = {.options = options};
    const struct desk_options desk = {
        .options = options, .name = "tapedeck order", .listen = listen, .context = &placing};

    make_request(&placing);
    placing.desk = desk_open(&desk, error);
    if (placing.desk == NULL)
        return -1;
    int result = place(&placing, error);

    desk_close(placing.desk);
    return result;
}
