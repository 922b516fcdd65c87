/* What the risk rules watch for. Filled once from the configuration's section [risk], read afterwards. Pure. */
#ifndef ENGINE_RISK_CONFIG_H
#define ENGINE_RISK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decimal.h"
#include "core/error.h"
#include "core/quote.h"
#include "engine/rates.h"

struct risk_config {
    char account[ACCOUNT_SIZE]; /* has an exposure on the tape also before its first position; "": none */
    struct rates_config rates;  /* the base currency, and what others are worth in it */
    int128 starting_cash;       /* money */
    int128 gross_limit, net_limit, daily_loss_limit; /* of an account; money; MONEY_NONE: no limit, no alert */
    int128 all_gross_limit, all_net_limit, all_daily_loss_limit; /* of all accounts together, likewise */
    int64_t limit_warning;    /* share of a limit that warns, 1e-6 basis points (settings.h); critical at 100 % */
    int64_t clear_level;      /* share of the level that raised an alert below which it clears, likewise */
    int64_t raise_hold_ns;    /* so long a condition must last before it is raised (not for stale quotes) */
    int64_t clear_hold_ns;    /* and be over before it is cleared */
    int64_t stale_warning_ns; /* age of a quote, at least; 0: not watched */
    int64_t stale_gaps;       /* and this many times the median time between its updates */
    int64_t stale_critical_ns;
    bool locked_crossed;                             /* watched */
    bool spread_blowout;                             /* watched */
    int64_t spread_warning, spread_critical;         /* times the median spread */
    int64_t spread_ticks;                            /* and at least so many ticks */
    bool volatility, price_spike;                    /* watched */
    int64_t volatility_warning, volatility_critical; /* times the median */
    int64_t spike_warning, spike_critical;           /* times the volatility of a second */
    /* Shares, 1e-6 basis points; a warning of 0 switches the rule off. */
    int64_t concentration_warning, concentration_critical;
    int64_t concentration_from; /* share of the equity below which the gross exposure is too small to matter */
    int64_t drawdown_warning, drawdown_critical;
    int64_t var_warning, var_critical; /* of the equity */
    int64_t var_step_ns;               /* length of a step of the returns */
    int64_t var_horizon_ns;            /* that the loss of a step is scaled to, by the root of time */
    int64_t exposure_period_ns;        /* between two exposures of an account on the tape */
    /* The plumbing; of those that may be off a warning of 0 says so. */
    int64_t outage_warning_ns, outage_critical_ns;       /* server away, no answers, no leader */
    int64_t lag_warning_ns, lag_critical_ns;             /* of a consumer */
    int64_t replica_lag_warning, replica_lag_critical;   /* messages */
    int64_t stream_limit_warning, stream_limit_critical; /* share of a limit, 1e-6 basis points */
    int64_t disk_warning, disk_critical;                 /* share in use, likewise */
    int64_t clock_warning_ns, clock_critical_ns;         /* off the server's */
    int64_t feed_gap_warning, feed_gap_critical;         /* quotes missing in a minute */
};

/* The defaults: starting cash 1,000,000 USD, gross exposure 1,000,000, no limit of net exposure, daily loss 10,000, no
 * limits of all accounts together; the others stand in brackets below. */
void risk_config_init(struct risk_config *config);

/* Sets one key from the text of the configuration; -1 for an unknown key or a bad value (ERROR_USAGE).
 *
 *   starting_cash     money
 *   base_currency     e.g. USD
 *   gross_exposure    money or off: limit of the sum of |value|
 *   net_exposure      money or off: limit of |sum of values|
 *   daily_loss        money or off
 *   all_gross_exposure, all_net_exposure, all_daily_loss
 *                     the same limits of all accounts together
 *   limit_warning     1bp to 100%: share of a limit that warns (80%)
 *   clear_level       1bp to 100%: share of the level that raised an alert below which it clears (90%)
 *   raise_hold        duration (500ms)
 *   clear_hold        duration (5s)
 *   stale_quote       duration or off (5s)
 *   stale_gaps        1 to 1000000 (10)
 *   stale_critical    duration (30s)
 *   locked_crossed    on or off
 *   spread_blowout    on or off
 *   spread_warning    1 to 1000000 (5)
 *   spread_critical   1 to 1000000 (20)
 *   spread_ticks      1 to 1000000 (2)
 *   volatility        on or off
 *   volatility_warning, volatility_critical
 *                     1 to 1000000 (3, 5)
 *   price_spike       on or off
 *   spike_warning, spike_critical
 *                     1 to 1000000 (10, 15)
 *   concentration_warning, concentration_critical
 *                     1bp to 100%: share of the gross exposure (40%, 60%); a warning of off: not watched
 *   concentration_from
 *                     1bp to 100% of the equity: a smaller gross exposure is not watched (10%)
 *   drawdown_warning, drawdown_critical
 *                     1bp to 100% of the peak of the equity, or off (5%, 10%)
 *   var_warning, var_critical
 *                     1bp to 100% of the equity, or off (5%, 10%)
 *   var_step          duration, at least 1s (10s)
 *   var_horizon       duration, at least 1s (24h)
 *   exposure_period   duration, at least 1s (1s)
 *   outage_warning, outage_critical
 *                     duration (3s, 30s): of a server or a stream's leader that is away
 *   lag_warning, lag_critical
 *                     duration or off (10s, 1m): how long a consumer is behind
 *   replica_lag_warning, replica_lag_critical
 *                     1 to 1000000 messages, or off (10000, 100000)
 *   stream_limit_warning, stream_limit_critical
 *                     1bp to 100% of what a stream that refuses more may hold, or off (80%, 95%)
 *   disk_warning, disk_critical
 *                     1bp to 100% of the storage, or off (90%, 97%)
 *   clock_warning, clock_critical
 *                     duration or off (500ms, 2s): how far a machine's clock is off the server's
 *   feed_gap_warning, feed_gap_critical
 *                     1 to 1000000 quotes of an exchange missing within a minute, or off (1, 100) */
int risk_config_set(struct risk_config *config, const char *key, const char *value, struct error *error);

/* False for a change that holds only from a start on: of a key that is read once, or one that switches a rule on or
 * off.
 */
bool risk_config_may_change(const char *key, const char *value, const char *old);

/* The level at or above which a raised alert stays raised, for one that is raised at `level` (not negative). */
int128 risk_config_clear_level(const struct risk_config *config, int128 level);

#endif
