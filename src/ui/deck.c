/* The deck composes the panes by the layout and moves the cursor among them. */
#include "ui/deck.h"

#include <string.h>

#include "ui/keys.h"
#include "ui/layout_tree.h"
#include "ui/pane.h"
#include "ui/publish.h"
#include "ui/statusbar.h"
#include "ui/view.h"
#include "ui/view_alerts.h"

static const struct pane_ops *const panes[PANE_COUNT] = {
    [PANE_WATCH] = &pane_watch,   [PANE_POSITIONS] = &pane_positions, [PANE_ORDERS] = &pane_orders,
    [PANE_ALERTS] = &pane_alerts, [PANE_SERVER] = &pane_server,       [PANE_CHART] = &pane_chart,
    [PANE_TRADES] = &pane_trades,
};

static struct layout lay_out(const struct ui *ui, enum pane_id focus)
{
    struct layout_wish wish = {.tree = ui->layout_tree,
                               .rows = ui->canvas.rows,
                               .cols = ui->canvas.cols,
                               .instruments = (int)quotes_count(model_quotes(ui->model)),
                               .focus = focus,
                               .zoomed = ui->zoomed};
    memcpy(wish.wanted, ui->wanted, sizeof wish.wanted);
    return layout_deck(&wish);
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

/* To the next pane that the layout has; the built-in one brings out any. */
static void focus_next(struct ui *ui, int by)
{
    do {
        ui->focus = (enum pane_id)((ui->focus + by) % PANE_FOCUSABLE);
    } while (ui->layout_tree != NULL && !layout_tree_has(ui->layout_tree, ui->focus));
}

static void choose_layout(struct ui *ui, const struct layout_tree *tree)
{
    ui->layout_tree = tree;
    ui->zoomed = false;
    if (tree != NULL && !layout_tree_has(tree, ui->focus))
        focus_next(ui, 1);
    ui_note(ui, ROLE_TEXT, "Layout %s.", tree == NULL ? "built-in" : tree->name);
}

const char *deck_layout_name(const struct ui *ui, int place)
{
    return place == 0 ? "built-in" : place > 0 && place <= ui->layout_count ? ui->layouts[place - 1].name : NULL;
}

void deck_layout(struct ui *ui, const char *name)
{
    const char *known;
    int place = 0;
    while ((known = deck_layout_name(ui, place)) != NULL && strcmp(known, name) != 0)
        place++;
    if (known == NULL)
        ui_note(ui, ROLE_WARNING, "There is no layout \"%s\".", name);
    else
        choose_layout(ui, place == 0 ? NULL : &ui->layouts[place - 1]);
}

void deck_key_layout(struct ui *ui, int key)
{
    const struct layout_tree *next = ui->layout_tree == NULL ? ui->layouts : ui->layout_tree + 1;
    (void)key;
    if (ui->layout_count == 0)
        ui_note(ui, ROLE_TEXT, "The configuration has no section [layout.NAME].");
    else
        choose_layout(ui, next == ui->layouts + ui->layout_count ? NULL : next);
}

void deck_key_next_pane(struct ui *ui, int key)
{
    bool back = key == KEYS_BACK_TAB || key == KEYS_LEFT || key == 'h';
    focus_next(ui, back ? PANE_FOCUSABLE - 1 : 1);
}

static void move(struct ui *ui, int by)
{
    if (by == 0 || panes[ui->focus]->move == NULL)
        return;
    panes[ui->focus]->move(ui, by);
    ui->moved[ui->focus] = true;
}

void deck_point(struct ui *ui, enum pane_id pane, int by)
{
    ui->focus = pane;
    move(ui, by);
}

void deck_key_move(struct ui *ui, int key)
{
    static const int far_away = 1000000;
    int page = ui->layout.panes[ui->focus].rows - 2;
    int by = 0;
    if (key == KEYS_UP || key == 'k')
        by = -1;
    else if (key == KEYS_DOWN || key == 'j')
        by = 1;
    else if (key == KEYS_PAGE_UP || key == KEYS_PAGE_DOWN)
        by = (page > 1 ? page : 1) * (key == KEYS_PAGE_UP ? -1 : 1);
    else
        by = key == 'g' || key == KEYS_HOME ? -far_away : far_away;
    move(ui, by);
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
    if (ui->layout_tree != NULL && !layout_tree_has(ui->layout_tree, ui->focus))
        focus_next(ui, 1);
}

void deck_key_escape(struct ui *ui, int key)
{
    (void)key;
    if (ui->filters[ui->focus].text[0] != '\0')
        filter_clear(&ui->filters[ui->focus]);
    else
        ui->zoomed = false;
    ui->note_until_ns = 0;
}

void deck_key_acknowledge(struct ui *ui, int key)
{
    struct alert_row row;
    (void)key;
    if (ui->focus != PANE_ALERTS) {
        ui_note(ui, ROLE_TEXT, "Go to the alerts and choose the one to acknowledge.");
        return;
    }
    if (!pane_alerts_selected(ui, &row))
        ui_note(ui, ROLE_TEXT, "There is no alert.");
    else if (row.is_group)
        view_alerts_ask_group(ui, &row);
    else if (row.entry->acknowledged)
        ui_note(ui, ROLE_TEXT, "This alert is acknowledged already.");
    else if (publish_ack(ui, row.entry->alert.alert_id, ACK_ACK, 0, ""))
        ui_note(ui, ROLE_TEXT, "The acknowledgement is sent.");
}

/* ---- the view ------------------------------------------------------------------------------------------------- */

static void draw_panes(struct ui *ui, const struct layout *layout)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        if (i < PANE_FOCUSABLE && !area_is_empty(layout->panes[i]))
            hits_add(ui->hits, (struct area){0}, layout->panes[i], HIT_PANE, i, 0);
        if (!area_is_empty(layout->panes[i]))
            panes[i]->draw(ui, layout->panes[i], i == (int)ui->focus);
    }
}

static void deck_draw(struct ui *ui)
{
    char detail[NOTE_SIZE] = "";
    enum role role = ROLE_TEXT;
    bool was_built_in = ui->layout.is_built_in;
    ui->layout = lay_out(ui, ui->focus);
    if (ui->layout.is_built_in && !was_built_in)
        ui_note(ui, ROLE_WARNING, "Too small for the layout %s: this is the built-in one.", ui->layout_tree->name);
    if (view_is_too_small(ui))
        return;
    statusbar_draw(ui, ui->layout.bar);
    draw_panes(ui, &ui->layout);
    if (panes[ui->focus]->detail != NULL)
        role = panes[ui->focus]->detail(ui, detail, sizeof detail);
    view_end(ui, role, detail);
}

static unsigned deck_where(const struct ui *ui)
{
    return 1u << ui->focus;
}

const struct view_ops deck_view = {.name = "deck", .draw = deck_draw, .where = deck_where};
