/* The consumer of a follower. It is ephemeral and in memory: what has been read is known here, not on the server, so
 * that it can be made again behind the last message at any time. Each has a subject of its own to deliver to, so that
 * late deliveries of one that was given up are never taken for those of the next. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bus/follower_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timestamp.h"

enum { CLEAN_UP_WAIT_MS = 500 };

#define HEARTBEAT_NS NS_PER_SECOND
/* Nobody acknowledges; the time only has to be longer than any run. */
#define ACK_WAIT_NS (22 * 3600 * NS_PER_SECOND)

/* A stream can become shorter: its tail is lost with the power, an old copy is brought back, it is deleted and made
 * again. Then sequences are used again, and what was read under them is not what stands there now. */
static void check_tape(struct follower *follower, const jsStreamState *state)
{
    uint64_t after_last = state->LastSeq + 1;
    if (follower->next_sequence > after_last) {
        log_error("bus", "stream %s ends at %" PRIu64 ", before message %" PRIu64 " that was to be read next",
                  follower->stream, state->LastSeq, follower->next_sequence);
        follower->next_sequence = after_last;
        follower->last_sequence = state->LastSeq;
        follower->last_stored_ns = 0;
        follower_report_gap(follower, after_last);
        return;
    }
    if (follower->last_stored_ns == 0 || follower->last_sequence < state->FirstSeq)
        return;
    natsMsg *message = NULL;
    if (js_GetMsg(&message, tape_jetstream(follower->tape), follower->stream, follower->last_sequence, NULL, NULL) !=
        NATS_OK)
        return;
    if (natsMsg_GetTime(message) != follower->last_stored_ns) {
        log_error("bus", "message %" PRIu64 " of stream %s is not the one that was read before",
                  follower->last_sequence, follower->stream);
        follower_report_gap(follower, follower->last_sequence);
        follower->last_stored_ns = natsMsg_GetTime(message);
    }
    natsMsg_Destroy(message);
}

/* Learns from the stream where to start. */
static int prepare(struct follower *follower, char *filter, struct error *error)
{
    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    natsStatus status = js_GetStreamInfo(&info, tape_jetstream(follower->tape), follower->stream, NULL, &code);
    if (status != NATS_OK) {
        char what[FOLLOWER_STREAM_SIZE + 32];
        snprintf(what, sizeof what, "cannot follow stream %s", follower->stream);
        return tape_error(error, status, code == 0 && status == NATS_NOT_FOUND ? JSStreamNotFoundErr : (int)code, what);
    }
    const jsStreamState *state = &info->State;
    if (follower->next_sequence > 0)
        check_tape(follower, state);
    if (follower->from == FOLLOW_NEW && follower->next_sequence == 0)
        follower->next_sequence = state->LastSeq + 1;
    if (follower->next_sequence > 0 && follower->next_sequence < state->FirstSeq) {
        /* What had gone before the first start is not missed; with a filter nobody knows whether any of it matched. */
        if (atomic_load(&follower->restarts) > 0 && follower->filter[0] == '\0') {
            log_error("bus", "messages %" PRIu64 " to %" PRIu64 " are gone from stream %s", follower->next_sequence,
                      state->FirstSeq - 1, follower->stream);
            follower_report_gap(follower, follower->next_sequence);
        }
        follower->next_sequence = state->FirstSeq;
    }

    /* The last per subject are asked for with a filter only. */
    snprintf(filter, FOLLOWER_FILTER_SIZE, "%s", follower->filter);
    if (follower->from == FOLLOW_LAST_PER_SUBJECT && filter[0] == '\0')
        snprintf(filter, FOLLOWER_FILTER_SIZE, "%s", info->Config->SubjectsLen == 1 ? info->Config->Subjects[0] : ">");
    jsStreamInfo_Destroy(info);
    return 0;
}

/* nats.c 3.4.1 writes 0.079 s as ".79": a time less than 100 ms after a full second would be sent as a later one. The
 * full second is asked for instead, and what is too early is left out when it comes. */
static int64_t encodable(int64_t time_ns)
{
    int64_t fraction_ns = time_ns % NS_PER_SECOND;
    return fraction_ns < 100 * NS_PER_MS ? time_ns - fraction_ns : time_ns;
}

static void fill(const struct follower *follower, jsConsumerConfig *config, const char *filter, const char *subject)
{
    jsConsumerConfig_Init(config);
    config->DeliverSubject = subject;
    config->AckPolicy = js_AckNone;
    config->AckWait = ACK_WAIT_NS;
    config->MaxDeliver = 1;
    config->FlowControl = true;
    config->Heartbeat = HEARTBEAT_NS;
    config->MemoryStorage = true;
    config->Replicas = 1;
    if (follower->next_sequence > 0) {
        config->DeliverPolicy = js_DeliverByStartSequence;
        config->OptStartSeq = follower->next_sequence;
        if (follower->filter[0] != '\0')
            config->FilterSubject = follower->filter;
    } else if (follower->from == FOLLOW_TIME) {
        config->DeliverPolicy = js_DeliverByStartTime;
        config->OptStartTime = encodable(follower->time_ns);
        if (follower->filter[0] != '\0')
            config->FilterSubject = follower->filter;
    } else {
        config->DeliverPolicy = js_DeliverLastPerSubject;
        config->FilterSubject = filter;
    }
}

static natsStatus subscribe(struct follower *follower, const char *subject)
{
    natsSubscription *subscription = NULL;
    natsStatus status = natsConnection_SubscribeSync(&subscription, tape_connection(follower->tape), subject);
    if (status == NATS_OK)
        status = natsSubscription_SetPendingLimits(subscription, -1, -1);
    if (status != NATS_OK) {
        natsSubscription_Destroy(subscription);
        return status;
    }
    pthread_mutex_lock(&follower->mutex);
    follower->subscription = subscription;
    pthread_mutex_unlock(&follower->mutex);
    return NATS_OK;
}

int follower_begin(struct follower *follower, struct error *error)
{
    char filter[FOLLOWER_FILTER_SIZE], subject[TAPE_INBOX_SIZE], what[FOLLOWER_STREAM_SIZE + 32];
    follower->generation = tape_generation(follower->tape);
    follower->consumer[0] = '\0';
    if (prepare(follower, filter, error) < 0)
        return -1;
    tape_inbox_name(subject);
    snprintf(what, sizeof what, "cannot follow stream %s", follower->stream);
    natsStatus status = subscribe(follower, subject);
    if (status != NATS_OK)
        return tape_error(error, status, 0, what);

    jsConsumerConfig config;
    fill(follower, &config, filter, subject);
    jsErrCode code = 0;
    jsConsumerInfo *info = NULL;
    status = js_AddConsumer(&info, tape_jetstream(follower->tape), follower->stream, &config, NULL, &code);
    if (status != NATS_OK) {
        tape_error(error, status, (int)code, what);
        follower_end(follower);
        return -1;
    }
    snprintf(follower->consumer, sizeof follower->consumer, "%s", info->Name);
    follower->consumer_sequence = 0;
    follower->caught_up_sequence = info->Delivered.Consumer + info->NumPending;
    follower->caught_up = false;
    follower->heard_ns = clock_monotonic_ns();
    jsConsumerInfo_Destroy(info);
    /* The last per subject leave out others, until all of them are read. */
    bool whole = follower->filter[0] == '\0';
    follower->contiguous = whole && follower->next_sequence > 0;
    if (follower->caught_up_sequence == 0)
        follower_report_caught_up(follower);
    return 0;
}

void follower_end(struct follower *follower)
{
    pthread_mutex_lock(&follower->mutex);
    natsSubscription *subscription = follower->subscription;
    follower->subscription = NULL;
    pthread_mutex_unlock(&follower->mutex);
    natsSubscription_Destroy(subscription);
    /* The server removes it by itself some seconds after its last subscriber has gone. */
    if (follower->consumer[0] != '\0' && tape_is_connected(follower->tape)) {
        jsOptions options;
        jsOptions_Init(&options);
        options.Wait = CLEAN_UP_WAIT_MS;
        js_DeleteConsumer(tape_jetstream(follower->tape), follower->stream, follower->consumer, &options, NULL);
    }
    follower->consumer[0] = '\0';
}

void follower_check_caught_up(struct follower *follower)
{
    if (follower->caught_up)
        return;
    jsConsumerInfo *info = NULL;
    if (js_GetConsumerInfo(&info, tape_jetstream(follower->tape), follower->stream, follower->consumer, NULL, NULL) !=
        NATS_OK)
        return;
    bool caught_up = info->NumPending == 0 && info->Delivered.Consumer == follower->consumer_sequence;
    jsConsumerInfo_Destroy(info);
    if (caught_up)
        follower_report_caught_up(follower);
}
