/* `tapedeck work`: runs a command for each message of a stream, as a worker of a durable consumer. */
#ifndef APP_WORK_H
#define APP_WORK_H

#include "app/options.h"
#include "core/error.h"

/* Works one message at a time until SIGINT, SIGTERM or SIGHUP comes; the command under way is waited for: 0. The
 * command gets the payload on standard input, and TAPEDECK_SUBJECT, TAPEDECK_STREAM, TAPEDECK_SEQUENCE and
 * TAPEDECK_DELIVERY (which delivery this is, from 1) in its environment. It exits with 0: done; 75: not now; anything
 * else: failed. What is not done comes again after 5 s; what has failed three times is a dead letter. -1 with
 * ERROR_SERVER when the server cannot be reached or is gone for good, ERROR_FAILED when the command cannot be started.
 * Call before any thread starts. */
int work_run(const struct options *options, struct error *error);

#endif
