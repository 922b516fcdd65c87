/* The arithmetic of charts: which prices and times are round, and where on the plot a price stands. Pure. */
#ifndef UI_SCALE_H
#define UI_SCALE_H

#include <stdint.h>

/* From bottom to top of a plot, prices; high is above low. */
struct scale {
    int64_t low, high;
};

/* A scale that holds both prices with some room, at least a `tick`, above and below: a price that stands still is a
 * line in the middle, and a small move stays small. */
struct scale scale_around(int64_t low, int64_t high, int64_t tick);

/* Where a price stands on a plot that is divided into `parts` from top (0) to bottom; off the scale, at its ends. */
int scale_part(const struct scale *scale, int parts, int64_t price);

/* The distance of the lines of a grid: 1, 2 or 5 times a power of ten, at least a tick, so that no more than `lines` of
 * them are on the scale. */
int64_t scale_price_step(const struct scale *scale, int lines, int64_t tick);

/* The shortest length of time that clocks and calendars are divided by, and that is at least this long. */
int64_t scale_time_step(int64_t at_least_ns);

#endif
