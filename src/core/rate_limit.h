/* A token bucket: lets so many things a second pass, and a burst of 100 ms at that rate. Pure; one owner. */
#ifndef CORE_RATE_LIMIT_H
#define CORE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* All zero but the rate: a full bucket. */
struct rate_limit {
    uint32_t per_second; /* 0: no limit */
    int64_t due_ns;      /* monotonic: when the next one is due at that rate */
};

/* True when one may pass now; it has passed then. */
bool rate_limit_take(struct rate_limit *limit, int64_t monotonic_ns);

#endif
