/* The depth of a market: the best levels of each side, as `depth.<exchange>.<instrument>` has them on the wire. It is
 * no event: nothing is folded from it, and the next one replaces it. Pure. */
#ifndef CORE_DEPTH_H
#define CORE_DEPTH_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/quote.h"

enum { DEPTH_LEVELS = 10, DEPTH_PAYLOAD_SIZE = 2048 };

struct depth_level {
    int64_t price; /* 1e-9 */
    int64_t size;  /* 1e-8, above 0 */
};

struct depth {
    char symbol[SYMBOL_SIZE];
    char exchange[EXCHANGE_SIZE];                              /* upper case */
    struct depth_level bids[DEPTH_LEVELS], asks[DEPTH_LEVELS]; /* best first */
    size_t bid_count, ask_count;                               /* fewer than DEPTH_LEVELS: there are no more */
    uint64_t seq;             /* per instrument within `source`, from 1; 0 when absent */
    char source[SOURCE_SIZE]; /* as that of quotes; "" when absent */
    int64_t timestamp_ns;     /* the exchange's time */
};

/* Writes the payload, terminated; returns its length. A depth always fits in DEPTH_PAYLOAD_SIZE. */
size_t depth_encode(const struct depth *depth, char *payload, size_t size);

/* Decodes a message; of more than DEPTH_LEVELS levels the best are kept. -1 with the reason (ERROR_FAILED) for what
 * event_decode refuses too, for a side whose prices do not go from the best to the worst, and for a size that is not
 * above 0. */
int depth_decode(struct depth *depth, const char *subject, const char *payload, size_t payload_bytes,
                 struct error *error);

#endif
