/* What the open orders add up to, per account and symbol and per account: part of the state of the order checks, so
 * that a decision does not walk over all open orders. Pure; one thread owns it. */
#ifndef ENGINE_CHECK_LEDGER_H
#define ENGINE_CHECK_LEDGER_H

#include "core/instrument.h"
#include "engine/checks_config.h"
#include "engine/orders.h"
#include "engine/rates.h"

/* Quantities in 1e-8, money in 1e-17. */
struct open_totals {
    int128 buys, sells; /* of the account in the symbol */
    int128 notional;    /* of an order: in its instrument's currency; of the account: in the base currency */
};

struct check_ledger;

/* Both pointers must outlive the ledger. */
struct check_ledger *check_ledger_create(const struct checks_config *config, const struct instruments *instruments);
void check_ledger_destroy(struct check_ledger *ledger); /* NULL is allowed */

/* What an order counts for: nothing unless the checks let it through and it is open. While a replace is pending it
 * counts for the larger of its old and new terms, since either may hold when the next order is decided. */
struct open_totals check_ledger_share(const struct check_ledger *ledger, const struct order *order);

/* Moves the totals of the order's account and symbol from one share to another. */
void check_ledger_move(struct check_ledger *ledger, const struct order *order, const struct open_totals *before,
                       const struct open_totals *after);

/* With the rates of this moment. */
struct open_totals check_ledger_totals(const struct check_ledger *ledger, const struct rates *rates,
                                       const char *account, const char *symbol);

#endif
