/* The median of the last values seen, kept sorted as they come. Pure. */
#ifndef ENGINE_ROLLING_MEDIAN_H
#define ENGINE_ROLLING_MEDIAN_H

#include <stddef.h>
#include <stdint.h>

enum { ROLLING_MEDIAN_VALUES = 63 };

/* All zero is empty. */
struct rolling_median {
    int64_t recent[ROLLING_MEDIAN_VALUES]; /* a ring; the oldest is at `next` once it is full */
    int64_t sorted[ROLLING_MEDIAN_VALUES];
    size_t count, next;
};

/* Adds a value; the oldest of a full window goes. */
void rolling_median_add(struct rolling_median *median, int64_t value);

/* The median, of an even number of values the lower one in the middle; 0 while there is none. */
int64_t rolling_median_value(const struct rolling_median *median);

#endif
