/* The parts of the risk screen below its list of accounts. Each says how many rows it would like to have and draws
 * itself into those it is given. */
#ifndef UI_RISK_PARTS_H
#define UI_RISK_PARTS_H

#include "ui/pane.h"

enum risk_part { RISK_PART_LIMITS, RISK_PART_TRADING, RISK_PART_VAR, RISK_PART_CURVE, RISK_PART_LARGEST, RISK_PARTS };

/* `exposure` may be NULL: nothing is known yet. */
int risk_part_rows(const struct ui *ui, enum risk_part part, const struct exposure *exposure);
void risk_part_draw(const struct ui *ui, enum risk_part part, struct area area, const struct exposure *exposure);

/* "all" for the account `*`. */
const char *risk_parts_account(const struct exposure *exposure);

/* The colour of a limit: how much of it is used, by its levels. */
enum role risk_parts_role(double part, double warning);

#endif
