/* The read model: events in, what the screen shows out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/model.h"
#include "ui/position_totals.h"

#define CENTS(x) ((int64_t)(x)*10000000)
#define LOTS(x)  ((int64_t)(x)*QUANTITY_ONE)

static const int64_t day_ns = INT64_C(1795392000) * 1000000000; /* 2026-11-23 00:00 */

struct fixture {
    struct instruments instruments;
    struct model *model;
    uint64_t sequence;
    int64_t wall_ns, now_ns;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct error error;
    memset(&fixture, 0, sizeof fixture);
    if (instruments_init_builtin(&fixture.instruments, &error) != 0)
        return -1;
    fixture.model = model_create(&fixture.instruments, "SIM-1", 5 * NS_PER_SECOND);
    fixture.wall_ns = day_ns + 14 * 3600 * NS_PER_SECOND;
    fixture.now_ns = 1000 * NS_PER_SECOND;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    model_destroy(fixture->model);
    instruments_free(&fixture->instruments);
    return 0;
}

static void fold_aged(struct fixture *fixture, struct event *event, int64_t age_ns)
{
    event->sequence = ++fixture->sequence;
    event->stored_ns = fixture->wall_ns - age_ns;
    model_fold(fixture->model, event, age_ns, fixture->wall_ns, fixture->now_ns);
}

static void quote_aged(struct fixture *fixture, const char *exchange, const char *symbol, int64_t bid, int64_t ask,
                       int64_t last, int64_t age_ns)
{
    struct event event = event_empty(EVENT_QUOTE);
    text_copy(event.quote.symbol, sizeof event.quote.symbol, symbol);
    text_copy(event.quote.exchange, sizeof event.quote.exchange, exchange);
    event.quote.bid = bid;
    event.quote.ask = ask;
    event.quote.last = last;
    event.quote.bid_size = event.quote.ask_size = LOTS(100);
    event.quote.timestamp_ns = fixture->wall_ns - age_ns;
    event.quote.received_ns = fixture->wall_ns - age_ns - 2 * NS_PER_MS;
    fold_aged(fixture, &event, age_ns);
}

static void quote(struct fixture *fixture, const char *symbol, int64_t bid, int64_t ask, int64_t last)
{
    quote_aged(fixture, "NYSE", symbol, bid, ask, last, 0);
}

static void test_quotes_move(void **state)
{
    struct fixture *fixture = *state;
    quote(fixture, "AAPL", CENTS(10000), CENTS(10002), DECIMAL_NONE);
    const struct instrument_view *view = model_primary(fixture->model, "AAPL");
    assert_non_null(view);
    assert_int_equal(view->price_decimals, 2);
    assert_int_equal(view->bid.direction, 0); /* the first price moved nothing */
    assert_int_equal(view->reference, CENTS(10001));
    fixture->now_ns += NS_PER_SECOND;
    quote(fixture, "AAPL", CENTS(10001), CENTS(10002), CENTS(10002));
    assert_int_equal(view->bid.direction, 1);
    assert_int_equal(view->bid.at_ns, fixture->now_ns);
    assert_int_equal(view->ask.direction, 0);
    assert_int_equal(view->trade_count, 1);
    fixture->now_ns += NS_PER_SECOND;
    quote(fixture, "AAPL", CENTS(9990), CENTS(9991), CENTS(9990));
    assert_int_equal(view->bid.direction, -1);
    assert_int_equal(view->last.direction, -1);
    assert_int_equal(model_trade(view, 0)->price, CENTS(9990));
    assert_int_equal(model_trade(view, 1)->price, CENTS(10002));
    assert_null(model_trade(view, 2));
    assert_int_equal(view->high, CENTS(10002)); /* trades, not the first mid */
    assert_int_equal(view->low, CENTS(9990));
    assert_int_equal(view->reference, CENTS(10001));
    fixture->wall_ns += NS_PER_DAY; /* a new day has a new reference */
    quote(fixture, "AAPL", CENTS(9000), CENTS(9002), DECIMAL_NONE);
    assert_int_equal(view->reference, CENTS(9001));
    assert_int_equal(view->high, CENTS(9001));
}

static void test_candles(void **state)
{
    struct fixture *fixture = *state;
    struct candle candle;
    quote(fixture, "AAPL", CENTS(100), CENTS(102), DECIMAL_NONE);
    quote(fixture, "AAPL", CENTS(103), CENTS(105), DECIMAL_NONE);
    const struct instrument_view *view = model_primary(fixture->model, "AAPL");
    assert_true(candles_read(view->candles, CANDLES_1S, fixture->wall_ns / NS_PER_SECOND, &candle));
    assert_int_equal(candle.open, CENTS(101));
    assert_int_equal(candle.close, CENTS(104));
}

/* A quote of the tape before the first that was folded, so many seconds ago. */
static void past(struct fixture *fixture, uint64_t sequence, int seconds, int64_t last)
{
    struct event event = event_empty(EVENT_QUOTE);
    text_copy(event.quote.symbol, sizeof event.quote.symbol, "AAPL");
    text_copy(event.quote.exchange, sizeof event.quote.exchange, "NYSE");
    event.quote.bid = event.quote.last = last;
    event.quote.ask = last + CENTS(1);
    event.quote.last_size = LOTS(1);
    event.quote.timestamp_ns = event.stored_ns = fixture->wall_ns - seconds * NS_PER_SECOND;
    event.sequence = sequence;
    model_past_fold(fixture->model, &event);
}

static bool begin_past(struct fixture *fixture, size_t index, struct past_wish *wish)
{
    return model_past_begin(fixture->model, index, fixture->wall_ns, fixture->now_ns, wish);
}

static void test_past(void **state)
{
    struct fixture *fixture = *state;
    struct past_wish wish;
    struct candle candle;
    fixture->sequence = 99;
    quote(fixture, "AAPL", CENTS(100), CENTS(102), CENTS(102));
    quote(fixture, "GOOG", CENTS(100), CENTS(102), CENTS(102));
    const struct instrument_view *view = model_primary(fixture->model, "AAPL");
    int64_t second = fixture->wall_ns / NS_PER_SECOND;
    assert_true(begin_past(fixture, 0, &wish));
    assert_string_equal(wish.symbol, "AAPL");
    assert_int_equal(wish.to_sequence, 99);
    assert_int_equal(wish.from_ns, fixture->wall_ns - 600 * NS_PER_SECOND);
    assert_true(model_past_is_read(fixture->model, view));
    assert_false(begin_past(fixture, 0, &wish)); /* it is being read */
    past(fixture, 50, 90, CENTS(98));
    past(fixture, 60, 30, CENTS(99));
    assert_false(candles_read(view->candles, CANDLES_1S, second - 30, &candle)); /* it is joined as a whole */
    model_past_end(fixture->model, true, fixture->now_ns);
    assert_true(candles_read(view->candles, CANDLES_1S, second - 90, &candle));
    assert_int_equal(candle.close, CENTS(98));
    assert_int_equal(view->trade_count, 3);
    assert_int_equal(model_trade(view, 0)->price, CENTS(102));
    assert_int_equal(model_trade(view, 1)->price, CENTS(99));
    assert_int_equal(model_trade(view, 2)->price, CENTS(98));
    quote(fixture, "AAPL", CENTS(100), CENTS(102), CENTS(103)); /* what comes goes in front */
    assert_int_equal(model_trade(view, 0)->price, CENTS(103));
    assert_int_equal(model_trade(view, 3)->price, CENTS(98));
    /* The next step ends where that one began; it is given up for another instrument. */
    assert_true(begin_past(fixture, 0, &wish));
    assert_int_equal(wish.to_sequence, 49);
    past(fixture, 40, 1800, CENTS(97));
    assert_true(begin_past(fixture, 1, &wish));
    assert_string_equal(wish.symbol, "GOOG");
    model_past_end(fixture->model, false, fixture->now_ns);
    assert_false(begin_past(fixture, 1, &wish)); /* it cannot be read: once is enough, until one comes back to it */
    model_past_retry(fixture->model, 1);
    assert_true(begin_past(fixture, 1, &wish));
    assert_true(begin_past(fixture, 0, &wish));
    assert_int_equal(wish.from_ns, fixture->wall_ns - 3600 * NS_PER_SECOND);
    model_past_end(fixture->model, true, fixture->now_ns + 60 * NS_PER_SECOND);
    assert_false(begin_past(fixture, 0, &wish)); /* that took too long to go on */
}

/* The first quote of the tape has nothing before it. */
static void test_no_past(void **state)
{
    struct fixture *fixture = *state;
    struct past_wish wish;
    quote(fixture, "AAPL", CENTS(100), CENTS(102), DECIMAL_NONE);
    assert_false(begin_past(fixture, 0, &wish));
    assert_false(begin_past(fixture, 1, &wish)); /* no such instrument */
    past(fixture, 1, 5, CENTS(98));
    model_past_end(fixture->model, true, fixture->now_ns);
    assert_int_equal(model_primary(fixture->model, "AAPL")->trade_count, 0);
}

static void test_unknown_instrument(void **state)
{
    struct fixture *fixture = *state;
    quote_aged(fixture, "LSE", "VOD", CENTS(7250) + 5000000, CENTS(7251), DECIMAL_NONE, 0);
    const struct instrument_view *view = model_primary(fixture->model, "VOD");
    assert_non_null(view);
    assert_null(view->instrument);
    assert_int_equal(view->price_decimals, 3); /* as many as the prices have */
    assert_int_equal(view->multiplier, 1);
}

static void test_stale_and_history(void **state)
{
    struct fixture *fixture = *state;
    quote_aged(fixture, "NYSE", "AAPL", CENTS(100), CENTS(101), DECIMAL_NONE, 6 * NS_PER_SECOND);
    const struct market *market = model_primary(fixture->model, "AAPL")->market;
    assert_true(model_is_stale(fixture->model, market, fixture->now_ns)); /* old when it was read */
    quote(fixture, "AAPL", CENTS(100), CENTS(101), DECIMAL_NONE);
    assert_false(model_is_stale(fixture->model, market, fixture->now_ns));
    assert_false(model_is_stale(fixture->model, market, fixture->now_ns + 5 * NS_PER_SECOND));
    assert_true(model_is_stale(fixture->model, market, fixture->now_ns + 5 * NS_PER_SECOND + 1));
}

/* ---- positions ------------------------------------------------------------------------------------------------ */

static void position(struct fixture *fixture, uint64_t epoch, uint64_t orders_seq, int64_t quantity, int128 cost)
{
    struct event event = event_empty(EVENT_POSITION);
    text_copy(event.position.account, sizeof event.position.account, "SIM-1");
    text_copy(event.position.symbol, sizeof event.position.symbol, "AAPL");
    event.position.quantity = quantity;
    event.position.cost = cost;
    event.position.epoch = epoch;
    event.position.orders_seq = orders_seq;
    fold_aged(fixture, &event, 0);
}

static void test_positions_by_epoch(void **state)
{
    static const struct {
        uint64_t epoch, orders_seq;
        int64_t quantity, held;
    } steps[] = {
        {1, 10, 100, 100}, {1, 10, 999, 100}, /* a duplicate */
        {1, 9, 999, 100},                     /* older */
        {1, 11, 150, 150}, {2, 3, 70, 70},    /* the tape was found shorter */
        {1, 12, 999, 70},                     /* from before that */
        {2, 4, 0, 0},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        position(fixture, steps[i].epoch, steps[i].orders_seq, LOTS(steps[i].quantity), 0);
        assert_int_equal(model_position_count(fixture->model), 1);
        assert_int_equal(model_position_at(fixture->model, 0)->position.quantity, LOTS(steps[i].held));
    }
}

static void test_position_value(void **state)
{
    struct fixture *fixture = *state;
    position(fixture, 0, 1, LOTS(300), money_of(CENTS(18842), LOTS(300)));
    const struct position_view *view = model_position_at(fixture->model, 0);
    struct position_value value = model_position_value(fixture->model, view, fixture->now_ns);
    assert_false(value.known); /* no mark: a dash, never a zero */
    assert_true(value.unrealized == MONEY_NONE);
    quote_aged(fixture, "NASDAQ", "AAPL", CENTS(18800), CENTS(18800), DECIMAL_NONE, 0);
    value = model_position_value(fixture->model, view, fixture->now_ns);
    assert_true(value.mark == CENTS(18800) && !value.stale); /* until the primary exchange quotes */
    quote(fixture, "AAPL", CENTS(18901), CENTS(18902), DECIMAL_NONE);
    value = model_position_value(fixture->model, view, fixture->now_ns);
    assert_true(value.known);
    assert_false(value.stale);
    assert_int_equal(value.mark, CENTS(18901) + 5000000);
    assert_true(value.unrealized == MONEY_ONE * 17850 / 100);
    assert_true(value.exposure == MONEY_ONE * 5670450 / 100);
    assert_true(model_position_value(fixture->model, view, fixture->now_ns + 6 * NS_PER_SECOND).stale);
    quote(fixture, "AAPL", CENTS(18903), CENTS(18902), DECIMAL_NONE);
    assert_true(model_position_value(fixture->model, view, fixture->now_ns).stale); /* crossed */
}

/* Every mark is the one that risk uses; a last trade only stands in for a quote that is not fresh. */
static void test_marks(void **state)
{
    static const struct {
        int64_t bid, ask, last; /* cents; 0: no quote, no trade */
        int64_t age_s, last_price;
        int64_t mark; /* -1: none */
        bool stale;
    } cases[] = {
        {0, 0, 0, 0, 0, -1, false},
        {0, 0, 0, 0, 18700, 18700, true}, /* the price of the last fill */
        {18900, 18902, 18910, 0, 18700, 18901, false},
        {18900, 18902, 18910, 5, 18700, 18901, false},
        {18900, 18902, 18910, 6, 18700, 18910, true},
        {18900, 18902, 0, 6, 18700, 18901, true}, /* no trade seen: the old mid is the best there is */
        {18904, 18902, 18910, 0, 18700, 18903, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture *fixture;
        assert_int_equal(set_up((void **)&fixture), 0);
        if (cases[i].bid != 0)
            quote_aged(fixture, "NYSE", "AAPL", CENTS(cases[i].bid), CENTS(cases[i].ask),
                       cases[i].last == 0 ? DECIMAL_NONE : CENTS(cases[i].last), cases[i].age_s * NS_PER_SECOND);
        struct position_view view = {.known = true};
        text_copy(view.position.symbol, sizeof view.position.symbol, "AAPL");
        view.position.quantity = LOTS(100);
        view.position.last_price = cases[i].last_price == 0 ? DECIMAL_NONE : CENTS(cases[i].last_price);
        struct position_value value = model_position_value(fixture->model, &view, fixture->now_ns);
        assert_int_equal(value.known, cases[i].mark >= 0);
        assert_true(value.mark == (cases[i].mark < 0 ? DECIMAL_NONE : CENTS(cases[i].mark)));
        assert_int_equal(value.stale, cases[i].stale);
        tear_down((void **)&fixture);
    }
}

/* What the rounding of the cost left out counts: with a multiplier it is more than the last digit. */
static void test_exact_cost(void **state)
{
    struct fixture *fixture = *state;
    struct instrument future = {
        .symbol = "ES", .exchange = "CME", .currency = "USD", .tick = CENTS(25), .lot = QUANTITY_ONE, .multiplier = 50};
    struct error error;
    assert_int_equal(instruments_put(&fixture->instruments, &future, &error), 0);
    struct position_view view = {.known = true};
    text_copy(view.position.symbol, sizeof view.position.symbol, "ES");
    view.position.quantity = LOTS(1);
    view.position.cost = 333;
    view.position.cost_fraction = INT64_MAX / 3 * 2; /* a third of 1e-17 */
    view.position.last_price = CENTS(1);
    struct position_value value = model_position_value(fixture->model, &view, fixture->now_ns);
    assert_true(value.unrealized == (money_of(CENTS(1), LOTS(1)) - 333) * 50 - 17); /* 50 / 3 */
}

static void add_total(struct fixture *fixture, struct position_totals *totals, const char *currency, int64_t units)
{
    struct position_view view = {.known = true};
    struct position_value value = {.known = true, .unrealized = units * MONEY_ONE};
    text_copy(view.position.currency, sizeof view.position.currency, currency);
    view.position.quantity = LOTS(1);
    view.position.realized_pnl = 2 * units * MONEY_ONE;
    position_totals_add(totals, fixture->model, &view, &value);
}

/* Totals are in the base currency, by the rates of the tape; what has no rate is left out, and named. */
static void test_totals_of_several_currencies(void **state)
{
    struct fixture *fixture = *state;
    struct instrument pair = {.symbol = "EURUSD",
                              .exchange = "FX",
                              .kind = INSTRUMENT_FX,
                              .currency = "USD",
                              .tick = PRICE_ONE / 10000,
                              .lot = QUANTITY_ONE,
                              .multiplier = 1};
    struct position_totals totals = {0};
    struct rates_config config;
    struct error error;
    rates_config_init(&config);
    assert_int_equal(rates_config_set(&config, "GBP", "1.25", &error), 0);
    assert_int_equal(instruments_put(&fixture->instruments, &pair, &error), 0);
    model_set_rates(fixture->model, &config);
    add_total(fixture, &totals, "USD", 100);
    add_total(fixture, &totals, "GBP", 40);
    assert_true(totals.unrealized == 150 * MONEY_ONE && totals.realized == 300 * MONEY_ONE);
    assert_false(totals.partial);
    add_total(fixture, &totals, "EUR", 10);
    add_total(fixture, &totals, "JPY", 10);
    add_total(fixture, &totals, "EUR", 10);
    assert_true(totals.unrealized == 150 * MONEY_ONE && totals.partial);
    assert_string_equal(totals.no_rate, "EUR, JPY");
    quote_aged(fixture, "FX", "EURUSD", CENTS(120), CENTS(120), DECIMAL_NONE, 0);
    totals = (struct position_totals){0};
    add_total(fixture, &totals, "EUR", 10);
    assert_true(totals.unrealized == 12 * MONEY_ONE && !totals.partial);
    model_forget(fixture->model); /* with the quotes the rates are gone, and not what was configured */
    add_total(fixture, &totals, "EUR", 10);
    assert_string_equal(totals.no_rate, "EUR");
    add_total(fixture, &totals, "GBP", 4);
    assert_true(totals.unrealized == 17 * MONEY_ONE);
}

/* ---- orders --------------------------------------------------------------------------------------------------- */

static struct event order_event(enum event_kind kind, const char *order_id)
{
    struct event event = event_empty(kind);
    struct order_request *request = kind == EVENT_ORDER_NEW ? &event.request : &event.decision.order;
    if (kind == EVENT_ORDER_ACCEPTED) {
        text_copy(event.acknowledgement.order_id, ID_SIZE, order_id);
        text_copy(event.acknowledgement.account, ACCOUNT_SIZE, "SIM-1");
        text_copy(event.acknowledgement.symbol, SYMBOL_SIZE, "AAPL");
        text_copy(event.acknowledgement.exchange, EXCHANGE_SIZE, "NYSE");
        return event;
    }
    text_copy(request->order_id, ID_SIZE, order_id);
    text_copy(request->account, ACCOUNT_SIZE, "SIM-1");
    text_copy(request->symbol, SYMBOL_SIZE, "AAPL");
    text_copy(request->exchange, EXCHANGE_SIZE, "NYSE");
    request->side = SIDE_BUY;
    request->type = ORDER_MARKET;
    request->quantity = LOTS(100);
    return event;
}

static struct event fill_event(const char *order_id, int number, int64_t cumulative)
{
    struct event event = event_empty(EVENT_ORDER_EXECUTED);
    struct execution *execution = &event.execution;
    text_copy(execution->order_id, ID_SIZE, order_id);
    snprintf(execution->execution_id, sizeof execution->execution_id, "%s-%d", order_id, number);
    text_copy(execution->account, ACCOUNT_SIZE, "SIM-1");
    text_copy(execution->symbol, SYMBOL_SIZE, "AAPL");
    text_copy(execution->exchange, EXCHANGE_SIZE, "NYSE");
    execution->side = SIDE_BUY;
    execution->quantity = LOTS(50);
    execution->price = CENTS(100);
    execution->cumulative_quantity = cumulative;
    execution->leaves_quantity = LOTS(100) - cumulative;
    execution->filled = execution->leaves_quantity == 0;
    return event;
}

static void fill(struct fixture *fixture, const char *order_id, int number, int64_t cumulative)
{
    struct event event = fill_event(order_id, number, cumulative);
    fold_aged(fixture, &event, 0);
}

static void place_order(struct fixture *fixture, const char *order_id)
{
    static const enum event_kind kinds[] = {EVENT_ORDER_NEW, EVENT_ORDER_VALIDATED, EVENT_ORDER_ACCEPTED};
    for (int i = 0; i < 3; i++) {
        struct event event = order_event(kinds[i], order_id);
        fold_aged(fixture, &event, 0);
    }
}

static void test_fills_and_behind(void **state)
{
    struct fixture *fixture = *state;
    place_order(fixture, "o-1");
    fill(fixture, "o-1", 1, LOTS(50));
    const struct position_view *view = model_position_at(fixture->model, 0);
    assert_non_null(view);
    assert_false(view->known); /* a fill, but no position yet */
    assert_true(model_position_is_behind(view));
    uint64_t fill_sequence = fixture->sequence;
    position(fixture, 0, fill_sequence, LOTS(50), 0);
    assert_true(view->known);
    assert_false(model_position_is_behind(view));
    fill(fixture, "o-1", 1, LOTS(50)); /* stands twice on the tape: no new fill */
    assert_false(model_position_is_behind(view));
    assert_null(model_fill(fixture->model, 1));
    fill(fixture, "o-1", 2, LOTS(100));
    assert_true(model_position_is_behind(view));
    assert_int_equal(execution_number(&model_fill(fixture->model, 0)->execution), 2);
    assert_int_equal(execution_number(&model_fill(fixture->model, 1)->execution), 1);
    assert_null(model_fill(fixture->model, 2));
}

static void test_requests(void **state)
{
    struct fixture *fixture = *state;
    struct event sent = order_event(EVENT_ORDER_NEW, "mine");
    assert_true(model_request_sent(fixture->model, &sent, 7, fixture->now_ns));
    const struct request_view *request = model_request_of_order(fixture->model, "mine");
    assert_ptr_equal(request, model_request(fixture->model, 7));
    assert_int_equal(request->state, REQUEST_STATE_SENT);
    model_request_answered(fixture->model, 7, REQUEST_STATE_UNKNOWN, "no answer in 2 s", fixture->now_ns);
    assert_int_equal(request->state, REQUEST_STATE_UNKNOWN);
    assert_false(request->seen);
    model_request_answered(fixture->model, 99, REQUEST_STATE_REFUSED, "", fixture->now_ns); /* nobody's */
    fold_aged(fixture, &sent, 0);                                                           /* the tape tells */
    assert_true(request->seen);
    assert_int_equal(request->state, REQUEST_STATE_STORED);
    assert_null(model_request_of_order(fixture->model, "other"));
}

/* By stored times, the nearest of the latest; what was measured is shown from the next second on. */
static void test_latencies(void **state)
{
    struct fixture *fixture = *state;
    model_tick(fixture->model, fixture->now_ns);
    assert_int_equal(model_latency(fixture->model, MODEL_STAGE_FRAME).samples, 0);
    for (int i = 1; i <= 100; i++)
        model_note_latency(fixture->model, MODEL_STAGE_FRAME, i * NS_PER_MS);
    model_note_latency(fixture->model, MODEL_STAGE_FRAME, -1); /* no clock goes backwards */
    model_tick(fixture->model, fixture->now_ns + 2 * NS_PER_SECOND);
    struct latency latency = model_latency(fixture->model, MODEL_STAGE_FRAME);
    assert_int_equal(latency.samples, 100);
    assert_int_equal(latency.p50_ns, 51 * NS_PER_MS);
    assert_int_equal(latency.p99_ns, 100 * NS_PER_MS);
    assert_int_equal(latency.max_ns, 100 * NS_PER_MS);
    for (int i = 0; i < MODEL_LATENCIES; i++)
        model_note_latency(fixture->model, MODEL_STAGE_FRAME, NS_PER_MS);
    model_tick(fixture->model, fixture->now_ns + 4 * NS_PER_SECOND);
    assert_int_equal(model_latency(fixture->model, MODEL_STAGE_FRAME).max_ns, NS_PER_MS); /* the old ones are gone */
}

static void test_events_are_kept_by_stream(void **state)
{
    struct fixture *fixture = *state;
    struct event order = order_event(EVENT_ORDER_NEW, "mine");
    fold_aged(fixture, &order, 0);
    struct event exposure = event_empty(EVENT_EXPOSURE);
    for (int i = 0; i < MODEL_EVENTS + 1; i++)
        fold_aged(fixture, &exposure, 0);
    assert_int_equal(model_event(fixture->model, MODEL_ORDERS, 0)->number, 1);
    assert_null(model_event(fixture->model, MODEL_ORDERS, 1));
    assert_int_equal(model_event(fixture->model, MODEL_RISK, 0)->number, MODEL_EVENTS + 2);
    assert_int_equal(model_event(fixture->model, MODEL_RISK, MODEL_EVENTS - 1)->number, 3);
    assert_null(model_event(fixture->model, MODEL_RISK, MODEL_EVENTS));
    assert_null(model_event(fixture->model, MODEL_POSITIONS, 0));
    assert_int_equal(model_event_count(fixture->model), MODEL_EVENTS + 2);
}

static void test_answers(void **state)
{
    struct fixture *fixture = *state;
    struct event event = event_empty(EVENT_CANCEL_REJECTED);
    text_copy(event.answer.order_id, sizeof event.answer.order_id, "mine");
    text_copy(event.answer.request_id, sizeof event.answer.request_id, "request-1");
    assert_null(model_answer(fixture->model, "request-1"));
    fold_aged(fixture, &event, 0);
    assert_int_equal(model_answer(fixture->model, "request-1")->kind, EVENT_CANCEL_REJECTED);
    assert_null(model_answer(fixture->model, "request-2"));
}

static void test_rates(void **state)
{
    struct fixture *fixture = *state;
    struct server_metrics metrics = {.available = true, .stream_count = 1, .streams = {{.name = "ORDERS"}}};
    assert_true(model_stream_rate(fixture->model, "ORDERS", 0) < 0);
    for (int i = 1; i <= 3; i++) {
        metrics.streams[0].messages_per_second = i;
        model_set_metrics(fixture->model, &metrics);
    }
    assert_true(model_stream_rate(fixture->model, "ORDERS", 0) == 3);
    assert_true(model_stream_rate(fixture->model, "ORDERS", 2) == 1);
    assert_true(model_stream_rate(fixture->model, "ORDERS", 3) < 0);
    assert_true(model_stream_rate(fixture->model, "RISK", 0) < 0);
}

static void test_requests_fill_up(void **state)
{
    struct fixture *fixture = *state;
    char id[16];
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        snprintf(id, sizeof id, "o-%d", i);
        struct event event = order_event(EVENT_ORDER_NEW, id);
        assert_true(model_request_sent(fixture->model, &event, (uint64_t)i + 1, fixture->now_ns + i));
    }
    struct event more = order_event(EVENT_ORDER_NEW, "more");
    assert_false(model_request_sent(fixture->model, &more, 1000, fixture->now_ns)); /* none is answered */
    model_request_answered(fixture->model, 5, REQUEST_STATE_REFUSED, "full", fixture->now_ns);
    assert_true(model_request_sent(fixture->model, &more, 1000, fixture->now_ns));
    assert_null(model_request(fixture->model, 5));
    assert_non_null(model_request(fixture->model, 1)); /* what is not answered stays */
}

static void trading_state(struct fixture *fixture, enum trading_state value, const char *scope)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    event.state.state = value;
    text_copy(event.state.scope, sizeof event.state.scope, scope);
    snprintf(event.state.request_id, sizeof event.state.request_id, "request-%d", (int)fixture->sequence);
    text_copy(event.state.by, sizeof event.state.by, "anna");
    fold_aged(fixture, &event, 0);
}

static void test_trading_state(void **state)
{
    static const struct {
        enum trading_state set;
        const char *scope;
        enum trading_state holds;
        const char *because; /* its scope */
    } steps[] = {
        {TRADING_HALTED, "OTHER", TRADING_ACTIVE, NULL}, {TRADING_REDUCING, "SIM-1", TRADING_REDUCING, "SIM-1"},
        {TRADING_HALTED, "*", TRADING_HALTED, "*"},      {TRADING_ACTIVE, "SIM-1", TRADING_HALTED, "*"},
        {TRADING_ACTIVE, "*", TRADING_ACTIVE, NULL},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const struct state_change *change;
        trading_state(fixture, steps[i].set, steps[i].scope);
        assert_int_equal(model_trading_state(fixture->model, &change), steps[i].holds);
        if (steps[i].because == NULL)
            assert_null(change);
        else
            assert_string_equal(change->scope, steps[i].because);
    }
}

/* ---- the rest ------------------------------------------------------------------------------------------------- */

static void test_flow(void **state)
{
    struct fixture *fixture = *state;
    model_tick(fixture->model, fixture->now_ns);
    assert_int_equal(model_flow(fixture->model).latency_ns, -1);
    for (int i = 0; i < 50; i++)
        quote(fixture, "AAPL", CENTS(100 + i), CENTS(101 + i), DECIMAL_NONE);
    for (int i = 0; i < 50; i++) /* history counts neither for the rate nor for the latency */
        quote_aged(fixture, "NYSE", "GOOG", CENTS(100), CENTS(101), DECIMAL_NONE, NS_PER_SECOND);
    fixture->now_ns += 2 * NS_PER_SECOND;
    model_tick(fixture->model, fixture->now_ns);
    struct flow flow = model_flow(fixture->model);
    assert_int_equal(flow.quotes, 100);
    assert_int_equal((int)flow.quotes_per_second, 25);
    assert_int_equal(flow.latency_ns, 2 * NS_PER_MS);
    assert_true(flow.conflated_per_second <= 0);
    struct event event = event_empty(EVENT_QUOTE);
    event.quote = quotes_find(model_quotes(fixture->model), "NYSE", "AAPL")->quote;
    event.quote.conflated = 10;
    model_fold(fixture->model, &event, 0, fixture->wall_ns, fixture->now_ns);
    fixture->now_ns += 2 * NS_PER_SECOND;
    model_tick(fixture->model, fixture->now_ns);
    assert_int_equal((int)model_flow(fixture->model).conflated_per_second, 5);
    assert_int_equal(model_flow(fixture->model).missing.conflated, 10);
    fixture->now_ns += 2 * NS_PER_SECOND;
    model_tick(fixture->model, fixture->now_ns);
    assert_int_equal((int)model_flow(fixture->model).quotes_per_second, 0);
    assert_int_equal(model_flow(fixture->model).latency_ns, -1);
    /* A recording says when its quotes were once received. */
    event.quote.received_ns = fixture->wall_ns - 800 * 86400 * NS_PER_SECOND;
    event.stored_ns = fixture->wall_ns - 3 * NS_PER_MS;
    model_fold(fixture->model, &event, 0, fixture->wall_ns, fixture->now_ns);
    fixture->now_ns += 2 * NS_PER_SECOND;
    model_tick(fixture->model, fixture->now_ns);
    assert_int_equal(model_flow(fixture->model).latency_ns, 3 * NS_PER_MS);
    model_bad_message(fixture->model);
    assert_int_equal(model_flow(fixture->model).bad_messages, 1);
}

static void test_profit_by_day(void **state)
{
    struct fixture *fixture = *state;
    struct event event = event_empty(EVENT_EXPOSURE);
    text_copy(event.exposure.account, sizeof event.exposure.account, "SIM-1");
    assert_true(model_day_profit(fixture->model, "SIM-1", 0) == MONEY_NONE);
    for (int64_t day = 100; day <= 110; day++) {
        for (int64_t hour = 0; hour < 24 && day != 108; hour++) { /* on one day nothing ran */
            event.exposure.timestamp_ns = day * NS_PER_DAY + hour * 3600 * NS_PER_SECOND;
            event.exposure.day_pnl = (1000 * day + hour) * MONEY_ONE;
            fold_aged(fixture, &event, 0);
        }
    }
    assert_true(model_day_profit(fixture->model, "SIM-1", 0) == 110023 * MONEY_ONE);
    assert_true(model_day_profit(fixture->model, "SIM-1", 1) == 109023 * MONEY_ONE);
    assert_true(model_day_profit(fixture->model, "SIM-1", 2) == MONEY_NONE);
    assert_true(model_day_profit(fixture->model, "SIM-1", 7) == 103023 * MONEY_ONE);
    assert_true(model_day_profit(fixture->model, "SIM-1", 8) == MONEY_NONE);
    assert_true(model_day_profit(fixture->model, "DESK-2", 0) == MONEY_NONE);
}

static void test_exposure_and_alerts(void **state)
{
    struct fixture *fixture = *state;
    struct event event = event_empty(EVENT_EXPOSURE);
    text_copy(event.exposure.account, sizeof event.exposure.account, "SIM-1");
    event.exposure.day_pnl = MONEY_ONE;
    assert_null(model_exposure(fixture->model, "SIM-1"));
    fold_aged(fixture, &event, 0);
    event.exposure.day_pnl = -MONEY_ONE;
    fold_aged(fixture, &event, 0);
    assert_true(model_exposure(fixture->model, "SIM-1")->day_pnl == -MONEY_ONE); /* the last one holds */
    for (int i = 0; i < 100; i++) { /* more accounts than are kept: no harm */
        snprintf(event.exposure.account, sizeof event.exposure.account, "A-%d", i);
        fold_aged(fixture, &event, 0);
    }
    assert_non_null(model_exposure(fixture->model, "SIM-1"));
    struct event alert = event_empty(EVENT_ALERT);
    text_copy(alert.alert.alert_id, sizeof alert.alert.alert_id, "stale:AAPL:1");
    alert.alert.raised = true;
    alert.alert.version = 1;
    fold_aged(fixture, &alert, 0);
    struct event ack = event_empty(EVENT_ALERT_ACK);
    text_copy(ack.ack.alert_id, sizeof ack.ack.alert_id, "stale:AAPL:1");
    text_copy(ack.ack.request_id, sizeof ack.ack.request_id, "request-1");
    assert_true(model_request_sent(fixture->model, &ack, 3, fixture->now_ns));
    fold_aged(fixture, &ack, 0);
    assert_true(model_request(fixture->model, 3)->seen);
    assert_true(alert_list_find(model_alerts(fixture->model), "stale:AAPL:1")->acknowledged);
}

static void test_version(void **state)
{
    struct fixture *fixture = *state;
    uint64_t before = model_version(fixture->model);
    quote(fixture, "AAPL", CENTS(100), CENTS(101), DECIMAL_NONE);
    assert_true(model_version(fixture->model) > before);
    before = model_version(fixture->model);
    model_tick(fixture->model, fixture->now_ns);
    model_tick(fixture->model, fixture->now_ns + 1);
    assert_int_equal(model_version(fixture->model), before);
}

/* Depth is in a stream of its own: it may come before the first quote, and each message is whole. */
static void test_depth_is_kept_until_the_next(void **state)
{
    struct fixture *fixture = *state;
    struct depth depth = {.symbol = "AAPL", .exchange = "NYSE", .bid_count = 2, .ask_count = 1};
    depth.bids[0] = (struct depth_level){CENTS(10000), LOTS(300)};
    depth.bids[1] = (struct depth_level){CENTS(9999), LOTS(200)};
    depth.asks[0] = (struct depth_level){CENTS(10001), LOTS(100)};
    model_fold_depth(fixture->model, &depth, 3 * NS_PER_SECOND, fixture->now_ns);
    quote(fixture, "AAPL", CENTS(10000), CENTS(10002), DECIMAL_NONE);
    quote(fixture, "MSFT", CENTS(40000), CENTS(40002), DECIMAL_NONE);
    const struct market *aapl = quotes_find(model_quotes(fixture->model), "NYSE", "AAPL");
    const struct market *msft = quotes_find(model_quotes(fixture->model), "NYSE", "MSFT");
    const struct depth_view *view = model_depth(fixture->model, aapl);
    assert_non_null(view);
    assert_int_equal(view->depth.bid_count, 2);
    assert_int_equal(view->depth.bids[1].size, LOTS(200));
    assert_int_equal(view->seen_ns, fixture->now_ns - 3 * NS_PER_SECOND);
    assert_null(model_depth(fixture->model, msft));

    uint64_t version = model_version(fixture->model);
    depth.bid_count = 0;
    model_fold_depth(fixture->model, &depth, 0, fixture->now_ns);
    assert_ptr_equal(model_depth(fixture->model, aapl), view);
    assert_int_equal(view->depth.bid_count, 0);
    assert_int_equal(view->seen_ns, fixture->now_ns);
    assert_true(model_version(fixture->model) > version);

    model_forget(fixture->model);
    quote(fixture, "AAPL", CENTS(10000), CENTS(10002), DECIMAL_NONE);
    assert_null(model_depth(fixture->model, quotes_at(model_quotes(fixture->model), 0)));
}

/* A trade of 100 at `price` with this id, which a seller caused. */
static void trade(struct fixture *fixture, int64_t price, const char *id)
{
    struct event event = event_empty(EVENT_QUOTE);
    text_copy(event.quote.symbol, sizeof event.quote.symbol, "AAPL");
    text_copy(event.quote.exchange, sizeof event.quote.exchange, "NYSE");
    text_copy(event.quote.trade_id, sizeof event.quote.trade_id, id);
    event.quote.bid = CENTS(10000);
    event.quote.ask = CENTS(10002);
    event.quote.bid_size = event.quote.ask_size = LOTS(300);
    event.quote.last = price;
    event.quote.last_size = LOTS(100);
    event.quote.last_side = SIDE_SELL;
    event.quote.timestamp_ns = fixture->wall_ns;
    fold_aged(fixture, &event, 0);
}

static void test_queue_is_eaten_by_trades(void **state)
{
    static const enum event_kind kinds[] = {EVENT_ORDER_NEW, EVENT_ORDER_VALIDATED, EVENT_ORDER_ACCEPTED};
    static const struct {
        int64_t price;
        const char *id;
        int64_t queue;
    } cases[] = {
        {CENTS(10000), "1", LOTS(150)},                        /* at its price */
        {CENTS(10000), "1", LOTS(150)},                        /* the same trade, told again */
        {CENTS(10001), "2", LOTS(150)},                        /* above it */
        {CENTS(10000), "3", LOTS(50)},  {CENTS(9999), "4", 0}, /* through it */
    };
    struct fixture *fixture = *state;
    for (int i = 0; i < 3; i++) {
        struct event event = order_event(kinds[i], "o-1");
        struct order_request *request = i == 0 ? &event.request : &event.decision.order;
        if (i < 2) {
            request->type = ORDER_LIMIT;
            request->limit_price = CENTS(10000);
        } else {
            event.acknowledgement.queue_ahead = LOTS(250);
        }
        fold_aged(fixture, &event, 0);
    }
    const struct order *order = order_book_find(model_orders(fixture->model), "o-1");
    assert_int_equal(model_queue_ahead(fixture->model, order), LOTS(250));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trade(fixture, cases[i].price, cases[i].id);
        assert_int_equal(model_queue_ahead(fixture->model, order), cases[i].queue);
    }
    /* A trade that is told again is one trade in time and sales too. */
    const struct instrument_view *view = model_instrument(fixture->model, 0);
    assert_int_equal(view->trade_count, 4);
}

static int64_t volume_at(const struct volume_profile *profile, int64_t price)
{
    for (int i = 0; i < VOLUME_LEVELS; i++) {
        if (profile->levels[i].volume != 0 && profile->levels[i].price == price)
            return profile->levels[i].volume;
    }
    return 0;
}

static void test_volume_at_price(void **state)
{
    struct fixture *fixture = *state;
    trade(fixture, CENTS(10000), "1");
    trade(fixture, CENTS(10000), "1");
    trade(fixture, CENTS(10000), "2");
    trade(fixture, CENTS(10001), "3");
    const struct volume_profile *profile = model_instrument(fixture->model, 0)->profile;
    assert_int_equal(volume_at(profile, CENTS(10000)), LOTS(200));
    assert_int_equal(volume_at(profile, CENTS(10001)), LOTS(100));
    assert_int_equal(profile->since_ns, fixture->wall_ns);
    trade(fixture, CENTS(10000) + VOLUME_LEVELS * CENTS(1), "4"); /* takes the place of the one so far away */
    assert_int_equal(volume_at(profile, CENTS(10000)), 0);
    assert_int_equal(volume_at(profile, CENTS(10001)), LOTS(100));
    fixture->wall_ns += NS_PER_DAY;
    trade(fixture, CENTS(10000), "5");
    assert_int_equal(volume_at(profile, CENTS(10000)), LOTS(100));
    assert_int_equal(volume_at(profile, CENTS(10001)), 0);
}

#define MODEL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Orders that a snapshot told: what is read again of them adds fills to the list, and nothing to the orders. */
static void takes_over_orders_from_elsewhere(void **state)
{
    struct fixture *fixture = *state;
    struct order_book *book = order_book_create();
    struct event events[] = {order_event(EVENT_ORDER_NEW, "A"), order_event(EVENT_ORDER_NEW, "B"),
                             order_event(EVENT_ORDER_VALIDATED, "B"), fill_event("B", 1, LOTS(50)),
                             fill_event("B", 2, LOTS(60))};
    for (uint64_t i = 0; i < 5; i++) {
        events[i].sequence = i + 1;
        assert_int_equal(order_book_fold(book, &events[i]), FOLD_APPLIED);
    }
    model_take_orders(fixture->model, book, &(struct hold){.halted = true, .newest_stored_ns = 5}, 5);
    assert_true(model_hold(fixture->model)->halted);
    assert_int_equal(order_book_count(model_orders(fixture->model)), 2);
    struct order_counts before = order_book_counts(model_orders(fixture->model));
    fixture->sequence = 2;
    for (int i = 2; i < 5; i++) /* 3 to 5 are read again */
        fold_aged(fixture, &events[i], 0);
    struct order_counts after = order_book_counts(model_orders(fixture->model));
    assert_memory_equal(&before, &after, sizeof before);
    assert_string_equal(model_fill(fixture->model, 1)->execution.execution_id, "B-1");
    assert_string_equal(model_fill(fixture->model, 0)->execution.execution_id, "B-2");
    assert_null(model_fill(fixture->model, 2));
    fill(fixture, "B", 3, LOTS(70)); /* 6 is new */
    after = order_book_counts(model_orders(fixture->model));
    assert_memory_not_equal(&before, &after, sizeof before);
    assert_string_equal(model_fill(fixture->model, 0)->execution.execution_id, "B-3");

    /* All is read anew from another tape. */
    model_forget(fixture->model);
    assert_int_equal(order_book_count(model_orders(fixture->model)), 0);
    fixture->sequence = 0;
    fold_aged(fixture, &events[0], 0);
    assert_int_equal(order_book_count(model_orders(fixture->model)), 1);
}

/* The beginning of ORDERS is gone, and a halt may have gone with it. */
static void counts_as_halted_when_orders_begins_late(void **state)
{
    struct fixture *fixture = *state;
    const struct state_change *change;
    assert_int_equal(model_trading_state(fixture->model, &change), TRADING_ACTIVE);
    model_begin_late(fixture->model);
    assert_int_equal(model_trading_state(fixture->model, &change), TRADING_HALTED);
    assert_null(change);
    struct event event = event_empty(EVENT_TRADING_STATE);
    event.state.state = TRADING_ACTIVE;
    text_copy(event.state.scope, sizeof event.state.scope, "*");
    text_copy(event.state.request_id, sizeof event.state.request_id, "resume-1");
    fold_aged(fixture, &event, 0);
    assert_int_equal(model_trading_state(fixture->model, &change), TRADING_ACTIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_over_orders_from_elsewhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_as_halted_when_orders_begins_late, set_up, tear_down),
        MODEL_TEST(test_depth_is_kept_until_the_next),
        MODEL_TEST(test_queue_is_eaten_by_trades),
        MODEL_TEST(test_volume_at_price),
        MODEL_TEST(test_quotes_move),
        MODEL_TEST(test_candles),
        MODEL_TEST(test_past),
        MODEL_TEST(test_no_past),
        MODEL_TEST(test_unknown_instrument),
        MODEL_TEST(test_stale_and_history),
        MODEL_TEST(test_positions_by_epoch),
        MODEL_TEST(test_position_value),
        cmocka_unit_test(test_marks), /* sets up each case by itself */
        MODEL_TEST(test_exact_cost),
        MODEL_TEST(test_fills_and_behind),
        MODEL_TEST(test_requests),
        MODEL_TEST(test_latencies),
        MODEL_TEST(test_events_are_kept_by_stream),
        MODEL_TEST(test_answers),
        MODEL_TEST(test_rates),
        MODEL_TEST(test_requests_fill_up),
        MODEL_TEST(test_trading_state),
        MODEL_TEST(test_flow),
        MODEL_TEST(test_exposure_and_alerts),
        MODEL_TEST(test_profit_by_day),
        MODEL_TEST(test_totals_of_several_currencies),
        MODEL_TEST(test_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
