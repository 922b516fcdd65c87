/* Lines of events. */
#include "app/watch_event.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/csv.h"
#include "app/watch_line.h"
#include "core/event.h"
#include "core/json.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { HEADER_ROOM = 2048, OTHER = EVENT_KINDS };

static_assert(OTHER < 64, "a set of kinds fits into 64 bits");

size_t watch_event_size(const struct watch_event *event)
{
    /* Cleaning makes up to three bytes of one, escaping up to six. */
    return 6 * (strlen(event->subject) + event->payload_bytes) + HEADER_ROOM;
}

void watch_room_fit(struct watch_room *room, const struct watch_event *event)
{
    size_t size = watch_event_size(event);

    if (size <= room->size)
        return;
    room->line = realloc(room->line, size);
    room->scratch = realloc(room->scratch, size);
    if (room->line == NULL || room->scratch == NULL)
        abort();
    room->size = size;
}

void watch_room_free(struct watch_room *room)
{
    free(room->line);
    free(room->scratch);
    *room = (struct watch_room){0};
}

size_t watch_event_text(char *line, char *scratch, const struct watch_event *event)
{
    char time[TIMESTAMP_TEXT_SIZE];
    size_t size = watch_event_size(event);

    timestamp_format(time, event->stored_ns);
    size_t length = (size_t)snprintf(scratch, size, "%" PRIu64 " %s %s ", event->sequence, time, event->subject);
    memcpy(scratch + length, event->payload, event->payload_bytes);
    length = text_clean(line, size - 1, scratch, length + event->payload_bytes);
    line[length++] = '\n';
    line[length] = '\0';
    return length;
}

static bool is_object(const struct watch_event *event)
{
    struct json_reader reader;
    struct json_value key, value;

    json_reader_init(&reader, event->payload, event->payload_bytes);
    while (json_reader_next(&reader, &key, &value))
        continue;
    return reader.problem == NULL;
}

size_t watch_event_json(char *line, char *scratch, const struct watch_event *event)
{
    static const char *const NAMES[] = {"stream_sequence", "stored", "subject", NULL};
    char time[TIMESTAMP_TEXT_SIZE];
    size_t size = watch_event_size(event);
    struct json_writer writer;

    json_writer_init(&writer, scratch, size);
    json_open(&writer, '{');
    if (is_object(event)) {
        watch_line_copy_members(&writer, event->payload, event->payload_bytes, NAMES);
    } else {
        /* The line has room for the payload, and is not needed yet. */
        text_clean(line, size, event->payload, event->payload_bytes);
        json_key(&writer, "payload");
        json_string(&writer, line);
    }
    timestamp_format(time, event->stored_ns);
    json_key(&writer, "stream_sequence");
    json_unsigned(&writer, event->sequence);
    json_key(&writer, "stored");
    json_string(&writer, time);
    json_key(&writer, "subject");
    json_string(&writer, event->subject);
    json_close(&writer, '}');
    assert(!writer.overflow);
    size_t length = text_clean(line, size - 1, scratch, writer.length);

    line[length++] = '\n';
    line[length] = '\0';
    return length;
}

static const char *name_of(int kind)
{
    return kind == OTHER ? "other" : event_kind_name((enum event_kind)kind);
}

static void add_header(struct csv_row *row, int kind)
{
    static const char *const FIRST[] = {"kind", "sequence", "time", "subject"};
    const char *name;

    for (size_t i = 0; i < sizeof(FIRST) / sizeof(FIRST[0]); i++)
        csv_add_cell(row, FIRST[i]);
    for (size_t i = 0; kind != OTHER && (name = event_field_name((enum event_kind)kind, i)) != NULL; i++)
        csv_add_cell(row, name);
    if (kind == OTHER)
        csv_add_cell(row, "payload");
    if (kind == EVENT_QUOTE)
        csv_add_cell(row, "spread");
    csv_add_byte(row, '\n');
}

/* The values of the payload in the order of the kind's columns. */
static void add_fields(struct csv_row *row, const struct watch_event *event, enum event_kind kind, char *scratch,
                       size_t half)
{
    const char *names[CSV_COLUMNS_MAX + 1];
    size_t count = 0;

    while ((names[count] = event_field_name(kind, count)) != NULL)
        assert(++count < CSV_COLUMNS_MAX + 1);
    csv_add_members(row, names, event->payload, event->payload_bytes, scratch, half);
}

size_t watch_event_csv(char *line, char *scratch, const struct watch_event *event, uint64_t *kinds_seen)
{
    int kind = subject_kind(event->subject);
    size_t size = watch_event_size(event), half = size / 2;
    struct csv_row row = {.text = line, .size = size};
    char text[TIMESTAMP_TEXT_SIZE + DECIMAL_TEXT_SIZE];

    if (kind < 0 || !is_object(event))
        kind = OTHER;
    if ((*kinds_seen >> kind & 1) == 0)
        add_header(&row, kind);
    *kinds_seen |= UINT64_C(1) << kind;
    csv_add_cell(&row, name_of(kind));
    snprintf(text, sizeof(text), "%" PRIu64, event->sequence);
    csv_add_cell(&row, text);
    timestamp_format(text, event->stored_ns);
    csv_add_cell(&row, text);
    text_clean(scratch, half, event->subject, strlen(event->subject));
    csv_add_cell(&row, scratch);
    if (kind == OTHER) {
        text_clean(scratch, half, event->payload, event->payload_bytes);
        csv_add_cell(&row, scratch);
    } else {
        add_fields(&row, event, (enum event_kind)kind, scratch, half);
    }
    if (kind == EVENT_QUOTE) {
        text[0] = '\0';
        if (event->quote != NULL)
            watch_line_spread(text, event->quote);
        csv_add_cell(&row, text);
    }
    csv_add_byte(&row, '\n');
    return row.length;
}
