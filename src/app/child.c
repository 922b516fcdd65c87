/* See child.h. */
#include "app/child.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Our environment with the variables about the message in front; freed as one. */
static char **make_environment(const struct child_message *message)
{
    extern char **environ;
    size_t count = 0, at = 0;

    while (environ[count] != NULL)
        count++;
    char **environment = calloc(count + CHILD_VARIABLES_MAX + 1, sizeof(char *));

    assert(environment != NULL);
    for (; message->variables[at] != NULL; at++)
        environment[at] = (char *)message->variables[at];
    for (size_t i = 0; i < count; i++) {
        bool ours = false;

        for (const char *const *own = message->variables; *own != NULL; own++)
            ours = ours || strncmp(environ[i], *own, strcspn(*own, "=") + 1) == 0;
        if (!ours)
            environment[at++] = environ[i];
    }
    return environment;
}

/* The payload as a file in memory, to read from its start. */
static int open_payload(const struct child_message *message, struct error *error)
{
    int fd = memfd_create("payload", MFD_CLOEXEC);

    if (fd < 0)
        return error_set(error, ERROR_FAILED, "cannot make a file in memory: %s", strerror(errno));
    for (size_t done = 0; done < message->payload_bytes;) {
        ssize_t written = write(fd, message->payload + done, message->payload_bytes - done);

        if (written < 0) {
            error_set(error, ERROR_FAILED, "cannot write a file in memory: %s", strerror(errno));
            close(fd);
            return -1;
        }
        done += (size_t)written;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

int child_start(struct child *child, char *const *command, const struct child_message *message, struct error *error)
{
    int fd = open_payload(message, error);

    if (fd < 0)
        return -1;
    char **environment = make_environment(message);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;

    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int problem = posix_spawnp(&child->pid, command[0], &actions, &attributes, command, environment);

    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    close(fd);
    if (problem != 0)
        return error_set(error, ERROR_FAILED, "cannot run '%.100s': %s", command[0], strerror(problem));
    child->fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    return 0;
}

bool child_wait(struct child *child, int timeout_ms)
{
    struct pollfd fd = {.fd = child->fd, .events = POLLIN};

    if (child->fd >= 0 && poll(&fd, 1, timeout_ms) <= 0)
        return false;
    if (child->fd >= 0)
        close(child->fd);
    child->fd = -1;
    while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
        continue;
    return true;
}

void child_kill(struct child *child)
{
    kill(-child->pid, SIGKILL);
    while (!child_wait(child, -1))
        continue;
}

void child_describe(const struct child *child, char *text, size_t size)
{
    text[0] = '\0';
    if (WIFSIGNALED(child->status))
        snprintf(text, size, "was ended by signal %d", WTERMSIG(child->status));
    else if (WEXITSTATUS(child->status) != 0)
        snprintf(text, size, "failed with exit code %d", WEXITSTATUS(child->status));
}
