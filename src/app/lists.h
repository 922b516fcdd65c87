/* `tapedeck orders`, `positions` and `fills`: what the tape holds, read to its present end and printed. */
#ifndef APP_LISTS_H
#define APP_LISTS_H

#include "app/options.h"
#include "core/error.h"

/* Orders: those that are open, with --all also those that are done, oldest first. Positions: the last of each account
 * and symbol, valued at the last quote. Fills: every one that counts, from `watch.from` on. As text, JSON or CSV.
 * ERROR_USAGE for --json with --csv; ERROR_SERVER when the server cannot be reached. Call before any thread starts. */
int lists_run(const struct options *options, struct error *error);

#endif
