/* The embedded server: a nats-server with JetStream as a child process on a loopback port, for one user.
 *
 * A random token keeps other users of the machine out; it reaches the server in a configuration file of mode 0600. A
 * thread of its own forks the server, starts it again on the same port when it dies, and ends it. The child dies with
 * its parent whatever ends the parent, and holds `server.lock` in the state directory as long as it lives, so that
 * two servers never open one store. */
#ifndef BUS_EMBEDDED_SERVER_H
#define BUS_EMBEDDED_SERVER_H

#include "core/error.h"

struct embedded_server;

/* Starts the server found as `program` (a path, or a name looked up in PATH) on the store in `state_directory`
 * (exists, mode 0700) and waits until it answers, at most 15 s; while an older server on the same store is going, it
 * waits for that. `server_errors` name the missing Debian package, a taken port, a store that cannot be read. */
struct embedded_server *embedded_server_start(const char *program, const char *state_directory, struct error *error);

/* Ends the server with SIGTERM, after 3 s with SIGKILL. NULL is allowed. */
void embedded_server_stop(struct embedded_server *server);

/* `nats://TOKEN@127.0.0.1:PORT`; secret. Owned by the server. */
const char *embedded_server_url(const struct embedded_server *server);

/* `http://127.0.0.1:PORT/PATH` of the monitoring endpoint; secret too: the endpoint has no login but the random PATH,
 * and it shows the token to whoever may read it. Owned by the server. */
const char *embedded_server_monitor_url(const struct embedded_server *server);

/* Process id of the running child; 0 between two of them. For tests and the log. */
int embedded_server_pid(const struct embedded_server *server);

#endif
