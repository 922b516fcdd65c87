/* Two byte buffers that change places: those who put append to the one, the owner reads the other without a lock and
 * swaps them when it is used up. So an item costs one short lock to put, and the owner one lock for a whole batch; the
 * pointers of an item stay valid because the owner's buffer is not written until it is swapped away. */
#include "bus/inbox.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/clock.h"

enum { RECORD_ALIGNMENT = 16, SMALLEST_BUFFER_BYTES = 4096 };

/* What stands in a buffer: this head, and behind it what belongs to the kind (subject and payload, a result, …). */
struct record {
    size_t record_bytes; /* with the head and the padding */
    enum inbox_kind kind;
    int follower_tag;
    uint64_t sequence;
    int64_t stored_ns;
    int64_t arrived_ns;
    bool remade;
    uint64_t handle, deliveries, pending;
    size_t subject_bytes; /* without the terminator */
    size_t payload_bytes;
    _Alignas(RECORD_ALIGNMENT) char body[];
};

struct buffer {
    char *bytes;
    size_t size, used;
};

struct inbox {
    pthread_mutex_t mutex;
    pthread_cond_t room; /* signalled when messages may fit again */
    struct buffer incoming;
    size_t incoming_limit;
    unsigned waiting; /* threads that wait for room */
    bool closed;
    bool signalled; /* the descriptor is readable */
    int fd;
    atomic_size_t items; /* in both buffers */

    /* The owner's alone. */
    struct buffer outgoing;
    size_t taken;
};

static void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    if (memory == NULL)
        abort();
    return memory;
}

struct inbox *inbox_create(size_t capacity_bytes)
{
    struct inbox *inbox = allocate(sizeof *inbox);
    memset(inbox, 0, sizeof *inbox);
    /* Each buffer holds half, so that what waits in both together never exceeds what was asked for. */
    inbox->incoming_limit = capacity_bytes / 2;
    size_t size = inbox->incoming_limit < SMALLEST_BUFFER_BYTES ? SMALLEST_BUFFER_BYTES : inbox->incoming_limit;
    inbox->incoming = (struct buffer){.bytes = allocate(size), .size = size};
    inbox->outgoing = (struct buffer){.bytes = allocate(size), .size = size};
    pthread_mutex_init(&inbox->mutex, NULL);
    pthread_cond_init(&inbox->room, NULL);
    inbox->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (inbox->fd < 0)
        abort();
    return inbox;
}

void inbox_destroy(struct inbox *inbox)
{
    if (inbox == NULL)
        return;
    close(inbox->fd);
    pthread_cond_destroy(&inbox->room);
    pthread_mutex_destroy(&inbox->mutex);
    free(inbox->incoming.bytes);
    free(inbox->outgoing.bytes);
    free(inbox);
}

size_t inbox_items(const struct inbox *inbox)
{
    return atomic_load_explicit(&inbox->items, memory_order_relaxed);
}

int inbox_fd(const struct inbox *inbox)
{
    return inbox->fd;
}

/* With the lock held. The owner clears the signal when it has found the inbox empty, so it is raised once a burst. */
static void signal_owner(struct inbox *inbox)
{
    if (inbox->signalled)
        return;
    inbox->signalled = true;
    uint64_t one = 1;
    ssize_t written = write(inbox->fd, &one, sizeof one);
    assert(written == (ssize_t)sizeof one);
}

static size_t record_size(const struct inbox_item *item, size_t subject_bytes)
{
    size_t bytes = sizeof(struct record);
    switch (item->kind) {
    case INBOX_MESSAGE:
        bytes += subject_bytes + 1 + item->payload_bytes + 1;
        break;
    case INBOX_PUBLISHED:
        bytes += sizeof item->result;
        break;
    case INBOX_CONNECTION:
        bytes += sizeof item->connection;
        break;
    case INBOX_METRICS:
        bytes += sizeof *item->metrics;
        break;
    case INBOX_LEASES:
        bytes += sizeof *item->leases;
        break;
    case INBOX_PLUMBING:
        bytes += sizeof *item->plumbing;
        break;
    case INBOX_CAUGHT_UP:
    case INBOX_GAP:
    case INBOX_STREAM_GONE:
    case INBOX_STREAM_BACK:
        break;
    }
    return (bytes + RECORD_ALIGNMENT - 1) & ~(size_t)(RECORD_ALIGNMENT - 1);
}

static void write_record(struct record *record, const struct inbox_item *item, size_t bytes, size_t subject_bytes)
{
    *record = (struct record){
        .record_bytes = bytes,
        .kind = item->kind,
        .follower_tag = item->follower_tag,
        .sequence = item->sequence,
        .stored_ns = item->stored_ns,
        .arrived_ns = clock_monotonic_ns(),
        .remade = item->remade,
        .handle = item->handle,
        .deliveries = item->deliveries,
        .pending = item->pending,
    };
    switch (item->kind) {
    case INBOX_MESSAGE:
        record->subject_bytes = subject_bytes;
        record->payload_bytes = item->payload_bytes;
        memcpy(record->body, item->subject, subject_bytes + 1);
        if (item->payload_bytes > 0)
            memcpy(record->body + subject_bytes + 1, item->payload, item->payload_bytes);
        record->body[subject_bytes + 1 + item->payload_bytes] = '\0';
        break;
    case INBOX_PUBLISHED:
        memcpy(record->body, &item->result, sizeof item->result);
        break;
    case INBOX_CONNECTION:
        memcpy(record->body, &item->connection, sizeof item->connection);
        break;
    case INBOX_METRICS:
        memcpy(record->body, item->metrics, sizeof *item->metrics);
        break;
    case INBOX_LEASES:
        memcpy(record->body, item->leases, sizeof *item->leases);
        break;
    case INBOX_PLUMBING:
        memcpy(record->body, item->plumbing, sizeof *item->plumbing);
        break;
    case INBOX_CAUGHT_UP:
    case INBOX_GAP:
    case INBOX_STREAM_GONE:
    case INBOX_STREAM_BACK:
        break;
    }
}

static void make_room(struct buffer *buffer, size_t bytes)
{
    if (buffer->size - buffer->used >= bytes)
        return;
    size_t size = buffer->size;
    while (size - buffer->used < bytes)
        size *= 2;
    char *grown = realloc(buffer->bytes, size);
    if (grown == NULL)
        abort();
    buffer->bytes = grown;
    buffer->size = size;
}

bool inbox_put_unless(struct inbox *inbox, const struct inbox_item *item, const atomic_bool *cancelled)
{
    bool bounded = item->kind == INBOX_MESSAGE;
    size_t subject_bytes = bounded ? strlen(item->subject) : 0;
    size_t bytes = record_size(item, subject_bytes);

    pthread_mutex_lock(&inbox->mutex);
    /* A message larger than the whole inbox goes into an empty one, for it would wait for ever otherwise. */
    while (bounded && !inbox->closed && inbox->incoming.used > 0 &&
           inbox->incoming.used + bytes > inbox->incoming_limit) {
        if (cancelled != NULL && atomic_load(cancelled))
            break;
        inbox->waiting++;
        pthread_cond_wait(&inbox->room, &inbox->mutex);
        inbox->waiting--;
    }
    if (bounded && (inbox->closed || (cancelled != NULL && atomic_load(cancelled)))) {
        pthread_mutex_unlock(&inbox->mutex);
        return false;
    }
    make_room(&inbox->incoming, bytes);
    write_record((struct record *)(void *)(inbox->incoming.bytes + inbox->incoming.used), item, bytes, subject_bytes);
    inbox->incoming.used += bytes;
    atomic_fetch_add_explicit(&inbox->items, 1, memory_order_relaxed);
    signal_owner(inbox);
    pthread_mutex_unlock(&inbox->mutex);
    return true;
}

bool inbox_put(struct inbox *inbox, const struct inbox_item *item)
{
    return inbox_put_unless(inbox, item, NULL);
}

/* Gives the owner what has come in. False when nothing has; only then the descriptor stops being readable. */
static bool swap_buffers(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->mutex);
    bool any = inbox->incoming.used > 0;
    if (any) {
        struct buffer full = inbox->incoming;
        inbox->incoming = inbox->outgoing;
        inbox->incoming.used = 0;
        inbox->outgoing = full;
        inbox->taken = 0;
        if (inbox->waiting > 0)
            pthread_cond_broadcast(&inbox->room);
    } else if (inbox->signalled) {
        inbox->signalled = false;
        uint64_t count;
        ssize_t got = read(inbox->fd, &count, sizeof count);
        assert(got == (ssize_t)sizeof count);
    }
    pthread_mutex_unlock(&inbox->mutex);
    return any;
}

bool inbox_take(struct inbox *inbox, struct inbox_item *item)
{
    if (inbox->taken == inbox->outgoing.used && !swap_buffers(inbox))
        return false;

    const struct record *record = (const struct record *)(const void *)(inbox->outgoing.bytes + inbox->taken);
    inbox->taken += record->record_bytes;
    atomic_fetch_sub_explicit(&inbox->items, 1, memory_order_relaxed);
    memset(item, 0, sizeof *item);
    item->kind = record->kind;
    item->follower_tag = record->follower_tag;
    item->sequence = record->sequence;
    item->stored_ns = record->stored_ns;
    item->arrived_ns = record->arrived_ns;
    item->remade = record->remade;
    item->handle = record->handle;
    item->deliveries = record->deliveries;
    item->pending = record->pending;
    switch (record->kind) {
    case INBOX_MESSAGE:
        item->subject = record->body;
        item->payload = record->body + record->subject_bytes + 1;
        item->payload_bytes = record->payload_bytes;
        break;
    case INBOX_PUBLISHED:
        memcpy(&item->result, record->body, sizeof item->result);
        break;
    case INBOX_CONNECTION:
        memcpy(&item->connection, record->body, sizeof item->connection);
        break;
    case INBOX_METRICS:
        item->metrics = (const struct server_metrics *)(const void *)record->body;
        break;
    case INBOX_LEASES:
        item->leases = (const struct lease_board *)(const void *)record->body;
        break;
    case INBOX_PLUMBING:
        item->plumbing = (const struct plumbing *)(const void *)record->body;
        break;
    case INBOX_CAUGHT_UP:
    case INBOX_GAP:
    case INBOX_STREAM_GONE:
    case INBOX_STREAM_BACK:
        break;
    }
    return true;
}

void inbox_wait(struct inbox *inbox, int timeout_ms)
{
    if (inbox->taken < inbox->outgoing.used)
        return;
    struct pollfd poll_fd = {.fd = inbox->fd, .events = POLLIN};
    int64_t end_ns = timeout_ms < 0 ? INT64_MAX : clock_monotonic_ns() + (int64_t)timeout_ms * 1000000;
    while (poll(&poll_fd, 1, timeout_ms) < 0 && errno == EINTR && timeout_ms != 0) {
        if (timeout_ms > 0) {
            int64_t left_ms = (end_ns - clock_monotonic_ns()) / 1000000;
            timeout_ms = left_ms > 0 ? (int)left_ms : 0;
        }
    }
}

void inbox_wake(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->mutex);
    signal_owner(inbox);
    if (inbox->waiting > 0)
        pthread_cond_broadcast(&inbox->room);
    pthread_mutex_unlock(&inbox->mutex);
}

void inbox_close(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->mutex);
    inbox->closed = true;
    if (inbox->waiting > 0)
        pthread_cond_broadcast(&inbox->room);
    pthread_mutex_unlock(&inbox->mutex);
}
