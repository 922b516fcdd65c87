/* Two pipes. What is told fits into an empty pipe or is taken piece by piece; an answer is read to its blank line
 * before the next is told, so neither side can wait for the other for ever, unless the command leaves the blank line
 * out. */
#include "app/strategy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONGEST_LINE = 1 << 20, END_MS = 5000 };

struct strategy {
    pid_t pid;
    int in, out; /* of the command; `in` is -1 once it does not read any more */
    int stop_fd;
    char *buffer; /* owned; what was read and not handed out: from start to end */
    size_t start, end;
    unsigned long long lines;
};

/* Starts it with the signals as they were before we took them. */
static int spawn(struct strategy *strategy, char **words, int in, int out)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;

    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int problem = posix_spawnp(&strategy->pid, words[0], &actions, &attributes, words, environ);

    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return problem;
}

struct strategy *strategy_start(char **words, int stop_fd, struct error *error)
{
    int in[2], out[2];
    struct strategy *strategy = calloc(1, sizeof(*strategy));

    if (strategy == NULL)
        abort();
    *strategy = (struct strategy){.in = -1, .out = -1, .stop_fd = stop_fd, .buffer = malloc(LONGEST_LINE)};
    if (strategy->buffer == NULL)
        abort();
    if (pipe2(in, O_CLOEXEC) != 0) {
        error_set(error, ERROR_FAILED, "cannot make a pipe: %s", strerror(errno));
        goto failed;
    }
    strategy->in = in[1];
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]);
        error_set(error, ERROR_FAILED, "cannot make a pipe: %s", strerror(errno));
        goto failed;
    }
    strategy->out = out[0];
    int problem = spawn(strategy, words, in[0], out[1]);

    close(in[0]);
    close(out[1]);
    if (problem != 0) {
        error_set(error, ERROR_FAILED, "cannot run '%.100s': %s", words[0], strerror(problem));
        goto failed;
    }
    fcntl(strategy->in, F_SETFL, O_NONBLOCK);
    return strategy;
failed:
    strategy_end(strategy, NULL);
    return NULL;
}

/* Waits for a pipe; -1 when a signal came. */
static int wait_for(const struct strategy *strategy, int fd, short events, struct error *error)
{
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = strategy->stop_fd, .events = POLLIN}};

    while (poll(fds, 2, -1) < 0) {
        if (errno != EINTR)
            return error_set(error, ERROR_FAILED, "cannot wait: %s", strerror(errno));
    }
    return fds[1].revents == 0 ? 0 : error_set(error, ERROR_FAILED, "ended by a signal");
}

int strategy_tell(struct strategy *strategy, const char *line, size_t length, struct error *error)
{
    while (length > 0 && strategy->in >= 0) {
        ssize_t written = write(strategy->in, line, length);

        if (written >= 0) {
            line += written;
            length -= (size_t)written;
        } else if (errno == EPIPE) {
            close(strategy->in);
            strategy->in = -1;
        } else if (errno == EAGAIN) {
            if (wait_for(strategy, strategy->in, POLLOUT, error) != 0)
                return -1;
        } else if (errno != EINTR) {
            return error_set(error, ERROR_FAILED, "cannot write to the command: %s", strerror(errno));
        }
    }
    return 0;
}

/* Hands out the next whole line of the buffer, or at the end of the output what there is. */
static bool take_line(struct strategy *strategy, bool ended, const char **line, size_t *length)
{
    const char *from = strategy->buffer + strategy->start;
    size_t left = strategy->end - strategy->start;
    const char *newline = memchr(from, '\n', left);

    if (newline == NULL && (!ended || left == 0))
        return false;
    *line = from;
    *length = newline != NULL ? (size_t)(newline - from) : left;
    strategy->start += *length + (newline != NULL);
    strategy->lines++;
    return true;
}

enum strategy_word strategy_hear(struct strategy *strategy, const char **line, size_t *length, struct error *error)
{
    bool ended = false;

    while (!take_line(strategy, ended, line, length)) {
        if (ended)
            return STRATEGY_END_OF_OUTPUT;
        memmove(strategy->buffer, strategy->buffer + strategy->start, strategy->end - strategy->start);
        strategy->end -= strategy->start;
        strategy->start = 0;
        if (strategy->end == LONGEST_LINE) {
            error_set(error, ERROR_FAILED, "the line is longer than 1 MiB");
            return STRATEGY_FAILED;
        }
        if (wait_for(strategy, strategy->out, POLLIN, error) != 0)
            return STRATEGY_FAILED;
        ssize_t got = read(strategy->out, strategy->buffer + strategy->end, LONGEST_LINE - strategy->end);

        if (got > 0) {
            strategy->end += (size_t)got;
        } else if (got == 0) {
            ended = true;
        } else if (errno != EINTR) {
            error_set(error, ERROR_FAILED, "cannot read from the command: %s", strerror(errno));
            return STRATEGY_FAILED;
        }
    }
    return *length == 0 ? STRATEGY_END_OF_ANSWER : STRATEGY_LINE;
}

unsigned long long strategy_lines(const struct strategy *strategy)
{
    return strategy->lines;
}

/* Reads what it still says, so that it is not ended for having said it; false when that takes too long. */
static bool drain(const struct strategy *strategy)
{
    struct pollfd fd = {.fd = strategy->out, .events = POLLIN};
    ssize_t got = 1;

    while (got > 0 && poll(&fd, 1, END_MS) > 0)
        got = read(strategy->out, strategy->buffer, LONGEST_LINE);
    return got <= 0;
}

static int await_exit(const struct strategy *strategy, struct error *error)
{
    struct pollfd fd = {.fd = (int)syscall(SYS_pidfd_open, strategy->pid, 0), .events = POLLIN};
    bool in_time = drain(strategy) && (fd.fd < 0 || poll(&fd, 1, END_MS) > 0);
    int status = 0;

    if (fd.fd >= 0)
        close(fd.fd);
    if (!in_time)
        kill(strategy->pid, SIGKILL);
    while (waitpid(strategy->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!in_time)
        return error_set(error, ERROR_FAILED, "the command did not end within %d s of the end of its input",
                         END_MS / 1000);
    if (WIFSIGNALED(status))
        return error_set(error, ERROR_FAILED, "the command was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return error_set(error, ERROR_FAILED, "the command failed with exit code %d", WEXITSTATUS(status));
    return 0;
}

int strategy_end(struct strategy *strategy, struct error *error)
{
    if (strategy == NULL)
        return 0;
    if (strategy->in >= 0)
        close(strategy->in);
    int result = strategy->pid > 0 ? await_exit(strategy, error) : 0;

    if (strategy->out >= 0)
        close(strategy->out);
    free(strategy->buffer);
    free(strategy);
    return result;
}
