/* How long it takes until the whole way of an order works again. */
#ifndef TESTS_FAULTS_RECOVERY_H
#define TESTS_FAULTS_RECOVERY_H

#include <stdint.h>

#include "bus/tape.h"

/* Waits until, of what is stored from now on, an order was decided, one was filled, and its fill stands in a position;
 * fails the test after 30 s. Returns the time since `start_ns` (monotonic) then. */
int64_t recovery_wait(struct tape *tape, int64_t start_ns);

#endif
