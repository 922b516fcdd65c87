/* Orders of the account: requests whose fate is not known yet, then what works, then what happened last (fills and
 * orders that ended without one). An order that is UNKNOWN stands out until the tape says what became of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/order_text.h"
#include "ui/pane.h"

enum { ROWS_MAX = 512, ENDED_SEARCHED = 400 };

enum order_column {
    COLUMN_TIME,
    COLUMN_SIDE,
    COLUMN_SYMBOL,
    COLUMN_QUANTITY,
    COLUMN_PRICE,
    COLUMN_TIF,
    COLUMN_STATE,
    COLUMN_COUNT
};

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_TIME] = {.title = "TIME", .width = 9, .rank = 1},
    [COLUMN_SIDE] = {.title = "SIDE", .width = 5},
    [COLUMN_SYMBOL] = {.title = "SYMBOL", .width = 8},
    [COLUMN_QUANTITY] = {.title = "QTY", .width = 8, .right = true},
    [COLUMN_PRICE] = {.title = "PRICE", .width = 11, .rank = 2, .right = true},
    [COLUMN_TIF] = {.title = "TIF", .width = 5, .rank = 3},
    [COLUMN_STATE] = {.title = "STATE", .width = 16, .grow = 1},
};

enum row_kind { ROW_REQUEST, ROW_OPEN, ROW_FILL, ROW_ENDED };

/* One row: a request, an order or a fill, the others are NULL. */
struct order_row {
    enum row_kind kind;
    const struct request_view *request;
    const struct order *order;
    const struct fill_view *fill;
    int64_t time_ns;
};

struct rows {
    const struct ui *ui;
    struct order_row items[ROWS_MAX];
    int count, working, unknown;
};

static const char *row_id(const struct order_row *row)
{
    switch (row->kind) {
    case ROW_REQUEST:
        return row->request->event.request.order_id;
    case ROW_FILL:
        return row->fill->execution.execution_id;
    case ROW_OPEN:
    case ROW_ENDED:
        break;
    }
    return row->order->terms.order_id;
}

/* ---- which rows ----------------------------------------------------------------------------------------------- */

static bool is_shown(const struct ui *ui, const char *account, const char *symbol, const char *order_id)
{
    return strcmp(account, ui->account) == 0 &&
           (ui_matches(ui, PANE_ORDERS, symbol) || ui_matches(ui, PANE_ORDERS, order_id));
}

static void add(struct rows *rows, struct order_row row)
{
    if (rows->count < ROWS_MAX)
        rows->items[rows->count++] = row;
}

static void add_open(const struct order *order, void *context)
{
    struct rows *rows = context;
    if (!is_shown(rows->ui, order->terms.account, order->terms.symbol, order->terms.order_id))
        return;
    add(rows, (struct order_row){.kind = ROW_OPEN, .order = order, .time_ns = order->new_stored_ns});
    rows->working += order_is_working(order);
}

static int compare_newest_first(const void *a, const void *b)
{
    const struct order_row *left = a, *right = b;
    return (left->time_ns < right->time_ns) - (left->time_ns > right->time_ns);
}

static void add_requests(struct rows *rows)
{
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        const struct request_view *request = model_request_at(rows->ui->model, i);
        if (request == NULL || request->seen || request->event.kind != EVENT_ORDER_NEW)
            continue;
        const struct order_request *order = &request->event.request;
        if (!is_shown(rows->ui, order->account, order->symbol, order->order_id))
            continue;
        add(rows, (struct order_row){.kind = ROW_REQUEST, .request = request, .time_ns = order->timestamp_ns});
        rows->unknown += order_text_is_unknown(request, rows->ui->monotonic_ns);
    }
}

/* Fills, and orders that ended without being filled, of the last few hundred orders. */
static void add_latest(struct rows *rows)
{
    const struct ui *ui = rows->ui;
    const struct order *order = order_book_newest(model_orders(ui->model));
    for (int i = 0; order != NULL && i < ENDED_SEARCHED; i++, order = order->older) {
        if (order_is_done(order) && order->state != ORDER_FILLED &&
            is_shown(ui, order->terms.account, order->terms.symbol, order->terms.order_id))
            add(rows, (struct order_row){.kind = ROW_ENDED, .order = order, .time_ns = order->last_stored_ns});
    }
    const struct fill_view *fill;
    for (int back = 0; (fill = model_fill(ui->model, back)) != NULL; back++) {
        const struct execution *execution = &fill->execution;
        if (is_shown(ui, execution->account, execution->symbol, execution->order_id))
            add(rows, (struct order_row){.kind = ROW_FILL, .fill = fill, .time_ns = fill->stored_ns});
    }
}

static void collect(const struct ui *ui, struct rows *rows)
{
    rows->ui = ui;
    rows->count = rows->working = rows->unknown = 0;
    add_requests(rows);
    int first = rows->count;
    qsort(rows->items, (size_t)first, sizeof rows->items[0], compare_newest_first);
    order_book_each_open(model_orders(ui->model), add_open, rows);
    qsort(rows->items + first, (size_t)(rows->count - first), sizeof rows->items[0], compare_newest_first);
    first = rows->count;
    add_latest(rows);
    qsort(rows->items + first, (size_t)(rows->count - first), sizeof rows->items[0], compare_newest_first);
}

static void follow_cursor(const struct ui *ui, const struct rows *rows, struct list *list)
{
    for (int i = 0; i < rows->count; i++) {
        if (strcmp(row_id(&rows->items[i]), ui->chosen[PANE_ORDERS]) == 0) {
            list->selected = i;
            return;
        }
    }
}

static void keep_cursor(struct ui *ui, const struct rows *rows, const struct list *list)
{
    if (rows->count > 0)
        snprintf(ui->chosen[PANE_ORDERS], sizeof ui->chosen[0], "%s", row_id(&rows->items[list->selected]));
}

const struct order *pane_orders_selected(const struct ui *ui)
{
    struct rows rows;
    struct list list = ui->lists[PANE_ORDERS];
    collect(ui, &rows);
    follow_cursor(ui, &rows, &list);
    list_place(&list, rows.count, 0);
    if (rows.count == 0)
        return NULL;
    const struct order_row *row = &rows.items[list.selected];
    if (row->kind == ROW_FILL)
        return order_book_find(model_orders(ui->model), row->fill->execution.order_id);
    return row->order;
}

/* ---- what became of it ---------------------------------------------------------------------------------------- */

static void fill_text(const struct execution *execution, int decimals, char *text, size_t size, enum role *role)
{
    char left[FORMAT_SIZE];
    *role = ROLE_DIM;
    const char *liquidity = execution->liquidity == LIQUIDITY_MAKER   ? ", maker"
                            : execution->liquidity == LIQUIDITY_TAKER ? ", taker"
                                                                      : "";
    if (execution->filled) {
        snprintf(text, size, "filled%s", liquidity);
        return;
    }
    format_quantity(left, execution->leaves_quantity, decimals, false);
    snprintf(text, size, "fill, %s left%s", left, liquidity);
}

/* ---- drawing -------------------------------------------------------------------------------------------------- */

/* What the columns of a row hold. */
struct cells {
    char state[REASON_SIZE + 64];
    const char *symbol;
    enum side side;
    int64_t quantity, price; /* DECIMAL_NONE: at the market */
    const char *tif;
    enum role role;
};

static int64_t price_of(const struct order_request *request)
{
    return request->limit_price != DECIMAL_NONE ? request->limit_price : request->stop_price;
}

static struct cells cells_of(const struct ui *ui, const struct order_row *row, int decimals)
{
    struct cells cells = {.tif = ""};
    const struct order_request *terms = NULL;
    switch (row->kind) {
    case ROW_REQUEST:
        terms = &row->request->event.request;
        cells.role = order_text_request(row->request, ui->monotonic_ns, cells.state, sizeof cells.state);
        break;
    case ROW_OPEN:
        terms = &row->order->terms;
        cells.role = order_text(row->order, true, decimals, cells.state, sizeof cells.state);
        break;
    case ROW_ENDED:
        terms = &row->order->terms;
        cells.role = order_text(row->order, true, decimals, cells.state, sizeof cells.state);
        break;
    case ROW_FILL:
        cells.symbol = row->fill->execution.symbol;
        cells.side = row->fill->execution.side;
        cells.quantity = row->fill->execution.quantity;
        cells.price = row->fill->execution.price;
        fill_text(&row->fill->execution, decimals, cells.state, sizeof cells.state, &cells.role);
        return cells;
    }
    cells.symbol = terms->symbol;
    cells.side = terms->side;
    cells.quantity = terms->quantity;
    cells.price = price_of(terms);
    cells.tif = time_in_force_name(terms->time_in_force);
    return cells;
}

static enum role orders_detail(const struct ui *ui, char *text, size_t size)
{
    const struct order *order = pane_orders_selected(ui);
    if (order == NULL || order->reason[0] == '\0')
        return ROLE_TEXT;
    snprintf(text, size, "%s%s%s", order->code, order->code[0] != '\0' ? ": " : "", order->reason);
    return ROLE_LOSS;
}

static const char *symbol_of(const struct order_row *row)
{
    return row->kind == ROW_REQUEST ? row->request->event.request.symbol
           : row->kind == ROW_FILL  ? row->fill->execution.symbol
                                    : row->order->terms.symbol;
}

static void draw_row(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                     const struct order_row *item)
{
    const struct instrument *instrument = instruments_primary(ui->instruments, symbol_of(item));
    int price_decimals = instrument == NULL ? 2 : instrument_price_decimals(instrument);
    int quantity_decimals = instrument == NULL ? 0 : instrument_quantity_decimals(instrument);
    struct cells cells = cells_of(ui, item, quantity_decimals);
    bool live = item->kind == ROW_REQUEST || item->kind == ROW_OPEN;
    struct ink plain = ui_ink(live ? ROLE_TEXT : ROLE_DIM, selected);
    char text[FORMAT_SIZE], price[FORMAT_SIZE + 4];
    timestamp_format_clock(text, item->time_ns);
    pane_cell(ui, area, table, columns, COLUMN_TIME, row, ui_ink(ROLE_DIM, selected), text);
    enum role side = cells.side == SIDE_BUY ? ROLE_GAIN : ROLE_LOSS;
    pane_cell(ui, area, table, columns, COLUMN_SIDE, row, ui_ink(side, selected), side_name(cells.side));
    struct ink name = plain;
    name.bold = live;
    pane_cell(ui, area, table, columns, COLUMN_SYMBOL, row, name, cells.symbol);
    format_size(text, cells.quantity, quantity_decimals, table->width[COLUMN_QUANTITY] - 1);
    pane_cell(ui, area, table, columns, COLUMN_QUANTITY, row, plain, text);
    format_price(text, cells.price, price_decimals, table->width[COLUMN_PRICE] - 1);
    snprintf(price, sizeof price, "%s", cells.price == DECIMAL_NONE ? "market" : text);
    pane_cell(ui, area, table, columns, COLUMN_PRICE, row, plain, price);
    if (cells.tif[0] != '\0')
        pane_cell(ui, area, table, columns, COLUMN_TIF, row, ui_ink(ROLE_DIM, selected), cells.tif);
    pane_cell(ui, area, table, columns, COLUMN_STATE, row, ui_ink(cells.role, selected), cells.state);
}

static void orders_draw(struct ui *ui, struct area area, bool focused)
{
    struct rows rows;
    struct list *list = &ui->lists[PANE_ORDERS];
    char right[64];
    collect(ui, &rows);
    pane_want_rows(ui, PANE_ORDERS, rows.count);
    int head = area.rows >= 5 ? 2 : 1;
    int visible = area.rows - head;
    if (focused)
        follow_cursor(ui, &rows, list);
    else
        list->selected = list->top = 0; /* what is unknown or works stays in sight */
    list_place(list, rows.count, visible);
    keep_cursor(ui, &rows, list);
    struct table table = pane_table(area, columns, COLUMN_COUNT);
    if (rows.unknown > 0)
        snprintf(right, sizeof right, "%d working, %d UNKNOWN", rows.working, rows.unknown);
    else
        snprintf(right, sizeof right, "%d working", rows.working);
    pane_list_rule(ui, area, PANE_ORDERS, "Orders", right, focused, rows.count, visible);
    if (head == 2)
        pane_header(ui, area, &table, columns, 1);
    if (rows.count == 0)
        pane_empty(ui, area, head, ui->readonly ? "No orders yet." : "No orders yet: b buys and s sells.");
    for (int i = 0; i < visible && list->top + i < rows.count; i++) {
        bool selected = focused && list->top + i == list->selected;
        pane_row(ui, area, head + i, list->top + i, selected);
        draw_row(ui, area, &table, head + i, selected, &rows.items[list->top + i]);
    }
}

static void orders_move(struct ui *ui, int by)
{
    struct rows rows;
    struct list *list = &ui->lists[PANE_ORDERS];
    collect(ui, &rows);
    follow_cursor(ui, &rows, list);
    list->selected += by;
    list_place(list, rows.count, 0);
    keep_cursor(ui, &rows, list);
}

const struct pane_ops pane_orders = {
    .name = "orders", .draw = orders_draw, .move = orders_move, .detail = orders_detail};
