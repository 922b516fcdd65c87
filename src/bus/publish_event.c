/* An event becomes a message of the tape. */
#include "bus/publish_event.h"

#include "core/subject.h"

bool publish_event(struct publisher *publisher, const struct event *event, int64_t fence, struct inbox *inbox,
                   uint64_t cookie)
{
    char subject[SUBJECT_SIZE], id[MESSAGE_ID_SIZE], payload[EVENT_PAYLOAD_SIZE];
    subject_of(event, subject);
    message_id_of(event, id);
    struct publish_message message = {
        .subject = subject,
        .id = id,
        .fence = fence,
        .payload = payload,
        .payload_bytes = event_encode(event, payload, sizeof payload),
        .inbox = inbox,
        .cookie = cookie,
    };
    return publisher_send(publisher, &message);
}
