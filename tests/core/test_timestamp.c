/* Times as text: the forms that are read, the calendar, and the range that nanoseconds can hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "core/timestamp.h"

static void reads_all_its_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_ns;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00", 0},
        {"1970-01-01T00:00:00.000000001Z", 1},
        {"1969-12-31T23:59:59.999999999Z", -1},
        {"2026-11-23T14:30:00Z", INT64_C(1795444200000000000)},
        {"2026-11-23T14:30:00", INT64_C(1795444200000000000)},
        {"2026-11-23T14:30:00.1Z", INT64_C(1795444200100000000)},
        {"2026-11-23T14:30:00.12", INT64_C(1795444200120000000)},
        {"2026-11-23T14:30:00.123Z", INT64_C(1795444200123000000)},
        {"2026-11-23T14:30:00.1234Z", INT64_C(1795444200123400000)},
        {"2026-11-23T14:30:00.12345Z", INT64_C(1795444200123450000)},
        {"2026-11-23T14:30:00.123456", INT64_C(1795444200123456000)},
        {"2026-11-23T14:30:00.1234567Z", INT64_C(1795444200123456700)},
        {"2026-11-23T14:30:00.12345678Z", INT64_C(1795444200123456780)},
        {"2026-11-23T14:30:00.123456789Z", INT64_C(1795444200123456789)},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000000000)},
        {"2024-02-29T23:59:59Z", INT64_C(1709251199000000000)},
        {"1678-01-01T00:00:00Z", INT64_C(-9214560000000000000)},
        {"2261-12-31T23:59:59.999999999Z", INT64_C(9214646399999999999)},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t time_ns = 77;
        if (!timestamp_parse(cases[i].text, strlen(cases[i].text), &time_ns)) {
            fail_msg("%s was refused", cases[i].text);
        }
        assert_int_equal(time_ns, cases[i].time_ns);
    }
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "Z",
        "2026",
        "2026-11-23",
        "2026-11-23T14:30",
        "2026-11-23T14:30Z",
        "2026-11-23 14:30:00Z",
        "2026-11-23t14:30:00Z",
        "2026-11-23T14:30:00z",
        "2026-11-23T14:30:00ZZ",
        "2026-11-23T14:30:00.Z",
        "2026-11-23T14:30:00.",
        "2026-11-23T14:30:00,5Z",
        "2026-11-23T14:30:00.1234567890Z",
        "2026-11-23T14:30:00.12 4Z",
        "2026-11-23T14:30:00+00:00",
        "2026-11-23T14:30:00-05:00",
        "2026-11-23T14:30:00 Z",
        " 2026-11-23T14:30:00Z",
        "2026/11/23T14:30:00Z",
        "2026-11-23T14.30.00Z",
        "2026-00-23T14:30:00Z",
        "2026-13-23T14:30:00Z",
        "2026-11-00T14:30:00Z",
        "2026-11-31T14:30:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T14:60:00Z",
        "2026-11-23T14:30:60Z",
        "-026-11-23T14:30:00Z",
        "+2026-11-23T14:30:00Z",
        "20a6-11-23T14:30:00Z",
        "1677-12-31T23:59:59Z",
        "2262-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "10000-01-01T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "1795444200",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t time_ns = 77;
        if (timestamp_parse(bad[i], strlen(bad[i]), &time_ns)) {
            fail_msg("\"%s\" was read as a time", bad[i]);
        }
        assert_int_equal(time_ns, 77);
    }
}

/* The C library's calendar is the judge, on a time of every day or so of the whole range. */
static void agrees_with_the_calendar_of_the_system(void **state)
{
    (void)state;
    const int64_t step_ns = NS_PER_DAY * 3 + INT64_C(12345678901234);
    for (int64_t time_ns = INT64_C(-9214560000000000000); time_ns < INT64_C(9214646399999999999) - step_ns;
         time_ns += step_ns) {
        int64_t fraction = ((time_ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
        time_t seconds = (time_t)((time_ns - fraction) / NS_PER_SECOND);
        struct tm parts;
        char expected[64];
        gmtime_r(&seconds, &parts);
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.", &parts);
        char text[TIMESTAMP_TEXT_SIZE];
        assert_int_equal(timestamp_format(text, time_ns), 30);
        assert_memory_equal(text, expected, 20);
        int64_t back;
        assert_true(timestamp_parse(text, 30, &back));
        assert_int_equal(back, time_ns);
    }
}

static void writes_clock_and_day(void **state)
{
    (void)state;
    char text[TIMESTAMP_TEXT_SIZE];
    const int64_t time_ns = INT64_C(1795444200123456789);
    assert_int_equal(timestamp_format_clock(text, time_ns), 8);
    assert_string_equal(text, "14:30:00");
    assert_int_equal(timestamp_day_start(time_ns), time_ns - (14 * 3600 + 30 * 60) * NS_PER_SECOND - 123456789);
    assert_int_equal(timestamp_day_start(-1), -NS_PER_DAY);
    assert_int_equal(timestamp_day_start(-NS_PER_DAY), -NS_PER_DAY);
    timestamp_format_clock(text, -1);
    assert_string_equal(text, "23:59:59");
    timestamp_format(text, -1);
    assert_string_equal(text, "1969-12-31T23:59:59.999999999Z");
    timestamp_format(text, INT64_MIN);
    assert_string_equal(text, "1677-09-21T00:12:43.145224192Z");
    timestamp_format(text, INT64_MAX);
    assert_string_equal(text, "2262-04-11T23:47:16.854775807Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_its_forms),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(agrees_with_the_calendar_of_the_system),
        cmocka_unit_test(writes_clock_and_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
