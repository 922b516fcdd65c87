/* The two clocks. Only shells read them; a rule is given the time it shall use. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

/* Wall clock, nanoseconds since the epoch, UTC: goes into messages. May jump. */
int64_t clock_wall_ns(void);

/* Monotonic clock in nanoseconds: ages, time-outs, rates. Never jumps. */
int64_t clock_monotonic_ns(void);

#endif
