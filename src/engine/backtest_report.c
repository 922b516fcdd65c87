/* Equity is kept up to date with each position and each quote of a symbol that is held, so that the deepest drawdown is
 * found and not only that of the points of the curve. */
#include "engine/backtest_report.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "engine/account_risk.h"
#include "engine/quotes.h"

struct backtest_report {
    const struct instruments *instruments;
    struct order_book *book;
    struct quotes *quotes;
    struct rates *rates;
    struct position_table *positions;
    struct valuation *values; /* beside the positions */
    size_t value_count;
    struct backtest_totals totals;
    int128 peak;                                   /* so far */
    struct equity_point points[EQUITY_POINTS_MAX]; /* each as of the end of its interval */
    size_t point_count;
    int64_t interval_ns;
};

struct backtest_report *backtest_report_create(const struct instruments *instruments, const struct risk_config *risk)
{
    struct backtest_report *report = calloc(1, sizeof *report);
    if (report == NULL)
        abort();
    report->instruments = instruments;
    report->book = order_book_create();
    report->quotes = quotes_create();
    report->rates = rates_create(&risk->rates, instruments, report->quotes);
    report->positions = position_table_create();
    report->totals.starting_cash = risk->starting_cash;
    report->totals.equity = report->totals.peak = report->peak = risk->starting_cash;
    report->interval_ns = NS_PER_SECOND;
    return report;
}

void backtest_report_destroy(struct backtest_report *report)
{
    if (report == NULL)
        return;
    order_book_destroy(report->book);
    rates_destroy(report->rates);
    quotes_destroy(report->quotes);
    position_table_destroy(report->positions);
    free(report->values);
    free(report);
}

static int64_t multiplier_of(const struct backtest_report *report, const char *symbol)
{
    const struct instrument *instrument = instruments_primary(report->instruments, symbol);
    return instrument != NULL ? instrument->multiplier : 1;
}

struct mark backtest_report_mark(const struct backtest_report *report, const struct position_event *position)
{
    return mark_of(position->quantity, mark_last_price(position),
                   mark_market(report->quotes, report->instruments, position->symbol), 0, INT64_MAX);
}

static void note_equity(struct backtest_report *report, int64_t time_ns)
{
    struct backtest_totals *totals = &report->totals;
    totals->equity = totals->starting_cash + totals->realized + totals->unrealized - totals->fees;
    if (totals->equity > report->peak)
        report->peak = totals->equity;
    if (report->peak - totals->equity <= totals->drawdown)
        return;
    totals->drawdown = report->peak - totals->equity;
    totals->peak = report->peak;
    totals->drawdown_ns = time_ns;
}

/* Values one position anew, at the rate of this moment; a rate that moves alone is seen with the symbol's next quote.
 */
static void value_position(struct backtest_report *report, size_t index, int64_t time_ns)
{
    const struct position_event *position = position_table_at(report->positions, index);
    struct valuation *before = &report->values[index], after = {0};
    valuation_add(&after, position, multiplier_of(report, position->symbol), backtest_report_mark(report, position),
                  rates_of(report->rates, position->currency));
    report->totals.realized += after.realized - before->realized;
    report->totals.unrealized += after.unrealized_mid - before->unrealized_mid;
    report->totals.fees += after.fees - before->fees;
    *before = after;
    note_equity(report, time_ns);
}

/* Values the positions of a symbol, in one account or in all. */
static void value_symbol(struct backtest_report *report, const char *symbol, const char *account, int64_t time_ns)
{
    for (size_t i = 0; i < report->value_count; i++) {
        const struct position_event *position = position_table_at(report->positions, i);
        if (strcmp(position->symbol, symbol) == 0 && (account == NULL || strcmp(position->account, account) == 0))
            value_position(report, i, time_ns);
    }
}

static void fold_position(struct backtest_report *report, const struct event *event)
{
    position_table_fold(report->positions, event);
    size_t count = position_table_count(report->positions);
    if (count > report->value_count) {
        report->values = reallocarray(report->values, count, sizeof *report->values);
        if (report->values == NULL)
            abort();
        memset(&report->values[report->value_count], 0, (count - report->value_count) * sizeof *report->values);
        report->value_count = count;
    }
    value_symbol(report, event->position.symbol, event->position.account, event->stored_ns);
}

static void fold_fill(struct backtest_report *report, const struct execution *execution)
{
    const struct instrument *instrument = instruments_primary(report->instruments, execution->symbol);
    int128 value = money_of(execution->price, execution->quantity);
    if (money_multiply_overflows(value < 0 ? -value : value, multiplier_of(report, execution->symbol), &value))
        return;
    if (instrument != NULL)
        value = rate_convert(rates_of(report->rates, instrument->currency), value);
    if (money_add_overflows(report->totals.turnover, value, &value))
        return;
    report->totals.turnover = value;
    report->totals.fills++;
}

static struct equity_point point_at(const struct backtest_report *report, int64_t time_ns)
{
    return (struct equity_point){
        .time_ns = time_ns, .equity = report->totals.equity, .drawdown = report->peak - report->totals.equity};
}

static bool same_interval(const struct backtest_report *report, int64_t a_ns, int64_t b_ns)
{
    return a_ns / report->interval_ns == b_ns / report->interval_ns;
}

/* Doubles the interval; of the points that now share one, the last stays. `next_ns` is the time of the next point. */
static void thin_out(struct backtest_report *report, int64_t next_ns)
{
    size_t kept = 1; /* where it began */
    report->interval_ns *= 2;
    for (size_t i = 1; i < report->point_count; i++) {
        int64_t after_ns = i + 1 < report->point_count ? report->points[i + 1].time_ns : next_ns;
        if (!same_interval(report, report->points[i].time_ns, after_ns))
            report->points[kept++] = report->points[i];
    }
    report->point_count = kept;
}

/* Ends the interval of the last event, when the event of this time, which is not folded yet, is in another. */
static void end_interval(struct backtest_report *report, int64_t time_ns)
{
    if (report->point_count == 0) {
        report->points[report->point_count++] = point_at(report, time_ns);
        return;
    }
    while (!same_interval(report, report->totals.last_ns, time_ns)) {
        if (report->point_count < EQUITY_POINTS_MAX - 1) {
            report->points[report->point_count++] = point_at(report, report->totals.last_ns);
            return;
        }
        thin_out(report, report->totals.last_ns);
    }
}

void backtest_report_fold(struct backtest_report *report, const struct event *event)
{
    struct backtest_totals *totals = &report->totals;
    if (report->point_count == 0)
        totals->first_ns = event->stored_ns;
    end_interval(report, event->stored_ns);
    totals->last_ns = event->stored_ns;
    switch ((int)event->kind) {
    case EVENT_QUOTE:
        totals->quotes++;
        quotes_fold(report->quotes, event, 0, 0);
        value_symbol(report, event->quote.symbol, NULL, event->stored_ns);
        break;
    case EVENT_POSITION:
        fold_position(report, event);
        break;
    case EVENT_ALERT:
        totals->alerts += event->alert.raised && event->alert.version == 1;
        break;
    case EVENT_ORDER_EXECUTED:
        fold_fill(report, &event->execution);
        order_book_fold(report->book, event);
        break;
    default:
        order_book_fold(report->book, event);
        break;
    }
}

struct backtest_totals backtest_report_totals(const struct backtest_report *report)
{
    struct backtest_totals totals = report->totals;
    totals.orders = order_book_count(report->book);
    for (const struct order *order = order_book_newest(report->book); order != NULL; order = order->older)
        totals.orders_by_state[order->state]++;
    return totals;
}

size_t backtest_report_curve(const struct backtest_report *report, struct equity_point points[EQUITY_POINTS_MAX])
{
    size_t count = report->point_count;
    memcpy(points, report->points, count * sizeof *points);
    if (count > 0)
        points[count++] = point_at(report, report->totals.last_ns);
    return count;
}

const struct position_table *backtest_report_positions(const struct backtest_report *report)
{
    return report->positions;
}
