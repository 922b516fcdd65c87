/* `tapedeck halt`, `reduce` and `resume`: change the trading state and wait for what proves that it holds. */
#ifndef APP_STATE_H
#define APP_STATE_H

#include "app/options.h"

/* Publishes the state and reads ORDERS until it has it. A halt is done when no order of its scope works any more, and
 * the tape was read to its end behind that: each step is printed with the ORDERS sequence that proves it. 0 when that
 * was so; -1 with ERROR_UNKNOWN when the state is stored and the rest was not seen in time. */
int state_run(const struct options *options, struct error *error);

/* The word behind `halt`, `reduce`, `resume` and `flatten`: nothing (everything), `*`, an account, or
 * `<account>/<symbol>`. `words` ends with NULL and may be NULL. */
int state_take_words(struct options *options, char **words, struct error *error);

#endif
