/* TrueFX's ticks: `PAIR,YYYYMMDD HH:MM:SS.mmm,bid,ask` in UTC; or, with the header `timestamp,bid,ask`, a normalised
 * copy whose file name holds the pair. */
#include "feed/format_ops.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/timestamp.h"
#include "feed/csv.h"

enum { PAIR_LENGTH = 6, FIELDS_MAX = 4 };

static const char HEADER[] = "timestamp,bid,ask";

struct reader {
    char pair[SYMBOL_SIZE]; /* "": each line has it */
};

/* Finds the currencies in a file's name: six letters in a row between other characters. */
static bool find_pair(const char *name, char pair[SYMBOL_SIZE])
{
    for (const char *at = name; *at != '\0';) {
        size_t letters = 0;
        while (isalpha((unsigned char)at[letters]))
            letters++;
        if (letters == PAIR_LENGTH && strncasecmp(at, "truefx", PAIR_LENGTH) != 0) {
            for (size_t i = 0; i < PAIR_LENGTH; i++)
                pair[i] = (char)toupper((unsigned char)at[i]);
            pair[PAIR_LENGTH] = '\0';
            return true;
        }
        at += letters + (at[letters] != '\0');
    }
    return false;
}

static bool is_header(const char *line, size_t length)
{
    return length == sizeof HEADER - 1 && memcmp(line, HEADER, length) == 0;
}

/* `YYYYMMDD HH:MM:SS.mmm` */
static bool read_compact_time(const struct csv_field *field, int64_t *time_ns)
{
    char text[32];
    if (field->length < 17 || field->length > 27 || field->text[8] != ' ')
        return false;
    int length = snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.*s", field->text, field->text + 4, field->text + 6,
                          (int)field->length - 9, field->text + 9);
    return timestamp_parse(text, (size_t)length, time_ns) && format_is_time(*time_ns);
}

static bool matches(const char *name, const char *line, size_t length)
{
    struct csv_field fields[FIELDS_MAX];
    char pair[SYMBOL_SIZE];
    int64_t time_ns;
    if (is_header(line, length))
        return find_pair(name, pair);
    return csv_split(line, length, fields, FIELDS_MAX) == 4 && read_compact_time(&fields[1], &time_ns);
}

static void *open_reader(const char *path, struct error *error)
{
    (void)error;
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        abort();
    find_pair(name, reader->pair);
    return reader;
}

static bool read(void *self, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                 const char **problem)
{
    struct reader *reader = self;
    struct csv_field fields[FIELDS_MAX], *prices;
    char pair[SYMBOL_SIZE];
    size_t count = csv_split(line, length, fields, FIELDS_MAX);
    if (is_header(line, length))
        return true;
    bool good = false;
    if (count == 3) {
        memcpy(pair, reader->pair, sizeof pair);
        good = csv_time(&fields[0], time_ns);
    } else if (count == 4) {
        good = csv_name(&fields[0], pair, sizeof pair) && read_compact_time(&fields[1], time_ns);
    }
    if (!good) {
        *problem = "the line has neither a time, bid and ask nor a pair in front of them";
        return false;
    }
    prices = &fields[count - 2];
    struct quote raw = format_blank("TRUEFX", pair, *time_ns);
    if (!csv_decimal(&prices[0], PRICE_DECIMALS, &raw.bid) || !csv_decimal(&prices[1], PRICE_DECIMALS, &raw.ask)) {
        *problem = "bid or ask is no price";
        return false;
    }
    quote_list_add(quotes, &raw);
    return true;
}

const struct format_ops FORMAT_TRUEFX = {
    .name = "truefx", .matches = matches, .open = open_reader, .close = free, .read = read};
