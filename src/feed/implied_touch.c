#include "feed/implied_touch.h"

void implied_touch_apply(struct implied_touch *touch, struct quote *raw)
{
    int64_t price = raw->last;
    /* The other side cannot have been beyond the trade. */
    if (raw->last_side == SIDE_SELL || touch->bid > price || touch->bid == 0)
        touch->bid = price;
    if (raw->last_side == SIDE_BUY || touch->ask < price)
        touch->ask = price;
    raw->bid = touch->bid;
    raw->ask = touch->ask;
    raw->bid_size = raw->ask_size = 0;
}
