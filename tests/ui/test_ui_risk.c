/* What the risk screen shows, without a screen: how much of each limit is used, and the history of the drawdown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/event.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "ui/halt_trail.h"
#include "ui/history.h"
#include "ui/limits.h"

/* ---- limits --------------------------------------------------------------------------------------------------- */

static struct exposure exposure_of(int64_t gross, int64_t net, int64_t day_pnl)
{
    struct exposure exposure = event_empty(EVENT_EXPOSURE).exposure;
    exposure.gross = gross * MONEY_ONE;
    exposure.net = net * MONEY_ONE;
    exposure.day_pnl = day_pnl * MONEY_ONE;
    exposure.equity = 1000 * MONEY_ONE;
    exposure.gross_limit = 800 * MONEY_ONE;
    exposure.daily_loss_limit = 50 * MONEY_ONE;
    return exposure;
}

static void check_use(enum limit_kind kind, const struct exposure *exposure, bool known, bool limited, double part,
                      double warning)
{
    struct risk_config config;
    risk_config_init(&config);
    struct limit_use use = limit_use(kind, exposure, &config);
    if (use.is_known != known || use.is_limited != limited)
        fail_msg("%s: known %d, limited %d", limit_name(kind), use.is_known, use.is_limited);
    if (fabs(limit_part(&use) - part) > 1e-12 || (limited && fabs(use.warning - warning) > 1e-12))
        fail_msg("%s: %.12g of its limit, warns at %.12g", limit_name(kind), limit_part(&use), use.warning);
}

static void test_limits(void **state)
{
    struct exposure exposure = exposure_of(600, -300, -60);
    (void)state;
    check_use(LIMIT_GROSS, &exposure, true, true, 0.75, 0.8);
    check_use(LIMIT_NET, &exposure, true, false, 0, 0); /* there is none */
    check_use(LIMIT_LOSS, &exposure, true, true, 1.2, 0.8);
    exposure.day_pnl = 60 * MONEY_ONE;
    check_use(LIMIT_LOSS, &exposure, true, true, 0, 0.8); /* a profit uses nothing */
}

static void test_shares(void **state)
{
    struct exposure exposure = exposure_of(600, 600, 0);
    (void)state;
    check_use(LIMIT_CONCENTRATION, &exposure, false, true, 0, 40.0 / 60);
    exposure.concentration = PRICE_ONE / 2;
    check_use(LIMIT_CONCENTRATION, &exposure, true, true, 0.5 / 0.6, 40.0 / 60);
    exposure.gross = 99 * MONEY_ONE; /* below a tenth of the equity */
    check_use(LIMIT_CONCENTRATION, &exposure, true, false, 0, 0);
    exposure.drawdown = PRICE_ONE / 50;
    check_use(LIMIT_DRAWDOWN, &exposure, true, true, 0.2, 0.5);
    check_use(LIMIT_VAR, &exposure, false, false, 0, 0);
    exposure.var_parametric = 30 * MONEY_ONE;
    exposure.var_historical = 40 * MONEY_ONE; /* the larger counts */
    check_use(LIMIT_VAR, &exposure, true, true, 0.4, 0.5);
}

/* ---- history -------------------------------------------------------------------------------------------------- */

static struct history *with_seconds(int64_t from, int64_t to)
{
    struct history *history = calloc(1, sizeof *history);
    assert_non_null(history);
    for (int64_t second = from; second < to; second++)
        history_add(history, second * NS_PER_SECOND, second % 1000 == 500 ? 7 : second % 3);
    return history;
}

/* However long it lasts, the whole of it is there, and no peak gets lost. */
static void test_history_keeps_all(void **state)
{
    static const int64_t lengths[] = {1, HISTORY_POINTS, HISTORY_POINTS + 1, 10000, 700000};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct history *history = with_seconds(1000, 1000 + lengths[i]);
        int place = 0;
        assert_true(history->count >= 1 && history->count <= HISTORY_POINTS);
        assert_true(history->points[0].at_ns <= 1000 * NS_PER_SECOND);
        assert_true(history->points[0].at_ns > 1000 * NS_PER_SECOND - history->step_ns);
        assert_true(lengths[i] < HISTORY_POINTS || history->count >= HISTORY_POINTS / 2);
        assert_int_equal(history->points[history->count - 1].last, (1000 + lengths[i] - 1) % 3);
        int64_t end_ns = (1000 + lengths[i]) * NS_PER_SECOND;
        assert_int_equal(history_between(history, history->points[0].at_ns, end_ns, &place), history->highest);
        assert_int_equal(history->highest, lengths[i] > 500 ? 7 : lengths[i] == 1 ? 1 : 2);
        free(history);
    }
}

static void test_history_between(void **state)
{
    struct history history = {0};
    int place = 0;
    (void)state;
    assert_int_equal(history_between(&history, 0, NS_PER_SECOND, &place), -1);
    history_add(&history, 10 * NS_PER_SECOND, 5);
    history_add(&history, 20 * NS_PER_SECOND, 9);
    history_add(&history, 20 * NS_PER_SECOND + 1, 2); /* the same second: its highest counts, its last goes on */
    history_add(&history, 15 * NS_PER_SECOND, 3);     /* time went back */
    assert_int_equal(history.count, 2);
    assert_int_equal(history_between(&history, 0, 10 * NS_PER_SECOND, &place), -1);
    assert_int_equal(history_between(&history, 10 * NS_PER_SECOND, 15 * NS_PER_SECOND, &place), 5);
    assert_int_equal(history_between(&history, 15 * NS_PER_SECOND, 20 * NS_PER_SECOND, &place), 5); /* holds */
    assert_int_equal(history_between(&history, 20 * NS_PER_SECOND, 25 * NS_PER_SECOND, &place), 9);
    assert_int_equal(history_between(&history, 25 * NS_PER_SECOND, 99 * NS_PER_SECOND, &place), 3);
}

/* Values that come years apart still find room. */
static void test_history_far_apart(void **state)
{
    struct history history = {0};
    (void)state;
    for (int64_t i = 0; i < 2 * HISTORY_POINTS; i++)
        history_add(&history, i * 30 * NS_PER_DAY, i);
    assert_int_equal(history.highest, 2 * HISTORY_POINTS - 1);
    assert_int_equal(history.points[0].at_ns, 0);
}

/* ---- what became of a halt ------------------------------------------------------------------------------------- */

struct tape {
    struct order_book *book;
    struct halt_trail trail;
    uint64_t sequence;
};

static void put(struct tape *tape, struct event *event)
{
    event->sequence = ++tape->sequence;
    event->stored_ns = (int64_t)tape->sequence * NS_PER_SECOND;
    halt_trail_fold(&tape->trail, tape->book, event, order_book_fold(tape->book, event));
}

/* An order that works. */
static void put_working(struct tape *tape, const char *order_id, const char *account)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    struct order_request terms = event.request;
    text_copy(terms.order_id, sizeof terms.order_id, order_id);
    text_copy(terms.account, sizeof terms.account, account);
    text_copy(terms.symbol, sizeof terms.symbol, "AAPL");
    text_copy(terms.exchange, sizeof terms.exchange, "NYSE");
    terms.type = ORDER_LIMIT;
    terms.quantity = 10 * QUANTITY_ONE;
    terms.limit_price = 100 * PRICE_ONE;
    event.request = terms;
    put(tape, &event);
    event = event_empty(EVENT_ORDER_VALIDATED);
    event.decision.order = terms;
    put(tape, &event);
    event = event_empty(EVENT_ORDER_ACCEPTED);
    text_copy(event.acknowledgement.order_id, sizeof event.acknowledgement.order_id, order_id);
    put(tape, &event);
}

static void put_cancelled(struct tape *tape, const char *order_id)
{
    struct event event = event_empty(EVENT_ORDER_CANCELLED);
    text_copy(event.cancellation.order_id, sizeof event.cancellation.order_id, order_id);
    put(tape, &event);
}

static void put_filled(struct tape *tape, const char *order_id)
{
    struct event event = event_empty(EVENT_ORDER_EXECUTED);
    text_copy(event.execution.order_id, sizeof event.execution.order_id, order_id);
    snprintf(event.execution.execution_id, sizeof event.execution.execution_id, "%s-1", order_id);
    event.execution.quantity = event.execution.cumulative_quantity = 10 * QUANTITY_ONE;
    event.execution.leaves_quantity = 0;
    event.execution.filled = true;
    text_copy(event.execution.account, sizeof event.execution.account, "SIM-1");
    text_copy(event.execution.symbol, sizeof event.execution.symbol, "AAPL");
    text_copy(event.execution.exchange, sizeof event.execution.exchange, "NYSE");
    event.execution.price = 100 * PRICE_ONE;
    put(tape, &event);
}

static void put_state(struct tape *tape, enum trading_state state, const char *scope, const char *request_id,
                      enum state_step step, const char *of, const char *note)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    event.state.state = state;
    event.state.step = step;
    text_copy(event.state.scope, sizeof event.state.scope, scope);
    text_copy(event.state.request_id, sizeof event.state.request_id, request_id);
    text_copy(event.state.of, sizeof event.state.of, of);
    text_copy(event.state.note, sizeof event.state.note, note);
    event.state.orders_seq = of[0] == '\0' ? 0 : tape->sequence;
    put(tape, &event);
}

static void test_halt_trail(void **state)
{
    struct tape tape = {.book = order_book_create()};
    (void)state;
    put_working(&tape, "a", "SIM-1");
    put_working(&tape, "b", "SIM-1");
    put_working(&tape, "c", "DESK-2");
    assert_int_equal(tape.trail.sequence, 0);
    put_state(&tape, TRADING_HALTED, "SIM-1", "halt-1234", STEP_NONE, "", "");
    assert_int_equal(tape.trail.sequence, 10);
    assert_int_equal(tape.trail.worked, 2); /* not the other account's */
    put_cancelled(&tape, "a");
    put_cancelled(&tape, "c");
    assert_int_equal(tape.trail.ended, 1);
    assert_int_equal(halt_trail_working(&tape.trail, tape.book), 1);
    put_filled(&tape, "b"); /* it was faster than the cancel */
    assert_int_equal(tape.trail.ended, 2);
    assert_int_equal(tape.trail.cancelled, 1);
    assert_int_equal(tape.trail.ended_sequence, 13);
    assert_int_equal(halt_trail_working(&tape.trail, tape.book), 0);
    assert_null(halt_trail_step(&tape.trail, STEP_STOPPED)); /* that is for the order checks to say */
    put_state(&tape, TRADING_HALTED, "SIM-1", "step-0001", STEP_STOPPED, "another-1", "not of this halt");
    assert_null(halt_trail_step(&tape.trail, STEP_STOPPED));
    put_state(&tape, TRADING_HALTED, "SIM-1", "step-0002", STEP_STOPPED, "halt-1234", "halted, 0 working orders");
    const struct halt_step *proof = halt_trail_step(&tape.trail, STEP_STOPPED);
    assert_non_null(proof);
    assert_int_equal(proof->orders_seq, 14);
    assert_int_equal(proof->sequence, 15);
    assert_string_equal(proof->note, "halted, 0 working orders");
    put_state(&tape, TRADING_ACTIVE, "DESK-2", "resume-01", STEP_NONE, "", "");
    assert_false(tape.trail.is_over);
    put_state(&tape, TRADING_ACTIVE, "SIM-1", "resume-02", STEP_NONE, "", "");
    assert_true(tape.trail.is_over);
    order_book_destroy(tape.book);
}

/* A flatten waits, more than once, and goes on; a request that stands twice counts once. */
static void test_flatten_trail(void **state)
{
    struct tape tape = {.book = order_book_create()};
    (void)state;
    put_state(&tape, TRADING_HALTED, "*", "flat-1234", STEP_FLATTEN, "", "");
    put_state(&tape, TRADING_REDUCING, "*", "step-0001", STEP_CLOSING, "flat-1234",
              "0 working orders; 1 position to close");
    put_state(&tape, TRADING_REDUCING, "*", "step-0002", STEP_WAITING, "flat-1234", "AAPL in SIM-1: there is no quote");
    put_state(&tape, TRADING_REDUCING, "*", "step-0003", STEP_WAITING, "flat-1234",
              "AAPL in SIM-1: the quote is stale");
    put_state(&tape, TRADING_HALTED, "*", "flat-1234", STEP_FLATTEN, "", "");
    assert_int_equal(tape.trail.step_count, 2);
    assert_string_equal(halt_trail_step(&tape.trail, STEP_WAITING)->note, "AAPL in SIM-1: the quote is stale");
    put_state(&tape, TRADING_REDUCING, "*", "step-0004", STEP_FLAT, "flat-1234", "no position is left");
    assert_int_equal(halt_trail_step(&tape.trail, STEP_FLAT)->sequence, 6);
    order_book_destroy(tape.book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_history_keeps_all),
        cmocka_unit_test(test_history_between),
        cmocka_unit_test(test_history_far_apart),
        cmocka_unit_test(test_halt_trail),
        cmocka_unit_test(test_flatten_trail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
