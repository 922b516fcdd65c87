/* The help: the keys of this screen and of the dialogues over it, from the table of keys. */
#ifndef UI_HELP_H
#define UI_HELP_H

#include "ui/ui.h"

void help_draw(struct ui *ui, struct area screen);

void help_key_open(struct ui *ui, int key);
void help_key_close(struct ui *ui, int key);
void help_key_scroll(struct ui *ui, int key);

#endif
