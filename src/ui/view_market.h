/* The market screen's keys. */
#ifndef UI_VIEW_MARKET_H
#define UI_VIEW_MARKET_H

#include "ui/ui.h"

/* Opens the ticket on the instrument under the cursor. */
void view_market_key_trade(struct ui *ui, int key);

/* The instrument under the cursor on a screen of its own. */
void view_market_key_instrument(struct ui *ui, int key);

/* The next group. */
void view_market_key_group(struct ui *ui, int key);

/* The name of a group, "all" for 0; NULL when there is none of that number. */
const char *view_market_group(const struct ui *ui, int group);

/* Puts the cursor on the watched instrument. */
void view_market_follow(struct ui *ui);

#endif
