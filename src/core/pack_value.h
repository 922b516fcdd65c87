/* The values that several rules keep, as bytes and back: each function lists all fields of its struct, for writing and
 * reading alike (core/pack.h). Who adds a field to one of these structs adds it here, and raises the version of the
 * sections that hold it. Pure. */
#ifndef CORE_PACK_VALUE_H
#define CORE_PACK_VALUE_H

#include "core/alert.h"
#include "core/order.h"
#include "core/pack.h"
#include "core/position.h"

void pack_order_request(struct pack *pack, struct order_request *request);
void pack_change_request(struct pack *pack, struct change_request *request);
void pack_state_change(struct pack *pack, struct state_change *change);
void pack_position_event(struct pack *pack, struct position_event *position);
void pack_alert(struct pack *pack, struct alert *alert);
void pack_exposure(struct pack *pack, struct exposure *exposure);

#endif
