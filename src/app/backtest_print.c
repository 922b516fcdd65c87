/* Numbers are exact; the text shows money in hundredths and a curve short enough to look at. */
#include "app/backtest_print.h"

#include <inttypes.h>
#include <string.h>

#include "app/order_lines.h"
#include "core/timestamp.h"

enum { TEXT_POINTS = 20 };

static void print_money(FILE *out, const char *name, int128 money)
{
    char text[DECIMAL_TEXT_SIZE];

    money_format_fixed(text, money, 2, true);
    fprintf(out, "%-12s %20s\n", name, text);
}

static void print_count(FILE *out, const char *name, uint64_t count)
{
    fprintf(out, "%-12s %20" PRIu64 "\n", name, count);
}

/* The fall as a share of the peak it fell from, in hundredths of a percent; 0 when there was none. */
static int64_t drawdown_bp(const struct backtest_totals *totals)
{
    int128 unit = totals->peak / 10000;

    return unit > 0 ? (int64_t)(totals->drawdown / unit) : 0;
}

static struct position_line line_of(const struct backtest_report *report, const struct instruments *instruments,
                                    const struct position_event *position)
{
    const struct instrument *instrument = instruments_primary(instruments, position->symbol);

    return (struct position_line){.position = position,
                                  .mark = backtest_report_mark(report, position),
                                  .multiplier = instrument != NULL ? instrument->multiplier : 1};
}

static void print_curve(FILE *out, const struct backtest_report *report)
{
    struct equity_point points[EQUITY_POINTS_MAX];
    size_t count = backtest_report_curve(report, points);
    size_t shown = count < TEXT_POINTS ? count : TEXT_POINTS;
    char time[TIMESTAMP_TEXT_SIZE], equity[DECIMAL_TEXT_SIZE], drawdown[DECIMAL_TEXT_SIZE];

    fprintf(out, "\n%-30s %20s %20s\n", "time", "equity", "drawdown");
    for (size_t i = 0; i < shown; i++) {
        const struct equity_point *point = &points[shown > 1 ? i * (count - 1) / (shown - 1) : 0];

        timestamp_format(time, point->time_ns);
        money_format_fixed(equity, point->equity, 2, true);
        money_format_fixed(drawdown, point->drawdown, 2, true);
        fprintf(out, "%-30s %20s %20s\n", time, equity, drawdown);
    }
}

void backtest_print_text(FILE *out, const struct backtest_report *report, const struct instruments *instruments)
{
    struct backtest_totals totals = backtest_report_totals(report);
    const struct position_table *positions = backtest_report_positions(report);
    char time[TIMESTAMP_TEXT_SIZE];
    int64_t share = drawdown_bp(&totals);

    timestamp_format(time, totals.first_ns);
    fprintf(out, "from         %s\n", time);
    timestamp_format(time, totals.last_ns);
    fprintf(out, "to           %s\n", time);
    print_count(out, "quotes", totals.quotes);
    print_count(out, "orders", totals.orders);
    for (enum order_state state = 0; state <= ORDER_REJECTED; state++) {
        if (totals.orders_by_state[state] > 0)
            fprintf(out, "  %-18s %12" PRIu64 "\n", order_state_name(state), totals.orders_by_state[state]);
    }
    print_count(out, "fills", totals.fills);
    print_count(out, "alerts", totals.alerts);
    print_money(out, "turnover", totals.turnover);
    print_money(out, "fees", totals.fees);
    print_money(out, "realized", totals.realized);
    print_money(out, "unrealized", totals.unrealized);
    print_money(out, "equity", totals.equity);
    print_money(out, "profit", totals.equity - totals.starting_cash);
    print_money(out, "drawdown", totals.drawdown);
    if (totals.drawdown > 0) {
        timestamp_format(time, totals.drawdown_ns);
        fprintf(out, "  %" PRId64 ".%02d %% of the peak, at %s\n", share / 100, (int)(share % 100), time);
    }
    if (position_table_count(positions) > 0)
        fputc('\n', out);
    for (size_t i = 0; i < position_table_count(positions); i++) {
        struct position_line position = line_of(report, instruments, position_table_at(positions, i));
        char line[ORDER_LINE_SIZE];

        order_lines_position_text(line, &position);
        fputs(line, out);
    }
    print_curve(out, report);
}

static void print_time_member(FILE *out, const char *name, int64_t time_ns)
{
    char text[TIMESTAMP_TEXT_SIZE];

    timestamp_format(text, time_ns);
    fprintf(out, "\"%s\":\"%s\",", name, text);
}

static void print_money_member(FILE *out, const char *name, int128 money)
{
    char text[DECIMAL_TEXT_SIZE];

    money_format(text, money);
    fprintf(out, "\"%s\":%s,", name, text);
}

static void print_lists(FILE *out, const struct backtest_report *report, const struct instruments *instruments)
{
    const struct position_table *positions = backtest_report_positions(report);
    struct equity_point points[EQUITY_POINTS_MAX];
    size_t count = backtest_report_curve(report, points);

    fputs("\"positions\":[", out);
    for (size_t i = 0; i < position_table_count(positions); i++) {
        struct position_line position = line_of(report, instruments, position_table_at(positions, i));
        char line[ORDER_LINE_SIZE];
        size_t length = order_lines_position_json(line, &position);

        fprintf(out, "%s%.*s", i > 0 ? "," : "", (int)(length - 1), line);
    }
    fputs("],\"equity_curve\":[", out);
    for (size_t i = 0; i < count; i++) {
        char drawdown[DECIMAL_TEXT_SIZE];

        fputs(i > 0 ? ",{" : "{", out);
        print_time_member(out, "time", points[i].time_ns);
        print_money_member(out, "equity", points[i].equity);
        money_format(drawdown, points[i].drawdown);
        fprintf(out, "\"drawdown\":%s}", drawdown);
    }
    fputs("]", out);
}

void backtest_print_json(FILE *out, const struct backtest_report *report, const struct instruments *instruments)
{
    struct backtest_totals totals = backtest_report_totals(report);
    const char *separator = "";

    fputc('{', out);
    print_time_member(out, "from", totals.first_ns);
    print_time_member(out, "to", totals.last_ns);
    fprintf(out, "\"quotes\":%" PRIu64 ",\"orders\":%" PRIu64 ",\"orders_by_state\":{", totals.quotes, totals.orders);
    for (enum order_state state = 0; state <= ORDER_REJECTED; state++) {
        if (totals.orders_by_state[state] == 0)
            continue;
        fprintf(out, "%s\"%s\":%" PRIu64, separator, order_state_name(state), totals.orders_by_state[state]);
        separator = ",";
    }
    fprintf(out, "},\"fills\":%" PRIu64 ",\"alerts\":%" PRIu64 ",", totals.fills, totals.alerts);
    print_money_member(out, "turnover", totals.turnover);
    print_money_member(out, "fees", totals.fees);
    print_money_member(out, "realized_pnl", totals.realized);
    print_money_member(out, "unrealized_pnl", totals.unrealized);
    print_money_member(out, "starting_cash", totals.starting_cash);
    print_money_member(out, "equity", totals.equity);
    print_money_member(out, "drawdown", totals.drawdown);
    print_money_member(out, "drawdown_peak", totals.peak);
    if (totals.drawdown > 0)
        print_time_member(out, "drawdown_at", totals.drawdown_ns);
    print_lists(out, report, instruments);
    fputs("}\n", out);
}
