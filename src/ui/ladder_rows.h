/* One ladder on the screen: its column titles and rows. Screen thread. */
#ifndef UI_LADDER_ROWS_H
#define UI_LADDER_ROWS_H

#include "ui/ui.h"

/* What was drawn, for who writes around it. */
struct ladder_rows {
    int orders_above, orders_below;  /* ours that are not in view */
    bool market_above, market_below; /* the market is not in view: the user has scrolled away from it */
};

/* Draws the ladder with this number; the first one has the cursor. `market` follows the market when it leaves the view,
 * which is said of the first one. */
struct ladder_rows ladder_rows_draw(struct ui *ui, struct area area, int number, const struct instrument_view *view);

#endif
