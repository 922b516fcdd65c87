/* Reads one value of a message into the member of its field. Inside core only. Pure. */
#ifndef CORE_EVENT_VALUE_H
#define CORE_EVENT_VALUE_H

#include "core/error.h"
#include "core/event_fields.h"
#include "core/json.h"

/* -1 with "<field> <what>" (ERROR_FAILED). */
int event_value_bad(const struct field *field, const char *what, struct error *error);

/* `member` is where the field is in the event; it is written only when the value is good, or not used afterwards. */
int event_value_read(const struct field *field, char *member, const struct json_value *value, struct error *error);

#endif
