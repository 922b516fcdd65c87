/* The accounts on the positions screen: one row each, in the account's currency, from its last risk.exposure; and what
 * each earned on the days before, as far back as RISK reaches and there is room. */
#include <stdio.h>
#include <string.h>

#include "ui/format.h"
#include "ui/pane.h"
#include "ui/view_positions.h"

enum { HEAD = 2, SHOWN_MAX = 9 };

enum account_column {
    COLUMN_ACCOUNT,
    COLUMN_CURRENCY,
    COLUMN_DAY,
    COLUMN_DAY_LIMIT,
    COLUMN_UNREALIZED,
    COLUMN_REALIZED,
    COLUMN_FEES,
    COLUMN_GROSS,
    COLUMN_GROSS_LIMIT,
    COLUMN_NET,
    COLUMN_EQUITY,
    COLUMN_DRAWDOWN,
    COLUMN_LARGEST,
    COLUMN_VAR,
    COLUMN_DAY_BEFORE, /* and the days before that one, as many as are kept */
    COLUMN_COUNT = COLUMN_DAY_BEFORE + MODEL_DAYS - 1
};

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_ACCOUNT] = {.title = "ACCOUNT", .width = 11},
    [COLUMN_CURRENCY] = {.title = "CCY", .width = 5, .rank = 6},
    [COLUMN_DAY] = {.title = "SESSION P&L", .width = 14, .right = true},
    [COLUMN_DAY_LIMIT] = {.title = "LOSS LIMIT", .width = 12, .rank = 3, .right = true},
    [COLUMN_UNREALIZED] = {.title = "UNREALIZED", .width = 14, .rank = 7, .right = true},
    [COLUMN_REALIZED] = {.title = "REALIZED", .width = 14, .rank = 7, .right = true},
    [COLUMN_FEES] = {.title = "FEES", .width = 10, .rank = 9, .right = true},
    [COLUMN_GROSS] = {.title = "GROSS", .width = 12, .rank = 1, .right = true},
    [COLUMN_GROSS_LIMIT] = {.title = "GROSS LIMIT", .width = 13, .rank = 8, .right = true},
    [COLUMN_NET] = {.title = "NET", .width = 12, .rank = 2, .right = true},
    [COLUMN_EQUITY] = {.title = "EQUITY", .width = 13, .rank = 4, .right = true},
    [COLUMN_DRAWDOWN] = {.title = "DRAWDOWN %", .width = 12, .rank = 5, .right = true},
    [COLUMN_LARGEST] = {.title = "LARGEST %", .width = 11, .rank = 10, .right = true},
    [COLUMN_VAR] = {.title = "VAR 99 %", .width = 12, .rank = 5, .right = true},
    [COLUMN_DAY_BEFORE] = {.title = "DAY -1", .width = 13, .rank = 6, .right = true},
    [COLUMN_DAY_BEFORE + 1] = {.title = "DAY -2", .width = 13, .rank = 11, .right = true},
    [COLUMN_DAY_BEFORE + 2] = {.title = "DAY -3", .width = 13, .rank = 12, .right = true},
    [COLUMN_DAY_BEFORE + 3] = {.title = "DAY -4", .width = 13, .rank = 13, .right = true},
    [COLUMN_DAY_BEFORE + 4] = {.title = "DAY -5", .width = 13, .rank = 14, .right = true},
    [COLUMN_DAY_BEFORE + 5] = {.title = "DAY -6", .width = 13, .rank = 15, .right = true},
    [COLUMN_DAY_BEFORE + 6] = {.title = "DAY -7", .width = 13, .rank = 16, .right = true},
};

static void put_money(const struct ui *ui, struct area area, const struct table *table, int row,
                      enum account_column column, enum role role, int128 money, int decimals, bool sign)
{
    char text[FORMAT_SIZE];
    format_money_in(text, money, decimals, sign, table->width[column] - 1);
    pane_cell(ui, area, table, columns, (int)column, row, ui_ink(role, false), text);
}

static void put_profit(const struct ui *ui, struct area area, const struct table *table, int row,
                       enum account_column column, int128 money, bool stale)
{
    char text[2 * FORMAT_SIZE];
    enum role role = pane_profit(ui, text, sizeof text, money, stale, table->width[column] - 1);
    pane_cell(ui, area, table, columns, (int)column, row, ui_ink(role, false), text);
}

/* A share in 1e-9 as a percentage. */
static void put_share(const struct ui *ui, struct area area, const struct table *table, int row,
                      enum account_column column, int64_t share)
{
    char text[FORMAT_SIZE] = "";
    if (share != DECIMAL_NONE)
        decimal_format_fixed(text, share, PRICE_DECIMALS - 2, 1, false);
    pane_cell(ui, area, table, columns, (int)column, row, ui_ink(ROLE_TEXT, false), text);
}

static void draw_account(const struct ui *ui, struct area area, const struct table *table, int row,
                         const struct exposure *exposure)
{
    struct ink name = ui_ink(ROLE_TEXT, false);
    name.bold = true;
    /* At 80 % of a limit it stands out. */
    int128 gross_limit = exposure->gross_limit;
    bool near = gross_limit != MONEY_NONE && gross_limit > 0 && exposure->gross / 4 * 5 > gross_limit;
    pane_cell(ui, area, table, columns, COLUMN_ACCOUNT, row, name,
              strcmp(exposure->account, "*") == 0 ? "all" : exposure->account);
    pane_cell(ui, area, table, columns, COLUMN_CURRENCY, row, ui_ink(ROLE_DIM, false), exposure->currency);
    put_profit(ui, area, table, row, COLUMN_DAY, exposure->day_pnl, exposure->stale);
    put_money(ui, area, table, row, COLUMN_DAY_LIMIT, ROLE_DIM, exposure->daily_loss_limit, 0, false);
    put_profit(ui, area, table, row, COLUMN_UNREALIZED, exposure->unrealized_pnl, exposure->stale);
    put_profit(ui, area, table, row, COLUMN_REALIZED, exposure->realized_pnl, false);
    put_money(ui, area, table, row, COLUMN_FEES, ROLE_DIM, exposure->fees, 2, false);
    put_money(ui, area, table, row, COLUMN_GROSS, near ? ROLE_WARNING : ROLE_TEXT, exposure->gross, 0, false);
    put_money(ui, area, table, row, COLUMN_GROSS_LIMIT, ROLE_DIM, gross_limit, 0, false);
    put_money(ui, area, table, row, COLUMN_NET, ROLE_TEXT, exposure->net, 0, true);
    put_money(ui, area, table, row, COLUMN_EQUITY, ROLE_TEXT, exposure->equity, 0, false);
    put_share(ui, area, table, row, COLUMN_DRAWDOWN, exposure->drawdown);
    put_share(ui, area, table, row, COLUMN_LARGEST, exposure->concentration);
    put_money(ui, area, table, row, COLUMN_VAR, ROLE_TEXT, exposure->var_parametric, 0, false);
    for (int back = 1; back < MODEL_DAYS; back++)
        put_profit(ui, area, table, row, (enum account_column)(COLUMN_DAY_BEFORE + back - 1),
                   model_day_profit(ui->model, exposure->account, back), false);
}

/* The accounts in the order in which they came, what they hold together last; NULL behind that. */
static const struct exposure *account_at(const struct ui *ui, int place)
{
    const struct exposure *exposure, *all = NULL;
    for (int i = 0; (exposure = model_exposure_at(ui->model, i)) != NULL; i++) {
        if (strcmp(exposure->account, "*") == 0)
            all = exposure;
        else if (place-- == 0)
            return exposure;
    }
    return place == 0 ? all : NULL;
}

int view_positions_account_rows(const struct ui *ui, int rows)
{
    int count = 0;
    while (account_at(ui, count) != NULL && count < SHOWN_MAX)
        count++;
    int wanted = HEAD + (count > 1 ? count : 1);
    return wanted < rows / 2 ? wanted : rows / 2;
}

void view_positions_draw_accounts(const struct ui *ui, struct area area)
{
    struct table table = pane_table(area, columns, COLUMN_COUNT);
    const struct exposure *exposure;
    draw_rule(&ui->canvas, area, "Accounts", "profit since the session began", false);
    pane_header(ui, area, &table, columns, 1);
    if (account_at(ui, 0) == NULL)
        pane_empty(ui, area, HEAD, "The risk service has not said anything yet.");
    for (int i = 0; HEAD + i < area.rows && (exposure = account_at(ui, i)) != NULL; i++)
        draw_account(ui, area, &table, HEAD + i, exposure);
}
