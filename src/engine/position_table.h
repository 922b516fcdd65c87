/* The positions as they were published: a fold of the stream POSITIONS, and what can be said about one such position.
 * Pure; one thread owns a table. */
#ifndef ENGINE_POSITION_TABLE_H
#define ENGINE_POSITION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"
#include "engine/wide.h"

struct position_table;

struct position_table *position_table_create(void);
void position_table_destroy(struct position_table *table); /* NULL is allowed */

/* Folds one event of POSITIONS. A position whose (epoch, orders_seq) is not above the one that is known changes
 * nothing. Returns whether it counted. */
bool position_table_fold(struct position_table *table, const struct event *event);

/* NULL when none was published. The position is the table's and never moves. */
const struct position_event *position_table_find(const struct position_table *table, const char *account,
                                                 const char *symbol);
size_t position_table_count(const struct position_table *table);
/* By index, in the order they were first seen; 0 <= index < count. */
const struct position_event *position_table_at(const struct position_table *table, size_t index);

/* When the stream stored it; 0 when none was published. */
int64_t position_table_stored_ns(const struct position_table *table, const char *account, const char *symbol);

/* The highest epoch seen; 0 when nothing was published. */
uint64_t position_table_epoch(const struct position_table *table);

/* For snapshots; into a fresh table. -1: what was read cannot be. */
void position_table_save(const struct position_table *table, struct pack *pack);
int position_table_load(struct position_table *table, struct pack *pack);

/* True when the position stands at or above this point of the tape. */
bool position_event_reaches(const struct position_event *position, uint64_t epoch, uint64_t orders_seq);

/* The exact cost, from `cost` and `cost_fraction`, and the other way round: `cost` is rounded half-even, which leaves
 * at most half a unit of 1e-17 either way. 2^63 of 2^-64, half a unit, does not fit the fraction; INT64_MAX stands for
 * it, and positions never have the cost that would otherwise be written so (position_cost_settle). */
struct wide position_event_cost(const struct position_event *position);
void position_event_set_cost(struct position_event *position, struct wide cost);
struct wide position_cost_settle(struct wide cost);

/* (quantity * mark - cost) * multiplier, rounded half-even. False when it does not fit. */
bool position_event_unrealized(const struct position_event *position, int64_t mark, int64_t multiplier,
                               int128 *unrealized);
/* quantity * mark * multiplier. False when it does not fit. */
bool position_event_value(const struct position_event *position, int64_t mark, int64_t multiplier, int128 *value);

#endif
