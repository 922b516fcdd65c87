/* A position as a row of a table: on the deck, and on the positions screen, which names its account too. */
#ifndef UI_POSITION_ROW_H
#define UI_POSITION_ROW_H

#include "ui/pane.h"

enum position_column {
    POSITION_ACCOUNT,
    POSITION_SYMBOL,
    POSITION_QUANTITY,
    POSITION_AVERAGE,
    POSITION_MARK,
    POSITION_EXPOSURE,
    POSITION_UNREALIZED,
    POSITION_REALIZED,
    POSITION_FEES,
    POSITION_COLUMNS
};

extern const struct column position_row_columns[POSITION_COLUMNS];

void position_row_draw(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                       const struct position_view *view, const struct position_value *value);

#endif
