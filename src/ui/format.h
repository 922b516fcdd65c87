/* Numbers as people read them on the screen. Pure; every function writes a terminated text that fits FORMAT_SIZE.
 *
 * What is not known is an empty text here; the widget shows its dash. A number that does not fit its column loses its
 * commas first, then decimals, and is never cut at the left. */
#ifndef UI_FORMAT_H
#define UI_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decimal.h"

enum { FORMAT_SIZE = DECIMAL_TEXT_SIZE + 8 };

/* A price with `decimals` decimals in at most `cols` columns. */
void format_price(char text[FORMAT_SIZE], int64_t price, int decimals, int cols);

/* A size or volume in at most `cols` columns: whole numbers whole, small ones with the decimals that fit (at most
 * `decimals`), large ones as 12.3k, 4.56M. */
void format_size(char text[FORMAT_SIZE], int64_t quantity, int decimals, int cols);

/* A volume, which grows all day: as a size with at most two decimals, from 100,000 on shortened (123k, 4.56M). */
void format_volume(char text[FORMAT_SIZE], int64_t volume, int decimals, int cols);

/* A quantity, exact; `sign` puts + before what is above 0. */
void format_quantity(char text[FORMAT_SIZE], int64_t quantity, int decimals, bool sign);

/* Money rounded half-even to `decimals`; `sign` as above. */
void format_money(char text[FORMAT_SIZE], int128 money, int decimals, bool sign);

/* The same in at most `cols` columns: loses its decimals, then its last thousands (12.3M), when it is too large. */
void format_money_in(char text[FORMAT_SIZE], int128 money, int decimals, bool sign, int cols);

/* How old: 0.1 to 9.9, then whole seconds, from 100 s on 2m, 3h, 4d. */
void format_age(char text[FORMAT_SIZE], int64_t age_ns);

/* A duration in milliseconds with three decimals, without its unit: 0.412, 1,234.567. */
void format_ms(char text[FORMAT_SIZE], int64_t duration_ns);

/* The time of day in UTC to the microsecond: 14:30:05.123456. */
void format_instant(char text[FORMAT_SIZE], int64_t time_ns);

/* A change in percent with two decimals and its sign: +0.42; 0.00 has none. */
void format_percent(char text[FORMAT_SIZE], int64_t price, int64_t reference);

/* 1,420 up to 99,999, then 123k, 4.5M, 6.7G. */
void format_count(char text[FORMAT_SIZE], uint64_t count);

/* Bytes in KB, without the unit: 0.4, 9.8, 37, 1,234. */
void format_kilobytes(char text[FORMAT_SIZE], uint64_t bytes);

/* 812 B, 1.4 KB, 23 MB, 1.2 GB (powers of 1000). */
void format_bytes(char text[FORMAT_SIZE], uint64_t bytes);

#endif
