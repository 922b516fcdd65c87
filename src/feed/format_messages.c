/* Recordings of what a venue sent, message by message, each with the time of its receipt. */
#include "feed/format_ops.h"

#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/json.h"
#include "core/text.h"
#include "feed/binance.h"
#include "feed/coinbase.h"
#include "feed/kraken.h"
#include "feed/market_book.h"

typedef bool parse_message(const char *text, size_t length, const struct market_sink *sink, const char **problem);

/* The venues, told by a part of their URL. */
static const struct venue {
    const char *host;
    parse_message *parse;
    struct market_books_options books;
} VENUES[] = {
    {"binance.com", binance_parse, {.exchange = "BINANCE", .depth = 5000, .quotes_from_top = true}},
    {"coinbase.com", coinbase_parse_exchange, {.exchange = "COINBASE", .depth = BOOK_LEVELS_MAX}},
    {"ws.kraken.com", kraken_parse_v1, {.exchange = "KRAKEN", .depth = 1000}},
};

struct reader {
    const struct venue *venue;  /* NULL until a line has named it */
    struct market_books *books; /* owned; NULL likewise */
    int64_t time_ns;
    struct quote_list *quotes;
    const char *broken;       /* why a book became void; NULL: none did */
    char symbol[SYMBOL_SIZE]; /* that all messages were about so far; "" before the first */
    bool is_mixed;            /* they were about several */
};

static void *open_reader(void)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        abort();
    return reader;
}

static void set_venue(struct reader *reader, const struct venue *venue)
{
    market_books_destroy(reader->books);
    reader->venue = venue;
    reader->books = market_books_create(&venue->books);
}

static void *open_messages(const char *path, struct error *error)
{
    (void)path;
    (void)error;
    struct reader *reader = open_reader();
    set_venue(reader, &VENUES[0]);
    return reader;
}

static void *open_cryptofeed(const char *path, struct error *error)
{
    (void)path;
    (void)error;
    return open_reader();
}

static void close_reader(void *self)
{
    struct reader *reader = self;
    market_books_destroy(reader->books);
    free(reader);
}

static void keep_quote(void *context, const struct quote *raw)
{
    struct reader *reader = context;
    quote_list_add(reader->quotes, raw);
}

static void keep_depth(void *context, const char *symbol, const struct book *book, int64_t timestamp_ns)
{
    struct reader *reader = context;
    struct depth depth = {.timestamp_ns = timestamp_ns};
    text_copy(depth.symbol, sizeof depth.symbol, symbol);
    text_copy(depth.exchange, sizeof depth.exchange, reader->venue->books.exchange);
    book_best(book, &depth);
    depth_list_add(&reader->quotes->depths, &depth);
}

static void note_break(void *context, const char *symbol, const char *reason)
{
    struct reader *reader = context;
    (void)symbol;
    reader->broken = reason;
}

static void take_event(void *context, const struct market_event *event)
{
    struct reader *reader = context;
    if (reader->symbol[0] == '\0')
        text_copy(reader->symbol, sizeof reader->symbol, event->symbol);
    reader->is_mixed = reader->is_mixed || (event->symbol[0] != '\0' && strcmp(event->symbol, reader->symbol) != 0);
    const struct market_books_sink sink = {
        .quote = keep_quote, .depth = keep_depth, .broken = note_break, .context = reader};
    market_books_take(reader->books, event, reader->time_ns, &sink);
}

/* The book as Binance's REST answers it does not say of what. In a recording of one instrument it is of that. */
static bool parse_snapshot(struct reader *reader, const char *text, size_t length, const struct market_sink *sink,
                           const char **problem)
{
    if (reader->symbol[0] == '\0' || reader->is_mixed)
        return true;
    return binance_parse_snapshot(text, length, reader->symbol, sink, problem);
}

static bool is_snapshot(const struct reader *reader, const char *text, size_t length)
{
    static const char FRONT[] = "{\"lastUpdateId\":";
    return reader->venue->parse == binance_parse && length >= sizeof FRONT &&
           memcmp(text, FRONT, sizeof FRONT - 1) == 0;
}

static bool read_message(struct reader *reader, const char *text, size_t length, int64_t time_ns,
                         struct quote_list *quotes, const char **problem)
{
    const struct market_sink sink = {.take = take_event, .context = reader};
    reader->time_ns = time_ns;
    reader->quotes = quotes;
    reader->broken = NULL;
    bool is_good = is_snapshot(reader, text, length) ? parse_snapshot(reader, text, length, &sink, problem)
                                                     : reader->venue->parse(text, length, &sink, problem);
    if (!is_good) {
        quotes->count = 0;
        return false;
    }
    *problem = reader->broken;
    return reader->broken == NULL;
}

/* The nanoseconds in front of a line of `messages`; returns where the message begins, or NULL. */
static const char *read_time(const char *line, size_t length, int64_t *time_ns)
{
    const char *space = memchr(line, ' ', length);
    if (space == NULL || memchr(line, '.', (size_t)(space - line)) != NULL ||
        !decimal_parse(line, (size_t)(space - line), 0, time_ns) || !format_is_time(*time_ns))
        return NULL;
    return space + 1;
}

static bool messages_matches(const char *name, const char *line, size_t length)
{
    (void)name;
    int64_t time_ns;
    const char *text = read_time(line, length, &time_ns);
    return text != NULL && text < line + length && *text == '{';
}

static bool messages_read(void *self, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                          const char **problem)
{
    const char *text = read_time(line, length, time_ns);
    if (text == NULL) {
        *problem = "the line does not begin with a time in nanoseconds since the epoch and a space";
        return false;
    }
    return read_message(self, text, length - (size_t)(text - line), *time_ns, quotes, problem);
}

/* True when the line is about a connection or a request: a URL stands first. */
static bool is_about_url(const char *line, size_t length)
{
    return (length > 6 && memcmp(line, "wss://", 6) == 0) || (length > 8 && memcmp(line, "https://", 8) == 0);
}

static bool cryptofeed_matches(const char *name, const char *line, size_t length)
{
    (void)name;
    return is_about_url(line, length);
}

static bool has(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

/* Learns the venue; a new connection begins with empty books. */
static void read_url(struct reader *reader, const char *line, size_t length)
{
    for (size_t i = 0; i < sizeof VENUES / sizeof *VENUES; i++) {
        if (has(line, length, VENUES[i].host) && reader->venue != &VENUES[i])
            set_venue(reader, &VENUES[i]);
    }
    if (reader->books != NULL && has(line, length, " <-> "))
        market_books_void(reader->books);
}

static bool cryptofeed_read(void *self, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                            const char **problem)
{
    struct reader *reader = self;
    *time_ns = reader->time_ns;
    if (is_about_url(line, length)) {
        read_url(reader, line, length);
        return true;
    }
    const char *colon = memchr(line, ':', length);
    if (colon == NULL || line[0] < '0' || line[0] > '9')
        return true; /* what the recorder says of itself */
    if (!decimal_parse(line, (size_t)(colon - line), 9, time_ns) || !format_is_time(*time_ns) ||
        colon + 2 > line + length) {
        *problem = "the line does not begin with a time in seconds since the epoch and a colon";
        return false;
    }
    if (reader->venue == NULL) {
        *problem = "no line before it names the venue";
        return false;
    }
    return read_message(reader, colon + 2, length - (size_t)(colon + 2 - line), *time_ns, quotes, problem);
}

const struct format_ops FORMAT_MESSAGES = {.name = "messages",
                                           .matches = messages_matches,
                                           .open = open_messages,
                                           .close = close_reader,
                                           .read = messages_read};

const struct format_ops FORMAT_CRYPTOFEED = {.name = "cryptofeed",
                                             .matches = cryptofeed_matches,
                                             .open = open_cryptofeed,
                                             .close = close_reader,
                                             .read = cryptofeed_read};
