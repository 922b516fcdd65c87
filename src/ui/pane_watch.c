/* The watchlist: one row per instrument, with the age of its quote, what moved a moment ago and, where there is room,
 * its trend, volume and range. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/pane.h"

enum { ROWS_MAX = INSTRUMENTS_MAX, FLASH_MS = 300, PRICE_COLS_MIN = 10, SYMBOL_COLS_MIN = 8, SYMBOL_COLS_MAX = 18 };

enum watch_column {
    COLUMN_SYMBOL,
    COLUMN_EXCHANGE,
    COLUMN_BID_SIZE,
    COLUMN_BID,
    COLUMN_ASK,
    COLUMN_ASK_SIZE,
    COLUMN_SPREAD,
    COLUMN_BASIS_POINTS,
    COLUMN_LAST,
    COLUMN_CHANGE,
    COLUMN_AGE,
    COLUMN_TREND,
    COLUMN_VOLUME,
    COLUMN_LOW,
    COLUMN_HIGH,
    COLUMN_COUNT
};

/* In the order of the screen. At 80 columns all of rank 0 to 6 fit, but for a cell at the edge. */
static const struct column columns_base[COLUMN_COUNT] = {
    [COLUMN_SYMBOL] = {.title = "SYMBOL", .width = SYMBOL_COLS_MIN, .grow = 1},
    [COLUMN_EXCHANGE] = {.title = "EXCH", .width = 9, .rank = 9},
    [COLUMN_BID_SIZE] = {.title = "BIDSZ", .width = 7, .rank = 4, .right = true},
    [COLUMN_BID] = {.title = "BID", .width = PRICE_COLS_MIN, .right = true},
    [COLUMN_ASK] = {.title = "ASK", .width = PRICE_COLS_MIN, .right = true},
    [COLUMN_ASK_SIZE] = {.title = "ASKSZ", .width = 7, .rank = 4, .right = true},
    [COLUMN_SPREAD] = {.title = "SPREAD", .width = 7, .rank = 5, .right = true},
    [COLUMN_BASIS_POINTS] = {.title = "BP", .width = 5, .rank = 6, .right = true},
    [COLUMN_LAST] = {.title = "LAST", .width = PRICE_COLS_MIN + 2, .rank = 2, .right = true},
    [COLUMN_CHANGE] = {.title = "CHG%", .width = 7, .rank = 1, .right = true},
    [COLUMN_AGE] = {.title = "AGE ", .width = 5, .right = true},
    [COLUMN_TREND] = {.title = "TREND", .width = 10, .rank = 7, .grow = 3},
    [COLUMN_VOLUME] = {.title = "VOLUME", .width = 8, .rank = 8, .right = true},
    [COLUMN_LOW] = {.title = "LOW", .width = PRICE_COLS_MIN, .rank = 8, .right = true},
    [COLUMN_HIGH] = {.title = "HIGH", .width = PRICE_COLS_MIN, .rank = 8, .right = true},
};

struct rows {
    const struct instrument_view *items[ROWS_MAX];
    int count, total;
};

/* An instrument's place: that of the instrument table, then the order in which they were first seen. */
static int compare_rows(const void *a, const void *b)
{
    const struct instrument_view *left = *(const struct instrument_view *const *)a;
    const struct instrument_view *right = *(const struct instrument_view *const *)b;
    if (left->instrument != NULL && right->instrument != NULL)
        return (left->instrument > right->instrument) - (left->instrument < right->instrument);
    if (left->instrument != NULL || right->instrument != NULL)
        return left->instrument != NULL ? -1 : 1;
    return (left->market->index > right->market->index) - (left->market->index < right->market->index);
}

static void collect(const struct ui *ui, struct rows *rows)
{
    rows->count = 0;
    rows->total = (int)quotes_count(model_quotes(ui->model));
    for (int i = 0; i < rows->total && rows->count < ROWS_MAX; i++) {
        const struct instrument_view *view = model_instrument(ui->model, (size_t)i);
        if (ui_matches(ui, PANE_WATCH, view->market->quote.symbol) ||
            ui_matches(ui, PANE_WATCH, view->market->quote.exchange))
            rows->items[rows->count++] = view;
    }
    qsort(rows->items, (size_t)rows->count, sizeof rows->items[0], compare_rows);
}

/* Where the watched instrument stands now; the cursor stays with it when the list changes. Until somebody has moved it
 * it keeps to the top row: quotes arrive in any order when the list is first filled. */
static void follow_cursor(const struct ui *ui, const struct rows *rows, struct list *list)
{
    if (!ui->moved[PANE_WATCH]) {
        list->selected = list->top = 0;
        return;
    }
    for (int i = 0; i < rows->count; i++) {
        if (rows->items[i]->market->index == ui->watched) {
            list->selected = i;
            return;
        }
    }
}

const struct instrument_view *pane_watch_selected(const struct ui *ui)
{
    struct rows rows;
    struct list list = ui->lists[PANE_WATCH];
    collect(ui, &rows);
    follow_cursor(ui, &rows, &list);
    list_place(&list, rows.count, 0);
    return rows.count == 0 ? NULL : rows.items[list.selected];
}

/* ---- cells ---------------------------------------------------------------------------------------------------- */

/* The symbol; its exchange too when that is not the primary one and has no column of its own. */
static void write_label(char *label, size_t size, const struct instrument_view *view, bool exchange_shown)
{
    const struct quote *quote = &view->market->quote;
    bool plain = view->primary || exchange_shown;
    snprintf(label, size, "%s%s%s", quote->symbol, plain ? "" : "@", plain ? "" : quote->exchange);
}

static enum role price_role(const struct ui *ui, const struct movement *movement, bool stale)
{
    if (movement->at_ns != 0 && movement->direction != 0 && ui->monotonic_ns - movement->at_ns < FLASH_MS * NS_PER_MS)
        return movement->direction > 0 ? ROLE_FLASH_UP : ROLE_FLASH_DOWN;
    return stale ? ROLE_STALE : ROLE_TEXT;
}

/* The spread in basis points of the mid, one decimal. */
static void format_basis_points(char text[FORMAT_SIZE], const struct market *market)
{
    int64_t mid = market_mid(market);
    text[0] = '\0';
    if (mid <= 0)
        return;
    int128 tenths = divide_half_even((int128)(market->quote.ask - market->quote.bid) * 100000, mid);
    if (tenths > 99999 || tenths < -9999)
        return;
    if (tenths > 999 || tenths < -99)
        snprintf(text, FORMAT_SIZE, "%d", (int)(tenths / 10));
    else
        snprintf(text, FORMAT_SIZE, "%.1f", (double)tenths / 10);
}

/* Volumes grow all day: large ones are shortened, so that their column keeps its width. */
static void format_volume(char text[FORMAT_SIZE], int64_t volume, int decimals, int cols)
{
    if (volume != DECIMAL_NONE && volume >= 100000 * QUANTITY_ONE)
        format_count(text, (uint64_t)(volume / QUANTITY_ONE));
    else
        format_size(text, volume, decimals < 2 ? decimals : 2, cols);
}

/* The last minute and a half, spread over the columns; what was before the first price stays free. */
static void draw_trend(const struct ui *ui, struct area area, int row, int col, int width, bool selected, bool stale,
                       const struct instrument_view *view)
{
    enum { SECONDS = 90 };
    int64_t closes[SECONDS], oldest, newest, low = INT64_MAX, high = INT64_MIN;
    if (!candles_range(view->candles, CANDLES_1S, &oldest, &newest))
        return;
    candles_closes(view->candles, CANDLES_1S, newest, closes, SECONDS);
    int first = 0;
    while (closes[first] == DECIMAL_NONE)
        first++;
    for (int i = first; i < SECONDS; i++) {
        low = closes[i] < low ? closes[i] : low;
        high = closes[i] > high ? closes[i] : high;
    }
    int64_t change = closes[SECONDS - 1] - closes[first];
    enum role role = stale ? ROLE_STALE : change > 0 ? ROLE_GAIN : change < 0 ? ROLE_LOSS : ROLE_DIM;
    int columns = SECONDS - first < width ? SECONDS - first : width;
    for (int i = 0; i < columns; i++) {
        int64_t value = closes[SECONDS - 1 - i * (SECONDS - first) / columns];
        int eighths = high == low ? 4 : 1 + (int)((int128)(value - low) * 7 / (high - low));
        draw_bar(&ui->canvas, area, row, col + width - 1 - i, ui_ink(role, selected), eighths);
    }
}

static void draw_last(const struct ui *ui, struct area area, const struct table *table, const struct column *columns,
                      int row, bool selected, bool stale, const struct instrument_view *view)
{
    char text[FORMAT_SIZE];
    int width = table->width[COLUMN_LAST];
    if (width == 0)
        return;
    format_price(text, view->market->quote.last, view->price_decimals, width - 3);
    pane_cell(ui, area, table, columns, COLUMN_LAST, row, ui_ink(price_role(ui, &view->last, stale), selected), text);
    int direction = view->last.direction;
    int arrow = table->start[COLUMN_LAST] + width - (int)strlen(text) - 2;
    if (text[0] != '\0' && direction != 0)
        draw_text(&ui->canvas, area, row, arrow, 1, ui_ink(stale ? ROLE_STALE : ui_role_of(direction), selected),
                  ui_arrow(ui, direction));
}

static void draw_age(const struct ui *ui, struct area area, const struct table *table, const struct column *columns,
                     int row, bool selected, bool stale, const struct instrument_view *view)
{
    char age[FORMAT_SIZE], text[FORMAT_SIZE + 2];
    format_age(age, market_age_ns(view->market, ui->monotonic_ns));
    enum quote_status status = view->market->quote.status;
    if (status != QUOTE_OPEN)
        snprintf(text, sizeof text, "%s", status == QUOTE_HALTED ? "HALT" : "AUCT");
    else
        snprintf(text, sizeof text, "%s%s", age, stale ? "!" : " ");
    enum role role = status != QUOTE_OPEN || stale ? ROLE_WARNING : ROLE_DIM;
    pane_cell(ui, area, table, columns, COLUMN_AGE, row, ui_ink(role, selected), text);
}

static void draw_row(const struct ui *ui, struct area area, const struct table *table, const struct column *columns,
                     int row, bool selected, const struct instrument_view *view)
{
    const struct market *market = view->market;
    const struct quote *quote = &market->quote;
    char text[FORMAT_SIZE];
    bool stale = model_is_stale(ui->model, market, ui->monotonic_ns);
    bool crossed = market_is_crossed(market);
    struct ink plain = ui_ink(stale ? ROLE_STALE : ROLE_TEXT, selected);
    struct ink dim = ui_ink(stale ? ROLE_STALE : ROLE_DIM, selected);
    int price_cols = table->width[COLUMN_BID] - 1, size_cols = table->width[COLUMN_BID_SIZE] - 1;

    char label[SYMBOL_SIZE + EXCHANGE_SIZE];
    write_label(label, sizeof label, view, table->width[COLUMN_EXCHANGE] > 0);
    struct ink name = plain;
    name.bold = !stale;
    pane_cell(ui, area, table, columns, COLUMN_SYMBOL, row, name, label);
    pane_cell(ui, area, table, columns, COLUMN_EXCHANGE, row, dim, quote->exchange);
    format_size(text, quote->bid_size, view->quantity_decimals, size_cols);
    pane_cell(ui, area, table, columns, COLUMN_BID_SIZE, row, dim, text);
    format_size(text, quote->ask_size, view->quantity_decimals, size_cols);
    pane_cell(ui, area, table, columns, COLUMN_ASK_SIZE, row, dim, text);
    format_price(text, quote->bid, view->price_decimals, price_cols);
    pane_cell(ui, area, table, columns, COLUMN_BID, row, ui_ink(price_role(ui, &view->bid, stale), selected), text);
    format_price(text, quote->ask, view->price_decimals, price_cols);
    pane_cell(ui, area, table, columns, COLUMN_ASK, row, ui_ink(price_role(ui, &view->ask, stale), selected), text);
    struct ink spread = crossed ? ui_ink(ROLE_CRITICAL, selected) : dim;
    format_price(text, quote->ask - quote->bid, view->price_decimals, table->width[COLUMN_SPREAD] - 1);
    pane_cell(ui, area, table, columns, COLUMN_SPREAD, row, spread, text);
    format_basis_points(text, market);
    pane_cell(ui, area, table, columns, COLUMN_BASIS_POINTS, row, spread, text);
    draw_last(ui, area, table, columns, row, selected, stale, view);
    format_percent(text, market_mid(market), view->reference);
    int sign = (text[0] == '+') - (text[0] == '-');
    pane_cell(ui, area, table, columns, COLUMN_CHANGE, row, stale ? plain : ui_ink(ui_role_of(sign), selected), text);
    draw_age(ui, area, table, columns, row, selected, stale, view);
    if (table->width[COLUMN_TREND] > 0)
        draw_trend(ui, area, row, table->start[COLUMN_TREND] + 2, table->width[COLUMN_TREND] - 2, selected, stale,
                   view);
    format_volume(text, quote->volume, view->quantity_decimals, table->width[COLUMN_VOLUME] - 1);
    pane_cell(ui, area, table, columns, COLUMN_VOLUME, row, dim, text);
    format_price(text, view->low, view->price_decimals, price_cols);
    pane_cell(ui, area, table, columns, COLUMN_LOW, row, dim, text);
    format_price(text, view->high, view->price_decimals, price_cols);
    pane_cell(ui, area, table, columns, COLUMN_HIGH, row, dim, text);
}

/* ---- the pane ------------------------------------------------------------------------------------------------- */

/* Widens the columns to the longest symbol and the widest price; prices never make them narrower again. */
static void widen_columns(struct ui *ui, const struct rows *rows, struct column *columns, int width)
{
    int symbol_cols = SYMBOL_COLS_MIN;
    if (ui->price_cols < PRICE_COLS_MIN)
        ui->price_cols = PRICE_COLS_MIN;
    for (int i = 0; i < rows->count; i++) {
        char text[DECIMAL_TEXT_SIZE];
        int cols = 1 + (int)decimal_format_fixed(text, rows->items[i]->market->quote.ask, PRICE_DECIMALS,
                                                 rows->items[i]->price_decimals, true);
        if (cols > ui->price_cols && cols <= 20)
            ui->price_cols = cols;
        char label[SYMBOL_SIZE + EXCHANGE_SIZE];
        write_label(label, sizeof label, rows->items[i], width >= 110);
        cols = 1 + draw_width(label, ui->canvas.ascii);
        if (cols > symbol_cols)
            symbol_cols = cols < SYMBOL_COLS_MAX ? cols : SYMBOL_COLS_MAX;
    }
    if (width >= 60)
        columns[COLUMN_SYMBOL].width = symbol_cols;
    columns[COLUMN_BID].width = columns[COLUMN_ASK].width = ui->price_cols;
    columns[COLUMN_LOW].width = columns[COLUMN_HIGH].width = ui->price_cols;
    columns[COLUMN_LAST].width = ui->price_cols + 2;
}

static void say_empty(const struct ui *ui, struct area area, const struct rows *rows)
{
    if (rows->total > 0)
        pane_empty(ui, area, 2, "No instrument matches the filter. Esc clears it.");
    else if (model_connection(ui->model)->state == CONNECTION_CONNECTED)
        pane_empty(ui, area, 2, "Waiting for the first quote.");
    else
        pane_empty(ui, area, 2, "Waiting for the server.");
}

static void watch_draw(struct ui *ui, struct area area, bool focused)
{
    struct rows rows;
    struct column columns[COLUMN_COUNT];
    struct list *list = &ui->lists[PANE_WATCH];
    char right[64];
    memcpy(columns, columns_base, sizeof columns);
    collect(ui, &rows);
    widen_columns(ui, &rows, columns, area.cols);
    struct table table = pane_table(area, columns, COLUMN_COUNT);
    int visible = area.rows - 2;
    follow_cursor(ui, &rows, list);
    list_place(list, rows.count, visible);
    if (rows.count > 0)
        ui->watched = rows.items[list->selected]->market->index;
    if (rows.count < rows.total)
        snprintf(right, sizeof right, "%d of %d instruments", rows.count, rows.total);
    else
        snprintf(right, sizeof right, "%d instruments", rows.total);
    pane_list_rule(ui, area, PANE_WATCH, "Watch", right, focused, rows.count, visible);
    pane_header(ui, area, &table, columns, 1);
    if (rows.count == 0)
        say_empty(ui, area, &rows);
    for (int i = 0; i < visible && list->top + i < rows.count; i++) {
        bool selected = list->top + i == list->selected;
        pane_row(ui, area, 2 + i, selected);
        draw_row(ui, area, &table, columns, 2 + i, selected, rows.items[list->top + i]);
    }
}

static void watch_move(struct ui *ui, int by)
{
    struct rows rows;
    struct list *list = &ui->lists[PANE_WATCH];
    collect(ui, &rows);
    follow_cursor(ui, &rows, list);
    list->selected += by;
    list_place(list, rows.count, 0);
    if (rows.count > 0)
        ui->watched = rows.items[list->selected]->market->index;
}

const struct pane_ops pane_watch = {.name = "watchlist", .draw = watch_draw, .move = watch_move};
