/* The subscription, the connection and the words about them. */
#include "app/watch_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/server_access.h"
#include "bus/inbox.h"
#include "bus/push.h"
#include "bus/replay.h"
#include "bus/tape.h"
#include "core/event.h"

enum { INBOX_BYTES = 4 << 20 };

struct watch_reader {
    const struct watch_source *source;
    struct inbox *inbox;   /* owned, as all of these */
    struct tape *tape;     /* NULL: not connected */
    struct push *push;     /* of the present; NULL: none */
    struct replay *replay; /* of the past; NULL: none */
    struct event event;    /* the message that was found last, decoded */
    bool was_connected;
    uint64_t malformed;
    char note[256];
};

/* Starts what fills the inbox. */
static int subscribe(struct watch_reader *reader, int64_t speed_millionths, struct error *error)
{
    const struct watch_source *source = reader->source;
    const char *filter = source->filter[0] != '\0' ? source->filter : NULL;

    if (source->past) {
        const struct replay_options replay = {.stream = source->stream,
                                              .filter = filter,
                                              .from = source->from,
                                              .to = source->to,
                                              .speed_millionths = speed_millionths};

        reader->replay = replay_create(reader->tape, &replay, reader->inbox, error);
        return reader->replay != NULL ? 0 : -1;
    }
    const struct push_options push = {
        .stream = source->stream, .filter = filter, .from = source->follow, .time_ns = source->from.time_ns};

    reader->push = push_create(reader->tape, &push, reader->inbox, error);
    return reader->push != NULL ? 0 : -1;
}

static int connect_and_subscribe(struct watch_reader *reader, const struct options *options, const char *name,
                                 struct error *error)
{
    struct server_access access;

    if (server_access_find(&access, options, error) != 0)
        return -1;
    struct tape_options tape = server_access_options(&access, name);
    reader->tape = tape_connect(&tape, error);
    server_access_free(&access);
    if (reader->tape == NULL)
        return -1;
    tape_notify(reader->tape, reader->inbox);
    if (subscribe(reader, options->watch.speed_millionths, error) != 0)
        return tape_explain(reader->tape, error);
    return 0;
}

struct watch_reader *watch_reader_open(const struct options *options, const struct watch_source *source,
                                       const char *name, struct error *error)
{
    struct watch_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        abort();
    reader->source = source;
    reader->inbox = inbox_create(INBOX_BYTES);
    if (connect_and_subscribe(reader, options, name, error) == 0)
        return reader;
    watch_reader_close(reader);
    return NULL;
}

uint64_t watch_reader_close(struct watch_reader *reader)
{
    if (reader == NULL)
        return 0;
    uint64_t malformed = reader->malformed;

    inbox_close(reader->inbox);
    push_destroy(reader->push);
    replay_destroy(reader->replay);
    if (reader->tape != NULL)
        tape_unnotify(reader->tape, reader->inbox);
    tape_destroy(reader->tape);
    inbox_destroy(reader->inbox);
    free(reader);
    return malformed;
}

int watch_reader_fd(const struct watch_reader *reader)
{
    return inbox_fd(reader->inbox);
}

/* A message; where quotes are wanted, false for what is none. */
static bool take_message(struct watch_reader *reader, const struct inbox_item *item, struct watch_event *event)
{
    bool is_quote = event_decode(&reader->event, item->subject, item->payload, item->payload_bytes, NULL, NULL) == 0 &&
                    reader->event.kind == EVENT_QUOTE;

    if (reader->source->quotes && !is_quote) {
        reader->malformed++;
        return false;
    }
    *event = (struct watch_event){.sequence = item->sequence,
                                  .stored_ns = item->stored_ns,
                                  .subject = item->subject,
                                  .payload = item->payload,
                                  .payload_bytes = item->payload_bytes,
                                  .quote = is_quote ? &reader->event.quote : NULL};
    return true;
}

/* A lost connection is waited out; only when it is given up, the program ends. */
static enum watch_found take_connection(struct watch_reader *reader, const struct connection_status *status,
                                        struct error *error)
{
    bool is_connected = status->state == CONNECTION_CONNECTED, was_connected = reader->was_connected;

    if (status->state == CONNECTION_CLOSED) {
        error_set(error, ERROR_SERVER, "the server is gone: %s", status->problem);
        return WATCH_FAILED;
    }
    reader->was_connected = is_connected;
    if (is_connected || !was_connected)
        return WATCH_NOTHING;
    snprintf(reader->note, sizeof(reader->note), "the connection is lost; waiting for the server");
    return WATCH_NOTE;
}

static enum watch_found take_item(struct watch_reader *reader, const struct inbox_item *item, struct watch_event *event,
                                  struct error *error)
{
    const char *stream = reader->source->stream;

    switch ((int)item->kind) {
    case INBOX_MESSAGE:
        return take_message(reader, item, event) ? WATCH_MESSAGE : WATCH_NOTHING;
    case INBOX_GAP:
        snprintf(reader->note, sizeof(reader->note), "messages of stream %s are gone, from %llu on", stream,
                 (unsigned long long)item->sequence);
        return WATCH_NOTE;
    case INBOX_STREAM_GONE:
        snprintf(reader->note, sizeof(reader->note), "stream %s is gone; waiting for it", stream);
        return WATCH_NOTE;
    case INBOX_CAUGHT_UP:
        return reader->source->past ? WATCH_END : WATCH_NOTHING;
    case INBOX_CONNECTION:
        return take_connection(reader, &item->connection, error);
    default:
        return WATCH_NOTHING;
    }
}

enum watch_found watch_reader_next(struct watch_reader *reader, struct watch_event *event, struct error *error)
{
    enum watch_found found = WATCH_NOTHING;
    struct inbox_item item;

    while (found == WATCH_NOTHING && inbox_take(reader->inbox, &item))
        found = take_item(reader, &item, event, error);
    return found;
}

void watch_reader_tell(const struct watch_reader *reader)
{
    fprintf(stderr, "tapedeck: %s\n", reader->note);
}
