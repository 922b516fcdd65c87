/* Merges files by holding the next quote of each. There are few files, so the earliest is found by looking at all. */
#include "feed/recording.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "feed/binance.h"
#include "feed/lines.h"
#include "feed/market_book.h"

/* Times outside the years 2001 to 2100 are in another unit or are none. */
#define TIME_LEAST_NS (INT64_C(1000000000) * NS_PER_SECOND)
#define TIME_MOST_NS  (INT64_C(4102444800) * NS_PER_SECOND)

/* Of the books only the best prices are used, and these the venue says itself. */
static const struct market_books_options BOOKS = {.exchange = "BINANCE", .depth = 1, .quotes_from_top = true};

/* A message holds a few quotes at most; room for more is made when one does. */
enum { QUEUE_ROOM = 8 };

struct track {
    struct lines *lines;        /* owned; NULL when the file is used up */
    struct market_books *books; /* owned */
    int64_t time_ns;            /* of the line in hand */
    struct quote *queue;        /* owned: the quotes of that line */
    size_t first, count, room;
};

struct recording {
    struct track *tracks; /* owned */
    size_t count;
    struct recording_counts counts;
    bool failed; /* `error` is still to be told */
    struct error error;
};

static void note_bad(struct recording *recording, const struct lines *lines, const char *problem)
{
    struct recording_counts *counts = &recording->counts;
    if (counts->bad_lines++ == 0)
        snprintf(counts->first_bad, sizeof counts->first_bad, "%s:%llu: %s", lines_path(lines),
                 (unsigned long long)lines_number(lines), problem);
}

static void keep_quote(void *context, const struct quote *raw)
{
    struct track *track = context;
    if (track->count == track->room) {
        track->room = track->room == 0 ? QUEUE_ROOM : 2 * track->room;
        track->queue = realloc(track->queue, track->room * sizeof *track->queue);
        if (track->queue == NULL)
            abort();
    }
    track->queue[track->count++] = *raw;
}

static void ignore_depth(void *context, const char *symbol, const struct book *book, int64_t timestamp_ns)
{
    (void)context;
    (void)symbol;
    (void)book;
    (void)timestamp_ns;
}

static void ignore_break(void *context, const char *symbol, const char *reason)
{
    (void)context;
    (void)symbol;
    (void)reason;
}

static void take_event(void *context, const struct market_event *event)
{
    struct track *track = context;
    const struct market_books_sink sink = {
        .quote = keep_quote, .depth = ignore_depth, .broken = ignore_break, .context = track};
    market_books_take(track->books, event, track->time_ns, &sink);
}

/* The time in front of a line; returns where the JSON begins, or NULL. */
static const char *read_time(const char *line, size_t length, int64_t *time_ns)
{
    const char *space = memchr(line, ' ', length);
    if (space == NULL || memchr(line, '.', (size_t)(space - line)) != NULL ||
        !decimal_parse(line, (size_t)(space - line), 0, time_ns) || *time_ns < TIME_LEAST_NS || *time_ns > TIME_MOST_NS)
        return NULL;
    return space + 1;
}

static bool read_line(struct track *track, const char *line, size_t length, const char **problem)
{
    const struct market_sink sink = {.take = take_event, .context = track};
    const char *json = read_time(line, length, &track->time_ns);
    track->first = track->count = 0;
    if (json == NULL) {
        *problem = "the line does not begin with a time in nanoseconds since the epoch and a space";
        return false;
    }
    return binance_parse(json, length - (size_t)(json - line), &sink, problem);
}

/* Reads on until a line has quotes, or closes the file at its end. */
static int track_advance(struct recording *recording, struct track *track, struct error *error)
{
    const char *text, *problem;
    size_t length;
    int result;
    while ((result = lines_next(track->lines, &text, &length, error)) == 1) {
        if (length > 0 && !read_line(track, text, length, &problem)) {
            note_bad(recording, track->lines, problem);
            continue;
        }
        if (length > 0 && track->count > 0)
            return 0;
        recording->counts.ignored++;
    }
    lines_close(track->lines);
    track->lines = NULL;
    return result;
}

struct recording *recording_open(const struct feed_spec *spec, struct error *error)
{
    struct recording *recording = calloc(1, sizeof *recording);
    if (recording == NULL)
        abort();
    recording->tracks = calloc(spec->file_count, sizeof *recording->tracks);
    if (recording->tracks == NULL)
        abort();
    recording->count = spec->file_count;
    for (size_t i = 0; i < recording->count; i++) {
        recording->tracks[i].books = market_books_create(&BOOKS);
        recording->tracks[i].lines = lines_open(feed_spec_file(spec, i), error);
        if (recording->tracks[i].lines == NULL)
            goto failed;
    }
    for (size_t i = 0; i < recording->count; i++) {
        if (track_advance(recording, &recording->tracks[i], error)) {
            if (error != NULL)
                error->kind = ERROR_USAGE;
            goto failed;
        }
    }
    return recording;
failed:
    recording_close(recording);
    return NULL;
}

void recording_close(struct recording *recording)
{
    if (recording == NULL)
        return;
    for (size_t i = 0; i < recording->count; i++) {
        lines_close(recording->tracks[i].lines);
        market_books_destroy(recording->tracks[i].books);
        free(recording->tracks[i].queue);
    }
    free(recording->tracks);
    free(recording);
}

int recording_next(struct recording *recording, struct quote *raw, struct error *error)
{
    if (recording->failed) {
        recording->failed = false;
        if (error != NULL)
            *error = recording->error;
        return -1;
    }
    struct track *first = NULL;
    for (size_t i = 0; i < recording->count; i++) {
        struct track *track = &recording->tracks[i];
        if (track->lines != NULL && (first == NULL || track->time_ns < first->time_ns))
            first = track;
    }
    if (first == NULL)
        return 0;
    *raw = first->queue[first->first++];
    if (raw->last == DECIMAL_NONE)
        recording->counts.books++;
    else
        recording->counts.trades++;
    /* The quote in hand is good; that its file ends badly behind it is told by the next call. */
    recording->failed = first->first == first->count && track_advance(recording, first, &recording->error) != 0;
    return 1;
}

const struct recording_counts *recording_counts(const struct recording *recording)
{
    return &recording->counts;
}
