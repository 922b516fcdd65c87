/* An alert as JSON: the members of its last version as the tape has them, and what people did with it. What REST
 * answers and what the command line prints. Pure. */
#ifndef ENGINE_ALERT_JSON_H
#define ENGINE_ALERT_JSON_H

#include "core/json.h"
#include "engine/alerts.h"

/* The room that an alert needs at most. */
enum { ALERT_JSON_SIZE = EVENT_PAYLOAD_SIZE + 2048 };

/* Writes one object. */
void alert_json_write(struct json_writer *writer, const struct alert_entry *entry);

#endif
