/* LOBSTER: each line of the message file tells what happened, the same line of the orderbook file what the book was
 * afterwards. `NAME_DATE_START_END_message_LEVELS.csv`; times in seconds after midnight in New York; prices in 1e-4
 * dollars. Source: lobsterdata.com/info/DataStructure.php. */
#include "feed/format_ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "feed/csv.h"
#include "feed/lines.h"

enum { TIME, TYPE, ORDER, SIZE, PRICE, DIRECTION, MESSAGE_FIELDS };
enum { ASK_PRICE, ASK_SIZE, BID_PRICE, BID_SIZE, BOOK_FIELDS };
enum { EXECUTION = 4, HIDDEN_EXECUTION = 5, CROSS = 6, HALT = 7, PRICE_DIGITS = 4, FIELDS_MAX = 8 };

/* What an empty level is filled with. */
#define NO_PRICE INT64_C(9999999999)

static const char MESSAGE[] = "_message_";

struct reader {
    char symbol[SYMBOL_SIZE];
    int64_t midnight_ns; /* in New York */
    struct lines *book;  /* owned */
    enum quote_status status;
};

/* The first day of a month that is a Sunday. `first_weekday`: of its first day, 0 is Sunday. */
static int first_sunday(int first_weekday)
{
    return 1 + (7 - first_weekday) % 7;
}

static int weekday_of(int64_t day_ns)
{
    return (int)((day_ns / NS_PER_DAY + 4) % 7); /* 1970-01-01 was a Thursday */
}

/* How far New York is behind UTC on a day, at noon: summer time is from the second Sunday of March to the first of
 * November, since 2007, the first year that LOBSTER has. */
static int hours_behind(int year, int month, int day)
{
    char text[TIMESTAMP_TEXT_SIZE];
    int64_t first_ns = 0;
    if (month < 3 || month > 11)
        return 5;
    if (month > 3 && month < 11)
        return 4;
    int length = snprintf(text, sizeof text, "%04d-%02d-01T00:00:00", year, month);
    timestamp_parse(text, (size_t)length, &first_ns);
    int sunday = first_sunday(weekday_of(first_ns));
    if (month == 3)
        return day >= sunday + 7 ? 4 : 5;
    return day >= sunday ? 5 : 4;
}

/* Reads the symbol and the day out of the file's name. */
static bool read_name(const char *name, char symbol[SYMBOL_SIZE], int64_t *midnight_ns)
{
    char date[32], text[64];
    int year, month, day, end = 0;
    if (sscanf(name, "%31[^_]_%10[0-9-]%n", symbol, date, &end) != 2 || end == 0 || strstr(name, MESSAGE) == NULL ||
        sscanf(date, "%4d-%2d-%2d", &year, &month, &day) != 3)
        return false;
    int length = snprintf(text, sizeof text, "%sT00:00:00", date);
    if (!timestamp_parse(text, (size_t)length, midnight_ns))
        return false;
    *midnight_ns += hours_behind(year, month, day) * INT64_C(3600) * NS_PER_SECOND;
    return true;
}

static bool matches(const char *name, const char *line, size_t length)
{
    char symbol[SYMBOL_SIZE];
    int64_t midnight_ns;
    struct csv_field fields[FIELDS_MAX];
    return read_name(name, symbol, &midnight_ns) && csv_split(line, length, fields, FIELDS_MAX) >= MESSAGE_FIELDS;
}

static void *open_reader(const char *path, struct error *error)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    const char *at = strstr(name, MESSAGE);
    size_t size = strlen(path) + sizeof "orderbook";
    struct reader *reader = calloc(1, sizeof *reader);
    char *book_path = malloc(size);
    if (reader == NULL || book_path == NULL)
        abort();
    read_name(name, reader->symbol, &reader->midnight_ns);
    snprintf(book_path, size, "%.*s_orderbook_%s", (int)(at - path), path, at + sizeof MESSAGE - 1);
    reader->book = lines_open(book_path, error);
    free(book_path);
    if (reader->book != NULL)
        return reader;
    free(reader);
    return NULL;
}

static void close_reader(void *self)
{
    struct reader *reader = self;
    lines_close(reader->book);
    free(reader);
}

static bool read_price(const struct csv_field *field, int64_t *price)
{
    static const int64_t UNIT = PRICE_ONE / 10000;
    if (field->length > 0 && field->text[0] == '-') {
        *price = NO_PRICE; /* an empty bid is filled with a negative price */
        return true;
    }
    if (!csv_decimal(field, 0, price) || *price > NO_PRICE)
        return false;
    if (*price != NO_PRICE)
        *price *= UNIT;
    return true;
}

/* Takes the next line of the book over into the quote. */
static bool read_book(struct reader *reader, struct quote *raw, const char **problem)
{
    struct csv_field fields[BOOK_FIELDS];
    struct error error = {0};
    const char *line;
    size_t length;
    *problem = "the orderbook file has no such line";
    if (lines_next(reader->book, &line, &length, &error) != 1 ||
        csv_split(line, length, fields, BOOK_FIELDS) < BOOK_FIELDS || !read_price(&fields[ASK_PRICE], &raw->ask) ||
        !read_price(&fields[BID_PRICE], &raw->bid) ||
        !csv_decimal(&fields[ASK_SIZE], QUANTITY_DECIMALS, &raw->ask_size) ||
        !csv_decimal(&fields[BID_SIZE], QUANTITY_DECIMALS, &raw->bid_size))
        return false;
    if (raw->ask == NO_PRICE) {
        raw->ask = DECIMAL_NONE;
        raw->ask_size = 0;
    }
    if (raw->bid == NO_PRICE) {
        raw->bid = DECIMAL_NONE;
        raw->bid_size = 0;
    }
    return true;
}

static bool read(void *self, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                 const char **problem)
{
    struct reader *reader = self;
    struct csv_field fields[FIELDS_MAX];
    int64_t after_midnight_ns, type, price, size;
    size_t count = csv_split(line, length, fields, FIELDS_MAX);
    struct quote raw = format_blank("NASDAQ", reader->symbol, 0);
    if (!read_book(reader, &raw, problem))
        return false;
    if (count < MESSAGE_FIELDS || !csv_decimal(&fields[TIME], 9, &after_midnight_ns) || after_midnight_ns < 0 ||
        after_midnight_ns > NS_PER_DAY || !csv_decimal(&fields[TYPE], 0, &type) ||
        !csv_decimal(&fields[SIZE], QUANTITY_DECIMALS, &size)) {
        *problem = "the message lacks its time, type or size";
        return false;
    }
    *time_ns = reader->midnight_ns + after_midnight_ns;
    raw.received_ns = raw.timestamp_ns = *time_ns;
    if (type == HALT) /* price -1: halted, 0: quoting again, 1: trading again */
        reader->status = csv_is(&fields[PRICE], "-1")  ? QUOTE_HALTED
                         : csv_is(&fields[PRICE], "0") ? QUOTE_AUCTION
                                                       : QUOTE_OPEN;
    raw.status = reader->status;
    if (type == EXECUTION || type == HIDDEN_EXECUTION || type == CROSS) {
        if (!read_price(&fields[PRICE], &price) || price == NO_PRICE || size == 0) {
            *problem = "the execution lacks its price or size";
            return false;
        }
        raw.last = price;
        raw.last_size = size;
        /* The direction is that of the order that rested. */
        raw.last_side = type == CROSS ? SIDE_NONE : csv_is(&fields[DIRECTION], "1") ? SIDE_SELL : SIDE_BUY;
    }
    quote_list_add(quotes, &raw);
    return true;
}

const struct format_ops FORMAT_LOBSTER = {
    .name = "lobster", .matches = matches, .open = open_reader, .close = close_reader, .read = read};
