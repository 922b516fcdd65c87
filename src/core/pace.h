/* Playing what was recorded in time: when each item is due at a chosen speed. Pure: the caller says what time it is. */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Speeds in millionths of the recorded pace. */
#define PACE_ONE   INT64_C(1000000)
#define PACE_LEAST INT64_C(1000)
#define PACE_MOST  (1000000 * INT64_C(1000000))
#define PACE_MAX   INT64_C(0) /* as fast as it goes */

/* Reads a number from 0.001 to 1000000 with at most 6 decimals, or `max`. */
bool pace_parse_speed(const char *text, size_t length, int64_t *speed_millionths);

/* Recorded time `anchored_ns` is played at the monotonic time `anchor_ns`, and what follows by its distance from it. */
struct pace {
    int64_t speed_millionths;
    int64_t anchor_ns, anchored_ns;
};

/* When an item of that recorded time is due: INT64_MIN, that is at once, at PACE_MAX. */
int64_t pace_due_ns(const struct pace *pace, int64_t recorded_ns);

/* To be called when an item is played: after a delay of more than a second (the machine slept, nobody took the items,
 * or the recorded times went back that far) the rest is played later instead of faster. True when that was so. */
bool pace_played(struct pace *pace, int64_t recorded_ns, int64_t now_ns);

#endif
