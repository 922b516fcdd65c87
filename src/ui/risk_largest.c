/* See risk_largest.h. Values are in the base currency, by the marks and rates of the positions screen. */
#include "ui/risk_largest.h"

#include <stdio.h>
#include <string.h>

#include "ui/format.h"

enum { LARGEST_MAX = 24 };

struct holding {
    const struct position_event *position;
    int128 value; /* money in the base currency */
    bool stale;
};

struct holdings {
    struct holding items[LARGEST_MAX]; /* the largest first */
    int count;
};

enum largest_column { COLUMN_SYMBOL, COLUMN_ACCOUNT, COLUMN_VALUE, COLUMN_SHARE, COLUMN_BAR, COLUMN_COUNT };

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_SYMBOL] = {.title = "SYMBOL", .width = 12},
    [COLUMN_ACCOUNT] = {.title = "ACCOUNT", .width = 11, .rank = 2},
    [COLUMN_VALUE] = {.title = "VALUE", .width = 18, .rank = 1, .right = true},
    [COLUMN_SHARE] = {.title = "OF GROSS %", .width = 12, .right = true},
    [COLUMN_BAR] = {.title = "SHARE", .width = 14, .grow = 1},
};

static int128 absolute(int128 money)
{
    return money < 0 ? -money : money;
}

/* Keeps the list in order; the smallest falls out when it is full. */
static void insert(struct holdings *holdings, struct holding holding)
{
    int place = holdings->count;
    if (place == LARGEST_MAX && absolute(holdings->items[place - 1].value) >= absolute(holding.value))
        return;
    if (place == LARGEST_MAX)
        place--;
    else
        holdings->count++;
    for (; place > 0 && absolute(holdings->items[place - 1].value) < absolute(holding.value); place--)
        holdings->items[place] = holdings->items[place - 1];
    holdings->items[place] = holding;
}

static void collect(const struct ui *ui, const struct exposure *exposure, struct holdings *holdings)
{
    const struct position_view *view;
    bool all = strcmp(exposure->account, "*") == 0;
    holdings->count = 0;
    for (size_t i = 0; (view = model_position_at(ui->model, i)) != NULL; i++) {
        if (!view->known || view->position.quantity == 0 ||
            (!all && strcmp(view->position.account, exposure->account) != 0))
            continue;
        struct position_value value = model_position_value(ui->model, view, ui->market_ns);
        struct rate rate = model_rate(ui->model, view->position.currency);
        if (value.exposure != MONEY_NONE && rate.is_known)
            insert(holdings, (struct holding){&view->position, rate_convert(rate, value.exposure), value.stale});
    }
}

static void draw_holding(const struct ui *ui, struct area area, const struct table *table, int row,
                         const struct holding *holding, int128 gross)
{
    char text[2 * FORMAT_SIZE], number[FORMAT_SIZE];
    double share = gross > 0 ? money_to_double(absolute(holding->value)) / money_to_double(gross) : 0;
    enum role role = holding->stale ? ROLE_STALE : ROLE_TEXT;
    format_money_in(number, holding->value, 0, true, table->width[COLUMN_VALUE] - 3);
    snprintf(text, sizeof text, "%s%s%s", holding->stale ? "(" : "", number, holding->stale ? ")" : "");
    pane_cell(ui, area, table, columns, COLUMN_SYMBOL, row, ui_ink(ROLE_TEXT, false), holding->position->symbol);
    pane_cell(ui, area, table, columns, COLUMN_ACCOUNT, row, ui_ink(ROLE_DIM, false), holding->position->account);
    pane_cell(ui, area, table, columns, COLUMN_VALUE, row, ui_ink(role, false), text);
    number[0] = '\0';
    if (gross > 0)
        snprintf(number, sizeof number, "%.1f", share * 100);
    pane_cell(ui, area, table, columns, COLUMN_SHARE, row, ui_ink(ROLE_TEXT, false), number);
    int cols = table->width[COLUMN_BAR] - 1, eighths = (int)((share < 1 ? share : 1) * cols * 8 + 0.5);
    for (int i = 0; i < cols && eighths > 8 * i; i++)
        draw_part(&ui->canvas, area, row, table->start[COLUMN_BAR] + 1 + i, ui_ink(ROLE_CHART, false),
                  eighths - 8 * i < 8 ? eighths - 8 * i : 8);
}

int risk_largest_rows(const struct ui *ui, const struct exposure *exposure)
{
    struct holdings holdings = {.count = 0};
    if (exposure != NULL)
        collect(ui, exposure, &holdings);
    return 2 + holdings.count;
}

void risk_largest_draw(const struct ui *ui, struct area area, const struct exposure *exposure)
{
    struct holdings holdings = {.count = 0};
    if (exposure != NULL)
        collect(ui, exposure, &holdings);
    draw_rule(&ui->canvas, area, "Largest positions", "at mid; in brackets: stale", false);
    if (holdings.count == 0) {
        pane_empty(ui, area, 1, "Nothing is held.");
        return;
    }
    struct table table = pane_table(area, columns, COLUMN_COUNT);
    pane_header(ui, area, &table, columns, 1);
    for (int i = 0; i < holdings.count && 2 + i < area.rows; i++)
        draw_holding(ui, area, &table, 2 + i, &holdings.items[i], exposure->gross);
}
