/* Our orders of one instrument as a ladder shows them: those that are open, and requests that the tape has not shown
 * yet. Screen thread. */
#ifndef UI_LADDER_ORDERS_H
#define UI_LADDER_ORDERS_H

#include "ui/ladder.h"
#include "ui/ui.h"

struct ladder_own {
    struct ladder_order order;  /* price DECIMAL_NONE: at the market, it has no row */
    const struct order *source; /* NULL: a request for an order */
};

/* Calls `visit` for each of them, of the account of the screen, oldest first; requests come last. */
void ladder_orders_each(const struct ui *ui, const struct market *market,
                        void (*visit)(const struct ladder_own *own, void *context), void *context);

/* A stop that was not hit yet: it stands at its stop price. */
bool ladder_orders_is_stop(const struct order *order);

#endif
