/* What a chart shows is read once per frame into `struct chart`; then each part draws its own cells. Pieces of time
 * count from the right edge, where the newest one stands. */
#include "ui/chart.h"

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/scale.h"
#include "ui/ui.h"

enum {
    DOTS_X = 2,
    DOTS_Y = 4,
    COLS_MAX = 512,
    PIECES_MAX = COLS_MAX * DOTS_X,
    EIGHTHS = 8,
    GRID_ROWS = 3, /* at least, from one line to the next */
    TIME_COLS = 12,
    VOLUME_FROM_ROWS = 10, /* of the whole chart; below there is no room for volume */
    VOLUME_ROWS_MAX = 5,
};

/* Of a piece of time, by zoom: dots of the line, cells of a candle. */
static const int line_dots[CHART_ZOOMS] = {1, 2, 4, 8};
static const int candle_cells[CHART_ZOOMS] = {1, 2, 4, 6};

struct chart {
    const struct ui *ui;
    const struct instrument_view *view;
    const struct chart_look *look;
    struct area area, plot, volume; /* all of it; the prices; empty: no volume */
    int count;                      /* of the pieces below */
    int width;                      /* of each, in dots or cells */
    int64_t end;                    /* the number of the last one */
    int known_to;                   /* behind this one nothing is known */
    struct scale scale;
    int64_t step; /* of the price grid */
    struct candle candles[PIECES_MAX];
    bool there[PIECES_MAX];     /* there was a price in it */
    int64_t closes[PIECES_MAX]; /* carried on through silence; DECIMAL_NONE before the first */
};

/* ---- what is shown -------------------------------------------------------------------------------------------- */

/* The right edge is now, or the newest price where clocks differ. Where nothing of late would be seen, it is the newest
 * price too. */
static int64_t right_edge(const struct chart *chart, int64_t newest)
{
    int64_t now = chart->ui->wall_ns / candles_length_ns(chart->look->period);
    if (chart->look->end != 0 && chart->look->end < newest)
        return chart->look->end;
    return now > newest && now - newest < chart->count ? now : newest;
}

static void read_pieces(struct chart *chart, int64_t newest)
{
    enum candles_period period = chart->look->period;
    int64_t low = INT64_MAX, high = INT64_MIN;
    chart->end = right_edge(chart, newest);
    bool stale = model_is_stale(chart->ui->model, chart->view->market, chart->ui->market_ns);
    chart->known_to = stale && chart->end > newest ? chart->count - 1 - (int)(chart->end - newest) : chart->count - 1;
    candles_closes(chart->view->candles, period, chart->end, chart->closes, chart->count);
    for (int i = 0; i < chart->count; i++) {
        struct candle *candle = &chart->candles[i];
        chart->there[i] = candles_read(chart->view->candles, period, chart->end - (chart->count - 1 - i), candle);
        bool range = chart->there[i] && chart->look->candles;
        if (!range && chart->closes[i] == DECIMAL_NONE)
            continue;
        int64_t bottom = range ? candle->low : chart->closes[i], top = range ? candle->high : chart->closes[i];
        low = bottom < low ? bottom : low;
        high = top > high ? top : high;
    }
    const struct instrument *instrument = chart->view->instrument;
    int64_t tick = instrument != NULL ? instrument->tick : 1;
    chart->scale = scale_around(low, high, tick);
    chart->step = scale_price_step(&chart->scale, chart->plot.rows / GRID_ROWS, tick);
}

/* The areas; false when there is too little room. */
static bool lay_out(struct chart *chart, int label_cols)
{
    struct area area = chart->area;
    int cols = area.cols - label_cols - 1;
    cols = cols < COLS_MAX ? cols : COLS_MAX;
    int volume_rows = 0;
    if (candles_basis(chart->view->candles) == CANDLES_TRADES && area.rows >= VOLUME_FROM_ROWS)
        volume_rows = area.rows / 6 < VOLUME_ROWS_MAX ? area.rows / 6 + 1 : VOLUME_ROWS_MAX;
    chart->plot = (struct area){area.row, area.col + 1, area.rows - 1 - volume_rows, cols};
    chart->volume = (struct area){chart->plot.row + chart->plot.rows, area.col + 1, volume_rows, cols};
    if (chart->plot.rows < 2 || cols < 8)
        return false;
    const struct chart_look *look = chart->look;
    chart->width = look->candles ? candle_cells[look->zoom] : line_dots[look->zoom];
    chart->count = (look->candles ? cols : cols * DOTS_X) / chart->width;
    return true;
}

/* The piece that stands in a column (of cells, or of dots). */
static int piece_at(const struct chart *chart, int col)
{
    int cols = chart->look->candles ? chart->plot.cols : chart->plot.cols * DOTS_X;
    return chart->count - 1 - (cols - 1 - col) / chart->width;
}

/* The first cell of a piece. */
static int cell_of(const struct chart *chart, int piece)
{
    int from_right = (chart->count - piece) * chart->width;
    return chart->look->candles ? chart->plot.cols - from_right : (chart->plot.cols * DOTS_X - from_right) / DOTS_X;
}

/* ---- axes ----------------------------------------------------------------------------------------------------- */

/* A price at the right, and its line over all the plot; NULL: none. */
static void mark_price(const struct chart *chart, int64_t price, int decimals, enum role role, const char *line)
{
    char text[FORMAT_SIZE];
    int row = scale_part(&chart->scale, chart->plot.rows, price);
    int start = chart->plot.col - chart->area.col + chart->plot.cols + 1;
    for (int col = 0; line != NULL && col < chart->plot.cols; col++)
        draw_text(&chart->ui->canvas, chart->plot, row, col, 1, ui_ink(ROLE_RULE, false), line);
    struct area label = {chart->plot.row + row, chart->area.col + start, 1, chart->area.cols - start};
    format_price(text, price, decimals, label.cols - 1);
    draw_fill(&chart->ui->canvas, label, ui_ink(role, false));
    draw_right(&chart->ui->canvas, label, 0, label.cols - 1, label.cols - 1, ui_ink(role, false), text);
}

static void draw_prices(const struct chart *chart)
{
    const char *line = chart->ui->canvas.ascii ? "." : "┈";
    int decimals = chart->view->price_decimals;
    int64_t first = chart->scale.low - chart->scale.low % chart->step;
    for (int64_t price = first; price <= chart->scale.high - chart->step;) {
        price += chart->step;
        if (price > chart->scale.low)
            mark_price(chart, price, decimals, ROLE_DIM, line);
    }
}

static void write_time(char *text, size_t size, int64_t time_ns, int64_t step_ns)
{
    char full[TIMESTAMP_TEXT_SIZE];
    timestamp_format(full, time_ns);
    if (time_ns % NS_PER_DAY == 0)
        snprintf(text, size, "%.5s", full + 5);
    else
        snprintf(text, size, "%.*s", step_ns < 60 * NS_PER_SECOND ? 8 : 5, full + 11);
}

static void draw_times(const struct chart *chart)
{
    struct area row = {chart->area.row + chart->area.rows - 1, chart->plot.col, 1, chart->area.cols - 1};
    int64_t length_ns = candles_length_ns(chart->look->period);
    int pieces = chart->look->candles ? TIME_COLS : TIME_COLS * DOTS_X;
    int64_t step_ns = scale_time_step(length_ns * (1 + pieces / chart->width));
    char text[TIMESTAMP_TEXT_SIZE];
    for (int i = 0; i < chart->count; i++) {
        int64_t time_ns = (chart->end - (chart->count - 1 - i)) * length_ns;
        if (time_ns % step_ns != 0)
            continue;
        write_time(text, sizeof text, time_ns, step_ns);
        int col = cell_of(chart, i);
        if (col + 1 + (int)strlen(text) > chart->plot.cols)
            break;
        col = draw_text(&chart->ui->canvas, row, 0, col, 0, ui_ink(ROLE_RULE, false),
                        chart->ui->canvas.ascii ? "|" : "╵");
        draw_text(&chart->ui->canvas, row, 0, col, 0, ui_ink(ROLE_DIM, false), text);
    }
    draw_right(&chart->ui->canvas, row, 0, row.cols - 1, 0, ui_ink(ROLE_DIM, false), "UTC");
}

/* ---- the line ------------------------------------------------------------------------------------------------- */

static unsigned braille_bit(int x, int y)
{
    static const unsigned bits[DOTS_Y][DOTS_X] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    return bits[y][x];
}

static void draw_line(const struct chart *chart)
{
    unsigned char cells[COLS_MAX];
    const int dot_rows = chart->plot.rows * DOTS_Y;
    for (int row = 0; row < chart->plot.rows; row++) {
        memset(cells, 0, sizeof cells);
        for (int x = 0; x < chart->plot.cols * DOTS_X; x++) {
            int piece = piece_at(chart, x), before = x > 0 ? piece_at(chart, x - 1) : piece;
            if (piece < 0 || piece > chart->known_to || chart->closes[piece] == DECIMAL_NONE)
                continue;
            /* From the point before to this one, so that the line has no holes. */
            bool linked = before >= 0 && chart->closes[before] != DECIMAL_NONE;
            int to = scale_part(&chart->scale, dot_rows, chart->closes[piece]);
            int from = linked ? scale_part(&chart->scale, dot_rows, chart->closes[before]) : to;
            int top = from < to ? from + 1 : to, bottom = from > to ? from - 1 : to;
            for (int y = 0; y < DOTS_Y; y++) {
                int dot = row * DOTS_Y + y;
                if (dot >= top && dot <= bottom)
                    cells[x / DOTS_X] |= (unsigned char)braille_bit(x % DOTS_X, y);
            }
        }
        for (int col = 0; col < chart->plot.cols; col++) {
            if (cells[col] != 0)
                draw_braille(&chart->ui->canvas, chart->plot, row, col, ui_ink(ROLE_CHART, false), cells[col]);
        }
    }
}

/* ---- candles -------------------------------------------------------------------------------------------------- */

enum part { PART_NONE, PART_WICK, PART_BODY, PARTS };

/* A cell by its upper and lower half: of a candle of one column, and of the sides of a wide one. In ASCII a body that
 * rose is told from one that fell by its letter. */
static const char *const thin[PARTS][PARTS] = {{" ", "╷", "╻"}, {"╵", "│", "╽"}, {"╹", "╿", "┃"}};
static const char *const wide[PARTS][PARTS] = {{" ", " ", "▄"}, {" ", " ", "▄"}, {"▀", "▀", "█"}};

struct body {
    int top, bottom, high, low; /* half rows */
};

static enum part part_at(const struct body *body, int half)
{
    if (half >= body->top && half <= body->bottom)
        return PART_BODY;
    return half >= body->high && half <= body->low ? PART_WICK : PART_NONE;
}

static void draw_candle(const struct chart *chart, int piece)
{
    const struct canvas *canvas = &chart->ui->canvas;
    const struct candle *candle = &chart->candles[piece];
    const int halves = chart->plot.rows * 2;
    bool rose = candle->close >= candle->open;
    struct body body = {
        .top = scale_part(&chart->scale, halves, rose ? candle->close : candle->open),
        .bottom = scale_part(&chart->scale, halves, rose ? candle->open : candle->close),
        .high = scale_part(&chart->scale, halves, candle->high),
        .low = scale_part(&chart->scale, halves, candle->low),
    };
    int first = cell_of(chart, piece) + (chart->width > 1), last = cell_of(chart, piece) + chart->width - 1;
    struct ink ink = ui_ink(candle->close > candle->open ? ROLE_GAIN : rose ? ROLE_TEXT : ROLE_LOSS, false);
    for (int row = body.high / 2; row <= body.low / 2; row++) {
        enum part upper = part_at(&body, 2 * row), lower = part_at(&body, 2 * row + 1);
        bool solid = upper == PART_BODY || lower == PART_BODY;
        for (int col = first; col <= last; col++) {
            bool middle = col == (first + last) / 2;
            if (!solid && !middle)
                continue;
            const char *glyph = solid && last > first ? wide[upper][lower] : thin[upper][lower];
            if (canvas->ascii)
                glyph = !solid ? "|" : rose ? "O" : "#";
            draw_text(canvas, chart->plot, row, col, 1, ink, glyph);
        }
    }
}

/* ---- volume --------------------------------------------------------------------------------------------------- */

/* What was traded in the pieces of a column. `*piece` becomes the last of them; -1: none stands there. */
static int64_t volume_at(const struct chart *chart, int col, int *piece)
{
    int first = chart->look->candles ? piece_at(chart, col) : piece_at(chart, col * DOTS_X);
    int last = chart->look->candles ? first : piece_at(chart, col * DOTS_X + 1);
    bool gap = chart->look->candles && chart->width > 1 && first >= 0 && col == cell_of(chart, first);
    int64_t volume = 0;
    *piece = gap ? -1 : last;
    for (int i = first < 0 ? 0 : first; i <= last && !gap; i++) {
        if (chart->there[i] && __builtin_add_overflow(volume, chart->candles[i].volume, &volume))
            volume = INT64_MAX;
    }
    return volume;
}

static void draw_volume(const struct chart *chart)
{
    char text[FORMAT_SIZE];
    int64_t most = 0;
    int piece;
    for (int col = 0; col < chart->volume.cols; col++) {
        int64_t volume = volume_at(chart, col, &piece);
        most = volume > most ? volume : most;
    }
    if (area_is_empty(chart->volume) || most == 0)
        return;
    for (int col = 0; col < chart->volume.cols; col++) {
        int eighths = (int)((int128)volume_at(chart, col, &piece) * chart->volume.rows * EIGHTHS / most);
        if (piece < 0 || eighths == 0)
            continue;
        const struct candle *candle = &chart->candles[piece];
        enum role role = !chart->look->candles          ? ROLE_DIM
                         : candle->close > candle->open ? ROLE_GAIN
                         : candle->close < candle->open ? ROLE_LOSS
                                                        : ROLE_TEXT;
        for (int row = chart->volume.rows - 1; row >= 0 && eighths > 0; row--, eighths -= EIGHTHS)
            draw_bar(&chart->ui->canvas, chart->volume, row, col, ui_ink(role, false),
                     eighths < EIGHTHS ? eighths : EIGHTHS);
    }
    int start = chart->volume.col - chart->area.col + chart->volume.cols + 1;
    format_volume(text, most, chart->view->quantity_decimals, chart->area.cols - start - 1);
    draw_right(&chart->ui->canvas, chart->area, chart->volume.row - chart->area.row, chart->area.cols - 1, 0,
               ui_ink(ROLE_DIM, false), text);
}

/* ---- the chart ------------------------------------------------------------------------------------------------ */

/* The column under the crosshair, and its close at the right. */
static void draw_cross(const struct chart *chart)
{
    int64_t piece = chart->count - 1 - (chart->end - chart->look->cross);
    if (chart->look->cross == 0 || piece < 0 || piece >= chart->count)
        return;
    int col = cell_of(chart, (int)piece) + (chart->look->candles ? chart->width / 2 : 0);
    for (int row = 0; row < chart->plot.rows; row++)
        draw_text(&chart->ui->canvas, chart->plot, row, col, 1, ui_ink(ROLE_ACCENT, false),
                  chart->ui->canvas.ascii ? ":" : "┊");
    if (chart->closes[piece] != DECIMAL_NONE)
        mark_price(chart, chart->closes[piece], chart->view->price_decimals, ROLE_ACCENT,
                   chart->ui->canvas.ascii ? "." : "┈");
}

void chart_draw(struct ui *ui, struct area area, const struct instrument_view *view, struct chart_look *look)
{
    struct chart chart = {.ui = ui, .view = view, .look = look, .area = area};
    char text[FORMAT_SIZE];
    int64_t oldest, newest;
    format_price(text, view->high, view->price_decimals + 1, 18);
    look->shown = 0;
    if (!candles_range(view->candles, look->period, &oldest, &newest) || !lay_out(&chart, (int)strlen(text) + 2))
        return;
    read_pieces(&chart, newest);
    look->shown = chart.count;
    look->shown_to = chart.end;
    draw_prices(&chart);
    draw_times(&chart);
    draw_volume(&chart);
    draw_cross(&chart);
    for (int i = 0; i < chart.count && look->candles; i++) {
        if (chart.there[i])
            draw_candle(&chart, i);
    }
    if (!look->candles)
        draw_line(&chart);
    if (look->end == 0 && chart.closes[chart.count - 1] != DECIMAL_NONE)
        mark_price(&chart, chart.closes[chart.count - 1], view->price_decimals, ROLE_TITLE, NULL);
}

static const char *basis_name(const struct instrument_view *view)
{
    static const char *const names[] = {
        [CANDLES_NOTHING] = "prices", [CANDLES_MIDS] = "mids", [CANDLES_TRADES] = "trades"};
    return names[candles_basis(view->candles)];
}

void chart_describe(const struct instrument_view *view, const struct chart_look *look, const char *note, char *text,
                    size_t size)
{
    const int64_t length_ns = candles_length_ns(look->period);
    char time[TIMESTAMP_TEXT_SIZE], what[64], until[TIMESTAMP_TEXT_SIZE + 8] = "";
    int64_t oldest, newest;
    if (candles_range(view->candles, look->period, &oldest, &newest)) {
        write_time(time, sizeof time, (look->end != 0 ? look->end : oldest) * length_ns, length_ns);
        snprintf(until, sizeof until, " %s %s", look->end != 0 ? "to" : "since", time);
    }
    snprintf(what, sizeof what, "%s %s of %s", candles_period_name(look->period), look->candles ? "candles" : "line",
             basis_name(view));
    snprintf(text, size, "%s%s%s", what, note[0] != '\0' ? ", " : "", note[0] != '\0' ? note : until);
}

void chart_read_out(const struct instrument_view *view, const struct chart_look *look, char *text, size_t size)
{
    const int64_t length_ns = candles_length_ns(look->period);
    char time[TIMESTAMP_TEXT_SIZE], prices[4][FORMAT_SIZE], volume[FORMAT_SIZE];
    struct candle candle;
    text[0] = '\0';
    if (look->cross == 0)
        return;
    write_time(time, sizeof time, look->cross * length_ns, length_ns);
    if (!candles_read(view->candles, look->period, look->cross, &candle)) {
        snprintf(text, size, "%s  no %s", time, basis_name(view));
        return;
    }
    const int64_t values[] = {candle.open, candle.high, candle.low, candle.close};
    for (int i = 0; i < 4; i++)
        format_price(prices[i], values[i], view->price_decimals, 20);
    format_volume(volume, candle.volume, view->quantity_decimals, 8);
    snprintf(text, size, "%s  open %s  high %s  low %s  close %s  volume %s", time, prices[0], prices[1], prices[2],
             prices[3], volume);
}
