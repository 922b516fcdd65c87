/* Connections of the gateway: their number, their deadlines, and those that wait for the tape.
 *
 * libmicrohttpd's own time-out counts idle time only, so that a request dripped byte by byte would live for ever.
 * Here every connection has one deadline for the whole of its request; when it passes, the socket is shut down and
 * libmicrohttpd finds it closed. */
#include "engine/gateway_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/text.h"

void gateway_slots_init(struct gateway *gateway)
{
    for (size_t i = 0; i < GATEWAY_SLOTS; i++) {
        gateway->slots[i].fd = -1;
        gateway->slots[i].body = gateway->bodies + i * GATEWAY_BODY_BYTES;
    }
    gateway->next_overdue_ns = INT64_MAX;
}

void gateway_slots_set_deadline(struct gateway *gateway, struct slot *slot, int64_t deadline_ns)
{
    slot->deadline_ns = deadline_ns;
    if (deadline_ns < gateway->next_overdue_ns)
        gateway->next_overdue_ns = deadline_ns;
}

static void shut(struct slot *slot)
{
    shutdown(slot->fd, SHUT_RDWR);
    slot->shut = true;
}

/* Makes room before libmicrohttpd's limit is reached, where it would leave new clients waiting: the oldest connection
 * that has not brought a whole request yet is the one most likely to be there for no good. */
static void close_oldest(struct gateway *gateway)
{
    struct slot *oldest = NULL;
    for (size_t i = 0; i < GATEWAY_SLOTS; i++) {
        struct slot *slot = &gateway->slots[i];
        if (slot->state == SLOT_READING && !slot->shut && (oldest == NULL || slot->opened < oldest->opened))
            oldest = slot;
    }
    if (oldest != NULL) {
        shut(oldest);
        gateway->counts.evicted++;
    }
}

static struct slot *find_free(struct gateway *gateway)
{
    for (size_t i = 0; i < GATEWAY_SLOTS; i++) {
        if (gateway->slots[i].state == SLOT_FREE)
            return &gateway->slots[i];
    }
    return NULL;
}

static void open_slot(struct gateway *gateway, struct MHD_Connection *connection, void **socket_context)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    assert(info != NULL);
    struct slot *slot = find_free(gateway);
    gateway->counts.connections++;
    *socket_context = slot;
    if (slot == NULL) { /* libmicrohttpd has the same limit, so this is not to be expected */
        shutdown(info->connect_fd, SHUT_RDWR);
        return;
    }
    slot->state = SLOT_READING;
    slot->connection = connection;
    slot->fd = info->connect_fd;
    slot->opened = ++gateway->opened;
    slot->shut = false;
    gateway->open_slots++;
    gateway_slots_reset(gateway, slot);
    if (gateway->open_slots > GATEWAY_CROWDED)
        close_oldest(gateway);
}

static void forget_waiter(struct gateway *gateway, struct slot *slot)
{
    if (slot->newer_waiter != NULL)
        slot->newer_waiter->older_waiter = slot->older_waiter;
    else
        gateway->newest_waiter = slot->older_waiter;
    if (slot->older_waiter != NULL)
        slot->older_waiter->newer_waiter = slot->newer_waiter;
    slot->newer_waiter = slot->older_waiter = NULL;
}

static void clear_reply(struct reply *reply)
{
    free(reply->body);
    if (reply->stream != NULL)
        reply->stream_destroy(reply->stream);
    memset(reply, 0, sizeof *reply);
}

void gateway_slots_reset(struct gateway *gateway, struct slot *slot)
{
    if (slot->state == SLOT_WAITING)
        forget_waiter(gateway, slot);
    slot->state = SLOT_READING;
    slot->route = NULL;
    slot->refused = false;
    slot->id[0] = '\0';
    slot->body_bytes = slot->swallowed_bytes = 0;
    gateway_changes_free_batch(slot->batch);
    slot->batch = NULL;
    clear_reply(&slot->reply);
    gateway_slots_set_deadline(gateway, slot, gateway->now.monotonic_ns + GATEWAY_DEADLINE_NS);
}

static void close_slot(struct gateway *gateway, struct slot *slot)
{
    gateway_slots_reset(gateway, slot);
    slot->state = SLOT_FREE;
    slot->connection = NULL;
    slot->fd = -1;
    gateway->open_slots--;
}

void gateway_slots_notify(void *self, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct gateway *gateway = self;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        open_slot(gateway, connection, socket_context);
    else if (*socket_context != NULL)
        close_slot(gateway, *socket_context);
}

void gateway_slots_wait(struct gateway *gateway, struct slot *slot, enum wait_kind kind, const char *order_id,
                        uint64_t cookie)
{
    assert(slot->state == SLOT_READING);
    slot->state = SLOT_WAITING;
    slot->wait = kind;
    text_copy(slot->order_id, sizeof slot->order_id, order_id);
    slot->cookie = cookie;
    slot->cookies = 1;
    slot->wait_until_ns = gateway->now.monotonic_ns + GATEWAY_WAIT_NS;
    slot->repeat = false;
    slot->newer_waiter = NULL;
    slot->older_waiter = gateway->newest_waiter;
    if (slot->older_waiter != NULL)
        slot->older_waiter->newer_waiter = slot;
    gateway->newest_waiter = slot;
    /* The request is whole: what it waits for now is ours to deliver, the answer is the client's to take. */
    gateway_slots_set_deadline(gateway, slot, slot->wait_until_ns + GATEWAY_ANSWER_NS);
    MHD_suspend_connection(slot->connection);
}

void gateway_slots_resume(struct gateway *gateway, struct slot *slot)
{
    assert(slot->state == SLOT_WAITING);
    forget_waiter(gateway, slot);
    slot->state = SLOT_ANSWERED;
    MHD_resume_connection(slot->connection);
}

void gateway_slots_close_overdue(struct gateway *gateway)
{
    int64_t now_ns = gateway->now.monotonic_ns;
    if (now_ns < gateway->next_overdue_ns)
        return;
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < GATEWAY_SLOTS; i++) {
        struct slot *slot = &gateway->slots[i];
        if (slot->state == SLOT_FREE || slot->shut)
            continue;
        if (slot->deadline_ns <= now_ns) {
            shut(slot);
            gateway->counts.overdue++;
        } else if (slot->deadline_ns < next_ns) {
            next_ns = slot->deadline_ns;
        }
    }
    gateway->next_overdue_ns = next_ns;
}

int64_t gateway_slots_next_ns(const struct gateway *gateway)
{
    int64_t next_ns = gateway->next_overdue_ns;
    for (const struct slot *slot = gateway->newest_waiter; slot != NULL; slot = slot->older_waiter) {
        if (slot->wait_until_ns < next_ns)
            next_ns = slot->wait_until_ns;
    }
    return next_ns;
}
