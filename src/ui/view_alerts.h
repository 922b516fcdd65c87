/* The alerts screen, as its keys and the questions about it need it. */
#ifndef UI_VIEW_ALERTS_H
#define UI_VIEW_ALERTS_H

#include "ui/alert_rows.h"
#include "ui/ui.h"

void view_alerts_key_open(struct ui *ui, int key);
void view_alerts_key_show(struct ui *ui, int key); /* from the deck */
void view_alerts_key_acknowledge(struct ui *ui, int key);
void view_alerts_key_acknowledge_group(struct ui *ui, int key);
void view_alerts_key_shelve(struct ui *ui, int key);
void view_alerts_key_unshelve(struct ui *ui, int key);
void view_alerts_key_comment(struct ui *ui, int key);
void view_alerts_key_which(struct ui *ui, int key);

/* Asks whether a whole group is to be acknowledged; and what the question says then. */
void view_alerts_ask_group(struct ui *ui, const struct alert_row *row);
void view_alerts_say_group(struct ui *ui, char *text, size_t size);

/* Reads how long: "30", "30m", "2h", "1d" (a bare number is minutes). False when it is no time above 0 and up to 7 d.
 */
bool view_alerts_read_duration(const char *text, int64_t *duration_ns);

#endif
