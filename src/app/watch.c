/* `tapedeck watch`. The follower fills the inbox; this thread turns quotes into lines. Output is written only as far as
 * the reader takes it, so that a signal ends the program even while a pipe is full. */
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
#include "app/watch_line.h"
#include "bus/follower.h"
#include "bus/inbox.h"
#include "bus/tape.h"
#include "core/event.h"
#include "core/log.h"

enum { INBOX_BYTES = 4 << 20 };

struct watch {
    const struct options *options;
    struct inbox *inbox;
    struct tape *tape;
    struct follower *follower;
    int stop_fd;
    char *line, *scratch; /* for lines of JSON, both of line_size bytes */
    size_t line_size;
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

static int print_json(struct watch *watch, const struct inbox_item *item, const struct quote *quote,
                      struct error *error)
{
    size_t size = watch_line_json_size(item->payload_bytes);

    if (size > watch->line_size) {
        watch->line = realloc(watch->line, size);
        watch->scratch = realloc(watch->scratch, size);
        assert(watch->line != NULL && watch->scratch != NULL);
        watch->line_size = size;
    }
    size_t length = watch_line_json(watch->line, watch->scratch, item->payload, item->payload_bytes, quote);

    return print(watch, watch->line, length, error);
}

static int take_message(struct watch *watch, const struct inbox_item *item, struct error *error)
{
    struct event event;
    char text[WATCH_LINE_SIZE];
    int result;

    if (event_decode(&event, item->subject, item->payload, item->payload_bytes, NULL, NULL) != 0 ||
        event.kind != EVENT_QUOTE) {
        watch->malformed++;
        return 0;
    }
    if (watch->options->watch.json)
        result = print_json(watch, item, &event.quote, error);
    else
        result = print(watch, text, watch_line_text(text, &event.quote), error);
    watch->lines++;
    if (watch->options->watch.count != 0 && watch->lines == watch->options->watch.count) {
        result = result == 0 ? flush(watch, error) : result;
        watch->done = true;
    }
    return result;
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

static int watch_quotes(struct watch *watch, const char *filter, struct error *error)
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

    const struct follower_options follow = {.stream = "MARKET_DATA", .filter = filter, .from = FOLLOW_LAST_PER_SUBJECT};

    watch->follower = follower_create(watch->tape, &follow, watch->inbox, error);
    return watch->follower != NULL ? loop(watch, error) : tape_explain(watch->tape, error);
}

int watch_run(const struct options *options, struct error *error)
{
    struct watch watch = {.options = options};
    char filter[SUBJECT_SIZE];

    if (watch_line_filter(filter, options->watch.pattern, error) != 0)
        return -1;
    log_set_level(options->log_level);
    if (options->log_file != NULL && log_open(options->log_file, error) != 0)
        return -1;
    watch.stop_fd = signals_open(error);
    if (watch.stop_fd < 0)
        return -1;
    watch.inbox = inbox_create(INBOX_BYTES);
    int result = watch_quotes(&watch, filter, error);

    inbox_close(watch.inbox);
    follower_destroy(watch.follower);
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
