/* See feed_gaps.h. */
#include "engine/feed_gaps.h"

#include "core/timestamp.h"

#define SLOT_NS (10 * NS_PER_SECOND)

/* What is older than a minute leaves. */
static void move_on(struct feed_gaps *gaps, int64_t monotonic_ns)
{
    int64_t number = monotonic_ns / SLOT_NS, passed = number - gaps->number;
    for (int64_t i = 1; i <= passed && i <= FEED_GAPS_SLOTS; i++)
        gaps->slots[(gaps->number + i) % FEED_GAPS_SLOTS] = 0;
    if (passed > 0)
        gaps->number = number;
}

void feed_gaps_note(struct feed_gaps *gaps, int64_t missing, int64_t monotonic_ns)
{
    move_on(gaps, monotonic_ns);
    gaps->slots[gaps->number % FEED_GAPS_SLOTS] += missing;
}

int64_t feed_gaps_count(struct feed_gaps *gaps, int64_t monotonic_ns)
{
    int64_t count = 0;
    move_on(gaps, monotonic_ns);
    for (int i = 0; i < FEED_GAPS_SLOTS; i++)
        count += gaps->slots[i];
    return count > 0 ? count : 0;
}
