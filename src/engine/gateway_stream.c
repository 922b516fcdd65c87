/* The list of orders as a stream. ORDERS keeps thirty days, so the list has no useful bound; it is written piece by
 * piece while the client takes it, and others are served in between. Orders stay where they are as long as the book
 * lives and new ones come before the newest, so a place in the list stays good. */
#include "engine/gateway_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/order_json.h"

struct order_stream {
    const struct gateway *gateway;
    uint64_t tapes; /* of the gateway, when the list began: the orders are of that book */
    enum order_selection selection;
    const struct order *next;  /* of all or of the done ones; NULL: none left */
    const struct order **open; /* owned: the open ones, the oldest first */
    size_t open_count, open_capacity;
    bool first; /* no object was written yet */
    bool ended;
    char *piece; /* owned: what is being handed out */
    size_t piece_size, piece_bytes, piece_sent;
};

/* Numbers are written by the codec of the tape and taken over as they are, so that both agree to the digit. */
void gateway_stream_open_event(struct json_writer *writer, const struct event *event)
{
    char payload[EVENT_PAYLOAD_SIZE];
    size_t bytes = event_encode(event, payload, sizeof payload);
    assert(bytes > 2 && payload[bytes - 1] == '}');
    json_raw(writer, payload, bytes - 1);
}

void gateway_stream_write_pending(struct json_writer *writer, const struct pending_order *pending,
                                  const char *request_id)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    event.request = pending->request;
    gateway_stream_open_event(writer, &event);
    json_text_member(writer, "state", pending->stored ? order_state_name(ORDER_INITIALIZED) : "UNKNOWN");
    json_decimal_member(writer, "cumulative_quantity", 0, QUANTITY_DECIMALS);
    json_decimal_member(writer, "leaves_quantity", pending->request.quantity, QUANTITY_DECIMALS);
    json_bool_member(writer, "cancel_pending", false);
    json_bool_member(writer, "replace_pending", false);
    json_text_member(writer, "request_id", request_id);
    json_close(writer, '}');
}

static void collect(const struct order *order, void *context)
{
    struct order_stream *stream = context;
    if (stream->open_count == stream->open_capacity) {
        stream->open_capacity = stream->open_capacity > 0 ? 2 * stream->open_capacity : 64;
        stream->open = realloc(stream->open, stream->open_capacity * sizeof *stream->open);
        assert(stream->open != NULL);
    }
    stream->open[stream->open_count++] = order;
}

/* The beginning: the bracket, and what was sent last and has not been read from the tape. */
static void write_head(struct gateway *gateway, struct order_stream *stream)
{
    static const char head[] = "{\"orders\":[";
    size_t pending_count = stream->selection != ORDERS_DONE ? HASH_CNT(hh, gateway->pending) : 0;
    stream->piece_size = sizeof head + (pending_count + 1) * GATEWAY_OBJECT_BYTES;
    stream->piece = malloc(stream->piece_size);
    assert(stream->piece != NULL);
    struct json_writer writer;
    json_writer_init(&writer, stream->piece, stream->piece_size);
    json_raw(&writer, head, sizeof head - 1);
    writer.comma = false;
    if (pending_count > 0) {
        const struct pending_order *pending = ELMT_FROM_HH(gateway->pending->hh.tbl, gateway->pending->hh.tbl->tail);
        for (; pending != NULL; pending = pending->hh.prev)
            gateway_stream_write_pending(&writer, pending, "");
    }
    assert(!writer.overflow);
    stream->first = pending_count == 0;
    stream->piece_bytes = writer.length;
}

void *gateway_stream_create(struct gateway *gateway, enum order_selection selection)
{
    struct order_stream *stream = calloc(1, sizeof *stream);
    assert(stream != NULL);
    stream->gateway = gateway;
    stream->tapes = gateway->tapes;
    stream->selection = selection;
    if (selection == ORDERS_OPEN)
        order_book_each_open(gateway->book, collect, stream);
    else
        stream->next = order_book_newest(gateway->book);
    write_head(gateway, stream);
    return stream;
}

void gateway_stream_destroy(void *self)
{
    struct order_stream *stream = self;
    if (stream == NULL)
        return;
    free(stream->open);
    free(stream->piece);
    free(stream);
}

/* The next order that still belongs into the list; NULL at the end. */
static const struct order *take_next(struct order_stream *stream)
{
    while (stream->open_count > 0) {
        const struct order *order = stream->open[--stream->open_count];
        if (!order_is_done(order))
            return order;
    }
    while (stream->next != NULL) {
        const struct order *order = stream->next;
        stream->next = order->older;
        if (stream->selection == ORDERS_ALL || order_is_done(order))
            return order;
    }
    return NULL;
}

static void write_next(struct order_stream *stream)
{
    struct json_writer writer;
    json_writer_init(&writer, stream->piece, stream->piece_size);
    const struct order *order = take_next(stream);
    writer.comma = !stream->first;
    if (order != NULL) {
        order_json_write(&writer, order, "");
        stream->first = false;
    } else {
        writer.comma = false;
        json_raw(&writer, "]}", 2);
        stream->ended = true;
    }
    assert(!writer.overflow);
    stream->piece_bytes = writer.length;
    stream->piece_sent = 0;
}

ssize_t gateway_stream_read(void *self, uint64_t position, char *out, size_t size)
{
    (void)position;
    struct order_stream *stream = self;
    size_t written = 0;
    if (stream->tapes != stream->gateway->tapes)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    while (written < size) {
        if (stream->piece_sent == stream->piece_bytes) {
            if (stream->ended)
                break;
            write_next(stream);
        }
        size_t bytes = stream->piece_bytes - stream->piece_sent;
        if (bytes > size - written)
            bytes = size - written;
        memcpy(out + written, stream->piece + stream->piece_sent, bytes);
        stream->piece_sent += bytes;
        written += bytes;
    }
    return written > 0 ? (ssize_t)written : MHD_CONTENT_READER_END_OF_STREAM;
}
