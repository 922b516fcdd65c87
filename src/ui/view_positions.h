/* The positions screen, as its keys need it. */
#ifndef UI_VIEW_POSITIONS_H
#define UI_VIEW_POSITIONS_H

#include "ui/ui.h"

void view_positions_key_trade(struct ui *ui, int key);
void view_positions_key_flat(struct ui *ui, int key);
void view_positions_key_accounts(struct ui *ui, int key);

/* Draws the accounts: profit of the session, exposure against its limits, and what could be lost (accounts.c).
 * Returns the rows it takes of an area of these many. */
int view_positions_account_rows(const struct ui *ui, int rows);
void view_positions_draw_accounts(const struct ui *ui, struct area area);

#endif
