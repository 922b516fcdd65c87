/* `tapedeck publish`: publishes lines of JSON from standard input, each acknowledged by its stream. */
#ifndef APP_PUBLISH_H
#define APP_PUBLISH_H

#include "app/options.h"
#include "core/error.h"

/* Publishes each line, a JSON object, as it is: on `options->publish.subject`, or on the subject that stands in its
 * member `subject`. For each that is stored, `LINE SEQUENCE` is printed, the number of the line and its sequence in the
 * stream. An event of docs/wire.md has the id that belongs to it; others get one of their own, so that a line can be
 * sent again until it is known to be stored, and is stored once.
 *
 * Ends with the input, or with SIGINT, SIGTERM or SIGHUP when what was read is answered, at most 5 s later: 0. At the
 * first line that is bad (ERROR_USAGE) or refused (ERROR_FAILED) nothing more is read; ERROR_UNKNOWN when the fate of a
 * line is not known, and ERROR_FAILED when no stream took it for 30 s; ERROR_SERVER when the server cannot be reached
 * or is gone for good. Call before any thread starts. */
int publish_run(const struct options *options, struct error *error);

#endif
