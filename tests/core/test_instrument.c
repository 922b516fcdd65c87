/* The instrument table: what is built in, how it is found, and what the configuration may and may not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/instrument.h"

static int setup(void **state)
{
    static struct instruments table;
    *state = &table;
    return instruments_init_builtin(&table, NULL);
}

static int teardown(void **state)
{
    instruments_free(*state);
    return 0;
}

static void the_built_in_ones_are_there(void **state)
{
    static const struct {
        const char *exchange, *symbol, *currency;
        enum instrument_kind kind;
        int64_t tick, lot, max_quantity, position_limit, collar_bp, start_price;
    } expected[] = {
        {"NYSE", "AAPL", "USD", INSTRUMENT_EQUITY, 10000000, 100000000, 10000, 50000, 300, 189000000000},
        {"NYSE", "GOOG", "USD", INSTRUMENT_EQUITY, 10000000, 100000000, 10000, 50000, 300, 141180000000},
        {"NYSE", "MSFT", "USD", INSTRUMENT_EQUITY, 10000000, 100000000, 10000, 50000, 300, 402550000000},
        {"NASDAQ", "TSLA", "USD", INSTRUMENT_EQUITY, 10000000, 100000000, 10000, 50000, 300, 201300000000},
        {"NASDAQ", "AMZN", "USD", INSTRUMENT_EQUITY, 10000000, 100000000, 10000, 50000, 300, 172800000000},
        {"CRYPTO", "BTC-USD", "USD", INSTRUMENT_CRYPTO, 10000000, 1000, 10, 20, 500, 61837630000000},
        {"CRYPTO", "ETH-USD", "USD", INSTRUMENT_CRYPTO, 10000000, 10000, 200, 500, 500, 2641200000000},
        {"BINANCE", "BTCUSDT", "USDT", INSTRUMENT_CRYPTO, 10000000, 1000, 10, 20, 500, 0},
        {"BINANCE", "ETHUSDT", "USDT", INSTRUMENT_CRYPTO, 10000000, 10000, 200, 500, 500, 0},
        {"KRAKEN", "BTC-USD", "USD", INSTRUMENT_CRYPTO, 100000000, 1, 10, 20, 500, 0},
        {"KRAKEN", "ETH-USD", "USD", INSTRUMENT_CRYPTO, 10000000, 1, 200, 500, 500, 0},
        {"COINBASE", "BTC-USD", "USD", INSTRUMENT_CRYPTO, 10000000, 1, 10, 20, 500, 0},
        {"COINBASE", "ETH-USD", "USD", INSTRUMENT_CRYPTO, 10000000, 1, 200, 500, 500, 0},
    };
    const struct instruments *table = *state;
    assert_int_equal(table->count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < table->count; i++) {
        const struct instrument *item = instruments_find(table, expected[i].exchange, expected[i].symbol);
        assert_non_null(item);
        assert_ptr_equal(item, &table->items[i]); /* in this order */
        assert_string_equal(item->currency, expected[i].currency);
        assert_int_equal(item->kind, expected[i].kind);
        assert_int_equal(item->tick, expected[i].tick);
        assert_int_equal(item->lot, expected[i].lot);
        assert_int_equal(item->multiplier, 1);
        assert_int_equal(item->max_quantity, expected[i].max_quantity * QUANTITY_ONE);
        assert_int_equal(item->position_limit, expected[i].position_limit * QUANTITY_ONE);
        assert_int_equal(item->collar_bp, expected[i].collar_bp);
        assert_int_equal(item->start_price, expected[i].start_price);
    }
}

static void exchange_is_without_case_and_symbol_with(void **state)
{
    const struct instruments *table = *state;
    assert_non_null(instruments_find(table, "nyse", "AAPL"));
    assert_null(instruments_find(table, "NYSE", "aapl"));
    assert_null(instruments_find(table, "NASDAQ", "AAPL"));
    assert_null(instruments_find(table, "NYSEAAPL", ""));
    assert_null(instruments_find(table, "", ""));
    assert_null(instruments_primary(table, "XYZ"));
}

static void the_first_entry_is_the_primary(void **state)
{
    struct instruments *table = *state;
    struct instrument second = *instruments_find(table, "NYSE", "AAPL");
    strcpy(second.exchange, "arca");
    assert_int_equal(instruments_put(table, &second, NULL), 0);
    assert_string_equal(instruments_find(table, "ARCA", "AAPL")->exchange, "ARCA");
    assert_string_equal(instruments_primary(table, "AAPL")->exchange, "NYSE");
    /* Replacing keeps the place. */
    size_t count = table->count;
    struct instrument first = *instruments_find(table, "NYSE", "AAPL");
    first.tick = 5;
    strcpy(first.exchange, "Nyse");
    assert_int_equal(instruments_put(table, &first, NULL), 0);
    assert_int_equal(table->count, count);
    assert_int_equal(instruments_find(table, "NYSE", "AAPL")->tick, 5);
    assert_int_equal(instruments_primary(table, "AAPL")->tick, 5);
    assert_string_equal(table->items[0].exchange, "NYSE");
}

static void the_table_holds_its_maximum(void **state)
{
    struct instruments *table = *state;
    struct instrument item = table->items[0];
    struct error error = {0};
    while (table->count < INSTRUMENTS_MAX) {
        snprintf(item.symbol, sizeof(item.symbol), "S%zu", table->count);
        assert_int_equal(instruments_put(table, &item, &error), 0);
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct instrument *expected = &table->items[i];
        assert_ptr_equal(instruments_find(table, expected->exchange, expected->symbol), expected);
        const struct instrument *primary = instruments_primary(table, expected->symbol);
        assert_string_equal(primary->symbol, expected->symbol);
        assert_true(primary <= expected); /* the first of that name */
    }
    strcpy(item.symbol, "ONE-MORE");
    assert_int_equal(instruments_put(table, &item, &error), -1);
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_null(instruments_find(table, item.exchange, "ONE-MORE"));
    item = table->items[17];
    assert_int_equal(instruments_put(table, &item, &error), 0); /* replacing still works */
}

static void bad_instruments_are_refused(void **state)
{
    struct instruments *table = *state;
    const struct instrument good = table->items[0];
    struct instrument bad[12];
    for (size_t i = 0; i < 12; i++) {
        bad[i] = good;
    }
    bad[0].symbol[0] = '\0';
    bad[1].exchange[0] = '\0';
    bad[2].currency[0] = '\0';
    bad[3].symbol[1] = '\x1B';
    bad[4].tick = 0;
    bad[5].lot = -1;
    bad[6].multiplier = 0;
    bad[7].max_quantity = -1;
    bad[8].position_limit = -1;
    bad[9].collar_bp = -1;
    bad[10].start_price = -1;
    bad[11].multiplier = INT64_MAX;
    for (size_t i = 0; i < 12; i++) {
        struct error error = {0};
        assert_int_equal(instruments_put(table, &bad[i], &error), -1);
        assert_int_equal(error.kind, ERROR_USAGE);
    }
    assert_memory_equal(&table->items[0], &good, sizeof(good));
}

static void fields_are_set_from_text(void **state)
{
    struct instruments *table = *state;
    struct instrument item = table->items[0];
    static const char *const good[][2] = {
        {"kind", "future"},      {"tick", "0.25"},     {"lot", "0.001"},
        {"multiplier", "50"},    {"currency", "EUR"},  {"max_quantity", "12.5"},
        {"position_limit", "0"}, {"collar_bp", "250"}, {"start_price", "4500.25"},
    };
    static const char *const bad[][2] = {
        {"kind", "bond"},
        {"kind", ""},
        {"tick", "0"},
        {"tick", "-0.01"},
        {"tick", "0.0000000001"},
        {"tick", "1e-2"},
        {"tick", ""},
        {"tick", "abc"},
        {"lot", "0.000000001"},
        {"lot", "0"},
        {"multiplier", "0"},
        {"multiplier", "1.5"},
        {"multiplier", "1000001"},
        {"currency", ""},
        {"currency", "TOOLONGX"},
        {"currency", "U D"},
        {"max_quantity", "-1"},
        {"position_limit", "x"},
        {"collar_bp", "2.5"},
        {"collar_bp", "100001"},
        {"start_price", "-1"},
        {"symbol", "X"},
        {"", "1"},
        {"Tick", "1"},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(instrument_set(&item, good[i][0], good[i][1], NULL), 0);
    }
    assert_int_equal(item.kind, INSTRUMENT_FUTURE);
    assert_int_equal(item.tick, 250000000);
    assert_int_equal(item.lot, 100000);
    assert_int_equal(item.multiplier, 50);
    assert_string_equal(item.currency, "EUR");
    assert_int_equal(item.max_quantity, INT64_C(1250000000));
    assert_int_equal(item.position_limit, 0);
    assert_int_equal(item.collar_bp, 250);
    assert_int_equal(item.start_price, INT64_C(4500250000000));
    assert_int_equal(instrument_price_decimals(&item), 2);
    assert_int_equal(instrument_quantity_decimals(&item), 3);
    const struct instrument before = item;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error error = {0};
        if (instrument_set(&item, bad[i][0], bad[i][1], &error) == 0) {
            fail_msg("%s = %s was accepted", bad[i][0], bad[i][1]);
        }
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_memory_equal(&item, &before, sizeof(item));
    }
}

static void decimals_are_those_of_the_step(void **state)
{
    (void)state;
    struct instrument item = {.tick = PRICE_ONE, .lot = QUANTITY_ONE};
    assert_int_equal(instrument_price_decimals(&item), 0);
    assert_int_equal(instrument_quantity_decimals(&item), 0);
    item = (struct instrument){.tick = 1, .lot = 1};
    assert_int_equal(instrument_price_decimals(&item), 9);
    assert_int_equal(instrument_quantity_decimals(&item), 8);
    item = (struct instrument){.tick = 25 * PRICE_ONE, .lot = 100 * QUANTITY_ONE};
    assert_int_equal(instrument_price_decimals(&item), 0);
    assert_int_equal(instrument_quantity_decimals(&item), 0);
    assert_string_equal(instrument_kind_name(INSTRUMENT_FX), "fx");
}

static void finds_what_a_venue_calls_otherwise(void **state)
{
    (void)state;
    struct instruments table;
    struct error error = {0};
    assert_int_equal(instruments_init_builtin(&table, &error), 0);
    const struct instrument *bitcoin = instruments_at_venue(&table, "kraken", "BTC/USD");
    assert_non_null(bitcoin);
    assert_string_equal(bitcoin->symbol, "BTC-USD");
    assert_string_equal(instrument_venue_symbol(bitcoin), "BTC/USD");
    assert_ptr_equal(instruments_at_venue(&table, "KRAKEN", "BTC-USD"), bitcoin);
    assert_null(instruments_at_venue(&table, "KRAKEN", "XBT/USD"));
    assert_null(instruments_at_venue(&table, "BINANCE", "BTC/USD"));
    const struct instrument *tether = instruments_at_venue(&table, "BINANCE", "BTCUSDT");
    assert_non_null(tether);
    assert_string_equal(instrument_venue_symbol(tether), "BTCUSDT");
    struct instrument changed = *tether;
    assert_int_equal(instrument_set(&changed, "venue_symbol", "BTC_USDT", &error), 0);
    assert_int_equal(instruments_put(&table, &changed, &error), 0);
    assert_string_equal(instruments_at_venue(&table, "BINANCE", "BTC_USDT")->symbol, "BTCUSDT");
    assert_int_equal(instrument_set(&changed, "venue_symbol", "", &error), -1);
    assert_int_equal(instrument_set(&changed, "venue_symbol", "a name that is longer than a symbol can be", &error),
                     -1);
    instruments_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_a_venue_calls_otherwise),
        cmocka_unit_test_setup_teardown(the_built_in_ones_are_there, setup, teardown),
        cmocka_unit_test_setup_teardown(exchange_is_without_case_and_symbol_with, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_entry_is_the_primary, setup, teardown),
        cmocka_unit_test_setup_teardown(the_table_holds_its_maximum, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_instruments_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(fields_are_set_from_text, setup, teardown),
        cmocka_unit_test(decimals_are_those_of_the_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
