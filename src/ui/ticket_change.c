/* The ticket on an order that works already: its quantity or price is changed by orders.replace. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/format.h"
#include "ui/pane.h"
#include "ui/publish.h"
#include "ui/ticket.h"
#include "ui/view.h"
#include "ui/view_orders.h"

static const struct order *order_of(const struct ui *ui)
{
    return order_book_find(model_orders(ui->model), ui->ticket.order_id);
}

/* A stop-limit order is changed in its limit here; its stop stays. */
static int64_t price_of(const struct order_request *terms)
{
    return terms->type == ORDER_STOP ? terms->stop_price : terms->limit_price;
}

void ticket_open_change(struct ui *ui, const struct order *order)
{
    if (order->replace_pending || order->cancel_pending) {
        ui_note(ui, ROLE_TEXT, "This order is being changed or cancelled already.");
        return;
    }
    const struct order_request *terms = &order->terms;
    ui->ticket = (struct ticket){.field = TICKET_QUANTITY,
                                 .side = terms->side,
                                 .type = terms->type,
                                 .tif = terms->time_in_force,
                                 .changes = true,
                                 .fresh = true};
    text_copy(ui->ticket.order_id, sizeof ui->ticket.order_id, terms->order_id);
    text_copy(ui->ticket.symbol, sizeof ui->ticket.symbol, terms->symbol);
    text_copy(ui->ticket.exchange, sizeof ui->ticket.exchange, terms->exchange);
    ticket_set_quantity(ui, terms->quantity);
    if (terms->type != ORDER_MARKET)
        ticket_set_price(ui, price_of(terms));
    ui->mode = MODE_TICKET;
}

void ticket_key_change(struct ui *ui, int key)
{
    const struct order *order = view_orders_selected(ui);
    (void)key;
    if (order == NULL || order_is_done(order))
        ui_note(ui, ROLE_TEXT, order == NULL ? "There is no order to change." : "This order is done already.");
    else
        ticket_open_change(ui, order);
}

static void write_terms(const struct ui *ui, int64_t quantity, int64_t price, char *text, size_t size)
{
    const struct instrument *instrument = instruments_find(ui->instruments, ui->ticket.exchange, ui->ticket.symbol);
    char number[FORMAT_SIZE], each[FORMAT_SIZE];
    format_quantity(number, quantity, instrument == NULL ? 0 : instrument_quantity_decimals(instrument), false);
    format_price(each, price, instrument == NULL ? 2 : instrument_price_decimals(instrument), 24);
    snprintf(text, size, "%s%s%s", number, each[0] != '\0' ? " at " : "", each);
}

void ticket_change_words(const struct ui *ui, char *words, size_t size)
{
    const struct ticket *ticket = &ui->ticket;
    const struct order *order = order_of(ui);
    char before[2 * FORMAT_SIZE + 8] = "?", after[2 * FORMAT_SIZE + 8];
    bool sent = ticket->phase == TICKET_SENT; /* then the order may have its new terms already */
    if (order != NULL)
        write_terms(ui, order->terms.quantity, price_of(&order->terms), before, sizeof before);
    write_terms(ui, ticket->quantity, ticket->price, after, sizeof after);
    snprintf(words, size, "Change the %s %s%s%s to %s.", ticket->side == SIDE_BUY ? "buy of" : "sale of",
             ticket->symbol, sent ? "" : " from ", sent ? "" : before, after);
}

/* What stays as it is, is left out: its value may be an older one by then. */
static int64_t changed(int64_t value, int64_t before)
{
    return value == before ? DECIMAL_NONE : value;
}

uint64_t ticket_change_send(struct ui *ui, const struct order_request *terms)
{
    const struct order *order = order_of(ui);
    if (order == NULL)
        return 0;
    return publish_replace(ui, order, changed(terms->quantity, order->terms.quantity),
                           changed(terms->limit_price, order->terms.limit_price),
                           changed(terms->stop_price, order->terms.stop_price), ui->ticket.request_id);
}

enum role ticket_change_answer(const struct ui *ui, char *text, size_t size)
{
    const struct event *answer = model_answer(ui->model, ui->ticket.request_id);
    if (answer == NULL) {
        snprintf(text, size, "Stored on the tape; it is being checked.");
        return ROLE_TEXT;
    }
    if (answer->kind == EVENT_ORDER_REPLACED) {
        snprintf(text, size, "Changed.");
        return ROLE_OK;
    }
    if (answer->kind == EVENT_REPLACE_REJECTED)
        snprintf(text, size, "Rejected: %s. %s", answer->decision.code, answer->decision.reason);
    else
        snprintf(text, size, "Refused by the exchange: %s", answer->answer.reason);
    return ROLE_CRITICAL;
}
