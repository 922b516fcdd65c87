/* What the files of the gateway share: gateway.c (life cycle, service), gateway_http.c (checks of a request, answers),
 * gateway_slots.c (connections), gateway_orders.c (placing orders), gateway_changes.c (all other changes),
 * gateway_body.c (their JSON in), gateway_views.c, gateway_stream.c, gateway_risk.c, gateway_events.c (JSON out).
 * Nobody else includes this. */
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
#include "engine/alerts.h"
#include "engine/gateway.h"
#include "engine/gateway_log.h"
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

/* An answer before it becomes HTTP. With a status from 400 on and no body it is a problem (RFC 9457) made of `code`
 * and `detail`. */
struct reply {
    unsigned status;
    char *body; /* owned, from malloc; NULL: a problem, or a stream */
    size_t body_bytes;
    /* A body that is written while it is sent; `stream` is owned, NULL when there is none. */
    void *stream;
    ssize_t (*stream_read)(void *stream, uint64_t position, char *out, size_t size);
    void (*stream_destroy)(void *stream);
    const char *content_type; /* NULL: application/json */
    char code[32];            /* stable, upper case */
    char detail[256];
    bool from_check; /* a check refused: then what it found and allows, in 1e-17, or MONEY_NONE */
    int128 value, limit;
    char order_id[ID_SIZE];   /* the order it is about, "" when none */
    char request_id[ID_SIZE]; /* the change it asks for, "" when none: shown with the order */
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

enum wait_kind {
    WAIT_ORDER,     /* for the decision about an order */
    WAIT_CHANGE,    /* until a request about an order is stored; answered with the order */
    WAIT_STATEMENT, /* until a request is stored; the answer is made */
    WAIT_BATCH,     /* until several requests are */
};

struct route;
struct cancel_batch;
struct event_stream;

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
    bool refused;           /* `reply` says why; the body is only swallowed */
    char id[ALERT_ID_SIZE]; /* the order or the alert in the path */
    char *body;             /* GATEWAY_BODY_BYTES, of the gateway's */
    size_t body_bytes, swallowed_bytes;
    struct reply reply;

    /* While it waits. */
    enum wait_kind wait;
    struct slot *newer_waiter, *older_waiter;
    char order_id[ID_SIZE];
    uint64_t cookie, cookies;   /* the first of its requests, and how many there are */
    struct cancel_batch *batch; /* owned; NULL: none */
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

struct risk_view;

struct position_entry {
    struct position_event position;
    char key[ACCOUNT_SIZE + SYMBOL_SIZE];
    UT_hash_handle hh;
};

struct gateway_counts {
    uint64_t connections, evicted, overdue;
    uint64_t answers[6]; /* by the first digit of the status */
    uint64_t orders_sent, changes_sent, rate_limited;
};

struct gateway {
    struct gateway_options options; /* its texts are copied below */
    char token[GATEWAY_TOKEN_SIZE];
    char account[ACCOUNT_SIZE];
    char host[64]; /* as bound */
    uint16_t port;
    bool secure;        /* it speaks HTTPS */
    char *names;        /* owned; NULL: no further ones */
    int64_t allowed_ns; /* monotonic; token bucket: when the next request is due at the allowed rate */

    struct service *service;
    struct moment now;                   /* of the service's call we are in */
    struct connection_status connection; /* to the tape */
    struct hold hold;                    /* whether and why trading is held */
    bool was_live;                       /* the history was read once: the views are whole */
    uint64_t tapes;                      /* counts how often all was forgotten, since the tape was another one */

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
    struct alert_list *alerts;
    struct gateway_log *log;
    struct event_stream *event_streams;
    size_t event_stream_count;
    bool ending; /* streams of events come to their end */
    struct risk_view *risk;
    struct position_entry *positions;
    struct pending_order *pending, *pending_by_cookie;
    uint64_t next_cookie;
    size_t undecided; /* orders of the book that the checks have not decided */
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
/* The deadline of what the slot is about. */
void gateway_slots_set_deadline(struct gateway *gateway, struct slot *slot, int64_t deadline_ns);
/* Shuts down the connections whose deadline has passed. */
void gateway_slots_close_overdue(struct gateway *gateway);
/* When the next deadline or end of a wait is; INT64_MAX: never. */
int64_t gateway_slots_next_ns(const struct gateway *gateway);

/* gateway_orders.c. Handlers return false when the slot waits; its reply is made later. */
bool gateway_orders_place(struct gateway *gateway, struct slot *slot, struct reply *reply);
void gateway_orders_fold(struct gateway *gateway, const struct event *event);
void gateway_orders_published(struct gateway *gateway, const struct publish_result *result);
/* Ends the waits that have lasted long enough; `all`: every wait. */
void gateway_orders_expire(struct gateway *gateway, bool all);
void gateway_orders_free(struct gateway *gateway);
/* Takes over a book in place of the one that is there. */
void gateway_orders_load(struct gateway *gateway, struct order_book *book);
/* Forgets what was folded of orders; what was sent and is not answered stays. */
void gateway_orders_forget(struct gateway *gateway);
/* An order that was sent and has not been read from the tape; NULL: there is none of this id. */
struct pending_order *gateway_orders_pending(struct gateway *gateway, const char *order_id);
/* A 503 that may be tried again; returns true. */
bool gateway_orders_unavailable(struct reply *reply, const char *code, const char *sentence);
/* True, with the reply filled, when nothing can be put on the tape at present. */
bool gateway_orders_refuse_unready(struct gateway *gateway, struct reply *reply);
/* The same for what may make a risk larger: none is taken while trading is held. */
bool gateway_orders_refuse_held(struct gateway *gateway, struct reply *reply);
/* The 503 that says that a request may be stored, now or later; returns true. */
bool gateway_orders_fate_unknown(struct reply *reply, const char *order_id);

/* gateway_changes.c. Handlers as above. */
bool gateway_changes_cancel(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_changes_cancel_all(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_changes_replace(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_changes_halt(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_changes_reduce(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_changes_resume(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_changes_flatten(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_changes_acknowledge(struct gateway *gateway, struct slot *slot, struct reply *reply);
/* What became of a request that the slot waits for, and the end of a wait that lasted too long. */
void gateway_changes_published(struct gateway *gateway, struct slot *slot, const struct publish_result *result);
void gateway_changes_expire(struct gateway *gateway, struct slot *slot);
void gateway_changes_drop_body(struct reply *reply);
void gateway_changes_free_batch(struct cancel_batch *batch); /* NULL is allowed */

/* gateway_body.c: a member that a body may have. */
struct body_member {
    const char *name;
    struct json_value value; /* its text is NULL when the member is absent or null */
    bool seen;
};
/* Reads the members of a body; unknown ones are ignored. False with the reply filled. */
bool gateway_body_read(const char *text, size_t bytes, struct body_member *members, size_t count, struct reply *reply);
/* Copies a string that is a word or a name; "" when it is absent, of another type or too long to be one. */
void gateway_body_word(const struct body_member *member, char *out, size_t size);
/* False, with the reply filled, for a well-written number that no order can have. */
bool gateway_body_check_quantity(const struct body_member *quantity, struct reply *reply);
bool gateway_body_check_price(const struct body_member *price, struct reply *reply);
/* Takes a member over as it is written, when it is there. */
void gateway_body_write(struct json_writer *writer, const struct body_member *member);
/* Reads the body of POST /v1/orders into an EVENT_ORDER_NEW. False with the reply filled. */
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
/* ?state=raised or cleared; those first that a person should look at first */
bool gateway_views_alerts(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_views_openapi(struct gateway *gateway, struct slot *slot, struct reply *reply);
/* A writer of an answer, which grows by what one object needs, and handing it over. */
void gateway_views_begin(struct json_writer *writer);
void gateway_views_grow(struct json_writer *writer);
bool gateway_views_give(struct json_writer *writer, unsigned status, struct reply *reply);
void gateway_views_begin_list(struct json_writer *writer, const char *name);
bool gateway_views_give_list(struct json_writer *writer, struct reply *reply);
/* True, with the reply filled, while half of the history would say that things are not there which are. */
bool gateway_views_refuse_early(struct gateway *gateway, struct reply *reply);
/* An order as the object of an answer: from the book, or, while it is not on the tape, from what was sent. */
bool gateway_views_order(struct gateway *gateway, const char *order_id, unsigned status, struct reply *reply);
/* The body of a problem; from malloc. */
char *gateway_views_problem(const struct reply *reply, size_t *bytes);
void gateway_views_fold_position(struct gateway *gateway, const struct event *event);
void gateway_views_free(struct gateway *gateway);

/* gateway_events.c: GET /v1/orders/{id}/events, and GET /v1/events as server-sent events. */
bool gateway_events_of_order(struct gateway *gateway, struct slot *slot, struct reply *reply);
bool gateway_events_stream(struct gateway *gateway, struct slot *slot, struct reply *reply);
/* Ends all streams, for the log is about to be another one. */
void gateway_events_end(struct gateway *gateway);
/* Lets the streams go on that have something to send. */
void gateway_events_wake(struct gateway *gateway);
/* When the next heartbeat is due; INT64_MAX: never. */
int64_t gateway_events_next_ns(const struct gateway *gateway);
/* An MHD_ContentReaderCallback and its end. */
ssize_t gateway_events_read(void *stream, uint64_t position, char *out, size_t size);
void gateway_events_destroy(void *stream);

/* docs/openapi.json, see CMakeLists.txt. */
extern const char gateway_openapi[];
extern const size_t gateway_openapi_bytes;

/* gateway_risk.c: GET /v1/risk, and the last exposures, which it is made of. */
bool gateway_risk_view(struct gateway *gateway, struct slot *slot, struct reply *reply);
void gateway_risk_fold(struct gateway *gateway, const struct event *event);
void gateway_risk_free(struct gateway *gateway);

/* gateway_stream.c: the list of orders, written while it is sent, since it has no bound. */
enum order_selection { ORDERS_ALL, ORDERS_OPEN, ORDERS_DONE };
void *gateway_stream_create(struct gateway *gateway, enum order_selection selection);
void gateway_stream_destroy(void *stream);
/* An MHD_ContentReaderCallback. */
ssize_t gateway_stream_read(void *stream, uint64_t position, char *out, size_t size);

/* Large enough for one order, position or quote as the object of an answer. */
enum { GATEWAY_OBJECT_BYTES = EVENT_PAYLOAD_SIZE + 1024 };

/* An order that was sent and has not been read from the tape. */
void gateway_stream_write_pending(struct json_writer *writer, const struct pending_order *pending,
                                  const char *request_id);
/* Begins the object of an event with the members of its message; json_close ends it. */
void gateway_stream_open_event(struct json_writer *writer, const struct event *event);

#endif
