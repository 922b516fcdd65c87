/* The consumer of a follower. It is ephemeral and in memory: what has been read is known here, not on the server, so
 * that it can be made again behind the last message at any time. Each has a subject of its own to deliver to, so that
 * late deliveries of one that was given up are never taken for those of the next. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bus/consumer.h"
#include "bus/follower_internal.h"
#include "bus/stream_info.h"
#include "core/log.h"
#include "core/timestamp.h"

enum { CLEAN_UP_WAIT_MS = 500 };

static const char WHAT[] = "cannot follow stream";

/* Nobody acknowledges; the time only has to be longer than any run. */
#define ACK_WAIT_NS (22 * 3600 * NS_PER_SECOND)

/* A stream can become shorter: its tail is lost with the power, an old copy is brought back, it is deleted and made
 * again. Then sequences are used again, and what was read under them is not what stands there now. */
static void check_tape(struct follower *follower, const jsStreamInfo *info)
{
    const jsStreamState *state = &info->State;
    uint64_t after_last = state->LastSeq + 1;
    bool remade = follower->created_ns != 0 && info->Created != follower->created_ns;
    if (follower->next_sequence > after_last) {
        log_error("bus", "stream %s ends at %" PRIu64 ", before message %" PRIu64 " that was to be read next",
                  follower->stream, state->LastSeq, follower->next_sequence);
        follower->next_sequence = after_last;
        follower->last_sequence = state->LastSeq;
        follower->last_stored_ns = 0;
        follower_report_gap(follower, after_last, remade);
        return;
    }
    if (remade && follower->last_sequence > 0) {
        log_error("bus", "stream %s was made again since message %" PRIu64 " was read", follower->stream,
                  follower->last_sequence);
        follower_report_gap(follower, follower->last_sequence, true);
        follower->last_stored_ns = 0;
        return;
    }
    if (follower->last_stored_ns == 0 || follower->last_sequence < state->FirstSeq)
        return;
    natsMsg *message = NULL;
    if (js_GetMsg(&message, tape_jetstream(follower->listener.tape), follower->stream, follower->last_sequence, NULL,
                  NULL) != NATS_OK)
        return;
    if (natsMsg_GetTime(message) != follower->last_stored_ns) {
        log_error("bus", "message %" PRIu64 " of stream %s is not the one that was read before",
                  follower->last_sequence, follower->stream);
        follower_report_gap(follower, follower->last_sequence, false);
        follower->last_stored_ns = natsMsg_GetTime(message);
    }
    natsMsg_Destroy(message);
}

/* Learns from the stream where to start. */
static int prepare(struct follower *follower, char *filter, struct error *error)
{
    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    natsStatus status = stream_info_get(follower->listener.tape, follower->stream,
                                        follower->next_sequence > 0 ? follower->next_sequence - 1 : 0, &info, &code);
    if (status == NATS_TIMEOUT)
        tape_report_silence(follower->listener.tape);
    bool missing = status == NATS_NOT_FOUND || code == JSStreamNotFoundErr;
    if (missing && atomic_load(&follower->listener.restarts) > 0)
        follower_report_gone(follower, true);
    if (status != NATS_OK)
        return consumer_error(error, status, code, WHAT, follower->stream);
    const jsStreamState *state = &info->State;
    if (follower->next_sequence > 0)
        check_tape(follower, info);
    follower->created_ns = info->Created;
    if (follower->from == FOLLOW_NEW && follower->next_sequence == 0)
        follower->next_sequence = state->LastSeq + 1;
    if (follower->next_sequence > 0 && follower->next_sequence < state->FirstSeq) {
        /* What had gone before the first start is not missed; with a filter nobody knows whether any of it matched. */
        if (atomic_load(&follower->listener.restarts) > 0 && follower->filter[0] == '\0') {
            log_error("bus", "messages %" PRIu64 " to %" PRIu64 " are gone from stream %s", follower->next_sequence,
                      state->FirstSeq - 1, follower->stream);
            follower_report_gap(follower, follower->next_sequence, false);
        }
        follower->next_sequence = state->FirstSeq;
    }

    /* The last per subject are asked for with a filter only. */
    snprintf(filter, FOLLOWER_FILTER_SIZE, "%s", follower->filter);
    if (follower->from == FOLLOW_LAST_PER_SUBJECT && filter[0] == '\0')
        snprintf(filter, FOLLOWER_FILTER_SIZE, "%s", consumer_filter_of_all(info));
    jsStreamInfo_Destroy(info);
    return 0;
}

static void fill(const struct follower *follower, jsConsumerConfig *config, const char *filter, const char *subject)
{
    jsConsumerConfig_Init(config);
    config->DeliverSubject = subject;
    if (follower->description[0] != '\0')
        config->Description = follower->description;
    config->AckPolicy = js_AckNone;
    config->AckWait = ACK_WAIT_NS;
    config->MaxDeliver = 1;
    config->FlowControl = true;
    config->Heartbeat = LISTENER_HEARTBEAT_NS;
    config->MemoryStorage = true;
    config->Replicas = 1;
    consumer_start(config, &(struct consumer_start){.from = follower->from,
                                                    .sequence = follower->next_sequence,
                                                    .time_ns = follower->time_ns,
                                                    .filter = follower->next_sequence > 0 ? follower->filter : filter});
}

int follower_begin(void *context, struct error *error)
{
    struct follower *follower = context;
    char filter[FOLLOWER_FILTER_SIZE], subject[TAPE_INBOX_SIZE];
    follower->consumer[0] = '\0';
    if (prepare(follower, filter, error) < 0)
        return -1;
    tape_inbox_name(subject);
    natsStatus status = listener_subscribe(&follower->listener, subject, NULL);
    if (status != NATS_OK)
        return consumer_error(error, status, 0, WHAT, follower->stream);

    jsConsumerConfig config;
    fill(follower, &config, filter, subject);
    jsErrCode code = 0;
    jsConsumerInfo *info = NULL;
    status = js_AddConsumer(&info, tape_jetstream(follower->listener.tape), follower->stream, &config, NULL, &code);
    if (status != NATS_OK) {
        consumer_error(error, status, code, WHAT, follower->stream);
        follower_end(follower);
        return -1;
    }
    snprintf(follower->consumer, sizeof follower->consumer, "%s", info->Name);
    follower->consumer_sequence = 0;
    follower->caught_up_sequence = info->Delivered.Consumer + info->NumPending;
    follower->caught_up = false;
    jsConsumerInfo_Destroy(info);
    /* The last per subject leave out others, until all of them are read. */
    bool whole = follower->filter[0] == '\0';
    follower->contiguous = whole && follower->next_sequence > 0;
    follower_report_gone(follower, false);
    if (follower->caught_up_sequence == 0)
        follower_report_caught_up(follower);
    return 0;
}

void follower_end(void *context)
{
    struct follower *follower = context;
    listener_unsubscribe(&follower->listener);
    /* The server removes it by itself some seconds after its last subscriber has gone. */
    if (follower->consumer[0] != '\0' && tape_is_connected(follower->listener.tape)) {
        jsOptions options;
        jsOptions_Init(&options);
        options.Wait = CLEAN_UP_WAIT_MS;
        js_DeleteConsumer(tape_jetstream(follower->listener.tape), follower->stream, follower->consumer, &options,
                          NULL);
    }
    follower->consumer[0] = '\0';
}

void follower_check_caught_up(struct follower *follower)
{
    if (follower->caught_up)
        return;
    jsConsumerInfo *info = NULL;
    if (js_GetConsumerInfo(&info, tape_jetstream(follower->listener.tape), follower->stream, follower->consumer, NULL,
                           NULL) != NATS_OK)
        return;
    bool caught_up = info->NumPending == 0 && info->Delivered.Consumer == follower->consumer_sequence;
    jsConsumerInfo_Destroy(info);
    if (caught_up)
        follower_report_caught_up(follower);
}
