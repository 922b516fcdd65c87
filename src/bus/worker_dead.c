/* The dead letters of a worker. They are written one by one and waited for, since there are few; until one is stored,
 * its message stays in hand. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/dead_letter.h"
#include "bus/worker_internal.h"
#include "core/log.h"

enum { WRITE_WAIT_MS = 1000, READ_WAIT_MS = 1000 };

int worker_check_dead(struct worker *worker, struct error *error)
{
    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    natsStatus status = js_GetStreamInfo(&info, tape_jetstream(worker->tape), DEAD_LETTER_STREAM, NULL, &code);
    jsStreamInfo_Destroy(info);
    if (status == NATS_OK)
        return 0;
    return tape_error(error, status, code == 0 && status == NATS_NOT_FOUND ? JSStreamNotFoundErr : (int)code,
                      "cannot keep dead letters in stream " DEAD_LETTER_STREAM);
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

static natsStatus publish(struct worker *worker, const struct dead_letter *letter, jsErrCode *code)
{
    char subject[DEAD_LETTER_NAME_SIZE], id[DEAD_LETTER_NAME_SIZE];
    dead_letter_subject(subject, letter->stream);
    dead_letter_id(id, letter->stream, letter->sequence);
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = id;
    options.MaxWait = WRITE_WAIT_MS;
    jsPubAck *ack = NULL;
    size_t bytes;
    char *text = dead_letter_write(worker->tape, letter, &bytes);
    natsStatus status = js_Publish(&ack, tape_jetstream(worker->tape), subject, text, (int)bytes, &options, code);
    jsPubAck_Destroy(ack);
    free(text);
    return status;
}

/* Without the lock. True when the letter is stored. */
static bool write_one(struct worker *worker, const struct worker_slot *slot)
{
    natsMsg *message = NULL;
    if (read_origin(worker, slot->sequence, &message) < 0)
        return false;
    struct dead_letter letter = {.stream = worker->stream,
                                 .sequence = slot->sequence,
                                 .reader = worker->durable,
                                 .reason = slot->reason,
                                 .deliveries = slot->deliveries};
    if (message != NULL) {
        int bytes = natsMsg_GetDataLength(message);
        letter.subject = natsMsg_GetSubject(message);
        letter.payload = bytes > 0 ? natsMsg_GetData(message) : "";
        letter.payload_bytes = (size_t)bytes;
    }
    jsErrCode code = 0;
    natsStatus status = publish(worker, &letter, &code);
    natsMsg_Destroy(message);
    if (status != NATS_OK && tape_is_connected(worker->tape)) {
        struct error error = {0};
        tape_error(&error, status, (int)code, "cannot write a dead letter; it is kept in hand");
        worker_complain(worker, error.text);
    }
    if (status == NATS_OK)
        log_warning("bus", "message %" PRIu64 " of stream %s is a dead letter of %s: %s", slot->sequence,
                    worker->stream, worker->durable, slot->reason);
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
