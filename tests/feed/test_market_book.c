/* The books of a venue: levels, snapshots, gaps, checksums; and the recordings of three exchanges, whose own checksums
 * and tickers say whether the books are right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "feed/binance.h"
#include "feed/coinbase.h"
#include "feed/kraken.h"
#include "feed/lines.h"
#include "feed/market_book.h"
#include "files.h"

#define P(price) ((int64_t)(price)*PRICE_ONE)
#define Q(size)  ((int64_t)(size)*QUANTITY_ONE)

/* What came out of the books last, and how often. */
struct heard {
    int quotes, depths, breaks;
    struct quote quote;
    char broken[SYMBOL_SIZE];
    char reason[80];
};

static void hear_quote(void *context, const struct quote *raw)
{
    struct heard *heard = context;
    heard->quotes++;
    heard->quote = *raw;
}

static void hear_depth(void *context, const char *symbol, const struct book *book, int64_t timestamp_ns)
{
    struct heard *heard = context;
    (void)symbol;
    (void)timestamp_ns;
    assert_non_null(book);
    heard->depths++;
}

static void hear_break(void *context, const char *symbol, const char *reason)
{
    struct heard *heard = context;
    heard->breaks++;
    text_copy(heard->broken, sizeof heard->broken, symbol);
    text_copy(heard->reason, sizeof heard->reason, reason);
}

static struct market_books *books_of(size_t depth)
{
    return market_books_create(&(struct market_books_options){.exchange = "X", .depth = depth});
}

static void take(struct market_books *books, struct heard *heard, const struct market_event *event)
{
    struct market_event named = *event;
    const struct market_books_sink sink = {
        .quote = hear_quote, .depth = hear_depth, .broken = hear_break, .context = heard};
    text_copy(named.symbol, sizeof named.symbol, "A");
    market_books_take(books, &named, 1, &sink);
}

static void level(struct market_books *books, struct heard *heard, enum side side, int price, int size)
{
    take(books, heard,
         &(struct market_event){.kind = MARKET_LEVEL, .level = {.side = side, .price = P(price), .size = Q(size)}});
}

static void end(struct market_books *books, struct heard *heard, uint64_t first_id, uint64_t last_id)
{
    take(books, heard,
         &(struct market_event){
             .kind = MARKET_BOOK,
             .book = {.first_id = first_id, .last_id = last_id, .price_decimals = -1, .size_decimals = -1}});
}

static void snapshot(struct market_books *books, struct heard *heard, uint64_t id)
{
    take(books, heard, &(struct market_event){.kind = MARKET_SNAPSHOT});
    level(books, heard, SIDE_BUY, 99, 10);
    level(books, heard, SIDE_BUY, 98, 20);
    level(books, heard, SIDE_SELL, 101, 30);
    end(books, heard, id, id);
}

static void keeps_levels_in_order(void **state)
{
    (void)state;
    struct book *book = book_create(3);
    static const int prices[] = {50, 30, 70, 10, 60, 30};
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        book_set(book, SIDE_BUY, P(prices[i]), Q(prices[i]));
        book_set(book, SIDE_SELL, P(prices[i]), Q(prices[i]));
    }
    assert_int_equal(book_count(book, SIDE_BUY), 5);
    assert_int_equal(book_level(book, SIDE_BUY, 0).price, P(70));
    assert_int_equal(book_level(book, SIDE_BUY, 4).price, P(10));
    assert_int_equal(book_level(book, SIDE_SELL, 0).price, P(10));
    assert_true(book_is_crossed(book));
    book_trim(book);
    assert_int_equal(book_count(book, SIDE_SELL), 3);
    assert_int_equal(book_level(book, SIDE_SELL, 2).price, P(50));
    book_set(book, SIDE_BUY, P(60), 0);
    book_set(book, SIDE_BUY, P(61), 0); /* is not there */
    assert_int_equal(book_count(book, SIDE_BUY), 2);
    assert_int_equal(book_level(book, SIDE_BUY, 1).price, P(50));
    book_clear(book);
    assert_int_equal(book_count(book, SIDE_BUY), 0);
    assert_false(book_is_crossed(book));
    book_destroy(book);
    book_destroy(NULL);
}

static void says_when_the_best_changes(void **state)
{
    (void)state;
    struct market_books *books = books_of(10);
    struct heard heard = {0};
    level(books, &heard, SIDE_BUY, 99, 10); /* before the snapshot: of an unknown book */
    end(books, &heard, 0, 0);
    assert_int_equal(heard.quotes, 0);
    assert_null(market_books_find(books, "A"));
    snapshot(books, &heard, 0);
    assert_int_equal(heard.quotes, 1);
    assert_int_equal(heard.quote.bid, P(99));
    assert_int_equal(heard.quote.bid_size, Q(10));
    assert_int_equal(heard.quote.ask, P(101));
    assert_string_equal(heard.quote.symbol, "A");
    assert_string_equal(heard.quote.exchange, "X");
    assert_int_equal(heard.quote.timestamp_ns, 1);
    assert_non_null(market_books_find(books, "A"));

    level(books, &heard, SIDE_BUY, 97, 5); /* behind the best */
    end(books, &heard, 0, 0);
    assert_int_equal(heard.quotes, 1);
    assert_int_equal(heard.depths, 2);
    level(books, &heard, SIDE_SELL, 101, 0); /* the only ask goes */
    end(books, &heard, 0, 0);
    assert_int_equal(heard.quotes, 2);
    assert_int_equal(heard.quote.ask, DECIMAL_NONE);
    assert_int_equal(heard.quote.ask_size, 0);
    market_books_void(books);
    assert_null(market_books_find(books, "A"));
    snapshot(books, &heard, 0); /* says it again: nobody knows what was in between */
    assert_int_equal(heard.quotes, 3);
    market_books_destroy(books);
    market_books_destroy(NULL);
}

static void half_a_message_changes_nothing(void **state)
{
    (void)state;
    struct market_books *books = books_of(10);
    struct heard heard = {0};
    snapshot(books, &heard, 0);
    level(books, &heard, SIDE_BUY, 100, 1);
    assert_int_equal(book_level(market_books_find(books, "A"), SIDE_BUY, 0).price, P(99));
    end(books, &heard, 0, 0);
    assert_int_equal(book_level(market_books_find(books, "A"), SIDE_BUY, 0).price, P(100));
    market_books_destroy(books);
}

static void updates_wait_for_their_snapshot(void **state)
{
    (void)state;
    struct market_books *books = books_of(10);
    struct heard heard = {0};
    level(books, &heard, SIDE_BUY, 90, 1);
    end(books, &heard, 95, 98); /* in the snapshot already */
    level(books, &heard, SIDE_BUY, 99, 11);
    end(books, &heard, 99, 102); /* reaches over it */
    level(books, &heard, SIDE_BUY, 100, 12);
    end(books, &heard, 103, 103);
    assert_int_equal(heard.quotes, 0);
    snapshot(books, &heard, 100);
    assert_int_equal(heard.breaks, 0);
    assert_int_equal(heard.quote.bid, P(100));
    const struct book *book = market_books_find(books, "A");
    assert_int_equal(book_count(book, SIDE_BUY), 3);
    assert_int_equal(book_level(book, SIDE_BUY, 1).size, Q(11));
    level(books, &heard, SIDE_BUY, 100, 0);
    end(books, &heard, 104, 105);
    assert_int_equal(heard.quote.bid, P(99));
    level(books, &heard, SIDE_BUY, 99, 0); /* an old one again */
    end(books, &heard, 103, 104);
    assert_int_equal(heard.quote.bid, P(99));
    assert_int_equal(market_books_counts(books)->gaps, 0);
    assert_int_equal(market_books_counts(books)->skipped, 2);
    market_books_destroy(books);
}

static void a_gap_makes_a_book_void(void **state)
{
    (void)state;
    struct market_books *books = books_of(10);
    struct heard heard = {0};
    snapshot(books, &heard, 100);
    level(books, &heard, SIDE_BUY, 100, 1);
    end(books, &heard, 102, 103);
    assert_int_equal(heard.breaks, 1);
    assert_string_equal(heard.broken, "A");
    assert_string_equal(heard.reason, "an update of the book is missing");
    assert_null(market_books_find(books, "A"));
    assert_int_equal(heard.quotes, 1);

    level(books, &heard, SIDE_BUY, 100, 1); /* waits again */
    end(books, &heard, 110, 112);
    snapshot(books, &heard, 100); /* too old a snapshot: 101 to 109 are missing */
    assert_int_equal(heard.breaks, 2);
    snapshot(books, &heard, 120);
    assert_int_equal(heard.breaks, 2);
    assert_non_null(market_books_find(books, "A"));
    market_books_destroy(books);
}

static void a_wrong_checksum_makes_a_book_void(void **state)
{
    (void)state;
    struct market_books *books = books_of(10);
    struct heard heard = {0};
    snapshot(books, &heard, 0);
    const struct book *book = market_books_find(books, "A");
    uint32_t right = book_checksum(book, 1, 8);
    struct market_event good = {
        .kind = MARKET_BOOK,
        .book = {.has_checksum = true, .checksum = right + 1, .price_decimals = -1, .size_decimals = -1}};
    take(books, &heard, &good); /* the decimals are not known: nothing can be said */
    assert_int_equal(heard.breaks, 0);
    take(books, &heard,
         &(struct market_event){.kind = MARKET_PRECISION, .precision = {.price_decimals = 1, .size_decimals = 8}});
    good.book.checksum = right;
    take(books, &heard, &good);
    assert_int_equal(heard.breaks, 0);
    assert_int_equal(market_books_counts(books)->checksums_right, 1);
    good.book.checksum = right + 1;
    take(books, &heard, &good);
    assert_int_equal(heard.breaks, 1);
    assert_string_equal(heard.reason, "the checksum of the book is wrong");
    assert_int_equal(market_books_counts(books)->checksums_wrong, 1);
    market_books_destroy(books);
}

/* The example of Kraken's documentation of the checksum: ten levels a side, 1 and 8 decimals. */
static void computes_the_documented_checksum(void **state)
{
    (void)state;
    static const char *const asks[][2] = {
        {"45285.2", "0.00100000"}, {"45286.4", "1.54571953"}, {"45286.6", "1.54571109"}, {"45289.6", "1.54560911"},
        {"45290.2", "0.15890660"}, {"45291.8", "1.54553491"}, {"45294.7", "0.04454749"}, {"45296.1", "0.35380000"},
        {"45297.5", "0.09945542"}, {"45299.5", "0.18772827"}};
    static const char *const bids[][2] = {
        {"45283.5", "0.10000000"}, {"45283.4", "1.54582015"}, {"45282.1", "0.10000000"}, {"45281.0", "0.10000000"},
        {"45280.3", "1.54592586"}, {"45279.0", "0.07990000"}, {"45277.6", "0.03310103"}, {"45277.5", "0.30000000"},
        {"45277.3", "1.54602737"}, {"45276.6", "0.15445238"}};
    struct book *book = book_create(10);
    for (size_t i = 0; i < 10; i++) {
        int64_t price, size;
        assert_true(decimal_parse(asks[i][0], strlen(asks[i][0]), PRICE_DECIMALS, &price));
        assert_true(decimal_parse(asks[i][1], strlen(asks[i][1]), QUANTITY_DECIMALS, &size));
        book_set(book, SIDE_SELL, price, size);
        assert_true(decimal_parse(bids[i][0], strlen(bids[i][0]), PRICE_DECIMALS, &price));
        assert_true(decimal_parse(bids[i][1], strlen(bids[i][1]), QUANTITY_DECIMALS, &size));
        book_set(book, SIDE_BUY, price, size);
    }
    assert_int_equal(book_checksum(book, 1, 8), 3310070434U);
    book_destroy(book);
}

static void a_status_and_a_trade_make_quotes(void **state)
{
    (void)state;
    struct market_books *books = books_of(10);
    struct heard heard = {0};
    take(books, &heard,
         &(struct market_event){.kind = MARKET_TRADE,
                                .timestamp_ns = 5,
                                .trade = {.price = P(1), .size = Q(2), .aggressor = SIDE_SELL, .id = "t1"}});
    assert_int_equal(heard.quotes, 1);
    assert_int_equal(heard.quote.last, P(1));
    assert_int_equal(heard.quote.last_side, SIDE_SELL);
    assert_string_equal(heard.quote.trade_id, "t1");
    assert_int_equal(heard.quote.timestamp_ns, 5);
    assert_int_equal(heard.quote.bid, DECIMAL_NONE);
    take(books, &heard, &(struct market_event){.kind = MARKET_STATUS, .status = QUOTE_HALTED});
    assert_int_equal(heard.quotes, 2);
    assert_int_equal(heard.quote.status, QUOTE_HALTED);
    take(books, &heard, &(struct market_event){.kind = MARKET_STATUS, .status = QUOTE_HALTED});
    assert_int_equal(heard.quotes, 2);
    market_books_destroy(books);
}

/* A recording, played into the books, and held against what the exchange says itself. */
struct replay {
    struct market_books *books;
    struct heard heard;
    bool by_update_id; /* a top is of the book with the same update id; else it is of the book as it is now */
    struct market_event tops[64]; /* by_update_id: the tops since the last update */
    size_t top_count;
    uint64_t last_id;
    int compared, equal, bad;
};

static bool is_top_of(const struct book *book, const struct market_event *top)
{
    return book_count(book, SIDE_BUY) > 0 && book_count(book, SIDE_SELL) > 0 &&
           book_level(book, SIDE_BUY, 0).price == top->top.bid && book_level(book, SIDE_SELL, 0).price == top->top.ask;
}

static void compare(struct replay *replay, const struct market_event *top)
{
    const struct book *book = market_books_find(replay->books, top->symbol);
    if (book == NULL)
        return;
    replay->compared++;
    replay->equal += is_top_of(book, top);
}

static void replay_event(void *context, const struct market_event *event)
{
    struct replay *replay = context;
    const struct market_books_sink sink = {
        .quote = hear_quote, .depth = hear_depth, .broken = hear_break, .context = &replay->heard};
    market_books_take(replay->books, event, 1, &sink);
    if (event->kind == MARKET_TOP && !replay->by_update_id)
        compare(replay, event);
    else if (event->kind == MARKET_TOP && replay->top_count < 64)
        replay->tops[replay->top_count++] = *event;
    if (event->kind != MARKET_BOOK || !replay->by_update_id)
        return;
    /* The update holds all changes up to its last id; a top with that id is of the same moment. */
    for (size_t i = 0; i < replay->top_count; i++) {
        if (replay->tops[i].top.update_id == event->book.last_id)
            compare(replay, &replay->tops[i]);
    }
    replay->top_count = 0;
}

typedef bool parser(const char *text, size_t length, const struct market_sink *sink, const char **problem);

static bool parse_binance(const char *text, size_t length, const char *symbol, const struct market_sink *sink,
                          const char **problem)
{
    static const char SNAPSHOT[] = "{\"lastUpdateId\"";
    if (length >= sizeof SNAPSHOT && memcmp(text, SNAPSHOT, sizeof SNAPSHOT - 1) == 0)
        return binance_parse_snapshot(text, length, symbol, sink, problem);
    return binance_parse(text, length, sink, problem);
}

/* Plays the lines that begin with a time. `symbol`, of Binance's snapshots, which do not name it. */
static void play(struct replay *replay, const char *path, parser *parse, const char *symbol)
{
    const struct market_sink sink = {.take = replay_event, .context = replay};
    struct error error = {0};
    struct lines *lines = lines_open(path, &error);
    const char *text, *problem;
    size_t length;
    if (lines == NULL)
        fail_msg("%s", error.text);
    while (lines_next(lines, &text, &length, &error) == 1) {
        const char *space = memchr(text, ' ', length);
        if (length == 0 || text[0] < '0' || text[0] > '9' || space == NULL)
            continue;
        size_t rest = length - (size_t)(space + 1 - text);
        bool good = parse != NULL ? parse(space + 1, rest, &sink, &problem)
                                  : parse_binance(space + 1, rest, symbol, &sink, &problem);
        replay->bad += !good;
    }
    lines_close(lines);
}

static void report(const char *what, const struct replay *replay)
{
    const struct market_books_counts *counts = market_books_counts(replay->books);
    printf("%s: %llu snapshots, %llu updates, %llu gaps, checksums %llu right %llu wrong, top equal %d of %d, %d bad\n",
           what, (unsigned long long)counts->snapshots, (unsigned long long)counts->updates,
           (unsigned long long)counts->gaps, (unsigned long long)counts->checksums_right,
           (unsigned long long)counts->checksums_wrong, replay->equal, replay->compared, replay->bad);
    assert_int_equal(replay->bad, 0);
    assert_int_equal(counts->gaps, 0);
    assert_int_equal(counts->checksums_wrong, 0);
    assert_int_equal(replay->heard.breaks, 0);
}

static void checksums_of_kraken_are_right(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    if (!files_shared(path, "cryptofeed_KRAKEN.ws.50.0"))
        skip();
    struct replay replay = {.books = books_of(1000)};
    play(&replay, path, kraken_parse_v1, NULL);
    report("Kraken", &replay);
    assert_int_equal(market_books_counts(replay.books)->checksums_right, 4269);
    market_books_destroy(replay.books);
}

static void tops_of_coinbase_are_equal(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    if (!files_shared(path, "cryptofeed_COINBASE.ws.28.0"))
        skip();
    struct replay replay = {.books = books_of(BOOK_LEVELS_MAX)};
    play(&replay, path, coinbase_parse_exchange, NULL);
    report("Coinbase", &replay);
    /* The first ticker of each of the ten products tells of a moment before the snapshot. */
    assert_true(replay.compared == 107 && replay.equal >= 97);
    market_books_destroy(replay.books);
}

static void tops_of_binance_are_equal(void **state)
{
    (void)state;
    static const struct {
        const char *file, *symbol;
    } recordings[] = {{"hftbacktest_binance_spot_btcusdt_20240808.gz", "BTCUSDT"},
                      {"hftbacktest_binance_spot_ethusdt_20240808.gz", "ETHUSDT"}};
    for (size_t i = 0; i < 2; i++) {
        char path[PATH_SIZE];
        if (!files_shared(path, recordings[i].file))
            skip();
        struct replay replay = {.books = books_of(BOOK_LEVELS_MAX), .by_update_id = true};
        play(&replay, path, NULL, recordings[i].symbol);
        report(recordings[i].symbol, &replay);
        assert_true(replay.compared > 500 && replay.equal == replay.compared);
        market_books_destroy(replay.books);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_levels_in_order),
        cmocka_unit_test(says_when_the_best_changes),
        cmocka_unit_test(half_a_message_changes_nothing),
        cmocka_unit_test(updates_wait_for_their_snapshot),
        cmocka_unit_test(a_gap_makes_a_book_void),
        cmocka_unit_test(a_wrong_checksum_makes_a_book_void),
        cmocka_unit_test(computes_the_documented_checksum),
        cmocka_unit_test(a_status_and_a_trade_make_quotes),
        cmocka_unit_test(checksums_of_kraken_are_right),
        cmocka_unit_test(tops_of_coinbase_are_equal),
        cmocka_unit_test(tops_of_binance_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
