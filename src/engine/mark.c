/* See mark.h. */
#include "engine/mark.h"

#include <string.h>

const struct market *mark_market(const struct quotes *quotes, const struct instruments *instruments, const char *symbol)
{
    const struct instrument *primary = instruments_primary(instruments, symbol);
    if (primary != NULL) {
        const struct market *market = quotes_find(quotes, primary->exchange, symbol);
        if (market != NULL)
            return market;
    }
    for (size_t i = 0; i < quotes_count(quotes); i++) {
        const struct market *market = quotes_at(quotes, i);
        if (strcmp(market->quote.symbol, symbol) == 0)
            return market;
    }
    return NULL;
}

/* Without any quote the last price that somebody paid is the best that is known. */
static struct mark mark_without_market(const struct position_event *position)
{
    int64_t price = position->last_price != DECIMAL_NONE ? position->last_price : position->average_price;
    return (struct mark){.mid = price, .out = price, .stale = true};
}

struct mark mark_of(const struct position_event *position, const struct market *market, int64_t monotonic_ns,
                    int64_t stale_after_ns)
{
    if (market == NULL)
        return mark_without_market(position);
    const struct quote *quote = &market->quote;
    struct mark mark = {.mid = market_mid(market), .stale = market_is_crossed(market)};
    mark.out = position->quantity < 0 ? quote->ask : quote->bid;
    if (market_age_ns(market, monotonic_ns) > stale_after_ns) {
        mark.stale = true;
        if (quote->last != DECIMAL_NONE)
            mark.mid = mark.out = quote->last;
    }
    return mark;
}
