/* The public streams and that of the leases, without which nobody decides; and what can be wrong with them while the
 * program runs: values that the bus finds out, the services act on and the screen shows. */
#ifndef CORE_STREAM_TROUBLE_H
#define CORE_STREAM_TROUBLE_H

#include <stdbool.h>
#include <stddef.h>

enum tape_stream { TAPE_MARKET_DATA, TAPE_ORDERS, TAPE_POSITIONS, TAPE_RISK, TAPE_LEASES, TAPE_STREAMS };

/* Sets of streams, one bit for each: 1u << enum tape_stream. */
struct stream_troubles {
    unsigned gone; /* the stream is not there any more */
    unsigned full; /* it takes nothing more, for want of storage */
};

const char *tape_stream_name(enum tape_stream stream);

/* The bit of the stream of this name; of the stream that this subject belongs to. 0 when it is none of these. */
unsigned tape_stream_bit(const char *name);
unsigned tape_stream_bit_of_subject(const char *subject);

bool stream_troubles_any(const struct stream_troubles *troubles);

/* "stream ORDERS has vanished; no storage is left for RISK"; "" when nothing is wrong. */
void stream_troubles_text(const struct stream_troubles *troubles, char *text, size_t size);

#endif
