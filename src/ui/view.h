/* The screens: which there are, how one gets from one to the other, and the frame that all of them have: the status
 * bar, the line with their names, the note line and the line of keys. Screen thread. */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "ui/ui.h"

extern const struct view_ops view_market, view_instrument, view_ladder, view_orders, view_positions, view_risk,
    view_alerts, view_system, view_tape, view_log;

/* The keys of the screens, in their order. */
#define VIEW_KEYS "1234567890-"

/* The screen that is shown, and the one of a number. */
const struct view_ops *view_current(const struct ui *ui);
const struct view_ops *view_of(enum view_id id);

void view_show(struct ui *ui, enum view_id id);

/* Lays out the frame, draws its upper part and returns what is left for the screen; empty on a terminal that is too
 * small, which is said. */
struct area view_begin(struct ui *ui);

/* Draws the line of keys, and the note line: a message; else what is wrong with the connection; else `detail`. */
void view_end(struct ui *ui, enum role role, const char *detail);

/* True, and said on the screen, when the terminal is too small for any layout. */
bool view_is_too_small(struct ui *ui);

void view_key_choose(struct ui *ui, int key);
void view_key_next(struct ui *ui, int key);
void view_key_back(struct ui *ui, int key);

#endif
