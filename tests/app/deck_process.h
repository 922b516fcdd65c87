/* A tapedeck of its own for a test: the built program as a child process on a temporary state directory. */
#ifndef TESTS_DECK_PROCESS_H
#define TESTS_DECK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { DECK_PATH_SIZE = 512, DECK_BODY_SIZE = 1 << 16 };

struct deck_process {
    pid_t pid; /* 0: not running */
    char directory[DECK_PATH_SIZE];
    char server_url[256]; /* "" with a server of others */
    char http_url[256], token[256];
    char waiting[640]; /* what it is waited for, and what it says to that */
};

/* Starts `tapedeck --no-ui --state-dir … ARGUMENTS` (NULL-terminated, may be NULL) and waits until it takes orders.
 * An empty `directory` is filled with a new one. Fails the test when it does not come up. */
void deck_process_start(struct deck_process *deck, const char *const *arguments);

/* Runs the program with these arguments and waits for its end: its exit status, and the first line of its standard
 * error in `line`. */
int deck_process_run(const char *const *arguments, char *line, size_t size);

/* Sends the signal and waits for the end; returns the exit status, or 128 + the signal that ended it. */
int deck_process_end(struct deck_process *deck, int number);

/* Removes the state directory. */
void deck_process_clean(struct deck_process *deck);

/* One HTTP request with the token; returns the status, or 0 when nobody answers; the body is in `body`
 * (DECK_BODY_SIZE). `content` NULL: GET. */
long deck_process_http(const struct deck_process *deck, const char *path, const char *content, char *body);

/* The id of the nats-server that works on this state directory, 0 when there is none. */
pid_t deck_process_server_pid(const struct deck_process *deck);

/* Calls `holds` every few ms until it is true; fails the test after 60 s, naming `what`. */
void wait_until(bool (*holds)(void *context), void *context, const char *what);

#endif
