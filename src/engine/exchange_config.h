/* What the paper exchange charges, how old a quote may be that it fills against, and when its sessions end. Filled once
 * from the configuration's sections [exchange] and [session.EXCHANGE], read afterwards. Pure. */
#ifndef ENGINE_EXCHANGE_CONFIG_H
#define ENGINE_EXCHANGE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "core/decimal.h"
#include "core/error.h"
#include "core/quote.h"
#include "engine/session_calendar.h"

enum { EXCHANGE_FEES_MAX = 32 };

/* Rates in 1e-6 basis points (settings.h) of price * quantity * multiplier; a negative one is a rebate. */
struct exchange_fees {
    char exchange[EXCHANGE_SIZE]; /* upper case */
    int64_t maker, taker;
};

struct exchange_config {
    struct exchange_fees fees[EXCHANGE_FEES_MAX]; /* fees[0] holds for exchanges that have no entry */
    size_t fee_count;
    int64_t stale_after_ns;             /* no fill against an older quote */
    struct session_calendars calendars; /* from [session.EXCHANGE]: when day orders expire */
};

/* 0.2 bp maker and 0.5 bp taker, 10 bp both for CRYPTO and BINANCE; quotes are stale after 5 s; the calendars that are
 * built in. */
void exchange_config_init(struct exchange_config *config);

/* Sets one key: `stale_after` to a duration, `maker` or `taker` (all exchanges without a rate of their own), or
 * `<exchange>.maker` and `<exchange>.taker` to basis points. -1 for an unknown key or a bad value (ERROR_USAGE). */
int exchange_config_set(struct exchange_config *config, const char *key, const char *value, struct error *error);

/* The rates of an exchange, compared without case. */
const struct exchange_fees *exchange_config_fees(const struct exchange_config *config, const char *exchange);

#endif
