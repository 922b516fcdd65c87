/* An instrument as a row of a table: in the watchlist of the deck, and on the market screen. */
#ifndef UI_WATCH_ROW_H
#define UI_WATCH_ROW_H

#include "ui/pane.h"

/* In the order of the screen. */
enum watch_column {
    WATCH_SYMBOL,
    WATCH_EXCHANGE,
    WATCH_BID_SIZE,
    WATCH_BID,
    WATCH_ASK,
    WATCH_ASK_SIZE,
    WATCH_SPREAD,
    WATCH_BASIS_POINTS,
    WATCH_LAST,
    WATCH_LAST_SIZE,
    WATCH_CHANGE,
    WATCH_AGE,
    WATCH_RATE,
    WATCH_IMBALANCE,
    WATCH_TREND,
    WATCH_RANGE,
    WATCH_VOLUME,
    WATCH_FIRST,
    WATCH_LOW,
    WATCH_HIGH,
    WATCH_COLUMNS
};

extern const struct column watch_row_columns[WATCH_COLUMNS];

/* Widens copies of the columns to the longest symbol and the widest price of the rows (of struct instrument_view);
 * prices never make them narrower again. `width` is that of the table. */
void watch_row_widen(struct ui *ui, struct column *columns, const struct browse_rows *rows, int width);

/* As for qsort: an instrument's place is that of the instrument table, then the order in which they were first seen. */
int watch_row_compare(const struct instrument_view *left, const struct instrument_view *right);

/* The same by a column; what is not known comes before all numbers, what is equal stands by its place. */
int watch_row_compare_by(const struct ui *ui, const struct instrument_view *left, const struct instrument_view *right,
                         enum watch_column column);

/* Draws the cells of the columns that `table` shows. */
void watch_row_draw(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                    const struct instrument_view *view);

#endif
