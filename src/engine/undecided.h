/* What orders without a decision add up to, per account and symbol and per account, as if they passed: they may be on
 * their way. Kept in step by adding and removing them, so that a decision does not walk over all that wait: when the
 * checks fall behind, thousands may. Pure; one thread owns it. */
#ifndef ENGINE_UNDECIDED_H
#define ENGINE_UNDECIDED_H

#include "core/instrument.h"
#include "engine/check_ledger.h"
#include "engine/checks_config.h"
#include "engine/quotes.h"
#include "engine/rates.h"

struct undecided;

/* Both pointers must outlive it. */
struct undecided *undecided_create(const struct checks_config *config, const struct instruments *instruments);
void undecided_destroy(struct undecided *undecided); /* NULL is allowed */

void undecided_add(struct undecided *undecided, const struct order_request *terms);
/* One that was added with the same terms. */
void undecided_remove(struct undecided *undecided, const struct order_request *terms);

/* Market orders are valued by the quotes of this moment, and all by its rates. The orders in `less`, which have to be
 * among them, are left out; NULL: none. */
struct open_totals undecided_totals(const struct undecided *undecided, const struct undecided *less,
                                    const struct quotes *quotes, const struct rates *rates, const char *account,
                                    const char *symbol);

#endif
