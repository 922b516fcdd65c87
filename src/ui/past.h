/* What the tape has of an instrument from before the screen followed it: which stretch of it is to be read. */
#ifndef UI_PAST_H
#define UI_PAST_H

#include <stdint.h>

#include "core/quote.h"

struct past_wish {
    char exchange[EXCHANGE_SIZE], symbol[SYMBOL_SIZE];
    int64_t from_ns;      /* stored time */
    uint64_t to_sequence; /* of MARKET_DATA, the last one */
};

#endif
