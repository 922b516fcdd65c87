/* `tapedeck streams`. Nothing is changed unless --apply is given: a smaller limit makes the server drop messages. */
#include "app/streams.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/server_access.h"
#include "app/streams_text.h"
#include "bus/lease.h"
#include "bus/stream.h"
#include "bus/tape.h"
#include "core/log.h"

enum { LEASES_MAX = 64 };

struct stream_config *streams_wanted(const struct options *options)
{
    struct stream_config *streams = calloc(STREAM_DEFAULT_COUNT, sizeof(*streams));

    assert(streams != NULL);
    for (size_t i = 0; i < STREAM_DEFAULT_COUNT; i++) {
        streams[i] = STREAM_DEFAULTS[i];
        if (strcmp(streams[i].name, "MARKET_DEPTH") == 0)
            streams[i].memory = options->depth_in_memory;
    }
    return streams;
}

/* Brings one stream to what is configured, and looks at it again: the server's word for it is what is printed. */
static int mend(struct tape *tape, const struct stream_config *stream, int replicas, struct stream_report *report,
                struct error *error)
{
    if (stream_apply(tape, stream, replicas, error) != 0)
        return -1;
    return stream_inspect(tape, stream, replicas, report, error);
}

/* A stream that cannot be changed does not keep the others from it; a login that may not change any does. The first
 * reason is the one that is told. */
static int inspect_all(struct tape *tape, const struct options *options, const struct stream_config *streams,
                       struct stream_report *reports, struct error *problem, struct error *error)
{
    int replicas = (int)options->replicas;

    for (size_t i = 0; i < STREAM_DEFAULT_COUNT; i++) {
        const struct stream_config *stream = &streams[i];
        struct error cause = {0};

        if (stream_inspect(tape, stream, replicas, &reports[i], error) != 0)
            return tape_explain(tape, error);
        if (!options->streams.apply || problem->kind == ERROR_SERVER || !streams_text_differs(&reports[i]) ||
            mend(tape, stream, replicas, &reports[i], &cause) == 0)
            continue;
        tape_explain(tape, &cause);
        if (problem->kind == ERROR_NONE)
            *problem = cause;
    }
    return 0;
}

static int show_streams(struct tape *tape, const struct options *options, struct error *error)
{
    struct error problem = {0};
    size_t differing = 0;
    struct stream_report *reports = calloc(STREAM_DEFAULT_COUNT, sizeof(*reports));

    assert(reports != NULL);
    struct stream_config *streams = streams_wanted(options);
    int result = inspect_all(tape, options, streams, reports, &problem, error);

    free(streams);

    for (size_t i = 0; result == 0 && i < STREAM_DEFAULT_COUNT; i++) {
        differing += streams_text_differs(&reports[i]);
        if (!options->watch.json)
            streams_text_stream(stdout, &reports[i]);
    }
    if (result == 0 && options->watch.json)
        streams_text_streams_json(stdout, reports, STREAM_DEFAULT_COUNT);
    free(reports);
    if (result == 0 && problem.kind != ERROR_NONE) {
        *error = problem;
        return -1;
    }
    if (result == 0 && differing > 0)
        return error_set(error, ERROR_FAILED, "%zu of %zu streams differ from what is configured%s", differing,
                         STREAM_DEFAULT_COUNT, options->streams.apply ? "" : "; --apply changes what may be changed");
    return result;
}

static int by_role(const void *a, const void *b)
{
    const struct lease_entry *x = a, *y = b;

    return strcmp(x->role, y->role);
}

static int show_leases(struct tape *tape, const struct options *options, struct error *error)
{
    struct lease_entry *entries = calloc(LEASES_MAX, sizeof(*entries));

    assert(entries != NULL);
    int found = lease_list(tape, entries, LEASES_MAX, error);
    size_t count = found > LEASES_MAX ? LEASES_MAX : found > 0 ? (size_t)found : 0;

    qsort(entries, count, sizeof(*entries), by_role);
    if (found >= 0 && options->watch.json)
        streams_text_leases_json(stdout, entries, count);
    else if (found >= 0)
        streams_text_leases(stdout, entries, count);
    free(entries);
    return found >= 0 ? 0 : tape_explain(tape, error);
}

int streams_run(const struct options *options, struct error *error)
{
    struct server_access access;

    if (options->streams.apply && options->streams.leases)
        return error_set(error, ERROR_USAGE, "--apply changes streams, and --leases shows none: give one of them");
    log_set_level(options->log_level);
    if (options->log_file != NULL && log_open(options->log_file, error) != 0)
        return -1;
    if (server_access_find(&access, options, error) != 0)
        return -1;
    struct tape_options connection = server_access_options(&access, "tapedeck streams");
    struct tape *tape = tape_connect(&connection, error);

    server_access_free(&access);
    if (tape == NULL)
        return -1;
    int result = options->streams.leases ? show_leases(tape, options, error) : show_streams(tape, options, error);

    tape_destroy(tape);
    if (fflush(stdout) != 0)
        return error_set(error, ERROR_FAILED, "cannot write: %s", strerror(errno));
    return result;
}
