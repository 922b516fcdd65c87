/* The watchlist: one row per instrument. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/pane.h"
#include "ui/watch_row.h"

static int compare_rows(const void *a, const void *b)
{
    return watch_row_compare(*(const void *const *)a, *(const void *const *)b);
}

static bool is_shown(const struct ui *ui, const struct instrument_view *view)
{
    return ui_matches(ui, PANE_WATCH, view->market->quote.symbol) ||
           ui_matches(ui, PANE_WATCH, view->market->quote.exchange);
}

static void collect(const struct ui *ui, struct browse_rows *rows)
{
    const struct instrument_view *view;
    rows->count = 0;
    for (size_t i = 0; (view = model_instrument(ui->model, i)) != NULL; i++) {
        if (is_shown(ui, view))
            browse_add(rows, view);
    }
    qsort(rows->items, (size_t)rows->count, sizeof rows->items[0], compare_rows);
}

static const struct instrument_view *row_at(const struct browse_rows *rows, int place)
{
    return rows->items[place];
}

/* Where the watched instrument stands now; the cursor stays with it when the list changes. Until somebody has moved it
 * it keeps to the top row: quotes arrive in any order when the list is first filled. */
static void follow_cursor(const struct ui *ui, const struct browse_rows *rows, struct list *list)
{
    if (!ui->moved[PANE_WATCH]) {
        list->selected = list->top = 0;
        return;
    }
    for (int i = 0; i < rows->count; i++) {
        if (row_at(rows, i)->market->index == ui->watched) {
            list->selected = i;
            return;
        }
    }
}

const struct instrument_view *pane_watch_below(const struct ui *ui, int by)
{
    struct browse_rows rows;
    struct list list = ui->lists[PANE_WATCH];
    collect(ui, &rows);
    follow_cursor(ui, &rows, &list);
    list_place(&list, rows.count, 0);
    return list.selected + by < rows.count ? row_at(&rows, list.selected + by) : NULL;
}

const struct instrument_view *pane_watch_selected(const struct ui *ui)
{
    return pane_watch_below(ui, 0);
}

void pane_watch_select(struct ui *ui, const struct instrument_view *view)
{
    if (!is_shown(ui, view))
        filter_clear(&ui->filters[PANE_WATCH]);
    ui->watched = view->market->index;
    ui->moved[PANE_WATCH] = true;
    ui->chart.end = ui->chart.cross = 0;
}

/* ---- the pane ------------------------------------------------------------------------------------------------- */

static void say_empty(const struct ui *ui, struct area area)
{
    if (quotes_count(model_quotes(ui->model)) > 0)
        pane_empty(ui, area, 2, "No instrument matches the filter.");
    else if (model_connection(ui->model)->state == CONNECTION_CONNECTED)
        pane_empty(ui, area, 2, "Waiting for the first quote.");
    else
        pane_empty(ui, area, 2, "Waiting for the server.");
}

static void watch_draw(struct ui *ui, struct area area, bool focused)
{
    struct browse_rows rows;
    struct column columns[WATCH_COLUMNS];
    struct list *list = &ui->lists[PANE_WATCH];
    char right[64];
    memcpy(columns, watch_row_columns, sizeof columns);
    collect(ui, &rows);
    watch_row_widen(ui, columns, &rows, area.cols);
    struct table table = pane_table(area, columns, WATCH_COLUMNS);
    int visible = area.rows - 2;
    follow_cursor(ui, &rows, list);
    list_place(list, rows.count, visible);
    if (rows.count > 0)
        ui->watched = row_at(&rows, list->selected)->market->index;
    int total = (int)quotes_count(model_quotes(ui->model));
    if (rows.count < total)
        snprintf(right, sizeof right, "%d of %d instruments", rows.count, total);
    else
        snprintf(right, sizeof right, "%d instruments", total);
    pane_list_rule(ui, area, PANE_WATCH, "Watch", right, focused, rows.count, visible);
    pane_header(ui, area, &table, columns, 1);
    if (rows.count == 0)
        say_empty(ui, area);
    for (int i = 0; i < visible && list->top + i < rows.count; i++) {
        bool selected = list->top + i == list->selected;
        pane_row(ui, area, 2 + i, list->top + i, selected);
        watch_row_draw(ui, area, &table, 2 + i, selected, row_at(&rows, list->top + i));
    }
}

static void watch_move(struct ui *ui, int by)
{
    struct browse_rows rows;
    struct list *list = &ui->lists[PANE_WATCH];
    collect(ui, &rows);
    follow_cursor(ui, &rows, list);
    list->selected += by;
    list_place(list, rows.count, 0);
    if (rows.count > 0)
        ui->watched = row_at(&rows, list->selected)->market->index;
}

const struct pane_ops pane_watch = {.name = "watchlist", .draw = watch_draw, .move = watch_move};
