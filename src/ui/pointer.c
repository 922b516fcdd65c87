/* Kinds are asked for in the order in which they lie over each other. */
#include "ui/pointer.h"

#include "ui/browse.h"
#include "ui/deck.h"
#include "ui/keys.h"
#include "ui/view.h"
#include "ui/view_ladder.h"

enum { WHEEL_ROWS = 3 };

void pointer_key_switch(struct ui *ui, int key)
{
    (void)key;
    ui->mouse = !ui->mouse;
    ui_note(ui, ROLE_TEXT,
            ui->mouse ? "The mouse is the deck's; with Shift most terminals still select text."
                      : "The mouse is the terminal's, to select text; M takes it back.");
}

/* A row of the list under the mouse: that of a pane, on the deck, or that of the screen. */
static void choose_row(struct ui *ui, const struct hit *pane, const struct hit *row)
{
    if (pane != NULL)
        deck_point(ui, (enum pane_id)pane->number, row == NULL ? 0 : row->number - ui->lists[pane->number].selected);
    else if (row != NULL)
        browse_move(ui, row->number - ui->browses[ui->view].list.selected);
}

static void click(struct ui *ui, int row, int col)
{
    const struct hits *hits = ui->hits;
    const struct hit *hit = hits_find(hits, HIT_KEY, row, col);
    if (hit != NULL) {
        keys_press(ui, hit->number);
        return;
    }
    if (ui->mode != MODE_VIEW) /* what lies below a dialogue is not meant */
        return;
    if ((hit = hits_find(hits, HIT_VIEW, row, col)) != NULL)
        view_show(ui, (enum view_id)hit->number);
    else if ((hit = hits_find(hits, HIT_COLUMN, row, col)) != NULL)
        browse_sort(ui, hit->number);
    else if ((hit = hits_find(hits, HIT_PRICE, row, col)) != NULL)
        view_ladder_click(ui, hit->value, (enum side)hit->number);
    else if ((hit = hits_find(hits, HIT_QUANTITY, row, col)) != NULL)
        ui->ladder.quantity = hit->value;
    else if ((hit = hits_find(hits, HIT_MARKET, row, col)) != NULL)
        view_ladder_watch(ui, (size_t)hit->number);
    else
        choose_row(ui, hits_find(hits, HIT_PANE, row, col), hits_find(hits, HIT_ROW, row, col));
}

static void turn_wheel(struct ui *ui, int rows, int row, int col)
{
    const struct hit *pane = hits_find(ui->hits, HIT_PANE, row, col);
    if (ui->mode != MODE_VIEW && ui->mode != MODE_HELP)
        return;
    if (ui->mode == MODE_VIEW && pane != NULL) {
        deck_point(ui, (enum pane_id)pane->number, rows);
    } else if (ui->mode == MODE_VIEW && ui->view == VIEW_LADDER) {
        view_ladder_scroll(ui, rows);
    } else {
        for (int i = 0; i < WHEEL_ROWS; i++)
            keys_dispatch(ui, keys_where(ui), rows < 0 ? KEYS_UP : KEYS_DOWN);
    }
}

void pointer_act(struct ui *ui, const struct mouse_event *event)
{
    switch (event->action) {
    case MOUSE_PRESS:
        click(ui, event->row, event->col);
        break;
    case MOUSE_WHEEL_UP:
        turn_wheel(ui, -WHEEL_ROWS, event->row, event->col);
        break;
    case MOUSE_WHEEL_DOWN:
        turn_wheel(ui, WHEEL_ROWS, event->row, event->col);
        break;
    case MOUSE_NOTHING:
        break;
    }
}
