/* A request for a backtest as a line of JSON: what a client would publish on orders.new, orders.cancel, orders.replace
 * or orders.state, with that subject in `subject` (without it: orders.new). Lines of `tapedeck watch --json` are such
 * lines. Pure. */
#ifndef APP_REQUEST_LINE_H
#define APP_REQUEST_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"

struct request_line_defaults {
    const char *account;
    int64_t timestamp_ns; /* for a line without one; 0: there has to be one */
    uint64_t number;      /* makes the request_id of a line that needs one and has none */
};

/* 1 with the request and the time it is made at: `stored` of a line that was on a tape, else its `timestamp`. 0 for a
 * line about another event of the tape, which follows from requests. -1 (ERROR_FAILED) for anything else. */
int request_line_read(struct event *event, int64_t *time_ns, const char *line, size_t length,
                      const struct request_line_defaults *defaults, struct error *error);

#endif
