/* The built program as a child process with pipes on its standard input, output and error. */
#ifndef TESTS_APP_TOOL_PROCESS_H
#define TESTS_APP_TOOL_PROCESS_H

#include <sys/types.h>

enum { TOOL_LINE_SIZE = 1024 };

struct tool {
    pid_t pid;
    int in, out, error;
};

/* Starts `words[0]`; the list ends with NULL. */
void tool_start(struct tool *tool, const char *const *words);
void tool_write(struct tool *tool, const char *text);
/* Ends its input. */
void tool_end_input(struct tool *tool);
/* The next line of its output, without the newline; "" at the end. Fails the test when none comes in 30 s. */
void tool_read_line(struct tool *tool, char line[TOOL_LINE_SIZE]);
/* Waits for its end; returns its exit status, or 128 and the signal. What it said on standard error is put into
 * `errors`. */
int tool_end(struct tool *tool, char errors[TOOL_LINE_SIZE]);

#endif
