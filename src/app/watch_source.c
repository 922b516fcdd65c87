/* The streams of docs/wire.md, by the first word of their subjects. */
#include "app/watch_source.h"

#include <string.h>

#include "app/watch_line.h"
#include "core/text.h"

/* What is there at first when the present is watched: the latest of each subject, or nothing. */
static const struct {
    const char *prefix, *stream;
    enum follow_from follow;
} STREAMS[] = {
    {"md.", "MARKET_DATA", FOLLOW_LAST_PER_SUBJECT},
    {"depth.", "MARKET_DEPTH", FOLLOW_LAST_PER_SUBJECT},
    {"orders.", "ORDERS", FOLLOW_NEW},
    {"positions.", "POSITIONS", FOLLOW_LAST_PER_SUBJECT},
    {"risk.", "RISK", FOLLOW_NEW},
};

enum { STREAM_COUNT = sizeof(STREAMS) / sizeof(STREAMS[0]) };

static int check_options(const struct options *options, struct error *error)
{
    if (options->watch.json && options->watch.csv)
        return error_set(error, ERROR_USAGE, "--json and --csv exclude each other");
    if (options->watch.from.kind == REPLAY_TIME && options->watch.has_sequence)
        return error_set(error, ERROR_USAGE, "--from and --seq exclude each other");
    return 0;
}

/* A pattern with its stream given. */
static int choose_given(struct watch_source *source, const struct options *options, struct error *error)
{
    const char *pattern = options->watch.pattern;

    source->stream = options->watch.stream;
    source->follow = FOLLOW_NEW;
    for (size_t i = 0; i < STREAM_COUNT; i++) {
        if (strcmp(STREAMS[i].stream, source->stream) == 0)
            source->follow = STREAMS[i].follow;
    }
    if (pattern == NULL)
        return 0;
    if (!watch_line_is_subject(pattern) || !text_copy(source->filter, sizeof(source->filter), pattern))
        return error_set(error, ERROR_USAGE, "'%.60s' is no subject pattern; give one such as orders.executed.*",
                         pattern);
    return 0;
}

static int choose_by_pattern(struct watch_source *source, const struct options *options, struct error *error)
{
    const char *pattern = options->watch.pattern;

    for (size_t i = 1; pattern != NULL && i < STREAM_COUNT; i++) {
        if (strncmp(pattern, STREAMS[i].prefix, strlen(STREAMS[i].prefix)) != 0)
            continue;
        if (!watch_line_is_subject(pattern) || !text_copy(source->filter, sizeof(source->filter), pattern))
            return error_set(error, ERROR_USAGE, "'%.60s' is no subject pattern; give one such as %s>", pattern,
                             STREAMS[i].prefix);
        source->stream = STREAMS[i].stream;
        source->follow = STREAMS[i].follow;
        return 0;
    }
    source->stream = STREAMS[0].stream;
    source->follow = STREAMS[0].follow;
    source->quotes = true;
    return watch_line_filter(source->filter, pattern, error);
}

int watch_source_choose(struct watch_source *source, const struct options *options, struct error *error)
{
    *source = (struct watch_source){.from = options->watch.from, .to = options->watch.to};
    if (check_options(options, error) != 0)
        return -1;
    if (options->watch.has_sequence)
        source->from = (struct replay_bound){.kind = REPLAY_SEQUENCE, .sequence = options->watch.sequence};
    source->past = source->from.kind != REPLAY_OPEN || source->to.kind != REPLAY_OPEN || options->watch.has_speed;
    return options->watch.stream != NULL ? choose_given(source, options, error)
                                         : choose_by_pattern(source, options, error);
}
