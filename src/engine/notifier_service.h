/* The notifier: writes each alert of severity warning and above into the log, so that the journal of a daemon has
 * them. It only listens. */
#ifndef ENGINE_NOTIFIER_SERVICE_H
#define ENGINE_NOTIFIER_SERVICE_H

#include "engine/service.h"

struct notifier_service;

/* Role "notifier". Input: what is added to RISK from its start on. */
extern const struct service_ops notifier_service_ops;

/* The `self` of the service. */
struct notifier_service *notifier_service_create(void);
/* After service_stop. NULL is allowed. */
void notifier_service_destroy(struct notifier_service *self);

#endif
