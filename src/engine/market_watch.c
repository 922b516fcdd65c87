/* The rules about one instrument's quotes. A quote costs two comparisons and at most two additions to a median. */
#include "engine/market_watch.h"

#include <math.h>

#include "core/timestamp.h"

enum {
    UPDATES_MIN = 5, /* an instrument with fewer live quotes since the start is not expected to go on */
    GAPS_MIN = 4,
    SPREADS_MIN = 8, /* before that the median says nothing */
};

#define SPREAD_SAMPLE_NS NS_PER_SECOND
#define STALE_MARK_NS    (5 * NS_PER_SECOND) /* freshness of marks while stale quotes are not watched */

void market_watch_init(struct market_watch *watch, const struct market *market, const struct instruments *instruments,
                       const struct risk_config *config, struct conditions *conditions, int64_t monotonic_ns)
{
    const char *exchange = market->quote.exchange, *symbol = market->quote.symbol;
    const struct instrument *instrument = instruments_find(instruments, exchange, symbol);
    *watch = (struct market_watch){.market = market, .tick = instrument != NULL ? instrument->tick : 0};
    if (config->stale_warning_ns > 0)
        watch->stale = conditions_get(conditions, RULE_STALE_QUOTE, "", exchange, symbol, monotonic_ns);
    if (config->locked_crossed)
        watch->crossed = conditions_get(conditions, RULE_LOCKED_CROSSED, "", exchange, symbol, monotonic_ns);
    if (config->spread_blowout)
        watch->spread = conditions_get(conditions, RULE_SPREAD_BLOWOUT, "", exchange, symbol, monotonic_ns);
    if (config->volatility)
        watch->volatile_price = conditions_get(conditions, RULE_VOLATILITY, "", exchange, symbol, monotonic_ns);
    if (config->price_spike)
        watch->spike = conditions_get(conditions, RULE_PRICE_SPIKE, "", exchange, symbol, monotonic_ns);
}

int64_t market_watch_stale_after_ns(const struct market_watch *watch, const struct risk_config *config)
{
    int64_t least = config->stale_warning_ns > 0 ? config->stale_warning_ns : STALE_MARK_NS, slow;
    if (watch->gaps.count < GAPS_MIN ||
        __builtin_mul_overflow(rolling_median_value(&watch->gaps), config->stale_gaps, &slow))
        return least;
    return slow > least ? slow : least;
}

/* Both sides are there, so that comparing them means something. */
static bool has_both_sides(const struct quote *quote)
{
    return quote->bid_size != 0 && quote->ask_size != 0 && quote->status == QUOTE_OPEN;
}

static void observe_stale(struct market_watch *watch, const struct risk_config *config, int64_t wall_ns,
                          int64_t monotonic_ns)
{
    int64_t age_ns = market_age_ns(watch->market, monotonic_ns);
    int64_t warning_ns = market_watch_stale_after_ns(watch, config);
    int64_t critical_ns = config->stale_critical_ns > warning_ns ? config->stale_critical_ns : warning_ns;
    /* What could not come is not late; but an alert that stands is not over by that. */
    int64_t late_ns = age_ns, expected_ns = monotonic_ns - watch->expected_ns;
    if (expected_ns < late_ns && condition_standing(watch->stale) == NO_SEVERITY)
        late_ns = expected_ns;
    enum severity severity = late_ns >= critical_ns  ? SEVERITY_CRITICAL
                             : late_ns >= warning_ns ? SEVERITY_WARNING
                                                     : NO_SEVERITY;
    /* What never moved here, or may not move now, is not late; but an alert that stands does not clear by that. */
    bool is_expected = watch->live_updates >= UPDATES_MIN && watch->market->quote.status != QUOTE_HALTED;
    if (!is_expected && condition_standing(watch->stale) == NO_SEVERITY)
        severity = NO_SEVERITY;
    const int128 second = MONEY_ONE / NS_PER_SECOND; /* value of a nanosecond, 1e-17 s */
    struct observation observation = {.reached = severity, .kept = severity, .value = age_ns * second};
    observation.limits[SEVERITY_WARNING] = warning_ns * second;
    observation.limits[SEVERITY_CRITICAL] = critical_ns * second;
    condition_observe(watch->stale, &observation, wall_ns, monotonic_ns);
}

static void observe_crossed(struct market_watch *watch, int128 spread, int64_t wall_ns, int64_t monotonic_ns)
{
    enum severity severity = NO_SEVERITY;
    if (has_both_sides(&watch->market->quote) && spread <= 0)
        severity = spread < 0 ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    struct observation observation = {.reached = severity, .kept = severity, .value = spread * QUANTITY_ONE};
    condition_observe(watch->crossed, &observation, wall_ns, monotonic_ns);
}

/* A level of `factor` medians, at least the configured number of ticks. */
static int128 spread_level(const struct market_watch *watch, const struct risk_config *config, int64_t factor)
{
    int128 level = (int128)rolling_median_value(&watch->spreads) * factor;
    int128 least = (int128)watch->tick * config->spread_ticks;
    return level > least ? level : least;
}

static void observe_spread(struct market_watch *watch, const struct risk_config *config, int128 spread, int64_t wall_ns,
                           int64_t monotonic_ns)
{
    bool measured = has_both_sides(&watch->market->quote) && watch->spreads.count >= SPREADS_MIN && spread > 0 &&
                    rolling_median_value(&watch->spreads) > 0;
    if (!measured) {
        condition_observe(watch->spread, &(struct observation){.value = spread * QUANTITY_ONE}, wall_ns, monotonic_ns);
        return;
    }
    condition_observe_value(watch->spread, config, spread * QUANTITY_ONE,
                            spread_level(watch, config, config->spread_warning) * QUANTITY_ONE,
                            spread_level(watch, config, config->spread_critical) * QUANTITY_ONE, wall_ns, monotonic_ns);
}

/* Times of what is usual, as a ratio in 1e-17; 0 while that is not known. */
static int128 ratio_of(double value, double usual)
{
    return usual > 0 ? (int128)fmin(value / usual * (double)PRICE_ONE, (double)INT64_MAX) * QUANTITY_ONE : 0;
}

static void observe_moves(struct market_watch *watch, const struct risk_config *config, int64_t price, int64_t wall_ns,
                          int64_t monotonic_ns)
{
    struct volatility *moves = &watch->moves;
    double sigma = volatility_sigma(moves, watch->tick);
    if (watch->spike != NULL)
        condition_observe_value(watch->spike, config, ratio_of(volatility_move(moves, price), sigma),
                                config->spike_warning * MONEY_ONE, config->spike_critical * MONEY_ONE, wall_ns,
                                monotonic_ns);
    if (!volatility_sample(moves, price, monotonic_ns) || watch->volatile_price == NULL)
        return;
    int128 ratio = ratio_of(volatility_sigma(moves, watch->tick), volatility_median(moves, watch->tick));
    condition_observe_value(watch->volatile_price, config, ratio, config->volatility_warning * MONEY_ONE,
                            config->volatility_critical * MONEY_ONE, wall_ns, monotonic_ns);
}

/* A price that is stale, crossed or one-sided is none; what comes after it is no move from what was before. */
static void measure_moves(struct market_watch *watch, const struct risk_config *config, int64_t wall_ns,
                          int64_t monotonic_ns)
{
    if (watch->live_updates > 0 &&
        market_is_tradable(watch->market, monotonic_ns, market_watch_stale_after_ns(watch, config))) {
        observe_moves(watch, config, market_mid(watch->market), wall_ns, monotonic_ns);
        return;
    }
    volatility_pause(&watch->moves);
    if (watch->spike != NULL)
        condition_observe(watch->spike, &(struct observation){0}, wall_ns, monotonic_ns);
}

static void measure_gap(struct market_watch *watch, int64_t age_ns, int64_t monotonic_ns)
{
    if (age_ns > 0)
        return; /* history: it says nothing about how often quotes come now */
    if (watch->live_updates++ > 0)
        rolling_median_add(&watch->gaps, monotonic_ns - watch->last_live_ns);
    watch->last_live_ns = monotonic_ns;
}

static void measure_spread(struct market_watch *watch, int128 spread, int64_t monotonic_ns)
{
    if (!has_both_sides(&watch->market->quote) || spread < 0 || spread > INT64_MAX)
        return;
    if (watch->spreads.count > 0 && monotonic_ns - watch->last_sample_ns < SPREAD_SAMPLE_NS)
        return;
    rolling_median_add(&watch->spreads, (int64_t)spread);
    watch->last_sample_ns = monotonic_ns;
}

void market_watch_fold(struct market_watch *watch, const struct risk_config *config, int64_t age_ns, int64_t wall_ns,
                       int64_t monotonic_ns)
{
    int128 spread = (int128)watch->market->quote.ask - watch->market->quote.bid;
    measure_gap(watch, age_ns, monotonic_ns);
    if (watch->stale != NULL)
        observe_stale(watch, config, wall_ns, monotonic_ns);
    if (watch->crossed != NULL)
        observe_crossed(watch, spread, wall_ns, monotonic_ns);
    if (watch->spread != NULL)
        observe_spread(watch, config, spread, wall_ns, monotonic_ns);
    measure_spread(watch, spread, monotonic_ns);
    measure_moves(watch, config, wall_ns, monotonic_ns);
}

void market_watch_tick(struct market_watch *watch, const struct risk_config *config, int64_t wall_ns,
                       int64_t monotonic_ns)
{
    if (watch->stale != NULL)
        observe_stale(watch, config, wall_ns, monotonic_ns);
    measure_moves(watch, config, wall_ns, monotonic_ns);
}

void market_watch_decide(const struct market_watch *watch, const struct risk_config *config, int64_t wall_ns,
                         int64_t monotonic_ns, struct proposals *out)
{
    const struct condition *conditions[] = {watch->stale, watch->crossed, watch->spread, watch->volatile_price,
                                            watch->spike};
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        if (conditions[i] != NULL)
            condition_decide(conditions[i], config, wall_ns, monotonic_ns, out);
    }
}
