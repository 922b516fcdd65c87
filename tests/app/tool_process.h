/* The built program as a child process with pipes on its standard input, output and error. */
#ifndef TESTS_APP_TOOL_PROCESS_H
#define TESTS_APP_TOOL_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

enum { TOOL_LINE_SIZE = 1024, TOOL_LINES_MAX = 16 };

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

/* What a run said. */
struct tool_outcome {
    int status;
    char lines[TOOL_LINES_MAX][TOOL_LINE_SIZE];
    size_t count;
    char errors[TOOL_LINE_SIZE];
};

/* Starts tapedeck on a state directory, with the words of a line. */
void tool_start_in(struct tool *tool, const char *directory, const char *line);
/* Reads all that it prints and waits for its end. */
void tool_finish(struct tool *tool, struct tool_outcome *outcome);
/* Both. */
void tool_run_in(const char *directory, const char *line, struct tool_outcome *outcome);

#endif
