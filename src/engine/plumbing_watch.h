/* The watch over what this process hangs on, a part of the risk rules: a server that was out of reach, and one that did
 * not answer what was published. Pure; one thread owns a watch.
 *
 * While it lasts nothing can be put on the tape; the screen says so. What was is an alert as soon as it is over: raised
 * with how long it lasted, and cleared when it has not come back. */
#ifndef ENGINE_PLUMBING_WATCH_H
#define ENGINE_PLUMBING_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/server_status.h"
#include "engine/condition.h"

struct outage {
    struct condition *condition; /* the table's */
    bool lasts;
    bool is_news;              /* it is over, and not on the tape yet */
    int64_t began_ns, over_ns; /* monotonic */
};

struct plumbing_watch {
    struct outage away, silent;
};

void plumbing_watch_init(struct plumbing_watch *watch, struct conditions *conditions, int64_t monotonic_ns);

/* The connection has changed. */
void plumbing_watch_connection(struct plumbing_watch *watch, const struct connection_status *status,
                               int64_t monotonic_ns);

/* Lets time pass. */
void plumbing_watch_tick(struct plumbing_watch *watch, int64_t wall_ns, int64_t monotonic_ns);

#endif
