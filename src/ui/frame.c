/* A frame is drawn from nothing each time; curses finds out what differs. */
#include "ui/frame.h"

#include "ui/help.h"
#include "ui/prompt.h"
#include "ui/ticket.h"
#include "ui/view.h"

/* Where what is asked stands: below the watchlist when there is room, so that prices stay in sight. */
static struct area overlay_area(const struct ui *ui)
{
    struct area screen = {.rows = ui->canvas.rows, .cols = ui->canvas.cols};
    struct area watch = ui->layout.panes[PANE_WATCH];
    int below = watch.row + watch.rows;
    if (!area_is_empty(watch) && screen.rows - 1 - below >= 10) {
        screen = area_below(screen, below);
        screen.rows--;
        if (screen.rows > 16)
            screen.rows = 16;
        return screen;
    }
    screen = area_below(screen, 1);
    screen.rows--;
    return screen;
}

static void draw_overlay(struct ui *ui)
{
    struct area screen = {.row = 1, .rows = ui->canvas.rows - 2, .cols = ui->canvas.cols};
    if (ui->mode == MODE_TICKET || (ui->mode == MODE_PROMPT && ui->prompt.before == MODE_TICKET))
        ticket_draw(ui, overlay_area(ui));
    if (ui->mode == MODE_PROMPT)
        prompt_draw(ui, overlay_area(ui));
    if (ui->mode == MODE_HELP)
        help_draw(ui, screen);
}

void frame_draw(struct ui *ui)
{
    struct area all = {.rows = ui->canvas.rows, .cols = ui->canvas.cols};
    hits_clear(ui->hits);
    draw_fill(&ui->canvas, all, (struct ink){.role = ROLE_TEXT});
    view_current(ui)->draw(ui);
    if (!ui->layout.too_small)
        draw_overlay(ui);
}
