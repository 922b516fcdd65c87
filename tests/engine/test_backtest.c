/* All rules on a tape in memory: what follows from what, in order and at the right time; the same bytes twice; and,
 * however late each rule reads and however often it is started again, orders and positions that agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/subject.h"
#include "core/timestamp.h"
#include "engine/backtest.h"
#include "engine/backtest_report.h"
#include "script.h"

enum { LOG_SIZE = 1 << 20, READINGS_LEFT_OUT = 1 };

struct world {
    struct backtest *backtest;
    struct backtest_report *report;
    struct positions *positions; /* folded from the fills that were seen */
    struct instruments instruments;
    struct script script;
    char *log; /* what was seen: a line for each event */
    size_t length;
    bool drains;    /* everything is read; else now and then nothing is */
    uint64_t state; /* of the schedule and the script */
    uint64_t decisions, orders;
};

static uint64_t random_below(struct world *world, uint64_t limit)
{
    world->state = world->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (world->state >> 33) % limit;
}

static size_t choose(void *context, size_t count)
{
    struct world *world = context;
    size_t chosen = random_below(world, count + READINGS_LEFT_OUT);
    return world->drains ? chosen % count : chosen;
}

static void observe(void *context, const struct event *event)
{
    struct world *world = context;
    char text[SCRIPT_TEXT_SIZE], payload[EVENT_PAYLOAD_SIZE];
    script_text(text, sizeof text, event);
    backtest_report_fold(world->report, event);
    positions_fold(world->positions, event);
    world->decisions += event->kind == EVENT_ORDER_VALIDATED || event->kind == EVENT_ORDER_REJECTED;
    world->orders += event->kind == EVENT_ORDER_NEW;
    event_encode(event, payload, sizeof payload); /* asserts that it fits */
    size_t room = LOG_SIZE - world->length;
    int written = snprintf(world->log + world->length, room, "%s\n", text);
    assert_true(written > 0 && (size_t)written < room);
    world->length += (size_t)written;
}

static void open_world(struct world *world, bool at_random, uint64_t seed)
{
    struct checks_config checks;
    struct exchange_config exchange;
    struct risk_config risk;
    struct error error = {0};
    *world = (struct world){.state = seed, .log = calloc(1, LOG_SIZE), .drains = !at_random};
    assert_non_null(world->log);
    script_init(&world->script);
    checks_config_init(&checks);
    assert_int_equal(checks_config_set(&checks, "repeated_fills", "off", &error), 0);
    assert_int_equal(checks_config_set(&checks, "rate_limit", "off", &error), 0);
    assert_int_equal(checks_config_set(&checks, "duplicate", "off", &error), 0);
    exchange_config_init(&exchange);
    risk_config_init(&risk);
    snprintf(risk.account, sizeof risk.account, "SIM-1");
    assert_int_equal(instruments_init_builtin(&world->instruments, &error), 0);
    world->report = backtest_report_create(&world->instruments, &risk);
    world->positions = positions_create(&world->instruments, POSITION_AVERAGE_COST);
    struct backtest_options options = {
        .instruments = &world->instruments,
        .checks = &checks,
        .exchange = &exchange,
        .risk = &risk,
        .start_ns = world->script.wall_ns,
        .observe = observe,
        .choose = at_random ? choose : NULL,
        .context = world,
    };
    world->backtest = backtest_create(&options);
}

static void close_world(struct world *world)
{
    backtest_destroy(world->backtest);
    backtest_report_destroy(world->report);
    positions_destroy(world->positions);
    instruments_free(&world->instruments);
    free(world->log);
}

static void say(struct world *world, const char *line)
{
    struct event event = script_event(&world->script, line);
    if (event.kind == EVENT_ORDER_CANCEL || event.kind == EVENT_ORDER_REPLACE) {
        char id[ID_SIZE];
        snprintf(id, sizeof id, "REQUEST-%.50s", event.change.request_id);
        snprintf(event.change.request_id, sizeof event.change.request_id, "%s", id);
    }
    backtest_publish(world->backtest, &event);
    backtest_settle(world->backtest);
}

static void wait_ns(struct world *world, int64_t ns)
{
    script_wait(&world->script, ns);
    backtest_advance(world->backtest, world->script.wall_ns);
}

/* What was seen since the last call, but for exposures, is this. */
static void expect(struct world *world, const char *expected)
{
    char *seen = calloc(1, LOG_SIZE);
    assert_non_null(seen);
    for (const char *at = world->log; *at != '\0'; at += strcspn(at, "\n") + 1) {
        if (strncmp(at, "exposure", 8) != 0)
            strncat(seen, at, strcspn(at, "\n") + 1);
    }
    assert_string_equal(seen, expected);
    free(seen);
    world->length = 0;
    world->log[0] = '\0';
}

static void an_order_goes_all_the_way(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, false, 1);
    say(&world, "quote AAPL 189.00 x 100 / 189.02 x 50");
    expect(&world, "quote\n");
    say(&world, "new A buy 60 AAPL");
    expect(&world, "new A buy 60 AAPL SIM-1\n"
                   "validated A\n"
                   "accepted A\n"
                   "executed A-1 buy 50 @ 189.02 leaves 10 taker\n"
                   "position\n");
    say(&world, "quote AAPL 189.00 x 100 / 189.03 x 50");
    expect(&world, "quote\n"
                   "executed A-2 buy 10 @ 189.03 leaves 0 taker\n"
                   "position\n");
    say(&world, "new B sell 60 AAPL limit 189.50");
    say(&world, "replace B R1 limit 189.40");
    say(&world, "cancel B R2");
    expect(&world, "new B sell 60 AAPL SIM-1\n"
                   "validated B\n"
                   "accepted B queue 50\n"
                   "replace request\n"
                   "replace_validated B REQUEST-R1\n"
                   "replaced B REQUEST-R1 quantity 60 limit 189.4\n"
                   "cancel B REQUEST-R2\n"
                   "cancelled B requested REQUEST-R2\n");
    say(&world, "new C buy 10 AAPL limit 150");
    expect(&world, "new C buy 10 AAPL SIM-1\nrejected C PRICE_COLLAR\n");
    assert_int_equal(positions_find(backtest_positions(world.backtest), "SIM-1", "AAPL")->quantity, 60 * QUANTITY_ONE);
    close_world(&world);
}

/* Time passes for the rules too: a quote grows stale, and says so once. */
static void time_passes_between_events(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, false, 1);
    for (int i = 0; i < 5; i++) /* an instrument with fewer is not expected to go on */
        say(&world, "quote AAPL 189.00 x 100 / 189.02 x 50");
    wait_ns(&world, 4 * NS_PER_SECOND);
    expect(&world, "quote\nquote\nquote\nquote\nquote\n");
    wait_ns(&world, 4 * NS_PER_SECOND);
    expect(&world, "alert\n");
    assert_int_equal(backtest_now_ns(world.backtest), world.script.wall_ns);
    /* A year of silence is not a hundred million ticks. */
    wait_ns(&world, 365 * NS_PER_DAY);
    expect(&world, "alert\n");
    say(&world, "new A buy 10 AAPL");
    expect(&world, "new A buy 10 AAPL SIM-1\nrejected A NO_REFERENCE\n");
    backtest_advance(world.backtest, 0);
    assert_int_equal(backtest_now_ns(world.backtest), world.script.wall_ns);
    wait_ns(&world, INT64_MAX - world.script.wall_ns);
    close_world(&world);
}

/* One random thing that a market or a trader does. */
static void act(struct world *world, int number)
{
    static const char *const words[] = {"", " gtc", " ioc", " fok", " post_only"};
    char line[160];
    uint64_t what = random_below(world, 10), of = random_below(world, SCRIPT_ORDERS_MAX);
    int64_t cents = 18900 + (int64_t)random_below(world, 41) - 20;
    int size = 10 * (1 + (int)random_below(world, 9));
    const char *side = random_below(world, 2) == 0 ? "buy" : "sell";
    if (what >= 4) {
        snprintf(line, sizeof line, "quote AAPL %lld.%02lld x %d / %lld.%02lld x %d last %lld.%02lld x %d %s",
                 (long long)cents / 100, (long long)cents % 100, size, (long long)(cents + 2) / 100,
                 (long long)(cents + 2) % 100, 110 - size, (long long)cents / 100, (long long)cents % 100, size, side);
    } else if (world->script.order_count == 0 || (what >= 2 && world->script.order_count < SCRIPT_ORDERS_MAX - 1)) {
        uint64_t kind = random_below(world, 6);
        int at = snprintf(line, sizeof line, "new O%d %s %d AAPL", number, side, size);
        if (kind < 5)
            snprintf(line + at, sizeof line - (size_t)at, " limit %lld.%02lld%s", (long long)cents / 100,
                     (long long)cents % 100, words[kind]);
    } else if (what == 1) {
        const char *id = world->script.orders[of % world->script.order_count].order_id;
        snprintf(line, sizeof line, "replace %s R%d quantity %d", id, number, size);
    } else {
        const char *id = world->script.orders[of % world->script.order_count].order_id;
        snprintf(line, sizeof line, "cancel %s C%d", id, number);
    }
    say(world, line);
    if (random_below(world, 50) == 0) {
        snprintf(line, sizeof line, "state %s * S%d", random_below(world, 3) == 0 ? "halted" : "active", number);
        say(world, line);
    }
    wait_ns(world, (int64_t)random_below(world, 300) * NS_PER_MS);
}

static void the_same_input_gives_the_same_tape(void **state)
{
    (void)state;
    struct world one, other;
    open_world(&one, false, 42);
    open_world(&other, false, 42);
    for (int i = 0; i < 2000; i++) {
        act(&one, i);
        act(&other, i);
    }
    assert_int_equal(one.length, other.length);
    assert_memory_equal(one.log, other.log, one.length);
    assert_true(backtest_counts(one.backtest).stored[EVENT_ORDER_EXECUTED] > 10);
    close_world(&one);
    close_world(&other);
}

static void check_order(const struct order *order)
{
    if (order->state == ORDER_INITIALIZED || order->state == ORDER_SUBMITTED)
        fail_msg("%s has no answer", order->terms.order_id);
    assert_true(order->cumulative_quantity <= order->terms.quantity || order->state == ORDER_FILLED);
    assert_false(order->cancel_pending || order->replace_pending);
}

/* After all is read there are no two truths, whatever the order in which it was read. */
static void check_agreement(struct world *world)
{
    const struct order_book *book = backtest_book(world->backtest);
    struct order_counts counts = order_book_counts(book);
    assert_int_equal(counts.gaps + counts.overfills + counts.unknown, 0);
    assert_int_equal(world->decisions, world->orders);
    assert_int_equal(order_book_count(book), world->orders);
    for (const struct order *order = order_book_newest(book); order != NULL; order = order->older)
        check_order(order);
    const struct positions *positions = backtest_positions(world->backtest);
    assert_int_equal(positions_count(positions), positions_count(world->positions));
    const struct position_table *published = backtest_report_positions(world->report);
    for (size_t i = 0; i < positions_count(positions); i++) {
        const struct position *position = positions_at(positions, i), *own = positions_at(world->positions, i);
        const struct position_event *event = position_table_find(published, position->account, position->symbol);
        assert_int_equal(position->quantity, own->quantity);
        assert_true(position->cash == own->cash && position->fees == own->fees);
        assert_int_equal(event->quantity, position->quantity);
        assert_true(event->realized_pnl == position_realized(position));
    }
}

static void fail_open(const struct order *order, void *context)
{
    (void)context;
    fail_msg("%s is open behind a halt", order->terms.order_id);
}

static void simulate(int restarts_in_1000)
{
    uint64_t fills = 0;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct world world;
        open_world(&world, true, seed);
        for (int i = 0; i < 200; i++) {
            act(&world, i);
            if (random_below(&world, 1000) < (uint64_t)restarts_in_1000)
                backtest_restart(world.backtest, (enum backtest_rule)random_below(&world, BACKTEST_RULES));
        }
        world.drains = true;
        for (int i = 0; i < 8; i++) { /* what came to nothing is tried again on a tick */
            say(&world, "quote AAPL 189.00 x 100 / 189.02 x 50");
            wait_ns(&world, 300 * NS_PER_MS);
        }
        check_agreement(&world);
        /* An exchange that has not read the halt yet may accept behind it; it cancels what it has accepted. */
        say(&world, "state halted * LAST");
        order_book_each_open(backtest_book(world.backtest), fail_open, NULL);
        fills += backtest_counts(world.backtest).stored[EVENT_ORDER_EXECUTED];
        close_world(&world);
    }
    assert_true(fills > 1000);
}

static void rules_agree_however_late_they_read(void **state)
{
    (void)state;
    simulate(0);
}

static void rules_agree_when_they_are_started_again(void **state)
{
    (void)state;
    simulate(100);
}

static int128 money(const char *text)
{
    int128 value;
    assert_true(money_parse(text, strlen(text), &value));
    return value;
}

static void the_report_adds_up(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, false, 1);
    say(&world, "quote AAPL 100.00 x 100 / 100.02 x 100");
    say(&world, "new A buy 10 AAPL"); /* 10 at 100.02, fee 0.05001 */
    wait_ns(&world, NS_PER_SECOND);
    say(&world, "quote AAPL 101.00 x 100 / 101.02 x 100"); /* worth 9.9 more */
    wait_ns(&world, NS_PER_SECOND);
    say(&world, "quote AAPL 99.00 x 100 / 99.02 x 100"); /* 20 less */
    int64_t deepest_ns = world.script.wall_ns;
    wait_ns(&world, NS_PER_SECOND);
    say(&world, "new B sell 4 AAPL"); /* 4 at 99, fee 0.0198 */
    wait_ns(&world, NS_PER_SECOND);
    say(&world, "quote AAPL 100.00 x 100 / 100.02 x 100");
    say(&world, "new C buy 1 AAPL limit 50");
    struct backtest_totals totals = backtest_report_totals(world.report);
    assert_int_equal(totals.quotes, 4);
    assert_int_equal(totals.orders, 3);
    assert_int_equal(totals.orders_by_state[ORDER_FILLED], 2);
    assert_int_equal(totals.orders_by_state[ORDER_DENIED], 1);
    assert_int_equal(totals.fills, 2);
    assert_true(totals.turnover == money("1396.2"));
    assert_true(totals.fees == money("0.06981"));
    assert_true(totals.realized == money("-4.08"));
    assert_true(totals.unrealized == money("-0.06"));
    assert_true(totals.equity == money("999995.79019"));
    assert_true(totals.peak == money("1000009.84999"));
    assert_true(totals.drawdown == money("20.0598")); /* 20 at 99.01, then the spread and the fee of selling */
    assert_true(totals.drawdown_ns > deepest_ns);

    struct equity_point points[EQUITY_POINTS_MAX];
    size_t count = backtest_report_curve(world.report, points);
    assert_true(count >= 4);
    assert_true(points[0].equity == money("1000000") && points[0].drawdown == 0);
    assert_true(points[count - 1].equity == totals.equity);
    for (size_t i = 1; i < count; i++)
        assert_true(points[i].time_ns >= points[i - 1].time_ns);
    close_world(&world);
}

/* Sums are in the base currency: half a bitcoin paid in tethers. */
static void other_currencies_are_converted(void **state)
{
    (void)state;
    struct instruments instruments;
    struct risk_config risk;
    struct error error;
    assert_int_equal(instruments_init_builtin(&instruments, NULL), 0);
    risk_config_init(&risk);
    assert_int_equal(rates_config_set(&risk.rates, "USDT", "0.5", &error), 0);
    struct backtest_report *report = backtest_report_create(&instruments, &risk);
    struct event fill = event_empty(EVENT_ORDER_EXECUTED), position = event_empty(EVENT_POSITION);
    snprintf(fill.execution.symbol, sizeof fill.execution.symbol, "BTCUSDT");
    snprintf(fill.execution.exchange, sizeof fill.execution.exchange, "BINANCE");
    fill.execution.quantity = QUANTITY_ONE / 2;
    fill.execution.price = 60000 * PRICE_ONE;
    backtest_report_fold(report, &fill);
    snprintf(position.position.account, sizeof position.position.account, "SIM-1");
    snprintf(position.position.symbol, sizeof position.position.symbol, "BTCUSDT");
    snprintf(position.position.currency, sizeof position.position.currency, "USDT");
    position.position.realized_pnl = 100 * MONEY_ONE;
    position.position.fees = 6 * MONEY_ONE;
    position.position.epoch = position.position.orders_seq = 1;
    backtest_report_fold(report, &position);
    struct backtest_totals totals = backtest_report_totals(report);
    assert_true(totals.turnover == 15000 * MONEY_ONE);
    assert_true(totals.realized == 50 * MONEY_ONE && totals.fees == 3 * MONEY_ONE);
    assert_true(totals.equity == risk.starting_cash + 47 * MONEY_ONE);
    backtest_report_destroy(report);
    instruments_free(&instruments);
}

/* However long it is, the curve stays short, goes from end to end and has its points evenly. */
static void a_long_curve_is_thinned_out(void **state)
{
    (void)state;
    struct instruments instruments;
    assert_int_equal(instruments_init_builtin(&instruments, NULL), 0);
    struct risk_config risk;
    risk_config_init(&risk);
    risk.starting_cash = MONEY_ONE;
    struct backtest_report *report = backtest_report_create(&instruments, &risk);
    struct script script;
    struct equity_point points[EQUITY_POINTS_MAX];
    script_init(&script);
    int64_t start_ns = script.wall_ns;
    for (int i = 0; i < 5000; i++) {
        struct event event = script_event(&script, "quote AAPL 100.00 x 100 / 100.02 x 100");
        backtest_report_fold(report, &event);
        script_wait(&script, NS_PER_SECOND);
    }
    size_t count = backtest_report_curve(report, points);
    assert_true(count > EQUITY_POINTS_MAX / 4 && count <= EQUITY_POINTS_MAX);
    assert_int_equal(points[0].time_ns, start_ns);
    assert_int_equal(points[count - 1].time_ns, script.wall_ns - NS_PER_SECOND);
    for (size_t i = 2; i + 1 < count; i++)
        assert_int_equal(points[i].time_ns - points[i - 1].time_ns, points[2].time_ns - points[1].time_ns);
    backtest_report_destroy(report);
    instruments_free(&instruments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_goes_all_the_way),
        cmocka_unit_test(time_passes_between_events),
        cmocka_unit_test(the_same_input_gives_the_same_tape),
        cmocka_unit_test(rules_agree_however_late_they_read),
        cmocka_unit_test(rules_agree_when_they_are_started_again),
        cmocka_unit_test(the_report_adds_up),
        cmocka_unit_test(other_currencies_are_converted),
        cmocka_unit_test(a_long_curve_is_thinned_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
