/* The server: what it stores, who reads it and how far behind, what it costs, and who holds which role; "n/a" while it
 * does not tell. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/pane.h"

enum server_column {
    COLUMN_STREAM,
    COLUMN_MESSAGES,
    COLUMN_BYTES,
    COLUMN_RATE,
    COLUMN_CONSUMERS,
    COLUMN_LAG,
    COLUMN_LAST,
    COLUMN_LIMIT,
    COLUMN_COUNT
};

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_STREAM] = {.title = "STREAM", .width = 13, .grow = 1},
    [COLUMN_MESSAGES] = {.title = "MESSAGES", .width = 9, .right = true},
    [COLUMN_BYTES] = {.title = "BYTES", .width = 9, .rank = 2, .right = true},
    [COLUMN_RATE] = {.title = "MSG/S", .width = 8, .rank = 1, .right = true},
    [COLUMN_CONSUMERS] = {.title = "READERS", .width = 9, .rank = 3, .right = true},
    [COLUMN_LAG] = {.title = "LAG", .width = 7, .rank = 1, .right = true},
    [COLUMN_LAST] = {.title = "LAST SEQ", .width = 12, .rank = 4, .right = true},
    [COLUMN_LIMIT] = {.title = "LIMIT", .width = 16, .rank = 5, .right = true},
};

static void format_uptime(char *text, size_t size, uint64_t seconds)
{
    unsigned long long s = seconds;
    if (s >= 86400)
        snprintf(text, size, "%llud %lluh", s / 86400, s / 3600 % 24);
    else if (s >= 3600)
        snprintf(text, size, "%lluh %llum", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(text, size, "%llum %llus", s / 60, s % 60);
    else
        snprintf(text, size, "%llus", s);
}

/* Label and value pairs on one line, as many as fit. */
static int draw_pair(const struct ui *ui, struct area area, int row, int col, const char *label, const char *value)
{
    int width = draw_width(label, ui->canvas.ascii) + 1 + draw_width(value, ui->canvas.ascii);
    if (col + width >= area.cols)
        return col;
    col = draw_text(&ui->canvas, area, row, col, 0, ui_ink(ROLE_DIM, false), label);
    return draw_text(&ui->canvas, area, row, col + 1, 0, ui_ink(ROLE_TEXT, false), value) + 3;
}

static void draw_load(const struct ui *ui, struct area area, int row, const struct server_metrics *metrics)
{
    char text[FORMAT_SIZE + 8], part[FORMAT_SIZE];
    int col = 1;
    snprintf(text, sizeof text, "%.1f %%", metrics->cpu_percent);
    col = draw_pair(ui, area, row, col, "CPU", text);
    format_bytes(part, metrics->memory_bytes);
    col = draw_pair(ui, area, row, col, "memory", part);
    format_count(part, metrics->connections);
    col = draw_pair(ui, area, row, col, "connections", part);
    format_uptime(text, sizeof text, metrics->uptime_s);
    col = draw_pair(ui, area, row, col, "up", text);
    format_count(part, metrics->slow_consumers);
    draw_pair(ui, area, row, col, "slow", part);
}

static void draw_flow(const struct ui *ui, struct area area, int row, const struct server_metrics *metrics)
{
    char text[2 * FORMAT_SIZE + 8], part[FORMAT_SIZE], limit[FORMAT_SIZE];
    int col = 1;
    format_bytes(part, metrics->jetstream_store_bytes);
    format_bytes(limit, metrics->jetstream_store_limit_bytes);
    if (metrics->jetstream_store_limit_bytes > 0)
        snprintf(text, sizeof text, "%s of %s", part, limit);
    else
        snprintf(text, sizeof text, "%s", part);
    col = draw_pair(ui, area, row, col, "stored", text);
    format_count(part, metrics->in_messages);
    col = draw_pair(ui, area, row, col, "in", part);
    format_count(part, metrics->out_messages);
    col = draw_pair(ui, area, row, col, "out", part);
    format_count(part, metrics->api_errors);
    col = draw_pair(ui, area, row, col, "API errors", part);
}

/* What this screen has read, which it knows without the server's metrics. */
static void draw_reading(const struct ui *ui, struct area area, int row)
{
    struct flow flow = model_flow(ui->model);
    char text[FORMAT_SIZE];
    int col = 1;
    format_count(text, flow.quotes);
    col = draw_pair(ui, area, row, col, "quotes", text);
    format_count(text, flow.missing.conflated);
    col = draw_pair(ui, area, row, col, "conflated", text);
    format_count(text, flow.missing.lost);
    col = draw_pair(ui, area, row, col, "lost", text);
    format_count(text, flow.bad_messages);
    draw_pair(ui, area, row, col, "bad messages", text);
}

static bool same_holder(const struct lease_status *a, const struct lease_status *b)
{
    return a->pid == b->pid && strcmp(a->host, b->host) == 0;
}

/* Who holds which role: each holder once, with its roles behind it. */
static void draw_leases(const struct ui *ui, struct area area, int row)
{
    const struct lease_board *board = model_leases(ui->model);
    struct ink dim = ui_ink(ROLE_DIM, false), plain = ui_ink(ROLE_TEXT, false);
    area.cols--; /* the margin */
    int col = draw_text(&ui->canvas, area, row, 1, 0, dim, "leases") + 1;
    if (!board->known || board->count == 0) {
        draw_text(&ui->canvas, area, row, col, 0, board->known ? ui_ink(ROLE_WARNING, false) : plain,
                  board->known ? "nobody" : "n/a");
        return;
    }
    for (uint32_t i = 0; i < board->count; i++) {
        const struct lease_status *holder = &board->leases[i];
        char name[LEASE_HOST_SIZE + 24];
        bool drawn = false;
        for (uint32_t j = 0; j < i && !drawn; j++)
            drawn = same_holder(&board->leases[j], holder);
        if (drawn)
            continue;
        snprintf(name, sizeof name, "%.*s:%" PRId64, (int)strcspn(holder->host, "."), holder->host, holder->pid);
        col = draw_text(&ui->canvas, area, row, col, 0, dim, name);
        for (uint32_t j = i; j < board->count; j++) {
            if (same_holder(&board->leases[j], holder))
                col = draw_text(&ui->canvas, area, row, col + 1, 0, plain, board->leases[j].role);
        }
        col += 3;
    }
}

static bool is_internal(const char *name)
{
    return strncmp(name, "TAPEDECK_", 9) == 0 || strncmp(name, "KV_", 3) == 0;
}

/* Our own streams go by what they hold: their full names would not fit. */
const char *pane_server_stream_name(const char *name)
{
    static const char *const prefixes[] = {"KV_TAPEDECK_", "TAPEDECK_", "KV_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(name, prefixes[i], length) == 0 && name[length] != '\0')
            return name + length;
    }
    return name;
}

/* "10.7 GB, 7 d": how much and how long a stream keeps; empty without a limit. */
static void format_limit(char *text, size_t size, const struct stream_status *stream)
{
    char bytes[FORMAT_SIZE] = "";
    long long hours = (long long)(stream->limit_age_ns / (3600 * NS_PER_SECOND));
    if (stream->limit_bytes > 0)
        format_bytes(bytes, stream->limit_bytes);
    snprintf(text, size, "%s", bytes);
    if (hours > 0)
        snprintf(text, size, "%s%s%lld %s", bytes, bytes[0] != '\0' ? ", " : "", hours >= 24 ? hours / 24 : hours,
                 hours >= 24 ? "d" : "h");
}

static void draw_stream(const struct ui *ui, struct area area, const struct table *table, int row,
                        const struct stream_status *stream)
{
    char text[2 * FORMAT_SIZE];
    struct ink plain = ui_ink(ROLE_TEXT, false), dim = ui_ink(ROLE_DIM, false);
    pane_row(ui, area, row, -1, false);
    pane_cell(ui, area, table, columns, COLUMN_STREAM, row, is_internal(stream->name) ? dim : plain,
              pane_server_stream_name(stream->name));
    format_count(text, stream->messages);
    pane_cell(ui, area, table, columns, COLUMN_MESSAGES, row, plain, text);
    format_bytes(text, stream->bytes);
    pane_cell(ui, area, table, columns, COLUMN_BYTES, row, plain, text);
    double rate = stream->messages_per_second;
    format_count(text, rate > 0 ? (uint64_t)(rate + 0.5) : 0);
    pane_cell(ui, area, table, columns, COLUMN_RATE, row, plain, text);
    format_count(text, stream->consumers);
    pane_cell(ui, area, table, columns, COLUMN_CONSUMERS, row, dim, text);
    format_count(text, stream->consumer_lag);
    pane_cell(ui, area, table, columns, COLUMN_LAG, row,
              ui_ink(stream->consumer_lag > 10000 ? ROLE_WARNING : ROLE_DIM, false), text);
    format_count(text, stream->last_sequence);
    pane_cell(ui, area, table, columns, COLUMN_LAST, row, dim, text);
    format_limit(text, sizeof text, stream);
    pane_cell(ui, area, table, columns, COLUMN_LIMIT, row, dim, text);
}

static void server_draw(struct ui *ui, struct area area, bool focused)
{
    const struct server_metrics *metrics = model_metrics(ui->model);
    const struct connection_status *connection = model_connection(ui->model);
    char right[192];
    if (metrics->available)
        snprintf(right, sizeof right, "nats-server %s  %s", metrics->version, connection->server);
    else
        snprintf(right, sizeof right, "%s", connection->server);
    pane_rule(ui, area, PANE_SERVER, "Server", right, focused);
    if (!metrics->available) {
        char text[224];
        snprintf(text, sizeof text, "n/a%s%s", metrics->problem[0] != '\0' ? ": " : "", metrics->problem);
        pane_empty(ui, area, 1, text);
        draw_reading(ui, area, 2);
        draw_leases(ui, area, 3);
        return;
    }
    struct table table = pane_table(area, columns, COLUMN_COUNT);
    int row = 1;
    draw_load(ui, area, row++, metrics);
    draw_flow(ui, area, row++, metrics);
    draw_reading(ui, area, row++);
    draw_leases(ui, area, row++);
    if (row < area.rows)
        pane_header(ui, area, &table, columns, row++);
    /* The four public streams first, then our own. */
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < metrics->stream_count && i < SERVER_STREAMS_MAX && row < area.rows; i++) {
            if (is_internal(metrics->streams[i].name) == (pass == 1))
                draw_stream(ui, area, &table, row++, &metrics->streams[i]);
        }
    }
}

const struct pane_ops pane_server = {.name = "server", .draw = server_draw};
