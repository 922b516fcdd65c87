/* What can be looked at over HTTP: health, counts, orders, positions and quotes as folded from the tape. Nothing here
 * changes anything. */
#include "engine/alert_json.h"
#include "engine/gateway_private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "engine/order_json.h"

enum { TEXT_BYTES = 8192 };

/* A writer whose buffer grows. */
void gateway_views_grow(struct json_writer *writer)
{
    if (writer->size - writer->length > GATEWAY_OBJECT_BYTES)
        return;
    writer->size = 2 * writer->size + GATEWAY_OBJECT_BYTES;
    writer->text = realloc(writer->text, writer->size);
    assert(writer->text != NULL);
}

void gateway_views_begin(struct json_writer *writer)
{
    char *text = malloc(GATEWAY_OBJECT_BYTES);
    assert(text != NULL);
    json_writer_init(writer, text, GATEWAY_OBJECT_BYTES);
}

bool gateway_views_give(struct json_writer *writer, unsigned status, struct reply *reply)
{
    assert(!writer->overflow);
    reply->status = status;
    reply->body = writer->text;
    reply->body_bytes = writer->length;
    return true;
}

void gateway_views_begin_list(struct json_writer *writer, const char *name)
{
    gateway_views_begin(writer);
    json_open(writer, '{');
    json_key(writer, name);
    json_open(writer, '[');
}

bool gateway_views_give_list(struct json_writer *writer, struct reply *reply)
{
    gateway_views_grow(writer);
    json_close(writer, ']');
    json_close(writer, '}');
    return gateway_views_give(writer, MHD_HTTP_OK, reply);
}

static void write_text(struct json_writer *writer, const char *name, const char *text)
{
    json_key(writer, name);
    json_string(writer, text);
}

static void write_money(struct json_writer *writer, const char *name, int128 money)
{
    char text[DECIMAL_TEXT_SIZE];
    json_key(writer, name);
    json_raw(writer, text, money_format(text, money));
}

char *gateway_views_problem(const struct reply *reply, size_t *bytes)
{
    struct json_writer writer;
    gateway_views_begin(&writer);
    json_open(&writer, '{');
    write_text(&writer, "type", "about:blank");
    write_text(&writer, "title", MHD_get_reason_phrase_for(reply->status));
    json_key(&writer, "status");
    json_integer(&writer, reply->status);
    write_text(&writer, "detail", reply->detail);
    write_text(&writer, "code", reply->code);
    if (reply->order_id[0] != '\0')
        write_text(&writer, "order_id", reply->order_id);
    if (reply->from_check && reply->value != MONEY_NONE)
        write_money(&writer, "value", reply->value);
    if (reply->from_check && reply->limit != MONEY_NONE)
        write_money(&writer, "limit", reply->limit);
    json_close(&writer, '}');
    assert(!writer.overflow);
    *bytes = writer.length;
    return writer.text;
}

bool gateway_views_health(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    (void)gateway;
    (void)slot;
    struct json_writer writer;
    gateway_views_begin(&writer);
    json_open(&writer, '{');
    write_text(&writer, "status", "ok");
    json_close(&writer, '}');
    return gateway_views_give(&writer, MHD_HTTP_OK, reply);
}

bool gateway_views_refuse_early(struct gateway *gateway, struct reply *reply)
{
    /* Half of the history would say that things are not there which are. */
    if (gateway_is_live(gateway) || gateway->was_live)
        return false;
    reply->retry_after_s = 1;
    return gateway_http_problem(reply, MHD_HTTP_SERVICE_UNAVAILABLE, "STARTING", "the tape is still being read");
}

static bool is_connected(const struct gateway *gateway)
{
    return gateway->connection.state == CONNECTION_CONNECTED && !gateway->connection.silent;
}

bool gateway_views_ready(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    (void)slot;
    if (gateway->hold.reason[0] != '\0') {
        reply->retry_after_s = 1;
        return gateway_http_problem(reply, MHD_HTTP_SERVICE_UNAVAILABLE, "TRADING_HALTED", "trading is halted: %s",
                                    gateway->hold.reason);
    }
    if (gateway_views_refuse_early(gateway, reply))
        return true;
    if (!is_connected(gateway) || !gateway_is_live(gateway)) {
        reply->retry_after_s = 1;
        return gateway_http_problem(reply, MHD_HTTP_SERVICE_UNAVAILABLE, "NOT_CONNECTED",
                                    "the tape cannot be reached; no orders are taken");
    }
    struct json_writer writer;
    gateway_views_begin(&writer);
    json_open(&writer, '{');
    write_text(&writer, "status", "ready");
    write_text(&writer, "trading_state",
               trading_state_name(order_book_trading_state(gateway->book, gateway->account, NULL)));
    json_close(&writer, '}');
    return gateway_views_give(&writer, MHD_HTTP_OK, reply);
}

bool gateway_views_metrics(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    (void)slot;
    const struct gateway_counts *counts = &gateway->counts;
    struct order_counts orders = order_book_counts(gateway->book);
    struct quote_counts quotes = quotes_counts(gateway->quotes);
    struct outbox_counts outbox = {0};
    if (gateway->options.outbox != NULL)
        outbox = outbox_counts(gateway->options.outbox);
    const struct stream_troubles *troubles = &gateway->hold.troubles;
    enum connection_state state = gateway->connection.state;
    const struct {
        const char *name, *labels, *type;
        uint64_t value;
    } samples[] = {
        {"tapedeck_gateway_live", "", "gauge", gateway_is_live(gateway)},
        {"tapedeck_gateway_connected", "", "gauge", is_connected(gateway)},
        {"tapedeck_connection", "{state=\"connecting\"}", "gauge", state == CONNECTION_CONNECTING},
        {"tapedeck_connection", "{state=\"connected\"}", "gauge", state == CONNECTION_CONNECTED},
        {"tapedeck_connection", "{state=\"disconnected\"}", "gauge", state == CONNECTION_DISCONNECTED},
        {"tapedeck_connection", "{state=\"closed\"}", "gauge", state == CONNECTION_CLOSED},
        {"tapedeck_reconnects_total", "", "counter", gateway->connection.reconnects},
        {"tapedeck_connection_errors_total", "", "counter", gateway->connection.errors},
        {"tapedeck_server_lame_duck", "", "gauge", gateway->connection.lame_duck},
        {"tapedeck_server_silent", "", "gauge", gateway->connection.silent},
        {"tapedeck_trading_held", "", "gauge", gateway->hold.reason[0] != '\0'},
        {"tapedeck_streams_gone", "", "gauge", (uint64_t)__builtin_popcount(troubles->gone)},
        {"tapedeck_streams_full", "", "gauge", (uint64_t)__builtin_popcount(troubles->full)},
        {"tapedeck_http_connections", "", "gauge", gateway->open_slots},
        {"tapedeck_http_connections_total", "", "counter", counts->connections},
        {"tapedeck_http_connections_evicted_total", "", "counter", counts->evicted},
        {"tapedeck_http_connections_overdue_total", "", "counter", counts->overdue},
        {"tapedeck_http_answers_total", "{status=\"2xx\"}", "counter", counts->answers[2]},
        {"tapedeck_http_answers_total", "{status=\"4xx\"}", "counter", counts->answers[4]},
        {"tapedeck_http_answers_total", "{status=\"5xx\"}", "counter", counts->answers[5]},
        {"tapedeck_http_rate_limited_total", "", "counter", counts->rate_limited},
        {"tapedeck_gateway_orders_sent_total", "", "counter", counts->orders_sent},
        {"tapedeck_gateway_changes_sent_total", "", "counter", counts->changes_sent},
        {"tapedeck_outbox_requests_total", "", "counter", outbox.journaled},
        {"tapedeck_outbox_commits_total", "", "counter", outbox.commits},
        {"tapedeck_outbox_refused_total", "", "counter", outbox.refused},
        {"tapedeck_outbox_republished_total", "", "counter", outbox.republished},
        {"tapedeck_outbox_kept", "", "gauge", outbox.kept},
        {"tapedeck_outbox_unpublished", "", "gauge", outbox.unpublished},
        {"tapedeck_gateway_orders_pending", "", "gauge", HASH_CNT(hh, gateway->pending)},
        {"tapedeck_gateway_orders_undecided", "", "gauge", gateway->undecided},
        {"tapedeck_gateway_orders", "", "gauge", order_book_count(gateway->book)},
        {"tapedeck_gateway_order_events_total", "{result=\"applied\"}", "counter", orders.applied},
        {"tapedeck_gateway_order_events_total", "{result=\"duplicate\"}", "counter", orders.duplicates},
        {"tapedeck_gateway_order_events_total", "{result=\"illegal\"}", "counter", orders.illegal},
        {"tapedeck_gateway_order_events_total", "{result=\"unknown\"}", "counter", orders.unknown},
        {"tapedeck_gateway_order_events_total", "{result=\"gap\"}", "counter", orders.gaps},
        {"tapedeck_quotes_conflated_total", "", "counter", quotes.conflated},
        {"tapedeck_quotes_lost_total", "", "counter", quotes.lost},
    };
    char *text = malloc(TEXT_BYTES);
    size_t length = 0;
    assert(text != NULL);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        if (i == 0 || strcmp(samples[i].name, samples[i - 1].name) != 0)
            length += (size_t)snprintf(text + length, TEXT_BYTES - length, "# TYPE %s %s\n", samples[i].name,
                                       samples[i].type);
        length += (size_t)snprintf(text + length, TEXT_BYTES - length, "%s%s %llu\n", samples[i].name,
                                   samples[i].labels, (unsigned long long)samples[i].value);
        assert(length < TEXT_BYTES);
    }
    reply->status = MHD_HTTP_OK;
    reply->body = text;
    reply->body_bytes = length;
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return true;
}

bool gateway_views_orders(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    enum order_selection selection = ORDERS_ALL;
    const char *state = MHD_lookup_connection_value(slot->connection, MHD_GET_ARGUMENT_KIND, "state");
    if (state != NULL && strcmp(state, "open") == 0)
        selection = ORDERS_OPEN;
    else if (state != NULL && strcmp(state, "done") == 0)
        selection = ORDERS_DONE;
    else if (state != NULL)
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "BAD_REQUEST", "state is open or done");
    if (gateway_views_refuse_early(gateway, reply))
        return true;
    reply->status = MHD_HTTP_OK;
    reply->stream = gateway_stream_create(gateway, selection);
    reply->stream_read = gateway_stream_read;
    reply->stream_destroy = gateway_stream_destroy;
    return true;
}

bool gateway_views_order(struct gateway *gateway, const char *order_id, unsigned status, struct reply *reply)
{
    struct json_writer writer;
    const struct order *order = order_book_find(gateway->book, order_id);
    const struct pending_order *pending = NULL;
    if (order == NULL)
        HASH_FIND(hh, gateway->pending, order_id, strlen(order_id), pending);
    if (reply->order_id != order_id)
        text_copy(reply->order_id, sizeof reply->order_id, order_id);
    if (order == NULL && pending == NULL)
        return gateway_http_problem(reply, MHD_HTTP_NOT_FOUND, "UNKNOWN_ORDER", "no order has the id %s", order_id);
    gateway_views_begin(&writer);
    if (order != NULL)
        order_json_write(&writer, order, reply->request_id);
    else
        gateway_stream_write_pending(&writer, pending, reply->request_id);
    return gateway_views_give(&writer, status, reply);
}

bool gateway_views_one_order(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    return gateway_views_refuse_early(gateway, reply) || gateway_views_order(gateway, slot->id, MHD_HTTP_OK, reply);
}

void gateway_views_fold_position(struct gateway *gateway, const struct event *event)
{
    const struct position_event *position = &event->position;
    char key[ACCOUNT_SIZE + SYMBOL_SIZE];
    /* A line break cannot be part of either name. */
    size_t length = (size_t)snprintf(key, sizeof key, "%s\n%s", position->account, position->symbol);
    struct position_entry *entry;
    HASH_FIND(hh, gateway->positions, key, length, entry);
    if (entry == NULL) {
        entry = calloc(1, sizeof *entry);
        assert(entry != NULL);
        memcpy(entry->key, key, length + 1);
        entry->position = *position;
        HASH_ADD(hh, gateway->positions, key, length, entry);
        return;
    }
    const struct position_event *known = &entry->position;
    if (position->epoch > known->epoch || (position->epoch == known->epoch && position->orders_seq > known->orders_seq))
        entry->position = *position;
}

bool gateway_views_positions(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    (void)slot;
    struct json_writer writer;
    if (gateway_views_refuse_early(gateway, reply))
        return true;
    gateway_views_begin_list(&writer, "positions");
    for (const struct position_entry *entry = gateway->positions; entry != NULL; entry = entry->hh.next) {
        struct event event = event_empty(EVENT_POSITION);
        event.position = entry->position;
        gateway_views_grow(&writer);
        gateway_stream_open_event(&writer, &event);
        json_close(&writer, '}');
    }
    return gateway_views_give_list(&writer, reply);
}

bool gateway_views_quotes(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    (void)slot;
    struct json_writer writer;
    if (gateway_views_refuse_early(gateway, reply))
        return true;
    gateway_views_begin_list(&writer, "quotes");
    for (size_t i = 0; i < quotes_count(gateway->quotes); i++) {
        const struct market *market = quotes_at(gateway->quotes, i);
        struct event event = event_empty(EVENT_QUOTE);
        event.quote = market->quote;
        gateway_views_grow(&writer);
        gateway_stream_open_event(&writer, &event);
        json_key(&writer, "age_ms");
        json_integer(&writer, market_age_ns(market, gateway->now.monotonic_ns) / NS_PER_MS);
        json_close(&writer, '}');
    }
    return gateway_views_give_list(&writer, reply);
}

bool gateway_views_alerts(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    const char *state = MHD_lookup_connection_value(slot->connection, MHD_GET_ARGUMENT_KIND, "state");
    if (state != NULL && strcmp(state, "raised") != 0 && strcmp(state, "cleared") != 0)
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "BAD_REQUEST", "state is raised or cleared");
    if (gateway_views_refuse_early(gateway, reply))
        return true;
    const struct alert_entry **entries = calloc(ALERT_LIST_MAX, sizeof(const struct alert_entry *));
    assert(entries != NULL);
    size_t count = alert_list_sorted(gateway->alerts, gateway->now.wall_ns, entries, ALERT_LIST_MAX);
    struct json_writer writer;
    gateway_views_begin_list(&writer, "alerts");
    for (size_t i = 0; i < count; i++) {
        if (state != NULL && entries[i]->alert.raised != (strcmp(state, "raised") == 0))
            continue;
        gateway_views_grow(&writer);
        alert_json_write(&writer, entries[i]);
    }
    free((void *)entries);
    return gateway_views_give_list(&writer, reply);
}

bool gateway_views_openapi(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    (void)gateway;
    (void)slot;
    reply->status = MHD_HTTP_OK;
    reply->body = malloc(gateway_openapi_bytes);
    assert(reply->body != NULL);
    memcpy(reply->body, gateway_openapi, gateway_openapi_bytes);
    reply->body_bytes = gateway_openapi_bytes;
    return true;
}

void gateway_views_free(struct gateway *gateway)
{
    struct position_entry *entry, *next;
    HASH_ITER(hh, gateway->positions, entry, next)
    {
        HASH_DELETE(hh, gateway->positions, entry);
        free(entry);
    }
}
