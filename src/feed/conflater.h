/* Holds quotes until they can leave: at most one of each instrument, the latest, in the order in which the instruments
 * began to wait. Numbers what leaves. Pure; one thread owns a conflater. */
#ifndef FEED_CONFLATER_H
#define FEED_CONFLATER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/quote.h"

struct conflater;

/* Never NULL: aborts when memory is out. */
struct conflater *conflater_create(void);
void conflater_destroy(struct conflater *conflater); /* NULL is allowed */

/* Adds the quote of the instrument `index` (a small number, see normaliser_apply). One that waits already is replaced
 * and counted, here and in the quote; its trade, when the newer quote has none, is kept: the message was caused by that
 * too. */
void conflater_put(struct conflater *conflater, size_t index, const struct quote *quote);

/* The quote that leaves next, with its seq (per instrument from 1, without holes); NULL when none waits. Good until the
 * next call of put or pop. */
const struct quote *conflater_first(const struct conflater *conflater);
/* It has left. */
void conflater_pop(struct conflater *conflater);

/* How many wait, and how many were replaced. */
size_t conflater_waiting(const struct conflater *conflater);
uint64_t conflater_replaced(const struct conflater *conflater);

#endif
