/* The tape: a connection to a JetStream server that survives the server's absence. */
#ifndef BUS_TAPE_H
#define BUS_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/server_status.h"

struct inbox;
struct tape;

/* All texts may be freed after tape_connect; what is NULL is not used. Secrets are never logged. At most one login:
 * user and password, a token, or credentials; a login in a URL goes before it. */
struct tape_options {
    const char *urls;       /* one or several, separated by commas; one tls:// among them makes all of them TLS */
    const char *name;       /* shown in /connz */
    int connect_timeout_ms; /* 0: 2000 */
    int reconnect_attempts; /* of each server; -1: for ever; 0: 60 */
    int reconnect_wait_ms;  /* between two rounds of attempts, with a quarter of jitter; 0: 50 at first, growing to
                               1000, for a server on this machine */
    const char *user;       /* with `password` */
    const char *password;
    const char *token;
    const char *credentials;      /* text of a credentials file: a user JWT and its NKey seed, or the seed alone */
    bool tls;                     /* also without a tls:// URL; implied by each of the following */
    const char *ca_file;          /* PEM; NULL: the authorities that the system trusts */
    const char *certificate_file; /* PEM, with the chain behind it */
    const char *key;              /* its private key: text in PEM */
};

/* Connects; waits at most the time-out for each server. ERROR_SERVER when none can be reached or all refuse, with the
 * reason of the last one; ERROR_USAGE when credentials, a certificate or a key cannot be used. */
struct tape *tape_connect(const struct tape_options *options, struct error *error);

/* Drains (sends what is left and waits until the server has it) and closes, within 2 s, or 4 s while a server that does
 * not answer is being tried. Followers and publishers on it must be gone. NULL is allowed. */
void tape_destroy(struct tape *tape);

/* Any thread: the state as it is now. */
struct connection_status tape_status(struct tape *tape);

/* Any thread. What a user may not do, the server tells the connection and not the request, which merely times out: when
 * the server has refused a subject, the error ends with that instead. Returns -1. `tape` may be NULL. */
int tape_explain(struct tape *tape, struct error *error);

/* Any thread: each change of state is put into the inbox from now on (at most 16 inboxes); the present state at once.
 */
void tape_notify(struct tape *tape, struct inbox *inbox);
void tape_unnotify(struct tape *tape, struct inbox *inbox);

#endif
