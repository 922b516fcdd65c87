/* How fast the messages of the venues are read on one core: to events alone, and through a session, which folds them
 * into its books and checks these. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/timestamp.h"
#include "feed/book.h"
#include "feed/session.h"

enum { MESSAGES = 2000000, KINDS = 64, MESSAGE_SIZE = 2048 };

/* A number of messages that differ, played again and again. */
struct messages {
    char text[KINDS][MESSAGE_SIZE];
    size_t length[KINDS];
    size_t count;
};

static int64_t busy_ns(void)
{
    struct timespec busy;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &busy);
    return busy.tv_sec * NS_PER_SECOND + busy.tv_nsec;
}

static void report(const char *what, const char *wanted, int64_t start_ns)
{
    double passed_s = (double)(busy_ns() - start_ns) / 1e9;
    printf("%-44s %10.0f /s %30s\n", what, MESSAGES / passed_s, wanted);
}

static void add(struct messages *messages, const char *text)
{
    size_t length = strlen(text);
    memcpy(messages->text[messages->count], text, length + 1);
    messages->length[messages->count++] = length;
}

static void count_event(void *context, const struct market_event *event)
{
    *(uint64_t *)context += event->kind == MARKET_TOP || event->kind == MARKET_BOOK;
}

static void bench_parser(const struct venue *venue, const struct messages *messages, const char *what,
                         const char *wanted)
{
    uint64_t events = 0;
    const struct market_sink sink = {.take = count_event, .context = &events};
    const char *problem = NULL;
    int64_t start_ns = busy_ns();
    for (size_t i = 0; i < MESSAGES; i++) {
        size_t at = i % messages->count;
        if (!venue->parse(messages->text[at], messages->length[at], &sink, &problem)) {
            fprintf(stderr, "bench_venue: %s\n", problem);
            exit(1);
        }
    }
    if (events != MESSAGES)
        exit(1);
    report(what, wanted, start_ns);
}

static void ignore_quote(void *context, size_t instrument, const struct quote *raw)
{
    (void)instrument;
    (void)raw;
    ++*(uint64_t *)context;
}

static void ignore_depth(void *context, size_t instrument, const struct book *book, int64_t timestamp_ns)
{
    (void)instrument;
    (void)book;
    (void)timestamp_ns;
    ++*(uint64_t *)context;
}

static void ignore_stale(void *context, size_t instrument, bool stale, const char *reason)
{
    (void)context;
    (void)instrument;
    (void)stale;
    (void)reason;
}

static void ignore_text(void *context, enum log_level level, const char *text)
{
    (void)context;
    (void)level;
    (void)text;
}

static void bench_session(const struct venue *venue, const char *symbol, const struct messages *first,
                          const struct messages *messages, const char *what, const char *wanted)
{
    uint64_t said = 0;
    struct session_action action;
    struct session *session = session_create(&(struct session_options){.venue = venue,
                                                                       .symbols = &symbol,
                                                                       .symbol_count = 1,
                                                                       .sink = {.quote = ignore_quote,
                                                                                .depth = ignore_depth,
                                                                                .stale = ignore_stale,
                                                                                .tell = ignore_text,
                                                                                .context = &said}});
    session_next(session, 0, &action);
    session_connected(session, 0);
    for (size_t i = 0; i < first->count; i++)
        session_message(session, first->text[i], first->length[i], 1, 1);
    int64_t start_ns = busy_ns();
    for (size_t i = 0; i < MESSAGES; i++) {
        size_t at = i % messages->count;
        session_message(session, messages->text[at], messages->length[at], 1, 1);
    }
    struct session_counts counts = session_counts(session);
    if (said < MESSAGES || counts.broken > 0 || counts.bad_messages > 0)
        exit(1);
    if (counts.books.updates > 0 && counts.books.checksums_right < counts.books.updates)
        exit(1);
    report(what, wanted, start_ns);
    session_destroy(session);
}

static void make_tickers(struct messages *messages)
{
    char text[MESSAGE_SIZE];
    for (int i = 0; i < KINDS; i++) {
        snprintf(
            text, sizeof text,
            "{\"u\":%d,\"s\":\"BTCUSDT\",\"b\":\"61837.%02d000000\",\"B\":\"31.21%d00000\",\"a\":\"61838.%02d000000\","
            "\"A\":\"40.66000000\"}",
            400900217 + i, i, 100 + i, i);
        add(messages, text);
    }
}

/* The side of a book as Kraken writes it, of prices from `price` on. */
static void write_side(struct book *book, enum side side, char *text, int price, int step, int count)
{
    size_t length = 0;
    for (int i = 0; i < count; i++, price += step) {
        book_set(book, side, price * (PRICE_ONE / 10), 2 * QUANTITY_ONE + i);
        length += (size_t)sprintf(text + length, "%s{\"price\":%d.%d,\"qty\":2.0000000%d}", i > 0 ? "," : "",
                                  price / 10, price % 10, i);
    }
}

/* A snapshot of ten levels a side, and updates that change one level to and fro. */
static void make_books(struct messages *first, struct messages *messages)
{
    static const char FORM[] =
        "{\"channel\":\"book\",\"type\":\"%s\",\"data\":[{\"symbol\":\"BTC/USD\",\"bids\":[%s],\"asks\":[%s],"
        "\"checksum\":%u,\"timestamp\":\"2026-11-23T14:30:00.123456Z\"}]}";
    char text[MESSAGE_SIZE], bids[MESSAGE_SIZE / 3], asks[MESSAGE_SIZE / 3], level[64];
    struct book *book = book_create(10);
    add(first, "{\"channel\":\"instrument\",\"type\":\"snapshot\",\"data\":{\"pairs\":[{\"symbol\":\"BTC/USD\","
               "\"price_precision\":1,\"qty_precision\":8}]}}");
    write_side(book, SIDE_BUY, bids, 1059440, -3, 10);
    write_side(book, SIDE_SELL, asks, 1059450, 3, 10);
    snprintf(text, sizeof text, FORM, "snapshot", bids, asks, book_checksum(book, 1, 8));
    add(first, text);
    for (int i = 0; i < KINDS; i++) {
        snprintf(level, sizeof level, "{\"price\":105944.0,\"qty\":1.0000%04d}", i + 1);
        book_set(book, SIDE_BUY, 1059440 * (PRICE_ONE / 10), QUANTITY_ONE + i + 1);
        snprintf(text, sizeof text, FORM, "update", level, "", book_checksum(book, 1, 8));
        add(messages, text);
    }
    book_destroy(book);
}

int main(void)
{
    static struct messages tickers, nothing, book, updates;
    make_tickers(&tickers);
    make_books(&book, &updates);
    bench_parser(&VENUE_BINANCE, &tickers, "Binance bookTicker to event", "1000000");
    bench_session(&VENUE_BINANCE, "BTCUSDT", &nothing, &tickers, "Binance bookTicker through a session", "");
    bench_parser(&VENUE_KRAKEN, &updates, "Kraken book update to events", "");
    bench_session(&VENUE_KRAKEN, "BTC/USD", &book, &updates, "Kraken book update with checksum", "300000");
    return 0;
}
