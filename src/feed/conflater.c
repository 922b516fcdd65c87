/* A list of waiting instruments through an array with a place for each. */
#include "feed/conflater.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY SIZE_MAX

struct place {
    struct quote quote;
    uint64_t left; /* how many quotes of the instrument have left */
    bool waits;
    size_t next; /* waits behind this one; NOBODY: the last */
};

struct conflater {
    struct place *places; /* owned, by index */
    size_t count;
    size_t first, last; /* NOBODY when none waits */
    size_t waiting;
    uint64_t replaced;
};

struct conflater *conflater_create(void)
{
    struct conflater *conflater = calloc(1, sizeof *conflater);
    if (conflater == NULL)
        abort();
    conflater->first = conflater->last = NOBODY;
    return conflater;
}

void conflater_destroy(struct conflater *conflater)
{
    if (conflater == NULL)
        return;
    free(conflater->places);
    free(conflater);
}

static struct place *place_of(struct conflater *conflater, size_t index)
{
    if (index >= conflater->count) {
        size_t count = index + 1 > 2 * conflater->count ? index + 1 : 2 * conflater->count;
        conflater->places = realloc(conflater->places, count * sizeof *conflater->places);
        if (conflater->places == NULL)
            abort();
        memset(conflater->places + conflater->count, 0, (count - conflater->count) * sizeof *conflater->places);
        conflater->count = count;
    }
    return &conflater->places[index];
}

static void keep_trade(struct quote *quote, const struct quote *before)
{
    if (quote->last != DECIMAL_NONE || before->last == DECIMAL_NONE)
        return;
    quote->last = before->last;
    quote->last_size = before->last_size;
    quote->last_side = before->last_side;
    quote->volume = before->volume;
    memcpy(quote->trade_id, before->trade_id, sizeof quote->trade_id);
}

void conflater_put(struct conflater *conflater, size_t index, const struct quote *quote)
{
    struct place *place = place_of(conflater, index);
    struct quote latest = *quote;
    latest.seq = place->left + 1;
    if (place->waits) {
        keep_trade(&latest, &place->quote);
        latest.conflated = place->quote.conflated + 1;
        place->quote = latest;
        conflater->replaced++;
        return;
    }
    place->quote = latest;
    place->waits = true;
    place->next = NOBODY;
    if (conflater->last == NOBODY)
        conflater->first = index;
    else
        conflater->places[conflater->last].next = index;
    conflater->last = index;
    conflater->waiting++;
}

const struct quote *conflater_first(const struct conflater *conflater)
{
    return conflater->first == NOBODY ? NULL : &conflater->places[conflater->first].quote;
}

void conflater_pop(struct conflater *conflater)
{
    assert(conflater->first != NOBODY);
    struct place *place = &conflater->places[conflater->first];
    place->waits = false;
    place->left++;
    conflater->first = place->next;
    if (conflater->first == NOBODY)
        conflater->last = NOBODY;
    conflater->waiting--;
}

size_t conflater_waiting(const struct conflater *conflater)
{
    return conflater->waiting;
}

uint64_t conflater_replaced(const struct conflater *conflater)
{
    return conflater->replaced;
}
