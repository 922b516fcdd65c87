/* What the keys of the ladder do to orders. Unarmed, each opens the ticket or asks; armed, it acts at once, on exactly
 * the price that the cursor shows. */
#include "ui/ladder_trade.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/format.h"
#include "ui/keys.h"
#include "ui/ladder_orders.h"
#include "ui/prompt.h"
#include "ui/publish.h"
#include "ui/sweep.h"
#include "ui/ticket.h"
#include "ui/view_ladder.h"

/* ---- the quantity --------------------------------------------------------------------------------------------- */

int ladder_trade_presets(const struct instrument_view *view, int64_t quantities[LADDER_PRESETS])
{
    static const int tenths[LADDER_PRESETS] = {1, 5, 10, 50, 100}; /* of what an order usually is */
    const struct instrument *instrument = view->instrument;
    int count = 0;
    for (int i = 0; instrument != NULL && i < LADDER_PRESETS; i++) {
        int128 exact = (int128)ticket_usual_quantity(instrument) * tenths[i] / 10;
        if (instrument->max_quantity >= instrument->lot && exact > instrument->max_quantity)
            exact = instrument->max_quantity;
        int64_t quantity = (int64_t)exact - (int64_t)exact % instrument->lot;
        if (quantity >= instrument->lot && (count == 0 || quantity > quantities[count - 1]))
            quantities[count++] = quantity;
    }
    return count;
}

int64_t ladder_trade_quantity(const struct ui *ui, const struct instrument_view *view)
{
    if (ui->ladder.quantity != 0 || view->instrument == NULL)
        return ui->ladder.quantity;
    return ticket_usual_quantity(view->instrument);
}

void ladder_trade_key_quantity(struct ui *ui, int key)
{
    const struct instrument_view *view = view_ladder_instrument(ui);
    int64_t quantities[LADDER_PRESETS];
    int count = view == NULL ? 0 : ladder_trade_presets(view, quantities);
    if (count == 0)
        return;
    int64_t now = ladder_trade_quantity(ui, view), next = now;
    for (int i = 0; i < count; i++) {
        if (key == '[' && quantities[i] < now)
            next = quantities[i];
        if (key == ']' && quantities[i] > now) {
            next = quantities[i];
            break;
        }
    }
    ui->ladder.quantity = next;
}

void ladder_trade_key_type_quantity(struct ui *ui, int key)
{
    (void)key;
    if (view_ladder_instrument(ui) != NULL)
        prompt_open(ui, PROMPT_QUANTITY);
}

bool ladder_trade_type_quantity(struct ui *ui, const char *text, char *problem, size_t size)
{
    const struct instrument_view *view = view_ladder_instrument(ui);
    int64_t quantity;
    char lot[DECIMAL_TEXT_SIZE];
    if (view == NULL || view->instrument == NULL)
        return true; /* it has gone meanwhile */
    decimal_format(lot, view->instrument->lot, QUANTITY_DECIMALS);
    if (!decimal_parse(text, strlen(text), QUANTITY_DECIMALS, &quantity) || quantity <= 0 ||
        quantity % view->instrument->lot != 0) {
        snprintf(problem, size, "It has to be a multiple of %.32s above 0.", lot);
        return false;
    }
    ui->ladder.quantity = quantity;
    return true;
}

/* ---- arming --------------------------------------------------------------------------------------------------- */

static const char *obstacle(const struct ui *ui)
{
    const struct instrument_view *view = view_ladder_instrument(ui);
    const struct connection_status *connection = model_connection(ui->model);
    if (view == NULL)
        return "there is no instrument";
    if (connection->state != CONNECTION_CONNECTED)
        return "the server is away";
    if (connection->silent)
        return "the server does not answer";
    bool is_halted =
        order_book_trading_state(model_orders(ui->model), ui->account, view->market->quote.symbol) == TRADING_HALTED;
    return is_halted || model_hold(ui->model)->reason[0] != '\0' ? "trading is halted" : NULL;
}

void ladder_trade_disarm(struct ui *ui, const char *why)
{
    if (!ui->ladder.armed)
        return;
    ui->ladder.armed = false;
    ui_note(ui, ROLE_WARNING, "No longer armed: %s.", why);
}

void ladder_trade_watch(struct ui *ui)
{
    const char *why = obstacle(ui);
    if (why == NULL && ui->monotonic_ns - ui->key_ns > ui->arm_idle_ns)
        why = "no key was pressed for a while";
    if (why != NULL)
        ladder_trade_disarm(ui, why);
}

void ladder_trade_arm(struct ui *ui)
{
    const char *why = obstacle(ui);
    if (why != NULL)
        ui_note(ui, ROLE_WARNING, "Not armed: %s.", why);
    ui->ladder.armed = why == NULL;
}

void ladder_trade_key_arm(struct ui *ui, int key)
{
    const char *why = obstacle(ui);
    (void)key;
    if (ui->ladder.armed)
        ladder_trade_disarm(ui, "a key has ended it");
    else if (why != NULL)
        ui_note(ui, ROLE_WARNING, "It cannot be armed: %s.", why);
    else
        prompt_open(ui, PROMPT_ARM);
}

/* ---- orders --------------------------------------------------------------------------------------------------- */

/* The instrument under the cursor; NULL, which is said, when there is none or its row is not in view: nobody trades at
 * a price that cannot be seen. */
static const struct instrument_view *under_cursor(struct ui *ui)
{
    const struct instrument_view *view = view_ladder_instrument(ui);
    ladder_trade_watch(ui);
    if (view != NULL && ladder_shows(&ui->ladder.places[0], ui->ladder.cursor))
        return view;
    ui_note(ui, ROLE_WARNING,
            view == NULL ? "There is no instrument to trade yet."
                         : "The cursor is out of view: Space brings it to the market.");
    return NULL;
}

void ladder_trade_key_ticket(struct ui *ui, int key)
{
    const struct instrument_view *view = under_cursor(ui);
    (void)key;
    if (view == NULL)
        return;
    ticket_open(ui, view, ui->ladder.side, ladder_trade_quantity(ui, view));
    if (ui->mode == MODE_TICKET)
        ticket_set_price(ui, ui->ladder.cursor);
}

void ladder_trade_key_order(struct ui *ui, int key)
{
    const struct instrument_view *view = under_cursor(ui);
    if (view == NULL)
        return;
    ui->ladder.side = key == 's' ? SIDE_SELL : SIDE_BUY;
    ladder_trade_key_ticket(ui, key);
    if (!ui->ladder.armed || ui->mode != MODE_TICKET)
        return;
    ui->mode = MODE_VIEW;
    if (ticket_send(ui))
        text_copy(ui->ladder.order_id, sizeof ui->ladder.order_id, ui->ticket.order_id);
    else
        ui_note(ui, ROLE_CRITICAL, "Not sent: %s", ui->ticket.problem);
}

/* ---- those that stand there ----------------------------------------------------------------------------------- */

enum { CHOSEN_MAX = 1024 };

/* Our orders in one row, or all of the instrument. */
struct chosen {
    bool all;
    int64_t price, step;
    int count;
    int64_t quantity;
    const struct order *orders[CHOSEN_MAX];
};

static void choose(const struct ladder_own *own, void *context)
{
    struct chosen *chosen = context;
    const struct ladder_order *order = &own->order;
    bool is_here = chosen->all || (order->price != DECIMAL_NONE &&
                                   ladder_round(order->price, chosen->step, order->side) == chosen->price);
    if (own->source == NULL || !is_here || chosen->count == CHOSEN_MAX)
        return;
    chosen->orders[chosen->count++] = own->source;
    if (__builtin_add_overflow(chosen->quantity, order->quantity, &chosen->quantity))
        chosen->quantity = INT64_MAX;
}

static void choose_all(const struct ui *ui, struct chosen *chosen)
{
    const struct instrument_view *view = view_ladder_instrument(ui);
    *chosen = (struct chosen){.all = true};
    if (view != NULL)
        ladder_orders_each(ui, view->market, choose, chosen);
}

static void choose_at(const struct ui *ui, int64_t price, struct chosen *chosen)
{
    const struct instrument_view *view = view_ladder_instrument(ui);
    *chosen = (struct chosen){.price = price, .step = ui->ladder.places[0].step};
    if (view != NULL)
        ladder_orders_each(ui, view->market, choose, chosen);
}

static void cancel(struct ui *ui, const struct chosen *chosen)
{
    for (int i = 0; i < chosen->count; i++)
        sweep_add(&ui->sweeps[SWEEP_CANCELS], chosen->orders[i]->terms.order_id);
}

void ladder_trade_cancel(struct ui *ui, bool all)
{
    struct chosen chosen;
    if (all)
        choose_all(ui, &chosen);
    else
        choose_at(ui, ui->ladder.cursor, &chosen);
    cancel(ui, &chosen);
}

void ladder_trade_say_cancel(const struct ui *ui, bool all, char *text, size_t size)
{
    const struct instrument_view *view = view_ladder_instrument(ui);
    struct chosen chosen;
    char quantity[FORMAT_SIZE], price[FORMAT_SIZE] = "";
    if (all)
        choose_all(ui, &chosen);
    else
        choose_at(ui, ui->ladder.cursor, &chosen);
    if (view == NULL || chosen.count == 0) {
        snprintf(text, size, "They are done already.");
        return;
    }
    format_quantity(quantity, chosen.quantity, view->quantity_decimals, false);
    if (!all)
        format_price(price, ui->ladder.cursor, view->price_decimals, 24);
    snprintf(text, size, "Cancel %d order%s, %s %.24s%s%s?", chosen.count, chosen.count == 1 ? "" : "s", quantity,
             view->market->quote.symbol, all ? "" : " at ", price);
}

void ladder_trade_key_cancel(struct ui *ui, int key)
{
    struct chosen chosen;
    (void)key;
    if (under_cursor(ui) == NULL)
        return;
    choose_at(ui, ui->ladder.cursor, &chosen);
    if (chosen.count == 0)
        ui_note(ui, ROLE_TEXT, "None of our orders stands at the cursor.");
    else if (ui->ladder.armed)
        cancel(ui, &chosen);
    else
        prompt_open(ui, PROMPT_CANCEL_HERE);
}

void ladder_trade_key_cancel_all(struct ui *ui, int key)
{
    struct chosen chosen;
    (void)key;
    choose_all(ui, &chosen);
    if (chosen.count == 0)
        ui_note(ui, ROLE_TEXT, "None of our orders is open here.");
    else
        prompt_open(ui, PROMPT_CANCEL_ALL);
}

/* ---- moving --------------------------------------------------------------------------------------------------- */

static void pick_up(struct ui *ui, int count)
{
    const char *them = count == 1 ? "it" : "them";
    if (count == 0) {
        ui_note(ui, ROLE_TEXT, "None of our orders stands at the cursor.");
        return;
    }
    ui->ladder.is_moving = true;
    ui->ladder.moved_from = ui->ladder.cursor;
    ui_note(ui, ROLE_TEXT, "%d order%s picked up: m at another price moves %s there, Esc leaves %s.", count,
            count == 1 ? "" : "s", them, them);
}

static void move_at_once(struct ui *ui, const struct chosen *chosen)
{
    int sent = 0;
    for (int i = 0; i < chosen->count; i++) {
        const struct order *order = chosen->orders[i];
        char request_id[ID_SIZE];
        bool is_stop = ladder_orders_is_stop(order);
        if (order->cancel_pending || order->replace_pending)
            continue;
        if (publish_replace(ui, order, DECIMAL_NONE, is_stop ? DECIMAL_NONE : ui->ladder.cursor,
                            is_stop ? ui->ladder.cursor : DECIMAL_NONE, request_id) == 0)
            return;
        sent++;
    }
    ui_note(ui, ROLE_TEXT, "Moves are sent: %d of %d.", sent, chosen->count);
}

static void move_by_ticket(struct ui *ui, const struct chosen *chosen)
{
    if (chosen->count > 1) {
        ui_note(ui, ROLE_WARNING, "Unarmed, one order is moved at a time: e on the orders screen, or arm with A.");
        return;
    }
    if (chosen->orders[0]->terms.type == ORDER_STOP_LIMIT) {
        ui_note(ui, ROLE_WARNING, "A stop-limit order has two prices: e on the orders screen changes it.");
        return;
    }
    ticket_open_change(ui, chosen->orders[0]);
    if (ui->mode == MODE_TICKET)
        ticket_set_price(ui, ui->ladder.cursor);
}

void ladder_trade_key_move(struct ui *ui, int key)
{
    struct chosen chosen;
    (void)key;
    if (under_cursor(ui) == NULL)
        return;
    choose_at(ui, ui->ladder.is_moving ? ui->ladder.moved_from : ui->ladder.cursor, &chosen);
    if (!ui->ladder.is_moving) {
        pick_up(ui, chosen.count);
        return;
    }
    ui->ladder.is_moving = false;
    if (chosen.count == 0)
        ui_note(ui, ROLE_TEXT, "What was picked up is done already.");
    else if (ui->ladder.moved_from == ui->ladder.cursor)
        ui_note(ui, ROLE_TEXT, "It stays where it is.");
    else if (ui->ladder.armed)
        move_at_once(ui, &chosen);
    else
        move_by_ticket(ui, &chosen);
}
