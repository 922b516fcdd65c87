/* A bucket by means of single requests: nats.c's own key-value store would add a watcher and calls without a bound. */
#include "bus/bucket.h"

#include <nats/nats.h>
#include <stdio.h>
#include <string.h>

#include "bus/follower.h"
#include "bus/inbox.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

enum {
    STREAM_NAME_SIZE = 96,
    LIST_WAIT_MS = 5000,
    LIST_INBOX_BYTES = 1 << 20,
};

static void stream_name(char name[STREAM_NAME_SIZE], const char *bucket)
{
    snprintf(name, STREAM_NAME_SIZE, "KV_%s", bucket);
}

bool bucket_subject(char subject[BUCKET_SUBJECT_SIZE], const char *bucket, const char *key)
{
    int length = snprintf(subject, BUCKET_SUBJECT_SIZE, "$KV.%s.%s", bucket, key);
    return length > 0 && length < BUCKET_SUBJECT_SIZE;
}

static enum bucket_answer failed(const struct bucket *bucket, const char *doing, natsStatus status, jsErrCode code,
                                 struct error *error)
{
    if (status == NATS_TIMEOUT)
        tape_report_silence(bucket->tape);
    char what[STREAM_NAME_SIZE + 32];
    snprintf(what, sizeof what, "cannot %s bucket %s", doing, bucket->name);
    tape_error(error, status, (int)code, what);
    return BUCKET_FAILED;
}

static jsOptions request_options(const struct bucket *bucket)
{
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = bucket->wait_ms;
    return options;
}

int bucket_exists(const struct bucket *bucket, bool *exists, struct error *error)
{
    char name[STREAM_NAME_SIZE];
    jsOptions options = request_options(bucket);
    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    stream_name(name, bucket->name);
    natsStatus status = js_GetStreamInfo(&info, tape_jetstream(bucket->tape), name, &options, &code);
    jsStreamInfo_Destroy(info);
    *exists = status == NATS_OK;
    if (status != NATS_OK && status != NATS_NOT_FOUND && code != JSStreamNotFoundErr)
        return failed(bucket, "read", status, code, error), -1;
    return 0;
}

int bucket_create(const struct bucket *bucket, int64_t max_age_ns, struct error *error)
{
    char name[STREAM_NAME_SIZE], subject[BUCKET_SUBJECT_SIZE];
    stream_name(name, bucket->name);
    bucket_subject(subject, bucket->name, ">");
    const struct stream_config stream = {
        .name = name,
        .subjects = {subject},
        .max_age_ns = max_age_ns,
        .max_bytes = -1,
        .deny_delete = true,
        .bucket = true,
    };
    return stream_create(bucket->tape, &stream, bucket->wait_ms, error);
}

enum bucket_answer bucket_get(const struct bucket *bucket, const char *key, struct bucket_entry *entry,
                              struct error *error)
{
    char name[STREAM_NAME_SIZE], subject[BUCKET_SUBJECT_SIZE];
    jsOptions options = request_options(bucket);
    jsErrCode code = 0;
    natsMsg *message = NULL;
    *entry = (struct bucket_entry){0};
    stream_name(name, bucket->name);
    if (!text_copy(entry->key, sizeof entry->key, key) || !bucket_subject(subject, bucket->name, key))
        return failed(bucket, "read", NATS_INVALID_ARG, 0, error);
    if (!tape_is_connected(bucket->tape))
        return failed(bucket, "read", NATS_CONNECTION_DISCONNECTED, 0, error);
    natsStatus status = js_GetLastMsg(&message, tape_jetstream(bucket->tape), name, subject, &options, &code);
    if (code == JSNoMessageFoundErr || (status == NATS_NOT_FOUND && code == 0))
        return BUCKET_DONE;
    if (status != NATS_OK)
        return failed(bucket, "read", status, code, error);
    entry->revision = natsMsg_GetSequence(message);
    entry->stored_ns = natsMsg_GetTime(message);
    int length = natsMsg_GetDataLength(message);
    bool fits = length >= 0 && (size_t)length < sizeof entry->value;
    if (fits && length > 0)
        memcpy(entry->value, natsMsg_GetData(message), (size_t)length);
    natsMsg_Destroy(message);
    return fits ? BUCKET_DONE : failed(bucket, "read", NATS_INSUFFICIENT_BUFFER, 0, error);
}

static enum bucket_answer publish(const struct bucket *bucket, natsMsg *message, uint64_t expected, uint64_t *revision,
                                  struct error *error)
{
    jsPubOptions options;
    jsErrCode code = 0;
    jsPubAck *ack = NULL;
    if (!tape_is_connected(bucket->tape))
        return failed(bucket, "write to", NATS_CONNECTION_DISCONNECTED, 0, error);
    jsPubOptions_Init(&options);
    options.MaxWait = bucket->wait_ms;
    options.ExpectNoMessage = expected == 0;
    if (expected != BUCKET_ANY_REVISION)
        options.ExpectLastSubjectSeq = expected;
    natsStatus status = js_PublishMsg(&ack, tape_jetstream(bucket->tape), message, &options, &code);
    if (status == NATS_OK && revision != NULL)
        *revision = ack->Sequence;
    jsPubAck_Destroy(ack);
    if (status == NATS_OK || tape_code_is_full((int)code))
        tape_report_storage(bucket->tape, natsMsg_GetSubject(message), status != NATS_OK, nats_GetLastError(NULL));
    if (status == NATS_OK)
        return BUCKET_DONE;
    failed(bucket, "write to", status, code, error);
    return code == JSStreamWrongLastSequenceErr ? BUCKET_REFUSED : BUCKET_FAILED;
}

enum bucket_answer bucket_put(const struct bucket *bucket, const char *key, const char *value, uint64_t expected,
                              uint64_t *revision, struct error *error)
{
    char subject[BUCKET_SUBJECT_SIZE];
    natsMsg *message = NULL;
    size_t length = strlen(value);
    natsStatus status = NATS_INVALID_ARG;
    if (length > 0 && length < BUCKET_VALUE_SIZE && bucket_subject(subject, bucket->name, key))
        status = natsMsg_Create(&message, subject, NULL, value, (int)length);
    if (status != NATS_OK)
        return failed(bucket, "write to", status, 0, error);
    enum bucket_answer answer = publish(bucket, message, expected, revision, error);
    natsMsg_Destroy(message);
    return answer;
}

enum bucket_answer bucket_remove(const struct bucket *bucket, const char *key, uint64_t expected, struct error *error)
{
    char subject[BUCKET_SUBJECT_SIZE];
    natsMsg *message = NULL;
    natsStatus status = NATS_INVALID_ARG;
    if (bucket_subject(subject, bucket->name, key))
        status = natsMsg_Create(&message, subject, NULL, NULL, 0);
    if (status == NATS_OK)
        status = natsMsgHeader_Set(message, "KV-Operation", "DEL");
    enum bucket_answer answer = status == NATS_OK ? publish(bucket, message, expected, NULL, error)
                                                  : failed(bucket, "write to", status, 0, error);
    natsMsg_Destroy(message);
    return answer;
}

/* Takes what the follower brings until it has read all. */
static int collect(struct inbox *inbox, size_t prefix, struct bucket_entry *entries, size_t capacity)
{
    int64_t end_ns = clock_monotonic_ns() + LIST_WAIT_MS * NS_PER_MS;
    struct inbox_item item;
    size_t count = 0;
    for (;;) {
        while (inbox_take(inbox, &item)) {
            if (item.kind == INBOX_CAUGHT_UP)
                return (int)count;
            if (item.kind != INBOX_MESSAGE || item.payload_bytes == 0 || strlen(item.subject) < prefix)
                continue; /* a removed key */
            if (count < capacity) {
                struct bucket_entry *entry = &entries[count];
                *entry = (struct bucket_entry){.revision = item.sequence, .stored_ns = item.stored_ns};
                text_copy(entry->key, sizeof entry->key, item.subject + prefix);
                text_copy(entry->value, sizeof entry->value, item.payload);
            }
            count++;
        }
        int64_t left_ns = end_ns - clock_monotonic_ns();
        if (left_ns <= 0)
            return -1;
        inbox_wait(inbox, (int)(left_ns / NS_PER_MS) + 1);
    }
}

int bucket_list(const struct bucket *bucket, struct bucket_entry *entries, size_t capacity, struct error *error)
{
    char name[STREAM_NAME_SIZE], prefix[BUCKET_SUBJECT_SIZE];
    jsOptions options = request_options(bucket);
    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    stream_name(name, bucket->name);
    bucket_subject(prefix, bucket->name, "");
    natsStatus status = js_GetStreamInfo(&info, tape_jetstream(bucket->tape), name, &options, &code);
    jsStreamInfo_Destroy(info);
    if (status == NATS_NOT_FOUND || code == JSStreamNotFoundErr)
        return 0;
    struct inbox *inbox = inbox_create(LIST_INBOX_BYTES);
    struct follower *follower = follower_create(
        bucket->tape, &(struct follower_options){.stream = name, .from = FOLLOW_LAST_PER_SUBJECT}, inbox, error);
    int count = follower == NULL ? -1 : collect(inbox, strlen(prefix), entries, capacity);
    if (follower != NULL && count < 0)
        error_set(error, ERROR_SERVER, "cannot read bucket %s: the server did not answer in time", bucket->name);
    inbox_close(inbox);
    follower_destroy(follower);
    inbox_destroy(inbox);
    return count;
}
