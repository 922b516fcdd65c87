/* The deck composes the panes by the layout and moves the cursor among them. */
#include "ui/deck.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/keys.h"
#include "ui/pane.h"
#include "ui/statusbar.h"

static const struct pane_ops *const panes[PANE_COUNT] = {
    [PANE_WATCH] = &pane_watch,   [PANE_POSITIONS] = &pane_positions, [PANE_ORDERS] = &pane_orders,
    [PANE_ALERTS] = &pane_alerts, [PANE_SERVER] = &pane_server,       [PANE_CHART] = &pane_chart,
    [PANE_TRADES] = &pane_trades,
};

static struct layout lay_out(const struct ui *ui, enum pane_id focus)
{
    struct layout_wish wish = {.rows = ui->canvas.rows,
                               .cols = ui->canvas.cols,
                               .instruments = (int)quotes_count(model_quotes(ui->model)),
                               .focus = focus,
                               .zoomed = ui->zoomed};
    memcpy(wish.wanted, ui->wanted, sizeof wish.wanted);
    return layout_deck(&wish);
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

void deck_key_next_pane(struct ui *ui, int key)
{
    bool back = key == KEYS_BACK_TAB || key == KEYS_LEFT || key == 'h';
    ui->focus = (enum pane_id)((ui->focus + (back ? PANE_FOCUSABLE - 1 : 1)) % PANE_FOCUSABLE);
}

void deck_key_move(struct ui *ui, int key)
{
    static const int far_away = 1000000;
    int page = ui->layout.panes[ui->focus].rows - 2;
    int by = 0;
    if (panes[ui->focus]->move == NULL)
        return;
    if (key == KEYS_UP || key == 'k')
        by = -1;
    else if (key == KEYS_DOWN || key == 'j')
        by = 1;
    else if (key == KEYS_PAGE_UP || key == KEYS_PAGE_DOWN)
        by = (page > 1 ? page : 1) * (key == KEYS_PAGE_UP ? -1 : 1);
    else
        by = key == 'g' || key == KEYS_HOME ? -far_away : far_away;
    panes[ui->focus]->move(ui, by);
    ui->moved[ui->focus] = true;
}

void deck_key_zoom(struct ui *ui, int key)
{
    (void)key;
    ui->zoomed = !ui->zoomed;
}

void deck_key_server(struct ui *ui, int key)
{
    (void)key;
    ui->focus = ui->focus == PANE_SERVER ? PANE_WATCH : PANE_SERVER;
}

void deck_key_escape(struct ui *ui, int key)
{
    (void)key;
    if (ui->filters[ui->focus][0] != '\0')
        ui->filters[ui->focus][0] = '\0';
    else
        ui->zoomed = false;
    ui->note_until_ns = 0;
}

void deck_key_filter(struct ui *ui, int key)
{
    (void)key;
    ui->mode = MODE_FILTER;
    ui->filters[ui->focus][0] = '\0';
}

void deck_key_filter_text(struct ui *ui, int key)
{
    char *filter = ui->filters[ui->focus];
    size_t length = strlen(filter);
    if (key == KEYS_BACKSPACE) {
        if (length > 0)
            filter[length - 1] = '\0';
    } else if (length + 1 < FILTER_SIZE) {
        filter[length] = (char)key;
        filter[length + 1] = '\0';
    }
}

void deck_key_filter_done(struct ui *ui, int key)
{
    ui->moved[ui->focus] = true; /* what a filter found stays under the cursor */
    if (key == KEYS_ESCAPE)
        ui->filters[ui->focus][0] = '\0';
    ui->mode = MODE_VIEW;
}

void deck_key_acknowledge(struct ui *ui, int key)
{
    const struct alert_entry *entry = pane_alerts_selected(ui);
    struct event event = event_empty(EVENT_ALERT_ACK);
    char id[27];
    (void)key;
    if (ui->focus != PANE_ALERTS) {
        ui_note(ui, ROLE_TEXT, "Tab to the alerts and choose the one to acknowledge.");
        return;
    }
    if (entry == NULL || entry->acknowledged) {
        ui_note(ui, ROLE_TEXT, entry == NULL ? "There is no alert." : "This alert is acknowledged already.");
        return;
    }
    ui->actions.unique_id(id);
    text_copy(event.ack.alert_id, sizeof event.ack.alert_id, entry->alert.alert_id);
    text_copy(event.ack.request_id, sizeof event.ack.request_id, id);
    text_copy(event.ack.by, sizeof event.ack.by, ui->user);
    event.ack.action = ACK_ACK;
    event.ack.timestamp_ns = ui->wall_ns;
    if (ui_publish(ui, &event) != 0)
        ui_note(ui, ROLE_TEXT, "The acknowledgement is sent.");
}

/* ---- the view ------------------------------------------------------------------------------------------------- */

static void deck_open(struct ui *ui)
{
    ui->focus = PANE_WATCH;
    ui->zoomed = false;
}

static void draw_too_small(const struct ui *ui)
{
    struct area screen = {.rows = ui->canvas.rows, .cols = ui->canvas.cols};
    char text[64];
    snprintf(text, sizeof text, "too small: %dx%d, needs %dx%d", ui->canvas.cols, ui->canvas.rows, LAYOUT_COLS_MIN,
             LAYOUT_ROWS_MIN);
    draw_text(&ui->canvas, screen, 0, 0, 0, (struct ink){.role = ROLE_WARNING}, text);
}

/* Messages; else what is wrong with the connection; else what the cursor is on, in full. On a low screen they cover the
 * keys. */
static void draw_note(const struct ui *ui, const struct layout *layout)
{
    char problem[240] = "";
    const char *text = ui->note;
    enum role role = ui->note_role;
    if (ui->monotonic_ns >= ui->note_until_ns) {
        statusbar_problem(ui, problem, sizeof problem);
        text = problem;
        role = model_connection(ui->model)->state == CONNECTION_CONNECTING ? ROLE_WARNING : ROLE_CRITICAL;
    }
    bool over_keys = area_is_empty(layout->note);
    if (text[0] == '\0' && !over_keys && panes[ui->focus]->detail != NULL)
        role = panes[ui->focus]->detail(ui, problem, sizeof problem);
    if (text[0] == '\0' || (over_keys && ui->mode != MODE_VIEW))
        return;
    struct area area = over_keys ? layout->keys : layout->note;
    draw_fill(&ui->canvas, area, (struct ink){.role = ROLE_TEXT});
    draw_text(&ui->canvas, area, 0, 1, area.cols - 2, (struct ink){.role = role}, text);
}

static void draw_panes(struct ui *ui, const struct layout *layout)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        if (!area_is_empty(layout->panes[i]))
            panes[i]->draw(ui, layout->panes[i], i == (int)ui->focus);
    }
}

static void deck_draw(struct ui *ui)
{
    ui->layout = lay_out(ui, ui->focus);
    if (ui->layout.too_small) {
        draw_too_small(ui);
        return;
    }
    statusbar_draw(ui, ui->layout.bar);
    draw_panes(ui, &ui->layout);
    keys_draw_line(ui, ui->layout.keys);
    draw_note(ui, &ui->layout);
}

static bool deck_key(struct ui *ui, int key)
{
    return keys_dispatch(ui, 1u << ui->focus, key);
}

static void deck_close(struct ui *ui)
{
    (void)ui;
}

const struct view_ops deck_view = {
    .name = "deck", .open = deck_open, .draw = deck_draw, .key = deck_key, .close = deck_close};
