/* The trading states on the risk screen: who set them, when and why, and the evidence of the last halt or flatten. */
#ifndef UI_RISK_TRADING_H
#define UI_RISK_TRADING_H

#include "ui/pane.h"

int risk_trading_rows(const struct ui *ui);
void risk_trading_draw(const struct ui *ui, struct area area);

/* Whether something is halted or reduced: then this is what a person wants to see first. */
bool risk_trading_is_first(const struct ui *ui);

#endif
