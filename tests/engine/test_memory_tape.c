/* The tape in memory: numbers, names, fences, and what it forgets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/timestamp.h"
#include "engine/memory_tape.h"
#include "engine/proposals.h"

static struct event order(const char *order_id)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    snprintf(event.request.order_id, sizeof event.request.order_id, "%s", order_id);
    return event;
}

static struct event executed(const char *order_id, int number)
{
    struct event event = event_empty(EVENT_ORDER_EXECUTED);
    snprintf(event.execution.order_id, sizeof event.execution.order_id, "%s", order_id);
    snprintf(event.execution.execution_id, sizeof event.execution.execution_id, "%s-%d", order_id, number);
    return event;
}

static void events_are_numbered_per_stream(void **state)
{
    (void)state;
    static const enum event_kind kinds[] = {EVENT_QUOTE, EVENT_ORDER_NEW, EVENT_QUOTE, EVENT_EXPOSURE, EVENT_EXPOSURE};
    static const uint64_t expected[] = {1, 1, 2, 1, 2};
    struct memory_tape *tape = memory_tape_create();
    for (size_t i = 0; i < 5; i++) {
        struct event event = event_empty(kinds[i]);
        assert_int_equal(memory_tape_store(tape, &event, NO_FENCE, 1000 + (int64_t)i), MEMORY_STORED);
        assert_int_equal(memory_tape_at(tape, i)->sequence, expected[i]);
        assert_int_equal(memory_tape_at(tape, i)->stored_ns, 1000 + i);
    }
    assert_int_equal(memory_tape_end(tape), 5);
    assert_null(memory_tape_at(tape, 5));
    memory_tape_destroy(tape);
}

static void an_id_is_stored_once_in_two_minutes(void **state)
{
    (void)state;
    struct memory_tape *tape = memory_tape_create();
    struct event first = order("A"), second = order("B");
    assert_int_equal(memory_tape_store(tape, &first, NO_FENCE, 0), MEMORY_STORED);
    assert_int_equal(memory_tape_store(tape, &second, NO_FENCE, NS_PER_SECOND), MEMORY_STORED);
    assert_int_equal(memory_tape_store(tape, &first, NO_FENCE, 120 * NS_PER_SECOND - 1), MEMORY_DUPLICATE);
    assert_int_equal(memory_tape_store(tape, &first, NO_FENCE, 120 * NS_PER_SECOND), MEMORY_STORED);
    assert_int_equal(memory_tape_store(tape, &second, NO_FENCE, 120 * NS_PER_SECOND), MEMORY_DUPLICATE);
    assert_int_equal(memory_tape_end(tape), 3);
    memory_tape_destroy(tape);
}

static void a_fence_holds_or_refuses(void **state)
{
    (void)state;
    struct memory_tape *tape = memory_tape_create();
    struct event other = order("A"), first = executed("A", 1), second = executed("A", 2);
    assert_int_equal(memory_tape_store(tape, &other, NO_FENCE, 0), MEMORY_STORED);
    assert_int_equal(memory_tape_store(tape, &first, 1, 0), MEMORY_FENCED);
    /* What was refused has not used its name. */
    assert_int_equal(memory_tape_store(tape, &first, 0, 0), MEMORY_STORED);
    assert_int_equal(memory_tape_store(tape, &second, 0, 0), MEMORY_FENCED);
    assert_int_equal(memory_tape_store(tape, &second, 2, 0), MEMORY_STORED);
    assert_int_equal(memory_tape_end(tape), 3);
    memory_tape_destroy(tape);
}

static void what_is_forgotten_is_gone_and_the_rest_stays(void **state)
{
    (void)state;
    struct memory_tape *tape = memory_tape_create();
    char id[ID_SIZE];
    for (uint64_t i = 0; i < 5000; i++) {
        snprintf(id, sizeof id, "O-%d", (int)i);
        struct event event = order(id);
        assert_int_equal(memory_tape_store(tape, &event, NO_FENCE, 0), MEMORY_STORED);
        if (i % 7 == 0)
            memory_tape_forget(tape, i / 2);
    }
    memory_tape_forget(tape, 3000);
    assert_null(memory_tape_at(tape, 2999));
    for (uint64_t i = 3000; i < 5000; i++)
        assert_int_equal(memory_tape_at(tape, i)->sequence, i + 1);
    memory_tape_forget(tape, 9000);
    assert_int_equal(memory_tape_end(tape), 5000);
    assert_null(memory_tape_at(tape, 4999));
    memory_tape_destroy(tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_numbered_per_stream),
        cmocka_unit_test(an_id_is_stored_once_in_two_minutes),
        cmocka_unit_test(a_fence_holds_or_refuses),
        cmocka_unit_test(what_is_forgotten_is_gone_and_the_rest_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
