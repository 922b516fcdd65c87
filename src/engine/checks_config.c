/* The keys of [checks] and of the sections beside it, in one table with their codes. */
#include "engine/checks_config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/settings.h"

static const char *const codes[CHECK_COUNT] = {
    [CHECK_REPEATED_FILLS] = "REPEATED_FILLS",
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
    [CHECK_DAILY_LOSS] = "DAILY_LOSS",
};

const char *check_code(enum check check)
{
    return codes[check];
}

void checks_config_init(struct checks_config *config)
{
    *config = (struct checks_config){
        .limits = {.stale_request_ns = 5 * NS_PER_SECOND,
                   .max_quantity = DECIMAL_NONE,
                   .max_notional = 250000 * MONEY_ONE,
                   .price_collar = DECIMAL_NONE,
                   .duplicate_ns = NS_PER_SECOND,
                   .rate_per_second = 20,
                   .rate_burst = 40,
                   .position_limit = DECIMAL_NONE,
                   .open_notional = 1000000 * MONEY_ONE,
                   .daily_loss = 10000 * MONEY_ONE,
                   .repeated_fills = 50,
                   .repeated_fills_ns = 60 * NS_PER_SECOND},
        .stale_after_ns = 5 * NS_PER_SECOND,
        .market_margin = 500 * BASIS_POINT,
    };
    rates_config_init(&config->rates);
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
static int set_rate(struct check_limits *limits, const char *key, const char *text, struct error *error)
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
    limits->rate_per_second = rate;
    limits->rate_burst = burst;
    return 0;
}

/* `50 in 60s`; without a window it stays as it is. */
static int set_repeated_fills(struct check_limits *limits, const char *key, const char *text, struct error *error)
{
    int64_t count = 0, window_ns = limits->repeated_fills_ns;
    const char *at = text;
    bool is_good = read_count(&at, &count);
    if (is_good && strncmp(at, " in ", 4) == 0) {
        if (setting_duration(key, at + 4, &window_ns, error) != 0)
            return -1;
        at += strlen(at);
    }
    if (!is_good || *at != '\0' || window_ns == 0)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is no number of fills; write one like \"50 in 60s\"", key,
                         text);
    limits->repeated_fills = count;
    limits->repeated_fills_ns = window_ns;
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

static int set_limit(struct check_limits *limits, enum check check, const char *key, const char *value,
                     struct error *error)
{
    switch (check) {
    case CHECK_STALE_REQUEST:
        return setting_duration(key, value, &limits->stale_request_ns, error);
    case CHECK_MAX_QUANTITY:
        return setting_quantity(key, value, &limits->max_quantity, error);
    case CHECK_MAX_NOTIONAL:
        return setting_money(key, value, &limits->max_notional, error);
    case CHECK_PRICE_COLLAR:
        return set_rate_of_price(key, value, &limits->price_collar, error);
    case CHECK_DUPLICATE:
        return setting_duration(key, value, &limits->duplicate_ns, error);
    case CHECK_RATE_LIMIT:
        return set_rate(limits, key, value, error);
    case CHECK_POSITION_LIMIT:
        return setting_quantity(key, value, &limits->position_limit, error);
    case CHECK_OPEN_NOTIONAL:
        return setting_money(key, value, &limits->open_notional, error);
    case CHECK_DAILY_LOSS:
        return setting_money(key, value, &limits->daily_loss, error);
    case CHECK_REPEATED_FILLS:
        return set_repeated_fills(limits, key, value, error);
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

/* Sets a check; `has_limit` says whether to a limit. -1 for an unknown one or a bad value. */
static int set_check(struct check_limits *limits, const char *key, const char *value, enum check *check,
                     bool *has_limit, struct error *error)
{
    for (int each = 0; each < CHECK_COUNT; each++) {
        if (!text_equal_nocase(key, codes[each]))
            continue;
        bool is_off = text_equal_nocase(value, "off");
        *check = (enum check)each;
        *has_limit = !is_off && !text_equal_nocase(value, "on");
        if (*has_limit && set_limit(limits, *check, key, value, error) != 0)
            return -1;
        limits->off[each] = is_off;
        return 0;
    }
    return error_set(error, ERROR_USAGE, "%s is not a check", key);
}

int checks_config_set(struct checks_config *config, const char *key, const char *value, struct error *error)
{
    if (strcmp(key, "stale_after") == 0)
        return setting_duration(key, value, &config->stale_after_ns, error);
    if (strcmp(key, "market_margin") == 0)
        return set_rate_of_price(key, value, &config->market_margin, error);
    enum check check;
    bool has_limit;
    return set_check(&config->limits, key, value, &check, &has_limit, error);
}

/* The section of exactly this account or instrument, made when it is new. NULL when there is no room for it. */
static struct check_override *override_of(struct checks_config *config, const char *account, const char *exchange,
                                          const char *symbol)
{
    for (size_t i = 0; i < config->override_count; i++) {
        struct check_override *override = &config->overrides[i];
        if (strcmp(override->account, account) == 0 && text_equal_nocase(override->exchange, exchange) &&
            strcmp(override->symbol, symbol) == 0)
            return override;
    }
    if (config->override_count == CHECK_OVERRIDES_MAX)
        return NULL;
    struct check_override *override = &config->overrides[config->override_count];
    *override = (struct check_override){.limits = config->limits};
    if (!text_copy(override->account, sizeof override->account, account) ||
        !text_copy(override->exchange, sizeof override->exchange, exchange) ||
        !text_copy(override->symbol, sizeof override->symbol, symbol))
        return NULL;
    config->override_count++;
    return override;
}

static int set_override(struct check_override *override, const char *key, const char *value, struct error *error)
{
    if (override == NULL)
        return error_set(error, ERROR_USAGE, "%s: the name is too long, or more than %d sections name one", key,
                         CHECK_OVERRIDES_MAX);
    enum check check;
    bool has_limit;
    if (set_check(&override->limits, key, value, &check, &has_limit, error) != 0)
        return -1;
    override->said[check] = true;
    override->has_limit[check] = has_limit;
    return 0;
}

int checks_config_set_account(struct checks_config *config, const char *account, const char *key, const char *value,
                              struct error *error)
{
    return set_override(override_of(config, account, "", ""), key, value, error);
}

static bool is_of_an_account(const char *key)
{
    static const enum check checks[] = {CHECK_REPEATED_FILLS, CHECK_RATE_LIMIT, CHECK_OPEN_NOTIONAL, CHECK_DAILY_LOSS};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (text_equal_nocase(key, codes[checks[i]]))
            return true;
    return false;
}

int checks_config_set_instrument(struct checks_config *config, const char *exchange, const char *symbol,
                                 const char *key, const char *value, struct error *error)
{
    if (is_of_an_account(key))
        return error_set(error, ERROR_USAGE, "%s watches over an account, not an instrument", key);
    return set_override(override_of(config, "", exchange, symbol), key, value, error);
}

/* `EXCHANGE.SYMBOL`; the symbol may have points of its own. */
static int set_named_instrument(struct checks_config *config, const char *name, const char *key, const char *value,
                                struct error *error)
{
    char exchange[EXCHANGE_SIZE];
    const char *point = strchr(name, '.');
    size_t length = point == NULL ? 0 : (size_t)(point - name);
    if (length == 0 || point[1] == '\0' || !text_is_id(name, length, sizeof exchange - 1))
        return error_set(error, ERROR_USAGE, "[checks.instrument.%s] is not [checks.instrument.EXCHANGE.SYMBOL]", name);
    for (size_t i = 0; i < length; i++)
        exchange[i] = (char)toupper((unsigned char)name[i]);
    exchange[length] = '\0';
    return checks_config_set_instrument(config, exchange, point + 1, key, value, error);
}

int checks_config_set_in(struct checks_config *config, const char *section, const char *key, const char *value,
                         struct error *error)
{
    static const char of_account[] = "checks.account.", of_instrument[] = "checks.instrument.";
    if (strcmp(section, "checks") == 0)
        return checks_config_set(config, key, value, error);
    if (strncmp(section, of_account, sizeof of_account - 1) == 0 && section[sizeof of_account - 1] != '\0')
        return checks_config_set_account(config, section + sizeof of_account - 1, key, value, error);
    if (strncmp(section, of_instrument, sizeof of_instrument - 1) == 0)
        return set_named_instrument(config, section + sizeof of_instrument - 1, key, value, error);
    return error_set(error, ERROR_USAGE,
                     "[%s] is neither [checks.account.NAME] nor [checks.instrument.EXCHANGE.SYMBOL]", section);
}

bool checks_config_may_change(const char *key)
{
    return strcmp(key, "market_margin") != 0; /* open orders are valued with it */
}

static void copy_limit(struct check_limits *to, const struct check_limits *from, enum check check)
{
    switch (check) {
    case CHECK_STALE_REQUEST:
        to->stale_request_ns = from->stale_request_ns;
        break;
    case CHECK_MAX_QUANTITY:
        to->max_quantity = from->max_quantity;
        break;
    case CHECK_MAX_NOTIONAL:
        to->max_notional = from->max_notional;
        break;
    case CHECK_PRICE_COLLAR:
        to->price_collar = from->price_collar;
        break;
    case CHECK_DUPLICATE:
        to->duplicate_ns = from->duplicate_ns;
        break;
    case CHECK_RATE_LIMIT:
        to->rate_per_second = from->rate_per_second;
        to->rate_burst = from->rate_burst;
        break;
    case CHECK_POSITION_LIMIT:
        to->position_limit = from->position_limit;
        break;
    case CHECK_OPEN_NOTIONAL:
        to->open_notional = from->open_notional;
        break;
    case CHECK_DAILY_LOSS:
        to->daily_loss = from->daily_loss;
        break;
    case CHECK_REPEATED_FILLS:
        to->repeated_fills = from->repeated_fills;
        to->repeated_fills_ns = from->repeated_fills_ns;
        break;
    case CHECK_TRADING_HALTED:
    case CHECK_REDUCE_ONLY:
    case CHECK_UNKNOWN_INSTRUMENT:
    case CHECK_BAD_TICK:
    case CHECK_BAD_LOT:
    case CHECK_NO_REFERENCE:
    case CHECK_COUNT:
        break;
    }
}

static void apply_override(struct check_limits *limits, const struct check_override *override)
{
    for (int check = 0; check < CHECK_COUNT; check++) {
        if (!override->said[check])
            continue;
        limits->off[check] = override->limits.off[check];
        if (override->has_limit[check])
            copy_limit(limits, &override->limits, (enum check)check);
    }
}

struct check_limits checks_config_limits(const struct checks_config *config, const char *account, const char *exchange,
                                         const char *symbol)
{
    struct check_limits limits = config->limits;
    for (size_t i = 0; i < config->override_count; i++) {
        const struct check_override *override = &config->overrides[i];
        if (override->account[0] == '\0' && text_equal_nocase(override->exchange, exchange) &&
            strcmp(override->symbol, symbol) == 0)
            apply_override(&limits, override);
    }
    for (size_t i = 0; i < config->override_count; i++) {
        const struct check_override *override = &config->overrides[i];
        if (override->account[0] != '\0' && strcmp(override->account, account) == 0)
            apply_override(&limits, override);
    }
    return limits;
}

int64_t checks_config_duplicate_ns(const struct checks_config *config)
{
    int64_t longest_ns = config->limits.duplicate_ns;
    for (size_t i = 0; i < config->override_count; i++) {
        const struct check_override *override = &config->overrides[i];
        if (override->has_limit[CHECK_DUPLICATE] && override->limits.duplicate_ns > longest_ns)
            longest_ns = override->limits.duplicate_ns;
    }
    return longest_ns;
}
