/* The past of an instrument, read in steps that go further and further back: what is near is there soon. A stretch is
 * folded apart and joined when it is complete, for it comes in the order of the tape, the oldest first. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/model_private.h"

#define MINUTE_NS (60 * NS_PER_SECOND)

/* No further step after one that took so long: the server has better things to do. */
#define PATIENCE_NS (5 * NS_PER_SECOND)

static const int64_t steps_ns[] = {10 * MINUTE_NS, 60 * MINUTE_NS, 6 * 60 * MINUTE_NS, NS_PER_DAY};

enum { STEPS = sizeof steps_ns / sizeof steps_ns[0] };

static void forget_stretch(struct model_past *past)
{
    candles_destroy(past->candles);
    *past = (struct model_past){0};
}

bool model_past_begin(struct model *model, size_t index, int64_t wall_ns, int64_t monotonic_ns, struct past_wish *wish)
{
    struct model_past *past = &model->past;
    if (index >= model->view_count || (past->reading && past->index == index))
        return false;
    struct instrument_view *view = model->views[index];
    if (view->first_sequence <= 1 || view->past_steps >= STEPS || view->past_failed)
        return false;
    forget_stretch(past);
    *wish =
        (struct past_wish){.from_ns = wall_ns - steps_ns[view->past_steps], .to_sequence = view->first_sequence - 1};
    text_copy(wish->exchange, sizeof wish->exchange, view->market->quote.exchange);
    text_copy(wish->symbol, sizeof wish->symbol, view->market->quote.symbol);
    *past = (struct model_past){
        .reading = true, .index = index, .began_ns = monotonic_ns, .candles = candles_create(model_price_unit(view))};
    model->version++;
    return true;
}

void model_past_retry(struct model *model, size_t index)
{
    if (index < model->view_count)
        model->views[index]->past_failed = false;
}

void model_past_fold(struct model *model, const struct event *event)
{
    struct model_past *past = &model->past;
    if (!past->reading || event->kind != EVENT_QUOTE)
        return;
    bool is_trade = market_is_new_trade(past->count == 0 ? NULL : &past->market, &event->quote);
    if (past->count++ == 0)
        past->first_sequence = event->sequence;
    past->market.quote = event->quote;
    candles_fold(past->candles, event, is_trade);
    if (is_trade) {
        past->trades[past->trade_count++ % MODEL_TRADES] = (struct trade){.price = event->quote.last,
                                                                          .size = event->quote.last_size,
                                                                          .side = event->quote.last_side,
                                                                          .timestamp_ns = event->quote.timestamp_ns};
    }
}

/* Puts the latest of the past behind those that are kept, as far as there is room. */
static void join_trades(struct instrument_view *view, const struct model_past *past)
{
    struct trade joined[MODEL_TRADES];
    const struct trade *trade;
    int count = 0;
    for (int back = 0; (trade = model_trade(view, back)) != NULL; back++)
        joined[count++] = *trade;
    for (size_t i = past->trade_count; i > 0 && past->trade_count - i < MODEL_TRADES && count < MODEL_TRADES; i--)
        joined[count++] = past->trades[(i - 1) % MODEL_TRADES];
    if (count == 0)
        return;
    model_market_need_trades(view);
    view->trade_count = count;
    view->trade_head = count - 1;
    for (int i = 0; i < count; i++)
        view->trades[count - 1 - i] = joined[i];
}

void model_past_end(struct model *model, bool read, int64_t monotonic_ns)
{
    struct model_past *past = &model->past;
    if (!past->reading)
        return;
    struct instrument_view *view = model->views[past->index];
    view->past_failed = !read;
    if (read) {
        candles_put_before(view->candles, past->candles);
        join_trades(view, past);
        if (past->count > 0)
            view->first_sequence = past->first_sequence;
        view->past_steps = monotonic_ns - past->began_ns > PATIENCE_NS ? STEPS : view->past_steps + 1;
    }
    forget_stretch(past);
    model->version++;
}

bool model_past_is_read(const struct model *model, const struct instrument_view *view)
{
    return model->past.reading && model->views[model->past.index] == view;
}

void model_past_free(struct model *model)
{
    forget_stretch(&model->past);
}
