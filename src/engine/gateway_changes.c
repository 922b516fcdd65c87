/* What changes something other than placing an order: cancels, replacements, the trading state, acknowledgements of
 * alerts. Each is a request on the tape; it is answered when the tape has it, and what came of it is to be looked up.
 */
#include "engine/gateway_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/unique.h"
#include "engine/trading_states.h"

enum { CANCELS_MAX = 4096 };

struct cancel_batch {
    size_t count, answered;
    struct {
        char order_id[ID_SIZE];
        unsigned status; /* 0: not answered yet */
    } orders[CANCELS_MAX];
};

void gateway_changes_free_batch(struct cancel_batch *batch)
{
    free(batch);
}

/* Writes what every request has, behind the members of the body. */
static void close_message(struct gateway *gateway, struct json_writer *writer)
{
    char time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(time, gateway->now.wall_ns);
    json_key(writer, "timestamp");
    json_string(writer, time);
    json_close(writer, '}');
}

static void write_text(struct json_writer *writer, const char *name, const char *text)
{
    json_key(writer, name);
    json_string(writer, text);
}

/* The order's account, which a request about it carries; NULL when nobody knows the order. */
static const char *account_of(struct gateway *gateway, const char *order_id, const struct order **order)
{
    *order = order_book_find(gateway->book, order_id);
    if (*order != NULL)
        return (*order)->terms.account;
    const struct pending_order *pending = gateway_orders_pending(gateway, order_id);
    return pending != NULL ? pending->request.account : NULL;
}

/* A cancel is taken while trading is held, as long as ORDERS is there. */
static bool refuse_gone(struct gateway *gateway, struct reply *reply)
{
    return (gateway->hold.troubles.gone & 1u << TAPE_ORDERS) != 0 && gateway_orders_refuse_held(gateway, reply);
}

/* True, with the reply filled, when the order in the path is none that can be changed. */
static bool refuse_order(struct gateway *gateway, struct slot *slot, const struct order **order, struct reply *reply)
{
    if (refuse_gone(gateway, reply) || gateway_orders_refuse_unready(gateway, reply))
        return true;
    text_copy(reply->order_id, sizeof reply->order_id, slot->id);
    if (account_of(gateway, slot->id, order) == NULL)
        return gateway_http_problem(reply, MHD_HTTP_NOT_FOUND, "UNKNOWN_ORDER", "no order has the id %s", slot->id);
    if (*order != NULL && order_is_done(*order))
        return gateway_http_problem(reply, MHD_HTTP_CONFLICT, "ORDER_DONE", "the order is done: %s",
                                    order_state_name((*order)->state));
    return false;
}

/* Sends it and lets the slot wait; true with the reply when it could not be sent. */
static bool submit(struct gateway *gateway, struct slot *slot, const struct event *event, enum wait_kind wait,
                   struct reply *reply)
{
    uint64_t cookie = ++gateway->next_cookie;
    if (!gateway_publish(gateway, event, cookie)) {
        gateway_changes_drop_body(reply);
        return gateway_orders_unavailable(reply, "BUSY", "too many requests wait for the tape; nothing was sent");
    }
    gateway->counts.changes_sent++;
    gateway_slots_wait(gateway, slot, wait, wait == WAIT_CHANGE ? slot->id : "", cookie);
    return false;
}

static struct event make_cancel(struct gateway *gateway, const char *order_id, const char *account)
{
    struct event event = event_empty(EVENT_ORDER_CANCEL);
    struct change_request *change = &event.change;
    text_copy(change->order_id, sizeof change->order_id, order_id);
    unique_id(change->request_id);
    text_copy(change->account, sizeof change->account, account);
    text_copy(change->source, sizeof change->source, "rest");
    change->timestamp_ns = gateway->now.wall_ns;
    return event;
}

bool gateway_changes_cancel(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    const struct order *order;
    if (refuse_order(gateway, slot, &order, reply))
        return true;
    if (order != NULL && order->cancel_pending)
        return gateway_views_order(gateway, slot->id, MHD_HTTP_ACCEPTED, reply);
    struct event event = make_cancel(gateway, slot->id, account_of(gateway, slot->id, &order));
    text_copy(reply->request_id, sizeof reply->request_id, event.change.request_id);
    return submit(gateway, slot, &event, WAIT_CHANGE, reply);
}

/* Which orders DELETE /v1/orders means; NULL: all of them. */
struct scope {
    const char *account, *symbol, *exchange;
    struct cancel_batch *batch;
};

static bool is_meant(const struct scope *scope, const struct order_request *terms)
{
    return (scope->account == NULL || strcmp(scope->account, terms->account) == 0) &&
           (scope->symbol == NULL || strcmp(scope->symbol, terms->symbol) == 0) &&
           (scope->exchange == NULL || text_equal_nocase(scope->exchange, terms->exchange));
}

static void add_to_batch(const struct order_request *terms, const struct scope *scope)
{
    struct cancel_batch *batch = scope->batch;
    if (is_meant(scope, terms) && batch->count < CANCELS_MAX)
        text_copy(batch->orders[batch->count++].order_id, ID_SIZE, terms->order_id);
}

static void add_open(const struct order *order, void *context)
{
    add_to_batch(&order->terms, context);
}

static bool give_batch(const struct cancel_batch *batch, struct reply *reply)
{
    struct json_writer writer;
    gateway_views_begin_list(&writer, "orders");
    for (size_t i = 0; i < batch->count; i++) {
        gateway_views_grow(&writer);
        json_open(&writer, '{');
        write_text(&writer, "order_id", batch->orders[i].order_id);
        json_key(&writer, "status");
        json_integer(&writer, batch->orders[i].status != 0 ? batch->orders[i].status : MHD_HTTP_SERVICE_UNAVAILABLE);
        json_close(&writer, '}');
    }
    gateway_views_give_list(&writer, reply);
    reply->status = MHD_HTTP_MULTI_STATUS;
    return true;
}

bool gateway_changes_cancel_all(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    if (refuse_gone(gateway, reply) || gateway_orders_refuse_unready(gateway, reply))
        return true;
    struct cancel_batch *batch = calloc(1, sizeof *batch);
    assert(batch != NULL);
    slot->batch = batch;
    struct scope scope = {
        .account = MHD_lookup_connection_value(slot->connection, MHD_GET_ARGUMENT_KIND, "account"),
        .symbol = MHD_lookup_connection_value(slot->connection, MHD_GET_ARGUMENT_KIND, "symbol"),
        .exchange = MHD_lookup_connection_value(slot->connection, MHD_GET_ARGUMENT_KIND, "exchange"),
        .batch = batch,
    };
    order_book_each_open(gateway->book, add_open, &scope);
    for (const struct pending_order *pending = gateway->pending; pending != NULL; pending = pending->hh.next)
        add_to_batch(&pending->request, &scope);
    uint64_t first = gateway->next_cookie + 1;
    gateway->next_cookie += batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        const struct order *order;
        const char *order_id = batch->orders[i].order_id;
        struct event event = make_cancel(gateway, order_id, account_of(gateway, order_id, &order));
        if (!gateway_publish(gateway, &event, first + i)) {
            batch->orders[i].status = MHD_HTTP_SERVICE_UNAVAILABLE;
            batch->answered++;
        }
    }
    gateway->counts.changes_sent += batch->count - batch->answered;
    if (batch->answered == batch->count)
        return give_batch(batch, reply);
    gateway_slots_wait(gateway, slot, WAIT_BATCH, "", first);
    slot->cookies = batch->count;
    return false;
}

/* A price that the order's type has no use for cannot be changed. */
static bool check_type(const struct order_request *terms, const struct body_member *limit,
                       const struct body_member *stop, struct reply *reply)
{
    bool has_limit = terms->type == ORDER_LIMIT || terms->type == ORDER_STOP_LIMIT;
    bool has_stop = terms->type == ORDER_STOP || terms->type == ORDER_STOP_LIMIT;
    const char *wrong = NULL;
    if (limit->value.text != NULL && !has_limit)
        wrong = limit->name;
    if (stop->value.text != NULL && !has_stop)
        wrong = stop->name;
    return wrong == NULL || !gateway_http_problem(reply, MHD_HTTP_UNPROCESSABLE_CONTENT, "BAD_TYPE",
                                                  "a %s order has no %s", order_type_name(terms->type), wrong);
}

bool gateway_changes_replace(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    enum { REQUEST_ID, QUANTITY, LIMIT_PRICE, STOP_PRICE, REASON, MEMBERS };
    struct body_member body[MEMBERS] = {[REQUEST_ID] = {.name = "request_id"},
                                        [QUANTITY] = {.name = "quantity"},
                                        [LIMIT_PRICE] = {.name = "limit_price"},
                                        [STOP_PRICE] = {.name = "stop_price"},
                                        [REASON] = {.name = "reason"}};
    const struct order *order;
    if (!gateway_body_read(slot->body, slot->body_bytes, body, MEMBERS, reply) ||
        !gateway_body_check_quantity(&body[QUANTITY], reply) || !gateway_body_check_price(&body[LIMIT_PRICE], reply) ||
        !gateway_body_check_price(&body[STOP_PRICE], reply) || gateway_orders_refuse_held(gateway, reply) ||
        refuse_order(gateway, slot, &order, reply))
        return true;
    const struct order_request *terms =
        order != NULL ? &order->terms : &gateway_orders_pending(gateway, slot->id)->request;
    if (!check_type(terms, &body[LIMIT_PRICE], &body[STOP_PRICE], reply))
        return true;
    char request[GATEWAY_BODY_BYTES + 512], request_id[UNIQUE_ID_SIZE];
    struct json_writer writer;
    json_writer_init(&writer, request, sizeof request);
    json_open(&writer, '{');
    write_text(&writer, "order_id", slot->id);
    write_text(&writer, "account", terms->account);
    write_text(&writer, "source", "rest");
    unique_id(request_id);
    if (body[REQUEST_ID].value.text == NULL)
        write_text(&writer, "request_id", request_id);
    for (int i = 0; i < MEMBERS; i++)
        gateway_body_write(&writer, &body[i]);
    close_message(gateway, &writer);
    struct event event;
    struct error error = {0};
    if (writer.overflow ||
        event_decode_kind(&event, EVENT_ORDER_REPLACE, request, writer.length, gateway->account, &error) != 0)
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "BAD_REQUEST", "the body is no replacement: %s",
                                    writer.overflow ? "too long" : error.text);
    text_copy(reply->request_id, sizeof reply->request_id, event.change.request_id);
    return submit(gateway, slot, &event, WAIT_CHANGE, reply);
}

/* Decodes a request that was put together, and makes it the body of the answer too. */
static bool decode(struct gateway *gateway, enum event_kind kind, const struct json_writer *message,
                   struct event *event, struct reply *reply)
{
    struct error error = {0};
    struct json_writer answer;
    if (message->overflow ||
        event_decode_kind(event, kind, message->text, message->length, gateway->account, &error) != 0)
        return !gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "BAD_REQUEST", "the body will not do: %s",
                                     message->overflow ? "too long" : error.text);
    gateway_views_begin(&answer);
    gateway_stream_open_event(&answer, event);
    json_close(&answer, '}');
    return gateway_views_give(&answer, MHD_HTTP_ACCEPTED, reply);
}

static bool change_state(struct gateway *gateway, struct slot *slot, enum trading_state state, enum state_step step,
                         struct reply *reply)
{
    enum { SCOPE, REASON, BY, MEMBERS };
    struct body_member body[MEMBERS] = {
        [SCOPE] = {.name = "scope"}, [REASON] = {.name = "reason"}, [BY] = {.name = "by"}};
    char scope[ACCOUNT_SIZE + SYMBOL_SIZE] = "*", by[ACCOUNT_SIZE] = "rest", request_id[UNIQUE_ID_SIZE],
                              message[GATEWAY_BODY_BYTES + 512];
    if (slot->body_bytes > 0 && !gateway_body_read(slot->body, slot->body_bytes, body, MEMBERS, reply))
        return true;
    if (body[SCOPE].value.text != NULL)
        gateway_body_word(&body[SCOPE], scope, sizeof scope);
    if (!trading_scope_is_valid(scope))
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "BAD_REQUEST",
                                    "scope is \"*\", an account, or an account, a slash and a symbol");
    if (body[BY].value.text != NULL)
        gateway_body_word(&body[BY], by, sizeof by);
    if (by[0] == '\0')
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "BAD_REQUEST", "by is a name of 1 to %d bytes",
                                    ACCOUNT_SIZE - 1);
    /* A halt does not wait for the history to be read. */
    if (refuse_gone(gateway, reply))
        return true;
    if (gateway->connection.state != CONNECTION_CONNECTED)
        return gateway_orders_unavailable(reply, "NOT_CONNECTED", "the tape cannot be reached; nothing was sent");
    struct json_writer writer;
    struct event event;
    json_writer_init(&writer, message, sizeof message);
    json_open(&writer, '{');
    write_text(&writer, "state", trading_state_name(state));
    write_text(&writer, "scope", scope);
    unique_id(request_id);
    write_text(&writer, "request_id", request_id);
    write_text(&writer, "by", by);
    if (step != STEP_NONE)
        write_text(&writer, "step", state_step_name(step));
    if (body[REASON].value.text != NULL)
        gateway_body_write(&writer, &body[REASON]);
    else
        write_text(&writer, "reason", "asked for over REST");
    close_message(gateway, &writer);
    return !decode(gateway, EVENT_TRADING_STATE, &writer, &event, reply) ||
           submit(gateway, slot, &event, WAIT_STATEMENT, reply);
}

bool gateway_changes_halt(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    return change_state(gateway, slot, TRADING_HALTED, STEP_NONE, reply);
}

bool gateway_changes_reduce(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    return change_state(gateway, slot, TRADING_REDUCING, STEP_NONE, reply);
}

bool gateway_changes_resume(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    return change_state(gateway, slot, TRADING_ACTIVE, STEP_NONE, reply);
}

bool gateway_changes_flatten(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    return change_state(gateway, slot, TRADING_HALTED, STEP_FLATTEN, reply);
}

bool gateway_changes_acknowledge(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    enum { ACTION, UNTIL, COMMENT, MEMBERS };
    struct body_member body[MEMBERS] = {
        [ACTION] = {.name = "action"}, [UNTIL] = {.name = "until"}, [COMMENT] = {.name = "comment"}};
    char request_id[UNIQUE_ID_SIZE], message[GATEWAY_BODY_BYTES + 512];
    if (slot->body_bytes > 0 && !gateway_body_read(slot->body, slot->body_bytes, body, MEMBERS, reply))
        return true;
    if (gateway_orders_refuse_unready(gateway, reply))
        return true;
    if (alert_list_find(gateway->alerts, slot->id) == NULL)
        return gateway_http_problem(reply, MHD_HTTP_NOT_FOUND, "UNKNOWN_ALERT", "no alert has this id");
    struct json_writer writer;
    struct event event;
    json_writer_init(&writer, message, sizeof message);
    json_open(&writer, '{');
    write_text(&writer, "alert_id", slot->id);
    unique_id(request_id);
    write_text(&writer, "request_id", request_id);
    write_text(&writer, "by", "rest");
    if (body[ACTION].value.text == NULL)
        write_text(&writer, "action", "ack");
    for (int i = 0; i < MEMBERS; i++)
        gateway_body_write(&writer, &body[i]);
    close_message(gateway, &writer);
    if (!decode(gateway, EVENT_ALERT_ACK, &writer, &event, reply))
        return true;
    bool lacks = (event.ack.action == ACK_SHELVE && event.ack.until_ns == 0) ||
                 (event.ack.action == ACK_COMMENT && event.ack.comment[0] == '\0');
    if (lacks) {
        gateway_changes_drop_body(reply);
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "BAD_REQUEST",
                                    "shelve needs until, and comment a comment");
    }
    return submit(gateway, slot, &event, WAIT_STATEMENT, reply);
}

void gateway_changes_drop_body(struct reply *reply)
{
    free(reply->body);
    reply->body = NULL;
}

static void answer_one(struct gateway *gateway, struct slot *slot, bool stored)
{
    if (stored && slot->wait == WAIT_CHANGE)
        gateway_views_order(gateway, slot->order_id, MHD_HTTP_ACCEPTED, &slot->reply);
    else if (!stored)
        gateway_changes_drop_body(&slot->reply);
}

void gateway_changes_published(struct gateway *gateway, struct slot *slot, const struct publish_result *result)
{
    bool stored = result->status == PUBLISH_STORED || result->status == PUBLISH_DUPLICATE;
    if (slot->wait == WAIT_BATCH) {
        struct cancel_batch *batch = slot->batch;
        unsigned *status = &batch->orders[result->cookie - slot->cookie].status;
        batch->answered += *status == 0;
        *status = stored ? MHD_HTTP_ACCEPTED : MHD_HTTP_SERVICE_UNAVAILABLE;
        if (batch->answered < batch->count)
            return;
        give_batch(batch, &slot->reply);
    } else {
        answer_one(gateway, slot, stored);
        if (result->status == PUBLISH_UNKNOWN)
            gateway_orders_fate_unknown(&slot->reply, slot->order_id);
        else if (!stored)
            gateway_orders_unavailable(&slot->reply, "NOT_STORED", result->problem);
    }
    gateway_slots_resume(gateway, slot);
}

void gateway_changes_expire(struct gateway *gateway, struct slot *slot)
{
    if (slot->wait == WAIT_BATCH) {
        give_batch(slot->batch, &slot->reply);
    } else {
        gateway_changes_drop_body(&slot->reply);
        gateway_orders_fate_unknown(&slot->reply, slot->order_id);
    }
    gateway_slots_resume(gateway, slot);
}
