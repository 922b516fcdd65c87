/* `tapedeck watch`: quotes with their spread, or the events of any stream, on standard output, one line each, as they
 * come or from the past, from any server. */
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include "app/options.h"
#include "core/error.h"

/* Prints until `options->watch.count` lines are out, the past that was asked for is over, SIGINT, SIGTERM or SIGHUP
 * comes, or nobody reads any more: 0. -1 with ERROR_USAGE for a pattern that is none, ERROR_SERVER when the server
 * cannot be reached or is gone for good. Call before any thread starts. */
int watch_run(const struct options *options, struct error *error);

#endif
