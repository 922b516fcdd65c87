/* Whatever goes wrong with a consumer ends in the same way: the listener ends what it has and begins again. */
#include "bus/listener.h"

#include <stdlib.h>
#include <string.h>

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

/* A message of the server's own: flow control, a heartbeat, or the consumer's end. */
static enum listener_verdict obey(struct listener *listener, natsMsg *message)
{
    const char *reply = natsMsg_GetReply(message);
    const char *value = NULL;
    natsConnection *connection = tape_connection(listener->tape);
    if (natsMsgHeader_Get(message, "Status", &value) != NATS_OK)
        return LISTENER_GO_ON;
    if (strcmp(value, "100") != 0) {
        const char *description = NULL;
        natsMsgHeader_Get(message, "Description", &description);
        log_warning("bus", "stream %s: the server says %s %s", listener->stream, value,
                    description != NULL ? description : "");
        return LISTENER_START_AGAIN;
    }
    if (reply != NULL && reply[0] != '\0') {
        natsConnection_Publish(connection, reply, NULL, 0);
        return LISTENER_GO_ON;
    }
    /* A heartbeat tells a request of the flow control that got lost, and how many deliveries there have been. */
    const char *stalled = NULL, *last = NULL;
    if (natsMsgHeader_Get(message, "Nats-Consumer-Stalled", &stalled) == NATS_OK) {
        natsConnection_Publish(connection, stalled, NULL, 0);
        return LISTENER_GO_ON;
    }
    if (natsMsgHeader_Get(message, "Nats-Last-Consumer", &last) != NATS_OK)
        return LISTENER_GO_ON;
    return listener->rules->idle(listener->context, strtoull(last, NULL, 10));
}

/* Waits before the next attempt; ends early when stopping. */
static void pause_ms(struct listener *listener, int ms)
{
    stopper_wait_until(&listener->stopper, clock_monotonic_ns() + ms * NS_PER_MS);
}

static enum listener_verdict take(struct listener *listener, natsMsg *message)
{
    struct delivery delivery;
    bool is_delivery = delivery_parse(&delivery, natsMsg_GetReply(message));
    enum listener_verdict verdict =
        is_delivery ? listener->rules->deliver(listener->context, message, &delivery) : obey(listener, message);
    natsMsg_Destroy(message);
    /* Only now: the wait for room in the inbox is not the server's silence. */
    listener->heard_ns = clock_monotonic_ns();
    return verdict;
}

static enum listener_verdict look(struct listener *listener, int64_t now_ns)
{
    return listener->rules->look != NULL ? listener->rules->look(listener->context, now_ns) : LISTENER_GO_ON;
}

/* Takes one message, or looks after the connection when none comes. */
static enum listener_verdict step(struct listener *listener)
{
    natsMsg *message = NULL;
    natsStatus status = natsSubscription_NextMsg(&message, listener->subscription, NEXT_WAIT_MS);
    if (atomic_load(&listener->stopper.stopping)) {
        natsMsg_Destroy(message);
        return LISTENER_STOP;
    }
    enum listener_verdict verdict = LISTENER_GO_ON;
    uint64_t generation = tape_generation(listener->tape);
    if (generation != listener->generation) {
        listener->generation = generation;
        listener->heard_ns = clock_monotonic_ns();
        verdict = listener->rules->reconnected(listener->context);
    }
    if (verdict != LISTENER_GO_ON) {
        natsMsg_Destroy(message);
        return verdict;
    }
    if (status == NATS_OK) {
        verdict = take(listener, message);
        return verdict == LISTENER_GO_ON ? look(listener, listener->heard_ns) : verdict;
    }
    if (status != NATS_TIMEOUT) {
        log_warning("bus", "stream %s: %s", listener->stream, natsStatus_GetText(status));
        return LISTENER_START_AGAIN;
    }
    int64_t now_ns = clock_monotonic_ns();
    if (!tape_is_connected(listener->tape))
        return LISTENER_GO_ON;
    if (listener->has_heartbeat && now_ns - listener->heard_ns > SILENCE_MS * NS_PER_MS) {
        log_warning("bus", "stream %s: no heartbeat for %d s", listener->stream, SILENCE_MS / 1000);
        return LISTENER_START_AGAIN;
    }
    return look(listener, now_ns);
}

static int begin(struct listener *listener, struct error *error)
{
    listener->generation = tape_generation(listener->tape);
    if (listener->rules->begin(listener->context, error) < 0)
        return -1;
    listener->heard_ns = clock_monotonic_ns();
    return 0;
}

/* Starts again until it succeeds or is stopped. What fails is logged once per reason. */
static void start_again(struct listener *listener)
{
    char reason[sizeof((struct error *)NULL)->text] = "";
    listener->rules->end(listener->context);
    atomic_fetch_add(&listener->restarts, 1);
    while (!atomic_load(&listener->stopper.stopping)) {
        struct error error = {0};
        if (!tape_is_connected(listener->tape)) {
            pause_ms(listener, RETRY_MS / 10);
            continue;
        }
        if (begin(listener, &error) == 0) {
            log_info("bus", "reads stream %s again", listener->stream);
            return;
        }
        if (strcmp(reason, error.text) != 0) {
            text_copy(reason, sizeof reason, error.text);
            log_error("bus", "%s", error.text);
        }
        pause_ms(listener, RETRY_MS);
    }
}

static void *run(void *argument)
{
    struct listener *listener = argument;
    pthread_setname_np(pthread_self(), "reader");
    if (listener->patient)
        start_again(listener);
    while (!atomic_load(&listener->stopper.stopping)) {
        enum listener_verdict verdict = step(listener);
        if (verdict == LISTENER_STOP)
            break;
        if (verdict == LISTENER_START_AGAIN)
            start_again(listener);
    }
    listener->rules->end(listener->context);
    return NULL;
}

void listener_init(struct listener *listener, struct tape *tape, const char *stream, const struct listener_rules *rules,
                   void *context)
{
    *listener = (struct listener){.tape = tape, .stream = stream, .rules = rules, .context = context};
    stopper_init(&listener->stopper);
    pthread_mutex_init(&listener->mutex, NULL);
}

void listener_release(struct listener *listener)
{
    stopper_release(&listener->stopper);
    pthread_mutex_destroy(&listener->mutex);
}

int listener_start(struct listener *listener, struct error *error)
{
    if (!listener->patient && !tape_wait_connected(listener->tape, START_WAIT_MS))
        return error_set(error, ERROR_SERVER, "cannot follow stream %s: there is no connection to the server",
                         listener->stream);
    if (!listener->patient && begin(listener, error) < 0)
        return -1;
    int problem = pthread_create(&listener->thread, NULL, run, listener);
    if (problem == 0)
        return 0;
    listener->rules->end(listener->context);
    return error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
}

void listener_stop(struct listener *listener)
{
    stopper_stop(&listener->stopper);
    pthread_mutex_lock(&listener->mutex);
    if (listener->subscription != NULL)
        natsSubscription_Unsubscribe(listener->subscription);
    pthread_mutex_unlock(&listener->mutex);
}

void listener_join(struct listener *listener)
{
    pthread_join(listener->thread, NULL);
}

natsStatus listener_subscribe(struct listener *listener, const char *subject, const char *group)
{
    natsSubscription *subscription = NULL;
    natsConnection *connection = tape_connection(listener->tape);
    natsStatus status = group != NULL ? natsConnection_QueueSubscribeSync(&subscription, connection, subject, group)
                                      : natsConnection_SubscribeSync(&subscription, connection, subject);
    if (status == NATS_OK)
        status = natsSubscription_SetPendingLimits(subscription, -1, -1);
    if (status != NATS_OK) {
        tape_retire(listener->tape, subscription);
        return status;
    }
    pthread_mutex_lock(&listener->mutex);
    listener->subscription = subscription;
    pthread_mutex_unlock(&listener->mutex);
    return NATS_OK;
}

void listener_unsubscribe(struct listener *listener)
{
    pthread_mutex_lock(&listener->mutex);
    natsSubscription *subscription = listener->subscription;
    listener->subscription = NULL;
    pthread_mutex_unlock(&listener->mutex);
    tape_retire(listener->tape, subscription);
}
