/* What positions come to together, in the base currency, by the rates of the tape. Pure. */
#ifndef UI_POSITION_TOTALS_H
#define UI_POSITION_TOTALS_H

#include <stdbool.h>

#include "ui/model.h"

/* All zero: no position yet. */
struct position_totals {
    int128 unrealized, realized; /* of those that count */
    bool stale;                  /* some mark in it is */
    bool partial;                /* some position does not count: it has no mark, or its currency no rate */
    char no_rate[32];            /* such currencies: "EUR", "EUR, JPY" */
};

void position_totals_add(struct position_totals *totals, const struct model *model,
                         const struct position_view *position, const struct position_value *value);

#endif
