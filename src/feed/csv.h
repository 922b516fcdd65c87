/* Lines of comma-separated values without quotes, as files of market data have them. Pure. */
#ifndef FEED_CSV_H
#define FEED_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csv_field {
    const char *text; /* points into the line */
    size_t length;
};

/* Splits a line at its commas; returns how many fields it has. Of more than `most` only `most` are written. */
size_t csv_split(const char *line, size_t length, struct csv_field *fields, size_t most);

bool csv_is(const struct csv_field *field, const char *text);

/* A number of 0 or more with at most `decimals` decimals. */
bool csv_decimal(const struct csv_field *field, int decimals, int64_t *number);

/* Copies a field of 1 to size - 1 bytes of letters, digits, - . _ and /; false for another. */
bool csv_name(const struct csv_field *field, char *out, size_t size);

/* A time: nanoseconds since the epoch, or RFC 3339 with T or a space between date and time, in UTC (`Z` or +00:00). In
 * the years 2001 to 2100. */
bool csv_time(const struct csv_field *field, int64_t *time_ns);

#endif
