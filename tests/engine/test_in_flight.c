/* The table of proposals in flight: what blocks what, and what ends a flight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/in_flight.h"

static struct event accepted(const char *order_id)
{
    struct event event = event_empty(EVENT_ORDER_ACCEPTED);
    snprintf(event.acknowledgement.order_id, sizeof event.acknowledgement.order_id, "%s", order_id);
    return event;
}

static struct event executed(const char *order_id, int number)
{
    struct event event = event_empty(EVENT_ORDER_EXECUTED);
    snprintf(event.execution.order_id, sizeof event.execution.order_id, "%s", order_id);
    snprintf(event.execution.execution_id, sizeof event.execution.execution_id, "%s-%d", order_id, number);
    return event;
}

static struct event alert(const char *alert_id, uint32_t version)
{
    struct event event = event_empty(EVENT_ALERT);
    snprintf(event.alert.alert_id, sizeof event.alert.alert_id, "%s", alert_id);
    event.alert.version = version;
    return event;
}

static void check_key(const struct event *event, const char *expected)
{
    char key[FLIGHT_KEY_SIZE];
    assert_true(flight_key(event, key));
    assert_string_equal(key, expected);
}

static void test_keys(void **state)
{
    (void)state;
    struct event event = accepted("A-1");
    check_key(&event, "A-1");
    event = executed("A-1", 7);
    check_key(&event, "A-1");
    event = alert("stale:NYSE/AAPL:1790000000000000000", 2);
    check_key(&event, "stale:NYSE/AAPL");

    /* Each position has a name of its own, so those of one fill do not wait for those of another. */
    event = event_empty(EVENT_POSITION);
    snprintf(event.position.account, sizeof event.position.account, "SIM-1");
    snprintf(event.position.symbol, sizeof event.position.symbol, "AAPL");
    event.position.epoch = 1;
    event.position.orders_seq = 41;
    check_key(&event, "pos:SIM-1:AAPL:1:41");

    char key[FLIGHT_KEY_SIZE];
    event = event_empty(EVENT_EXPOSURE);
    assert_false(flight_key(&event, key));
}

static void test_own_event_ends_the_flight(void **state)
{
    (void)state;
    struct in_flight *table = in_flight_create();
    struct event first = executed("A-1", 1), second = executed("A-1", 2), other = accepted("A-1");
    in_flight_add(table, "A-1", 5, &second);
    assert_true(in_flight_has(table, "A-1"));
    assert_false(in_flight_landed(table, &first)); /* the order's, but not this one */
    assert_false(in_flight_landed(table, &other));
    assert_true(in_flight_has(table, "A-1"));
    assert_true(in_flight_landed(table, &second));
    assert_false(in_flight_has(table, "A-1"));
    assert_false(in_flight_answered(table, 5, 10)); /* the answer came after the event */
    in_flight_destroy(table);
}

static void test_sweep_ends_what_was_read_unrecognised(void **state)
{
    (void)state;
    struct in_flight *table = in_flight_create();
    struct event one = accepted("A-1"), two = accepted("A-2"), three = accepted("A-3");
    in_flight_add(table, "A-1", 1, &one);
    in_flight_add(table, "A-2", 2, &two);
    in_flight_add(table, "A-3", 3, &three);
    assert_true(in_flight_answered(table, 1, 100));
    assert_true(in_flight_answered(table, 2, 101));
    assert_int_equal(in_flight_unanswered(table), 1); /* a stop waits for this one only */
    assert_int_equal(in_flight_sweep(table, 99), 0);
    assert_int_equal(in_flight_sweep(table, 100), 1);
    assert_false(in_flight_has(table, "A-1"));
    assert_int_equal(in_flight_sweep(table, 200), 1);
    assert_true(in_flight_has(table, "A-3")); /* not answered: not swept */
    assert_int_equal(in_flight_count(table), 1);
    assert_non_null(in_flight_event(table, 3));
    in_flight_end(table, 3);
    assert_null(in_flight_event(table, 3));
    assert_int_equal(in_flight_count(table), 0);
    in_flight_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_own_event_ends_the_flight),
        cmocka_unit_test(test_sweep_ends_what_was_read_unrecognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
