/* A ladder's columns: our buys, the bids, the price, the asks, our sales; then the estimate of the queue in front of
 * ours, the last trade and the volume at the price. What nobody knows is a dash; where nothing is, nothing stands. */
#include "ui/ladder_rows.h"

#include <stdio.h>
#include <string.h>

#include "ui/format.h"
#include "ui/ladder_orders.h"
#include "ui/pane.h"

enum ladder_column {
    COLUMN_OUR_BUYS,
    COLUMN_BIDS,
    COLUMN_PRICE,
    COLUMN_ASKS,
    COLUMN_OUR_SALES,
    COLUMN_QUEUE,
    COLUMN_LAST,
    COLUMN_VOLUME,
    COLUMN_COUNT
};

enum { PRICE_COLS_MIN = 11, NARROW_COLS = 43, VOLUME_COLS = 7 };

static const struct column columns_base[COLUMN_COUNT] = {
    [COLUMN_OUR_BUYS] = {.title = "OURS", .width = 7, .rank = 1, .right = true},
    [COLUMN_BIDS] = {.title = "BIDS", .width = 8, .right = true},
    [COLUMN_PRICE] = {.title = "PRICE ", .width = PRICE_COLS_MIN, .right = true},
    [COLUMN_ASKS] = {.title = "ASKS", .width = 8, .right = true},
    [COLUMN_OUR_SALES] = {.title = "OURS", .width = 7, .rank = 1, .right = true},
    [COLUMN_QUEUE] = {.title = "QUEUE est", .width = 10, .rank = 2, .right = true},
    [COLUMN_LAST] = {.title = "LAST", .width = 9, .rank = 4, .right = true},
    [COLUMN_VOLUME] = {.title = "VOLUME", .width = 14, .rank = 3, .grow = 1},
};

/* ---- what it holds -------------------------------------------------------------------------------------------- */

static void put_order(const struct ladder_own *own, void *context)
{
    if (own->order.price != DECIMAL_NONE)
        ladder_put_order(context, &own->order);
}

static void fill(const struct ui *ui, const struct instrument_view *view, const struct ladder_place *place,
                 struct ladder *ladder)
{
    const struct quote *quote = &view->market->quote;
    const struct depth_view *depth = model_depth(ui->model, view->market);
    const struct position_view *position = model_position(ui->model, ui->account, quote->symbol);
    ladder_begin(ladder, place);
    ladder_put_market(ladder, quote, depth == NULL ? NULL : &depth->depth);
    ladder_orders_each(ui, view->market, put_order, ladder);
    for (int i = 0; view->profile != NULL && i < VOLUME_LEVELS; i++) {
        if (view->profile->levels[i].volume > 0)
            ladder_put_volume(ladder, view->profile->levels[i].price, view->profile->levels[i].volume);
    }
    if (quote->last != DECIMAL_NONE)
        ladder_put_last(ladder, quote->last);
    if (position != NULL && position->known && position->position.quantity != 0)
        ladder_put_average(ladder, position->position.average_price);
}

/* ---- one row -------------------------------------------------------------------------------------------------- */

struct drawing {
    const struct ui *ui;
    struct area area;
    struct table table;
    struct column columns[COLUMN_COUNT];
    const struct instrument_view *view;
    const struct ladder *ladder;
    bool stale, is_first;
};

static void write_cell(const struct drawing *drawing, int column, int row, struct ink ink, const char *text)
{
    if (text[0] != '\0')
        pane_cell(drawing->ui, drawing->area, &drawing->table, drawing->columns, column, row, ink, text);
}

/* What is displayed at a price: pane_cell shows what is unknown as a dash. */
static void draw_size(const struct drawing *drawing, int column, int row, struct ink ink, int64_t size)
{
    char text[FORMAT_SIZE];
    if (size == 0)
        return;
    format_size(text, size, drawing->view->quantity_decimals, drawing->table.width[column] - 2);
    ink.role = drawing->stale ? ROLE_STALE : ink.role;
    pane_cell(drawing->ui, drawing->area, &drawing->table, drawing->columns, column, row, ink, text);
}

/* Ours: "200", "200*" when an answer is to come, "200?" when the fate is unknown, "s" behind a stop. */
static void draw_ours(const struct drawing *drawing, int column, int row, struct ink ink,
                      const struct ladder_cell *cell)
{
    char size[FORMAT_SIZE], text[FORMAT_SIZE + 4];
    if (cell->orders == 0)
        return;
    const char *mark = cell->unknown ? "?" : cell->pending ? "*" : cell->stop ? "s" : "";
    format_size(size, cell->ours, drawing->view->quantity_decimals,
                drawing->table.width[column] - 1 - (int)strlen(mark));
    snprintf(text, sizeof text, "%s%s", size, mark);
    ink.role = cell->unknown ? ROLE_UNKNOWN : cell->pending ? ROLE_WARNING : ink.role;
    ink.bold = true;
    write_cell(drawing, column, row, ink, text);
}

static void draw_queue(const struct drawing *drawing, int row, enum ground ground, const struct ladder_row *item)
{
    const struct ladder_cell *cell = item->buy.orders > 0 ? &item->buy : &item->sell;
    char size[FORMAT_SIZE], text[FORMAT_SIZE + 1];
    if (cell->orders == 0 || cell->queue == DECIMAL_NONE)
        return;
    format_size(size, cell->queue, drawing->view->quantity_decimals, drawing->table.width[COLUMN_QUEUE] - 2);
    snprintf(text, sizeof text, "~%s", size);
    write_cell(drawing, COLUMN_QUEUE, row, (struct ink){.role = ROLE_DIM, .ground = ground}, text);
}

static void draw_last(const struct drawing *drawing, int row, enum ground ground)
{
    const struct quote *quote = &drawing->view->market->quote;
    int sign = quote->last_side == SIDE_BUY ? 1 : quote->last_side == SIDE_SELL ? -1 : 0;
    char size[FORMAT_SIZE], text[FORMAT_SIZE + 8];
    format_size(size, quote->last_size, drawing->view->quantity_decimals, drawing->table.width[COLUMN_LAST] - 3);
    snprintf(text, sizeof text, "%s %s", ui_arrow(drawing->ui, sign),
             size[0] != '\0' ? size : draw_glyph(&drawing->ui->canvas, GLYPH_DASH));
    enum role role = drawing->stale ? ROLE_STALE : ui_role_of(sign);
    write_cell(drawing, COLUMN_LAST, row, (struct ink){.role = role, .ground = ground}, text);
}

static void draw_volume(const struct drawing *drawing, int row, enum ground ground, int64_t volume)
{
    const struct table *table = &drawing->table;
    char text[FORMAT_SIZE];
    int start = table->start[COLUMN_VOLUME] + 1, bar = table->width[COLUMN_VOLUME] - 1 - VOLUME_COLS;
    if (volume <= 0 || table->width[COLUMN_VOLUME] == 0)
        return;
    int cells = 1 + (int)((int128)volume * (bar - 1) / drawing->ladder->volume_max);
    for (int i = 0; i < cells; i++)
        draw_bar(&drawing->ui->canvas, drawing->area, row, start + i,
                 (struct ink){.role = ROLE_CHART, .ground = ground}, 8);
    format_size(text, volume, drawing->view->quantity_decimals < 2 ? drawing->view->quantity_decimals : 2,
                VOLUME_COLS - 1);
    draw_right(&drawing->ui->canvas, drawing->area, row, start + bar + VOLUME_COLS, 0,
               (struct ink){.role = ROLE_DIM, .ground = ground}, text);
}

/* The price; "@" behind it is our average. */
static void draw_price(const struct drawing *drawing, int row, struct ink ink, const struct ladder_row *item)
{
    char price[FORMAT_SIZE], text[FORMAT_SIZE + 1];
    format_price(price, item->price, drawing->view->price_decimals, drawing->table.width[COLUMN_PRICE] - 2);
    snprintf(text, sizeof text, "%s%s", price, item->is_average ? "@" : " ");
    ink.role = drawing->stale   ? ROLE_STALE
               : item->is_bid   ? ROLE_GAIN
               : item->is_ask   ? ROLE_LOSS
               : item->in_touch ? ROLE_DIM
                                : ROLE_TEXT;
    ink.bold = item->is_bid || item->is_ask;
    write_cell(drawing, COLUMN_PRICE, row, ink, text);
}

/* Left of the middle of the price a click means the bids, right of it the asks; in a ladder beside the first, that its
 * instrument is wanted. */
static void note_place(const struct drawing *drawing, int row, int64_t price)
{
    struct hits *hits = drawing->ui->hits;
    int cols = drawing->area.cols;
    int middle = drawing->table.start[COLUMN_PRICE] + drawing->table.width[COLUMN_PRICE] / 2;
    if (!drawing->is_first) {
        hits_add(hits, drawing->area, (struct area){row, 0, 1, cols}, HIT_MARKET, (int)drawing->view->market->index, 0);
        return;
    }
    hits_add(hits, drawing->area, (struct area){row, 0, 1, middle}, HIT_PRICE, SIDE_BUY, price);
    hits_add(hits, drawing->area, (struct area){row, middle, 1, cols - middle}, HIT_PRICE, SIDE_SELL, price);
}

static void draw_row(const struct drawing *drawing, int row, bool is_cursor, const struct ladder_row *item)
{
    const struct ui *ui = drawing->ui;
    enum ground ground = is_cursor ? GROUND_SELECTED : item->in_touch ? GROUND_BAR : GROUND_SCREEN;
    struct ink buy = {.role = ROLE_GAIN, .ground = ground}, sell = {.role = ROLE_LOSS, .ground = ground};
    draw_fill(&ui->canvas, (struct area){drawing->area.row + row, drawing->area.col, 1, drawing->area.cols},
              (struct ink){.role = ROLE_TEXT, .ground = ground});
    draw_ours(drawing, COLUMN_OUR_BUYS, row, buy, &item->buy);
    draw_size(drawing, COLUMN_BIDS, row, buy, item->buy.size);
    draw_price(drawing, row, buy, item);
    draw_size(drawing, COLUMN_ASKS, row, sell, item->sell.size);
    draw_ours(drawing, COLUMN_OUR_SALES, row, sell, &item->sell);
    draw_queue(drawing, row, ground, item);
    if (item->traded_last)
        draw_last(drawing, row, ground);
    draw_volume(drawing, row, ground, item->volume);
    note_place(drawing, row, item->price);
    if (!is_cursor)
        return;
    int column = ui->ladder.side == SIDE_SELL ? COLUMN_ASKS : COLUMN_BIDS;
    draw_text(&ui->canvas, drawing->area, row, drawing->table.start[column] + 1, 1,
              (struct ink){.role = ROLE_ACCENT, .ground = ground}, draw_glyph(&ui->canvas, GLYPH_POINTER));
}

/* ---- the ladder ----------------------------------------------------------------------------------------------- */

static void lay_columns(struct drawing *drawing)
{
    const struct ladder *ladder = drawing->ladder;
    char text[DECIMAL_TEXT_SIZE];
    memcpy(drawing->columns, columns_base, sizeof columns_base);
    for (int i = 0; i<ladder->count; i += ladder->count> 1 ? ladder->count - 1 : 1) {
        int cols = 2 + (int)decimal_format_fixed(text, ladder->rows[i].price, PRICE_DECIMALS,
                                                 drawing->view->price_decimals, true);
        if (cols > drawing->columns[COLUMN_PRICE].width && cols <= 20)
            drawing->columns[COLUMN_PRICE].width = cols;
    }
    if (drawing->area.cols < NARROW_COLS)
        drawing->columns[COLUMN_OUR_BUYS].width = drawing->columns[COLUMN_OUR_SALES].width = 6;
    drawing->table = pane_table(drawing->area, drawing->columns, COLUMN_COUNT);
}

struct ladder_rows ladder_rows_draw(struct ui *ui, struct area area, int number, const struct instrument_view *view)
{
    struct ladder ladder;
    const struct ladder_place *place = &ui->ladder.places[number];
    const struct quote *quote = &view->market->quote;
    struct drawing drawing = {.ui = ui, .area = area, .view = view, .ladder = &ladder, .is_first = number == 0};
    fill(ui, view, place, &ladder);
    lay_columns(&drawing);
    drawing.stale = model_is_stale(ui->model, view->market, ui->market_ns);
    pane_header(ui, area, &drawing.table, drawing.columns, 0);
    for (int i = 0; i < ladder.count; i++) {
        const struct ladder_row *row = &ladder.rows[i];
        draw_row(&drawing, 1 + i, number == 0 && ui->ladder.has_cursor && row->price == ui->ladder.cursor, row);
    }
    return (struct ladder_rows){
        .orders_above = ladder.orders_above,
        .orders_below = ladder.orders_below,
        .market_above = quote->bid > ladder.rows[0].price,
        .market_below = quote->ask < ladder.rows[ladder.count - 1].price,
    };
}
