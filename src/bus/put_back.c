/* Putting back a dead letter. The original goes before the copy in the letter, since it has its headers and is whole;
 * but a stream may have been made again since, and then another message stands under the same sequence. */
#include "bus/put_back.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <nats/nats.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/tape_internal.h"
#include "core/text.h"

enum { WAIT_MS = 5000 };

static const char DEAD_STREAM[] = "TAPEDECK_DEAD_LETTERS";

/* What a letter says of its message. */
struct letter {
    cJSON *json;
    uint64_t number; /* its own sequence */
    int64_t stored_ns;
    const char *stream, *subject; /* subject NULL: it does not say */
    uint64_t sequence;
    char *payload; /* owned; NULL: it has no whole one */
    size_t bytes;
};

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
    char what[PUT_BACK_STREAM_SIZE + 64];
    snprintf(what, sizeof what, "cannot read message %" PRIu64 " of stream %s", sequence, stream);
    tape_error(error, status, (int)code, what);
    return tape_explain(tape, error);
}

static void take_base64(struct letter *letter, const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length % 4 != 0 || length > INT32_MAX)
        return;
    char *bytes = malloc(length / 4 * 3 + 1);
    if (bytes == NULL)
        abort();
    int count = EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)text, (int)length);
    if (count < 0) {
        free(bytes);
        return;
    }
    letter->payload = bytes;
    letter->bytes = (size_t)count - (text[length - 1] == '=') - (text[length - 2] == '=');
}

/* The payload, when the letter has all of it. */
static void take_payload(struct letter *letter)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(letter->json, "payload"));
    const char *base64 = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(letter->json, "payload_base64"));
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(letter->json, "cut")))
        return;
    if (text != NULL) {
        letter->payload = strdup(text);
        if (letter->payload == NULL)
            abort();
        letter->bytes = strlen(text);
    } else if (base64 != NULL) {
        take_base64(letter, base64);
    }
}

static int read_letter(struct tape *tape, struct letter *letter, struct error *error)
{
    natsMsg *message = NULL;
    if (read_message(tape, DEAD_STREAM, letter->number, &message, error) != 0)
        return -1;
    if (message == NULL)
        return error_set(error, ERROR_FAILED, "there is no dead letter %" PRIu64, letter->number);
    letter->json = cJSON_ParseWithLength(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
    letter->stored_ns = natsMsg_GetTime(message);
    natsMsg_Destroy(message);
    const cJSON *sequence = cJSON_GetObjectItemCaseSensitive(letter->json, "sequence");
    letter->stream = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(letter->json, "stream"));
    letter->subject = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(letter->json, "subject"));
    /* The name becomes a part of a subject. */
    if (letter->stream == NULL || !text_is_id(letter->stream, strlen(letter->stream), PUT_BACK_STREAM_SIZE - 1) ||
        !cJSON_IsNumber(sequence) || sequence->valuedouble < 1 || sequence->valuedouble > 9007199254740992.0)
        return error_set(error, ERROR_FAILED, "dead letter %" PRIu64 " does not say which message it is about",
                         letter->number);
    letter->sequence = (uint64_t)sequence->valuedouble;
    take_payload(letter);
    return 0;
}

static bool is_original(const struct letter *letter, natsMsg *message)
{
    if (letter->subject != NULL && strcmp(letter->subject, natsMsg_GetSubject(message)) != 0)
        return false;
    if (natsMsg_GetTime(message) > letter->stored_ns)
        return false;
    return letter->payload == NULL || (letter->bytes == (size_t)natsMsg_GetDataLength(message) &&
                                       memcmp(letter->payload, natsMsg_GetData(message), letter->bytes) == 0);
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
static int make_message(const struct letter *letter, natsMsg *original, natsMsg **message, struct error *error)
{
    const char *subject = original != NULL ? natsMsg_GetSubject(original) : letter->subject;
    const char *payload = original != NULL ? natsMsg_GetData(original) : letter->payload;
    size_t bytes = original != NULL ? (size_t)natsMsg_GetDataLength(original) : letter->bytes;
    if (original == NULL && (subject == NULL || payload == NULL))
        return error_set(error, ERROR_FAILED,
                         "dead letter %" PRIu64 " has only a part of its message, and stream %.64s has it no more",
                         letter->number, letter->stream);
    natsStatus status = natsMsg_Create(message, subject, NULL, payload, (int)bytes);
    if (status == NATS_OK && original != NULL)
        status = copy_headers(*message, original);
    return status == NATS_OK ? 0 : tape_error(error, status, 0, "cannot put the message back");
}

static int publish(struct tape *tape, const struct letter *letter, natsMsg *message, struct put_back_place *place,
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
        snprintf(what, sizeof what, "cannot put dead letter %" PRIu64 " back", letter->number);
        tape_error(error, status, (int)code, what);
        text_copy(said, sizeof said, error->text);
        tape_explain(tape, error);
        /* What was refused for a reason is not stored; what merely was not answered may be. */
        if (status == NATS_TIMEOUT && code == 0 && strcmp(said, error->text) == 0)
            error_set(error, ERROR_UNKNOWN,
                      "the message of dead letter %" PRIu64 " may be stored again or not: no answer", letter->number);
    }
    jsPubAck_Destroy(ack);
    return status == NATS_OK ? 0 : -1;
}

int put_back(struct tape *tape, uint64_t number, struct put_back_place *place, struct error *error)
{
    struct letter letter = {.number = number};
    natsMsg *original = NULL, *message = NULL;
    int result = read_letter(tape, &letter, error);
    if (result == 0)
        result = read_message(tape, letter.stream, letter.sequence, &original, error);
    if (result == 0 && original != NULL && !is_original(&letter, original)) {
        natsMsg_Destroy(original);
        original = NULL;
    }
    if (result == 0)
        result = make_message(&letter, original, &message, error);
    if (result == 0)
        result = publish(tape, &letter, message, place, error);
    natsMsg_Destroy(message);
    natsMsg_Destroy(original);
    free(letter.payload);
    cJSON_Delete(letter.json);
    return result;
}
