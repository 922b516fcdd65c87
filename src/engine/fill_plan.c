/* Who takes and who is met, at which price, and how far it goes: first the touch, then what lies behind it. */
#include "engine/fill_plan.h"

/* Open, fresh and not crossed. A missing side repeats its last price, which means nothing. */
static bool is_fillable(const struct fill_view *view)
{
    const struct market *market = view->market;
    if (market == NULL || market->quote.status != QUOTE_OPEN)
        return false;
    bool has_both = market->quote.bid_size != 0 && market->quote.ask_size != 0;
    return !(has_both && market_is_crossed(market)) &&
           market_age_ns(market, view->monotonic_ns) <= view->stale_after_ns;
}

static void begin_side(struct book_side *side, const struct market *market, const struct working_orders *working,
                       enum side taker)
{
    const struct quote *quote = &market->quote;
    book_side_begin(side, quote, taker);
    if (side->count > 0 && side->levels[0].size != DECIMAL_NONE)
        side->used = working_orders_used(working, quote->exchange, quote->symbol, taker, market->sequence);
}

void fill_plan_begin(struct fill_view *view, const struct working_orders *working)
{
    view->asks.count = view->bids.count = 0;
    view->is_fillable = is_fillable(view);
    if (!view->is_fillable)
        return;
    begin_side(&view->asks, view->market, working, SIDE_BUY);
    begin_side(&view->bids, view->market, working, SIDE_SELL);
}

static struct book_side *side_for(struct fill_view *view, const struct order *order)
{
    return order->terms.side == SIDE_BUY ? &view->asks : &view->bids;
}

/* An order that took of this very quote is not at rest before it has used up what it reaches. */
static bool goes_on(const struct fill_view *view, const struct working *working)
{
    return working != NULL && working->taken_seq != 0 && working->taken_seq == view->market->sequence;
}

/* Takes at the prices of the other side, rather than being met at its own: market orders, and limit orders that did not
 * rest yet. An order that came to rest when it arrived has a queue on the tape, so a restart does not forget which it
 * is. */
static bool is_taker(const struct fill_view *view, const struct order *order, const struct working *working)
{
    if (order->terms.limit_price == DECIMAL_NONE || order_is_immediate(order))
        return true;
    if (order->terms.post_only)
        return false;
    if (working != NULL && working->repriced)
        return true;
    return goes_on(view, working) || (order->fills == 0 && order->queue_ahead == DECIMAL_NONE);
}

static int64_t lot_of(const struct fill_view *view)
{
    return view->instrument == NULL ? 1 : view->instrument->lot;
}

/* Of the touch, to its price; of the levels behind it, to the order's own. */
static struct book_offer offer_to(struct fill_view *view, const struct order *order, bool is_behind)
{
    const struct book_side *side = side_for(view, order);
    int64_t limit_price = is_behind ? order->terms.limit_price : side->levels[0].price;
    return book_side_offer(side, limit_price, order_leaves(order), lot_of(view));
}

/* The depth is decoded when the first order reaches behind the touch. */
static void look_behind(struct fill_view *view, struct book_side *side)
{
    const struct quote *quote = &view->market->quote;
    struct depth depth;
    if (!side->has_depth &&
        depths_read(view->depths, quote->exchange, quote->symbol, view->monotonic_ns, view->stale_after_ns, &depth))
        book_side_add(side, &depth, lot_of(view));
    side->has_depth = true;
}

/* A fok order is filled at one price or not at all: several fills could not be all or nothing. */
static void plan_display(struct fill_view *view, const struct order *order, const struct working *working,
                         struct fill_plan *plan)
{
    const struct order_request *terms = &order->terms;
    struct book_side *side = side_for(view, order);
    if (side->count == 0 || !working_reaches(view->market, terms->side, terms->limit_price))
        return;
    bool takes = is_taker(view, order, working);
    struct book_offer offer = offer_to(view, order, false);
    bool is_short = !offer.size_assumed && offer.total < order_leaves(order);
    if (is_short && terms->time_in_force == TIF_FOK)
        return;
    if (is_short && takes) {
        look_behind(view, side);
        offer = offer_to(view, order, true);
    }
    plan->offer = offer;
    plan->waits = offer.is_behind && side->is_claimed;
    plan->fill = (struct exchange_fill){
        .quantity = offer.quantity,
        .price = takes ? offer.price : terms->limit_price,
        .liquidity = takes ? LIQUIDITY_TAKER : LIQUIDITY_MAKER,
        .size_assumed = offer.size_assumed,
        .quote_seq = view->market->sequence,
    };
}

/* An ioc order has one try: a fill of another quote would be another moment. */
struct fill_plan fill_plan_make(struct fill_view *view, const struct order *order, const struct working *working)
{
    struct fill_plan plan = {0};
    if (!view->is_fillable || order_is_armed(order))
        return plan;
    if (order->terms.time_in_force == TIF_IOC && order->fills > 0 && !goes_on(view, working))
        return plan;
    plan_display(view, order, working, &plan);
    if (plan.fill.quantity > 0 || working == NULL || working->traded == 0 || order_is_immediate(order))
        return plan;
    return (struct fill_plan){.fill = {
                                  .quantity = book_side_lots(working->traded, order_leaves(order), lot_of(view)),
                                  .price = order->terms.limit_price,
                                  .liquidity = LIQUIDITY_MAKER,
                                  .quote_seq = working->traded_seq,
                              }};
}

void fill_plan_claim(struct fill_view *view, const struct order *order, const struct fill_plan *plan)
{
    book_side_claim(side_for(view, order), &plan->offer);
}
