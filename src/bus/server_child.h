/* A nats-server as a child process: found, forked, waited for and ended. */
#ifndef BUS_SERVER_CHILD_H
#define BUS_SERVER_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"

struct server_child_options {
    const char *program; /* a path */
    const char *config_path;
    const char *log_path; /* its standard output and error are appended here */
    int lock_fd;          /* the child keeps a copy as long as it lives */
};

struct server_child {
    pid_t pid;
    int pid_fd; /* readable once the child has ended; -1 when the kernel has no such thing */
};

enum server_child_event { SERVER_CHILD_ENDED, SERVER_CHILD_WOKEN, SERVER_CHILD_TIMED_OUT };

/* Looks `program` up in PATH, then where Debian puts servers, unless it is a path. */
int server_child_find(const char *program, char *path, size_t size, struct error *error);

/* Starts the child. It dies (SIGKILL) when the calling thread ends, so that thread must live as long as the child. */
int server_child_start(struct server_child *child, const struct server_child_options *options, struct error *error);

/* Waits until the child has ended (then it is reaped and `status` is waitpid's), until `wake_fd` is readable, or until
 * `timeout_ms` has passed (-1: no limit). */
enum server_child_event server_child_wait(struct server_child *child, int wake_fd, int timeout_ms, int *status);

/* SIGTERM, after `patience_ms` SIGKILL; returns when the child is gone. */
void server_child_end(struct server_child *child, int patience_ms);

/* "it was killed by signal 9", "it exited with status 1". */
void server_child_describe(int status, char *text, size_t size);

#endif
