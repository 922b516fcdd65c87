/* A terminal for tests: a program on a pseudo-terminal at one end, libvterm's cells at the other. All waiting is for a
 * condition with a deadline. */
#ifndef TESTS_UI_TERMINAL_H
#define TESTS_UI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <vterm.h>

enum { TERMINAL_LINE_SIZE = 2048, TERMINAL_RAW_SIZE = 1 << 20 };

struct terminal {
    int master;
    int back; /* what the program writes to its descriptor 3; -1 when closed */
    pid_t child;
    VTerm *vterm;
    VTermScreen *screen;
    int rows, cols;
    bool alternate, cursor_visible;
    char raw[TERMINAL_RAW_SIZE]; /* what came last */
    size_t raw_bytes;
    size_t all_bytes; /* that ever came */
    bool unread;      /* nothing is read for now: the terminal stays full */
};

/* Starts this test program again as `argv` (argv[0] is replaced) with `environment` ("NAME=value" or "NAME" to unset
 * it, NULL-terminated). The program's standard error goes to its descriptor 3 too. */
struct terminal *terminal_start(int rows, int cols, const char *const *argv, const char *const *environment);
/* Ends the program if it still runs. */
void terminal_destroy(struct terminal *terminal);

void terminal_send(struct terminal *terminal, const char *keys);
void terminal_resize(struct terminal *terminal, int rows, int cols);
/* Hangs up. */
void terminal_close(struct terminal *terminal);

/* Reads what is there, or waits up to `timeout_ms` for it. False when nothing came or the program is gone. */
bool terminal_pump(struct terminal *terminal, int timeout_ms);

/* The text of a row, without trailing blanks. */
void terminal_line(struct terminal *terminal, int row, char line[TERMINAL_LINE_SIZE]);
/* The row that holds `text`; -1 when none does. */
int terminal_find(struct terminal *terminal, const char *text);
/* Waits until some row holds `text`, or until none does; false after 10 s. */
bool terminal_wait(struct terminal *terminal, const char *text);
bool terminal_wait_gone(struct terminal *terminal, const char *text);
/* Waits for the program to end and returns its exit status; -1 after 10 s, 256 + signal when it was killed. */
int terminal_wait_exit(struct terminal *terminal);

/* The next line that the program wrote to its descriptor 3; false after 10 s. */
bool terminal_read_back(struct terminal *terminal, char *line, size_t size);

/* Lets it redraw so often that the terminal takes nothing any more; nothing is read until `unread` is false again. */
void terminal_fill(struct terminal *terminal);

#endif
