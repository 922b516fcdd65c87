/* See consumer_lag.h. */
#include "engine/consumer_lag.h"

#include <string.h>

#include "core/text.h"

void consumer_lags_begin(struct consumer_lags *lags)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < lags->count; i++) {
        if (lags->items[i].seen_at == lags->look)
            lags->items[kept++] = lags->items[i];
    }
    lags->count = kept;
    lags->look++;
}

static struct consumer_lag *lag_of(struct consumer_lags *lags, const struct plumbing_consumer *consumer)
{
    for (uint32_t i = 0; i < lags->count; i++) {
        struct consumer_lag *lag = &lags->items[i];
        if (strcmp(lag->stream, consumer->stream) == 0 && strcmp(lag->name, consumer->name) == 0)
            return lag;
    }
    if (lags->count == PLUMBING_CONSUMERS_MAX)
        return NULL;
    struct consumer_lag *lag = &lags->items[lags->count++];
    *lag = (struct consumer_lag){0};
    text_copy(lag->stream, sizeof lag->stream, consumer->stream);
    text_copy(lag->name, sizeof lag->name, consumer->name);
    return lag;
}

int64_t consumer_lags_of(struct consumer_lags *lags, const struct plumbing_consumer *consumer, int64_t monotonic_ns)
{
    struct consumer_lag *lag = lag_of(lags, consumer);
    if (lag == NULL)
        return 0;
    lag->seen_at = lags->look;
    if (consumer->pending == 0) {
        lag->mark = 0;
        lag->took_ns = 0;
        return 0;
    }
    bool reached = lag->mark != 0 && consumer->delivered >= lag->mark;
    if (reached)
        lag->took_ns = monotonic_ns - lag->mark_ns;
    if (reached || lag->mark == 0) {
        lag->mark = consumer->delivered + consumer->pending;
        lag->mark_ns = monotonic_ns;
    }
    int64_t age_ns = monotonic_ns - lag->mark_ns;
    return age_ns > lag->took_ns ? age_ns : lag->took_ns;
}
