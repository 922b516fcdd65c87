/* The ladder screen, as its keys and its trading need it. Screen thread. */
#ifndef UI_VIEW_LADDER_H
#define UI_VIEW_LADDER_H

#include "ui/ui.h"

/* The instrument of the ladder with the cursor, as it was drawn last; NULL before that. */
const struct instrument_view *view_ladder_instrument(const struct ui *ui);

void view_ladder_key_move(struct ui *ui, int key);
void view_ladder_key_side(struct ui *ui, int key);
void view_ladder_key_centre(struct ui *ui, int key);
void view_ladder_key_grouping(struct ui *ui, int key);
void view_ladder_key_instrument(struct ui *ui, int key);
void view_ladder_key_back(struct ui *ui, int key);

#endif
