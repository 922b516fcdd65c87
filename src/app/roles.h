/* The services of this process: the roles it plays, their states and their threads. */
#ifndef APP_ROLES_H
#define APP_ROLES_H

#include <stdbool.h>

#include "app/http_access.h"
#include "app/options.h"
#include "bus/outbox.h"
#include "bus/publisher.h"
#include "bus/tape.h"
#include "core/error.h"
#include "core/process_status.h"

struct roles;

/* Starts the services among the roles of `options` (feed and ui are none). `outbox` is for what clients
 * ask for, `http` are the gateway's secrets, `identity`
 * the process's for leases (bus/lease.h). NULL when one cannot start (ERROR_IN_USE: the gateway's address is taken);
 * then none runs. The options outlive the services. */
struct roles *roles_start(const struct options *options, struct tape *tape, struct publisher *publisher,
                          struct outbox *outbox, const struct http_access *http, const char *identity,
                          struct error *error);

/* Ends them against the direction in which orders travel. NULL is allowed. */
void roles_stop(struct roles *roles);

/* The port that the gateway listens on; 0 without a gateway. */
int roles_gateway_port(const struct roles *roles);

/* Any thread: adds the inbox of each service. */
void roles_put_queues(const struct roles *roles, struct process_status *status);

/* True when every service is ready and each role is decided by somebody, here or in another process: orders are taken
 * and answered. Any thread. */
bool roles_live(const struct roles *roles);

#endif
