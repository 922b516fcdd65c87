/* How many quotes of an exchange are missing in the last minute, by the holes in their numbers. Pure; one thread owns
 * one, zeroed at first. */
#ifndef ENGINE_FEED_GAPS_H
#define ENGINE_FEED_GAPS_H

#include <stdint.h>

enum { FEED_GAPS_SLOTS = 6 };

struct feed_gaps {
    int64_t slots[FEED_GAPS_SLOTS]; /* of ten seconds each */
    int64_t number;                 /* of the newest slot, counted from the start of the monotonic clock */
};

/* So many were found to be missing now; fewer than 0: some of them came late. */
void feed_gaps_note(struct feed_gaps *gaps, int64_t missing, int64_t monotonic_ns);

/* Missing in the last minute. */
int64_t feed_gaps_count(struct feed_gaps *gaps, int64_t monotonic_ns);

#endif
