/* Reads feeds as fast as one asks: the quotes of one or several feeds in the order of their time, complete and numbered
 * as the tape would have them. Nothing is conflated and nobody waits; the clock is that of the quotes. One thread owns
 * a reader. */
#ifndef FEED_QUOTE_READER_H
#define FEED_QUOTE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/depth.h"
#include "core/error.h"
#include "core/instrument.h"
#include "core/quote.h"
#include "feed/player.h"

struct quote_reader_options {
    char *const *specs; /* as feed_spec.h has them; `none` gives no quotes; the speed of a recording does not matter */
    size_t spec_count;
    const struct instruments *instruments; /* used by quote_reader_open only */
    int64_t start_wall_ns;                 /* where the virtual time of simulators begins, since the epoch */
    uint32_t depths_per_second;            /* of each instrument at most, as of a player; 0: nobody wants depth */
};

struct quote_reader;

/* The `source` of the quotes of the first feed is `feed-1`, and so on: the same feeds give the same bytes. NULL with
 * ERROR_USAGE for a bad spec, a recording that cannot be read, or nothing to simulate. */
struct quote_reader *quote_reader_open(const struct quote_reader_options *options, struct error *error);
void quote_reader_close(struct quote_reader *reader); /* NULL is allowed */

/* The next quote by the time of its receipt (`received_ns`, which every quote has), of equal times that of the feed
 * named first. False at the end of all feeds; simulators have none. Within a recording the order of the lines is kept,
 * also where their times go back. */
bool quote_reader_next(struct quote_reader *reader, struct quote *quote);

/* The depth that its feed had for the last quote, in its order, `count` of them: as of the quote's time, and not known
 * before. The reader's own, until the next quote is read. */
const struct depth *quote_reader_depths(const struct quote_reader *reader, size_t *count);

/* Of one feed, 0 <= index < spec_count; zeros for a feed of kind `none`. */
struct player_counts quote_reader_counts(const struct quote_reader *reader, size_t index);
/* What is wrong with the first bad line, and with the last file that could not be read on, of any feed; "" when nothing
 * is. The reader's own. */
const char *quote_reader_first_bad(const struct quote_reader *reader);
const char *quote_reader_broken_file(const struct quote_reader *reader);

#endif
