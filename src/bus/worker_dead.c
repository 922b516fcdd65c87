/* Dead letters: what nobody could work, with where it came from and why. They are written one by one and waited for,
 * since there are few; until one is stored, its message stays in hand. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/worker_internal.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { WRITE_WAIT_MS = 1000, READ_WAIT_MS = 1000, HEAD_BYTES = 4096, SHOWN_BYTES = 1024 };

static const char DEAD_STREAM[] = "TAPEDECK_DEAD_LETTERS";

int worker_check_dead(struct worker *worker, struct error *error)
{
    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    natsStatus status = js_GetStreamInfo(&info, tape_jetstream(worker->tape), DEAD_STREAM, NULL, &code);
    jsStreamInfo_Destroy(info);
    if (status == NATS_OK)
        return 0;
    return tape_error(error, status, code == 0 && status == NATS_NOT_FOUND ? JSStreamNotFoundErr : (int)code,
                      "cannot keep dead letters in stream TAPEDECK_DEAD_LETTERS");
}

/* The message itself; NULL when the stream has it no more. -1 when that is not known. */
static int read_origin(struct worker *worker, uint64_t sequence, natsMsg **message)
{
    jsErrCode code = 0;
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = READ_WAIT_MS;
    *message = NULL;
    natsStatus status = js_GetMsg(message, tape_jetstream(worker->tape), worker->stream, sequence, &options, &code);
    if (status == NATS_OK || status == NATS_NOT_FOUND || code == JSNoMessageFoundErr)
        return 0;
    return -1;
}

static void write_base64(struct json_writer *writer, const unsigned char *bytes, size_t count)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc(count / 3 * 4 + 5), *at = text;
    if (text == NULL)
        abort();
    for (size_t i = 0; i < count; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= i + 1 < count ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= i + 2 < count ? bytes[i + 2] : 0;
        *at++ = DIGITS[group >> 18];
        *at++ = DIGITS[group >> 12 & 63];
        *at++ = i + 1 < count ? DIGITS[group >> 6 & 63] : '=';
        *at++ = i + 2 < count ? DIGITS[group & 63] : '=';
    }
    *at = '\0';
    json_string(writer, text);
    free(text);
}

/* The payload so that it can be put back as it was; when it is too long, its beginning only. */
static void write_payload(struct json_writer *writer, const natsMsg *message, bool whole)
{
    const char *payload = natsMsg_GetData(message);
    size_t bytes = (size_t)natsMsg_GetDataLength(message);
    if (!whole) {
        char shown[SHOWN_BYTES];
        text_clean(shown, sizeof shown, payload, bytes);
        json_key(writer, "payload");
        json_string(writer, shown);
        json_key(writer, "cut");
        json_bool(writer, true);
    } else if (bytes == 0) {
        json_key(writer, "payload");
        json_string(writer, "");
    } else if (text_is_utf8(payload, bytes) && memchr(payload, '\0', bytes) == NULL) {
        json_key(writer, "payload");
        json_string(writer, payload); /* nats.c terminates what it hands out */
    } else {
        json_key(writer, "payload_base64");
        write_base64(writer, (const unsigned char *)payload, bytes);
    }
}

static bool write_letter(struct json_writer *writer, const struct worker *worker, const struct worker_slot *slot,
                         const natsMsg *message, bool whole)
{
    json_open(writer, '{');
    json_key(writer, "stream");
    json_string(writer, worker->stream);
    json_key(writer, "sequence");
    json_unsigned(writer, slot->sequence);
    if (message != NULL) {
        json_key(writer, "subject");
        json_string(writer, natsMsg_GetSubject(message));
    }
    json_key(writer, "reader");
    json_string(writer, worker->durable);
    json_key(writer, "deliveries");
    json_unsigned(writer, slot->deliveries);
    json_key(writer, "reason");
    json_string(writer, slot->reason);
    if (message != NULL)
        write_payload(writer, message, whole);
    json_close(writer, '}');
    return !writer->overflow;
}

static natsStatus publish(struct worker *worker, const struct worker_slot *slot, const struct json_writer *letter,
                          jsErrCode *code)
{
    char subject[WORKER_STREAM_SIZE + 8], id[WORKER_STREAM_SIZE + 32];
    snprintf(subject, sizeof subject, "dead.%s", worker->stream);
    snprintf(id, sizeof id, "dead:%s:%" PRIu64, worker->stream, slot->sequence);
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = id;
    options.MaxWait = WRITE_WAIT_MS;
    jsPubAck *ack = NULL;
    natsStatus status =
        js_Publish(&ack, tape_jetstream(worker->tape), subject, letter->text, (int)letter->length, &options, code);
    jsPubAck_Destroy(ack);
    return status;
}

/* Without the lock. True when the letter is stored. */
static bool write_one(struct worker *worker, const struct worker_slot *slot)
{
    natsMsg *message = NULL;
    if (read_origin(worker, slot->sequence, &message) < 0)
        return false;
    /* Every byte may need six, as \u0000. */
    size_t bytes = message != NULL ? (size_t)natsMsg_GetDataLength(message) : 0;
    size_t size = HEAD_BYTES + 6 * (bytes > SHOWN_BYTES ? bytes : SHOWN_BYTES);
    char *text = malloc(size);
    if (text == NULL)
        abort();
    natsStatus status = NATS_MAX_PAYLOAD;
    jsErrCode code = 0;
    for (int whole = 1; whole >= 0 && status == NATS_MAX_PAYLOAD; whole--) {
        struct json_writer writer;
        json_writer_init(&writer, text, size);
        if (write_letter(&writer, worker, slot, message, whole))
            status = publish(worker, slot, &writer, &code);
    }
    if (status != NATS_OK && tape_is_connected(worker->tape)) {
        struct error error = {0};
        tape_error(&error, status, (int)code, "cannot write a dead letter; it is kept in hand");
        worker_complain(worker, error.text);
    }
    if (status == NATS_OK)
        log_warning("bus", "message %" PRIu64 " of stream %s is a dead letter of %s: %s", slot->sequence,
                    worker->stream, worker->durable, slot->reason);
    free(text);
    natsMsg_Destroy(message);
    return status == NATS_OK;
}

void worker_write_dead(struct worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    for (uint32_t i = 0; i < worker->slot_count && worker->dead_count > 0; i++) {
        struct worker_slot *slot = &worker->slots[i];
        if (slot->state != WORKER_DEAD)
            continue;
        /* Only this thread changes a dead slot. */
        pthread_mutex_unlock(&worker->mutex);
        bool written = write_one(worker, slot);
        /* When this is lost, the ack wait ends it: the same letter is written again, under the same id. */
        if (written && slot->reply[0] != '\0')
            worker_tell(worker, slot->reply, WORKER_TERM);
        pthread_mutex_lock(&worker->mutex);
        if (!written)
            break;
        worker->dead_count--;
        worker->counts.dead_letters++;
        worker_remember(worker, slot);
        worker_free_slot(worker, slot);
    }
    pthread_mutex_unlock(&worker->mutex);
}

/* With the lock held. */
static void take_advisory(struct worker *worker, uint64_t sequence, uint64_t deliveries)
{
    static const char REASON[] = "it was delivered as often as is allowed, and never acknowledged";
    if (worker_settled_contains(&worker->settled, sequence))
        return;
    struct worker_slot *slot = worker_find_slot(worker, sequence);
    if (slot != NULL) {
        if (slot->state == WORKER_HELD)
            worker_bury(worker, slot, REASON);
        return;
    }
    slot = worker_take_slot(worker, &(struct delivery){.stream_sequence = sequence, .deliveries = deliveries}, "");
    worker_bury(worker, slot, REASON);
}

void worker_read_advisories(struct worker *worker)
{
    int queued = 0, bytes = 0;
    while (natsSubscription_GetPending(worker->advisories, &queued, &bytes) == NATS_OK && queued > 0) {
        pthread_mutex_lock(&worker->mutex);
        bool room = worker->free_count > 0;
        pthread_mutex_unlock(&worker->mutex);
        natsMsg *message = NULL;
        if (!room || natsSubscription_NextMsg(&message, worker->advisories, 1) != NATS_OK)
            return;
        cJSON *advisory = cJSON_ParseWithLength(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
        const cJSON *sequence = cJSON_GetObjectItemCaseSensitive(advisory, "stream_seq");
        const cJSON *deliveries = cJSON_GetObjectItemCaseSensitive(advisory, "deliveries");
        if (cJSON_IsNumber(sequence) && cJSON_IsNumber(deliveries) && sequence->valuedouble >= 1 &&
            deliveries->valuedouble >= 1) {
            pthread_mutex_lock(&worker->mutex);
            take_advisory(worker, (uint64_t)sequence->valuedouble, (uint64_t)deliveries->valuedouble);
            pthread_mutex_unlock(&worker->mutex);
        }
        cJSON_Delete(advisory);
        natsMsg_Destroy(message);
    }
}
