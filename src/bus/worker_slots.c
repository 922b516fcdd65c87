/* The messages in hand. Whoever settles one does it in three steps: the slot is marked under the lock, the server is
 * told without it, and then the slot is free, or due to be told again when there was no connection. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bus/worker_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

/* A request is answered within this time, or ends; and it is given this much longer to say so. */
/* How long a request for messages waits at the server. Not 5 s, the usual delay of a refused message: a request that
 * runs out at the moment a message comes back makes nats-server 2.9.10 forget the message until its ack wait is over.
 */
#define EXPIRES_NS       (7300 * NS_PER_MS)
#define EXPIRES_GRACE_NS (2 * NS_PER_SECOND)

static uint64_t handle_of(const struct worker *worker, const struct worker_slot *slot)
{
    return (uint64_t)slot->generation << 32 | (uint64_t)(slot - worker->slots + 1);
}

/* With the lock held: NULL when the handle is an old one. */
static struct worker_slot *slot_of(struct worker *worker, uint64_t handle)
{
    uint64_t index = handle & UINT32_MAX;
    assert(index >= 1 && index <= worker->slot_count);
    struct worker_slot *slot = &worker->slots[index - 1];
    return slot->generation == handle >> 32 ? slot : NULL;
}

struct worker_slot *worker_find_slot(struct worker *worker, uint64_t sequence)
{
    for (uint32_t i = 0; i < worker->slot_count; i++)
        if (worker->slots[i].state != WORKER_FREE && worker->slots[i].sequence == sequence)
            return &worker->slots[i];
    return NULL;
}

struct worker_slot *worker_take_slot(struct worker *worker, const struct delivery *delivery, const char *reply)
{
    if (worker->free_count == 0)
        return NULL;
    struct worker_slot *slot = &worker->slots[worker->free_slots[--worker->free_count]];
    slot->state = WORKER_HELD;
    slot->generation++;
    slot->sequence = delivery->stream_sequence;
    slot->deliveries = delivery->deliveries;
    slot->failed = 0;
    slot->stored_ns = delivery->stored_ns;
    slot->since_ns = clock_monotonic_ns();
    slot->reason[0] = '\0';
    text_copy(slot->reply, sizeof slot->reply, reply);
    return slot;
}

void worker_free_slot(struct worker *worker, struct worker_slot *slot)
{
    slot->state = WORKER_FREE;
    slot->generation++;
    worker->free_slots[worker->free_count++] = (uint32_t)(slot - worker->slots);
}

void worker_remember(struct worker *worker, const struct worker_slot *slot)
{
    worker_settled_add(&worker->settled, slot->sequence);
    if (slot->sequence > worker->last.sequence)
        worker->last = (struct worker_mark){slot->sequence, slot->stored_ns};
}

void worker_raise_floor(struct worker *worker, uint64_t floor)
{
    if (floor > worker->floor)
        worker->floor = floor;
    if (worker->settled.count > 0 && worker->settled.runs[0].first <= worker->floor + 1 &&
        worker->settled.runs[0].last > worker->floor)
        worker->floor = worker->settled.runs[0].last;
    worker_settled_prune(&worker->settled, worker->floor);
}

void worker_bury(struct worker *worker, struct worker_slot *slot, const char *reason)
{
    assert(slot->state == WORKER_HELD);
    text_clean(slot->reason, sizeof slot->reason, reason, strlen(reason));
    slot->state = WORKER_DEAD;
    worker->dead_count++;
}

natsStatus worker_tell(struct worker *worker, const char *reply, enum worker_verdict verdict)
{
    char text[48];
    const char *word = "+ACK";
    switch (verdict) {
    case WORKER_ACK:
        break;
    case WORKER_NAK:
    case WORKER_LATER:
        if (worker->options.nak_delay_ms <= 0) {
            word = "-NAK";
            break;
        }
        snprintf(text, sizeof text, "-NAK {\"delay\": %" PRId64 "}", worker->options.nak_delay_ms * NS_PER_MS);
        word = text;
        break;
    case WORKER_NAK_NOW:
    case WORKER_RETURN:
        word = "-NAK";
        break;
    case WORKER_TERM:
        word = "+TERM";
        break;
    }
    return natsConnection_Publish(tape_connection(worker->tape), reply, word, (int)strlen(word));
}

/* Without the lock. */
static natsStatus settle(struct worker *worker, const struct worker_slot *slot)
{
    struct worker_tries entry = {slot->failed, slot->deliveries, slot->stored_ns};
    if (!tape_is_connected(worker->tape))
        return NATS_CONNECTION_DISCONNECTED;
    if (slot->verdict == WORKER_LATER && !worker_keep_tries(worker, slot->sequence, &entry))
        return NATS_TIMEOUT;
    if (slot->verdict == WORKER_RETURN && !worker->tries_lost)
        worker->tries_lost = !worker_keep_tries(worker, slot->sequence, &entry);
    return worker_tell(worker, slot->reply, slot->verdict);
}

/* With the lock held, which it gives up meanwhile. True when the server was told, as far as nats.c knows. */
static bool tell(struct worker *worker, struct worker_slot *slot)
{
    slot->state = WORKER_BUSY;
    pthread_mutex_unlock(&worker->mutex);
    natsStatus status = settle(worker, slot);
    pthread_mutex_lock(&worker->mutex);
    if (status == NATS_OK) {
        worker_free_slot(worker, slot);
        return true;
    }
    slot->state = WORKER_DUE;
    worker->due_count++;
    return false;
}

/* With the lock held: how many messages there is room for, if that is enough to be worth a request; else 0. */
static uint64_t room_for(const struct worker *worker)
{
    uint64_t batch = worker->options.batch;
    uint64_t engaged = worker->slot_count - worker->free_count + worker->credit;
    uint64_t room = engaged < batch ? batch - engaged : 0;
    return room >= batch / 4 ? room : 0;
}

static bool is_last_try(const struct worker *worker, const struct worker_slot *slot)
{
    return slot->failed + 1 >= (uint64_t)worker->options.max_deliver;
}

bool worker_ack(struct worker *worker, uint64_t handle)
{
    pthread_mutex_lock(&worker->mutex);
    struct worker_slot *slot = slot_of(worker, handle);
    bool held = slot != NULL && slot->state == WORKER_HELD;
    if (held) {
        worker->counts.acknowledged++;
        worker_remember(worker, slot);
        slot->verdict = WORKER_ACK;
        tell(worker, slot);
    }
    bool ask = held && room_for(worker) > 0;
    pthread_mutex_unlock(&worker->mutex);
    if (ask)
        worker_ask(worker);
    return held;
}

bool worker_nak(struct worker *worker, uint64_t handle, const char *reason)
{
    pthread_mutex_lock(&worker->mutex);
    struct worker_slot *slot = slot_of(worker, handle);
    bool held = slot != NULL && slot->state == WORKER_HELD;
    if (held) {
        worker->counts.refused++;
        if (is_last_try(worker, slot)) {
            worker_bury(worker, slot, reason);
        } else {
            slot->verdict = WORKER_NAK;
            tell(worker, slot);
        }
    }
    bool ask = held && room_for(worker) > 0;
    pthread_mutex_unlock(&worker->mutex);
    if (ask)
        worker_ask(worker);
    return held;
}

bool worker_later(struct worker *worker, uint64_t handle)
{
    pthread_mutex_lock(&worker->mutex);
    struct worker_slot *slot = slot_of(worker, handle);
    bool held = slot != NULL && slot->state == WORKER_HELD;
    if (held) { /* the thread puts it down first, which takes a request */
        worker->counts.deferred++;
        slot->verdict = WORKER_LATER;
        slot->state = WORKER_DUE;
        worker->due_count++;
    }
    pthread_mutex_unlock(&worker->mutex);
    return held;
}

bool worker_term(struct worker *worker, uint64_t handle, const char *reason)
{
    pthread_mutex_lock(&worker->mutex);
    struct worker_slot *slot = slot_of(worker, handle);
    bool held = slot != NULL && slot->state == WORKER_HELD;
    if (held) {
        worker->counts.terminated++;
        worker_bury(worker, slot, reason);
    }
    pthread_mutex_unlock(&worker->mutex);
    return held;
}

void worker_extend(struct worker *worker, uint64_t handle)
{
    char reply[WORKER_REPLY_SIZE] = "";
    pthread_mutex_lock(&worker->mutex);
    struct worker_slot *slot = slot_of(worker, handle);
    if (slot != NULL && slot->state == WORKER_HELD) {
        slot->since_ns = clock_monotonic_ns();
        text_copy(reply, sizeof reply, slot->reply);
    }
    pthread_mutex_unlock(&worker->mutex);
    if (reply[0] != '\0')
        natsConnection_Publish(tape_connection(worker->tape), reply, "+WPI", 4);
}

struct worker_counts worker_counts(struct worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    struct worker_counts counts = worker->counts;
    counts.in_hand = worker->slot_count - worker->free_count;
    pthread_mutex_unlock(&worker->mutex);
    return counts;
}

/* With the lock held. */
static void bury_late(struct worker *worker, struct worker_slot *slot)
{
    char reason[WORKER_REASON_SIZE];
    snprintf(reason, sizeof reason, "it was not acknowledged within %d ms in its last try",
             worker->options.ack_wait_ms);
    worker_bury(worker, slot, reason);
}

/* With the lock held: the message is delivered again while it is at work here. The server waits anew for the work
 * under way, and is told under the new delivery how it ended. A slot that is being told about right now is left alone:
 * if that is in vain, the message comes again. */
static void renew(struct worker *worker, struct worker_slot *slot, const struct delivery *delivery, const char *reply)
{
    if (slot->state == WORKER_BUSY)
        return;
    text_copy(slot->reply, sizeof slot->reply, reply);
    if (slot->state == WORKER_HELD && is_last_try(worker, slot)) {
        bury_late(worker, slot);
        return;
    }
    /* Its ack wait ran out here: that try is lost, and the work under way counts as the next. */
    if (slot->state == WORKER_HELD && delivery->deliveries > slot->deliveries)
        slot->failed += delivery->deliveries - slot->deliveries;
    if (delivery->deliveries > slot->deliveries)
        slot->deliveries = delivery->deliveries;
    slot->since_ns = clock_monotonic_ns();
}

/* With the lock held: whether this message is not to be worked (again). `settled`: and the server is to be told so. */
static bool is_repeated(struct worker *worker, const struct delivery *delivery, const char *reply, bool *settled)
{
    *settled = false;
    if (delivery->stream_sequence > worker->highest_delivered) {
        worker->highest_delivered = delivery->stream_sequence;
        return false;
    }
    /* The consumer's floor can go back when the server dies, and what is below it comes again. */
    *settled = delivery->stream_sequence <= worker->floor ||
               worker_settled_contains(&worker->settled, delivery->stream_sequence);
    struct worker_slot *slot = *settled ? NULL : worker_find_slot(worker, delivery->stream_sequence);
    if (slot != NULL)
        renew(worker, slot, delivery, reply);
    return *settled || slot != NULL;
}

void worker_return(struct worker *worker, const char *reply, const struct delivery *delivery)
{
    struct worker_tries entry = {.deliveries = delivery->deliveries, .stored_ns = delivery->stored_ns};
    if (!worker->tries_lost && worker_read_failed(worker, delivery, &entry.failed))
        worker_keep_tries(worker, delivery->stream_sequence, &entry);
    worker_tell(worker, reply, WORKER_NAK_NOW);
}

/* A slot for a message that is to be worked, and its item for the inbox. NULL when there is no room, or when it was
 * tried often enough: then the last worker that had it is gone without a word. */
static struct worker_slot *admit(struct worker *worker, const struct delivery *delivery, const char *reply,
                                 uint64_t failed, struct inbox_item *item)
{
    static const char REASON[] = "it was delivered as often as is allowed, and never acknowledged";
    pthread_mutex_lock(&worker->mutex);
    struct worker_slot *slot = worker_take_slot(worker, delivery, reply);
    bool tried = slot != NULL && failed >= (uint64_t)worker->options.max_deliver;
    if (tried) {
        worker_bury(worker, slot, REASON);
    } else if (slot != NULL) {
        slot->failed = failed;
        worker->counts.received++;
        worker->counts.redelivered += delivery->deliveries > 1;
        item->handle = handle_of(worker, slot);
    }
    pthread_mutex_unlock(&worker->mutex);
    if (slot == NULL) /* more came than was asked for: others may have it */
        worker_return(worker, reply, delivery);
    return tried ? NULL : slot;
}

bool worker_deliver(struct worker *worker, natsMsg *message, const struct delivery *delivery)
{
    const char *reply = natsMsg_GetReply(message);
    bool settled;
    uint64_t failed;
    struct inbox_item item = {
        .kind = INBOX_MESSAGE,
        .follower_tag = worker->options.tag,
        .sequence = delivery->stream_sequence,
        .stored_ns = delivery->stored_ns,
        .deliveries = delivery->deliveries,
        .pending = delivery->pending,
        .subject = natsMsg_GetSubject(message),
        .payload = natsMsg_GetData(message),
        .payload_bytes = (size_t)natsMsg_GetDataLength(message),
    };
    pthread_mutex_lock(&worker->mutex);
    worker->credit -= worker->credit > 0;
    worker->counts.pending = delivery->pending;
    bool repeated = is_repeated(worker, delivery, reply, &settled);
    worker->counts.repeated += repeated;
    pthread_mutex_unlock(&worker->mutex);
    if (settled)
        worker_tell(worker, reply, WORKER_ACK);
    /* When it cannot be known how often it was tried, it is not answered, and comes again after its ack wait. */
    if (repeated || !worker_read_failed(worker, delivery, &failed) ||
        admit(worker, delivery, reply, failed, &item) == NULL)
        return true;
    return inbox_put_unless(worker->inbox, &item, &worker->stopping);
}

void worker_ask(struct worker *worker)
{
    char reply[TAPE_INBOX_SIZE], text[96];
    int64_t now_ns = clock_monotonic_ns();
    uint64_t count = 0, session;

    pthread_mutex_lock(&worker->mutex);
    uint64_t room = room_for(worker);
    if (room > 0 && now_ns >= worker->ask_from_ns && worker->inbox_name[0] != '\0' && !atomic_load(&worker->stopping) &&
        tape_is_connected(worker->tape)) {
        count = room;
        worker->credit += count;
        worker->asked_ns = now_ns;
        memcpy(reply, worker->inbox_name, sizeof reply);
    }
    session = worker->session;
    pthread_mutex_unlock(&worker->mutex);
    if (count == 0)
        return;

    int length = snprintf(text, sizeof text, "{\"batch\":%" PRIu64 ",\"expires\":%" PRId64 "}", count, EXPIRES_NS);
    if (natsConnection_PublishRequest(tape_connection(worker->tape), worker->request, reply, text, length) == NATS_OK)
        return;
    pthread_mutex_lock(&worker->mutex);
    if (session == worker->session)
        worker->credit -= count < worker->credit ? count : worker->credit;
    pthread_mutex_unlock(&worker->mutex);
}

void worker_forget_credit(struct worker *worker, uint64_t count, int64_t ask_from_ns)
{
    pthread_mutex_lock(&worker->mutex);
    worker->credit -= count < worker->credit ? count : worker->credit;
    worker->ask_from_ns = ask_from_ns;
    pthread_mutex_unlock(&worker->mutex);
}

void worker_send_due(struct worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    for (uint32_t i = 0; i < worker->slot_count && worker->due_count > 0; i++) {
        struct worker_slot *slot = &worker->slots[i];
        if (slot->state != WORKER_DUE)
            continue;
        worker->due_count--;
        tell(worker, slot);
    }
    pthread_mutex_unlock(&worker->mutex);
}

bool worker_expire(struct worker *worker)
{
    int64_t now_ns = clock_monotonic_ns();
    pthread_mutex_lock(&worker->mutex);
    /* A request that has not been answered by now never will be. */
    bool answered = worker->credit == 0 || now_ns - worker->asked_ns <= EXPIRES_NS + EXPIRES_GRACE_NS;
    for (uint32_t i = 0; i < worker->slot_count; i++) {
        struct worker_slot *slot = &worker->slots[i];
        if (slot->state == WORKER_HELD && is_last_try(worker, slot) &&
            now_ns - slot->since_ns >= worker->options.ack_wait_ms * NS_PER_MS)
            bury_late(worker, slot);
    }
    pthread_mutex_unlock(&worker->mutex);
    return answered;
}

void worker_give_back(struct worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    for (uint32_t i = 0; i < worker->slot_count; i++) {
        struct worker_slot *slot = &worker->slots[i];
        if (slot->state != WORKER_HELD)
            continue;
        slot->verdict = WORKER_RETURN;
        tell(worker, slot);
    }
    pthread_mutex_unlock(&worker->mutex);
}
