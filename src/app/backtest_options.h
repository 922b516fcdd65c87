/* What `tapedeck backtest` takes from the command line: the values of its options, and its words. Each returns 0, or -1
 * with a sentence (ERROR_USAGE). */
#ifndef APP_BACKTEST_OPTIONS_H
#define APP_BACKTEST_OPTIONS_H

#include "app/options.h"

int backtest_options_orders(struct options *options, const char *text, struct error *error);
int backtest_options_events(struct options *options, const char *text, struct error *error);

/* Takes a copy of the command, when all options have their values. `words` ends with NULL and may be NULL: no command.
 * Either there is one or a file of orders. */
int backtest_options_take_words(struct options *options, char **words, struct error *error);

#endif
