/* `tapedeck record`: writes the messages of a stream into a file, one line of JSON each, as they come or from the past.
 * What is recorded of market data, `--feed recording:FILE` plays. */
#ifndef APP_RECORD_H
#define APP_RECORD_H

#include "app/options.h"
#include "core/error.h"

/* Records until `options->watch.count` lines are written, the stretch that was asked for is over, or SIGINT, SIGTERM or
 * SIGHUP comes: 0, with a line on standard error that says how much there is. Without --from and --to: what comes; with
 * --from alone: the past up to its present end; with a --to that lies in the future: until then. -1 with ERROR_USAGE
 * for a pattern that is none or a file that exists, ERROR_SERVER when the server cannot be reached or is gone for good,
 * ERROR_FAILED when the file cannot be written. Call before any thread starts. */
int record_run(const struct options *options, struct error *error);

#endif
