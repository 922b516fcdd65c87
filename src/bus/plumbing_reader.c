/* One look is some twenty requests, one after the other. A stream that does not answer while the server does has no
 * leader; when the server itself does not answer there is no look, for then nothing is known of the rest. */
#include "bus/plumbing_reader.h"

#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "bus/follower.h"
#include "bus/lease.h"
#include "bus/lease_value.h"
#include "bus/server_json.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

enum {
    PERIOD_MS = 2000,
    AGAIN_MS = 10000, /* after a look that was not answered, for it may never be */
    REQUEST_MS = 1000,
    LIST_MS = 5000, /* servers of a cluster wait 4 s for consumers that do not answer, and list the others then */
    SLICE_MS = 100, /* between looks whether to stop */
    INBOX_BYTES = 64 << 10,
    SUBJECT_SIZE = 128,
    PAGES_MAX = 16,
};

/* Of a role that was not renewed for so long nothing is known any more. */
#define TROUBLE_AGE_NS (5 * NS_PER_SECOND)

/* A machine that renewed no lease for so long has none of us any more. */
#define CLOCK_AGE_NS (10 * NS_PER_SECOND)

/* A replica that its leader has not heard of for so long is away; 2.9 does not call it offline. */
#define REPLICA_AWAY_NS (5 * NS_PER_SECOND)

struct reader_clock {
    struct plumbing_clock clock; /* of the renewal that took least since the last look */
    bool is_fresh;
    int64_t renewed_ns; /* monotonic: the last one */
};

/* What the holder of a role said when it renewed its lease. */
struct reader_trouble {
    char role[LEASE_ROLE_SIZE];
    char lines[LEASE_TROUBLE_SIZE]; /* "": all is well */
    int64_t renewed_ns;             /* monotonic */
};

struct plumbing_reader {
    struct tape *tape;
    struct inbox *out;
    struct inbox *in; /* what the follower of the leases brings */
    char *state_directory;
    pthread_t thread;
    atomic_bool stopping;

    /* The thread's alone. */
    struct follower *leases; /* NULL: not yet */
    int64_t follow_at_ns;
    struct reader_clock clocks[PLUMBING_CLOCKS_MAX];
    uint32_t clock_count;
    struct reader_trouble troubles[PLUMBING_TROUBLES_MAX];
    uint32_t trouble_count;
    struct plumbing plumbing;
    bool told; /* that there is no answer */
};

/* Keeps those with the most pending when there are too many. */
static void add_consumer(struct plumbing *plumbing, const struct plumbing_consumer *consumer)
{
    if (plumbing->consumer_count < PLUMBING_CONSUMERS_MAX) {
        plumbing->consumers[plumbing->consumer_count++] = *consumer;
        return;
    }
    struct plumbing_consumer *least = &plumbing->consumers[0];
    for (uint32_t i = 1; i < PLUMBING_CONSUMERS_MAX; i++) {
        if (plumbing->consumers[i].pending < least->pending)
            least = &plumbing->consumers[i];
    }
    if (consumer->pending > least->pending)
        *least = *consumer;
}

int plumbing_parse_consumers(struct plumbing *plumbing, const char *stream, const char *body, size_t bytes,
                             uint32_t *listed, uint32_t *total, struct error *error)
{
    cJSON *json = cJSON_ParseWithLength(body, bytes);
    const cJSON *list = server_json_member(json, "consumers"), *item;
    *listed = 0;
    *total = server_json_small_count(json, "total");
    if (!cJSON_IsArray(list) && *total > 0) {
        cJSON_Delete(json);
        return error_set(error, ERROR_SERVER, "the list of consumers of %s is not what a NATS server answers", stream);
    }
    cJSON_ArrayForEach(item, list)
    {
        const size_t prefix = sizeof PLUMBING_DESCRIPTION - 1;
        const cJSON *config = server_json_member(item, "config");
        struct plumbing_consumer consumer = {.pending = server_json_count(item, "num_pending")};
        char description[PLUMBING_READER_SIZE + sizeof PLUMBING_DESCRIPTION];
        consumer.delivered = server_json_count(server_json_member(item, "delivered"), "consumer_seq");
        text_copy(consumer.stream, sizeof consumer.stream, stream);
        server_json_text(item, "name", consumer.name, sizeof consumer.name);
        server_json_text(config, "durable_name", consumer.reader, sizeof consumer.reader);
        server_json_text(config, "description", description, sizeof description);
        if (consumer.reader[0] == '\0' && strncmp(description, PLUMBING_DESCRIPTION, prefix) == 0)
            text_copy(consumer.reader, sizeof consumer.reader, description + prefix);
        if (consumer.reader[0] != '\0')
            add_consumer(plumbing, &consumer);
        ++*listed;
    }
    cJSON_Delete(json);
    return 0;
}

/* One request whose answer may take long; given up when the reader is to stop. */
static natsStatus ask(struct plumbing_reader *reader, const char *subject, const char *request, natsMsg **answer)
{
    char reply[TAPE_INBOX_SIZE];
    natsSubscription *subscription = NULL;
    natsConnection *connection = tape_connection(reader->tape);
    int64_t end_ns = clock_monotonic_ns() + LIST_MS * NS_PER_MS;
    tape_inbox_name(reply);
    natsStatus status = natsConnection_SubscribeSync(&subscription, connection, reply);
    if (status == NATS_OK)
        status = natsConnection_PublishRequestString(connection, subject, reply, request);
    if (status == NATS_OK)
        status = NATS_TIMEOUT;
    while (status == NATS_TIMEOUT && !atomic_load(&reader->stopping) && clock_monotonic_ns() < end_ns)
        status = natsSubscription_NextMsg(answer, subscription, SLICE_MS);
    tape_retire(reader->tape, subscription);
    return status;
}

/* What does not answer leaves the look in part. */
static void look_at_consumers(struct plumbing_reader *reader, const char *stream)
{
    uint32_t offset = 0, listed = 0, total = 0;
    for (int page = 0; page < PAGES_MAX && (page == 0 || (listed > 0 && offset < total)); page++) {
        char subject[SUBJECT_SIZE], request[32];
        struct error error = {0};
        natsMsg *answer = NULL;
        snprintf(subject, sizeof subject, "$JS.API.CONSUMER.LIST.%s", stream);
        snprintf(request, sizeof request, "{\"offset\":%u}", offset);
        natsStatus status = ask(reader, subject, request, &answer);
        bool is_read = status == NATS_OK &&
                       plumbing_parse_consumers(&reader->plumbing, stream, natsMsg_GetData(answer),
                                                (size_t)natsMsg_GetDataLength(answer), &listed, &total, &error) == 0;
        natsMsg_Destroy(answer);
        reader->plumbing.in_part |= !is_read;
        if (!is_read)
            return;
        offset += listed;
    }
    reader->plumbing.in_part |= offset < total;
}

static void fill_stream(struct plumbing_stream *stream, const jsStreamInfo *info)
{
    const jsStreamConfig *config = info->Config;
    stream->has_leader = true;
    stream->refuses_when_full = config->Discard == js_DiscardNew;
    stream->messages = info->State.Msgs;
    stream->bytes = info->State.Bytes;
    stream->limit_messages = config->MaxMsgs > 0 ? (uint64_t)config->MaxMsgs : 0;
    stream->limit_bytes = config->MaxBytes > 0 ? (uint64_t)config->MaxBytes : 0;
    for (int i = 0; info->Cluster != NULL && i < info->Cluster->ReplicasLen; i++) {
        const jsPeerInfo *replica = info->Cluster->Replicas[i];
        stream->replicas_offline += replica->Offline || (!replica->Current && replica->Active > REPLICA_AWAY_NS);
        if (replica->Lag > stream->replica_lag)
            stream->replica_lag = replica->Lag;
    }
}

/* A stream that is not there is no affair of ours: that is seen by those who read it. */
static int look_at_stream(struct plumbing_reader *reader, const char *name, struct error *error)
{
    struct plumbing *plumbing = &reader->plumbing;
    struct plumbing_stream stream = {0};
    jsOptions options;
    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    jsOptions_Init(&options);
    options.Wait = REQUEST_MS;
    natsStatus status = js_GetStreamInfo(&info, tape_jetstream(reader->tape), name, &options, &code);
    if (status == NATS_NOT_FOUND || code == JSStreamNotFoundErr)
        return 0;
    if (!tape_is_connected(reader->tape))
        return error_set(error, ERROR_SERVER, "there is no connection");
    text_copy(stream.name, sizeof stream.name, name);
    bool is_read = status == NATS_OK && info->State.Consumers > 0;
    if (status == NATS_OK)
        fill_stream(&stream, info);
    jsStreamInfo_Destroy(info);
    if (plumbing->stream_count < PLUMBING_STREAMS_MAX)
        plumbing->streams[plumbing->stream_count++] = stream;
    plumbing->in_part |= !stream.has_leader;
    if (is_read)
        look_at_consumers(reader, name);
    return 0;
}

static void add_disk(struct plumbing *plumbing, const char *name, uint64_t used_bytes, uint64_t size_bytes)
{
    struct plumbing_disk *disk = &plumbing->disks[plumbing->disk_count++];
    *disk = (struct plumbing_disk){.used_bytes = used_bytes, .size_bytes = size_bytes};
    text_copy(disk->name, sizeof disk->name, name);
}

/* As df has it: of what others than root may use. */
static void look_at_state_directory(struct plumbing_reader *reader)
{
    struct statvfs status;
    if (reader->state_directory == NULL || statvfs(reader->state_directory, &status) != 0)
        return;
    uint64_t used = status.f_blocks - status.f_bfree, size = used + status.f_bavail;
    add_disk(&reader->plumbing, "state", used * status.f_frsize, size * status.f_frsize);
}

/* What the account may store, when that is limited; and whether the server answers at all. */
static int look_at_account(struct plumbing_reader *reader, struct error *error)
{
    jsOptions options;
    jsErrCode code = 0;
    jsAccountInfo *info = NULL;
    jsOptions_Init(&options);
    options.Wait = REQUEST_MS;
    natsStatus status = js_GetAccountInfo(&info, tape_jetstream(reader->tape), &options, &code);
    if (status != NATS_OK)
        return tape_error(error, status, (int)code, "cannot look at the streams");
    if (info->Limits.MaxStore > 0)
        add_disk(&reader->plumbing, "server", info->Store, (uint64_t)info->Limits.MaxStore);
    jsAccountInfo_Destroy(info);
    return 0;
}

/* The place of a role; that of the one that was renewed longest ago when there are too many. */
static struct reader_trouble *trouble_of(struct plumbing_reader *reader, const char *role)
{
    struct reader_trouble *oldest = &reader->troubles[0];
    for (uint32_t i = 0; i < reader->trouble_count; i++) {
        struct reader_trouble *trouble = &reader->troubles[i];
        if (strcmp(trouble->role, role) == 0)
            return trouble;
        oldest = trouble->renewed_ns < oldest->renewed_ns ? trouble : oldest;
    }
    if (reader->trouble_count < PLUMBING_TROUBLES_MAX)
        oldest = &reader->troubles[reader->trouble_count++];
    *oldest = (struct reader_trouble){0};
    text_copy(oldest->role, sizeof oldest->role, role);
    return oldest;
}

static void take_trouble(struct plumbing_reader *reader, const struct inbox_item *item)
{
    const char *role = strrchr(item->subject, '.') + 1;
    if (strlen(role) >= LEASE_ROLE_SIZE)
        return;
    struct reader_trouble *trouble = trouble_of(reader, role);
    trouble->renewed_ns = item->arrived_ns;
    lease_value_trouble(trouble->lines, item->payload_bytes == 0 ? "" : item->payload);
}

/* Lines of `<scope> <sentence>`. */
static void add_troubles(struct plumbing *plumbing, const char *lines)
{
    for (const char *line = lines; *line != '\0' && plumbing->trouble_count < PLUMBING_TROUBLES_MAX;) {
        struct plumbing_trouble *trouble = &plumbing->troubles[plumbing->trouble_count];
        size_t length = strcspn(line, "\n"), scope = strcspn(line, " \n");
        if (scope > 0 && scope < length) {
            text_clean(trouble->scope, sizeof trouble->scope, line, scope);
            text_clean(trouble->text, sizeof trouble->text, line + scope + 1, length - scope - 1);
            plumbing->trouble_count++;
        }
        line += length + (line[length] == '\n');
    }
}

static void look_at_troubles(struct plumbing_reader *reader, int64_t now_ns)
{
    for (uint32_t i = 0; i < reader->trouble_count; i++) {
        if (now_ns - reader->troubles[i].renewed_ns < TROUBLE_AGE_NS)
            add_troubles(&reader->plumbing, reader->troubles[i].lines);
    }
}

static void look_at_clocks(struct plumbing_reader *reader, int64_t now_ns)
{
    struct plumbing *plumbing = &reader->plumbing;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < reader->clock_count; i++) {
        if (now_ns - reader->clocks[i].renewed_ns > CLOCK_AGE_NS)
            continue;
        plumbing->clocks[plumbing->clock_count++] = reader->clocks[i].clock;
        reader->clocks[kept] = reader->clocks[i];
        reader->clocks[kept++].is_fresh = false;
    }
    reader->clock_count = kept;
}

static int look(struct plumbing_reader *reader, struct error *error)
{
    memset(&reader->plumbing, 0, sizeof reader->plumbing);
    if (look_at_account(reader, error) != 0)
        return -1;
    for (size_t i = 0; i < STREAM_DEFAULT_COUNT && !atomic_load(&reader->stopping); i++) {
        if (look_at_stream(reader, STREAM_DEFAULTS[i].name, error) != 0)
            return -1;
    }
    look_at_state_directory(reader);
    look_at_clocks(reader, clock_monotonic_ns());
    look_at_troubles(reader, clock_monotonic_ns());
    return 0;
}

static struct reader_clock *clock_of(struct plumbing_reader *reader, const char *host)
{
    for (uint32_t i = 0; i < reader->clock_count; i++) {
        if (strcmp(reader->clocks[i].clock.host, host) == 0)
            return &reader->clocks[i];
    }
    if (reader->clock_count == PLUMBING_CLOCKS_MAX)
        return NULL;
    struct reader_clock *clock = &reader->clocks[reader->clock_count++];
    *clock = (struct reader_clock){0};
    text_copy(clock->clock.host, sizeof clock->clock.host, host);
    return clock;
}

/* A lease was renewed: its holder said at what time, and the server stored it at what time. */
static void take_lease(struct plumbing_reader *reader, const struct inbox_item *item)
{
    struct lease_entry entry;
    if (item->payload_bytes >= BUCKET_VALUE_SIZE)
        return;
    take_trouble(reader, item);
    if (item->payload_bytes == 0)
        return;
    lease_value_read(&entry, item->payload);
    if (entry.at_ns == 0 || entry.host[0] == '\0')
        return;
    struct reader_clock *clock = clock_of(reader, entry.host);
    if (clock == NULL)
        return;
    int64_t ahead_ns = entry.at_ns - item->stored_ns;
    if (!clock->is_fresh || llabs(ahead_ns) < llabs(clock->clock.ahead_ns))
        clock->clock.ahead_ns = ahead_ns;
    clock->is_fresh = true;
    clock->renewed_ns = item->arrived_ns;
}

static void follow_leases(struct plumbing_reader *reader, int64_t now_ns)
{
    const struct follower_options options = {.stream = "KV_" LEASE_BUCKET, .from = FOLLOW_NEW};
    struct error error = {0};
    if (reader->leases != NULL || now_ns < reader->follow_at_ns)
        return;
    reader->leases = follower_create(reader->tape, &options, reader->in, &error);
    reader->follow_at_ns = clock_monotonic_ns() + AGAIN_MS * NS_PER_MS;
    if (reader->leases != NULL)
        return;
    tape_explain(reader->tape, &error);
    log_warning("risk", "the clocks of other processes are not watched: %s", error.text);
}

static void tell_failure(struct plumbing_reader *reader, struct error *error)
{
    if (reader->told || !tape_is_connected(reader->tape))
        return;
    tape_explain(reader->tape, error);
    log_warning("risk", "streams, consumers and disks are not watched: %s", error->text);
    reader->told = true;
}

/* Returns when the next look is due. */
static int64_t take_look(struct plumbing_reader *reader)
{
    struct error error = {0};
    int64_t now_ns = clock_monotonic_ns();
    if (!tape_is_connected(reader->tape))
        return now_ns + PERIOD_MS * NS_PER_MS;
    follow_leases(reader, now_ns);
    bool is_answered = look(reader, &error) == 0;
    if (is_answered && !atomic_load(&reader->stopping))
        inbox_put(reader->out, &(struct inbox_item){.kind = INBOX_PLUMBING, .plumbing = &reader->plumbing});
    if (!is_answered)
        tell_failure(reader, &error);
    reader->told = reader->told && !is_answered;
    bool is_refused = !is_answered && tape_is_connected(reader->tape);
    return now_ns + (is_refused ? AGAIN_MS : PERIOD_MS) * NS_PER_MS;
}

static void *run(void *argument)
{
    struct plumbing_reader *reader = argument;
    struct inbox_item item;
    int64_t due_ns = 0;
    pthread_setname_np(pthread_self(), "plumbing");
    while (!atomic_load(&reader->stopping)) {
        while (inbox_take(reader->in, &item)) {
            if (item.kind == INBOX_MESSAGE)
                take_lease(reader, &item);
        }
        int64_t now_ns = clock_monotonic_ns();
        if (now_ns >= due_ns)
            due_ns = take_look(reader);
        else
            inbox_wait(reader->in, (int)((due_ns - now_ns) / NS_PER_MS) + 1);
    }
    inbox_close(reader->in);
    follower_destroy(reader->leases);
    return NULL;
}

static void release(struct plumbing_reader *reader)
{
    inbox_destroy(reader->in);
    free(reader->state_directory);
    free(reader);
}

struct plumbing_reader *plumbing_reader_create(struct tape *tape, const char *state_directory, struct inbox *inbox,
                                               struct error *error)
{
    struct plumbing_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        abort();
    reader->tape = tape;
    reader->out = inbox;
    reader->in = inbox_create(INBOX_BYTES);
    if (state_directory != NULL && (reader->state_directory = strdup(state_directory)) == NULL)
        abort();
    int problem = pthread_create(&reader->thread, NULL, run, reader);
    if (problem == 0)
        return reader;
    error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
    release(reader);
    return NULL;
}

void plumbing_reader_destroy(struct plumbing_reader *reader)
{
    if (reader == NULL)
        return;
    atomic_store(&reader->stopping, true);
    inbox_wake(reader->in);
    pthread_join(reader->thread, NULL);
    release(reader);
}
