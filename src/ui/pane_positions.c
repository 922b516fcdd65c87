/* Positions of the account: what is owned, at what price, what it is worth now and what it has earned. A profit that
 * rests on a stale mark stands in brackets; a position that a later fill has overtaken is marked "behind". */
#include <stdio.h>
#include <string.h>

#include "ui/format.h"
#include "ui/pane.h"

enum { ROWS_MAX = 512 };

enum position_column {
    COLUMN_SYMBOL,
    COLUMN_QUANTITY,
    COLUMN_AVERAGE,
    COLUMN_MARK,
    COLUMN_EXPOSURE,
    COLUMN_UNREALIZED,
    COLUMN_REALIZED,
    COLUMN_FEES,
    COLUMN_COUNT
};

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_SYMBOL] = {.title = "SYMBOL", .width = 9},
    [COLUMN_QUANTITY] = {.title = "QTY", .width = 10, .right = true},
    [COLUMN_AVERAGE] = {.title = "AVERAGE", .width = 12, .rank = 2, .right = true},
    [COLUMN_MARK] = {.title = "MARK", .width = 12, .rank = 4, .right = true},
    [COLUMN_EXPOSURE] = {.title = "EXPOSURE", .width = 10, .rank = 3, .right = true},
    [COLUMN_UNREALIZED] = {.title = "UNREALIZED", .width = 13, .right = true, .grow = 1},
    [COLUMN_REALIZED] = {.title = "REALIZED", .width = 12, .rank = 1, .right = true, .grow = 1},
    [COLUMN_FEES] = {.title = "FEES", .width = 9, .rank = 5, .right = true},
};

struct rows {
    const struct position_view *items[ROWS_MAX];
    struct position_value values[ROWS_MAX];
    int count, other_accounts;
    /* Totals in the currency of the first row; `partial` when some rows have another, or no mark. */
    int128 unrealized, realized;
    bool stale, partial;
};

static void add_totals(struct rows *rows, int place)
{
    const struct position_event *position = &rows->items[place]->position;
    const struct position_value *value = &rows->values[place];
    if (strcmp(position->currency, rows->items[0]->position.currency) != 0) {
        rows->partial = true;
        return;
    }
    if (value->unrealized == MONEY_NONE || money_add_overflows(rows->unrealized, value->unrealized, &rows->unrealized))
        rows->partial = true;
    if (money_add_overflows(rows->realized, position->realized_pnl, &rows->realized))
        rows->partial = true;
    if (position->quantity != 0 && value->stale)
        rows->stale = true;
}

static void collect(const struct ui *ui, struct rows *rows)
{
    memset(rows, 0, sizeof *rows);
    /* What is open first, then what is closed. */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < model_position_count(ui->model) && rows->count < ROWS_MAX; i++) {
            const struct position_view *position = model_position_at(ui->model, i);
            bool open = position->position.quantity != 0 || !position->known;
            if (open != (pass == 0))
                continue;
            if (strcmp(position->position.account, ui->account) != 0) {
                rows->other_accounts++;
                continue;
            }
            if (!ui_matches(ui, PANE_POSITIONS, position->position.symbol))
                continue;
            rows->items[rows->count] = position;
            rows->values[rows->count] = model_position_value(ui->model, position, ui->monotonic_ns);
            add_totals(rows, rows->count++);
        }
    }
}

static void follow_cursor(const struct ui *ui, const struct rows *rows, struct list *list)
{
    if (!ui->moved[PANE_POSITIONS] && ui->focus != PANE_POSITIONS) {
        list->selected = list->top = 0;
        return;
    }
    for (int i = 0; i < rows->count; i++) {
        if (strcmp(rows->items[i]->position.symbol, ui->chosen[PANE_POSITIONS]) == 0)
            list->selected = i;
    }
}

static void keep_cursor(struct ui *ui, const struct rows *rows, const struct list *list)
{
    if (rows->count > 0)
        snprintf(ui->chosen[PANE_POSITIONS], sizeof ui->chosen[0], "%s", rows->items[list->selected]->position.symbol);
}

static void draw_row(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                     const struct position_view *view, const struct position_value *value)
{
    const struct position_event *position = &view->position;
    bool flat = position->quantity == 0;
    bool stale = value->stale && !flat;
    char text[2 * FORMAT_SIZE];
    struct ink plain = ui_ink(flat ? ROLE_DIM : ROLE_TEXT, selected);
    struct ink name = plain;
    name.bold = !flat;
    pane_cell(ui, area, table, columns, COLUMN_SYMBOL, row, name, position->symbol);
    text[0] = '\0';
    if (view->known)
        format_quantity(text, position->quantity, value->quantity_decimals, true);
    pane_cell(ui, area, table, columns, COLUMN_QUANTITY, row, plain, text);
    /* Average and mark have one decimal more than prices: a mid between two ticks needs it. */
    int decimals = value->price_decimals + 1;
    format_price(text, flat ? DECIMAL_NONE : position->average_price, decimals, table->width[COLUMN_AVERAGE] - 1);
    pane_cell(ui, area, table, columns, COLUMN_AVERAGE, row, plain, text);
    format_price(text, value->mark, decimals, table->width[COLUMN_MARK] - 1);
    pane_cell(ui, area, table, columns, COLUMN_MARK, row, ui_ink(stale ? ROLE_STALE : ROLE_TEXT, selected), text);
    format_money_in(text, flat ? MONEY_NONE : value->exposure, 0, true, table->width[COLUMN_EXPOSURE] - 1);
    pane_cell(ui, area, table, columns, COLUMN_EXPOSURE, row, plain, text);
    if (model_position_is_behind(view)) {
        pane_cell(ui, area, table, columns, COLUMN_UNREALIZED, row, ui_ink(ROLE_WARNING, selected), "behind");
    } else {
        enum role role = pane_profit(ui, text, sizeof text, flat ? MONEY_NONE : value->unrealized, stale,
                                     table->width[COLUMN_UNREALIZED] - 1);
        pane_cell(ui, area, table, columns, COLUMN_UNREALIZED, row, ui_ink(role, selected), text);
    }
    enum role realized = pane_profit(ui, text, sizeof text, view->known ? position->realized_pnl : MONEY_NONE, false,
                                     table->width[COLUMN_REALIZED] - 1);
    pane_cell(ui, area, table, columns, COLUMN_REALIZED, row, ui_ink(realized, selected), text);
    format_money_in(text, position->fees, 2, false, table->width[COLUMN_FEES] - 1);
    pane_cell(ui, area, table, columns, COLUMN_FEES, row, ui_ink(ROLE_DIM, selected), text);
}

/* The totals at the right of the rule, each in the colour of its sign. */
static void draw_totals(const struct ui *ui, struct area area, const struct rows *rows, int visible, bool focused)
{
    char unrealized[2 * FORMAT_SIZE], realized[2 * FORMAT_SIZE], right[5 * FORMAT_SIZE];
    if (rows->count == 0) {
        pane_rule(ui, area, PANE_POSITIONS, "Positions", "", focused);
        return;
    }
    enum role first = pane_profit(ui, unrealized, sizeof unrealized, rows->unrealized, rows->stale, 18);
    enum role second = pane_profit(ui, realized, sizeof realized, rows->realized, false, 18);
    const char *currency = rows->items[0]->position.currency;
    bool brief = area.cols < 50; /* then only what moves */
    bool full = area.cols >= 70;
    snprintf(right, sizeof right, "%s%s%s%s%s%s%s%s", brief ? "" : "unrealized ", unrealized, rows->partial ? "+?" : "",
             brief ? "" : "  realized ", brief ? "" : realized, full ? " " : "", full ? currency : "",
             rows->other_accounts > 0 && area.cols >= 90 ? ", other accounts hidden" : "");
    int start = pane_list_rule(ui, area, PANE_POSITIONS, "Positions", right, focused, rows->count, visible);
    if (start + draw_width(right, ui->canvas.ascii) + 2 != area.cols)
        return; /* it was cut */
    /* The numbers again, in their colours. */
    int at = start + (brief ? 0 : 11);
    draw_text(&ui->canvas, area, 0, at, 0, ui_ink(first, false), unrealized);
    if (brief)
        return;
    at += draw_width(unrealized, ui->canvas.ascii) + (rows->partial ? 2 : 0) + 11;
    draw_text(&ui->canvas, area, 0, at, 0, ui_ink(second, false), realized);
}

static void positions_draw(struct ui *ui, struct area area, bool focused)
{
    struct rows rows;
    struct list *list = &ui->lists[PANE_POSITIONS];
    collect(ui, &rows);
    pane_want_rows(ui, PANE_POSITIONS, rows.count);
    int head = area.rows >= 4 ? 2 : 1;
    int visible = area.rows - head;
    follow_cursor(ui, &rows, list);
    list_place(list, rows.count, visible);
    keep_cursor(ui, &rows, list);
    struct table table = pane_table(area, columns, COLUMN_COUNT);
    draw_totals(ui, area, &rows, visible, focused);
    if (head == 2)
        pane_header(ui, area, &table, columns, 1);
    if (rows.count == 0)
        pane_empty(ui, area, head, rows.other_accounts > 0 ? "No positions in this account." : "No positions yet.");
    for (int i = 0; i < visible && list->top + i < rows.count; i++) {
        int place = list->top + i;
        bool selected = focused && place == list->selected;
        pane_row(ui, area, head + i, selected);
        draw_row(ui, area, &table, head + i, selected, rows.items[place], &rows.values[place]);
    }
}

static void positions_move(struct ui *ui, int by)
{
    struct rows rows;
    struct list *list = &ui->lists[PANE_POSITIONS];
    collect(ui, &rows);
    follow_cursor(ui, &rows, list);
    list->selected += by;
    list_place(list, rows.count, 0);
    keep_cursor(ui, &rows, list);
}

const struct pane_ops pane_positions = {.name = "positions", .draw = positions_draw, .move = positions_move};
