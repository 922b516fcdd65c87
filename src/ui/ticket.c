/* The ticket's fields and keys. Prices and quantities are typed as text and read by the exact scanner; steps go in
 * ticks and lots. Drawing is in ticket_draw.c. */
#include "ui/ticket.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/keys.h"
#include "ui/pane.h"
#include "ui/trading_prompt.h"

static const struct instrument *instrument_of(const struct ui *ui)
{
    return instruments_find(ui->instruments, ui->ticket.exchange, ui->ticket.symbol);
}

static const struct market *market_of(const struct ui *ui)
{
    return quotes_find(model_quotes(ui->model), ui->ticket.exchange, ui->ticket.symbol);
}

/* ---- fields --------------------------------------------------------------------------------------------------- */

static void read_fields(struct ui *ui)
{
    struct ticket *ticket = &ui->ticket;
    ticket->problem[0] = '\0';
    if (!decimal_parse(ticket->quantity_text, strlen(ticket->quantity_text), QUANTITY_DECIMALS, &ticket->quantity))
        ticket->quantity = DECIMAL_NONE;
    if (!decimal_parse(ticket->price_text, strlen(ticket->price_text), PRICE_DECIMALS, &ticket->price))
        ticket->price = DECIMAL_NONE;
}

void ticket_set_quantity(struct ui *ui, int64_t quantity)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format(text, quantity, QUANTITY_DECIMALS);
    text_copy(ui->ticket.quantity_text, sizeof ui->ticket.quantity_text, text);
    read_fields(ui);
}

void ticket_set_price(struct ui *ui, int64_t price)
{
    char text[DECIMAL_TEXT_SIZE];
    const struct instrument *instrument = instrument_of(ui);
    int decimals = instrument == NULL ? 2 : instrument_price_decimals(instrument);
    decimal_format_fixed(text, price, PRICE_DECIMALS, decimals, false);
    text_copy(ui->ticket.price_text, sizeof ui->ticket.price_text, text);
    read_fields(ui);
}

/* The price one would trade at now: the ask for a buy, the bid for a sale. */
static int64_t opposite_touch(const struct ui *ui)
{
    const struct market *market = market_of(ui);
    if (market == NULL)
        return DECIMAL_NONE;
    return ui->ticket.side == SIDE_BUY ? market->quote.ask : market->quote.bid;
}

int64_t ticket_usual_quantity(const struct instrument *instrument)
{
    int64_t quantity = instrument->lot >= QUANTITY_ONE ? 100 * instrument->lot : QUANTITY_ONE / 100;
    quantity -= quantity % instrument->lot;
    if (quantity < instrument->lot)
        quantity = instrument->lot;
    if (instrument->max_quantity >= instrument->lot && quantity > instrument->max_quantity)
        quantity = instrument->max_quantity - instrument->max_quantity % instrument->lot;
    return quantity;
}

bool ticket_read(const struct ui *ui, struct order_request *request, char *problem, size_t size)
{
    const struct ticket *ticket = &ui->ticket;
    const struct instrument *instrument = instrument_of(ui);
    char step[DECIMAL_TEXT_SIZE];
    struct event event = event_empty(EVENT_ORDER_NEW);
    *request = event.request;
    if (instrument == NULL) {
        snprintf(problem, size, "%s is not in the instrument table.", ticket->symbol);
        return false;
    }
    decimal_format(step, instrument->lot, QUANTITY_DECIMALS);
    if (ticket->quantity == DECIMAL_NONE || ticket->quantity <= 0) {
        snprintf(problem, size, "The quantity has to be a number above 0.");
        return false;
    }
    if (ticket->quantity % instrument->lot != 0) {
        snprintf(problem, size, "The quantity has to be a multiple of %s.", step);
        return false;
    }
    decimal_format(step, instrument->tick, PRICE_DECIMALS);
    bool priced = ticket->type != ORDER_MARKET;
    if (priced && (ticket->price == DECIMAL_NONE || ticket->price <= 0)) {
        snprintf(problem, size, "The price has to be a number above 0.");
        return false;
    }
    if (priced && ticket->price % instrument->tick != 0) {
        snprintf(problem, size, "The price has to be a multiple of %s.", step);
        return false;
    }
    text_copy(request->account, sizeof request->account, ui->account);
    text_copy(request->symbol, sizeof request->symbol, ticket->symbol);
    text_copy(request->exchange, sizeof request->exchange, ticket->exchange);
    text_copy(request->source, sizeof request->source, "ticket");
    request->side = ticket->side;
    request->type = ticket->type;
    request->quantity = ticket->quantity;
    *(ticket->type == ORDER_STOP ? &request->stop_price : &request->limit_price) =
        priced ? ticket->price : DECIMAL_NONE;
    request->time_in_force = ticket->tif;
    return true;
}

void ticket_words(const struct ui *ui, char *words, size_t size, char *worth, size_t worth_size)
{
    static const char *const terms[] = {
        [TIF_DAY] = "good for the day",
        [TIF_GTC] = "good until cancelled",
        [TIF_IOC] = "what does not fill at once is cancelled",
        [TIF_FOK] = "all at once or nothing",
    };
    const struct ticket *ticket = &ui->ticket;
    const struct instrument *instrument = instrument_of(ui);
    char quantity[FORMAT_SIZE], price[FORMAT_SIZE] = "", money[FORMAT_SIZE] = "";
    int price_decimals = instrument == NULL ? 2 : instrument_price_decimals(instrument);
    int quantity_decimals = instrument == NULL ? 0 : instrument_quantity_decimals(instrument);
    int64_t multiplier = instrument == NULL ? 1 : instrument->multiplier;
    bool limit = ticket->type != ORDER_MARKET;
    const char *side = ticket->side == SIDE_BUY ? "Buy" : "Sell";
    format_quantity(quantity, ticket->quantity, quantity_decimals, false);
    format_price(price, ticket->price, price_decimals, 40);
    if (ticket->changes)
        ticket_change_words(ui, words, size);
    else if (limit)
        snprintf(words, size, "%s %s %s on %s at %s or better, %s.", side, quantity, ticket->symbol, ticket->exchange,
                 price, terms[ticket->tif]);
    else
        snprintf(words, size, "%s %s %s on %s at the market, %s.", side, quantity, ticket->symbol, ticket->exchange,
                 terms[ticket->tif]);
    int64_t each = limit ? ticket->price : opposite_touch(ui);
    int128 total = MONEY_NONE;
    if (each != DECIMAL_NONE && ticket->quantity != DECIMAL_NONE &&
        money_multiply_overflows(money_of(each, ticket->quantity), multiplier, &total))
        total = MONEY_NONE;
    format_money(money, total, 2, false);
    if (money[0] == '\0')
        snprintf(worth, worth_size, "Its worth is not known.");
    else
        snprintf(worth, worth_size, "Worth %s%s %s.", limit ? "" : "about ", money,
                 instrument == NULL ? "" : instrument->currency);
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

void ticket_open(struct ui *ui, const struct instrument_view *view, enum side side, int64_t quantity)
{
    if (view == NULL) {
        ui_note(ui, ROLE_WARNING, "There is no instrument to trade yet.");
        return;
    }
    const struct quote *quote = &view->market->quote;
    if (view->instrument == NULL) {
        ui_note(ui, ROLE_WARNING, "%s on %s is not in the instrument table: it cannot be traded.", quote->symbol,
                quote->exchange);
        return;
    }
    struct ticket *ticket = &ui->ticket;
    *ticket =
        (struct ticket){.field = TICKET_QUANTITY, .side = side, .type = ORDER_LIMIT, .tif = TIF_DAY, .fresh = true};
    text_copy(ticket->symbol, sizeof ticket->symbol, view->instrument->symbol);
    text_copy(ticket->exchange, sizeof ticket->exchange, view->instrument->exchange);
    ticket_set_quantity(ui, quantity == DECIMAL_NONE ? ticket_usual_quantity(view->instrument) : quantity);
    ticket_set_price(ui, opposite_touch(ui));
    ui->mode = MODE_TICKET;
}

void ticket_key_open(struct ui *ui, int key)
{
    const struct instrument_view *view = NULL;
    if (ui->focus == PANE_POSITIONS && ui->chosen[PANE_POSITIONS][0] != '\0')
        view = model_primary(ui->model, ui->chosen[PANE_POSITIONS]);
    if (view == NULL)
        view = pane_watch_selected(ui);
    ticket_open(ui, view, key == 's' ? SIDE_SELL : SIDE_BUY, DECIMAL_NONE);
}

static bool is_skipped(const struct ticket *ticket, enum ticket_field field)
{
    if (ticket->changes && field != TICKET_PRICE && field != TICKET_QUANTITY)
        return true;
    return field == TICKET_PRICE && ticket->type == ORDER_MARKET;
}

void ticket_key_field(struct ui *ui, int key)
{
    struct ticket *ticket = &ui->ticket;
    int by = key == KEYS_BACK_TAB || key == KEYS_UP ? TICKET_FIELDS - 1 : 1;
    do {
        ticket->field = (enum ticket_field)((ticket->field + by) % TICKET_FIELDS);
    } while (is_skipped(ticket, ticket->field));
    ticket->fresh = true;
}

static void step_number(struct ui *ui, int steps)
{
    struct ticket *ticket = &ui->ticket;
    const struct instrument *instrument = instrument_of(ui);
    if (instrument == NULL)
        return;
    bool quantity = ticket->field == TICKET_QUANTITY;
    int64_t step = quantity ? instrument->lot : instrument->tick;
    int64_t value = quantity ? ticket->quantity : ticket->price, next;
    if (value == DECIMAL_NONE)
        value = quantity ? 0 : opposite_touch(ui);
    if (value == DECIMAL_NONE || __builtin_add_overflow(value, steps * step, &next))
        return;
    next -= next % step;
    if (next < step)
        next = step;
    if (quantity)
        ticket_set_quantity(ui, next);
    else
        ticket_set_price(ui, next);
}

void ticket_key_step(struct ui *ui, int key)
{
    static const enum time_in_force terms[] = {TIF_DAY, TIF_GTC, TIF_IOC, TIF_FOK};
    struct ticket *ticket = &ui->ticket;
    bool down = key == '-' || key == KEYS_LEFT || key == KEYS_PAGE_DOWN;
    int steps = key == KEYS_PAGE_UP || key == KEYS_PAGE_DOWN ? 10 : 1;
    ticket->fresh = false;
    switch (ticket->field) {
    case TICKET_SIDE:
        ticket->side = ticket->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
        break;
    case TICKET_TYPE:
        ticket->type = ticket->type == ORDER_LIMIT ? ORDER_MARKET : ORDER_LIMIT;
        break;
    case TICKET_TIF: {
        unsigned place = 0;
        while (place < 3 && terms[place] != ticket->tif)
            place++;
        ticket->tif = terms[(place + (down ? 3 : 1)) % 4];
        break;
    }
    case TICKET_QUANTITY:
    case TICKET_PRICE:
    case TICKET_FIELDS:
        step_number(ui, down ? -steps : steps);
        break;
    }
    ticket->problem[0] = '\0';
}

void ticket_key_text(struct ui *ui, int key)
{
    struct ticket *ticket = &ui->ticket;
    if (ticket->field != TICKET_QUANTITY && ticket->field != TICKET_PRICE)
        return;
    bool quantity = ticket->field == TICKET_QUANTITY;
    char *text = quantity ? ticket->quantity_text : ticket->price_text;
    size_t size = quantity ? sizeof ticket->quantity_text : sizeof ticket->price_text;
    size_t length = strlen(text);
    if (key == KEYS_BACKSPACE) {
        if (length > 0)
            text[length - 1] = '\0';
        ticket->fresh = false;
        read_fields(ui);
        return;
    }
    if ((key < '0' || key > '9') && key != '.')
        return;
    if (ticket->fresh)
        length = 0;
    ticket->fresh = false;
    if (length + 1 < size) {
        text[length] = (char)key;
        text[length + 1] = '\0';
    }
    read_fields(ui);
}

/* What this process knows to be in vain is not sent: nobody could say what became of it. */
static bool is_held(struct ui *ui)
{
    const char *reason = model_hold(ui->model)->reason;
    if (reason[0] != '\0')
        snprintf(ui->ticket.problem, sizeof ui->ticket.problem, "Trading is halted: %.90s.", reason);
    else if (model_connection(ui->model)->silent)
        snprintf(ui->ticket.problem, sizeof ui->ticket.problem, "The server does not answer; nothing was sent.");
    return reason[0] != '\0' || model_connection(ui->model)->silent;
}

void ticket_key_review(struct ui *ui, int key)
{
    struct order_request request;
    (void)key;
    if (!is_held(ui) && ticket_read(ui, &request, ui->ticket.problem, sizeof ui->ticket.problem))
        ui->ticket.phase = TICKET_CONFIRM;
}

bool ticket_send(struct ui *ui)
{
    struct ticket *ticket = &ui->ticket;
    struct event event = event_empty(EVENT_ORDER_NEW);
    char id[27];
    if (is_held(ui) || !ticket_read(ui, &event.request, ticket->problem, sizeof ticket->problem)) {
        ticket->phase = TICKET_EDIT;
        return false;
    }
    ticket->sent_ns = ui->monotonic_ns;
    ticket->phase = TICKET_SENT;
    if (ticket->changes) {
        ticket->cookie = ticket_change_send(ui, &event.request);
        return true;
    }
    ui->actions.unique_id(id);
    text_copy(event.request.order_id, sizeof event.request.order_id, id);
    event.request.timestamp_ns = ui->wall_ns;
    memcpy(ticket->order_id, event.request.order_id, sizeof ticket->order_id);
    ticket->cookie = ui_publish(ui, &event);
    return true;
}

void ticket_key_send(struct ui *ui, int key)
{
    (void)key;
    ticket_send(ui);
}

void ticket_key_close(struct ui *ui, int key)
{
    (void)key;
    if (ui->ticket.phase == TICKET_CONFIRM)
        ui->ticket.phase = TICKET_EDIT;
    else
        ui->mode = MODE_VIEW;
}

bool ticket_is_answered(const struct ui *ui)
{
    const struct ticket *ticket = &ui->ticket;
    const struct order *order = order_book_find(model_orders(ui->model), ticket->order_id);
    if (ticket->changes && model_answer(ui->model, ticket->request_id) != NULL)
        return true;
    if (order != NULL && !ticket->changes)
        return order->state != ORDER_INITIALIZED && order->state != ORDER_SUBMITTED;
    const struct request_view *request = ticket->cookie == 0 ? NULL : model_request(ui->model, ticket->cookie);
    return request == NULL || request->state == REQUEST_STATE_REFUSED;
}

void ticket_key_halt(struct ui *ui, int key)
{
    ui->mode = MODE_VIEW;
    trading_prompt_key_halt(ui, key);
}

void ticket_key_give_way(struct ui *ui, int key)
{
    if (ticket_is_answered(ui)) {
        ui->mode = MODE_VIEW;
        if (!keys_dispatch(ui, keys_where(ui), key))
            ui->mode = MODE_TICKET; /* it means nothing on the screen either */
        return;
    }
    ui_note(ui, ROLE_WARNING, "The order has no answer yet. Esc puts the ticket away; %s halts.",
            keys_name(ui, WHERE_TICKET_SENT, "halt").text);
    ui->note_until_ns = ui->monotonic_ns + NS_PER_SECOND; /* the answer usually follows at once */
}

void ticket_key_uncover(struct ui *ui, int key)
{
    (void)key;
    ui->mode = MODE_VIEW;
    ui_note(ui, ROLE_TEXT, "The ticket stood over the alerts: once more to acknowledge.");
}
