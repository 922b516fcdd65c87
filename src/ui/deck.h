/* The deck: all at a glance. */
#ifndef UI_DECK_H
#define UI_DECK_H

#include "ui/ui.h"

extern const struct view_ops deck_view;

void deck_key_next_pane(struct ui *ui, int key);
void deck_key_move(struct ui *ui, int key);
/* The next layout of the configuration, or that of `:layout NAME`; behind the last comes the built-in one. */
void deck_key_layout(struct ui *ui, int key);
void deck_key_zoom(struct ui *ui, int key);
void deck_key_server(struct ui *ui, int key);
void deck_key_escape(struct ui *ui, int key);
void deck_key_acknowledge(struct ui *ui, int key);

#endif
