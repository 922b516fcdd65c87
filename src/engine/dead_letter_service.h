/* Dead letters of the services: messages of the tape that could not be decoded. Part of the service loop. */
#ifndef ENGINE_DEAD_LETTER_SERVICE_H
#define ENGINE_DEAD_LETTER_SERVICE_H

#include "bus/inbox.h"
#include "bus/publisher.h"

/* Logs that the message of this stream is skipped, and puts it aside: `reader` is who could not read it, `reason` the
 * sentence why. Does not wait; nobody is told what became of it. */
void dead_letter_send(struct publisher *publisher, const char *stream, const char *reader,
                      const struct inbox_item *item, const char *reason);

#endif
