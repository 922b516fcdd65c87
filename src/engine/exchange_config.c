/* The keys of [exchange], and the fees they set. */
#include "engine/exchange_config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/settings.h"

void exchange_config_init(struct exchange_config *config)
{
    *config = (struct exchange_config){
        .fees = {{"", BASIS_POINT / 5, BASIS_POINT / 2},
                 {"CRYPTO", 10 * BASIS_POINT, 10 * BASIS_POINT},
                 {"BINANCE", 10 * BASIS_POINT, 10 * BASIS_POINT}},
        .fee_count = 3,
        .stale_after_ns = 5 * NS_PER_SECOND,
    };
    session_calendars_init(&config->calendars);
}

static struct exchange_fees *find_fees(struct exchange_config *config, const char *exchange, size_t length)
{
    for (size_t i = 1; i < config->fee_count; i++)
        if (strlen(config->fees[i].exchange) == length && strncasecmp(config->fees[i].exchange, exchange, length) == 0)
            return &config->fees[i];
    return NULL;
}

const struct exchange_fees *exchange_config_fees(const struct exchange_config *config, const char *exchange)
{
    for (size_t i = 1; i < config->fee_count; i++)
        if (text_equal_nocase(config->fees[i].exchange, exchange))
            return &config->fees[i];
    return &config->fees[0];
}

/* An exchange that has no entry yet starts with the rates of all others. NULL when there is no room or no name. */
static struct exchange_fees *fees_of(struct exchange_config *config, const char *exchange, size_t length)
{
    struct exchange_fees *fees = find_fees(config, exchange, length);
    if (fees != NULL || config->fee_count == EXCHANGE_FEES_MAX || !text_is_id(exchange, length, EXCHANGE_SIZE - 1))
        return fees;
    fees = &config->fees[config->fee_count++];
    *fees = config->fees[0];
    for (size_t i = 0; i < length; i++)
        fees->exchange[i] = (char)toupper((unsigned char)exchange[i]);
    fees->exchange[length] = '\0';
    return fees;
}

int exchange_config_set(struct exchange_config *config, const char *key, const char *value, struct error *error)
{
    if (strcmp(key, "stale_after") == 0)
        return setting_duration(key, value, &config->stale_after_ns, error);
    const char *point = strrchr(key, '.');
    const char *rate = point == NULL ? key : point + 1;
    bool is_maker = strcmp(rate, "maker") == 0;
    if (!is_maker && strcmp(rate, "taker") != 0)
        return error_set(error, ERROR_USAGE, "%s is neither stale_after, maker, taker nor <exchange>.maker or .taker",
                         key);
    int64_t basis_points;
    if (setting_basis_points(key, value, &basis_points, error) != 0)
        return -1;
    struct exchange_fees *fees = point == NULL ? &config->fees[0] : fees_of(config, key, (size_t)(point - key));
    if (fees == NULL)
        return error_set(error, ERROR_USAGE, "%s does not name an exchange, or there are more than %d", key,
                         EXCHANGE_FEES_MAX - 1);
    *(is_maker ? &fees->maker : &fees->taker) = basis_points;
    return 0;
}
