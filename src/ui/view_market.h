/* The market screen's keys. */
#ifndef UI_VIEW_MARKET_H
#define UI_VIEW_MARKET_H

#include "ui/ui.h"

/* Opens the ticket on the instrument under the cursor. */
void view_market_key_trade(struct ui *ui, int key);

#endif
