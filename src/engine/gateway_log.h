/* The last events of orders, positions and alerts, as text: what GET /v1/events streams and GET /v1/orders/{id}/events
 * shows. The oldest are let go; who wants more reads the tape. One thread owns a log. Inside the gateway only. */
#ifndef ENGINE_GATEWAY_LOG_H
#define ENGINE_GATEWAY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

enum { GATEWAY_LOG_EVENTS = 65536 };

enum log_stream { LOG_ORDERS, LOG_POSITIONS, LOG_RISK, LOG_STREAMS };

/* How far each stream has been read. */
struct log_point {
    uint64_t sequences[LOG_STREAMS];
};

struct logged_event {
    enum log_stream stream;
    enum event_kind kind;
    uint64_t sequence;
    const struct logged_event *next_of_order; /* NULL: none yet */
    size_t bytes;
    char text[]; /* {"stream":…,"sequence":…,"stored":…,"subject":…,"message":{…}} */
};

struct gateway_log;

struct gateway_log *gateway_log_create(void);
void gateway_log_destroy(struct gateway_log *log); /* NULL is allowed */

/* Takes in an event read from the tape; others than those of the three streams are ignored. */
void gateway_log_add(struct gateway_log *log, const struct event *event);

/* Events are counted from 0 in the order they were read; those from `first` to before `end` are there. */
uint64_t gateway_log_first(const struct gateway_log *log);
uint64_t gateway_log_end(const struct gateway_log *log);
const struct logged_event *gateway_log_at(const struct gateway_log *log, uint64_t index);

/* The last event read of each stream, and the last of each that was let go or was never read. */
struct log_point gateway_log_last(const struct gateway_log *log);
struct log_point gateway_log_gone(const struct gateway_log *log);

/* The oldest event that is there of an order, its own or a request's; NULL when none is. */
const struct logged_event *gateway_log_of_order(const struct gateway_log *log, const char *order_id);

const char *gateway_log_stream_name(enum log_stream stream);

#endif
