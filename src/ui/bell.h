/* When the terminal's bell rings: once when an alert is raised, or becomes more severe, that is severe enough and that
 * nobody has acknowledged, and at most once a second. */
#ifndef UI_BELL_H
#define UI_BELL_H

#include "ui/ui.h"

/* True when it should ring now; it is taken to have rung then. Screen thread. */
bool bell_rings(struct ui *ui);

#endif
