/* Who we are to the server: user and password, token, or a credentials file with an NKey. */
#ifndef BUS_TAPE_LOGIN_H
#define BUS_TAPE_LOGIN_H

#include <nats/nats.h>
#include <stdbool.h>

#include "bus/tape.h"
#include "core/error.h"

struct tape_login;

/* Copies what of the options is secret. NULL with ERROR_USAGE when credentials cannot be understood; the sentence holds
 * nothing of them. */
struct tape_login *tape_login_create(const struct tape_options *wanted, struct error *error);

/* Overwrites and frees the copy. The connection that uses it must be gone. NULL is allowed. */
void tape_login_destroy(struct tape_login *login);

/* The login must live as long as the connection: each attempt to connect asks it for a signature. */
natsStatus tape_login_apply(const struct tape_login *login, natsOptions *options);

/* True when an attempt since the last call failed for a signature that nats.c cannot send: the next one may succeed. */
bool tape_login_was_unlucky(struct tape_login *login);

/* The servers of a list with commas or spaces between them; each may carry a login of its own. */
natsStatus tape_login_set_servers(natsOptions *options, const char *urls);

#endif
