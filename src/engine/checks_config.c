/* The keys of [checks], in one table with their codes. */
#include "engine/checks_config.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/settings.h"

static const char *const codes[CHECK_COUNT] = {
    [CHECK_TRADING_HALTED] = "TRADING_HALTED",
    [CHECK_REDUCE_ONLY] = "REDUCE_ONLY",
    [CHECK_UNKNOWN_INSTRUMENT] = "UNKNOWN_INSTRUMENT",
    [CHECK_BAD_TICK] = "BAD_TICK",
    [CHECK_BAD_LOT] = "BAD_LOT",
    [CHECK_STALE_REQUEST] = "STALE_REQUEST",
    [CHECK_MAX_QUANTITY] = "MAX_QUANTITY",
    [CHECK_NO_REFERENCE] = "NO_REFERENCE",
    [CHECK_MAX_NOTIONAL] = "MAX_NOTIONAL",
    [CHECK_PRICE_COLLAR] = "PRICE_COLLAR",
    [CHECK_DUPLICATE] = "DUPLICATE",
    [CHECK_RATE_LIMIT] = "RATE_LIMIT",
    [CHECK_POSITION_LIMIT] = "POSITION_LIMIT",
    [CHECK_OPEN_NOTIONAL] = "OPEN_NOTIONAL",
};

const char *check_code(enum check check)
{
    return codes[check];
}

void checks_config_init(struct checks_config *config)
{
    *config = (struct checks_config){
        .stale_request_ns = 5 * NS_PER_SECOND,
        .max_quantity = DECIMAL_NONE,
        .max_notional = 250000 * MONEY_ONE,
        .price_collar = DECIMAL_NONE,
        .stale_after_ns = 5 * NS_PER_SECOND,
        .market_margin = 500 * BASIS_POINT,
        .duplicate_ns = NS_PER_SECOND,
        .rate_per_second = 20,
        .rate_burst = 40,
        .position_limit = DECIMAL_NONE,
        .open_notional = 1000000 * MONEY_ONE,
    };
}

/* A whole number of 1 to a million at `*text`, which is moved behind it. */
static bool read_count(const char **text, int64_t *count)
{
    if (**text < '0' || **text > '9')
        return false;
    char *end;
    unsigned long value = strtoul(*text, &end, 10);
    if (value == 0 || value > 1000000)
        return false;
    *count = (int64_t)value;
    *text = end;
    return true;
}

/* `20`, `20/s` or `20/s burst 40`; without a burst it is twice the rate. */
static int set_rate(struct checks_config *config, const char *key, const char *text, struct error *error)
{
    int64_t rate = 0, burst;
    const char *at = text;
    bool is_good = read_count(&at, &rate);
    burst = 2 * rate;
    if (is_good) {
        if (strncmp(at, "/s", 2) == 0)
            at += 2;
        at += strspn(at, " ,");
        if (strncmp(at, "burst ", 6) == 0) {
            at += 6;
            is_good = read_count(&at, &burst);
        }
    }
    if (!is_good || *at != '\0')
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is no rate; write one like \"20/s burst 40\"", key, text);
    config->rate_per_second = rate;
    config->rate_burst = burst;
    return 0;
}

static int set_rate_of_price(const char *key, const char *text, int64_t *basis_points, struct error *error)
{
    int64_t value;
    if (setting_basis_points(key, text, &value, error) != 0)
        return -1;
    if (value < 0)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is negative", key, text);
    *basis_points = value;
    return 0;
}

static int set_limit(struct checks_config *config, enum check check, const char *key, const char *value,
                     struct error *error)
{
    switch (check) {
    case CHECK_STALE_REQUEST:
        return setting_duration(key, value, &config->stale_request_ns, error);
    case CHECK_MAX_QUANTITY:
        return setting_quantity(key, value, &config->max_quantity, error);
    case CHECK_MAX_NOTIONAL:
        return setting_money(key, value, &config->max_notional, error);
    case CHECK_PRICE_COLLAR:
        return set_rate_of_price(key, value, &config->price_collar, error);
    case CHECK_DUPLICATE:
        return setting_duration(key, value, &config->duplicate_ns, error);
    case CHECK_RATE_LIMIT:
        return set_rate(config, key, value, error);
    case CHECK_POSITION_LIMIT:
        return setting_quantity(key, value, &config->position_limit, error);
    case CHECK_OPEN_NOTIONAL:
        return setting_money(key, value, &config->open_notional, error);
    case CHECK_TRADING_HALTED:
    case CHECK_REDUCE_ONLY:
    case CHECK_UNKNOWN_INSTRUMENT:
    case CHECK_BAD_TICK:
    case CHECK_BAD_LOT:
    case CHECK_NO_REFERENCE:
    case CHECK_COUNT:
        break;
    }
    return error_set(error, ERROR_USAGE, "%s: \"%s\" is neither on nor off", key, value);
}

int checks_config_set(struct checks_config *config, const char *key, const char *value, struct error *error)
{
    if (strcmp(key, "stale_after") == 0)
        return setting_duration(key, value, &config->stale_after_ns, error);
    if (strcmp(key, "market_margin") == 0)
        return set_rate_of_price(key, value, &config->market_margin, error);
    for (int check = 0; check < CHECK_COUNT; check++) {
        if (!text_equal_nocase(key, codes[check]))
            continue;
        bool is_off = text_equal_nocase(value, "off"), is_on = text_equal_nocase(value, "on");
        if (!is_off && !is_on && set_limit(config, (enum check)check, key, value, error) != 0)
            return -1;
        config->off[check] = is_off;
        return 0;
    }
    return error_set(error, ERROR_USAGE, "%s is not a check", key);
}
