/* What passes moves the due time on; how far that lags behind the clock is what the bucket holds. */
#include "core/rate_limit.h"

#include "core/timestamp.h"

#define BURST_NS (100 * NS_PER_MS)

bool rate_limit_take(struct rate_limit *limit, int64_t monotonic_ns)
{
    if (limit->per_second == 0)
        return true;
    if (limit->due_ns < monotonic_ns - BURST_NS)
        limit->due_ns = monotonic_ns - BURST_NS;
    if (limit->due_ns > monotonic_ns)
        return false;
    limit->due_ns += NS_PER_SECOND / limit->per_second;
    return true;
}
