/* School arithmetic on limbs of 64 bits: signs are taken off first and put back last, so that rounding treats a long
 * and a short position alike. */
#include "engine/wide.h"

#include <assert.h>

#define WHOLE_MAX ((int128)(((uint128)1 << 127) - 1))
#define HALF      (UINT64_C(1) << 63)

enum { WIDE_LIMBS = 3, PRODUCT_LIMBS = 4 };

static uint64_t magnitude_of(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

/* The absolute value in limbs, the lowest (the fraction) first. Returns whether the value is negative. */
static bool to_limbs(struct wide value, uint64_t limbs[WIDE_LIMBS])
{
    bool negative = value.whole < 0;
    uint128 whole = (uint128)value.whole;
    uint64_t fraction = value.fraction;
    if (negative) {
        fraction = -fraction;
        whole = ~whole + (fraction == 0);
    }
    limbs[0] = fraction;
    limbs[1] = (uint64_t)whole;
    limbs[2] = (uint64_t)(whole >> 64);
    return negative;
}

/* The other way round. The magnitude is below 2^127. */
static struct wide from_limbs(const uint64_t limbs[WIDE_LIMBS], bool negative)
{
    uint128 whole = (uint128)limbs[2] << 64 | limbs[1];
    uint64_t fraction = limbs[0];
    if (negative) {
        fraction = -fraction;
        whole = ~whole + (fraction == 0);
    }
    return (struct wide){.whole = (int128)whole, .fraction = fraction};
}

static void multiply_limbs(const uint64_t limbs[WIDE_LIMBS], uint64_t factor, uint64_t product[PRODUCT_LIMBS])
{
    uint64_t carry = 0;
    for (int i = 0; i < WIDE_LIMBS; i++) {
        uint128 step = (uint128)limbs[i] * factor + carry;
        product[i] = (uint64_t)step;
        carry = (uint64_t)(step >> 64);
    }
    product[WIDE_LIMBS] = carry;
}

/* Divides in place and returns the remainder. The high limbs are mostly 0 or smaller than the divisor, and a division
 * of 64 bits takes a fraction of the time of one of 128. */
static uint64_t divide_limbs(uint64_t *limbs, int count, uint64_t divisor)
{
    uint64_t left = 0;
    for (int i = count - 1; i >= 0; i--) {
        if (left == 0) {
            left = limbs[i] % divisor;
            limbs[i] /= divisor;
            continue;
        }
        uint128 step = (uint128)left << 64 | limbs[i];
        limbs[i] = (uint64_t)(step / divisor);
        left = (uint64_t)(step % divisor);
    }
    return left;
}

static void add_one(uint64_t *limbs, int count)
{
    for (int i = 0; i < count && ++limbs[i] == 0; i++) {
    }
}

/* Sums are formed from the fractions up; a whole at either end of its range is left out, so that rounding it up or
 * changing its sign still fits. */
bool wide_add_overflows(struct wide a, struct wide b, struct wide *sum)
{
    uint64_t fraction;
    int128 carry = __builtin_add_overflow(a.fraction, b.fraction, &fraction);
    int128 whole;
    if (__builtin_add_overflow(a.whole, b.whole, &whole) || __builtin_add_overflow(whole, carry, &whole) ||
        whole == WHOLE_MAX || whole <= -WHOLE_MAX)
        return true;
    *sum = (struct wide){.whole = whole, .fraction = fraction};
    return false;
}

bool wide_subtract_overflows(struct wide a, struct wide b, struct wide *difference)
{
    uint64_t limbs[WIDE_LIMBS];
    bool negative = to_limbs(b, limbs);
    if (limbs[2] >> 63 != 0)
        return true;
    return wide_add_overflows(a, from_limbs(limbs, !negative), difference);
}

bool wide_multiply_overflows(struct wide value, int64_t factor, struct wide *product)
{
    uint64_t limbs[WIDE_LIMBS], result[PRODUCT_LIMBS];
    bool negative = to_limbs(value, limbs) != (factor < 0);
    multiply_limbs(limbs, magnitude_of(factor), result);
    if (result[3] != 0 || result[2] >> 63 != 0)
        return true;
    struct wide wide = from_limbs(result, negative);
    if (wide.whole == WHOLE_MAX || wide.whole <= -WHOLE_MAX)
        return true;
    *product = wide;
    return false;
}

struct wide wide_share(struct wide value, uint64_t numerator, uint64_t denominator)
{
    assert(denominator != 0 && numerator <= denominator);
    uint64_t limbs[WIDE_LIMBS], product[PRODUCT_LIMBS];
    bool negative = to_limbs(value, limbs);
    multiply_limbs(limbs, numerator, product);
    uint64_t left = divide_limbs(product, PRODUCT_LIMBS, denominator);
    uint64_t missing = denominator - left; /* compared with `left`, for 2 * left could overflow */
    if (left > missing || (left == missing && (product[0] & 1) != 0))
        add_one(product, WIDE_LIMBS);
    assert(product[3] == 0);
    return from_limbs(product, negative);
}

int128 wide_round(struct wide value)
{
    bool up = value.fraction > HALF || (value.fraction == HALF && (value.whole & 1) != 0);
    assert(!up || value.whole < WHOLE_MAX);
    return value.whole + up;
}

int128 wide_divide(struct wide value, int64_t divisor)
{
    assert(divisor != 0);
    uint64_t limbs[WIDE_LIMBS];
    bool negative = to_limbs(value, limbs) != (divisor < 0);
    uint64_t left = divide_limbs(limbs, WIDE_LIMBS, magnitude_of(divisor));
    /* limbs[0] and what is left of the division behind it decide the rounding. */
    bool above_half = limbs[0] > HALF || (limbs[0] == HALF && left != 0);
    bool tie = limbs[0] == HALF && left == 0;
    if (above_half || (tie && (limbs[1] & 1) != 0))
        add_one(limbs + 1, WIDE_LIMBS - 1);
    uint128 whole = (uint128)limbs[2] << 64 | limbs[1];
    return negative ? (int128)-whole : (int128)whole;
}
