/* How the system does, as far as the screen can tell: how long things took, how the streams grew, and what
 * the log says. */
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/model_private.h"

void model_note_latency(struct model *model, enum model_stage stage, int64_t duration_ns)
{
    struct latency_ring *ring = &model->latencies[stage];
    if (duration_ns < 0)
        return;
    ring->samples[ring->next] = duration_ns;
    ring->next = (ring->next + 1) % MODEL_LATENCIES;
    if (ring->count < MODEL_LATENCIES)
        ring->count++;
    ring->changed = true;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Called by model_tick once a second, so that no frame sorts. */
void model_health_tick(struct model *model)
{
    int64_t sorted[MODEL_LATENCIES];
    for (int stage = 0; stage < MODEL_STAGES; stage++) {
        struct latency_ring *ring = &model->latencies[stage];
        if (!ring->changed)
            continue;
        size_t count = (size_t)ring->count;
        memcpy(sorted, ring->samples, count * sizeof sorted[0]);
        qsort(sorted, count, sizeof sorted[0], compare);
        ring->shown = (struct latency){.p50_ns = sorted[count / 2],
                                       .p99_ns = sorted[count * 99 / 100],
                                       .max_ns = sorted[count - 1],
                                       .samples = ring->count};
        ring->changed = false;
    }
}

struct latency model_latency(const struct model *model, enum model_stage stage)
{
    return model->latencies[stage].shown;
}

/* By what the stream stored, so that no two clocks are compared. */
void model_health_order(struct model *model, const struct event *event)
{
    const char *id = event_order_id(event);
    bool decided = event->kind == EVENT_ORDER_VALIDATED || event->kind == EVENT_ORDER_REJECTED;
    if (id == NULL || (!decided && event->kind != EVENT_ORDER_ACCEPTED))
        return;
    const struct order *order = order_book_find(model->orders, id);
    if (order == NULL)
        return;
    int64_t before_ns = decided ? order->new_stored_ns : order->decided_stored_ns;
    if (before_ns != 0)
        model_note_latency(model, decided ? MODEL_STAGE_DECISION : MODEL_STAGE_EXCHANGE, event->stored_ns - before_ns);
}

/* ---- streams -------------------------------------------------------------------------------------------------- */

static struct rate_ring *ring_of(const struct model *model, const char *stream)
{
    for (int i = 0; i < SERVER_STREAMS_MAX; i++) {
        const struct rate_ring *ring = &model->rates[i];
        if (strcmp(ring->name, stream) == 0)
            return (struct rate_ring *)ring;
    }
    return NULL;
}

void model_health_metrics(struct model *model, const struct server_metrics *metrics)
{
    for (uint32_t i = 0; i < metrics->stream_count && i < SERVER_STREAMS_MAX; i++) {
        struct rate_ring *ring = ring_of(model, metrics->streams[i].name);
        if (ring == NULL && (ring = ring_of(model, "")) == NULL)
            continue;
        memcpy(ring->name, metrics->streams[i].name, sizeof ring->name);
        ring->next = (ring->next + 1) % MODEL_RATES;
        ring->rates[ring->next] = (float)metrics->streams[i].messages_per_second;
        if (ring->count < MODEL_RATES)
            ring->count++;
    }
}

double model_stream_rate(const struct model *model, const char *stream, int back)
{
    const struct rate_ring *ring = ring_of(model, stream);
    if (ring == NULL || back < 0 || back >= ring->count)
        return -1;
    return (double)ring->rates[(ring->next - back + MODEL_RATES) % MODEL_RATES];
}

/* ---- the log -------------------------------------------------------------------------------------------------- */

void model_log(struct model *model, uint64_t number, const char *line)
{
    model->log_head = (model->log_head + 1) % MODEL_LOG_LINES;
    struct log_line *entry = &model->log_lines[model->log_head];
    entry->number = number;
    text_copy(entry->text, sizeof entry->text, line);
    if (model->log_count < MODEL_LOG_LINES)
        model->log_count++;
    model->version++;
}

const struct log_line *model_log_line(const struct model *model, int back)
{
    if (back < 0 || back >= model->log_count)
        return NULL;
    return &model->log_lines[(model->log_head - back + MODEL_LOG_LINES) % MODEL_LOG_LINES];
}
