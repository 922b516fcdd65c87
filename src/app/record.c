/* `tapedeck record`. Lines are collected and reach the file at least once a second, so that a kill costs no more. */
#include "app/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/signals.h"
#include "app/watch_event.h"
#include "app/watch_reader.h"
#include "app/watch_source.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timestamp.h"
#include "feed/packed_writer.h"

/* How long behind the end of a recording the server may still bring what it stored before it. */
#define END_GRACE_NS NS_PER_SECOND

#define FLUSH_NS (NS_PER_SECOND / 2)

enum { TURN_MESSAGES = 1024 };

struct record {
    const struct options *options;
    struct watch_source source;
    struct watch_reader *reader;
    struct packed_writer *writer;
    int stop_fd;
    struct watch_room room;
    uint64_t lines;
    int64_t unflushed_ns; /* monotonic: since when there is something that the file lacks; 0: there is nothing */
    bool done;
};

/* What of the stream is asked for. A recording begins with what comes, not with the last message of each subject: that
 * may be hours old, and who plays it would wait for hours. */
static int choose(struct record *record, struct error *error)
{
    struct watch_source *source = &record->source;

    if (watch_source_choose(source, record->options, error) != 0)
        return -1;
    if (source->past && source->to.kind == REPLAY_TIME && source->to.time_ns > clock_wall_ns())
        source->past = false;
    if (!source->past)
        source->follow = source->from.kind == REPLAY_TIME ? FOLLOW_TIME : FOLLOW_NEW;
    return 0;
}

static int open_file(struct record *record, struct error *error)
{
    const char *path = record->options->record.output;
    int mode = record->options->record.force ? O_TRUNC : O_EXCL;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | mode, 0666);

    if (fd < 0 && errno == EEXIST)
        return error_set(error, ERROR_USAGE, "'%s' exists; --force writes over it", path);
    if (fd < 0)
        return error_set(error, ERROR_USAGE, "cannot write '%s': %s", path, strerror(errno));
    record->writer = packed_writer_open(fd, path);
    return 0;
}

static bool ends_live(const struct record *record)
{
    return !record->source.past && record->source.to.kind == REPLAY_TIME;
}

static int take_message(struct record *record, const struct watch_event *event, struct error *error)
{
    if (ends_live(record) && event->stored_ns > record->source.to.time_ns) {
        record->done = true;
        return 0;
    }
    watch_room_fit(&record->room, event);
    size_t length = watch_event_json(record->room.line, record->room.scratch, event);

    if (packed_writer_add(record->writer, record->room.line, length, error) != 0)
        return -1;
    if (record->unflushed_ns == 0)
        record->unflushed_ns = clock_monotonic_ns();
    record->lines++;
    record->done = record->lines == record->options->watch.count;
    return 0;
}

/* Takes what is there, up to a number; true in `more` when that was not all. */
static int take_some(struct record *record, bool *more, struct error *error)
{
    struct watch_event event;

    *more = true;
    for (int i = 0; i < TURN_MESSAGES && !record->done; i++) {
        switch (watch_reader_next(record->reader, &event, error)) {
        case WATCH_MESSAGE:
            if (take_message(record, &event, error) != 0)
                return -1;
            break;
        case WATCH_NOTE:
            watch_reader_tell(record->reader);
            break;
        case WATCH_NOTHING:
            *more = false;
            return 0;
        case WATCH_END:
            record->done = true;
            break;
        case WATCH_FAILED:
            return -1;
        }
    }
    return 0;
}

static int flush_in_time(struct record *record, int64_t now_ns, struct error *error)
{
    if (record->unflushed_ns == 0 || now_ns - record->unflushed_ns < FLUSH_NS)
        return 0;
    record->unflushed_ns = 0;
    return packed_writer_flush(record->writer, error);
}

/* How long to wait for a message, in milliseconds; -1: for ever. */
static int patience(const struct record *record, int64_t now_ns)
{
    int64_t wait_ns = INT64_MAX;

    if (record->unflushed_ns != 0)
        wait_ns = record->unflushed_ns + FLUSH_NS - now_ns;
    if (ends_live(record) && wait_ns > END_GRACE_NS)
        wait_ns = END_GRACE_NS;
    if (wait_ns == INT64_MAX)
        return -1;
    return wait_ns > 0 ? (int)(wait_ns / NS_PER_MS) + 1 : 0;
}

static int loop(struct record *record, struct error *error)
{
    struct pollfd fds[] = {{.fd = watch_reader_fd(record->reader), .events = POLLIN},
                           {.fd = record->stop_fd, .events = POLLIN}};
    bool more;

    while (!record->done) {
        if (take_some(record, &more, error) != 0)
            return -1;
        int64_t now_ns = clock_monotonic_ns();

        if (flush_in_time(record, now_ns, error) != 0)
            return -1;
        if (!more && ends_live(record) && clock_wall_ns() - END_GRACE_NS > record->source.to.time_ns)
            break;
        if (poll(fds, 2, more ? 0 : patience(record, now_ns)) < 0 && errno != EINTR)
            return error_set(error, ERROR_FAILED, "cannot wait: %s", strerror(errno));
        record->done = record->done || fds[1].revents != 0;
    }
    return 0;
}

/* The file is made when there is something to read, so that a server that is away leaves none behind. */
static int connect_and_loop(struct record *record, struct error *error)
{
    record->reader = watch_reader_open(record->options, &record->source, "tapedeck record", error);
    if (record->reader == NULL || open_file(record, error) != 0)
        return -1;
    return loop(record, error);
}

static void print_counts(const struct record *record, uint64_t malformed)
{
    fprintf(stderr, "tapedeck: %" PRIu64 " messages recorded in %s", record->lines, record->options->record.output);
    if (malformed > 0)
        fprintf(stderr, "; malformed ones left out: %" PRIu64, malformed);
    fputc('\n', stderr);
}

int record_run(const struct options *options, struct error *error)
{
    struct record record = {.options = options};

    if (choose(&record, error) != 0)
        return -1;
    log_set_level(options->log_level);
    if (options->log_file != NULL && log_open(options->log_file, error) != 0)
        return -1;
    record.stop_fd = signals_open(error);
    if (record.stop_fd < 0)
        return -1;
    int result = connect_and_loop(&record, error);

    uint64_t malformed = watch_reader_close(record.reader);
    bool was_open = record.writer != NULL;

    /* What was recorded before a failure is kept, and the first failure is the one to tell. */
    if (packed_writer_close(record.writer, result == 0 ? error : NULL) != 0)
        result = -1;
    watch_room_free(&record.room);
    close(record.stop_fd);
    if (was_open)
        print_counts(&record, malformed);
    return result;
}
