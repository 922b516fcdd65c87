/* `tapedeck streams`: the streams as they are beside what is configured, and who holds which role. */
#ifndef APP_STREAMS_H
#define APP_STREAMS_H

#include "app/options.h"
#include "bus/stream.h"
#include "core/error.h"

/* Prints each stream and what differs; with --apply changes that first, as far as the server changes it; with --leases
 * prints the holders of the roles instead. 0 when all streams are as configured (then). -1 with ERROR_FAILED when one
 * differs or is missing, ERROR_SERVER when the server cannot be reached, ERROR_USAGE when --apply and --leases are
 * given together. Blocks up to 5 s per request. Call before any thread starts. */
int streams_run(const struct options *options, struct error *error);

/* The streams as these options want them: STREAM_DEFAULT_COUNT, in the order of STREAM_DEFAULTS. The caller frees them.
 */
struct stream_config *streams_wanted(const struct options *options);

#endif
