/* The market screen: all instruments, or those of a group, one row each. The instrument under the cursor is the watched
 * one, here as on the deck. */
#include "ui/view_market.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/format.h"
#include "ui/keys.h"
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

static void collect(const struct ui *ui, struct browse_rows *rows)
{
    const struct instrument_view *view;
    rows->count = 0;
    for (size_t i = 0; (view = model_instrument(ui->model, i)) != NULL; i++)
        add(ui, rows, view);
    if (ui->browses[VIEW_MARKET].sorted_by == 0)
        qsort(rows->items, (size_t)rows->count, sizeof rows->items[0], compare_places);
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
    .sortable = ((1u << WATCH_COLUMNS) - 1) & ~(1u << WATCH_TREND), /* a picture */
    .compare = compare,
    .draw_row = draw_row,
};

/* ---- keys ----------------------------------------------------------------------------------------------------- */

void view_market_key_trade(struct ui *ui, int key)
{
    struct browse_rows rows;
    collect(ui, &rows);
    browse_place(ui, &ui->browses[VIEW_MARKET], &list_ops, &rows);
    ticket_open(ui, browse_selected(&ui->browses[VIEW_MARKET], &rows), key == 's' ? SIDE_SELL : SIDE_BUY, DECIMAL_NONE);
}

/* ---- the screen ----------------------------------------------------------------------------------------------- */

/* The cursor begins where that of the deck stands. */
static void market_open(struct ui *ui)
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

static void market_draw(struct ui *ui)
{
    struct browse_rows rows;
    struct browse *browse = &ui->browses[VIEW_MARKET];
    char right[64], detail[NOTE_SIZE] = "";
    struct area body = view_begin(ui);
    if (area_is_empty(body))
        return;
    /* Until somebody moves it the cursor keeps to the top: quotes arrive in any order when the list is first filled. */
    bool is_placed = browse->moved || browse->sorted_by > 0;
    if (!is_placed) {
        browse->chosen[0] = '\0';
        browse->list.selected = 0;
    }
    collect(ui, &rows);
    int total = (int)quotes_count(model_quotes(ui->model));
    if (rows.count < total)
        snprintf(right, sizeof right, "%d of %d instruments", rows.count, total);
    else
        snprintf(right, sizeof right, "%d instruments", total);
    browse_draw(ui, body, browse, &list_ops, &rows, "Market", right, "Waiting for the first quote.");
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
    .name = "market", .open = market_open, .draw = market_draw, .where = market_where, .list = &list_ops};
