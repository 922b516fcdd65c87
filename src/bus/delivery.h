/* What a stream's consumer says about a message that it delivers, in the subject to reply to. Pure. */
#ifndef BUS_DELIVERY_H
#define BUS_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct delivery {
    uint64_t stream_sequence;
    uint64_t consumer_sequence; /* counts the deliveries of this consumer from 1: contiguous, also with a filter */
    uint64_t pending;           /* messages behind this one */
    uint64_t deliveries;        /* of this message */
    int64_t stored_ns;
};

/* Reads `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>`, or the newer form
 * with a domain and an account hash in front of the stream. False for anything else. */
bool delivery_parse(struct delivery *delivery, const char *reply);

/* How much of such a subject stands before the numbers: `$JS.ACK.<stream>.<consumer>.`; 0 for anything else. */
size_t delivery_prefix_length(const char *reply);

#endif
