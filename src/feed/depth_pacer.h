/* Lets the depth of each instrument through at most so often: the latest waits, and replaces older ones. What says the
 * same as before does not pass again. Numbers what leaves. Pure but for the callback; one thread owns a pacer. */
#ifndef FEED_DEPTH_PACER_H
#define FEED_DEPTH_PACER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/depth.h"

struct depth_pacer;

struct depth_pacer_options {
    const char *source;  /* goes into the messages, copied */
    uint32_t per_second; /* for each instrument, from 1 to 1,000,000 */
    /* Hands a depth on, with its seq (per instrument from 1, without holes). False when there is no room now: it is
     * handed on later, or replaced. */
    bool (*send)(void *context, const struct depth *depth);
    void *context;
};

/* Never NULL: aborts when memory is out. */
struct depth_pacer *depth_pacer_create(const struct depth_pacer_options *options);
void depth_pacer_destroy(struct depth_pacer *pacer); /* NULL is allowed */

/* The levels of an instrument are now these; seq and source do not matter. */
void depth_pacer_put(struct depth_pacer *pacer, const struct depth *depth);

/* Hands on what may leave at this monotonic time; returns when there will be more, INT64_MAX when nothing waits. With
 * NULL for a pacer there is nothing. */
int64_t depth_pacer_hand_on(struct depth_pacer *pacer, int64_t now_ns);

#endif
