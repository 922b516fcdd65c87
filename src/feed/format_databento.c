/* Databento's CSV, with a header; the columns are found by their names. Prices are decimals or whole numbers of 1e-9.
 * Source: databento.com/docs/schemas-and-data-formats (trades, mbp-1, tbbo). */
#include "feed/format_ops.h"

#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "feed/csv.h"
#include "feed/implied_touch.h"

/* Memory that ran out ends the process: a table with holes would be worse. */
#define uthash_fatal(message) abort()
#include <uthash.h>

enum column { RECEIVED, EVENT, ACTION, SIDE, PRICE, SIZE, SEQUENCE, BID, ASK, BID_SIZE, ASK_SIZE, SYMBOL, COLUMNS };

static const char *const NAMES[COLUMNS] = {"ts_recv",  "ts_event",  "action",    "side",      "price",     "size",
                                           "sequence", "bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00", "symbol"};

enum { FIELDS_MAX = 128, NO_COLUMN = -1 };

/* Where the trades of one instrument went, when there are no quotes. */
struct traded {
    char symbol[SYMBOL_SIZE]; /* unused bytes are zero */
    struct implied_touch touch;
    UT_hash_handle hh;
};

struct reader {
    int columns[COLUMNS]; /* NO_COLUMN: it has none */
    size_t count;         /* fields of the header; 0 before it */
    struct traded *traded;
};

static bool matches(const char *name, const char *line, size_t length)
{
    static const char START[] = "ts_recv,ts_event,";
    (void)name;
    return length >= sizeof START - 1 && memcmp(line, START, sizeof START - 1) == 0;
}

static void *open_reader(const char *path, struct error *error)
{
    (void)path;
    (void)error;
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        abort();
    return reader;
}

static void close_reader(void *self)
{
    struct reader *reader = self;
    struct traded *traded, *next;
    HASH_ITER(hh, reader->traded, traded, next)
    {
        HASH_DEL(reader->traded, traded);
        free(traded);
    }
    free(reader);
}

static bool read_header(struct reader *reader, const struct csv_field *fields, size_t count, const char **problem)
{
    for (int column = 0; column < COLUMNS; column++) {
        reader->columns[column] = NO_COLUMN;
        for (size_t i = 0; i < count; i++) {
            if (csv_is(&fields[i], NAMES[column]))
                reader->columns[column] = (int)i;
        }
        if (reader->columns[column] == NO_COLUMN && (column <= SIZE || column == SYMBOL)) {
            *problem = "the header lacks a column: ts_recv, ts_event, action, side, price, size and symbol are needed";
            return false;
        }
    }
    reader->count = count;
    return true;
}

/* A price is a decimal, or a whole number of 1e-9; the largest of these stands for none. */
static bool read_price(const struct csv_field *field, int64_t *price)
{
    if (field->length == 0) {
        *price = DECIMAL_NONE;
        return true;
    }
    bool is_whole = memchr(field->text, '.', field->length) == NULL;
    if (!csv_decimal(field, is_whole ? 0 : PRICE_DECIMALS, price))
        return false;
    if (*price == INT64_MAX)
        *price = DECIMAL_NONE;
    return true;
}

static bool read_touch(struct reader *reader, const struct csv_field *fields, struct quote *raw)
{
    static const struct {
        enum column price, size;
    } SIDES[] = {{BID, BID_SIZE}, {ASK, ASK_SIZE}};
    int64_t *prices[] = {&raw->bid, &raw->ask}, *sizes[] = {&raw->bid_size, &raw->ask_size};
    for (size_t i = 0; i < 2; i++) {
        int price = reader->columns[SIDES[i].price], size = reader->columns[SIDES[i].size];
        if (!read_price(&fields[price], prices[i]) ||
            (size != NO_COLUMN && !csv_decimal(&fields[size], QUANTITY_DECIMALS, sizes[i])))
            return false;
        if (*prices[i] == DECIMAL_NONE)
            *sizes[i] = 0;
    }
    return true;
}

static struct implied_touch *touch_of(struct reader *reader, const char *symbol)
{
    struct traded *traded;
    char key[SYMBOL_SIZE] = {0};
    strcpy(key, symbol); /* a symbol fits */
    HASH_FIND(hh, reader->traded, key, sizeof key, traded);
    if (traded == NULL) {
        traded = calloc(1, sizeof *traded);
        if (traded == NULL)
            abort();
        memcpy(traded->symbol, key, sizeof key);
        HASH_ADD(hh, reader->traded, symbol, sizeof traded->symbol, traded);
    }
    return &traded->touch;
}

static bool read_trade(struct reader *reader, const struct csv_field *fields, struct quote *raw)
{
    const int *columns = reader->columns;
    const struct csv_field *side = &fields[columns[SIDE]];
    if (!read_price(&fields[columns[PRICE]], &raw->last) || raw->last == DECIMAL_NONE || raw->last == 0 ||
        !csv_decimal(&fields[columns[SIZE]], QUANTITY_DECIMALS, &raw->last_size) || raw->last_size == 0)
        return false;
    /* The side is the aggressor's. */
    raw->last_side = csv_is(side, "B") ? SIDE_BUY : csv_is(side, "A") ? SIDE_SELL : SIDE_NONE;
    if (columns[SEQUENCE] != NO_COLUMN)
        csv_name(&fields[columns[SEQUENCE]], raw->trade_id, sizeof raw->trade_id);
    return true;
}

static bool read_fields(struct reader *reader, const struct csv_field *fields, int64_t *time_ns,
                        struct quote_list *quotes, const char **problem)
{
    const int *columns = reader->columns;
    bool has_quotes = columns[BID] != NO_COLUMN && columns[ASK] != NO_COLUMN;
    bool is_trade = csv_is(&fields[columns[ACTION]], "T");
    char symbol[SYMBOL_SIZE];
    int64_t event_ns;
    if (!csv_time(&fields[columns[RECEIVED]], time_ns) || !csv_time(&fields[columns[EVENT]], &event_ns)) {
        *problem = "ts_recv or ts_event is no time";
        return false;
    }
    if (!csv_name(&fields[columns[SYMBOL]], symbol, sizeof symbol)) {
        *problem = "there is no symbol";
        return false;
    }
    struct quote raw = format_blank("DATABENTO", symbol, *time_ns);
    raw.timestamp_ns = event_ns;
    if (has_quotes && !read_touch(reader, fields, &raw)) {
        *problem = "bid_px_00 or ask_px_00 is no price, or a size no size";
        return false;
    }
    if (is_trade && !read_trade(reader, fields, &raw)) {
        *problem = "price or size is none";
        return false;
    }
    if (!has_quotes && !is_trade)
        return true;
    if (!has_quotes)
        implied_touch_apply(touch_of(reader, symbol), &raw);
    quote_list_add(quotes, &raw);
    return true;
}

static bool read(void *self, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                 const char **problem)
{
    struct reader *reader = self;
    struct csv_field fields[FIELDS_MAX];
    size_t count = csv_split(line, length, fields, FIELDS_MAX);
    if (count > FIELDS_MAX || (reader->count != 0 && count != reader->count)) {
        *problem = "the line has another number of fields than the header";
        return false;
    }
    if (reader->count == 0)
        return read_header(reader, fields, count, problem);
    return read_fields(reader, fields, time_ns, quotes, problem);
}

const struct format_ops FORMAT_DATABENTO = {
    .name = "databento", .matches = matches, .open = open_reader, .close = close_reader, .read = read};
