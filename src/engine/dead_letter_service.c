/* What cannot be read must not stop the tape: it is put aside under the name of its place, so that several readers of
 * one bad message leave one dead letter. */
#include "engine/dead_letter_service.h"

#include <stdio.h>
#include <string.h>

#include "core/event.h"
#include "core/json.h"
#include "core/log.h"
#include "core/subject.h"
#include "core/text.h"

void dead_letter_send(struct publisher *publisher, const char *stream, const char *reader,
                      const struct inbox_item *item, const char *reason)
{
    char subject[SUBJECT_SIZE], id[MESSAGE_ID_SIZE], payload[EVENT_PAYLOAD_SIZE];
    snprintf(subject, sizeof subject, "dead.%s", stream);
    snprintf(id, sizeof id, "dead:%s:%llu", stream, (unsigned long long)item->sequence);
    char shown[1024];
    size_t bytes = text_clean(shown, sizeof shown, item->payload, item->payload_bytes);
    bool cut = bytes != item->payload_bytes || memcmp(shown, item->payload, bytes) != 0;
    struct json_writer writer;
    json_writer_init(&writer, payload, sizeof payload);
    json_open(&writer, '{');
    json_key(&writer, "stream");
    json_string(&writer, stream);
    json_key(&writer, "sequence");
    json_integer(&writer, (int64_t)item->sequence);
    json_key(&writer, "subject");
    json_string(&writer, item->subject);
    json_key(&writer, "reader");
    json_string(&writer, reader);
    json_key(&writer, "reason");
    json_string(&writer, reason);
    json_key(&writer, "payload");
    json_string(&writer, shown);
    if (cut) { /* too long, or not clean: it cannot be put back from here */
        json_key(&writer, "cut");
        json_bool(&writer, true);
    }
    json_close(&writer, '}');
    if (writer.overflow) /* escapes made it long: the place is enough to find it */
        writer.length = (size_t)snprintf(payload, sizeof payload, "{\"stream\":\"%s\",\"sequence\":%llu}", stream,
                                         (unsigned long long)item->sequence);
    log_warning(reader, "%s message %llu on %s skipped: %s", stream, (unsigned long long)item->sequence, item->subject,
                reason);
    publisher_send(publisher, &(struct publish_message){.subject = subject,
                                                        .id = id,
                                                        .fence = PUBLISH_NO_FENCE,
                                                        .payload = payload,
                                                        .payload_bytes = writer.length});
}
