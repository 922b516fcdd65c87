/* Fewer bytes for the same colours: for each cell of another colour pair curses names both of its colours, also the one
 * that is set already. That is most of what it writes. Pure. */
#ifndef UI_SGR_H
#define UI_SGR_H

#include <stddef.h>

/* Takes colours that are set already out of what goes to a terminal; nothing is known of its state before. Works in
 * place and returns the bytes that are left. A sequence that is not wholly understood stays. */
size_t sgr_squeeze(char *bytes, size_t count);

#endif
