/* A web hook: posts JSON to one address by HTTP or HTTPS, signed, and says whether the receiver took it. */
#ifndef BUS_WEBHOOK_H
#define BUS_WEBHOOK_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct webhook_options {
    const char *url;    /* http://… or https://…; it is never logged, its path may be a secret */
    const char *secret; /* signs each body; NULL: they are not signed */
    int timeout_ms;     /* of a whole request */
};

struct webhook_message {
    const char *id;      /* the same for every try */
    uint64_t delivery;   /* which try it is, from 1 */
    const char *payload; /* a JSON object */
    size_t payload_bytes;
};

struct webhook;

/* The options may be freed after it. ERROR_USAGE when the address will not do. */
struct webhook *webhook_create(const struct webhook_options *options, struct error *error);
/* No post may be under way. NULL is allowed. */
void webhook_destroy(struct webhook *webhook);

/* One thread. Posts it with the headers X-Tapedeck-Id, X-Tapedeck-Delivery and, with a secret, X-Tapedeck-Signature:
 * `sha256=` and the HMAC-SHA256 of the body in hex. Waits for the answer, at most the time-out. 0 when its status is
 * one of success (2xx), else -1 with a sentence (ERROR_FAILED). Redirections are not followed. */
int webhook_post(struct webhook *webhook, const struct webhook_message *message, struct error *error);

/* Any thread: a post under way, and every later one, fails at once. */
void webhook_stop(struct webhook *webhook);

#endif
