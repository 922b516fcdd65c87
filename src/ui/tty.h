/* The terminal, taken over and given back, and the only way to it. Curses writes each frame into memory; from there it
 * goes out without ever blocking. What the terminal did not take waits, and until it is gone there is no next frame: at
 * most one is under way, and what changes meanwhile is drawn once, as it is then. Screen thread. */
#ifndef UI_TTY_H
#define UI_TTY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct tty;

/* Starts curses on the terminal of standard input and output. ERROR_USAGE when there is none, or TERM cannot place a
 * cursor. The keyboard is set up by the caller, whom curses' own functions serve until tty_capture. */
struct tty *tty_create(struct error *error);
/* From here on nothing that curses writes reaches the terminal but by tty_send; what is pasted is marked. */
void tty_capture(struct tty *tty);
/* Ends curses and gives the terminal back as it was; waits at most a second for one that takes nothing. NULL is
 * allowed. */
void tty_destroy(struct tty *tty);

/* Whether clicks come as reports (mouse.h) or are the terminal's own. One that is described without a mouse is not
 * asked.
 */
void tty_set_mouse(struct tty *tty, bool on);

/* Adds a control sequence of our own to the next frame. */
void tty_put(struct tty *tty, const char *sequence);

/* Sends what curses and tty_put have written since, as one frame. Returns its bytes. */
size_t tty_send(struct tty *tty);

/* Sends what is left of a frame, as far as the terminal takes it. True when nothing is. */
bool tty_flush(struct tty *tty);

/* Frames are marked (DEC mode 2026), so that the terminal shows each as a whole. Only for one that knows the marks. */
void tty_set_synchronized(struct tty *tty, bool on);
/* Whether to ask it: terminals of the old kinds would print a part of the question. */
bool tty_may_synchronize(void);

#endif
