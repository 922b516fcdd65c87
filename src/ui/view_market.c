/* The market screen: all instruments, or those of a group, one row each. The instrument under the cursor is the watched
 * one, here as on the deck. */
#include "ui/view_market.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/format.h"
#include "ui/keys.h"
#include "ui/screen_config.h"
#include "ui/ticket.h"
#include "ui/view.h"
#include "ui/watch_row.h"

/* ---- which rows ----------------------------------------------------------------------------------------------- */

static void add(const struct ui *ui, struct browse_rows *rows, const struct instrument_view *view)
{
    const struct quote *quote = &view->market->quote;
    if (browse_matches(&ui->browses[VIEW_MARKET], quote->symbol, quote->exchange))
        browse_add(rows, view);
}

static int compare_places(const void *a, const void *b)
{
    return watch_row_compare(*(const void *const *)a, *(const void *const *)b);
}

/* NULL: all. */
static const struct watch_group *current_group(const struct ui *ui)
{
    return ui->market.group == 0 ? NULL : &ui->config->groups.groups[ui->market.group - 1];
}

static const struct instrument_view *find(const struct ui *ui, const struct watch_symbol *symbol)
{
    if (symbol->exchange[0] == '\0')
        return model_primary(ui->model, symbol->symbol);
    const struct market *market = quotes_find(model_quotes(ui->model), symbol->exchange, symbol->symbol);
    return market == NULL ? NULL : model_instrument(ui->model, market->index);
}

/* A group stands in the order of the configuration, all instruments in that of their table. Returns how many of them
 * have no quote yet. */
static int collect(const struct ui *ui, struct browse_rows *rows)
{
    const struct watch_group *group = current_group(ui);
    const struct instrument_view *view;
    int missing = 0;
    rows->count = 0;
    for (int i = 0; group != NULL && i < group->count; i++) {
        view = find(ui, &group->symbols[i]);
        if (view != NULL)
            add(ui, rows, view);
        missing += view == NULL;
    }
    for (size_t i = 0; group == NULL && (view = model_instrument(ui->model, i)) != NULL; i++)
        add(ui, rows, view);
    if (group == NULL && ui->browses[VIEW_MARKET].sorted_by == 0)
        qsort(rows->items, (size_t)rows->count, sizeof rows->items[0], compare_places);
    return missing;
}

/* ---- the list ------------------------------------------------------------------------------------------------- */

static void name_row(const struct instrument_view *view, char id[BROWSE_ID_SIZE])
{
    snprintf(id, BROWSE_ID_SIZE, "%s:%s", view->market->quote.exchange, view->market->quote.symbol);
}

static void write_id(const void *item, char id[BROWSE_ID_SIZE])
{
    name_row(item, id);
}

static int compare(const struct ui *ui, const void *a, const void *b, int column)
{
    return watch_row_compare_by(ui, a, b, (enum watch_column)column);
}

static void draw_row(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                     const void *item)
{
    watch_row_draw(ui, area, table, row, selected, item);
}

static const struct browse_ops list_ops = {
    .columns = watch_row_columns,
    .column_count = WATCH_COLUMNS,
    .widen = watch_row_widen,
    .id = write_id,
    .stands_still = true,
    .sortable = ((1u << WATCH_COLUMNS) - 1) & ~(1u << WATCH_TREND), /* a picture */
    .compare = compare,
    .draw_row = draw_row,
};

/* ---- keys ----------------------------------------------------------------------------------------------------- */

/* Between two frames the cursor may have moved, and rows too. */
static const struct instrument_view *selected(struct ui *ui)
{
    struct browse_rows rows;
    collect(ui, &rows);
    browse_place(ui, &ui->browses[VIEW_MARKET], &list_ops, &rows);
    return browse_selected(&ui->browses[VIEW_MARKET], &rows);
}

void view_market_key_trade(struct ui *ui, int key)
{
    ticket_open(ui, selected(ui), key == 's' ? SIDE_SELL : SIDE_BUY, DECIMAL_NONE);
}

void view_market_key_instrument(struct ui *ui, int key)
{
    const struct instrument_view *view = selected(ui);
    (void)key;
    if (view == NULL) {
        ui_note(ui, ROLE_TEXT, "There is no instrument.");
        return;
    }
    pane_watch_select(ui, view);
    view_show(ui, VIEW_INSTRUMENT);
}

const char *view_market_group(const struct ui *ui, int group)
{
    int count = ui->config == NULL ? 0 : ui->config->groups.count;
    if (group == 0)
        return "all";
    return group > 0 && group <= count ? ui->config->groups.groups[group - 1].name : NULL;
}

void view_market_key_group(struct ui *ui, int key)
{
    (void)key;
    ui->market.group++;
    if (view_market_group(ui, ui->market.group) != NULL)
        return;
    if (ui->market.group == 1)
        ui_note(ui, ROLE_TEXT, "There is no group: the configuration names them, [watch.NAME] symbols = ...");
    ui->market.group = 0;
}

/* ---- the screen ----------------------------------------------------------------------------------------------- */

void view_market_follow(struct ui *ui)
{
    const struct instrument_view *view = model_instrument(ui->model, ui->watched);
    struct browse *browse = &ui->browses[VIEW_MARKET];
    browse->moved = ui->moved[PANE_WATCH];
    if (view != NULL && browse->moved)
        name_row(view, browse->chosen);
}

/* What the table has no room for: what is traded there, and in which steps. */
static void write_detail(const struct instrument_view *view, char *text, size_t size)
{
    const struct quote *quote = &view->market->quote;
    const struct instrument *instrument = view->instrument;
    char tick[DECIMAL_TEXT_SIZE], lot[DECIMAL_TEXT_SIZE];
    if (instrument == NULL) {
        snprintf(text, size, "%s on %s: not in the instrument table, it cannot be traded.", quote->symbol,
                 quote->exchange);
        return;
    }
    decimal_format(tick, instrument->tick, PRICE_DECIMALS);
    decimal_format(lot, instrument->lot, QUANTITY_DECIMALS);
    snprintf(text, size, "%s on %s  %s in %s  tick %s  lot %s", quote->symbol, quote->exchange,
             instrument_kind_name(instrument->kind), instrument->currency, tick, lot);
}

/* "4 of 7 instruments", "3 instruments, 1 without a quote" */
static void write_count(const struct ui *ui, int shown, int missing, char *text, size_t size)
{
    const struct watch_group *group = current_group(ui);
    int total = group != NULL ? group->count - missing : (int)quotes_count(model_quotes(ui->model));
    int length = shown < total ? snprintf(text, size, "%d of %d instruments", shown, total)
                               : snprintf(text, size, "%d instruments", total);
    if (missing > 0)
        snprintf(text + length, size - (size_t)length, ", %d without a quote", missing);
}

static void market_draw(struct ui *ui)
{
    struct browse_rows rows;
    struct browse *browse = &ui->browses[VIEW_MARKET];
    char right[64], title[64], detail[NOTE_SIZE] = "";
    struct area body = view_begin(ui);
    if (area_is_empty(body))
        return;
    /* Until somebody moves it the cursor keeps to the top: quotes arrive in any order when the list is first filled. */
    bool is_placed = browse->moved || browse->sorted_by > 0;
    if (!is_placed) {
        browse->chosen[0] = '\0';
        browse->list.selected = 0;
    }
    int missing = collect(ui, &rows);
    write_count(ui, rows.count, missing, right, sizeof right);
    snprintf(title, sizeof title, "Market%s%s", ui->market.group == 0 ? "" : ": ",
             ui->market.group == 0 ? "" : view_market_group(ui, ui->market.group));
    browse_draw(ui, body, browse, &list_ops, &rows, title, right, "Waiting for the first quote.");
    const struct instrument_view *view = browse_selected(browse, &rows);
    if (view != NULL) {
        ui->watched = view->market->index;
        ui->moved[PANE_WATCH] = is_placed;
        write_detail(view, detail, sizeof detail);
    }
    view_end(ui, ROLE_DIM, detail);
}

static unsigned market_where(const struct ui *ui)
{
    (void)ui;
    return WHERE_VIEW_MARKET;
}

const struct view_ops view_market = {
    .name = "market", .open = view_market_follow, .draw = market_draw, .where = market_where, .list = &list_ops};
