/* The parts of the instrument screen beside its chart and its trades. Each draws into its area, with its rule. */
#ifndef UI_INSTRUMENT_PARTS_H
#define UI_INSTRUMENT_PARTS_H

#include "ui/ui.h"

/* The quote as a row of the market screen, under the titles. */
void instrument_draw_head(struct ui *ui, struct area area, const struct instrument_view *view);

/* The levels of both sides with bars, as many as there is room for around the middle. */
void instrument_draw_depth(const struct ui *ui, struct area area, const struct instrument_view *view);

/* Our position in the rule, our orders that are not done below. */
void instrument_draw_ours(const struct ui *ui, struct area area, const struct instrument_view *view);
/* Rows that it would take to show all of them. */
int instrument_ours_rows(const struct ui *ui, const struct instrument_view *view);

/* The day so far. */
void instrument_draw_session(const struct ui *ui, struct area area, const struct instrument_view *view);

#endif
