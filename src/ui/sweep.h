/* Cancelling many orders, or acknowledging many alerts: they are asked for one after the other, as many at a time as
 * may be in flight, so that none is forgotten because there were too many. Screen thread. */
#ifndef UI_SWEEP_H
#define UI_SWEEP_H

#include "ui/ui.h"

/* Takes one more order or alert into the sweep that sweep_step will do. */
void sweep_add(struct sweep *sweep, const char *id);

/* Asks for as many as may be asked for now, cancels first; called for every frame. */
void sweep_step(struct ui *ui);

/* How many are still to be asked for. */
int sweep_left(const struct sweep *sweep);

/* Forgets what was not asked for yet. */
void sweep_drop(struct sweep *sweep);

#endif
