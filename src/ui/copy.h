/* Copying to where the person sits, also over ssh: the terminal is asked to (OSC 52). Screen thread. */
#ifndef UI_COPY_H
#define UI_COPY_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/ui.h"

enum { COPY_BYTES_MAX = 6000 }; /* of a text; its base64 is short enough for every terminal */

/* Copies what the cursor is on: what its screen says of it in full, else its row as it is drawn. */
void copy_key(struct ui *ui, int key);

/* The control sequence for a text of at most COPY_BYTES_MAX bytes, in the form that a terminal of this type takes, for
 * tmux in its own wrapping too; false for one that would print it. */
bool copy_sequence(const char *term, const char *text, char *sequence, size_t size);

#endif
