/* Questions. What they ask for is a request like any other: the screen shows the new state when the tape does. */
#include "ui/prompt.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/format.h"
#include "ui/keys.h"
#include "ui/ladder_trade.h"
#include "ui/pane.h"
#include "ui/publish.h"
#include "ui/sweep.h"
#include "ui/trading_prompt.h"
#include "ui/view_alerts.h"
#include "ui/view_orders.h"

static const char *word_of(enum prompt_kind kind)
{
    return trading_prompt_is(kind) ? trading_prompt_word(kind) : kind == PROMPT_ARM ? "ARM" : "CANCEL";
}

void prompt_open(struct ui *ui, enum prompt_kind kind)
{
    ui->prompt = (struct prompt){.kind = kind, .before = ui->mode};
    ui->mode = MODE_PROMPT;
}

void prompt_key_close(struct ui *ui, int key)
{
    (void)key;
    ui->mode = ui->prompt.before;
}

void prompt_key_text(struct ui *ui, int key)
{
    enum { WORD_SIZE = 16 };
    if (key == KEYS_BACKSPACE || isalpha(key))
        ui_type(ui->prompt.typed, WORD_SIZE, key == KEYS_BACKSPACE ? key : toupper(key));
}

void prompt_key_typed(struct ui *ui, int key)
{
    (void)key;
    if (strcmp(ui->prompt.typed, word_of(ui->prompt.kind)) != 0)
        return;
    ui->mode = ui->prompt.before;
    if (ui->prompt.kind == PROMPT_ARM)
        ladder_trade_arm(ui);
    else if (ui->prompt.kind == PROMPT_CANCEL_ALL && ui->view == VIEW_LADDER)
        ladder_trade_cancel(ui, true);
    else if (ui->prompt.kind == PROMPT_CANCEL_ALL)
        view_orders_open_listed(ui, &ui->sweeps[SWEEP_CANCELS]);
    else
        trading_prompt_send(ui);
}

void prompt_key_line(struct ui *ui, int key)
{
    ui->prompt.problem[0] = '\0';
    ui_type(ui->prompt.typed, sizeof ui->prompt.typed, key);
}

void prompt_key_line_done(struct ui *ui, int key)
{
    struct prompt *prompt = &ui->prompt;
    int64_t duration_ns = 0;
    bool shelves = prompt->kind == PROMPT_SHELVE;
    (void)key;
    if (shelves && !view_alerts_read_duration(prompt->typed, &duration_ns)) {
        snprintf(prompt->problem, sizeof prompt->problem, "It has to be a time up to 7 d: 30m, 2h, 1d.");
        return;
    }
    if (prompt->kind == PROMPT_QUANTITY &&
        !ladder_trade_type_quantity(ui, prompt->typed, prompt->problem, sizeof prompt->problem))
        return;
    if (prompt->typed[0] == '\0')
        return;
    ui->mode = prompt->before;
    if (prompt->kind == PROMPT_QUANTITY)
        return;
    if (publish_ack(ui, prompt->alert_id, shelves ? ACK_SHELVE : ACK_COMMENT, shelves ? ui->wall_ns + duration_ns : 0,
                    shelves ? "" : prompt->typed))
        ui_note(ui, ROLE_TEXT, shelves ? "It is shelved for %s." : "The comment is sent.", prompt->typed);
}

/* On the deck the cursor has to stand in the orders: what is cancelled is what one sees marked. */
static const struct order *order_under_cursor(struct ui *ui)
{
    return ui->view == VIEW_ORDERS ? view_orders_selected(ui) : pane_orders_selected(ui);
}

void prompt_key_cancel(struct ui *ui, int key)
{
    (void)key;
    if (ui->view == VIEW_DECK && ui->focus != PANE_ORDERS) {
        ui_note(ui, ROLE_TEXT, "Go to the orders and choose the one to cancel.");
        return;
    }
    const struct order *order = order_under_cursor(ui);
    if (order == NULL || order_is_done(order)) {
        ui_note(ui, ROLE_TEXT, order == NULL ? "There is no order to cancel." : "This order is done already.");
        return;
    }
    prompt_open(ui, PROMPT_CANCEL);
    text_copy(ui->prompt.order_id, sizeof ui->prompt.order_id, order->terms.order_id);
}

void prompt_key_cancel_again(struct ui *ui, int key)
{
    const struct order *order = order_book_find(model_orders(ui->model), ui->prompt.order_id);
    (void)key;
    ui->mode = ui->prompt.before;
    if (ui->prompt.kind == PROMPT_CANCEL_HERE)
        ladder_trade_cancel(ui, false);
    else if (order == NULL || order_is_done(order))
        ui_note(ui, ROLE_TEXT, "This order is done already.");
    else if (publish_cancel(ui, order))
        ui_note(ui, ROLE_TEXT, "The cancel is sent.");
}

void prompt_key_cancel_all(struct ui *ui, int key)
{
    (void)key;
    if (view_orders_open_listed(ui, NULL) == 0)
        ui_note(ui, ROLE_TEXT, "This list holds no open order.");
    else
        prompt_open(ui, PROMPT_CANCEL_ALL);
}

/* ---- drawing -------------------------------------------------------------------------------------------------- */

static void say_cancel(const struct ui *ui, char *text, size_t size)
{
    const struct order *order = order_book_find(model_orders(ui->model), ui->prompt.order_id);
    char leaves[FORMAT_SIZE], price[FORMAT_SIZE];
    if (order == NULL) {
        snprintf(text, size, "The order is gone.");
        return;
    }
    const struct instrument *instrument = instruments_find(ui->instruments, order->terms.exchange, order->terms.symbol);
    format_quantity(leaves, order_leaves(order), instrument == NULL ? 0 : instrument_quantity_decimals(instrument),
                    false);
    format_price(price, order->terms.limit_price, instrument == NULL ? 2 : instrument_price_decimals(instrument), 24);
    snprintf(text, size, "Cancel %s %.24s %s%s%.24s?", side_name(order->terms.side), leaves, order->terms.symbol,
             price[0] != '\0' ? " at " : " at the market", price);
}

static void say_alert(const struct ui *ui, char *text, size_t size)
{
    const struct alert_entry *entry = alert_list_find(model_alerts(ui->model), ui->prompt.alert_id);
    text_copy(text, size, entry == NULL ? "The alert is gone." : entry->alert.message);
}

static void say_cancel_all(struct ui *ui, char *text, size_t size)
{
    if (ui->view == VIEW_LADDER) {
        ladder_trade_say_cancel(ui, true, text, size);
        return;
    }
    int count = view_orders_open_listed(ui, NULL);
    const char *filter = ui_filter(ui)->text, *account = ui->orders.all_accounts ? "all accounts" : ui->account;
    snprintf(text, size, "Cancels %d open order%s of %s%s%s.", count, count == 1 ? "" : "s", account,
             filter[0] != '\0' ? " that match /" : "", filter);
}

static void say_what_is_lost(const struct ui *ui, char *text, size_t size)
{
    int cancels = sweep_left(&ui->sweeps[SWEEP_CANCELS]), acks = sweep_left(&ui->sweeps[SWEEP_ACKS]);
    if (cancels > 0)
        snprintf(text, size, "%d order%s still to be cancelled.", cancels, cancels == 1 ? " is" : "s are");
    else if (acks > 0)
        snprintf(text, size, "%d alert%s still to be acknowledged.", acks, acks == 1 ? " is" : "s are");
    else
        snprintf(text, size, "An order ticket is open; it has not been sent.");
}

void prompt_draw(struct ui *ui, struct area around)
{
    static const char *const titles[] = {
        [PROMPT_HALT] = "Halt trading",
        [PROMPT_REDUCE] = "Reduce only",
        [PROMPT_FLATTEN] = "Flatten",
        [PROMPT_RESUME] = "Resume trading",
        [PROMPT_CANCEL] = "Cancel an order",
        [PROMPT_CANCEL_ALL] = "Cancel all that are listed",
        [PROMPT_CANCEL_HERE] = "Cancel at a price",
        [PROMPT_ARM] = "Arm one-key trading",
        [PROMPT_QUANTITY] = "The quantity of orders",
        [PROMPT_SHELVE] = "Shelve the alert",
        [PROMPT_COMMENT] = "Comment the alert",
        [PROMPT_ACK_GROUP] = "Acknowledge a group of alerts",
        [PROMPT_QUIT] = "Leave",
    };
    enum prompt_kind kind = ui->prompt.kind;
    struct area inside = draw_box(&ui->canvas, ui_dialogue(around, 6), titles[kind]);
    struct ink text = {.role = ROLE_TEXT, .ground = GROUND_PANEL}, dim = {.role = ROLE_DIM, .ground = GROUND_PANEL};
    char first[160], second[96] = "";
    switch (kind) {
    case PROMPT_HALT:
    case PROMPT_REDUCE:
    case PROMPT_FLATTEN:
    case PROMPT_RESUME:
        trading_prompt_say(ui, first, sizeof first);
        snprintf(second, sizeof second, "Type %s and Enter; %s", word_of(kind),
                 kind == PROMPT_RESUME ? "Esc changes nothing." : "arrows change the scope, Esc nothing.");
        break;
    case PROMPT_CANCEL:
        say_cancel(ui, first, sizeof first);
        snprintf(second, sizeof second, "%s again cancels it, Esc keeps it.",
                 keys_name(ui, WHERE_CANCEL, "cancel").text);
        break;
    case PROMPT_CANCEL_HERE:
        ladder_trade_say_cancel(ui, false, first, sizeof first);
        snprintf(second, sizeof second, "c again cancels, Esc keeps.");
        break;
    case PROMPT_ARM:
        snprintf(first, sizeof first, "%s: one key then trades at the cursor, unasked.", ui->banner);
        snprintf(second, sizeof second, "Type ARM and Enter; Esc changes nothing.");
        break;
    case PROMPT_QUANTITY:
        snprintf(first, sizeof first, "Of the orders that b, s and Enter make here.");
        snprintf(second, sizeof second, "Esc changes nothing.");
        break;
    case PROMPT_CANCEL_ALL:
        say_cancel_all(ui, first, sizeof first);
        snprintf(second, sizeof second, "Type CANCEL and Enter; Esc changes nothing.");
        break;
    case PROMPT_SHELVE:
    case PROMPT_COMMENT:
        say_alert(ui, first, sizeof first);
        snprintf(second, sizeof second, "%s Esc changes nothing.",
                 kind == PROMPT_SHELVE ? "For how long (30m, 2h, 1d)?" : "What is to be said?");
        break;
    case PROMPT_ACK_GROUP:
        view_alerts_say_group(ui, first, sizeof first);
        snprintf(second, sizeof second, "a again acknowledges them, Esc changes nothing.");
        break;
    case PROMPT_QUIT:
        say_what_is_lost(ui, first, sizeof first);
        snprintf(second, sizeof second, "%s again leaves all the same, Esc stays.",
                 keys_name(ui, WHERE_QUIT, "quit").text);
        break;
    }
    draw_text(&ui->canvas, inside, 0, 0, 0, text, first);
    draw_text(&ui->canvas, inside, 1, 0, 0, dim, second);
    if (kind != PROMPT_CANCEL && kind != PROMPT_CANCEL_HERE && kind != PROMPT_ACK_GROUP && kind != PROMPT_QUIT) {
        char typed[sizeof ui->prompt.typed + 4];
        snprintf(typed, sizeof typed, " %s_ ", ui->prompt.typed);
        struct ink input = {.role = ROLE_INPUT, .ground = GROUND_PANEL};
        struct ink problem = {.role = ROLE_CRITICAL, .ground = GROUND_PANEL};
        int col = draw_text(&ui->canvas, inside, 3, 0, 0, input, typed);
        draw_text(&ui->canvas, inside, 3, col + 1, 0, problem, ui->prompt.problem);
    }
}
