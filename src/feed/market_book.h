/* The books of one venue's instruments: folds the events of its messages, watches over their continuity, and says what
 * the best prices became. Pure; one thread owns the books.
 *
 * A book that missed something is void until the next snapshot: its numbers leave a hole (Binance: the first id of an
 * update is not the last one plus 1), its checksum differs (Kraken), or the message was malformed. */
#ifndef FEED_MARKET_BOOK_H
#define FEED_MARKET_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/quote.h"
#include "feed/book.h"
#include "feed/market.h"

struct market_books_options {
    const char *exchange; /* in upper case; goes into the quotes */
    size_t depth;         /* levels a side that the venue sends */
    /* The venue's own best bid and ask (MARKET_TOP) make the quotes; false: the book's do. */
    bool quotes_from_top;
};

/* What the books have to say. All are called during market_books_take; what they are given is good during the call. */
struct market_books_sink {
    /* A raw quote as normaliser.h wants it: the best prices changed, or there was a trade. */
    void (*quote)(void *context, const struct quote *raw);
    /* The levels of an instrument changed. */
    void (*depth)(void *context, const char *symbol, const struct book *book, int64_t timestamp_ns);
    /* The book of `symbol` is void from now on; `reason` is a sentence without a point. */
    void (*broken)(void *context, const char *symbol, const char *reason);
    void *context;
};

struct market_books_counts {
    uint64_t snapshots, updates;
    uint64_t checksums_right, checksums_wrong;
    uint64_t gaps;
    uint64_t skipped; /* updates of a void book, or older than its snapshot */
};

struct market_books;

/* Never NULL: aborts when memory is out. */
struct market_books *market_books_create(const struct market_books_options *options);
void market_books_destroy(struct market_books *books); /* NULL is allowed */

/* Folds one event of a message that was received at `received_ns`. Events that are not about a market (answers,
 * heartbeats, numbers of a connection) change nothing. */
void market_books_take(struct market_books *books, const struct market_event *event, int64_t received_ns,
                       const struct market_books_sink *sink);

/* All books are void: the connection was lost, or a message could not be read. */
void market_books_void(struct market_books *books);
/* The same for one book, as the venue spells its instrument; one that is not known is none. */
void market_books_drop(struct market_books *books, const char *symbol);

/* The book of an instrument as the venue spells it; NULL when it is void or not known. */
const struct book *market_books_find(const struct market_books *books, const char *symbol);

/* The books' own. */
const struct market_books_counts *market_books_counts(const struct market_books *books);

#endif
