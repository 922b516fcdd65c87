/* The envelope of dead letters. A payload is kept so that it can be put back as it was, whatever bytes it has. */
#include "bus/dead_letter.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/tape_internal.h"
#include "core/json.h"
#include "core/text.h"

enum {
    HEADERS_BYTES = 512, /* the message id, which counts too */
    HEAD_BYTES = 4096,   /* all members but the payload */
    SHOWN_BYTES = 1024,
    USUAL_MAX_PAYLOAD = 1 << 20,
    BASE64_MAX = 1 << 30,
};

static const double LARGEST_SEQUENCE = 9007199254740992.0; /* up to which a double is exact */

/* How the payload is written, from best to worst. */
enum form { AS_TEXT, AS_BASE64, CUT, FORM_COUNT };

void dead_letter_subject(char subject[DEAD_LETTER_NAME_SIZE], const char *stream)
{
    snprintf(subject, DEAD_LETTER_NAME_SIZE, "dead.%s", stream);
}

void dead_letter_id(char id[DEAD_LETTER_NAME_SIZE], const char *stream, uint64_t sequence)
{
    snprintf(id, DEAD_LETTER_NAME_SIZE, "dead:%s:%" PRIu64, stream, sequence);
}

static void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    if (memory == NULL)
        abort();
    return memory;
}

/* False when the bytes are none that a JSON string can hold. */
static bool write_text(struct json_writer *writer, const char *payload, size_t bytes)
{
    if (!text_is_utf8(payload, bytes) || memchr(payload, '\0', bytes) != NULL)
        return false;
    char *text = allocate(bytes + 1);
    memcpy(text, payload, bytes);
    text[bytes] = '\0';
    json_key(writer, "payload");
    json_string(writer, text);
    free(text);
    return true;
}

static bool write_base64(struct json_writer *writer, const char *payload, size_t bytes)
{
    if (bytes > BASE64_MAX)
        return false;
    char *text = allocate(bytes / 3 * 4 + 5);
    EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)payload, (int)bytes);
    json_key(writer, "payload_base64");
    json_string(writer, text);
    free(text);
    return true;
}

static bool write_payload(struct json_writer *writer, const struct dead_letter *letter, enum form form)
{
    char shown[SHOWN_BYTES];
    if (form == AS_TEXT)
        return write_text(writer, letter->payload, letter->payload_bytes);
    if (form == AS_BASE64)
        return write_base64(writer, letter->payload, letter->payload_bytes);
    text_clean(shown, sizeof shown, letter->payload, letter->payload_bytes);
    json_key(writer, "payload");
    json_string(writer, shown);
    json_key(writer, "cut");
    json_bool(writer, true);
    return true;
}

static void write_member(struct json_writer *writer, const char *name, const char *text)
{
    if (text == NULL)
        return;
    json_key(writer, name);
    json_string(writer, text);
}

static bool write(struct json_writer *writer, const struct dead_letter *letter, enum form form)
{
    json_open(writer, '{');
    write_member(writer, "stream", letter->stream);
    json_key(writer, "sequence");
    json_unsigned(writer, letter->sequence);
    write_member(writer, "subject", letter->subject);
    write_member(writer, "reader", letter->reader);
    if (letter->deliveries != 0) {
        json_key(writer, "deliveries");
        json_unsigned(writer, letter->deliveries);
    }
    write_member(writer, "reason", letter->reason);
    bool written = letter->payload == NULL || write_payload(writer, letter, form);
    json_close(writer, '}');
    return written && !writer->overflow;
}

char *dead_letter_write(struct tape *tape, const struct dead_letter *letter, size_t *bytes)
{
    int64_t limit = natsConnection_GetMaxPayload(tape_connection(tape));
    size_t size = (limit > HEADERS_BYTES + HEAD_BYTES ? (size_t)limit : USUAL_MAX_PAYLOAD) - HEADERS_BYTES;
    size_t needed = HEAD_BYTES + 6 * (letter->payload_bytes + SHOWN_BYTES); /* a byte may become six, as \u0001 */
    if (needed < size)
        size = needed;
    char *text = allocate(size + 1);
    struct json_writer writer;
    bool written = false;
    for (int form = AS_TEXT; !written && form < FORM_COUNT; form++) {
        json_writer_init(&writer, text, size + 1);
        written = write(&writer, letter, (enum form)form);
    }
    *bytes = writer.length;
    return text;
}

bool dead_letter_send(struct publisher *publisher, struct tape *tape, const struct dead_letter *letter)
{
    char subject[DEAD_LETTER_NAME_SIZE], id[DEAD_LETTER_NAME_SIZE];
    size_t bytes;
    char *text = dead_letter_write(tape, letter, &bytes);
    dead_letter_subject(subject, letter->stream);
    dead_letter_id(id, letter->stream, letter->sequence);
    bool taken = publisher_send(
        publisher,
        &(struct publish_message){
            .subject = subject, .id = id, .fence = PUBLISH_NO_FENCE, .payload = text, .payload_bytes = bytes});
    free(text);
    return taken;
}

/* A letter as it was read, with what its texts stand in. */
struct read_letter {
    struct dead_letter letter; /* first, so that it stands for the whole */
    cJSON *json;
    char *bytes; /* of a payload in base64 */
};

static const char *text_of(const struct read_letter *read, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(read->json, name));
}

static void take_base64(struct read_letter *read, const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length % 4 != 0 || length > BASE64_MAX)
        return;
    read->bytes = allocate(length / 4 * 3 + 1);
    int count = EVP_DecodeBlock((unsigned char *)read->bytes, (const unsigned char *)text, (int)length);
    if (count < 0)
        return;
    read->letter.payload = read->bytes;
    read->letter.payload_bytes = (size_t)count - (text[length - 1] == '=') - (text[length - 2] == '=');
}

/* The payload, when the letter has all of it. */
static void take_payload(struct read_letter *read)
{
    const char *text = text_of(read, "payload"), *base64 = text_of(read, "payload_base64");
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(read->json, "cut")))
        return;
    if (text != NULL) {
        read->letter.payload = text;
        read->letter.payload_bytes = strlen(text);
    } else if (base64 != NULL) {
        take_base64(read, base64);
    }
}

/* 0 unless it is a number of messages. */
static uint64_t count_of(const struct read_letter *read, const char *name)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(read->json, name);
    if (!cJSON_IsNumber(number) || number->valuedouble < 1 || number->valuedouble > LARGEST_SEQUENCE)
        return 0;
    return (uint64_t)number->valuedouble;
}

struct dead_letter *dead_letter_read(const char *text, size_t bytes)
{
    struct read_letter *read = allocate(sizeof *read);
    *read = (struct read_letter){.json = cJSON_ParseWithLength(text, bytes)};
    struct dead_letter *letter = &read->letter;
    letter->stream = text_of(read, "stream");
    letter->sequence = count_of(read, "sequence");
    letter->subject = text_of(read, "subject");
    letter->reader = text_of(read, "reader");
    letter->reason = text_of(read, "reason");
    letter->deliveries = count_of(read, "deliveries");
    /* The name becomes a part of subjects. */
    if (letter->sequence == 0 || letter->stream == NULL ||
        !text_is_id(letter->stream, strlen(letter->stream), DEAD_LETTER_STREAM_SIZE - 1)) {
        dead_letter_free(letter);
        return NULL;
    }
    take_payload(read);
    return letter;
}

void dead_letter_free(struct dead_letter *letter)
{
    struct read_letter *read = (struct read_letter *)letter;
    if (read == NULL)
        return;
    cJSON_Delete(read->json);
    free(read->bytes);
    free(read);
}
