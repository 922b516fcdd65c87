/* Putting back a dead letter. The original goes before the copy in the letter, since it has its headers and is whole;
 * but a stream may have been made again since, and then another message stands under the same sequence. */
#include "bus/put_back.h"

#include <inttypes.h>
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/tape_internal.h"
#include "core/text.h"

enum { WAIT_MS = 5000 };

/* The message; NULL when the stream, or the message in it, is not there. */
static int read_message(struct tape *tape, const char *stream, uint64_t sequence, natsMsg **message,
                        struct error *error)
{
    jsErrCode code = 0;
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = WAIT_MS;
    *message = NULL;
    natsStatus status = js_GetMsg(message, tape_jetstream(tape), stream, sequence, &options, &code);
    if (status == NATS_OK || status == NATS_NOT_FOUND || code == JSNoMessageFoundErr || code == JSStreamNotFoundErr)
        return 0;
    char what[DEAD_LETTER_STREAM_SIZE + 64];
    snprintf(what, sizeof what, "cannot read message %" PRIu64 " of stream %s", sequence, stream);
    tape_error(error, status, (int)code, what);
    return tape_explain(tape, error);
}

static struct dead_letter *read_letter(struct tape *tape, uint64_t number, int64_t *stored_ns, struct error *error)
{
    natsMsg *message = NULL;
    if (read_message(tape, DEAD_LETTER_STREAM, number, &message, error) != 0)
        return NULL;
    if (message == NULL) {
        error_set(error, ERROR_FAILED, "there is no dead letter %" PRIu64, number);
        return NULL;
    }
    struct dead_letter *letter = dead_letter_read(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
    *stored_ns = natsMsg_GetTime(message);
    natsMsg_Destroy(message);
    if (letter == NULL)
        error_set(error, ERROR_FAILED, "dead letter %" PRIu64 " does not say which message it is about", number);
    return letter;
}

static bool is_original(const struct dead_letter *letter, int64_t stored_ns, natsMsg *message)
{
    if (letter->subject != NULL && strcmp(letter->subject, natsMsg_GetSubject(message)) != 0)
        return false;
    if (natsMsg_GetTime(message) > stored_ns)
        return false;
    return letter->payload == NULL || (letter->payload_bytes == (size_t)natsMsg_GetDataLength(message) &&
                                       memcmp(letter->payload, natsMsg_GetData(message), letter->payload_bytes) == 0);
}

static natsStatus copy_headers(natsMsg *to, natsMsg *from)
{
    const char **keys = NULL;
    int count = 0;
    natsStatus status = natsMsgHeader_Keys(from, &keys, &count);
    if (status == NATS_NOT_FOUND)
        return NATS_OK;
    for (int i = 0; status == NATS_OK && i < count; i++) {
        const char **values = NULL;
        int value_count = 0;
        if (strncmp(keys[i], "Nats-", 5) == 0)
            continue;
        status = natsMsgHeader_Values(from, keys[i], &values, &value_count);
        for (int j = 0; status == NATS_OK && j < value_count; j++)
            status = natsMsgHeader_Add(to, keys[i], values[j]);
        free((void *)values);
    }
    free((void *)keys);
    return status;
}

/* The message to publish; `original` may be NULL. */
static int make_message(const struct dead_letter *letter, uint64_t number, natsMsg *original, natsMsg **message,
                        struct error *error)
{
    const char *subject = original != NULL ? natsMsg_GetSubject(original) : letter->subject;
    const char *payload = original != NULL ? natsMsg_GetData(original) : letter->payload;
    size_t bytes = original != NULL ? (size_t)natsMsg_GetDataLength(original) : letter->payload_bytes;
    if (original == NULL && (subject == NULL || payload == NULL))
        return error_set(error, ERROR_FAILED,
                         "dead letter %" PRIu64 " has only a part of its message, and stream %.64s has it no more",
                         number, letter->stream);
    natsStatus status = natsMsg_Create(message, subject, NULL, payload, (int)bytes);
    if (status == NATS_OK && original != NULL)
        status = copy_headers(*message, original);
    return status == NATS_OK ? 0 : tape_error(error, status, 0, "cannot put the message back");
}

static int publish(struct tape *tape, uint64_t number, natsMsg *message, struct put_back_place *place,
                   struct error *error)
{
    jsErrCode code = 0;
    jsPubAck *ack = NULL;
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MaxWait = WAIT_MS;
    natsStatus status = js_PublishMsg(&ack, tape_jetstream(tape), message, &options, &code);
    if (status == NATS_OK) {
        text_copy(place->stream, sizeof place->stream, ack->Stream);
        place->sequence = ack->Sequence;
    } else {
        char what[64], said[sizeof error->text];
        snprintf(what, sizeof what, "cannot put dead letter %" PRIu64 " back", number);
        tape_error(error, status, (int)code, what);
        text_copy(said, sizeof said, error->text);
        tape_explain(tape, error);
        /* What was refused for a reason is not stored; what merely was not answered may be. */
        if (status == NATS_TIMEOUT && code == 0 && strcmp(said, error->text) == 0)
            error_set(error, ERROR_UNKNOWN,
                      "the message of dead letter %" PRIu64 " may be stored again or not: no answer", number);
    }
    jsPubAck_Destroy(ack);
    return status == NATS_OK ? 0 : -1;
}

int put_back(struct tape *tape, uint64_t number, struct put_back_place *place, struct error *error)
{
    int64_t stored_ns = 0;
    natsMsg *original = NULL, *message = NULL;
    struct dead_letter *letter = read_letter(tape, number, &stored_ns, error);
    if (letter == NULL)
        return -1;
    int result = read_message(tape, letter->stream, letter->sequence, &original, error);
    if (result == 0 && original != NULL && !is_original(letter, stored_ns, original)) {
        natsMsg_Destroy(original);
        original = NULL;
    }
    if (result == 0)
        result = make_message(letter, number, original, &message, error);
    if (result == 0)
        result = publish(tape, number, message, place, error);
    natsMsg_Destroy(message);
    natsMsg_Destroy(original);
    dead_letter_free(letter);
    return result;
}
