/* What came of a backtest: a fold of its tape, all four streams in the order in which they were stored. Pure; one
 * thread owns a report.
 *
 * All accounts together are one portfolio, which begins with the starting cash once. Its equity is that and, over all
 * positions, realized + unrealized - fees. A position is valued at the mid of the last quote of its primary exchange,
 * however old. Amounts in other currencies are added as they are. */
#ifndef ENGINE_BACKTEST_REPORT_H
#define ENGINE_BACKTEST_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/instrument.h"
#include "engine/mark.h"
#include "engine/orders.h"
#include "engine/position_table.h"
#include "engine/risk_config.h"

/* The equity as of this time, and how far it is below its highest so far. Money. */
struct equity_point {
    int64_t time_ns;
    int128 equity, drawdown;
};

enum { EQUITY_POINTS_MAX = 512 };

/* Money in 1e-17; times are stored times since the epoch, 0 when nothing was folded. */
struct backtest_totals {
    int64_t first_ns, last_ns;
    uint64_t quotes, orders, fills, alerts;
    uint64_t orders_by_state[ORDER_REJECTED + 1]; /* how they stand now */
    int128 turnover;                              /* the sum of |quantity * price| * multiplier over all fills */
    int128 realized, unrealized, fees;
    int128 starting_cash, equity;
    int128 peak, drawdown; /* the largest fall from a peak, and the peak it fell from */
    int64_t drawdown_ns;   /* when it was reached */
};

struct backtest_report;

/* `instruments` must outlive the report. Sums are in the base currency of `risk`, at its rates. */
struct backtest_report *backtest_report_create(const struct instruments *instruments, const struct risk_config *risk);
void backtest_report_destroy(struct backtest_report *report); /* NULL is allowed */

void backtest_report_fold(struct backtest_report *report, const struct event *event);

struct backtest_totals backtest_report_totals(const struct backtest_report *report);

/* The equity curve: the equity before the first event, then after the last event of each interval, and as it is now.
 * The interval is a second, doubled until EQUITY_POINTS_MAX points are enough; one without events has no point. */
size_t backtest_report_curve(const struct backtest_report *report, struct equity_point points[EQUITY_POINTS_MAX]);

/* The last position of each account and symbol, as they were published, with its mark and what it would bring. */
const struct position_table *backtest_report_positions(const struct backtest_report *report);
struct mark backtest_report_mark(const struct backtest_report *report, const struct position_event *position);

#endif
