/* The positions service: the shell around engine/position_keeper.h. */
#ifndef ENGINE_POSITIONS_SERVICE_H
#define ENGINE_POSITIONS_SERVICE_H

#include "core/instrument.h"
#include "engine/positions.h"
#include "engine/service.h"

struct positions_service;

/* Role "positions". Inputs: POSITIONS (its own outputs, the last of each position), ORDERS from the start. */
extern const struct service_ops positions_service_ops;

/* The `self` of the service. `instruments` must outlive it. */
struct positions_service *positions_service_create(const struct instruments *instruments, enum position_method method);
/* After service_stop. NULL is allowed. */
void positions_service_destroy(struct positions_service *self);

#endif
