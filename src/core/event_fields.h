/* The fields of every message, as a table: what the codec and event_empty walk. A field of docs/wire.md is one line
 * of event_fields.c. Inside core only. Pure. */
#ifndef CORE_EVENT_FIELDS_H
#define CORE_EVENT_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/words.h"

enum field_type {
    FIELD_NAME,       /* a name that must arrive unchanged: too long, or needing to be cleaned, is an error */
    FIELD_EXCHANGE,   /* a name that is kept in upper case */
    FIELD_ORDER_ID,   /* text_is_id, 1 to 64 */
    FIELD_REQUEST_ID, /* text_is_id, 8 to 64 */
    FIELD_TEXT,       /* for people to read: cleaned, and cut to its size */
    FIELD_PRICE,
    FIELD_QUANTITY,          /* not negative */
    FIELD_POSITIVE_QUANTITY, /* above zero */
    FIELD_SIGNED_QUANTITY,
    FIELD_MONEY,
    FIELD_UINT32,
    FIELD_UINT64,
    FIELD_INT64,
    FIELD_BOOL,
    FIELD_WORD, /* one of `words`, kept in an enum or a bool */
    FIELD_TIMESTAMP,
};

enum field_presence {
    FIELD_REQUIRED,  /* a message without it is bad */
    FIELD_DEFAULTED, /* may be absent when read, always written */
    FIELD_OPTIONAL,  /* left out when its value says "absent" */
    FIELD_UNUSED,    /* not in this kind of message: only set to "absent" */
};

struct field {
    const char *name;
    const char *key;           /* `"name":` */
    const struct words *words; /* of FIELD_WORD */
    uint16_t offset;           /* in struct event */
    uint16_t size;             /* of the member, bytes */
    uint8_t name_length, key_length;
    uint8_t type;     /* enum field_type */
    uint8_t presence; /* enum field_presence */
};

/* A set of fields is kept in the bits of a uint64_t. */
enum { EVENT_FIELDS_MAX = 64 };

/* The fields of a kind, in the order in which they are written. */
const struct field *event_fields_of(enum event_kind kind, size_t *count);

#endif
