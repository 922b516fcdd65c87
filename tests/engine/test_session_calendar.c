/* Calendars: when the session of an order ends, over weekends, holidays, early closes, changes of the clock and
 * midnight; and the keys of the configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/timestamp.h"
#include "engine/session_calendar.h"

static struct session_calendars calendars;

static void set(const char *exchange, const char *key, const char *value)
{
    struct error error;
    if (session_calendars_set(&calendars, exchange, key, value, &error) != 0)
        fail_msg("%s", error.text);
}

static int set_up(void **state)
{
    (void)state;
    session_calendars_init(&calendars);
    /* Futures that trade from Sunday evening on, with an hour's break each day. */
    set("CME", "zone", "CST6CDT,M3.2.0,M11.1.0");
    set("CME", "days", "sun-thu");
    set("CME", "open", "17:00");
    set("CME", "close", "16:00");
    set("TSE", "zone", "+09:00");
    set("TSE", "open", "09:00");
    set("TSE", "close", "15:30");
    set("PLAIN", "zone", "UTC");
    set("WEEKEND", "days", "mon, wed,sat-sun");
    set("ALWAYS", "days", "always");
    return 0;
}

static void closes_when_the_calendar_says(void **state)
{
    (void)state;
    static const struct {
        const char *exchange, *time, *close;
    } cases[] = {
        {"NYSE", "2026-11-23T14:30:00", "2026-11-23T21:00:00"}, /* Monday */
        {"nasdaq", "2026-11-23T20:59:59.999999999", "2026-11-23T21:00:00"},
        {"NYSE", "2026-11-23T21:00:00", "2026-11-24T21:00:00"},
        {"NYSE", "2026-11-23T03:00:00", "2026-11-23T21:00:00"}, /* before it opens */
        {"NYSE", "2026-11-25T21:00:00", "2026-11-27T18:00:00"}, /* Thanksgiving, and an early close */
        {"NYSE", "2026-11-27T18:00:00", "2026-11-30T21:00:00"}, /* a weekend */
        {"NYSE", "2026-12-31T22:00:00", "2027-01-04T21:00:00"}, /* another year */
        {"NYSE", "2026-03-06T20:00:00", "2026-03-06T21:00:00"},
        {"NYSE", "2026-03-06T21:00:00", "2026-03-09T20:00:00"}, /* summer time began on Sunday */
        {"NYSE", "2026-10-30T20:00:00", "2026-11-02T21:00:00"}, /* and ended */
        {"CME", "2026-11-22T22:59:59", "2026-11-23T22:00:00"},  /* opens on Sunday at 23:00 UTC */
        {"CME", "2026-11-23T02:00:00", "2026-11-23T22:00:00"},
        {"CME", "2026-11-23T22:00:00", "2026-11-24T22:00:00"}, /* in the break */
        {"CME", "2026-11-27T22:00:00", "2026-11-30T22:00:00"},
        {"TSE", "2026-11-22T23:00:00", "2026-11-23T06:30:00"}, /* Monday there */
        {"PLAIN", "2026-11-23T00:00:00", "2026-11-24T00:00:00"},
        {"PLAIN", "2026-11-27T23:59:59", "2026-11-28T00:00:00"},
        {"PLAIN", "2026-11-28T00:00:00", "2026-12-01T00:00:00"},
        {"WEEKEND", "2026-11-27T10:00:00", "2026-11-29T00:00:00"},
        {"WEEKEND", "2026-11-29T00:00:00", "2026-11-30T00:00:00"},
        {"WEEKEND", "2026-12-01T00:00:00", "2026-12-03T00:00:00"},
        {"ALWAYS", "2026-11-27T10:00:00", NULL},
        {"CRYPTO", "2026-11-27T10:00:00", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t time_ns, expected_ns = INT64_MAX;
        assert_true(timestamp_parse(cases[i].time, strlen(cases[i].time), &time_ns));
        if (cases[i].close != NULL)
            assert_true(timestamp_parse(cases[i].close, strlen(cases[i].close), &expected_ns));
        int64_t close_ns = session_close_ns(&calendars, cases[i].exchange, time_ns);
        if (close_ns != expected_ns) {
            char text[TIMESTAMP_TEXT_SIZE];
            timestamp_format(text, close_ns);
            fail_msg("%s at %s closes at %s", cases[i].exchange, cases[i].time, text);
        }
    }
}

/* A close on a holiday is none; that of the day before holds, when it goes on past midnight. */
static void holidays_can_be_changed(void **state)
{
    (void)state;
    int64_t time_ns, expected_ns;
    set("NYSE", "holidays", "none");
    assert_true(timestamp_parse("2026-11-26T12:00:00", 19, &time_ns));
    assert_true(timestamp_parse("2026-11-26T21:00:00", 19, &expected_ns));
    assert_int_equal(session_close_ns(&calendars, "NYSE", time_ns), expected_ns);
    set("NYSE", "holidays", "2026-11-26, 2026-11-27");
    set("NYSE", "early", "2026-11-30");
    set("NYSE", "early_close", "12:30");
    assert_true(timestamp_parse("2026-11-30T17:30:00", 19, &expected_ns));
    assert_int_equal(session_close_ns(&calendars, "NYSE", time_ns), expected_ns);
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
    } bad[] = {
        {"zone", "Nowhere"},        {"zone", ""},           {"days", ""},          {"days", "monday"},
        {"days", "mon-"},           {"days", "mon,,tue"},   {"days", "mon fri"},   {"open", "9:30"},
        {"open", "24:01"},          {"close", "12:60"},     {"close", "noon"},     {"early_close", "-1:00"},
        {"holidays", "2026-02-30"}, {"holidays", "26-1-1"}, {"early", "tomorrow"}, {"lunch", "12:00"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct error error = {0};
        if (session_calendars_set(&calendars, "NYSE", bad[i].key, bad[i].value, &error) == 0)
            fail_msg("%s = %s is taken", bad[i].key, bad[i].value);
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_non_null(strstr(error.text, bad[i].key));
    }
    struct error error = {0};
    assert_int_equal(session_calendars_set(&calendars, "NO SUCH NAME", "open", "09:00", &error), -1);
    assert_int_equal(session_calendars_set(&calendars, "", "open", "09:00", &error), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(closes_when_the_calendar_says, set_up),
        cmocka_unit_test_setup(holidays_can_be_changed, set_up),
        cmocka_unit_test_setup(says_what_is_wrong, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
