/* How a thread is told to stop, also while it waits for a time. */
#ifndef BUS_STOPPER_H
#define BUS_STOPPER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct stopper {
    atomic_bool stopping; /* any thread may read it */
    pthread_mutex_t mutex;
    pthread_cond_t wake;
};

void stopper_init(struct stopper *stopper);
void stopper_release(struct stopper *stopper);

/* Any thread: sets `stopping` and ends a wait. */
void stopper_stop(struct stopper *stopper);

/* Waits until that time on the monotonic clock, or until it is stopped. */
void stopper_wait_until(struct stopper *stopper, int64_t time_ns);

#endif
