/* Alerts: what is wrong, what nobody has acknowledged first; by groups when they do not all fit. */
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/pane.h"

/* Without groups no more than this many; a pane is never that high. */
enum { SINGLE_MAX = 512 };

/* How many rows the pane shows, as of the last frame. */
static int visible_rows(const struct ui *ui)
{
    return ui->layout.panes[PANE_ALERTS].rows - 1;
}

static void collect(const struct ui *ui, struct alert_rows *rows)
{
    const struct alert_digest *digest = model_alert_digest(ui->model, ui->wall_ns);
    const struct alert_entry *entries[ALERT_LIST_MAX];
    size_t count = 0;
    for (size_t i = 0; i < digest->count; i++) {
        const struct alert *alert = &digest->entries[i]->alert;
        if (ui_matches(ui, PANE_ALERTS, alert->message) || ui_matches(ui, PANE_ALERTS, alert->rule) ||
            ui_matches(ui, PANE_ALERTS, severity_name(alert->severity)))
            entries[count++] = digest->entries[i];
    }
    bool fits = (int)count <= visible_rows(ui) || visible_rows(ui) < 1;
    alert_rows_build(rows, entries, count, fits ? SINGLE_MAX : 1, "");
}

static void follow_cursor(const struct ui *ui, const struct alert_rows *rows, struct list *list)
{
    for (int i = 0; i < rows->count; i++) {
        char id[ALERT_ROW_ID_SIZE];
        alert_rows_id(&rows->items[i], id);
        if (strcmp(id, ui->chosen[PANE_ALERTS]) == 0)
            list->selected = i;
    }
}

static void keep_cursor(struct ui *ui, const struct alert_rows *rows, const struct list *list)
{
    if (rows->count > 0)
        alert_rows_id(&rows->items[list->selected], ui->chosen[PANE_ALERTS]);
}

bool pane_alerts_selected(const struct ui *ui, struct alert_row *row)
{
    struct alert_rows rows;
    struct list list = ui->lists[PANE_ALERTS];
    collect(ui, &rows);
    follow_cursor(ui, &rows, &list);
    list_place(&list, rows.count, 0);
    if (rows.count > 0)
        *row = rows.items[list.selected];
    return rows.count > 0;
}

static enum role severity_role(const struct alert_entry *entry)
{
    if (!entry->alert.raised)
        return ROLE_DIM;
    return entry->alert.severity == SEVERITY_CRITICAL  ? ROLE_CRITICAL
           : entry->alert.severity == SEVERITY_WARNING ? ROLE_WARNING
                                                       : ROLE_TEXT;
}

static const char *const words[] = {"info", "warning", "CRITICAL"};

static void draw_group(const struct ui *ui, struct area area, int row, bool selected, const struct alert_row *group)
{
    char clock[FORMAT_SIZE], text[REASON_SIZE];
    enum role role = group->raised == 0                  ? ROLE_DIM
                     : group->worst == SEVERITY_CRITICAL ? ROLE_CRITICAL
                     : group->worst == SEVERITY_WARNING  ? ROLE_WARNING
                                                         : ROLE_TEXT;
    struct ink mark = ui_ink(role, selected);
    mark.bold = group->unacknowledged > 0;
    timestamp_format_clock(clock, group->first_ns);
    alert_rows_say(group, text, sizeof text);
    draw_text(&ui->canvas, area, row, 1, 9, mark, words[group->worst]);
    draw_text(&ui->canvas, area, row, 10, 9, ui_ink(ROLE_DIM, selected), clock);
    draw_text(&ui->canvas, area, row, 19, area.cols - 20,
              ui_ink(group->unacknowledged > 0 ? ROLE_TEXT : ROLE_DIM, selected), text);
}

static void draw_alert(const struct ui *ui, struct area area, int row, bool selected, const struct alert_entry *entry)
{
    const struct alert *alert = &entry->alert;
    char clock[FORMAT_SIZE], text[2 * REASON_SIZE + 64], state[ACCOUNT_SIZE + 16] = "";
    enum role role = severity_role(entry);
    timestamp_format_clock(clock, alert->raised_at_ns != 0 ? alert->raised_at_ns : alert->timestamp_ns);
    struct ink mark = ui_ink(role, selected);
    mark.bold = !entry->acknowledged && alert->raised;
    draw_text(&ui->canvas, area, row, 1, 9, mark, words[alert->severity]);
    draw_text(&ui->canvas, area, row, 10, 9, ui_ink(ROLE_DIM, selected), clock);
    /* Who acknowledged, or that it is over, at the right; the message takes what is left. */
    if (alert_entry_is_shelved(entry, ui->wall_ns))
        snprintf(state, sizeof state, "shelved");
    else if (entry->acknowledged)
        snprintf(state, sizeof state, "%s %s", alert->raised ? "ack" : "cleared, ack", entry->acknowledged_by);
    else if (!alert->raised)
        snprintf(state, sizeof state, "cleared");
    int end = area.cols - 1;
    if (state[0] != '\0')
        end = draw_right(&ui->canvas, area, row, end, 24, ui_ink(ROLE_DIM, selected), state) - 1;
    if (alert->count > 1)
        snprintf(text, sizeof text, "%s (%ux)", alert->message, alert->count);
    else
        snprintf(text, sizeof text, "%s", alert->message);
    bool quiet = entry->acknowledged || !alert->raised;
    if (end > 19)
        draw_text(&ui->canvas, area, row, 19, end - 19, ui_ink(quiet ? ROLE_DIM : ROLE_TEXT, selected), text);
}

static void draw_row(const struct ui *ui, struct area area, int row, bool selected, const struct alert_row *item)
{
    pane_row(ui, area, row, ui->lists[PANE_ALERTS].top + row - 1, selected);
    if (item->is_group)
        draw_group(ui, area, row, selected, item);
    else
        draw_alert(ui, area, row, selected, item->entry);
}

static void alerts_draw(struct ui *ui, struct area area, bool focused)
{
    struct alert_rows rows;
    struct list *list = &ui->lists[PANE_ALERTS];
    char right[80];
    collect(ui, &rows);
    pane_want_rows(ui, PANE_ALERTS, (int)model_alert_digest(ui->model, ui->wall_ns)->count);
    int visible = area.rows - 1;
    if (focused)
        follow_cursor(ui, &rows, list);
    else
        list->selected = list->top = 0; /* what nobody acknowledged stays in sight */
    list_place(list, rows.count, visible);
    keep_cursor(ui, &rows, list);
    const struct alert_counts *counts = &model_alert_digest(ui->model, ui->wall_ns)->counts;
    unsigned open = 0;
    for (int severity = 0; severity <= SEVERITY_CRITICAL; severity++)
        open += counts->unacknowledged[severity];
    if (open > 0)
        snprintf(right, sizeof right, "%u not acknowledged", open);
    else
        snprintf(right, sizeof right, rows.count > 0 ? "all acknowledged" : "");
    pane_list_rule(ui, area, PANE_ALERTS, "Alerts", right, focused, rows.count, visible);
    if (rows.count == 0)
        pane_empty(ui, area, 1, "No alerts.");
    for (int i = 0; i < visible && list->top + i < rows.count; i++) {
        bool selected = focused && list->top + i == list->selected;
        draw_row(ui, area, 1 + i, selected, &rows.items[list->top + i]);
    }
}

static void alerts_move(struct ui *ui, int by)
{
    struct alert_rows rows;
    struct list *list = &ui->lists[PANE_ALERTS];
    collect(ui, &rows);
    follow_cursor(ui, &rows, list);
    list->selected += by;
    list_place(list, rows.count, 0);
    keep_cursor(ui, &rows, list);
}

static enum role alerts_detail(const struct ui *ui, char *text, size_t size)
{
    struct alert_row row;
    if (!pane_alerts_selected(ui, &row))
        return ROLE_TEXT;
    snprintf(text, size, "%s%s", row.is_group ? "Enter shows all; first of them: " : "", row.entry->alert.message);
    return severity_role(row.entry);
}

const struct pane_ops pane_alerts = {
    .name = "alerts", .draw = alerts_draw, .move = alerts_move, .detail = alerts_detail};
