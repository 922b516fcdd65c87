/* See position_totals.h. The risk rules count what has no rate one to one; to look at, a dash is better than that. */
#include "ui/position_totals.h"

#include <stdio.h>
#include <string.h>

static void name_currency(struct position_totals *totals, const char *currency)
{
    size_t length = strlen(totals->no_rate);
    if (strstr(totals->no_rate, currency) == NULL && length + strlen(currency) + 3 < sizeof totals->no_rate)
        snprintf(totals->no_rate + length, sizeof totals->no_rate - length, "%s%s", length > 0 ? ", " : "", currency);
}

void position_totals_add(struct position_totals *totals, const struct model *model,
                         const struct position_view *position, const struct position_value *value)
{
    const struct position_event *held = &position->position;
    if (!position->known)
        return;
    struct rate rate = model_rate(model, held->currency);
    if (!rate.is_known) {
        name_currency(totals, held->currency);
        totals->partial = true;
        return;
    }
    if (value->unrealized == MONEY_NONE ||
        money_add_overflows(totals->unrealized, rate_convert(rate, value->unrealized), &totals->unrealized))
        totals->partial = true;
    if (money_add_overflows(totals->realized, rate_convert(rate, held->realized_pnl), &totals->realized))
        totals->partial = true;
    totals->stale = totals->stale || (held->quantity != 0 && value->stale);
}
