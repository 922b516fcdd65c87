/* The words of orders and alerts, when two requests are one, and the small helpers beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/alert.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/order.h"
#include "core/timestamp.h"
#include "core/unique.h"

static void words_go_there_and_back(void **state)
{
    (void)state;
    for (int i = ORDER_MARKET; i <= ORDER_STOP_LIMIT; i++) {
        enum order_type type;
        assert_int_equal(order_type_from_name(order_type_name((enum order_type)i), &type), 0);
        assert_int_equal(type, i);
    }
    for (int i = TIF_DAY; i <= TIF_FOK; i++) {
        enum time_in_force tif;
        assert_int_equal(time_in_force_from_name(time_in_force_name((enum time_in_force)i), &tif), 0);
        assert_int_equal(tif, i);
    }
    for (int i = TRADING_ACTIVE; i <= TRADING_HALTED; i++) {
        enum trading_state trading;
        assert_int_equal(trading_state_from_name(trading_state_name((enum trading_state)i), &trading), 0);
        assert_int_equal(trading, i);
    }
    for (int i = SEVERITY_INFO; i <= SEVERITY_CRITICAL; i++) {
        enum severity severity;
        assert_int_equal(severity_from_name(severity_name((enum severity)i), &severity), 0);
        assert_int_equal(severity, i);
    }
    enum side side = SIDE_NONE;
    assert_int_equal(side_from_name("sell", &side), 0);
    assert_int_equal(side, SIDE_SELL);
    assert_string_equal(side_name(SIDE_BUY), "buy");
    assert_string_equal(order_type_name(ORDER_STOP_LIMIT), "stop_limit");
    assert_string_equal(cancel_reason_name(CANCEL_POST_ONLY), "post_only");
    assert_int_equal(side_from_name("none", &side), -1);
    assert_int_equal(side_from_name("", &side), -1);
    assert_int_equal(side_from_name("Buy", &side), -1);
    assert_int_equal(side_from_name("buyer", &side), -1);
}

static void content_is_all_but_time_and_source(void **state)
{
    (void)state;
    const struct order_request request = {
        .order_id = "o1",
        .account = "SIM-1",
        .symbol = "AAPL",
        .exchange = "NYSE",
        .side = SIDE_BUY,
        .type = ORDER_LIMIT,
        .quantity = 10,
        .limit_price = 5,
        .stop_price = DECIMAL_NONE,
        .source = "rest",
        .timestamp_ns = 1,
    };
    struct order_request other = request;
    other.timestamp_ns = 2;
    strcpy(other.source, "cli");
    memset(other.symbol + 5, 'x', 3); /* behind the end of the text */
    assert_true(order_request_same(&request, &other));
    struct order_request changed[11];
    for (size_t i = 0; i < 11; i++) {
        changed[i] = request;
    }
    changed[0].order_id[0] = 'p';
    changed[1].account[0] = 'T';
    changed[2].symbol[0] = 'B';
    changed[3].exchange[0] = 'M';
    changed[4].side = SIDE_SELL;
    changed[5].type = ORDER_MARKET;
    changed[6].quantity = 11;
    changed[7].limit_price = 6;
    changed[8].stop_price = 6;
    changed[9].time_in_force = TIF_IOC;
    changed[10].post_only = true;
    for (size_t i = 0; i < 11; i++) {
        assert_false(order_request_same(&request, &changed[i]));
    }
}

static void errors_are_one_clean_sentence(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_set(&error, ERROR_SERVER, "no server at %s:%d", "host", 4222), -1);
    assert_int_equal(error.kind, ERROR_SERVER);
    assert_string_equal(error.text, "no server at host:4222");
    assert_int_equal(error_prefix(&error, "stream %s", "ORDERS"), -1);
    assert_int_equal(error.kind, ERROR_SERVER);
    assert_string_equal(error.text, "stream ORDERS: no server at host:4222");
    error_set(&error, ERROR_FAILED, "a\nb\x1B[2J\xE2\x80\xAE!");
    assert_string_equal(error.text, "a b[2J!");
    char longer[600];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    error_set(&error, ERROR_FAILED, "%s", longer);
    assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
    error_prefix(&error, "%s", longer);
    assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
    assert_int_equal(error_set(NULL, ERROR_FAILED, "nobody asks"), -1);
    assert_int_equal(error_prefix(NULL, "nobody asks"), -1);
}

static void ids_are_unique_and_clocks_run(void **state)
{
    (void)state;
    static char ids[1000][UNIQUE_ID_SIZE];
    for (size_t i = 0; i < 1000; i++) {
        unique_id(ids[i]);
        assert_int_equal(strlen(ids[i]), UNIQUE_ID_SIZE - 1);
        assert_int_equal(strspn(ids[i], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), UNIQUE_ID_SIZE - 1);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(ids[i], ids[j]);
        }
    }
    unsigned char bytes[1000] = {0};
    unique_bytes(bytes, sizeof(bytes));
    size_t zeros = 0;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        zeros += bytes[i] == 0;
    }
    assert_true(zeros < 50);
    int64_t before = clock_monotonic_ns();
    assert_true(clock_monotonic_ns() >= before);
    assert_true(clock_wall_ns() > INT64_C(1600000000) * NS_PER_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_go_there_and_back),
        cmocka_unit_test(content_is_all_but_time_and_source),
        cmocka_unit_test(errors_are_one_clean_sentence),
        cmocka_unit_test(ids_are_unique_and_clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
