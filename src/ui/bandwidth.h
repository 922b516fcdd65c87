/* The line to the terminal: how much goes over it, and when it may carry the next frame. With a limit every byte takes
 * its time; a frame is drawn when what was sent before it is paid for. What a person asked for, and what happened to
 * their orders, may go out before that, up to a bound. Pure. */
#ifndef UI_BANDWIDTH_H
#define UI_BANDWIDTH_H

#include <stddef.h>
#include <stdint.h>

enum haste {
    HASTE_MARKET, /* prices, ages, clocks: when all is paid */
    HASTE_EVENT,  /* orders, fills, alerts, the connection: up to a second ahead */
    HASTE_KEY,    /* the answer to a key: up to three */
};

struct bandwidth {
    int64_t limit;   /* bytes per second; 0: none */
    int64_t paid_ns; /* monotonic: then all that was sent is paid for */
    uint64_t sent_bytes;
    /* Of the last second that is over. */
    uint64_t rate; /* bytes per second */
    int64_t window_start_ns;
    uint64_t window_start_bytes;
};

/* So many bytes were sent at `now_ns` (monotonic); 0 to close a second that is over. */
void bandwidth_sent(struct bandwidth *bandwidth, size_t bytes, int64_t now_ns);

/* When a frame of this haste may go (monotonic); in the past: it may now. */
int64_t bandwidth_free_ns(const struct bandwidth *bandwidth, enum haste haste);

#endif
