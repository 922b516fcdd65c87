/* Lets the depth of each instrument through at most so often: the latest waits, and replaces older ones. What says the
 * same as before does not pass again. Numbers what leaves. Pure; one thread owns a pacer. */
#ifndef FEED_DEPTH_PACER_H
#define FEED_DEPTH_PACER_H

#include <stdint.h>

#include "core/depth.h"

struct depth_pacer;

/* `per_second`: for each instrument, from 1 to 1,000,000. Never NULL: aborts when memory is out. */
struct depth_pacer *depth_pacer_create(uint32_t per_second);
void depth_pacer_destroy(struct depth_pacer *pacer); /* NULL is allowed */

/* The levels of an instrument are now these. */
void depth_pacer_put(struct depth_pacer *pacer, const struct depth *depth);

/* One that may leave at this monotonic time, with its seq (per instrument from 1, without holes); NULL when there is
 * none. Good until the next call of put or pop. */
const struct depth *depth_pacer_first(struct depth_pacer *pacer, int64_t now_ns);
/* It has left. */
void depth_pacer_pop(struct depth_pacer *pacer, int64_t now_ns);

/* When the next one may leave: INT64_MAX when none waits, INT64_MIN when one may that never did. */
int64_t depth_pacer_due_ns(const struct depth_pacer *pacer);

#endif
