/* Orders, positions and fills as lines: text for people, JSON and CSV for programs. Pure; each function returns the
 * length of its line, which ends with a newline. */
#ifndef APP_ORDER_LINES_H
#define APP_ORDER_LINES_H

#include <stddef.h>

#include "core/event.h"
#include "engine/mark.h"
#include "engine/order_json.h"
#include "engine/orders.h"

enum { ORDER_LINE_SIZE = ORDER_JSON_SIZE + 256 };

/* `ID STATE buy 10 AAPL on NYSE limit 189.01 day, filled 4 at 189`, and the reason of one that was turned away. */
size_t order_lines_text(char line[ORDER_LINE_SIZE], const struct order *order);
/* The object that REST answers (docs/rest.md). */
size_t order_lines_json(char line[ORDER_LINE_SIZE], const struct order *order);
size_t order_lines_csv_header(char line[ORDER_LINE_SIZE]);
size_t order_lines_csv(char line[ORDER_LINE_SIZE], const struct order *order);

/* A position as it was published, valued at `mark`. */
struct position_line {
    const struct position_event *position;
    struct mark mark;
    int64_t multiplier;
};

/* `SIM-1 AAPL 100 at 189.01, mark 189.2, realized 0, unrealized 19, fees 0.94 USD` */
size_t order_lines_position_text(char line[ORDER_LINE_SIZE], const struct position_line *position);
/* The members of the message, then `mark`, `mark_stale` and `unrealized_pnl`. */
size_t order_lines_position_json(char line[ORDER_LINE_SIZE], const struct position_line *position);
size_t order_lines_position_csv_header(char line[ORDER_LINE_SIZE]);
size_t order_lines_position_csv(char line[ORDER_LINE_SIZE], const struct position_line *position);

/* `2026-11-23T14:30:00.123456789Z ID-1 buy 4 AAPL on NYSE at 189.01, fee 0.0378 USD` */
size_t order_lines_fill_text(char line[ORDER_LINE_SIZE], const struct execution *execution);

#endif
