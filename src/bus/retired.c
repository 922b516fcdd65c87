/* A list that grows, for there are few. */
#include "bus/retired.h"

#include <stdlib.h>
#include <string.h>

void retired_init(struct retired *retired)
{
    *retired = (struct retired){0};
    pthread_mutex_init(&retired->mutex, NULL);
}

void retired_release(struct retired *retired)
{
    retired_free(retired, retired->count);
    free(retired->subscriptions);
    pthread_mutex_destroy(&retired->mutex);
}

void retired_add(struct retired *retired, natsSubscription *subscription)
{
    if (subscription == NULL)
        return;
    natsSubscription_Unsubscribe(subscription);
    pthread_mutex_lock(&retired->mutex);
    if (retired->count == retired->capacity) {
        retired->capacity = retired->capacity == 0 ? 8 : 2 * retired->capacity;
        retired->subscriptions = realloc(retired->subscriptions, retired->capacity * sizeof(natsSubscription *));
        if (retired->subscriptions == NULL)
            abort();
    }
    retired->subscriptions[retired->count++] = subscription;
    pthread_mutex_unlock(&retired->mutex);
}

size_t retired_count(struct retired *retired)
{
    pthread_mutex_lock(&retired->mutex);
    size_t count = retired->count;
    pthread_mutex_unlock(&retired->mutex);
    return count;
}

void retired_free(struct retired *retired, size_t count)
{
    pthread_mutex_lock(&retired->mutex);
    for (size_t i = 0; i < count; i++)
        natsSubscription_Destroy(retired->subscriptions[i]);
    retired->count -= count;
    if (count > 0)
        memmove(retired->subscriptions, retired->subscriptions + count, retired->count * sizeof(natsSubscription *));
    pthread_mutex_unlock(&retired->mutex);
}
