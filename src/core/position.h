/* A position after a fill, as `positions.<account>.<instrument>` carries it. */
#ifndef CORE_POSITION_H
#define CORE_POSITION_H

#include <stdint.h>

#include "core/quote.h"

/* quantity is signed (negative is short); cost is the sum of signed quantity times price, without the multiplier, of
 * what is still open, rounded half-even to 1e-17; cost_fraction is what that rounding left out, in 2^-64 of 1e-17
 * (two's complement), so that the exact cost can be taken up again. Money in 1e-17. */
struct position_event {
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    int64_t quantity;
    int64_t average_price; /* cost / quantity, rounded half-even to 1e-9; 0 when flat */
    int128 cost;
    int64_t cost_fraction;
    int128 realized_pnl; /* without fees */
    int128 fees;
    char currency[CURRENCY_SIZE];
    uint64_t epoch;
    uint64_t orders_seq; /* ORDERS sequence of the last fill in it */
    int64_t last_price;  /* DECIMAL_NONE when absent */
    char execution_id[ID_SIZE + 12];
    int64_t timestamp_ns;
};

#endif
