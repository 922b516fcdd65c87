/* Fills for the tests of positions, and exact fractions to compare with. */
#ifndef TESTS_ENGINE_FILLS_H
#define TESTS_ENGINE_FILLS_H

#include "core/event.h"
#include "core/instrument.h"

/* Execution `number` of an order of account A, at this place of ORDERS. Fee MONEY_NONE: none. */
struct event fill_event(const char *order_id, uint32_t number, const char *symbol, enum side side, int64_t quantity,
                        int64_t price, int128 fee, uint64_t sequence);

/* A table that has only `symbol`, with this multiplier. */
void fills_instruments(struct instruments *table, const char *symbol, int64_t multiplier);

struct fraction {
    int64_t numerator, denominator;
};

/* The fraction in units of 1 / one, rounded half-even. */
int128 fraction_in(struct fraction fraction, int128 one);

/* Fails, naming both numbers, unless they are equal. */
void assert_money(int128 found, int128 expected, const char *what);

#endif
