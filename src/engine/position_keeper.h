/* The rule of the positions service: folds ORDERS into positions and proposes what POSITIONS does not have yet. Pure;
 * one thread owns a keeper.
 *
 * For every fill that applies there is one position on the tape, named by (epoch, orders_seq). The epoch starts at 1
 * and grows when the published positions tell of fills that the tape no longer has: then it was shortened and
 * sequences are used again, and every position is published once more. */
#ifndef ENGINE_POSITION_KEEPER_H
#define ENGINE_POSITION_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/instrument.h"
#include "core/pack.h"
#include "engine/positions.h"
#include "engine/proposals.h"

struct position_keeper;

/* `instruments` must outlive the keeper. */
struct position_keeper *position_keeper_create(const struct instruments *instruments, enum position_method method);
void position_keeper_destroy(struct position_keeper *keeper); /* NULL is allowed */

/* Folds an event of POSITIONS (own outputs, folded before the first of ORDERS) or of ORDERS. When ORDERS no longer
 * starts at 1, the published positions are taken up again first. */
enum position_fold position_keeper_fold(struct position_keeper *keeper, const struct event *event);

/* To be called after own outputs were folded and before the first of ORDERS: it is known from elsewhere that the tape
 * is not the one that the published positions tell of. The next epoch begins, behind theirs and behind `last_epoch` (0:
 * none is known), which counts when POSITIONS itself has lost them; it begins once, though the fills may say the same.
 * A published position without any fill on the tape is proposed as flat. */
void position_keeper_change_tape(struct position_keeper *keeper, uint64_t last_epoch);

/* Proposes the position after the fill just folded, unless it was published; with NULL every position that was not. */
void position_keeper_decide(const struct position_keeper *keeper, const struct event *event, int64_t wall_ns,
                            struct proposals *out);

/* For snapshots; into a fresh keeper, before anything is folded. -1: what was read cannot be. */
void position_keeper_save(const struct position_keeper *keeper, struct pack *pack);
int position_keeper_load(struct position_keeper *keeper, struct pack *pack);

const struct positions *position_keeper_positions(const struct position_keeper *keeper);
uint64_t position_keeper_epoch(const struct position_keeper *keeper);
/* True when ORDERS did not reach back to its start and the positions began from what was published. */
bool position_keeper_restored(const struct position_keeper *keeper);

#endif
