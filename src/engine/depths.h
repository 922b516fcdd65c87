/* The latest depth of each instrument, as it came: the bytes are kept, and decoded only when an order wants to know
 * what lies behind the touch. Pure; one thread owns a table. */
#ifndef ENGINE_DEPTHS_H
#define ENGINE_DEPTHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/depth.h"

struct depths;

struct depths *depths_create(void);
void depths_destroy(struct depths *depths); /* NULL is allowed */

/* Keeps a message of MARKET_DEPTH in the place of the one before it on its subject. `age_ns` is how old it was when it
 * was read, as of quotes. */
void depths_put(struct depths *depths, const char *subject, const char *payload, size_t payload_bytes, int64_t age_ns,
                int64_t monotonic_ns);

/* The levels of an instrument. False when there are none, when they are older than this, or cannot be decoded. */
bool depths_read(const struct depths *depths, const char *exchange, const char *symbol, int64_t monotonic_ns,
                 int64_t stale_after_ns, struct depth *depth);

#endif
