/* Subscriptions that have ended, until they may be freed.
 *
 * nats.c 3.4 looks up the subscription that a message is for, and goes on with it without holding it: one that is
 * freed while its messages still come takes the program down. So it is freed only when the server has answered a ping
 * that was sent after its end, for then the thread that reads is past all that came before. */
#ifndef BUS_RETIRED_H
#define BUS_RETIRED_H

#include <nats/nats.h>
#include <pthread.h>
#include <stddef.h>

struct retired {
    pthread_mutex_t mutex;
    natsSubscription **subscriptions; /* the oldest first */
    size_t count, capacity;
};

void retired_init(struct retired *retired);
/* Frees them all: the connection is closed. */
void retired_release(struct retired *retired);

/* Any thread: ends the subscription. NULL is allowed. */
void retired_add(struct retired *retired, natsSubscription *subscription);

/* One thread: how many there are before a ping, and frees these when it was answered. */
size_t retired_count(struct retired *retired);
void retired_free(struct retired *retired, size_t count);

#endif
