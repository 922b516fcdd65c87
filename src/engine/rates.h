/* What one unit of a currency is worth in the base currency, so that limits and sums hold over instruments of several
 * currencies. Pure; one thread owns a table.
 *
 * A rate comes from the first of these that has one: the last quote of a currency pair on the tape, an instrument of
 * kind fx or crypto whose symbol is the two currencies (`EURUSD`, `EUR-USD`, `USD/JPY`); the configuration's section
 * [rates]. */
#ifndef ENGINE_RATES_H
#define ENGINE_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/instrument.h"
#include "engine/quotes.h"

enum { RATES_FIXED_MAX = 32 };

/* Filled once from the configuration, read afterwards. */
struct rates_config {
    char base[CURRENCY_SIZE];
    struct {
        char currency[CURRENCY_SIZE];
        int64_t price; /* of one unit, in the base currency */
    } fixed[RATES_FIXED_MAX];
    size_t fixed_count;
};

/* Base USD; USDT and USDC are worth 1. */
void rates_config_init(struct rates_config *config);

/* Sets the rate of a currency, above 0; -1 for a bad name or value, or more than RATES_FIXED_MAX (ERROR_USAGE). */
int rates_config_set(struct rates_config *config, const char *currency, const char *value, struct error *error);

/* A fraction; 1 when it is not known. */
struct rate {
    int64_t numerator, denominator; /* above 0 */
    bool is_known;
};

#define RATE_ONE ((struct rate){.numerator = 1, .denominator = 1, .is_known = true})

/* Rounded half-even; an amount that would not fit stays at the largest that does (MONEY_LARGEST). */
int128 rate_convert(struct rate rate, int128 amount);

struct rates;

/* The configuration is copied; instruments and quotes must outlive the table. */
struct rates *rates_create(const struct rates_config *config, const struct instruments *instruments,
                           const struct quotes *quotes);
void rates_destroy(struct rates *rates); /* NULL is allowed */

struct rate rates_of(const struct rates *rates, const char *currency);

#endif
