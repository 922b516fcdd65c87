/* The positions screen: the accounts above, every position of them below. A position is closed or reversed by a ticket
 * that is filled in, never at once. */
#include "ui/view_positions.h"

#include <stdio.h>
#include <string.h>

#include "ui/format.h"
#include "ui/keys.h"
#include "ui/position_row.h"
#include "ui/position_totals.h"
#include "ui/ticket.h"
#include "ui/view.h"

struct row {
    const struct position_view *view;
    struct position_value value;
};

struct rows {
    struct row items[BROWSE_ROWS_MAX];
    struct browse_rows list;
    struct position_totals totals;
};

/* ---- which rows ----------------------------------------------------------------------------------------------- */

static bool is_shown(const struct ui *ui, const struct position_view *view)
{
    const struct position_event *position = &view->position;
    const struct browse *browse = &ui->browses[VIEW_POSITIONS];
    bool open = position->quantity != 0 || !view->known || model_position_is_behind(view);
    return (open || ui->positions.flat) &&
           (!ui->positions.own_account || strcmp(position->account, ui->account) == 0) &&
           browse_matches(browse, position->symbol, position->account);
}

static void collect(const struct ui *ui, struct rows *rows)
{
    const struct position_view *view;
    rows->list.count = 0;
    rows->totals = (struct position_totals){0};
    for (size_t i = 0; (view = model_position_at(ui->model, i)) != NULL && rows->list.count < BROWSE_ROWS_MAX; i++) {
        struct row *row = &rows->items[rows->list.count];
        if (!is_shown(ui, view))
            continue;
        *row = (struct row){view, model_position_value(ui->model, view, ui->market_ns)};
        browse_add(&rows->list, row);
        position_totals_add(&rows->totals, ui->model, view, &row->value);
    }
}

/* ---- the list ------------------------------------------------------------------------------------------------- */

static void write_id(const void *item, char id[BROWSE_ID_SIZE])
{
    const struct position_event *position = &((const struct row *)item)->view->position;
    snprintf(id, BROWSE_ID_SIZE, "%s/%s", position->account, position->symbol);
}

static int order_of(int128 a, int128 b)
{
    return (a > b) - (a < b);
}

static int compare(const struct ui *ui, const void *a, const void *b, int column)
{
    const struct row *left = a, *right = b;
    const struct position_event *x = &left->view->position, *y = &right->view->position;
    (void)ui;
    switch ((enum position_column)column) {
    case POSITION_ACCOUNT:
        return strcmp(x->account, y->account);
    case POSITION_SYMBOL:
        return strcmp(x->symbol, y->symbol);
    case POSITION_QUANTITY:
        return order_of(x->quantity, y->quantity);
    case POSITION_EXPOSURE:
        return order_of(left->value.exposure, right->value.exposure);
    case POSITION_UNREALIZED:
        return order_of(left->value.unrealized, right->value.unrealized);
    case POSITION_REALIZED:
        return order_of(x->realized_pnl, y->realized_pnl);
    case POSITION_FEES:
        return order_of(x->fees, y->fees);
    case POSITION_AVERAGE:
    case POSITION_MARK:
    case POSITION_COLUMNS:
        break;
    }
    return 0;
}

static void draw_row(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                     const void *item)
{
    const struct row *position = item;
    position_row_draw(ui, area, table, row, selected, position->view, &position->value);
}

static const struct browse_ops list_ops = {
    .columns = position_row_columns,
    .column_count = POSITION_COLUMNS,
    .id = write_id,
    .stands_still = true,
    .sortable = 1u << POSITION_ACCOUNT | 1u << POSITION_SYMBOL | 1u << POSITION_QUANTITY | 1u << POSITION_EXPOSURE |
                1u << POSITION_UNREALIZED | 1u << POSITION_REALIZED | 1u << POSITION_FEES,
    .compare = compare,
    .draw_row = draw_row,
};

/* ---- keys ----------------------------------------------------------------------------------------------------- */

/* The ticket trades for the account of this screen, so a position of another one is only looked at. */
void view_positions_key_trade(struct ui *ui, int key)
{
    struct rows rows;
    collect(ui, &rows);
    browse_place(ui, &ui->browses[VIEW_POSITIONS], &list_ops, &rows.list);
    const struct row *row = browse_selected(&ui->browses[VIEW_POSITIONS], &rows.list);
    if (row == NULL) {
        ui_note(ui, ROLE_TEXT, "There is no position.");
        return;
    }
    const struct position_event *position = &row->view->position;
    const struct instrument_view *view = model_primary(ui->model, position->symbol);
    bool closes = key == 'x' || key == 'X';
    if (strcmp(position->account, ui->account) != 0) {
        ui_note(ui, ROLE_WARNING, "This screen trades for %s; the position is of %s.", ui->account, position->account);
        return;
    }
    if (view == NULL) {
        ui_note(ui, ROLE_WARNING, "%s has no quote: it cannot be traded from here.", position->symbol);
        return;
    }
    if (closes && (position->quantity == 0 || model_position_is_behind(row->view))) {
        ui_note(ui, ROLE_WARNING,
                position->quantity == 0 ? "This position is closed already."
                                        : "A fill is still to come into this position: wait for it.");
        return;
    }
    if (!closes) {
        ticket_open(ui, view, key == 's' ? SIDE_SELL : SIDE_BUY, DECIMAL_NONE);
        return;
    }
    int64_t quantity = position->quantity < 0 ? -position->quantity : position->quantity;
    if (key == 'X' && __builtin_mul_overflow(quantity, 2, &quantity))
        return;
    ticket_open(ui, view, position->quantity > 0 ? SIDE_SELL : SIDE_BUY, quantity);
}

void view_positions_key_flat(struct ui *ui, int key)
{
    (void)key;
    ui->positions.flat = !ui->positions.flat;
}

void view_positions_key_accounts(struct ui *ui, int key)
{
    (void)key;
    ui->positions.own_account = !ui->positions.own_account;
}

/* ---- the screen ----------------------------------------------------------------------------------------------- */

static void write_totals(const struct ui *ui, const struct rows *rows, char *text, size_t size)
{
    char unrealized[2 * FORMAT_SIZE], realized[2 * FORMAT_SIZE];
    text[0] = '\0';
    if (rows->list.count == 0)
        return;
    const struct position_totals *totals = &rows->totals;
    pane_profit(ui, unrealized, sizeof unrealized, totals->unrealized, totals->stale, 18);
    pane_profit(ui, realized, sizeof realized, totals->realized, false, 18);
    snprintf(text, size, "%s%s%sunrealized %s%s  realized %s %s", totals->no_rate[0] != '\0' ? "no rate of " : "",
             totals->no_rate, totals->no_rate[0] != '\0' ? "  " : "", unrealized, totals->partial ? "+?" : "", realized,
             model_base_currency(ui->model));
}

/* Which fill the position rests on, for who compares it with the tape. */
static void write_detail(const struct row *row, char *text, size_t size)
{
    const struct position_event *position;
    text[0] = '\0';
    if (row == NULL)
        return;
    position = &row->view->position;
    bool stale = row->value.stale && position->quantity != 0;
    if (!row->view->known)
        snprintf(text, size, "%s of %s: a fill was read, no position yet.", position->symbol, position->account);
    else
        snprintf(text, size, "%s of %s as of ORDERS %llu%s%s%s%s", position->symbol, position->account,
                 (unsigned long long)position->orders_seq, position->execution_id[0] != '\0' ? ", last fill " : "",
                 position->execution_id, model_position_is_behind(row->view) ? "; a later fill is not in it yet" : "",
                 stale ? "; in brackets: stale" : "");
}

static void positions_draw(struct ui *ui)
{
    struct rows rows;
    char right[6 * FORMAT_SIZE], title[64], detail[NOTE_SIZE];
    struct area body = view_begin(ui);
    if (area_is_empty(body))
        return;
    struct area accounts = body;
    accounts.rows = view_positions_account_rows(ui, body.rows);
    view_positions_draw_accounts(ui, accounts);
    collect(ui, &rows);
    write_totals(ui, &rows, right, sizeof right);
    snprintf(title, sizeof title, "%s of %s", ui->positions.flat ? "Positions, also closed," : "Positions",
             ui->positions.own_account ? ui->account : "all accounts");
    browse_draw(ui, area_below(body, accounts.rows), &ui->browses[VIEW_POSITIONS], &list_ops, &rows.list, title, right,
                "No positions.");
    write_detail(browse_selected(&ui->browses[VIEW_POSITIONS], &rows.list), detail, sizeof detail);
    view_end(ui, ROLE_DIM, detail);
}

static unsigned positions_where(const struct ui *ui)
{
    (void)ui;
    return WHERE_VIEW_POSITIONS;
}

const struct view_ops view_positions = {
    .name = "positions", .draw = positions_draw, .where = positions_where, .list = &list_ops};
