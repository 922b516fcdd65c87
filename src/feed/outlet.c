/* A normaliser, and a conflater behind it. */
#include "feed/outlet.h"

#include <stdlib.h>

#include "feed/conflater.h"
#include "feed/normaliser.h"

struct outlet {
    struct normaliser *normaliser; /* owned */
    struct conflater *conflater;   /* owned */
    bool (*send)(void *context, const struct quote *quote);
    void *context;
    struct outlet_counts counts;
};

struct outlet *outlet_create(const char *source, bool (*send)(void *context, const struct quote *quote), void *context)
{
    struct outlet *outlet = calloc(1, sizeof *outlet);
    if (outlet == NULL)
        abort();
    outlet->normaliser = normaliser_create(source);
    outlet->conflater = conflater_create();
    outlet->send = send;
    outlet->context = context;
    return outlet;
}

void outlet_destroy(struct outlet *outlet)
{
    if (outlet == NULL)
        return;
    conflater_destroy(outlet->conflater);
    normaliser_destroy(outlet->normaliser);
    free(outlet);
}

bool outlet_hand_on(struct outlet *outlet)
{
    const struct quote *quote;
    while ((quote = conflater_first(outlet->conflater)) != NULL) {
        if (!outlet->send(outlet->context, quote))
            return false;
        conflater_pop(outlet->conflater);
        outlet->counts.published++;
    }
    return true;
}

void outlet_put(struct outlet *outlet, const struct quote *raw, int64_t stamp_ns)
{
    struct quote quote;
    size_t index;
    switch (normaliser_apply(outlet->normaliser, raw, &quote, &index)) {
    case NORMALISER_HELD_BACK:
        outlet->counts.held_back++;
        break;
    case NORMALISER_DUPLICATE:
        outlet->counts.duplicates++;
        break;
    case NORMALISER_PUBLISH:
        outlet->counts.outliers += quote.condition == QUOTE_OUTLIER;
        if (stamp_ns != 0)
            quote.timestamp_ns = quote.received_ns = stamp_ns;
        /* While something waits there is no room, and the attempt would be wasted. */
        bool was_empty = !outlet_is_waiting(outlet);
        conflater_put(outlet->conflater, index, &quote);
        if (was_empty)
            outlet_hand_on(outlet);
        break;
    }
}

bool outlet_is_waiting(const struct outlet *outlet)
{
    return conflater_waiting(outlet->conflater) > 0;
}

struct outlet_counts outlet_counts(const struct outlet *outlet)
{
    struct outlet_counts counts = outlet->counts;
    counts.conflated = conflater_replaced(outlet->conflater);
    return counts;
}
