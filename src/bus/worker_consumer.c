/* The durable consumer of a worker. It is made only when it is missing, and never changed: other workers may use it.
 * When it was deleted, it is made again behind the floor up to which everything was settled; what had been settled
 * above the floor comes again then, and is known here. Each connection has a new inbox to deliver to, so that what was
 * asked for earlier is never taken for an answer. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bus/stream_info.h"
#include "bus/worker_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timestamp.h"

enum { ATTEMPTS = 3 };

static int refuse(const struct worker *worker, struct error *error, const char *setting, int64_t is, int64_t wanted)
{
    return error_set(error, ERROR_FAILED,
                     "consumer %s of stream %s has %s %" PRId64 ", wanted %" PRId64 "; delete it or use another name",
                     worker->durable, worker->stream, setting, is, wanted);
}

/* The server leaves out what it does not know, and a consumer of this name may have been made by somebody else. */
static int check(const struct worker *worker, const jsConsumerConfig *is, struct error *error)
{
    const char *filter = is->FilterSubject != NULL ? is->FilterSubject : "";
    if (is->DeliverSubject != NULL && is->DeliverSubject[0] != '\0')
        return error_set(error, ERROR_FAILED,
                         "consumer %s of stream %s is one that the server pushes to; use another name", worker->durable,
                         worker->stream);
    if (strcmp(filter, worker->filter) != 0)
        return error_set(error, ERROR_FAILED,
                         "consumer %s of stream %s has the filter '%.60s', wanted '%.60s'; use another name",
                         worker->durable, worker->stream, filter, worker->filter);
    if (is->AckPolicy != js_AckExplicit)
        return error_set(error, ERROR_FAILED, "consumer %s of stream %s has no explicit acknowledgements",
                         worker->durable, worker->stream);
    if (is->AckWait != worker->options.ack_wait_ms * NS_PER_MS)
        return refuse(worker, error, "an ack wait in ns of", is->AckWait, worker->options.ack_wait_ms * NS_PER_MS);
    if (is->MaxDeliver > 0) /* it would skip messages in silence */
        return refuse(worker, error, "max_deliver", is->MaxDeliver, -1);
    if (is->MaxAckPending != worker->max_ack_pending)
        log_warning("bus",
                    "consumer %s of stream %s: max_ack_pending is %" PRId64 ", wanted %" PRId64 "; left as it is",
                    worker->durable, worker->stream, is->MaxAckPending, worker->max_ack_pending);
    if (is->DeliverPolicy != js_DeliverAll && is->DeliverPolicy != js_DeliverByStartSequence)
        log_warning("bus",
                    "consumer %s of stream %s was not made from the start of the stream: it leaves out what was "
                    "stored before",
                    worker->durable, worker->stream);
    return 0;
}

static natsStatus make(struct worker *worker, jsConsumerInfo **info, jsErrCode *code)
{
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.Durable = worker->durable;
    config.AckPolicy = js_AckExplicit;
    config.AckWait = worker->options.ack_wait_ms * NS_PER_MS;
    config.MaxDeliver = -1; /* the tries are counted here */
    config.MaxAckPending = worker->max_ack_pending;
    config.FilterSubject = worker->filter[0] != '\0' ? worker->filter : NULL;
    config.DeliverPolicy = js_DeliverAll;
    if (worker->consumer_created_ns != 0) {
        config.DeliverPolicy = js_DeliverByStartSequence;
        config.OptStartSeq = worker->floor + 1;
    }
    natsStatus status = js_AddConsumer(info, tape_jetstream(worker->tape), worker->stream, &config, NULL, code);
    if (status == NATS_OK && worker->consumer_created_ns != 0)
        log_error("bus", "consumer %s of stream %s was gone; made again from message %" PRIu64, worker->durable,
                  worker->stream, worker->floor + 1);
    else if (status == NATS_OK)
        log_info("bus", "made consumer %s of stream %s", worker->durable, worker->stream);
    return status;
}

/* Finds the consumer or makes it. Another worker may make it at the same time, from another message. */
static natsStatus find_or_make(struct worker *worker, jsConsumerInfo **info, jsErrCode *code)
{
    natsStatus status = NATS_ERR;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        *code = 0;
        status = js_GetConsumerInfo(info, tape_jetstream(worker->tape), worker->stream, worker->durable, NULL, code);
        if (status != NATS_NOT_FOUND && *code != JSConsumerNotFoundErr)
            return status;
        *code = 0;
        status = make(worker, info, code);
        if (status == NATS_OK ||
            (*code != JSConsumerNameExistErr && *code != JSConsumerCreateErr && *code != JSConsumerExistingActiveErr))
            return status;
    }
    return status;
}

/* With the lock held: what is known about the consumer moves on. */
static void learn(struct worker *worker, const jsConsumerInfo *info)
{
    worker_raise_floor(worker, info->AckFloor.Stream);
    worker->counts.pending = info->NumPending;
    worker->counts.ack_pending = info->NumAckPending > 0 ? (uint64_t)info->NumAckPending : 0;
}

/* A stream that was deleted and made again, or lost its end, uses its sequences again: what was settled under them is
 * something else than what stands there now. */
static bool is_other_stream(struct worker *worker, const jsStreamInfo *info, const struct worker_mark *last)
{
    if (worker->stream_created_ns != 0 && info->Created != worker->stream_created_ns)
        return true;
    if (last->sequence == 0)
        return false;
    if (info->State.LastSeq < last->sequence)
        return true;
    natsMsg *message = NULL;
    if (last->stored_ns == 0 ||
        js_GetMsg(&message, tape_jetstream(worker->tape), worker->stream, last->sequence, NULL, NULL) != NATS_OK)
        return false;
    bool other = natsMsg_GetTime(message) != last->stored_ns;
    natsMsg_Destroy(message);
    return other;
}

static int check_stream(struct worker *worker, struct error *error)
{
    char what[WORKER_STREAM_SIZE + 32];
    snprintf(what, sizeof what, "cannot work stream %s", worker->stream);
    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    /* Before the stream is asked: what is settled meanwhile may stand behind the end that it tells. */
    pthread_mutex_lock(&worker->mutex);
    struct worker_mark last = worker->last;
    pthread_mutex_unlock(&worker->mutex);
    natsStatus status = stream_info_get(worker->tape, worker->stream, last.sequence, &info, &code);
    if (status != NATS_OK)
        return tape_error(error, status, code == 0 && status == NATS_NOT_FOUND ? JSStreamNotFoundErr : (int)code, what);
    if (is_other_stream(worker, info, &last)) {
        log_error("bus",
                  "stream %s is not the one that was worked before, or lost its end; its sequences are used "
                  "again",
                  worker->stream);
        pthread_mutex_lock(&worker->mutex);
        worker->floor = 0;
        worker->last = (struct worker_mark){0};
        worker->highest_delivered = 0;
        worker->settled.count = 0;
        /* Nobody waits for an answer about a message of the former stream. */
        for (uint32_t i = 0; i < worker->slot_count; i++) {
            struct worker_slot *slot = &worker->slots[i];
            if (slot->state == WORKER_FREE || slot->state == WORKER_BUSY)
                continue;
            worker->due_count -= slot->state == WORKER_DUE;
            worker->dead_count -= slot->state == WORKER_DEAD;
            worker_free_slot(worker, slot);
        }
        pthread_mutex_unlock(&worker->mutex);
    }
    worker->stream_created_ns = info->Created;
    pthread_mutex_lock(&worker->mutex);
    worker_raise_floor(worker, info->State.FirstSeq > 0 ? info->State.FirstSeq - 1 : 0);
    pthread_mutex_unlock(&worker->mutex);
    jsStreamInfo_Destroy(info);
    return 0;
}

static natsStatus subscribe(struct worker *worker)
{
    char name[TAPE_INBOX_SIZE];
    natsConnection *connection = tape_connection(worker->tape);
    tape_inbox_name(name);
    natsStatus status = natsConnection_SubscribeSync(&worker->subscription, connection, name);
    if (status == NATS_OK)
        status = natsSubscription_SetPendingLimits(worker->subscription, -1, -1);
    if (status != NATS_OK)
        return status;
    pthread_mutex_lock(&worker->mutex);
    memcpy(worker->inbox_name, name, sizeof name);
    worker->session++;
    worker->credit = 0;
    worker->ask_from_ns = 0;
    pthread_mutex_unlock(&worker->mutex);
    return NATS_OK;
}

int worker_begin(struct worker *worker, struct error *error)
{
    char what[WORKER_STREAM_SIZE + WORKER_NAME_SIZE + 48];
    worker->generation = tape_generation(worker->tape);
    if (check_stream(worker, error) < 0)
        return -1;
    snprintf(what, sizeof what, "cannot use consumer %s of stream %s", worker->durable, worker->stream);
    jsErrCode code = 0;
    jsConsumerInfo *info = NULL;
    natsStatus status = find_or_make(worker, &info, &code);
    if (status != NATS_OK)
        return tape_error(error, status, (int)code, what);
    int result = check(worker, info->Config, error);
    if (result == 0) {
        worker->consumer_created_ns = info->Created;
        worker->looked_ns = clock_monotonic_ns();
        pthread_mutex_lock(&worker->mutex);
        learn(worker, info);
        pthread_mutex_unlock(&worker->mutex);
    }
    jsConsumerInfo_Destroy(info);
    if (result < 0)
        return -1;
    status = subscribe(worker);
    if (status == NATS_OK)
        return 0;
    tape_error(error, status, 0, what);
    worker_end(worker);
    return -1;
}

void worker_end(struct worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    worker->inbox_name[0] = '\0';
    worker->credit = 0;
    pthread_mutex_unlock(&worker->mutex);
    tape_retire(worker->tape, worker->subscription);
    worker->subscription = NULL;
}

/* With the lock held: whether the server has messages, and neither knows of our request for them nor has sent any since
 * the last look. Then the request never reached it, or the answers do not reach us. */
static bool is_unheard(struct worker *worker, const jsConsumerInfo *info)
{
    int queued = 0, bytes = 0;
    natsSubscription_GetPending(worker->subscription, &queued, &bytes);
    uint64_t heard = worker->counts.received + worker->counts.repeated;
    bool suspicious = worker->credit > 0 && queued == 0 && info->NumPending > 0 && info->NumWaiting == 0;
    bool unheard = suspicious && worker->suspicious && heard == worker->heard;
    worker->suspicious = suspicious;
    worker->heard = heard;
    return unheard;
}

bool worker_look(struct worker *worker)
{
    jsErrCode code = 0;
    jsConsumerInfo *info = NULL;
    natsStatus status =
        js_GetConsumerInfo(&info, tape_jetstream(worker->tape), worker->stream, worker->durable, NULL, &code);
    if (status == NATS_NOT_FOUND || code == JSConsumerNotFoundErr || code == JSStreamNotFoundErr)
        return false;
    if (status != NATS_OK)
        return true; /* no answer says nothing about the consumer */
    bool same = info->Created == worker->consumer_created_ns;
    if (same) {
        pthread_mutex_lock(&worker->mutex);
        learn(worker, info);
        same = !is_unheard(worker, info);
        pthread_mutex_unlock(&worker->mutex);
    }
    jsConsumerInfo_Destroy(info);
    return same;
}
