/* What the mouse does: whatever a click meant where it was drawn is done as a key would have done it. Nothing that
 * needs a second step as a key needs less as a click. Screen thread. */
#ifndef UI_POINTER_H
#define UI_POINTER_H

#include "ui/mouse.h"
#include "ui/ui.h"

void pointer_act(struct ui *ui, const struct mouse_event *event);

/* Hands the mouse to the deck, or back to the terminal, whose own selection then works. */
void pointer_key_switch(struct ui *ui, int key);

#endif
