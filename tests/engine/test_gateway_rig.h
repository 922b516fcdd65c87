/* A gateway in a thread of its own, on a tape that the test plays: what the gateway publishes is stored, decided or
 * lost as the test says, and comes back as it would from the stream ORDERS. And a client to ask it. */
#ifndef TEST_GATEWAY_RIG_H
#define TEST_GATEWAY_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "engine/gateway.h"

#define RIG_TOKEN "0123456789abcdef0123456789abcdef0123456789a"

/* What the tape makes of what is published. */
enum rig_tape {
    RIG_VALIDATES,    /* stored, and an order is validated at once */
    RIG_REJECTS,      /* stored, and an order is rejected with the rig's code */
    RIG_STORES,       /* stored, and nobody decides */
    RIG_ACKNOWLEDGES, /* acknowledged, but not read back */
    RIG_DUPLICATE,    /* said to be a duplicate, and read back as the rig's other order */
    RIG_SILENT,       /* no answer, and not read back */
    RIG_UNKNOWN,      /* the publisher gives up */
    RIG_REFUSES,      /* the server refuses */
    RIG_FULL,         /* the publisher's queue is full */
};

struct rig;

struct rig *rig_create(void);
/* With certificate, key, names and rate of `more`. */
struct rig *rig_create_with(const struct gateway_options *more);
void rig_destroy(struct rig *rig);
uint16_t rig_port(const struct rig *rig);

/* From now on. `code` is for RIG_REJECTS. */
void rig_tape(struct rig *rig, enum rig_tape tape, const char *code);
void rig_connect(struct rig *rig, bool connected);
void rig_live(struct rig *rig, bool live);

/* Puts an event on the tape; returns when the gateway has folded it. */
void rig_fold(struct rig *rig, const struct event *event);
/* The tape is another one: the gateway has forgotten all when this returns. */
void rig_forget(struct rig *rig);
/* Moves the gateway's clock. */
void rig_advance(struct rig *rig, int64_t milliseconds);

/* How many events were published, and a copy of the last one. */
size_t rig_published(struct rig *rig);
struct event rig_last(struct rig *rig);
/* Waits until that many were published, at most 5 s. */
bool rig_wait_published(struct rig *rig, size_t count);

/* Events as the checks and the exchange would make them. */
struct event rig_order_new(const char *id, const char *symbol);
struct event rig_decision(const struct order_request *request, const char *code);
struct event rig_execution(const struct order_request *request, const char *quantity, const char *price);

struct answer {
    long status; /* 0: no answer */
    char body[8192];
    char headers[2048];
    double seconds;
};

/* What differs from a good request; NULL: nothing does, "": the header is left out. */
struct oddities {
    const char *token, *host, *origin, *content_type, *extra;
    const char *authority; /* file of certificates to trust: by HTTPS; NULL: by HTTP */
};

/* One request by libcurl. `body` NULL: none. `odd` may be NULL. */
struct answer rig_ask(struct rig *rig, const char *method, const char *path, const char *body,
                      const struct oddities *odd);

/* The same, of the gateway at this port of 127.0.0.1. */
struct answer rig_ask_port(uint16_t port, const char *method, const char *path, const char *body,
                           const struct oddities *odd);

/* A socket to the gateway. */
int rig_dial(struct rig *rig);
/* Writes all; false when the other side is gone. */
bool rig_write(int fd, const char *text, size_t bytes);
/* Reads until the other side closes or `timeout_ms` passes since the last byte; returns the bytes, -1 when it did not
 * close. `text` is terminated. */
int rig_read_to_end(int fd, char *text, size_t size, int timeout_ms);
/* Sends bytes over a fresh connection and returns the status of the answer; 0: closed without one, -1: left open. */
int rig_raw(struct rig *rig, const char *request, size_t bytes);

#endif
