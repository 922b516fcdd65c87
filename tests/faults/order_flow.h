/* A flow of orders that do everything orders do: most trade at once, some rest, and what rests is replaced, cancelled
 * or left. A function of the number, so that a message can be made again. */
#ifndef TESTS_FAULTS_ORDER_FLOW_H
#define TESTS_FAULTS_ORDER_FLOW_H

#include <stdint.h>

#include "core/instrument.h"
#include "faults/load.h"

struct order_flow {
    struct instruments instruments;
    char name[16]; /* its orders are <name>-<number>; "flow" unless changed */
};

void order_flow_init(struct order_flow *flow);
void order_flow_free(struct order_flow *flow);

/* For load_options; the context is the flow. */
load_compose order_flow_compose;

/* How many of the first `count` messages ask for an order. */
uint64_t order_flow_orders(uint64_t count);

/* Switches off the checks that would turn away so many orders: a section for a configuration. */
extern const char ORDER_FLOW_CHECKS[];

#endif
