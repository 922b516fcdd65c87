/* What the tape tells of halts and flattens, looked at by a fold of ORDERS from its first message: how long they took,
 * and whether they held. */
#ifndef TESTS_FAULTS_HALT_STORY_H
#define TESTS_FAULTS_HALT_STORY_H

#include <stddef.h>
#include <stdint.h>

#include "bus/tape.h"

struct halt_story {
    uint64_t halts, flattens;              /* asked for */
    uint64_t stopped, flat;                /* proved */
    uint64_t behind;                       /* requests for orders that stand behind a halt, and are no closing orders */
    uint64_t closing;                      /* closing orders */
    uint64_t in_flight;                    /* acceptances and fills of earlier orders between a halt and its proof */
    uint64_t most_working, most_positions; /* when one was asked for */
    int64_t longest_stop_ns, longest_flat_ns; /* between the stored times of the request and the proof */
    /* What may not be */
    uint64_t traded; /* acceptances and fills of orders that were asked for behind a halt */
    uint64_t late;   /* of earlier ones, behind the proof */
    uint64_t working_when_stopped, open_when_flat;
    uint64_t working, positions; /* at the end */
};

/* Reads ORDERS to its present end; fails the test when it cannot. */
struct halt_story halt_story_read(struct tape *tape);

void halt_story_print(const struct halt_story *story);

#endif
