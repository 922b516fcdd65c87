/* A ring of texts, and for each order the chain of its events through the ring. */
#include "engine/gateway_log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "core/json.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"

struct trail {
    char order_id[ID_SIZE];
    struct logged_event *first, *last;
    UT_hash_handle hh;
};

struct gateway_log {
    struct logged_event *ring[GATEWAY_LOG_EVENTS];
    struct trail *trails;
    uint64_t first, end;
    bool begun[LOG_STREAMS];
    struct log_point last, gone;
};

struct gateway_log *gateway_log_create(void)
{
    struct gateway_log *log = calloc(1, sizeof *log);
    assert(log != NULL);
    return log;
}

static int stream_of(const struct event *event)
{
    if (event->kind == EVENT_POSITION)
        return LOG_POSITIONS;
    if (event->kind == EVENT_ALERT || event->kind == EVENT_ALERT_ACK)
        return LOG_RISK;
    return event->kind >= EVENT_ORDER_NEW && event->kind <= EVENT_TRADING_STATE ? LOG_ORDERS : -1;
}

const char *gateway_log_stream_name(enum log_stream stream)
{
    static const char *const names[LOG_STREAMS] = {"ORDERS", "POSITIONS", "RISK"};
    return names[stream];
}

static struct logged_event *make(const struct event *event, enum log_stream stream)
{
    char text[EVENT_PAYLOAD_SIZE + SUBJECT_SIZE + 256], payload[EVENT_PAYLOAD_SIZE], word[SUBJECT_SIZE];
    struct json_writer writer;
    json_writer_init(&writer, text, sizeof text);
    json_open(&writer, '{');
    json_key(&writer, "stream");
    json_string(&writer, gateway_log_stream_name(stream));
    json_key(&writer, "sequence");
    json_unsigned(&writer, event->sequence);
    json_key(&writer, "stored");
    timestamp_format(word, event->stored_ns);
    json_string(&writer, word);
    json_key(&writer, "subject");
    subject_of(event, word);
    json_string(&writer, word);
    json_key(&writer, "message");
    json_raw(&writer, payload, event_encode(event, payload, sizeof payload));
    json_close(&writer, '}');
    assert(!writer.overflow);
    struct logged_event *logged = calloc(1, sizeof *logged + writer.length + 1);
    assert(logged != NULL);
    logged->stream = stream;
    logged->kind = event->kind;
    logged->sequence = event->sequence;
    logged->bytes = writer.length;
    memcpy(logged->text, text, writer.length);
    return logged;
}

static void add_to_trail(struct gateway_log *log, const char *order_id, struct logged_event *logged)
{
    struct trail *trail;
    HASH_FIND_STR(log->trails, order_id, trail);
    if (trail == NULL) {
        trail = calloc(1, sizeof *trail);
        assert(trail != NULL);
        text_copy(trail->order_id, sizeof trail->order_id, order_id);
        trail->first = logged;
        HASH_ADD_STR(log->trails, order_id, trail);
    } else {
        trail->last->next_of_order = logged;
    }
    trail->last = logged;
}

/* The order's id stands in front of everything else in a message of an order. */
static struct trail *trail_of(struct gateway_log *log, const struct logged_event *logged)
{
    static const char KEY[] = "\"order_id\":\"";
    const char *at = strstr(logged->text, KEY);
    struct trail *trail = NULL;
    if (logged->stream != LOG_ORDERS || at == NULL)
        return NULL;
    at += sizeof KEY - 1;
    HASH_FIND(hh, log->trails, at, strcspn(at, "\""), trail);
    return trail != NULL && trail->first == logged ? trail : NULL;
}

static void let_go(struct gateway_log *log)
{
    struct logged_event *oldest = log->ring[log->first++ % GATEWAY_LOG_EVENTS];
    struct trail *trail = trail_of(log, oldest);
    log->gone.sequences[oldest->stream] = oldest->sequence;
    if (trail != NULL && trail->last == oldest) {
        HASH_DEL(log->trails, trail);
        free(trail);
    } else if (trail != NULL) {
        trail->first = (struct logged_event *)oldest->next_of_order;
    }
    free(oldest);
}

void gateway_log_add(struct gateway_log *log, const struct event *event)
{
    int stream = stream_of(event);
    if (stream < 0)
        return;
    struct logged_event *logged = make(event, (enum log_stream)stream);
    if (log->end - log->first == GATEWAY_LOG_EVENTS)
        let_go(log);
    if (!log->begun[stream])
        log->gone.sequences[stream] = event->sequence > 0 ? event->sequence - 1 : 0;
    log->begun[stream] = true;
    log->last.sequences[stream] = event->sequence;
    log->ring[log->end++ % GATEWAY_LOG_EVENTS] = logged;
    const char *order_id = event_order_id(event);
    if (order_id != NULL && order_id[0] != '\0')
        add_to_trail(log, order_id, logged);
}

uint64_t gateway_log_first(const struct gateway_log *log)
{
    return log->first;
}

uint64_t gateway_log_end(const struct gateway_log *log)
{
    return log->end;
}

const struct logged_event *gateway_log_at(const struct gateway_log *log, uint64_t index)
{
    assert(index >= log->first && index < log->end);
    return log->ring[index % GATEWAY_LOG_EVENTS];
}

struct log_point gateway_log_last(const struct gateway_log *log)
{
    return log->last;
}

struct log_point gateway_log_gone(const struct gateway_log *log)
{
    return log->gone;
}

const struct logged_event *gateway_log_of_order(const struct gateway_log *log, const char *order_id)
{
    struct trail *trail;
    HASH_FIND_STR(log->trails, order_id, trail);
    return trail != NULL ? trail->first : NULL;
}

void gateway_log_destroy(struct gateway_log *log)
{
    if (log == NULL)
        return;
    while (log->first < log->end)
        let_go(log);
    free(log);
}
