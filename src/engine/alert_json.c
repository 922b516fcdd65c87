/* See alert_json.h. */
#include "engine/alert_json.h"

#include <assert.h>

#include "core/timestamp.h"

static void write_text(struct json_writer *writer, const char *name, const char *text)
{
    json_key(writer, name);
    json_string(writer, text);
}

static void write_time(struct json_writer *writer, const char *name, int64_t time_ns)
{
    char text[TIMESTAMP_TEXT_SIZE];
    if (time_ns == 0)
        return;
    timestamp_format(text, time_ns);
    write_text(writer, name, text);
}

void alert_json_write(struct json_writer *writer, const struct alert_entry *entry)
{
    char payload[EVENT_PAYLOAD_SIZE];
    struct event event = event_empty(EVENT_ALERT);
    event.alert = entry->alert;
    size_t bytes = event_encode(&event, payload, sizeof payload);
    assert(bytes > 2 && payload[bytes - 1] == '}');
    json_raw(writer, payload, bytes - 1);
    json_key(writer, "acknowledged");
    json_bool(writer, entry->acknowledged);
    if (entry->acknowledged)
        write_text(writer, "acknowledged_by", entry->acknowledged_by);
    write_time(writer, "acknowledged_at", entry->acknowledged_ns);
    write_time(writer, "shelved_until", entry->shelved_until_ns);
    if (entry->comment[0] != '\0') {
        write_text(writer, "comment", entry->comment);
        write_text(writer, "comment_by", entry->comment_by);
    }
    json_close(writer, '}');
}
