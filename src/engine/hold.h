/* A hold: for this process trading counts as halted, because of what it sees itself (a stream has vanished or takes
 * nothing more), until the tape says what holds. Pure; one service owns it.
 *
 * A halt belongs on ORDERS, so that it outlives the process and everybody knows of it; but just then ORDERS may be the
 * stream that is not there. So each service holds trading from the moment at which it sees the trouble, and lets go
 * when the trouble is over and a trading state of all accounts (scope `*`) was stored after it began: the halt that the
 * risk service publishes as soon as that is possible. From then on the fold of ORDERS says the same, until a person
 * resumes. */
#ifndef ENGINE_HOLD_H
#define ENGINE_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"
#include "core/stream_trouble.h"

struct hold {
    struct stream_troubles troubles; /* at present */
    unsigned remade;                 /* streams that vanished and were made again; until a person resumes */
    char reason[REASON_SIZE];        /* why trading is held; "": it is not */
    bool unrecorded;                 /* ORDERS does not have the halt yet */
    int64_t since_ns;                /* wall clock: since when it should have it; names the halt */

    unsigned told_full;       /* as hold_full was last told */
    bool halted;              /* what ORDERS says last, of all accounts */
    int64_t newest_stored_ns; /* of all that was folded: the server's clock */
    int64_t began_stored_ns;  /* that, when `unrecorded` began */
    int64_t remade_stored_ns; /* that, when a stream was found to have been made again */
};

/* What is wrong has changed. */
void hold_trouble(struct hold *hold, const struct stream_troubles *troubles, int64_t wall_ns);

/* Which streams refuse messages for want of storage, as the connection has it (connection_status.full_streams). What is
 * read of such a stream later says that it has storage again, also when nobody here tries to publish any more. */
void hold_full(struct hold *hold, unsigned full, int64_t wall_ns);

/* A stream was found to have been made again since it was last read, at this stored time (0: not known). */
void hold_remade(struct hold *hold, const char *stream, int64_t last_stored_ns, int64_t wall_ns);

/* Folds an event of any stream; trading states change the hold. */
void hold_fold(struct hold *hold, const struct event *event);

/* For snapshots, writing and reading: what is folded. The rest is what this process sees itself. */
void hold_pack(struct hold *hold, struct pack *pack);

/* Whether a halt is missing on ORDERS. Also when somebody resumed although the trouble goes on: nobody can resume what
 * cannot work. */
bool hold_asks_for_halt(const struct hold *hold);

#endif
