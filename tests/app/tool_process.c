/* Pipes to and from a program under test. */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "app/tool_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEADLINE_MS = 30000, WORDS_MAX = 24 };

void tool_start(struct tool *tool, const char *const *words)
{
    int in[2], out[2], error[2];

    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(error, O_CLOEXEC), 0);
    tool->pid = fork();
    assert_true(tool->pid >= 0);
    if (tool->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(error[1], STDERR_FILENO);
        execv(words[0], (char *const *)(uintptr_t)words);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    close(error[1]);
    tool->in = in[1];
    tool->out = out[0];
    tool->error = error[0];
}

void tool_write(struct tool *tool, const char *text)
{
    assert_int_equal(write(tool->in, text, strlen(text)), strlen(text));
}

void tool_end_input(struct tool *tool)
{
    close(tool->in);
    tool->in = -1;
}

void tool_read_line(struct tool *tool, char line[TOOL_LINE_SIZE])
{
    size_t length = 0;

    for (;;) {
        struct pollfd fd = {.fd = tool->out, .events = POLLIN};

        if (poll(&fd, 1, DEADLINE_MS) != 1)
            fail_msg("no line in time, after '%.*s'", (int)length, line);
        assert_true(length + 1 < TOOL_LINE_SIZE);
        if (read(tool->out, line + length, 1) != 1 || line[length] == '\n')
            break;
        length++;
    }
    line[length] = '\0';
}

int tool_end(struct tool *tool, char errors[TOOL_LINE_SIZE])
{
    size_t length = 0;
    int status;

    if (tool->in >= 0)
        close(tool->in);
    for (ssize_t got = 1; got > 0 && length + 1 < TOOL_LINE_SIZE; length += got > 0 ? (size_t)got : 0)
        got = read(tool->error, errors + length, TOOL_LINE_SIZE - 1 - length);
    errors[length] = '\0';
    assert_int_equal(waitpid(tool->pid, &status, 0), tool->pid);
    close(tool->out);
    close(tool->error);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void tool_start_in(struct tool *tool, const char *directory, const char *line)
{
    static char text[512];
    const char *words[WORDS_MAX] = {TAPEDECK_BINARY, "--state-dir", directory};
    int count = 3;

    snprintf(text, sizeof(text), "%s", line);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        words[count++] = word;
    assert_true(count < WORDS_MAX);
    tool_start(tool, words);
}

void tool_finish(struct tool *tool, struct tool_outcome *outcome)
{
    outcome->count = 0;
    for (;;) {
        assert_true(outcome->count < TOOL_LINES_MAX);
        tool_read_line(tool, outcome->lines[outcome->count]);
        if (outcome->lines[outcome->count][0] == '\0')
            break;
        outcome->count++;
    }
    outcome->status = tool_end(tool, outcome->errors);
}

void tool_run_in(const char *directory, const char *line, struct tool_outcome *outcome)
{
    struct tool tool;

    tool_start_in(&tool, directory, line);
    tool_finish(&tool, outcome);
}
