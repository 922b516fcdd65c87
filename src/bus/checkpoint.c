/* The bucket of checkpoints, and the comparison of one with the tape. */
#include "bus/checkpoint.h"

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bucket.h"
#include "bus/stream_info.h"
#include "bus/tape_internal.h"
#include "core/json.h"
#include "core/log.h"
#include "core/timestamp.h"

enum { WAIT_MS = 2000 };

#define CLOCK_SLACK_NS (5 * NS_PER_SECOND)

static struct bucket checkpoints(struct tape *tape)
{
    return (struct bucket){.tape = tape, .name = CHECKPOINT_BUCKET, .wait_ms = WAIT_MS};
}

int checkpoint_open(struct tape *tape, struct error *error)
{
    struct bucket bucket = checkpoints(tape);
    return bucket_create(&bucket, 0, error);
}

static bool make_key(char key[BUCKET_KEY_SIZE], const char *service, const char *stream)
{
    int length = snprintf(key, BUCKET_KEY_SIZE, "%s.%s", service, stream);
    return length > 0 && length < BUCKET_KEY_SIZE;
}

static bool parse(struct checkpoint *checkpoint, const char *text)
{
    bool timed = false;
    struct json_reader reader;
    struct json_value key, value;
    *checkpoint = (struct checkpoint){0};
    json_reader_init(&reader, text, strlen(text));
    while (json_reader_next(&reader, &key, &value)) {
        if (json_is(&key, "sequence") && value.type == JSON_NUMBER)
            checkpoint->sequence = strtoull(value.text, NULL, 10);
        else if (json_is(&key, "stored") && value.type == JSON_STRING)
            timed = timestamp_parse(value.text, value.length, &checkpoint->stored_ns);
        else if (json_is(&key, "halt_missing"))
            checkpoint->halt_missing = value.type == JSON_TRUE;
    }
    return reader.problem == NULL && checkpoint->sequence > 0 && timed;
}

int checkpoint_compare(struct tape *tape, const char *stream, const struct checkpoint *checkpoint,
                       enum checkpoint_verdict *verdict, struct error *error)
{
    char what[128];
    jsErrCode code = 0;
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = WAIT_MS;
    snprintf(what, sizeof what, "cannot compare the checkpoint with stream %s", stream);
    jsStreamInfo *info = NULL;
    natsStatus status = stream_info_get(tape, stream, checkpoint->sequence, &info, &code);
    if (status != NATS_OK)
        return tape_error(error, status, status == NATS_NOT_FOUND ? JSStreamNotFoundErr : (int)code, what);
    uint64_t first = info->State.FirstSeq, last = info->State.LastSeq;
    /* The servers of a cluster have a clock each. A newer server names a leader, itself, also when it is alone. */
    bool clustered = info->Cluster != NULL && info->Cluster->Name != NULL && info->Cluster->Name[0] != '\0';
    int64_t slack_ns = clustered ? CLOCK_SLACK_NS : 0;
    bool remade = checkpoint->sequence > 0 && info->Created > checkpoint->stored_ns + slack_ns;
    jsStreamInfo_Destroy(info);
    if (remade) {
        *verdict = CHECKPOINT_REMADE;
        return 0;
    }
    *verdict = last < checkpoint->sequence        ? CHECKPOINT_SHORTER
               : first > checkpoint->sequence + 1 ? CHECKPOINT_OVERTAKEN
                                                  : CHECKPOINT_AGED;
    if (last < checkpoint->sequence || checkpoint->sequence < first)
        return 0;
    natsMsg *message = NULL;
    code = 0;
    status = js_GetMsg(&message, tape_jetstream(tape), stream, checkpoint->sequence, &options, &code);
    if (status == NATS_NOT_FOUND || code == JSNoMessageFoundErr)
        return 0; /* removed on its own, or aged out just now */
    if (status != NATS_OK)
        return tape_error(error, status, (int)code, what);
    *verdict = natsMsg_GetTime(message) == checkpoint->stored_ns ? CHECKPOINT_AGREES : CHECKPOINT_SHORTER;
    natsMsg_Destroy(message);
    return 0;
}

int checkpoint_check(struct tape *tape, const char *service, const char *stream, enum checkpoint_verdict *verdict,
                     struct checkpoint *checkpoint, struct error *error)
{
    char key[BUCKET_KEY_SIZE];
    struct bucket bucket = checkpoints(tape);
    struct bucket_entry entry;
    *verdict = CHECKPOINT_NONE;
    *checkpoint = (struct checkpoint){0};
    if (!make_key(key, service, stream))
        return error_set(error, ERROR_FAILED, "the names %s and %s are too long for a checkpoint", service, stream);
    if (bucket_get(&bucket, key, &entry, error) != BUCKET_DONE)
        return -1;
    if (entry.value[0] == '\0')
        return 0;
    if (!parse(checkpoint, entry.value)) {
        log_warning("bus", "the checkpoint %s is not readable and is left out", key);
        *checkpoint = (struct checkpoint){0};
        return 0;
    }
    return checkpoint_compare(tape, stream, checkpoint, verdict, error);
}

int checkpoint_newest(struct tape *tape, const char *stream, struct checkpoint *checkpoint, struct error *error)
{
    char key[BUCKET_KEY_SIZE];
    struct bucket bucket = checkpoints(tape);
    struct bucket_entry entry;
    bool exists;
    *checkpoint = (struct checkpoint){0};
    if (!make_key(key, "*", stream))
        return error_set(error, ERROR_FAILED, "the name %s is too long for a checkpoint", stream);
    if (bucket_exists(&bucket, &exists, error) != 0)
        return -1;
    if (!exists)
        return 0;
    if (bucket_get(&bucket, key, &entry, error) != BUCKET_DONE)
        return -1;
    if (!parse(checkpoint, entry.value))
        *checkpoint = (struct checkpoint){0};
    return 0;
}

bool checkpoint_send(struct publisher *publisher, const char *service, const char *stream,
                     const struct checkpoint *checkpoint)
{
    char key[BUCKET_KEY_SIZE], subject[BUCKET_SUBJECT_SIZE], payload[160], stored[TIMESTAMP_TEXT_SIZE];
    if (!make_key(key, service, stream) || !bucket_subject(subject, CHECKPOINT_BUCKET, key))
        return false;
    timestamp_format(stored, checkpoint->stored_ns);
    struct json_writer writer;
    json_writer_init(&writer, payload, sizeof payload);
    json_open(&writer, '{');
    json_key(&writer, "sequence");
    json_unsigned(&writer, checkpoint->sequence);
    json_key(&writer, "stored");
    json_string(&writer, stored);
    if (checkpoint->halt_missing) {
        json_key(&writer, "halt_missing");
        json_bool(&writer, true);
    }
    json_close(&writer, '}');
    return publisher_send(publisher, &(struct publish_message){.subject = subject,
                                                               .fence = PUBLISH_NO_FENCE,
                                                               .payload = payload,
                                                               .payload_bytes = writer.length});
}
