/* The risk screen: the accounts above, all of them together first; of the one under the cursor how much of each limit
 * is used, value at risk, the curve of the drawdown; and what is halted, with the evidence. */
#include "ui/view_risk.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/format.h"
#include "ui/keys.h"
#include "ui/limits.h"
#include "ui/risk_parts.h"
#include "ui/risk_trading.h"
#include "ui/view.h"

enum { LIST_HEAD = 2, WIDE_COLS = 150, HIGH_ROWS = 28 };

enum risk_column {
    COLUMN_ACCOUNT,
    COLUMN_STATE,
    COLUMN_GROSS_SHARE,
    COLUMN_NET_SHARE,
    COLUMN_LOSS_SHARE,
    COLUMN_CONCENTRATION,
    COLUMN_DRAWDOWN,
    COLUMN_VAR,
    COLUMN_DAY,
    COLUMN_GROSS,
    COLUMN_NET,
    COLUMN_EQUITY,
    COLUMN_PEAK,
    COLUMN_COUNT
};

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_ACCOUNT] = {.title = "ACCOUNT", .width = 11},
    [COLUMN_STATE] = {.title = "STATE", .width = 10},
    [COLUMN_GROSS_SHARE] = {.title = "GROSS %", .width = 9, .right = true},
    [COLUMN_NET_SHARE] = {.title = "NET %", .width = 8, .rank = 1, .right = true},
    [COLUMN_LOSS_SHARE] = {.title = "LOSS %", .width = 8, .right = true},
    [COLUMN_CONCENTRATION] = {.title = "LARGEST %", .width = 11, .rank = 2, .right = true},
    [COLUMN_DRAWDOWN] = {.title = "DRAWDOWN %", .width = 12, .rank = 1, .right = true},
    [COLUMN_VAR] = {.title = "VAR %", .width = 8, .rank = 1, .right = true},
    [COLUMN_DAY] = {.title = "SESSION P&L", .width = 15, .rank = 3, .right = true},
    [COLUMN_GROSS] = {.title = "GROSS", .width = 13, .rank = 4, .right = true},
    [COLUMN_NET] = {.title = "NET", .width = 13, .rank = 5, .right = true},
    [COLUMN_EQUITY] = {.title = "EQUITY", .width = 14, .rank = 6, .right = true},
    [COLUMN_PEAK] = {.title = "PEAK", .width = 14, .rank = 7, .right = true},
};

/* ---- the list ------------------------------------------------------------------------------------------------- */

static bool is_all(const struct exposure *exposure)
{
    return strcmp(exposure->account, "*") == 0;
}

/* All accounts together stand first. */
static void collect(const struct ui *ui, struct browse_rows *rows)
{
    const struct exposure *exposure;
    rows->count = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; (exposure = model_exposure_at(ui->model, i)) != NULL; i++) {
            if (is_all(exposure) == (pass == 0) &&
                browse_matches(&ui->browses[VIEW_RISK], risk_parts_account(exposure), NULL))
                browse_add(rows, exposure);
        }
    }
}

static void write_id(const void *item, char id[BROWSE_ID_SIZE])
{
    text_copy(id, BROWSE_ID_SIZE, ((const struct exposure *)item)->account);
}

static double part_of(const struct ui *ui, const struct exposure *exposure, enum limit_kind kind)
{
    struct limit_use use = limit_use(kind, exposure, &ui->risk);
    return use.is_share ? use.used : limit_part(&use);
}

static int order_of(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare(const struct ui *ui, const void *a, const void *b, int column)
{
    static const enum limit_kind kinds[COLUMN_COUNT] = {
        [COLUMN_GROSS_SHARE] = LIMIT_GROSS, [COLUMN_NET_SHARE] = LIMIT_NET,
        [COLUMN_LOSS_SHARE] = LIMIT_LOSS,   [COLUMN_CONCENTRATION] = LIMIT_CONCENTRATION,
        [COLUMN_DRAWDOWN] = LIMIT_DRAWDOWN, [COLUMN_VAR] = LIMIT_VAR,
    };
    const struct exposure *left = a, *right = b;
    if (column == COLUMN_ACCOUNT)
        return strcmp(left->account, right->account);
    if (column == COLUMN_DAY)
        return (left->day_pnl > right->day_pnl) - (left->day_pnl < right->day_pnl);
    return order_of(part_of(ui, left, kinds[column]), part_of(ui, right, kinds[column]));
}

/* A share of the limit, or of the equity, as a percentage in the colour of its level. */
static void put_share(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                      enum risk_column column, const struct limit_use *use)
{
    char text[FORMAT_SIZE] = "";
    double shown = use->is_share ? use->used : limit_part(use);
    if (use->is_known && (use->is_share || use->is_limited))
        snprintf(text, sizeof text, "%.1f", shown * 100 < 99999 ? shown * 100 : 99999);
    enum role role = use->is_limited ? risk_parts_role(limit_part(use), use->warning) : ROLE_TEXT;
    pane_cell(ui, area, table, columns, (int)column, row, ui_ink(role == ROLE_OK ? ROLE_TEXT : role, selected), text);
}

static void put_money(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                      enum risk_column column, int128 money, bool sign)
{
    char text[FORMAT_SIZE];
    format_money_in(text, money, 0, sign, table->width[column] - 1);
    pane_cell(ui, area, table, columns, (int)column, row, ui_ink(ROLE_TEXT, selected), text);
}

static void draw_row(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                     const void *item)
{
    static const struct {
        enum risk_column column;
        enum limit_kind kind;
    } shares[] = {{COLUMN_GROSS_SHARE, LIMIT_GROSS}, {COLUMN_NET_SHARE, LIMIT_NET},
                  {COLUMN_LOSS_SHARE, LIMIT_LOSS},   {COLUMN_CONCENTRATION, LIMIT_CONCENTRATION},
                  {COLUMN_DRAWDOWN, LIMIT_DRAWDOWN}, {COLUMN_VAR, LIMIT_VAR}};
    const struct exposure *exposure = item;
    char text[2 * FORMAT_SIZE];
    enum trading_state state = order_book_trading_state(model_orders(ui->model), exposure->account, NULL);
    struct ink name = ui_ink(ROLE_TEXT, selected);
    name.bold = true;
    pane_cell(ui, area, table, columns, COLUMN_ACCOUNT, row, name, risk_parts_account(exposure));
    pane_cell(ui, area, table, columns, COLUMN_STATE, row,
              ui_ink(state == TRADING_ACTIVE ? ROLE_DIM : ROLE_CRITICAL, selected), trading_state_name(state));
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        struct limit_use use = limit_use(shares[i].kind, exposure, &ui->risk);
        put_share(ui, area, table, row, selected, shares[i].column, &use);
    }
    enum role role =
        pane_profit(ui, text, sizeof text, exposure->day_pnl, exposure->stale, table->width[COLUMN_DAY] - 1);
    pane_cell(ui, area, table, columns, COLUMN_DAY, row, ui_ink(role, selected), text);
    put_money(ui, area, table, row, selected, COLUMN_GROSS, exposure->gross, false);
    put_money(ui, area, table, row, selected, COLUMN_NET, exposure->net, true);
    put_money(ui, area, table, row, selected, COLUMN_EQUITY, exposure->equity, false);
    put_money(ui, area, table, row, selected, COLUMN_PEAK, exposure->peak_equity, false);
}

static const struct browse_ops list_ops = {
    .columns = columns,
    .column_count = COLUMN_COUNT,
    .id = write_id,
    .stands_still = true,
    .sortable = 1u << COLUMN_ACCOUNT | 1u << COLUMN_GROSS_SHARE | 1u << COLUMN_NET_SHARE | 1u << COLUMN_LOSS_SHARE |
                1u << COLUMN_CONCENTRATION | 1u << COLUMN_DRAWDOWN | 1u << COLUMN_VAR | 1u << COLUMN_DAY,
    .compare = compare,
    .draw_row = draw_row,
};

/* ---- the screen ----------------------------------------------------------------------------------------------- */

void view_risk_key_part(struct ui *ui, int key)
{
    (void)key;
    ui->risk_part = (ui->risk_part + 1) % (RISK_PARTS - 1);
}

/* Draws parts below each other, as many as there is room for; what is left over is for the curve. */
static void draw_stack(const struct ui *ui, struct area area, const enum risk_part *parts, int count,
                       const struct exposure *exposure)
{
    enum { LEAST = 2 };
    int wanted = 0, shown = 0;
    for (; shown < count && wanted + LEAST <= area.rows; shown++)
        wanted += risk_part_rows(ui, parts[shown], exposure);
    int spare = area.rows > wanted ? area.rows - wanted : 0;
    for (int i = 0; i < shown; i++) {
        struct area part = area;
        part.rows = risk_part_rows(ui, parts[i], exposure) + (parts[i] == RISK_PART_CURVE ? spare : 0);
        if (part.rows > area.rows)
            part.rows = area.rows;
        risk_part_draw(ui, parts[i], part, exposure);
        area = area_below(area, part.rows);
    }
}

static void draw_parts(const struct ui *ui, struct area area, const struct exposure *exposure)
{
    static const enum risk_part usual[RISK_PARTS - 1] = {RISK_PART_VAR, RISK_PART_CURVE, RISK_PART_TRADING,
                                                         RISK_PART_LARGEST};
    enum risk_part order[RISK_PARTS] = {RISK_PART_LIMITS};
    int first = ui->risk_part + (risk_trading_is_first(ui) ? 2 : 0);
    for (int i = 0; i < RISK_PARTS - 1; i++)
        order[1 + i] = usual[(first + i) % (RISK_PARTS - 1)];
    if (area.cols < WIDE_COLS) {
        draw_stack(ui, area, order, RISK_PARTS, exposure);
        return;
    }
    static const enum risk_part at_left[] = {RISK_PART_LIMITS, RISK_PART_VAR, RISK_PART_LARGEST};
    static const enum risk_part at_right[] = {RISK_PART_TRADING, RISK_PART_CURVE};
    struct area left = area, right = area;
    left.cols = area.cols / 2 - 1;
    right.col += left.cols + 1;
    right.cols -= left.cols + 1;
    draw_stack(ui, left, at_left, 3, exposure);
    draw_stack(ui, right, at_right, 2, exposure);
}

static void write_detail(const struct exposure *exposure, char *text, size_t size)
{
    char equity[FORMAT_SIZE], unrealized[FORMAT_SIZE], realized[FORMAT_SIZE], fees[FORMAT_SIZE];
    text[0] = '\0';
    if (exposure == NULL)
        return;
    format_money(equity, exposure->equity, 0, false);
    format_money(unrealized, exposure->unrealized_pnl, 0, true);
    format_money(realized, exposure->realized_pnl, 0, true);
    format_money(fees, exposure->fees, 0, false);
    snprintf(text, size, "%s: equity %.24s %s, unrealized %.24s, realized %.24s, fees %.24s%s",
             risk_parts_account(exposure), equity, exposure->currency, unrealized, realized, fees,
             exposure->stale ? "; a mark is stale" : "");
}

static void risk_draw(struct ui *ui)
{
    struct browse_rows rows;
    char right[64], detail[NOTE_SIZE];
    struct area body = view_begin(ui), list = body;
    if (area_is_empty(body))
        return;
    collect(ui, &rows);
    int most = body.rows >= HIGH_ROWS ? 8 : 3, wanted = rows.count < 1 ? 1 : rows.count;
    list.rows = LIST_HEAD + (wanted < most ? wanted : most);
    list.rows = list.rows < body.rows ? list.rows : body.rows;
    snprintf(right, sizeof right, "in %s", model_base_currency(ui->model));
    browse_draw(ui, list, &ui->browses[VIEW_RISK], &list_ops, &rows, "Risk", right,
                "The risk service has not said anything yet.");
    const struct exposure *exposure = browse_selected(&ui->browses[VIEW_RISK], &rows);
    draw_parts(ui, area_below(body, list.rows), exposure);
    write_detail(exposure, detail, sizeof detail);
    view_end(ui, ROLE_DIM, detail);
}

static unsigned risk_where(const struct ui *ui)
{
    (void)ui;
    return WHERE_VIEW_RISK;
}

const struct view_ops view_risk = {.name = "risk", .draw = risk_draw, .where = risk_where, .list = &list_ops};
