/* The ticket on the screen. While the fields are edited the market stands beside them; once sent it shows what the tape
 * says of the order. */
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/ticket.h"

enum { BOX_ROWS = 10, UNKNOWN_AFTER_S = 2 };

static struct ink panel(enum role role)
{
    return (struct ink){.role = role, .ground = GROUND_PANEL};
}

static void draw_field(const struct ui *ui, struct area area, int row, enum ticket_field field, const char *label,
                       const char *value, const char *about)
{
    bool here = ui->ticket.field == field;
    char text[64];
    draw_text(&ui->canvas, area, row, 0, 10, panel(here ? ROLE_ACCENT : ROLE_DIM), label);
    snprintf(text, sizeof text, " %-16s ", value);
    draw_text(&ui->canvas, area, row, 10, 18, panel(here ? ROLE_INPUT : ROLE_TEXT), text);
    draw_text(&ui->canvas, area, row, 30, 0, panel(ROLE_DIM), about);
}

static void draw_fields(const struct ui *ui, struct area area)
{
    const struct ticket *ticket = &ui->ticket;
    const struct instrument *instrument = instruments_find(ui->instruments, ticket->exchange, ticket->symbol);
    char about[3 * FORMAT_SIZE] = "", step[DECIMAL_TEXT_SIZE] = "?", most[FORMAT_SIZE] = "";
    draw_field(ui, area, 0, TICKET_SIDE, "side", side_name(ticket->side), ticket->changes ? "" : "+ - change a choice");
    draw_field(ui, area, 1, TICKET_TYPE, "type", order_type_name(ticket->type), "");
    if (instrument != NULL) {
        decimal_format(step, instrument->lot, QUANTITY_DECIMALS);
        format_quantity(most, instrument->max_quantity, instrument_quantity_decimals(instrument), false);
        snprintf(about, sizeof about, "lot %s, at most %s", step, most);
    }
    draw_field(ui, area, 2, TICKET_QUANTITY, "quantity", ticket->quantity_text, about);
    if (instrument != NULL)
        decimal_format(step, instrument->tick, PRICE_DECIMALS);
    snprintf(about, sizeof about, "tick %s", step);
    bool market = ticket->type == ORDER_MARKET;
    draw_field(ui, area, 3, TICKET_PRICE, "price", market ? "market" : ticket->price_text, market ? "" : about);
    draw_field(ui, area, 4, TICKET_TIF, "for", time_in_force_name(ticket->tif),
               ticket->changes ? "" : "day, gtc, ioc, fok");
}

/* Writes text in lines broken at blanks; returns the row after it. */
static int draw_wrapped(const struct ui *ui, struct area area, int row, struct ink ink, const char *text)
{
    char line[256];
    while (*text != '\0' && row < area.rows) {
        size_t length = strlen(text), limit = (size_t)area.cols;
        if (limit >= sizeof line)
            limit = sizeof line - 1;
        if (length > limit) {
            length = limit;
            while (length > 0 && text[length] != ' ')
                length--;
            if (length == 0)
                length = limit;
        }
        memcpy(line, text, length);
        line[length] = '\0';
        draw_text(&ui->canvas, area, row++, 0, 0, ink, line);
        text += length;
        while (*text == ' ')
            text++;
    }
    return row;
}

static void draw_confirm(const struct ui *ui, struct area area)
{
    char words[200], worth[120], whose[96];
    ticket_words(ui, words, sizeof words, worth, sizeof worth);
    struct ink strong = panel(ROLE_TEXT);
    strong.bold = true;
    int row = draw_wrapped(ui, area, 0, strong, words);
    row = draw_wrapped(ui, area, row, panel(ROLE_TEXT), worth);
    snprintf(whose, sizeof whose, "Account %s, %s.", ui->account, ui->banner);
    row = draw_wrapped(ui, area, row, panel(ROLE_DIM), whose);
    draw_wrapped(ui, area, row + 1, panel(ROLE_ACCENT), "Enter sends it, Esc goes back.");
}

/* What the tape says of the order, in words. */
static enum role say_order(const struct order *order, int price_decimals, int quantity_decimals, char *text,
                           size_t size)
{
    char filled[FORMAT_SIZE], quantity[FORMAT_SIZE], average[FORMAT_SIZE];
    format_quantity(filled, order->cumulative_quantity, quantity_decimals, false);
    format_quantity(quantity, order->terms.quantity, quantity_decimals, false);
    format_price(average, order_average_price(order), price_decimals, 24);
    switch (order->state) {
    case ORDER_INITIALIZED:
        snprintf(text, size, "Stored on the tape; the order checks have it.");
        return ROLE_TEXT;
    case ORDER_SUBMITTED:
        snprintf(text, size, "The order checks let it pass; the exchange has it.");
        return ROLE_TEXT;
    case ORDER_ACCEPTED:
    case ORDER_TRIGGERED:
        snprintf(text, size, "It works.");
        return ROLE_OK;
    case ORDER_PARTIALLY_FILLED:
        snprintf(text, size, "It works: %s of %s filled at %s.", filled, quantity, average);
        return ROLE_OK;
    case ORDER_FILLED:
        snprintf(text, size, "Filled: %s at %s.", filled, average);
        return ROLE_GAIN;
    case ORDER_DENIED:
        snprintf(text, size, "Rejected: %s. %s", order->code, order->reason);
        return ROLE_CRITICAL;
    case ORDER_REJECTED:
        snprintf(text, size, "Refused by the exchange: %s", order->reason);
        return ROLE_CRITICAL;
    case ORDER_CANCELED:
    case ORDER_EXPIRED:
        break;
    }
    snprintf(text, size, "%s; %s of %s filled.", order->state == ORDER_EXPIRED ? "Expired" : "Cancelled", filled,
             quantity);
    return ROLE_WARNING;
}

static enum role say_request(const struct ui *ui, char *text, size_t size)
{
    const struct ticket *ticket = &ui->ticket;
    const struct request_view *request = ticket->cookie == 0 ? NULL : model_request(ui->model, ticket->cookie);
    long long seconds = (long long)((ui->monotonic_ns - ticket->sent_ns) / NS_PER_SECOND);
    if (request == NULL || request->state == REQUEST_STATE_REFUSED) {
        snprintf(text, size, "Not stored: %s.", request == NULL ? "it could not be queued" : request->problem);
        return ROLE_CRITICAL;
    }
    if (request->state == REQUEST_STATE_UNKNOWN || seconds >= UNKNOWN_AFTER_S) {
        snprintf(text, size,
                 "UNKNOWN for %lld s: no answer came, it may be stored. Asking the tape; do not send it again.",
                 seconds);
        return ROLE_UNKNOWN;
    }
    snprintf(text, size, request->state == REQUEST_STATE_STORED ? "Stored; the tape has it." : "Sent.");
    return ROLE_TEXT;
}

static void draw_sent(const struct ui *ui, struct area area)
{
    const struct ticket *ticket = &ui->ticket;
    const struct instrument *instrument = instruments_find(ui->instruments, ticket->exchange, ticket->symbol);
    const struct order *order = order_book_find(model_orders(ui->model), ticket->order_id);
    char words[200], worth[120], text[REASON_SIZE + 96], id[ID_SIZE + 16];
    enum role role =
        ticket->changes &&
                (model_answer(ui->model, ticket->request_id) != NULL || (order != NULL && order->replace_pending))
            ? ticket_change_answer(ui, text, sizeof text)
        : order != NULL && !ticket->changes
            ? say_order(order, instrument == NULL ? 2 : instrument_price_decimals(instrument),
                        instrument == NULL ? 0 : instrument_quantity_decimals(instrument), text, sizeof text)
            : say_request(ui, text, sizeof text);
    ticket_words(ui, words, sizeof words, worth, sizeof worth);
    int row = draw_wrapped(ui, area, 0, panel(ROLE_DIM), words);
    snprintf(id, sizeof id, "Order %s", ticket->order_id);
    row = draw_wrapped(ui, area, row, panel(ROLE_DIM), id);
    struct ink strong = panel(role);
    strong.bold = true;
    draw_wrapped(ui, area, row + (area.rows > 5), strong, text);
}

static void draw_market(const struct ui *ui, struct area area, int row)
{
    const struct ticket *ticket = &ui->ticket;
    const struct market *market = quotes_find(model_quotes(ui->model), ticket->exchange, ticket->symbol);
    const struct instrument_view *view = market == NULL ? NULL : model_instrument(ui->model, market->index);
    char text[200], bid[FORMAT_SIZE], ask[FORMAT_SIZE], age[FORMAT_SIZE];
    if (view == NULL)
        return;
    bool stale = model_is_stale(ui->model, market, ui->market_ns);
    format_price(bid, market->quote.bid, view->price_decimals, 20);
    format_price(ask, market->quote.ask, view->price_decimals, 20);
    format_age(age, market_age_ns(market, ui->market_ns));
    snprintf(text, sizeof text, "bid %.20s  ask %.20s  %.8s s old%s", bid, ask, age, stale ? "!" : "");
    draw_text(&ui->canvas, area, row, 0, 0, panel(stale ? ROLE_WARNING : ROLE_TEXT), text);
}

void ticket_draw(struct ui *ui, struct area around)
{
    const struct ticket *ticket = &ui->ticket;
    char title[96], words[200], worth[120];
    int rows = around.rows >= BOX_ROWS ? BOX_ROWS : around.rows;
    struct area box = ui_dialogue(around, rows);
    bool buy = ticket->side == SIDE_BUY;
    const char *verb = ticket->changes ? (buy ? "Change the buy of" : "Change the sale of") : buy ? "Buy" : "Sell";
    snprintf(title, sizeof title, "%s %s on %s  %s", verb, ticket->symbol, ticket->exchange, ui->banner);
    struct area inside = draw_box(&ui->canvas, box, title);
    if (ticket->phase == TICKET_CONFIRM) {
        draw_confirm(ui, inside);
        return;
    }
    if (ticket->phase == TICKET_SENT) {
        draw_sent(ui, inside);
        return;
    }
    draw_fields(ui, inside);
    int row = inside.rows >= 8 ? 6 : 5;
    if (ticket->problem[0] != '\0') {
        draw_text(&ui->canvas, inside, row, 0, 0, panel(ROLE_CRITICAL), ticket->problem);
    } else {
        ticket_words(ui, words, sizeof words, worth, sizeof worth);
        draw_text(&ui->canvas, inside, row, 0, 0, panel(ROLE_TEXT), worth);
    }
    draw_market(ui, inside, row + 1);
}
