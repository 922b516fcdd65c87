/* Positions: a fold of the fills of ORDERS. Pure; one thread owns a table.
 *
 * For each account and symbol the table keeps, without the multiplier m and without rounding:
 *
 *   q     signed quantity                              1e-8
 *   cash  the sum of -d*p over all fills (d signed)    1e-17, exact
 *   cost  the sum of d*p of what is open               1e-17 and a binary fraction of 2^-64 of that (engine/wide.h)
 *
 * and derives realized = (cash + cost) * m. A fill on the same side moves d*p from cash to cost, so it realizes
 * nothing; a closing fill of c takes the share c/|q| out of cost, which is sgn(q)*c*(p - a)*m realized, a = cost/q
 * being the average price (average cost), or takes the oldest lots out (FIFO); at zero the whole remaining cost
 * leaves. So realized + unrealized = cash*m + q*mark*m holds by construction, to the last digit, for both methods:
 * realized is rounded half-even when it is read out, and unrealized is what the identity leaves for it. */
#ifndef ENGINE_POSITIONS_H
#define ENGINE_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/instrument.h"
#include "core/pack.h"
#include "engine/wide.h"

enum position_method { POSITION_AVERAGE_COST, POSITION_FIFO };

/* `average_cost` or `fifo`; false for another name. */
bool position_method_from_name(const char *name, enum position_method *method);

enum position_fold {
    POSITION_APPLIED,
    POSITION_DUPLICATE, /* a fill whose number is not above the order's last one; counted */
    POSITION_GAP,       /* one is missing before it: not applied; counted */
    POSITION_OVERFLOW,  /* quantity, cost, cash, profit or fees would not fit: not applied; counted */
    POSITION_INVALID,   /* not a fill: no side, no quantity, an execution id that is not its order's; counted */
    POSITION_IGNORED,   /* another kind of event */
};

/* The position of one symbol in one account; read only. Quantities in 1e-8, prices in 1e-9, money in 1e-17. */
struct position {
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    char exchange[EXCHANGE_SIZE]; /* of the last fill */
    char currency[CURRENCY_SIZE];
    int64_t multiplier;
    int64_t quantity;
    struct wide cost;
    int128 cash;
    int128 fees;         /* all fees paid, rebates negative */
    int128 closing_fees; /* of them, those of what closed: a flip splits its fee pro rata */
    int64_t last_price;
    char execution_id[ID_SIZE + 12]; /* of the last fill */
    uint64_t orders_seq;             /* and its ORDERS sequence */
    int64_t timestamp_ns;
    size_t index; /* its place in the table, for arrays beside it */
};

struct position_counts {
    uint64_t applied, duplicates, gaps, overflows, invalid;
};

struct positions;

/* `instruments` gives multiplier and currency (those of the symbol's primary exchange; 1 and the fee's currency for a
 * symbol that is not in it) and must outlive the table. */
struct positions *positions_create(const struct instruments *instruments, enum position_method method);
void positions_destroy(struct positions *positions); /* NULL is allowed */

/* Folds one event of ORDERS; events are given in stream order. */
enum position_fold positions_fold(struct positions *positions, const struct event *event);

/* Takes a position up again from its last published state, when ORDERS no longer reaches back to its first fill; fills
 * at or below its orders_seq are then only counted. Its lots are not published: first in, first out goes on with one
 * lot at the average price. False when it does not fit, or the symbol already has fills. */
bool positions_restore(struct positions *positions, const struct position_event *event);

/* NULL when there was no fill. The position is the table's and never moves. */
const struct position *positions_find(const struct positions *positions, const char *account, const char *symbol);
size_t positions_count(const struct positions *positions);
/* By index, in the order of their first fills; 0 <= index < count. */
const struct position *positions_at(const struct positions *positions, size_t index);
struct position_counts positions_counts(const struct positions *positions);

/* For snapshots; into a fresh table of the same method. Multipliers come from the instruments, as for new positions.
 * -1: what was read cannot be, and the table is good for nothing but destroying. A new field of struct position goes
 * into pack_position (positions.c), and raises the version of the section there. */
void positions_save(const struct positions *positions, struct pack *pack);
int positions_load(struct positions *positions, struct pack *pack);

/* (cash + cost) * m, rounded half-even. */
int128 position_realized(const struct position *position);
/* cost / quantity, rounded half-even to a price; 0 when flat. */
int64_t position_average_price(const struct position *position);
/* q*mark*m - cost*m, such that realized + unrealized is cash*m + q*mark*m. False when it does not fit. */
bool position_unrealized(const struct position *position, int64_t mark, int128 *unrealized);
/* The position as the tape carries it. */
struct position_event position_to_event(const struct position *position, uint64_t epoch, int64_t timestamp_ns);

#endif
