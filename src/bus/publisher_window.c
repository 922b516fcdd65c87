/* What is in flight: one slot each, found by the subject that its answer comes to. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/publisher_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timestamp.h"

enum {
    POOLED_ROOM = 1024, /* larger messages are allocated for themselves */
    POOL_MAX = 8192,
    PROBE_PAUSE_MS = 100,
};

static struct publisher_entry *allocate(size_t room)
{
    struct publisher_entry *entry = malloc(sizeof *entry + room);
    if (entry == NULL)
        abort();
    entry->room = room;
    return entry;
}

struct publisher_entry *publisher_entry_create(struct publisher *publisher, const struct publish_message *message)
{
    size_t subject_size = strlen(message->subject) + 1;
    size_t id_size = message->id != NULL && message->id[0] != '\0' ? strlen(message->id) + 1 : 0;
    size_t room = subject_size + id_size + message->payload_bytes;
    struct publisher_entry *entry;
    if (room <= POOLED_ROOM && publisher->pool != NULL) {
        entry = publisher->pool;
        publisher->pool = entry->next;
        publisher->pool_count--;
        room = entry->room;
    } else {
        room = room <= POOLED_ROOM ? POOLED_ROOM : room;
        entry = allocate(room);
    }
    *entry = (struct publisher_entry){
        .subject = entry->text,
        .id = id_size > 0 ? entry->text + subject_size : NULL,
        .payload = entry->text + subject_size + id_size,
        .payload_bytes = message->payload_bytes,
        .bytes = sizeof *entry + subject_size + id_size + message->payload_bytes,
        .fence = message->fence,
        .inbox = message->inbox,
        .cookie = message->cookie,
        .queued_ns = clock_monotonic_ns(),
        .room = room,
    };
    memcpy(entry->text, message->subject, subject_size);
    if (id_size > 0)
        memcpy(entry->text + subject_size, message->id, id_size);
    if (message->payload_bytes > 0)
        memcpy(entry->text + subject_size + id_size, message->payload, message->payload_bytes);
    return entry;
}

void publisher_entry_free(struct publisher *publisher, struct publisher_entry *entry)
{
    if (entry->room == POOLED_ROOM && publisher->pool_count < POOL_MAX) {
        entry->next = publisher->pool;
        publisher->pool = entry;
        publisher->pool_count++;
    } else {
        free(entry);
    }
}

void publisher_window_add(struct publisher *publisher, struct publisher_entry *entry)
{
    assert(publisher->free_count > 0);
    entry->slot = publisher->free_slots[--publisher->free_count];
    publisher->slots[entry->slot].entry = entry;
    entry->generation = ++publisher->slots[entry->slot].generation;
    entry->next = NULL;
    entry->previous = publisher->window_tail;
    if (publisher->window_tail != NULL)
        publisher->window_tail->next = entry;
    else
        publisher->window_head = entry;
    publisher->window_tail = entry;
    publisher->window_bytes += entry->bytes;
    publisher->counts.in_flight++;
}

void publisher_window_remove(struct publisher *publisher, struct publisher_entry *entry)
{
    assert(publisher->slots[entry->slot].entry == entry);
    publisher->slots[entry->slot].entry = NULL;
    publisher->free_slots[publisher->free_count++] = entry->slot;
    if (entry->previous != NULL)
        entry->previous->next = entry->next;
    else
        publisher->window_head = entry->next;
    if (entry->next != NULL)
        entry->next->previous = entry->previous;
    else
        publisher->window_tail = entry->previous;
    entry->next = entry->previous = NULL;
    publisher->window_bytes -= entry->bytes;
    publisher->counts.in_flight--;
    publisher->probing = publisher->probing && publisher->window_head != NULL;
}

static void count(struct publisher_counts *counts, enum publish_status status)
{
    switch (status) {
    case PUBLISH_STORED:
        counts->stored++;
        break;
    case PUBLISH_DUPLICATE:
        counts->duplicates++;
        break;
    case PUBLISH_FENCED:
        counts->fenced++;
        break;
    case PUBLISH_REFUSED:
        counts->refused++;
        break;
    case PUBLISH_UNKNOWN:
        counts->unknown++;
        break;
    }
}

void publisher_resolve(struct publisher *publisher, struct publisher_entry *entry, enum publish_status status,
                       uint64_t sequence, const char *problem)
{
    count(&publisher->counts, status);
    if (entry->inbox != NULL) {
        struct inbox_item item = {.kind = INBOX_PUBLISHED,
                                  .result = {.status = status, .cookie = entry->cookie, .sequence = sequence}};
        snprintf(item.result.problem, sizeof item.result.problem, "%s", problem);
        inbox_put(entry->inbox, &item);
    }
    if (publisher->slots[entry->slot].entry == entry)
        publisher_window_remove(publisher, entry);
    if (entry->busy)
        entry->resolved = true;
    else
        publisher_entry_free(publisher, entry);
    /* Not for each message, but when there is room for a burst. */
    bool room = publisher->queue_head != NULL && publisher->free_count >= publisher->options.window / 4;
    bool finished = publisher->closing && publisher->window_head == NULL;
    if (publisher->idle && (room || finished))
        pthread_cond_signal(&publisher->work);
}

/* What to say of an entry whose time is over. */
static void give_up(struct publisher *publisher, struct publisher_entry *entry)
{
    if (!entry->uncertain)
        publisher_resolve(publisher, entry, PUBLISH_REFUSED, 0, entry->problem);
    else
        publisher_resolve(publisher, entry, PUBLISH_UNKNOWN, 0, "the server did not answer in time");
}

size_t publisher_window_due(struct publisher *publisher, int64_t now_ns, bool all, struct publisher_entry **due,
                            size_t size)
{
    bool connected = tape_is_connected(publisher->tape);
    int64_t give_up_ms = publisher->options.give_up_ms;
    size_t found = 0;
    struct publisher_entry *next;
    for (struct publisher_entry *entry = publisher->window_head; entry != NULL && found < size; entry = next) {
        next = entry->next;
        bool over = give_up_ms >= 0 && now_ns - entry->queued_ns >= give_up_ms * NS_PER_MS;
        bool follows = entry->id != NULL && (found > 0 || publisher->probed);
        bool waits = publisher->probing && entry != publisher->window_head && entry->id != NULL;
        if (!over && (waits || (!all && !follows && now_ns < entry->due_ns)))
            continue;
        /* Sent, and not answered in the time it had. */
        if (!entry->refused_so_far) {
            entry->uncertain = true;
            if (!all && connected)
                tape_report_silence(publisher->tape);
        }
        if (over || entry->id == NULL) {
            give_up(publisher, entry);
        } else if (connected) {
            entry->refused_so_far = false;
            entry->due_ns = now_ns + publisher->options.ack_timeout_ms * NS_PER_MS;
            entry->busy = true;
            due[found++] = entry;
        }
    }
    publisher->probed = false;
    return found;
}

void publisher_window_probe(struct publisher *publisher, int64_t now_ns)
{
    struct publisher_entry *first = publisher->window_head;
    publisher->probing = first != NULL;
    if (first != NULL && first->id != NULL && first->due_ns > now_ns + PROBE_PAUSE_MS * NS_PER_MS)
        first->due_ns = now_ns + PROBE_PAUSE_MS * NS_PER_MS;
}

void publisher_reply_subject(const struct publisher *publisher, const struct publisher_entry *entry,
                             char reply[PUBLISHER_REPLY_SIZE])
{
    snprintf(reply, PUBLISHER_REPLY_SIZE, "%s.%x-%x", publisher->inbox_name, (unsigned)entry->slot,
             (unsigned)entry->generation);
}

/* The entry that an answer belongs to; NULL when its fate was decided before. */
static struct publisher_entry *find(struct publisher *publisher, const char *subject)
{
    const char *token = strrchr(subject, '.');
    char *end;
    unsigned long slot = token == NULL ? publisher->options.window : strtoul(token + 1, &end, 16);
    if (slot >= publisher->options.window || *end != '-')
        return NULL;
    unsigned long generation = strtoul(end + 1, NULL, 16);
    return publisher->slots[slot].generation == generation ? publisher->slots[slot].entry : NULL;
}

void publisher_on_answer(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *context)
{
    (void)connection;
    (void)subscription;
    struct publisher *publisher = context;
    struct publisher_ack ack;
    if (natsMsg_IsNoResponders(message)) {
        ack = (struct publisher_ack){.status = PUBLISH_REFUSED, .again = true};
        snprintf(ack.problem, sizeof ack.problem, "no stream takes this subject");
    } else {
        ack = publisher_ack_parse(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
    }
    int64_t now_ns = clock_monotonic_ns();
    pthread_mutex_lock(&publisher->mutex);
    publisher->heard_ns = now_ns;
    struct publisher_entry *entry = find(publisher, natsMsg_GetSubject(message));
    if (entry != NULL && ack.again && entry->id != NULL) {
        publisher->probing = true;
        entry->refused_so_far = true;
        entry->due_ns = now_ns + PROBE_PAUSE_MS * NS_PER_MS;
        memcpy(entry->problem, ack.problem, sizeof entry->problem);
    } else if (entry != NULL) {
        if (publisher->probing && entry == publisher->window_head) {
            publisher->probing = false;
            publisher->probed = true;
        }
        publisher->counts.ack_last_ns = now_ns - entry->sent_ns;
        if (ack.full || ack.status == PUBLISH_STORED)
            tape_report_storage(publisher->tape, entry->subject, ack.full, ack.problem);
        publisher_resolve(publisher, entry, ack.status, ack.sequence, ack.problem);
    }
    pthread_mutex_unlock(&publisher->mutex);
    natsMsg_Destroy(message);
}
