/* The table of keys, and what walks it. A key is looked up from the top; the first binding that works here and has the
 * key is taken, so bindings for any text or any key stand last. */
#include "ui/keys.h"

#include <stdio.h>
#include <string.h>

#include "ui/command.h"
#include "ui/copy.h"
#include "ui/deck.h"
#include "ui/filter.h"
#include "ui/help.h"
#include "ui/keymap.h"
#include "ui/ladder_trade.h"
#include "ui/look.h"
#include "ui/pointer.h"
#include "ui/prompt.h"
#include "ui/sweep.h"
#include "ui/ticket.h"
#include "ui/trading_prompt.h"
#include "ui/view.h"
#include "ui/view_alerts.h"
#include "ui/view_instrument.h"
#include "ui/view_ladder.h"
#include "ui/view_market.h"
#include "ui/view_orders.h"
#include "ui/view_positions.h"
#include "ui/view_risk.h"
#include "ui/view_system.h"
#include "ui/view_tape.h"

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

/* Orders that are still to be cancelled would not be, nor alerts acknowledged. */
static void leave_or_ask(struct ui *ui, int key)
{
    if (sweep_left(&ui->sweeps[SWEEP_CANCELS]) + sweep_left(&ui->sweeps[SWEEP_ACKS]) > 0)
        ask_to_leave(ui, key);
    else
        leave(ui, key);
}

static void redraw(struct ui *ui, int key)
{
    (void)key;
    ui->redraw = true;
}

/* clang-format off */
static const struct key_binding table[] = {
    {{'b'}, WHERE_DECK, "b", "buy what is selected", "buy", "buy", true, ticket_key_open},
    {{'s'}, WHERE_DECK, "s", "sell what is selected", "sell", "sell", true, ticket_key_open},
    {{'c'}, WHERE_DECK, "c", "cancel the order", "cancel", "cancel", true, prompt_key_cancel},
    {{'a'}, WHERE_DECK, "a", "acknowledge the alert", "ack", "acknowledge", true, deck_key_acknowledge},

    {{'b'}, WHERE_VIEW_MARKET, "b", "buy this instrument", "buy", "buy", true, view_market_key_trade},
    {{'s'}, WHERE_VIEW_MARKET, "s", "sell this instrument", "sell", "sell", true, view_market_key_trade},
    {{KEYS_ENTER}, WHERE_VIEW_MARKET, "Enter", "its chart and trades", "chart", "chart", false,
     view_market_key_instrument},
    {{'w'}, WHERE_VIEW_MARKET, "w", "the next group", "group", "group", false, view_market_key_group},

    {{'b'}, WHERE_VIEW_INSTRUMENT, "b", "buy it", "buy", "buy", true, view_instrument_key_trade},
    {{'s'}, WHERE_VIEW_INSTRUMENT, "s", "sell it", "sell", "sell", true, view_instrument_key_trade},
    {{'p'}, WHERE_VIEW_INSTRUMENT, "p", "a longer period", "period", "longer", false, view_instrument_key_period},
    {{'P'}, WHERE_VIEW_INSTRUMENT, "P", "a shorter period", NULL, "shorter", false, view_instrument_key_period},
    {{'t'}, WHERE_VIEW_INSTRUMENT, "t", "candles, or a line", "candles", "candles", false, view_instrument_key_form},
    {{'z'}, WHERE_VIEW_INSTRUMENT, "z", "look closer", "zoom", "zoom", false, view_instrument_key_zoom},
    {{'Z'}, WHERE_VIEW_INSTRUMENT, "Z", "see more at once", NULL, "zoom-out", false, view_instrument_key_zoom},
    {{'w'}, WHERE_VIEW_INSTRUMENT, "w", "trades, or depth", "depth", "beside", false, view_instrument_key_beside},
    {{KEYS_UP, 'k', '['}, WHERE_VIEW_INSTRUMENT, "Up k [", "instrument before", NULL, "before", false,
     view_instrument_key_other},
    {{KEYS_DOWN, 'j', ']'}, WHERE_VIEW_INSTRUMENT, "Down j ]", "next instrument", "instrument", "after", false,
     view_instrument_key_other},
    {{KEYS_LEFT, 'h'}, WHERE_VIEW_INSTRUMENT, "Left h", "crosshair back in time", "crosshair", "crosshair", false,
     view_instrument_key_cross},
    {{KEYS_RIGHT, 'l'}, WHERE_VIEW_INSTRUMENT, "Right l", "crosshair forward", NULL, "forward", false,
     view_instrument_key_cross},
    {{KEYS_PAGE_UP}, WHERE_VIEW_INSTRUMENT, "PgUp", "a page back in time", NULL, "page-up", false,
     view_instrument_key_page},
    {{KEYS_PAGE_DOWN}, WHERE_VIEW_INSTRUMENT, "PgDn", "a page forward", NULL, "page-down", false,
     view_instrument_key_page},
    {{'g', KEYS_HOME}, WHERE_VIEW_INSTRUMENT, "g Home", "the oldest there is", NULL, "first", false,
     view_instrument_key_page},
    {{'G', KEYS_END}, WHERE_VIEW_INSTRUMENT, "G End", "to now", NULL, "last", false, view_instrument_key_page},
    {{KEYS_ESCAPE}, WHERE_VIEW_INSTRUMENT, "Esc", "to now, then to the deck", NULL, "back", false,
     view_instrument_key_escape},

    {{'b'}, WHERE_VIEW_LADDER, "b", "buy here (a ticket)", "buy", "buy", true, ladder_trade_key_order},
    {{'s'}, WHERE_VIEW_LADDER, "s", "sell here (a ticket)", "sell", "sell", true, ladder_trade_key_order},
    {{'b'}, WHERE_LADDER_ARMED, "b", "buy here at once", "BUY", "buy", true, ladder_trade_key_order},
    {{'s'}, WHERE_LADDER_ARMED, "s", "sell here at once", "SELL", "sell", true, ladder_trade_key_order},
    {{'c'}, WHERE_VIEW_LADDER, "c", "cancel ours here", "cancel", "cancel", true, ladder_trade_key_cancel},
    {{'c'}, WHERE_LADDER_ARMED, "c", "cancel ours here at once", "CANCEL", "cancel", true, ladder_trade_key_cancel},
    {{'m'}, WHERE_VIEW_LADDER, "m", "move ours: from, then to", "move", "move", true, ladder_trade_key_move},
    {{'m'}, WHERE_LADDER_ARMED, "m", "move ours, 2nd m acts", "MOVE", "move", true, ladder_trade_key_move},
    {{'C'}, WHERE_LADDER, "C", "cancel all of ours here", NULL, "cancel-all", true, ladder_trade_key_cancel_all},
    {{KEYS_ENTER}, WHERE_LADDER, "Enter", "the ticket at this price", "ticket", "ticket", true,
     ladder_trade_key_ticket},
    {{'A'}, WHERE_VIEW_LADDER, "A", "arm one-key trading", "arm", "arm", true, ladder_trade_key_arm},
    {{'A'}, WHERE_LADDER_ARMED, "A", "end one-key trading", "disarm", "disarm", false, ladder_trade_key_arm},
    {{' '}, WHERE_LADDER, "Space", "centre on the market", "centre", "centre", false, view_ladder_key_centre},
    {{'['}, WHERE_LADDER, "[", "a smaller quantity", "less", "less", false, ladder_trade_key_quantity},
    {{']'}, WHERE_LADDER, "]", "a larger quantity", "more", "more", false, ladder_trade_key_quantity},
    {{'t'}, WHERE_LADDER, "t", "type the quantity", NULL, "type", true, ladder_trade_key_type_quantity},
    {{'n'}, WHERE_LADDER, "n", "the next instrument", "next", "after", false, view_ladder_key_instrument},
    {{'N'}, WHERE_LADDER, "N", "the instrument before", NULL, "before", false,
     view_ladder_key_instrument},
    {{'<'}, WHERE_LADDER, "<", "fewer ticks in a row", NULL, "finer", false, view_ladder_key_grouping},
    {{'>'}, WHERE_LADDER, ">", "more ticks in a row", NULL, "coarser", false, view_ladder_key_grouping},
    {{KEYS_LEFT, 'h'}, WHERE_LADDER, "Left h", "the bids: buy", NULL, "bids", false, view_ladder_key_side},
    {{KEYS_RIGHT, 'l'}, WHERE_LADDER, "Right l", "the asks: sell", NULL, "asks", false, view_ladder_key_side},
    {{KEYS_UP, 'k'}, WHERE_LADDER, "Up k", "one price up", NULL, "up", false, view_ladder_key_move},
    {{KEYS_DOWN, 'j'}, WHERE_LADDER, "Down j", "one price down", NULL, "down", false, view_ladder_key_move},
    {{KEYS_PAGE_UP}, WHERE_LADDER, "PgUp", "a page up", NULL, "page-up", false, view_ladder_key_move},
    {{KEYS_PAGE_DOWN}, WHERE_LADDER, "PgDn", "a page down", NULL, "page-down", false, view_ladder_key_move},
    {{'g', KEYS_HOME}, WHERE_LADDER, "g Home", "the best ask", NULL, "best-ask", false, view_ladder_key_move},
    {{'G', KEYS_END}, WHERE_LADDER, "G End", "the best bid", NULL, "best-bid", false, view_ladder_key_move},
    {{KEYS_ESCAPE}, WHERE_LADDER, "Esc", "drop, disarm, to deck", NULL, "back", false, view_ladder_key_back},

    {{KEYS_ENTER}, WHERE_VIEW_ORDERS, "Enter", "events of this order", "events", "events", false, view_orders_key_open},
    {{'c'}, WHERE_VIEW_ORDERS | WHERE_VIEW_ORDER, "c", "cancel this order", "cancel", "cancel", true,
     prompt_key_cancel},
    {{'C'}, WHERE_VIEW_ORDERS, "C", "cancel all listed", "all", "cancel-all", true, prompt_key_cancel_all},
    {{'e'}, WHERE_VIEW_ORDERS | WHERE_VIEW_ORDER, "e", "change this order", "change", "change", true,
     ticket_key_change},
    {{'w'}, WHERE_VIEW_ORDERS, "w", "working, done, all", "which", "which", false, view_orders_key_scope},
    {{'A'}, WHERE_VIEW_ORDERS, "A", "all accounts, or ours", "accounts", "accounts", false, view_orders_key_accounts},
    {{KEYS_ESCAPE}, WHERE_VIEW_ORDER, "Esc", "back to the orders", "back", "back", false, view_orders_key_close},
    {{KEYS_UP, 'k'}, WHERE_VIEW_ORDER, "Up k", "earlier events", NULL, "up", false, view_orders_key_scroll},
    {{KEYS_DOWN, 'j'}, WHERE_VIEW_ORDER, "Down j", "later events", NULL, "down", false, view_orders_key_scroll},

    {{'b'}, WHERE_VIEW_POSITIONS, "b", "buy more of it", "buy", "buy", true, view_positions_key_trade},
    {{'s'}, WHERE_VIEW_POSITIONS, "s", "sell some of it", "sell", "sell", true, view_positions_key_trade},
    {{'x'}, WHERE_VIEW_POSITIONS, "x", "close it (a ticket)", "close", "close", true, view_positions_key_trade},
    {{'X'}, WHERE_VIEW_POSITIONS, "X", "reverse it (a ticket)", "reverse", "reverse", true, view_positions_key_trade},
    {{'w'}, WHERE_VIEW_POSITIONS, "w", "what is closed too", "closed", "closed", false, view_positions_key_flat},
    {{'A'}, WHERE_VIEW_POSITIONS, "A", "all accounts, or ours", "accounts", "accounts", false,
     view_positions_key_accounts},

    {{'r'}, WHERE_VIEW_RISK, "r", "only reduce positions", "reduce", "reduce", true, trading_prompt_key_reduce},
    {{'F'}, WHERE_VIEW_RISK, "F", "flatten: close positions", "flatten", "flatten", true, trading_prompt_key_flatten},
    {{'w'}, WHERE_VIEW_RISK, "w", "the next part first", "next part", "part", false, view_risk_key_part},

    {{KEYS_ENTER}, WHERE_VIEW_ALERTS, "Enter", "open or close a group", "open", "open", false, view_alerts_key_open},
    {{'a'}, WHERE_VIEW_ALERTS, "a", "acknowledge it, or all", "ack", "acknowledge", true, view_alerts_key_acknowledge},
    {{'s'}, WHERE_VIEW_ALERTS, "s", "shelve it for a time", "shelve", "shelve", true, view_alerts_key_shelve},
    {{'u'}, WHERE_VIEW_ALERTS, "u", "take it from the shelf", "unshelve", "unshelve", true, view_alerts_key_unshelve},
    {{'c'}, WHERE_VIEW_ALERTS, "c", "comment it", "comment", "comment", true, view_alerts_key_comment},
    {{'w'}, WHERE_VIEW_ALERTS, "w", "open, all, shelved", "which", "which", false, view_alerts_key_which},

    {{KEYS_ENTER}, WHERE_VIEW_TAPE, "Enter", "this event in full", "event", "event", false, view_tape_key_open},
    {{'p'}, WHERE_VIEW_TAPE, "p", "hold still, and go on", "pause", "pause", false, view_tape_key_pause},
    {{KEYS_ESCAPE}, WHERE_VIEW_EVENT, "Esc", "back to the tape", "back", "back", false, view_tape_key_close},
    {{KEYS_UP, 'k'}, WHERE_VIEW_EVENT, "Up k", "fields above", NULL, "up", false, view_tape_key_scroll},
    {{KEYS_DOWN, 'j'}, WHERE_VIEW_EVENT, "Down j", "fields below", NULL, "down", false, view_tape_key_scroll},

    {{'w'}, WHERE_VIEW_SYSTEM, "w", "the next part first", "next part", "part", false, view_system_key_part},

    {{'H'}, WHERE_SCREENS, "H", "halt all trading", "halt", "halt", true, trading_prompt_key_halt},
    {{'R'}, WHERE_SCREENS, "R", "resume after a halt", NULL, "resume", true, trading_prompt_key_resume},
    {{KEYS_ENTER}, WHERE_ALERTS, "Enter", "on the alerts screen", "open", "open", false, view_alerts_key_show},
    {{KEYS_TAB, KEYS_RIGHT, 'l'}, WHERE_DECK, "Tab Right l", "next pane", "pane", "next", false, deck_key_next_pane},
    {{KEYS_BACK_TAB, KEYS_LEFT, 'h'}, WHERE_DECK, "S-Tab Left h", "pane before", NULL, "previous", false,
     deck_key_next_pane},
    {{KEYS_UP, 'k'}, WHERE_DECK_LISTS, "Up k", "one up", NULL, "up", false, deck_key_move},
    {{KEYS_DOWN, 'j'}, WHERE_DECK_LISTS, "Down j", "one down", NULL, "down", false, deck_key_move},
    {{KEYS_PAGE_UP}, WHERE_DECK_LISTS, "PgUp", "a page up", NULL, "page-up", false, deck_key_move},
    {{KEYS_PAGE_DOWN}, WHERE_DECK_LISTS, "PgDn", "a page down", NULL, "page-down", false, deck_key_move},
    {{'g', KEYS_HOME}, WHERE_DECK_LISTS, "g Home", "first entry", NULL, "first", false, deck_key_move},
    {{'G', KEYS_END}, WHERE_DECK_LISTS, "G End", "last entry", NULL, "last", false, deck_key_move},

    {{'/'}, WHERE_DECK_LISTS | WHERE_LISTS, "/", "filter this list", "filter", "filter", false,
     filter_key_open},
    {{'o'}, WHERE_TABLES, "o", "sort by the next column", "sort", "sort", false, browse_key_sort},
    {{'O'}, WHERE_TABLES, "O", "sort the other way round", NULL, "sort-backwards", false, browse_key_sort},
    {{','}, WHERE_LISTS, ",", "choose the columns", NULL, "columns", false, browse_key_columns},
    {{KEYS_UP, 'k'}, WHERE_LISTS, "Up k", "one up", NULL, "up", false, browse_key_move},
    {{KEYS_DOWN, 'j'}, WHERE_LISTS, "Down j", "one down", NULL, "down", false, browse_key_move},
    {{KEYS_PAGE_UP}, WHERE_LISTS, "PgUp", "a page up", NULL, "page-up", false, browse_key_move},
    {{KEYS_PAGE_DOWN}, WHERE_LISTS, "PgDn", "a page down", NULL, "page-down", false, browse_key_move},
    {{'g', KEYS_HOME}, WHERE_LISTS, "g Home", "first entry", NULL, "first", false, browse_key_move},
    {{'G', KEYS_END}, WHERE_LISTS, "G End", "last entry", NULL, "last", false, browse_key_move},

    {{KEYS_DIGIT}, WHERE_SCREENS, "1-9 0 -", "another screen", "screen", NULL, false, view_key_choose},
    {{KEYS_TAB}, WHERE_VIEWS, "Tab", "next screen", NULL, "next", false, view_key_next},
    {{KEYS_BACK_TAB}, WHERE_VIEWS, "S-Tab", "screen before", NULL, "previous", false, view_key_next},
    {{KEYS_ESCAPE}, WHERE_VIEWS & ~(WHERE_VIEW_INSTRUMENT | WHERE_VIEW_ORDER | WHERE_VIEW_EVENT | WHERE_LADDER), "Esc", "clear filter, to deck", NULL, "back", false,
     view_key_back},
    {{':'}, WHERE_SCREENS, ":", "any of these by name", "cmd", NULL, false, command_key_open},
    {{'?'}, WHERE_SCREENS, "?", "this help", "help", "help", false, help_key_open},
    {{'q'}, WHERE_SCREENS, "q", "leave", "quit", "quit", false, leave_or_ask},
    {{'z'}, WHERE_DECK, "z", "this pane alone, or all", "zoom", "zoom", false, deck_key_zoom},
    {{'L'}, WHERE_DECK, "L", "next layout", NULL, "layout", false, deck_key_layout},
    {{'v'}, WHERE_DECK, "v", "to the server, and back", "server", "server", false, deck_key_server},
    {{KEYS_ESCAPE}, WHERE_DECK, "Esc", "clear filter, end zoom", NULL, "clear", false, deck_key_escape},
    {{'M'}, WHERE_SCREENS, "M", "the mouse on, or off", NULL, "mouse", false, pointer_key_switch},
    {{'y'}, WHERE_SCREENS, "y", "copy what is marked", NULL, "copy", false, copy_key},
    {{'T'}, WHERE_SCREENS, "T", "next theme", NULL, "theme", false, look_key_theme},
    {{KEYS_RELOAD}, WHERE_SCREENS, "Ctrl-T", "read the theme again", NULL, "reload-theme", false, look_key_reload},
    {{KEYS_REDRAW}, WHERE_EVERYWHERE, "Ctrl-L", "draw the screen anew", NULL, "redraw", false, redraw},

    {{KEYS_ENTER}, WHERE_FILTER, "Enter", "keep the filter", "keep", NULL, false, filter_key_done},
    {{KEYS_ESCAPE}, WHERE_FILTER, "Esc", "clear it", "clear", NULL, false, filter_key_done},
    {{KEYS_BACKSPACE}, WHERE_FILTER, "Backspace", "take back a letter", NULL, NULL, false, filter_key_text},
    {{KEYS_TEXT}, WHERE_FILTER, "text", "part of a name, or regex", NULL, NULL, false, filter_key_text},

    {{KEYS_ENTER}, WHERE_COMMAND, "Enter", "do it", "do it", NULL, false, command_key_run},
    {{KEYS_TAB}, WHERE_COMMAND, "Tab", "complete the name", "complete", NULL, false, command_key_complete},
    {{KEYS_ESCAPE}, WHERE_COMMAND, "Esc", "do nothing", "close", NULL, false, command_key_close},
    {{KEYS_BACKSPACE}, WHERE_COMMAND, "Backspace", "take back a letter", NULL, NULL, false, command_key_text},
    {{KEYS_TEXT}, WHERE_COMMAND, "text", "a name, or its start", NULL, NULL, false, command_key_text},

    {{KEYS_ENTER}, WHERE_TICKET, "Enter", "read the order again", "review", NULL, true, ticket_key_review},
    {{KEYS_TAB, KEYS_DOWN}, WHERE_TICKET, "Tab Down", "next field", "field", NULL, false, ticket_key_field},
    {{KEYS_BACK_TAB, KEYS_UP}, WHERE_TICKET, "S-Tab Up", "field before", NULL, NULL, false, ticket_key_field},
    {{'+', '=', KEYS_RIGHT, ' '}, WHERE_TICKET, "+ Right", "lot, tick, choice up", "up", NULL, false, ticket_key_step},
    {{'-', KEYS_LEFT}, WHERE_TICKET, "- Left", "lot, tick, choice down", "down", NULL, false, ticket_key_step},
    {{KEYS_PAGE_UP, KEYS_PAGE_DOWN}, WHERE_TICKET, "PgUp PgDn", "ten steps", NULL, NULL, false, ticket_key_step},
    {{KEYS_BACKSPACE}, WHERE_TICKET, "Backspace", "take back a digit", NULL, NULL, false, ticket_key_text},
    {{KEYS_ESCAPE}, WHERE_TICKET, "Esc", "put the ticket away", "close", NULL, false, ticket_key_close},
    {{'q'}, WHERE_TICKET, "q", "leave (asks first)", NULL, "quit", false, ask_to_leave},
    {{KEYS_NUMBER}, WHERE_TICKET, "0-9 .", "type a number", NULL, NULL, false, ticket_key_text},

    {{KEYS_ENTER}, WHERE_TICKET_CONFIRM, "Enter", "send the order", "send", NULL, true, ticket_key_send},
    {{KEYS_ESCAPE}, WHERE_TICKET_CONFIRM, "Esc", "back to the fields", "back", NULL, false, ticket_key_close},
    {{'q'}, WHERE_TICKET_CONFIRM, "q", "leave (asks first)", NULL, "quit", false, ask_to_leave},

    {{KEYS_ESCAPE, KEYS_ENTER}, WHERE_TICKET_SENT, "Esc Enter", "put the ticket away", "close", NULL, false,
     ticket_key_close},
    {{'H'}, WHERE_TICKET_SENT, "H", "halt all trading", NULL, "halt", true, ticket_key_halt},
    {{'a'}, WHERE_TICKET_SENT, "a", "close; again to ack", NULL, "acknowledge", true, ticket_key_uncover},
    {{'q'}, WHERE_TICKET_SENT, "q", "leave", NULL, "quit", false, leave_or_ask},
    {{KEYS_ANY}, WHERE_TICKET_SENT, "other keys", "close, act on the screen", NULL, NULL, false, ticket_key_give_way},

    {{KEYS_ENTER}, WHERE_TYPED, "Enter", "do it (word is typed)", "do it", NULL, true, prompt_key_typed},
    {{KEYS_BACKSPACE}, WHERE_TYPED, "Backspace", "take back a letter", NULL, NULL, false, prompt_key_text},
    {{KEYS_ESCAPE}, WHERE_TYPED, "Esc", "change nothing", "change nothing", NULL, false, prompt_key_close},
    {{KEYS_RIGHT, KEYS_DOWN, KEYS_TAB}, WHERE_TYPED, "Right Tab", "the next scope", "scope", NULL, false,
     trading_prompt_key_scope},
    {{KEYS_LEFT, KEYS_UP, KEYS_BACK_TAB}, WHERE_TYPED, "Left S-Tab", "the scope before", NULL, NULL, false,
     trading_prompt_key_scope},
    {{KEYS_TEXT}, WHERE_TYPED, "letters", "the word asked for", NULL, NULL, false, prompt_key_text},

    {{'c'}, WHERE_CANCEL, "c", "cancel it", "cancel the order", "cancel", true, prompt_key_cancel_again},
    {{KEYS_ESCAPE}, WHERE_CANCEL, "Esc", "keep it", "keep it", NULL, false, prompt_key_close},

    {{'a', KEYS_ENTER}, WHERE_ACK_GROUP, "a Enter", "acknowledge them all", "acknowledge them", NULL, true,
     view_alerts_key_acknowledge_group},
    {{KEYS_ESCAPE}, WHERE_ACK_GROUP, "Esc", "change nothing", "change nothing", NULL, false, prompt_key_close},

    {{'q'}, WHERE_QUIT, "q", "leave all the same", "leave", "quit", false, leave},
    {{KEYS_ESCAPE}, WHERE_QUIT, "Esc", "stay", "stay", NULL, false, prompt_key_close},

    {{KEYS_ENTER}, WHERE_LINE, "Enter", "send it", "send", NULL, true, prompt_key_line_done},
    {{KEYS_BACKSPACE}, WHERE_LINE, "Backspace", "take back a letter", NULL, NULL, false, prompt_key_line},
    {{KEYS_ESCAPE}, WHERE_LINE, "Esc", "change nothing", "change nothing", NULL, false, prompt_key_close},
    {{KEYS_TEXT}, WHERE_LINE, "text", "a time, comment, number", NULL, NULL, false, prompt_key_line},

    {{KEYS_ESCAPE, '?', 'q', KEYS_ENTER}, WHERE_HELP, "Esc ? q", "close the help", "close", NULL, false, help_key_close},
    {{KEYS_DOWN, 'j', KEYS_PAGE_DOWN}, WHERE_HELP, "Down PgDn", "further down", "down", NULL, false, help_key_scroll},
    {{KEYS_UP, 'k', KEYS_PAGE_UP}, WHERE_HELP, "Up PgUp", "back up", "up", NULL, false, help_key_scroll},
};
/* clang-format on */

const struct key_binding *keys_table(size_t *count)
{
    *count = sizeof table / sizeof table[0];
    return table;
}

const char *keys_section(const struct key_binding *binding)
{
    static const struct {
        unsigned where;
        const char *name;
    } sections[] = {
        {WHERE_DECK, "Deck"},
        {WHERE_VIEW_MARKET, "Market"},
        {WHERE_VIEW_INSTRUMENT, "Instrument"},
        {WHERE_LADDER, "Ladder"},
        {WHERE_VIEW_ORDERS | WHERE_VIEW_ORDER, "Orders"},
        {WHERE_VIEW_POSITIONS, "Positions"},
        {WHERE_VIEW_RISK, "Risk"},
        {WHERE_VIEW_ALERTS, "Alerts"},
        {WHERE_VIEW_SYSTEM, "System"},
        {WHERE_VIEW_TAPE | WHERE_VIEW_EVENT, "Tape"},
        {WHERE_FILTER, "Filter"},
        {WHERE_COMMAND, "Command line"},
        {WHERE_TICKET, "Order ticket"},
        {WHERE_TICKET_CONFIRM, "Order ticket, confirming"},
        {WHERE_TICKET_SENT, "Order ticket, sent"},
        {WHERE_TYPED, "A word to type"},
        {WHERE_CANCEL, "Cancelling"},
        {WHERE_ACK_GROUP, "Acknowledging a group"},
        {WHERE_QUIT, "Leaving"},
        {WHERE_LINE, "A line to type"},
        {WHERE_HELP, "Help"},
    };
    if ((binding->where & WHERE_DECK) != 0 && (binding->where & WHERE_VIEWS) != 0)
        return "Every screen";
    if ((binding->where & WHERE_TABLES) == WHERE_TABLES)
        return "Every screen but the deck";
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if ((binding->where & sections[i].where) != 0)
            return sections[i].name;
    }
    return "";
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
        if (ui->prompt.kind == PROMPT_SHELVE || ui->prompt.kind == PROMPT_COMMENT || ui->prompt.kind == PROMPT_QUANTITY)
            return WHERE_LINE;
        if (ui->prompt.kind == PROMPT_CANCEL || ui->prompt.kind == PROMPT_CANCEL_HERE)
            return WHERE_CANCEL;
        return ui->prompt.kind == PROMPT_ACK_GROUP ? WHERE_ACK_GROUP
               : ui->prompt.kind == PROMPT_QUIT    ? WHERE_QUIT
                                                   : WHERE_TYPED;
    case MODE_COMMAND:
        return WHERE_COMMAND;
    case MODE_HELP:
        return WHERE_HELP;
    case MODE_VIEW:
        break;
    }
    return view_current(ui)->where(ui);
}

/* What the configuration made of a binding; NULL: nothing. */
static const struct keymap_change *change_of(const struct keymap *map, const struct key_binding *binding)
{
    const struct keymap_change *change = map == NULL ? NULL : &map->changes[binding - table];
    return change == NULL || change->setting[0] == '\0' ? NULL : change;
}

static bool stands_for(int table_key, int key)
{
    bool character = key >= 0x20 && key < 0x7f;
    return table_key == key || table_key == KEYS_ANY || (table_key == KEYS_TEXT && character) ||
           (table_key == KEYS_NUMBER && character && strchr("0123456789.", key) != NULL) ||
           (table_key == KEYS_DIGIT && character && strchr(VIEW_KEYS, key) != NULL);
}

bool keys_takes(const struct keymap *map, const struct key_binding *binding, int key)
{
    const struct keymap_change *change = change_of(map, binding);
    const int *keys = change == NULL ? binding->keys : change->keys;
    for (int i = 0; i < KEYS_PER_BINDING && keys[i] != 0; i++) {
        if (stands_for(keys[i], key))
            return true;
    }
    return false;
}

const char *keys_label(const struct ui *ui, const struct key_binding *binding)
{
    const struct keymap_change *change = change_of(ui_keymap(ui), binding);
    return change == NULL ? binding->label : change->label;
}

/* The first key of a label. */
static struct key_name first_of(const char *label)
{
    struct key_name name;
    snprintf(name.text, sizeof name.text, "%.*s", (int)strcspn(label, " "), label);
    return name;
}

struct key_name keys_name(const struct ui *ui, unsigned where, const char *command)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if ((table[i].where & where) != 0 && table[i].command != NULL && strcmp(table[i].command, command) == 0)
            return first_of(keys_label(ui, &table[i]));
    }
    return first_of("");
}

const struct key_binding *keys_find(const struct ui *ui, unsigned where, int key)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if ((table[i].where & where) != 0 && keys_takes(ui_keymap(ui), &table[i], key))
            return &table[i];
    }
    return NULL;
}

bool keys_dispatch(struct ui *ui, unsigned where, int key)
{
    const struct key_binding *binding = keys_find(ui, where, key);
    if (binding == NULL)
        return false;
    if (binding->trading && ui->readonly)
        ui_note(ui, ROLE_WARNING, "Read-only: %s (%s) is off.", keys_label(ui, binding), binding->help);
    else
        binding->handler(ui, binding->command != NULL ? binding->keys[0] : key);
    return true;
}

void keys_press(struct ui *ui, int place)
{
    const struct key_binding *binding = &table[place];
    binding->handler(ui, binding->keys[0]);
}

bool keys_paste(struct ui *ui, int key)
{
    unsigned where = keys_where(ui);
    if (key < 0x20 || key >= 0x7f)
        return false;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (!(table[i].where & where) || (table[i].keys[0] != KEYS_TEXT && table[i].keys[0] != KEYS_NUMBER))
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
        return ui->view != VIEW_DECK || ui->focus == PANE_ORDERS;
    if (binding->handler == trading_prompt_key_scope)
        return trading_prompt_is(ui->prompt.kind) && ui->prompt.kind != PROMPT_RESUME;
    if (binding->handler == deck_key_acknowledge)
        return ui->focus == PANE_ALERTS && ui->mode == MODE_VIEW;
    return true;
}

/* Writes the hints of one place from `col` on, as many as fit beside that of the help; returns the column after them.
 */
static int draw_hints(const struct ui *ui, struct area area, int col, unsigned where)
{
    static const int help_cols = 8;
    int room = area.cols - help_cols;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct key_binding *binding = &table[i];
        if (!is_hinted(ui, binding, where))
            continue;
        if (binding->handler == help_key_open)
            room = area.cols;
        struct key_name first = first_of(keys_label(ui, binding)); /* is enough here */
        int width = (int)strlen(first.text) + 1 + draw_width(binding->hint, ui->canvas.ascii);
        if (col + width >= room)
            continue;
        hits_add(ui->hits, area, (struct area){0, col, 1, width}, HIT_KEY, (int)i, 0);
        col = draw_text(&ui->canvas, area, 0, col, 0, (struct ink){.role = ROLE_KEY}, first.text);
        col = draw_text(&ui->canvas, area, 0, col + 1, 0, (struct ink){.role = ROLE_DIM}, binding->hint) + 2;
    }
    return col;
}

void keys_draw_line(const struct ui *ui, struct area area)
{
    unsigned where = keys_where(ui);
    if (where == WHERE_COMMAND) {
        command_draw(ui, area);
        return;
    }
    draw_fill(&ui->canvas, area, (struct ink){.role = ROLE_TEXT});
    int col = draw_hints(ui, area, 1, where);
    if (where == WHERE_TICKET_SENT) /* the ticket gives way to the keys of the screen */
        draw_hints(ui, area, col, view_current(ui)->where(ui));
}
