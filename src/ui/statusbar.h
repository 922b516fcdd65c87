/* The first row: whose money, how the day goes, and whether the numbers can be trusted. */
#ifndef UI_STATUSBAR_H
#define UI_STATUSBAR_H

#include "ui/ui.h"

void statusbar_draw(const struct ui *ui, struct area area);

/* What is wrong with the connection, in a sentence; empty when it is up. */
void statusbar_problem(const struct ui *ui, char *text, size_t size);

#endif
