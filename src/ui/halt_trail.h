/* What became of the last halt or flatten, step by step, each with the ORDERS sequence that proves it: a fold of ORDERS
 * beside the order book. Pure; one thread owns it. */
#ifndef UI_HALT_TRAIL_H
#define UI_HALT_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/orders.h"

enum { HALT_TRAIL_STEPS = 8 };

struct halt_step {
    enum state_step step;
    uint64_t sequence;   /* where it stands in ORDERS */
    uint64_t orders_seq; /* up to where ORDERS was read when it was found so */
    char note[REASON_SIZE];
};

/* All zero: nothing was halted yet. */
struct halt_trail {
    struct state_change request; /* by a person or a rule */
    uint64_t sequence;           /* where it stands: what is accepted behind it does not exist; 0: no trail */
    uint32_t worked;             /* orders of its scope that were not done then */
    uint32_t cancelled, ended;   /* of those: how many were cancelled since, and are done at all */
    uint64_t ended_sequence;     /* of the last of them */
    uint64_t read_sequence;      /* up to here ORDERS was read */
    bool is_over;                /* somebody changed the state of its scope again */
    struct halt_step steps[HALT_TRAIL_STEPS]; /* that the order checks found; of several waits the last */
    int step_count;
};

/* After the book folded the event, with what that gave. */
void halt_trail_fold(struct halt_trail *trail, const struct order_book *book, const struct event *event,
                     enum fold_result result);

/* Orders of the scope that are not done now. */
uint32_t halt_trail_working(const struct halt_trail *trail, const struct order_book *book);

/* The step; NULL when it was not reached yet. */
const struct halt_step *halt_trail_step(const struct halt_trail *trail, enum state_step step);

#endif
