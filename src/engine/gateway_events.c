/* Events over HTTP: those of one order, and server-sent events of everything.
 *
 * A stream of server-sent events is a place in the log that moves on as the client takes what is there. While there is
 * nothing, its connection is suspended. A client that does not take what is there for some seconds is dropped; it comes
 * again with Last-Event-ID and goes on where it was. That id has the place in each of the three streams of the tape,
 * since they have no order between them: o120.p33.r7. */
#include "engine/gateway_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum {
    STREAMS_MAX = 64,
    PIECE_BYTES = EVENT_PAYLOAD_SIZE + 1024,
};

#define HEARTBEAT_NS (10 * NS_PER_SECOND)
#define STALL_NS     (10 * NS_PER_SECOND) /* in which a client takes something of what is there */

struct event_stream {
    struct gateway *gateway;
    struct slot *slot;
    struct event_stream *next; /* of the gateway's */
    uint64_t index;            /* in the log: what comes next */
    struct log_point point;    /* what the client has */
    int64_t heartbeat_ns;      /* monotonic: the next one */
    bool suspended;
    bool lost; /* the log has let go of what the client has not taken */
    char piece[PIECE_BYTES];
    size_t piece_bytes, piece_sent;
};

static const char *name_of(enum event_kind kind)
{
    if (kind == EVENT_ORDER_EXECUTED)
        return "fill";
    if (kind == EVENT_POSITION)
        return "position";
    if (kind == EVENT_ALERT || kind == EVENT_ALERT_ACK)
        return "alert";
    return kind == EVENT_TRADING_STATE ? "state" : "order";
}

static void add_piece(struct event_stream *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_piece(struct event_stream *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(stream->piece + stream->piece_bytes, PIECE_BYTES - stream->piece_bytes, format, arguments);
    va_end(arguments);
    assert(bytes >= 0 && (size_t)bytes < PIECE_BYTES - stream->piece_bytes);
    stream->piece_bytes += (size_t)bytes;
}

static void add_id(struct event_stream *stream)
{
    const uint64_t *at = stream->point.sequences;
    add_piece(stream, "id: o%" PRIu64 ".p%" PRIu64 ".r%" PRIu64 "\n", at[LOG_ORDERS], at[LOG_POSITIONS], at[LOG_RISK]);
}

/* Reads an id as add_id writes it. */
static bool read_point(const char *text, struct log_point *point)
{
    static const char letters[LOG_STREAMS] = {'o', 'p', 'r'};
    for (int i = 0; i < LOG_STREAMS; i++) {
        size_t digits = *text == letters[i] ? strspn(text + 1, "0123456789") : 0;
        if (digits == 0 || digits > 19)
            return false;
        point->sequences[i] = strtoull(text + 1, NULL, 10);
        text += 1 + digits;
        if (i < LOG_STREAMS - 1 && *text++ != '.')
            return false;
    }
    return *text == '\0';
}

/* Tells what the client has missed and will not get: what the log has let go of. Positions are left out: each is the
 * whole, and the last of each is always there. A client that is ahead of the tape knew another tape. */
static void add_gaps(struct event_stream *stream)
{
    struct log_point gone = gateway_log_gone(stream->gateway->log), last = gateway_log_last(stream->gateway->log);
    for (int i = 0; i < LOG_STREAMS; i++) {
        uint64_t *has = &stream->point.sequences[i];
        bool ahead = *has > last.sequences[i];
        if (ahead || (i != LOG_POSITIONS && *has < gone.sequences[i])) {
            add_piece(stream, "event: gap\ndata: {\"stream\":\"%s\",\"from\":%" PRIu64 ",\"to\":%" PRIu64 "}\n\n",
                      gateway_log_stream_name((enum log_stream)i), ahead ? 1 : *has + 1, gone.sequences[i]);
            *has = gone.sequences[i];
        }
    }
}

static struct event_stream *create(struct gateway *gateway, struct slot *slot, const struct log_point *resume)
{
    struct event_stream *stream = calloc(1, sizeof *stream);
    assert(stream != NULL);
    stream->gateway = gateway;
    stream->slot = slot;
    stream->heartbeat_ns = gateway->now.monotonic_ns + HEARTBEAT_NS;
    stream->point = resume != NULL ? *resume : gateway_log_last(gateway->log);
    stream->index = resume != NULL ? gateway_log_first(gateway->log) : gateway_log_end(gateway->log);
    add_piece(stream, "retry: 1000\n");
    add_id(stream);
    add_piece(stream, "\n");
    add_gaps(stream);
    stream->next = gateway->event_streams;
    gateway->event_streams = stream;
    gateway->event_stream_count++;
    return stream;
}

void gateway_events_destroy(void *self)
{
    struct event_stream *stream = self;
    if (stream == NULL)
        return;
    struct event_stream **at = &stream->gateway->event_streams;
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    stream->gateway->event_stream_count--;
    free(stream);
}

/* Makes the next event the piece; false when there is none. */
static bool take_event(struct event_stream *stream)
{
    const struct gateway_log *log = stream->gateway->log;
    stream->lost = stream->lost || stream->index < gateway_log_first(log);
    while (!stream->lost && stream->index < gateway_log_end(log)) {
        const struct logged_event *event = gateway_log_at(log, stream->index++);
        if (event->sequence <= stream->point.sequences[event->stream])
            continue;
        stream->point.sequences[event->stream] = event->sequence;
        stream->piece_bytes = stream->piece_sent = 0;
        add_id(stream);
        add_piece(stream, "event: %s\ndata: %s\n\n", name_of(event->kind), event->text);
        return true;
    }
    return false;
}

static bool take_heartbeat(struct event_stream *stream)
{
    int64_t now_ns = stream->gateway->now.monotonic_ns;
    if (now_ns < stream->heartbeat_ns)
        return false;
    stream->heartbeat_ns = now_ns + HEARTBEAT_NS;
    stream->piece_bytes = stream->piece_sent = 0;
    add_piece(stream, ": heartbeat\n\n");
    return true;
}

ssize_t gateway_events_read(void *self, uint64_t position, char *out, size_t size)
{
    (void)position;
    struct event_stream *stream = self;
    struct gateway *gateway = stream->gateway;
    size_t written = 0;
    while (written < size) {
        if (stream->piece_sent == stream->piece_bytes && !take_event(stream) && !take_heartbeat(stream))
            break;
        size_t bytes = stream->piece_bytes - stream->piece_sent;
        if (bytes > size - written)
            bytes = size - written;
        memcpy(out + written, stream->piece + stream->piece_sent, bytes);
        stream->piece_sent += bytes;
        written += bytes;
    }
    if (written > 0) {
        gateway_slots_set_deadline(gateway, stream->slot, gateway->now.monotonic_ns + STALL_NS);
        return (ssize_t)written;
    }
    if (stream->lost || gateway->ending)
        return MHD_CONTENT_READER_END_OF_STREAM;
    stream->suspended = true;
    gateway_slots_set_deadline(gateway, stream->slot, INT64_MAX);
    MHD_suspend_connection(stream->slot->connection);
    return 0;
}

void gateway_events_end(struct gateway *gateway)
{
    for (struct event_stream *stream = gateway->event_streams; stream != NULL; stream = stream->next)
        stream->lost = true;
}

void gateway_events_wake(struct gateway *gateway)
{
    uint64_t end = gateway_log_end(gateway->log);
    for (struct event_stream *stream = gateway->event_streams; stream != NULL; stream = stream->next) {
        bool due =
            stream->lost || stream->index < end || gateway->now.monotonic_ns >= stream->heartbeat_ns || gateway->ending;
        if (!stream->suspended || !due)
            continue;
        stream->suspended = false;
        gateway_slots_set_deadline(gateway, stream->slot, gateway->now.monotonic_ns + STALL_NS);
        MHD_resume_connection(stream->slot->connection);
    }
}

int64_t gateway_events_next_ns(const struct gateway *gateway)
{
    int64_t next_ns = INT64_MAX;
    for (const struct event_stream *stream = gateway->event_streams; stream != NULL; stream = stream->next) {
        if (stream->suspended && stream->heartbeat_ns < next_ns)
            next_ns = stream->heartbeat_ns;
    }
    return next_ns;
}

bool gateway_events_stream(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    struct log_point resume;
    const char *id = MHD_lookup_connection_value(slot->connection, MHD_HEADER_KIND, "Last-Event-ID");
    if (id != NULL && id[0] != '\0' && !read_point(id, &resume))
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "BAD_REQUEST",
                                    "Last-Event-ID is not the id of an event, such as o120.p33.r7");
    if (gateway_views_refuse_early(gateway, reply))
        return true;
    if (gateway->event_stream_count == STREAMS_MAX)
        return gateway_orders_unavailable(reply, "BUSY", "too many clients read events");
    reply->status = MHD_HTTP_OK;
    reply->content_type = "text/event-stream";
    reply->close = true;
    reply->stream = create(gateway, slot, id != NULL && id[0] != '\0' ? &resume : NULL);
    reply->stream_read = gateway_events_read;
    reply->stream_destroy = gateway_events_destroy;
    return true;
}

bool gateway_events_of_order(struct gateway *gateway, struct slot *slot, struct reply *reply)
{
    if (gateway_views_refuse_early(gateway, reply))
        return true;
    const struct logged_event *event = gateway_log_of_order(gateway->log, slot->id);
    text_copy(reply->order_id, sizeof reply->order_id, slot->id);
    if (event == NULL && order_book_find(gateway->book, slot->id) == NULL)
        return gateway_http_problem(reply, MHD_HTTP_NOT_FOUND, "UNKNOWN_ORDER", "no order has the id %s", slot->id);
    struct json_writer writer;
    gateway_views_begin(&writer);
    json_open(&writer, '{');
    json_key(&writer, "order_id");
    json_string(&writer, slot->id);
    json_key(&writer, "complete");
    json_bool(&writer, event != NULL && event->kind == EVENT_ORDER_NEW);
    json_key(&writer, "events");
    json_open(&writer, '[');
    for (; event != NULL; event = event->next_of_order) {
        gateway_views_grow(&writer);
        json_raw(&writer, event->text, event->bytes);
    }
    return gateway_views_give_list(&writer, reply);
}
