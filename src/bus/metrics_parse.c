/* The bodies of /varz, /jsz and /connz, as servers from 2.9 on write them. Fields that are missing stay 0: versions
 * differ in them; only what makes the body recognizable is required. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bus/metrics.h"
#include "bus/server_json.h"
#include "core/text.h"
#include "core/timestamp.h"

static bool time_of(const cJSON *object, const char *key, int64_t *time_ns)
{
    const char *text = cJSON_GetStringValue(server_json_member(object, key));
    return text != NULL && timestamp_parse(text, strlen(text), time_ns);
}

/* The body as an object that has `key`; NULL otherwise. The caller frees it. */
static cJSON *parse(const char *body, size_t bytes, const char *key, const char *endpoint, struct error *error)
{
    cJSON *json = cJSON_ParseWithLength(body, bytes);
    if (cJSON_IsObject(json) && server_json_member(json, key) != NULL)
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
    server_json_text(json, "version", metrics->version, sizeof metrics->version);
    server_json_text(json, "server_name", metrics->name, sizeof metrics->name);
    double cpu = cJSON_GetNumberValue(server_json_member(json, "cpu"));
    metrics->cpu_percent = isfinite(cpu) && cpu > 0 ? cpu : 0;
    metrics->memory_bytes = server_json_count(json, "mem");
    metrics->in_messages = server_json_count(json, "in_msgs");
    metrics->out_messages = server_json_count(json, "out_msgs");
    metrics->in_bytes = server_json_count(json, "in_bytes");
    metrics->out_bytes = server_json_count(json, "out_bytes");
    metrics->slow_consumers = server_json_count(json, "slow_consumers");
    int64_t start_ns, now_ns;
    metrics->uptime_s = 0;
    if (time_of(json, "start", &start_ns) && time_of(json, "now", &now_ns) && now_ns > start_ns)
        metrics->uptime_s = (uint64_t)((now_ns - start_ns) / NS_PER_SECOND);
    const cJSON *limits = server_json_member(server_json_member(json, "jetstream"), "config");
    metrics->jetstream_store_limit_bytes = server_json_count(limits, "max_storage");
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
    server_json_text(json, "name", consumer->name, sizeof consumer->name);
    consumer->lag = server_json_count(json, "num_pending");
    consumer->unsettled = server_json_count(json, "num_ack_pending");
    consumer->redelivered = server_json_count(json, "num_redelivered");
}

static void parse_stream(struct server_metrics *metrics, struct stream_status *stream, const cJSON *json)
{
    *stream = (struct stream_status){0};
    server_json_text(json, "name", stream->name, sizeof stream->name);
    const cJSON *state = server_json_member(json, "state");
    stream->messages = server_json_count(state, "messages");
    stream->bytes = server_json_count(state, "bytes");
    stream->first_sequence = server_json_count(state, "first_seq");
    stream->last_sequence = server_json_count(state, "last_seq");
    stream->consumers = server_json_small_count(state, "consumer_count");
    const cJSON *config = server_json_member(json, "config"), *consumer;
    stream->limit_bytes = server_json_count(config, "max_bytes"); /* -1, no limit, counts as 0 */
    stream->limit_age_ns = (int64_t)server_json_count(config, "max_age");
    cJSON_ArrayForEach(consumer, server_json_member(json, "consumer_detail"))
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
    metrics->jetstream_memory_bytes = server_json_count(json, "memory");
    metrics->jetstream_store_bytes = server_json_count(json, "storage");
    uint64_t limit = server_json_count(server_json_member(json, "config"), "max_storage");
    if (limit > 0)
        metrics->jetstream_store_limit_bytes = limit;
    metrics->api_errors = server_json_count(server_json_member(json, "api"), "errors");
    metrics->stream_count = metrics->consumer_count = 0;
    const cJSON *account, *stream;
    cJSON_ArrayForEach(account, server_json_member(json, "account_details"))
    {
        cJSON_ArrayForEach(stream, server_json_member(account, "stream_detail"))
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
    metrics->connections = server_json_small_count(json, "num_connections");
    if (server_json_member(json, "total") != NULL)
        metrics->connections = server_json_small_count(json, "total");
    const cJSON *connection;
    metrics->client_count = 0;
    cJSON_ArrayForEach(connection, server_json_member(json, "connections"))
    {
        if (metrics->client_count == SERVER_CONNECTIONS_MAX)
            break;
        struct client_status *client = &metrics->clients[metrics->client_count++];
        *client = (struct client_status){0};
        server_json_text(connection, "name", client->name, sizeof client->name);
        client->subscriptions = server_json_small_count(connection, "subscriptions");
        client->in_messages = server_json_count(connection, "in_msgs");
        client->out_messages = server_json_count(connection, "out_msgs");
        client->pending_bytes = server_json_count(connection, "pending_bytes");
    }
    cJSON_Delete(json);
    return 0;
}
