/* What the options of `tapedeck record` say. */
#ifndef APP_RECORD_OPTIONS_H
#define APP_RECORD_OPTIONS_H

#include "app/options.h"
#include "core/error.h"

/* Each takes over the text of one option (option_table.h). */
int record_options_output(struct options *options, const char *text, struct error *error);
int record_options_force(struct options *options, const char *text, struct error *error);

/* Once all options have their values: -1 (ERROR_USAGE) when there is no file to write. */
int record_options_check(const struct options *options, struct error *error);

#endif
