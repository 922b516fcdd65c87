/* What `tapedeck watch` reads: the stream, the filter and the stretch of it that its arguments ask for. Pure. */
#ifndef APP_WATCH_SOURCE_H
#define APP_WATCH_SOURCE_H

#include <stdbool.h>

#include "app/options.h"
#include "bus/follower.h"
#include "core/error.h"
#include "core/subject.h"

struct watch_source {
    const char *stream;        /* the options', or static */
    char filter[SUBJECT_SIZE]; /* "": all of the stream */
    bool quotes;               /* quotes only: lines of bid, ask and spread */
    bool past;                 /* a replay from `from` to `to`; else what comes, beginning with `follow` */
    struct replay_bound from, to;
    enum follow_from follow;
};

/* Without --stream the pattern chooses it: quotes below `md.` (or none, or a symbol), depth and events below
 * `depth.`, `orders.`, `positions.` or `risk.`. -1 (ERROR_USAGE) for anything else, and for options that exclude each
 * other. */
int watch_source_choose(struct watch_source *source, const struct options *options, struct error *error);

#endif
