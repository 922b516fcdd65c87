/* Quantity, price and profit of a position; a profit that rests on a stale mark stands in brackets, and one that a
 * later fill has overtaken is marked "behind". */
#include "ui/position_row.h"

#include "ui/format.h"

const struct column position_row_columns[POSITION_COLUMNS] = {
    [POSITION_ACCOUNT] = {.title = "ACCOUNT", .width = 11, .rank = 3},
    [POSITION_SYMBOL] = {.title = "SYMBOL", .width = 9},
    [POSITION_QUANTITY] = {.title = "QTY", .width = 10, .right = true},
    [POSITION_AVERAGE] = {.title = "AVERAGE", .width = 12, .rank = 2, .right = true},
    [POSITION_MARK] = {.title = "MARK", .width = 12, .rank = 4, .right = true},
    [POSITION_EXPOSURE] = {.title = "EXPOSURE", .width = 10, .rank = 3, .right = true},
    [POSITION_UNREALIZED] = {.title = "UNREALIZED", .width = 13, .right = true, .grow = 1},
    [POSITION_REALIZED] = {.title = "REALIZED", .width = 12, .rank = 1, .right = true, .grow = 1},
    [POSITION_FEES] = {.title = "FEES", .width = 9, .rank = 5, .right = true},
};

void position_row_draw(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                       const struct position_view *view, const struct position_value *value)
{
    const struct position_event *position = &view->position;
    bool flat = position->quantity == 0;
    bool stale = value->stale && !flat;
    char text[2 * FORMAT_SIZE];
    struct ink plain = ui_ink(flat ? ROLE_DIM : ROLE_TEXT, selected);
    struct ink name = plain;
    name.bold = !flat;
    pane_cell(ui, area, table, position_row_columns, POSITION_ACCOUNT, row, ui_ink(ROLE_DIM, selected),
              position->account);
    pane_cell(ui, area, table, position_row_columns, POSITION_SYMBOL, row, name, position->symbol);
    text[0] = '\0';
    if (view->known)
        format_quantity(text, position->quantity, value->quantity_decimals, true);
    pane_cell(ui, area, table, position_row_columns, POSITION_QUANTITY, row, plain, text);
    /* Average and mark have one decimal more than prices: a mid between two ticks needs it. */
    int decimals = value->price_decimals + 1;
    format_price(text, flat ? DECIMAL_NONE : position->average_price, decimals, table->width[POSITION_AVERAGE] - 1);
    pane_cell(ui, area, table, position_row_columns, POSITION_AVERAGE, row, plain, text);
    format_price(text, value->mark, decimals, table->width[POSITION_MARK] - 1);
    pane_cell(ui, area, table, position_row_columns, POSITION_MARK, row,
              ui_ink(stale ? ROLE_STALE : ROLE_TEXT, selected), text);
    format_money_in(text, flat ? MONEY_NONE : value->exposure, 0, true, table->width[POSITION_EXPOSURE] - 1);
    pane_cell(ui, area, table, position_row_columns, POSITION_EXPOSURE, row, plain, text);
    if (model_position_is_behind(view)) {
        pane_cell(ui, area, table, position_row_columns, POSITION_UNREALIZED, row, ui_ink(ROLE_WARNING, selected),
                  "behind");
    } else {
        enum role role = pane_profit(ui, text, sizeof text, flat ? MONEY_NONE : value->unrealized, stale,
                                     table->width[POSITION_UNREALIZED] - 1);
        pane_cell(ui, area, table, position_row_columns, POSITION_UNREALIZED, row, ui_ink(role, selected), text);
    }
    enum role realized = pane_profit(ui, text, sizeof text, view->known ? position->realized_pnl : MONEY_NONE, false,
                                     table->width[POSITION_REALIZED] - 1);
    pane_cell(ui, area, table, position_row_columns, POSITION_REALIZED, row, ui_ink(realized, selected), text);
    format_money_in(text, position->fees, 2, false, table->width[POSITION_FEES] - 1);
    pane_cell(ui, area, table, position_row_columns, POSITION_FEES, row, ui_ink(ROLE_DIM, selected), text);
}
