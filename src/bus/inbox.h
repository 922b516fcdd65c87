/* The inbox of a thread: what followers, publishers and the connection have for it, in the order of arrival.
 *
 * Callbacks of nats.c and of other threads copy and enqueue; the owner takes out. Bounded: whoever puts a message of
 * a stream waits while the inbox is full (the stream's flow control then holds the server back, so nothing is
 * dropped); publish results and connection changes always fit. */
#ifndef BUS_INBOX_H
#define BUS_INBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/plumbing.h"
#include "core/server_status.h"

enum inbox_kind {
    INBOX_MESSAGE,     /* a message of a followed stream */
    INBOX_CAUGHT_UP,   /* a follower has delivered all that its stream held when it started (or restarted) */
    INBOX_PUBLISHED,   /* what became of a publish */
    INBOX_CONNECTION,  /* the connection changed its state */
    INBOX_METRICS,     /* a new reading of the server's metrics */
    INBOX_LEASES,      /* who holds which role has changed */
    INBOX_PLUMBING,    /* a look at streams, consumers, disks and clocks */
    INBOX_GAP,         /* a follower found that messages it had not read are gone from the stream */
    INBOX_STREAM_GONE, /* a follower found that its stream is not there any more; it goes on looking for it */
    INBOX_STREAM_BACK, /* the stream is there again; what changed in it was said before (GAP) */
};

enum publish_status {
    PUBLISH_STORED,    /* acknowledged: stored under `sequence` */
    PUBLISH_DUPLICATE, /* the server has another message of this id; `sequence` is that one's */
    PUBLISH_FENCED,    /* refused: the last sequence on its subject was not the expected one (error 10071) */
    PUBLISH_REFUSED,   /* the server says no: `problem` says why (stream full, no stream, permission) */
    PUBLISH_UNKNOWN,   /* no answer in time: it may be stored, now or later */
};

struct publish_result {
    enum publish_status status;
    uint64_t cookie; /* as given to publisher_send */
    uint64_t sequence;
    char problem[128];
};

struct inbox_item {
    enum inbox_kind kind;
    int follower_tag;    /* MESSAGE, CAUGHT_UP, GAP, STREAM_…: as given to follower_create */
    uint64_t sequence;   /* MESSAGE: in its stream; CAUGHT_UP: the last one delivered (0: none); GAP: first lost */
    int64_t stored_ns;   /* MESSAGE */
    bool remade;         /* GAP: the stream was made again after what was read of it */
    int64_t arrived_ns;  /* monotonic: when it was put */
    const char *subject; /* MESSAGE: valid until the next inbox_take */
    const char *payload; /* MESSAGE: likewise, terminated */
    size_t payload_bytes;
    uint64_t handle;                      /* MESSAGE of a worker: names the delivery when it is settled */
    uint64_t deliveries;                  /* MESSAGE of a worker: which delivery of this message it is, from 1 */
    uint64_t pending;                     /* MESSAGE of a worker: messages behind this one */
    struct publish_result result;         /* PUBLISHED */
    struct connection_status connection;  /* CONNECTION */
    const struct server_metrics *metrics; /* METRICS: valid until the next inbox_take */
    const struct lease_board *leases;     /* LEASES: likewise */
    const struct plumbing *plumbing;      /* PLUMBING: likewise */
};

struct inbox;

/* `capacity_bytes` bounds the messages waiting. Never NULL: aborts when memory is out. */
struct inbox *inbox_create(size_t capacity_bytes);
/* No follower, publisher or connection may still put into it. NULL is allowed. */
void inbox_destroy(struct inbox *inbox);

/* A descriptor that polls readable while the inbox holds something. The inbox keeps it. */
int inbox_fd(const struct inbox *inbox);

/* Any thread: how many items wait in it. */
size_t inbox_items(const struct inbox *inbox);

/* Owner only: takes the next item; false when there is none. Never waits. */
bool inbox_take(struct inbox *inbox, struct inbox_item *item);

/* Owner only: waits until something is there, `timeout_ms` passes (-1: for ever) or inbox_wake is called. */
void inbox_wait(struct inbox *inbox, int timeout_ms);

/* Any thread: ends a wait of the owner, and the waits of all that want to put once `closed`. */
void inbox_wake(struct inbox *inbox);
/* Any thread: from now on messages put are dropped and nobody waits; the owner is about to leave. */
void inbox_close(struct inbox *inbox);

/* Any thread: copies the item in. Waits while a MESSAGE does not fit; false when the inbox was closed. `arrived_ns` is
 * filled by the inbox; of the item only what its kind uses is read. */
bool inbox_put(struct inbox *inbox, const struct inbox_item *item);

/* The same, but gives up (false) once `*cancelled` is true; whoever sets it calls inbox_wake afterwards. */
bool inbox_put_unless(struct inbox *inbox, const struct inbox_item *item, const atomic_bool *cancelled);

#endif
