/* An order as JSON: the members of its request as the tape has them, and how it stands. What REST answers and what the
 * command line prints. Pure. */
#ifndef ENGINE_ORDER_JSON_H
#define ENGINE_ORDER_JSON_H

#include "core/json.h"
#include "engine/orders.h"

/* The room that an order needs at most. */
enum { ORDER_JSON_SIZE = EVENT_PAYLOAD_SIZE + 1024 };

/* Writes one object. `request_id`: of the change that was just asked for; "" when there is none. */
void order_json_write(struct json_writer *writer, const struct order *order, const char *request_id);

#endif
