/* What the files of the gateway share: gateway.c (life cycle, service), gateway_http.c (connections, checks of a
 * request, answers), gateway_orders.c (orders and cancels), gateway_body.c (their JSON in), gateway_views.c (JSON
 * out). Nobody else includes this. */
#ifndef ENGINE_GATEWAY_PRIVATE_H
#define ENGINE_GATEWAY_PRIVATE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "core/event.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "engine/gateway.h"
#include "engine/orders.h"
#include "engine/quotes.h"

enum {
    GATEWAY_SLOTS = 256,             /* connections at once */
    GATEWAY_CROWDED = 240,           /* above this the oldest connection that has no complete request is closed */
    GATEWAY_BODY_BYTES = 16 * 1024,  /* largest body of a request */
    GATEWAY_SWALLOW_BYTES = 1 << 20, /* of a body that is refused: read, so that the client sees why */
    GATEWAY_HEADER_BYTES = 8 * 1024, /* request line and headers */
    GATEWAY_PENDING_MAX = 4096,      /* orders sent that have not been read from the tape */
};

#define GATEWAY_DEADLINE_NS (5 * NS_PER_SECOND) /* for a whole request, from its connection or the answer before */
#define GATEWAY_WAIT_NS     (1 * NS_PER_SECOND) /* for the decision about an order */
#define GATEWAY_ANSWER_NS   (2 * NS_PER_SECOND) /* for the client to take an answer it had to wait for */

/* An answer before it becomes HTTP. With a status from 400 on and no body it is a problem (RFC 7807) made of `code`
 * and `detail`. */
struct reply {
    unsigned status;
    char *body; /* owned, from malloc; NULL: a problem, or a stream */
    size_t body_bytes;
    struct order_stream *stream; /* owned; NULL: none */
    const char *content_type;    /* NULL: application/json */
    char code[32];               /* stable, upper case */
    char detail[256];
    char order_id[ID_SIZE];   /* the order it is about, "" when none */
    const char *allow;        /* 405: the methods there are */
    const char *authenticate; /* 401: the challenge */
    int retry_after_s;        /* 0: not said */
    bool created;             /* 201: with the place of the order */
    bool close;               /* the connection cannot be used again */
};

enum slot_state {
    SLOT_FREE,
    SLOT_READING,  /* between two requests, or while one comes in */
    SLOT_WAITING,  /* suspended until the tape answers */
    SLOT_ANSWERED, /* an answer is queued */
};

enum wait_kind { WAIT_ORDER, WAIT_CANCEL };

struct route;

/* One connection and the request that comes in on it. */
struct slot {
    enum slot_state state;
    struct MHD_Connection *connection;
    int fd;
    uint64_t opened;     /* counts connections: the lowest is the oldest */
    int64_t deadline_ns; /* monotonic */
    bool shut;           /* the socket was shut down; libmicrohttpd will find out */

    /* The request. */
    const struct route *route;
    bool refused;     /* `reply` says why; the body is only swallowed */
    char id[ID_SIZE]; /* the order in the path */
    char *body;       /* GATEWAY_BODY_BYTES, of the gateway's */
    size_t body_bytes, swallowed_bytes;
    struct reply reply;

    /* While it waits. */
    enum wait_kind wait;
    struct slot *newer_waiter, *older_waiter;
    char order_id[ID_SIZE];
    uint64_t cookie;
    int64_t wait_until_ns;
    bool repeat; /* the order was there before: 200 instead of 201 */
};

/* An order that was sent and has not been read from the tape. */
struct pending_order {
    struct order_request request;
    uint64_t cookie;
    bool in_flight; /* the publisher has not said what became of it */
    bool stored;
    UT_hash_handle hh;        /* by order_id, in the order they came */
    UT_hash_handle hh_cookie; /* by cookie */
};

/* What was first asked for, of an order that was replaced since: the idempotency key compares with this. */
struct original_order {
    struct order_request request;
    UT_hash_handle hh;
};

struct position_entry {
    struct position_event position;
    char key[ACCOUNT_SIZE + SYMBOL_SIZE];
    UT_hash_handle hh;
};

struct gateway_counts {
    uint64_t connections, evicted, overdue;
    uint64_t answers[6]; /* by the first digit of the status */
    uint64_t orders_sent, cancels_sent;
};

struct gateway {
    struct gateway_options options; /* its texts are copied below */
    char token[GATEWAY_TOKEN_SIZE];
    char account[ACCOUNT_SIZE];
    char host[64]; /* as bound */
    uint16_t port;

    struct service *service;
    struct moment now; /* of the service's call we are in */
    bool connected;    /* to the tape */
    struct hold hold;  /* whether and why trading is held */
    bool was_live;     /* the history was read once: the views are whole */

    struct MHD_Daemon *daemon;
    int poll_fd; /* epoll: libmicrohttpd's descriptor and the timer */
    int timer_fd;
    int64_t timer_at_ns;     /* monotonic; 0: not armed */
    int64_t next_overdue_ns; /* no connection is overdue before this */

    struct slot slots[GATEWAY_SLOTS];
    char *bodies; /* owned: one after the other, those of the slots */
    size_t open_slots;
    uint64_t opened;
    struct slot *newest_waiter;

    struct order_book *book;
    struct quotes *quotes;
    struct position_entry *positions;
    struct pending_order *pending, *pending_by_cookie;
    struct original_order *originals;
    uint64_t next_cookie;
    struct gateway_counts counts;
};

/* gateway.c */
bool gateway_is_live(struct gateway *gateway);
bool gateway_publish(struct gateway *gateway, const struct event *event, uint64_t cookie);

/* gateway_http.c: the callbacks of libmicrohttpd, and connections. */
enum MHD_Result gateway_http_request(void *self, struct MHD_Connection *connection, const char *url, const char *method,
                                     const char *version, const char *upload, size_t *upload_bytes, void **request);
void gateway_http_completed(void *self, struct MHD_Connection *connection, void **request,
                            enum MHD_RequestTerminationCode code);
/* Undoes %XX, but leaves a text alone that would end early by it. */
size_t gateway_http_unescape(void *self, struct MHD_Connection *connection, char *text);
/* Fills a reply that is a problem and returns true, so that handlers can end with it. */
bool gateway_http_problem(struct reply *reply, unsigned status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* gateway_slots.c: connections, their deadlines, and those that wait. */
void gateway_slots_init(struct gateway *gateway);
void gateway_slots_notify(void *self, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code);
/* The request of this slot is over: makes it ready for the next one on its connection. */
void gateway_slots_reset(struct gateway *gateway, struct slot *slot);
/* Suspends the connection; gateway_slots_resume hands `slot->reply` to the client. */
void gateway_slots_wait(struct gateway *gateway, struct slot *slot, enum wait_kind kind, const char *order_id,
                        uint64_t cookie);
void gateway_slots_resume(struct gateway *gateway, struct slot *slot);
/* Shuts down the connections whose deadline has passed. */
void gateway_slots_close_overdue(struct gateway *gateway);
/* When the next deadline or end of a wait is; INT64_MAX: never. */
int64_t gateway_slots_next_ns(const struct gateway *gateway);

/* gateway_orders.c. Handlers return false when the slot waits; its reply is made later. */
bool gateway_orders_place(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_orders_cancel(struct gateway *gateway, struct slot *slot, struct reply *reply);
void gateway_orders_fold(struct gateway *gateway, const struct event *event);
void gateway_orders_published(struct gateway *gateway, const struct publish_result *result);
/* Ends the waits that have lasted long enough; `all`: every wait. */
void gateway_orders_expire(struct gateway *gateway, bool all);
void gateway_orders_free(struct gateway *gateway);
/* Forgets what was folded of orders; what was sent and is not answered stays. */
void gateway_orders_forget(struct gateway *gateway);

/* gateway_body.c: reads the body of POST /v1/orders into an EVENT_ORDER_NEW. False with the reply filled. */
bool gateway_body_order(struct gateway *gateway, const char *body, size_t bytes, struct event *event,
                        struct reply *reply);

/* gateway_views.c: handlers that only look, and the JSON of things. */
bool gateway_views_health(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_views_ready(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_views_metrics(struct gateway *gateway, struct slot *slot, struct reply *reply);
/* ?state=open or done; the newest first */
bool gateway_views_orders(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_views_one_order(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_views_positions(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_views_quotes(struct gateway *gateway, struct slot *slot, struct reply *reply);
/* An order as the object of an answer: from the book, or, while it is not on the tape, from what was sent. */
bool gateway_views_order(struct gateway *gateway, const char *order_id, unsigned status, struct reply *reply);
/* The body of a problem; from malloc. */
char *gateway_views_problem(const struct reply *reply, size_t *bytes);
void gateway_views_fold_position(struct gateway *gateway, const struct event *event);
void gateway_views_free(struct gateway *gateway);

/* gateway_stream.c: the list of orders, written while it is sent, since it has no bound. */
enum order_selection { ORDERS_ALL, ORDERS_OPEN, ORDERS_DONE };
struct order_stream *gateway_stream_create(struct gateway *gateway, enum order_selection selection);
void gateway_stream_destroy(void *stream);
/* An MHD_ContentReaderCallback. */
ssize_t gateway_stream_read(void *stream, uint64_t position, char *out, size_t size);

/* Large enough for one order, position or quote as the object of an answer. */
enum { GATEWAY_OBJECT_BYTES = EVENT_PAYLOAD_SIZE + 1024 };

/* One order into a writer that has room for GATEWAY_OBJECT_BYTES more. */
void gateway_stream_write_order(struct json_writer *writer, const struct order *order);
/* An order that was sent and has not been read from the tape. */
void gateway_stream_write_pending(struct json_writer *writer, const struct pending_order *pending);
/* Begins the object of an event with the members of its message; json_close ends it. */
void gateway_stream_open_event(struct json_writer *writer, const struct event *event);

#endif
