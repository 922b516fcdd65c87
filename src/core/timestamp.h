/* Time as text: int64 nanoseconds since the epoch, UTC, written `2026-11-23T14:30:00.123456789Z`. Pure. */
#ifndef CORE_TIMESTAMP_H
#define CORE_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS     INT64_C(1000000)
#define NS_PER_US     INT64_C(1000)
#define NS_PER_DAY    (INT64_C(86400) * NS_PER_SECOND)

enum { TIMESTAMP_TEXT_SIZE = 40 };

/* Reads `YYYY-MM-DDThh:mm:ss[.d{1,9}][Z]`; without Z it is UTC too. False for anything else: other separators,
 * offsets, days a month does not have, and years outside 1678 to 2261, which nanoseconds cannot hold. */
bool timestamp_parse(const char *text, size_t length, int64_t *time_ns);

/* Writes all 9 decimals and Z; returns the length. `text` has TIMESTAMP_TEXT_SIZE bytes. */
size_t timestamp_format(char *text, int64_t time_ns);

/* Writes `hh:mm:ss` of the UTC day; returns the length. */
size_t timestamp_format_clock(char *text, int64_t time_ns);

/* The start of a UTC day by its date, month and day from 1 and in range; and the year that a time is in. */
int64_t timestamp_of_date(int year, int month, int day);
int timestamp_year(int64_t time_ns);

/* The start of the UTC day that holds `time_ns`. */
int64_t timestamp_day_start(int64_t time_ns);

#endif
