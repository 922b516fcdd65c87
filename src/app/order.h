/* `tapedeck order`: places one order on paper and tells what became of it. */
#ifndef APP_ORDER_H
#define APP_ORDER_H

#include "app/options.h"
#include "core/error.h"
#include "engine/orders.h"

/* How long an answer of the order checks and the exchange is waited for. */
enum { ORDER_ANSWER_MS = 5000 };

/* Publishes the order and waits until the exchange has answered, with --wait until it is done; prints it as it stands
 * then. Under --id the tape is read first: an order of this id and content is the answer, and nothing is published.
 *
 * -1 with ERROR_REFUSED (the sentence begins with the code) when a check or the exchange turned it away; ERROR_UNKNOWN
 * when nobody has answered in time, or nobody can tell whether the order is stored; ERROR_FAILED when another order has
 * the id, or a signal ended the wait; ERROR_SERVER when the server cannot be reached. Call before any thread starts. */
int order_run(const struct options *options, struct error *error);

/* Prints the order as a line of text, or of JSON. */
void order_print(const struct order *order, bool json);

/* 0, or -1 with ERROR_REFUSED for an order that was turned away. */
int order_judge(const struct order_book *book, const struct order *order, struct error *error);

#endif
