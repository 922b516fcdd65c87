/* What the server says about a stream, with patience for a cluster: a server that was just elected may have applied
 * less than what its stream holds, and would make it look as if it had lost its end. */
#ifndef BUS_STREAM_INFO_H
#define BUS_STREAM_INFO_H

#include <nats/nats.h>
#include <stdint.h>

#include "bus/tape.h"

/* Gets the information, which the caller destroys. When several servers keep the stream and it ends before `reaches`,
 * it is asked for again, for up to 3 s. `code` may be NULL. */
natsStatus stream_info_get(struct tape *tape, const char *stream, uint64_t reaches, jsStreamInfo **info,
                           jsErrCode *code);

#endif
