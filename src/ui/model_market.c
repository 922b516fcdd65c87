/* What the screen keeps beside the latest quote of an instrument: what moved and when, the day's reference and range,
 * candles and the latest trades. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "engine/mark.h"
#include "ui/model_private.h"

static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

/* Without a table entry the price itself tells how many decimals it has. */
static int decimals_of(int64_t value, int decimals)
{
    if (value == DECIMAL_NONE || value == 0)
        return 0;
    while (decimals > 0 && value % 10 == 0) {
        value /= 10;
        decimals--;
    }
    return decimals;
}

static void widen_decimals(struct instrument_view *view, const struct quote *quote)
{
    int decimals = decimals_of(quote->bid, PRICE_DECIMALS);
    int other = decimals_of(quote->ask, PRICE_DECIMALS);
    if (other > decimals)
        decimals = other;
    if (decimals > view->price_decimals)
        view->price_decimals = decimals;
    decimals = decimals_of(quote->bid_size, QUANTITY_DECIMALS);
    if (decimals > view->quantity_decimals)
        view->quantity_decimals = decimals;
}

int64_t model_price_unit(const struct instrument_view *view)
{
    return view->instrument != NULL && view->instrument->tick % 2 == 0 ? view->instrument->tick / 2 : 1;
}

static struct instrument_view *view_create(struct model *model, const struct market *market)
{
    struct instrument_view *view = must(calloc(1, sizeof *view));
    const struct quote *quote = &market->quote;
    view->market = market;
    view->instrument = instruments_find(model->instruments, quote->exchange, quote->symbol);
    view->multiplier = 1;
    view->price_decimals = 2;
    view->reference = view->high = view->low = DECIMAL_NONE;
    view->trade_head = MODEL_TRADES - 1;
    const struct instrument *primary = instruments_primary(model->instruments, quote->symbol);
    view->primary = primary == NULL || primary == view->instrument;
    if (view->instrument != NULL) {
        view->multiplier = view->instrument->multiplier;
        view->price_decimals = instrument_price_decimals(view->instrument);
        view->quantity_decimals = instrument_quantity_decimals(view->instrument);
    }
    view->candles = candles_create(model_price_unit(view));
    return view;
}

static struct instrument_view *view_of(struct model *model, const struct market *market)
{
    if (market->index < model->view_count)
        return model->views[market->index];
    assert(market->index == model->view_count);
    if (model->view_count == model->view_capacity) {
        model->view_capacity = model->view_capacity == 0 ? 64 : model->view_capacity * 2;
        model->views = must(realloc(model->views, model->view_capacity * sizeof *model->views));
    }
    struct instrument_view *view = view_create(model, market);
    model->views[model->view_count++] = view;
    return view;
}

static void move(struct movement *movement, int64_t before, int64_t now, int64_t at_ns)
{
    if (before == now || before == DECIMAL_NONE || now == DECIMAL_NONE)
        return;
    movement->at_ns = at_ns;
    movement->direction = now > before ? 1 : -1;
}

/* The reference of a day is its first mid; high and low follow the trades once there is one. */
static void follow_day(struct instrument_view *view, const struct quote *quote, int64_t mid)
{
    int64_t day_ns = timestamp_day_start(quote->timestamp_ns);
    if (view->reference == DECIMAL_NONE || day_ns > view->day_ns) {
        view->day_ns = day_ns;
        view->reference = mid;
        view->high = view->low = mid;
        view->high_is_trade = false;
    }
    bool trade = quote->last != DECIMAL_NONE;
    if (!trade && view->high_is_trade)
        return;
    int64_t price = trade ? quote->last : mid;
    if (trade && !view->high_is_trade) {
        view->high = view->low = price;
        view->high_is_trade = true;
    }
    if (price > view->high)
        view->high = price;
    if (price < view->low)
        view->low = price;
}

void model_market_need_trades(struct instrument_view *view)
{
    if (view->trades == NULL)
        view->trades = must(calloc(MODEL_TRADES, sizeof *view->trades));
}

static void keep_trade(struct instrument_view *view, const struct quote *quote)
{
    model_market_need_trades(view);
    if (view->profile == NULL)
        view->profile = must(calloc(1, sizeof *view->profile));
    volume_profile_add(view->profile, timestamp_day_start(quote->timestamp_ns), model_price_step(view), quote);
    view->trade_head = (view->trade_head + 1) % MODEL_TRADES;
    view->trades[view->trade_head] = (struct trade){
        .price = quote->last, .size = quote->last_size, .side = quote->last_side, .timestamp_ns = quote->timestamp_ns};
    if (view->trade_count < MODEL_TRADES)
        view->trade_count++;
}

void model_market_fold(struct model *model, const struct event *event, int64_t age_ns, int64_t monotonic_ns)
{
    const struct quote *quote = &event->quote;
    const struct market *before = quotes_find(model->quotes, quote->exchange, quote->symbol);
    int64_t bid = before == NULL ? DECIMAL_NONE : before->quote.bid;
    int64_t ask = before == NULL ? DECIMAL_NONE : before->quote.ask;
    int64_t last = before == NULL ? DECIMAL_NONE : before->quote.last;
    bool is_trade = market_is_new_trade(before, quote);
    const struct market *market = quotes_fold(model->quotes, event, age_ns, monotonic_ns);
    if (market == NULL)
        return;
    struct instrument_view *view = view_of(model, market);
    if (view->first_sequence == 0)
        view->first_sequence = event->sequence;
    view->window_quotes += age_ns <= 0; /* history says nothing about rates */
    if (view->instrument == NULL)
        widen_decimals(view, quote);
    move(&view->bid, bid, market->quote.bid, market->seen_ns);
    move(&view->ask, ask, market->quote.ask, market->seen_ns);
    if (quote->last != DECIMAL_NONE)
        move(&view->last, last, quote->last, market->seen_ns);
    if (is_trade) {
        keep_trade(view, quote);
        working_orders_trade(model->working, event);
    }
    follow_day(view, quote, market_mid(market));
    candles_fold(view->candles, event, is_trade);
}

void model_market_tick(struct model *model, int64_t elapsed_ns)
{
    for (size_t i = 0; i < model->view_count; i++) {
        struct instrument_view *view = model->views[i];
        view->quotes_per_second = (float)((double)view->window_quotes * 1e9 / (double)elapsed_ns);
        view->window_quotes = 0;
    }
}

void model_market_free(struct model *model)
{
    for (size_t i = 0; i < model->view_count; i++) {
        candles_destroy(model->views[i]->candles);
        free(model->views[i]->trades);
        free(model->views[i]->profile);
        free(model->views[i]);
    }
    free(model->views);
}

const struct instrument_view *model_instrument(const struct model *model, size_t index)
{
    return index < model->view_count ? model->views[index] : NULL;
}

const struct instrument_view *model_primary(const struct model *model, const char *symbol)
{
    const struct market *market = mark_market(model->quotes, model->instruments, symbol);
    return market == NULL ? NULL : model_instrument(model, market->index);
}

int64_t model_price_step(const struct instrument_view *view)
{
    if (view->instrument != NULL)
        return view->instrument->tick;
    int64_t step = PRICE_ONE;
    for (int i = 0; i < view->price_decimals; i++)
        step /= 10;
    return step;
}

const struct trade *model_trade(const struct instrument_view *view, int back)
{
    if (back < 0 || back >= view->trade_count)
        return NULL;
    return &view->trades[(view->trade_head - back + MODEL_TRADES) % MODEL_TRADES];
}
