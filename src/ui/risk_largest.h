/* The largest positions on the risk screen: what a concentration is made of. */
#ifndef UI_RISK_LARGEST_H
#define UI_RISK_LARGEST_H

#include "ui/pane.h"

/* `exposure` may be NULL: nothing is known yet. */
int risk_largest_rows(const struct ui *ui, const struct exposure *exposure);
void risk_largest_draw(const struct ui *ui, struct area area, const struct exposure *exposure);

#endif
