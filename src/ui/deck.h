/* The deck: all at a glance. */
#ifndef UI_DECK_H
#define UI_DECK_H

#include "ui/ui.h"

extern const struct view_ops deck_view;

/* For the mouse: the keys go to this pane, and its cursor moves by so many entries. */
void deck_point(struct ui *ui, enum pane_id pane, int by);

void deck_key_next_pane(struct ui *ui, int key);
void deck_key_move(struct ui *ui, int key);
/* The names of the layouts: 0 is the built-in one, then come those of the configuration; NULL behind them. */
const char *deck_layout_name(const struct ui *ui, int place);
/* Lays the deck out as that of a name, or says that there is none. */
void deck_layout(struct ui *ui, const char *name);
/* The next layout of the configuration; behind the last comes the built-in one. */
void deck_key_layout(struct ui *ui, int key);
void deck_key_zoom(struct ui *ui, int key);
void deck_key_server(struct ui *ui, int key);
void deck_key_escape(struct ui *ui, int key);
void deck_key_acknowledge(struct ui *ui, int key);

#endif
