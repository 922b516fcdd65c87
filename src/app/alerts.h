/* `tapedeck alerts` and `tapedeck ack`: what is wrong, and that somebody has seen it. */
#ifndef APP_ALERTS_H
#define APP_ALERTS_H

#include "app/options.h"

/* Prints the alerts in the order in which a person should look at them: those that are raised or not acknowledged, or
 * all. Of a rule that has many there is one line with their number, unless all are asked for or lines of JSON. Then,
 * with `follow`, every alert whenever it changes, until a signal. */
int alerts_run(const struct options *options, struct error *error);

/* Acknowledges, shelves or unshelves one alert or all that nobody has acknowledged, and prints what they are then. */
int alerts_run_ack(const struct options *options, struct error *error);

/* The word behind `ack`: the id of an alert, or its beginning. `words` ends with NULL and may be NULL. */
int alerts_take_words(struct options *options, char **words, struct error *error);

#endif
