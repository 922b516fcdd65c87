/* Depth at a rate, on a clock that the test moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "feed/depth_pacer.h"

#define MS(x) ((x)*NS_PER_MS)

static struct depth depth_of(const char *symbol, int64_t bid)
{
    struct depth depth = {.exchange = "X", .bid_count = 1, .bids = {{.price = bid, .size = 1}}};
    snprintf(depth.symbol, sizeof depth.symbol, "%s", symbol);
    return depth;
}

static void put(struct depth_pacer *pacer, const char *symbol, int64_t bid)
{
    struct depth depth = depth_of(symbol, bid);
    depth_pacer_put(pacer, &depth);
}

/* What has left: "SYMBOL=BID#SEQ " of each, as long as there is room. */
struct sink {
    char text[256];
    size_t length;
    bool full;
};

static bool take(void *context, const struct depth *depth)
{
    struct sink *sink = context;
    if (sink->full)
        return false;
    assert_string_equal(depth->source, "test-1");
    sink->length += (size_t)snprintf(sink->text + sink->length, sizeof sink->text - sink->length, "%s=%d#%d ",
                                     depth->symbol, (int)depth->bids[0].price, (int)depth->seq);
    return true;
}

static struct depth_pacer *create(uint32_t per_second, struct sink *sink)
{
    return depth_pacer_create(
        &(struct depth_pacer_options){.source = "test-1", .per_second = per_second, .send = take, .context = sink});
}

/* Hands on, and compares what left and when there will be more. */
static void check(struct depth_pacer *pacer, struct sink *sink, int64_t now_ns, const char *left, int64_t due_ns)
{
    sink->length = 0;
    sink->text[0] = '\0';
    assert_int_equal(depth_pacer_hand_on(pacer, now_ns), due_ns);
    assert_string_equal(sink->text, left);
}

static void the_latest_leaves_at_the_rate(void **state)
{
    (void)state;
    struct sink sink = {0};
    struct depth_pacer *pacer = create(5, &sink);
    check(pacer, &sink, MS(0), "", INT64_MAX);
    put(pacer, "A", 1);
    put(pacer, "B", 1);
    check(pacer, &sink, MS(0), "A=1#1 B=1#1 ", INT64_MAX);
    put(pacer, "A", 2);
    put(pacer, "A", 3);
    check(pacer, &sink, MS(199), "", MS(200));
    put(pacer, "C", 1);
    check(pacer, &sink, MS(199), "C=1#1 ", MS(200));
    check(pacer, &sink, MS(200), "A=3#2 ", INT64_MAX);
    /* B was silent for long, and leaves at once. */
    put(pacer, "B", 2);
    put(pacer, "A", 4);
    check(pacer, &sink, MS(250), "B=2#2 ", MS(400));
    check(pacer, &sink, MS(400), "A=4#3 ", INT64_MAX);
    depth_pacer_destroy(pacer);
    depth_pacer_destroy(NULL);
    assert_int_equal(depth_pacer_hand_on(NULL, 0), INT64_MAX);
}

static void what_is_the_same_does_not_leave_again(void **state)
{
    (void)state;
    struct sink sink = {0};
    struct depth_pacer *pacer = create(1000, &sink);
    struct depth empty = depth_of("A", 1), asks = depth_of("A", 1);
    empty.bid_count = 0;
    asks.ask_count = 1;
    asks.asks[0] = (struct depth_level){.price = 2, .size = 1};
    put(pacer, "A", 1);
    check(pacer, &sink, MS(0), "A=1#1 ", INT64_MAX);
    put(pacer, "A", 1);
    check(pacer, &sink, MS(10), "", INT64_MAX);
    depth_pacer_put(pacer, &asks);
    check(pacer, &sink, MS(20), "A=1#2 ", INT64_MAX);
    depth_pacer_put(pacer, &empty);
    check(pacer, &sink, MS(30), "A=1#3 ", INT64_MAX);
    depth_pacer_destroy(pacer);
}

/* There was no room: it is tried again soon, with the same number, and newer levels take its place. */
static void what_did_not_leave_waits(void **state)
{
    (void)state;
    struct sink sink = {.full = true};
    struct depth_pacer *pacer = create(5, &sink);
    put(pacer, "A", 1);
    check(pacer, &sink, MS(0), "", MS(1));
    put(pacer, "A", 2);
    check(pacer, &sink, MS(1), "", MS(2));
    sink.full = false;
    check(pacer, &sink, MS(2), "A=2#1 ", INT64_MAX);
    depth_pacer_destroy(pacer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_leaves_at_the_rate),
        cmocka_unit_test(what_is_the_same_does_not_leave_again),
        cmocka_unit_test(what_did_not_leave_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
