/* The watch over what everything hangs on, a part of the risk rules: a server that was out of reach, or did not answer
 * what was published; consumers that are behind, replicas, leaders, limits, disks, clocks; holes in the market data,
 * and what is wrong with its feeds.
 * Pure; one thread owns a watch.
 *
 * While the server is away nothing can be put on the tape; the screen says so. What was is an alert as soon as it is
 * over: raised with how long it lasted, and cleared when it has not come back. */
#ifndef ENGINE_PLUMBING_WATCH_H
#define ENGINE_PLUMBING_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/plumbing.h"
#include "core/quote.h"
#include "core/server_status.h"
#include "engine/condition.h"
#include "engine/consumer_lag.h"
#include "engine/feed_gaps.h"

enum { PLUMBING_EXCHANGES_MAX = 32 };

struct outage {
    struct condition *condition; /* the table's */
    bool lasts;
    bool is_news;              /* it is over, and not on the tape yet */
    int64_t began_ns, over_ns; /* monotonic */
};

/* What a look at the plumbing met, now or before. */
struct plumbing_item {
    struct condition *condition; /* the table's */
    uint64_t look;               /* at which it was met last */
    int64_t since_ns;            /* monotonic, of a leader: when it was missed first; 0: it is there */
};

struct exchange_gaps {
    char exchange[EXCHANGE_SIZE];
    struct condition *condition; /* the table's */
    struct feed_gaps gaps;
};

struct plumbing_watch {
    struct conditions *conditions; /* the owner's */
    const struct risk_config *config;
    struct outage away, silent;
    struct consumer_lags lags;
    struct plumbing_item *items; /* owned */
    size_t item_count, item_capacity;
    uint64_t looks; /* taken */
    struct exchange_gaps exchanges[PLUMBING_EXCHANGES_MAX];
    size_t exchange_count;
};

/* `conditions` and `config` must outlive the watch. */
void plumbing_watch_init(struct plumbing_watch *watch, struct conditions *conditions, const struct risk_config *config,
                         int64_t monotonic_ns);
void plumbing_watch_free(struct plumbing_watch *watch);

/* The connection has changed. */
void plumbing_watch_connection(struct plumbing_watch *watch, const struct connection_status *status,
                               int64_t monotonic_ns);

/* A look was taken. What an earlier one met and this one did not is over, unless it saw only a part. */
void plumbing_watch_look(struct plumbing_watch *watch, const struct plumbing *plumbing, int64_t wall_ns,
                         int64_t monotonic_ns);

/* So many quotes of the exchange are found to be missing; fewer than 0: some came late. */
void plumbing_watch_gap(struct plumbing_watch *watch, const char *exchange, int64_t missing, int64_t monotonic_ns);

/* Lets time pass. */
void plumbing_watch_tick(struct plumbing_watch *watch, int64_t wall_ns, int64_t monotonic_ns);

#endif
