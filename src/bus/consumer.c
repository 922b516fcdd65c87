/* The start of a consumer, with a way around a mistake of the client library. */
#include "bus/consumer.h"

#include <stdio.h>

#include "bus/tape_internal.h"
#include "core/timestamp.h"

/* nats.c 3.4.1 writes 0.079 s as ".79": a time less than 100 ms after a full second would be sent as a later one. The
 * full second is asked for instead, and what is too early is left out when it comes. */
static int64_t encodable(int64_t time_ns)
{
    int64_t fraction_ns = time_ns % NS_PER_SECOND;
    return fraction_ns < 100 * NS_PER_MS ? time_ns - fraction_ns : time_ns;
}

void consumer_start(jsConsumerConfig *config, const struct consumer_start *start)
{
    if (start->filter[0] != '\0')
        config->FilterSubject = start->filter;
    if (start->sequence > 0) {
        config->DeliverPolicy = js_DeliverByStartSequence;
        config->OptStartSeq = start->sequence;
    } else if (start->from == FOLLOW_TIME) {
        config->DeliverPolicy = js_DeliverByStartTime;
        config->OptStartTime = encodable(start->time_ns);
    } else {
        config->DeliverPolicy = js_DeliverLastPerSubject;
    }
}

const char *consumer_filter_of_all(const jsStreamInfo *info)
{
    return info->Config->SubjectsLen == 1 ? info->Config->Subjects[0] : ">";
}

struct inbox_item consumer_item(natsMsg *message, const struct delivery *delivery, int tag)
{
    return (struct inbox_item){
        .kind = INBOX_MESSAGE,
        .follower_tag = tag,
        .sequence = delivery->stream_sequence,
        .stored_ns = delivery->stored_ns,
        .subject = natsMsg_GetSubject(message),
        .payload = natsMsg_GetData(message),
        .payload_bytes = (size_t)natsMsg_GetDataLength(message),
    };
}

int consumer_error(struct error *error, natsStatus status, jsErrCode code, const char *what, const char *stream)
{
    char text[160];
    snprintf(text, sizeof text, "%s %s", what, stream);
    return tape_error(error, status, code == 0 && status == NATS_NOT_FOUND ? JSStreamNotFoundErr : (int)code, text);
}
