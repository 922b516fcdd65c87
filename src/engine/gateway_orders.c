/* Orders over HTTP: sent to the tape, and answered with what comes back from it.
 *
 * A client's order id is its idempotency key. What was sent and has not been read back is kept as pending, so that the
 * same request again finds it, and so that an order whose fate is not known is said to be UNKNOWN, never lost and
 * never sent under another name. */
#include "engine/gateway_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/unique.h"

enum {
    RETRY_S = 1,
    BUSY_ORDERS = 16, /* undecided ones, above which nobody waits for a decision */
};

bool gateway_orders_unavailable(struct reply *reply, const char *code, const char *sentence)
{
    reply->retry_after_s = RETRY_S;
    return gateway_http_problem(reply, MHD_HTTP_SERVICE_UNAVAILABLE, code, "%s", sentence);
}

bool gateway_orders_refuse_unready(struct gateway *gateway, struct reply *reply)
{
    if (!gateway_is_live(gateway))
        return gateway_orders_unavailable(reply, "STARTING", "the tape is still being read");
    if (gateway->connection.state != CONNECTION_CONNECTED)
        return gateway_orders_unavailable(reply, "NOT_CONNECTED", "the tape cannot be reached; nothing was sent");
    if (gateway->connection.silent)
        return gateway_orders_unavailable(reply, "NOT_CONNECTED",
                                          "the tape does not answer, its disk may be full; nothing was sent");
    return false;
}

bool gateway_orders_refuse_held(struct gateway *gateway, struct reply *reply)
{
    if (gateway->hold.reason[0] == '\0')
        return false;
    reply->retry_after_s = RETRY_S;
    return gateway_http_problem(reply, MHD_HTTP_SERVICE_UNAVAILABLE, "TRADING_HALTED",
                                "trading is halted: %s; nothing was sent", gateway->hold.reason);
}

struct pending_order *gateway_orders_pending(struct gateway *gateway, const char *order_id)
{
    struct pending_order *pending;
    HASH_FIND(hh, gateway->pending, order_id, strlen(order_id), pending);
    return pending;
}

static void remove_pending(struct gateway *gateway, struct pending_order *pending)
{
    HASH_DELETE(hh, gateway->pending, pending);
    HASH_DELETE(hh_cookie, gateway->pending_by_cookie, pending);
    free(pending);
}

/* Room for one more. Of those that were reported as unknown the oldest is let go: what became of it, the tape tells,
 * should it ever have it. */
static bool make_room(struct gateway *gateway)
{
    if (HASH_CNT(hh, gateway->pending) < GATEWAY_PENDING_MAX)
        return true;
    for (struct pending_order *pending = gateway->pending; pending != NULL; pending = pending->hh.next) {
        if (!pending->in_flight && !pending->stored) {
            remove_pending(gateway, pending);
            return true;
        }
    }
    return false;
}

static void add_pending(struct gateway *gateway, const struct order_request *request, uint64_t cookie)
{
    struct pending_order *pending = gateway_orders_pending(gateway, request->order_id);
    if (pending != NULL)
        remove_pending(gateway, pending);
    pending = calloc(1, sizeof *pending);
    assert(pending != NULL);
    pending->request = *request;
    pending->cookie = cookie;
    pending->in_flight = true;
    HASH_ADD(hh, gateway->pending, request.order_id, strlen(pending->request.order_id), pending);
    HASH_ADD(hh_cookie, gateway->pending_by_cookie, cookie, sizeof pending->cookie, pending);
}

static bool asks_for_the_same(const struct order *order, const struct order_request *request)
{
    struct order_request asked = order_as_asked(order);
    return order_request_same(&asked, request);
}

static bool conflict(struct reply *reply, const char *order_id)
{
    text_copy(reply->order_id, sizeof reply->order_id, order_id);
    return gateway_http_problem(reply, MHD_HTTP_CONFLICT, "ID_IN_USE",
                                "another order has the id %s; an id is used once, for ever", order_id);
}

bool gateway_orders_fate_unknown(struct reply *reply, const char *order_id)
{
    text_copy(reply->order_id, sizeof reply->order_id, order_id);
    return gateway_orders_unavailable(reply, "UNKNOWN",
                                      "the tape did not answer in time; the request may be stored, now or later: ask, "
                                      "or send the same again under the same id");
}

/* Codes of the order checks that say that the order itself is no order for this instrument. */
static bool is_malformed(const char *code)
{
    static const char *const codes[] = {"UNKNOWN_INSTRUMENT", "BAD_TICK",          "BAD_LOT",
                                        "BAD_TYPE",           "BAD_TIME_IN_FORCE", "BAD_PRICE"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(code, codes[i]) == 0)
            return true;
    }
    return strncmp(code, "UNSUPPORTED_", strlen("UNSUPPORTED_")) == 0;
}

static void answer_denied(const struct order *order, struct reply *reply)
{
    const char *code = order->code[0] != '\0' ? order->code : "REJECTED";
    const char *reason = order->reason[0] != '\0' ? order->reason : "the order checks refused the order";
    unsigned status = MHD_HTTP_FORBIDDEN;
    if (strcmp(code, "TRADING_HALTED") == 0)
        status = MHD_HTTP_SERVICE_UNAVAILABLE;
    else if (strcmp(code, "RATE_LIMIT") == 0)
        status = MHD_HTTP_TOO_MANY_REQUESTS;
    else if (is_malformed(code))
        status = MHD_HTTP_UNPROCESSABLE_CONTENT;
    if (status == MHD_HTTP_TOO_MANY_REQUESTS || status == MHD_HTTP_SERVICE_UNAVAILABLE)
        reply->retry_after_s = RETRY_S;
    text_copy(reply->order_id, sizeof reply->order_id, order->terms.order_id);
    reply->from_check = true;
    reply->value = order->value;
    reply->limit = order->limit;
    gateway_http_problem(reply, status, code, "%s", reason);
}

/* Ends the wait of a slot whose order is in the book. */
static void answer_from_book(struct gateway *gateway, struct slot *slot, const struct order *order)
{
    struct reply *reply = &slot->reply;
    if (slot->repeat) {
        gateway_views_order(gateway, slot->order_id, MHD_HTTP_OK, reply);
    } else if (order->state == ORDER_INITIALIZED) {
        gateway_views_order(gateway, slot->order_id, MHD_HTTP_ACCEPTED, reply);
    } else if (order->state == ORDER_DENIED) {
        answer_denied(order, reply);
    } else if (order_is_done(order) && order->decided_stored_ns == 0 &&
               order_book_trading_state(gateway->book, order->terms.account, order->terms.symbol) == TRADING_HALTED) {
        gateway_orders_unavailable(reply, "TRADING_HALTED", "trading was halted before the order was decided");
    } else {
        reply->created = true;
        gateway_views_order(gateway, slot->order_id, MHD_HTTP_CREATED, reply);
    }
    gateway_slots_resume(gateway, slot);
}

/* True when the id is known and the reply, or the wait, is settled by that; false when the order is to be sent. */
static bool settle_known(struct gateway *gateway, struct slot *slot, const struct order_request *request,
                         struct reply *reply, bool *waits)
{
    const struct order *order = order_book_find(gateway->book, request->order_id);
    if (order != NULL) {
        if (!asks_for_the_same(order, request))
            return conflict(reply, request->order_id);
        return gateway_views_order(gateway, request->order_id, MHD_HTTP_OK, reply);
    }
    const struct pending_order *pending = gateway_orders_pending(gateway, request->order_id);
    if (pending == NULL)
        return false;
    if (!order_request_same(&pending->request, request))
        return conflict(reply, request->order_id);
    if (!pending->in_flight && !pending->stored)
        return false; /* nobody knows what became of it: sent again under the same name it is stored once */
    gateway_slots_wait(gateway, slot, WAIT_ORDER, request->order_id, pending->cookie);
    slot->repeat = true;
    *waits = true;
    return true;
}

bool gateway_orders_place(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    struct event event;
    bool waits = false;
    if (!gateway_body_order(gateway, slot->body, slot->body_bytes, &event, reply))
        return true;
    const struct order_request *request = &event.request;
    if (!gateway_is_live(gateway) && !gateway->was_live)
        return gateway_orders_refuse_held(gateway, reply) || gateway_orders_refuse_unready(gateway, reply);
    if (settle_known(gateway, slot, request, reply, &waits))
        return !waits;
    if (gateway_orders_refuse_held(gateway, reply) || gateway_orders_refuse_unready(gateway, reply))
        return true;
    if (order_book_trading_state(gateway->book, request->account, request->symbol) == TRADING_HALTED)
        return gateway_orders_unavailable(reply, "TRADING_HALTED", "trading is halted; nothing was sent");
    uint64_t cookie = ++gateway->next_cookie;
    if (!make_room(gateway) || !gateway_publish(gateway, &event, cookie))
        return gateway_orders_unavailable(reply, "BUSY", "too many requests wait for the tape; nothing was sent");
    gateway->counts.orders_sent++;
    add_pending(gateway, request, cookie);
    gateway_slots_wait(gateway, slot, WAIT_ORDER, request->order_id, cookie);
    return false;
}

/* An order we sent has been read from the tape, or one of another that was faster under the same id. */
static void land(struct gateway *gateway, const char *order_id)
{
    struct pending_order *pending = gateway_orders_pending(gateway, order_id);
    const struct order *order = order_book_find(gateway->book, order_id);
    if (pending == NULL || order == NULL)
        return;
    bool same = asks_for_the_same(order, &pending->request);
    remove_pending(gateway, pending);
    struct slot *older;
    for (struct slot *slot = gateway->newest_waiter; slot != NULL && !same; slot = older) {
        older = slot->older_waiter;
        if (slot->wait != WAIT_ORDER || strcmp(slot->order_id, order_id) != 0)
            continue;
        conflict(&slot->reply, order_id);
        gateway_slots_resume(gateway, slot);
    }
}

static bool is_undecided(struct gateway *gateway, const char *order_id)
{
    const struct order *order = order_id != NULL ? order_book_find(gateway->book, order_id) : NULL;
    return order != NULL && order->state == ORDER_INITIALIZED;
}

void gateway_orders_fold(struct gateway *gateway, const struct event *event)
{
    const char *order_id = event_order_id(event);
    gateway->undecided -= is_undecided(gateway, order_id);
    order_book_fold(gateway->book, event);
    gateway->undecided += is_undecided(gateway, order_id);
    if (order_id == NULL)
        return;
    if (gateway->pending != NULL)
        land(gateway, order_id);
    if (gateway->newest_waiter == NULL)
        return;
    const struct order *order = order_book_find(gateway->book, order_id);
    struct slot *older;
    for (struct slot *slot = gateway->newest_waiter; slot != NULL && order != NULL; slot = older) {
        older = slot->older_waiter;
        bool decided = order->state != ORDER_INITIALIZED || slot->repeat;
        if (slot->wait == WAIT_ORDER && decided && strcmp(slot->order_id, order_id) == 0)
            answer_from_book(gateway, slot, order);
    }
}

static void answer_order(struct gateway *gateway, struct slot *slot, const struct publish_result *result)
{
    const struct order *order = order_book_find(gateway->book, slot->order_id);
    switch (result->status) {
    case PUBLISH_STORED:
        if (gateway->undecided <= BUSY_ORDERS)
            return; /* the decision follows */
        gateway_views_order(gateway, slot->order_id, MHD_HTTP_ACCEPTED, &slot->reply);
        break;
    case PUBLISH_DUPLICATE:
        slot->repeat = true;
        if (order != NULL)
            answer_from_book(gateway, slot, order);
        return;
    case PUBLISH_FENCED:
    case PUBLISH_REFUSED:
        gateway_orders_unavailable(&slot->reply, "NOT_STORED", result->problem);
        break;
    case PUBLISH_UNKNOWN:
        gateway_orders_fate_unknown(&slot->reply, slot->order_id);
        break;
    }
    gateway_slots_resume(gateway, slot);
}

void gateway_orders_published(struct gateway *gateway, const struct publish_result *result)
{
    struct pending_order *pending;
    HASH_FIND(hh_cookie, gateway->pending_by_cookie, &result->cookie, sizeof result->cookie, pending);
    if (pending != NULL) {
        pending->in_flight = false;
        pending->stored = result->status == PUBLISH_STORED || result->status == PUBLISH_DUPLICATE;
        if (result->status == PUBLISH_REFUSED || result->status == PUBLISH_FENCED)
            remove_pending(gateway, pending);
    }
    struct slot *older;
    for (struct slot *slot = gateway->newest_waiter; slot != NULL; slot = older) {
        older = slot->older_waiter;
        if (result->cookie - slot->cookie >= slot->cookies)
            continue;
        if (slot->wait == WAIT_ORDER)
            answer_order(gateway, slot, result);
        else
            gateway_changes_published(gateway, slot, result);
    }
}

static void expire(struct gateway *gateway, struct slot *slot)
{
    if (slot->wait != WAIT_ORDER) {
        gateway_changes_expire(gateway, slot);
        return;
    }
    const struct order *order = order_book_find(gateway->book, slot->order_id);
    const struct pending_order *pending = gateway_orders_pending(gateway, slot->order_id);
    if (order != NULL) {
        answer_from_book(gateway, slot, order);
        return;
    }
    if (pending != NULL && pending->stored)
        gateway_views_order(gateway, slot->order_id, slot->repeat ? MHD_HTTP_OK : MHD_HTTP_ACCEPTED, &slot->reply);
    else
        gateway_orders_fate_unknown(&slot->reply, slot->order_id);
    gateway_slots_resume(gateway, slot);
}

void gateway_orders_expire(struct gateway *gateway, bool all)
{
    struct slot *older;
    for (struct slot *slot = gateway->newest_waiter; slot != NULL; slot = older) {
        older = slot->older_waiter;
        if (all || slot->wait_until_ns <= gateway->now.monotonic_ns)
            expire(gateway, slot);
    }
}

static void count_undecided(const struct order *order, void *context)
{
    *(size_t *)context += order->state == ORDER_INITIALIZED;
}

void gateway_orders_load(struct gateway *gateway, struct order_book *book)
{
    order_book_destroy(gateway->book);
    gateway->book = book;
    gateway->undecided = 0;
    order_book_each_open(book, count_undecided, &gateway->undecided);
}

void gateway_orders_forget(struct gateway *gateway)
{
    gateway_orders_load(gateway, order_book_create());
}

void gateway_orders_free(struct gateway *gateway)
{
    struct pending_order *pending, *next_pending;
    HASH_CLEAR(hh_cookie, gateway->pending_by_cookie);
    HASH_ITER(hh, gateway->pending, pending, next_pending)
    {
        HASH_DELETE(hh, gateway->pending, pending);
        free(pending);
    }
}
