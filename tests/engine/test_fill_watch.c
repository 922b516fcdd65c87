/* Fills that must not happen: each raises one alert, which is cleared when somebody has acknowledged it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/fill_watch.h"
#include "script.h"

/* Everything that happens in these tests, and what must be said of it. */
static const char *const story[] = {
    "new A buy 10 AAPL limit 189",
    "validated A",
    "accepted A",
    "fill A 1 4 @ 189",
    "fill A 3 1 @ 189", /* the second is missing */
    "cancelled A requested",
    "fill A 2 2 @ 189", /* late */
    "new B buy 5 AAPL",
    "validated B",
    "accepted B",
    "fill B 1 5 @ 189",
    "fill B 2 5 @ 189", /* more than was ordered */
    "new D buy 5 AAPL",
    "rejected D BAD_TICK",
    "fill D 1 5 @ 189", /* it never went out */
};

static const struct {
    const char *rule, *execution_id;
    enum severity severity;
} expected[] = {
    {"fill_gap", "A-3", SEVERITY_CRITICAL},     {"late_fill", "A-2", SEVERITY_WARNING},
    {"overfill", "B-2", SEVERITY_CRITICAL},     {"stray_fill", "D-1", SEVERITY_CRITICAL},
    {"unknown_fill", "C-1", SEVERITY_CRITICAL},
};

enum { ALERTS = sizeof expected / sizeof *expected };

static void tell(struct fill_watch *watch, struct script *script)
{
    for (size_t i = 0; i < sizeof story / sizeof *story; i++) {
        struct event event = script_event(script, story[i]);
        fill_watch_fold(watch, &event);
    }
    struct event unknown = event_empty(EVENT_ORDER_EXECUTED);
    unknown.sequence = 100;
    unknown.stored_ns = script->wall_ns;
    struct execution *execution = &unknown.execution;
    text_copy(execution->order_id, sizeof execution->order_id, "C");
    text_copy(execution->execution_id, sizeof execution->execution_id, "C-1");
    execution->side = SIDE_SELL;
    execution->quantity = QUANTITY_ONE;
    fill_watch_fold(watch, &unknown);
}

static void test_alerts(void **state)
{
    (void)state;
    struct fill_watch *watch = fill_watch_create(), *other = fill_watch_create();
    struct script script;
    struct proposals proposals = {0};
    struct event raised[ALERTS];
    script_init(&script);
    tell(watch, &script);
    fill_watch_decide(watch, script.wall_ns, &proposals);
    assert_int_equal(proposals.count, ALERTS);
    for (size_t i = 0; i < ALERTS; i++) {
        raised[i] = proposals.items[i].event;
        const struct alert *alert = &raised[i].alert;
        assert_string_equal(alert->rule, expected[i].rule);
        assert_int_equal(alert->severity, expected[i].severity);
        assert_non_null(strstr(alert->message, expected[i].execution_id));
        assert_true(alert->raised);
        assert_int_equal(alert->version, 1);
        fill_watch_fold(watch, &raised[i]);
        fill_watch_fold(other, &raised[i]);
    }
    proposals_clear(&proposals);
    fill_watch_decide(watch, script.wall_ns, &proposals);
    assert_int_equal(proposals.count, 0);
    /* A restart reads its own alerts first, and has nothing to add. */
    script_init(&script);
    tell(other, &script);
    fill_watch_decide(other, script.wall_ns, &proposals);
    assert_int_equal(proposals.count, 0);
    struct event ack = event_empty(EVENT_ALERT_ACK);
    text_copy(ack.ack.alert_id, sizeof ack.ack.alert_id, raised[1].alert.alert_id);
    text_copy(ack.ack.by, sizeof ack.ack.by, "ann");
    fill_watch_fold(other, &ack);
    fill_watch_decide(other, script.wall_ns, &proposals);
    assert_int_equal(proposals.count, 1);
    const struct event cleared = proposals.items[0].event;
    assert_string_equal(cleared.alert.alert_id, raised[1].alert.alert_id);
    assert_false(cleared.alert.raised);
    assert_int_equal(cleared.alert.version, 2);
    fill_watch_fold(other, &cleared);
    proposals_clear(&proposals);
    fill_watch_decide(other, script.wall_ns, &proposals);
    assert_int_equal(proposals.count, 0);
    proposals_free(&proposals);
    fill_watch_destroy(watch);
    fill_watch_destroy(other);
}

/* RISK forgets after some days: what is that old is not raised again. */
static void test_history(void **state)
{
    (void)state;
    struct fill_watch *watch = fill_watch_create();
    struct script script;
    struct proposals proposals = {0};
    script_init(&script);
    tell(watch, &script);
    fill_watch_decide(watch, script.wall_ns + 2 * NS_PER_DAY, &proposals);
    assert_int_equal(proposals.count, 0);
    proposals_free(&proposals);
    fill_watch_destroy(watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
