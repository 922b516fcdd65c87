/* The ladder screen, as its keys and its trading need it. Screen thread. */
#ifndef UI_VIEW_LADDER_H
#define UI_VIEW_LADDER_H

#include "ui/ui.h"

/* The instrument of the ladder with the cursor, as it was drawn last; NULL before that. */
const struct instrument_view *view_ladder_instrument(const struct ui *ui);

/* The mouse: a click puts the cursor on a price and side; a second one on the same sends the order when armed, and
 * opens the ticket when it comes soon. The wheel scrolls by so many rows; another ladder is made the first. */
void view_ladder_click(struct ui *ui, int64_t price, enum side side);
void view_ladder_scroll(struct ui *ui, int rows);
void view_ladder_watch(struct ui *ui, size_t market);

void view_ladder_key_move(struct ui *ui, int key);
void view_ladder_key_side(struct ui *ui, int key);
void view_ladder_key_centre(struct ui *ui, int key);
void view_ladder_key_grouping(struct ui *ui, int key);
void view_ladder_key_instrument(struct ui *ui, int key);
void view_ladder_key_back(struct ui *ui, int key);

#endif
