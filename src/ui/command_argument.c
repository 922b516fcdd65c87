/* The table of arguments. A command that is not here hands what follows it to the field that it opens, as text. */
#include "ui/command_argument.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "ui/deck.h"
#include "ui/look.h"
#include "ui/pane.h"
#include "ui/view.h"
#include "ui/view_market.h"

/* ---- columns -------------------------------------------------------------------------------------------------- */

static void visit_columns(const struct ui *ui, command_visit *visit, void *context)
{
    const struct browse_ops *list = view_current(ui)->list;
    visit(context, "all");
    for (int i = 0; i < list->column_count; i++) {
        char name[TABLE_NAME_SIZE];
        table_column_name(&list->columns[i], name);
        visit(context, name);
    }
}

static bool take_columns(struct ui *ui, const char **text)
{
    const struct browse_ops *list = view_current(ui)->list;
    char problem[TABLE_PROBLEM_SIZE];
    if (!table_choose(list->columns, list->column_count, *text, &ui->browses[ui->view].columns, problem))
        ui_note(ui, ROLE_WARNING, "The columns stay as they are: %s.", problem);
    return false;
}

static bool is_sortable(const struct browse_ops *list, int column)
{
    return column >= 0 && (list->sortable & 1u << column) != 0;
}

static void visit_sortable(const struct ui *ui, command_visit *visit, void *context)
{
    const struct browse_ops *list = view_current(ui)->list;
    for (int i = 0; i < list->column_count; i++) {
        char name[TABLE_NAME_SIZE];
        table_column_name(&list->columns[i], name);
        if (is_sortable(list, i))
            visit(context, name);
    }
}

static bool take_sort(struct ui *ui, const char **text)
{
    const struct browse_ops *list = view_current(ui)->list;
    int column = table_find(list->columns, list->column_count, *text, strlen(*text));
    if (is_sortable(list, column))
        ui->browses[ui->view].sorted_by = column + 1;
    else
        ui_note(ui, ROLE_WARNING, "This list cannot be sorted by \"%s\".", *text);
    return false;
}

/* ---- groups --------------------------------------------------------------------------------------------------- */

static void visit_groups(const struct ui *ui, command_visit *visit, void *context)
{
    const char *name;
    for (int i = 0; (name = view_market_group(ui, i)) != NULL; i++)
        visit(context, name);
}

static bool take_group(struct ui *ui, const char **text)
{
    const char *name;
    for (int i = 0; (name = view_market_group(ui, i)) != NULL; i++) {
        if (strcasecmp(name, *text) == 0) {
            ui->market.group = i;
            return false;
        }
    }
    ui_note(ui, ROLE_WARNING, "There is no group \"%s\".", *text);
    return false;
}

/* ---- themes --------------------------------------------------------------------------------------------------- */

static void visit_themes(const struct ui *ui, command_visit *visit, void *context)
{
    char name[64] = "", next[64];
    while (look_name_after(ui, name, next, sizeof next) && strcmp(next, name) > 0) {
        visit(context, next);
        text_copy(name, sizeof name, next);
    }
}

static bool take_theme(struct ui *ui, const char **text)
{
    look_wear(ui, *text);
    return false;
}

/* ---- layouts -------------------------------------------------------------------------------------------------- */

static void visit_layouts(const struct ui *ui, command_visit *visit, void *context)
{
    const char *name;
    for (int i = 0; (name = deck_layout_name(ui, i)) != NULL; i++)
        visit(context, name);
}

static bool take_layout(struct ui *ui, const char **text)
{
    deck_layout(ui, *text);
    return false;
}

/* ---- symbols -------------------------------------------------------------------------------------------------- */

/* AAPL for that of the primary exchange, BTC-USD@COINBASE for others, as the watchlist has it. */
static void write_symbol(const struct instrument_view *view, char *name, size_t size)
{
    const struct quote *quote = &view->market->quote;
    snprintf(name, size, "%s%s%s", quote->symbol, view->primary ? "" : "@", view->primary ? "" : quote->exchange);
}

static void visit_symbols(const struct ui *ui, command_visit *visit, void *context)
{
    const struct instrument_view *view;
    for (size_t i = 0; (view = model_instrument(ui->model, i)) != NULL; i++) {
        char name[SYMBOL_SIZE + EXCHANGE_SIZE];
        write_symbol(view, name, sizeof name);
        visit(context, name);
    }
}

/* The instrument that a word names in full; else, when `begins`, the first one whose name begins so. NULL: none. */
static const struct instrument_view *find_symbol(const struct ui *ui, const char *word, size_t length, bool begins)
{
    const struct instrument_view *view, *found = NULL;
    for (size_t i = 0; (view = model_instrument(ui->model, i)) != NULL; i++) {
        char name[SYMBOL_SIZE + EXCHANGE_SIZE], full[SYMBOL_SIZE + EXCHANGE_SIZE];
        write_symbol(view, name, sizeof name);
        snprintf(full, sizeof full, "%s@%s", view->market->quote.symbol, view->market->quote.exchange);
        bool whole = (strlen(name) == length && strncasecmp(name, word, length) == 0) ||
                     (strlen(full) == length && strncasecmp(full, word, length) == 0);
        if (whole)
            return view;
        if (begins && found == NULL && strncasecmp(full, word, length) == 0)
            found = view;
    }
    return found;
}

static void select_symbol(struct ui *ui, const struct instrument_view *view)
{
    pane_watch_select(ui, view);
    view_market_follow(ui);
    if (ui->focus == PANE_POSITIONS) /* whose row the ticket of the deck would be about */
        ui->focus = PANE_WATCH;
}

/* In front of other text; what is no symbol is left to the command. */
static bool take_symbol(struct ui *ui, const char **text)
{
    size_t length = strcspn(*text, " ");
    const struct instrument_view *view = find_symbol(ui, *text, length, false);
    if (view == NULL)
        return true;
    select_symbol(ui, view);
    *text += length;
    *text += strspn(*text, " ");
    return true;
}

/* Behind the name of a screen. */
static bool take_watched(struct ui *ui, const char **text)
{
    const struct instrument_view *view = find_symbol(ui, *text, strlen(*text), true);
    if (view == NULL) {
        ui_note(ui, ROLE_WARNING, "No quote of an instrument \"%s\" has come.", *text);
        return false;
    }
    select_symbol(ui, view);
    *text += strlen(*text);
    return true;
}

/* ---- the table ------------------------------------------------------------------------------------------------ */

const struct command_argument *command_argument_of(const struct ui *ui, const char *command)
{
    static const struct command_argument arguments[] = {
        {"columns", visit_columns, take_columns},    {"sort", visit_sortable, take_sort},
        {"group", visit_groups, take_group},         {"theme", visit_themes, take_theme},
        {"layout", visit_layouts, take_layout},      {"filter", visit_symbols, NULL},
        {"buy", visit_symbols, take_symbol},         {"sell", visit_symbols, take_symbol},
        {"deck", visit_symbols, take_watched},       {"market", visit_symbols, take_watched},
        {"instrument", visit_symbols, take_watched}, {"ladder", visit_symbols, take_watched},
    };
    /* There the position under the cursor is what is traded. */
    bool positions = ui->view == VIEW_POSITIONS && (strcmp(command, "buy") == 0 || strcmp(command, "sell") == 0);
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0] && !positions; i++) {
        if (strcmp(arguments[i].command, command) == 0)
            return &arguments[i];
    }
    return NULL;
}
