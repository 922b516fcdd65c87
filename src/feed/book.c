/* Each side is an array whose best level stands last: most changes are near the top of the book, so little is moved. */
#include "feed/book.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { CHECKSUM_LEVELS = 10, DIGITS = 19 };

/* The worst level first. */
struct half {
    struct book_level *levels; /* owned */
    size_t count, room;
};

struct book {
    struct half bids, asks;
    size_t depth;
};

struct book *book_create(size_t depth)
{
    assert(depth >= 1 && depth <= BOOK_LEVELS_MAX);
    struct book *book = calloc(1, sizeof *book);
    if (book == NULL)
        abort();
    book->depth = depth;
    return book;
}

void book_destroy(struct book *book)
{
    if (book == NULL)
        return;
    free(book->bids.levels);
    free(book->asks.levels);
    free(book);
}

void book_clear(struct book *book)
{
    book->bids.count = book->asks.count = 0;
}

/* The first index, counted from the worst, whose price is not worse than `price`. */
static size_t find(const struct half *half, enum side side, int64_t price)
{
    size_t low = 0, high = half->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t there = half->levels[middle].price;
        if (side == SIDE_BUY ? there < price : there > price)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void make_room(struct half *half)
{
    if (half->count < half->room)
        return;
    half->room = half->room == 0 ? 64 : 2 * half->room;
    half->levels = realloc(half->levels, half->room * sizeof *half->levels);
    if (half->levels == NULL)
        abort();
}

void book_set(struct book *book, enum side side, int64_t price, int64_t size)
{
    struct half *half = side == SIDE_BUY ? &book->bids : &book->asks;
    size_t index = find(half, side, price);
    bool exists = index < half->count && half->levels[index].price == price;
    if (exists && size > 0) {
        half->levels[index].size = size;
    } else if (exists) {
        half->count--;
        memmove(half->levels + index, half->levels + index + 1, (half->count - index) * sizeof *half->levels);
    } else if (size > 0) {
        make_room(half);
        memmove(half->levels + index + 1, half->levels + index, (half->count - index) * sizeof *half->levels);
        half->levels[index] = (struct book_level){.price = price, .size = size};
        half->count++;
    }
}

static void trim(struct half *half, size_t depth)
{
    if (half->count <= depth)
        return;
    memmove(half->levels, half->levels + (half->count - depth), depth * sizeof *half->levels);
    half->count = depth;
}

void book_trim(struct book *book)
{
    trim(&book->bids, book->depth);
    trim(&book->asks, book->depth);
}

size_t book_count(const struct book *book, enum side side)
{
    return side == SIDE_BUY ? book->bids.count : book->asks.count;
}

struct book_level book_level(const struct book *book, enum side side, size_t index)
{
    const struct half *half = side == SIDE_BUY ? &book->bids : &book->asks;
    assert(index < half->count);
    return half->levels[half->count - 1 - index];
}

static size_t best_of(const struct book *book, enum side side, struct depth_level *levels)
{
    size_t count = book_count(book, side);
    if (count > DEPTH_LEVELS)
        count = DEPTH_LEVELS;
    for (size_t i = 0; i < count; i++) {
        struct book_level level = book_level(book, side, i);
        levels[i] = (struct depth_level){.price = level.price, .size = level.size};
    }
    return count;
}

void book_best(const struct book *book, struct depth *depth)
{
    depth->bid_count = best_of(book, SIDE_BUY, depth->bids);
    depth->ask_count = best_of(book, SIDE_SELL, depth->asks);
}

bool book_is_crossed(const struct book *book)
{
    return book->bids.count > 0 && book->asks.count > 0 &&
           book_level(book, SIDE_BUY, 0).price > book_level(book, SIDE_SELL, 0).price;
}

/* Adds the digits of a number of `decimals` decimals to the checksum, as many of them as the venue writes. */
static uLong add_digits(uLong checksum, int64_t value, int decimals, int written)
{
    for (; decimals > written; decimals--)
        value /= 10;
    unsigned char digits[DIGITS + BOOK_DECIMALS_MAX];
    size_t start = sizeof digits;
    for (; written > decimals; written--)
        digits[--start] = '0'; /* more decimals than we keep: they are zeros */
    for (; value > 0; value /= 10)
        digits[--start] = (unsigned char)('0' + value % 10);
    return crc32(checksum, digits + start, (uInt)(sizeof digits - start));
}

static uLong add_side(uLong checksum, const struct book *book, enum side side, int price_decimals, int size_decimals)
{
    size_t count = book_count(book, side);
    for (size_t i = 0; i < count && i < CHECKSUM_LEVELS; i++) {
        struct book_level level = book_level(book, side, i);
        checksum = add_digits(checksum, level.price, PRICE_DECIMALS, price_decimals);
        checksum = add_digits(checksum, level.size, QUANTITY_DECIMALS, size_decimals);
    }
    return checksum;
}

uint32_t book_checksum(const struct book *book, int price_decimals, int size_decimals)
{
    assert(price_decimals >= 0 && price_decimals <= BOOK_DECIMALS_MAX);
    assert(size_decimals >= 0 && size_decimals <= BOOK_DECIMALS_MAX);
    uLong checksum = crc32(0, NULL, 0);
    checksum = add_side(checksum, book, SIDE_SELL, price_decimals, size_decimals);
    checksum = add_side(checksum, book, SIDE_BUY, price_decimals, size_decimals);
    return (uint32_t)checksum;
}
