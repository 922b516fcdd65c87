/* `tapedeck backtest`: the order checks, the paper exchange, positions and risk on recorded or simulated quotes, in
 * this process, on the clock of the quotes. */
#ifndef APP_BACKTEST_H
#define APP_BACKTEST_H

#include "app/options.h"
#include "core/error.h"

/* Takes quotes from the feeds and requests from the file, or from the command, in the order of their times, and prints
 * the report (with `watch.json` as JSON); writes every event into the file of --events. The same input gives the same
 * bytes. -1 with ERROR_USAGE for a file that cannot be read, ERROR_FAILED for a bad line, a command that fails, or a
 * signal. Call before any thread starts. */
int backtest_run(const struct options *options, struct error *error);

#endif
