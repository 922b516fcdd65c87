/* Fewer bytes for the same screen: curses names all of a cell's colours and attributes at each change, also those that
 * are set already. That is most of what it writes. Pure. */
#ifndef UI_SGR_H
#define UI_SGR_H

#include <stddef.h>

/* Rewrites what goes to a terminal so that each change of colours and attributes (SGR) is one sequence that holds what
 * really changes, and a space takes along only what can be seen of it. Nothing is known of the terminal's state before;
 * at the end it is the one that curses believes in. Works in place and returns the bytes that are left, never more than
 * there were. What is not wholly understood stays as it is. */
size_t sgr_squeeze(char *bytes, size_t count);

#endif
