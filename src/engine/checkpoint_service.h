/* The checkpoints of one service: compared with the tape before it reads, written once a second while it decides. Part
 * of the service loop; its thread alone calls. */
#ifndef ENGINE_CHECKPOINT_SERVICE_H
#define ENGINE_CHECKPOINT_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/checkpoint.h"
#include "core/error.h"
#include "engine/progress.h"
#include "engine/service.h"

struct service_checkpoints {
    const struct service_ops *ops;
    struct tape *tape;
    struct publisher *publisher;
    const struct hold *hold;               /* the service's */
    size_t compared;                       /* inputs whose checkpoint was compared with the tape */
    bool changed[SERVICE_INPUTS_MAX];      /* those that are not the same tape */
    int64_t remade_ns[SERVICE_INPUTS_MAX]; /* of those for which a halt is missing: the stored time of the last read */
    uint64_t found[SERVICE_INPUTS_MAX];    /* the sequence of the checkpoint that the tape has; 0: there is none */
    struct progress progress;
    struct checkpoint written[SERVICE_INPUTS_MAX];
    int64_t due_ns; /* monotonic */
};

/* True until all inputs were compared. Nothing may be read before: what is read soon becomes the next checkpoint. */
bool service_checkpoints_compare_next(const struct service_checkpoints *checkpoints);

/* Compares the next one, and logs an error when the tape became shorter. -1: to be tried again later. Blocks as
 * checkpoint_check does. */
int service_checkpoints_compare(struct service_checkpoints *checkpoints, struct error *error);

/* The service folds everything anew, for `input` is not the same tape any more: all are compared once more. */
void service_checkpoints_start_over(struct service_checkpoints *checkpoints, size_t input);

/* Marks the present place once a second, and writes a marked place that is reached. `next_cookie` as in progress_mark;
 * `complete` false: something that follows from what was folded has not been sent. Returns how many were written. */
size_t service_checkpoints_keep(struct service_checkpoints *checkpoints, uint64_t next_cookie, bool complete,
                                int64_t monotonic_ns);

/* At the end: writes the present place, unless something is not answered. */
size_t service_checkpoints_finish(struct service_checkpoints *checkpoints, uint64_t next_cookie);

#endif
