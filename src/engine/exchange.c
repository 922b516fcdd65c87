/* How the paper exchange decides. The open orders of an instrument are walked oldest first, so that each sees what
 * those before it will take of what is displayed, also while their fills are still on their way to the tape; what fills
 * already on the tape have used is known from their quote_seq. */
#include "engine/exchange.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/depths.h"
#include "engine/exchange_events.h"
#include "engine/fill_plan.h"
#include "engine/requests.h"
#include "engine/trading_states.h"
#include "engine/working.h"

struct exchange {
    struct exchange_config config;
    const struct instruments *instruments;
    struct order_book *book;
    struct quotes *quotes;
    struct depths *depths;
    struct working_orders *working;
    int64_t tape_ns;      /* what time it was when the last event was read, by its stored time; 0: none was */
    int64_t tape_seen_ns; /* monotonic: when that was */
    bool held;            /* trading is */
};

/* One decision round: the moment, and where proposals go. */
struct round {
    const struct exchange *exchange;
    int64_t monotonic_ns;
    int64_t session_ns; /* the time that sessions end by */
    struct exchange_output output;
};

/* The walk over the working orders of one instrument, and what they leave of what is displayed. */
struct walk {
    const struct round *round;
    struct fill_view view;
    const struct order *target; /* decide only this one and stop; NULL: all */
    bool is_quote;              /* only a quote came: what it cannot concern is passed over */
};

struct exchange *exchange_create(const struct exchange_config *config, const struct instruments *instruments)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        abort();
    exchange->config = *config;
    exchange->instruments = instruments;
    exchange->book = order_book_create();
    exchange->quotes = quotes_create();
    exchange->depths = depths_create();
    exchange->working = working_orders_create(exchange->book, exchange->quotes, &exchange->config.calendars);
    return exchange;
}

void exchange_destroy(struct exchange *exchange)
{
    if (exchange == NULL)
        return;
    working_orders_destroy(exchange->working);
    depths_destroy(exchange->depths);
    quotes_destroy(exchange->quotes);
    order_book_destroy(exchange->book);
    free(exchange);
}

enum fold_result exchange_fold(struct exchange *exchange, const struct event *event, int64_t age_ns,
                               int64_t monotonic_ns)
{
    exchange->tape_ns = event->stored_ns + (age_ns > 0 ? age_ns : 0);
    exchange->tape_seen_ns = monotonic_ns;
    if (event->kind == EVENT_QUOTE) {
        const struct quote *quote = &event->quote;
        bool is_trade = market_is_new_trade(quotes_find(exchange->quotes, quote->exchange, quote->symbol), quote);
        quotes_fold(exchange->quotes, event, age_ns, monotonic_ns);
        if (is_trade)
            working_orders_trade(exchange->working, event);
        return FOLD_APPLIED;
    }
    enum fold_result result = order_book_fold(exchange->book, event);
    working_orders_follow(exchange->working, event, result);
    return result;
}

void exchange_depth(struct exchange *exchange, const char *subject, const char *payload, size_t payload_bytes,
                    int64_t age_ns, int64_t monotonic_ns)
{
    depths_put(exchange->depths, subject, payload, payload_bytes, age_ns, monotonic_ns);
}

void exchange_hold(struct exchange *exchange, bool held)
{
    exchange->held = held;
}

static bool is_halted(const struct exchange *exchange, const struct order *order)
{
    return order_book_trading_state(exchange->book, order->terms.account, order->terms.symbol) == TRADING_HALTED;
}

static void begin_walk(struct walk *walk, const struct round *round, const char *exchange, const char *symbol)
{
    walk->round = round;
    walk->view.market = quotes_find(round->exchange->quotes, exchange, symbol);
    walk->view.instrument = instruments_find(round->exchange->instruments, exchange, symbol);
    walk->view.depths = round->exchange->depths;
    walk->view.monotonic_ns = round->monotonic_ns;
    walk->view.stale_after_ns = round->exchange->config.stale_after_ns;
    walk->target = NULL;
    walk->is_quote = false;
    fill_plan_begin(&walk->view, round->exchange->working);
}

static const struct open_request *next_cancel(const struct exchange *exchange, const struct order *order)
{
    const struct open_request *open = requests_oldest_of(order_book_requests(exchange->book), order->terms.order_id);
    while (open != NULL && open->is_replace)
        open = open->next_of_order;
    return open;
}

/* A limit order that does not reach the other side comes to rest, behind what is displayed there. One that does, and
 * one that arrives while nobody can tell, takes first. A post-only order never takes. */
static int64_t queue_of(const struct walk *walk, const struct order *order)
{
    const struct order_request *terms = &order->terms;
    bool rests = walk->view.is_fillable && !working_reaches(walk->view.market, terms->side, terms->limit_price);
    if (terms->type != ORDER_LIMIT || (!rests && !terms->post_only))
        return DECIMAL_NONE;
    return working_queue_ahead(walk->view.market, terms->side, terms->limit_price);
}

/* What the exchange cannot work; NULL when it can. */
static const char *why_refused(const struct walk *walk, const struct order *order)
{
    const struct order_request *terms = &order->terms;
    if (walk->view.instrument == NULL)
        return "the exchange does not trade this instrument";
    if (terms->post_only && (terms->type != ORDER_LIMIT || order_is_immediate(order)))
        return "post_only needs a limit order that is day or gtc";
    return NULL;
}

static void answer_submitted(struct walk *walk, const struct order *order)
{
    const struct round *round = walk->round;
    const struct order_request *terms = &order->terms;
    const char *reason = why_refused(walk, order);
    if (reason != NULL)
        exchange_events_refused(&round->output, order, reason);
    else if (terms->post_only && walk->view.is_fillable &&
             working_reaches(walk->view.market, terms->side, terms->limit_price))
        exchange_events_cancelled(&round->output, order, CANCEL_POST_ONLY, "");
    else if (order_is_immediate(order) && !order_is_stop(order) &&
             fill_plan_make(&walk->view, order, NULL).fill.quantity == 0)
        exchange_events_cancelled(&round->output, order, terms->time_in_force == TIF_IOC ? CANCEL_IOC : CANCEL_FOK, "");
    else
        exchange_events_accepted(&round->output, order, queue_of(walk, order));
}

static void answer_replace(const struct walk *walk, const struct order *order)
{
    const struct change_request *request = order->replace;
    bool would_take = order->terms.post_only && walk->view.is_fillable && request->limit_price != DECIMAL_NONE &&
                      working_reaches(walk->view.market, order->terms.side, request->limit_price);
    if (would_take) {
        exchange_events_cancel_rejected(&walk->round->output, request, "a post-only order may not take");
        return;
    }
    exchange_events_replaced(&walk->round->output, order, request);
}

/* The price that hit the stop: the opposite touch or a trade. DECIMAL_NONE while there is none. */
static int64_t trigger_price(const struct walk *walk, const struct order *order, const struct working *working)
{
    if (!walk->view.is_fillable || order->state != ORDER_ACCEPTED || !order_is_stop(order))
        return DECIMAL_NONE;
    const struct quote *quote = &walk->view.market->quote;
    if (working->trigger_price != DECIMAL_NONE)
        return working->trigger_price;
    if (order->terms.side == SIDE_BUY)
        return quote->ask_size != 0 && quote->ask >= order->terms.stop_price ? quote->ask : DECIMAL_NONE;
    return quote->bid_size != 0 && quote->bid <= order->terms.stop_price ? quote->bid : DECIMAL_NONE;
}

/* Fills, or kills what an ioc or fok order has left. */
static void work(const struct walk *walk, const struct order *order, const struct working *working,
                 const struct fill_plan *plan)
{
    int64_t price = trigger_price(walk, order, working);
    if (price != DECIMAL_NONE)
        exchange_events_triggered(&walk->round->output, order, price);
    else if (plan->fill.quantity > 0 && plan->waits)
        return;
    else if (plan->fill.quantity > 0)
        exchange_events_executed(&walk->round->output, order, &plan->fill, walk->view.instrument,
                                 exchange_config_fees(&walk->round->exchange->config, order->terms.exchange));
    else if (order_is_immediate(order) && !order_is_armed(order))
        exchange_events_cancelled(&walk->round->output, order,
                                  order->terms.time_in_force == TIF_IOC ? CANCEL_IOC : CANCEL_FOK, "");
}

/* Cancels, halts and the end of a session come before fills. An order that is not decided yet is not the exchange's;
 * one with a pending cancel is cancelled instead of accepted. `working` and `plan` belong to a working order. */
static void decide_order(struct walk *walk, const struct order *order, const struct working *working,
                         const struct fill_plan *plan)
{
    const struct exchange *exchange = walk->round->exchange;
    if (order->state == ORDER_INITIALIZED)
        return;
    const struct open_request *cancel = next_cancel(exchange, order);
    if (cancel != NULL)
        exchange_events_cancelled(&walk->round->output, order, CANCEL_REQUESTED, cancel->request.request_id);
    else if (is_halted(exchange, order))
        exchange_events_cancelled(&walk->round->output, order, CANCEL_HALT, "");
    else if (exchange->held)
        return;
    else if (order->state == ORDER_SUBMITTED)
        answer_submitted(walk, order);
    else if (working->expires_ns <= walk->round->session_ns)
        exchange_events_cancelled(&walk->round->output, order, CANCEL_EXPIRED, "");
    else if (order->replace_decided)
        answer_replace(walk, order);
    else if (walk->view.instrument != NULL)
        work(walk, order, working, plan);
}

/* Nearly all resting orders are away from the touch, and a quote concerns them only when it is a trade that reached
 * them. Requests and halts are decided when they come, or when everything is. */
static bool is_out_of_reach(const struct walk *walk, const struct working *working)
{
    const struct order *order = working->order;
    return order->terms.type == ORDER_LIMIT && !order_is_immediate(order) && working->traded == 0 &&
           !working_reaches(walk->view.market, order->terms.side, order->terms.limit_price);
}

/* Every order takes its share of what is displayed, also one that is about to be cancelled: its fill may be on its way
 * to the tape already, and what is displayed must not be given twice. */
static bool walk_order(const struct working *working, void *context)
{
    struct walk *walk = context;
    if (walk->is_quote && is_out_of_reach(walk, working))
        return true;
    struct fill_plan plan = fill_plan_make(&walk->view, working->order, working);
    if (walk->target == NULL || walk->target == working->order)
        decide_order(walk, working->order, working, &plan);
    fill_plan_claim(&walk->view, working->order, &plan);
    return walk->target != working->order;
}

/* All working orders of an instrument. */
static void decide_instrument(const struct round *round, const char *exchange, const char *symbol, bool is_quote)
{
    struct walk walk;
    begin_walk(&walk, round, exchange, symbol);
    walk.is_quote = is_quote;
    working_orders_each(round->exchange->working, exchange, symbol, walk_order, &walk);
}

/* Whether an order could meet the touch at all; if not, nobody in front of it matters. */
static bool depends_on_touch(const struct walk *walk, const struct order *order)
{
    return walk->view.is_fillable && !order_is_armed(order) &&
           working_reaches(walk->view.market, order->terms.side, order->terms.limit_price);
}

/* One order: a working one after those whose turn comes before its own, a new one after all of them. */
static void decide_one(const struct round *round, const struct order *order)
{
    const struct working_orders *all = round->exchange->working;
    const struct working *working = working_orders_find(all, order->terms.order_id);
    struct walk walk;
    begin_walk(&walk, round, order->terms.exchange, order->terms.symbol);
    bool is_apart = !depends_on_touch(&walk, order);
    walk.target = order;
    if (working != NULL && is_apart)
        walk_order(working, &walk);
    else if (!is_apart)
        working_orders_each(all, order->terms.exchange, order->terms.symbol, walk_order, &walk);
    if (working == NULL)
        decide_order(&walk, order, NULL, NULL);
}

/* Requests about an order that is done, or that nobody knows, get their answer; one at a time. */
static void answer_late(const struct round *round, const char *order_id, const struct order *order)
{
    const struct open_request *open = requests_oldest_of(order_book_requests(round->exchange->book), order_id);
    while (open != NULL && open->is_replace && !open->validated)
        open = open->next_of_order; /* the order checks' to answer */
    if (open == NULL)
        return;
    char reason[REASON_SIZE];
    if (order == NULL)
        snprintf(reason, sizeof reason, "there is no such order");
    else
        snprintf(reason, sizeof reason, "too late: the order is %s", order_state_name(order->state));
    exchange_events_cancel_rejected(&round->output, &open->request, reason);
}

static void decide_subject(const struct round *round, const char *order_id)
{
    const struct order *order = order_book_find(round->exchange->book, order_id);
    if (order == NULL || order_is_done(order))
        answer_late(round, order_id, order);
    else
        decide_one(round, order);
}

struct halt {
    const struct round *round;
    const char *scope;
};

static void halt_order(const struct order *order, void *context)
{
    const struct halt *halt = context;
    if (order->state != ORDER_INITIALIZED &&
        trading_scope_holds(halt->scope, order->terms.account, order->terms.symbol) &&
        is_halted(halt->round->exchange, order))
        decide_one(halt->round, order);
}

/* Sessions end by the server's clock and the monotonic one, so that a wall clock that jumps ends none. Before anything
 * was read there is nothing but the wall clock. */
static struct round begin_round(const struct exchange *exchange, int64_t wall_ns, int64_t monotonic_ns,
                                struct proposals *proposals)
{
    return (struct round){
        .exchange = exchange,
        .monotonic_ns = monotonic_ns,
        .session_ns = exchange->tape_ns == 0 ? wall_ns : exchange->tape_ns + (monotonic_ns - exchange->tape_seen_ns),
        .output = {.proposals = proposals, .wall_ns = wall_ns},
    };
}

void exchange_decide(const struct exchange *exchange, const struct event *event, int64_t wall_ns, int64_t monotonic_ns,
                     struct proposals *proposals)
{
    struct round round = begin_round(exchange, wall_ns, monotonic_ns, proposals);
    const char *order_id = event_order_id(event);
    if (event->kind == EVENT_QUOTE) {
        decide_instrument(&round, event->quote.exchange, event->quote.symbol, true);
    } else if (event->kind == EVENT_TRADING_STATE) {
        struct halt halt = {.round = &round, .scope = event->state.scope};
        order_book_each_open(exchange->book, halt_order, &halt);
    } else if (order_id != NULL) {
        decide_subject(&round, order_id);
    }
}

/* What the walks over the quoted instruments do not meet: new orders, and those without a quote. */
static void decide_apart(const struct order *order, void *context)
{
    const struct round *round = context;
    if (order->state == ORDER_SUBMITTED ||
        quotes_find(round->exchange->quotes, order->terms.exchange, order->terms.symbol) == NULL)
        decide_one(round, order);
}

void exchange_decide_all(const struct exchange *exchange, int64_t wall_ns, int64_t monotonic_ns,
                         struct proposals *proposals)
{
    struct round round = begin_round(exchange, wall_ns, monotonic_ns, proposals);
    for (size_t i = 0; i < quotes_count(exchange->quotes); i++) {
        const struct quote *quote = &quotes_at(exchange->quotes, i)->quote;
        decide_instrument(&round, quote->exchange, quote->symbol, false);
    }
    order_book_each_open(exchange->book, decide_apart, &round);
    const struct requests *requests = order_book_requests(exchange->book);
    for (const struct open_request *open = requests_oldest(requests); open != NULL; open = open->next) {
        const char *order_id = open->request.order_id;
        const struct order *order = order_book_find(exchange->book, order_id);
        if ((order == NULL || order_is_done(order)) && open == requests_oldest_of(requests, order_id))
            answer_late(&round, order_id, order);
    }
}

void exchange_save(const struct exchange *exchange, struct pack *pack)
{
    order_book_save(exchange->book, pack);
    working_orders_save(exchange->working, pack);
}

int exchange_load(struct exchange *exchange, struct pack *pack)
{
    order_book_load(exchange->book, pack);
    return working_orders_load(exchange->working, pack);
}

void exchange_begin_late(struct exchange *exchange)
{
    order_book_begin_late(exchange->book);
}

const struct order_book *exchange_book(const struct exchange *exchange)
{
    return exchange->book;
}

const struct quotes *exchange_quotes(const struct exchange *exchange)
{
    return exchange->quotes;
}
