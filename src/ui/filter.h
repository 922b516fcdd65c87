/* The filter of a list: what is typed behind "/", for the panes of the deck and for the screens. */
#ifndef UI_FILTER_H
#define UI_FILTER_H

#include "ui/ui.h"

void filter_key_open(struct ui *ui, int key);
void filter_key_text(struct ui *ui, int key);
void filter_key_done(struct ui *ui, int key);

#endif
