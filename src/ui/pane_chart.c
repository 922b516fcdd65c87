/* The chart of the watched instrument: its price of the last minutes as a line of braille dots, newest at the right. */
#include <stdio.h>
#include <string.h>

#include "ui/format.h"
#include "ui/pane.h"

enum { DOTS_X = 2, DOTS_Y = 4, CELLS_MAX = 300 };

struct plot {
    struct area area; /* of the line alone */
    int64_t low, high;
    int points; /* one per dot column, newest last */
    int64_t values[CELLS_MAX * DOTS_X];
};

/* False when there is none yet. */
static bool read_points(struct plot *plot, const struct instrument_view *view)
{
    int64_t closes[CELLS_MAX * DOTS_X], oldest, newest;
    int dots = plot->area.cols * DOTS_X;
    if (!candles_range(view->candles, CANDLES_1S, &oldest, &newest))
        return false;
    candles_closes(view->candles, CANDLES_1S, newest, closes, dots);
    plot->points = 0;
    plot->low = INT64_MAX;
    plot->high = INT64_MIN;
    for (int i = 0; i < dots; i++) {
        if (closes[i] == DECIMAL_NONE)
            continue;
        plot->values[plot->points++] = closes[i];
        plot->low = closes[i] < plot->low ? closes[i] : plot->low;
        plot->high = closes[i] > plot->high ? closes[i] : plot->high;
    }
    /* A price that stands still is a line in the middle; a few ticks of room keep small moves small. */
    int64_t tick = view->instrument != NULL ? view->instrument->tick : 1;
    int64_t room = (plot->high - plot->low) / 20;
    if (room < tick)
        room = tick;
    plot->low -= room;
    plot->high += room;
    return true;
}

/* The dot row (from the top) of a price. */
static int dot_of(const struct plot *plot, int64_t value)
{
    int rows = plot->area.rows * DOTS_Y;
    return rows - 1 - (int)((int128)(value - plot->low) * (rows - 1) / (plot->high - plot->low));
}

static unsigned braille_bit(int x, int y)
{
    static const unsigned bits[DOTS_Y][DOTS_X] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    return bits[y][x];
}

static void draw_line(const struct ui *ui, const struct plot *plot)
{
    int offset = plot->area.cols * DOTS_X - plot->points;
    for (int col = 0; col < plot->area.cols; col++) {
        for (int row = 0; row < plot->area.rows; row++) {
            unsigned dots = 0;
            for (int x = 0; x < DOTS_X; x++) {
                int point = col * DOTS_X + x - offset;
                if (point < 0)
                    continue;
                /* From the point before to this one, so that the line has no holes. */
                int to = dot_of(plot, plot->values[point]);
                int from = point > 0 ? dot_of(plot, plot->values[point - 1]) : to;
                int top = from < to ? from + (point > 0) : to, bottom = from < to ? to : from - (from > to);
                for (int y = 0; y < DOTS_Y; y++) {
                    int dot = row * DOTS_Y + y;
                    if (dot >= top && dot <= bottom)
                        dots |= braille_bit(x, y);
                }
            }
            if (dots != 0)
                draw_braille(&ui->canvas, plot->area, row, col, ui_ink(ROLE_CHART, false), dots);
        }
    }
}

static void draw_axes(const struct ui *ui, struct area area, const struct plot *plot,
                      const struct instrument_view *view, int label_cols)
{
    struct ink dim = {.role = ROLE_DIM};
    char text[FORMAT_SIZE], line[64];
    int rows = plot->area.rows, first = plot->area.row - area.row;
    int steps = rows >= 12 ? 4 : 2;
    for (int step = 0; step <= steps; step++) {
        int row = (rows - 1) * step / steps;
        int64_t price = plot->high - (int64_t)((int128)(plot->high - plot->low) * row / (rows > 1 ? rows - 1 : 1));
        format_price(text, price, view->price_decimals, label_cols - 2);
        draw_right(&ui->canvas, area, first + row, area.cols - 1, label_cols - 2, dim, text);
    }
    int seconds = plot->area.cols * DOTS_X;
    snprintf(line, sizeof line, seconds >= 120 ? "%dm%02ds ago" : "%.0d%02d s ago", seconds >= 120 ? seconds / 60 : 0,
             seconds >= 120 ? seconds % 60 : seconds);
    draw_text(&ui->canvas, area, area.rows - 1, 1, 0, dim, line);
    draw_right(&ui->canvas, area, area.rows - 1, plot->area.cols + 1, 0, dim, "now");
}

static void draw_now(const struct ui *ui, struct area area, const struct plot *plot, const struct instrument_view *view,
                     int label_cols)
{
    char text[FORMAT_SIZE];
    int64_t now = plot->values[plot->points - 1];
    int row = plot->area.row - area.row + dot_of(plot, now) / DOTS_Y;
    format_price(text, now, view->price_decimals + 1, label_cols - 2);
    struct ink ink = {.role = ROLE_ACCENT};
    draw_right(&ui->canvas, area, row, area.cols - 1, label_cols - 2, ink, "          ");
    draw_right(&ui->canvas, area, row, area.cols - 1, label_cols - 2, ink, text);
}

static void chart_draw(struct ui *ui, struct area area, bool focused)
{
    const struct instrument_view *view = pane_watch_selected(ui);
    char title[64], right[128], low[FORMAT_SIZE], high[FORMAT_SIZE], change[FORMAT_SIZE];
    if (view == NULL) {
        pane_rule(ui, area, PANE_CHART, "Chart", "", focused);
        return;
    }
    format_price(low, view->low, view->price_decimals, 20);
    format_price(high, view->high, view->price_decimals, 20);
    format_percent(change, market_mid(view->market), view->reference);
    snprintf(title, sizeof title, "%s %s", view->market->quote.symbol, view->market->quote.exchange);
    snprintf(right, sizeof right, "%s%%  low %.20s  high %.20s", change, low, high);
    pane_rule(ui, area, PANE_CHART, title, right, focused);
    const int label_cols = 12;
    struct plot plot = {.area = {area.row + 1, area.col + 1, area.rows - 2, area.cols - label_cols - 1}};
    if (plot.area.rows < 2 || plot.area.cols < 8)
        return;
    if (plot.area.cols > CELLS_MAX)
        plot.area.cols = CELLS_MAX;
    if (!read_points(&plot, view))
        return;
    draw_axes(ui, area, &plot, view, label_cols);
    draw_line(ui, &plot);
    draw_now(ui, area, &plot, view, label_cols);
}

const struct pane_ops pane_chart = {.name = "chart", .draw = chart_draw};
