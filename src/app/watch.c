/* `tapedeck watch` makes lines of what its reader hands out. Output is written only as far as the reader takes it, so
 * that a signal ends the program even while a pipe is full. */
#include "app/watch.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/signals.h"
#include "app/watch_event.h"
#include "app/watch_line.h"
#include "app/watch_reader.h"
#include "app/watch_source.h"
#include "core/log.h"

struct watch {
    const struct options *options;
    struct watch_source source;
    struct watch_reader *reader;
    int stop_fd;
    struct watch_room room;
    uint64_t kinds_seen;    /* whose header of CSV is out */
    char out[2 * PIPE_BUF]; /* lines that are not written yet */
    size_t out_bytes;
    uint64_t lines;
    bool done; /* count reached, asked to end, or nobody reads any more */
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

/* The line of a message, in the room's; returns its length. */
static size_t make_line(struct watch *watch, const struct watch_event *event)
{
    char *line = watch->room.line, *scratch = watch->room.scratch;

    if (watch->options->watch.csv)
        return watch_event_csv(line, scratch, event, &watch->kinds_seen);
    if (!watch->source.quotes)
        return watch->options->watch.json ? watch_event_json(line, scratch, event)
                                          : watch_event_text(line, scratch, event);
    return watch->options->watch.json
               ? watch_line_json(line, scratch, event->payload, event->payload_bytes, event->quote)
               : watch_line_text(line, event->quote);
}

static int take_message(struct watch *watch, const struct watch_event *event, struct error *error)
{
    watch_room_fit(&watch->room, event);
    int result = print(watch, watch->room.line, make_line(watch, event), error);

    watch->lines++;
    if (watch->lines == watch->options->watch.count) {
        result = result == 0 ? flush(watch, error) : result;
        watch->done = true;
    }
    return result;
}

static int take_all(struct watch *watch, struct error *error)
{
    struct watch_event event;

    while (!watch->done) {
        switch (watch_reader_next(watch->reader, &event, error)) {
        case WATCH_MESSAGE:
            if (take_message(watch, &event, error) != 0)
                return -1;
            break;
        case WATCH_NOTE:
            /* What was printed so far stays before it. */
            if (flush(watch, error) != 0)
                return -1;
            watch_reader_tell(watch->reader);
            break;
        case WATCH_NOTHING:
            return flush(watch, error);
        case WATCH_END: {
            int result = flush(watch, error);

            watch->done = true;
            return result;
        }
        case WATCH_FAILED:
            return -1;
        }
    }
    return 0;
}

static int loop(struct watch *watch, struct error *error)
{
    struct pollfd fds[] = {{.fd = watch_reader_fd(watch->reader), .events = POLLIN},
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
    watch.reader = watch_reader_open(options, &watch.source, "tapedeck watch", error);
    int result = watch.reader != NULL ? loop(&watch, error) : -1;

    uint64_t malformed = watch_reader_close(watch.reader);
    watch_room_free(&watch.room);
    close(watch.stop_fd);
    if (malformed > 0)
        fprintf(stderr, "tapedeck: malformed messages skipped: %llu\n", (unsigned long long)malformed);
    return result;
}
