/* The thread of a follower takes what the consumer delivers, checks that nothing is missing, and puts it into the
 * inbox. When the inbox is full it waits, does not answer the flow control of the server, and the server waits too:
 * so nothing is dropped. Whatever goes wrong ends in the same way: a new consumer behind the last message. */
#include "bus/follower.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/delivery.h"
#include "bus/follower_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

enum {
    START_WAIT_MS = 5000,
    NEXT_WAIT_MS = 100,
    RETRY_MS = 200,
    SILENCE_MS = 3000, /* three heartbeats were missed */
};

void follower_report_caught_up(struct follower *follower)
{
    follower->caught_up = true;
    follower->time_reached = true;
    follower->contiguous = follower->filter[0] == '\0' && follower->next_sequence > 0;
    const struct inbox_item item = {
        .kind = INBOX_CAUGHT_UP, .follower_tag = follower->tag, .sequence = follower->last_sequence};
    inbox_put(follower->inbox, &item);
}

void follower_report_gap(struct follower *follower, uint64_t first_lost)
{
    const struct inbox_item item = {.kind = INBOX_GAP, .follower_tag = follower->tag, .sequence = first_lost};
    inbox_put(follower->inbox, &item);
}

/* What to do after a message. */
enum verdict { GO_ON, START_AGAIN, STOP };

static enum verdict put_message(struct follower *follower, natsMsg *message, const struct delivery *delivery)
{
    /* The consumer may have been asked for an earlier time than was wanted. */
    bool early = follower->from == FOLLOW_TIME && !follower->time_reached && delivery->stored_ns < follower->time_ns;
    if (early)
        return GO_ON;
    follower->time_reached = true;
    const struct inbox_item item = {
        .kind = INBOX_MESSAGE,
        .follower_tag = follower->tag,
        .sequence = delivery->stream_sequence,
        .stored_ns = delivery->stored_ns,
        .subject = natsMsg_GetSubject(message),
        .payload = natsMsg_GetData(message),
        .payload_bytes = (size_t)natsMsg_GetDataLength(message),
    };
    if (!inbox_put_unless(follower->inbox, &item, &follower->stopping))
        return STOP;
    follower->last_sequence = delivery->stream_sequence;
    follower->last_stored_ns = delivery->stored_ns;
    return GO_ON;
}

static enum verdict deliver(struct follower *follower, natsMsg *message, const struct delivery *delivery)
{
    if (delivery->consumer_sequence != follower->consumer_sequence + 1) {
        log_warning("bus", "stream %s: delivery %" PRIu64 " came after %" PRIu64, follower->stream,
                    delivery->consumer_sequence, follower->consumer_sequence);
        return START_AGAIN;
    }
    follower->consumer_sequence = delivery->consumer_sequence;
    if (follower->contiguous && delivery->stream_sequence > follower->next_sequence) {
        log_error("bus", "messages %" PRIu64 " to %" PRIu64 " are gone from stream %s", follower->next_sequence,
                  delivery->stream_sequence - 1, follower->stream);
        follower_report_gap(follower, follower->next_sequence);
    }
    if (put_message(follower, message, delivery) == STOP)
        return STOP;
    follower->next_sequence = delivery->stream_sequence + 1;
    if (follower->filter[0] == '\0' && (follower->from != FOLLOW_LAST_PER_SUBJECT || follower->caught_up))
        follower->contiguous = true;
    if (!follower->caught_up && (delivery->consumer_sequence >= follower->caught_up_sequence || delivery->pending == 0))
        follower_report_caught_up(follower);
    return GO_ON;
}

/* A message of the server's own: flow control, a heartbeat, or the consumer's end. */
static enum verdict obey(struct follower *follower, natsMsg *message)
{
    const char *reply = natsMsg_GetReply(message);
    const char *value = NULL;
    natsConnection *connection = tape_connection(follower->tape);
    if (natsMsgHeader_Get(message, "Status", &value) != NATS_OK)
        return GO_ON;
    if (strcmp(value, "100") != 0) {
        const char *description = NULL;
        natsMsgHeader_Get(message, "Description", &description);
        log_warning("bus", "stream %s: the server says %s %s", follower->stream, value,
                    description != NULL ? description : "");
        return START_AGAIN;
    }
    if (reply != NULL && reply[0] != '\0') {
        natsConnection_Publish(connection, reply, NULL, 0);
        return GO_ON;
    }
    /* A heartbeat tells a request of the flow control that got lost, and how many deliveries there have been. */
    const char *stalled = NULL, *last = NULL;
    if (natsMsgHeader_Get(message, "Nats-Consumer-Stalled", &stalled) == NATS_OK) {
        natsConnection_Publish(connection, stalled, NULL, 0);
        return GO_ON;
    }
    if (natsMsgHeader_Get(message, "Nats-Last-Consumer", &last) == NATS_OK &&
        strtoull(last, NULL, 10) != follower->consumer_sequence) {
        log_warning("bus", "stream %s: %s deliveries were sent, %" PRIu64 " came", follower->stream, last,
                    follower->consumer_sequence);
        return START_AGAIN;
    }
    follower_check_caught_up(follower);
    return GO_ON;
}

/* Waits before the next attempt; ends early when stopping. */
static void pause_ms(struct follower *follower, int ms)
{
    int64_t end_ns = clock_monotonic_ns() + ms * NS_PER_MS;
    struct timespec end = {.tv_sec = end_ns / NS_PER_SECOND, .tv_nsec = end_ns % NS_PER_SECOND};
    pthread_mutex_lock(&follower->mutex);
    if (!atomic_load(&follower->stopping))
        pthread_cond_timedwait(&follower->wake, &follower->mutex, &end);
    pthread_mutex_unlock(&follower->mutex);
}

/* Takes one message, or looks after the connection when none comes. */
static enum verdict step(struct follower *follower)
{
    natsMsg *message = NULL;
    natsStatus status = natsSubscription_NextMsg(&message, follower->subscription, NEXT_WAIT_MS);
    if (atomic_load(&follower->stopping)) {
        natsMsg_Destroy(message);
        return STOP;
    }
    if (tape_generation(follower->tape) != follower->generation) {
        natsMsg_Destroy(message);
        return START_AGAIN;
    }
    if (status == NATS_OK) {
        struct delivery delivery;
        bool is_delivery = delivery_parse(&delivery, natsMsg_GetReply(message));
        enum verdict verdict = is_delivery ? deliver(follower, message, &delivery) : obey(follower, message);
        natsMsg_Destroy(message);
        /* Only now: the wait for room in the inbox is not the server's silence. */
        follower->heard_ns = clock_monotonic_ns();
        return verdict;
    }
    if (status != NATS_TIMEOUT) {
        log_warning("bus", "stream %s: %s", follower->stream, natsStatus_GetText(status));
        return START_AGAIN;
    }
    if (tape_is_connected(follower->tape) && clock_monotonic_ns() - follower->heard_ns > SILENCE_MS * NS_PER_MS) {
        log_warning("bus", "stream %s: no heartbeat for %d s", follower->stream, SILENCE_MS / 1000);
        return START_AGAIN;
    }
    return GO_ON;
}

/* Starts again until it succeeds or is stopped. What fails is logged once per reason. */
static void start_again(struct follower *follower)
{
    char reason[sizeof((struct error *)NULL)->text] = "";
    follower_end(follower);
    atomic_fetch_add(&follower->restarts, 1);
    while (!atomic_load(&follower->stopping)) {
        struct error error = {0};
        if (!tape_is_connected(follower->tape)) {
            pause_ms(follower, RETRY_MS / 10);
            continue;
        }
        if (follower_begin(follower, &error) == 0) {
            log_info("bus", "follows stream %s again from %" PRIu64, follower->stream, follower->next_sequence);
            return;
        }
        if (strcmp(reason, error.text) != 0) {
            text_copy(reason, sizeof reason, error.text);
            log_error("bus", "%s", error.text);
        }
        pause_ms(follower, RETRY_MS);
    }
}

static void *run(void *argument)
{
    struct follower *follower = argument;
    while (!atomic_load(&follower->stopping)) {
        enum verdict verdict = step(follower);
        if (verdict == STOP)
            break;
        if (verdict == START_AGAIN)
            start_again(follower);
    }
    follower_end(follower);
    return NULL;
}

static void release(struct follower *follower)
{
    pthread_cond_destroy(&follower->wake);
    pthread_mutex_destroy(&follower->mutex);
    free(follower);
}

static struct follower *allocate(struct tape *tape, const struct follower_options *options, struct inbox *inbox)
{
    struct follower *follower = calloc(1, sizeof *follower);
    if (follower == NULL)
        abort();
    follower->tape = tape;
    follower->inbox = inbox;
    follower->from = options->from;
    follower->time_ns = options->time_ns;
    follower->tag = options->tag;
    if (options->from == FOLLOW_SEQUENCE)
        follower->next_sequence = options->sequence > 0 ? options->sequence : 1;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&follower->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&follower->mutex, NULL);
    return follower;
}

struct follower *follower_create(struct tape *tape, const struct follower_options *options, struct inbox *inbox,
                                 struct error *error)
{
    struct follower *follower = allocate(tape, options, inbox);
    int problem;
    if (!text_copy(follower->stream, sizeof follower->stream, options->stream) ||
        !text_copy(follower->filter, sizeof follower->filter, options->filter != NULL ? options->filter : "")) {
        error_set(error, ERROR_FAILED, "the name of the stream or the filter is too long");
        goto fail;
    }
    if (!tape_wait_connected(tape, START_WAIT_MS)) {
        error_set(error, ERROR_SERVER, "cannot follow stream %s: there is no connection to the server",
                  follower->stream);
        goto fail;
    }
    if (follower_begin(follower, error) < 0)
        goto fail;
    problem = pthread_create(&follower->thread, NULL, run, follower);
    if (problem != 0) {
        error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
        follower_end(follower);
        goto fail;
    }
    return follower;
fail:
    release(follower);
    return NULL;
}

void follower_destroy(struct follower *follower)
{
    if (follower == NULL)
        return;
    atomic_store(&follower->stopping, true);
    inbox_wake(follower->inbox);
    pthread_mutex_lock(&follower->mutex);
    if (follower->subscription != NULL)
        natsSubscription_Unsubscribe(follower->subscription);
    pthread_cond_broadcast(&follower->wake);
    pthread_mutex_unlock(&follower->mutex);
    pthread_join(follower->thread, NULL);
    release(follower);
}

uint64_t follower_restarts(const struct follower *follower)
{
    return atomic_load(&follower->restarts);
}
