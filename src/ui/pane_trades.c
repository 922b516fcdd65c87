/* Time and sales of the watched instrument: its latest trades, newest first; large ones have a mark before their size.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/pane.h"

enum trade_column { COLUMN_TIME, COLUMN_PRICE, COLUMN_SIZE, COLUMN_COUNT };

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_TIME] = {.title = "TIME", .width = 9},
    [COLUMN_PRICE] = {.title = "PRICE", .width = 12, .right = true, .grow = 1},
    [COLUMN_SIZE] = {.title = "SIZE", .width = 9, .right = true},
};

static int compare_sizes(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Five times the size in the middle of those kept, once there are enough of them to say so. */
static int64_t large_size(const struct instrument_view *view)
{
    enum { TIMES = 5, LEAST = 8 };
    int64_t sizes[MODEL_TRADES], large;
    const struct trade *trade;
    int count = 0;
    for (int back = 0; (trade = model_trade(view, back)) != NULL; back++) {
        if (trade->size != DECIMAL_NONE)
            sizes[count++] = trade->size;
    }
    qsort(sizes, (size_t)count, sizeof sizes[0], compare_sizes);
    return count < LEAST || __builtin_mul_overflow(sizes[count / 2], TIMES, &large) ? INT64_MAX : large;
}

static void draw_row(const struct ui *ui, struct area area, const struct table *table, int row,
                     const struct instrument_view *view, const struct trade *trade, int64_t large)
{
    char text[FORMAT_SIZE];
    timestamp_format_clock(text, trade->timestamp_ns);
    pane_cell(ui, area, table, columns, COLUMN_TIME, row, ui_ink(ROLE_DIM, false), text);
    int sign = trade->side == SIDE_BUY ? 1 : trade->side == SIDE_SELL ? -1 : 0;
    format_price(text, trade->price, view->price_decimals, table->width[COLUMN_PRICE] - 3);
    pane_cell(ui, area, table, columns, COLUMN_PRICE, row, ui_ink(ui_role_of(sign), false), text);
    draw_text(&ui->canvas, area, row, table->start[COLUMN_PRICE] + 1, 1, ui_ink(ui_role_of(sign), false),
              ui_arrow(ui, sign));
    struct ink ink = ui_ink(ROLE_TEXT, false);
    ink.bold = trade->size >= large;
    format_size(text, trade->size, view->quantity_decimals, table->width[COLUMN_SIZE] - 2);
    pane_cell(ui, area, table, columns, COLUMN_SIZE, row, ink, text);
    if (ink.bold)
        draw_text(&ui->canvas, area, row, table->start[COLUMN_SIZE] + 1, 1, ui_ink(ROLE_ACCENT, false),
                  draw_glyph(&ui->canvas, GLYPH_DOT));
}

static void trades_draw(struct ui *ui, struct area area, bool focused)
{
    const struct instrument_view *view = pane_watch_selected(ui);
    struct table table = pane_table(area, columns, COLUMN_COUNT);
    pane_rule(ui, area, PANE_TRADES, "Trades", view == NULL ? "" : view->market->quote.symbol, focused);
    pane_header(ui, area, &table, columns, 1);
    if (view == NULL || view->trade_count == 0) {
        pane_empty(ui, area, 2, "No trade seen yet.");
        return;
    }
    int64_t large = large_size(view);
    for (int back = 0; back < view->trade_count && 2 + back < area.rows; back++)
        draw_row(ui, area, &table, 2 + back, view, model_trade(view, back), large);
}

const struct pane_ops pane_trades = {.name = "trades", .draw = trades_draw};
