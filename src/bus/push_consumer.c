/* The durable consumer of a push subscription: found or made, looked after, and made again behind what was
 * acknowledged. The server's answers are believed only after a comparison with what was asked for. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bus/consumer.h"
#include "bus/push_internal.h"
#include "bus/stream_info.h"
#include "core/log.h"
#include "core/timestamp.h"

enum { TABLE_MOST = 16384, INFO_WAIT_MS = 1000 };

#define LOOK_NS   (2 * NS_PER_SECOND)
#define NOT_FOUND 10014 /* the API's code for a consumer that is not there */

static const char WHAT[] = "cannot subscribe to stream";

/* The stream may be another one than before: then nothing is acknowledged of it, and its sequences are used again. */
static void check_stream(struct push *push, const jsStreamInfo *info)
{
    uint64_t last = info->State.LastSeq;
    bool another = push->stream_created_ns != 0 && push->stream_created_ns != info->Created;
    push->stream_created_ns = info->Created;
    if (!another && last + 1 >= push->resume_sequence)
        return;
    uint64_t first = another ? 1 : last + 1;
    log_error("bus", "stream %s is not the one it was; durable %s goes on with message %" PRIu64, push->stream,
              push->durable, first);
    push->resume_sequence = first;
    pthread_mutex_lock(&push->mutex);
    ack_table_clear(&push->table);
    pthread_mutex_unlock(&push->mutex);
    const struct inbox_item gap = {.kind = INBOX_GAP, .follower_tag = push->tag, .sequence = first};
    inbox_put(push->inbox, &gap);
}

static natsStatus get_info(struct push *push, jsConsumerInfo **info, jsErrCode *code)
{
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = INFO_WAIT_MS;
    return js_GetConsumerInfo(info, tape_jetstream(push->listener.tape), push->stream, push->durable, &options, code);
}

static bool is_missing(natsStatus status, jsErrCode code)
{
    return (int)code == NOT_FOUND || (status == NATS_NOT_FOUND && code == 0);
}

static natsStatus make(struct push *push, uint64_t last_sequence, jsConsumerInfo **info, jsErrCode *code)
{
    jsConsumerConfig config;
    char subject[TAPE_INBOX_SIZE];
    tape_inbox_name(subject);
    jsConsumerConfig_Init(&config);
    config.Durable = push->durable;
    config.DeliverSubject = subject;
    config.AckPolicy = js_AckExplicit;
    config.AckWait = push->ack_wait_ns;
    config.MaxAckPending = push->max_ack_pending;
    if (push->group[0] != '\0') {
        config.DeliverGroup = push->group;
    } else {
        config.FlowControl = true;
        config.Heartbeat = LISTENER_HEARTBEAT_NS;
    }
    struct consumer_start start = {.from = push->from, .time_ns = push->time_ns, .filter = push->filter};
    if (push->resume_sequence > 0)
        start.sequence = push->resume_sequence;
    else if (push->from == FOLLOW_SEQUENCE)
        start.sequence = push->sequence;
    else if (push->from == FOLLOW_NEW)
        start.sequence = last_sequence + 1;
    else
        push->not_before_ns = push->time_ns;
    consumer_start(&config, &start);
    natsStatus status = js_AddConsumer(info, tape_jetstream(push->listener.tape), push->stream, &config, NULL, code);
    if (status == NATS_OK)
        return NATS_OK;
    /* Another member of the group may have been faster. */
    return get_info(push, info, code);
}

static bool is_text(const char *text, const char *wanted)
{
    return strcmp(text != NULL ? text : "", wanted) == 0;
}

/* Whether what is there is what was asked for. */
static int check_consumer(struct push *push, const jsConsumerInfo *info, struct error *error)
{
    const jsConsumerConfig *config = info->Config;
    const char *problem = NULL;
    if (config->DeliverSubject == NULL || config->DeliverSubject[0] == '\0')
        problem = "it is a pull consumer";
    else if (!is_text(config->FilterSubject, push->filter))
        problem = "it has another filter";
    else if (!is_text(config->DeliverGroup, push->group))
        problem = "it has another queue group";
    else if (config->AckPolicy != js_AckExplicit)
        problem = "it does not want explicit acknowledgements";
    if (problem != NULL)
        return error_set(error, ERROR_SERVER, "%s %s as durable %s: %s", WHAT, push->stream, push->durable, problem);
    if (info->PushBound && push->group[0] == '\0')
        return error_set(error, ERROR_IN_USE, "%s %s as durable %s: somebody reads it already", WHAT, push->stream,
                         push->durable);
    return 0;
}

/* The consumer, found or made. */
static int find(struct push *push, jsConsumerInfo **info, struct error *error)
{
    jsErrCode code = 0;
    jsStreamInfo *stream = NULL;
    natsStatus status = stream_info_get(push->listener.tape, push->stream,
                                        push->resume_sequence > 0 ? push->resume_sequence - 1 : 0, &stream, &code);
    if (status != NATS_OK)
        return consumer_error(error, status, code, WHAT, push->stream);
    check_stream(push, stream);
    uint64_t last_sequence = stream->State.LastSeq;
    jsStreamInfo_Destroy(stream);
    code = 0;
    status = get_info(push, info, &code);
    if (status != NATS_OK && is_missing(status, code)) {
        code = 0;
        status = make(push, last_sequence, info, &code);
    }
    return status == NATS_OK ? 0 : consumer_error(error, status, code, WHAT, push->stream);
}

/* Learns how far all is acknowledged. */
static void learn_floor(struct push *push, const jsConsumerInfo *info)
{
    uint64_t floor = info->AckFloor.Stream;
    /* Before the first acknowledgement it is 0, wherever the consumer started. */
    if (floor == 0 && info->Config->DeliverPolicy == js_DeliverByStartSequence)
        floor = info->Config->OptStartSeq - 1;
    pthread_mutex_lock(&push->mutex);
    ack_table_forget(&push->table, floor);
    push->table_limit = 2 * push->table.count > TABLE_MOST ? 2 * push->table.count : TABLE_MOST;
    pthread_mutex_unlock(&push->mutex);
    /* A server that was killed may have forgotten acknowledgements. */
    if (floor > 0 && push->resume_sequence < floor + 1)
        push->resume_sequence = floor + 1;
}

int push_begin(void *context, struct error *error)
{
    struct push *push = context;
    jsConsumerInfo *info = NULL;
    if (find(push, &info, error) < 0)
        return -1;
    int result = check_consumer(push, info, error);
    if (result == 0) {
        natsStatus status = listener_subscribe(&push->listener, info->Config->DeliverSubject,
                                               push->group[0] != '\0' ? push->group : NULL);
        if (status != NATS_OK)
            result = consumer_error(error, status, 0, WHAT, push->stream);
    }
    if (result == 0)
        learn_floor(push, info);
    jsConsumerInfo_Destroy(info);
    return result;
}

void push_end(void *context)
{
    struct push *push = context;
    listener_unsubscribe(&push->listener);
}

enum listener_verdict push_look(void *context, int64_t now_ns)
{
    struct push *push = context;
    pthread_mutex_lock(&push->mutex);
    size_t count = push->table.count;
    pthread_mutex_unlock(&push->mutex);
    if (now_ns < push->next_look_ns && count < push->table_limit)
        return LISTENER_GO_ON;
    push->next_look_ns = now_ns + LOOK_NS;
    jsErrCode code = 0;
    jsConsumerInfo *info = NULL;
    natsStatus status = get_info(push, &info, &code);
    if (status == NATS_OK) {
        learn_floor(push, info);
        jsConsumerInfo_Destroy(info);
        return LISTENER_GO_ON;
    }
    if (!is_missing(status, code) && (int)code != JSStreamNotFoundErr)
        return LISTENER_GO_ON;
    log_warning("bus", "durable %s of stream %s is gone; it is made again", push->durable, push->stream);
    return LISTENER_START_AGAIN;
}
