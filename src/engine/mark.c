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

int64_t mark_last_price(const struct position_event *position)
{
    return position->last_price != DECIMAL_NONE ? position->last_price : position->average_price;
}

struct mark mark_of(int64_t quantity, int64_t last_price, const struct market *market, int64_t monotonic_ns,
                    int64_t stale_after_ns)
{
    if (market == NULL)
        return (struct mark){.mid = last_price, .out = last_price, .stale = true};
    const struct quote *quote = &market->quote;
    struct mark mark = {.mid = market_mid(market), .stale = market_is_crossed(market)};
    mark.out = quantity < 0 ? quote->ask : quote->bid;
    if (market_age_ns(market, monotonic_ns) > stale_after_ns) {
        mark.stale = true;
        if (quote->last != DECIMAL_NONE)
            mark.mid = mark.out = quote->last;
    }
    return mark;
}
