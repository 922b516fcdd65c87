/* Signals as a descriptor: SIGTERM, SIGINT and SIGHUP end the program, SIGPIPE never does. */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include <sys/types.h>

#include "core/error.h"

/* Call before any thread starts, so that all inherit the mask. Returns a descriptor that polls readable once one of
 * the ending signals has come (it is never read, so it stays readable), or -1. */
int signals_open(struct error *error);

/* The next signal that came, and by whom it was sent; 0: none. */
int signals_take(int fd, uid_t *sender);

#endif
