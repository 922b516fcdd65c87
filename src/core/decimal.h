/* Exact decimal numbers: prices, quantities and money.
 *
 *   price     int64_t in 1e-9   (at most 9 decimals, up to about 9.2e9)
 *   quantity  int64_t in 1e-8   (at most 8 decimals, up to about 9.2e10)
 *   money     int128 in 1e-17   (the exact product of a price and a quantity)
 *
 * Pure; any thread may call. Numbers never pass through a double on their way in or out. */
#ifndef CORE_DECIMAL_H
#define CORE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

enum { PRICE_DECIMALS = 9, QUANTITY_DECIMALS = 8, MONEY_DECIMALS = PRICE_DECIMALS + QUANTITY_DECIMALS };

#define PRICE_ONE    INT64_C(1000000000)
#define QUANTITY_ONE INT64_C(100000000)
#define MONEY_ONE    ((int128)PRICE_ONE * QUANTITY_ONE)

/* A price or quantity that is not known: an optional field that a message did not carry. Never a valid value. */
#define DECIMAL_NONE INT64_MIN
/* The same for money. */
#define MONEY_NONE ((int128)((uint128)1 << 127))

/* Large enough for any money with sign, point and terminator. */
enum { DECIMAL_TEXT_SIZE = 64 };

/* Reads `[-]digits[.digits]` (the JSON number grammar without an exponent; leading zeros are refused, as there) of
 * `length` bytes as a number of `decimals` decimals (0 to 18). False when the text has another form, more decimals
 * than that which are not zero, or does not fit. `value` is written only on success and is never DECIMAL_NONE. */
bool decimal_parse(const char *text, size_t length, int decimals, int64_t *value);
bool money_parse(const char *text, size_t length, int128 *value);

/* Writes the shortest exact text (no trailing zeros, no exponent, "-0" never) and returns its length. `text` has
 * DECIMAL_TEXT_SIZE bytes and is terminated. */
size_t decimal_format(char *text, int64_t value, int decimals);
size_t money_format(char *text, int128 value);

/* Writes a number for people: rounded half-even to `shown` decimals (0 to `decimals`), always with that many. With
 * `grouped`, thousands are separated by commas. Returns the length. */
size_t decimal_format_fixed(char *text, int64_t value, int decimals, int shown, bool grouped);
size_t money_format_fixed(char *text, int128 value, int shown, bool grouped);

/* value / divisor rounded half-even; `divisor` is not 0. */
int128 divide_half_even(int128 value, int128 divisor);

/* price * quantity, which always fits. */
static inline int128 money_of(int64_t price, int64_t quantity)
{
    return (int128)price * quantity;
}

/* Checked arithmetic: true when the result does not fit, as the compiler's builtins. */
static inline bool money_add_overflows(int128 a, int128 b, int128 *sum)
{
    return __builtin_add_overflow(a, b, sum);
}

static inline bool money_multiply_overflows(int128 a, int64_t b, int128 *product)
{
    return __builtin_mul_overflow(a, (int128)b, product);
}

/* For drawing and statistics only, never for what is kept or written. */
static inline double price_to_double(int64_t price)
{
    return (double)price / 1e9;
}

static inline double quantity_to_double(int64_t quantity)
{
    return (double)quantity / 1e8;
}

static inline double money_to_double(int128 money)
{
    return (double)money / 1e17;
}

#endif
