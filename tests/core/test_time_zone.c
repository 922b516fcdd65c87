/* Time zones: what is read, and the clocks of places around their changes, held against the C library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/time_zone.h"
#include "core/timestamp.h"

#define NEW_YORK "EST5EDT,M3.2.0,M11.1.0"
#define BERLIN   "CET-1CEST,M3.5.0,M10.5.0/3"
#define SYDNEY   "AEST-10AEDT,M10.1.0,M4.1.0/3"

static void reads_rules_and_offsets(void **state)
{
    (void)state;
    static const char *const good[] = {"UTC",
                                       "+01:00",
                                       "-05:30",
                                       "+9",
                                       NEW_YORK,
                                       BERLIN,
                                       SYDNEY,
                                       "JST-9",
                                       "<+0330>-3:30",
                                       "IST-1GMT0,M10.5.0,M3.5.0/1",
                                       "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"};
    static const char *const bad[] = {"",
                                      "utc",
                                      "New York",
                                      "America/New_York",
                                      "+25:60",
                                      "+01:00x",
                                      "+",
                                      "ES5",
                                      "EST",
                                      "EST5EDT",
                                      "EST5EDT,M3.2.0",
                                      "EST5EDT,M13.2.0,M11.1.0",
                                      "EST5EDT,M3.6.0,M11.1.0",
                                      "EST5EDT,M3.2.7,M11.1.0",
                                      "EST5EDT,J60,J300",
                                      "<+01-1",
                                      "EST5EDT,M3.2.0,M11.1.0,"};
    struct time_zone zone;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!time_zone_parse(good[i], &zone))
            fail_msg("\"%s\" is not read", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (time_zone_parse(bad[i], &zone))
            fail_msg("\"%s\" is read", bad[i]);
    assert_true(time_zone_parse("-05:30", &zone));
    assert_int_equal(zone.offset, -(5 * 3600 + 30 * 60));
    assert_true(time_zone_parse("JST-9", &zone));
    assert_int_equal(zone.offset, 9 * 3600);
}

/* Every hour of some years, and every second around midnight of their changes, as localtime says it. */
static void shows_what_the_library_shows(void **state)
{
    (void)state;
    static const char *const rules[] = {NEW_YORK, BERLIN, SYDNEY, "JST-9", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct time_zone zone;
        assert_true(time_zone_parse(rules[i], &zone));
        setenv("TZ", rules[i], 1);
        tzset();
        int64_t end_ns = timestamp_of_date(2029, 1, 1);
        for (int64_t utc_ns = timestamp_of_date(2023, 12, 31); utc_ns < end_ns; utc_ns += 3599 * NS_PER_SECOND) {
            time_t seconds = (time_t)(utc_ns / NS_PER_SECOND);
            struct tm shown;
            localtime_r(&seconds, &shown);
            int64_t local_ns = time_zone_local_ns(&zone, utc_ns);
            if (local_ns - utc_ns != shown.tm_gmtoff * NS_PER_SECOND)
                fail_msg("%s at %lld: %lld s and %ld s from UTC", rules[i], (long long)seconds,
                         (long long)((local_ns - utc_ns) / NS_PER_SECOND), shown.tm_gmtoff);
        }
    }
    unsetenv("TZ");
    tzset();
}

static void comes_back_to_utc(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *local, *utc;
    } cases[] = {
        {NEW_YORK, "2026-11-23T16:00:00", "2026-11-23T21:00:00"},
        {NEW_YORK, "2026-07-01T16:00:00", "2026-07-01T20:00:00"},
        {NEW_YORK, "2026-03-08T01:59:59", "2026-03-08T06:59:59"},
        {NEW_YORK, "2026-03-08T02:30:00", "2026-03-08T07:30:00"}, /* left out */
        {NEW_YORK, "2026-03-08T03:00:00", "2026-03-08T07:00:00"},
        {NEW_YORK, "2026-11-01T00:59:59", "2026-11-01T04:59:59"},
        {NEW_YORK, "2026-11-01T01:30:00", "2026-11-01T06:30:00"}, /* twice */
        {SYDNEY, "2026-01-15T16:00:00", "2026-01-15T05:00:00"},
        {SYDNEY, "2026-07-15T16:00:00", "2026-07-15T06:00:00"},
        {"+01:00", "2026-07-15T16:00:00", "2026-07-15T15:00:00"},
        {"UTC", "2026-07-15T16:00:00", "2026-07-15T16:00:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct time_zone zone;
        int64_t local_ns, utc_ns;
        assert_true(time_zone_parse(cases[i].rule, &zone));
        assert_true(timestamp_parse(cases[i].local, strlen(cases[i].local), &local_ns));
        assert_true(timestamp_parse(cases[i].utc, strlen(cases[i].utc), &utc_ns));
        if (time_zone_utc_ns(&zone, local_ns) != utc_ns)
            fail_msg("%s %s is not %s", cases[i].rule, cases[i].local, cases[i].utc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rules_and_offsets),
        cmocka_unit_test(shows_what_the_library_shows),
        cmocka_unit_test(comes_back_to_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
