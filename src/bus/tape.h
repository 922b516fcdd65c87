/* The tape: a connection to a JetStream server that survives the server's absence. */
#ifndef BUS_TAPE_H
#define BUS_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/server_status.h"

struct inbox;
struct tape;

struct tape_options {
    const char *urls;       /* one or several, separated by commas; may hold a token, which is never logged */
    const char *name;       /* shown in /connz */
    int connect_timeout_ms; /* 0: 2000 */
    int reconnect_attempts; /* -1: for ever; 0: 60 */
};

/* Connects; waits at most the time-out for each server. ERROR_SERVER when none can be reached or all refuse. */
struct tape *tape_connect(const struct tape_options *options, struct error *error);

/* Sends what is left and closes, within 2 s, or 4 s while a server that does not answer is being tried. Followers and
 * publishers on it must be gone. NULL is allowed. */
void tape_destroy(struct tape *tape);

/* Any thread: the state as it is now. */
struct connection_status tape_status(struct tape *tape);

/* Any thread: each change of state is put into the inbox from now on (at most 16 inboxes); the present state at once.
 */
void tape_notify(struct tape *tape, struct inbox *inbox);
void tape_unnotify(struct tape *tape, struct inbox *inbox);

#endif
