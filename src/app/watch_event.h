/* A message of any stream as a line: text, JSON or CSV. Pure; what could move a terminal's cursor is left out. */
#ifndef APP_WATCH_EVENT_H
#define APP_WATCH_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/quote.h"

struct watch_event {
    uint64_t sequence; /* in its stream */
    int64_t stored_ns;
    const char *subject;
    const char *payload;
    size_t payload_bytes;
    const struct quote *quote; /* what the payload was decoded as; NULL: it was not */
};

/* The room that any of the lines needs, with the header of the CSV; `scratch` has as much. */
size_t watch_event_size(const struct watch_event *event);

/* A buffer for lines and one of the same size as scratch, both owned; all zero at first. */
struct watch_room {
    char *line, *scratch;
    size_t size;
};

/* Makes it large enough for this message; aborts when memory is out. */
void watch_room_fit(struct watch_room *room, const struct watch_event *event);
void watch_room_free(struct watch_room *room);

/* `sequence time subject {json}` and a newline; each function returns the length. */
size_t watch_event_text(char *line, char *scratch, const struct watch_event *event);

/* The members of the payload, then `stream_sequence`, `stored` and `subject`; a payload that is no JSON object stands
 * in `payload` as a string. */
size_t watch_event_json(char *line, char *scratch, const struct watch_event *event);

/* `kind,sequence,time,subject,` and the fields of that kind of message in the order of core/event.h, for quotes the
 * spread too. Above the first line of each kind stands the header of that kind; `kinds_seen` is the set of those that
 * had theirs, 0 at first. What is no message of docs/wire.md is of kind `other` and has one field, `payload`. */
size_t watch_event_csv(char *line, char *scratch, const struct watch_event *event, uint64_t *kinds_seen);

#endif
