/* The instrument screen: all about the watched instrument. On a narrow terminal either the trades or the depth stand
 * beside the chart, on a wider one both. */
#include "ui/view_instrument.h"

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/instrument_parts.h"
#include "ui/keys.h"
#include "ui/pane.h"
#include "ui/ticket.h"
#include "ui/view.h"

enum {
    HEAD_ROWS = 3,
    OURS_ROWS_MIN = 3,
    OURS_ROWS_MAX = 9,
    BESIDE_COLS = 31, /* the trades, or the depth; with fewer than CHART_COLS_MIN for the chart neither */
    CHART_COLS_MIN = 38,
    DEPTH_ROWS = 2 + 2 * DEPTH_LEVELS,
    WIDE_COLS = 110,
    VERY_WIDE_COLS = 165,
    PAST_AFTER_MS = 300, /* so that who only passes by starts nothing */
};

/* ---- keys ----------------------------------------------------------------------------------------------------- */

static void follow_market(struct ui *ui)
{
    ui->chart.end = ui->chart.cross = 0;
}

void view_instrument_key_trade(struct ui *ui, int key)
{
    ticket_open(ui, pane_watch_selected(ui), key == 's' ? SIDE_SELL : SIDE_BUY, DECIMAL_NONE);
}

/* Along the watchlist, as it is filtered. */
void view_instrument_key_other(struct ui *ui, int key)
{
    bool back = key == KEYS_UP || key == 'k' || key == '[';
    pane_watch.move(ui, back ? -1 : 1);
    ui->moved[PANE_WATCH] = true;
    follow_market(ui);
}

/* The range of the chart that is shown; false when there is nothing to look at. */
static bool chart_range(const struct ui *ui, int64_t *oldest, int64_t *newest)
{
    const struct instrument_view *view = pane_watch_selected(ui);
    return view != NULL && ui->chart.shown > 0 && candles_range(view->candles, ui->chart.period, oldest, newest);
}

/* The chart scrolls when the crosshair would leave it. */
void view_instrument_key_cross(struct ui *ui, int key)
{
    struct chart_look *chart = &ui->chart;
    int64_t oldest, newest;
    if (!chart_range(ui, &oldest, &newest))
        return;
    int by = key == KEYS_LEFT || key == 'h' ? -1 : 1;
    int64_t edge = chart->shown_to < newest ? chart->shown_to : newest;
    chart->cross = chart->cross == 0 ? edge : chart->cross + by;
    chart->cross = chart->cross < oldest ? oldest : chart->cross > newest ? newest : chart->cross;
    if (chart->cross <= chart->shown_to - chart->shown)
        chart->end = chart->cross + chart->shown - 1;
    else if (chart->cross > chart->shown_to)
        chart->end = chart->cross;
}

void view_instrument_key_page(struct ui *ui, int key)
{
    struct chart_look *chart = &ui->chart;
    int64_t oldest, newest;
    if (!chart_range(ui, &oldest, &newest))
        return;
    int64_t page = chart->shown > 4 ? chart->shown * 3 / 4 : 1;
    int64_t first_end = oldest + chart->shown - 1, end = chart->shown_to;
    if (key == KEYS_PAGE_UP || key == KEYS_PAGE_DOWN)
        end += key == KEYS_PAGE_UP ? -page : page;
    else
        end = key == 'g' || key == KEYS_HOME ? first_end : newest;
    end = end < first_end ? first_end : end;
    chart->end = end < newest ? end : 0;
    chart->shown_to = end;
    chart->cross = 0;
}

/* What is looked at stays in sight. */
void view_instrument_key_period(struct ui *ui, int key)
{
    struct chart_look *chart = &ui->chart;
    int64_t before_ns = candles_length_ns(chart->period);
    int period = (int)chart->period + (key == 'P' ? -1 : 1);
    chart->period = (enum candles_period)((period + CANDLES_PERIODS) % CANDLES_PERIODS);
    int64_t now_ns = candles_length_ns(chart->period);
    chart->cross = chart->cross * before_ns / now_ns;
    chart->end = chart->end * before_ns / now_ns;
}

void view_instrument_key_form(struct ui *ui, int key)
{
    (void)key;
    ui->chart.candles = !ui->chart.candles;
}

void view_instrument_key_zoom(struct ui *ui, int key)
{
    int zoom = ui->chart.zoom + (key == 'Z' ? -1 : 1);
    if (zoom >= 0 && zoom < CHART_ZOOMS)
        ui->chart.zoom = zoom;
}

void view_instrument_key_beside(struct ui *ui, int key)
{
    (void)key;
    ui->depth_beside = !ui->depth_beside;
}

void view_instrument_key_escape(struct ui *ui, int key)
{
    if (ui->chart.cross != 0 || ui->chart.end != 0)
        follow_market(ui);
    else
        view_key_back(ui, key);
}

/* ---- the screen ----------------------------------------------------------------------------------------------- */

static struct area cut_top(struct area *rest, int rows)
{
    struct area taken = *rest;
    taken.rows = rows < rest->rows ? rows : rest->rows;
    *rest = area_below(*rest, taken.rows);
    return taken;
}

static struct area cut_bottom(struct area *rest, int rows)
{
    struct area taken = area_below(*rest, rest->rows - rows);
    rest->rows -= taken.rows;
    return taken;
}

/* One column stays free between the two. */
static struct area cut_right(struct area *rest, int cols)
{
    struct area taken = *rest;
    taken.cols = cols;
    taken.col += rest->cols - cols;
    rest->cols -= cols + 1;
    return taken;
}

/* Asks for the past of the instrument, step by step, as long as it is looked at. */
static void want_past(struct ui *ui, const struct instrument_view *view)
{
    struct past_wish wish;
    if (ui->past_of != view->market->index || ui->past_since_ns == 0) {
        ui->past_of = view->market->index;
        ui->past_since_ns = ui->monotonic_ns;
        model_past_retry(ui->model, ui->past_of);
    }
    bool able = ui->actions.read_past != NULL && model_connection(ui->model)->state == CONNECTION_CONNECTED;
    if (able && ui->monotonic_ns - ui->past_since_ns >= PAST_AFTER_MS * NS_PER_MS &&
        model_past_begin(ui->model, ui->past_of, ui->wall_ns, ui->monotonic_ns, &wish))
        ui->actions.read_past(ui->actions.context, &wish);
}

static void draw_chart(struct ui *ui, struct area area, const struct instrument_view *view)
{
    char text[160];
    const char *note = model_past_is_read(ui->model, view) ? "reading back" : view->past_failed ? "tape not read" : "";
    chart_describe(view, &ui->chart, note, text, sizeof text);
    draw_rule(&ui->canvas, area, "Chart", text, false);
    chart_draw(ui, area_below(area, 1), view, &ui->chart);
}

static void draw_parts(struct ui *ui, struct area body, const struct instrument_view *view)
{
    int ours = instrument_ours_rows(ui, view);
    ours = ours < OURS_ROWS_MIN ? OURS_ROWS_MIN : ours > OURS_ROWS_MAX ? OURS_ROWS_MAX : ours;
    instrument_draw_head(ui, cut_top(&body, HEAD_ROWS), view);
    instrument_draw_ours(ui, cut_bottom(&body, ours < body.rows / 3 ? ours : body.rows / 3), view);
    if (body.cols >= VERY_WIDE_COLS) {
        pane_trades.draw(ui, cut_right(&body, BESIDE_COLS), false);
        struct area depth = cut_right(&body, BESIDE_COLS);
        instrument_draw_depth(ui, cut_top(&depth, DEPTH_ROWS), view);
        instrument_draw_session(ui, depth, view);
    } else if (body.cols >= WIDE_COLS) {
        struct area beside = cut_right(&body, BESIDE_COLS);
        instrument_draw_depth(ui, cut_bottom(&beside, beside.rows / 2), view);
        pane_trades.draw(ui, beside, false);
    } else if (body.cols >= CHART_COLS_MIN + BESIDE_COLS) {
        struct area beside = cut_right(&body, BESIDE_COLS);
        if (ui->depth_beside)
            instrument_draw_depth(ui, beside, view);
        else
            pane_trades.draw(ui, beside, false);
    }
    draw_chart(ui, body, view);
}

static void instrument_draw(struct ui *ui)
{
    char detail[NOTE_SIZE] = "";
    struct area body = view_begin(ui);
    const struct instrument_view *view = pane_watch_selected(ui);
    if (area_is_empty(body))
        return;
    if (view != NULL) {
        ui->watched = view->market->index;
        want_past(ui, view);
        draw_parts(ui, body, view);
        chart_read_out(view, &ui->chart, detail, sizeof detail);
    } else {
        draw_rule(&ui->canvas, body, "Instrument", "", true);
        pane_empty(ui, body, 1, "Waiting for the first quote.");
    }
    view_end(ui, ROLE_TEXT, detail);
}

static unsigned instrument_where(const struct ui *ui)
{
    (void)ui;
    return WHERE_VIEW_INSTRUMENT;
}

const struct view_ops view_instrument = {.name = "instrument", .draw = instrument_draw, .where = instrument_where};
