/* The bodies of /varz, /jsz and /connz, as servers from 2.9 on write them. Fields that are missing stay 0: versions
 * differ in them; only what makes the body recognizable is required. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bus/metrics.h"
#include "core/text.h"
#include "core/timestamp.h"

/* A count as the server writes it; 0 when it is missing, negative or no number. */
static uint64_t count_of(const cJSON *object, const char *key)
{
    double value = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (!(value > 0))
        return 0;
    return value < 18446744073709551616.0 ? (uint64_t)value : UINT64_MAX;
}

static uint32_t small_count_of(const cJSON *object, const char *key)
{
    uint64_t count = count_of(object, key);
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

static void text_of(const cJSON *object, const char *key, char *text, size_t size)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (value == NULL)
        value = "";
    text_clean(text, size, value, strlen(value));
}

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool time_of(const cJSON *object, const char *key, int64_t *time_ns)
{
    const char *text = cJSON_GetStringValue(member(object, key));
    return text != NULL && timestamp_parse(text, strlen(text), time_ns);
}

/* The body as an object that has `key`; NULL otherwise. The caller frees it. */
static cJSON *parse(const char *body, size_t bytes, const char *key, const char *endpoint, struct error *error)
{
    cJSON *json = cJSON_ParseWithLength(body, bytes);
    if (cJSON_IsObject(json) && member(json, key) != NULL)
        return json;
    cJSON_Delete(json);
    error_set(error, ERROR_SERVER, "%s is not what a NATS server answers", endpoint);
    return NULL;
}

int metrics_parse_varz(struct server_metrics *metrics, const char *body, size_t bytes, struct error *error)
{
    cJSON *json = parse(body, bytes, "server_id", "/varz", error);
    if (json == NULL)
        return -1;
    text_of(json, "version", metrics->version, sizeof metrics->version);
    text_of(json, "server_name", metrics->name, sizeof metrics->name);
    double cpu = cJSON_GetNumberValue(member(json, "cpu"));
    metrics->cpu_percent = isfinite(cpu) && cpu > 0 ? cpu : 0;
    metrics->memory_bytes = count_of(json, "mem");
    metrics->in_messages = count_of(json, "in_msgs");
    metrics->out_messages = count_of(json, "out_msgs");
    metrics->in_bytes = count_of(json, "in_bytes");
    metrics->out_bytes = count_of(json, "out_bytes");
    metrics->slow_consumers = count_of(json, "slow_consumers");
    int64_t start_ns, now_ns;
    metrics->uptime_s = 0;
    if (time_of(json, "start", &start_ns) && time_of(json, "now", &now_ns) && now_ns > start_ns)
        metrics->uptime_s = (uint64_t)((now_ns - start_ns) / NS_PER_SECOND);
    const cJSON *limits = member(member(json, "jetstream"), "config");
    metrics->jetstream_store_limit_bytes = count_of(limits, "max_storage");
    cJSON_Delete(json);
    return 0;
}

/* Keeps those with the largest lag, it first; among equals who came first. */
static void insert_consumer(struct server_metrics *metrics, const struct consumer_status *consumer)
{
    uint32_t at = metrics->consumer_count;
    while (at > 0 && metrics->consumers[at - 1].lag < consumer->lag)
        at--;
    if (at == SERVER_CONSUMERS_MAX)
        return;
    if (metrics->consumer_count < SERVER_CONSUMERS_MAX)
        metrics->consumer_count++;
    memmove(&metrics->consumers[at + 1], &metrics->consumers[at],
            (metrics->consumer_count - 1 - at) * sizeof metrics->consumers[0]);
    metrics->consumers[at] = *consumer;
}

static void parse_consumer(struct consumer_status *consumer, const char *stream, const cJSON *json)
{
    *consumer = (struct consumer_status){0};
    text_copy(consumer->stream, sizeof consumer->stream, stream);
    text_of(json, "name", consumer->name, sizeof consumer->name);
    consumer->lag = count_of(json, "num_pending");
    consumer->unsettled = count_of(json, "num_ack_pending");
    consumer->redelivered = count_of(json, "num_redelivered");
}

static void parse_stream(struct server_metrics *metrics, struct stream_status *stream, const cJSON *json)
{
    *stream = (struct stream_status){0};
    text_of(json, "name", stream->name, sizeof stream->name);
    const cJSON *state = member(json, "state");
    stream->messages = count_of(state, "messages");
    stream->bytes = count_of(state, "bytes");
    stream->first_sequence = count_of(state, "first_seq");
    stream->last_sequence = count_of(state, "last_seq");
    stream->consumers = small_count_of(state, "consumer_count");
    const cJSON *config = member(json, "config"), *consumer;
    stream->limit_bytes = count_of(config, "max_bytes"); /* -1, no limit, counts as 0 */
    stream->limit_age_ns = (int64_t)count_of(config, "max_age");
    cJSON_ArrayForEach(consumer, member(json, "consumer_detail"))
    {
        struct consumer_status status;
        parse_consumer(&status, stream->name, consumer);
        if (status.lag > stream->consumer_lag)
            stream->consumer_lag = status.lag;
        insert_consumer(metrics, &status);
    }
}

/* Streams of the tape in the order of their names, then those that are the project's own affair or a bucket's. */
static int compare_names(const char *a, const char *b)
{
    bool own_a = strncmp(a, "TAPEDECK_", 9) == 0 || strncmp(a, "KV_", 3) == 0;
    bool own_b = strncmp(b, "TAPEDECK_", 9) == 0 || strncmp(b, "KV_", 3) == 0;
    return own_a != own_b ? own_a - own_b : strcmp(a, b);
}

/* Keeps the list sorted; when it is full, the last one falls out. */
static void insert_stream(struct server_metrics *metrics, const struct stream_status *stream)
{
    uint32_t at = metrics->stream_count;
    while (at > 0 && compare_names(metrics->streams[at - 1].name, stream->name) > 0)
        at--;
    if (at == SERVER_STREAMS_MAX)
        return;
    if (metrics->stream_count < SERVER_STREAMS_MAX)
        metrics->stream_count++;
    memmove(&metrics->streams[at + 1], &metrics->streams[at],
            (metrics->stream_count - 1 - at) * sizeof metrics->streams[0]);
    metrics->streams[at] = *stream;
}

int metrics_parse_jsz(struct server_metrics *metrics, const char *body, size_t bytes, struct error *error)
{
    cJSON *json = parse(body, bytes, "server_id", "/jsz", error);
    if (json == NULL)
        return -1;
    metrics->jetstream_memory_bytes = count_of(json, "memory");
    metrics->jetstream_store_bytes = count_of(json, "storage");
    uint64_t limit = count_of(member(json, "config"), "max_storage");
    if (limit > 0)
        metrics->jetstream_store_limit_bytes = limit;
    metrics->api_errors = count_of(member(json, "api"), "errors");
    metrics->stream_count = metrics->consumer_count = 0;
    const cJSON *account, *stream;
    cJSON_ArrayForEach(account, member(json, "account_details"))
    {
        cJSON_ArrayForEach(stream, member(account, "stream_detail"))
        {
            struct stream_status status;
            parse_stream(metrics, &status, stream);
            insert_stream(metrics, &status);
        }
    }
    cJSON_Delete(json);
    return 0;
}

int metrics_parse_connz(struct server_metrics *metrics, const char *body, size_t bytes, struct error *error)
{
    cJSON *json = parse(body, bytes, "num_connections", "/connz", error);
    if (json == NULL)
        return -1;
    /* The first counts those listed, which a limit cuts, the second all that are open. */
    metrics->connections = small_count_of(json, "num_connections");
    if (member(json, "total") != NULL)
        metrics->connections = small_count_of(json, "total");
    const cJSON *connection;
    metrics->client_count = 0;
    cJSON_ArrayForEach(connection, member(json, "connections"))
    {
        if (metrics->client_count == SERVER_CONNECTIONS_MAX)
            break;
        struct client_status *client = &metrics->clients[metrics->client_count++];
        *client = (struct client_status){0};
        text_of(connection, "name", client->name, sizeof client->name);
        client->subscriptions = small_count_of(connection, "subscriptions");
        client->in_messages = count_of(connection, "in_msgs");
        client->out_messages = count_of(connection, "out_msgs");
        client->pending_bytes = count_of(connection, "pending_bytes");
    }
    cJSON_Delete(json);
    return 0;
}
