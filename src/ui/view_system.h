/* The system screen, as its keys need it. */
#ifndef UI_VIEW_SYSTEM_H
#define UI_VIEW_SYSTEM_H

#include "ui/ui.h"

/* The next part comes first: latencies, rates, consumers, connections. */
void view_system_key_part(struct ui *ui, int key);

#endif
