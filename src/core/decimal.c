/* Decimal text to integers and back, by hand: these run several times for every quote, and a double or a printf in
 * between would cost exactness and a microsecond. */
#include "core/decimal.h"

#include <assert.h>
#include <string.h>

enum { DECIMALS_MAX = 18, MONEY_WHOLE_DIGITS = 22 };

static const uint64_t powers_of_ten[DECIMALS_MAX + 2] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
    10000000000000000000U,
};

/* The pieces of a number's text. Zeros at the end of the fraction are not part of it. */
struct number_text {
    bool negative;
    const char *whole, *fraction;
    size_t whole_digits, fraction_digits;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool split_number(const char *text, size_t length, struct number_text *number)
{
    const char *at = text;
    const char *end = text + length;
    number->negative = at < end && *at == '-';
    at += number->negative;
    number->whole = at;
    while (at < end && is_digit(*at)) {
        at++;
    }
    number->whole_digits = (size_t)(at - number->whole);
    if (number->whole_digits == 0 || (number->whole_digits > 1 && *number->whole == '0')) {
        return false;
    }
    number->fraction = at;
    number->fraction_digits = 0;
    if (at == end) {
        return true;
    }
    if (*at != '.') {
        return false;
    }
    at++;
    number->fraction = at;
    const char *last = at; /* behind the last digit that is not zero */
    while (at < end && is_digit(*at)) {
        at++;
        if (at[-1] != '0') {
            last = at;
        }
    }
    number->fraction_digits = (size_t)(last - number->fraction);
    return at == end && at > number->fraction;
}

/* At most 19 digits, which always fit. */
static uint64_t read_digits(const char *digits, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        value = value * 10 + (uint64_t)(digits[i] - '0');
    }
    return value;
}

bool decimal_parse(const char *text, size_t length, int decimals, int64_t *value)
{
    assert(decimals >= 0 && decimals <= DECIMALS_MAX);
    struct number_text number;
    if (!split_number(text, length, &number) || number.whole_digits > DECIMALS_MAX + 1 ||
        number.fraction_digits > (size_t)decimals) {
        return false;
    }
    uint64_t whole = read_digits(number.whole, number.whole_digits);
    uint64_t fraction =
        read_digits(number.fraction, number.fraction_digits) * powers_of_ten[(size_t)decimals - number.fraction_digits];
    uint64_t magnitude;
    if (__builtin_mul_overflow(whole, powers_of_ten[decimals], &magnitude) ||
        __builtin_add_overflow(magnitude, fraction, &magnitude) || magnitude > INT64_MAX) {
        return false;
    }
    *value = number.negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

bool money_parse(const char *text, size_t length, int128 *value)
{
    const uint128 largest = ((uint128)1 << 127) - 1;
    struct number_text number;
    if (!split_number(text, length, &number) || number.whole_digits > MONEY_WHOLE_DIGITS ||
        number.fraction_digits > MONEY_DECIMALS) {
        return false;
    }
    uint128 whole = 0;
    for (size_t i = 0; i < number.whole_digits; i++) {
        whole = whole * 10 + (uint128)(number.whole[i] - '0');
    }
    uint64_t fraction =
        read_digits(number.fraction, number.fraction_digits) * powers_of_ten[MONEY_DECIMALS - number.fraction_digits];
    if (whole > (largest - fraction) / (uint128)MONEY_ONE) {
        return false;
    }
    uint128 magnitude = whole * (uint128)MONEY_ONE + fraction;
    *value = number.negative ? -(int128)magnitude : (int128)magnitude;
    return true;
}

static uint128 magnitude_of(int128 value)
{
    return value < 0 ? -(uint128)value : (uint128)value;
}

/* Writes `value` to end before `end`, with a comma before each third digit when `grouped`; returns the start. */
static char *write_whole(char *end, uint128 value, bool grouped)
{
    char *at = end;
    int written = 0;
    do {
        /* One 128-bit division yields up to 18 digits. */
        uint64_t chunk = value > UINT64_MAX ? (uint64_t)(value % powers_of_ten[DECIMALS_MAX]) : (uint64_t)value;
        bool last = value <= UINT64_MAX;
        value = last ? 0 : value / powers_of_ten[DECIMALS_MAX];
        for (int i = 0; last ? i == 0 || chunk > 0 : i < DECIMALS_MAX; i++) {
            if (grouped && written > 0 && written % 3 == 0) {
                *--at = ',';
            }
            *--at = (char)('0' + chunk % 10);
            chunk /= 10;
            written++;
        }
    } while (value > 0);
    return at;
}

/* Puts sign, whole part and `digits` digits of the fraction together. */
static size_t write_number(char *text, bool negative, uint128 whole, uint64_t fraction, int digits, bool grouped)
{
    char buffer[DECIMAL_TEXT_SIZE];
    char *end = buffer + sizeof(buffer);
    char *at = end;
    for (int i = 0; i < digits; i++) {
        *--at = (char)('0' + fraction % 10);
        fraction /= 10;
    }
    if (digits > 0) {
        *--at = '.';
    }
    at = write_whole(at, whole, grouped);
    if (negative) {
        *--at = '-';
    }
    size_t length = (size_t)(end - at);
    memcpy(text, at, length);
    text[length] = '\0';
    return length;
}

static size_t write_shortest(char *text, bool negative, uint128 whole, uint64_t fraction, int decimals)
{
    if (fraction == 0) {
        return write_number(text, negative, whole, 0, 0, false);
    }
    while (fraction % 10 == 0) {
        fraction /= 10;
        decimals--;
    }
    return write_number(text, negative, whole, fraction, decimals, false);
}

size_t decimal_format(char *text, int64_t value, int decimals)
{
    assert(decimals >= 0 && decimals <= DECIMALS_MAX);
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    uint64_t one = powers_of_ten[decimals];
    return write_shortest(text, value < 0, magnitude / one, magnitude % one, decimals);
}

size_t money_format(char *text, int128 value)
{
    uint128 magnitude = magnitude_of(value);
    uint128 one = (uint128)MONEY_ONE;
    return write_shortest(text, value < 0, magnitude / one, (uint64_t)(magnitude % one), MONEY_DECIMALS);
}

static size_t format_fixed(char *text, int128 value, int decimals, int shown, bool grouped)
{
    assert(decimals >= 0 && decimals <= DECIMALS_MAX && shown >= 0 && shown <= decimals);
    int128 rounded = divide_half_even(value, (int128)powers_of_ten[decimals - shown]);
    uint128 magnitude = magnitude_of(rounded);
    uint64_t one = powers_of_ten[shown];
    return write_number(text, rounded < 0, magnitude / one, (uint64_t)(magnitude % one), shown, grouped);
}

size_t decimal_format_fixed(char *text, int64_t value, int decimals, int shown, bool grouped)
{
    return format_fixed(text, value, decimals, shown, grouped);
}

size_t money_format_fixed(char *text, int128 value, int shown, bool grouped)
{
    return format_fixed(text, value, MONEY_DECIMALS, shown, grouped);
}

int128 divide_half_even(int128 value, int128 divisor)
{
    assert(divisor != 0);
    uint128 numerator = magnitude_of(value);
    uint128 denominator = magnitude_of(divisor);
    uint128 quotient = numerator / denominator;
    uint128 left = numerator % denominator;
    uint128 missing = denominator - left; /* compared with `left`, for 2 * left could overflow */
    if (left > missing || (left == missing && (quotient & 1) != 0)) {
        quotient++;
    }
    bool negative = (value < 0) != (divisor < 0);
    assert(negative || quotient >> 127 == 0);
    return negative ? (int128)-quotient : (int128)quotient;
}
