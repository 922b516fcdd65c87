/* The cells of an instrument: its quote with its age, what moved a moment ago, its day and its trend. Only what is
 * shown is worked out. */
#include "ui/watch_row.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"

enum { FLASH_MS = 300, PRICE_COLS_MIN = 10, SYMBOL_COLS_MIN = 8, SYMBOL_COLS_MAX = 18 };

/* At 80 columns all of rank 0 to 6 fit, but for a cell at the edge. */
const struct column watch_row_columns[WATCH_COLUMNS] = {
    [WATCH_SYMBOL] = {.title = "SYMBOL", .width = SYMBOL_COLS_MIN, .grow = 1},
    [WATCH_EXCHANGE] = {.title = "EXCH", .width = 9, .rank = 9},
    [WATCH_BID_SIZE] = {.title = "BIDSZ", .width = 7, .rank = 4, .right = true},
    [WATCH_BID] = {.title = "BID", .width = PRICE_COLS_MIN, .right = true},
    [WATCH_ASK] = {.title = "ASK", .width = PRICE_COLS_MIN, .right = true},
    [WATCH_ASK_SIZE] = {.title = "ASKSZ", .width = 7, .rank = 4, .right = true},
    [WATCH_SPREAD] = {.title = "SPREAD", .width = 7, .rank = 5, .right = true},
    [WATCH_BASIS_POINTS] = {.title = "BP", .width = 5, .rank = 6, .right = true},
    [WATCH_LAST] = {.title = "LAST", .width = PRICE_COLS_MIN + 2, .rank = 2, .right = true},
    [WATCH_LAST_SIZE] = {.title = "LASTSZ", .width = 8, .rank = 12, .right = true},
    [WATCH_CHANGE] = {.title = "CHG%", .width = 7, .rank = 1, .right = true},
    [WATCH_AGE] = {.title = "AGE ", .width = 5, .right = true},
    [WATCH_RATE] = {.title = "Q/S", .width = 6, .rank = 10, .right = true},
    [WATCH_IMBALANCE] = {.title = "IMB%", .width = 6, .rank = 11, .right = true},
    [WATCH_TREND] = {.title = "TREND", .width = 10, .rank = 7, .grow = 3},
    [WATCH_RANGE] = {.title = "RANGE", .width = 12, .rank = 13, .grow = 1},
    [WATCH_VOLUME] = {.title = "VOLUME", .width = 8, .rank = 8, .right = true},
    [WATCH_FIRST] = {.title = "FIRST", .width = PRICE_COLS_MIN, .rank = 14, .right = true},
    [WATCH_LOW] = {.title = "LOW", .width = PRICE_COLS_MIN, .rank = 8, .right = true},
    [WATCH_HIGH] = {.title = "HIGH", .width = PRICE_COLS_MIN, .rank = 8, .right = true},
};

/* ---- order ---------------------------------------------------------------------------------------------------- */

int watch_row_compare(const struct instrument_view *left, const struct instrument_view *right)
{
    if (left->instrument != NULL && right->instrument != NULL)
        return (left->instrument > right->instrument) - (left->instrument < right->instrument);
    if (left->instrument != NULL || right->instrument != NULL)
        return left->instrument != NULL ? -1 : 1;
    return (left->market->index > right->market->index) - (left->market->index < right->market->index);
}

static double known(int64_t value)
{
    return value == DECIMAL_NONE ? -INFINITY : (double)value;
}

/* How far the best bid outweighs the best ask: 1 all, -1 nothing; -INFINITY when a size is not known. */
static double imbalance_of(const struct quote *quote)
{
    if (quote->bid_size == DECIMAL_NONE || quote->ask_size == DECIMAL_NONE)
        return -INFINITY;
    double bid = (double)quote->bid_size, ask = (double)quote->ask_size;
    return bid + ask <= 0 ? -INFINITY : (bid - ask) / (bid + ask);
}

/* Where a price stands between the low and the high of its day: 0 to 1; -INFINITY when there is no such range. */
static double place_in_range(const struct instrument_view *view)
{
    int64_t price = view->market->quote.last != DECIMAL_NONE ? view->market->quote.last : market_mid(view->market);
    if (view->low == DECIMAL_NONE || view->high <= view->low)
        return -INFINITY;
    double place = (double)(price - view->low) / (double)(view->high - view->low);
    return place < 0 ? 0 : place > 1 ? 1 : place;
}

static double change_of(int64_t from, int64_t to)
{
    return from == DECIMAL_NONE || from <= 0 || to == DECIMAL_NONE ? -INFINITY : (double)(to - from) / (double)from;
}

/* What a column of numbers is sorted by. */
static double value_of(const struct ui *ui, const struct instrument_view *view, enum watch_column column)
{
    const struct quote *quote = &view->market->quote;
    int64_t mid = market_mid(view->market);
    switch (column) {
    case WATCH_BID_SIZE:
        return known(quote->bid_size);
    case WATCH_BID:
        return known(quote->bid);
    case WATCH_ASK:
        return known(quote->ask);
    case WATCH_ASK_SIZE:
        return known(quote->ask_size);
    case WATCH_SPREAD:
        return known(quote->ask - quote->bid);
    case WATCH_BASIS_POINTS:
        return mid <= 0 ? -INFINITY : (double)(quote->ask - quote->bid) / (double)mid;
    case WATCH_LAST:
        return known(quote->last);
    case WATCH_LAST_SIZE:
        return known(quote->last_size);
    case WATCH_CHANGE:
        return change_of(view->reference, mid);
    case WATCH_AGE:
        return (double)market_age_ns(view->market, ui->market_ns);
    case WATCH_RATE:
        return view->quotes_per_second;
    case WATCH_IMBALANCE:
        return imbalance_of(quote);
    case WATCH_RANGE:
        return place_in_range(view);
    case WATCH_VOLUME:
        return known(quote->volume);
    case WATCH_FIRST:
        return known(view->reference);
    case WATCH_LOW:
        return known(view->low);
    case WATCH_HIGH:
        return known(view->high);
    case WATCH_SYMBOL:
    case WATCH_EXCHANGE:
    case WATCH_TREND:
    case WATCH_COLUMNS:
        break;
    }
    return 0;
}

int watch_row_compare_by(const struct ui *ui, const struct instrument_view *left, const struct instrument_view *right,
                         enum watch_column column)
{
    double a = value_of(ui, left, column), b = value_of(ui, right, column);
    int order = (a > b) - (a < b);
    if (column == WATCH_SYMBOL)
        order = strcmp(left->market->quote.symbol, right->market->quote.symbol);
    else if (column == WATCH_EXCHANGE)
        order = strcmp(left->market->quote.exchange, right->market->quote.exchange);
    return order != 0 ? order : watch_row_compare(left, right);
}

/* ---- widths --------------------------------------------------------------------------------------------------- */

/* The symbol; its exchange too when that is not the primary one and has no column of its own. */
static void write_label(char *label, size_t size, const struct instrument_view *view, bool exchange_shown)
{
    const struct quote *quote = &view->market->quote;
    bool plain = view->primary || exchange_shown;
    snprintf(label, size, "%s%s%s", quote->symbol, plain ? "" : "@", plain ? "" : quote->exchange);
}

void watch_row_widen(struct ui *ui, struct column *columns, const struct browse_rows *rows, int width)
{
    int symbol_cols = SYMBOL_COLS_MIN;
    if (ui->price_cols < PRICE_COLS_MIN)
        ui->price_cols = PRICE_COLS_MIN;
    for (int i = 0; i < rows->count; i++) {
        const struct instrument_view *view = rows->items[i];
        char text[DECIMAL_TEXT_SIZE];
        int cols =
            1 + (int)decimal_format_fixed(text, view->market->quote.ask, PRICE_DECIMALS, view->price_decimals, true);
        if (cols > ui->price_cols && cols <= 20)
            ui->price_cols = cols;
        char label[SYMBOL_SIZE + EXCHANGE_SIZE];
        write_label(label, sizeof label, view, width >= 110);
        cols = 1 + draw_width(label, ui->canvas.ascii);
        if (cols > symbol_cols)
            symbol_cols = cols < SYMBOL_COLS_MAX ? cols : SYMBOL_COLS_MAX;
    }
    if (width >= 60)
        columns[WATCH_SYMBOL].width = symbol_cols;
    columns[WATCH_BID].width = columns[WATCH_ASK].width = ui->price_cols;
    columns[WATCH_FIRST].width = columns[WATCH_LOW].width = columns[WATCH_HIGH].width = ui->price_cols;
    columns[WATCH_LAST].width = ui->price_cols + 2;
}

/* ---- cells ---------------------------------------------------------------------------------------------------- */

/* What the cells of a row need beside their column. */
struct cell {
    const struct ui *ui;
    struct area area;
    const struct table *table;
    int row;
    bool selected, stale;
    const struct instrument_view *view;
};

static struct ink ink_of(const struct cell *cell, enum role role)
{
    return ui_ink(cell->stale ? ROLE_STALE : role, cell->selected);
}

static void put(const struct cell *cell, enum watch_column column, struct ink ink, const char *text)
{
    pane_cell(cell->ui, cell->area, cell->table, watch_row_columns, (int)column, cell->row, ink, text);
}

static struct ink price_ink(const struct cell *cell, const struct movement *movement)
{
    int64_t since_ns = cell->ui->market_ns - movement->at_ns;
    if (cell->ui->flash && movement->at_ns != 0 && movement->direction != 0 && since_ns < FLASH_MS * NS_PER_MS)
        return ui_ink(movement->direction > 0 ? ROLE_FLASH_UP : ROLE_FLASH_DOWN, cell->selected);
    return ink_of(cell, ROLE_TEXT);
}

static void put_price(const struct cell *cell, enum watch_column column, struct ink ink, int64_t price)
{
    char text[FORMAT_SIZE];
    format_price(text, price, cell->view->price_decimals, cell->table->width[column] - 1);
    put(cell, column, ink, text);
}

static void put_size(const struct cell *cell, enum watch_column column, int64_t size)
{
    char text[FORMAT_SIZE];
    format_size(text, size, cell->view->quantity_decimals, cell->table->width[column] - 1);
    put(cell, column, ink_of(cell, ROLE_DIM), text);
}

static void put_signed(const struct cell *cell, enum watch_column column, const char *text)
{
    put(cell, column, ink_of(cell, ui_role_of((text[0] == '+') - (text[0] == '-'))), text);
}

static void put_label(const struct cell *cell)
{
    char label[SYMBOL_SIZE + EXCHANGE_SIZE];
    struct ink ink = ink_of(cell, ROLE_TEXT);
    ink.bold = !cell->stale;
    write_label(label, sizeof label, cell->view, cell->table->width[WATCH_EXCHANGE] > 0);
    put(cell, WATCH_SYMBOL, ink, label);
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

static void put_spread(const struct cell *cell, enum watch_column column)
{
    const struct market *market = cell->view->market;
    char text[FORMAT_SIZE];
    if (column == WATCH_BASIS_POINTS)
        format_basis_points(text, market);
    else
        format_price(text, market->quote.ask - market->quote.bid, cell->view->price_decimals,
                     cell->table->width[column] - 1);
    put(cell, column, market_is_crossed(market) ? ui_ink(ROLE_CRITICAL, cell->selected) : ink_of(cell, ROLE_DIM), text);
}

static void put_last(const struct cell *cell)
{
    const struct movement *movement = &cell->view->last;
    char text[FORMAT_SIZE];
    int width = cell->table->width[WATCH_LAST];
    format_price(text, cell->view->market->quote.last, cell->view->price_decimals, width - 3);
    put(cell, WATCH_LAST, price_ink(cell, movement), text);
    int arrow = cell->table->start[WATCH_LAST] + width - (int)strlen(text) - 2;
    if (text[0] != '\0' && movement->direction != 0)
        draw_text(&cell->ui->canvas, cell->area, cell->row, arrow, 1, ink_of(cell, ui_role_of(movement->direction)),
                  ui_arrow(cell->ui, movement->direction));
}

/* What is odd about a quote; NULL when nothing is. Feeds that are not ours may not flag it. */
static const char *mark_of(const struct quote *quote)
{
    static const char *const MARKS[] = {
        [QUOTE_ONE_SIDED] = "ONE ", [QUOTE_LOCKED] = "LOCK", [QUOTE_CROSSED] = "CROS", [QUOTE_OUTLIER] = "FAR "};
    if (quote->status != QUOTE_OPEN)
        return quote->status == QUOTE_HALTED ? "HALT" : "AUCT";
    return MARKS[quote->condition != QUOTE_SOUND ? quote->condition : quote_condition_of(quote)];
}

/* The age; of a young quote rather what is odd about it. */
static void put_age(const struct cell *cell)
{
    char age[FORMAT_SIZE], text[FORMAT_SIZE + 2];
    const struct quote *quote = &cell->view->market->quote;
    const char *mark = quote->status != QUOTE_OPEN || !cell->stale ? mark_of(quote) : NULL;
    format_age(age, market_age_ns(cell->view->market, cell->ui->market_ns));
    snprintf(text, sizeof text, "%s%s", mark != NULL ? mark : age, mark != NULL ? "" : cell->stale ? "!" : " ");
    enum role role = mark != NULL || cell->stale ? ROLE_WARNING : ROLE_DIM;
    put(cell, WATCH_AGE, ui_ink(role, cell->selected), text);
}

static void put_volume(const struct cell *cell)
{
    char text[FORMAT_SIZE];
    format_volume(text, cell->view->market->quote.volume, cell->view->quantity_decimals,
                  cell->table->width[WATCH_VOLUME] - 1);
    put(cell, WATCH_VOLUME, ink_of(cell, ROLE_DIM), text);
}

static void put_rate(const struct cell *cell)
{
    char text[FORMAT_SIZE];
    double rate = cell->view->quotes_per_second;
    if (rate < 9.95)
        snprintf(text, sizeof text, "%.1f", rate);
    else
        format_count(text, (uint64_t)(rate + 0.5));
    put(cell, WATCH_RATE, ui_ink(ROLE_DIM, cell->selected), text);
}

static void put_imbalance(const struct cell *cell)
{
    char text[FORMAT_SIZE] = "";
    double imbalance = imbalance_of(&cell->view->market->quote);
    if (!isinf(imbalance)) {
        int percent = (int)lrint(imbalance * 100);
        snprintf(text, sizeof text, "%s%d", percent > 0 ? "+" : "", percent);
    }
    put_signed(cell, WATCH_IMBALANCE, text);
}

/* The last minute and a half, spread over the columns; what was before the first price stays free. */
static void put_trend(const struct cell *cell)
{
    enum { SECONDS = 90 };
    const struct candles *candles = cell->view->candles;
    int width = cell->table->width[WATCH_TREND] - 2, end = cell->table->start[WATCH_TREND] + 2 + width;
    int64_t closes[SECONDS], oldest, newest, low = INT64_MAX, high = INT64_MIN;
    if (!candles_range(candles, CANDLES_1S, &oldest, &newest))
        return;
    candles_closes(candles, CANDLES_1S, newest, closes, SECONDS);
    int first = 0;
    while (closes[first] == DECIMAL_NONE)
        first++;
    for (int i = first; i < SECONDS; i++) {
        low = closes[i] < low ? closes[i] : low;
        high = closes[i] > high ? closes[i] : high;
    }
    int64_t change = closes[SECONDS - 1] - closes[first];
    enum role role = change > 0 ? ROLE_GAIN : change < 0 ? ROLE_LOSS : ROLE_DIM;
    int columns = SECONDS - first < width ? SECONDS - first : width;
    for (int i = 0; i < columns; i++) {
        int64_t value = closes[SECONDS - 1 - i * (SECONDS - first) / columns];
        int eighths = high == low ? 4 : 1 + (int)((int128)(value - low) * 7 / (high - low));
        draw_bar(&cell->ui->canvas, cell->area, cell->row, end - 1 - i, ink_of(cell, role), eighths);
    }
}

/* A line from the low to the high of the day with a dot where the price is. */
static void put_range(const struct cell *cell)
{
    const struct canvas *canvas = &cell->ui->canvas;
    int start = cell->table->start[WATCH_RANGE] + 1, width = cell->table->width[WATCH_RANGE] - 2;
    double place = place_in_range(cell->view);
    if (isinf(place)) {
        put(cell, WATCH_RANGE, ink_of(cell, ROLE_DIM), "");
        return;
    }
    for (int i = 0; i < width; i++)
        draw_text(canvas, cell->area, cell->row, start + i, 1, ink_of(cell, ROLE_DIM), draw_glyph(canvas, GLYPH_RULE));
    draw_text(canvas, cell->area, cell->row, start + (int)lrint(place * (width - 1)), 1, ink_of(cell, ROLE_TEXT),
              draw_glyph(canvas, GLYPH_DOT));
}

static void put_change(const struct cell *cell)
{
    char text[FORMAT_SIZE];
    format_percent(text, market_mid(cell->view->market), cell->view->reference);
    put_signed(cell, WATCH_CHANGE, text);
}

static void put_cell(const struct cell *cell, enum watch_column column)
{
    const struct instrument_view *view = cell->view;
    const struct quote *quote = &view->market->quote;
    switch (column) {
    case WATCH_SYMBOL:
        put_label(cell);
        break;
    case WATCH_EXCHANGE:
        put(cell, column, ink_of(cell, ROLE_DIM), quote->exchange);
        break;
    case WATCH_BID_SIZE:
        put_size(cell, column, quote->bid_size);
        break;
    case WATCH_BID:
        put_price(cell, column, price_ink(cell, &view->bid), quote->bid);
        break;
    case WATCH_ASK:
        put_price(cell, column, price_ink(cell, &view->ask), quote->ask);
        break;
    case WATCH_ASK_SIZE:
        put_size(cell, column, quote->ask_size);
        break;
    case WATCH_SPREAD:
    case WATCH_BASIS_POINTS:
        put_spread(cell, column);
        break;
    case WATCH_LAST:
        put_last(cell);
        break;
    case WATCH_LAST_SIZE:
        put_size(cell, column, quote->last_size);
        break;
    case WATCH_CHANGE:
        put_change(cell);
        break;
    case WATCH_AGE:
        put_age(cell);
        break;
    case WATCH_RATE:
        put_rate(cell);
        break;
    case WATCH_IMBALANCE:
        put_imbalance(cell);
        break;
    case WATCH_TREND:
        put_trend(cell);
        break;
    case WATCH_RANGE:
        put_range(cell);
        break;
    case WATCH_VOLUME:
        put_volume(cell);
        break;
    case WATCH_FIRST:
        put_price(cell, column, ink_of(cell, ROLE_DIM), view->reference);
        break;
    case WATCH_LOW:
        put_price(cell, column, ink_of(cell, ROLE_DIM), view->low);
        break;
    case WATCH_HIGH:
        put_price(cell, column, ink_of(cell, ROLE_DIM), view->high);
        break;
    case WATCH_COLUMNS:
        break;
    }
}

void watch_row_draw(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                    const struct instrument_view *view)
{
    struct cell cell = {.ui = ui,
                        .area = area,
                        .table = table,
                        .row = row,
                        .selected = selected,
                        .stale = model_is_stale(ui->model, view->market, ui->market_ns),
                        .view = view};
    for (int column = 0; column < WATCH_COLUMNS; column++) {
        if (table->width[column] > 0)
            put_cell(&cell, (enum watch_column)column);
    }
}
