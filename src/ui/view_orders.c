/* The orders screen: what works, what is done, or both, of this account or of all. Requests that the tape has not shown
 * yet stand above them. */
#include "ui/view_orders.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/keys.h"
#include "ui/order_text.h"
#include "ui/pane.h"
#include "ui/sweep.h"
#include "ui/view.h"

/* So many of the newest orders are looked at for what is done. */
enum { DONE_SEARCHED = 20000 };

enum order_column {
    COLUMN_TIME,
    COLUMN_ACCOUNT,
    COLUMN_SIDE,
    COLUMN_SYMBOL,
    COLUMN_EXCHANGE,
    COLUMN_TYPE,
    COLUMN_QUANTITY,
    COLUMN_FILLED,
    COLUMN_PRICE,
    COLUMN_AVERAGE,
    COLUMN_TIF,
    COLUMN_SOURCE,
    COLUMN_STATE,
    COLUMN_ID,
    COLUMN_COUNT
};

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_TIME] = {.title = "TIME", .width = 9, .rank = 1},
    [COLUMN_ACCOUNT] = {.title = "ACCOUNT", .width = 10, .rank = 6},
    [COLUMN_SIDE] = {.title = "SIDE", .width = 5},
    [COLUMN_SYMBOL] = {.title = "SYMBOL", .width = 8},
    [COLUMN_EXCHANGE] = {.title = "EXCH", .width = 8, .rank = 8},
    [COLUMN_TYPE] = {.title = "TYPE", .width = 11, .rank = 7},
    [COLUMN_QUANTITY] = {.title = "QTY", .width = 8, .right = true},
    [COLUMN_FILLED] = {.title = "FILLED", .width = 8, .rank = 2, .right = true},
    [COLUMN_PRICE] = {.title = "PRICE", .width = 11, .rank = 1, .right = true},
    [COLUMN_AVERAGE] = {.title = "AVERAGE", .width = 11, .rank = 4, .right = true},
    [COLUMN_TIF] = {.title = "TIF", .width = 5, .rank = 3},
    [COLUMN_SOURCE] = {.title = "FROM", .width = 8, .rank = 9},
    [COLUMN_STATE] = {.title = "STATE", .width = 24, .grow = 1},
    [COLUMN_ID] = {.title = "ORDER", .width = 28, .rank = 10},
};

/* A row: an order, or a request for one. */
struct row {
    const struct order *order;
    const struct request_view *request;
};

struct rows {
    const struct ui *ui;
    struct row items[BROWSE_ROWS_MAX];
    struct browse_rows list;
    int working, unknown;
};

static const struct order_request *terms_of(const struct row *row)
{
    return row->order != NULL ? &row->order->terms : &row->request->event.request;
}

static int64_t price_of(const struct order_request *terms)
{
    return terms->limit_price != DECIMAL_NONE ? terms->limit_price : terms->stop_price;
}

/* ---- which rows ----------------------------------------------------------------------------------------------- */

static void add(struct rows *rows, const struct order_request *terms, struct row row)
{
    const struct ui *ui = rows->ui;
    const struct browse *browse = &ui->browses[VIEW_ORDERS];
    if (!ui->orders.all_accounts && strcmp(terms->account, ui->account) != 0)
        return;
    if (!browse_matches(browse, terms->symbol, terms->order_id) && !browse_matches(browse, terms->account, NULL))
        return;
    if (rows->list.count == BROWSE_ROWS_MAX)
        return;
    rows->items[rows->list.count] = row;
    browse_add(&rows->list, &rows->items[rows->list.count]);
    rows->working += row.order != NULL && !order_is_done(row.order);
    rows->unknown += row.request != NULL && order_text_is_unknown(row.request, ui->monotonic_ns);
}

static void add_requests(struct rows *rows)
{
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        const struct request_view *request = model_request_at(rows->ui->model, i);
        if (request != NULL && !request->seen && request->event.kind == EVENT_ORDER_NEW)
            add(rows, &request->event.request, (struct row){.request = request});
    }
}

static void add_open(const struct order *order, void *context)
{
    add(context, &order->terms, (struct row){.order = order});
}

/* The book visits what is open oldest first. */
static void turn_round(struct browse_rows *list, int first)
{
    for (int i = first, j = list->count - 1; i < j; i++, j--) {
        const void *item = list->items[i];
        list->items[i] = list->items[j];
        list->items[j] = item;
    }
}

/* Newest first. */
static void collect(const struct ui *ui, struct rows *rows)
{
    rows->ui = ui;
    rows->list.count = rows->working = rows->unknown = 0;
    add_requests(rows);
    if (ui->orders.scope == ORDERS_WORKING) {
        int first = rows->list.count;
        order_book_each_open(model_orders(ui->model), add_open, rows);
        turn_round(&rows->list, first);
        return;
    }
    const struct order *order = order_book_newest(model_orders(ui->model));
    for (int i = 0; order != NULL && i < DONE_SEARCHED; i++, order = order->older) {
        if (ui->orders.scope == ORDERS_ALL || order_is_done(order))
            add(rows, &order->terms, (struct row){.order = order});
    }
}

/* ---- the list ------------------------------------------------------------------------------------------------- */

static void write_id(const void *item, char id[BROWSE_ID_SIZE])
{
    text_copy(id, BROWSE_ID_SIZE, terms_of(item)->order_id);
}

static int order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int state_of(const struct row *row)
{
    return row->order == NULL ? -1 : (int)row->order->state;
}

static int compare(const struct ui *ui, const void *a, const void *b, int column)
{
    const struct row *left = a, *right = b;
    const struct order_request *x = terms_of(left), *y = terms_of(right);
    (void)ui;
    switch ((enum order_column)column) {
    case COLUMN_TIME:
        return order_of(x->timestamp_ns, y->timestamp_ns);
    case COLUMN_ACCOUNT:
        return strcmp(x->account, y->account);
    case COLUMN_SIDE:
        return order_of(x->side, y->side);
    case COLUMN_SYMBOL:
        return strcmp(x->symbol, y->symbol);
    case COLUMN_QUANTITY:
        return order_of(x->quantity, y->quantity);
    case COLUMN_PRICE:
        return order_of(price_of(x), price_of(y));
    case COLUMN_STATE:
        return order_of(state_of(left), state_of(right));
    case COLUMN_EXCHANGE:
    case COLUMN_TYPE:
    case COLUMN_FILLED:
    case COLUMN_AVERAGE:
    case COLUMN_TIF:
    case COLUMN_SOURCE:
    case COLUMN_ID:
    case COLUMN_COUNT:
        break;
    }
    return 0;
}

static void draw_prices(const struct ui *ui, struct area area, const struct table *table, int row, struct ink ink,
                        const struct row *item)
{
    const struct order_request *terms = terms_of(item);
    const struct instrument *instrument = instruments_primary(ui->instruments, terms->symbol);
    int price_decimals = instrument == NULL ? 2 : instrument_price_decimals(instrument);
    int quantity_decimals = instrument == NULL ? 0 : instrument_quantity_decimals(instrument);
    int64_t filled = item->order == NULL ? 0 : item->order->cumulative_quantity;
    char text[FORMAT_SIZE];
    format_size(text, terms->quantity, quantity_decimals, table->width[COLUMN_QUANTITY] - 1);
    pane_cell(ui, area, table, columns, COLUMN_QUANTITY, row, ink, text);
    format_size(text, filled == 0 ? DECIMAL_NONE : filled, quantity_decimals, table->width[COLUMN_FILLED] - 1);
    pane_cell(ui, area, table, columns, COLUMN_FILLED, row, ink, text);
    format_price(text, price_of(terms), price_decimals, table->width[COLUMN_PRICE] - 1);
    pane_cell(ui, area, table, columns, COLUMN_PRICE, row, ink, price_of(terms) == DECIMAL_NONE ? "market" : text);
    format_price(text, item->order == NULL ? DECIMAL_NONE : order_average_price(item->order), price_decimals,
                 table->width[COLUMN_AVERAGE] - 1);
    pane_cell(ui, area, table, columns, COLUMN_AVERAGE, row, ink, text);
}

static void draw_row(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                     const void *context)
{
    const struct row *item = context;
    const struct order_request *terms = terms_of(item);
    bool done = item->order != NULL && order_is_done(item->order);
    struct ink plain = ui_ink(done ? ROLE_DIM : ROLE_TEXT, selected), dim = ui_ink(ROLE_DIM, selected);
    struct ink name = plain;
    char text[REASON_SIZE + 64];
    name.bold = !done;
    timestamp_format_clock(text, item->order != NULL ? item->order->new_stored_ns : terms->timestamp_ns);
    pane_cell(ui, area, table, columns, COLUMN_TIME, row, dim, text);
    pane_cell(ui, area, table, columns, COLUMN_ACCOUNT, row, dim, terms->account);
    enum role side = terms->side == SIDE_BUY ? ROLE_GAIN : ROLE_LOSS;
    pane_cell(ui, area, table, columns, COLUMN_SIDE, row, ui_ink(side, selected), side_name(terms->side));
    pane_cell(ui, area, table, columns, COLUMN_SYMBOL, row, name, terms->symbol);
    pane_cell(ui, area, table, columns, COLUMN_EXCHANGE, row, dim, terms->exchange);
    pane_cell(ui, area, table, columns, COLUMN_TYPE, row, dim, order_type_name(terms->type));
    draw_prices(ui, area, table, row, plain, item);
    pane_cell(ui, area, table, columns, COLUMN_TIF, row, dim, time_in_force_name(terms->time_in_force));
    pane_cell(ui, area, table, columns, COLUMN_SOURCE, row, dim, terms->source);
    pane_cell(ui, area, table, columns, COLUMN_ID, row, dim, terms->order_id);
    enum role role = item->order != NULL ? order_text(item->order, false, 0, text, sizeof text)
                                         : order_text_request(item->request, ui->monotonic_ns, text, sizeof text);
    pane_cell(ui, area, table, columns, COLUMN_STATE, row, ui_ink(role, selected), text);
}

static const struct browse_ops list_ops = {
    .columns = columns,
    .column_count = COLUMN_COUNT,
    .id = write_id,
    .sortable = 1u << COLUMN_TIME | 1u << COLUMN_ACCOUNT | 1u << COLUMN_SIDE | 1u << COLUMN_SYMBOL |
                1u << COLUMN_QUANTITY | 1u << COLUMN_PRICE | 1u << COLUMN_STATE,
    .compare = compare,
    .draw_row = draw_row,
};

/* ---- keys ----------------------------------------------------------------------------------------------------- */

const struct order *view_orders_selected(struct ui *ui)
{
    struct rows rows;
    if (ui->orders.order_id[0] != '\0')
        return order_book_find(model_orders(ui->model), ui->orders.order_id);
    collect(ui, &rows);
    browse_place(ui, &ui->browses[VIEW_ORDERS], &list_ops, &rows.list);
    const struct row *row = browse_selected(&ui->browses[VIEW_ORDERS], &rows.list);
    return row == NULL ? NULL : row->order;
}

int view_orders_open_listed(struct ui *ui, struct sweep *sweep)
{
    struct rows rows;
    collect(ui, &rows);
    for (int i = 0; sweep != NULL && i < rows.list.count; i++) {
        if (rows.items[i].order != NULL && !order_is_done(rows.items[i].order))
            sweep_add(sweep, rows.items[i].order->terms.order_id);
    }
    return rows.working;
}

void view_orders_key_scope(struct ui *ui, int key)
{
    (void)key;
    ui->orders.scope = (enum orders_scope)((ui->orders.scope + 1) % ORDERS_SCOPES);
}

void view_orders_key_accounts(struct ui *ui, int key)
{
    (void)key;
    ui->orders.all_accounts = !ui->orders.all_accounts;
}

void view_orders_key_open(struct ui *ui, int key)
{
    const struct order *order = view_orders_selected(ui);
    (void)key;
    if (order == NULL) {
        ui_note(ui, ROLE_TEXT, "There is no order on the tape here.");
        return;
    }
    text_copy(ui->orders.order_id, sizeof ui->orders.order_id, order->terms.order_id);
    ui->orders.top = 0;
}

void view_orders_key_close(struct ui *ui, int key)
{
    (void)key;
    ui->orders.order_id[0] = '\0';
}

void view_orders_key_scroll(struct ui *ui, int key)
{
    ui->orders.top += key == KEYS_UP || key == 'k' ? -1 : 1;
}

/* ---- the screen ----------------------------------------------------------------------------------------------- */

static void orders_open(struct ui *ui)
{
    ui->orders.order_id[0] = '\0';
}

static void draw_list(struct ui *ui, struct area area)
{
    static const char *const scopes[ORDERS_SCOPES] = {"Working orders", "Orders done", "All orders"};
    struct rows rows;
    char right[96], title[64], empty[64], detail[NOTE_SIZE] = "";
    int length;
    collect(ui, &rows);
    snprintf(title, sizeof title, "%s of %s", scopes[ui->orders.scope],
             ui->orders.all_accounts ? "all accounts" : ui->account);
    length = snprintf(right, sizeof right, "%d open", rows.working);
    if (rows.unknown > 0)
        snprintf(right + length, sizeof right - (size_t)length, ", %d UNKNOWN", rows.unknown);
    snprintf(empty, sizeof empty, "Nothing works; %s shows what is done.",
             keys_name(ui, WHERE_VIEW_ORDERS, "which").text);
    browse_draw(ui, area, &ui->browses[VIEW_ORDERS], &list_ops, &rows.list, title, right,
                ui->orders.scope == ORDERS_WORKING ? empty : "No orders yet.");
    const struct row *row = browse_selected(&ui->browses[VIEW_ORDERS], &rows.list);
    enum role role = ROLE_DIM;
    if (row != NULL && row->order != NULL && row->order->reason[0] != '\0') {
        role = ROLE_LOSS;
        snprintf(detail, sizeof detail, "%s%s%s", row->order->code, row->order->code[0] != '\0' ? ": " : "",
                 row->order->reason);
    } else if (row != NULL) {
        snprintf(detail, sizeof detail, "%s  %s", terms_of(row)->order_id, terms_of(row)->account);
    }
    view_end(ui, role, detail);
}

static void orders_draw(struct ui *ui)
{
    struct area body = view_begin(ui);
    if (ui->orders.order_id[0] == '\0') {
        draw_list(ui, body);
        return;
    }
    view_orders_draw_events(ui, body);
    view_end(ui, ROLE_TEXT, "");
}

static unsigned orders_where(const struct ui *ui)
{
    return ui->orders.order_id[0] == '\0' ? WHERE_VIEW_ORDERS : WHERE_VIEW_ORDER;
}

/* The id is what other tools ask for. */
static bool orders_copy(struct ui *ui, char *text, size_t size)
{
    const struct order *order = view_orders_selected(ui);
    return order != NULL && text_copy(text, size, order->terms.order_id);
}

const struct view_ops view_orders = {.name = "orders",
                                     .open = orders_open,
                                     .draw = orders_draw,
                                     .where = orders_where,
                                     .list = &list_ops,
                                     .copy = orders_copy};
