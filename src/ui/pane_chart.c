/* The chart of the watched instrument, in the period and the form that its own screen has; here it always goes to now.
 */
#include <stdio.h>

#include "ui/chart.h"
#include "ui/format.h"
#include "ui/pane.h"

static void pane_chart_draw(struct ui *ui, struct area area, bool focused)
{
    const struct instrument_view *view = pane_watch_selected(ui);
    struct chart_look look = {.period = ui->chart.period, .candles = ui->chart.candles, .zoom = ui->chart.zoom};
    char title[128], right[128], low[FORMAT_SIZE], high[FORMAT_SIZE], change[FORMAT_SIZE], what[64];
    if (view == NULL) {
        pane_rule(ui, area, PANE_CHART, "Chart", "", focused);
        return;
    }
    format_price(low, view->low, view->price_decimals, 20);
    format_price(high, view->high, view->price_decimals, 20);
    format_percent(change, market_mid(view->market), view->reference);
    chart_describe(view, &look, "", what, sizeof what);
    snprintf(title, sizeof title, "%s %s  %s", view->market->quote.symbol, view->market->quote.exchange, what);
    snprintf(right, sizeof right, "%s%%  low %.20s  high %.20s", change, low, high);
    pane_rule(ui, area, PANE_CHART, title, right, focused);
    chart_draw(ui, area_below(area, 1), view, &look);
}

const struct pane_ops pane_chart = {.name = "chart", .draw = pane_chart_draw};
