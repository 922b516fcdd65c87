/* The longest time between two events of a steady flow. */
#ifndef TESTS_FAULTS_PAUSE_H
#define TESTS_FAULTS_PAUSE_H

#include <stdint.h>

struct pause {
    int64_t last_ns, longest_ns;
};

/* Something came. */
static inline void pause_end(struct pause *pause, int64_t now_ns)
{
    if (pause->last_ns != 0 && now_ns - pause->last_ns > pause->longest_ns)
        pause->longest_ns = now_ns - pause->last_ns;
    pause->last_ns = now_ns;
}

/* The longest since the last call, the one under way included. */
static inline int64_t pause_take(struct pause *pause, int64_t now_ns)
{
    pause_end(pause, now_ns);
    int64_t longest_ns = pause->longest_ns;
    pause->longest_ns = 0;
    return longest_ns;
}

#endif
