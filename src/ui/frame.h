/* One frame: the screen that is shown, and what is open over it. Screen thread. */
#ifndef UI_FRAME_H
#define UI_FRAME_H

#include "ui/ui.h"

/* Draws everything into curses' standard screen; nothing goes to the terminal yet. */
void frame_draw(struct ui *ui);

#endif
