/* The system screen: what the server says of itself and its streams, how long things take, who is connected and how far
 * behind, and what this process is busy with. Which process holds which role stands with the server. */
#include <stdio.h>
#include <string.h>

#include "ui/format.h"
#include "ui/keys.h"
#include "ui/pane.h"
#include "ui/view.h"
#include "ui/view_system.h"

enum { LATENCY_ROWS = 2 + MODEL_STAGES, WIDE_COLS = 150, LAG_WARNING = 10000 };

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
    char text[FORMAT_SIZE], right[FORMAT_SIZE + 64];
    format_kilobytes(text, ui->bandwidth.rate);
    int length = snprintf(right, sizeof right, "%s KB/s to this terminal", text);
    format_kilobytes(text, (uint64_t)ui->bandwidth.limit);
    if (ui->bandwidth.limit > 0)
        snprintf(right + length, sizeof right - (size_t)length, ", of %s", text);
    draw_rule(&ui->canvas, area, "Latencies", right, false);
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

static int rate_rows(const struct ui *ui)
{
    return 1 + (int)model_metrics(ui->model)->stream_count;
}

static int latency_rows(const struct ui *ui)
{
    (void)ui;
    return LATENCY_ROWS;
}

/* ---- consumers and connections -------------------------------------------------------------------------------- */

enum consumer_column {
    CONSUMER_STREAM,
    CONSUMER_NAME,
    CONSUMER_LAG,
    CONSUMER_UNSETTLED,
    CONSUMER_AGAIN,
    CONSUMER_COLUMNS
};

static const struct column consumer_columns[CONSUMER_COLUMNS] = {
    [CONSUMER_STREAM] = {.title = "STREAM", .width = 16},
    [CONSUMER_NAME] = {.title = "CONSUMER", .width = 24, .grow = 1},
    [CONSUMER_LAG] = {.title = "LAG", .width = 9, .right = true},
    [CONSUMER_UNSETTLED] = {.title = "UNSETTLED", .width = 10, .rank = 1, .right = true},
    [CONSUMER_AGAIN] = {.title = "AGAIN", .width = 8, .rank = 2, .right = true},
};

static void put_count(const struct ui *ui, struct area area, const struct table *table, const struct column *columns,
                      int column, int row, enum role role, uint64_t count)
{
    char text[FORMAT_SIZE];
    format_count(text, count);
    pane_cell(ui, area, table, columns, column, row, ui_ink(role, false), text);
}

static void draw_consumers(const struct ui *ui, struct area area)
{
    const struct server_metrics *metrics = model_metrics(ui->model);
    struct table table = pane_table(area, consumer_columns, CONSUMER_COLUMNS);
    draw_rule(&ui->canvas, area, "Consumers", "the largest lag first", false);
    pane_header(ui, area, &table, consumer_columns, 1);
    for (uint32_t i = 0; i < metrics->consumer_count && 2 + (int)i < area.rows; i++) {
        const struct consumer_status *consumer = &metrics->consumers[i];
        int row = 2 + (int)i;
        pane_cell(ui, area, &table, consumer_columns, CONSUMER_STREAM, row, ui_ink(ROLE_DIM, false),
                  pane_server_stream_name(consumer->stream));
        pane_cell(ui, area, &table, consumer_columns, CONSUMER_NAME, row, ui_ink(ROLE_TEXT, false), consumer->name);
        put_count(ui, area, &table, consumer_columns, CONSUMER_LAG, row,
                  consumer->lag > LAG_WARNING ? ROLE_WARNING : ROLE_TEXT, consumer->lag);
        put_count(ui, area, &table, consumer_columns, CONSUMER_UNSETTLED, row, ROLE_DIM, consumer->unsettled);
        put_count(ui, area, &table, consumer_columns, CONSUMER_AGAIN, row, ROLE_DIM, consumer->redelivered);
    }
}

static int consumer_rows(const struct ui *ui)
{
    return 2 + (int)model_metrics(ui->model)->consumer_count;
}

enum client_column { CLIENT_NAME, CLIENT_SUBSCRIPTIONS, CLIENT_IN, CLIENT_OUT, CLIENT_PENDING, CLIENT_COLUMNS };

static const struct column client_columns[CLIENT_COLUMNS] = {
    [CLIENT_NAME] = {.title = "CONNECTION", .width = 28, .grow = 1},
    [CLIENT_SUBSCRIPTIONS] = {.title = "SUBS", .width = 6, .rank = 1, .right = true},
    [CLIENT_IN] = {.title = "IN", .width = 9, .right = true},
    [CLIENT_OUT] = {.title = "OUT", .width = 9, .right = true},
    [CLIENT_PENDING] = {.title = "PENDING", .width = 10, .right = true},
};

static void draw_clients(const struct ui *ui, struct area area)
{
    const struct server_metrics *metrics = model_metrics(ui->model);
    struct table table = pane_table(area, client_columns, CLIENT_COLUMNS);
    char text[FORMAT_SIZE];
    draw_rule(&ui->canvas, area, "Connections", "messages from and to them, bytes that they have not taken", false);
    pane_header(ui, area, &table, client_columns, 1);
    for (uint32_t i = 0; i < metrics->client_count && 2 + (int)i < area.rows; i++) {
        const struct client_status *client = &metrics->clients[i];
        int row = 2 + (int)i;
        pane_cell(ui, area, &table, client_columns, CLIENT_NAME, row, ui_ink(ROLE_TEXT, false), client->name);
        put_count(ui, area, &table, client_columns, CLIENT_SUBSCRIPTIONS, row, ROLE_DIM, client->subscriptions);
        put_count(ui, area, &table, client_columns, CLIENT_IN, row, ROLE_TEXT, client->in_messages);
        put_count(ui, area, &table, client_columns, CLIENT_OUT, row, ROLE_TEXT, client->out_messages);
        format_bytes(text, client->pending_bytes);
        pane_cell(ui, area, &table, client_columns, CLIENT_PENDING, row,
                  ui_ink(client->pending_bytes > 0 ? ROLE_WARNING : ROLE_DIM, false), text);
    }
}

static int client_rows(const struct ui *ui)
{
    return 2 + (int)model_metrics(ui->model)->client_count;
}

/* ---- this process --------------------------------------------------------------------------------------------- */

enum thread_column { THREAD_NAME, THREAD_COUNT, THREAD_CPU, THREAD_COLUMNS };

static const struct column thread_columns[THREAD_COLUMNS] = {
    [THREAD_NAME] = {.title = "THREAD", .width = 18},
    [THREAD_COUNT] = {.title = "N", .width = 4, .right = true},
    [THREAD_CPU] = {.title = "CPU %", .width = 7, .right = true},
};

static void draw_threads(const struct ui *ui, struct area area)
{
    const struct process_status *process = model_process(ui->model);
    struct table table = pane_table(area, thread_columns, THREAD_COLUMNS);
    char text[FORMAT_SIZE];
    pane_header(ui, area, &table, thread_columns, 0);
    for (uint32_t i = 0; i < process->thread_count && 1 + (int)i < area.rows; i++) {
        const struct thread_status *thread = &process->threads[i];
        int row = 1 + (int)i;
        pane_cell(ui, area, &table, thread_columns, THREAD_NAME, row, ui_ink(ROLE_TEXT, false), thread->name);
        put_count(ui, area, &table, thread_columns, THREAD_COUNT, row, ROLE_DIM, thread->count);
        snprintf(text, sizeof text, "%.1f", thread->cpu_percent);
        pane_cell(ui, area, &table, thread_columns, THREAD_CPU, row, ui_ink(ROLE_TEXT, false), text);
    }
}

enum queue_column { QUEUE_NAME, QUEUE_WAITING, QUEUE_REFUSED, QUEUE_COLUMNS };

static const struct column queue_columns[QUEUE_COLUMNS] = {
    [QUEUE_NAME] = {.title = "QUEUE", .width = 14},
    [QUEUE_WAITING] = {.title = "WAITING", .width = 9, .right = true},
    [QUEUE_REFUSED] = {.title = "NO ROOM", .width = 9, .right = true},
};

static void draw_queues(const struct ui *ui, struct area area)
{
    const struct process_status *process = model_process(ui->model);
    struct table table = pane_table(area, queue_columns, QUEUE_COLUMNS);
    pane_header(ui, area, &table, queue_columns, 0);
    for (uint32_t i = 0; i < process->queue_count && 1 + (int)i < area.rows; i++) {
        const struct queue_status *queue = &process->queues[i];
        int row = 1 + (int)i;
        pane_cell(ui, area, &table, queue_columns, QUEUE_NAME, row, ui_ink(ROLE_TEXT, false), queue->name);
        put_count(ui, area, &table, queue_columns, QUEUE_WAITING, row,
                  queue->waiting > LAG_WARNING ? ROLE_WARNING : ROLE_TEXT, queue->waiting);
        put_count(ui, area, &table, queue_columns, QUEUE_REFUSED, row, queue->refused > 0 ? ROLE_WARNING : ROLE_DIM,
                  queue->refused);
    }
}

/* Threads at the left, queues at the right. */
static void draw_process(const struct ui *ui, struct area area)
{
    const struct process_status *process = model_process(ui->model);
    char memory[FORMAT_SIZE], right[FORMAT_SIZE + 96];
    int shown = area.rows - 2 < (int)process->thread_count ? area.rows - 2 : (int)process->thread_count;
    format_bytes(memory, process->memory_bytes);
    snprintf(right, sizeof right, "CPU %.1f %%  memory %s  %d of %u kinds of threads", process->cpu_percent, memory,
             shown, process->thread_count);
    draw_rule(&ui->canvas, area, "This process", process->known ? right : "n/a", false);
    struct area left = area_below(area, 1), queues = left;
    left.cols = area.cols / 2 - 1;
    queues.col += left.cols + 1;
    queues.cols -= left.cols + 1;
    draw_threads(ui, left);
    draw_queues(ui, queues);
}

static int process_rows(const struct ui *ui)
{
    const struct process_status *process = model_process(ui->model);
    return 2 + (int)(process->thread_count > process->queue_count ? process->thread_count : process->queue_count);
}

/* ---- the screen ----------------------------------------------------------------------------------------------- */

enum { PARTS = 5, SERVER_ROWS_LEAST = 5 };

/* What stands under the server, as many as there is room for. */
static const struct {
    int (*rows)(const struct ui *ui);
    void (*draw)(const struct ui *ui, struct area area);
} parts[PARTS] = {{latency_rows, draw_latencies},
                  {rate_rows, draw_rates},
                  {consumer_rows, draw_consumers},
                  {client_rows, draw_clients},
                  {process_rows, draw_process}};

static struct area upper(struct area area, int rows)
{
    area.rows = rows < area.rows ? rows : area.rows;
    return area;
}

/* Draws the parts from `first` on, each as high as it is, the last one that fits at least in its beginning. */
static void draw_parts(const struct ui *ui, struct area area, int first, int count)
{
    enum { LEAST = 3 };
    for (int i = 0; i < count && area.rows >= LEAST; i++) {
        int place = (first + i) % PARTS;
        struct area part = upper(area, parts[place].rows(ui));
        parts[place].draw(ui, part);
        area = area_below(area, part.rows);
    }
}

void view_system_key_part(struct ui *ui, int key)
{
    (void)key;
    ui->system_part = (ui->system_part + 1) % PARTS;
}

static void system_draw(struct ui *ui)
{
    struct area body = view_begin(ui);
    char detail[NOTE_SIZE], events[FORMAT_SIZE];
    if (area_is_empty(body))
        return;
    int server_rows = 6 + (int)model_metrics(ui->model)->stream_count;
    if (body.cols >= WIDE_COLS) {
        struct area left = body, right = body;
        left.cols = body.cols / 2 - 1;
        right.col += left.cols + 1;
        right.cols -= left.cols + 1;
        pane_server.draw(ui, upper(left, server_rows), true);
        draw_parts(ui, area_below(left, server_rows), ui->system_part, PARTS / 2);
        draw_parts(ui, right, ui->system_part + PARTS / 2, PARTS - PARTS / 2);
    } else {
        /* On a low terminal the last streams give way to the part that was chosen. */
        int most = body.rows - parts[ui->system_part].rows(ui);
        most = most > SERVER_ROWS_LEAST ? most : SERVER_ROWS_LEAST;
        server_rows = server_rows < most ? server_rows : most;
        pane_server.draw(ui, upper(body, server_rows), true);
        draw_parts(ui, area_below(body, server_rows), ui->system_part, PARTS);
    }
    struct flow flow = model_flow(ui->model);
    format_count(events, model_event_count(ui->model));
    snprintf(detail, sizeof detail, "%s events read, %d requests under way, %llu quotes lost, %llu bad messages",
             events, MODEL_REQUESTS - model_requests_free(ui->model), (unsigned long long)flow.missing.lost,
             (unsigned long long)flow.bad_messages);
    view_end(ui, ROLE_DIM, detail);
}

static unsigned system_where(const struct ui *ui)
{
    (void)ui;
    return WHERE_VIEW_SYSTEM;
}

const struct view_ops view_system = {.name = "system", .draw = system_draw, .where = system_where};
