/* The order checks themselves: each a pure function of what is known about one order at one moment. checks.c gathers
 * what they look at from its fold of ORDERS and the quotes; nothing here remembers anything.
 *
 * Formulas and defaults: SEC 15c3-5, MiFID RTS 6 article 15, FIA guide; see docs/orders.md. */
#ifndef ENGINE_CHECK_RULES_H
#define ENGINE_CHECK_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/instrument.h"
#include "engine/checks_config.h"
#include "engine/quotes.h"

/* What one decision looks at. Quantities in 1e-8 (sums of them wider), money in 1e-17. */
struct check_input {
    const struct checks_config *config;
    struct check_limits limits;          /* what of it holds for this order */
    const struct instrument *instrument; /* NULL: not in the table */
    const struct market *market;         /* NULL: no quote was ever seen */
    int64_t monotonic_ns;
    struct order_request terms; /* of a replace: the new ones */
    int64_t leaves;             /* what would be open: the quantity, less what is filled */
    enum trading_state trading_state;
    const char *held;             /* why trading is held by this process; "": it is not */
    int64_t age_ns;               /* of the request */
    int64_t position;             /* signed, of the account in the symbol */
    int128 open_buys, open_sells; /* of the account's other orders in the symbol */
    int128 open_notional;         /* of the account's other orders, in the base currency */
    struct rate rate;             /* of the instrument's currency */
    const char *duplicate_of;     /* the order it repeats; NULL: none */
    int64_t duplicate_age_ns;     /* how long before it that one was stored */
    bool over_rate;               /* the account's token bucket was empty */
    bool has_repeated_fills;      /* too many in a window, and nobody let the account go on */
    int128 daily_loss;            /* of the account since its session started; negative for a profit */
};

/* Runs all checks in the order of enum check. True when the order passes; then `decision` gets the reference (when
 * there is a fresh quote). Else it gets code, reason, value and limit of the first that failed. */
bool check_rules_pass(const struct check_input *input, struct decision *decision);

/* |price| * quantity * multiplier of an order, in the instrument's currency: at its limit price, or at its stop price,
 * the opposite touch or (without a market) `reference_price`, with the margin added. Saturates; 0 when there is no
 * price at all (*is_priced is false).
 */
int128 check_notional(const struct checks_config *config, const struct instrument *instrument,
                      const struct order_request *terms, int64_t quantity, const struct market *market,
                      int64_t reference_price, bool *is_priced);

#endif
