/* A command that works one message: a child process that reads it on its standard input. One thread. */
#ifndef APP_CHILD_H
#define APP_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"

enum { CHILD_VARIABLES_MAX = 8 };

struct child_message {
    const char *variables[CHILD_VARIABLES_MAX + 1]; /* "NAME=value", in front of our environment; ended by NULL */
    const char *payload;                            /* its standard input, whole, so that nobody waits for a reader */
    size_t payload_bytes;
};

struct child {
    pid_t pid;
    int fd;     /* polls readable when it has ended; -1: the kernel has no such thing */
    int status; /* of waitpid, when it has ended */
};

/* Starts `command` (ended by NULL; looked up in PATH) with the signals as they were before we took them, in a process
 * group of its own, so that a key that ends us does not end it. ERROR_FAILED when it cannot be run. */
int child_start(struct child *child, char *const *command, const struct child_message *message, struct error *error);

/* Waits for its end, at most so long (-1: without an end); false when it still runs. After true it is gone. */
bool child_wait(struct child *child, int timeout_ms);

/* Ends it and its process group by force, and waits for that. */
void child_kill(struct child *child);

/* In words, how it ended: "failed with exit code 3"; "" after success. */
void child_describe(const struct child *child, char *text, size_t size);

#endif
