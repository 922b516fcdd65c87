/* The rules about accounts: exposure, losses, sessions, marks. Quotes and positions in, exposures and alerts out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "risk_world.h"

static void test_gross_exposure(void **state)
{
    (void)state;
    world_quote("AAPL", 100, 100);
    world.config.locked_crossed = false;
    risk_destroy(world.risk);
    world_start();
    world_stream("AAPL", 100, 100, NS_PER_SECOND);
    world_hold("AAPL", 7999, 100, 0, 0);
    world_stream("AAPL", 100, 100, 2 * NS_PER_SECOND);
    EXPECT_NOTHING();
    world_hold("AAPL", -8000, 100, 0, 0);
    world_stream("AAPL", 100, 100, NS_PER_SECOND);
    EXPECT("gross_exposure SIM-1 warning raised 1");
    assert_string_equal(world_last_alert()->message, "SIM-1 gross exposure 800,000 above 800,000 (warning)");
    assert_string_equal(world_last_alert()->account, "SIM-1");
    world_stream("AAPL", 125, 125, 2 * NS_PER_SECOND);
    EXPECT("gross_exposure SIM-1 critical raised 2", "daily_loss SIM-1 critical raised 1");
    world_assert_money(world_last_exposure()->gross, 1000000);
    world_assert_money(world_last_exposure()->net, -1000000);
    world_assert_money(world_last_exposure()->gross_limit, 1000000);
    world_hold("AAPL", -7300, 100, 0, 0);
    world_stream("AAPL", 100, 100, 10 * NS_PER_SECOND);
    EXPECT("gross_exposure SIM-1 warning raised 3", "daily_loss SIM-1 critical cleared 2");
    world_hold("AAPL", 7100, 100, 0, 0);
    world_stream("AAPL", 100, 100, 10 * NS_PER_SECOND);
    EXPECT("gross_exposure SIM-1 warning cleared 4");
}

static void change_limit(const char *key, const char *value, int64_t age_ns)
{
    struct event event = event_empty(EVENT_LIMITS);
    text_copy(event.limits.section, sizeof event.limits.section, "risk");
    text_copy(event.limits.key, sizeof event.limits.key, key);
    text_copy(event.limits.value, sizeof event.limits.value, value);
    risk_fold(world.risk, &event, age_ns, world.wall_ns, world.monotonic_ns);
}

static void test_a_limit_changes(void **state)
{
    (void)state;
    world_stream("AAPL", 100, 100.02, NS_PER_SECOND);
    world_hold("AAPL", 5000, 100.01, 0, 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
    EXPECT_NOTHING();
    change_limit("gross_exposure", "400000", 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
    EXPECT("gross_exposure SIM-1 critical raised 1");
    world_assert_money(world_last_exposure()->gross_limit, 400000);
    /* What stood on the tape before, what is read at the start only, and what is wrong. */
    change_limit("gross_exposure", "9000000", 1);
    change_limit("gross_exposure", "off", 0);
    change_limit("starting_cash", "1", 0);
    change_limit("gross_exposure", "much", 0);
    world_stream("AAPL", 100, 100.02, 8 * NS_PER_SECOND);
    EXPECT_NOTHING();
    change_limit("gross_exposure", "9000000", 0);
    world_stream("AAPL", 100, 100.02, 8 * NS_PER_SECOND);
    EXPECT("gross_exposure SIM-1 critical cleared 2");
}

static void test_net_exposure(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(risk_config_set(&world.config, "net_exposure", "1000", &error), 0);
    assert_int_equal(risk_config_set(&world.config, "gross_exposure", "off", &error), 0);
    risk_destroy(world.risk);
    world_start();
    world_stream("AAPL", 100, 100.02, NS_PER_SECOND);
    world_stream("MSFT", 100, 100.02, NS_PER_SECOND);
    world_hold("AAPL", 100, 100.01, 0, 0);
    world_hold("MSFT", -100, 100.01, 0, 0);
    world_pass(2 * NS_PER_SECOND);
    EXPECT_NOTHING();
    world_hold("MSFT", -150, 100.01, 0, 0);
    world_stream("MSFT", 100, 100.02, NS_PER_SECOND);
    EXPECT("net_exposure SIM-1 critical raised 1");
    assert_true(world_last_exposure()->gross_limit == MONEY_NONE);
}

static void test_net_exposure_levels(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(risk_config_set(&world.config, "net_exposure", "1000", &error), 0);
    risk_destroy(world.risk);
    world_start();
    world_stream("AAPL", 100, 100.02, NS_PER_SECOND);
    world_hold("AAPL", 8, 100.01, 0, 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
    EXPECT("net_exposure SIM-1 warning raised 1"); /* 800.08 of 800 */
    world_hold("AAPL", -10, 100.01, 0, 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
    EXPECT("net_exposure SIM-1 critical raised 2");
    world_hold("AAPL", -7, 100.01, 0, 0); /* below nine tenths of the warning */
    world_stream("AAPL", 100, 100.02, 6 * NS_PER_SECOND);
    EXPECT("net_exposure SIM-1 critical cleared 3");
}

static void large(void)
{
    world_hold("AAPL", 9000, 100, 0, 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
}

static void small(void)
{
    world_hold("AAPL", 100, 100, 0, 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
}

static void short_of_much(void)
{
    world_hold("AAPL", -1700, 100, 0, 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
}

static void lost(void)
{
    world_hold("AAPL", 100, 100, -8500, 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
}

static void test_accounts_flap(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(risk_config_set(&world.config, "net_exposure", "200000", &error), 0);
    world_stream("AAPL", 100, 100.02, NS_PER_SECOND);
    world_flap(large, small, "gross_exposure SIM-1 warning");
    world_flap(lost, small, "daily_loss SIM-1 warning");
    risk_destroy(world.risk);
    world_start(); /* with a limit of net exposure */
    world_stream("AAPL", 100, 100.02, NS_PER_SECOND);
    world_flap(short_of_much, small, "net_exposure SIM-1 warning");
}

/* What cannot be converted counts one to one, and somebody is told; a rate on the tape ends that. */
static void test_currency_without_a_rate(void **state)
{
    (void)state;
    struct error error;
    struct instrument pair = *instruments_find(&world.instruments, "NYSE", "AAPL");
    text_copy(pair.symbol, sizeof pair.symbol, "EUR-USD");
    pair.kind = INSTRUMENT_FX;
    assert_int_equal(instruments_put(&world.instruments, &pair, &error), 0);
    risk_destroy(world.risk);
    world_start();
    world_currency("EUR");
    world_hold("AAPL", 100, 100, 0, 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
    EXPECT("no_rate SIM-1 warning raised 1");
    assert_string_equal(world_last_alert()->message, "SIM-1 holds a currency without a rate: it counts one to one");
    world_assert_money(world_last_exposure()->gross, 10001);
    assert_true(world_last_exposure()->stale);
    for (int i = 0; i < 10; i++) {
        world_quote("EUR-USD", 1.25, 1.25 + 0.01);
        world_quote("EUR-USD", 1.24, 1.26);
        world_stream("AAPL", 100, 100.02, NS_PER_SECOND);
    }
    EXPECT("no_rate SIM-1 warning cleared 2");
    world_assert_money(world_last_exposure()->gross, 12501.25);
    assert_false(world_last_exposure()->stale);
}

/* Losses are counted as if traded out, what is shown at mid. */
static void test_daily_loss(void **state)
{
    (void)state;
    world_stream("AAPL", 100, 100.2, NS_PER_SECOND);
    world_hold("AAPL", 1000, 108, 0, 0);
    world_stream("AAPL", 100.01, 100.21, NS_PER_SECOND); /* 7,990 when sold at the bid */
    EXPECT_NOTHING();
    world_stream("AAPL", 100, 100.2, 2 * NS_PER_SECOND);
    EXPECT("daily_loss SIM-1 warning raised 1");
    assert_string_equal(world_last_alert()->message, "SIM-1 daily loss 8,000 above 8,000 (warning)");
    const struct exposure *exposure = world_last_exposure();
    world_assert_money(exposure->unrealized_pnl, -7900);
    world_assert_money(exposure->equity, 992100);
    world_assert_money(exposure->day_pnl, -7900);
    world_assert_money(exposure->daily_loss_limit, 10000);
    assert_string_equal(exposure->currency, "USD");
    world_hold("AAPL", 1000, 108, -1990, 10);
    world_stream("AAPL", 100, 100.2, 2 * NS_PER_SECOND);
    EXPECT("daily_loss SIM-1 critical raised 2");
    world_assert_money(world_last_exposure()->equity, 990100);
    world_hold("AAPL", 1000, 108, 2000, 10);
    world_stream("AAPL", 100, 100.2, 6 * NS_PER_SECOND);
    EXPECT("daily_loss SIM-1 critical cleared 3");
}

/* At midnight a new session starts, on the tape too, and what was lost before it is no loss of today. */
static void test_sessions(void **state)
{
    (void)state;
    world_stream("AAPL", 100, 100.02, NS_PER_SECOND);
    world_hold("AAPL", 1000, 109.01, 0, 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
    EXPECT("daily_loss SIM-1 warning raised 1");
    world_assert_money(world_last_exposure()->day_pnl, -9000);
    size_t before = world.count;
    world.wall_ns += 14 * 3600 * NS_PER_SECOND;
    world_stream("AAPL", 100, 100.02, 6 * NS_PER_SECOND);
    EXPECT("daily_loss SIM-1 warning cleared 2");
    world_assert_money(world_last_exposure()->day_pnl, 0);
    world_assert_money(world_last_exposure()->unrealized_pnl, -9000);
    assert_int_equal(world.count - before, 2); /* one exposure, one alert */
    /* A restart knows what the session started with. */
    world_stream("AAPL", 99, 99.02, 2 * NS_PER_SECOND);
    world_assert_money(world_last_exposure()->day_pnl, -1000);
    risk_destroy(world.risk);
    world_start();
    world.orders_seq = 0;
    world_hold("AAPL", 1000, 109.01, 0, 0);
    world_stream("AAPL", 98, 98.02, 2 * NS_PER_SECOND);
    world_assert_money(world_last_exposure()->day_pnl, -2000);
    /* A clock that is set back starts no session, and none again when it is put right. */
    world.wall_ns -= 24 * 3600 * NS_PER_SECOND;
    world_stream("AAPL", 97, 97.02, 2 * NS_PER_SECOND);
    world_assert_money(world_last_exposure()->day_pnl, -3000);
    world.wall_ns += 24 * 3600 * NS_PER_SECOND;
    world_stream("AAPL", 96, 96.02, 2 * NS_PER_SECOND);
    world_assert_money(world_last_exposure()->day_pnl, -4000);
    EXPECT_NOTHING();
}

static void test_exposure_once_a_second_when_changed(void **state)
{
    (void)state;
    world_stream("AAPL", 100, 100.02, NS_PER_SECOND);
    world_hold("AAPL", 10, 100, 0, 0);
    world_stream("AAPL", 100, 100.02, 2 * NS_PER_SECOND);
    size_t before = world.count;
    world_stream("AAPL", 100, 100.02, 10 * NS_PER_SECOND);
    assert_int_equal(world.count, before);
    for (int i = 0; i < 40; i++)
        world_stream("AAPL", 100 + i % 7, 100.02 + i % 7, WORLD_TICK_NS);
    assert_in_range(world.count - before, 9, 10);
    int64_t last_ns = 0;
    for (size_t i = before; i < world.count; i++) {
        assert_true(world.tape[i].exposure.timestamp_ns - last_ns >= NS_PER_SECOND);
        last_ns = world.tape[i].exposure.timestamp_ns;
    }
}

/* Fresh: mid. Old: the last trade, and said to be stale. No quote at all: the last fill. */
static void test_marks(void **state)
{
    (void)state;
    world_hold("AAPL", 10, 100, 0, 0);
    world_hold("TSLA", -10, 50, 0, 0); /* its quotes come from another exchange than its primary one */
    world_pass(NS_PER_SECOND);
    world_assert_money(world_last_exposure()->gross, 1500);
    assert_true(world_last_exposure()->stale);
    struct event event = world_quote_event("AAPL", 100, 102);
    event.quote.last = world_price(100.5);
    world_fold_quote(&event, 0);
    world_quote("TSLA", 51, 53);
    world_pass(NS_PER_SECOND);
    world_assert_money(world_last_exposure()->gross, 1530);
    world_assert_money(world_last_exposure()->net, 490);
    world_assert_money(world_last_exposure()->unrealized_pnl, -10);
    assert_false(world_last_exposure()->stale);
    world_pass(6 * NS_PER_SECOND);
    world_assert_money(world_last_exposure()->gross, 1525);
    assert_true(world_last_exposure()->stale);
}

/* Sums that do not fit stay at the largest, and the limits see them. */
static void test_huge_positions(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct event event = event_empty(EVENT_POSITION);
        text_copy(event.position.account, sizeof event.position.account, "SIM-1");
        snprintf(event.position.symbol, sizeof event.position.symbol, "HUGE%d", i);
        text_copy(event.position.currency, sizeof event.position.currency, "USD");
        event.position.quantity = i % 2 == 0 ? INT64_MAX : -INT64_MAX;
        event.position.cost = -money_of(INT64_MAX, event.position.quantity);
        event.position.last_price = INT64_MAX;
        event.position.epoch = event.position.orders_seq = 1;
        risk_fold(world.risk, &event, 0, world.wall_ns, world.monotonic_ns);
    }
    world_pass(NS_PER_SECOND);
    EXPECT("gross_exposure SIM-1 critical raised 1");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_gross_exposure),
        TEST(test_a_limit_changes),
        TEST(test_net_exposure),
        TEST(test_net_exposure_levels),
        TEST(test_accounts_flap),
        TEST(test_currency_without_a_rate),
        TEST(test_daily_loss),
        TEST(test_sessions),
        TEST(test_exposure_once_a_second_when_changed),
        TEST(test_marks),
        TEST(test_huge_positions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
