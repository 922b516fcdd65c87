/* What comes into the read model, and the numbers about the flow itself. */
#include "ui/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/model_private.h"

/* No feed of our own keeps a quote that long. */
#define RECORDED_NS (60 * NS_PER_SECOND)

/* When sessions end is the exchange's to decide. */
static const struct session_calendars NO_CALENDARS;

static void create_folds(struct model *model)
{
    model->quotes = quotes_create();
    model->currencies = rates_create(&model->rates_config, model->instruments, model->quotes);
    model->orders = order_book_create();
    model->working = working_orders_create(model->orders, model->quotes, &NO_CALENDARS);
    model->taken_sequence = 0;
    model->alerts = alert_list_create();
}

static void destroy_folds(struct model *model)
{
    model_past_free(model);
    model_market_free(model);
    model_depth_free(model);
    model_positions_free(model);
    model_tape_free(model);
    alert_list_destroy(model->alerts);
    free(model->digest.entries);
    model->digest = (struct alert_digest){0};
    model->digest_version = 0;
    working_orders_destroy(model->working);
    order_book_destroy(model->orders);
    model_accounts_free(model);
    rates_destroy(model->currencies);
    quotes_destroy(model->quotes);
}

struct model *model_create(const struct instruments *instruments, const char *account, int64_t stale_after_ns)
{
    struct model *model = calloc(1, sizeof *model);
    if (model == NULL)
        abort();
    model->instruments = instruments;
    model->stale_after_ns = stale_after_ns;
    text_copy(model->account, sizeof model->account, account);
    rates_config_init(&model->rates_config);
    create_folds(model);
    model->flow.latency_ns = -1;
    model->version = 1;
    return model;
}

void model_destroy(struct model *model)
{
    if (model == NULL)
        return;
    destroy_folds(model);
    free(model);
}

void model_set_rates(struct model *model, const struct rates_config *config)
{
    model->rates_config = *config;
    rates_destroy(model->currencies);
    model->currencies = rates_create(config, model->instruments, model->quotes);
    model->version++;
}

void model_forget(struct model *model)
{
    destroy_folds(model);
    model->views = NULL;
    model->positions = NULL;
    model->position_places = NULL;
    model->view_count = model->view_capacity = model->position_count = model->position_capacity = 0;
    model->fill_count = model->exposure_count = 0;
    model->trail = (struct halt_trail){0};
    create_folds(model);
    model->version++;
}

void model_take_orders(struct model *model, struct order_book *book, const struct hold *hold, uint64_t sequence)
{
    working_orders_destroy(model->working);
    order_book_destroy(model->orders);
    model->orders = book;
    model->working = working_orders_create(book, model->quotes, &NO_CALENDARS);
    model->taken_sequence = sequence;
    model->hold.halted = hold->halted;
    model->hold.newest_stored_ns = hold->newest_stored_ns;
    model->version++;
}

void model_begin_late(struct model *model)
{
    order_book_begin_late(model->orders);
    model->version++;
}

/* ---- requests in flight --------------------------------------------------------------------------------------- */

static const char *request_id_of(const struct event *event)
{
    switch (event->kind) {
    case EVENT_ORDER_CANCEL:
    case EVENT_ORDER_REPLACE:
        return event->change.request_id;
    case EVENT_TRADING_STATE:
        return event->state.request_id;
    case EVENT_ALERT_ACK:
        return event->ack.request_id;
    case EVENT_ORDER_NEW:
        return event->request.order_id;
    case EVENT_QUOTE:
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_VALIDATED:
    case EVENT_REPLACE_REJECTED:
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_EXECUTED:
    case EVENT_ORDER_CANCELLED:
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
    case EVENT_POSITION:
    case EVENT_ALERT:
    case EVENT_EXPOSURE:
    case EVENT_LIMITS:
    case EVENT_KINDS:
        break;
    }
    return NULL;
}

static bool request_is_over(const struct request_view *request)
{
    return request->seen || request->state == REQUEST_STATE_REFUSED;
}

bool model_request_sent(struct model *model, const struct event *event, uint64_t cookie, int64_t monotonic_ns)
{
    struct request_view *place = NULL;
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        struct request_view *request = &model->requests[i];
        bool free_place = !request->used || request_is_over(request);
        bool better = place == NULL || (place->used && (!request->used || request->changed_ns < place->changed_ns));
        if (free_place && better)
            place = request;
    }
    if (place == NULL)
        return false;
    *place = (struct request_view){
        .used = true, .cookie = cookie, .event = *event, .sent_ns = monotonic_ns, .changed_ns = monotonic_ns};
    model->version++;
    return true;
}

static struct request_view *request_by_cookie(struct model *model, uint64_t cookie)
{
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        if (model->requests[i].used && model->requests[i].cookie == cookie)
            return &model->requests[i];
    }
    return NULL;
}

void model_request_answered(struct model *model, uint64_t cookie, enum request_state state, const char *problem,
                            int64_t monotonic_ns)
{
    struct request_view *request = request_by_cookie(model, cookie);
    if (request == NULL)
        return;
    request->state = state;
    request->changed_ns = monotonic_ns;
    text_copy(request->problem, sizeof request->problem, problem == NULL ? "" : problem);
    model->version++;
}

/* The tape shows a request of ours: whatever its publish was answered, it is stored. */
static void request_seen(struct model *model, const struct event *event, int64_t monotonic_ns)
{
    const char *id = request_id_of(event);
    if (id == NULL)
        return;
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        struct request_view *request = &model->requests[i];
        if (!request->used || request->seen || request->event.kind != event->kind ||
            strcmp(request_id_of(&request->event), id) != 0)
            continue;
        request->seen = true;
        model_note_latency(model, MODEL_STAGE_REQUEST, monotonic_ns - request->sent_ns);
        request->state = REQUEST_STATE_STORED;
        request->changed_ns = monotonic_ns;
    }
}

const struct request_view *model_request(const struct model *model, uint64_t cookie)
{
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        if (model->requests[i].used && model->requests[i].cookie == cookie)
            return &model->requests[i];
    }
    return NULL;
}

const struct request_view *model_request_of_order(const struct model *model, const char *order_id)
{
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        const struct request_view *request = &model->requests[i];
        if (request->used && request->event.kind == EVENT_ORDER_NEW &&
            strcmp(request->event.request.order_id, order_id) == 0)
            return request;
    }
    return NULL;
}

const struct request_view *model_request_at(const struct model *model, int place)
{
    assert(place >= 0 && place < MODEL_REQUESTS);
    return model->requests[place].used ? &model->requests[place] : NULL;
}

int model_requests_free(const struct model *model)
{
    int places = 0;
    for (int i = 0; i < MODEL_REQUESTS; i++)
        places += !model->requests[i].used || request_is_over(&model->requests[i]);
    return places;
}

/* ---- folding -------------------------------------------------------------------------------------------------- */

/* When a quote came to us: as its feed says, unless it was received long before it was published, for it is from a
 * recording. */
static int64_t quote_since_ns(const struct event *event)
{
    int64_t received_ns = event->quote.received_ns;
    bool is_recorded = event->stored_ns != 0 && event->stored_ns - received_ns > RECORDED_NS;
    return received_ns != 0 && !is_recorded ? received_ns : event->stored_ns;
}

static void count_quote(struct model *model, const struct event *event, int64_t age_ns, int64_t wall_ns)
{
    model->flow.quotes++;
    if (age_ns > 0)
        return; /* history says nothing about rate and latency */
    model->window_quotes++;
    model->window_conflated += event->quote.conflated;
    int64_t since_ns = quote_since_ns(event);
    if (since_ns == 0 || since_ns > wall_ns)
        return;
    model->window_live++;
    model->window_latency_ns += wall_ns - since_ns;
    model_note_latency(model, MODEL_STAGE_QUOTE, wall_ns - since_ns);
}

static void keep_fill(struct model *model, const struct event *event)
{
    model->fill_head = (model->fill_head + 1) % MODEL_FILLS;
    model->fills[model->fill_head] =
        (struct fill_view){.execution = event->execution, .sequence = event->sequence, .stored_ns = event->stored_ns};
    if (model->fill_count < MODEL_FILLS)
        model->fill_count++;
}

static void fold_orders(struct model *model, const struct event *event, int64_t monotonic_ns)
{
    bool is_known = event->sequence <= model->taken_sequence;
    enum fold_result result = is_known ? FOLD_APPLIED : order_book_fold(model->orders, event);
    working_orders_follow(model->working, event, result);
    request_seen(model, event, monotonic_ns);
    if (!is_known)
        halt_trail_fold(&model->trail, model->orders, event, result);
    if (result == FOLD_APPLIED)
        model_health_order(model, event);
    /* A fill of an order that nobody knows is real money too; what stands twice, or after a gap, is not counted. */
    if (event->kind != EVENT_ORDER_EXECUTED || result == FOLD_DUPLICATE || result == FOLD_GAP || result == FOLD_ILLEGAL)
        return;
    keep_fill(model, event);
    model_positions_fill(model, &event->execution, event->sequence);
}

void model_fold(struct model *model, const struct event *event, int64_t age_ns, int64_t wall_ns, int64_t monotonic_ns)
{
    model->version++;
    hold_fold(&model->hold, event);
    model_tape_fold(model, event);
    switch (event->kind) {
    case EVENT_QUOTE:
        count_quote(model, event, age_ns, wall_ns);
        model_market_fold(model, event, age_ns, monotonic_ns);
        break;
    case EVENT_ORDER_NEW:
    case EVENT_ORDER_CANCEL:
    case EVENT_ORDER_REPLACE:
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_VALIDATED:
    case EVENT_REPLACE_REJECTED:
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_EXECUTED:
    case EVENT_ORDER_CANCELLED:
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
    case EVENT_TRADING_STATE:
        fold_orders(model, event, monotonic_ns);
        break;
    case EVENT_POSITION:
        model_positions_fold(model, &event->position);
        break;
    case EVENT_ALERT:
    case EVENT_ALERT_ACK:
        alert_list_fold(model->alerts, event);
        request_seen(model, event, monotonic_ns);
        break;
    case EVENT_EXPOSURE:
        model_accounts_fold(model, &event->exposure);
        break;
    case EVENT_LIMITS: /* shown where the tape is */
        break;
    case EVENT_KINDS:
        assert(!"an event has a kind");
    }
}

void model_bad_message(struct model *model)
{
    model->flow.bad_messages++;
    model->version++;
}

void model_set_connection(struct model *model, const struct connection_status *status, int64_t wall_ns)
{
    model->connection = *status;
    hold_full(&model->hold, status->full_streams, wall_ns);
    model->version++;
}

void model_set_gone(struct model *model, unsigned gone, int64_t wall_ns)
{
    const struct stream_troubles troubles = {.gone = gone, .full = model->hold.troubles.full};
    hold_trouble(&model->hold, &troubles, wall_ns);
    model->version++;
}

void model_set_remade(struct model *model, const char *stream, int64_t wall_ns)
{
    hold_remade(&model->hold, stream, 0, wall_ns);
    model->version++;
}

void model_set_metrics(struct model *model, const struct server_metrics *metrics)
{
    model->metrics = *metrics;
    model_health_metrics(model, metrics);
    model->version++;
}

void model_set_process(struct model *model, const struct process_status *status)
{
    model->process = *status;
    model->version++;
}

void model_set_leases(struct model *model, const struct lease_board *board)
{
    model->leases = *board;
    model->version++;
}

void model_tick(struct model *model, int64_t monotonic_ns)
{
    if (model->window_start_ns == 0) {
        model->window_start_ns = monotonic_ns;
        return;
    }
    int64_t elapsed_ns = monotonic_ns - model->window_start_ns;
    if (elapsed_ns < NS_PER_SECOND)
        return;
    model->flow.quotes_per_second = (double)model->window_quotes * 1e9 / (double)elapsed_ns;
    model->flow.conflated_per_second = (double)model->window_conflated * 1e9 / (double)elapsed_ns;
    model->flow.latency_ns = model->window_live == 0 ? -1 : model->window_latency_ns / (int64_t)model->window_live;
    model_market_tick(model, elapsed_ns);
    model_health_tick(model);
    model->window_start_ns = monotonic_ns;
    model->window_quotes = model->window_live = model->window_conflated = 0;
    model->window_latency_ns = 0;
    model->version++;
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

const struct quotes *model_quotes(const struct model *model)
{
    return model->quotes;
}

const struct order_book *model_orders(const struct model *model)
{
    return model->orders;
}

int64_t model_queue_ahead(const struct model *model, const struct order *order)
{
    const struct working *working = working_orders_find(model->working, order->terms.order_id);
    return working != NULL ? working->queue_left : order->queue_ahead;
}

const struct alert_list *model_alerts(const struct model *model)
{
    return model->alerts;
}

const struct fill_view *model_fill(const struct model *model, int back)
{
    if (back < 0 || back >= model->fill_count)
        return NULL;
    return &model->fills[(model->fill_head - back + MODEL_FILLS) % MODEL_FILLS];
}

struct rate model_rate(const struct model *model, const char *currency)
{
    return rates_of(model->currencies, currency);
}

const char *model_base_currency(const struct model *model)
{
    return model->rates_config.base;
}

enum trading_state model_trading_state(const struct model *model, const struct state_change **change)
{
    enum trading_state state = order_book_trading_state(model->orders, model->account, NULL);
    const struct state_change *everywhere = order_book_state_of(model->orders, "*");
    const struct state_change *own = order_book_state_of(model->orders, model->account);
    *change = NULL;
    if (state != TRADING_ACTIVE)
        *change = everywhere != NULL && everywhere->state == state ? everywhere : own;
    return state;
}

const struct halt_trail *model_halt_trail(const struct model *model)
{
    return &model->trail;
}

const struct hold *model_hold(const struct model *model)
{
    return &model->hold;
}

const struct connection_status *model_connection(const struct model *model)
{
    return &model->connection;
}

const struct server_metrics *model_metrics(const struct model *model)
{
    return &model->metrics;
}

const struct process_status *model_process(const struct model *model)
{
    return &model->process;
}

const struct lease_board *model_leases(const struct model *model)
{
    return &model->leases;
}

struct flow model_flow(const struct model *model)
{
    struct flow flow = model->flow;
    flow.missing = quotes_counts(model->quotes);
    return flow;
}

bool model_is_stale(const struct model *model, const struct market *market, int64_t monotonic_ns)
{
    return market_age_ns(market, monotonic_ns) > model->stale_after_ns;
}

uint64_t model_version(const struct model *model)
{
    return model->version;
}
