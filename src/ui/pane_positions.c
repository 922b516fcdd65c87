/* Positions of the account: what is owned, at what price, what it is worth now and what it has earned. A profit that
 * rests on a stale mark stands in brackets; a position that a later fill has overtaken is marked "behind". */
#include <stdio.h>
#include <string.h>

#include "ui/format.h"
#include "ui/position_row.h"
#include "ui/position_totals.h"

enum { ROWS_MAX = 512 };

struct rows {
    const struct position_view *items[ROWS_MAX];
    struct position_value values[ROWS_MAX];
    int count, other_accounts;
    struct position_totals totals;
};

static void collect(const struct ui *ui, struct rows *rows)
{
    memset(rows, 0, sizeof *rows);
    /* What is open first, then what is closed. */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < model_position_count(ui->model) && rows->count < ROWS_MAX; i++) {
            const struct position_view *position = model_position_at(ui->model, i);
            bool open = position->position.quantity != 0 || !position->known;
            if (open != (pass == 0))
                continue;
            if (strcmp(position->position.account, ui->account) != 0) {
                rows->other_accounts++;
                continue;
            }
            if (!ui_matches(ui, PANE_POSITIONS, position->position.symbol))
                continue;
            rows->items[rows->count] = position;
            rows->values[rows->count] = model_position_value(ui->model, position, ui->market_ns);
            position_totals_add(&rows->totals, ui->model, position, &rows->values[rows->count]);
            rows->count++;
        }
    }
}

static void follow_cursor(const struct ui *ui, const struct rows *rows, struct list *list)
{
    if (!ui->moved[PANE_POSITIONS] && ui->focus != PANE_POSITIONS) {
        list->selected = list->top = 0;
        return;
    }
    for (int i = 0; i < rows->count; i++) {
        if (strcmp(rows->items[i]->position.symbol, ui->chosen[PANE_POSITIONS]) == 0)
            list->selected = i;
    }
}

static void keep_cursor(struct ui *ui, const struct rows *rows, const struct list *list)
{
    if (rows->count > 0)
        snprintf(ui->chosen[PANE_POSITIONS], sizeof ui->chosen[0], "%s", rows->items[list->selected]->position.symbol);
}

/* The totals at the right of the rule, each in the colour of its sign. */
static void draw_totals(const struct ui *ui, struct area area, const struct rows *rows, int visible, bool focused)
{
    char unrealized[2 * FORMAT_SIZE], realized[2 * FORMAT_SIZE], right[8 * FORMAT_SIZE];
    if (rows->count == 0) {
        pane_rule(ui, area, PANE_POSITIONS, "Positions", "", focused);
        return;
    }
    const struct position_totals *totals = &rows->totals;
    enum role first = pane_profit(ui, unrealized, sizeof unrealized, totals->unrealized, totals->stale, 18);
    enum role second = pane_profit(ui, realized, sizeof realized, totals->realized, false, 18);
    const char *currency = model_base_currency(ui->model);
    bool brief = area.cols < 50; /* then only what moves */
    bool full = area.cols >= 70;
    bool roomy = area.cols >= 100; /* then also what the marks mean */
    snprintf(right, sizeof right, "%s%s%s%s%s%s%s%s%s%s%s", brief ? "" : "unrealized ", unrealized,
             totals->partial ? "+?" : "", brief ? "" : "  realized ", brief ? "" : realized, full ? " " : "",
             full ? currency : "", totals->no_rate[0] != '\0' && full ? ", no rate of " : "",
             full ? totals->no_rate : "", totals->stale && roomy ? ", in brackets: stale" : "",
             rows->other_accounts > 0 && roomy ? ", other accounts hidden" : "");
    int start = pane_list_rule(ui, area, PANE_POSITIONS, "Positions", right, focused, rows->count, visible);
    if (start + draw_width(right, ui->canvas.ascii) + 2 != area.cols)
        return; /* it was cut */
    /* The numbers again, in their colours. */
    int at = start + (brief ? 0 : 11);
    draw_text(&ui->canvas, area, 0, at, 0, ui_ink(first, false), unrealized);
    if (brief)
        return;
    at += draw_width(unrealized, ui->canvas.ascii) + (totals->partial ? 2 : 0) + 11;
    draw_text(&ui->canvas, area, 0, at, 0, ui_ink(second, false), realized);
}

static void positions_draw(struct ui *ui, struct area area, bool focused)
{
    struct rows rows;
    struct list *list = &ui->lists[PANE_POSITIONS];
    collect(ui, &rows);
    pane_want_rows(ui, PANE_POSITIONS, rows.count);
    int head = area.rows >= 4 ? 2 : 1;
    int visible = area.rows - head;
    follow_cursor(ui, &rows, list);
    list_place(list, rows.count, visible);
    keep_cursor(ui, &rows, list);
    struct column columns[POSITION_COLUMNS];
    memcpy(columns, position_row_columns, sizeof columns);
    columns[POSITION_ACCOUNT].width = 0; /* they are all of one account */
    struct table table = pane_table(area, columns, POSITION_COLUMNS);
    draw_totals(ui, area, &rows, visible, focused);
    if (head == 2)
        pane_header(ui, area, &table, columns, 1);
    if (rows.count == 0)
        pane_empty(ui, area, head, rows.other_accounts > 0 ? "No positions in this account." : "No positions yet.");
    for (int i = 0; i < visible && list->top + i < rows.count; i++) {
        int place = list->top + i;
        bool selected = focused && place == list->selected;
        pane_row(ui, area, head + i, place, selected);
        position_row_draw(ui, area, &table, head + i, selected, rows.items[place], &rows.values[place]);
    }
}

static void positions_move(struct ui *ui, int by)
{
    struct rows rows;
    struct list *list = &ui->lists[PANE_POSITIONS];
    collect(ui, &rows);
    follow_cursor(ui, &rows, list);
    list->selected += by;
    list_place(list, rows.count, 0);
    keep_cursor(ui, &rows, list);
}

static enum role positions_detail(const struct ui *ui, char *text, size_t size)
{
    struct rows rows;
    collect(ui, &rows);
    text[0] = '\0';
    if (rows.totals.no_rate[0] != '\0')
        snprintf(text, size, "There is no rate of %s to %s: what is held in it is not in the totals.",
                 rows.totals.no_rate, model_base_currency(ui->model));
    else if (rows.totals.stale)
        snprintf(text, size, "In brackets: stale, it rests on the last trade or a crossed quote.");
    return ROLE_WARNING;
}

const struct pane_ops pane_positions = {
    .name = "positions", .draw = positions_draw, .move = positions_move, .detail = positions_detail};
