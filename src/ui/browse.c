/* The table of a screen: sorting, the cursor, and the drawing that all of them share. */
#include "ui/browse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/command.h"
#include "ui/keys.h"
#include "ui/pane.h"
#include "ui/ui.h"
#include "ui/view.h"

#define STANDS_STILL_NS NS_PER_SECOND

void list_place(struct list *list, int count, int visible)
{
    if (list->selected >= count)
        list->selected = count - 1;
    if (list->selected < 0)
        list->selected = 0;
    if (list->top > list->selected)
        list->top = list->selected;
    if (visible > 0 && list->selected >= list->top + visible)
        list->top = list->selected - visible + 1;
    if (list->top > count - visible)
        list->top = count - visible;
    if (list->top < 0)
        list->top = 0;
}

void browse_add(struct browse_rows *rows, const void *item)
{
    if (rows->count < BROWSE_ROWS_MAX)
        rows->items[rows->count++] = item;
}

bool browse_matches(const struct browse *browse, const char *text, const char *other)
{
    return filter_matches(&browse->filter, text) || (other != NULL && filter_matches(&browse->filter, other));
}

/* ---- order and cursor ----------------------------------------------------------------------------------------- */

struct sorting {
    const struct ui *ui;
    const struct browse *browse;
    const struct browse_ops *ops;
};

/* Rows that are equal keep a fixed order by their names, so that none jumps from frame to frame. */
static int compare_rows(const void *a, const void *b, void *context)
{
    const struct sorting *sorting = context;
    const void *left = *(const void *const *)a, *right = *(const void *const *)b;
    int order = sorting->ops->compare(sorting->ui, left, right, sorting->browse->sorted_by - 1);
    if (order == 0) {
        char left_id[BROWSE_ID_SIZE], right_id[BROWSE_ID_SIZE];
        sorting->ops->id(left, left_id);
        sorting->ops->id(right, right_id);
        return strcmp(left_id, right_id);
    }
    return sorting->browse->backwards ? -order : order;
}

static uint64_t id_hash(const struct browse_ops *ops, const void *item)
{
    char id[BROWSE_ID_SIZE];
    ops->id(item, id);
    return text_hash(TEXT_HASH, id);
}

static int compare_standings(const void *a, const void *b)
{
    const struct browse_standing *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

/* Puts the rows where they stood. False when it is time to sort anew, or these are other rows. */
static bool stand_still(const struct ui *ui, const struct browse *browse, const struct browse_ops *ops,
                        struct browse_rows *rows)
{
    const struct browse_order *order = &browse->order;
    const void *items[BROWSE_ROWS_MAX] = {NULL};
    bool same = order->sorted_by == browse->sorted_by && order->backwards == browse->backwards &&
                order->count == rows->count && ui->market_ns - order->sorted_ns < STANDS_STILL_NS;
    for (int i = 0; same && i < rows->count; i++) {
        const struct browse_standing wanted = {.id = id_hash(ops, rows->items[i])};
        const struct browse_standing *standing =
            bsearch(&wanted, order->standings, (size_t)order->count, sizeof wanted, compare_standings);
        same = standing != NULL && items[standing->place] == NULL;
        if (same)
            items[standing->place] = rows->items[i];
    }
    if (same)
        memcpy(rows->items, items, (size_t)rows->count * sizeof items[0]);
    return same;
}

static void note_order(const struct ui *ui, struct browse *browse, const struct browse_ops *ops,
                       const struct browse_rows *rows)
{
    struct browse_order *order = &browse->order;
    order->sorted_by = browse->sorted_by;
    order->backwards = browse->backwards;
    order->sorted_ns = ui->market_ns;
    order->count = rows->count;
    for (int i = 0; i < rows->count; i++)
        order->standings[i] = (struct browse_standing){id_hash(ops, rows->items[i]), i};
    qsort(order->standings, (size_t)rows->count, sizeof order->standings[0], compare_standings);
}

static void sort(const struct ui *ui, struct browse *browse, const struct browse_ops *ops, struct browse_rows *rows)
{
    struct sorting sorting = {ui, browse, ops};
    if (ops->stands_still && stand_still(ui, browse, ops, rows))
        return;
    qsort_r(rows->items, (size_t)rows->count, sizeof rows->items[0], compare_rows, &sorting);
    if (ops->stands_still)
        note_order(ui, browse, ops, rows);
}

static void follow(struct browse *browse, const struct browse_ops *ops, const struct browse_rows *rows)
{
    bool at_top = ops->flows && !browse->moved;
    if (at_top)
        browse->list.selected = 0;
    for (int i = 0; !at_top && i < rows->count; i++) {
        char id[BROWSE_ID_SIZE];
        ops->id(rows->items[i], id);
        if (strcmp(id, browse->chosen) == 0) {
            browse->list.selected = i;
            return;
        }
    }
}

void browse_place(const struct ui *ui, struct browse *browse, const struct browse_ops *ops, struct browse_rows *rows)
{
    if (browse->sorted_by > 0)
        sort(ui, browse, ops, rows);
    follow(browse, ops, rows);
    browse->list.selected += browse->by;
    browse->by = 0;
    list_place(&browse->list, rows->count, browse->visible);
    if (rows->count > 0)
        ops->id(rows->items[browse->list.selected], browse->chosen);
}

const void *browse_selected(const struct browse *browse, const struct browse_rows *rows)
{
    return rows->count == 0 ? NULL : rows->items[browse->list.selected];
}

/* ---- drawing -------------------------------------------------------------------------------------------------- */

/* "Orders  /aapl_  1-20 of 300  by PRICE, falling" */
static void describe(const struct ui *ui, const struct browse *browse, const struct browse_ops *ops, int count,
                     const char *title, char *text, size_t size)
{
    size_t length = (size_t)snprintf(text, size, "%s", title);
    bool typing = ui->mode == MODE_FILTER;
    if (browse->filter.text[0] != '\0' || typing)
        length += (size_t)snprintf(text + length, size - length, "  /%s%s", browse->filter.text, typing ? "_" : "");
    if (count > browse->visible && browse->visible > 0)
        length += (size_t)snprintf(text + length, size - length, "  %d-%d of %d", browse->list.top + 1,
                                   browse->list.top + browse->visible, count);
    if (browse->sorted_by > 0)
        snprintf(text + length, size - length, "  by %s, %s", ops->columns[browse->sorted_by - 1].title,
                 browse->backwards ? "falling" : "rising");
}

static struct table fit_columns(struct ui *ui, struct area area, const struct browse *browse,
                                const struct browse_ops *ops, const struct browse_rows *rows)
{
    struct column columns[TABLE_COLUMNS_MAX];
    memcpy(columns, ops->columns, (size_t)ops->column_count * sizeof columns[0]);
    if (ops->widen != NULL)
        ops->widen(ui, columns, rows, area.cols);
    if (browse->columns.count > 0)
        return table_fit_chosen(columns, ops->column_count, &browse->columns, 0, area.cols - 1);
    return pane_table(area, columns, ops->column_count);
}

void browse_draw(struct ui *ui, struct area area, struct browse *browse, const struct browse_ops *ops,
                 struct browse_rows *rows, const char *title, const char *right, const char *empty)
{
    enum { HEAD = 2 };
    char name[160];
    if (area_is_empty(area))
        return;
    browse->visible = area.rows > HEAD ? area.rows - HEAD : 0;
    browse_place(ui, browse, ops, rows);
    describe(ui, browse, ops, rows->count, title, name, sizeof name);
    draw_rule(&ui->canvas, area, name, right, true);
    struct table table = fit_columns(ui, area, browse, ops, rows);
    pane_header(ui, area, &table, ops->columns, 1);
    for (int i = 0; i < table.count; i++)
        hits_add(ui->hits, area, (struct area){1, table.start[i], 1, table.width[i]}, HIT_COLUMN, i, 0);
    if (rows->count == 0)
        pane_empty(ui, area, HEAD, browse->filter.text[0] != '\0' ? "Nothing matches the filter." : empty);
    for (int i = 0; i < browse->visible && browse->list.top + i < rows->count; i++) {
        int place = browse->list.top + i;
        bool selected = place == browse->list.selected;
        pane_row(ui, area, HEAD + i, place, selected);
        ops->draw_row(ui, area, &table, HEAD + i, selected, rows->items[place]);
    }
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

void browse_move(struct ui *ui, int by)
{
    struct browse *browse = &ui->browses[ui->view];
    browse->by += by;
    browse->moved = true;
}

void browse_sort(struct ui *ui, int column)
{
    struct browse *browse = &ui->browses[ui->view];
    const struct browse_ops *ops = view_current(ui)->list;
    if (ops == NULL || !(ops->sortable & 1u << column))
        return;
    browse->backwards = browse->sorted_by == column + 1 && !browse->backwards;
    browse->sorted_by = column + 1;
}

void browse_key_move(struct ui *ui, int key)
{
    struct browse *browse = &ui->browses[ui->view];
    int page = browse->visible > 1 ? browse->visible - 1 : 1;
    browse->moved = true;
    if (key == KEYS_UP || key == 'k')
        browse->by--;
    else if (key == KEYS_DOWN || key == 'j')
        browse->by++;
    else if (key == KEYS_PAGE_UP || key == KEYS_PAGE_DOWN)
        browse->by += key == KEYS_PAGE_UP ? -page : page;
    else if (key == 'G' || key == KEYS_END)
        browse->by = BROWSE_ROWS_MAX;
    else {
        browse->by = -BROWSE_ROWS_MAX;
        browse->moved = false;
    }
}

void browse_key_sort(struct ui *ui, int key)
{
    struct browse *browse = &ui->browses[ui->view];
    const struct browse_ops *ops = view_current(ui)->list;
    if (key == 'O') {
        browse->backwards = !browse->backwards;
        return;
    }
    do {
        browse->sorted_by = (browse->sorted_by + 1) % (ops->column_count + 1);
    } while (browse->sorted_by > 0 && !(ops->sortable & 1u << (browse->sorted_by - 1)));
}

void browse_key_columns(struct ui *ui, int key)
{
    const struct browse_ops *ops = view_current(ui)->list;
    const struct column_choice *choice = &ui->browses[ui->view].columns;
    char text[COMMAND_SIZE] = "columns";
    int count = choice->count > 0 ? choice->count : ops->column_count;
    size_t length = strlen(text);
    (void)key;
    for (int i = 0; i < count && length < sizeof text; i++) {
        char name[TABLE_NAME_SIZE];
        table_column_name(&ops->columns[choice->count > 0 ? choice->columns[i] : i], name);
        length += (size_t)snprintf(text + length, sizeof text - length, "%c%s", i == 0 ? ' ' : ',', name);
    }
    command_open(ui, text);
}
