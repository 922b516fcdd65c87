/* The line's members are taken over as they are written, what is left out is filled in, and the codec of the tape reads
 * the whole. */
#include "app/request_line.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/watch_line.h"
#include "core/json.h"
#include "core/subject.h"
#include "core/timestamp.h"

/* What a line says beside the message itself, and which members are there. */
struct line {
    char subject[SUBJECT_SIZE];
    int64_t stored_ns; /* 0: none */
    bool has_timestamp, has_request_id;
};

/* A short text, "" for what is none. */
static void copy_text(char *out, size_t size, const struct json_value *value)
{
    size_t length;

    if (value->type != JSON_STRING || !json_unescape(value, out, size, &length))
        out[0] = '\0';
}

static int look_at(struct line *line, const char *text, size_t length, struct error *error)
{
    struct json_reader reader;
    struct json_value key, value;
    char time[TIMESTAMP_TEXT_SIZE];

    *line = (struct line){.subject = "orders.new"};
    json_reader_init(&reader, text, length);
    while (json_reader_next(&reader, &key, &value)) {
        if (json_is(&key, "subject")) {
            copy_text(line->subject, sizeof(line->subject), &value);
        } else if (json_is(&key, "stored")) {
            copy_text(time, sizeof(time), &value);
            if (!timestamp_parse(time, strlen(time), &line->stored_ns))
                return error_set(error, ERROR_FAILED, "stored is no time");
        }
        line->has_timestamp |= json_is(&key, "timestamp");
        line->has_request_id |= json_is(&key, "request_id");
    }
    if (reader.problem != NULL)
        return error_set(error, ERROR_FAILED, "%s", reader.problem);
    return 0;
}

/* The message that the line stands for. `payload` has the room of watch_line_json_size. */
static size_t complete(char *payload, size_t size, const char *text, size_t length, const struct line *line,
                       const struct request_line_defaults *defaults)
{
    static const char *const BESIDE[] = {"subject", "stored", "stream_sequence", NULL};
    struct json_writer writer;
    char value[TIMESTAMP_TEXT_SIZE];

    json_writer_init(&writer, payload, size);
    json_open(&writer, '{');
    watch_line_copy_members(&writer, text, length, BESIDE);
    if (!line->has_timestamp && defaults->timestamp_ns != 0) {
        timestamp_format(value, defaults->timestamp_ns);
        json_key(&writer, "timestamp");
        json_string(&writer, value);
    }
    if (!line->has_request_id) {
        snprintf(value, sizeof(value), "request-%" PRIu64, defaults->number);
        json_key(&writer, "request_id");
        json_string(&writer, value);
    }
    json_close(&writer, '}');
    assert(!writer.overflow);
    return writer.length;
}

static int64_t timestamp_of(const struct event *event)
{
    if (event->kind == EVENT_ORDER_NEW)
        return event->request.timestamp_ns;
    return event->kind == EVENT_TRADING_STATE ? event->state.timestamp_ns : event->change.timestamp_ns;
}

int request_line_read(struct event *event, int64_t *time_ns, const char *text, size_t length,
                      const struct request_line_defaults *defaults, struct error *error)
{
    struct line line;
    size_t size = watch_line_json_size(length) + 2 * TIMESTAMP_TEXT_SIZE;

    if (look_at(&line, text, length, error) != 0)
        return -1;
    int kind = subject_kind(line.subject);

    if (kind < 0)
        return error_set(error, ERROR_FAILED, "the subject is none of the tape's");
    if (kind != EVENT_ORDER_NEW && kind != EVENT_ORDER_CANCEL && kind != EVENT_ORDER_REPLACE &&
        kind != EVENT_TRADING_STATE)
        return 0;
    char *payload = malloc(size);

    if (payload == NULL)
        abort();
    size_t bytes = complete(payload, size, text, length, &line, defaults);
    int result = event_decode_kind(event, (enum event_kind)kind, payload, bytes, defaults->account, error);

    free(payload);
    if (result != 0)
        return -1;
    *time_ns = line.stored_ns != 0 ? line.stored_ns : timestamp_of(event);
    return 1;
}
