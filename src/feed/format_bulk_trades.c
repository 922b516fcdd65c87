/* Binance's archive of trades: `id,price,quantity,quote quantity,time,buyer is maker[,best match]`, mostly without a
 * header. The time is in milliseconds, since 2025 in microseconds. The symbol is the file's name up to `-trades`. */
#include "feed/format_ops.h"

#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/timestamp.h"
#include "feed/csv.h"
#include "feed/implied_touch.h"

enum { ID, PRICE, QUANTITY, QUOTE_QUANTITY, TIME, BUYER_IS_MAKER, LEAST, MOST };

struct reader {
    char symbol[SYMBOL_SIZE];
    struct implied_touch touch;
};

/* The length of the symbol in front of the file's name; 0: there is none. */
static size_t symbol_length(const char *name)
{
    const char *end = strstr(name, "-trades");
    size_t length = end == NULL ? 0 : (size_t)(end - name);
    return length < SYMBOL_SIZE ? length : 0;
}

static bool matches(const char *name, const char *line, size_t length)
{
    struct csv_field fields[MOST];
    size_t count = csv_split(line, length, fields, MOST);
    int64_t id;
    return symbol_length(name) > 0 && (count == LEAST || count == MOST) &&
           (csv_is(&fields[ID], "id") || csv_decimal(&fields[ID], 0, &id));
}

static void *open_reader(const char *path, struct error *error)
{
    (void)error;
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        abort();
    memcpy(reader->symbol, name, symbol_length(name));
    return reader;
}

static bool read_time(const struct csv_field *field, int64_t *time_ns)
{
    int64_t time;
    if (!csv_decimal(field, 0, &time))
        return false;
    for (int64_t unit = NS_PER_US; unit <= NS_PER_MS; unit *= 1000) {
        if (!__builtin_mul_overflow(time, unit, time_ns) && format_is_time(*time_ns))
            return true;
    }
    return false;
}

static bool read_flag(const struct csv_field *field, bool *flag)
{
    *flag = csv_is(field, "true") || csv_is(field, "True");
    return *flag || csv_is(field, "false") || csv_is(field, "False");
}

static bool read(void *self, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                 const char **problem)
{
    struct reader *reader = self;
    struct csv_field fields[MOST];
    size_t count = csv_split(line, length, fields, MOST);
    bool buyer_is_maker;
    if (count != LEAST && count != MOST) {
        *problem = "the line does not have six or seven fields";
        return false;
    }
    if (csv_is(&fields[ID], "id"))
        return true; /* a header */
    struct quote raw = format_blank("BINANCE", reader->symbol, 0);
    if (!read_time(&fields[TIME], time_ns)) {
        *problem = "the time is neither in milliseconds nor in microseconds";
        return false;
    }
    if (!csv_name(&fields[ID], raw.trade_id, sizeof raw.trade_id) ||
        !csv_decimal(&fields[PRICE], PRICE_DECIMALS, &raw.last) || raw.last == 0 ||
        !csv_decimal(&fields[QUANTITY], QUANTITY_DECIMALS, &raw.last_size) || raw.last_size == 0 ||
        !read_flag(&fields[BUYER_IS_MAKER], &buyer_is_maker)) {
        *problem = "the trade lacks its id, price, quantity or maker";
        return false;
    }
    raw.received_ns = raw.timestamp_ns = *time_ns;
    raw.last_side = buyer_is_maker ? SIDE_SELL : SIDE_BUY;
    implied_touch_apply(&reader->touch, &raw);
    quote_list_add(quotes, &raw);
    return true;
}

const struct format_ops FORMAT_BULK_TRADES = {
    .name = "bulk trades", .matches = matches, .open = open_reader, .close = free, .read = read};
