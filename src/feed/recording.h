/* Recordings of market data, one or several files merged by the time of their lines, each in one of the formats of
 * format.h, as plain text or compressed by gzip or
 * zstd. */
#ifndef FEED_RECORDING_H
#define FEED_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/quote.h"
#include "feed/feed_spec.h"
#include "feed/format.h"

struct recording_counts {
    uint64_t books, trades; /* quotes of these two kinds that were handed out */
    uint64_t ignored;       /* lines that hold neither, blank ones and those of depth among them */
    uint64_t bad_lines;
    char first_bad[160]; /* `FILE:LINE: what is wrong` of the first bad line, "" when there is none */
};

struct recording;

/* Opens the files of a spec of kind FEED_RECORDING and reads the first quote of each. NULL with ERROR_USAGE when a
 * file is missing or cannot be read. */
struct recording *recording_open(const struct feed_spec *spec, struct error *error);
void recording_close(struct recording *recording); /* NULL is allowed */

/* The next quote by the time of its line (received_ns), of equal times that of the file named first: 1 with `raw` as
 * its format makes it, or with symbol "" for a line that brought depth and no quote; 0 at the end of all files; -1 when
 * a file could not be read on: that file ends here, and the next call goes on with the others. Within a file the order
 * of the lines is kept, also where their times go back. */
int recording_next(struct recording *recording, struct quote *raw, struct error *error);

/* The books that changed with what recording_next handed out last. The recording's own, good until the next call of
 * that. */
const struct depth_list *recording_depths(const struct recording *recording);

/* The recording's own. The look-ahead of one quote per file is in the counts of bad and ignored lines. */
const struct recording_counts *recording_counts(const struct recording *recording);

#endif
