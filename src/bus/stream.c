/* Creates the streams and compares what is there with what was wanted. The server ignores settings it does not know,
 * so that what it created is read back and compared too. */
#include "bus/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/tape_internal.h"
#include "core/log.h"
#include "core/timestamp.h"

#define MEBIBYTE INT64_C(1048576)
#define GIBIBYTE (1024 * MEBIBYTE)

enum { CLUSTER_REPLICAS = 3 };

static const int64_t SMALLEST_STREAM_BYTES = 16 * MEBIBYTE;

const struct stream_config STREAM_DEFAULTS[] = {
    {.name = "MARKET_DATA",
     .subjects = {"md.>"},
     .max_age_ns = NS_PER_DAY,
     .max_bytes = 10 * GIBIBYTE,
     .duplicate_window_ns = 120 * NS_PER_SECOND},
    {.name = "ORDERS",
     .subjects = {"orders.>"},
     .max_age_ns = 30 * NS_PER_DAY,
     .max_bytes = -1,
     .duplicate_window_ns = 120 * NS_PER_SECOND,
     .deny_delete = true,
     .deny_purge = true},
    {.name = "POSITIONS",
     .subjects = {"positions.>"},
     .max_bytes = GIBIBYTE,
     .duplicate_window_ns = 120 * NS_PER_SECOND},
    {.name = "RISK",
     .subjects = {"risk.>"},
     .max_age_ns = 7 * NS_PER_DAY,
     .max_bytes = -1,
     .duplicate_window_ns = 120 * NS_PER_SECOND},
    {.name = "TAPEDECK_DEAD_LETTERS",
     .subjects = {"dead.>"},
     .max_age_ns = 7 * NS_PER_DAY,
     .max_bytes = 256 * MEBIBYTE,
     .duplicate_window_ns = 120 * NS_PER_SECOND},
};
const size_t STREAM_DEFAULT_COUNT = sizeof STREAM_DEFAULTS / sizeof STREAM_DEFAULTS[0];

/* One set-up of several streams. */
struct setup {
    jsCtx *jetstream;
    int replicas;
    bool replicas_asked; /* by the user, so that another number is a difference */
};

static int subject_count(const struct stream_config *stream)
{
    return stream->subjects[1] != NULL ? 2 : 1;
}

static void fill(jsStreamConfig *wanted, const struct stream_config *stream, const char *subjects[2], int replicas)
{
    jsStreamConfig_Init(wanted);
    for (int i = 0; i < 2; i++)
        subjects[i] = stream->subjects[i];
    wanted->Name = stream->name;
    wanted->Subjects = subjects;
    wanted->SubjectsLen = subject_count(stream);
    wanted->Retention = js_LimitsPolicy;
    wanted->Storage = js_FileStorage;
    wanted->Discard = js_DiscardOld;
    wanted->MaxAge = stream->max_age_ns;
    wanted->MaxBytes = stream->max_bytes;
    wanted->Duplicates = stream->duplicate_window_ns;
    wanted->DenyDelete = stream->deny_delete;
    wanted->DenyPurge = stream->deny_purge;
    wanted->Replicas = replicas;
}

static void report(const char *stream, const char *setting, int64_t is, int64_t wanted, const char *unit)
{
    if (is != wanted)
        log_warning("bus", "stream %s: %s is %" PRId64 "%s, wanted %" PRId64 "%s; left as it is", stream, setting, is,
                    unit, wanted, unit);
}

static void join_subjects(char *text, size_t size, const char **subjects, int count)
{
    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        size_t length = strlen(text);
        snprintf(text + length, size - length, "%s%s", i > 0 ? " " : "", subjects[i]);
    }
}

/* No limit is written as 0 or as -1. */
static int64_t limit(int64_t value)
{
    return value > 0 ? value : -1;
}

static void compare(const jsStreamConfig *is, const jsStreamConfig *wanted, bool replicas_asked)
{
    const char *name = wanted->Name;
    char subjects_is[256], subjects_wanted[256];
    join_subjects(subjects_is, sizeof subjects_is, is->Subjects, is->SubjectsLen);
    join_subjects(subjects_wanted, sizeof subjects_wanted, wanted->Subjects, wanted->SubjectsLen);
    if (strcmp(subjects_is, subjects_wanted) != 0)
        log_warning("bus", "stream %s: subjects are '%s', wanted '%s'; left as they are", name, subjects_is,
                    subjects_wanted);
    report(name, "max_age", limit(is->MaxAge), limit(wanted->MaxAge), " ns");
    report(name, "max_bytes", limit(is->MaxBytes), limit(wanted->MaxBytes), " bytes");
    report(name, "max_msgs", limit(is->MaxMsgs), limit(wanted->MaxMsgs), "");
    report(name, "max_msgs_per_subject", limit(is->MaxMsgsPerSubject), limit(wanted->MaxMsgsPerSubject), "");
    report(name, "max_msg_size", limit(is->MaxMsgSize), limit(wanted->MaxMsgSize), " bytes");
    if (wanted->Duplicates > 0) /* 0 leaves it to the server */
        report(name, "duplicate_window", is->Duplicates, wanted->Duplicates, " ns");
    report(name, "retention (0 limits, 1 interest, 2 work queue)", is->Retention, wanted->Retention, "");
    report(name, "storage (0 file, 1 memory)", is->Storage, wanted->Storage, "");
    report(name, "discard (0 old, 1 new)", is->Discard, wanted->Discard, "");
    report(name, "deny_delete", is->DenyDelete, wanted->DenyDelete, "");
    report(name, "deny_purge", is->DenyPurge, wanted->DenyPurge, "");
    report(name, "no_ack", is->NoAck, wanted->NoAck, "");
    report(name, "sealed", is->Sealed, wanted->Sealed, "");
    if (replicas_asked)
        report(name, "num_replicas", is->Replicas, wanted->Replicas, "");
}

/* Gives back half of what fitted, for the streams without a limit of their own need room too. */
static void leave_room(struct setup *setup, jsStreamConfig *wanted, jsStreamInfo **info)
{
    jsStreamInfo *smaller = NULL;
    wanted->MaxBytes /= 2;
    if (js_UpdateStream(&smaller, setup->jetstream, wanted, NULL, NULL) != NATS_OK) {
        wanted->MaxBytes *= 2;
        return;
    }
    jsStreamInfo_Destroy(*info);
    *info = smaller;
}

/* Creates a stream with as many replicas and as much space as the server has, telling when that is less than wanted. */
static natsStatus add(struct setup *setup, jsStreamConfig *wanted, jsStreamInfo **info, jsErrCode *code)
{
    int64_t asked_bytes = wanted->MaxBytes;
    natsStatus status;
    for (;;) {
        *code = 0;
        status = js_AddStream(info, setup->jetstream, wanted, NULL, code);
        bool alone = *code == JSStreamReplicasNotSupportedErr || *code == JSClusterNoPeersErr;
        if (status != NATS_OK && alone && !setup->replicas_asked && wanted->Replicas > 1) {
            if (*code == JSClusterNoPeersErr)
                log_warning("bus", "the cluster has too few servers for %d replicas: stream %s gets one",
                            setup->replicas, wanted->Name);
            setup->replicas = 1;
            wanted->Replicas = 1;
        } else if (status != NATS_OK && *code == JSStorageResourcesExceededErr &&
                   wanted->MaxBytes / 2 >= SMALLEST_STREAM_BYTES) {
            wanted->MaxBytes /= 2;
        } else {
            break;
        }
    }
    if (status == NATS_OK && wanted->MaxBytes != asked_bytes) {
        leave_room(setup, wanted, info);
        log_warning("bus", "stream %s keeps %" PRId64 " MiB instead of %" PRId64 " MiB, because the disk has no more",
                    wanted->Name, wanted->MaxBytes / MEBIBYTE, asked_bytes / MEBIBYTE);
    }
    return status;
}

static int create(struct setup *setup, const struct stream_config *stream, struct error *error)
{
    jsStreamConfig wanted;
    const char *subjects[2];
    fill(&wanted, stream, subjects, setup->replicas);

    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    natsStatus status = js_GetStreamInfo(&info, setup->jetstream, stream->name, NULL, &code);
    bool missing = status == NATS_NOT_FOUND || code == JSStreamNotFoundErr;
    if (status != NATS_OK && missing) {
        status = add(setup, &wanted, &info, &code);
        if (status == NATS_OK)
            log_info("bus", "created stream %s", stream->name);
        /* Somebody else was quicker. */
        if (status != NATS_OK && code == JSStreamNameExistErr) {
            code = 0;
            status = js_GetStreamInfo(&info, setup->jetstream, stream->name, NULL, &code);
        }
    }
    if (status != NATS_OK) {
        char what[96];
        snprintf(what, sizeof what, "cannot %s stream %s", missing ? "create" : "read", stream->name);
        return tape_error(error, status, (int)code, what);
    }
    compare(info->Config, &wanted, setup->replicas_asked);
    jsStreamInfo_Destroy(info);
    return 0;
}

/* Small reservations first: the largest stream is the one that may be made smaller. */
static int by_size(const void *a, const void *b)
{
    const struct stream_config *const *x = a, *const *y = b;
    return ((*x)->max_bytes > (*y)->max_bytes) - ((*x)->max_bytes < (*y)->max_bytes);
}

int streams_create(struct tape *tape, const struct stream_config *streams, size_t count, int replicas,
                   struct error *error)
{
    struct setup setup = {.jetstream = tape_jetstream(tape),
                          .replicas = replicas == 0 ? CLUSTER_REPLICAS : replicas,
                          .replicas_asked = replicas != 0};
    const struct stream_config **order = calloc(count + 1, sizeof *order);
    if (order == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        order[i] = &streams[i];
    qsort(order, count, sizeof(const struct stream_config *), by_size);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = create(&setup, order[i], error);
    free(order);
    return result;
}
