/* The accounts that have lost more than DAILY_LOSS allows: they may only reduce from then on, and that stands on the
 * tape, so that everybody knows of it and only a person takes it back. Pure, and without a state.
 *
 * It is said once for each account and session (a day in UTC): the request is named after both. */
#ifndef ENGINE_LOSS_LIMIT_H
#define ENGINE_LOSS_LIMIT_H

#include <stdint.h>

#include "engine/account_guard.h"
#include "engine/checks_config.h"
#include "engine/daily_loss.h"
#include "engine/orders.h"
#include "engine/proposals.h"

/* What the order checks know. */
struct loss_limit {
    const struct checks_config *config;
    const struct order_book *book;
    const struct account_guard *guard;
    const struct daily_loss *daily_loss;
};

/* Proposes the states that are missing. `stored_ns` is now by the server's clock: it says which session it is. */
void loss_limit_decide(const struct loss_limit *limit, int64_t wall_ns, int64_t monotonic_ns, int64_t stored_ns,
                       struct proposals *out);

#endif
