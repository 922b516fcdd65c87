/* The thread that sends. It takes a batch from the queue, hands it to nats.c without holding the lock, and looks now
 * and then for what has not been answered. Answers come in a thread of nats.c (publisher_window.c).
 *
 * js_PublishAsync of nats.c is not used: what is in flight at a disconnect stays unresolved there, or is reported as
 * timed out although it was stored, and a full window blocks the caller. */
#include "bus/publisher.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/publisher_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timestamp.h"

enum {
    QUEUE_BYTES = 4 << 20,
    WINDOW = 1024,
    ACK_TIMEOUT_MS = 2000,
    GIVE_UP_MS = 10000,
    BATCH = 64,
    SCAN_PERIOD_MS = 10,
    FLUSH_WAIT_MS = 2,
    UNSUBSCRIBE_WAIT_MS = 2000,
    /* In flight at once, so that the socket's buffers hold it and a stopped server does not block the thread. */
    WINDOW_BYTES = 2 << 20,
};

static void set_defaults(struct publisher_options *options)
{
    if (options->queue_bytes == 0)
        options->queue_bytes = QUEUE_BYTES;
    if (options->window == 0)
        options->window = WINDOW;
    if (options->ack_timeout_ms == 0)
        options->ack_timeout_ms = ACK_TIMEOUT_MS;
    if (options->give_up_ms == 0)
        options->give_up_ms = GIVE_UP_MS;
}

static natsStatus send_with_headers(natsConnection *connection, const struct publisher_entry *entry, const char *reply)
{
    char fence[24];
    natsMsg *message = NULL;
    natsStatus status = natsMsg_Create(&message, entry->subject, reply, entry->payload, (int)entry->payload_bytes);
    if (status == NATS_OK && entry->id != NULL)
        status = natsMsgHeader_Set(message, "Nats-Msg-Id", entry->id);
    if (status == NATS_OK && entry->fence != PUBLISH_NO_FENCE) {
        snprintf(fence, sizeof fence, "%" PRId64, entry->fence);
        status = natsMsgHeader_Set(message, "Nats-Expected-Last-Subject-Sequence", fence);
    }
    if (status == NATS_OK)
        status = natsConnection_PublishMsg(connection, message);
    natsMsg_Destroy(message);
    return status;
}

/* Without the lock; the entry is busy. */
static natsStatus send_entry(struct publisher *publisher, const struct publisher_entry *entry)
{
    natsConnection *connection = tape_connection(publisher->tape);
    char reply[PUBLISHER_REPLY_SIZE];
    publisher_reply_subject(publisher, entry, reply);
    if (entry->id != NULL || entry->fence != PUBLISH_NO_FENCE)
        return send_with_headers(connection, entry, reply);
    return natsConnection_PublishRequest(connection, entry->subject, reply, entry->payload, (int)entry->payload_bytes);
}

/* True when nats.c took nothing because there is no connection. */
static bool was_not_sent(natsStatus status)
{
    return status == NATS_INSUFFICIENT_BUFFER || status == NATS_CONNECTION_CLOSED ||
           status == NATS_CONNECTION_DISCONNECTED || status == NATS_DRAINING;
}

/* True when the message itself is wrong. */
static bool is_unsendable(natsStatus status)
{
    return status == NATS_MAX_PAYLOAD || status == NATS_INVALID_SUBJECT || status == NATS_INVALID_ARG ||
           status == NATS_NO_SERVER_SUPPORT;
}

/* With the lock held: the thread is done with an entry. False when its fate was decided meanwhile. */
static bool end_busy(struct publisher *publisher, struct publisher_entry *entry)
{
    entry->busy = false;
    if (!entry->resolved)
        return true;
    publisher_entry_free(publisher, entry);
    return false;
}

static void push_front(struct publisher *publisher, struct publisher_entry *entry)
{
    entry->next = publisher->queue_head;
    publisher->queue_head = entry;
    if (publisher->queue_tail == NULL)
        publisher->queue_tail = entry;
    publisher->queued_bytes += entry->bytes;
    publisher->counts.queued++;
}

static struct publisher_entry *pop_front(struct publisher *publisher)
{
    struct publisher_entry *entry = publisher->queue_head;
    publisher->queue_head = entry->next;
    if (publisher->queue_head == NULL)
        publisher->queue_tail = NULL;
    entry->next = NULL;
    publisher->queued_bytes -= entry->bytes;
    publisher->counts.queued--;
    return entry;
}

static bool may_send(struct publisher *publisher, struct publisher_entry *entry, int64_t now_ns)
{
    bool fits = publisher->window_head == NULL || publisher->window_bytes + entry->bytes <= WINDOW_BYTES;
    if (publisher->free_count == 0 || !fits)
        return false;
    if (rate_limit_take(&publisher->rate, now_ns))
        return true;
    if (!entry->waited) {
        entry->waited = true;
        publisher->counts.rate_limited++;
    }
    return false;
}

/* With the lock held, which it gives up meanwhile: sends a batch from the queue. Returns how many went out. */
static size_t send_new(struct publisher *publisher, int64_t now_ns)
{
    size_t count = 0;
    while (count < BATCH && count < publisher->options.window && publisher->queue_head != NULL &&
           may_send(publisher, publisher->queue_head, now_ns)) {
        struct publisher_entry *entry = pop_front(publisher);
        if (publisher->window_head == NULL)
            publisher->heard_ns = now_ns;
        publisher_window_add(publisher, entry);
        entry->busy = true;
        entry->sent_ns = now_ns;
        entry->due_ns = now_ns + publisher->options.ack_timeout_ms * NS_PER_MS;
        publisher->batch[count++] = entry;
    }
    if (count == 0)
        return 0;

    natsStatus statuses[BATCH];
    bool cut = false;
    pthread_mutex_unlock(&publisher->mutex);
    for (size_t i = 0; i < count; i++) {
        statuses[i] = cut ? NATS_CONNECTION_DISCONNECTED : send_entry(publisher, publisher->batch[i]);
        cut = cut || was_not_sent(statuses[i]);
    }
    pthread_mutex_lock(&publisher->mutex);

    /* Backwards, so that what goes back into the queue keeps its order. */
    size_t sent = 0;
    for (size_t i = count; i-- > 0;) {
        struct publisher_entry *entry = publisher->batch[i];
        if (!end_busy(publisher, entry)) {
            publisher->counts.sent++;
            sent++;
        } else if (was_not_sent(statuses[i])) {
            publisher_window_remove(publisher, entry);
            push_front(publisher, entry);
        } else if (is_unsendable(statuses[i])) {
            publisher_resolve(publisher, entry, PUBLISH_REFUSED, 0, natsStatus_GetText(statuses[i]));
        } else {
            publisher->counts.sent++;
            sent++;
        }
    }
    return sent;
}

/* With the lock held, which it gives up meanwhile: sends again what was not answered. False when the connection went
 * away, so that all of it has to be sent yet again. */
static bool send_again(struct publisher *publisher, int64_t now_ns, bool all)
{
    size_t count = publisher_window_due(publisher, now_ns, all, publisher->batch, publisher->options.window);
    if (count == 0)
        return true;
    bool cut = false;
    pthread_mutex_unlock(&publisher->mutex);
    for (size_t i = 0; i < count && !cut; i++)
        cut = was_not_sent(send_entry(publisher, publisher->batch[i]));
    pthread_mutex_lock(&publisher->mutex);
    for (size_t i = 0; i < count; i++)
        end_busy(publisher, publisher->batch[i]);
    return !cut;
}

/* With the lock held: what waits for too long is refused; it was never sent. */
static void refuse_old(struct publisher *publisher, int64_t now_ns, const char *reason)
{
    char problem[128];
    snprintf(problem, sizeof problem, "it was not sent: %s", reason);
    int64_t give_up_ms = publisher->options.give_up_ms;
    while (give_up_ms >= 0 && publisher->queue_head != NULL &&
           now_ns - publisher->queue_head->queued_ns >= give_up_ms * NS_PER_MS)
        publisher_resolve(publisher, pop_front(publisher), PUBLISH_REFUSED, 0, problem);
}

/* With the lock held: waits for messages, answers, room, tokens, a connection or the end, whichever is missing. */
static void wait_for_work(struct publisher *publisher, int64_t now_ns)
{
    int64_t end_ns = INT64_MAX;
    if (publisher->queue_head != NULL || publisher->window_head != NULL || publisher->closing)
        end_ns = now_ns + SCAN_PERIOD_MS * NS_PER_MS;
    if (publisher->queue_head != NULL && publisher->rate.due_ns > now_ns && publisher->rate.due_ns < end_ns)
        end_ns = publisher->rate.due_ns;
    publisher->idle = true;
    publisher->hungry = publisher->queue_head == NULL;
    if (end_ns == INT64_MAX) {
        pthread_cond_wait(&publisher->work, &publisher->mutex);
    } else {
        struct timespec end = {.tv_sec = end_ns / NS_PER_SECOND, .tv_nsec = end_ns % NS_PER_SECOND};
        pthread_cond_timedwait(&publisher->work, &publisher->mutex, &end);
    }
    publisher->idle = publisher->hungry = false;
}

/* With the lock held, which it gives up meanwhile: makes nats.c write what it has. Its own thread for that would wait
 * for 1 ms; a ping is written at once. Until it is answered the next burst gathers in the queue. */
static void flush(struct publisher *publisher)
{
    pthread_mutex_unlock(&publisher->mutex);
    natsConnection_FlushTimeout(tape_connection(publisher->tape), FLUSH_WAIT_MS);
    pthread_mutex_lock(&publisher->mutex);
}

static void on_unsubscribed(void *context)
{
    struct publisher *publisher = context;
    pthread_mutex_lock(&publisher->mutex);
    publisher->subscriptions--;
    pthread_cond_broadcast(&publisher->done);
    pthread_mutex_unlock(&publisher->mutex);
}

/* Listens on a subject of a new name from now on. */
static int subscribe(struct publisher *publisher, struct error *error)
{
    char name[TAPE_INBOX_SIZE], subject[TAPE_INBOX_SIZE + 4];
    natsSubscription *subscription = NULL;
    tape_inbox_name(name);
    snprintf(subject, sizeof subject, "%s.*", name);
    natsStatus status = natsConnection_Subscribe(&subscription, tape_connection(publisher->tape), subject,
                                                 publisher_on_answer, publisher);
    if (status == NATS_OK)
        status = natsSubscription_SetPendingLimits(subscription, -1, -1);
    if (status == NATS_OK)
        status = natsSubscription_SetOnCompleteCB(subscription, on_unsubscribed, publisher);
    if (status != NATS_OK) {
        tape_retire(publisher->tape, subscription);
        return tape_error(error, status, 0, "cannot listen for acknowledgements");
    }
    pthread_mutex_lock(&publisher->mutex);
    publisher->subscriptions++;
    pthread_mutex_unlock(&publisher->mutex);
    tape_retire(publisher->tape, publisher->subscription);
    publisher->subscription = subscription;
    memcpy(publisher->inbox_name, name, sizeof name);
    return 0;
}

/* With the lock held: whether nothing at all was answered for as long as an answer may take. A server that took the
 * right to our subscription away does not bring it back when it gives the right back. */
static bool is_unheard(const struct publisher *publisher, int64_t now_ns)
{
    return publisher->window_head != NULL &&
           now_ns - publisher->heard_ns >= publisher->options.ack_timeout_ms * NS_PER_MS;
}

/* With the lock held, which it gives up meanwhile. */
static void listen_anew(struct publisher *publisher, int64_t now_ns)
{
    struct error error = {0};
    publisher->heard_ns = now_ns;
    pthread_mutex_unlock(&publisher->mutex);
    if (subscribe(publisher, &error) < 0)
        log_warning("bus", "%s", error.text);
    pthread_mutex_lock(&publisher->mutex);
}

/* With the lock held: a message that the server did not let through will not be answered. It may be let through later,
 * when the right is given back; nothing that was sent behind it may be stored before. */
static void note_refusals(struct publisher *publisher, int64_t now_ns)
{
    uint64_t refusals = tape_publish_refusals(publisher->tape);
    if (refusals != publisher->refusals)
        publisher_window_probe(publisher, now_ns);
    publisher->refusals = refusals;
}

static bool is_finished(const struct publisher *publisher, int64_t now_ns)
{
    bool empty = publisher->queue_head == NULL && publisher->window_head == NULL;
    return publisher->closing && (empty || now_ns >= publisher->close_ns);
}

static void *run(void *argument)
{
    struct publisher *publisher = argument;
    int64_t scanned_ns = 0;
    pthread_setname_np(pthread_self(), "publisher");
    pthread_mutex_lock(&publisher->mutex);
    for (;;) {
        int64_t now_ns = clock_monotonic_ns();
        if (is_finished(publisher, now_ns))
            break;
        note_refusals(publisher, now_ns);
        bool connected = tape_is_connected(publisher->tape);
        uint64_t generation = tape_generation(publisher->tape);
        bool renewed = connected && generation != publisher->generation;
        if (renewed || publisher->probed || now_ns - scanned_ns >= SCAN_PERIOD_MS * NS_PER_MS) {
            scanned_ns = now_ns;
            if (connected && is_unheard(publisher, now_ns))
                listen_anew(publisher, now_ns);
            if (send_again(publisher, now_ns, renewed) && renewed)
                publisher->generation = generation;
        }
        size_t sent = 0;
        if (!connected)
            refuse_old(publisher, now_ns, "there is no connection to the server");
        else if (publisher->probing)
            refuse_old(publisher, now_ns, "the server takes nothing of what was sent before");
        else if (generation == publisher->generation && !publisher->probed)
            sent = send_new(publisher, now_ns);
        if (sent == 0)
            wait_for_work(publisher, now_ns);
        else if (publisher->queue_head == NULL || publisher->free_count == 0)
            flush(publisher);
    }
    while (publisher->window_head != NULL) {
        struct publisher_entry *entry = publisher->window_head;
        publisher_resolve(publisher, entry, PUBLISH_UNKNOWN, 0, "tapedeck ended before the server answered");
    }
    while (publisher->queue_head != NULL)
        publisher_resolve(publisher, pop_front(publisher), PUBLISH_REFUSED, 0,
                          "it was not sent: tapedeck ended before");
    pthread_mutex_unlock(&publisher->mutex);
    return NULL;
}

/* Ends the subscription and waits until nats.c has made its last call; false when it does not come back. */
static bool unsubscribe(struct publisher *publisher)
{
    tape_retire(publisher->tape, publisher->subscription);
    int64_t end_ns = clock_monotonic_ns() + UNSUBSCRIBE_WAIT_MS * NS_PER_MS;
    struct timespec end = {.tv_sec = end_ns / NS_PER_SECOND, .tv_nsec = end_ns % NS_PER_SECOND};
    pthread_mutex_lock(&publisher->mutex);
    while (publisher->subscriptions > 0 &&
           pthread_cond_timedwait(&publisher->done, &publisher->mutex, &end) != ETIMEDOUT)
        ;
    bool ended = publisher->subscriptions == 0;
    pthread_mutex_unlock(&publisher->mutex);
    return ended;
}

static void release(struct publisher *publisher)
{
    for (struct publisher_entry *entry = publisher->pool, *next; entry != NULL; entry = next) {
        next = entry->next;
        free(entry);
    }
    pthread_cond_destroy(&publisher->done);
    pthread_cond_destroy(&publisher->work);
    pthread_mutex_destroy(&publisher->mutex);
    free(publisher->batch);
    free(publisher->free_slots);
    free(publisher->slots);
    free(publisher);
}

static struct publisher *allocate(struct tape *tape, const struct publisher_options *options)
{
    struct publisher *publisher = calloc(1, sizeof *publisher);
    if (publisher == NULL)
        abort();
    publisher->tape = tape;
    if (options != NULL)
        publisher->options = *options;
    set_defaults(&publisher->options);
    publisher->rate.per_second = publisher->options.rate_per_second;
    uint32_t window = publisher->options.window;
    publisher->slots = calloc(window, sizeof *publisher->slots);
    publisher->free_slots = calloc(window, sizeof *publisher->free_slots);
    publisher->batch = calloc(window, sizeof(struct publisher_entry *));
    if (publisher->slots == NULL || publisher->free_slots == NULL || publisher->batch == NULL)
        abort();
    for (uint32_t i = 0; i < window; i++)
        publisher->free_slots[publisher->free_count++] = window - 1 - i;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&publisher->work, &attributes);
    pthread_cond_init(&publisher->done, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&publisher->mutex, NULL);
    return publisher;
}

struct publisher *publisher_create(struct tape *tape, const struct publisher_options *options, struct error *error)
{
    struct publisher *publisher = allocate(tape, options);
    publisher->generation = tape_generation(tape);
    int problem;
    if (subscribe(publisher, error) < 0)
        goto fail;
    problem = pthread_create(&publisher->thread, NULL, run, publisher);
    if (problem == 0)
        return publisher;
    error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
fail:
    if (unsubscribe(publisher))
        release(publisher);
    return NULL;
}

void publisher_destroy(struct publisher *publisher, int drain_ms)
{
    if (publisher == NULL)
        return;
    pthread_mutex_lock(&publisher->mutex);
    publisher->closing = true;
    publisher->close_ns = clock_monotonic_ns() + drain_ms * NS_PER_MS;
    pthread_cond_signal(&publisher->work);
    pthread_mutex_unlock(&publisher->mutex);
    pthread_join(publisher->thread, NULL);
    if (unsubscribe(publisher))
        release(publisher);
    else
        log_error("bus", "the publisher's subscription did not end; its memory is left");
}

/* Subjects and ids go into the protocol as they are: what could end a line there is never sent. */
static bool is_line_safe(const char *text, bool spaces)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7F || (*at == ' ' && !spaces))
            return false;
    return true;
}

bool publisher_send(struct publisher *publisher, const struct publish_message *message)
{
    bool sendable = message->subject[0] != '\0' && is_line_safe(message->subject, false) &&
                    (message->id == NULL || is_line_safe(message->id, true)) && message->payload_bytes <= INT_MAX;
    pthread_mutex_lock(&publisher->mutex);
    bool full = publisher->queue_head != NULL &&
                publisher->queued_bytes + message->payload_bytes > publisher->options.queue_bytes;
    if (publisher->closing || (sendable && full)) {
        publisher->counts.full++;
        pthread_mutex_unlock(&publisher->mutex);
        return false;
    }
    if (!sendable) {
        const struct publish_message empty = {
            .subject = "", .payload = "", .inbox = message->inbox, .cookie = message->cookie};
        publisher_resolve(publisher, publisher_entry_create(publisher, &empty), PUBLISH_REFUSED, 0,
                          "the subject or the message id holds a space or a control character");
        pthread_mutex_unlock(&publisher->mutex);
        return true;
    }
    struct publisher_entry *entry = publisher_entry_create(publisher, message);
    if (publisher->queue_tail != NULL)
        publisher->queue_tail->next = entry;
    else
        publisher->queue_head = entry;
    publisher->queue_tail = entry;
    publisher->queued_bytes += entry->bytes;
    publisher->counts.queued++;
    if (publisher->hungry) {
        publisher->hungry = false;
        pthread_cond_signal(&publisher->work);
    }
    pthread_mutex_unlock(&publisher->mutex);
    return true;
}

void publisher_forget(struct publisher *publisher, const struct inbox *inbox)
{
    pthread_mutex_lock(&publisher->mutex);
    for (struct publisher_entry *entry = publisher->queue_head; entry != NULL; entry = entry->next)
        if (entry->inbox == inbox)
            entry->inbox = NULL;
    for (struct publisher_entry *entry = publisher->window_head; entry != NULL; entry = entry->next)
        if (entry->inbox == inbox)
            entry->inbox = NULL;
    pthread_mutex_unlock(&publisher->mutex);
}

struct publisher_counts publisher_counts(struct publisher *publisher)
{
    pthread_mutex_lock(&publisher->mutex);
    struct publisher_counts counts = publisher->counts;
    pthread_mutex_unlock(&publisher->mutex);
    return counts;
}
