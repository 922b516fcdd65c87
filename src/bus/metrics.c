/* Asks the server for its metrics once a second. A server that is down, slow, or answers with rubbish or without end
 * costs this thread a second at most and nobody else anything. */
#include "bus/metrics.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/curl_once.h"
#include "core/clock.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { PERIOD_MS = 1000, REQUEST_TIMEOUT_MS = 1000, ANSWER_BYTES_MAX = 1 << 20, URL_SIZE = 512 };

struct metrics {
    char url[URL_SIZE];
    struct inbox *inbox;
    pthread_t thread;
    pthread_mutex_t mutex; /* for the waiting only */
    pthread_cond_t wake;
    atomic_bool stopping;

    /* The thread's alone. */
    CURL *curl;
    char *answer;
    size_t answer_bytes;
    bool too_large;
    struct server_metrics reading, previous;
};

static size_t on_data(char *data, size_t size, size_t count, void *context)
{
    struct metrics *metrics = context;
    size_t bytes = size * count;
    if (bytes > ANSWER_BYTES_MAX - metrics->answer_bytes) {
        metrics->too_large = true;
        return 0;
    }
    memcpy(metrics->answer + metrics->answer_bytes, data, bytes);
    metrics->answer_bytes += bytes;
    return bytes;
}

static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t upload_total, curl_off_t upload_now)
{
    (void)total;
    (void)now;
    (void)upload_total;
    (void)upload_now;
    struct metrics *metrics = context;
    return atomic_load(&metrics->stopping) ? 1 : 0;
}

/* Fetches one endpoint into `answer`. The problem never names the address, whose path is a secret. */
static int fetch(struct metrics *metrics, const char *endpoint, struct error *error)
{
    char url[URL_SIZE + 64];
    snprintf(url, sizeof url, "%s%s", metrics->url, endpoint);
    int shown = (int)strcspn(endpoint, "?");
    metrics->answer_bytes = 0;
    metrics->too_large = false;
    curl_easy_setopt(metrics->curl, CURLOPT_URL, url);
    CURLcode code = curl_easy_perform(metrics->curl);
    if (metrics->too_large)
        return error_set(error, ERROR_SERVER, "the answer of %.*s is larger than 1 MB", shown, endpoint);
    if (code != CURLE_OK)
        return error_set(error, ERROR_SERVER, "%.*s: %s", shown, endpoint, curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(metrics->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return error_set(error, ERROR_SERVER, "%.*s answered with HTTP status %ld", shown, endpoint, status);
    return 0;
}

/* Messages per second of each stream since the reading before, by the sequences: what retention takes away does not
 * count. */
static void compute_rates(struct server_metrics *reading, const struct server_metrics *previous)
{
    double seconds = (double)(reading->read_at_ns - previous->read_at_ns) / (double)NS_PER_SECOND;
    if (!previous->available || seconds <= 0)
        return;
    for (uint32_t i = 0; i < reading->stream_count; i++) {
        struct stream_status *stream = &reading->streams[i];
        for (uint32_t j = 0; j < previous->stream_count; j++) {
            const struct stream_status *before = &previous->streams[j];
            if (strcmp(stream->name, before->name) == 0 && stream->last_sequence >= before->last_sequence)
                stream->messages_per_second = (double)(stream->last_sequence - before->last_sequence) / seconds;
        }
    }
}

static int read_all(struct metrics *metrics, struct error *error)
{
    static const struct {
        const char *endpoint;
        int (*parse)(struct server_metrics *metrics, const char *body, size_t bytes, struct error *error);
    } READINGS[] = {
        {"/varz", metrics_parse_varz},
        {"/jsz?accounts=1&streams=1&consumers=1&config=1", metrics_parse_jsz},
        {"/connz?limit=32", metrics_parse_connz},
    };
    for (size_t i = 0; i < sizeof READINGS / sizeof READINGS[0]; i++)
        if (fetch(metrics, READINGS[i].endpoint, error) < 0 ||
            READINGS[i].parse(&metrics->reading, metrics->answer, metrics->answer_bytes, error) < 0)
            return -1;
    return 0;
}

static void take_reading(struct metrics *metrics)
{
    struct error error = {0};
    memset(&metrics->reading, 0, sizeof metrics->reading);
    bool available = read_all(metrics, &error) == 0;
    if (!available) {
        memset(&metrics->reading, 0, sizeof metrics->reading);
        text_copy(metrics->reading.problem, sizeof metrics->reading.problem, error.text);
    }
    metrics->reading.available = available;
    metrics->reading.read_at_ns = clock_monotonic_ns();
    compute_rates(&metrics->reading, &metrics->previous);
    metrics->previous = metrics->reading;
    if (atomic_load(&metrics->stopping))
        return;
    const struct inbox_item item = {.kind = INBOX_METRICS, .metrics = &metrics->reading};
    inbox_put(metrics->inbox, &item);
}

static void *run(void *argument)
{
    struct metrics *metrics = argument;
    int64_t due_ns = clock_monotonic_ns();
    pthread_setname_np(pthread_self(), "metrics");
    while (!atomic_load(&metrics->stopping)) {
        take_reading(metrics);
        due_ns += PERIOD_MS * NS_PER_MS;
        int64_t now_ns = clock_monotonic_ns();
        if (due_ns < now_ns)
            due_ns = now_ns + PERIOD_MS * NS_PER_MS;
        struct timespec due = {.tv_sec = due_ns / NS_PER_SECOND, .tv_nsec = due_ns % NS_PER_SECOND};
        pthread_mutex_lock(&metrics->mutex);
        int waited = 0;
        while (!atomic_load(&metrics->stopping) && waited == 0)
            waited = pthread_cond_timedwait(&metrics->wake, &metrics->mutex, &due);
        pthread_mutex_unlock(&metrics->mutex);
    }
    return NULL;
}

static int set_options(struct metrics *metrics, struct error *error)
{
    curl_once();
    CURL *curl = metrics->curl = curl_easy_init();
    if (curl == NULL)
        return error_set(error, ERROR_FAILED, "cannot start libcurl");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)REQUEST_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, metrics);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, metrics);
    return 0;
}

static void release(struct metrics *metrics)
{
    if (metrics->curl != NULL)
        curl_easy_cleanup(metrics->curl);
    pthread_cond_destroy(&metrics->wake);
    pthread_mutex_destroy(&metrics->mutex);
    free(metrics->answer);
    free(metrics);
}

struct metrics *metrics_create(const char *url, struct inbox *inbox, struct error *error)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL || (metrics->answer = malloc(ANSWER_BYTES_MAX)) == NULL)
        abort();
    metrics->inbox = inbox;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&metrics->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&metrics->mutex, NULL);
    int problem;
    if (!text_copy(metrics->url, sizeof metrics->url, url)) {
        error_set(error, ERROR_USAGE, "the address of the server's metrics is too long");
        goto fail;
    }
    for (size_t length = strlen(metrics->url); length > 0 && metrics->url[length - 1] == '/'; length--)
        metrics->url[length - 1] = '\0';
    if (set_options(metrics, error) < 0)
        goto fail;
    problem = pthread_create(&metrics->thread, NULL, run, metrics);
    if (problem == 0)
        return metrics;
    error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
fail:
    release(metrics);
    return NULL;
}

void metrics_destroy(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    pthread_mutex_lock(&metrics->mutex);
    atomic_store(&metrics->stopping, true);
    pthread_cond_signal(&metrics->wake);
    pthread_mutex_unlock(&metrics->mutex);
    pthread_join(metrics->thread, NULL);
    release(metrics);
}
