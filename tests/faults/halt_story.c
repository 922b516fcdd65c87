/* See halt_story.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults/halt_story.h"

#include <inttypes.h>
#include <string.h>

#include "bus/follower.h"
#include "bus/inbox.h"
#include "bus/test_server.h"
#include "core/timestamp.h"
#include "engine/orders.h"
#include "engine/positions.h"

enum { INBOX_BYTES = 8 << 20 };

struct telling {
    struct halt_story story;
    struct inbox *inbox;
    struct order_book *book;
    struct positions *positions;
    bool caught_up;
    enum trading_state state;
    enum state_step step;
    uint64_t halt_sequence;
    int64_t halt_ns, flatten_ns; /* stored times of the requests */
    size_t working;              /* as counted last */
};

static bool is_closing_order(const struct order *order)
{
    return strcmp(order->terms.source, "flatten") == 0;
}

static void count_working(const struct order *order, void *context)
{
    struct telling *telling = context;
    telling->working += order->state != ORDER_INITIALIZED || order->new_sequence < telling->halt_sequence;
}

static size_t working_orders(struct telling *telling)
{
    telling->working = 0;
    order_book_each_open(telling->book, count_working, telling);
    return telling->working;
}

static size_t open_positions(const struct telling *telling)
{
    size_t count = 0;
    for (size_t i = 0; i < positions_count(telling->positions); i++)
        count += positions_at(telling->positions, i)->quantity != 0;
    return count;
}

static void note_longest(int64_t *longest_ns, int64_t since_ns, int64_t now_ns)
{
    if (now_ns - since_ns > *longest_ns)
        *longest_ns = now_ns - since_ns;
}

static void tell_request(struct telling *telling, const struct event *event)
{
    struct halt_story *story = &telling->story;
    bool is_flatten = event->state.step == STEP_FLATTEN;
    if (event->state.state != TRADING_HALTED)
        return;
    telling->halt_sequence = event->sequence;
    *(is_flatten ? &telling->flatten_ns : &telling->halt_ns) = event->stored_ns;
    story->halts += !is_flatten;
    story->flattens += is_flatten;
    size_t working = working_orders(telling), positions = open_positions(telling);
    if (working > story->most_working)
        story->most_working = working;
    if (positions > story->most_positions)
        story->most_positions = positions;
}

static void tell_state(struct telling *telling, const struct event *event)
{
    struct halt_story *story = &telling->story;
    telling->state = event->state.state;
    telling->step = event->state.step;
    if (event->state.of[0] == '\0') {
        tell_request(telling, event);
    } else if (telling->step == STEP_STOPPED) {
        story->stopped++;
        story->working_when_stopped += working_orders(telling);
        note_longest(&story->longest_stop_ns, telling->halt_ns, event->stored_ns);
    } else if (telling->step == STEP_FLAT) {
        story->flat++;
        story->open_when_flat += working_orders(telling) + open_positions(telling);
        note_longest(&story->longest_flat_ns, telling->flatten_ns, event->stored_ns);
    }
}

/* While it is halted nothing is accepted or filled but what was on its way to the tape; then only closing orders. */
static void tell_order(struct telling *telling, const struct event *event, const struct order *order)
{
    struct halt_story *story = &telling->story;
    bool is_new = order->new_sequence > telling->halt_sequence, is_closing = is_closing_order(order);
    bool is_proved = telling->step != STEP_NONE && telling->step != STEP_FLATTEN;
    story->behind += event->kind == EVENT_ORDER_NEW && !is_closing;
    story->closing += event->kind == EVENT_ORDER_NEW && is_closing;
    if (is_closing && telling->state == TRADING_REDUCING && telling->step != STEP_FLAT)
        return;
    if (event->kind != EVENT_ORDER_ACCEPTED && event->kind != EVENT_ORDER_EXECUTED)
        return;
    story->traded += is_new;
    story->late += !is_new && is_proved;
    story->in_flight += !is_new && !is_proved;
}

static void tell(struct telling *telling, const struct event *event)
{
    enum fold_result result = order_book_fold(telling->book, event);
    const char *order_id = event_order_id(event);
    positions_fold(telling->positions, event);
    if (result != FOLD_APPLIED && result != FOLD_LATE_FILL && result != FOLD_OVERFILL)
        return;
    if (event->kind == EVENT_TRADING_STATE)
        tell_state(telling, event);
    else if (order_id != NULL && telling->state != TRADING_ACTIVE)
        tell_order(telling, event, order_book_find(telling->book, order_id));
}

static bool is_told(void *context)
{
    struct telling *telling = context;
    struct inbox_item item;
    while (inbox_take(telling->inbox, &item)) {
        struct event event;
        telling->caught_up |= item.kind == INBOX_CAUGHT_UP;
        if (item.kind != INBOX_MESSAGE)
            continue;
        assert_int_equal(event_decode(&event, item.subject, item.payload, item.payload_bytes, "SIM-1", NULL), 0);
        event.sequence = item.sequence;
        event.stored_ns = item.stored_ns;
        tell(telling, &event);
    }
    return telling->caught_up;
}

struct halt_story halt_story_read(struct tape *tape)
{
    const struct follower_options options = {.stream = "ORDERS", .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct telling telling = {.inbox = inbox_create(INBOX_BYTES), .book = order_book_create()};
    struct instruments instruments;
    struct error error = {0};
    assert_int_equal(instruments_init_builtin(&instruments, &error), 0);
    telling.positions = positions_create(&instruments, POSITION_AVERAGE_COST);
    struct follower *follower = follower_create(tape, &options, telling.inbox, &error);
    if (follower == NULL)
        fail_msg("%s", error.text);
    test_until(is_told, &telling);
    telling.story.working = working_orders(&telling);
    telling.story.positions = open_positions(&telling);
    follower_destroy(follower);
    inbox_destroy(telling.inbox);
    positions_destroy(telling.positions);
    order_book_destroy(telling.book);
    instruments_free(&instruments);
    return telling.story;
}

void halt_story_print(const struct halt_story *story)
{
    print_message("%" PRIu64 " halts, %" PRIu64 " proved: up to %" PRIu64 " orders at work, after %.1f ms at most\n",
                  story->halts, story->stopped, story->most_working, (double)story->longest_stop_ns / NS_PER_MS);
    if (story->flattens > 0)
        print_message("%" PRIu64 " flattens, %" PRIu64 " proved: up to %" PRIu64 " positions, %" PRIu64
                      " closing orders, after %.1f ms at most\n",
                      story->flattens, story->flat, story->most_positions, story->closing,
                      (double)story->longest_flat_ns / NS_PER_MS);
    print_message("behind them: %" PRIu64 " orders asked for, %" PRIu64 " acceptances and fills of these; %" PRIu64
                  " of earlier ones were on their way, %" PRIu64 " came later\n",
                  story->behind, story->traded, story->in_flight, story->late);
    print_message("working when said to be stopped: %" PRIu64 "; open when said to be flat: %" PRIu64
                  "; at the end %" PRIu64 " orders, %" PRIu64 " positions\n",
                  story->working_when_stopped, story->open_when_flat, story->working, story->positions);
}
