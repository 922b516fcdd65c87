/* The thread of a worker: takes what the consumer delivers, and looks after the rest now and then. It asks for messages
 * itself and listens on an inbox of its own, instead of using natsSubscription_Fetch, which overruns its memory in
 * nats.c before 3.9 when requests of an earlier connection are answered. */
#include "bus/worker.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/worker_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

enum {
    START_WAIT_MS = 5000,
    NEXT_WAIT_MS = 20,
    RETRY_MS = 200,
    SCAN_PERIOD_MS = 50,
    LOOK_PERIOD_MS = 1000, /* a deleted consumer is silent: it has to be asked for */
    DEAD_RETRY_MS = 500,
    FLUSH_WAIT_MS = 500,
    BATCH = 1000,
    BATCH_MAX = 10000,
    MAX_ACK_PENDING = 1000,
    MAX_ACK_PENDING_GROUP = 500,
    ACK_WAIT_MS = 30000,
    MAX_DELIVER = 3,
    NAK_DELAY_MS = 5000,
};

void worker_complain(struct worker *worker, const char *text)
{
    if (strcmp(worker->trouble, text) == 0)
        return;
    text_copy(worker->trouble, sizeof worker->trouble, text);
    log_error("bus", "worker %s: %s", worker->durable, text);
}

/* Waits before the next attempt; ends early when stopping. */
static void pause_ms(struct worker *worker, int ms)
{
    int64_t end_ns = clock_monotonic_ns() + ms * NS_PER_MS;
    struct timespec end = {.tv_sec = end_ns / NS_PER_SECOND, .tv_nsec = end_ns % NS_PER_SECOND};
    pthread_mutex_lock(&worker->mutex);
    if (!atomic_load(&worker->stopping))
        pthread_cond_timedwait(&worker->wake, &worker->mutex, &end);
    pthread_mutex_unlock(&worker->mutex);
}

/* What to do after a message. */
enum verdict { GO_ON, START_AGAIN, STOP };

/* A message of the server's own says how a request for messages ended. */
static enum verdict obey(struct worker *worker, natsMsg *message)
{
    const char *status = NULL, *description = "", *left = NULL;
    if (natsMsgHeader_Get(message, "Status", &status) != NATS_OK)
        return GO_ON;
    natsMsgHeader_Get(message, "Description", &description);
    bool counted = natsMsgHeader_Get(message, "Nats-Pending-Messages", &left) == NATS_OK;
    uint64_t count = counted ? strtoull(left, NULL, 10) : UINT64_MAX;
    if (strcmp(status, "408") == 0 || strcmp(status, "404") == 0) {
        worker_forget_credit(worker, count, 0);
        return GO_ON;
    }
    char text[WORKER_REASON_SIZE];
    snprintf(text, sizeof text, "the server says %.8s %.100s", status, description);
    if (strcmp(status, "503") == 0 || strcmp(description, "Consumer Deleted") == 0) {
        log_warning("bus", "worker %s: %s", worker->durable, text);
        return START_AGAIN;
    }
    if (strcmp(status, "100") == 0)
        return GO_ON;
    /* Too much is unsettled, too many ask, or the server ends: ask again a little later. */
    worker_complain(worker, text);
    worker_forget_credit(worker, count, clock_monotonic_ns() + RETRY_MS * NS_PER_MS);
    return GO_ON;
}

/* All that is not about one message. */
static enum verdict look_after(struct worker *worker, int64_t now_ns)
{
    worker->scanned_ns = now_ns;
    if (!tape_is_connected(worker->tape))
        return GO_ON;
    /* The server may have taken the right to our subscription away: it does not come back with the right. */
    if (!worker_expire(worker))
        return START_AGAIN;
    worker_send_due(worker);
    pthread_mutex_lock(&worker->mutex);
    uint32_t dead_before = worker->dead_count;
    pthread_mutex_unlock(&worker->mutex);
    if (dead_before > 0 && now_ns >= worker->dead_ns) {
        worker_write_dead(worker);
        pthread_mutex_lock(&worker->mutex);
        if (worker->dead_count == dead_before)
            worker->dead_ns = clock_monotonic_ns() + DEAD_RETRY_MS * NS_PER_MS;
        pthread_mutex_unlock(&worker->mutex);
    }
    if (now_ns - worker->looked_ns >= LOOK_PERIOD_MS * NS_PER_MS) {
        bool there = worker_look(worker);
        worker->looked_ns = clock_monotonic_ns();
        if (!there)
            return START_AGAIN;
    }
    worker_ask(worker);
    return GO_ON;
}

static enum verdict step(struct worker *worker)
{
    natsMsg *message = NULL;
    enum verdict verdict = GO_ON;
    natsStatus status = natsSubscription_NextMsg(&message, worker->subscription, NEXT_WAIT_MS);
    if (status == NATS_OK) {
        struct delivery delivery;
        if (!delivery_parse(&delivery, natsMsg_GetReply(message)))
            verdict = obey(worker, message);
        else if (!worker_deliver(worker, message, &delivery))
            verdict = STOP;
        natsMsg_Destroy(message);
    }
    if (verdict != GO_ON || atomic_load(&worker->stopping))
        return verdict != GO_ON ? verdict : STOP;
    if (tape_generation(worker->tape) != worker->generation)
        return START_AGAIN;
    if (status != NATS_OK && status != NATS_TIMEOUT) {
        log_warning("bus", "worker %s: %s", worker->durable, natsStatus_GetText(status));
        return START_AGAIN;
    }
    int64_t now_ns = clock_monotonic_ns();
    if (status == NATS_TIMEOUT || now_ns - worker->scanned_ns >= SCAN_PERIOD_MS * NS_PER_MS)
        return look_after(worker, now_ns);
    return GO_ON;
}

/* Starts again until it succeeds or is stopped. */
static void start_again(struct worker *worker)
{
    worker_end(worker);
    while (!atomic_load(&worker->stopping)) {
        struct error error = {0};
        if (!tape_is_connected(worker->tape)) {
            pause_ms(worker, RETRY_MS / 10);
            continue;
        }
        if (worker_begin(worker, &error) == 0) {
            worker->trouble[0] = '\0';
            pthread_mutex_lock(&worker->mutex);
            worker->counts.restarts++;
            pthread_mutex_unlock(&worker->mutex);
            worker_send_due(worker);
            worker_ask(worker);
            return;
        }
        worker_complain(worker, error.text);
        pause_ms(worker, RETRY_MS);
    }
}

/* Gives back what is here or still comes, as far as the server can be reached. */
static void leave(struct worker *worker)
{
    if (tape_is_connected(worker->tape)) {
        natsMsg *message = NULL;
        worker_send_due(worker);
        worker_give_back(worker);
        /* What the server has sent by now is here when this returns; what nobody gives back comes after its ack wait.
         */
        natsConnection_FlushTimeout(tape_connection(worker->tape), FLUSH_WAIT_MS);
        while (worker->subscription != NULL && natsSubscription_NextMsg(&message, worker->subscription, 1) == NATS_OK) {
            struct delivery delivery;
            if (delivery_parse(&delivery, natsMsg_GetReply(message)))
                worker_return(worker, natsMsg_GetReply(message), &delivery);
            natsMsg_Destroy(message);
        }
        worker_write_dead(worker);
        natsConnection_FlushTimeout(tape_connection(worker->tape), FLUSH_WAIT_MS);
    }
    worker_end(worker);
}

static void *run(void *argument)
{
    struct worker *worker = argument;
    pthread_setname_np(pthread_self(), "worker");
    worker_ask(worker);
    while (!atomic_load(&worker->stopping)) {
        enum verdict verdict = step(worker);
        if (verdict == STOP)
            break;
        if (verdict == START_AGAIN)
            start_again(worker);
    }
    leave(worker);
    return NULL;
}

static void release(struct worker *worker)
{
    worker_settled_free(&worker->settled);
    pthread_cond_destroy(&worker->wake);
    pthread_mutex_destroy(&worker->mutex);
    free(worker->free_slots);
    free(worker->slots);
    free(worker);
}

static void set_defaults(struct worker *worker)
{
    struct worker_options *options = &worker->options;
    bool group = options->group_size > 1;
    worker->max_ack_pending = group ? MAX_ACK_PENDING_GROUP : MAX_ACK_PENDING;
    if (options->batch == 0)
        options->batch = group ? MAX_ACK_PENDING_GROUP / options->group_size : BATCH;
    if (options->batch == 0)
        options->batch = 1;
    if (options->ack_wait_ms == 0)
        options->ack_wait_ms = ACK_WAIT_MS;
    if (options->max_deliver == 0)
        options->max_deliver = MAX_DELIVER;
    if (options->nak_delay_ms == 0)
        options->nak_delay_ms = NAK_DELAY_MS;
}

static struct worker *allocate(struct tape *tape, const struct worker_options *options, struct inbox *inbox)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        abort();
    worker->tape = tape;
    worker->inbox = inbox;
    worker->options = *options;
    set_defaults(worker);
    assert(worker->options.batch <= BATCH_MAX);
    /* More can come than was asked for, when the server still answers what was given up. */
    worker->slot_count = worker->options.batch + worker->options.batch / 4 + 4;
    worker->slots = calloc(worker->slot_count, sizeof *worker->slots);
    worker->free_slots = calloc(worker->slot_count, sizeof *worker->free_slots);
    if (worker->slots == NULL || worker->free_slots == NULL)
        abort();
    for (uint32_t i = 0; i < worker->slot_count; i++)
        worker->free_slots[worker->free_count++] = worker->slot_count - 1 - i;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&worker->mutex, NULL);
    return worker;
}

static int take_names(struct worker *worker, const struct worker_options *options, struct error *error)
{
    if (!text_is_id(options->durable, strlen(options->durable), WORKER_NAME_SIZE - 1))
        return error_set(error, ERROR_USAGE,
                         "'%.60s' is no name of a worker: it has 1 to 64 letters, digits, '-' and '_'",
                         options->durable);
    text_copy(worker->durable, sizeof worker->durable, options->durable);
    if (!text_copy(worker->stream, sizeof worker->stream, options->stream) ||
        !text_copy(worker->filter, sizeof worker->filter, options->filter != NULL ? options->filter : ""))
        return error_set(error, ERROR_USAGE, "the name of the stream or the filter is too long");
    worker->options.stream = worker->stream;
    worker->options.durable = worker->durable;
    worker->options.filter = worker->filter;
    snprintf(worker->request, sizeof worker->request, "$JS.API.CONSUMER.MSG.NEXT.%s.%s", worker->stream,
             worker->durable);
    return 0;
}

struct worker *worker_create(struct tape *tape, const struct worker_options *options, struct inbox *inbox,
                             struct error *error)
{
    struct worker *worker = allocate(tape, options, inbox);
    int problem;
    if (take_names(worker, options, error) < 0)
        goto fail;
    if (!tape_wait_connected(tape, START_WAIT_MS)) {
        error_set(error, ERROR_SERVER, "cannot work stream %s: there is no connection to the server", worker->stream);
        goto fail;
    }
    if (worker_check_dead(worker, error) < 0 || worker_open_tries(worker, error) < 0 || worker_begin(worker, error) < 0)
        goto fail;
    problem = pthread_create(&worker->thread, NULL, run, worker);
    if (problem == 0)
        return worker;
    error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
    worker_end(worker);
fail:
    release(worker);
    return NULL;
}

void worker_destroy(struct worker *worker)
{
    if (worker == NULL)
        return;
    pthread_mutex_lock(&worker->mutex);
    atomic_store(&worker->stopping, true);
    pthread_cond_broadcast(&worker->wake);
    pthread_mutex_unlock(&worker->mutex);
    inbox_wake(worker->inbox);
    pthread_join(worker->thread, NULL);
    release(worker);
}
