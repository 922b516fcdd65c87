/* The keys of [risk]: one table of names, kinds and places. */
#include "engine/risk_config.h"

#include <stddef.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/settings.h"
#include "engine/wide.h"

enum kind {
    KIND_MONEY,
    KIND_LIMIT, /* money or off */
    KIND_DURATION,
    KIND_DURATION_OR_OFF,   /* off is 0 */
    KIND_DURATION_A_SECOND, /* at least one second */
    KIND_SHARE,             /* above 0, at most 100 % */
    KIND_SHARE_OR_OFF,      /* off is 0 */
    KIND_COUNT,
    KIND_COUNT_OR_OFF, /* off is 0 */
    KIND_SWITCH,
    KIND_CURRENCY,
};

#define AT(member) offsetof(struct risk_config, member)

static const struct key {
    const char *name;
    enum kind kind;
    size_t offset;
} keys[] = {
    {"starting_cash", KIND_MONEY, AT(starting_cash)},
    {"base_currency", KIND_CURRENCY, AT(rates.base)},
    {"gross_exposure", KIND_LIMIT, AT(gross_limit)},
    {"net_exposure", KIND_LIMIT, AT(net_limit)},
    {"daily_loss", KIND_LIMIT, AT(daily_loss_limit)},
    {"all_gross_exposure", KIND_LIMIT, AT(all_gross_limit)},
    {"all_net_exposure", KIND_LIMIT, AT(all_net_limit)},
    {"all_daily_loss", KIND_LIMIT, AT(all_daily_loss_limit)},
    {"limit_warning", KIND_SHARE, AT(limit_warning)},
    {"clear_level", KIND_SHARE, AT(clear_level)},
    {"raise_hold", KIND_DURATION, AT(raise_hold_ns)},
    {"clear_hold", KIND_DURATION, AT(clear_hold_ns)},
    {"stale_quote", KIND_DURATION_OR_OFF, AT(stale_warning_ns)},
    {"stale_gaps", KIND_COUNT, AT(stale_gaps)},
    {"stale_critical", KIND_DURATION, AT(stale_critical_ns)},
    {"locked_crossed", KIND_SWITCH, AT(locked_crossed)},
    {"spread_blowout", KIND_SWITCH, AT(spread_blowout)},
    {"spread_warning", KIND_COUNT, AT(spread_warning)},
    {"spread_critical", KIND_COUNT, AT(spread_critical)},
    {"spread_ticks", KIND_COUNT, AT(spread_ticks)},
    {"volatility", KIND_SWITCH, AT(volatility)},
    {"volatility_warning", KIND_COUNT, AT(volatility_warning)},
    {"volatility_critical", KIND_COUNT, AT(volatility_critical)},
    {"price_spike", KIND_SWITCH, AT(price_spike)},
    {"spike_warning", KIND_COUNT, AT(spike_warning)},
    {"spike_critical", KIND_COUNT, AT(spike_critical)},
    {"concentration_warning", KIND_SHARE_OR_OFF, AT(concentration_warning)},
    {"concentration_critical", KIND_SHARE, AT(concentration_critical)},
    {"concentration_from", KIND_SHARE, AT(concentration_from)},
    {"drawdown_warning", KIND_SHARE_OR_OFF, AT(drawdown_warning)},
    {"drawdown_critical", KIND_SHARE, AT(drawdown_critical)},
    {"var_warning", KIND_SHARE_OR_OFF, AT(var_warning)},
    {"var_critical", KIND_SHARE, AT(var_critical)},
    {"var_step", KIND_DURATION_A_SECOND, AT(var_step_ns)},
    {"var_horizon", KIND_DURATION_A_SECOND, AT(var_horizon_ns)},
    {"exposure_period", KIND_DURATION_A_SECOND, AT(exposure_period_ns)},
    {"outage_warning", KIND_DURATION, AT(outage_warning_ns)},
    {"outage_critical", KIND_DURATION, AT(outage_critical_ns)},
    {"lag_warning", KIND_DURATION_OR_OFF, AT(lag_warning_ns)},
    {"lag_critical", KIND_DURATION, AT(lag_critical_ns)},
    {"replica_lag_warning", KIND_COUNT_OR_OFF, AT(replica_lag_warning)},
    {"replica_lag_critical", KIND_COUNT, AT(replica_lag_critical)},
    {"stream_limit_warning", KIND_SHARE_OR_OFF, AT(stream_limit_warning)},
    {"stream_limit_critical", KIND_SHARE, AT(stream_limit_critical)},
    {"disk_warning", KIND_SHARE_OR_OFF, AT(disk_warning)},
    {"disk_critical", KIND_SHARE, AT(disk_critical)},
    {"clock_warning", KIND_DURATION_OR_OFF, AT(clock_warning_ns)},
    {"clock_critical", KIND_DURATION, AT(clock_critical_ns)},
    {"feed_gap_warning", KIND_COUNT_OR_OFF, AT(feed_gap_warning)},
    {"feed_gap_critical", KIND_COUNT, AT(feed_gap_critical)},
};

void risk_config_init(struct risk_config *config)
{
    *config = (struct risk_config){
        .account = "SIM-1",
        .starting_cash = 1000000 * MONEY_ONE,
        .gross_limit = 1000000 * MONEY_ONE,
        .net_limit = MONEY_NONE,
        .daily_loss_limit = 10000 * MONEY_ONE,
        .all_gross_limit = MONEY_NONE,
        .all_net_limit = MONEY_NONE,
        .all_daily_loss_limit = MONEY_NONE,
        .limit_warning = 8000 * BASIS_POINT,
        .clear_level = 9000 * BASIS_POINT,
        .raise_hold_ns = 500 * NS_PER_MS,
        .clear_hold_ns = 5 * NS_PER_SECOND,
        .stale_warning_ns = 5 * NS_PER_SECOND,
        .stale_gaps = 10,
        .stale_critical_ns = 30 * NS_PER_SECOND,
        .locked_crossed = true,
        .spread_blowout = true,
        .spread_warning = 5,
        .spread_critical = 20,
        .spread_ticks = 2,
        .volatility = true,
        .volatility_warning = 3,
        .volatility_critical = 5,
        .price_spike = true,
        .spike_warning = 10,
        .spike_critical = 15,
        .concentration_warning = 4000 * BASIS_POINT,
        .concentration_critical = 6000 * BASIS_POINT,
        .concentration_from = 1000 * BASIS_POINT,
        .drawdown_warning = 500 * BASIS_POINT,
        .drawdown_critical = 1000 * BASIS_POINT,
        .var_warning = 500 * BASIS_POINT,
        .var_critical = 1000 * BASIS_POINT,
        .var_step_ns = 10 * NS_PER_SECOND,
        .var_horizon_ns = NS_PER_DAY,
        .exposure_period_ns = NS_PER_SECOND,
        .outage_warning_ns = 3 * NS_PER_SECOND,
        .outage_critical_ns = 30 * NS_PER_SECOND,
        .lag_warning_ns = 10 * NS_PER_SECOND,
        .lag_critical_ns = 60 * NS_PER_SECOND,
        .replica_lag_warning = 10000,
        .replica_lag_critical = 100000,
        .stream_limit_warning = 8000 * BASIS_POINT,
        .stream_limit_critical = 9500 * BASIS_POINT,
        .disk_warning = 9000 * BASIS_POINT,
        .disk_critical = 9700 * BASIS_POINT,
        .clock_warning_ns = 500 * NS_PER_MS,
        .clock_critical_ns = 2 * NS_PER_SECOND,
        .feed_gap_warning = 1,
        .feed_gap_critical = 100,
    };
    rates_config_init(&config->rates);
}

static int set_count(const char *key, const char *text, int64_t *count, struct error *error)
{
    int64_t value;
    if (!decimal_parse(text, strlen(text), 0, &value) || value < 1 || value > 1000000)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is no whole number from 1 to 1000000", key, text);
    *count = value;
    return 0;
}

static int set_switch(const char *key, const char *text, bool *on, struct error *error)
{
    if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is neither on nor off", key, text);
    *on = text[1] == 'n';
    return 0;
}

static int set_share(const char *key, const char *text, int64_t *share, struct error *error)
{
    int64_t value;
    if (setting_basis_points(key, text, &value, error) != 0)
        return -1;
    if (value <= 0 || value > BASIS_POINTS_WHOLE)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is not above 0 and at most 100%%", key, text);
    *share = value;
    return 0;
}

static int set_duration(const struct key *key, const char *text, int64_t *duration_ns, struct error *error)
{
    int64_t value;
    if (setting_duration(key->name, text, &value, error) != 0)
        return -1;
    if (key->kind == KIND_DURATION_A_SECOND && value < NS_PER_SECOND)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is less than 1s", key->name, text);
    *duration_ns = value;
    return 0;
}

static int set_currency(const char *key, const char *text, char *currency, struct error *error)
{
    if (!text_is_id(text, strlen(text), CURRENCY_SIZE - 1))
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is no currency; write one like USD", key, text);
    text_copy(currency, CURRENCY_SIZE, text);
    return 0;
}

/* A number whose 0 says that nothing is watched. */
static bool may_be_off(enum kind kind)
{
    return kind == KIND_DURATION_OR_OFF || kind == KIND_SHARE_OR_OFF || kind == KIND_COUNT_OR_OFF;
}

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    }
    return NULL;
}

bool risk_config_may_change(const char *name, const char *value, const char *old)
{
    const struct key *key = find_key(name);
    return key != NULL && key->kind != KIND_SWITCH && key->kind != KIND_CURRENCY && strcmp(value, "off") != 0 &&
           strcmp(old, "off") != 0 && strcmp(name, "starting_cash") != 0 && strcmp(name, "var_step") != 0;
}

int risk_config_set(struct risk_config *config, const char *name, const char *value, struct error *error)
{
    const struct key *key = find_key(name);
    if (key == NULL)
        return error_set(error, ERROR_USAGE, "[risk] has no key \"%s\"", name);
    void *place = (char *)config + key->offset;
    bool is_off = strcmp(value, "off") == 0;
    if (is_off && may_be_off(key->kind)) {
        *(int64_t *)place = 0;
        return 0;
    }
    switch (key->kind) {
    case KIND_LIMIT:
        if (is_off) {
            *(int128 *)place = MONEY_NONE;
            return 0;
        }
        return setting_money(name, value, place, error);
    case KIND_MONEY:
        return setting_money(name, value, place, error);
    case KIND_DURATION_OR_OFF:
    case KIND_DURATION:
    case KIND_DURATION_A_SECOND:
        return set_duration(key, value, place, error);
    case KIND_SHARE_OR_OFF:
    case KIND_SHARE:
        return set_share(name, value, place, error);
    case KIND_COUNT_OR_OFF:
    case KIND_COUNT:
        return set_count(name, value, place, error);
    case KIND_SWITCH:
        return set_switch(name, value, place, error);
    case KIND_CURRENCY:
        return set_currency(name, value, place, error);
    }
    return -1;
}

int128 risk_config_clear_level(const struct risk_config *config, int128 level)
{
    return wide_round(wide_share(wide_of(level), (uint64_t)config->clear_level, (uint64_t)BASIS_POINTS_WHOLE));
}
