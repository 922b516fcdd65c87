/* Reads ORDERS and POSITIONS from their ends on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults/recovery.h"

#include "bus/follower.h"
#include "bus/inbox.h"
#include "bus/test_server.h"
#include "core/event.h"

enum { INBOX_BYTES = 8 << 20 };

struct recovery {
    struct inbox *inbox;
    bool decided;
    uint64_t execution; /* sequence of the first */
    int64_t over_ns;    /* monotonic; 0: not yet */
};

static void take(struct recovery *recovery, const struct event *event, uint64_t sequence, int64_t arrived_ns)
{
    recovery->decided |= event->kind == EVENT_ORDER_VALIDATED;
    if (event->kind == EVENT_ORDER_EXECUTED && recovery->decided && recovery->execution == 0)
        recovery->execution = sequence;
    if (event->kind == EVENT_POSITION && recovery->execution != 0 && recovery->over_ns == 0 &&
        event->position.orders_seq >= recovery->execution)
        recovery->over_ns = arrived_ns;
}

static bool is_over(void *context)
{
    struct recovery *recovery = context;
    struct inbox_item item;
    struct event event;
    while (inbox_take(recovery->inbox, &item)) {
        if (item.kind == INBOX_MESSAGE &&
            event_decode(&event, item.subject, item.payload, item.payload_bytes, "SIM-1", NULL) == 0)
            take(recovery, &event, item.sequence, item.arrived_ns);
    }
    return recovery->over_ns != 0;
}

/* Follows what is new as soon as there is a connection. */
struct start {
    struct tape *tape;
    const char *stream;
    struct inbox *inbox;
    struct follower *follower;
};

static bool has_started(void *context)
{
    struct start *start = context;
    struct error error = {0};
    const struct follower_options options = {.stream = start->stream, .from = FOLLOW_NEW};
    start->follower = follower_create(start->tape, &options, start->inbox, &error);
    return start->follower != NULL;
}

static struct follower *follow_new(struct tape *tape, const char *stream, struct inbox *inbox)
{
    struct start start = {.tape = tape, .stream = stream, .inbox = inbox};
    test_until(has_started, &start);
    return start.follower;
}

int64_t recovery_wait(struct tape *tape, int64_t start_ns)
{
    struct recovery recovery = {.inbox = inbox_create(INBOX_BYTES)};
    struct follower *orders = follow_new(tape, "ORDERS", recovery.inbox);
    struct follower *positions = follow_new(tape, "POSITIONS", recovery.inbox);
    test_until(is_over, &recovery);
    follower_destroy(orders);
    follower_destroy(positions);
    inbox_destroy(recovery.inbox);
    return recovery.over_ns - start_ns;
}
