/* Merges files by holding the line of each that comes next. There are few files, so the earliest is found by looking at
 * all. */
#include "feed/recording.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "feed/lines.h"

struct track {
    struct lines *lines;   /* owned; NULL when the file is used up */
    struct format *format; /* owned; NULL before the first line */
    int64_t time_ns;       /* of the line in hand */
    struct quote_list quotes;
    size_t next; /* of them */
};

struct recording {
    struct track *tracks; /* owned */
    size_t count;
    struct depth_list depths; /* as recording_depths says */
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

/* Reads on until a line has quotes or depth, or closes the file at its end. */
static int track_advance(struct recording *recording, struct track *track, struct error *error)
{
    const char *text, *problem;
    size_t length;
    int result;
    track->next = 0;
    while ((result = lines_next(track->lines, &text, &length, error)) == 1) {
        if (length > 0 && track->format == NULL) {
            track->format = format_open(lines_path(track->lines), text, length, error);
            if (track->format == NULL)
                return -1;
        }
        if (length > 0 && !format_read(track->format, text, length, &track->time_ns, &track->quotes, &problem)) {
            note_bad(recording, track->lines, problem);
            continue;
        }
        if (length > 0 && track->quotes.count > 0)
            return 0;
        recording->counts.ignored++;
        if (track->quotes.depths.count > 0)
            return 0;
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
        format_close(recording->tracks[i].format);
        free(recording->tracks[i].quotes.items);
        free(recording->tracks[i].quotes.depths.items);
    }
    free(recording->tracks);
    free(recording->depths.items);
    free(recording);
}

/* The depth that came with the line in hand goes with its first quote. */
static void take_depths(struct recording *recording, struct track *track)
{
    struct depth_list used = recording->depths;
    recording->depths.count = used.count = 0;
    if (track->next > 0)
        return;
    recording->depths = track->quotes.depths;
    track->quotes.depths = used;
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
    take_depths(recording, first);
    if (first->quotes.count == 0) {
        *raw = format_blank("", "", first->time_ns);
    } else {
        *raw = first->quotes.items[first->next++];
        recording->counts.books += raw->last == DECIMAL_NONE;
        recording->counts.trades += raw->last != DECIMAL_NONE;
    }
    /* What is in hand is good; that its file ends badly behind it is told by the next call. */
    recording->failed = first->next == first->quotes.count && track_advance(recording, first, &recording->error) != 0;
    return 1;
}

const struct depth_list *recording_depths(const struct recording *recording)
{
    return &recording->depths;
}

const struct recording_counts *recording_counts(const struct recording *recording)
{
    return &recording->counts;
}
