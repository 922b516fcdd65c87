/* The system screen: what the server says of itself and its streams, how long things take, and what this screen has to
 * do. Which process holds which role stands with the server. */
#include <stdio.h>
#include <string.h>

#include "ui/format.h"
#include "ui/keys.h"
#include "ui/pane.h"
#include "ui/view.h"

enum { LATENCY_ROWS = 2 + MODEL_STAGES, STREAM_ROWS = 2, WIDE_COLS = 150 };

/* ---- latencies ------------------------------------------------------------------------------------------------ */

enum latency_column { LATENCY_WHAT, LATENCY_P50, LATENCY_P99, LATENCY_MOST, LATENCY_SAMPLES, LATENCY_COLUMNS };

static const struct column latency_columns[LATENCY_COLUMNS] = {
    [LATENCY_WHAT] = {.title = "LATENCY ms", .width = 31},
    [LATENCY_P50] = {.title = "P50", .width = 11, .right = true},
    [LATENCY_P99] = {.title = "P99", .width = 11, .right = true},
    [LATENCY_MOST] = {.title = "MAX", .width = 12, .right = true},
    [LATENCY_SAMPLES] = {.title = "SAMPLES", .width = 9, .rank = 1, .right = true},
};

static void put_latency(const struct ui *ui, struct area area, const struct table *table, int row,
                        enum latency_column column, int64_t duration_ns, int samples)
{
    char text[FORMAT_SIZE] = "";
    if (samples > 0)
        format_ms(text, duration_ns);
    pane_cell(ui, area, table, latency_columns, (int)column, row, ui_ink(ROLE_TEXT, false), text);
}

static void draw_latencies(const struct ui *ui, struct area area)
{
    static const char *const names[MODEL_STAGES] = {
        [MODEL_STAGE_QUOTE] = "quote: feed to this screen",    [MODEL_STAGE_DECISION] = "order: stored to decided",
        [MODEL_STAGE_EXCHANGE] = "order: decided to accepted", [MODEL_STAGE_REQUEST] = "our requests: sent to seen",
        [MODEL_STAGE_FRAME] = "this screen: one frame",
    };
    struct table table = pane_table(area, latency_columns, LATENCY_COLUMNS);
    char text[FORMAT_SIZE];
    draw_rule(&ui->canvas, area, "Latencies", "of the latest", false);
    pane_header(ui, area, &table, latency_columns, 1);
    for (int stage = 0; stage < MODEL_STAGES && 2 + stage < area.rows; stage++) {
        struct latency latency = model_latency(ui->model, (enum model_stage)stage);
        int row = 2 + stage;
        pane_cell(ui, area, &table, latency_columns, LATENCY_WHAT, row, ui_ink(ROLE_TEXT, false), names[stage]);
        put_latency(ui, area, &table, row, LATENCY_P50, latency.p50_ns, latency.samples);
        put_latency(ui, area, &table, row, LATENCY_P99, latency.p99_ns, latency.samples);
        put_latency(ui, area, &table, row, LATENCY_MOST, latency.max_ns, latency.samples);
        format_count(text, (uint64_t)latency.samples);
        pane_cell(ui, area, &table, latency_columns, LATENCY_SAMPLES, row, ui_ink(ROLE_DIM, false), text);
    }
}

/* ---- rates ---------------------------------------------------------------------------------------------------- */

/* One column per reading, scaled to the highest of those shown; a gap to the row above is left. */
static void draw_spark(const struct ui *ui, struct area area, int row, int col, int cols, const char *stream)
{
    double most = 0;
    for (int back = 0; back < cols; back++) {
        double rate = model_stream_rate(ui->model, stream, back);
        most = rate > most ? rate : most;
    }
    for (int back = 0; back < cols; back++) {
        double rate = model_stream_rate(ui->model, stream, back);
        int eighths = rate <= 0 || most <= 0 ? 0 : 1 + (int)(rate * 6 / most);
        draw_bar(&ui->canvas, area, row, col + cols - 1 - back, ui_ink(ROLE_CHART, false), eighths);
    }
}

static void draw_rates(const struct ui *ui, struct area area)
{
    enum { NAME = 16, NUMBER = 9 };
    const struct server_metrics *metrics = model_metrics(ui->model);
    char text[FORMAT_SIZE];
    draw_rule(&ui->canvas, area, "Rates", "messages per second, one column a second", false);
    for (uint32_t i = 0; i < metrics->stream_count && 1 + (int)i < area.rows; i++) {
        const struct stream_status *stream = &metrics->streams[i];
        int row = 1 + (int)i, end = 1 + NAME + NUMBER;
        draw_text(&ui->canvas, area, row, 1, NAME - 1, ui_ink(ROLE_DIM, false), pane_server_stream_name(stream->name));
        format_count(text, stream->messages_per_second > 0 ? (uint64_t)(stream->messages_per_second + 0.5) : 0);
        draw_right(&ui->canvas, area, row, end, NUMBER, ui_ink(ROLE_TEXT, false), text);
        if (area.cols - end - 3 > 0)
            draw_spark(ui, area, row, end + 1, area.cols - end - 3, stream->name);
    }
    if (metrics->stream_count == 0)
        pane_empty(ui, area, 1, "n/a");
}

/* ---- the screen ----------------------------------------------------------------------------------------------- */

static struct area upper(struct area area, int rows)
{
    area.rows = rows < area.rows ? rows : area.rows;
    return area;
}

static struct area left(struct area area, int cols)
{
    area.cols = cols;
    return area;
}

static struct area right(struct area area, int cols)
{
    area.col += cols;
    area.cols -= cols;
    return area;
}

static void system_draw(struct ui *ui)
{
    struct area body = view_begin(ui);
    char detail[NOTE_SIZE];
    if (area_is_empty(body))
        return;
    const struct server_metrics *metrics = model_metrics(ui->model);
    int server_rows = 6 + (int)metrics->stream_count;
    struct area server = upper(body, server_rows), rest = area_below(body, server_rows);
    /* On a low terminal the streams give way to the latencies. */
    if (body.rows - server_rows < LATENCY_ROWS) {
        server = upper(body, body.rows - LATENCY_ROWS);
        rest = area_below(body, server.rows);
    }
    if (body.cols >= WIDE_COLS) {
        pane_server.draw(ui, left(server, server.cols / 2 - 1), true);
        draw_rates(ui, right(server, server.cols / 2));
        draw_latencies(ui, upper(rest, LATENCY_ROWS));
    } else {
        pane_server.draw(ui, server, true);
        draw_latencies(ui, upper(rest, LATENCY_ROWS));
        struct area rates = area_below(rest, LATENCY_ROWS);
        if (rates.rows > STREAM_ROWS)
            draw_rates(ui, rates);
    }
    struct flow flow = model_flow(ui->model);
    snprintf(detail, sizeof detail, "%llu events read, %d requests under way, %llu quotes lost, %llu bad messages",
             (unsigned long long)model_event_count(ui->model), MODEL_REQUESTS - model_requests_free(ui->model),
             (unsigned long long)flow.missing.lost, (unsigned long long)flow.bad_messages);
    view_end(ui, ROLE_DIM, detail);
}

static unsigned system_where(const struct ui *ui)
{
    (void)ui;
    return WHERE_VIEW_SYSTEM;
}

const struct view_ops view_system = {.name = "system", .draw = system_draw, .where = system_where};
