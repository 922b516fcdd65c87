/* Where the quotes of a feed leave: has them normalised, and keeps the latest of each instrument while there is no room
 * for it. One thread owns an outlet. */
#ifndef FEED_OUTLET_H
#define FEED_OUTLET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/quote.h"

struct outlet_counts {
    uint64_t published;  /* quotes handed on */
    uint64_t held_back;  /* messages before both sides of their instrument had existed */
    uint64_t conflated;  /* quotes that were replaced by a newer one while they waited for room */
    uint64_t duplicates; /* messages dropped, see normaliser.h */
    uint64_t outliers;   /* quotes flagged as such, likewise */
};

struct outlet;

/* `source` goes into the quotes, copied. `send` hands a quote on: false when there is no room now. Never NULL: aborts
 * when memory is out. */
struct outlet *outlet_create(const char *source, bool (*send)(void *context, const struct quote *quote), void *context);
void outlet_destroy(struct outlet *outlet); /* NULL is allowed */

/* Takes a raw quote (normaliser.h). `stamp_ns`, when it is not 0, becomes its timestamp and time of receipt. */
void outlet_put(struct outlet *outlet, const struct quote *raw, int64_t stamp_ns);

/* Hands on what waits, as far as there is room; true when nothing waits any more. */
bool outlet_hand_on(struct outlet *outlet);
bool outlet_is_waiting(const struct outlet *outlet);

struct outlet_counts outlet_counts(const struct outlet *outlet);

#endif
