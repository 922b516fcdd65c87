/* What is particular to a venue that is read live: its addresses, what it is asked for and in which words, its limits,
 * and its parsers. A session (session.h) does the rest, the same for all. Constant; pure. */
#ifndef FEED_VENUE_H
#define FEED_VENUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed/market.h"
#include "feed/market_book.h"

/* Names as the venue writes them, in lists of at most so many. */
enum { VENUE_SYMBOLS_MAX = 64, VENUE_CHANNELS_MAX = 4, VENUE_URL_SIZE = 256 };

enum venue_request_kind { VENUE_SUBSCRIBE, VENUE_UNSUBSCRIBE };

/* One message to the venue. */
struct venue_request {
    enum venue_request_kind kind;
    const char *channel; /* one of the venue's */
    const char *const *symbols;
    size_t symbol_count; /* 0 for a channel that is about all of them */
    uint64_t id;         /* counts the messages of the connection, from 1 */
};

struct venue_channel {
    const char *name; /* NULL behind the last one */
    /* It is about the connection or all instruments, and not asked for instrument by instrument. */
    bool is_general;
    /* Brings the levels of the books: this one is asked for again when a book is broken. */
    bool is_book;
};

struct venue {
    const char *name; /* as in --feed */
    const char *url;
    const char *rest_url; /* where snapshots are fetched; NULL: they come on the stream */
    struct market_books_options books;
    struct venue_channel channels[VENUE_CHANNELS_MAX + 1]; /* in the order in which they are asked for */
    /* The first channel tells how many decimals numbers have; the others wait for it, since without it the checksum of
     * a book cannot be computed. */
    bool precision_first;
    /* A message is missing when their numbers (MARKET_SEQUENCE) leave a hole, and nobody knows of which instrument. */
    bool numbered;
    /* Symbols are written in upper case. */
    bool upper_case;
    /* After so much silence a ping is sent, and after twice of it the connection is taken for dead. On a venue with
     * heartbeats only messages end the silence; on others the answer to a ping does. */
    int64_t silence_ns;
    bool has_heartbeats;
    int64_t lifetime_ns;          /* the venue cuts connections that are older than this; 0: it does not */
    uint32_t messages_per_second; /* that it takes from us */

    bool (*parse)(const char *text, size_t length, const struct market_sink *sink, const char **problem);
    /* Writes a request as the venue wants it; returns its length, less than `size`. */
    size_t (*write)(char *text, size_t size, const struct venue_request *request);
    /* With a rest_url: the path of an instrument's snapshot, and its parser. */
    void (*snapshot_path)(char *path, size_t size, const char *symbol);
    bool (*parse_snapshot)(const char *text, size_t length, const char *symbol, const struct market_sink *sink,
                           const char **problem);
};

/* The one with this name; NULL when there is none. */
const struct venue *venue_find(const char *name, size_t length);

extern const struct venue VENUE_KRAKEN, VENUE_BINANCE, VENUE_COINBASE;

#endif
