/* The rules about quotes, the life of an alert, restarts, and the configuration: quotes and time in, alerts out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "engine/rolling_median.h"
#include "risk_world.h"

static void test_stale_quote(void **state)
{
    (void)state;
    world_stream("AAPL", 189, 189.02, 3 * NS_PER_SECOND);
    world_pass(4 * NS_PER_SECOND + 750 * NS_PER_MS);
    EXPECT_NOTHING();
    world_pass(WORLD_TICK_NS);
    EXPECT("stale_quote NYSE.AAPL warning raised 1");
    assert_string_equal(world_last_alert()->message, "AAPL quote is stale for 5.0 s (warning at 5.0 s)");
    assert_string_equal(world_last_alert()->symbol, "AAPL");
    world_assert_money(world_last_alert()->limit, 5);
    assert_int_equal(world_last_alert()->raised_at_ns, world.wall_ns);
    world_pass(24 * NS_PER_SECOND + 750 * NS_PER_MS);
    EXPECT_NOTHING();
    world_pass(WORLD_TICK_NS);
    EXPECT("stale_quote NYSE.AAPL critical raised 2");
    world_pass(600 * NS_PER_SECOND);
    EXPECT_NOTHING(); /* one alert, not a flood */
    world_stream("AAPL", 189, 189.02, 5 * NS_PER_SECOND);
    EXPECT_NOTHING();
    world_stream("AAPL", 189, 189.02, NS_PER_SECOND);
    EXPECT("stale_quote NYSE.AAPL critical cleared 3");
    assert_string_equal(world_last_alert()->message, "AAPL quote is fresh again");
}

/* It comes and goes: one alert that counts, until it has been fresh for the clearing hold. */
static void test_stale_quote_flaps(void **state)
{
    (void)state;
    world_stream("AAPL", 189, 189.02, 30 * NS_PER_SECOND);
    for (int i = 0; i < 4; i++) {
        world_pass(6 * NS_PER_SECOND);
        world_quote("AAPL", 189, 189.02);
    }
    EXPECT("stale_quote NYSE.AAPL warning raised 1");
    assert_int_equal(world_last_alert()->count, 1);
    world_stream("AAPL", 189, 189.02, 6 * NS_PER_SECOND);
    EXPECT("stale_quote NYSE.AAPL warning cleared 2");
    assert_int_equal(world_last_alert()->count, 4);
    world_pass(6 * NS_PER_SECOND);
    EXPECT("stale_quote NYSE.AAPL warning raised 1"); /* another alert */
}

static void test_what_never_moved_is_not_stale(void **state)
{
    (void)state;
    struct event old = world_quote_event("AAPL", 189, 189.02);
    world_fold_quote(&old, 3600 * NS_PER_SECOND);
    world_quote("MSFT", 400, 400.01); /* an idle client */
    world_quote("MSFT", 400, 400.01);
    world_pass(120 * NS_PER_SECOND);
    EXPECT_NOTHING();
}

/* Its updates come every 2 s, so it is late after ten times that. */
static void test_slow_instrument(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        world_pass(2 * NS_PER_SECOND);
        world_quote("GOOG", 141, 141.02);
    }
    world_pass(19 * NS_PER_SECOND + 750 * NS_PER_MS);
    EXPECT_NOTHING();
    world_pass(WORLD_TICK_NS);
    EXPECT("stale_quote NYSE.GOOG warning raised 1");
}

static void test_locked_and_crossed(void **state)
{
    (void)state;
    world_quote("AAPL", 189, 189);
    world_pass(WORLD_TICK_NS);
    world_quote("AAPL", 189, 189.01); /* shorter than the hold */
    world_pass(NS_PER_SECOND);
    EXPECT_NOTHING();
    world_stream("AAPL", 189, 189, NS_PER_SECOND);
    EXPECT("locked_crossed NYSE.AAPL warning raised 1");
    assert_string_equal(world_last_alert()->message, "AAPL is locked: bid equals ask");
    world_stream("AAPL", 189.05, 189, NS_PER_SECOND);
    EXPECT("locked_crossed NYSE.AAPL critical raised 2");
    assert_string_equal(world_last_alert()->message, "AAPL is crossed: bid is 0.05 above ask");
    world_assert_money(world_last_alert()->value, -0.05);
    world_stream("AAPL", 189, 189, 6 * NS_PER_SECOND);
    EXPECT("locked_crossed NYSE.AAPL warning raised 3");
    world_stream("AAPL", 189, 189.01, 6 * NS_PER_SECOND);
    EXPECT("locked_crossed NYSE.AAPL warning cleared 4");
}

static void crossed(void)
{
    world_stream("AAPL", 189.05, 189, 2 * NS_PER_SECOND);
}

static void locked(void)
{
    world_stream("AAPL", 189, 189, 2 * NS_PER_SECOND);
}

static void wide(void)
{
    world_stream("AAPL", 189, 189.6, 2 * NS_PER_SECOND);
}

static void narrow(void)
{
    world_stream("AAPL", 189, 189.1, 2 * NS_PER_SECOND);
}

static void test_quotes_flap(void **state)
{
    (void)state;
    world_stream("AAPL", 189, 189.1, 60 * NS_PER_SECOND);
    world_flap(locked, narrow, "locked_crossed NYSE.AAPL warning");
    world_flap(crossed, narrow, "locked_crossed NYSE.AAPL critical");
    world_flap(wide, narrow, "spread_blowout NYSE.AAPL warning");
}

/* A side that is missing repeats its last price: that is no cross. */
static void test_one_side_only(void **state)
{
    (void)state;
    struct event event = world_quote_event("AAPL", 190, 189);
    event.quote.ask_size = 0;
    world_fold_quote(&event, 0);
    event = world_quote_event("MSFT", 402, 401);
    event.quote.status = QUOTE_AUCTION;
    world_fold_quote(&event, 0);
    world_pass(3 * NS_PER_SECOND);
    EXPECT_NOTHING();
}

static void test_spread_blowout(void **state)
{
    (void)state;
    world_stream("AAPL", 189, 189.1, 40 * NS_PER_SECOND); /* the median is 0.10 */
    world_stream("AAPL", 189, 189.4, 2 * NS_PER_SECOND);
    EXPECT_NOTHING();
    world_stream("AAPL", 189, 189.5, 2 * NS_PER_SECOND);
    EXPECT("spread_blowout NYSE.AAPL warning raised 1");
    assert_string_equal(world_last_alert()->message, "AAPL spread 0.5 is wide (warning at 0.5)");
    world_stream("AAPL", 189, 191, 2 * NS_PER_SECOND);
    EXPECT("spread_blowout NYSE.AAPL critical raised 2");
    world_stream("AAPL", 189, 190.85, 6 * NS_PER_SECOND); /* above nine tenths of the critical level */
    EXPECT_NOTHING();
    world_stream("AAPL", 189, 189.46, 6 * NS_PER_SECOND);
    EXPECT("spread_blowout NYSE.AAPL warning raised 3");
    world_stream("AAPL", 189, 189.1, 6 * NS_PER_SECOND);
    EXPECT("spread_blowout NYSE.AAPL warning cleared 4");
}

/* Five times a spread of a fifth of a tick is one tick: two are the least. */
static void test_spread_in_ticks(void **state)
{
    (void)state;
    world_stream("AAPL", 189, 189.002, 20 * NS_PER_SECOND);
    world_stream("AAPL", 189, 189.019, 3 * NS_PER_SECOND);
    EXPECT_NOTHING();
    world_stream("AAPL", 189, 189.02, 3 * NS_PER_SECOND);
    EXPECT("spread_blowout NYSE.AAPL warning raised 1");
}

/* After a restart what still is true is not raised again, and what is no longer true is cleared. */
static void test_restart(void **state)
{
    (void)state;
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
    world_hold("AAPL", 9000, 100, 0, 0);
    world_stream("MSFT", 401, 400, 2 * NS_PER_SECOND);
    world_stream("GOOG", 141, 140, 2 * NS_PER_SECOND);
    EXPECT("gross_exposure SIM-1 warning raised 1", "locked_crossed NYSE.MSFT critical raised 1",
           "locked_crossed NYSE.GOOG critical raised 1");
    world_pass(7 * NS_PER_SECOND);
    EXPECT("stale_quote NYSE.AAPL warning raised 1", "stale_quote NYSE.MSFT warning raised 1",
           "stale_quote NYSE.GOOG warning raised 1");
    risk_destroy(world.risk);
    world_start();
    world.orders_seq = 0;
    world_hold("AAPL", 9000, 100, 0, 0);
    struct event event = world_quote_event("AAPL", 100, 100.02);
    world_fold_quote(&event, 8 * NS_PER_SECOND);
    event = world_quote_event("MSFT", 401, 400);
    world_fold_quote(&event, 8 * NS_PER_SECOND);
    event = world_quote_event("GOOG", 140, 141);
    world_fold_quote(&event, 0);
    world_stream("GOOG", 140, 141, 4 * NS_PER_SECOND);
    EXPECT_NOTHING();
    world_stream("GOOG", 140, 141, 2 * NS_PER_SECOND);
    EXPECT("locked_crossed NYSE.GOOG critical cleared 2", "stale_quote NYSE.GOOG warning cleared 2");
    world_stream("GOOG", 140, 141, 60 * NS_PER_SECOND);
    EXPECT("stale_quote NYSE.AAPL critical raised 2", "stale_quote NYSE.MSFT critical raised 2");
}

/* An instrument that is gone from the tape, or a rule that was switched off, does not leave its alert for ever. */
static void test_no_longer_watched(void **state)
{
    (void)state;
    world_stream("AAPL", 100, 99, 2 * NS_PER_SECOND);
    EXPECT("locked_crossed NYSE.AAPL critical raised 1");
    risk_destroy(world.risk);
    world_start();
    world_pass(59 * NS_PER_SECOND);
    EXPECT_NOTHING();
    world_pass(2 * NS_PER_SECOND);
    EXPECT("locked_crossed NYSE.AAPL critical cleared 2");
    assert_string_equal(world_last_alert()->message, "AAPL is no longer watched");
}

/* Asked twice before the first answer is on the tape, the rule says the same thing under the same name. */
static void test_same_name_while_in_flight(void **state)
{
    (void)state;
    world_quote("AAPL", 100, 99);
    world.monotonic_ns += NS_PER_SECOND;
    world.wall_ns += NS_PER_SECOND;
    struct proposals once = {0}, twice = {0};
    risk_decide(world.risk, NULL, world.wall_ns, world.monotonic_ns, &once);
    risk_decide(world.risk, NULL, world.wall_ns + 1, world.monotonic_ns + 1, &twice);
    assert_int_equal(once.count, 1);
    assert_int_equal(twice.count, 1);
    assert_string_equal(once.items[0].event.alert.alert_id, twice.items[0].event.alert.alert_id);
    assert_int_equal(twice.items[0].event.alert.version, 1);
    proposals_free(&once);
    proposals_free(&twice);
}

/* Two processes raised the same thing: one alert stays, the other is cleared. Alerts of others are left alone. */
static void test_raised_by_two(void **state)
{
    (void)state;
    world_stream("AAPL", 100, 99, 2 * NS_PER_SECOND);
    EXPECT("locked_crossed NYSE.AAPL critical raised 1");
    const struct event first = world.tape[world.count - 1];
    proposals_add(&world.proposals, EVENT_ALERT, NO_FENCE)->alert = first.alert;
    struct alert *other = &world.proposals.items[0].event.alert;
    text_copy(other->alert_id, sizeof other->alert_id, "locked_crossed:NYSE.AAPL:99");
    struct event *foreign = proposals_add(&world.proposals, EVENT_ALERT, NO_FENCE);
    foreign->alert = first.alert;
    text_copy(foreign->alert.alert_id, sizeof foreign->alert.alert_id, "lag:nats:5");
    text_copy(foreign->alert.rule, sizeof foreign->alert.rule, "lag");
    world_store();
    world_stream("AAPL", 100, 99, NS_PER_SECOND);
    EXPECT("locked_crossed NYSE.AAPL critical raised 1", "lag nats critical raised 1",
           "locked_crossed NYSE.AAPL critical cleared 2");
    assert_string_equal(world_last_alert()->alert_id, first.alert.alert_id);
    world_stream("AAPL", 99, 100, 6 * NS_PER_SECOND);
    EXPECT("locked_crossed NYSE.AAPL critical cleared 2");
    assert_string_equal(world_last_alert()->alert_id, "locked_crossed:NYSE.AAPL:99");
    world_pass(2 * NS_PER_SECOND);
    EXPECT_NOTHING();
}

/* What is critical is told first, and what is told at once stands in front of others' orders for no long time. */
static void test_flood(void **state)
{
    (void)state;
    enum { INSTRUMENTS = 1000 };
    char symbol[16];
    for (int i = 0; i < INSTRUMENTS; i++) {
        snprintf(symbol, sizeof symbol, "S%d", i);
        /* The first 700 are locked, the rest are crossed. */
        struct event event = world_quote_event(symbol, 100, i < 700 ? 100 : 99);
        risk_fold(world.risk, &event, 0, world.wall_ns, world.monotonic_ns);
    }
    world_pass(NS_PER_SECOND / 4);
    size_t told = 0, critical = 0, ticks = 0;
    for (; told < INSTRUMENTS; ticks++) {
        size_t before = told;
        assert_true(ticks < 10);
        world_pass(WORLD_TICK_NS);
        for (; world.read < world.count; world.read++) {
            const struct event *event = &world.tape[world.read];
            told += event->kind == EVENT_ALERT;
            critical += event->kind == EVENT_ALERT && event->alert.severity == SEVERITY_CRITICAL;
        }
        assert_true(told - before <= RISK_ALERTS_MAX);
        if (ticks == 1) /* all of the crossed ones are among the first */
            assert_int_equal(critical, 300);
    }
    assert_int_equal(ticks, INSTRUMENTS / RISK_ALERTS_MAX);
    assert_int_equal(critical, 300);
    world_pass(NS_PER_SECOND);
    EXPECT_NOTHING();
}

static void test_config(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        int result;
    } rows[] = {
        {"starting_cash", "250000.50", 0},
        {"starting_cash", "off", -1},
        {"gross_exposure", "off", 0},
        {"gross_exposure", "5", 0},
        {"gross_exposure", "-5", -1},
        {"gross_exposure", "", -1},
        {"daily_loss", "1e5", -1},
        {"limit_warning", "70%", 0},
        {"limit_warning", "101%", -1},
        {"limit_warning", "0", -1},
        {"clear_level", "95%", 0},
        {"stale_quote", "off", 0},
        {"stale_quote", "2s", 0},
        {"stale_quote", "soon", -1},
        {"stale_gaps", "20", 0},
        {"stale_gaps", "0", -1},
        {"stale_gaps", "2.5", -1},
        {"stale_critical", "1m", 0},
        {"locked_crossed", "off", 0},
        {"locked_crossed", "yes", -1},
        {"spread_warning", "4", 0},
        {"spread_ticks", "1000001", -1},
        {"exposure_period", "1s", 0},
        {"exposure_period", "100ms", -1},
        {"raise_hold", "0", 0},
        {"clear_hold", "10s", 0},
        {"base_currency", "EUR", 0},
        {"base_currency", "EURODOLLAR", -1},
        {"base_currency", "", -1},
        {"no_such_key", "1", -1},
    };
    struct risk_config config;
    risk_config_init(&config);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error error = {0};
        if (risk_config_set(&config, rows[i].key, rows[i].value, &error) != rows[i].result)
            fail_msg("%s = %s: %s", rows[i].key, rows[i].value, error.text);
        if (rows[i].result != 0) {
            assert_int_equal(error.kind, ERROR_USAGE);
            assert_non_null(strstr(error.text, rows[i].key));
        }
    }
    world_assert_money(config.starting_cash, 250000.5);
    world_assert_money(config.gross_limit, 5);
    assert_int_equal(config.stale_warning_ns, 2 * NS_PER_SECOND);
    assert_int_equal(config.spread_warning, 4);
    assert_false(config.locked_crossed);
    assert_string_equal(config.rates.base, "EUR");
}

/* Against the median of a sorted copy. */
static void test_rolling_median(void **state)
{
    (void)state;
    struct rolling_median median = {0};
    assert_int_equal(rolling_median_value(&median), 0);
    int64_t values[500];
    uint64_t random = 12345;
    for (size_t i = 0; i < 500; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        values[i] = (int64_t)(random >> 40) % 50 - 10;
        rolling_median_add(&median, values[i]);
        size_t count = i + 1 < ROLLING_MEDIAN_VALUES ? i + 1 : ROLLING_MEDIAN_VALUES, below = 0, equal = 0;
        int64_t found = rolling_median_value(&median);
        for (size_t j = i + 1 - count; j <= i; j++) {
            below += values[j] < found;
            equal += values[j] == found;
        }
        size_t place = (count - 1) / 2;
        assert_true(below <= place && place < below + equal);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_stale_quote),
        TEST(test_stale_quote_flaps),
        TEST(test_what_never_moved_is_not_stale),
        TEST(test_slow_instrument),
        TEST(test_locked_and_crossed),
        TEST(test_one_side_only),
        TEST(test_spread_blowout),
        TEST(test_spread_in_ticks),
        TEST(test_restart),
        TEST(test_no_longer_watched),
        TEST(test_same_name_while_in_flight),
        TEST(test_raised_by_two),
        TEST(test_quotes_flap),
        TEST(test_flood),
        TEST(test_config),
        TEST(test_rolling_median),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
