/* The REST gateway: order entry and views over HTTP on loopback, as a service of engine/service.h.
 *
 * libmicrohttpd runs without threads of its own inside the service's thread: everything here has one owner, and no
 * lock. Orders and cancels are published on the tape; what is answered is what was read back from it. The calls, their
 * answers and the limits are described in docs/rest.md. */
#ifndef ENGINE_GATEWAY_H
#define ENGINE_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "core/instrument.h"
#include "engine/service.h"

/* The shortest token that is accepted, in characters. One of 256 bits has 43 of them in base64, 64 in hexadecimal. */
enum { GATEWAY_TOKEN_MIN = 32, GATEWAY_TOKEN_SIZE = 256 };

struct gateway_options {
    const char *host;                      /* an address, or "localhost"; NULL: 127.0.0.1 */
    uint16_t port;                         /* 0: a free one */
    const char *token;                     /* the bearer token; secret; printable ASCII without blanks; copied */
    bool own_token;                        /* somebody chose it, who can give it to clients elsewhere */
    const char *certificate, *key;         /* PEM: speak HTTPS; NULL: HTTP; the key is secret; not needed afterwards */
    const char *names;                     /* further names of this host, separated by commas; NULL: none; copied */
    struct outbox *outbox;                 /* whose counts are among the metrics; NULL: none; outlives the gateway */
    uint32_t request_rate;                 /* requests per second, and as many in a burst; 0: no limit */
    const char *account;                   /* fills requests that name none; copied */
    const struct instruments *instruments; /* gives a symbol its primary exchange; outlives the gateway */

    /* Where events go and whether the history is read. NULL: service_publish and service_counts of the service that
     * called `started`. Others are for tests; `publish` must not fold the event before it returns. */
    bool (*publish)(void *context, const struct event *event, uint64_t cookie);
    bool (*live)(void *context);
    void *context;
};

struct gateway;

/* Binds the address and makes everything ready, but serves nothing before gateway_ops.work is called. NULL with
 * ERROR_IN_USE when the port is taken, ERROR_USAGE when the address is not on loopback and there is no HTTPS or no
 * token of one's own, and when token, certificate or key will not do. */
struct gateway *gateway_create(const struct gateway_options *options, struct error *error);

/* Stops listening, answers those who wait for a decision with what is known (at most 200 ms), closes all connections.
 * The service has been stopped before. NULL is allowed. */
void gateway_destroy(struct gateway *gateway);

/* The port that it is bound to. Any thread. */
uint16_t gateway_port(const struct gateway *gateway);

/* The role "gateway"; `self` is the struct gateway. */
extern const struct service_ops gateway_ops;

#endif
