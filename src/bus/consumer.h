/* What the descriptions of all push consumers have in common. */
#ifndef BUS_CONSUMER_H
#define BUS_CONSUMER_H

#include <nats/nats.h>
#include <stdint.h>

#include "bus/delivery.h"
#include "bus/follower.h"
#include "bus/inbox.h"

/* Where a consumer starts: at `sequence` when that is not 0, else as `from` says (not FOLLOW_NEW, whose sequence the
 * caller knows). `filter`: "" is none; FOLLOW_LAST_PER_SUBJECT needs one. The texts are kept by pointer. */
struct consumer_start {
    enum follow_from from;
    uint64_t sequence;
    int64_t time_ns;
    const char *filter;
};

/* Fills where it starts. With FOLLOW_TIME messages of up to 100 ms before `time_ns` may come: the caller leaves them
 * out. */
void consumer_start(jsConsumerConfig *config, const struct consumer_start *start);

/* The filter to give for the last message of each subject of a stream. */
const char *consumer_filter_of_all(const jsStreamInfo *info);

/* What an inbox is given of a delivered message; valid as long as the message. */
struct inbox_item consumer_item(natsMsg *message, const struct delivery *delivery, int tag);

/* Fills the error with what was said about a stream's `what` ("cannot follow stream T"); returns -1. */
int consumer_error(struct error *error, natsStatus status, jsErrCode code, const char *what, const char *stream);

#endif
