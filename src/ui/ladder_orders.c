/* An order waits for an answer while it is not yet accepted, is being changed or cancelled, or while a request about it
 * is on its way; it is UNKNOWN when nobody has said what became of such a request. */
#include "ui/ladder_orders.h"

#include <string.h>

#include "ui/order_text.h"

struct walk {
    const struct ui *ui;
    void (*visit)(const struct ladder_own *own, void *context);
    void *context;
};

bool ladder_orders_is_stop(const struct order *order)
{
    return order_is_stop(order) && order->state <= ORDER_ACCEPTED;
}

/* What is on its way about this order: a cancel or a replace that the tape has not shown. */
static void add_requests(const struct ui *ui, struct ladder_order *order, const char *order_id)
{
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        const struct request_view *request = model_request_at(ui->model, i);
        bool is_change = request != NULL &&
                         (request->event.kind == EVENT_ORDER_CANCEL || request->event.kind == EVENT_ORDER_REPLACE);
        if (!is_change || request->seen || request->state == REQUEST_STATE_REFUSED ||
            strcmp(request->event.change.order_id, order_id) != 0)
            continue;
        order->pending = true;
        order->unknown = order->unknown || order_text_is_unknown(request, ui->monotonic_ns);
    }
}

static void visit_order(const struct order *source, void *context)
{
    const struct walk *walk = context;
    const struct order_request *terms = &source->terms;
    if (strcmp(terms->account, walk->ui->account) != 0)
        return;
    bool is_stop = ladder_orders_is_stop(source);
    struct ladder_own own = {
        .source = source,
        .order = {.side = terms->side,
                  .price = is_stop ? terms->stop_price : terms->limit_price,
                  .quantity = order_leaves(source),
                  .queue = is_stop ? DECIMAL_NONE : model_queue_ahead(walk->ui->model, source),
                  .pending = !order_is_working(source) || source->cancel_pending || source->replace_pending,
                  .stop = is_stop},
    };
    add_requests(walk->ui, &own.order, terms->order_id);
    walk->visit(&own, walk->context);
}

static void visit_request(const struct walk *walk, const struct market *market, const struct request_view *request)
{
    const struct order_request *terms = &request->event.request;
    if (strcmp(terms->account, walk->ui->account) != 0 || strcmp(terms->symbol, market->quote.symbol) != 0 ||
        strcmp(terms->exchange, market->quote.exchange) != 0)
        return;
    const struct ladder_own own = {
        .order = {.side = terms->side,
                  .price = terms->limit_price != DECIMAL_NONE ? terms->limit_price : terms->stop_price,
                  .quantity = terms->quantity,
                  .queue = DECIMAL_NONE,
                  .pending = true,
                  .unknown = order_text_is_unknown(request, walk->ui->monotonic_ns)},
    };
    walk->visit(&own, walk->context);
}

void ladder_orders_each(const struct ui *ui, const struct market *market,
                        void (*visit)(const struct ladder_own *own, void *context), void *context)
{
    struct walk walk = {ui, visit, context};
    order_book_each_open_of(model_orders(ui->model), market->quote.exchange, market->quote.symbol, visit_order, &walk);
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        const struct request_view *request = model_request_at(ui->model, i);
        if (request != NULL && !request->seen && request->state != REQUEST_STATE_REFUSED &&
            request->event.kind == EVENT_ORDER_NEW)
            visit_request(&walk, market, request);
    }
}
