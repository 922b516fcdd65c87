/* See risk_parts.h. */
#include "ui/risk_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/limits.h"
#include "ui/risk_largest.h"
#include "ui/risk_trading.h"

const char *risk_parts_account(const struct exposure *exposure)
{
    return strcmp(exposure->account, "*") == 0 ? "all" : exposure->account;
}

enum role risk_parts_role(double part, double warning)
{
    return part >= 1 ? ROLE_CRITICAL : warning > 0 && part >= warning ? ROLE_WARNING : ROLE_OK;
}

static void write_percent(char *text, size_t size, double share, int decimals)
{
    snprintf(text, size, "%.*f", decimals, share * 100 < 99999 ? share * 100 : 99999);
}

/* ---- limits --------------------------------------------------------------------------------------------------- */

enum limit_column { LIMIT_NAME, LIMIT_USED, LIMIT_OF, LIMIT_SHARE, LIMIT_BAR, LIMIT_COLUMNS };

static const struct column limit_columns[LIMIT_COLUMNS] = {
    [LIMIT_NAME] = {.title = "LIMIT", .width = 15},
    [LIMIT_USED] = {.title = "USED", .width = 13, .rank = 1, .right = true},
    [LIMIT_OF] = {.title = "OF", .width = 13, .rank = 2, .right = true},
    [LIMIT_SHARE] = {.title = "%", .width = 8, .right = true},
    [LIMIT_BAR] = {.title = "", .width = 14, .grow = 1},
};

/* A bar is as long as this part of its limit, so that a breach is seen for what it is. */
static const double BAR_WHOLE = 1.25;

/* Filled from the left; the levels that warn and that are not to be passed are marked. */
static void draw_gauge(const struct ui *ui, struct area area, int row, int col, int cols, const struct limit_use *use)
{
    double part = limit_part(use) / BAR_WHOLE;
    int eighths = (int)(fmin(part, 1) * cols * 8 + 0.5);
    int warning = (int)(use->warning / BAR_WHOLE * cols), critical = (int)(cols / BAR_WHOLE);
    struct ink ink = ui_ink(risk_parts_role(limit_part(use), use->warning), false);
    for (int i = 0; i < cols; i++) {
        int filled = eighths - 8 * i;
        if (i == critical || i == warning)
            draw_text(&ui->canvas, area, row, col + i, 1, ui_ink(filled > 0 ? ink.role : ROLE_DIM, false),
                      draw_glyph(&ui->canvas, i == critical ? GLYPH_MARK : GLYPH_FAINT_MARK));
        else
            draw_part(&ui->canvas, area, row, col + i, ink, filled < 0 ? 0 : filled > 8 ? 8 : filled);
    }
}

static void write_amount(char text[FORMAT_SIZE], const struct limit_use *use, double amount, int cols)
{
    if (use->is_share)
        snprintf(text, FORMAT_SIZE, "%.2f %%", amount * 100 < 99999 ? amount * 100 : 99999);
    else
        format_money_in(text, (int128)llround(amount) * MONEY_ONE, 0, false, cols);
}

static void draw_limit(const struct ui *ui, struct area area, const struct table *table, int row, enum limit_kind kind,
                       const struct exposure *exposure)
{
    struct limit_use use = limit_use(kind, exposure, &ui->risk);
    char used[FORMAT_SIZE] = "", limit[FORMAT_SIZE] = "", share[FORMAT_SIZE] = "";
    enum role role = risk_parts_role(limit_part(&use), use.warning);
    if (use.is_known)
        write_amount(used, &use, use.used, table->width[LIMIT_USED] - 1);
    if (use.is_known && use.is_limited) {
        write_amount(limit, &use, use.limit, table->width[LIMIT_OF] - 1);
        write_percent(share, sizeof share, limit_part(&use), 1);
    }
    pane_cell(ui, area, table, limit_columns, LIMIT_NAME, row, ui_ink(ROLE_TEXT, false), limit_name(kind));
    pane_cell(ui, area, table, limit_columns, LIMIT_USED, row, ui_ink(ROLE_TEXT, false), used);
    pane_cell(ui, area, table, limit_columns, LIMIT_OF, row, ui_ink(ROLE_DIM, false), limit);
    pane_cell(ui, area, table, limit_columns, LIMIT_SHARE, row, ui_ink(role == ROLE_OK ? ROLE_TEXT : role, false),
              share);
    if (use.is_known && use.is_limited)
        draw_gauge(ui, area, row, table->start[LIMIT_BAR] + 1, table->width[LIMIT_BAR] - 1, &use);
}

static void draw_limits(const struct ui *ui, struct area area, const struct exposure *exposure)
{
    char title[64];
    struct table table = pane_table(area, limit_columns, LIMIT_COLUMNS);
    snprintf(title, sizeof title, "Limits of %s", exposure == NULL ? "no account" : risk_parts_account(exposure));
    draw_rule(&ui->canvas, area, title, "marks: warning, limit", false);
    for (int kind = 0; exposure != NULL && kind < LIMIT_KINDS; kind++)
        draw_limit(ui, area, &table, 1 + kind, (enum limit_kind)kind, exposure);
}

/* ---- value at risk -------------------------------------------------------------------------------------------- */

enum var_column { VAR_METHOD, VAR_AT_95, VAR_AT_99, VAR_SHARE, VAR_COLUMNS };

static const struct column var_columns[VAR_COLUMNS] = {
    [VAR_METHOD] = {.title = "METHOD", .width = 14},
    [VAR_AT_95] = {.title = "95 %", .width = 16, .rank = 1, .right = true},
    [VAR_AT_99] = {.title = "99 %", .width = 16, .right = true},
    [VAR_SHARE] = {.title = "OF EQUITY %", .width = 14, .rank = 2, .right = true},
};

static void write_span(char text[FORMAT_SIZE], uint64_t seconds)
{
    static const struct {
        uint64_t seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    size_t unit = 0;
    while (unit < 3 && (seconds < units[unit].seconds || seconds % units[unit].seconds != 0))
        unit++;
    snprintf(text, FORMAT_SIZE, "%llu %s", (unsigned long long)(seconds / units[unit].seconds), units[unit].name);
}

static void draw_method(const struct ui *ui, struct area area, const struct table *table, int row, const char *name,
                        int128 at_95, int128 at_99, int128 equity)
{
    char text[FORMAT_SIZE];
    pane_cell(ui, area, table, var_columns, VAR_METHOD, row, ui_ink(ROLE_TEXT, false), name);
    format_money_in(text, at_95, 2, false, table->width[VAR_AT_95] - 1);
    pane_cell(ui, area, table, var_columns, VAR_AT_95, row, ui_ink(ROLE_TEXT, false), text);
    format_money_in(text, at_99, 2, false, table->width[VAR_AT_99] - 1);
    pane_cell(ui, area, table, var_columns, VAR_AT_99, row, ui_ink(ROLE_TEXT, false), text);
    text[0] = '\0';
    if (at_99 != MONEY_NONE && equity > 0)
        write_percent(text, sizeof text, money_to_double(at_99) / money_to_double(equity), 2);
    pane_cell(ui, area, table, var_columns, VAR_SHARE, row, ui_ink(ROLE_DIM, false), text);
}

/* What the numbers do not know. */
static void write_left_out(const struct exposure *exposure, char *text, size_t size)
{
    char left_out[FORMAT_SIZE];
    format_money(left_out, exposure->var_left_out, 0, false);
    bool any = exposure->var_left_out != MONEY_NONE && exposure->var_left_out > 0;
    snprintf(text, size, "left out: %s%smoves of rates, pauses, what was before", any ? left_out : "",
             any ? " without history, " : "");
}

/* One deviation, as the parametric method measures it. */
static void write_volatility(const struct exposure *exposure, const char *span, char *text, size_t size)
{
    static const double DEVIATIONS_99 = 2.326;
    char amount[FORMAT_SIZE];
    double deviation = money_to_double(exposure->var_parametric) / DEVIATIONS_99;
    format_money_in(amount, (int128)(deviation * 100) * (MONEY_ONE / 100), 2, false, 16);
    int length = snprintf(text, size, "volatility: %.24s over %.24s", amount, span);
    if (exposure->equity > 0)
        snprintf(text + length, size - (size_t)length, ", %.3f %% of the equity",
                 deviation / money_to_double(exposure->equity) * 100);
}

static void draw_var(const struct ui *ui, struct area area, const struct exposure *exposure)
{
    char title[64] = "Value at risk", right[64] = "", span[FORMAT_SIZE], history[FORMAT_SIZE], text[160];
    bool known = exposure != NULL && exposure->var_parametric != MONEY_NONE;
    if (known) {
        write_span(span, exposure->var_horizon_s);
        write_span(history, exposure->var_history_s);
        snprintf(title, sizeof title, "Value at risk over %.24s", span);
        snprintf(right, sizeof right, "from %.24s of returns", history);
    }
    draw_rule(&ui->canvas, area, title, right, false);
    if (!known) {
        pane_empty(ui, area, 1, "There is too little history yet: an instrument needs 20 returns.");
        return;
    }
    struct table table = pane_table(area, var_columns, VAR_COLUMNS);
    pane_header(ui, area, &table, var_columns, 1);
    draw_method(ui, area, &table, 2, "parametric", exposure->var_parametric_95, exposure->var_parametric,
                exposure->equity);
    draw_method(ui, area, &table, 3, "historical", exposure->var_historical_95, exposure->var_historical,
                exposure->equity);
    write_left_out(exposure, text, sizeof text);
    draw_text(&ui->canvas, area, 4, 1, area.cols - 2, ui_ink(ROLE_DIM, false), text);
    write_volatility(exposure, span, text, sizeof text);
    draw_text(&ui->canvas, area, 5, 1, area.cols - 2, ui_ink(ROLE_DIM, false), text);
}

/* ---- drawdown ------------------------------------------------------------------------------------------------- */

enum { DOTS_X = 2, DOTS_Y = 4, LABEL_COLS = 9 };

/* The curve hangs from the top: how much of the peak was lost, the deepest of each step of time. */
static void draw_fall(const struct ui *ui, struct area plot, const struct history *history, int64_t from_ns,
                      int64_t to_ns, double bottom)
{
    static const unsigned bits[DOTS_Y][DOTS_X] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int columns = plot.cols * DOTS_X, rows = plot.rows * DOTS_Y, place = 0;
    for (int col = 0; col < plot.cols; col++) {
        int depths[DOTS_X];
        for (int x = 0; x < DOTS_X; x++) {
            int64_t at = col * DOTS_X + x;
            int64_t fall = history_between(history, from_ns + (to_ns - from_ns) / columns * at,
                                           from_ns + (to_ns - from_ns) / columns * (at + 1), &place);
            depths[x] = fall < 0 ? 0 : 1 + (int)(fmin(price_to_double(fall) / bottom, 1) * (rows - 1));
        }
        for (int row = 0; row < plot.rows; row++) {
            unsigned dots = 0;
            for (int y = 0; y < DOTS_Y; y++) {
                for (int x = 0; x < DOTS_X; x++)
                    dots |= row * DOTS_Y + y < depths[x] ? bits[y][x] : 0;
            }
            if (dots != 0)
                draw_braille(&ui->canvas, plot, row, col, ui_ink(ROLE_LOSS, false), dots);
        }
    }
}

static void draw_label(const struct ui *ui, struct area area, int row, double share, enum role role)
{
    char text[FORMAT_SIZE];
    snprintf(text, sizeof text, "%.2f %%", share * 100);
    draw_right(&ui->canvas, area, row, area.cols - 1, LABEL_COLS - 1, ui_ink(role, false), text);
}

static void draw_curve(const struct ui *ui, struct area area, const struct exposure *exposure)
{
    const struct history *history = exposure == NULL ? NULL : model_drawdowns(ui->model, exposure->account);
    if (history == NULL || history->count == 0) {
        draw_rule(&ui->canvas, area, "Drawdown", "", false);
        pane_empty(ui, area, 1, "Nothing was recorded yet.");
        return;
    }
    char right[96], since[TIMESTAMP_TEXT_SIZE];
    struct area plot = {area.row + 1, area.col + 1, area.rows - 1, area.cols - LABEL_COLS - 2};
    int64_t from_ns = history->points[0].at_ns, to_ns = ui->wall_ns;
    double worst = price_to_double(history->highest), warning = limit_use(LIMIT_DRAWDOWN, exposure, &ui->risk).warning;
    double limit = limit_use(LIMIT_DRAWDOWN, exposure, &ui->risk).limit, bottom = fmax(worst, 0.001);
    timestamp_format(since, from_ns);
    since[16] = '\0';
    since[10] = ' ';
    snprintf(right, sizeof right, "now %.2f %%, worst %.2f %% since %.16s", price_to_double(exposure->drawdown) * 100,
             worst * 100, since);
    draw_rule(&ui->canvas, area, "Drawdown", right, false);
    if (plot.rows < 1 || plot.cols < 8)
        return;
    /* At least a minute from end to end, and a whole number of nanoseconds for each column of dots. */
    if (to_ns < from_ns + 60 * NS_PER_SECOND)
        to_ns = from_ns + 60 * NS_PER_SECOND;
    draw_fall(ui, plot, history, from_ns, to_ns + plot.cols * DOTS_X, bottom);
    draw_label(ui, area, 1, 0, ROLE_DIM);
    draw_label(ui, area, area.rows - 1, bottom, risk_parts_role(limit > 0 ? bottom / limit : 0, warning));
}

/* ---- all of them ---------------------------------------------------------------------------------------------- */

int risk_part_rows(const struct ui *ui, enum risk_part part, const struct exposure *exposure)
{
    enum { VAR_ROWS = 6, CURVE_ROWS = 5 };
    switch (part) {
    case RISK_PART_LIMITS:
        return 1 + LIMIT_KINDS;
    case RISK_PART_VAR:
        return exposure != NULL && exposure->var_parametric != MONEY_NONE ? VAR_ROWS : 2;
    case RISK_PART_CURVE:
        return CURVE_ROWS;
    case RISK_PART_TRADING:
        return risk_trading_rows(ui);
    case RISK_PART_LARGEST:
        return risk_largest_rows(ui, exposure);
    case RISK_PARTS:
        break;
    }
    return 0;
}

void risk_part_draw(const struct ui *ui, enum risk_part part, struct area area, const struct exposure *exposure)
{
    switch (part) {
    case RISK_PART_LIMITS:
        draw_limits(ui, area, exposure);
        break;
    case RISK_PART_VAR:
        draw_var(ui, area, exposure);
        break;
    case RISK_PART_CURVE:
        draw_curve(ui, area, exposure);
        break;
    case RISK_PART_TRADING:
        risk_trading_draw(ui, area);
        break;
    case RISK_PART_LARGEST:
        risk_largest_draw(ui, area, exposure);
        break;
    case RISK_PARTS:
        break;
    }
}
