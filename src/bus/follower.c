/* A follower takes what its consumer delivers, checks that nothing is missing, and puts it into the inbox. When the
 * inbox is full it waits, does not answer the flow control of the server, and the server waits too: so nothing is
 * dropped. Whatever goes wrong ends in the same way: a new consumer behind the last message. */
#include "bus/follower.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/consumer.h"
#include "bus/delivery.h"
#include "bus/follower_internal.h"
#include "bus/plumbing_reader.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

void follower_report_caught_up(struct follower *follower)
{
    follower->caught_up = true;
    follower->time_reached = true;
    follower->contiguous = follower->filter[0] == '\0' && follower->next_sequence > 0;
    const struct inbox_item item = {
        .kind = INBOX_CAUGHT_UP, .follower_tag = follower->tag, .sequence = follower->last_sequence};
    inbox_put(follower->inbox, &item);
}

void follower_report_gap(struct follower *follower, uint64_t first_lost, bool remade)
{
    const struct inbox_item item = {
        .kind = INBOX_GAP, .follower_tag = follower->tag, .sequence = first_lost, .remade = remade};
    inbox_put(follower->inbox, &item);
}

void follower_report_gone(struct follower *follower, bool gone)
{
    if (follower->gone == gone)
        return;
    follower->gone = gone;
    const struct inbox_item item = {.kind = gone ? INBOX_STREAM_GONE : INBOX_STREAM_BACK,
                                    .follower_tag = follower->tag};
    inbox_put(follower->inbox, &item);
}

static enum listener_verdict put_message(struct follower *follower, natsMsg *message, const struct delivery *delivery)
{
    /* The consumer may have been asked for an earlier time than was wanted. */
    bool early = follower->from == FOLLOW_TIME && !follower->time_reached && delivery->stored_ns < follower->time_ns;
    if (early)
        return LISTENER_GO_ON;
    follower->time_reached = true;
    const struct inbox_item item = consumer_item(message, delivery, follower->tag);
    if (!inbox_put_unless(follower->inbox, &item, &follower->listener.stopper.stopping))
        return LISTENER_STOP;
    follower->last_sequence = delivery->stream_sequence;
    follower->last_stored_ns = delivery->stored_ns;
    return LISTENER_GO_ON;
}

static enum listener_verdict deliver(void *context, natsMsg *message, const struct delivery *delivery)
{
    struct follower *follower = context;
    if (delivery->consumer_sequence != follower->consumer_sequence + 1) {
        log_warning("bus", "stream %s: delivery %" PRIu64 " came after %" PRIu64, follower->stream,
                    delivery->consumer_sequence, follower->consumer_sequence);
        return LISTENER_START_AGAIN;
    }
    follower->consumer_sequence = delivery->consumer_sequence;
    /* A server of a cluster that has not caught up starts at its own end when that is before what was asked for. */
    if (delivery->stream_sequence < follower->next_sequence)
        return LISTENER_GO_ON;
    if (follower->contiguous && delivery->stream_sequence > follower->next_sequence) {
        log_error("bus", "messages %" PRIu64 " to %" PRIu64 " are gone from stream %s", follower->next_sequence,
                  delivery->stream_sequence - 1, follower->stream);
        follower_report_gap(follower, follower->next_sequence, false);
    }
    if (put_message(follower, message, delivery) == LISTENER_STOP)
        return LISTENER_STOP;
    follower->next_sequence = delivery->stream_sequence + 1;
    if (follower->filter[0] == '\0' && (follower->from != FOLLOW_LAST_PER_SUBJECT || follower->caught_up))
        follower->contiguous = true;
    if (!follower->caught_up && (delivery->consumer_sequence >= follower->caught_up_sequence || delivery->pending == 0))
        follower_report_caught_up(follower);
    return LISTENER_GO_ON;
}

static enum listener_verdict idle(void *context, uint64_t deliveries)
{
    struct follower *follower = context;
    if (deliveries != follower->consumer_sequence) {
        log_warning("bus", "stream %s: %" PRIu64 " deliveries were sent, %" PRIu64 " came", follower->stream,
                    deliveries, follower->consumer_sequence);
        return LISTENER_START_AGAIN;
    }
    follower_check_caught_up(follower);
    return LISTENER_GO_ON;
}

/* The consumer may be gone, and what was on its way is lost. */
static enum listener_verdict reconnected(void *context)
{
    (void)context;
    return LISTENER_START_AGAIN;
}

static const struct listener_rules RULES = {
    .begin = follower_begin,
    .end = follower_end,
    .deliver = deliver,
    .idle = idle,
    .reconnected = reconnected,
};

static void release(struct follower *follower)
{
    listener_release(&follower->listener);
    free(follower);
}

static struct follower *allocate(struct tape *tape, const struct follower_options *options, struct inbox *inbox)
{
    struct follower *follower = calloc(1, sizeof *follower);
    if (follower == NULL)
        abort();
    listener_init(&follower->listener, tape, follower->stream, &RULES, follower);
    follower->listener.has_heartbeat = true;
    follower->listener.patient = options->patient;
    follower->inbox = inbox;
    follower->from = options->from;
    if (options->service != NULL)
        snprintf(follower->description, sizeof follower->description, PLUMBING_DESCRIPTION "%s", options->service);
    follower->time_ns = options->time_ns;
    follower->tag = options->tag;
    if (options->from == FOLLOW_SEQUENCE)
        follower->next_sequence = options->sequence > 0 ? options->sequence : 1;
    return follower;
}

struct follower *follower_create(struct tape *tape, const struct follower_options *options, struct inbox *inbox,
                                 struct error *error)
{
    struct follower *follower = allocate(tape, options, inbox);
    if (!text_copy(follower->stream, sizeof follower->stream, options->stream) ||
        !text_copy(follower->filter, sizeof follower->filter, options->filter != NULL ? options->filter : "")) {
        error_set(error, ERROR_FAILED, "the name of the stream or the filter is too long");
        goto fail;
    }
    if (listener_start(&follower->listener, error) < 0)
        goto fail;
    return follower;
fail:
    release(follower);
    return NULL;
}

void follower_stop(struct follower *follower)
{
    listener_stop(&follower->listener);
    inbox_wake(follower->inbox);
}

void follower_destroy(struct follower *follower)
{
    if (follower == NULL)
        return;
    follower_stop(follower);
    listener_join(&follower->listener);
    release(follower);
}

uint64_t follower_restarts(const struct follower *follower)
{
    return atomic_load(&follower->listener.restarts);
}
