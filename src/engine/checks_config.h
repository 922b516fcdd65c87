/* What the order checks allow. Filled once from the configuration's sections [checks], [checks.account.NAME] and
 * [checks.instrument.EXCHANGE.SYMBOL], read afterwards. Pure. */
#ifndef ENGINE_CHECKS_CONFIG_H
#define ENGINE_CHECKS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decimal.h"
#include "core/error.h"
#include "core/quote.h"
#include "engine/rates.h"

/* The checks, in the order in which an order meets them: the first that fails rejects it. A key of [checks] is the
 * code in lower case. REPEATED_FILLS halts its account and DAILY_LOSS lets it only reduce: each stands before the check
 * of that state, so that it is what the answer says. */
enum check {
    CHECK_REPEATED_FILLS,
    CHECK_TRADING_HALTED,
    CHECK_DAILY_LOSS,
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

struct check_limits {
    bool off[CHECK_COUNT];
    int64_t stale_request_ns;  /* largest age of a request when it is decided */
    int64_t max_quantity;      /* quantity; DECIMAL_NONE: the instrument's */
    int128 max_notional;       /* money */
    int64_t price_collar;      /* 1e-6 basis points (settings.h); DECIMAL_NONE: the instrument's */
    int64_t duplicate_ns;      /* the same order under another id within this */
    int64_t rate_per_second;   /* orders per second and account, whole */
    int64_t rate_burst;        /* and at once, whole */
    int64_t position_limit;    /* quantity either way; DECIMAL_NONE: the instrument's */
    int128 open_notional;      /* money, all open orders of an account */
    int128 daily_loss;         /* money, of an account since its session started; from there on it may only reduce */
    int64_t repeated_fills;    /* fills of an account, whole, */
    int64_t repeated_fills_ns; /* in so long a window */
};

/* What a section says of one account or one instrument. */
struct check_override {
    char account[ACCOUNT_SIZE]; /* "": any; then exchange and symbol name an instrument */
    char exchange[EXCHANGE_SIZE];
    char symbol[SYMBOL_SIZE];
    bool said[CHECK_COUNT], has_limit[CHECK_COUNT]; /* which keys it has, and which of them with a limit */
    struct check_limits limits;
};

enum { CHECK_OVERRIDES_MAX = 32 };

struct checks_config {
    struct check_limits limits; /* of everything that no section below names */
    int64_t stale_after_ns;     /* an older quote is no reference */
    int64_t market_margin;      /* 1e-6 basis points: added to the price at which a market or stop order is valued */
    struct rates_config rates;  /* the base currency of all money above, and what others are worth in it */
    struct check_override overrides[CHECK_OVERRIDES_MAX];
    size_t override_count;
};

/* The defaults of docs/orders.md. */
void checks_config_init(struct checks_config *config);

/* Sets one key from the text of the configuration: a check (its code in lower case) to `on`, `off` or its limit, or
 * `stale_after` or `market_margin`. -1 for an unknown key or a bad value (ERROR_USAGE). */
int checks_config_set(struct checks_config *config, const char *key, const char *value, struct error *error);

/* The same for one account, or one instrument; only checks, and for an instrument none that watches over an account as
 * a whole. -1 too when there are more than CHECK_OVERRIDES_MAX of them. */
int checks_config_set_account(struct checks_config *config, const char *account, const char *key, const char *value,
                              struct error *error);
int checks_config_set_instrument(struct checks_config *config, const char *exchange, const char *symbol,
                                 const char *key, const char *value, struct error *error);

/* The same by the name of a section: `checks`, `checks.account.NAME` or `checks.instrument.EXCHANGE.SYMBOL`. */
int checks_config_set_in(struct checks_config *config, const char *section, const char *key, const char *value,
                         struct error *error);

/* False for a key that is read once, at the start. */
bool checks_config_may_change(const char *key);

/* What holds for an order: what is said of its account, else of its instrument, else of all. */
struct check_limits checks_config_limits(const struct checks_config *config, const char *account, const char *exchange,
                                         const char *symbol);

/* The longest window of DUPLICATE that any section has. */
int64_t checks_config_duplicate_ns(const struct checks_config *config);

/* "PRICE_COLLAR" */
const char *check_code(enum check check);

#endif
