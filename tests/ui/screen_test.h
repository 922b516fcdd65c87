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

/* The keys that lead to a screen, by its name: digits move when a screen comes between. */
#define GO(screen) ":" screen ENTER

/* The screen on the scripted market; `argument` as in screen_child_main, several with commas between,
 * "" for none. */
struct terminal *screen_test_start(int rows, int cols, const char *argument);

struct screen_step {
    const char *keys, *shows;
};

/* Waits for the screen, then sends the keys of each step and waits until a row holds what it shows. */
void screen_test_walk(struct terminal *terminal, const struct screen_step *steps, size_t count);

#define WALK(terminal, ...)                                                                                            \
    do {                                                                                                               \
        static const struct screen_step steps[] = {__VA_ARGS__};                                                       \
        screen_test_walk(terminal, steps, sizeof steps / sizeof steps[0]);                                             \
    } while (0)

/* Waits for a row that is `wanted` as a whole. */
void screen_test_check_line(struct terminal *terminal, const char *wanted);

/* Waits until the rows from `first` on are as written; # stands for any one character, for ages and the flow, and NULL
 * for any row. */
void screen_test_check_rows(struct terminal *terminal, int first, const char *const *wanted, int count);

/* Waits until 24 rows of 80 columns hold the deck as it is drawn at the start, and fails where they do not. */
void screen_test_check_golden(struct terminal *terminal);

/* Waits until the screen is as tests/ui/golden/NAME.txt has it, and fails where it is not. The file holds the rows
 * below the status bar and the names of the screens, down to the note line; # stands for any one character. With
 * TAPEDECK_GOLDEN=write in the environment it is written anew instead: look at what changed before it is committed. */
void screen_test_check_file(struct terminal *terminal, const char *name);

/* The next request that the screen published. */
struct event screen_test_next_request(struct terminal *terminal);

#endif
