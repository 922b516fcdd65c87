/* The pairs are found once, when the table is made; a rate is then one look at the quotes. */
#include "engine/rates.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "engine/wide.h"

/* An instrument whose price is a rate. */
struct pair {
    char currency[CURRENCY_SIZE]; /* the one beside the base */
    const struct instrument *instrument;
    bool is_inverse; /* the price is that of the base in this currency */
};

struct rates {
    struct rates_config config;
    const struct quotes *quotes;
    struct pair *pairs;
    size_t pair_count;
};

void rates_config_init(struct rates_config *config)
{
    *config = (struct rates_config){
        .base = "USD",
        .fixed = {{"USDT", PRICE_ONE}, {"USDC", PRICE_ONE}},
        .fixed_count = 2,
    };
}

int rates_config_set(struct rates_config *config, const char *currency, const char *value, struct error *error)
{
    int64_t price;
    size_t at = 0;
    if (!decimal_parse(value, strlen(value), PRICE_DECIMALS, &price) || price <= 0)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is no rate above 0 with at most 9 decimals", currency, value);
    while (at < config->fixed_count && strcmp(config->fixed[at].currency, currency) != 0)
        at++;
    if (at == RATES_FIXED_MAX || !text_is_id(currency, strlen(currency), CURRENCY_SIZE - 1))
        return error_set(error, ERROR_USAGE, "%s: this is no currency, or there are more than %d", currency,
                         RATES_FIXED_MAX);
    text_copy(config->fixed[at].currency, sizeof config->fixed[at].currency, currency);
    config->fixed[at].price = price;
    config->fixed_count += at == config->fixed_count;
    return 0;
}

int128 rate_convert(struct rate rate, int128 amount)
{
    int64_t whole = rate.numerator / rate.denominator, rest = rate.numerator % rate.denominator;
    int128 converted;
    amount = money_bounded(amount);
    if (money_multiply_overflows(amount, whole, &converted))
        return amount < 0 ? -MONEY_LARGEST : MONEY_LARGEST;
    int128 share = 0;
    if (rest != 0)
        share = wide_round(wide_share(wide_of(amount), (uint64_t)rest, (uint64_t)rate.denominator));
    return money_bounded(money_bounded(converted) + share);
}

/* The symbol's letters and digits, when there are no more than two currencies can have. */
static bool read_letters(const char *symbol, char letters[2 * CURRENCY_SIZE])
{
    size_t length = 0;
    for (; *symbol != '\0'; symbol++) {
        if (!isalnum((unsigned char)*symbol))
            continue;
        if (length == 2 * CURRENCY_SIZE - 1)
            return false;
        letters[length++] = *symbol;
    }
    letters[length] = '\0';
    return true;
}

/* Whether the instrument is the base and another currency. */
static bool read_pair(const struct instrument *instrument, const char *base, struct pair *pair)
{
    char letters[2 * CURRENCY_SIZE];
    size_t base_length = strlen(base);
    if ((instrument->kind != INSTRUMENT_FX && instrument->kind != INSTRUMENT_CRYPTO) ||
        !read_letters(instrument->symbol, letters))
        return false;
    size_t length = strlen(letters);
    if (length <= base_length || length - base_length >= CURRENCY_SIZE)
        return false;
    size_t rest = length - base_length;
    bool ends = strcmp(letters + rest, base) == 0, begins = strncmp(letters, base, base_length) == 0;
    if (!ends && !begins)
        return false;
    *pair = (struct pair){.instrument = instrument, .is_inverse = !ends};
    memcpy(pair->currency, ends ? letters : letters + base_length, rest);
    return true;
}

struct rates *rates_create(const struct rates_config *config, const struct instruments *instruments,
                           const struct quotes *quotes)
{
    struct rates *rates = calloc(1, sizeof *rates);
    if (rates == NULL)
        abort();
    rates->config = *config;
    rates->quotes = quotes;
    for (size_t i = 0; i < instruments->count; i++) {
        struct pair pair;
        if (!read_pair(&instruments->items[i], config->base, &pair))
            continue;
        rates->pairs = realloc(rates->pairs, (rates->pair_count + 1) * sizeof *rates->pairs);
        if (rates->pairs == NULL)
            abort();
        rates->pairs[rates->pair_count++] = pair;
    }
    return rates;
}

void rates_destroy(struct rates *rates)
{
    if (rates == NULL)
        return;
    free(rates->pairs);
    free(rates);
}

/* The mid of the last quote, however old: an old rate is nearer to the truth than none. */
static bool quoted_rate(const struct rates *rates, const struct pair *pair, struct rate *rate)
{
    const struct instrument *instrument = pair->instrument;
    const struct market *market = quotes_find(rates->quotes, instrument->exchange, instrument->symbol);
    int64_t mid = market == NULL ? 0 : market_mid(market);
    if (mid <= 0)
        return false;
    *rate = (struct rate){.numerator = mid, .denominator = PRICE_ONE, .is_known = true};
    if (pair->is_inverse)
        *rate = (struct rate){.numerator = PRICE_ONE, .denominator = mid, .is_known = true};
    return true;
}

struct rate rates_of(const struct rates *rates, const char *currency)
{
    struct rate rate = RATE_ONE;
    if (strcmp(currency, rates->config.base) == 0)
        return rate;
    for (size_t i = 0; i < rates->pair_count; i++) {
        if (strcmp(rates->pairs[i].currency, currency) == 0 && quoted_rate(rates, &rates->pairs[i], &rate))
            return rate;
    }
    for (size_t i = 0; i < rates->config.fixed_count; i++) {
        if (strcmp(rates->config.fixed[i].currency, currency) == 0)
            return (struct rate){.numerator = rates->config.fixed[i].price, .denominator = PRICE_ONE, .is_known = true};
    }
    rate.is_known = false;
    return rate;
}
