/* `tapedeck watch`. A push subscription, or a replay of the past, fills the inbox; this thread makes lines of it.
 * Output is written only as far as the reader takes it, so that a signal ends the program even while a pipe is full. */
#include "app/watch.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/server_access.h"
#include "app/signals.h"
#include "app/watch_event.h"
#include "app/watch_line.h"
#include "app/watch_source.h"
#include "bus/inbox.h"
#include "bus/push.h"
#include "bus/replay.h"
#include "bus/tape.h"
#include "core/event.h"
#include "core/log.h"

enum { INBOX_BYTES = 4 << 20 };

struct watch {
    const struct options *options;
    struct inbox *inbox;
    struct tape *tape;
    struct watch_source source;
    struct push *push;     /* of the present */
    struct replay *replay; /* of the past */
    int stop_fd;
    char *line, *scratch; /* both of line_size bytes */
    size_t line_size;
    uint64_t kinds_seen;    /* whose header of CSV is out */
    char out[2 * PIPE_BUF]; /* lines that are not written yet */
    size_t out_bytes;
    uint64_t lines, malformed;
    bool done; /* count reached, asked to end, or nobody reads any more */
    bool was_connected;
};

/* Waits until standard output takes PIPE_BUF bytes without blocking; false when the program shall end instead. */
static bool output_ready(struct watch *watch)
{
    struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT}, {.fd = watch->stop_fd, .events = POLLIN}};

    while (poll(fds, 2, -1) < 0) {
        if (errno != EINTR)
            return false;
    }
    return fds[1].revents == 0 && (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

/* Writes these bytes. That the reader has gone away is a way to end, not an error. */
static int write_out(struct watch *watch, const char *bytes, size_t count, struct error *error)
{
    while (count > 0 && !watch->done) {
        if (!output_ready(watch)) {
            watch->done = true;
            break;
        }
        ssize_t written = write(STDOUT_FILENO, bytes, count < PIPE_BUF ? count : PIPE_BUF);

        if (written >= 0) {
            bytes += written;
            count -= (size_t)written;
        } else if (errno == EPIPE) {
            watch->done = true;
        } else if (errno != EINTR && errno != EAGAIN) {
            return error_set(error, ERROR_FAILED, "cannot write: %s", strerror(errno));
        }
    }
    return 0;
}

static int flush(struct watch *watch, struct error *error)
{
    size_t count = watch->out_bytes;

    watch->out_bytes = 0;
    return write_out(watch, watch->out, count, error);
}

static int print(struct watch *watch, const char *line, size_t length, struct error *error)
{
    if (watch->out_bytes + length > sizeof(watch->out) && flush(watch, error) != 0)
        return -1;
    if (length > sizeof(watch->out))
        return write_out(watch, line, length, error);
    memcpy(watch->out + watch->out_bytes, line, length);
    watch->out_bytes += length;
    return 0;
}

static void make_room(struct watch *watch, size_t size)
{
    if (size <= watch->line_size)
        return;
    watch->line = realloc(watch->line, size);
    watch->scratch = realloc(watch->scratch, size);
    assert(watch->line != NULL && watch->scratch != NULL);
    watch->line_size = size;
}

/* The line of a message, in watch->line; returns its length. */
static size_t make_line(struct watch *watch, const struct inbox_item *item, const struct quote *quote)
{
    const struct watch_event event = {.sequence = item->sequence,
                                      .stored_ns = item->stored_ns,
                                      .subject = item->subject,
                                      .payload = item->payload,
                                      .payload_bytes = item->payload_bytes,
                                      .quote = quote};

    make_room(watch, watch_event_size(&event));
    if (watch->options->watch.csv)
        return watch_event_csv(watch->line, watch->scratch, &event, &watch->kinds_seen);
    if (!watch->source.quotes)
        return watch->options->watch.json ? watch_event_json(watch->line, watch->scratch, &event)
                                          : watch_event_text(watch->line, watch->scratch, &event);
    return watch->options->watch.json
               ? watch_line_json(watch->line, watch->scratch, item->payload, item->payload_bytes, quote)
               : watch_line_text(watch->line, quote);
}

static int take_message(struct watch *watch, const struct inbox_item *item, struct error *error)
{
    struct event event;
    bool is_quote = event_decode(&event, item->subject, item->payload, item->payload_bytes, NULL, NULL) == 0 &&
                    event.kind == EVENT_QUOTE;

    if (watch->source.quotes && !is_quote) {
        watch->malformed++;
        return 0;
    }
    size_t length = make_line(watch, item, is_quote ? &event.quote : NULL);
    int result = print(watch, watch->line, length, error);

    watch->lines++;
    if (watch->options->watch.count != 0 && watch->lines == watch->options->watch.count) {
        result = result == 0 ? flush(watch, error) : result;
        watch->done = true;
    }
    return result;
}

static void take_gap(struct watch *watch, const struct inbox_item *item, struct error *error)
{
    /* What was printed so far stays before it. */
    flush(watch, error);
    fprintf(stderr, "tapedeck: messages of stream %s are gone, from %llu on\n", watch->source.stream,
            (unsigned long long)item->sequence);
}

/* A lost connection is waited out; only when it is given up, the program ends. */
static int take_connection(struct watch *watch, const struct connection_status *status, struct error *error)
{
    bool connected = status->state == CONNECTION_CONNECTED;

    if (status->state == CONNECTION_CLOSED)
        return error_set(error, ERROR_SERVER, "the server is gone: %s", status->problem);
    if (watch->was_connected && !connected)
        fputs("tapedeck: the connection is lost; waiting for the server\n", stderr);
    watch->was_connected = connected;
    return 0;
}

static int take_all(struct watch *watch, struct error *error)
{
    struct inbox_item item;

    while (!watch->done && inbox_take(watch->inbox, &item)) {
        if (item.kind == INBOX_MESSAGE && take_message(watch, &item, error) != 0)
            return -1;
        if (item.kind == INBOX_GAP)
            take_gap(watch, &item, error);
        if (item.kind == INBOX_STREAM_GONE)
            fprintf(stderr, "tapedeck: stream %s is gone; waiting for it\n", watch->source.stream);
        if (item.kind == INBOX_CAUGHT_UP && watch->source.past) {
            int result = flush(watch, error);

            watch->done = true;
            return result;
        }
        if (item.kind == INBOX_CONNECTION && take_connection(watch, &item.connection, error) != 0)
            return -1;
    }
    return flush(watch, error);
}

static int loop(struct watch *watch, struct error *error)
{
    struct pollfd fds[] = {{.fd = inbox_fd(watch->inbox), .events = POLLIN},
                           {.fd = watch->stop_fd, .events = POLLIN},
                           {.fd = STDOUT_FILENO, .events = 0}};

    while (!watch->done) {
        if (take_all(watch, error) != 0)
            return -1;
        if (watch->done)
            break;
        if (poll(fds, 3, -1) < 0 && errno != EINTR)
            return error_set(error, ERROR_FAILED, "cannot wait: %s", strerror(errno));
        watch->done = fds[1].revents != 0 || fds[2].revents != 0;
    }
    return 0;
}

/* Starts what fills the inbox. */
static int subscribe(struct watch *watch, struct error *error)
{
    const struct watch_source *source = &watch->source;
    const char *filter = source->filter[0] != '\0' ? source->filter : NULL;

    if (source->past) {
        const struct replay_options replay = {.stream = source->stream,
                                              .filter = filter,
                                              .from = source->from,
                                              .to = source->to,
                                              .speed_millionths = watch->options->watch.speed_millionths};

        watch->replay = replay_create(watch->tape, &replay, watch->inbox, error);
        return watch->replay != NULL ? 0 : -1;
    }
    const struct push_options push = {.stream = source->stream, .filter = filter, .from = source->follow};

    watch->push = push_create(watch->tape, &push, watch->inbox, error);
    return watch->push != NULL ? 0 : -1;
}

static int connect_and_loop(struct watch *watch, struct error *error)
{
    struct server_access access;

    if (server_access_find(&access, watch->options, error) != 0)
        return -1;
    struct tape_options options = server_access_options(&access, "tapedeck watch");
    watch->tape = tape_connect(&options, error);
    server_access_free(&access);
    if (watch->tape == NULL)
        return -1;
    tape_notify(watch->tape, watch->inbox);
    return subscribe(watch, error) == 0 ? loop(watch, error) : tape_explain(watch->tape, error);
}

int watch_run(const struct options *options, struct error *error)
{
    struct watch watch = {.options = options};

    if (watch_source_choose(&watch.source, options, error) != 0)
        return -1;
    log_set_level(options->log_level);
    if (options->log_file != NULL && log_open(options->log_file, error) != 0)
        return -1;
    watch.stop_fd = signals_open(error);
    if (watch.stop_fd < 0)
        return -1;
    watch.inbox = inbox_create(INBOX_BYTES);
    int result = connect_and_loop(&watch, error);

    inbox_close(watch.inbox);
    push_destroy(watch.push);
    replay_destroy(watch.replay);
    if (watch.tape != NULL)
        tape_unnotify(watch.tape, watch.inbox);
    tape_destroy(watch.tape);
    inbox_destroy(watch.inbox);
    free(watch.line);
    free(watch.scratch);
    close(watch.stop_fd);
    if (watch.malformed > 0)
        fprintf(stderr, "tapedeck: malformed messages skipped: %llu\n", (unsigned long long)watch.malformed);
    return result;
}
