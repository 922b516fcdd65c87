/* `tapedeck cancel` and `tapedeck replace`: ask the exchange to change orders, and tell what it answered. */
#ifndef APP_CHANGE_H
#define APP_CHANGE_H

#include "app/options.h"
#include "core/error.h"

/* Reads ORDERS, publishes a request for the order, with --all for each open order of the account (and symbol), waits
 * for the answers (of a replace with --wait until the order is done), and prints each order as it stands then.
 *
 * -1 with ERROR_REFUSED when a check or the exchange turned the request away; ERROR_UNKNOWN when nobody has answered in
 * time; ERROR_FAILED when there is no such order or it is done already; ERROR_SERVER when the server cannot be reached.
 * Call before any thread starts. */
int change_run(const struct options *options, struct error *error);

#endif
