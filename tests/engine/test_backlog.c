/* What was not said, until somebody else has said it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/text.h"
#include "engine/backlog.h"

static struct proposal position(uint64_t orders_seq)
{
    struct proposal proposal = {.event = event_empty(EVENT_POSITION), .fence = NO_FENCE};
    text_copy(proposal.event.position.account, sizeof proposal.event.position.account, "A");
    text_copy(proposal.event.position.symbol, sizeof proposal.event.position.symbol, "AAPL");
    proposal.event.position.epoch = 1;
    proposal.event.position.orders_seq = orders_seq;
    return proposal;
}

static void add(struct backlog *backlog, uint64_t orders_seq)
{
    struct proposal proposal = position(orders_seq);
    backlog_add(backlog, &proposal);
}

static void land(struct backlog *backlog, uint64_t orders_seq)
{
    struct proposal proposal = position(orders_seq);
    backlog_landed(backlog, &proposal.event);
}

static void assert_next(struct backlog *backlog, uint64_t orders_seq)
{
    struct proposal proposal;
    assert_true(backlog_take(backlog, &proposal));
    assert_int_equal(proposal.event.position.orders_seq, orders_seq);
}

static void test_what_landed_is_not_left(void **state)
{
    (void)state;
    struct backlog backlog = {0};
    struct proposal proposal;
    land(&backlog, 1);
    assert_false(backlog_take(&backlog, &proposal));
    for (uint64_t i = 1; i <= 100; i++) {
        add(&backlog, i);
        if (i > 10)
            land(&backlog, i - 10);
    }
    assert_int_equal(backlog.count, 10);
    land(&backlog, 95);
    land(&backlog, 95);
    land(&backlog, 7);
    for (uint64_t i = 91; i <= 100; i++)
        if (i != 95)
            assert_next(&backlog, i);
    assert_false(backlog_take(&backlog, &proposal));
    backlog_free(&backlog);
}

static void test_the_oldest_gives_way(void **state)
{
    (void)state;
    struct backlog backlog = {0};
    for (uint64_t i = 1; i <= BACKLOG_MAX + 3; i++)
        add(&backlog, i);
    assert_int_equal(backlog.dropped, 3);
    assert_int_equal(backlog.count, BACKLOG_MAX);
    assert_next(&backlog, 4);
    assert_next(&backlog, 5);
    backlog_free(&backlog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_landed_is_not_left),
        cmocka_unit_test(test_the_oldest_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
