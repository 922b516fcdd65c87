/* The log screen: what this process has logged since it started, the newest first. */
#include <stdio.h>
#include <string.h>

#include "ui/keys.h"
#include "ui/pane.h"
#include "ui/view.h"

enum log_column { COLUMN_TIME, COLUMN_LEVEL, COLUMN_PART, COLUMN_MESSAGE, COLUMN_COUNT };

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_TIME] = {.title = "TIME", .width = 13},
    [COLUMN_LEVEL] = {.title = "LEVEL", .width = 8},
    [COLUMN_PART] = {.title = "PART", .width = 10},
    [COLUMN_MESSAGE] = {.title = "MESSAGE", .width = 24, .grow = 1},
};

static void collect(const struct ui *ui, struct browse_rows *rows)
{
    const struct log_line *entry;
    rows->count = 0;
    for (int back = 0; (entry = model_log_line(ui->model, back)) != NULL; back++) {
        if (browse_matches(&ui->browses[VIEW_LOG], entry->text, NULL))
            browse_add(rows, entry);
    }
}

static void write_id(const void *item, char id[BROWSE_ID_SIZE])
{
    snprintf(id, BROWSE_ID_SIZE, "%llu", (unsigned long long)((const struct log_line *)item)->number);
}

/* `2026-11-23T14:30:00.123Z warning bus: message`, as core/log.h writes it. */
static void draw_row(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                     const void *item)
{
    const char *line = ((const struct log_line *)item)->text;
    char time[16] = "", level[12] = "", part[52] = "";
    int used = 0;
    sscanf(line, "%*10[^T]T%12[^Z]Z %11s %51[^:]: %n", time, level, part, &used);
    enum role role = strcmp(level, "error") == 0     ? ROLE_CRITICAL
                     : strcmp(level, "warning") == 0 ? ROLE_WARNING
                                                     : ROLE_DIM;
    pane_cell(ui, area, table, columns, COLUMN_TIME, row, ui_ink(ROLE_DIM, selected), time);
    pane_cell(ui, area, table, columns, COLUMN_LEVEL, row, ui_ink(role, selected), level);
    pane_cell(ui, area, table, columns, COLUMN_PART, row, ui_ink(ROLE_DIM, selected), part);
    pane_cell(ui, area, table, columns, COLUMN_MESSAGE, row, ui_ink(ROLE_TEXT, selected), line + used);
}

static const struct browse_ops list_ops = {
    .columns = columns, .column_count = COLUMN_COUNT, .id = write_id, .flows = true, .draw_row = draw_row};

static void log_draw(struct ui *ui)
{
    struct browse_rows rows;
    struct area body = view_begin(ui);
    collect(ui, &rows);
    browse_draw(ui, body, &ui->browses[VIEW_LOG], &list_ops, &rows, "Log", "of this process",
                "Nothing was logged yet.");
    const struct log_line *entry = browse_selected(&ui->browses[VIEW_LOG], &rows);
    view_end(ui, ROLE_TEXT, entry == NULL ? "" : entry->text);
}

static unsigned log_where(const struct ui *ui)
{
    (void)ui;
    return WHERE_VIEW_LOG;
}

const struct view_ops view_log = {.name = "log", .draw = log_draw, .where = log_where, .list = &list_ops};
