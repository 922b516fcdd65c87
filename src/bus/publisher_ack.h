/* What a stream answers to a publish. Pure. */
#ifndef BUS_PUBLISHER_ACK_H
#define BUS_PUBLISHER_ACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/inbox.h"

struct publisher_ack {
    enum publish_status status; /* never UNKNOWN */
    bool again;                 /* REFUSED only for now: no leader, sent again it may be taken */
    bool full;                  /* REFUSED for want of storage, of the server or of the stream */
    uint64_t sequence;          /* STORED, DUPLICATE */
    char problem[128];
};

/* Reads `{"stream":…,"seq":…,"duplicate":…}` or `{"error":{"code":…,"err_code":…,"description":…}}`. Anything else is
 * REFUSED: somebody answered who is no stream. */
struct publisher_ack publisher_ack_parse(const char *text, size_t bytes);

#endif
