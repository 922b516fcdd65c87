/* The help is made from the table of keys and nothing else, in two or three columns where there is room. */
#include "ui/help.h"

#include <stdio.h>
#include <string.h>

#include "ui/keys.h"
#include "ui/view.h"

enum { LINES_MAX = 128, LABEL_COLS = 13, COLUMN_COLS = 38 };

/* A line of the help: the name of a section, or a binding. */
struct line {
    const char *section;
    const struct key_binding *binding;
};

/* Adds what works in `where`; returns how many lines there are then. */
static int add(struct line *lines, int used, unsigned where, const char *title)
{
    size_t count;
    const struct key_binding *table = keys_table(&count);
    const char *section = "";
    for (size_t i = 0; i < count && used + 3 < LINES_MAX; i++) {
        const char *name = title != NULL ? title : keys_section(&table[i]);
        if ((table[i].where & where) == 0 || (title == NULL && (table[i].where & WHERE_SCREENS) != 0))
            continue;
        if (strcmp(name, section) != 0) {
            if (used > 0)
                lines[used++] = (struct line){0};
            lines[used++] = (struct line){.section = name};
            section = name;
        }
        lines[used++] = (struct line){.binding = &table[i]};
    }
    return used;
}

/* What works on this screen, then what works in the dialogues that can be opened over it. */
static int collect(const struct ui *ui, struct line *lines)
{
    int used = add(lines, 0, view_current(ui)->where(ui), "This screen");
    return add(lines, used, WHERE_DIALOGUES, NULL);
}

static void draw_line(const struct ui *ui, struct area area, int row, int col, int cols, const struct line *line)
{
    if (line->section != NULL) {
        draw_text(&ui->canvas, area, row, col, cols, (struct ink){.role = ROLE_TITLE, .ground = GROUND_PANEL},
                  line->section);
        return;
    }
    if (line->binding == NULL)
        return;
    bool off = line->binding->trading && ui->readonly;
    enum role key = off ? ROLE_DIM : ROLE_KEY, text = off ? ROLE_DIM : ROLE_TEXT;
    draw_text(&ui->canvas, area, row, col, LABEL_COLS - 1, (struct ink){.role = key, .ground = GROUND_PANEL},
              keys_label(ui, line->binding));
    draw_text(&ui->canvas, area, row, col + LABEL_COLS, cols - LABEL_COLS,
              (struct ink){.role = text, .ground = GROUND_PANEL}, line->binding->help);
}

void help_draw(struct ui *ui, struct area screen)
{
    struct line lines[LINES_MAX];
    int count = collect(ui, lines);
    int columns = screen.cols >= 3 * COLUMN_COLS + 40 ? 3 : screen.cols >= 2 * COLUMN_COLS + 4 ? 2 : 1;
    int wanted_rows = (count + columns - 1) / columns + 2;
    int wanted_cols = columns == 1 ? screen.cols : columns * (screen.cols >= 110 ? 52 : COLUMN_COLS) + 4;
    struct area inside = draw_box(&ui->canvas, area_centred(screen, wanted_rows, wanted_cols),
                                  ui->readonly ? "Keys (read-only)" : "Keys");
    if (area_is_empty(inside))
        return;
    int page = inside.rows * columns;
    if (ui->help_top > count - page)
        ui->help_top = count - page;
    if (ui->help_top < 0)
        ui->help_top = 0;
    int column_cols = inside.cols / columns;
    for (int i = 0; i < page && ui->help_top + i < count; i++)
        draw_line(ui, inside, i % inside.rows, i / inside.rows * column_cols, column_cols - 1,
                  &lines[ui->help_top + i]);
}

void help_key_open(struct ui *ui, int key)
{
    (void)key;
    ui->mode = MODE_HELP;
    ui->help_top = 0;
}

void help_key_close(struct ui *ui, int key)
{
    (void)key;
    ui->mode = MODE_VIEW;
}

void help_key_scroll(struct ui *ui, int key)
{
    int by = key == KEYS_PAGE_UP || key == KEYS_PAGE_DOWN ? 10 : 1;
    ui->help_top += key == KEYS_UP || key == 'k' || key == KEYS_PAGE_UP ? -by : by;
}
