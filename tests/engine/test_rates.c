/* Rates: which one holds for a currency, and what an amount becomes by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "engine/account_risk.h"
#include "engine/rates.h"
#include "engine/wide.h"

static struct instruments instruments;
static struct rates_config config;
static struct quotes *quotes;

static void put(const char *symbol, enum instrument_kind kind)
{
    struct error error;
    struct instrument instrument = *instruments_find(&instruments, "NYSE", "AAPL");
    text_copy(instrument.symbol, sizeof instrument.symbol, symbol);
    text_copy(instrument.exchange, sizeof instrument.exchange, "FX");
    instrument.kind = kind;
    assert_int_equal(instruments_put(&instruments, &instrument, &error), 0);
}

static int set_up(void **state)
{
    (void)state;
    struct error error;
    rates_config_init(&config);
    quotes = quotes_create();
    assert_int_equal(instruments_init_builtin(&instruments, &error), 0);
    put("EURUSD", INSTRUMENT_FX);
    put("USD/JPY", INSTRUMENT_FX);
    put("GBP-USD", INSTRUMENT_EQUITY); /* no pair, whatever it is called */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    quotes_destroy(quotes);
    instruments_free(&instruments);
    return 0;
}

static void quote(const char *exchange, const char *symbol, int64_t bid, int64_t ask)
{
    struct event event = event_empty(EVENT_QUOTE);
    text_copy(event.quote.exchange, sizeof event.quote.exchange, exchange);
    text_copy(event.quote.symbol, sizeof event.quote.symbol, symbol);
    event.quote.bid = bid;
    event.quote.ask = ask;
    quotes_fold(quotes, &event, 0, 0);
}

/* 1000 units in the base currency, as text; "-" without a rate. */
static void assert_worth(const struct rates *rates, const char *currency, const char *expected)
{
    struct rate rate = rates_of(rates, currency);
    char text[DECIMAL_TEXT_SIZE] = "-";
    if (rate.is_known)
        money_format(text, rate_convert(rate, 1000 * MONEY_ONE));
    if (strcmp(text, expected) != 0)
        fail_msg("1000 %s are worth %s", currency, text);
}

static void the_tape_comes_before_the_configuration(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(rates_config_set(&config, "EUR", "1.1", &error), 0);
    assert_int_equal(rates_config_set(&config, "GBP", "1.25", &error), 0);
    assert_int_equal(rates_config_set(&config, "USDT", "0.999", &error), 0);
    struct rates *rates = rates_create(&config, &instruments, quotes);
    assert_worth(rates, "USD", "1000");
    assert_worth(rates, "EUR", "1100");
    assert_worth(rates, "GBP", "1250");
    assert_worth(rates, "USDT", "999");
    assert_worth(rates, "USDC", "1000");
    assert_worth(rates, "JPY", "-");
    assert_worth(rates, "BTC", "-");
    quote("FX", "EURUSD", 1080000000, 1082000000);
    quote("FX", "USD/JPY", INT64_C(149000000000), INT64_C(151000000000));
    quote("FX", "GBP-USD", 2000000000, 2000000000);
    quote("CRYPTO", "BTC-USD", INT64_C(60000000000000), INT64_C(60002000000000));
    assert_worth(rates, "EUR", "1081");
    assert_worth(rates, "JPY", "6.66666666666666667");
    assert_worth(rates, "GBP", "1250");
    assert_worth(rates, "BTC", "60001000");
    quote("FX", "EURUSD", 0, 0);
    assert_worth(rates, "EUR", "1100");
    rates_destroy(rates);
}

static void amounts_are_rounded_and_bounded(void **state)
{
    (void)state;
    struct rate third = {.numerator = 1, .denominator = 3, .is_known = true};
    struct rate large = {.numerator = INT64_MAX, .denominator = 1, .is_known = true};
    assert_true(rate_convert(third, 2) == 1);
    assert_true(rate_convert(third, -2) == -1);
    assert_true(rate_convert(third, 1) == 0);
    assert_true(rate_convert(RATE_ONE, -7) == -7);
    assert_true(rate_convert(large, MONEY_LARGEST) == MONEY_LARGEST);
    assert_true(rate_convert(large, -MONEY_LARGEST) == -MONEY_LARGEST);
    assert_true(rate_convert(RATE_ONE, MONEY_NONE) == -MONEY_LARGEST);
}

static void names_and_values_are_checked(void **state)
{
    (void)state;
    struct error error;
    static const char *const bad[][2] = {{"EUR", "0"}, {"EUR", "-1"},          {"EUR", "x"}, {"EUR", ""},
                                         {"", "1"},    {"EUROPEAN-UNIT", "1"}, {"E R", "1"}, {"EUR", "1e3"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (rates_config_set(&config, bad[i][0], bad[i][1], &error) == 0)
            fail_msg("%s = %s is taken", bad[i][0], bad[i][1]);
    for (int i = 0; i < RATES_FIXED_MAX; i++) {
        char name[8];
        snprintf(name, sizeof name, "C%02d", i);
        assert_int_equal(rates_config_set(&config, name, "1", &error), i < RATES_FIXED_MAX - 2 ? 0 : -1);
    }
}

/* An account that holds shares in two currencies. */
static void an_account_is_valued_in_the_base_currency(void **state)
{
    (void)state;
    struct valuation valuation = {0};
    struct position_event position = {
        .quantity = 10 * QUANTITY_ONE, .cost = 1000 * MONEY_ONE, .realized_pnl = 50 * MONEY_ONE, .fees = 2 * MONEY_ONE};
    struct mark mark = {.mid = 110 * PRICE_ONE, .out = 109 * PRICE_ONE};
    struct rate half = {.numerator = 1, .denominator = 2, .is_known = true};
    valuation_add(&valuation, &position, 1, mark, RATE_ONE);
    valuation_add(&valuation, &position, 1, mark, half);
    assert_true(valuation.realized == 75 * MONEY_ONE && valuation.fees == 3 * MONEY_ONE);
    assert_true(valuation.net == 1650 * MONEY_ONE && valuation.gross == valuation.net);
    assert_true(valuation.unrealized_mid == 150 * MONEY_ONE && valuation.unrealized_out == 135 * MONEY_ONE);
    assert_false(valuation.stale);
    half.is_known = false;
    valuation_add(&valuation, &position, 1, mark, half);
    assert_true(valuation.stale);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_tape_comes_before_the_configuration, set_up, tear_down),
        cmocka_unit_test_setup_teardown(amounts_are_rounded_and_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_and_values_are_checked, set_up, tear_down),
        cmocka_unit_test(an_account_is_valued_in_the_base_currency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
