/* The formats of recordings: which one a file has, and how its lines become raw quotes (normaliser.h). A format is told
 * by the file's first line and name. Pure, but for the second file that LOBSTER's recordings have.
 *
 *   messages     `<ns since the epoch> <JSON>`: Binance's messages with their time of receipt
 *   cryptofeed   `<s since the epoch>: <JSON>` behind lines with the venue's URL: Binance, Coinbase, Kraken
 *   tapedeck     lines of JSON, as `tapedeck record` and `tapedeck watch --json` write them
 *   databento    CSV of the schemas trades, mbp-1 and tbbo, with a header
 *   bulk trades  CSV of Binance's archive of trades: id, price, quantity, quote quantity, time, buyer is maker, …
 *   lobster      NAME_DATE_…_message_N.csv, with NAME_DATE_…_orderbook_N.csv beside it; times of New York
 *   truefx       `PAIR,YYYYMMDD HH:MM:SS.mmm,bid,ask`, or a header `timestamp,bid,ask` and the pair in the file's name
 *
 * Where a format has trades and no quotes (bulk trades, Databento's trades) the touch is what the trades say of it: the
 * bid is where somebody last sold, the ask where somebody last bought, both of unknown size 0. */
#ifndef FEED_FORMAT_H
#define FEED_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/depth.h"
#include "core/error.h"
#include "core/quote.h"

/* The depth of instruments, the latest of each. Owned by the caller, who frees `items`; begins all zero. */
struct depth_list {
    struct depth *items;
    size_t count, room;
};

/* The quotes of one line, and the depth that became known by it: the caller empties that. Owned by the caller, who
 * frees the `items` of both; begins all zero. */
struct quote_list {
    struct quote *items;
    size_t count, room;
    struct depth_list depths;
};

/* Each adds a copy; aborts when memory is out. */
void quote_list_add(struct quote_list *list, const struct quote *raw);
void depth_list_add(struct depth_list *list, const struct depth *depth);

/* A quote of which nothing is known but its listing and time. */
struct quote format_blank(const char *exchange, const char *symbol, int64_t time_ns);

struct format;

/* The format of a file, by its path and first line. NULL with ERROR_USAGE when it has none that is known, or its second
 * file is missing. */
struct format *format_open(const char *path, const char *line, size_t length, struct error *error);
void format_close(struct format *format); /* NULL is allowed */

/* Its name, as above. */
const char *format_name(const struct format *format);

/* Reads one line, the first one included: its time (since the epoch; when it was received, or else the venue's) and its
 * quotes, which may be none. False with `problem`, a sentence without a point, when the line is bad. */
bool format_read(struct format *format, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                 const char **problem);

#endif
