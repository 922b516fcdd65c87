/* One inbox for both streams; what is stored of a position is the one that a reader holds for the last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults/order_audit.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "bus/follower.h"
#include "bus/inbox.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "engine/positions.h"
#include "engine/requests.h"

enum {
    TAG_ORDERS,
    TAG_POSITIONS,
    TAGS,
    INBOX_BYTES = 8 << 20,
    POSITIONS_MAX = 64,
    WAIT_S = 30,
    POLL_MS = 20,
    STUCK_PRINTED = 10
};

/* The position of an account and symbol as the tape tells it. */
struct stored_position {
    struct position_event highest; /* in epoch and fill */
    struct position_event last;
};

struct order_audit {
    struct inbox *inbox;
    struct follower *followers[TAGS];
    bool caught_up[TAGS];
    struct instruments instruments;
    struct order_book *book;
    struct positions *positions;
    struct stored_position stored[POSITIONS_MAX];
    size_t stored_count;
    uint64_t kinds[EVENT_KINDS];
    uint64_t gaps, bad, resurrected, doubled_acceptances, positions_ignored, epoch;
};

struct order_audit *order_audit_start(struct tape *tape)
{
    static const char *const STREAMS[TAGS] = {"ORDERS", "POSITIONS"};
    struct error error = {0};
    struct order_audit *audit = calloc(1, sizeof *audit);
    assert_non_null(audit);
    assert_int_equal(instruments_init_builtin(&audit->instruments, &error), 0);
    audit->book = order_book_create();
    audit->positions = positions_create(&audit->instruments, POSITION_AVERAGE_COST);
    audit->inbox = inbox_create(INBOX_BYTES);
    for (int i = 0; i < TAGS; i++) {
        const struct follower_options options = {
            .stream = STREAMS[i], .from = FOLLOW_SEQUENCE, .sequence = 1, .tag = i};
        audit->followers[i] = follower_create(tape, &options, audit->inbox, &error);
        if (audit->followers[i] == NULL)
            fail_msg("%s", error.text);
    }
    return audit;
}

void order_audit_destroy(struct order_audit *audit)
{
    for (int i = 0; i < TAGS; i++)
        follower_destroy(audit->followers[i]);
    inbox_destroy(audit->inbox);
    positions_destroy(audit->positions);
    order_book_destroy(audit->book);
    instruments_free(&audit->instruments);
    free(audit);
}

static void take_order(struct order_audit *audit, const struct event *event)
{
    const char *order_id = event_order_id(event);
    const struct order *order = order_id != NULL ? order_book_find(audit->book, order_id) : NULL;
    bool was_done = order != NULL && order_is_done(order);
    enum fold_result result = order_book_fold(audit->book, event);
    audit->resurrected += was_done && !order_is_done(order);
    audit->doubled_acceptances += event->kind == EVENT_ORDER_ACCEPTED && result == FOLD_DUPLICATE;
    positions_fold(audit->positions, event);
}

static struct stored_position *stored_of(struct order_audit *audit, const struct position_event *position)
{
    for (size_t i = 0; i < audit->stored_count; i++) {
        if (strcmp(audit->stored[i].last.account, position->account) == 0 &&
            strcmp(audit->stored[i].last.symbol, position->symbol) == 0)
            return &audit->stored[i];
    }
    assert_true(audit->stored_count < POSITIONS_MAX);
    return &audit->stored[audit->stored_count++];
}

static void take_position(struct order_audit *audit, const struct position_event *position)
{
    struct stored_position *stored = stored_of(audit, position);
    const struct position_event *highest = &stored->highest;
    stored->last = *position;
    if (position->epoch > highest->epoch ||
        (position->epoch == highest->epoch && position->orders_seq > highest->orders_seq))
        stored->highest = *position;
    else
        audit->positions_ignored++;
    if (position->epoch > audit->epoch)
        audit->epoch = position->epoch;
}

static void take(struct order_audit *audit)
{
    struct inbox_item item;
    while (inbox_take(audit->inbox, &item)) {
        struct event event;
        audit->gaps += item.kind == INBOX_GAP || item.kind == INBOX_STREAM_GONE;
        if (item.kind == INBOX_CAUGHT_UP)
            audit->caught_up[item.follower_tag] = true;
        if (item.kind != INBOX_MESSAGE)
            continue;
        if (event_decode(&event, item.subject, item.payload, item.payload_bytes, "SIM-1", NULL) != 0) {
            audit->bad++;
            continue;
        }
        event.sequence = item.sequence;
        event.stored_ns = item.stored_ns;
        audit->kinds[event.kind]++;
        if (item.follower_tag == TAG_POSITIONS)
            take_position(audit, &event.position);
        else
            take_order(audit, &event);
    }
}

static bool agrees(const struct position_event *stored, const struct position_event *folded)
{
    return stored->quantity == folded->quantity && stored->average_price == folded->average_price &&
           stored->cost == folded->cost && stored->cost_fraction == folded->cost_fraction &&
           stored->realized_pnl == folded->realized_pnl && stored->fees == folded->fees &&
           stored->orders_seq == folded->orders_seq && stored->last_price == folded->last_price &&
           strcmp(stored->currency, folded->currency) == 0 && strcmp(stored->execution_id, folded->execution_id) == 0;
}

/* What is stored last has to be what readers hold for the last, of the newest epoch. What is stored of fills that the
 * tape has lost has to be flat. */
static bool differs(const struct order_audit *audit, const struct stored_position *stored)
{
    const struct position *position = positions_find(audit->positions, stored->last.account, stored->last.symbol);
    if (stored->last.epoch != audit->epoch || !agrees(&stored->highest, &stored->last))
        return true;
    if (position == NULL)
        return stored->last.quantity != 0 || stored->last.cost != 0;
    const struct position_event folded = position_to_event(position, audit->epoch, stored->last.timestamp_ns);
    return !agrees(&stored->last, &folded);
}

static uint64_t differences(const struct order_audit *audit)
{
    uint64_t found = 0, matched = 0;
    for (size_t i = 0; i < audit->stored_count; i++) {
        const struct position_event *last = &audit->stored[i].last;
        matched += positions_find(audit->positions, last->account, last->symbol) != NULL;
        found += differs(audit, &audit->stored[i]);
    }
    return found + (positions_count(audit->positions) - matched);
}

static bool is_stuck(const struct order *order)
{
    return !order_is_done(order) && (!order_is_working(order) || order->cancel_pending || order->replace_pending);
}

static void count_order(struct audit_figures *figures, const struct order *order)
{
    figures->decided += order->state != ORDER_INITIALIZED;
    figures->accepted += order->accepted_stored_ns != 0;
    figures->filled += order->state == ORDER_FILLED;
    figures->cancelled += order->state == ORDER_CANCELED || order->state == ORDER_EXPIRED;
    figures->denied += order->state == ORDER_DENIED;
    figures->refused += order->state == ORDER_REJECTED;
    figures->stuck += is_stuck(order);
    figures->resting += !order_is_done(order) && !is_stuck(order);
}

struct audit_figures order_audit_figures(const struct order_audit *audit)
{
    struct order_counts orders = order_book_counts(audit->book);
    struct position_counts fills = positions_counts(audit->positions);
    struct audit_figures figures = {
        .orders = order_book_count(audit->book),
        .requested = audit->kinds[EVENT_ORDER_NEW],
        .decisions = audit->kinds[EVENT_ORDER_VALIDATED] + audit->kinds[EVENT_ORDER_REJECTED],
        .acceptances = audit->kinds[EVENT_ORDER_ACCEPTED],
        .executions = audit->kinds[EVENT_ORDER_EXECUTED],
        .applied = fills.applied,
        .resurrected = audit->resurrected,
        .doubled_executions = fills.duplicates,
        .doubled_acceptances = audit->doubled_acceptances,
        .gaps = audit->gaps + orders.gaps + fills.gaps,
        .illegal = orders.illegal,
        .late = orders.late_fills + orders.overfills,
        .bad = audit->bad + fills.invalid + fills.overflows,
        .positions = audit->stored_count,
        .differences = differences(audit),
        .positions_stored = audit->kinds[EVENT_POSITION],
        .positions_ignored = audit->positions_ignored,
        .epoch = audit->epoch,
    };
    for (const struct order *order = order_book_newest(audit->book); order != NULL; order = order->older)
        count_order(&figures, order);
    figures.stuck += requests_count(order_book_requests(audit->book));
    return figures;
}

const struct order_book *order_audit_book(const struct order_audit *audit)
{
    return audit->book;
}

static void count_stuck(const struct order *order, void *context)
{
    size_t *stuck = context;
    *stuck += is_stuck(order);
}

static void count_open(const struct order *order, void *context)
{
    size_t *open = context;
    (void)order;
    (*open)++;
}

bool order_audit_is_settled(void *context)
{
    struct order_audit *audit = context;
    size_t stuck = 0;
    take(audit);
    order_book_each_open(audit->book, count_stuck, &stuck);
    return audit->caught_up[TAG_ORDERS] && audit->caught_up[TAG_POSITIONS] && stuck == 0 &&
           requests_count(order_book_requests(audit->book)) == 0 && differences(audit) == 0;
}

bool order_audit_is_done(void *context)
{
    const struct order_audit *audit = context;
    size_t open = 0;
    bool settled = order_audit_is_settled(context);
    order_book_each_open(audit->book, count_open, &open);
    return settled && open == 0;
}

void order_audit_wait(struct order_audit *audit, bool (*holds)(void *audit))
{
    int64_t end_ns = clock_monotonic_ns() + WAIT_S * NS_PER_SECOND;
    /* Not at each message: every look goes over all open orders. */
    while (!holds(audit) && clock_monotonic_ns() < end_ns)
        poll(NULL, 0, POLL_MS);
}

static void print_stuck(const struct order *order, void *context)
{
    int *printed = context;
    if (is_stuck(order) && (*printed)++ < STUCK_PRINTED)
        print_message("stuck: %s is %s%s%s, last heard of in message %" PRIu64 "\n", order->terms.order_id,
                      order_state_name(order->state), order->cancel_pending ? ", to be cancelled" : "",
                      order->replace_pending ? ", to be replaced" : "", order->last_sequence);
}

void order_audit_print(const struct order_audit *audit)
{
    const struct audit_figures figures = order_audit_figures(audit);
    print_message("on the tape: %" PRIu64 " orders, %" PRIu64 " decided, %" PRIu64 " accepted, %" PRIu64
                  " filled, %" PRIu64 " cancelled, %" PRIu64 " denied, %" PRIu64 " refused, %" PRIu64
                  " resting, %" PRIu64 " stuck, %" PRIu64 " resurrected\n",
                  figures.orders, figures.decided, figures.accepted, figures.filled, figures.cancelled, figures.denied,
                  figures.refused, figures.resting, figures.stuck, figures.resurrected);
    print_message("stored: %" PRIu64 " decisions, %" PRIu64 " acceptances (%" PRIu64 " twice), %" PRIu64
                  " executions (%" PRIu64 " twice, %" PRIu64 " too late or too many), %" PRIu64 " gaps, %" PRIu64
                  " moves that the table of orders does not have, %" PRIu64 " messages that are not understood\n",
                  figures.decisions, figures.acceptances, figures.doubled_acceptances, figures.executions,
                  figures.doubled_executions, figures.late, figures.gaps, figures.illegal, figures.bad);
    print_message("positions: %" PRIu64 " compared, %" PRIu64 " differ, epoch %" PRIu64 "; %" PRIu64
                  " messages, of which readers ignore %" PRIu64 "\n",
                  figures.positions, figures.differences, figures.epoch, figures.positions_stored,
                  figures.positions_ignored);
    int printed = 0;
    order_book_each_open(audit->book, print_stuck, &printed);
    for (size_t i = 0; i < audit->stored_count; i++) {
        const struct position_event *last = &audit->stored[i].last;
        if (differs(audit, &audit->stored[i]))
            print_message("%s %s differs: stored for message %" PRIu64 " in epoch %" PRIu64 "\n", last->account,
                          last->symbol, last->orders_seq, last->epoch);
    }
}

uint64_t order_audit_mistakes(const struct audit_figures *figures)
{
    return figures->stuck + figures->resurrected + figures->doubled_executions + figures->doubled_acceptances +
           figures->gaps + figures->late + figures->bad + figures->differences +
           (figures->applied != figures->executions);
}
