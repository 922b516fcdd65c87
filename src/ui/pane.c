/* What panes have in common. */
#include "ui/pane.h"

#include <stdio.h>
#include <string.h>

#include "ui/format.h"

struct table pane_table(struct area area, const struct column *columns, int count)
{
    return table_fit(columns, count, 0, area.cols - 1);
}

void pane_want_rows(struct ui *ui, enum pane_id pane, int rows)
{
    if (rows > ui->wanted[pane])
        ui->wanted[pane] = rows;
}

void pane_cell(const struct ui *ui, struct area area, const struct table *table, const struct column *columns,
               int column, int row, struct ink ink, const char *text)
{
    int width = table->width[column];
    if (width == 0)
        return;
    if (text[0] == '\0') {
        text = draw_glyph(&ui->canvas, GLYPH_DASH);
        ink.role = ROLE_DIM;
    }
    if (columns[column].right)
        draw_right(&ui->canvas, area, row, table->start[column] + width, width - 1, ink, text);
    else
        draw_text(&ui->canvas, area, row, table->start[column] + 1, width - 1, ink, text);
}

void pane_header(const struct ui *ui, struct area area, const struct table *table, const struct column *columns,
                 int row)
{
    struct ink ink = {.role = ROLE_HEADER};
    draw_fill(&ui->canvas, (struct area){area.row + row, area.col, 1, area.cols}, ink);
    for (int i = 0; i < table->count; i++) {
        if (table->width[i] > 0)
            pane_cell(ui, area, table, columns, i, row, ink, columns[i].title);
    }
}

void pane_empty(const struct ui *ui, struct area area, int row, const char *text)
{
    if (row < area.rows)
        draw_text(&ui->canvas, area, row, 1, area.cols - 2, (struct ink){.role = ROLE_DIM}, text);
}

void pane_row(const struct ui *ui, struct area area, int row, int place, bool selected)
{
    struct area line = {area.row + row, area.col, 1, area.cols};
    if (place >= 0)
        hits_add(ui->hits, area, (struct area){row, 0, 1, area.cols}, HIT_ROW, place, 0);
    draw_fill(&ui->canvas, line, ui_ink(ROLE_TEXT, selected));
    if (selected)
        draw_text(&ui->canvas, area, row, 0, 1, ui_ink(ROLE_ACCENT, true), draw_glyph(&ui->canvas, GLYPH_POINTER));
}

int pane_rule(const struct ui *ui, struct area area, enum pane_id pane, const char *title, const char *right,
              bool focused)
{
    char name[96];
    bool typing = ui->mode == MODE_FILTER && ui->focus == pane;
    if (pane < PANE_FOCUSABLE && (ui->filters[pane].text[0] != '\0' || typing))
        snprintf(name, sizeof name, "%s  /%s%s", title, ui->filters[pane].text, typing ? "_" : "");
    else
        snprintf(name, sizeof name, "%s", title);
    return draw_rule(&ui->canvas, area, name, right, focused);
}

int pane_list_rule(const struct ui *ui, struct area area, enum pane_id pane, const char *title, const char *right,
                   bool focused, int count, int visible)
{
    char name[64];
    int top = ui->lists[pane].top;
    if (count > visible && visible > 0)
        snprintf(name, sizeof name, "%s  %d-%d of %d", title, top + 1, top + visible, count);
    else
        snprintf(name, sizeof name, "%s", title);
    return pane_rule(ui, area, pane, name, right, focused);
}

enum role pane_profit(const struct ui *ui, char *text, size_t size, int128 money, bool stale, int cols)
{
    char number[FORMAT_SIZE];
    text[0] = '\0';
    if (money == MONEY_NONE)
        return ROLE_TEXT;
    format_money_in(number, money, 2, true, cols - 2 - (stale ? 2 : 0));
    int sign = strpbrk(number, "123456789") == NULL ? 0 : ui_sign(money);
    const char *gap = sign == 0 ? "" : " ";
    snprintf(text, size, "%s%s%s%s%s", stale ? "(" : "", ui_arrow(ui, sign), gap, number, stale ? ")" : "");
    return stale ? ROLE_STALE : ui_role_of(sign);
}
