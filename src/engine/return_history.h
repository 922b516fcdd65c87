/* The returns of all instruments in steps of one length: what value at risk is measured from. Pure; one thread owns a
 * history.
 *
 * The owner marks the latest price of each instrument and ends the steps. An instrument that was not marked in a step
 * counts as unmoved in it; a step in which nothing was marked is none, and the move across such a pause, or across a
 * restart, is left out: it says nothing about a step. */
#ifndef ENGINE_RETURN_HISTORY_H
#define ENGINE_RETURN_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "core/pack.h"
#include "core/quote.h"

enum { RETURN_STEPS = 360 };

/* Returns are kept in 1e-12: exact on every machine, and finer than any price. */
#define RETURN_ONE INT64_C(1000000000000)

struct return_series {
    char exchange[EXCHANGE_SIZE], symbol[SYMBOL_SIZE];
    int64_t latest;               /* price, as last marked; 0: not since a pause or restart */
    int64_t base;                 /* price at the end of the last step; 0: none */
    size_t count;                 /* returns it has, at most RETURN_STEPS */
    int64_t values[RETURN_STEPS]; /* a ring, in which `next` of the history is where the next one goes */
};

struct return_history;

struct return_history *return_history_create(void);
void return_history_destroy(struct return_history *history); /* NULL is allowed */

/* The series of an instrument, made when it is new: it never moves. */
struct return_series *return_history_series(struct return_history *history, const char *exchange, const char *symbol);

/* The price now; what is not above 0 is not taken. */
void return_history_mark(struct return_history *history, struct return_series *series, int64_t price);

/* Ends a step. */
void return_history_step(struct return_history *history);

/* Nothing was measured for a while: the next returns begin at the prices that are marked next. */
void return_history_pause(struct return_history *history);

/* A return in 1e-12, `back` steps ago: 0 is that of the last step; back < series->count. */
int64_t return_history_at(const struct return_history *history, const struct return_series *series, size_t back);

/* For snapshots; into a fresh history. -1: what was read cannot be. */
void return_history_save(const struct return_history *history, struct pack *pack);
int return_history_load(struct return_history *history, struct pack *pack);

#endif
