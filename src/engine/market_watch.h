/* Watches the quotes of one instrument: stale, locked or crossed, spread blown out, volatile, jumping. Pure.
 *
 * Its measuring state (medians, how often it was updated) is folded from MARKET_DATA and begins anew with every
 * start; which alerts stand is in its conditions. */
#ifndef ENGINE_MARKET_WATCH_H
#define ENGINE_MARKET_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/instrument.h"
#include "engine/condition.h"
#include "engine/quotes.h"
#include "engine/return_history.h"
#include "engine/risk_config.h"
#include "engine/rolling_median.h"
#include "engine/volatility.h"

struct market_watch {
    const struct market *market; /* the table's */
    int64_t tick;                /* price; 0 when the instrument is not in the table */
    /* The table's; NULL when the rule is off. */
    struct condition *stale, *crossed, *spread, *volatile_price, *spike;
    int64_t expected_ns;           /* set by the owner, monotonic: since when quotes can come; while the server is away,
                                      they cannot */
    bool is_held;                  /* set by the owner: the quotes are the mark of a position */
    uint64_t lost_seen;            /* of the market's `lost` */
    uint64_t live_updates;         /* quotes since the start that were new when they were read */
    int64_t last_live_ns;          /* monotonic: the last of them */
    int64_t last_sample_ns;        /* monotonic: the last spread that went into the median */
    struct rolling_median gaps;    /* ns between live updates */
    struct rolling_median spreads; /* one a second at most, price */
    struct volatility moves;       /* of the mid */
    struct return_series *returns; /* set by the owner, which measures them */
};

void market_watch_init(struct market_watch *watch, const struct market *market, const struct instruments *instruments,
                       const struct risk_config *config, struct conditions *conditions, int64_t monotonic_ns);

/* After the market was folded with a quote that had this age. */
void market_watch_fold(struct market_watch *watch, const struct risk_config *config, int64_t age_ns, int64_t wall_ns,
                       int64_t monotonic_ns);

/* Lets time pass. */
void market_watch_tick(struct market_watch *watch, const struct risk_config *config, int64_t wall_ns,
                       int64_t monotonic_ns);

void market_watch_decide(const struct market_watch *watch, const struct risk_config *config, int64_t wall_ns,
                         int64_t monotonic_ns, struct proposals *out);

/* The age from which on a quote of this instrument is stale: the configured one, or longer for an instrument that is
 * slow by nature. */
int64_t market_watch_stale_after_ns(const struct market_watch *watch, const struct risk_config *config);

#endif
