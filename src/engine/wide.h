/* Exact arithmetic wider than money: what a position's cost needs to lose nothing that could ever be shown.
 *
 * A wide number is money (1e-17) with a binary fraction of 2^-64 of that behind it: thirds do not end there either,
 * but their error is 1e-36 of a unit of currency. Pure; any thread may call. */
#ifndef ENGINE_WIDE_H
#define ENGINE_WIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decimal.h"

/* whole + fraction / 2^64, for negative numbers too: `whole` is the floor. */
struct wide {
    int128 whole;
    uint64_t fraction;
};

static inline struct wide wide_of(int128 money)
{
    return (struct wide){.whole = money};
}

static inline bool wide_is_zero(struct wide value)
{
    return value.whole == 0 && value.fraction == 0;
}

/* The largest sum of money: far from where a difference of two of them would not fit. */
#define MONEY_LARGEST ((int128)1 << 124)

/* Money held between the largest sums, so that sums over positions saturate. */
static inline int128 money_bounded(int128 money)
{
    return money > MONEY_LARGEST ? MONEY_LARGEST : money < -MONEY_LARGEST ? -MONEY_LARGEST : money;
}

/* Checked: true when the result does not fit. A result that fits can be rounded: its whole is below the largest. */
bool wide_add_overflows(struct wide a, struct wide b, struct wide *sum);
bool wide_subtract_overflows(struct wide a, struct wide b, struct wide *difference);
bool wide_multiply_overflows(struct wide value, int64_t factor, struct wide *product);

/* value * numerator / denominator, rounded to the nearest (ties to even) in the last place of the fraction.
 * numerator <= denominator, so that it always fits; denominator is not 0. */
struct wide wide_share(struct wide value, uint64_t numerator, uint64_t denominator);

/* Rounded half-even to money. */
int128 wide_round(struct wide value);

/* value / divisor rounded half-even to a whole number; divisor is not 0. */
int128 wide_divide(struct wide value, int64_t divisor);

#endif
