/* The orders screen, as its keys and the questions about it need it. */
#ifndef UI_VIEW_ORDERS_H
#define UI_VIEW_ORDERS_H

#include "ui/ui.h"

/* The order under the cursor, or whose events are shown; NULL when there is none. */
const struct order *view_orders_selected(struct ui *ui);

/* How many orders of the list are open; with `sweep` each goes into it. */
int view_orders_open_listed(struct ui *ui, struct sweep *sweep);

void view_orders_key_scope(struct ui *ui, int key);
void view_orders_key_accounts(struct ui *ui, int key);
void view_orders_key_open(struct ui *ui, int key);
void view_orders_key_close(struct ui *ui, int key);
void view_orders_key_scroll(struct ui *ui, int key);

/* Draws the events of the order that is open, with the time between them (order_events.c). */
void view_orders_draw_events(struct ui *ui, struct area area);

#endif
