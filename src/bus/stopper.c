/* A flag, and a condition on the monotonic clock, so that a change of the wall clock does not lengthen a wait. */
#include "bus/stopper.h"

#include <time.h>

#include "core/clock.h"
#include "core/timestamp.h"

void stopper_init(struct stopper *stopper)
{
    pthread_condattr_t attributes;
    atomic_store(&stopper->stopping, false);
    pthread_mutex_init(&stopper->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&stopper->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

void stopper_release(struct stopper *stopper)
{
    pthread_cond_destroy(&stopper->wake);
    pthread_mutex_destroy(&stopper->mutex);
}

void stopper_stop(struct stopper *stopper)
{
    pthread_mutex_lock(&stopper->mutex);
    atomic_store(&stopper->stopping, true);
    pthread_cond_broadcast(&stopper->wake);
    pthread_mutex_unlock(&stopper->mutex);
}

void stopper_wait_until(struct stopper *stopper, int64_t time_ns)
{
    const struct timespec end = {.tv_sec = time_ns / NS_PER_SECOND, .tv_nsec = time_ns % NS_PER_SECOND};
    pthread_mutex_lock(&stopper->mutex);
    while (!atomic_load(&stopper->stopping) && clock_monotonic_ns() < time_ns)
        pthread_cond_timedwait(&stopper->wake, &stopper->mutex, &end);
    pthread_mutex_unlock(&stopper->mutex);
}
