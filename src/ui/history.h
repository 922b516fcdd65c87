/* A number over time, in a fixed number of points: when they are full, each two become one, and from then on twice as
 * much time goes into a point. So a curve always reaches back to where it began. Pure. */
#ifndef UI_HISTORY_H
#define UI_HISTORY_H

#include <stdint.h>

enum { HISTORY_POINTS = 512 };

struct history_point {
    int64_t at_ns;         /* begin of its step */
    int64_t highest, last; /* of the values in it */
};

/* All zero is an empty history. */
struct history {
    int64_t step_ns; /* how much time goes into a point */
    int64_t highest; /* of all */
    int count;
    struct history_point points[HISTORY_POINTS]; /* the oldest first; a step without a value has none */
};

/* Times should not go back; one that does goes into the newest point. */
void history_add(struct history *history, int64_t at_ns, int64_t value);

/* The highest value that held between the two times, `from_ns` included: one that was added before holds until the next
 * one. -1 when nothing was known yet. `*place` is where to look first and is moved on: 0 at the start, and the times of
 * the calls that follow must not go back. */
int64_t history_between(const struct history *history, int64_t from_ns, int64_t to_ns, int *place);

#endif
