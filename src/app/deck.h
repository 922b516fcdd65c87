/* The deck: everything that one process carries, put together and taken apart again. */
#ifndef APP_DECK_H
#define APP_DECK_H

#include "app/options.h"
#include "core/error.h"

/* Starts server, tape, services and feeds as the options say, shows the screen or waits headless until the user
 * leaves or a signal ends the program, and ends everything in order. */
int deck_run(const struct options *options, struct error *error);

#endif
