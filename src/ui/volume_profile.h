/* How much was traded at which price today: a small table that holds the prices around those traded last. Pure. */
#ifndef UI_VOLUME_PROFILE_H
#define UI_VOLUME_PROFILE_H

#include <stdint.h>

#include "core/quote.h"

enum { VOLUME_LEVELS = 512 };

/* Empty when it is zeroed. A price that is VOLUME_LEVELS steps from another takes its place. */
struct volume_profile {
    int64_t day_ns;   /* the start of the day that it is about */
    int64_t since_ns; /* time of the first trade in it; 0: there is none */
    struct {
        int64_t price, volume; /* volume 0: unused */
    } levels[VOLUME_LEVELS];
};

/* Adds the trade that a quote tells of; the first of a later day empties the table before. `step` is that of the
 * prices, above 0. A trade without a size counts for nothing. */
void volume_profile_add(struct volume_profile *profile, int64_t day_ns, int64_t step, const struct quote *quote);

#endif
