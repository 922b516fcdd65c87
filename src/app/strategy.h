/* The command of a backtest: a program that reads events on its standard input and answers each with requests on its
 * standard output. It is told a line and answers with as many lines as it likes and a blank one, before it is told the
 * next: so what it says depends on what it was told, and on nothing else. One thread, which waits for it. */
#ifndef APP_STRATEGY_H
#define APP_STRATEGY_H

#include <stddef.h>

#include "core/error.h"

struct strategy;

/* Starts the command, found by PATH; `words` ends with NULL. A readable `stop_fd` ends every wait. ERROR_FAILED when it
 * cannot be run. */
struct strategy *strategy_start(char **words, int stop_fd, struct error *error);

/* Tells it a line, which ends with a newline. -1 when a signal ended the wait. A command that has closed its input
 * hears nothing more. */
int strategy_tell(struct strategy *strategy, const char *line, size_t length, struct error *error);

enum strategy_word { STRATEGY_LINE, STRATEGY_END_OF_ANSWER, STRATEGY_END_OF_OUTPUT, STRATEGY_FAILED };

/* The next line of its answer, without its newline, good until the next call. FAILED (with the error) for a line of
 * more than 1 MiB, and when a signal ended the wait. */
enum strategy_word strategy_hear(struct strategy *strategy, const char **line, size_t *length, struct error *error);

/* How many lines it has said, blank ones too. */
unsigned long long strategy_lines(const struct strategy *strategy);

/* Ends its input and waits for its end, at most 5 s; then it is ended. ERROR_FAILED when it did not exit with 0. The
 * strategy is freed in any case; NULL is allowed. */
int strategy_end(struct strategy *strategy, struct error *error);

#endif
