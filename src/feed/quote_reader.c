/* Players on a clock that stands at whatever is due next. What a player hands on in one step waits in a queue. */
#include "feed/quote_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/pace.h"
#include "feed/feed_spec.h"

struct track {
    struct player *player; /* owned; NULL for a feed of kind `none` */
    int64_t passed_ns;     /* of its clock, which begins at 0, at the next step; INT64_MAX: finished */
    struct quote *queue;   /* owned; from `first` on, what is not read yet */
    size_t first, count, capacity;
    struct depth *depths; /* owned; what came before the first of the queue, and was not read with a quote before it */
    size_t depth_count, depth_capacity;
};

struct quote_reader {
    struct track *tracks; /* owned */
    size_t count;
    int64_t start_wall_ns;
    const struct track *quoted; /* of the last quote, when there may be depth with it; NULL: there is none */
};

static bool take(void *context, const struct quote *quote)
{
    struct track *track = context;
    if (track->count == track->capacity) {
        track->capacity = track->capacity == 0 ? 16 : 2 * track->capacity;
        track->queue = reallocarray(track->queue, track->capacity, sizeof *track->queue);
        if (track->queue == NULL)
            abort();
    }
    track->queue[track->count++] = *quote;
    return true;
}

static bool take_depth(void *context, const struct depth *depth)
{
    struct track *track = context;
    if (track->depth_count == track->depth_capacity) {
        track->depth_capacity = track->depth_capacity == 0 ? 16 : 2 * track->depth_capacity;
        track->depths = reallocarray(track->depths, track->depth_capacity, sizeof *track->depths);
        if (track->depths == NULL)
            abort();
    }
    track->depths[track->depth_count++] = *depth;
    return true;
}

static int open_track(struct track *track, const struct quote_reader_options *options, size_t index,
                      struct error *error)
{
    struct feed_spec spec;
    char source[SOURCE_SIZE];
    if (feed_spec_parse(&spec, options->specs[index], error) != 0)
        return -1;
    track->passed_ns = INT64_MAX;
    if (spec.kind == FEED_NONE)
        return 0;
    if (spec.kind == FEED_LIVE)
        return error_set(error, ERROR_USAGE, "the live feed '%.60s' has only what happens now", options->specs[index]);
    spec.speed_millionths = PACE_ONE;
    snprintf(source, sizeof source, "feed-%zu", index + 1);
    struct player_options play = {.spec = &spec,
                                  .instruments = options->instruments,
                                  .source = source,
                                  .start_wall_ns = options->start_wall_ns,
                                  .send = take,
                                  .depths_per_second = options->depths_per_second,
                                  .send_depth = take_depth,
                                  .context = track};
    track->player = player_create(&play, error);
    if (track->player == NULL)
        return -1;
    track->passed_ns = 0;
    return 0;
}

struct quote_reader *quote_reader_open(const struct quote_reader_options *options, struct error *error)
{
    struct quote_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        abort();
    reader->start_wall_ns = options->start_wall_ns;
    reader->tracks = calloc(options->spec_count, sizeof *reader->tracks);
    if (reader->tracks == NULL && options->spec_count > 0)
        abort();
    reader->count = options->spec_count;
    for (size_t i = 0; i < reader->count; i++) {
        if (open_track(&reader->tracks[i], options, i, error) != 0) {
            quote_reader_close(reader);
            return NULL;
        }
    }
    return reader;
}

void quote_reader_close(struct quote_reader *reader)
{
    if (reader == NULL)
        return;
    for (size_t i = 0; i < reader->count; i++) {
        player_destroy(reader->tracks[i].player);
        free(reader->tracks[i].queue);
        free(reader->tracks[i].depths);
    }
    free(reader->tracks);
    free(reader);
}

/* The next quote of a track, NULL at its end. Some steps give none: messages before both sides exist, or depth. */
static const struct quote *look(const struct quote_reader *reader, struct track *track)
{
    if (track->first > 0)
        track->depth_count = 0; /* read with the first of the queue */
    while (track->first == track->count && track->passed_ns != INT64_MAX) {
        struct player_time now = {.monotonic_ns = track->passed_ns};
        if (__builtin_add_overflow(reader->start_wall_ns, track->passed_ns, &now.wall_ns))
            now.wall_ns = INT64_MAX;
        track->first = track->count = 0;
        track->passed_ns = player_step(track->player, now);
    }
    return track->first < track->count ? &track->queue[track->first] : NULL;
}

bool quote_reader_next(struct quote_reader *reader, struct quote *quote)
{
    struct track *earliest = NULL;
    const struct quote *next = NULL;
    reader->quoted = NULL;
    for (size_t i = 0; i < reader->count; i++) {
        const struct quote *other = look(reader, &reader->tracks[i]);
        if (other == NULL || (next != NULL && other->received_ns >= next->received_ns))
            continue;
        earliest = &reader->tracks[i];
        next = other;
    }
    if (next == NULL)
        return false;
    *quote = *next;
    reader->quoted = earliest->first == 0 ? earliest : NULL;
    earliest->first++;
    return true;
}

const struct depth *quote_reader_depths(const struct quote_reader *reader, size_t *count)
{
    *count = reader->quoted != NULL ? reader->quoted->depth_count : 0;
    return *count > 0 ? reader->quoted->depths : NULL;
}

struct player_counts quote_reader_counts(const struct quote_reader *reader, size_t index)
{
    const struct player *player = reader->tracks[index].player;
    return player != NULL ? player_counts(player) : (struct player_counts){.finished = true};
}

const char *quote_reader_first_bad(const struct quote_reader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->tracks[i].player != NULL && player_first_bad(reader->tracks[i].player)[0] != '\0')
            return player_first_bad(reader->tracks[i].player);
    }
    return "";
}

const char *quote_reader_broken_file(const struct quote_reader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->tracks[i].player != NULL && player_broken_file(reader->tracks[i].player)[0] != '\0')
            return player_broken_file(reader->tracks[i].player);
    }
    return "";
}
