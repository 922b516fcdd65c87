/* The rules about shares and moves: concentration, drawdown, value at risk, volatility, spikes; and what all accounts
 * hold together. Quotes and positions in, exposures and alerts out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "engine/settings.h"
#include "risk_world.h"

static int setup(void **state)
{
    world_setup(state);
    world_measures(true);
    world.config.volatility_warning = 2;
    world.config.volatility_critical = 4;
    world.config.spike_warning = 6;
    world.config.spike_critical = 10;
    world.config.gross_limit = MONEY_NONE;
    world.config.daily_loss_limit = MONEY_NONE;
    risk_destroy(world.risk);
    world_start();
    return 0;
}

static void restart(void)
{
    risk_destroy(world.risk);
    world_start();
}

/* Both instruments four times a second, the first at this price. */
static void market(double price, int64_t ns)
{
    for (int64_t passed = 0; passed < ns; passed += WORLD_TICK_NS) {
        world_pass(WORLD_TICK_NS);
        world_quote("AAPL", price, price + 0.02);
        world_quote("MSFT", 200, 200.02);
        world_quote("GOOG", 50, 50.02);
    }
}

static void assert_share(int64_t share, double expected)
{
    assert_int_equal(share, (int64_t)(expected * PRICE_ONE + 0.5));
}

static void test_concentration(void **state)
{
    (void)state;
    market(99.99, NS_PER_SECOND);
    world_hold("AAPL", 999, 100, 0, 0);
    market(99.99, 2 * NS_PER_SECOND);
    EXPECT_NOTHING(); /* all of 99,900 is in it, but that is less than a tenth of the equity */
    assert_share(world_last_exposure()->concentration, 1);
    world_hold("AAPL", 1000, 100, 0, 0);
    world_hold("MSFT", -800, 200.01, 0, 0);
    world_hold("GOOG", 2799, 50.01, 0, 0);
    market(99.99, 2 * NS_PER_SECOND);
    EXPECT("concentration SIM-1 warning raised 1"); /* 160,008 of 399,986 */
    assert_string_equal(world_last_alert()->message,
                        "SIM-1 largest position is 40.0% of the gross exposure (warning at 40.0%)");
    world_hold("MSFT", -1800, 200.01, 0, 0);
    market(99.99, 2 * NS_PER_SECOND);
    EXPECT("concentration SIM-1 critical raised 2");
    world_hold("MSFT", -700, 200.01, 0, 0);
    market(99.99, 6 * NS_PER_SECOND);
    EXPECT("concentration SIM-1 warning raised 3"); /* 140 of 380: above nine tenths of the warning */
    /* It comes and goes: one alert that counts. */
    world_hold("AAPL", 1150, 100, 0, 0);
    world_hold("GOOG", 2000, 50.01, 0, 0);
    for (int i = 0; i < 4; i++) {
        world_hold("MSFT", i % 2 == 0 ? 800 : 600, 200.01, 0, 0);
        market(99.99, 2 * NS_PER_SECOND);
    }
    EXPECT_NOTHING();
    market(99.99, 4 * NS_PER_SECOND);
    EXPECT("concentration SIM-1 warning cleared 4");
    assert_true(world_last_alert()->count > 1);
}

static void test_drawdown(void **state)
{
    (void)state;
    market(100, NS_PER_SECOND);
    world_hold("AAPL", 0, 100, 50000, 0);
    market(100, 2 * NS_PER_SECOND);
    world_assert_money(world_last_exposure()->peak_equity, 1050000);
    world_hold("AAPL", 0, 100, -2400, 0);
    market(100, 2 * NS_PER_SECOND);
    EXPECT_NOTHING();
    assert_share(world_last_exposure()->drawdown, 52400.0 / 1050000);
    world_hold("AAPL", 0, 100, -2500, 0);
    market(100, 2 * NS_PER_SECOND);
    EXPECT("drawdown SIM-1 warning raised 1");
    assert_string_equal(world_last_alert()->message, "SIM-1 equity is 5.0% below its peak (warning at 5.0%)");
    /* A restart knows the peak, also with another starting cash. */
    world.config.starting_cash = 2000000 * MONEY_ONE;
    restart();
    world.orders_seq = 0;
    for (int i = 0; i < 4; i++)
        world_hold("AAPL", 0, 100, -152500, 0);
    market(100, 2 * NS_PER_SECOND);
    world_assert_money(world_last_exposure()->peak_equity, 2050000);
    world.config.starting_cash = 1000000 * MONEY_ONE;
    restart();
    world.orders_seq = 0;
    for (int i = 0; i < 4; i++)
        world_hold("AAPL", 0, 100, -55000, 0);
    market(100, 2 * NS_PER_SECOND);
    EXPECT("drawdown SIM-1 critical raised 2");
    world_hold("AAPL", 0, 100, -7000, 0);
    market(100, 4 * NS_PER_SECOND);
    world_hold("AAPL", 0, 100, -55000, 0); /* back within the clearing hold */
    market(100, 6 * NS_PER_SECOND);
    EXPECT_NOTHING();
    world_hold("AAPL", 0, 100, 40000, 0);
    market(100, 6 * NS_PER_SECOND);
    EXPECT("drawdown SIM-1 critical cleared 3");
    world_assert_money(world_last_exposure()->peak_equity, 1050000);
}

/* A price that somebody paid long ago makes no peak. */
static void test_a_stale_mark_is_no_peak(void **state)
{
    (void)state;
    world_hold("AAPL", 1000, 100, 0, 0);
    struct event event = world_quote_event("AAPL", 300, 300.02);
    world_fold_quote(&event, 3600 * NS_PER_SECOND);
    world_pass(2 * NS_PER_SECOND);
    assert_true(world_last_exposure()->stale);
    world_assert_money(world_last_exposure()->peak_equity, 1000000);
}

/* Up and down by the same share from step to step. */
static void swing(double low, double high, int times)
{
    for (int i = 0; i < times; i++)
        market(i % 2 == 0 ? low : high, 10 * NS_PER_SECOND);
}

static void test_value_at_risk(void **state)
{
    (void)state;
    world.config.volatility = world.config.price_spike = false;
    world.config.concentration_warning = 0;
    restart();
    market(100, NS_PER_SECOND);
    world_hold("AAPL", 1000, 100, 0, 0);
    world_hold("MSFT", 100, 200, 0, 0);
    swing(100, 100.01, 12);
    assert_true(world_last_exposure()->var_parametric == MONEY_NONE);
    assert_int_equal(world_last_exposure()->var_history_s, 0);
    assert_true(world_last_exposure()->var_left_out > 119000 * MONEY_ONE);
    swing(100, 100.01, 20);
    const struct exposure *exposure = world_last_exposure();
    assert_int_equal(exposure->var_history_s, 310);
    assert_int_equal(exposure->var_horizon_s, 86400);
    assert_true(exposure->var_left_out == 0);
    /* Ten a step, 93 steps of 10 s in the root of a day. */
    assert_in_range((uint64_t)(exposure->var_parametric / MONEY_ONE), 2100, 2170);
    assert_in_range((uint64_t)(exposure->var_historical / MONEY_ONE), 900, 940);
    EXPECT_NOTHING();
    swing(100, 100.6, 4);
    EXPECT("value_at_risk SIM-1 warning raised 1");
    swing(100, 101.2, 6);
    EXPECT("value_at_risk SIM-1 critical raised 2");
    assert_non_null(strstr(world_last_alert()->message, "% of the equity (critical at 10.0%)"));
    /* It flaps: one alert that counts. */
    world_hold("AAPL", 1, 100, 0, 0);
    market(100, 2 * NS_PER_SECOND);
    world_hold("AAPL", 1000, 100, 0, 0);
    market(100, 10 * NS_PER_SECOND);
    EXPECT_NOTHING();
    world_hold("AAPL", 1, 100, 0, 0);
    market(100, 10 * NS_PER_SECOND);
    EXPECT("value_at_risk SIM-1 critical cleared 3");
    assert_int_equal(world_last_alert()->count, 2);
}

static void test_returns_are_in_the_snapshot(void **state)
{
    (void)state;
    world.config.volatility = world.config.price_spike = false;
    world.config.concentration_warning = 0;
    restart();
    world_hold("AAPL", 1000, 100, 0, 0);
    swing(100, 100.01, 40);
    int128 before = world_last_exposure()->var_parametric;
    assert_true(before != MONEY_NONE);
    struct pack out, in;
    pack_write(&out);
    risk_save(world.risk, &out);
    pack_read(&in, out.bytes, out.count);
    risk_destroy(world.risk);
    world.risk = risk_create(&world.config, &world.instruments);
    assert_int_equal(risk_load(world.risk, &in, world.monotonic_ns), 0);
    assert_int_equal(pack_finish(&in), 0);
    pack_free(&out);
    market(100.01, 2 * NS_PER_SECOND);
    assert_true(world_last_exposure()->var_parametric == before);
}

/* A tick up and down each second for eleven minutes, so that the median is known. */
static void calm(double step, int seconds)
{
    for (int i = 0; i < seconds; i++)
        market(i % 2 == 0 ? 100 : 100 + step, NS_PER_SECOND);
}

static void test_volatility(void **state)
{
    (void)state;
    world.config.price_spike = false;
    restart();
    calm(0.05, 120);
    EXPECT_NOTHING();
    calm(0.09, 20);
    EXPECT_NOTHING();
    calm(0.14, 20);
    EXPECT("volatility NYSE.AAPL warning raised 1");
    assert_non_null(strstr(world_last_alert()->message, "times its median (warning at 2)"));
    calm(0.3, 20);
    EXPECT("volatility NYSE.AAPL critical raised 2");
    for (int i = 0; i < 6; i++) {
        calm(0.05, 4);
        calm(0.3, 4);
    }
    EXPECT_NOTHING(); /* above nine tenths of the level all the while */
    calm(0.05, 120);
    EXPECT("volatility NYSE.AAPL warning raised 3", "volatility NYSE.AAPL warning cleared 4");
}

/* What does not move by more than a tick is not volatile, however still it was before. */
static void test_a_tick_is_calm(void **state)
{
    (void)state;
    calm(0, 120);
    calm(0.01, 60);
    EXPECT_NOTHING();
}

static void test_price_spike(void **state)
{
    (void)state;
    world.config.volatility = false;
    restart();
    calm(0.05, 60); /* a second's deviation is 0.05 */
    market(100.05, NS_PER_SECOND);
    world_quote("AAPL", 100.05 + 0.29, 100.05 + 0.31);
    EXPECT_NOTHING();
    world_quote("AAPL", 100.05 + 0.32, 100.05 + 0.34);
    EXPECT("price_spike NYSE.AAPL warning raised 1"); /* at once */
    assert_non_null(strstr(world_last_alert()->message, "times its volatility within a second (warning at 6)"));
    world_quote("AAPL", 100.05 - 0.54, 100.05 - 0.52);
    EXPECT("price_spike NYSE.AAPL critical raised 2");
    market(100.05, 4 * NS_PER_SECOND);
    EXPECT_NOTHING(); /* over, but not for long enough */
    market(100.05, 3 * NS_PER_SECOND);
    EXPECT("price_spike NYSE.AAPL critical cleared 3");
    /* After a pause a new price is no spike. */
    world_pass(20 * NS_PER_SECOND);
    EXPECT("stale_quote NYSE.AAPL warning raised 1", "stale_quote NYSE.MSFT warning raised 1",
           "stale_quote NYSE.GOOG warning raised 1");
    market(150, 8 * NS_PER_SECOND);
    EXPECT("stale_quote NYSE.AAPL warning cleared 2", "stale_quote NYSE.MSFT warning cleared 2",
           "stale_quote NYSE.GOOG warning cleared 2");
}

/* For no time, so that the deviation does not grow by it. */
static void jump(void)
{
    world_quote("AAPL", 100.05, 100.07);
    world_quote("AAPL", 100.05 + 0.33, 100.05 + 0.35);
    world_quote("AAPL", 100.05, 100.07);
    market(100.05, NS_PER_SECOND);
}

static void settle(void)
{
    market(100.05, 2 * NS_PER_SECOND);
}

static void test_spikes_flap(void **state)
{
    (void)state;
    world.config.volatility = false;
    restart();
    calm(0.05, 61);
    world_flap(jump, settle, "price_spike NYSE.AAPL warning");
}

/* A spike that the feed leaves behind when it goes silent is over when the quote is stale. */
static void test_spike_before_silence(void **state)
{
    (void)state;
    world.config.volatility = world.config.price_spike = true;
    world.config.stale_warning_ns = 0;
    restart();
    calm(0.05, 60);
    world_quote("AAPL", 102, 102.02);
    EXPECT("price_spike NYSE.AAPL critical raised 1");
    world_pass(12 * NS_PER_SECOND);
    EXPECT("price_spike NYSE.AAPL critical cleared 2");
}

static void test_all_accounts(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(risk_config_set(&world.config, "all_gross_exposure", "300000", &error), 0);
    assert_int_equal(risk_config_set(&world.config, "all_net_exposure", "260000", &error), 0);
    assert_int_equal(risk_config_set(&world.config, "all_daily_loss", "5000", &error), 0);
    world.config.concentration_from = BASIS_POINT;
    world.config.drawdown_warning = 0;
    restart();
    market(99.99, NS_PER_SECOND);
    world_hold("AAPL", 1000, 100, 0, 0);
    world_hold("MSFT", 500, 200.01, 0, 0);
    market(99.99, 2 * NS_PER_SECOND);
    EXPECT("concentration SIM-1 warning raised 1"); /* one account is not all of them */
    world_hold_in("SIM-2", "AAPL", -1000, 100, -4500, 10);
    world_hold_in("SIM-2", "MSFT", 500, 200.01, 0, 0);
    market(99.99, 2 * NS_PER_SECOND);
    EXPECT("concentration SIM-2 warning raised 1", "gross_exposure * critical raised 1",
           "daily_loss * warning raised 1", "concentration * warning raised 1");
    const struct exposure *all = world_last_exposure_of("*");
    world_assert_money(all->gross, 400010);
    world_assert_money(all->net, 200010);
    world_assert_money(all->realized_pnl, -4500);
    world_assert_money(all->equity, 2000000 - 4510);
    world_assert_money(all->day_pnl, -4510);
    world_assert_money(all->gross_limit, 300000);
    world_assert_money(all->net_limit, 260000);
    assert_share(all->concentration, 200010.0 / 400010); /* AAPL nets to nothing */
    world_hold_in("SIM-2", "MSFT", 800, 200.01, 0, 0);
    market(99.99, 2 * NS_PER_SECOND);
    EXPECT("concentration SIM-2 critical raised 2", "net_exposure * critical raised 1");
    assert_string_equal(world_last_alert()->message, "all accounts: net exposure 260,013 above 260,000 (limit)");
    assert_string_equal(world_last_alert()->account, "*");
    /* A restart goes on with what stands. */
    restart();
    world_hold("AAPL", 1000, 100, 0, 0);
    world_hold("MSFT", 500, 200.01, 0, 0);
    world_hold_in("SIM-2", "AAPL", -1000, 100, -4500, 10);
    world_hold_in("SIM-2", "MSFT", 800, 200.01, 0, 0);
    market(99.99, NS_PER_SECOND);
    EXPECT_NOTHING();
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_concentration),
        TEST(test_drawdown),
        TEST(test_a_stale_mark_is_no_peak),
        TEST(test_value_at_risk),
        TEST(test_returns_are_in_the_snapshot),
        TEST(test_volatility),
        TEST(test_a_tick_is_calm),
        TEST(test_price_spike),
        TEST(test_spikes_flap),
        TEST(test_spike_before_silence),
        TEST(test_all_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
