/* The table of keys, and what walks it. A key is looked up from the top; the first binding that works here and has the
 * key is taken, so bindings for any text or any key stand last. */
#include "ui/keys.h"

#include <string.h>

#include "ui/deck.h"
#include "ui/help.h"
#include "ui/prompt.h"
#include "ui/ticket.h"

static void ask_to_leave(struct ui *ui, int key)
{
    (void)key;
    prompt_open(ui, PROMPT_QUIT);
}

static void leave(struct ui *ui, int key)
{
    (void)key;
    ui->leave = true;
}

static void redraw(struct ui *ui, int key)
{
    (void)key;
    ui->redraw = true;
}

/* clang-format off */
static const struct key_binding table[] = {
    {{'b'}, WHERE_DECK, "b", "buy what is selected", "buy", true, ticket_key_open},
    {{'s'}, WHERE_DECK, "s", "sell what is selected", "sell", true, ticket_key_open},
    {{'c'}, WHERE_DECK, "c", "cancel the order", "cancel", true, prompt_key_cancel},
    {{'a'}, WHERE_DECK, "a", "acknowledge the alert", "ack", true, deck_key_acknowledge},
    {{'H'}, WHERE_DECK, "H", "halt all trading", "halt", true, prompt_key_halt},
    {{'R'}, WHERE_DECK, "R", "resume after a halt", NULL, true, prompt_key_resume},
    {{KEYS_TAB, KEYS_RIGHT, 'l'}, WHERE_DECK, "Tab Right l", "next pane", "pane", false, deck_key_next_pane},
    {{KEYS_BACK_TAB, KEYS_LEFT, 'h'}, WHERE_DECK, "S-Tab Left h", "pane before", NULL, false, deck_key_next_pane},
    {{KEYS_UP, 'k'}, WHERE_DECK, "Up k", "one up", NULL, false, deck_key_move},
    {{KEYS_DOWN, 'j'}, WHERE_DECK, "Down j", "one down", NULL, false, deck_key_move},
    {{KEYS_PAGE_UP}, WHERE_DECK, "PgUp", "a page up", NULL, false, deck_key_move},
    {{KEYS_PAGE_DOWN}, WHERE_DECK, "PgDn", "a page down", NULL, false, deck_key_move},
    {{'g', KEYS_HOME}, WHERE_DECK, "g Home", "first entry", NULL, false, deck_key_move},
    {{'G', KEYS_END}, WHERE_DECK, "G End", "last entry", NULL, false, deck_key_move},
    {{'/'}, WHERE_DECK & ~WHERE_SERVER, "/", "filter this pane", "filter", false, deck_key_filter},
    {{'z'}, WHERE_DECK, "z", "this pane alone, or all", "zoom", false, deck_key_zoom},
    {{KEYS_ESCAPE}, WHERE_DECK, "Esc", "clear filter, end zoom", NULL, false, deck_key_escape},
    {{'?'}, WHERE_DECK, "?", "this help", "help", false, help_key_open},
    {{'q'}, WHERE_DECK, "q", "leave", "quit", false, leave},
    {{'v'}, WHERE_DECK, "v", "to the server, and back", "server", false, deck_key_server},
    {{KEYS_REDRAW}, WHERE_EVERYWHERE, "Ctrl-L", "draw the screen anew", NULL, false, redraw},

    {{KEYS_ENTER}, WHERE_FILTER, "Enter", "keep the filter", "keep", false, deck_key_filter_done},
    {{KEYS_ESCAPE}, WHERE_FILTER, "Esc", "clear it", "clear", false, deck_key_filter_done},
    {{KEYS_BACKSPACE}, WHERE_FILTER, "Backspace", "take back a letter", NULL, false, deck_key_filter_text},
    {{KEYS_TEXT}, WHERE_FILTER, "text", "part of a name", NULL, false, deck_key_filter_text},

    {{KEYS_ENTER}, WHERE_TICKET, "Enter", "read the order again", "review", true, ticket_key_review},
    {{KEYS_TAB, KEYS_DOWN}, WHERE_TICKET, "Tab Down", "next field", "field", false, ticket_key_field},
    {{KEYS_BACK_TAB, KEYS_UP}, WHERE_TICKET, "S-Tab Up", "field before", NULL, false, ticket_key_field},
    {{'+', '=', KEYS_RIGHT, ' '}, WHERE_TICKET, "+ Right", "lot, tick, choice up", "up", false, ticket_key_step},
    {{'-', KEYS_LEFT}, WHERE_TICKET, "- Left", "lot, tick, choice down", "down", false, ticket_key_step},
    {{KEYS_PAGE_UP, KEYS_PAGE_DOWN}, WHERE_TICKET, "PgUp PgDn", "ten steps", NULL, false, ticket_key_step},
    {{KEYS_BACKSPACE}, WHERE_TICKET, "Backspace", "take back a digit", NULL, false, ticket_key_text},
    {{KEYS_ESCAPE}, WHERE_TICKET, "Esc", "put the ticket away", "close", false, ticket_key_close},
    {{'q'}, WHERE_TICKET, "q", "leave (asks first)", NULL, false, ask_to_leave},
    {{KEYS_TEXT}, WHERE_TICKET, "0-9 .", "type a number", NULL, false, ticket_key_text},

    {{KEYS_ENTER}, WHERE_TICKET_CONFIRM, "Enter", "send the order", "send", true, ticket_key_send},
    {{KEYS_ESCAPE}, WHERE_TICKET_CONFIRM, "Esc", "back to the fields", "back", false, ticket_key_close},
    {{'q'}, WHERE_TICKET_CONFIRM, "q", "leave (asks first)", NULL, false, ask_to_leave},

    {{KEYS_ESCAPE, KEYS_ENTER}, WHERE_TICKET_SENT, "Esc Enter", "put the ticket away", "close", false,
     ticket_key_close},
    {{'H'}, WHERE_TICKET_SENT, "H", "halt all trading", NULL, true, ticket_key_give_way_at_once},
    {{'a'}, WHERE_TICKET_SENT, "a", "close; again to ack", NULL, true, ticket_key_uncover},
    {{'q'}, WHERE_TICKET_SENT, "q", "leave", NULL, false, leave},
    {{KEYS_ANY}, WHERE_TICKET_SENT, "other keys", "close, act on the deck", NULL, false, ticket_key_give_way},

    {{KEYS_ENTER}, WHERE_TYPED, "Enter", "do it (word is typed)", "do it", true, prompt_key_typed},
    {{KEYS_BACKSPACE}, WHERE_TYPED, "Backspace", "take back a letter", NULL, false, prompt_key_text},
    {{KEYS_ESCAPE}, WHERE_TYPED, "Esc", "change nothing", "change nothing", false, prompt_key_close},
    {{KEYS_TEXT}, WHERE_TYPED, "letters", "HALT or RESUME", NULL, false, prompt_key_text},

    {{'c'}, WHERE_CANCEL, "c", "cancel it", "cancel the order", true, prompt_key_cancel_again},
    {{KEYS_ESCAPE}, WHERE_CANCEL, "Esc", "keep it", "keep it", false, prompt_key_close},

    {{'q'}, WHERE_QUIT, "q", "leave, drop the ticket", "leave", false, leave},
    {{KEYS_ESCAPE}, WHERE_QUIT, "Esc", "stay", "stay", false, prompt_key_close},

    {{KEYS_ESCAPE, '?', 'q', KEYS_ENTER}, WHERE_HELP, "Esc ? q", "close the help", "close", false, help_key_close},
    {{KEYS_DOWN, 'j', KEYS_PAGE_DOWN}, WHERE_HELP, "Down PgDn", "further down", "down", false, help_key_scroll},
    {{KEYS_UP, 'k', KEYS_PAGE_UP}, WHERE_HELP, "Up PgUp", "back up", "up", false, help_key_scroll},
};
/* clang-format on */

const struct key_binding *keys_table(size_t *count)
{
    *count = sizeof table / sizeof table[0];
    return table;
}

const char *keys_section(const struct key_binding *binding)
{
    if (binding->where & WHERE_DECK)
        return "Deck";
    if (binding->where & WHERE_FILTER)
        return "Filter";
    if (binding->where & WHERE_TICKET)
        return "Order ticket";
    if (binding->where & WHERE_TICKET_CONFIRM)
        return "Order ticket, confirming";
    if (binding->where & WHERE_TICKET_SENT)
        return "Order ticket, sent";
    if (binding->where & WHERE_TYPED)
        return "Halt and resume";
    if (binding->where & WHERE_CANCEL)
        return "Cancelling";
    if (binding->where & WHERE_QUIT)
        return "Leaving";
    return "Help";
}

unsigned keys_where(const struct ui *ui)
{
    switch (ui->mode) {
    case MODE_FILTER:
        return WHERE_FILTER;
    case MODE_TICKET:
        return ui->ticket.phase == TICKET_EDIT      ? WHERE_TICKET
               : ui->ticket.phase == TICKET_CONFIRM ? WHERE_TICKET_CONFIRM
                                                    : WHERE_TICKET_SENT;
    case MODE_PROMPT:
        return ui->prompt.kind == PROMPT_CANCEL ? WHERE_CANCEL
               : ui->prompt.kind == PROMPT_QUIT ? WHERE_QUIT
                                                : WHERE_TYPED;
    case MODE_HELP:
        return WHERE_HELP;
    case MODE_VIEW:
        break;
    }
    return 1u << ui->focus;
}

static bool has_key(const struct key_binding *binding, int key)
{
    for (int i = 0; i < KEYS_PER_BINDING && binding->keys[i] != 0; i++) {
        bool text = binding->keys[i] == KEYS_TEXT && key >= 0x20 && key < 0x7f;
        if (binding->keys[i] == key || binding->keys[i] == KEYS_ANY || text)
            return true;
    }
    return false;
}

bool keys_dispatch(struct ui *ui, unsigned where, int key)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (!(table[i].where & where) || !has_key(&table[i], key))
            continue;
        if (table[i].trading && ui->readonly)
            ui_note(ui, ROLE_WARNING, "Read-only: %s (%s) is off.", table[i].label, table[i].help);
        else
            table[i].handler(ui, key);
        return true;
    }
    return false;
}

bool keys_paste(struct ui *ui, int key)
{
    unsigned where = keys_where(ui);
    if (key < 0x20 || key >= 0x7f)
        return false;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (!(table[i].where & where) || table[i].keys[0] != KEYS_TEXT)
            continue;
        if (!table[i].trading || !ui->readonly)
            table[i].handler(ui, key);
        return true;
    }
    return false;
}

/* Keys that are about one pane are only named where the cursor stands in it. */
static bool is_hinted(const struct ui *ui, const struct key_binding *binding, unsigned where)
{
    if (binding->hint == NULL || !(binding->where & where) || (binding->trading && ui->readonly))
        return false;
    if (binding->handler == prompt_key_cancel)
        return ui->focus == PANE_ORDERS;
    if (binding->handler == deck_key_acknowledge)
        return ui->focus == PANE_ALERTS && ui->mode == MODE_VIEW;
    return true;
}

/* Writes the hints of one place from `col` on, as many as fit; returns the column after them. */
static int draw_hints(const struct ui *ui, struct area area, int col, unsigned where)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct key_binding *binding = &table[i];
        if (!is_hinted(ui, binding, where))
            continue;
        /* The first key of the label is enough here. */
        char first[16];
        size_t length = strcspn(binding->label, " ");
        if (length >= sizeof first)
            length = sizeof first - 1;
        memcpy(first, binding->label, length);
        first[length] = '\0';
        int width = (int)length + 1 + draw_width(binding->hint, ui->canvas.ascii);
        if (col + width >= area.cols)
            break;
        col = draw_text(&ui->canvas, area, 0, col, 0, (struct ink){.role = ROLE_KEY}, first);
        col = draw_text(&ui->canvas, area, 0, col + 1, 0, (struct ink){.role = ROLE_DIM}, binding->hint) + 2;
    }
    return col;
}

void keys_draw_line(const struct ui *ui, struct area area)
{
    unsigned where = keys_where(ui);
    draw_fill(&ui->canvas, area, (struct ink){.role = ROLE_TEXT});
    int col = draw_hints(ui, area, 1, where);
    if (where == WHERE_TICKET_SENT) /* the ticket gives way to the keys of the deck */
        draw_hints(ui, area, col, 1u << ui->focus);
}
