/* The command line: everything that a key can do, and every screen, by its name. What follows the name is text for the
 * field that the command opens; it never sends anything by itself. */
#ifndef UI_COMMAND_H
#define UI_COMMAND_H

#include "ui/ui.h"

/* Draws the line, and the names that are meant so far. */
void command_draw(const struct ui *ui, struct area area);

/* Opens the line with this text. */
void command_open(struct ui *ui, const char *text);

void command_key_open(struct ui *ui, int key);
void command_key_text(struct ui *ui, int key);
void command_key_complete(struct ui *ui, int key);
void command_key_run(struct ui *ui, int key);
void command_key_close(struct ui *ui, int key);

#endif
