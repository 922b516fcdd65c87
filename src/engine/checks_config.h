/* What the order checks allow. Filled once from the configuration's section [checks], read afterwards. Pure. */
#ifndef ENGINE_CHECKS_CONFIG_H
#define ENGINE_CHECKS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decimal.h"
#include "core/error.h"

/* The checks, in the order in which an order meets them: the first that fails rejects it. A key of [checks] is the
 * code in lower case. */
enum check {
    CHECK_TRADING_HALTED,
    CHECK_REDUCE_ONLY,
    CHECK_UNKNOWN_INSTRUMENT,
    CHECK_BAD_TICK,
    CHECK_BAD_LOT,
    CHECK_STALE_REQUEST,
    CHECK_MAX_QUANTITY,
    CHECK_NO_REFERENCE,
    CHECK_MAX_NOTIONAL,
    CHECK_PRICE_COLLAR,
    CHECK_DUPLICATE,
    CHECK_RATE_LIMIT,
    CHECK_POSITION_LIMIT,
    CHECK_OPEN_NOTIONAL,
    CHECK_COUNT
};

struct checks_config {
    bool off[CHECK_COUNT];
    int64_t stale_request_ns; /* largest age of a request when it is decided */
    int64_t max_quantity;     /* quantity; DECIMAL_NONE: the instrument's */
    int128 max_notional;      /* money */
    int64_t price_collar;     /* 1e-6 basis points (settings.h); DECIMAL_NONE: the instrument's */
    int64_t stale_after_ns;   /* an older quote is no reference */
    int64_t market_margin; /* 1e-6 basis points: what is added to the price at which a market or stop order is valued */
    int64_t duplicate_ns;  /* the same order under another id within this */
    int64_t rate_per_second; /* orders per second and account, whole */
    int64_t rate_burst;      /* and at once, whole */
    int64_t position_limit;  /* quantity either way; DECIMAL_NONE: the instrument's */
    int128 open_notional;    /* money, all open orders of an account */
};

/* The defaults of docs/orders.md. */
void checks_config_init(struct checks_config *config);

/* Sets one key from the text of the configuration: a check (its code in lower case) to `on`, `off` or its limit, or
 * `stale_after` or `market_margin`. -1 for an unknown key or a bad value (ERROR_USAGE). */
int checks_config_set(struct checks_config *config, const char *key, const char *value, struct error *error);

/* "PRICE_COLLAR" */
const char *check_code(enum check check);

#endif
