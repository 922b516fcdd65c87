/* `tapedeck flatten`: closes every position of a scope, and waits for what proves that it is flat. */
#ifndef APP_FLATTEN_H
#define APP_FLATTEN_H

#include "app/options.h"

/* Asks for the words "flatten SCOPE" on standard input, unless the options say that they go without saying; publishes
 * the request, and prints each step of the order checks (engine/flatten.h) and each closing order as the tape has them.
 * 0 when it is flat. -1: ERROR_FAILED when the words did not come (nothing was sent), somebody ended it, or a signal
 * came; ERROR_UNKNOWN when the request is stored and nothing follows from it in time. */
int flatten_run(const struct options *options, struct error *error);

#endif
