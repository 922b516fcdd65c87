#include "ui/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"

struct start {
    const char *exchange, *symbol;
    int64_t bid, ask, bid_size, ask_size, last;
};

#define CENTS(x)     ((int64_t)(x)*10000000)
#define LOTS(x)      ((int64_t)(x)*QUANTITY_ONE)
#define HUNDREDTH(x) ((int64_t)(x) * (QUANTITY_ONE / 100))

static const struct start starts[] = {
    {"NYSE", "AAPL", CENTS(18901), CENTS(18902), LOTS(300), LOTS(200), CENTS(18902)},
    {"NYSE", "GOOG", CENTS(14117), CENTS(14119), LOTS(100), LOTS(12400), CENTS(14117)},
    {"NYSE", "MSFT", CENTS(40255), CENTS(40256), LOTS(500), LOTS(100), CENTS(40256)},
    {"NASDAQ", "TSLA", CENTS(20130), CENTS(20134), LOTS(300), LOTS(200), CENTS(20130)},
    {"NASDAQ", "AMZN", CENTS(17280), CENTS(17281), LOTS(700), LOTS(600), CENTS(17280)},
    {"CRYPTO", "BTC-USD", CENTS(6183763), CENTS(6183764), HUNDREDTH(82), HUNDREDTH(140), CENTS(6183764)},
    {"CRYPTO", "ETH-USD", CENTS(264120), CENTS(264121), HUNDREDTH(1210), HUNDREDTH(330), CENTS(264120)},
};

enum { STARTS = sizeof starts / sizeof starts[0] };

static uint64_t next_random(struct scene *scene)
{
    scene->random = scene->random * 6364136223846793005u + 1442695040888963407u;
    return scene->random >> 33;
}

void scene_init(struct scene *scene, const struct instruments *instruments, struct scene_sink sink, int64_t wall_ns)
{
    *scene = (struct scene){
        .sink = sink, .instruments = instruments, .random = 42, .wall_ns = wall_ns, .silence_ns = 6200 * NS_PER_MS};
}

void scene_send(struct scene *scene, struct event *event, int64_t age_ns)
{
    if (event->kind == EVENT_QUOTE)
        event->sequence = ++scene->md_sequence;
    else if (event->kind == EVENT_POSITION)
        event->sequence = ++scene->positions_sequence;
    else if (event->kind == EVENT_ALERT || event->kind == EVENT_ALERT_ACK || event->kind == EVENT_EXPOSURE)
        event->sequence = ++scene->risk_sequence;
    else
        event->sequence = ++scene->orders_sequence;
    event->stored_ns = scene->wall_ns - age_ns;
    scene->sink.fold(scene->sink.context, event, age_ns);
}

static void send_quote(struct scene *scene, int place, int64_t bid, int64_t ask, int64_t bid_size, int64_t ask_size,
                       int64_t last, enum side side, int64_t age_ns)
{
    struct event event = event_empty(EVENT_QUOTE);
    struct quote *quote = &event.quote;
    text_copy(quote->symbol, sizeof quote->symbol, starts[place].symbol);
    text_copy(quote->exchange, sizeof quote->exchange, starts[place].exchange);
    quote->bid = bid;
    quote->ask = ask;
    quote->bid_size = bid_size;
    quote->ask_size = ask_size;
    quote->last = last;
    quote->last_side = side;
    quote->last_size = last == DECIMAL_NONE ? DECIMAL_NONE : bid_size;
    quote->volume = LOTS(1234000 + (int64_t)scene->md_sequence * 100);
    quote->timestamp_ns = scene->wall_ns - age_ns;
    quote->received_ns = scene->wall_ns - age_ns - 400 * NS_PER_US;
    scene->mids[place] = bid;
    scene_send(scene, &event, age_ns);
}

void scene_open(struct scene *scene)
{
    for (int n = 0; n < STARTS; n++) {
        int i = scene->backwards ? STARTS - 1 - n : n;
        const struct start *start = &starts[i];
        /* The quote of AMZN is old from the start. */
        int64_t age_ns = strcmp(start->symbol, "AMZN") == 0 ? scene->silence_ns : 0;
        send_quote(scene, i, start->bid, start->ask, start->bid_size, start->ask_size, start->last, SIDE_BUY, age_ns);
    }
}

/* A random walk backwards from the prices of now, sent forwards. */
void scene_past(struct scene *scene, int seconds)
{
    enum { STEPS_MAX = 1200 };
    int64_t walk[STEPS_MAX];
    int steps = 2 * seconds < STEPS_MAX ? 2 * seconds : STEPS_MAX;
    for (int place = 0; place < STARTS; place++) {
        int64_t tick = CENTS(1) * (starts[place].bid > CENTS(100000) ? 20 : 1);
        int64_t price = starts[place].bid;
        for (int i = 0; i < steps; i++) {
            walk[i] = price;
            price += tick * ((int64_t)(next_random(scene) % 5) - 2 + ((i / 97 + place) % 3 == 0 ? -1 : 0) * (i % 2));
        }
        for (int i = steps - 1; i > 0; i--)
            send_quote(scene, place, walk[i], walk[i] + tick, LOTS(100), LOTS(100), i % 3 == 0 ? walk[i] : DECIMAL_NONE,
                       i % 2 == 0 ? SIDE_BUY : SIDE_SELL, 7 * NS_PER_SECOND + i * 500 * NS_PER_MS);
    }
}

void scene_move(struct scene *scene, int64_t age_ns)
{
    int place = (int)(next_random(scene) % STARTS);
    if (place == 4 && age_ns == 0)
        return; /* AMZN has become silent */
    int64_t tick = CENTS(1);
    int64_t step = (int64_t)(next_random(scene) % 7) - 3;
    int64_t wide = starts[place].bid > CENTS(100000) ? 5 : 1;
    int64_t bid = scene->mids[place] + step * tick * wide;
    int64_t ask = bid + tick * (1 + (int64_t)(next_random(scene) % 3));
    int64_t unit = place >= 5 ? QUANTITY_ONE / 100 : 100 * QUANTITY_ONE;
    int64_t bid_size = unit * (1 + (int64_t)(next_random(scene) % 9));
    int64_t ask_size = unit * (1 + (int64_t)(next_random(scene) % 9));
    bool trade = next_random(scene) % 3 == 0, buy = next_random(scene) % 2 == 0;
    send_quote(scene, place, bid, ask, bid_size, ask_size,
               !trade ? DECIMAL_NONE
               : buy  ? ask
                      : bid,
               buy ? SIDE_BUY : SIDE_SELL, age_ns);
}

/* ---- orders --------------------------------------------------------------------------------------------------- */

static struct order_request make_order(struct scene *scene, const char *id, const char *exchange, const char *symbol,
                                       enum side side, int64_t quantity, int64_t price, enum time_in_force tif)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    struct order_request *request = &event.request;
    text_copy(request->order_id, sizeof request->order_id, id);
    text_copy(request->account, sizeof request->account, "SIM-1");
    text_copy(request->exchange, sizeof request->exchange, exchange);
    text_copy(request->symbol, sizeof request->symbol, symbol);
    text_copy(request->source, sizeof request->source, "rest");
    request->side = side;
    request->type = price == DECIMAL_NONE ? ORDER_MARKET : ORDER_LIMIT;
    request->quantity = quantity;
    request->limit_price = price;
    request->time_in_force = tif;
    request->timestamp_ns = scene->wall_ns;
    return *request;
}

static void send_request(struct scene *scene, const struct order_request *request)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    event.request = *request;
    scene_send(scene, &event, 0);
}

static void send_validated(struct scene *scene, const struct order_request *request)
{
    struct event event = event_empty(EVENT_ORDER_VALIDATED);
    event.decision.order = *request;
    event.decision.reference_price = request->limit_price;
    scene->wall_ns += 412 * NS_PER_US;
    scene_send(scene, &event, 0);
}

static void send_rejected(struct scene *scene, const struct order_request *request, const char *code,
                          const char *reason)
{
    struct event event = event_empty(EVENT_ORDER_REJECTED);
    event.decision.order = *request;
    text_copy(event.decision.code, sizeof event.decision.code, code);
    text_copy(event.decision.reason, sizeof event.decision.reason, reason);
    scene_send(scene, &event, 0);
}

static void send_accepted(struct scene *scene, const struct order_request *request)
{
    struct event event = event_empty(EVENT_ORDER_ACCEPTED);
    memcpy(event.acknowledgement.order_id, request->order_id, sizeof request->order_id);
    memcpy(event.acknowledgement.account, request->account, sizeof request->account);
    memcpy(event.acknowledgement.symbol, request->symbol, sizeof request->symbol);
    memcpy(event.acknowledgement.exchange, request->exchange, sizeof request->exchange);
    event.acknowledgement.queue_ahead = LOTS(400);
    event.acknowledgement.timestamp_ns = scene->wall_ns;
    scene->wall_ns += 412 * NS_PER_US;
    scene_send(scene, &event, 0);
}

static void send_fill(struct scene *scene, const struct order_request *request, int number, int64_t quantity,
                      int64_t cumulative, int64_t price)
{
    struct event event = event_empty(EVENT_ORDER_EXECUTED);
    struct execution *execution = &event.execution;
    memcpy(execution->order_id, request->order_id, sizeof execution->order_id);
    snprintf(execution->execution_id, sizeof execution->execution_id, "%s-%d", request->order_id, number);
    memcpy(execution->account, request->account, sizeof execution->account);
    memcpy(execution->symbol, request->symbol, sizeof execution->symbol);
    memcpy(execution->exchange, request->exchange, sizeof execution->exchange);
    execution->side = request->side;
    execution->quantity = quantity;
    execution->price = price;
    execution->cumulative_quantity = cumulative;
    execution->leaves_quantity = request->quantity - cumulative;
    execution->filled = cumulative == request->quantity;
    execution->liquidity = LIQUIDITY_TAKER;
    execution->timestamp_ns = scene->wall_ns;
    scene_send(scene, &event, 0);
}

static void send_position_of(struct scene *scene, const char *account, const char *symbol, int64_t quantity,
                             int64_t average, int128 realized, int128 fees)
{
    struct event event = event_empty(EVENT_POSITION);
    struct position_event *position = &event.position;
    text_copy(position->account, sizeof position->account, account);
    text_copy(position->symbol, sizeof position->symbol, symbol);
    text_copy(position->currency, sizeof position->currency, "USD");
    position->quantity = quantity;
    position->average_price = average;
    position->cost = money_of(average, quantity);
    position->realized_pnl = realized;
    position->fees = fees;
    position->orders_seq = scene->orders_sequence;
    position->timestamp_ns = scene->wall_ns;
    scene_send(scene, &event, 0);
}

static void send_position(struct scene *scene, const char *symbol, int64_t quantity, int64_t average, int128 realized,
                          int128 fees)
{
    send_position_of(scene, "SIM-1", symbol, quantity, average, realized, fees);
}

void scene_alert(struct scene *scene, const char *rule, enum severity severity, const char *message)
{
    struct event event = event_empty(EVENT_ALERT);
    struct alert *alert = &event.alert;
    snprintf(alert->alert_id, sizeof alert->alert_id, "%s:SIM-1:%lld", rule, (long long)scene->wall_ns);
    text_copy(alert->rule, sizeof alert->rule, rule);
    text_copy(alert->message, sizeof alert->message, message);
    text_copy(alert->account, sizeof alert->account, "SIM-1");
    alert->severity = severity;
    alert->raised = true;
    alert->version = 1;
    alert->raised_at_ns = scene->wall_ns;
    alert->timestamp_ns = scene->wall_ns;
    scene_send(scene, &event, 0);
}

static void send_exposure(struct scene *scene, const char *account, int128 gross, int128 day_pnl)
{
    struct event event = event_empty(EVENT_EXPOSURE);
    struct exposure *exposure = &event.exposure;
    text_copy(exposure->account, sizeof exposure->account, account);
    text_copy(exposure->currency, sizeof exposure->currency, "USD");
    exposure->day_pnl = day_pnl;
    exposure->equity = MONEY_ONE * 1001284;
    exposure->gross = gross;
    exposure->net = gross / 2;
    exposure->gross_limit = MONEY_ONE * (strcmp(account, "SIM-1") == 0 ? 100000 : 1000000);
    exposure->daily_loss_limit = MONEY_ONE * 10000;
    exposure->realized_pnl = MONEY_ONE * 1072;
    exposure->unrealized_pnl = MONEY_ONE * 212;
    exposure->peak_equity = MONEY_ONE * 1005000;
    exposure->drawdown = PRICE_ONE / 1000 * 37 / 10;
    exposure->concentration = PRICE_ONE / 1000 * 802;
    exposure->var_parametric = gross / 36;
    exposure->var_historical = gross / 32;
    exposure->var_parametric_95 = gross / 51;
    exposure->var_historical_95 = gross / 49;
    exposure->var_left_out = MONEY_ONE * 804;
    exposure->var_history_s = 3600;
    exposure->var_horizon_s = 86400;
    exposure->timestamp_ns = scene->wall_ns;
    scene_send(scene, &event, 0);
}

/* How deep an account was below its peak in the last hour and a half: twice, the first time deeper. */
static void send_drawdowns(struct scene *scene, const char *account)
{
    enum { MINUTES = 90, DEEPEST = 30, SECOND = 70 };
    struct event event = event_empty(EVENT_EXPOSURE);
    text_copy(event.exposure.account, sizeof event.exposure.account, account);
    text_copy(event.exposure.currency, sizeof event.exposure.currency, "USD");
    for (int minute = 0; minute < MINUTES; minute++) {
        int first = 30 - abs(minute - DEEPEST), second = 16 - abs(minute - SECOND);
        int depth = first > second ? first : second;
        event.exposure.drawdown = depth < 0 ? 0 : depth * (PRICE_ONE / 5000);
        event.exposure.timestamp_ns = scene->wall_ns - (MINUTES - minute) * 60 * NS_PER_SECOND;
        scene_send(scene, &event, 0);
    }
}

void scene_business(struct scene *scene)
{
    struct order_request done =
        make_order(scene, "order-aapl-1", "NYSE", "AAPL", SIDE_BUY, LOTS(300), CENTS(18842), TIF_DAY);
    send_request(scene, &done);
    send_validated(scene, &done);
    send_accepted(scene, &done);
    send_fill(scene, &done, 1, LOTS(300), LOTS(300), CENTS(18842));
    send_position(scene, "AAPL", LOTS(300), CENTS(18842), MONEY_ONE * 840, MONEY_ONE * 3);
    send_position(scene, "TSLA", -LOTS(50), CENTS(20200), MONEY_ONE * 23210 / 100, MONEY_ONE * 2);
    send_position(scene, "BTC-USD", QUANTITY_ONE * 13 / 1000, CENTS(6183763) + 1000000, -MONEY_ONE * 8 / 100,
                  MONEY_ONE / 10);
    send_position(scene, "AMZN", LOTS(40), CENTS(17200), 0, MONEY_ONE);
    struct order_request partly =
        make_order(scene, "order-aapl-2", "NYSE", "AAPL", SIDE_BUY, LOTS(200), CENTS(18895), TIF_DAY);
    send_request(scene, &partly);
    send_validated(scene, &partly);
    send_accepted(scene, &partly);
    send_fill(scene, &partly, 1, LOTS(80), LOTS(80), CENTS(18895));
    send_position(scene, "AAPL", LOTS(380), CENTS(18853), MONEY_ONE * 840, MONEY_ONE * 4);
    send_position_of(scene, "DESK-2", "MSFT", -LOTS(10), CENTS(39485), 0, 0);
    struct order_request far =
        make_order(scene, "order-goog-1", "NYSE", "GOOG", SIDE_BUY, LOTS(100), CENTS(9900), TIF_DAY);
    send_request(scene, &far);
    send_rejected(scene, &far, "PRICE_COLLAR", "99.00 is 29.9 % from 141.18, allowed are 3 %");
    struct order_request rests =
        make_order(scene, "order-tsla-1", "NASDAQ", "TSLA", SIDE_SELL, LOTS(50), CENTS(20500), TIF_GTC);
    send_request(scene, &rests);
    send_validated(scene, &rests);
    send_accepted(scene, &rests);
    scene_alert(scene, "stale_quote", SEVERITY_WARNING, "AMZN quote is stale for 6.2 s (warning at 5 s)");
    scene->wall_ns += NS_PER_SECOND;
    scene_alert(scene, "daily_loss", SEVERITY_CRITICAL, "SIM-1 daily loss 10,120 above 10,000: reduce only");
    send_drawdowns(scene, "SIM-1");
    send_exposure(scene, "SIM-1", MONEY_ONE * 89600, MONEY_ONE * 128452 / 100);
    send_exposure(scene, "DESK-2", MONEY_ONE * 1344, -MONEY_ONE * 77);
    send_exposure(scene, "*", MONEY_ONE * 90944, MONEY_ONE * 120752 / 100);
}

void scene_answer(struct scene *scene, const struct order_request *request)
{
    send_request(scene, request);
    send_validated(scene, request);
    send_accepted(scene, request);
    int64_t price = request->limit_price == DECIMAL_NONE ? CENTS(18902) : request->limit_price;
    send_fill(scene, request, 1, request->quantity / 2, request->quantity / 2, price);
    send_fill(scene, request, 2, request->quantity - request->quantity / 2, request->quantity, price);
}

void scene_flood(struct scene *scene, int alerts)
{
    for (int i = 0; i < alerts; i++) {
        struct event event = event_empty(EVENT_ALERT);
        struct alert *alert = &event.alert;
        snprintf(alert->alert_id, sizeof alert->alert_id, "stale_quote:NYSE.S%d:1", i);
        snprintf(alert->message, sizeof alert->message, "S%d quote is stale for 6.2 s (warning at 5 s)", i);
        snprintf(alert->symbol, sizeof alert->symbol, "S%d", i);
        text_copy(alert->rule, sizeof alert->rule, "stale_quote");
        alert->severity = SEVERITY_WARNING;
        alert->raised = true;
        alert->version = 1;
        alert->raised_at_ns = alert->timestamp_ns = scene->wall_ns;
        scene_send(scene, &event, 0);
    }
}

void scene_state(struct scene *scene, enum trading_state state, const char *reason)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    event.state.state = state;
    text_copy(event.state.scope, sizeof event.state.scope, "*");
    snprintf(event.state.request_id, sizeof event.state.request_id, "state-%llu",
             (unsigned long long)scene->orders_sequence);
    text_copy(event.state.by, sizeof event.state.by, "anna");
    text_copy(event.state.reason, sizeof event.state.reason, reason);
    event.state.timestamp_ns = scene->wall_ns;
    scene_send(scene, &event, 0);
}

struct depth scene_depth(void)
{
    struct depth depth = {.symbol = "AAPL", .exchange = "NYSE", .bid_count = 5, .ask_count = 5};
    for (int i = 0; i < 5; i++) {
        depth.bids[i] = (struct depth_level){CENTS(18901 - i), LOTS(300 + 100 * i)};
        depth.asks[i] = (struct depth_level){CENTS(18902 + i), LOTS(200 + 150 * i)};
    }
    return depth;
}

struct server_metrics scene_metrics(void)
{
    struct server_metrics metrics = {.available = true,
                                     .version = "2.9.10",
                                     .cpu_percent = 3.1,
                                     .memory_bytes = 18400000,
                                     .connections = 9,
                                     .in_messages = 184220,
                                     .out_messages = 902311,
                                     .uptime_s = 7423,
                                     .jetstream_store_bytes = 48200000,
                                     .jetstream_store_limit_bytes = 12000000000,
                                     .stream_count = 5};
    static const struct stream_status streams[] = {
        {.name = "MARKET_DATA",
         .messages = 181902,
         .bytes = 43100000,
         .last_sequence = 181902,
         .consumers = 3,
         .messages_per_second = 1420,
         .limit_bytes = 10737418240,
         .limit_age_ns = 7 * NS_PER_DAY,
         .consumer_lag = 2},
        {.name = "ORDERS",
         .messages = 212,
         .bytes = 88000,
         .last_sequence = 212,
         .consumers = 5,
         .messages_per_second = 0.4},
        {.name = "POSITIONS", .messages = 61, .bytes = 30100, .last_sequence = 61, .consumers = 2},
        {.name = "RISK",
         .messages = 1820,
         .bytes = 910000,
         .last_sequence = 1820,
         .consumers = 2,
         .messages_per_second = 1},
        {.name = "TAPEDECK_DEAD_LETTERS", .messages = 0, .bytes = 0, .consumers = 0},
    };
    memcpy(metrics.streams, streams, sizeof streams);
    metrics.consumers[0] = (struct consumer_status){.stream = "MARKET_DATA", .name = "watchers", .lag = 20412};
    metrics.consumers[1] = (struct consumer_status){.stream = "ORDERS", .name = "exporter", .lag = 3, .unsettled = 12};
    metrics.consumer_count = 2;
    metrics.clients[0] = (struct client_status){
        .name = "tapedeck box:4711", .subscriptions = 14, .in_messages = 184220, .out_messages = 902311};
    metrics.client_count = 1;
    return metrics;
}

struct process_status scene_process(void)
{
    struct process_status process = {
        .known = true,
        .memory_bytes = 17 << 20,
        .cpu_percent = 6.5,
        .thread_count = 3,
        .threads = {{"main", 1, 4.0}, {"nats.c", 8, 2.5}, {"reader", 23, 0.0}},
    };
    process_status_put_queue(&process, "checks", 12, 0);
    process_status_put_queue(&process, "quotes out", 20412, 7);
    return process;
}

struct lease_board scene_leases(void)
{
    return (struct lease_board){.known = true,
                                .count = 4,
                                .leases = {{.role = "checks", .host = "box.example", .pid = 4711},
                                           {.role = "exchange", .host = "other", .pid = 4711},
                                           {.role = "feed-sim", .host = "box.example", .pid = 12},
                                           {.role = "risk", .host = "box.example", .pid = 4711}}};
}

struct connection_status scene_connected(int64_t monotonic_ns)
{
    return (struct connection_status){
        .state = CONNECTION_CONNECTED, .server = "127.0.0.1:4222", .since_ns = monotonic_ns};
}
