/* The risk service: the shell around engine/risk.h. */
#ifndef ENGINE_RISK_SERVICE_H
#define ENGINE_RISK_SERVICE_H

#include "core/instrument.h"
#include "engine/risk_config.h"
#include "engine/service.h"

struct risk_service;

/* Role "risk". Inputs: RISK (its own outputs) from the start, the last of each position, the last of each quote,
 * ORDERS from the start. */
extern const struct service_ops risk_service_ops;

/* The `self` of the service. `config` is copied, `instruments` must outlive it. */
struct risk_service *risk_service_create(const struct risk_config *config, const struct instruments *instruments);
/* After service_stop. NULL is allowed. */
void risk_service_destroy(struct risk_service *self);

#endif
