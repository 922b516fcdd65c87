/* The order checks as a service: follows ORDERS from its start, the last quote of each instrument and the last
 * exposure of each account; publishes decisions and halts. The loop is engine/service.h's; what is decided stands in
 * engine/checks.h. */
#ifndef ENGINE_CHECKS_SERVICE_H
#define ENGINE_CHECKS_SERVICE_H

#include "engine/checks.h"
#include "engine/service.h"

struct checks_service;

/* The configuration is copied; the instruments must outlive the service. Hand it to service_start as `self`. */
struct checks_service *checks_service_create(const struct checks_config *config, const struct instruments *instruments);
/* After service_stop. NULL is allowed. */
void checks_service_destroy(struct checks_service *service);

extern const struct service_ops checks_service_ops;

/* What a snapshot of the order checks tells who only shows orders. */
struct orders_snapshot {
    struct order_book *book; /* the caller's from now on; NULL: there is no snapshot that the tape agrees with */
    struct hold hold;        /* what is folded of it */
    uint64_t sequence;       /* of ORDERS: read on behind it */
};

/* Reads it. Blocks as snapshot_read does, and needs no role. -1 when the server does not answer. */
int checks_service_read_orders(struct tape *tape, struct orders_snapshot *orders, struct error *error);

#endif
