/* Feeds what libFuzzer makes up to one of the parsers of market data, and what the parser says to the books, as a feed
 * does. `--parser=NAME` picks the parser; the other options are libFuzzer's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "feed/binance.h"
#include "feed/coinbase.h"
#include "feed/format.h"
#include "feed/kraken.h"
#include "feed/market_book.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool parse_snapshot(const char *text, size_t length, const struct market_sink *sink, const char **problem)
{
    return binance_parse_snapshot(text, length, "BTCUSDT", sink, problem);
}

static const struct parser {
    const char *name;
    bool (*parse)(const char *text, size_t length, const struct market_sink *sink, const char **problem);
} PARSERS[] = {
    {"binance", binance_parse},   {"binance-snapshot", parse_snapshot},
    {"kraken", kraken_parse},     {"kraken-v1", kraken_parse_v1},
    {"coinbase", coinbase_parse}, {"coinbase-exchange", coinbase_parse_exchange},
    {"recording", NULL},          {"lobster", NULL},
};

/* What the files of a recording are called; the names say what they hold. */
static const char PLAIN[] = "usdjpy-BTCUSDT.csv";
static char messages[64], orderbook[64]; /* "": no LOBSTER */
static int orderbook_fd;

static const struct parser *parser;

static void remove_lobster_files(void)
{
    unlink(orderbook);
    *strrchr(orderbook, '/') = '\0';
    rmdir(orderbook);
}

static void name_lobster_files(void)
{
    static char directory[] = "/tmp/fuzz-lobster-XXXXXX";
    if (mkdtemp(directory) == NULL)
        abort();
    snprintf(messages, sizeof messages, "%s/A_2012-06-21_1_2_message_1.csv", directory);
    snprintf(orderbook, sizeof orderbook, "%s/A_2012-06-21_1_2_orderbook_1.csv", directory);
    atexit(remove_lobster_files);
    /* In memory: a file is slow. */
    char target[32];
    orderbook_fd = memfd_create("orderbook", MFD_CLOEXEC);
    snprintf(target, sizeof target, "/proc/self/fd/%d", orderbook_fd);
    if (orderbook_fd < 0 || symlink(target, orderbook) != 0)
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char FRONT[] = "--parser=";
    for (int i = 1; i < *argc; i++) {
        const char *name = (*argv)[i];
        for (size_t j = 0; j < sizeof PARSERS / sizeof *PARSERS; j++) {
            if (strncmp(name, FRONT, strlen(FRONT)) == 0 && strcmp(name + strlen(FRONT), PARSERS[j].name) == 0)
                parser = &PARSERS[j];
        }
    }
    if (parser != NULL && strcmp(parser->name, "lobster") == 0)
        name_lobster_files();
    if (parser != NULL)
        return 0;
    fprintf(stderr, "fuzz_market: --parser=NAME is missing, or there is no such parser\n");
    exit(2);
}

/* A price is above zero, or is none. */
static void check_quote(void *context, const struct quote *raw)
{
    (void)context;
    if (raw->symbol[0] == '\0' || memchr(raw->symbol, '\0', sizeof raw->symbol) == NULL)
        abort();
    if ((raw->bid != DECIMAL_NONE && raw->bid < 0) || (raw->ask != DECIMAL_NONE && raw->ask < 0))
        abort();
}

static void check_depth(void *context, const char *symbol, const struct book *book, int64_t timestamp_ns)
{
    (void)context;
    (void)symbol;
    (void)timestamp_ns;
    for (size_t i = 1; i < book_count(book, SIDE_BUY); i++) {
        if (book_level(book, SIDE_BUY, i - 1).price <= book_level(book, SIDE_BUY, i).price)
            abort();
    }
    for (size_t i = 1; i < book_count(book, SIDE_SELL); i++) {
        if (book_level(book, SIDE_SELL, i - 1).price >= book_level(book, SIDE_SELL, i).price)
            abort();
    }
}

static void check_break(void *context, const char *symbol, const char *reason)
{
    if (market_books_find(context, symbol) != NULL || reason[0] == '\0')
        abort();
}

static void take_event(void *context, const struct market_event *event)
{
    struct market_books *books = context;
    const struct market_books_sink sink = {
        .quote = check_quote, .depth = check_depth, .broken = check_break, .context = books};
    market_books_take(books, event, 1, &sink);
}

/* The input is one message, or several on lines of their own. */
static void parse_messages(const char *text, size_t length)
{
    struct market_books *books = market_books_create(&(struct market_books_options){.exchange = "FUZZ", .depth = 10});
    const struct market_sink sink = {.take = take_event, .context = books};
    for (const char *end = text + length; text <= end;) {
        const char *newline = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
        size_t line = newline != NULL ? (size_t)(newline - text) : (size_t)(end - text);
        const char *problem = NULL;
        if (!parser->parse(text, line, &sink, &problem) && problem == NULL)
            abort();
        text += line + 1;
    }
    market_books_destroy(books);
}

/* The first line decides on the format. */
static void parse_recording(const char *path, const char *text, size_t length)
{
    struct format *format = NULL;
    struct quote_list quotes = {0};
    for (const char *end = text + length; text <= end;) {
        const char *newline = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
        size_t line = newline != NULL ? (size_t)(newline - text) : (size_t)(end - text);
        const char *problem = NULL;
        int64_t time_ns;
        if (format == NULL && (format = format_open(path, text, line, NULL)) == NULL)
            break;
        quotes.count = quotes.depths.count = 0;
        if (!format_read(format, text, line, &time_ns, &quotes, &problem) && problem == NULL)
            abort();
        for (size_t i = 0; i < quotes.count; i++)
            check_quote(NULL, &quotes.items[i]);
        text += line + 1;
    }
    format_close(format);
    free(quotes.items);
    free(quotes.depths.items);
}

/* The input is the file of messages and, behind a blank line, that of the books. */
static void parse_lobster(const char *text, size_t length)
{
    const char *blank = memmem(text, length, "\n\n", 2);
    size_t first = blank == NULL ? length : (size_t)(blank - text) + 1, second = blank == NULL ? length : first + 1;
    if (ftruncate(orderbook_fd, 0) != 0 ||
        pwrite(orderbook_fd, text + second, length - second, 0) != (ssize_t)(length - second))
        abort();
    parse_recording(messages, text, first);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (parser->parse != NULL)
        parse_messages((const char *)bytes, length);
    else if (orderbook[0] != '\0')
        parse_lobster((const char *)bytes, length);
    else
        parse_recording(PLAIN, (const char *)bytes, length);
    return 0;
}
