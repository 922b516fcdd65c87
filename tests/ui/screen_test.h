/* What the tests of the screen share: they start themselves again as the screen on a pseudo-terminal, send keys and
 * look at the cells. Their main() calls screen_child_main when it is given `--child`. */
#ifndef TESTS_UI_SCREEN_TEST_H
#define TESTS_UI_SCREEN_TEST_H

#include "core/event.h"
#include "ui/screen_child.h"
#include "ui/terminal.h"

#define ESCAPE "\x1b"
#define ENTER  "\r"
#define TAB    "\t"

/* The screen on the scripted market; `argument` as in screen_child_main, "" for none. */
struct terminal *screen_test_start(int rows, int cols, const char *argument);

/* Waits until 24 rows of 80 columns hold the deck as it is drawn at the start, and fails where they do not. */
void screen_test_check_golden(struct terminal *terminal);

/* The next request that the screen published. */
struct event screen_test_next_request(struct terminal *terminal);

#endif
