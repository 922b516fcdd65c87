/* The hold, and the watch that makes an alert and a halt of it: what happens, and what is held and proposed then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/text.h"
#include "engine/hold.h"
#include "engine/stream_watch.h"

enum { ORDERS = 1u << TAPE_ORDERS, RISK = 1u << TAPE_RISK };

static void trouble(struct hold *hold, unsigned gone, unsigned full, int64_t wall_ns)
{
    hold_trouble(hold, &(struct stream_troubles){.gone = gone, .full = full}, wall_ns);
}

static void state(struct hold *hold, enum trading_state trading, const char *scope, int64_t stored_ns)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    event.state.state = trading;
    text_copy(event.state.scope, sizeof event.state.scope, scope);
    event.stored_ns = stored_ns;
    hold_fold(hold, &event);
}

static bool holds(const struct hold *hold)
{
    return hold->reason[0] != '\0';
}

static void test_held_until_the_tape_says_so(void **unused)
{
    (void)unused;
    struct hold hold = {0};
    state(&hold, TRADING_ACTIVE, "*", 10);
    assert_false(holds(&hold) || hold_asks_for_halt(&hold));
    trouble(&hold, ORDERS, 0, 100);
    assert_string_equal(hold.reason, "stream ORDERS has vanished");
    assert_true(hold_asks_for_halt(&hold));
    assert_int_equal(hold.since_ns, 100);
    trouble(&hold, 0, 0, 200);
    assert_true(holds(&hold) && hold_asks_for_halt(&hold));
    state(&hold, TRADING_ACTIVE, "*", 10); /* read again, from an older copy */
    state(&hold, TRADING_HALTED, "SIM-1", 20);
    assert_true(holds(&hold) && hold_asks_for_halt(&hold));
    state(&hold, TRADING_HALTED, "*", 30);
    assert_false(holds(&hold) || hold_asks_for_halt(&hold));
}

static void test_a_halt_that_stands_is_enough(void **unused)
{
    (void)unused;
    struct hold hold = {0};
    state(&hold, TRADING_HALTED, "*", 10);
    trouble(&hold, RISK, 0, 100);
    assert_true(holds(&hold));
    assert_false(hold_asks_for_halt(&hold));
    trouble(&hold, 0, 0, 200);
    assert_false(holds(&hold));
    /* But it goes with ORDERS. */
    trouble(&hold, ORDERS, 0, 300);
    assert_true(hold_asks_for_halt(&hold));
}

static void test_nobody_resumes_while_it_lasts(void **unused)
{
    (void)unused;
    struct hold hold = {0};
    trouble(&hold, 0, ORDERS | RISK, 100);
    assert_string_equal(hold.reason, "no storage is left for ORDERS, RISK");
    state(&hold, TRADING_HALTED, "*", 110);
    assert_false(hold_asks_for_halt(&hold));
    state(&hold, TRADING_ACTIVE, "*", 120);
    assert_true(holds(&hold) && hold_asks_for_halt(&hold));
    assert_int_equal(hold.since_ns, 120); /* another halt, under another name */
    trouble(&hold, 0, 0, 200);
    assert_false(holds(&hold) || hold_asks_for_halt(&hold));
}

/* What is read of a stream says that it stores again, also when the connection does not know it yet. */
static void test_storage_comes_back(void **unused)
{
    (void)unused;
    struct hold hold = {0};
    hold_full(&hold, ORDERS | RISK, 100);
    assert_true(holds(&hold));
    state(&hold, TRADING_HALTED, "*", 110);
    assert_string_equal(hold.reason, "no storage is left for RISK");
    hold_full(&hold, ORDERS | RISK, 120);
    assert_int_equal(hold.troubles.full, RISK);
    hold_full(&hold, 0, 130);
    assert_false(holds(&hold));
    hold_full(&hold, ORDERS, 140);
    assert_int_equal(hold.troubles.full, ORDERS);
}

static void test_made_again(void **unused)
{
    (void)unused;
    struct hold hold = {0};
    hold_remade(&hold, "ORDERS", 50, 100);
    assert_string_equal(hold.reason, "stream ORDERS had vanished and was made again");
    state(&hold, TRADING_ACTIVE, "*", 50);
    assert_true(holds(&hold) && hold_asks_for_halt(&hold));
    state(&hold, TRADING_HALTED, "*", 60);
    assert_false(holds(&hold));
    assert_int_equal(hold.remade, ORDERS);
    state(&hold, TRADING_ACTIVE, "*", 70); /* a person */
    assert_int_equal(hold.remade, 0);
    /* What is read again is not news. */
    hold_remade(&hold, "RISK", 0, 200);
    state(&hold, TRADING_HALTED, "*", 60);
    state(&hold, TRADING_ACTIVE, "*", 70);
    assert_int_equal(hold.remade, RISK);
    assert_true(holds(&hold));
}

static void test_sentences(void **unused)
{
    (void)unused;
    static const struct {
        struct stream_troubles troubles;
        const char *text;
    } cases[] = {
        {{0, 0}, ""},
        {{ORDERS | RISK, 0}, "streams ORDERS, RISK have vanished"},
        {{ORDERS, RISK}, "stream ORDERS has vanished; no storage is left for RISK"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[REASON_SIZE];
        stream_troubles_text(&cases[i].troubles, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
    assert_int_equal(tape_stream_bit_of_subject("orders.new"), ORDERS);
    assert_int_equal(tape_stream_bit_of_subject("ordersnew") | tape_stream_bit("orders"), 0);
}

/* What the watch proposes, folded back as the tape would have it. */
static void fold_back(struct stream_watch *watch, const struct proposals *proposals, int64_t stored_ns)
{
    for (size_t i = 0; i < proposals->count; i++) {
        struct event event = proposals->items[i].event;
        event.stored_ns = stored_ns;
        stream_watch_fold(watch, &event);
        hold_fold(&watch->hold, &event);
    }
}

static void test_alert_and_halt(void **unused)
{
    (void)unused;
    struct stream_watch watch = {0};
    struct proposals out = {0};
    trouble(&watch.hold, ORDERS, 0, 100);
    stream_watch_decide(&watch, 101, &out);
    assert_int_equal(out.count, 2);
    const struct alert *alert = &out.items[0].event.alert;
    assert_string_equal(alert->alert_id, "stream_gone:ORDERS:101");
    assert_int_equal(alert->severity, SEVERITY_CRITICAL);
    assert_true(alert->raised);
    const struct state_change *halt = &out.items[1].event.state;
    assert_int_equal(halt->state, TRADING_HALTED);
    assert_string_equal(halt->request_id, "streams-100");
    assert_string_equal(halt->reason, "stream ORDERS has vanished");
    fold_back(&watch, &out, 110);

    proposals_clear(&out);
    stream_watch_decide(&watch, 120, &out);
    assert_int_equal(out.count, 0);
    trouble(&watch.hold, 0, 0, 130);
    stream_watch_decide(&watch, 131, &out);
    assert_int_equal(out.count, 1);
    assert_false(out.items[0].event.alert.raised);
    assert_string_equal(out.items[0].event.alert.alert_id, "stream_gone:ORDERS:101");
    assert_int_equal(out.items[0].event.alert.version, 2);
    fold_back(&watch, &out, 140);
    proposals_clear(&out);
    stream_watch_decide(&watch, 150, &out);
    assert_int_equal(out.count, 0);
    proposals_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held_until_the_tape_says_so),
        cmocka_unit_test(test_a_halt_that_stands_is_enough),
        cmocka_unit_test(test_nobody_resumes_while_it_lasts),
        cmocka_unit_test(test_made_again),
        cmocka_unit_test(test_storage_comes_back),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_alert_and_halt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
