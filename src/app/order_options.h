/* What `tapedeck order`, `cancel` and `replace` take from the command line: their words, and the values of their
 * options. Each returns 0, or -1 with a sentence (ERROR_USAGE). Pure. */
#ifndef APP_ORDER_OPTIONS_H
#define APP_ORDER_OPTIONS_H

#include "app/options.h"

int order_options_quantity(struct options *options, const char *text, struct error *error);
int order_options_limit(struct options *options, const char *text, struct error *error);
int order_options_stop(struct options *options, const char *text, struct error *error);
int order_options_time_in_force(struct options *options, const char *text, struct error *error);
int order_options_post_only(struct options *options, const char *text, struct error *error);
int order_options_exchange(struct options *options, const char *text, struct error *error);
int order_options_symbol(struct options *options, const char *text, struct error *error);
int order_options_id(struct options *options, const char *text, struct error *error);
int order_options_wait(struct options *options, const char *text, struct error *error);
int order_options_all(struct options *options, const char *text, struct error *error);

/* Before any of these is called: nothing is given. */
void order_options_init(struct options *options);

/* Reads `buy|sell SYMBOL QUANTITY [@PRICE]`, `ID` or, with --all, nothing, when all options have their values. `words`
 * ends with NULL and may be NULL. The type of an order follows from its prices; its exchange, unless one is given, is
 * that of the instrument table. */
int order_options_take_words(struct options *options, char **words, struct error *error);

#endif
