/* The paper exchange as a service: follows ORDERS from its start, the last quote of each instrument, and its depth
 * where there is any; publishes acceptances, fills and answers. The loop is engine/service.h's; what is decided stands
 * in engine/exchange.h. */
#ifndef ENGINE_EXCHANGE_SERVICE_H
#define ENGINE_EXCHANGE_SERVICE_H

#include "engine/exchange.h"
#include "engine/service.h"

struct exchange_service;

/* The configuration is copied; the instruments must outlive the service. Hand it to service_start as `self`. */
struct exchange_service *exchange_service_create(const struct exchange_config *config,
                                                 const struct instruments *instruments);
/* After service_stop. NULL is allowed. */
void exchange_service_destroy(struct exchange_service *service);

extern const struct service_ops exchange_service_ops;

#endif
