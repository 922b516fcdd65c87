/* Publishing an event: the one place where subject, message id and payload come together. */
#ifndef BUS_PUBLISH_EVENT_H
#define BUS_PUBLISH_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/publisher.h"
#include "core/event.h"

/* As publisher_send, with the subject, the id and the payload of the event. */
bool publish_event(struct publisher *publisher, const struct event *event, int64_t fence, struct inbox *inbox,
                   uint64_t cookie);

#endif
