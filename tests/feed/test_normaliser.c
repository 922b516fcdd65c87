/* Raw messages in, quotes of the wire out: tables of what a source says and what becomes of it; and the line in which
 * quotes wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "feed/conflater.h"
#include "feed/normaliser.h"

#define NONE DECIMAL_NONE
#define DAY  (INT64_C(1700006400) * NS_PER_SECOND) /* midnight */
#define P(x) ((x)*PRICE_ONE)
#define Q(x) ((x)*QUANTITY_ONE)

static struct quote raw_book(const char *symbol, int64_t bid, int64_t bid_size, int64_t ask, int64_t ask_size)
{
    struct quote raw = {.exchange = "X", .bid = bid, .ask = ask, .bid_size = bid_size, .ask_size = ask_size};
    strcpy(raw.symbol, symbol);
    raw.last = raw.last_size = raw.volume = NONE;
    raw.timestamp_ns = raw.received_ns = DAY;
    return raw;
}

static struct quote raw_trade(const char *symbol, const char *id, int64_t price, int64_t size, int64_t time_ns)
{
    struct quote raw = raw_book(symbol, NONE, NONE, NONE, NONE);
    raw.last = price;
    raw.last_size = size;
    raw.last_side = SIDE_SELL;
    strcpy(raw.trade_id, id);
    raw.timestamp_ns = time_ns;
    return raw;
}

struct book_case {
    int64_t bid, bid_size, ask, ask_size; /* in */
    enum normaliser_verdict verdict;
    int64_t out_bid, out_bid_size, out_ask, out_ask_size;
};

static void sides_come_and_go(void **state)
{
    (void)state;
    static const struct book_case cases[] = {
        {NONE, 0, NONE, 0, NORMALISER_HELD_BACK, 0, 0, 0, 0},
        {P(10), Q(1), NONE, 0, NORMALISER_HELD_BACK, 0, 0, 0, 0},
        {NONE, 0, P(11), Q(2), NORMALISER_PUBLISH, P(10), 0, P(11), Q(2)},
        {P(9), Q(3), P(11), Q(2), NORMALISER_PUBLISH, P(9), Q(3), P(11), Q(2)},
        {P(9), Q(3), NONE, 0, NORMALISER_PUBLISH, P(9), Q(3), P(11), 0},
        {NONE, NONE, P(12), Q(1), NORMALISER_PUBLISH, P(9), Q(3), P(12), Q(1)}, /* not about the bid */
        {NONE, 0, NONE, 0, NORMALISER_PUBLISH, P(9), 0, P(12), 0},
        {P(8), NONE, P(12), Q(1), NORMALISER_PUBLISH, P(8), NONE, P(12), Q(1)},   /* a size that is not known */
        {P(13), Q(1), P(12), Q(1), NORMALISER_PUBLISH, P(13), Q(1), P(12), Q(1)}, /* crossed: as it is */
    };
    struct normaliser *normaliser = normaliser_create("test-1");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct quote raw = raw_book("A", cases[i].bid, cases[i].bid_size, cases[i].ask, cases[i].ask_size), quote;
        size_t index = 99;
        assert_int_equal(normaliser_apply(normaliser, &raw, &quote, &index), cases[i].verdict);
        if (cases[i].verdict != NORMALISER_PUBLISH)
            continue;
        assert_int_equal(index, 0);
        assert_int_equal(quote.bid, cases[i].out_bid);
        assert_int_equal(quote.bid_size, cases[i].out_bid_size);
        assert_int_equal(quote.ask, cases[i].out_ask);
        assert_int_equal(quote.ask_size, cases[i].out_ask_size);
        assert_string_equal(quote.source, "test-1");
        assert_string_equal(quote.symbol, "A");
        assert_string_equal(quote.exchange, "X");
        assert_int_equal(quote.last, NONE);
        assert_int_equal(quote.volume, NONE);
        assert_int_equal(quote.seq, 0);
        assert_int_equal(quote.received_ns, DAY);
    }
    normaliser_destroy(normaliser);
    normaliser_destroy(NULL);
}

/* Everything passes; what is odd is flagged. Times in seconds. */
static void what_is_odd_is_flagged(void **state)
{
    (void)state;
    static const struct {
        int64_t at_s, bid, ask, bid_size, ask_size, last;
        enum quote_status status;
        enum quote_condition condition;
    } rows[] = {
        {0, P(100), P(101), Q(1), Q(1), NONE, QUOTE_OPEN, QUOTE_SOUND},
        {1, P(101), P(101), Q(1), Q(1), NONE, QUOTE_OPEN, QUOTE_LOCKED},
        {2, P(102), P(101), Q(1), Q(1), NONE, QUOTE_OPEN, QUOTE_CROSSED},
        {3, P(102), P(101), Q(1), 0, NONE, QUOTE_OPEN, QUOTE_ONE_SIDED},
        {3, P(100), P(101), NONE, NONE, NONE, QUOTE_OPEN, QUOTE_SOUND}, /* sizes that are not known */
        {4, P(105), P(106), Q(1), Q(1), NONE, QUOTE_OPEN, QUOTE_OUTLIER},
        {4, P(94), P(93), Q(1), Q(1), NONE, QUOTE_OPEN, QUOTE_OUTLIER}, /* crossed as well: that shows by itself */
        {5, P(100), P(101), Q(1), Q(1), NONE, QUOTE_OPEN, QUOTE_SOUND},
        {5, P(100), P(101), Q(1), Q(1), P(110), QUOTE_OPEN, QUOTE_OUTLIER}, /* a trade */
        {5, P(80), P(121), Q(1), Q(1), NONE, QUOTE_OPEN, QUOTE_SOUND},      /* wide, about the same mid */
        {5, P(80), P(121), Q(1), Q(1), P(118), QUOTE_OPEN, QUOTE_SOUND},    /* a trade within the touch */
        {6, P(150), P(151), Q(1), Q(1), NONE, QUOTE_AUCTION, QUOTE_SOUND},  /* an auction looks for its price */
        {7, P(150), P(151), Q(1), Q(1), NONE, QUOTE_HALTED, QUOTE_SOUND},
        {17, P(150), P(151), Q(1), Q(1), NONE, QUOTE_OPEN, QUOTE_SOUND}, /* what was before is old */
        {18, P(140), P(141), Q(1), Q(1), NONE, QUOTE_OPEN, QUOTE_OUTLIER},
    };
    struct normaliser *normaliser = normaliser_create("test-1");
    struct quote quote;
    size_t index;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct quote raw = raw_book("A", rows[i].bid, rows[i].bid_size, rows[i].ask, rows[i].ask_size);
        raw.last = rows[i].last;
        raw.status = rows[i].status;
        raw.seq = i + 1;
        raw.timestamp_ns = DAY + rows[i].at_s * NS_PER_SECOND;
        assert_int_equal(normaliser_apply(normaliser, &raw, &quote, &index), NORMALISER_PUBLISH);
        assert_int_equal(quote.condition, rows[i].condition);
        assert_int_equal(quote.bid, rows[i].bid);
        assert_int_equal(quote.ask, rows[i].ask);
    }
    normaliser_destroy(normaliser);
}

/* A market that has moved is believed after ten outliers in a row. */
static void an_outlier_that_stays_is_the_market(void **state)
{
    (void)state;
    struct normaliser *normaliser = normaliser_create("test-1");
    struct quote quote, raw = raw_book("A", P(100), Q(1), P(101), Q(1));
    size_t index;
    for (uint64_t i = 0; i < 30; i++) {
        raw.seq = i + 1;
        raw.bid = i == 0 ? P(100) : P(200);
        raw.ask = raw.bid + P(1);
        assert_int_equal(normaliser_apply(normaliser, &raw, &quote, &index), NORMALISER_PUBLISH);
        assert_int_equal(quote.condition, i >= 1 && i <= 10 ? QUOTE_OUTLIER : QUOTE_SOUND);
    }
    normaliser_destroy(normaliser);
}

/* A trade carries the book; the book after it carries no trade; the volume is that of the day. */
static void trades_and_volume(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        int64_t size, time_ns;
        int64_t volume;
    } trades[] = {
        {"1", Q(2), DAY - 5, Q(3)},
        {"2", Q(4), DAY - 1, Q(7)},
        {"3", Q(1), DAY, Q(1)},     /* a new day */
        {"4", Q(5), DAY - 1, Q(6)}, /* late from yesterday: the day does not go back */
        {"5", INT64_MAX - Q(7), DAY + 1, INT64_MAX - Q(1)},
        {"6", Q(2), DAY + 2, NONE}, /* does not fit */
        {"7", Q(1), DAY + 3, NONE},
        {"8", Q(1), DAY + NS_PER_DAY, Q(1)},
    };
    struct normaliser *normaliser = normaliser_create("test-1");
    struct quote quote, early = raw_trade("A", "0", P(10), Q(1), DAY - 9),
                        book = raw_book("A", P(9), Q(1), P(10), Q(1));
    size_t index;
    assert_int_equal(normaliser_apply(normaliser, &early, &quote, &index), NORMALISER_HELD_BACK);
    for (size_t i = 0; i < sizeof trades / sizeof *trades; i++) {
        book.bid_size += Q(1);
        assert_int_equal(normaliser_apply(normaliser, &book, &quote, &index), NORMALISER_PUBLISH);
        assert_int_equal(quote.last, NONE);
        assert_int_equal(quote.volume, NONE);
        struct quote raw = raw_trade("A", trades[i].id, P(10), trades[i].size, trades[i].time_ns);
        assert_int_equal(normaliser_apply(normaliser, &raw, &quote, &index), NORMALISER_PUBLISH);
        assert_int_equal(quote.bid, P(9));
        assert_int_equal(quote.bid_size, book.bid_size);
        assert_int_equal(quote.ask, P(10));
        assert_int_equal(quote.last, P(10));
        assert_int_equal(quote.last_size, trades[i].size);
        assert_int_equal(quote.last_side, SIDE_SELL);
        assert_string_equal(quote.trade_id, trades[i].id);
        assert_int_equal(quote.volume, trades[i].volume);
        assert_int_equal(quote.timestamp_ns, trades[i].time_ns);
    }
    normaliser_destroy(normaliser);
}

/* What a message says of the volume counts, and is counted on from. */
static void a_volume_that_is_told(void **state)
{
    (void)state;
    struct normaliser *normaliser = normaliser_create("test-1");
    struct quote quote, book = raw_book("A", P(9), Q(1), P(10), Q(1)), trade = raw_trade("A", "1", P(10), Q(1), DAY);
    size_t index;
    normaliser_apply(normaliser, &book, &quote, &index);
    trade.volume = Q(500);
    assert_int_equal(normaliser_apply(normaliser, &trade, &quote, &index), NORMALISER_PUBLISH);
    assert_int_equal(quote.volume, Q(500));
    trade = raw_trade("A", "2", P(10), Q(2), DAY + 1);
    assert_int_equal(normaliser_apply(normaliser, &trade, &quote, &index), NORMALISER_PUBLISH);
    assert_int_equal(quote.volume, Q(502));
    normaliser_destroy(normaliser);
}

static void duplicates_are_dropped(void **state)
{
    (void)state;
    struct normaliser *normaliser = normaliser_create("test-1");
    struct quote quote, book = raw_book("A", P(9), Q(1), P(10), Q(1)), trade = raw_trade("A", "1", P(10), Q(1), DAY);
    size_t index;
    assert_int_equal(normaliser_apply(normaliser, &book, &quote, &index), NORMALISER_PUBLISH);
    assert_int_equal(normaliser_apply(normaliser, &book, &quote, &index), NORMALISER_DUPLICATE);
    assert_int_equal(normaliser_apply(normaliser, &trade, &quote, &index), NORMALISER_PUBLISH);
    assert_int_equal(quote.volume, Q(1));
    /* The same again behind a message of the other kind, received later. */
    book.received_ns = trade.received_ns = DAY + 1;
    assert_int_equal(normaliser_apply(normaliser, &book, &quote, &index), NORMALISER_DUPLICATE);
    trade.timestamp_ns++;
    assert_int_equal(normaliser_apply(normaliser, &trade, &quote, &index), NORMALISER_DUPLICATE);
    /* The same book at another time is news: the quote is still good. */
    book.timestamp_ns++;
    assert_int_equal(normaliser_apply(normaliser, &book, &quote, &index), NORMALISER_PUBLISH);
    /* Unless the venue numbers it. */
    book.seq = 5;
    book.timestamp_ns++;
    assert_int_equal(normaliser_apply(normaliser, &book, &quote, &index), NORMALISER_PUBLISH);
    book.timestamp_ns++;
    assert_int_equal(normaliser_apply(normaliser, &book, &quote, &index), NORMALISER_DUPLICATE);
    book.seq = 6;
    assert_int_equal(normaliser_apply(normaliser, &book, &quote, &index), NORMALISER_PUBLISH);
    /* Another status, another trade, another instrument are no duplicates. */
    book.status = QUOTE_HALTED;
    assert_int_equal(normaliser_apply(normaliser, &book, &quote, &index), NORMALISER_PUBLISH);
    assert_int_equal(quote.status, QUOTE_HALTED);
    strcpy(trade.trade_id, "2");
    assert_int_equal(normaliser_apply(normaliser, &trade, &quote, &index), NORMALISER_PUBLISH);
    assert_int_equal(quote.volume, Q(2));
    strcpy(book.exchange, "Y");
    assert_int_equal(normaliser_apply(normaliser, &book, &quote, &index), NORMALISER_PUBLISH);
    assert_int_equal(index, 1);
    normaliser_destroy(normaliser);
}

static void instruments_are_counted(void **state)
{
    (void)state;
    struct normaliser *normaliser = normaliser_create("test-1");
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 1000; i++) {
            char symbol[SYMBOL_SIZE];
            snprintf(symbol, sizeof symbol, "S%zu", i);
            struct quote quote, raw = raw_book(symbol, P(9), Q(1 + round), P(10), Q(1));
            size_t index;
            assert_int_equal(normaliser_apply(normaliser, &raw, &quote, &index), NORMALISER_PUBLISH);
            assert_int_equal(index, i);
        }
    }
    normaliser_destroy(normaliser);
}

/* Puts a quote with this bid; with a trade when `last` is not 0. */
static void put(struct conflater *conflater, size_t index, int64_t bid, int64_t last)
{
    struct quote quote = raw_book("A", bid, Q(1), bid + P(1), Q(1));
    if (last != 0) {
        quote.last = last;
        quote.last_size = Q(1);
        quote.last_side = SIDE_BUY;
        quote.volume = Q(7);
        snprintf(quote.trade_id, sizeof quote.trade_id, "%lld", (long long)last);
    }
    conflater_put(conflater, index, &quote);
}

static void check_first(struct conflater *conflater, int64_t bid, uint64_t seq, int64_t last)
{
    const struct quote *quote = conflater_first(conflater);
    assert_non_null(quote);
    assert_int_equal(quote->bid, bid);
    assert_int_equal(quote->seq, seq);
    assert_int_equal(quote->last, last);
}

static void the_latest_quote_of_each_waits(void **state)
{
    (void)state;
    struct conflater *conflater = conflater_create();
    assert_null(conflater_first(conflater));
    put(conflater, 5, 1, 0);
    put(conflater, 0, 2, 0);
    put(conflater, 5, 3, 0); /* replaces, keeps its place in the line */
    put(conflater, 300, 4, 0);
    assert_int_equal(conflater_waiting(conflater), 3);
    assert_int_equal(conflater_replaced(conflater), 1);
    check_first(conflater, 3, 1, NONE);
    assert_int_equal(conflater_first(conflater)->conflated, 1);
    conflater_pop(conflater);
    assert_int_equal(conflater_first(conflater)->conflated, 0);
    check_first(conflater, 2, 1, NONE);
    put(conflater, 5, 6, 0); /* back, behind the others, with the next number */
    conflater_pop(conflater);
    check_first(conflater, 4, 1, NONE);
    conflater_pop(conflater);
    check_first(conflater, 6, 2, NONE);
    conflater_pop(conflater);
    assert_null(conflater_first(conflater));
    assert_int_equal(conflater_waiting(conflater), 0);
    assert_int_equal(conflater_replaced(conflater), 1);
    conflater_destroy(conflater);
    conflater_destroy(NULL);
}

static void a_replaced_trade_is_kept(void **state)
{
    (void)state;
    struct conflater *conflater = conflater_create();
    put(conflater, 0, 1, 11);
    put(conflater, 0, 2, 0);
    check_first(conflater, 2, 1, 11);
    assert_string_equal(conflater_first(conflater)->trade_id, "11");
    assert_int_equal(conflater_first(conflater)->last_side, SIDE_BUY);
    assert_int_equal(conflater_first(conflater)->volume, Q(7));
    put(conflater, 0, 3, 12);
    put(conflater, 0, 4, 0);
    check_first(conflater, 4, 1, 12);
    conflater_pop(conflater);
    put(conflater, 0, 5, 0); /* what has left is not carried on */
    check_first(conflater, 5, 2, NONE);
    conflater_destroy(conflater);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sides_come_and_go),
        cmocka_unit_test(trades_and_volume),
        cmocka_unit_test(a_volume_that_is_told),
        cmocka_unit_test(duplicates_are_dropped),
        cmocka_unit_test(instruments_are_counted),
        cmocka_unit_test(the_latest_quote_of_each_waits),
        cmocka_unit_test(a_replaced_trade_is_kept),
        cmocka_unit_test(what_is_odd_is_flagged),
        cmocka_unit_test(an_outlier_that_stays_is_the_market),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
