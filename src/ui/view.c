/* The frame of the screens. The deck draws its own upper part, for every row counts there; its names of screens stand
 * in the help. */
#include "ui/view.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ui/deck.h"
#include "ui/keys.h"
#include "ui/statusbar.h"

static const struct view_ops *const views[VIEW_COUNT] = {
    [VIEW_DECK] = &deck_view,     [VIEW_MARKET] = &view_market, [VIEW_INSTRUMENT] = &view_instrument,
    [VIEW_LADDER] = &view_ladder, [VIEW_ORDERS] = &view_orders, [VIEW_POSITIONS] = &view_positions,
    [VIEW_RISK] = &view_risk,     [VIEW_ALERTS] = &view_alerts, [VIEW_SYSTEM] = &view_system,
    [VIEW_TAPE] = &view_tape,     [VIEW_LOG] = &view_log,
};
static_assert(VIEW_COUNT < sizeof VIEW_KEYS, "each screen has a key");

const struct view_ops *view_of(enum view_id id)
{
    assert((unsigned)id < VIEW_COUNT);
    return views[id];
}

const struct view_ops *view_current(const struct ui *ui)
{
    return view_of(ui->view);
}

void view_show(struct ui *ui, enum view_id id)
{
    if (id == ui->view)
        return;
    if (view_current(ui)->close != NULL)
        view_current(ui)->close(ui);
    ui->view = id;
    ui->note_until_ns = 0;
    if (view_current(ui)->open != NULL)
        view_current(ui)->open(ui);
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

void view_key_choose(struct ui *ui, int key)
{
    const char *place = strchr(VIEW_KEYS, key);
    if (place != NULL && place - VIEW_KEYS < VIEW_COUNT)
        view_show(ui, (enum view_id)(place - VIEW_KEYS));
    else
        ui_note(ui, ROLE_TEXT, "There is no screen %c.", key);
}

void view_key_next(struct ui *ui, int key)
{
    int by = key == KEYS_BACK_TAB ? VIEW_COUNT - 1 : 1;
    view_show(ui, (enum view_id)(((int)ui->view + by) % VIEW_COUNT));
}

void view_key_back(struct ui *ui, int key)
{
    (void)key;
    if (ui_filter(ui)->text[0] != '\0')
        filter_clear(ui_filter(ui));
    else
        view_show(ui, VIEW_DECK);
}

/* ---- the frame ------------------------------------------------------------------------------------------------ */

bool view_is_too_small(struct ui *ui)
{
    struct area screen = {.rows = ui->canvas.rows, .cols = ui->canvas.cols};
    char text[64];
    if (!ui->layout.too_small)
        return false;
    snprintf(text, sizeof text, "too small: %dx%d, needs %dx%d", ui->canvas.cols, ui->canvas.rows, LAYOUT_COLS_MIN,
             LAYOUT_ROWS_MIN);
    draw_text(&ui->canvas, screen, 0, 0, 0, (struct ink){.role = ROLE_WARNING}, text);
    return true;
}

/* The names of all screens with their digits, the one that is shown bright. Where they do not all fit, only the others'
 * digits stand there. */
static void draw_tabs(const struct ui *ui, struct area area)
{
    int cols = 1;
    for (int id = 0; id < VIEW_COUNT; id++)
        cols += draw_width(views[id]->name, ui->canvas.ascii) + 4;
    bool full = cols <= area.cols;
    int col = 1;
    for (int id = 0; id < VIEW_COUNT; id++) {
        bool here = id == (int)ui->view;
        const char digit[] = {VIEW_KEYS[id], '\0'};
        int start = col;
        col = draw_text(&ui->canvas, area, 0, col, 0, ui_ink(here ? ROLE_ACCENT : ROLE_KEY, false), digit) + 1;
        if (here || full)
            col =
                draw_text(&ui->canvas, area, 0, col, 0, ui_ink(here ? ROLE_ACCENT : ROLE_DIM, false), views[id]->name) +
                2;
        hits_add(ui->hits, area, (struct area){0, start, 1, col - start}, HIT_VIEW, id, 0);
    }
}

struct area view_begin(struct ui *ui)
{
    ui->layout = layout_view(ui->canvas.rows, ui->canvas.cols);
    if (view_is_too_small(ui))
        return (struct area){0};
    statusbar_draw(ui, ui->layout.bar);
    if (!area_is_empty(ui->layout.tabs))
        draw_tabs(ui, ui->layout.tabs);
    return ui->layout.body;
}

/* On a low screen messages cover the keys; what the cursor is on never does. */
void view_end(struct ui *ui, enum role role, const char *detail)
{
    char problem[NOTE_SIZE] = "";
    const char *text = ui->note;
    bool over_keys = area_is_empty(ui->layout.note);
    if (ui->layout.too_small)
        return;
    keys_draw_line(ui, ui->layout.keys);
    if (ui->monotonic_ns < ui->note_until_ns) {
        role = ui->note_role;
    } else {
        statusbar_problem(ui, problem, sizeof problem);
        text = problem[0] != '\0' ? problem : over_keys ? "" : detail;
        if (problem[0] != '\0')
            role = model_connection(ui->model)->state == CONNECTION_CONNECTING ? ROLE_WARNING : ROLE_CRITICAL;
    }
    if (text[0] == '\0' || (over_keys && ui->mode != MODE_VIEW))
        return;
    struct area area = over_keys ? ui->layout.keys : ui->layout.note;
    draw_fill(&ui->canvas, area, (struct ink){.role = ROLE_TEXT});
    draw_text(&ui->canvas, area, 0, 1, area.cols - 2, (struct ink){.role = role}, text);
}
