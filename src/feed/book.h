/* The price levels of one instrument, best first on each side. Pure; one thread owns a book. */
#ifndef FEED_BOOK_H
#define FEED_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/depth.h"
#include "core/quote.h"

/* More levels than any venue sends; what lies further out is forgotten. */
enum { BOOK_LEVELS_MAX = 10000, BOOK_DECIMALS_MAX = 12 };

struct book_level {
    int64_t price; /* 1e-9 */
    int64_t size;  /* 1e-8, above 0 */
};

struct book;

/* `depth`: how many levels a side are kept, 1 to BOOK_LEVELS_MAX. Never NULL: aborts when memory is out. */
struct book *book_create(size_t depth);
void book_destroy(struct book *book); /* NULL is allowed */

void book_clear(struct book *book);

/* Sets the size at a price of `side` (SIDE_BUY: bids); 0 removes the level. May hold more than `depth` levels until
 * book_trim, so that a message which adds before it removes loses none. */
void book_set(struct book *book, enum side side, int64_t price, int64_t size);

/* Drops what lies beyond the depth. */
void book_trim(struct book *book);

/* How many levels a side has, and one of them: 0 is the best. */
size_t book_count(const struct book *book, enum side side);
struct book_level book_level(const struct book *book, enum side side, size_t index);

/* Writes the best levels of both sides into a depth, and nothing else. */
void book_best(const struct book *book, struct depth *depth);

/* True when the best bid is above the best ask: the book has missed something, or the market is really crossed. */
bool book_is_crossed(const struct book *book);

/* The checksum of Kraken: CRC32 over the ten best asks, then the ten best bids, each as the digits of its price and
 * then of its size, written with so many decimals (0 to BOOK_DECIMALS_MAX), without the point and without leading
 * zeros. Source: docs.kraken.com, guides/websockets/book-checksum-v2. */
uint32_t book_checksum(const struct book *book, int price_decimals, int size_decimals);

#endif
