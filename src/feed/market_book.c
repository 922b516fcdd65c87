/* The levels of a message wait until it is complete, and are folded then: only its end tells whether it follows the one
 * before it.
 *
 * Binance sends no snapshot on its stream: it is asked for over REST, and the updates that come meanwhile wait as well.
 * When the snapshot has come, those that it holds already are dropped and the others are folded. */
#include "feed/market_book.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Memory that ran out ends the process: a table with holes would be worse. */
#define uthash_fatal(message) abort()
#include <uthash.h>

/* Half a minute of updates of a busy instrument. */
enum { WAITING_MAX = 1 << 17 };

/* A level, or the end of an update. */
struct waiting {
    bool is_end;
    enum side side;
    union {
        struct {
            int64_t price, size;
        } level;
        struct {
            uint64_t first_id, last_id;
        } end;
    };
};

struct listing {
    char symbol[SYMBOL_SIZE]; /* unused bytes are zero */
    struct book *book;        /* owned */
    bool is_whole;            /* a snapshot has come, and nothing was missed since */
    bool in_snapshot;
    size_t snapshot_start;             /* in `waiting`, where the levels of the snapshot begin */
    uint64_t last_id;                  /* of the last update in it; 0: they are not numbered */
    int price_decimals, size_decimals; /* -1: not known */
    enum quote_status status;
    struct quote top;        /* as it was last handed on; symbol "" before */
    struct waiting *waiting; /* owned */
    size_t waiting_count, waiting_room;
    UT_hash_handle hh;
};

struct market_books {
    struct listing *listings; /* owned */
    struct listing *latest;   /* of these, the one of the last event; NULL before it */
    char exchange[EXCHANGE_SIZE];
    size_t depth;
    bool quotes_from_top;
    struct market_books_counts counts;
};

struct market_books *market_books_create(const struct market_books_options *options)
{
    struct market_books *books = calloc(1, sizeof *books);
    if (books == NULL)
        abort();
    text_copy(books->exchange, sizeof books->exchange, options->exchange);
    books->depth = options->depth;
    books->quotes_from_top = options->quotes_from_top;
    return books;
}

void market_books_destroy(struct market_books *books)
{
    if (books == NULL)
        return;
    struct listing *listing, *next;
    HASH_ITER(hh, books->listings, listing, next)
    {
        HASH_DEL(books->listings, listing);
        book_destroy(listing->book);
        free(listing->waiting);
        free(listing);
    }
    free(books);
}

static struct listing *find(const struct market_books *books, const char *symbol)
{
    struct listing *listing;
    char key[SYMBOL_SIZE] = {0};
    text_copy(key, sizeof key, symbol);
    HASH_FIND(hh, books->listings, key, sizeof key, listing);
    return listing;
}

static struct listing *add(struct market_books *books, const char *symbol)
{
    struct listing *listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        abort();
    text_copy(listing->symbol, sizeof listing->symbol, symbol);
    listing->book = book_create(books->depth);
    listing->price_decimals = listing->size_decimals = -1;
    HASH_ADD(hh, books->listings, symbol, sizeof listing->symbol, listing);
    return listing;
}

/* The levels of a message come one by one, and all are of one instrument. */
static struct listing *listing_of(struct market_books *books, const char *symbol)
{
    if (books->latest != NULL && strcmp(books->latest->symbol, symbol) == 0)
        return books->latest;
    books->latest = find(books, symbol);
    if (books->latest == NULL)
        books->latest = add(books, symbol);
    return books->latest;
}

/* A raw quote that says nothing yet. */
static struct quote blank(const struct market_books *books, const struct listing *listing,
                          const struct market_event *event, int64_t received_ns)
{
    struct quote raw = {.bid = DECIMAL_NONE,
                        .ask = DECIMAL_NONE,
                        .bid_size = DECIMAL_NONE,
                        .ask_size = DECIMAL_NONE,
                        .last = DECIMAL_NONE,
                        .last_size = DECIMAL_NONE,
                        .volume = DECIMAL_NONE,
                        .status = listing->status,
                        .received_ns = received_ns,
                        .timestamp_ns = event->timestamp_ns != 0 ? event->timestamp_ns : received_ns};
    memcpy(raw.exchange, books->exchange, sizeof raw.exchange);
    memcpy(raw.symbol, listing->symbol, sizeof raw.symbol);
    return raw;
}

static void take_top(struct market_books *books, struct listing *listing, const struct market_event *event,
                     int64_t received_ns, const struct market_books_sink *sink)
{
    struct quote raw = blank(books, listing, event, received_ns);
    raw.bid = event->top.bid;
    raw.ask = event->top.ask;
    raw.bid_size = event->top.bid_size;
    raw.ask_size = event->top.ask_size;
    raw.seq = event->top.update_id;
    sink->quote(sink->context, &raw);
}

static void take_trade(struct market_books *books, struct listing *listing, const struct market_event *event,
                       int64_t received_ns, const struct market_books_sink *sink)
{
    struct quote raw = blank(books, listing, event, received_ns);
    raw.last = event->trade.price;
    raw.last_size = event->trade.size;
    raw.last_side = event->trade.aggressor;
    memcpy(raw.trade_id, event->trade.id, sizeof raw.trade_id);
    sink->quote(sink->context, &raw);
}

static void take_status(struct market_books *books, struct listing *listing, const struct market_event *event,
                        int64_t received_ns, const struct market_books_sink *sink)
{
    if (listing->status == event->status)
        return;
    listing->status = event->status;
    struct quote raw = blank(books, listing, event, received_ns);
    sink->quote(sink->context, &raw);
}

static void make_void(struct listing *listing)
{
    listing->is_whole = listing->in_snapshot = false;
    listing->last_id = 0;
    listing->waiting_count = 0;
    listing->top.symbol[0] = '\0';
    book_clear(listing->book);
}

static void break_book(struct listing *listing, const char *reason, const struct market_books_sink *sink)
{
    make_void(listing);
    sink->broken(sink->context, listing->symbol, reason);
}

static void wait_for_end(struct market_books *books, struct listing *listing, const struct waiting *item)
{
    if (listing->waiting_count == WAITING_MAX) {
        /* The snapshot does not come. What is dropped here is found missing when it does. */
        books->counts.skipped++;
        return;
    }
    if (listing->waiting_count == listing->waiting_room) {
        listing->waiting_room = listing->waiting_room == 0 ? 64 : 2 * listing->waiting_room;
        listing->waiting = realloc(listing->waiting, listing->waiting_room * sizeof *listing->waiting);
        if (listing->waiting == NULL)
            abort();
    }
    listing->waiting[listing->waiting_count++] = *item;
}

static void take_level(struct market_books *books, struct listing *listing, const struct market_event *event)
{
    if (event->level.price == MARKET_PRICE_FAR)
        return; /* too far off to be counted, and to matter */
    const struct waiting item = {.side = event->level.side,
                                 .level = {.price = event->level.price, .size = event->level.size}};
    wait_for_end(books, listing, &item);
}

static void fold_levels(struct listing *listing, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const struct waiting *item = &listing->waiting[i];
        book_set(listing->book, item->side, item->level.price, item->level.size);
    }
    book_trim(listing->book);
}

/* Folds the update whose levels wait from `from` to `to`. False when one before it is missing. */
static bool fold_update(struct market_books *books, struct listing *listing, size_t from, size_t to, uint64_t first_id,
                        uint64_t last_id)
{
    if (last_id != 0 && last_id <= listing->last_id) {
        books->counts.skipped++;
        return true;
    }
    if (last_id != 0 && listing->last_id != 0 && first_id > listing->last_id + 1)
        return false;
    fold_levels(listing, from, to);
    listing->last_id = last_id;
    books->counts.updates++;
    return true;
}

/* The snapshot is complete: folds it, and the updates that waited for it. False when one is missing between them. */
static bool fold_snapshot(struct market_books *books, struct listing *listing, uint64_t last_id)
{
    size_t waited = listing->snapshot_start, start = 0;
    bool good = true;
    fold_levels(listing, waited, listing->waiting_count);
    listing->in_snapshot = false;
    listing->is_whole = true;
    listing->last_id = last_id;
    books->counts.snapshots++;
    for (size_t i = 0; good && last_id != 0 && i < waited; i++) {
        const struct waiting *item = &listing->waiting[i];
        if (!item->is_end)
            continue;
        good = fold_update(books, listing, start, i, item->end.first_id, item->end.last_id);
        start = i + 1;
    }
    listing->waiting_count = 0;
    return good;
}

static bool checksum_agrees(struct market_books *books, struct listing *listing, const struct market_event *event)
{
    if (event->book.price_decimals >= 0) {
        listing->price_decimals = event->book.price_decimals;
        listing->size_decimals = event->book.size_decimals;
    }
    if (!event->book.has_checksum || listing->price_decimals < 0 || listing->price_decimals > BOOK_DECIMALS_MAX ||
        listing->size_decimals > BOOK_DECIMALS_MAX)
        return true;
    if (book_checksum(listing->book, listing->price_decimals, listing->size_decimals) != event->book.checksum) {
        books->counts.checksums_wrong++;
        return false;
    }
    books->counts.checksums_right++;
    return true;
}

/* Hands on the best prices of the book when they are others than before. */
static void say_top(struct market_books *books, struct listing *listing, const struct market_event *event,
                    int64_t received_ns, const struct market_books_sink *sink)
{
    struct quote raw = blank(books, listing, event, received_ns), *before = &listing->top;
    raw.bid_size = raw.ask_size = 0;
    if (book_count(listing->book, SIDE_BUY) > 0) {
        struct book_level best = book_level(listing->book, SIDE_BUY, 0);
        raw.bid = best.price;
        raw.bid_size = best.size;
    }
    if (book_count(listing->book, SIDE_SELL) > 0) {
        struct book_level best = book_level(listing->book, SIDE_SELL, 0);
        raw.ask = best.price;
        raw.ask_size = best.size;
    }
    if (before->symbol[0] != '\0' && before->bid == raw.bid && before->ask == raw.ask &&
        before->bid_size == raw.bid_size && before->ask_size == raw.ask_size)
        return;
    *before = raw;
    sink->quote(sink->context, &raw);
}

static void take_end(struct market_books *books, struct listing *listing, const struct market_event *event,
                     int64_t received_ns, const struct market_books_sink *sink)
{
    if (!listing->is_whole && !listing->in_snapshot) {
        const struct waiting item = {.is_end = true,
                                     .end = {.first_id = event->book.first_id, .last_id = event->book.last_id}};
        if (event->book.last_id != 0)
            wait_for_end(books, listing, &item);
        else
            listing->waiting_count = 0; /* its snapshot will hold it */
        books->counts.skipped += event->book.last_id == 0;
        return;
    }
    bool good = listing->in_snapshot
                    ? fold_snapshot(books, listing, event->book.last_id)
                    : fold_update(books, listing, 0, listing->waiting_count, event->book.first_id, event->book.last_id);
    listing->waiting_count = 0;
    if (!good) {
        books->counts.gaps++;
        break_book(listing, "an update of the book is missing", sink);
        return;
    }
    if (!checksum_agrees(books, listing, event)) {
        break_book(listing, "the checksum of the book is wrong", sink);
        return;
    }
    if (!books->quotes_from_top)
        say_top(books, listing, event, received_ns, sink);
    sink->depth(sink->context, listing->symbol, listing->book,
                event->timestamp_ns != 0 ? event->timestamp_ns : received_ns);
}

static void take_snapshot(struct listing *listing)
{
    /* Of a book that was whole nothing waits; else what waits may belong behind the snapshot. */
    book_clear(listing->book);
    listing->is_whole = false;
    listing->in_snapshot = true;
    listing->snapshot_start = listing->waiting_count;
}

void market_books_take(struct market_books *books, const struct market_event *event, int64_t received_ns,
                       const struct market_books_sink *sink)
{
    if (event->symbol[0] == '\0' || event->kind == MARKET_ANSWER || event->kind == MARKET_HEARTBEAT)
        return;
    struct listing *listing = listing_of(books, event->symbol);
    switch (event->kind) {
    case MARKET_TOP:
        if (books->quotes_from_top)
            take_top(books, listing, event, received_ns, sink);
        break;
    case MARKET_TRADE:
        take_trade(books, listing, event, received_ns, sink);
        break;
    case MARKET_SNAPSHOT:
        take_snapshot(listing);
        break;
    case MARKET_LEVEL:
        take_level(books, listing, event);
        break;
    case MARKET_BOOK:
        take_end(books, listing, event, received_ns, sink);
        break;
    case MARKET_PRECISION:
        listing->price_decimals = event->precision.price_decimals;
        listing->size_decimals = event->precision.size_decimals;
        break;
    case MARKET_STATUS:
        take_status(books, listing, event, received_ns, sink);
        break;
    case MARKET_SEQUENCE:
    case MARKET_HEARTBEAT:
    case MARKET_ANSWER:
        break;
    }
}

void market_books_void(struct market_books *books)
{
    for (struct listing *listing = books->listings; listing != NULL; listing = listing->hh.next)
        make_void(listing);
}

void market_books_drop(struct market_books *books, const char *symbol)
{
    struct listing *listing = find(books, symbol);
    if (listing != NULL)
        make_void(listing);
}

const struct book *market_books_find(const struct market_books *books, const char *symbol)
{
    const struct listing *listing = find(books, symbol);
    return listing != NULL && listing->is_whole ? listing->book : NULL;
}

const struct market_books_counts *market_books_counts(const struct market_books *books)
{
    return &books->counts;
}
