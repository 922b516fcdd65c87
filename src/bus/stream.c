/* Creates the streams and compares what is there with what was wanted. The server ignores settings it does not know,
 * so that what it created is read back and compared too. */
#include "bus/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/checkpoint.h"
#include "bus/lease.h"
#include "bus/snapshot.h"
#include "bus/stream_settings.h"
#include "bus/tape_internal.h"
#include "bus/worker.h"
#include "core/log.h"
#include "core/timestamp.h"

#define MEBIBYTE INT64_C(1048576)
#define GIBIBYTE (1024 * MEBIBYTE)

enum { CLUSTER_REPLICAS = 3, STREAM_NAME_SIZE = 96 };

#define BUCKET(title, age_ns)                                                                                          \
    {                                                                                                                  \
        .name = "KV_" title, .subjects = {"$KV." title ".>"}, .max_age_ns = (age_ns), .max_bytes = -1,                 \
        .deny_delete = true, .bucket = true                                                                            \
    }

static const int64_t SMALLEST_STREAM_BYTES = 16 * MEBIBYTE;

const struct stream_config STREAM_DEFAULTS[] = {
    {.name = "MARKET_DATA",
     .subjects = {"md.>"},
     .max_age_ns = NS_PER_DAY,
     .max_bytes = 10 * GIBIBYTE,
     .duplicate_window_ns = 120 * NS_PER_SECOND},
    /* Small enough for the memory of the embedded server. */
    {.name = "MARKET_DEPTH",
     .subjects = {"depth.>"},
     .max_age_ns = 3600 * NS_PER_SECOND,
     .max_bytes = 128 * MEBIBYTE,
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
    /* What the server says about its streams and consumers; it says it once, and nobody may be listening. Its record of
     * every request, $JS.EVENT.ADVISORY.API, is left out. */
    {.name = "TAPEDECK_ADVISORIES",
     .subjects = {"$JS.EVENT.ADVISORY.CONSUMER.>", "$JS.EVENT.ADVISORY.STREAM.>"},
     .max_age_ns = 7 * NS_PER_DAY,
     .max_bytes = 64 * MEBIBYTE,
     .duplicate_window_ns = 120 * NS_PER_SECOND},
    BUCKET(LEASE_BUCKET, LEASE_AGE_NS),
    BUCKET(CHECKPOINT_BUCKET, 0),
    {.name = "KV_" SNAPSHOT_BUCKET,
     .subjects = {"$KV." SNAPSHOT_BUCKET ".>"},
     .max_bytes = -1,
     .deny_delete = true,
     .bucket = true,
     .bucket_messages = SNAPSHOT_MESSAGES_MAX},
    BUCKET(WORKER_TRIES_BUCKET, WORKER_TRIES_AGE_NS),
};
const size_t STREAM_DEFAULT_COUNT = sizeof STREAM_DEFAULTS / sizeof STREAM_DEFAULTS[0];

/* One set-up of several streams. */
struct setup {
    jsCtx *jetstream;
    jsOptions *options; /* of each request; NULL: nats.c's own */
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
    wanted->Storage = stream->memory ? js_MemoryStorage : js_FileStorage;
    bool drops_oldest = !stream->bucket || stream->bucket_messages > 0;
    wanted->Discard = drops_oldest ? js_DiscardOld : js_DiscardNew;
    wanted->MaxMsgsPerSubject = stream->bucket ? 1 : -1;
    if (stream->bucket_messages > 0) /* clients take a bucket for none without a limit for each subject */
        wanted->MaxMsgsPerSubject = wanted->MaxMsgs = stream->bucket_messages;
    wanted->AllowRollup = stream->bucket;
    wanted->MaxAge = stream->max_age_ns;
    wanted->MaxBytes = stream->max_bytes;
    wanted->Duplicates = stream->duplicate_window_ns;
    wanted->DenyDelete = stream->deny_delete;
    wanted->DenyPurge = stream->deny_purge;
    wanted->Replicas = replicas;
}

/* The server of a cluster names it; one alone does not. */
static bool is_clustered(const jsStreamInfo *info)
{
    return info->Cluster != NULL && info->Cluster->Name != NULL && info->Cluster->Name[0] != '\0';
}

static int wanted_replicas(const jsStreamInfo *info, int asked)
{
    if (asked != 0)
        return asked;
    return is_clustered(info) ? CLUSTER_REPLICAS : 1;
}

static void compare(const jsStreamConfig *is, const jsStreamConfig *wanted)
{
    struct stream_setting settings[STREAM_SETTINGS_MAX];
    int count = stream_settings_compare(settings, is, wanted);
    for (int i = 0; i < count; i++) {
        if (settings[i].differs)
            log_warning("bus", "stream %s: %s is %s, wanted %s; left as it is", wanted->Name, settings[i].name,
                        settings[i].is, settings[i].wanted);
    }
}

/* Gives back half of what fitted, for the streams without a limit of their own need room too. */
static void leave_room(struct setup *setup, jsStreamConfig *wanted, jsStreamInfo **info)
{
    jsStreamInfo *smaller = NULL;
    wanted->MaxBytes /= 2;
    if (js_UpdateStream(&smaller, setup->jetstream, wanted, setup->options, NULL) != NATS_OK) {
        wanted->MaxBytes *= 2;
        return;
    }
    jsStreamInfo_Destroy(*info);
    *info = smaller;
}

/* A cluster refuses for lack of servers also when it has enough of them, but none with so much room. */
static bool is_too_large(jsErrCode code)
{
    const char *said = nats_GetLastError(NULL);
    return code == JSStorageResourcesExceededErr ||
           (code == JSClusterNoPeersErr && said != NULL && strstr(said, "insufficient storage") != NULL);
}

/* Creates a stream with as many replicas and as much space as the server has, telling when that is less than wanted. */
static natsStatus add(struct setup *setup, jsStreamConfig *wanted, jsStreamInfo **info, jsErrCode *code)
{
    int64_t asked_bytes = wanted->MaxBytes;
    natsStatus status;
    for (;;) {
        *code = 0;
        status = js_AddStream(info, setup->jetstream, wanted, setup->options, code);
        bool alone = *code == JSStreamReplicasNotSupportedErr || *code == JSClusterNoPeersErr;
        if (status != NATS_OK && is_too_large(*code) && wanted->MaxBytes / 2 >= SMALLEST_STREAM_BYTES) {
            wanted->MaxBytes /= 2;
        } else if (status != NATS_OK && alone && !setup->replicas_asked && wanted->Replicas > 1) {
            if (*code == JSClusterNoPeersErr)
                log_warning("bus", "the cluster has too few servers for %d replicas: stream %s gets one",
                            setup->replicas, wanted->Name);
            setup->replicas = 1;
            wanted->Replicas = 1;
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

/* Finds the stream or makes it. `wanted` becomes what was asked for in the end. */
static natsStatus find_or_make(struct setup *setup, jsStreamConfig *wanted, jsStreamInfo **info, bool *missing,
                               jsErrCode *code)
{
    natsStatus status = js_GetStreamInfo(info, setup->jetstream, wanted->Name, setup->options, code);
    *missing = status != NATS_OK && (status == NATS_NOT_FOUND || *code == JSStreamNotFoundErr);
    if (!*missing)
        return status;
    status = add(setup, wanted, info, code);
    if (status == NATS_OK)
        log_info("bus", "created stream %s", wanted->Name);
    if (status == NATS_OK || *code != JSStreamNameExistErr)
        return status;
    /* Somebody else was quicker. */
    *missing = false;
    *code = 0;
    return js_GetStreamInfo(info, setup->jetstream, wanted->Name, setup->options, code);
}

static int create(struct setup *setup, const struct stream_config *stream, jsStreamConfig *wanted, jsStreamInfo **info,
                  bool *made, struct error *error)
{
    jsErrCode code = 0;
    natsStatus status = find_or_make(setup, wanted, info, made, &code);
    if (status == NATS_OK)
        return 0;
    char what[STREAM_NAME_SIZE + 32];
    snprintf(what, sizeof what, "cannot %s stream %s", *made ? "create" : "read", stream->name);
    return tape_error(error, status, (int)code, what);
}

static int create_and_compare(struct setup *setup, const struct stream_config *stream, struct error *error)
{
    jsStreamConfig wanted;
    const char *subjects[2];
    jsStreamInfo *info = NULL;
    bool made;
    fill(&wanted, stream, subjects, setup->replicas);
    if (create(setup, stream, &wanted, &info, &made, error) != 0)
        return -1;
    if (!made)
        wanted.Replicas = wanted_replicas(info, setup->replicas_asked ? setup->replicas : 0);
    compare(info->Config, &wanted);
    jsStreamInfo_Destroy(info);
    return 0;
}

int stream_create(struct tape *tape, const struct stream_config *stream, int wait_ms, struct error *error)
{
    jsOptions options;
    jsStreamConfig wanted;
    const char *subjects[2];
    jsStreamInfo *info = NULL;
    bool made;
    jsOptions_Init(&options);
    options.Wait = wait_ms;
    struct setup setup = {.jetstream = tape_jetstream(tape), .options = &options, .replicas = CLUSTER_REPLICAS};
    fill(&wanted, stream, subjects, setup.replicas);
    int result = create(&setup, stream, &wanted, &info, &made, error);
    jsStreamInfo_Destroy(info);
    return result;
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
        result = create_and_compare(&setup, order[i], error);
    free(order);
    return result;
}

/* The stream as it is; NULL and 0 when there is none, -1 with an error when it cannot be read. */
static int read_info(jsCtx *jetstream, const char *name, jsStreamInfo **info, struct error *error)
{
    jsErrCode code = 0;
    *info = NULL;
    natsStatus status = js_GetStreamInfo(info, jetstream, name, NULL, &code);
    if (status == NATS_OK || status == NATS_NOT_FOUND || code == JSStreamNotFoundErr)
        return 0;
    char what[STREAM_NAME_SIZE + 32];
    snprintf(what, sizeof what, "cannot read stream %s", name);
    return tape_error(error, status, (int)code, what);
}

/* How many servers have all of the stream: its leader, and those that keep up with it. */
static int current_replicas(const jsStreamInfo *info)
{
    if (!is_clustered(info))
        return 1;
    int count = info->Cluster->Leader != NULL && info->Cluster->Leader[0] != '\0';
    for (int i = 0; i < info->Cluster->ReplicasLen; i++)
        count += info->Cluster->Replicas[i]->Current && !info->Cluster->Replicas[i]->Offline;
    return count;
}

static void report_state(struct stream_report *report, const jsStreamInfo *info)
{
    report->exists = true;
    report->replicas = (int)info->Config->Replicas;
    report->current_replicas = current_replicas(info);
    report->messages = info->State.Msgs;
    report->bytes = info->State.Bytes;
    report->first_sequence = info->State.FirstSeq;
    report->last_sequence = info->State.LastSeq;
    if (is_clustered(info) && info->Cluster->Leader != NULL)
        snprintf(report->leader, sizeof report->leader, "%s", info->Cluster->Leader);
}

int stream_inspect(struct tape *tape, const struct stream_config *stream, int replicas, struct stream_report *report,
                   struct error *error)
{
    jsStreamConfig wanted;
    const char *subjects[2];
    jsStreamInfo *info;
    memset(report, 0, sizeof *report);
    report->name = stream->name;
    if (read_info(tape_jetstream(tape), stream->name, &info, error) != 0)
        return -1;
    fill(&wanted, stream, subjects, info != NULL ? wanted_replicas(info, replicas) : replicas);
    report->setting_count = stream_settings_compare(report->settings, info != NULL ? info->Config : NULL, &wanted);
    if (info != NULL)
        report_state(report, info);
    jsStreamInfo_Destroy(info);
    return 0;
}

int stream_apply(struct tape *tape, const struct stream_config *stream, int replicas, struct error *error)
{
    jsStreamConfig wanted;
    const char *subjects[2];
    jsStreamInfo *info, *changed = NULL;
    jsErrCode code = 0;
    if (read_info(tape_jetstream(tape), stream->name, &info, error) != 0)
        return -1;
    if (info == NULL)
        return streams_create(tape, stream, 1, replicas, error);
    fill(&wanted, stream, subjects, wanted_replicas(info, replicas));
    natsStatus status = js_UpdateStream(&changed, tape_jetstream(tape), &wanted, NULL, &code);
    jsStreamInfo_Destroy(changed);
    jsStreamInfo_Destroy(info);
    if (status == NATS_OK)
        return 0;
    char what[STREAM_NAME_SIZE + 32];
    snprintf(what, sizeof what, "cannot change stream %s", stream->name);
    tape_error(error, status, (int)code, what);
    if (code != 0 && error != NULL)
        error->kind = ERROR_FAILED;
    return -1;
}
