/* The life of an order as events of ORDERS, for benchmarks. */
#ifndef TESTS_BENCH_ORDER_LIFE_H
#define TESTS_BENCH_ORDER_LIFE_H

#include <stddef.h>

#include "core/event.h"

enum { ORDER_LIFE_EVENTS = 5 };

/* The `step`th event in the life of an order (0 to ORDER_LIFE_EVENTS - 1): new, validated, accepted, a partial fill,
 * the rest. */
void order_life_event(struct event *event, size_t number, int step);

#endif
