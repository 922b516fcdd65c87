/* Keys of the risk screen. */
#ifndef UI_VIEW_RISK_H
#define UI_VIEW_RISK_H

#include "ui/ui.h"

void view_risk_key_part(struct ui *ui, int key);

#endif
