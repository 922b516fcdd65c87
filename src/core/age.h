/* How old a message was when it was read. Pure. */
#ifndef CORE_AGE_H
#define CORE_AGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/timestamp.h"

/* A live message that was stored longer ago than this was held up on its way, and counts as history. */
#define AGE_HELD_UP_NS NS_PER_SECOND

/* What history tells must not look fresh: its age is the wall clock less its stored time. A live message is new: its
 * age counts from now on the monotonic clock, so that two machines whose clocks differ a little do not disagree. */
static inline int64_t age_when_read_ns(int64_t stored_ns, int64_t wall_ns, bool history)
{
    int64_t age_ns = wall_ns - stored_ns;
    return age_ns > 0 && (history || age_ns > AGE_HELD_UP_NS) ? age_ns : 0;
}

#endif
