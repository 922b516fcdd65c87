/* Messages of a durable go through a table of what was delivered and acknowledged; those of an ephemeral one are a
 * follower's. */
#include "bus/push.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/consumer.h"
#include "bus/push_internal.h"
#include "core/clock.h"
#include "core/text.h"
#include "core/timestamp.h"

enum {
    ACK_WAIT_MS = 30000,
    MAX_ACK_PENDING = 1000,
    MAX_ACK_PENDING_IN_GROUP = 500,
    NAME_LONGEST = 32,
    LEAVING_MS = 2000,
    LEAVING_LOOK_MS = 50,
};

static const char ACK[] = "+ACK";

/* Keeps what stands before the numbers in the subjects to answer to. With the lock held. */
static void keep_prefix(struct push *push, const char *reply)
{
    size_t length = delivery_prefix_length(reply);
    if (length >= sizeof push->reply_prefix)
        return;
    memcpy(push->reply_prefix, reply, length);
    push->reply_prefix[length] = '\0';
}

static enum listener_verdict deliver(void *context, natsMsg *message, const struct delivery *delivery)
{
    struct push *push = context;
    const char *reply = natsMsg_GetReply(message);
    pthread_mutex_lock(&push->mutex);
    if (push->reply_prefix[0] == '\0')
        keep_prefix(push, reply);
    enum ack_state before = ack_table_deliver(&push->table, delivery);
    struct delivery ignored;
    if (before == ACK_RETURNED && delivery->stored_ns < push->not_before_ns) {
        ack_table_answer(&push->table, delivery->stream_sequence, ACK_DONE, &ignored);
        before = ACK_DONE;
    }
    pthread_mutex_unlock(&push->mutex);
    if (before == ACK_DONE)
        natsConnection_Publish(tape_connection(push->listener.tape), reply, ACK, sizeof ACK - 1);
    if (before != ACK_RETURNED)
        return LISTENER_GO_ON;
    const struct inbox_item item = consumer_item(message, delivery, push->tag);
    return inbox_put_unless(push->inbox, &item, &push->listener.stopper.stopping) ? LISTENER_GO_ON : LISTENER_STOP;
}

/* What was sent and did not come will come again after the ack wait. */
static enum listener_verdict idle(void *context, uint64_t deliveries)
{
    (void)context;
    (void)deliveries;
    return LISTENER_GO_ON;
}

/* The subscription holds; whether the consumer does is to be seen at once. */
static enum listener_verdict reconnected(void *context)
{
    struct push *push = context;
    push->next_look_ns = 0;
    return LISTENER_GO_ON;
}

static const struct listener_rules RULES = {
    .begin = push_begin,
    .end = push_end,
    .deliver = deliver,
    .idle = idle,
    .reconnected = reconnected,
    .look = push_look,
};

static struct push *allocate(void)
{
    struct push *push = calloc(1, sizeof *push);
    if (push == NULL)
        abort();
    return push;
}

static int create_ephemeral(struct push *push, struct tape *tape, const struct push_options *options,
                            struct inbox *inbox, struct error *error)
{
    const struct follower_options follow = {.stream = options->stream,
                                            .filter = options->filter,
                                            .from = options->from,
                                            .sequence = options->sequence,
                                            .time_ns = options->time_ns,
                                            .tag = options->tag};
    push->follower = follower_create(tape, &follow, inbox, error);
    return push->follower != NULL ? 0 : -1;
}

static int take_options(struct push *push, const struct push_options *options, struct error *error)
{
    const char *group = options->group != NULL ? options->group : "";
    if (!text_is_id(options->durable, strlen(options->durable), NAME_LONGEST) ||
        (options->group != NULL && !text_is_id(group, strlen(group), NAME_LONGEST)))
        return error_set(error, ERROR_FAILED, "the name of a durable or a group is 1 to %d of A-Z a-z 0-9 _ -",
                         (int)NAME_LONGEST);
    if (options->from == FOLLOW_LAST_PER_SUBJECT)
        return error_set(error, ERROR_FAILED, "a durable cannot start at the last message of each subject");
    if (!text_copy(push->stream, sizeof push->stream, options->stream) ||
        !text_copy(push->filter, sizeof push->filter, options->filter != NULL ? options->filter : ""))
        return error_set(error, ERROR_FAILED, "the name of the stream or the filter is too long");
    text_copy(push->durable, sizeof push->durable, options->durable);
    text_copy(push->group, sizeof push->group, group);
    int pending = options->group != NULL ? MAX_ACK_PENDING_IN_GROUP : MAX_ACK_PENDING;
    push->from = options->from;
    push->sequence = options->sequence > 0 ? options->sequence : 1;
    push->time_ns = options->time_ns;
    push->ack_wait_ns = (options->ack_wait_ms > 0 ? options->ack_wait_ms : ACK_WAIT_MS) * NS_PER_MS;
    push->max_ack_pending = options->max_ack_pending > 0 ? options->max_ack_pending : pending;
    push->tag = options->tag;
    push->not_before_ns = INT64_MIN;
    return 0;
}

/* Servers notice a little late that a reader has left: a program that starts again at once is not to be told that
 * somebody reads there. */
static int start_behind_a_leaving_reader(struct push *push, struct error *error)
{
    for (int waited_ms = 0;; waited_ms += LEAVING_LOOK_MS) {
        int result = listener_start(&push->listener, error);
        if (result == 0 || error->kind != ERROR_IN_USE || waited_ms >= LEAVING_MS)
            return result;
        stopper_wait_until(&push->listener.stopper, clock_monotonic_ns() + LEAVING_LOOK_MS * NS_PER_MS);
    }
}

static int create_durable(struct push *push, struct tape *tape, const struct push_options *options, struct inbox *inbox,
                          struct error *error)
{
    if (take_options(push, options, error) < 0)
        return -1;
    push->inbox = inbox;
    pthread_mutex_init(&push->mutex, NULL);
    listener_init(&push->listener, tape, push->stream, &RULES, push);
    push->listener.has_heartbeat = push->group[0] == '\0';
    if (start_behind_a_leaving_reader(push, error) == 0)
        return 0;
    listener_release(&push->listener);
    pthread_mutex_destroy(&push->mutex);
    return -1;
}

struct push *push_create(struct tape *tape, const struct push_options *options, struct inbox *inbox,
                         struct error *error)
{
    struct push *push = allocate();
    assert(options->durable != NULL || options->group == NULL);
    int result = options->durable != NULL ? create_durable(push, tape, options, inbox, error)
                                          : create_ephemeral(push, tape, options, inbox, error);
    if (result == 0)
        return push;
    free(push);
    return NULL;
}

static void stop(struct push *push)
{
    if (push->follower != NULL) {
        follower_stop(push->follower);
        return;
    }
    listener_stop(&push->listener);
    inbox_wake(push->inbox);
}

static void finish(struct push *push)
{
    if (push->follower != NULL) {
        follower_destroy(push->follower);
    } else {
        listener_join(&push->listener);
        listener_release(&push->listener);
        pthread_mutex_destroy(&push->mutex);
        ack_table_free(&push->table);
    }
    free(push);
}

void push_destroy_all(struct push *const *pushes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pushes[i] != NULL)
            stop(pushes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (pushes[i] != NULL)
            finish(pushes[i]);
    }
}

void push_destroy(struct push *push)
{
    push_destroy_all(&push, 1);
}

/* Tells the server what the owner has said. When it cannot be told, it will send the message again. */
static void answer(struct push *push, uint64_t sequence, enum ack_state state, const char *text)
{
    struct delivery delivery;
    char subject[PUSH_REPLY_SIZE + 128];
    assert(push->follower == NULL);
    pthread_mutex_lock(&push->mutex);
    bool any = ack_table_answer(&push->table, sequence, state, &delivery);
    if (any)
        snprintf(subject, sizeof subject, "%s%" PRIu64 ".%" PRIu64 ".%" PRIu64 ".%" PRId64 ".%" PRIu64,
                 push->reply_prefix, delivery.deliveries, delivery.stream_sequence, delivery.consumer_sequence,
                 delivery.stored_ns, delivery.pending);
    pthread_mutex_unlock(&push->mutex);
    if (any)
        natsConnection_Publish(tape_connection(push->listener.tape), subject, text, (int)strlen(text));
}

void push_ack(struct push *push, uint64_t sequence)
{
    answer(push, sequence, ACK_DONE, ACK);
}

void push_nak(struct push *push, uint64_t sequence, int64_t delay_ms)
{
    char text[64];
    snprintf(text, sizeof text, "-NAK {\"delay\":%" PRId64 "}", delay_ms * NS_PER_MS);
    answer(push, sequence, ACK_RETURNED, delay_ms > 0 ? text : "-NAK");
}

uint64_t push_restarts(const struct push *push)
{
    return push->follower != NULL ? follower_restarts(push->follower) : atomic_load(&push->listener.restarts);
}
